//! Writes records: the row, what belongs to it, and a look at what came of it.
//!
//! Only columns behind fields that are to be written are set. Before a write counts, the record is
//! read back in the same transaction; where it reads otherwise than it was meant (a text that was
//! cut, an amount that was rounded), the row is refused.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use api_core::{Error, ErrorKind};
use async_trait::async_trait;
use sync_core::{Action, EntityKind, FieldName, Fields, Op, Record, RecordId, Value};

use super::connector::entity;
use super::contacts::{forget_stand_in, take_stand_in};
use super::draft::{Draft, Parts, refuse};
use super::entity::Entity;
use super::hold::hold;
use super::lookups::Snapshot;
use super::parts::{self, Place};
use super::reader::{Reader, Rows};
use super::stock;
use crate::sql::applied;
use crate::sql::batch::{RowError, RowWriter};
use crate::sql::db::{Arg, WriteSession};
use crate::sql::row::{Cell, Row};

pub(super) const OPERATION: &str = "crmconnect.push";

/// Writes the records of one batch.
pub(super) struct Writer<'a> {
    reader: &'a Reader,
    snapshot: Mutex<Option<Arc<Snapshot>>>,
    /// What earlier batches made of the markers of this one.
    made: Mutex<Option<Made>>,
}

/// Ids of records by the marker that they were written under.
type Made = HashMap<String, Vec<i64>>;

/// A record that was written and is still to be looked at.
struct Done {
    key: i64,
    fields: Fields,
    written: Vec<FieldName>,
}

/// What came of a write.
enum Written {
    /// A row of its own.
    Row(Done),
    /// A stock level, which was looked at already.
    Level(RecordId),
}

impl Written {
    fn id(&self) -> RecordId {
        match self {
            Written::Row(done) => RecordId::new(done.key.to_string()),
            Written::Level(id) => id.clone(),
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(reader: &'a Reader) -> Self {
        Self {
            reader,
            snapshot: Mutex::new(None),
            made: Mutex::new(None),
        }
    }

    /// What is known of the CRM, as it was when the batch began. Groups of customers that the
    /// batch makes are not in it: they are gone again if it is taken back.
    async fn snapshot(&self, session: &mut WriteSession) -> Result<Arc<Snapshot>, Error> {
        let known = {
            let known = self.snapshot.lock();
            known.unwrap_or_else(PoisonError::into_inner).clone()
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let snapshot = Arc::new(self.reader.load_snapshot(session).await?);
        self.reader.remember(snapshot.clone());
        *self.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = Some(snapshot.clone());
        Ok(snapshot)
    }

    async fn write_row(
        &self,
        session: &mut WriteSession,
        snapshot: &Arc<Snapshot>,
        op: &Op,
    ) -> Result<Written, RowError> {
        let reader = self.reader;
        let mut fields = op.fields.clone();
        hold(op.entity, &mut fields, &reader.scope, Some(snapshot));
        if op.entity == EntityKind::Stock {
            let op = Op {
                fields,
                ..op.clone()
            };
            let id = stock::write(session, reader, snapshot, &op).await?;
            return Ok(Written::Level(id));
        }
        let entity = entity(op.entity)?;
        reader
            .require(entity, snapshot)
            .and_then(|()| reader.require_transactions(entity, snapshot))
            .map_err(|error| RowError::Failed(error.operation(OPERATION)))?;
        let mut written: Vec<FieldName> = op
            .fields_to_write()
            .map(|(name, _)| name.clone())
            .filter(|name| fields.contains(name.as_str()))
            .collect();

        let current = self.current(session, entity, snapshot, op, &fields).await?;
        if op.action == Action::Create {
            // Of what it leaves empty, a create says nothing.
            let said = fields.iter().filter(|(_, value)| !value.is_empty());
            written = said.map(|(name, _)| name.clone()).collect();
        }
        let row = current.as_ref().map(|(_, row)| row);
        let mut draft = Draft::new(snapshot, entity.table(), &fields, written.clone(), row);
        draft.create_groups = reader.scope.create_groups;
        entity.draft(&mut draft)?;
        if draft.is_new() && matches!(op.entity, EntityKind::Invoice | EntityKind::Order) {
            parts::billing(session, snapshot, &mut draft).await?;
        }
        draft.fill();
        let table = snapshot.schema.full(entity.table());
        let (columns, args) = draft.row();
        let columns: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
        let parts = std::mem::take(&mut draft.parts);
        let key = match &current {
            None => {
                session
                    .insert(&table, &columns, args, entity.table().key)
                    .await?
            }
            Some((key, _)) => {
                update(session, snapshot, entity, *key, &columns, args).await?;
                *key
            }
        };
        let at = Place {
            key,
            new: current.is_none(),
        };
        self.write_parts(session, snapshot, entity, at, parts)
            .await?;
        Ok(Written::Row(Done {
            key,
            fields,
            written,
        }))
    }

    /// The row that is to be changed; nothing for a new one.
    async fn current(
        &self,
        session: &mut WriteSession,
        entity: &dyn Entity,
        snapshot: &Snapshot,
        op: &Op,
        fields: &Fields,
    ) -> Result<Option<(i64, Row)>, RowError> {
        let key = match &op.action {
            Action::Create => {
                for key in self.made(session, op).await? {
                    // It may be gone, and one made since.
                    if let Some(row) = self.reader.row(session, entity, snapshot, key).await? {
                        return Ok(Some((key, row)));
                    }
                }
                if op.entity != EntityKind::Contact {
                    return Ok(None);
                }
                match take_stand_in(session, self.reader, snapshot, fields).await? {
                    Some(key) => key,
                    None => return Ok(None),
                }
            }
            Action::Update { id } => match id.as_str().parse() {
                Ok(key) => key,
                // No row has a key that is no number.
                Err(_) => return Err(stock::gone(id).into()),
            },
            other => {
                return Err(RowError::Rejected(Error::new(
                    ErrorKind::Validation,
                    format!("The CRM database takes no {}.", other.as_str()),
                )));
            }
        };
        match self.reader.row(session, entity, snapshot, key).await? {
            Some(row) => {
                if op.entity == EntityKind::Contact
                    && op.action != Action::Create
                    && let Ok(Some(customer)) = row.id("userid")
                {
                    forget_stand_in(session, customer, key).await?;
                }
                Ok(Some((key, row)))
            }
            None => Err(stock::gone(&RecordId::new(key.to_string())).into()),
        }
    }

    async fn write_parts(
        &self,
        session: &mut WriteSession,
        snapshot: &Snapshot,
        entity: &dyn Entity,
        at: Place,
        parts: Parts,
    ) -> Result<(), RowError> {
        if let Some(person) = &parts.person {
            parts::person(session, snapshot, at.key, person).await?;
        }
        if let Some(groups) = parts.groups {
            parts::groups(session, snapshot, at, groups, &parts.new_groups).await?;
        }
        if let Some((of, lines)) = &parts.lines {
            parts::lines(session, self.reader, snapshot, entity, (at, of), lines).await?;
        }
        if !parts.custom.is_empty() {
            parts::custom_fields(session, snapshot, entity, at, &parts.custom).await?;
        }
        Ok(())
    }

    /// The records that earlier writes with this marker made.
    async fn made(&self, session: &mut WriteSession, op: &Op) -> Result<Vec<i64>, Error> {
        let noted = {
            let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.as_ref()
                .map(|made| made.get(op.marker.as_str()).cloned())
        };
        let noted = match noted {
            Some(noted) => noted,
            None => {
                let mut made = self.noted(session, &[op]).await?;
                made.remove(op.marker.as_str())
            }
        };
        Ok(noted.unwrap_or_default())
    }

    async fn noted(&self, session: &mut WriteSession, ops: &[&Op]) -> Result<Made, Error> {
        let mut found = Made::new();
        let Some(first) = ops.first() else {
            return Ok(found);
        };
        let marks = vec!["?"; ops.len()].join(", ");
        let sql = format!(
            "SELECT DISTINCT `marker`, `record_id` FROM {} \
             WHERE `entity` = ? AND `marker` IN ({marks})",
            applied::TABLE
        );
        let mut args = vec![Arg::Text(first.entity.as_str().to_owned())];
        args.extend(
            ops.iter()
                .map(|op| Arg::Text(op.marker.as_str().to_owned())),
        );
        for row in session.rows(sql, args).await? {
            let mut cells = row.into_iter();
            if let (Some(Cell::Text(marker)), Some(id)) = (cells.next(), cells.next()) {
                let ids = found.entry(marker).or_default();
                ids.extend(parts::numbers(vec![vec![id]]));
            }
        }
        Ok(found)
    }

    /// Reads records back and refuses them where they do not say what was written.
    async fn verify(
        &self,
        session: &mut WriteSession,
        snapshot: &Arc<Snapshot>,
        entity: &dyn Entity,
        done: &[&Done],
    ) -> Result<(), RowError> {
        let keys: Vec<i64> = done.iter().map(|done| done.key).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let limit = keys.len();
        let (loaded, _) = self
            .reader
            .load_in(
                session,
                OPERATION,
                entity,
                snapshot.clone(),
                Rows::Keys(keys),
                limit,
            )
            .await?;
        let refused =
            |message: String| Error::new(ErrorKind::Validation, message).operation(OPERATION);
        if let Some(unreadable) = loaded.unreadable.into_iter().next() {
            return Err(RowError::Rejected(refused(format!(
                "The record cannot be read back: {}",
                unreadable.error.message()
            ))));
        }
        let records: HashMap<&str, &Record> = loaded
            .records
            .iter()
            .map(|record| (record.id.as_str(), record))
            .collect();
        for done in done {
            let Some(record) = records.get(done.key.to_string().as_str()) else {
                return Err(RowError::Rejected(refused(
                    "The record would not be among those that are read: it is left out by the \
                     settings of the connection."
                        .to_owned(),
                )));
            };
            for name in &done.written {
                let wanted = done.fields.get(name.as_str());
                if !kept(record, name.as_str(), wanted) {
                    let now = shortened(record.fields.get(name.as_str()));
                    let wanted = shortened(wanted);
                    return Err(RowError::Rejected(
                        refuse(
                            name.as_str(),
                            format!("cannot be kept: {wanted} would read as {now}"),
                        )
                        .operation(OPERATION),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Whether the record says what was to be written. A column that cannot be empty holds a neutral
/// value for nothing; further custom fields may be the CRM's own.
fn kept(record: &Record, name: &str, wanted: &Value) -> bool {
    let now = record.fields.get(name);
    if wanted.is_empty() {
        return true;
    }
    match (wanted, now) {
        (Value::Map(wanted), Value::Map(now)) if name == "custom_fields" => {
            wanted.iter().all(|(slug, value)| {
                let now = now.get(slug).unwrap_or(&Value::Null);
                now.same_content(value)
            })
        }
        _ => now.same_content(wanted),
    }
}

/// A value for a message.
fn shortened(value: &Value) -> String {
    if value.is_empty() {
        return "nothing".to_owned();
    }
    let text = match value {
        Value::Text(text) => text.clone(),
        other => other.to_plain_json().to_string(),
    };
    format!("`{}`", super::draft::shown(&text))
}

async fn update(
    session: &mut WriteSession,
    snapshot: &Snapshot,
    entity: &dyn Entity,
    key: i64,
    columns: &[&str],
    mut args: Vec<Arg>,
) -> Result<(), Error> {
    if columns.is_empty() {
        return Ok(());
    }
    let sets: Vec<String> = columns.iter().map(|name| format!("`{name}` = ?")).collect();
    let sql = format!(
        "UPDATE {} SET {} WHERE `{}` = ?",
        snapshot.schema.quoted(entity.table()),
        sets.join(", "),
        entity.table().key
    );
    args.push(Arg::Int(key));
    session.execute(sql, args).await?;
    Ok(())
}

#[async_trait]
impl RowWriter for Writer<'_> {
    async fn write(&self, session: &mut WriteSession, op: &Op) -> Result<RecordId, RowError> {
        let snapshot = self.snapshot(session).await?;
        let written = self.write_row(session, &snapshot, op).await?;
        if let Written::Row(done) = &written {
            self.verify(session, &snapshot, entity(op.entity)?, &[done])
                .await?;
        }
        Ok(written.id())
    }

    /// All records are looked at together; where one is not right they are written one by one.
    async fn write_all(
        &self,
        session: &mut WriteSession,
        ops: &[&Op],
    ) -> Result<Vec<RecordId>, RowError> {
        let Some(kind) = ops.first().map(|op| op.entity) else {
            return Ok(Vec::new());
        };
        let noted = self.noted(session, ops).await?;
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(noted);
        let snapshot = self.snapshot(session).await?;
        let mut written = Vec::with_capacity(ops.len());
        for op in ops {
            written.push(self.write_row(session, &snapshot, op).await?);
        }
        let rows: Vec<&Done> = written
            .iter()
            .filter_map(|written| match written {
                Written::Row(done) => Some(done),
                Written::Level(_) => None,
            })
            .collect();
        if !rows.is_empty() {
            self.verify(session, &snapshot, entity(kind)?, &rows)
                .await?;
        }
        Ok(written.iter().map(Written::id).collect())
    }
}
