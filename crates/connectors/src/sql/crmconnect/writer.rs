//! Writes records: the row, what belongs to it, and a look at what came of it.
//!
//! Only columns behind fields that are to be written are set. Before a write counts, the record is
//! read back in the same transaction; where it reads otherwise than it was meant (a text that was
//! cut, an amount that was rounded), the row is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
use super::parts;
use super::reader::{Reader, Rows};
use super::stock;
use crate::sql::batch::{RowError, RowWriter};
use crate::sql::db::{Arg, WriteSession};
use crate::sql::row::Row;

pub(super) const OPERATION: &str = "crmconnect.push";

/// Writes the records of one batch.
pub(super) struct Writer<'a> {
    reader: &'a Reader,
    snapshot: Mutex<Option<Arc<Snapshot>>>,
    /// Whether the snapshot was read for this batch.
    fresh: AtomicBool,
    /// Whether groups of customers were made, which are gone again if the batch is taken back.
    made_groups: AtomicBool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(reader: &'a Reader) -> Self {
        Self {
            reader,
            snapshot: Mutex::new(reader.known()),
            fresh: AtomicBool::new(false),
            made_groups: AtomicBool::new(false),
        }
    }

    fn known(&self) -> Option<Arc<Snapshot>> {
        let known = self.snapshot.lock();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is known of the CRM. Small tables are only ever added to by hand, or by this batch
    /// with groups of customers, which are looked up where they are needed.
    async fn snapshot(&self, session: &mut WriteSession) -> Result<Arc<Snapshot>, Error> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        self.refresh(session).await
    }

    async fn refresh(&self, session: &mut WriteSession) -> Result<Arc<Snapshot>, Error> {
        let snapshot = Arc::new(self.reader.load_snapshot(session).await?);
        if !self.made_groups.load(Ordering::Relaxed) {
            self.fresh.store(true, Ordering::Relaxed);
            let known = self.snapshot.lock();
            *known.unwrap_or_else(PoisonError::into_inner) = Some(snapshot.clone());
        }
        Ok(snapshot)
    }

    async fn write_row(
        &self,
        session: &mut WriteSession,
        snapshot: &Arc<Snapshot>,
        op: &Op,
    ) -> Result<RecordId, RowError> {
        let reader = self.reader;
        let mut fields = op.fields.clone();
        hold(op.entity, &mut fields, &reader.scope, Some(snapshot));
        if op.entity == EntityKind::Stock {
            let op = Op {
                fields,
                ..op.clone()
            };
            return stock::write(session, reader, snapshot, &op).await;
        }
        let entity = entity(op.entity)?;
        reader
            .require(entity, snapshot)
            .map_err(|error| RowError::Failed(error.operation(OPERATION)))?;
        let mut written: Vec<FieldName> = op
            .fields_to_write()
            .map(|(name, _)| name.clone())
            .filter(|name| fields.contains(name.as_str()))
            .collect();

        let current = self.current(session, entity, snapshot, op, &fields).await?;
        if op.action == Action::Create {
            written = fields.iter().map(|(name, _)| name.clone()).collect();
        }
        let row = current.as_ref().map(|(_, row)| row);
        let mut draft = Draft::new(snapshot, entity.table(), &fields, written.clone(), row);
        draft.create_groups = reader.scope.create_groups;
        entity.draft(&mut draft)?;
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
        self.write_parts(session, snapshot, entity, key, parts)
            .await?;
        let id = RecordId::new(key.to_string());
        self.verify(session, snapshot, entity, key, &fields, &written)
            .await?;
        Ok(id)
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
            Action::Create if op.entity == EntityKind::Contact => {
                match take_stand_in(session, self.reader, snapshot, fields).await? {
                    Some(key) => key,
                    None => return Ok(None),
                }
            }
            Action::Create => return Ok(None),
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
        key: i64,
        parts: Parts,
    ) -> Result<(), RowError> {
        if let Some(person) = &parts.person {
            parts::person(session, snapshot, key, person).await?;
        }
        if let Some(groups) = parts.groups {
            if !parts.new_groups.is_empty() {
                self.made_groups.store(true, Ordering::Relaxed);
            }
            parts::groups(session, snapshot, key, groups, &parts.new_groups).await?;
        }
        if let Some((of, lines)) = &parts.lines {
            parts::lines(session, self.reader, snapshot, entity, (key, of), lines).await?;
        }
        if !parts.custom.is_empty() {
            parts::custom_fields(session, snapshot, entity, key, &parts.custom).await?;
        }
        Ok(())
    }

    /// Reads the record back and refuses it where it does not say what was written.
    async fn verify(
        &self,
        session: &mut WriteSession,
        snapshot: &Arc<Snapshot>,
        entity: &dyn Entity,
        key: i64,
        fields: &Fields,
        written: &[FieldName],
    ) -> Result<(), RowError> {
        let (loaded, _) = self
            .reader
            .load_in(
                session,
                OPERATION,
                entity,
                snapshot.clone(),
                Rows::Key(key),
                1,
            )
            .await?;
        if let Some(unreadable) = loaded.unreadable.into_iter().next() {
            let error = unreadable.error;
            let message = format!("The record cannot be read back: {}", error.message());
            return Err(RowError::Rejected(
                Error::new(ErrorKind::Validation, message).operation(OPERATION),
            ));
        }
        let Some(record) = loaded.records.into_iter().next() else {
            return Err(RowError::Rejected(
                Error::new(
                    ErrorKind::Validation,
                    "The record would not be among those that are read: it is left out by the \
                     settings of the connection.",
                )
                .operation(OPERATION),
            ));
        };
        for name in written {
            let wanted = fields.get(name.as_str());
            if !kept(&record, name.as_str(), wanted) {
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
        match self.write_row(session, &snapshot, op).await {
            // Perhaps what it names was added to the CRM meanwhile; nothing is written before
            // all names are looked up.
            Err(RowError::Rejected(error))
                if error.kind() == ErrorKind::Validation
                    && error.code_str() == Some(super::draft::UNKNOWN)
                    && !self.fresh.load(Ordering::Relaxed) =>
            {
                let snapshot = self.refresh(session).await?;
                self.write_row(session, &snapshot, op).await
            }
            done => done,
        }
    }
}
