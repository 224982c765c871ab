//! Pages and searches.

use std::time::Duration;

use api_core::{Error, ErrorKind, SendOutcome};
use sync_core::{Cursor, EntityKind, FieldName, Marker, Record, RecordId, Value};

use super::changes::{Mark, Place, earlier, later, not_after_now};
use super::connector::{FIND, PULL};
use super::convert;
use super::layout::{Extra, Layout};
use super::model;
use super::reader::{Loaded, Reader, Wanted};
use crate::sql::applied;
use crate::sql::db::{Arg, Session};

/// The most records that a search gives.
const MAX_FOUND: usize = 20;

pub(super) fn failed(operation: &'static str, kind: ErrorKind, message: String) -> Error {
    Error::new(kind, message)
        .operation(operation)
        .outcome(SendOutcome::NotSent)
}

fn last_key(loaded: &Loaded) -> Result<Mark, Error> {
    Mark::of(loaded.last_key.as_ref()).ok_or_else(|| {
        failed(
            PULL,
            ErrorKind::Decode,
            "The last row of a page has no key.".to_owned(),
        )
    })
}

impl Reader {
    /// The latest modified stamp that is not in the future.
    async fn latest(
        &self,
        session: &mut Session,
        layout: &Layout,
        modified: &Extra,
    ) -> Result<Option<Mark>, Error> {
        let column = self.db.dialect().quote(&modified.column.name);
        let sql = format!(
            "SELECT MAX({column}) FROM {} WHERE 1 = 1{}",
            layout.rows.table, layout.rows.condition
        );
        let rows = session.rows(sql, Vec::new()).await?;
        let mark = Mark::of(rows.first().and_then(|row| row.first()));
        Ok(mark.map(|mark| not_after_now(mark, &modified.column, self.context())))
    }

    /// A page of all rows by key.
    pub(super) async fn all(
        &self,
        session: &mut Session,
        layout: &Layout,
        after: Option<Mark>,
        since: Option<Mark>,
        limit: usize,
    ) -> Result<(Loaded, Option<Cursor>, bool), Error> {
        let since = match (&layout.modified, &after) {
            (Some(modified), None) => self.latest(session, layout, modified).await?,
            _ => since,
        };
        let key = self.db.dialect().quote(&layout.key.column.name);
        let (condition, args) = match &after {
            None => ("1 = 1".to_owned(), Vec::new()),
            Some(after) => (format!("{key} > ?"), vec![after.arg(&layout.key.column)]),
        };
        let loaded = self
            .load(
                session,
                layout,
                PULL,
                Wanted {
                    condition: &condition,
                    args,
                    order: &key,
                    limit,
                },
            )
            .await?;
        let complete = loaded.rows < limit;
        let next = if complete {
            since.map(Place::Since)
        } else {
            Some(Place::All {
                after: Some(last_key(&loaded)?),
                since,
            })
        };
        Ok((loaded, next.and_then(|place| place.cursor()), complete))
    }

    /// A page of the rows that changed since a stamp.
    pub(super) async fn changed(
        &self,
        session: &mut Session,
        layout: &Layout,
        modified: &Extra,
        from: (Mark, Option<(Mark, Mark)>),
        limit: usize,
        overlap: Duration,
    ) -> Result<(Loaded, Option<Cursor>, bool), Error> {
        let (since, after) = from;
        let dialect = self.db.dialect();
        let stamp_column = dialect.quote(&modified.column.name);
        let key = dialect.quote(&layout.key.column.name);
        let (condition, args) = match &after {
            None => {
                let start = earlier(&since, &modified.column, overlap, self.context());
                (
                    format!("{stamp_column} >= ?"),
                    vec![start.arg(&modified.column)],
                )
            }
            Some((stamp, last)) => (
                format!("({stamp_column} > ? OR ({stamp_column} = ? AND {key} > ?))"),
                vec![
                    stamp.arg(&modified.column),
                    stamp.arg(&modified.column),
                    last.arg(&layout.key.column),
                ],
            ),
        };
        let order = format!("{stamp_column}, {key}");
        let loaded = self
            .load(
                session,
                layout,
                PULL,
                Wanted {
                    condition: &condition,
                    args,
                    order: &order,
                    limit,
                },
            )
            .await?;
        let complete = loaded.rows < limit;
        let last = Mark::of(loaded.last_modified.as_ref()).or(after.map(|(stamp, _)| stamp));
        let next = match last {
            Some(stamp) if !complete => Place::Changed {
                since,
                stamp,
                key: last_key(&loaded)?,
            },
            Some(stamp) => Place::Since(not_after_now(
                later(since, stamp),
                &modified.column,
                self.context(),
            )),
            None => Place::Since(since),
        };
        Ok((loaded, next.cursor(), complete))
    }

    /// Reads the records with these keys.
    pub(super) async fn by_keys(
        &self,
        session: &mut Session,
        layout: &Layout,
        operation: &'static str,
        ids: &[RecordId],
    ) -> Result<Loaded, Error> {
        let column = &layout.key.column;
        let args: Vec<Arg> = ids
            .iter()
            .filter_map(|id| convert::key(id.as_str(), column, self.context()))
            .collect();
        if args.is_empty() {
            return Ok(Loaded::default());
        }
        let key = self.db.dialect().quote(&column.name);
        let condition = format!("{key} IN ({})", vec!["?"; args.len()].join(", "));
        let limit = args.len();
        self.load(
            session,
            layout,
            operation,
            Wanted {
                condition: &condition,
                args,
                order: &key,
                limit,
            },
        )
        .await
    }

    /// Reads the records that were written with a marker.
    pub(super) async fn by_marker(
        &self,
        layout_of: EntityKind,
        marker: &Marker,
    ) -> Result<Vec<Record>, Error> {
        let noted = applied::exists(&self.db, FIND).await?;
        let mut session = self.db.begin(FIND).await?;
        let layout = self.layout(&mut session, layout_of, false).await?;
        let ids = if noted {
            applied::by_marker(&mut session, layout_of, marker).await?
        } else {
            Vec::new()
        };
        let mut records = self
            .by_keys(&mut session, &layout, FIND, &ids)
            .await?
            .records;
        if records.is_empty()
            && let Some(column) = &layout.marker
            && let Ok(arg) = convert::write(
                &Value::Text(marker.as_str().to_owned()),
                column,
                &"".into(),
                self.context(),
            )
        {
            let dialect = self.db.dialect();
            let condition = format!("{} = ?", dialect.quote(&column.name));
            let key = dialect.quote(&layout.key.column.name);
            records = self
                .load(
                    &mut session,
                    &layout,
                    FIND,
                    Wanted {
                        condition: &condition,
                        args: vec![arg],
                        order: &key,
                        limit: MAX_FOUND,
                    },
                )
                .await?
                .records;
        }
        session.end().await?;
        Ok(records)
    }

    /// Reads the records whose fields are equal to these.
    pub(super) async fn by_fields(
        &self,
        kind: EntityKind,
        pairs: &[(FieldName, Value)],
    ) -> Result<Vec<Record>, Error> {
        let cannot = |what: &str| {
            failed(
                FIND,
                ErrorKind::Config,
                format!(
                    "The table of {} cannot be searched by {what}.",
                    kind.plural()
                ),
            )
        };
        if pairs.is_empty() {
            return Err(cannot("nothing"));
        }
        let mut session = self.db.begin(FIND).await?;
        let layout = self.layout(&mut session, kind, false).await?;
        let dialect = self.db.dialect();
        let (mut conditions, mut args) = (Vec::new(), Vec::new());
        for (name, value) in pairs {
            let bound = layout
                .rows
                .fields
                .iter()
                .find(|bound| matches!(&bound.field.place, model::Place::Top(top) if top == name))
                .ok_or_else(|| cannot(&format!("`{name}`")))?;
            let arg = convert::write(value, &bound.column, &bound.field.column, self.context());
            match arg {
                Ok(arg) if arg != Arg::Null => args.push(arg),
                // No row can hold such a value.
                _ => return Ok(Vec::new()),
            }
            conditions.push(format!("{} = ?", dialect.quote(&bound.column.name)));
        }
        let key = dialect.quote(&layout.key.column.name);
        let condition = conditions.join(" AND ");
        let loaded = self
            .load(
                &mut session,
                &layout,
                FIND,
                Wanted {
                    condition: &condition,
                    args,
                    order: &key,
                    limit: MAX_FOUND,
                },
            )
            .await?;
        session.end().await?;
        // A database may take upper and lower case or trailing spaces for the same.
        let same = |record: &Record| {
            pairs
                .iter()
                .all(|(name, value)| record.fields.get(name.as_str()).same_content(value))
        };
        Ok(loaded.records.into_iter().filter(same).collect())
    }
}
