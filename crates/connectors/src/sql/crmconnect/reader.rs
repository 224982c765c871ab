//! Reads pages of records: one query for the rows and one for each kind of child row.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use api_core::{Error, ErrorKind, SendOutcome};
use sync_core::{EntityKind, Record, RecordId, Unreadable};

use super::Scope;
use super::customers::{GROUPS, PERSONS};
use super::documents::{LINE_TAXES, LINES};
use super::entity::{CUSTOM, CUSTOM_VALUES, ChildQuery, Children, Entity, Search, key};
use super::lookups::{CUSTOM_FIELDS, Lookup, Miss, Names, Snapshot};
use super::query::Query;
use crate::sql::db::{Arg, Db};
use crate::sql::row::{Flaw, Row};

/// Which rows are read.
#[derive(Clone)]
pub(super) enum Rows {
    /// Those after a primary key.
    After(i64),
    /// Those with these primary keys.
    Keys(Vec<i64>),
    /// Those that are equal in these columns.
    Equal(Vec<(&'static str, Arg)>),
    /// Those that a search finds.
    Found(Search),
}

/// What was read.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) records: Vec<Record>,
    pub(super) unreadable: Vec<Unreadable>,
    /// The last primary key, if there was any row.
    pub(super) last: Option<i64>,
    /// How many rows there were.
    pub(super) rows: usize,
}

/// The database and what is known of it.
pub(super) struct Reader {
    pub(super) db: Db,
    pub(super) scope: Scope,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    warned: AtomicBool,
}

impl Reader {
    pub(super) fn new(db: Db, scope: Scope) -> Self {
        Self {
            db,
            scope,
            snapshot: RwLock::new(None),
            warned: AtomicBool::new(false),
        }
    }

    pub(super) async fn load_snapshot(&self, session: &mut dyn Query) -> Result<Snapshot, Error> {
        let Scope {
            prefix,
            zone,
            custom_fields,
            ..
        } = &self.scope;
        let snapshot =
            Snapshot::load(&self.db, session, prefix, zone.as_ref(), *custom_fields).await?;
        if snapshot.settings.zone_guessed && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                time_zone.note = snapshot.settings.zone_note,
                "The time zone of the CRM is not known; its times are read as UTC."
            );
        }
        Ok(snapshot)
    }

    /// What was last learnt of the CRM, if anything.
    pub(super) fn known(&self) -> Option<Arc<Snapshot>> {
        let known = self.snapshot.read();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn remember(&self, snapshot: Arc<Snapshot>) {
        let known = self.snapshot.write();
        *known.unwrap_or_else(PoisonError::into_inner) = Some(snapshot);
    }

    /// What is known of the CRM; read anew when `fresh`.
    pub(super) async fn snapshot(
        &self,
        session: &mut dyn Query,
        fresh: bool,
    ) -> Result<Arc<Snapshot>, Error> {
        if !fresh && let Some(snapshot) = self.known() {
            return Ok(snapshot);
        }
        let snapshot = Arc::new(self.load_snapshot(session).await?);
        self.remember(snapshot.clone());
        Ok(snapshot)
    }

    /// Fails when a table of this kind of record is missing.
    pub(super) fn require(&self, entity: &dyn Entity, snapshot: &Snapshot) -> Result<(), Error> {
        let mut tables = vec![entity.table()];
        tables.extend(entity.needs());
        if self.scope.custom_fields && entity.custom().is_some() {
            tables.extend([&CUSTOM_FIELDS, &CUSTOM_VALUES]);
        }
        snapshot
            .schema
            .require(&tables)
            .map_err(|error| of_module(entity.kind(), error))
    }

    /// Fails when a table that is written for this kind of record knows no transactions: what is
    /// refused could not be taken back, and would be written twice.
    pub(super) fn require_transactions(
        &self,
        entity: &dyn Entity,
        snapshot: &Snapshot,
    ) -> Result<(), Error> {
        let mut tables = vec![entity.table()];
        match entity.kind() {
            EntityKind::Customer => {
                tables.extend([&PERSONS, &GROUPS, Lookup::CustomerGroups.table()]);
            }
            EntityKind::Invoice | EntityKind::Order => tables.extend([&LINES, &LINE_TAXES]),
            _ => {}
        }
        if self.scope.custom_fields && entity.custom().is_some() {
            tables.push(&CUSTOM_VALUES);
        }
        snapshot.schema.require_transactions(&tables)
    }

    /// Reads records with all that belongs to them, as of one moment.
    pub(super) async fn load(
        &self,
        operation: &'static str,
        entity: &dyn Entity,
        which: Rows,
        limit: usize,
        fresh: bool,
    ) -> Result<Loaded, Error> {
        let mut session = self.db.begin(operation).await?;
        let snapshot = self.snapshot(&mut session, fresh).await?;
        let (loaded, newer) = self
            .load_in(&mut session, operation, entity, snapshot, which, limit)
            .await?;
        if let Some(newer) = newer {
            self.remember(newer);
        }
        session.end().await?;
        Ok(loaded)
    }

    /// Reads records in a transaction that is open. Also gives what was learnt of the CRM, where
    /// `snapshot` was out of date.
    pub(super) async fn load_in(
        &self,
        session: &mut dyn Query,
        operation: &'static str,
        entity: &dyn Entity,
        snapshot: Arc<Snapshot>,
        which: Rows,
        limit: usize,
    ) -> Result<(Loaded, Option<Arc<Snapshot>>), Error> {
        self.require(entity, &snapshot)
            .map_err(|error| error.operation(operation))?;
        let rows = self.rows(session, entity, &snapshot, which, limit).await?;
        let table = entity.table();
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            // Without a number for a key there is no place to go on from.
            keys.push(
                key(row, table).map_err(|flaw| flaw.within(table.name).into_error(operation))?,
            );
        }
        let children = self
            .children(session, entity, &snapshot, &rows, &keys)
            .await?;

        let (mut built, misses) = build(operation, entity, &snapshot, &rows, &keys, &children);
        let mut newer = None;
        if misses.difference(&snapshot.dangling).next().is_some() {
            // Something was added to a lookup since the snapshot; what is still unknown afterwards
            // leads nowhere.
            let mut learnt = self.load_snapshot(session).await?;
            learnt.dangling = snapshot.dangling.union(&misses).copied().collect();
            (built, _) = build(operation, entity, &learnt, &rows, &keys, &children);
            newer = Some(Arc::new(learnt));
        }
        built.last = keys.last().copied();
        Ok((built, newer))
    }

    /// How many records there are.
    pub(super) async fn count(&self, entity: &dyn Entity) -> Result<u64, Error> {
        let operation = "crmconnect.count";
        let mut session = self.db.begin(operation).await?;
        let snapshot = self.snapshot(&mut session, false).await?;
        self.require(entity, &snapshot)?;
        let condition = entity
            .filter(&self.scope, &snapshot.schema)
            .map_or_else(String::new, |filter| format!(" WHERE {filter}"));
        let sql = format!(
            "SELECT CAST(COUNT(*) AS CHAR) FROM {}{condition}",
            snapshot.schema.quoted(entity.table())
        );
        let rows = session.rows(sql, Vec::new()).await?;
        session.end().await?;
        counted(operation, rows)
    }

    async fn rows(
        &self,
        session: &mut dyn Query,
        entity: &dyn Entity,
        snapshot: &Snapshot,
        which: Rows,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let table = entity.table();
        let select = snapshot.schema.select(self.db.dialect(), table);
        let mut conditions = Vec::new();
        let mut args = Vec::new();
        match which {
            Rows::After(last) => {
                conditions.push(format!("`{}` > ?", table.key));
                args.push(Arg::Int(last));
            }
            Rows::Keys(keys) => {
                let keys = padded(&keys);
                let marks = vec!["?"; keys.len()].join(", ");
                conditions.push(format!("`{}` IN ({marks})", table.key));
                args.extend(keys.into_iter().map(Arg::Int));
            }
            Rows::Equal(pairs) => {
                for (column, arg) in pairs {
                    conditions.push(format!("`{column}` = ?"));
                    args.push(arg);
                }
            }
            Rows::Found(search) => {
                conditions.push(search.condition);
                args.extend(search.args);
            }
        }
        conditions.extend(
            entity
                .filter(&self.scope, &snapshot.schema)
                .map(str::to_owned),
        );
        args.push(Arg::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
        let sql = format!(
            "{} WHERE {} ORDER BY `{}` LIMIT ?",
            select.sql,
            conditions.join(" AND "),
            table.key
        );
        let rows = session.rows(sql, args).await?;
        Ok(rows
            .into_iter()
            .map(|cells| Row::new(select.columns.clone(), cells))
            .collect())
    }

    /// The row of one record, without what belongs to it.
    pub(super) async fn row(
        &self,
        session: &mut dyn Query,
        entity: &dyn Entity,
        snapshot: &Snapshot,
        id: i64,
    ) -> Result<Option<Row>, Error> {
        let rows = self
            .rows(session, entity, snapshot, Rows::Keys(vec![id]), 1)
            .await?;
        Ok(rows.into_iter().next())
    }

    /// The child rows of some rows.
    pub(super) async fn children(
        &self,
        session: &mut dyn Query,
        entity: &dyn Entity,
        snapshot: &Snapshot,
        rows: &[Row],
        keys: &[i64],
    ) -> Result<Children, Error> {
        let mut children = Children::default();
        if keys.is_empty() {
            return Ok(children);
        }
        let mut queries = entity.children(rows, &snapshot.schema);
        let custom = entity.custom().filter(|_| self.scope.custom_fields);
        if custom.is_some() {
            queries.push(ChildQuery {
                set: CUSTOM,
                table: &CUSTOM_VALUES,
                parent: "relid",
                condition: Some("`fieldto` = ?"),
                order: "`id`",
                only: None,
            });
        }
        for query in queries {
            let parents = padded(query.only.as_deref().unwrap_or(keys));
            let select = snapshot.schema.select(self.db.dialect(), query.table);
            let mut args = Vec::new();
            let condition = query.condition.map_or_else(String::new, |condition| {
                if condition.contains('?') {
                    args.push(Arg::Text(custom.unwrap_or_default().to_owned()));
                }
                format!("{condition} AND ")
            });
            let marks = vec!["?"; parents.len()].join(", ");
            args.extend(parents.into_iter().map(Arg::Int));
            let sql = format!(
                "{} WHERE {condition}`{parent}` IN ({marks}) ORDER BY `{parent}`, {order}",
                select.sql,
                parent = query.parent,
                order = query.order,
            );
            for cells in session.rows(sql, args).await? {
                let row = Row::new(select.columns.clone(), cells);
                if let Ok(Some(parent)) = row.int(query.parent) {
                    children.insert(query.set, parent, row);
                }
            }
        }
        Ok(children)
    }
}

/// What a `COUNT(*)` gave.
pub(super) fn counted(
    operation: &'static str,
    rows: Vec<Vec<crate::sql::row::Cell>>,
) -> Result<u64, Error> {
    let columns: Arc<[&'static str]> = Arc::from(["count"]);
    rows.into_iter()
        .next()
        .and_then(|cells| Row::new(columns, cells).int("count").ok().flatten())
        .and_then(|count| u64::try_from(count).ok())
        .ok_or_else(|| {
            Error::new(ErrorKind::Decode, "The database cannot count its rows.")
                .operation(operation)
                .outcome(SendOutcome::NotSent)
        })
}

/// Says that a table comes with a module that not every CRM has.
pub(super) fn of_module(kind: EntityKind, error: Error) -> Error {
    let module = match kind {
        EntityKind::Stock => "the warehouse module",
        EntityKind::Discount => "discounts for groups",
        _ => return error,
    };
    error.help(format!(
        "A CRM without {module} has no {}: leave them out of the flow.",
        kind.plural()
    ))
}

/// The ids, the last one repeated up to a power of two: few different statements to prepare.
fn padded(ids: &[i64]) -> Vec<i64> {
    let mut padded = ids.to_vec();
    if let Some(last) = ids.last() {
        padded.resize(ids.len().next_power_of_two(), *last);
    }
    padded
}

fn build(
    operation: &'static str,
    entity: &dyn Entity,
    snapshot: &Snapshot,
    rows: &[Row],
    keys: &[i64],
    children: &Children,
) -> (Loaded, BTreeSet<Miss>) {
    let mut names = Names::new(snapshot);
    let mut loaded = Loaded {
        records: Vec::with_capacity(rows.len()),
        rows: rows.len(),
        ..Loaded::default()
    };
    for (row, id) in rows.iter().zip(keys) {
        let id = RecordId::new(id.to_string());
        match entity.fields(&mut names, row, children) {
            Ok(built) => {
                let record = Record::new(entity.kind(), id, built.fields);
                loaded
                    .records
                    .push(if built.ended { record.ended() } else { record });
            }
            Err(flaw) => loaded.unreadable.push(Unreadable {
                id,
                error: flaw_error(flaw, entity.table().name, operation),
            }),
        }
    }
    (loaded, names.misses)
}

/// The error for a flaw in a record of this table.
pub(super) fn flaw_error(flaw: Flaw, table: &str, operation: &'static str) -> Error {
    // Child rows name their own table already.
    if flaw.field.contains('.') {
        flaw.into_error(operation)
    } else {
        flaw.within(table).into_error(operation)
    }
}
