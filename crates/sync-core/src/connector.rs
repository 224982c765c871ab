//! The one trait that every system implements.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use api_core::Error;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::{Capabilities, Cursor, EntityKind, FieldName, Fields, OpId, Record, RecordId, Value};

/// One page of a listing.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The records that could be read.
    pub records: Vec<Record>,
    /// Records that are there but could not be read; each is parked, the rest goes on.
    pub unreadable: Vec<Unreadable>,
    /// Ids of records that the source says are deleted.
    pub deleted: Vec<RecordId>,
    /// Where to go on: the next page, or (when `complete`) where the next run starts.
    pub next: Option<Cursor>,
    /// Whether the listing is at its end.
    pub complete: bool,
}

/// A record that is there but could not be read.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// Its id, as far as it could be told.
    pub id: RecordId,
    /// Why.
    pub error: Error,
}

/// What became of a partial record whose rest was asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Completed {
    /// The whole record.
    Whole(Record),
    /// It is not there any more.
    Gone(RecordId),
    /// It is there and could not be read; it is parked.
    Unreadable(Unreadable),
}

impl Completed {
    /// The id of the record.
    pub fn id(&self) -> &RecordId {
        match self {
            Completed::Whole(record) => &record.id,
            Completed::Gone(id) => id,
            Completed::Unreadable(row) => &row.id,
        }
    }
}

/// What identifies a record to the other system: the marker, sent as its external id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marker(String);

impl Marker {
    /// The marker of a source record: `CONNECTION:ENTITY:ID`.
    pub fn of(connection: &str, entity: EntityKind, id: &RecordId) -> Self {
        Self(format!("{connection}:{entity}:{id}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Marker {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What is done to a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// A new record.
    Create,
    /// New content for the record `id`.
    Update {
        /// Its id in the target.
        id: RecordId,
    },
    /// The end of the record `id`.
    Delete {
        /// Its id in the target.
        id: RecordId,
    },
    /// A further write that a create or update of the record `id` is made of.
    Step {
        /// Its id in the target.
        id: RecordId,
        /// Which step; the create or update itself is step 0.
        index: u16,
    },
}

impl Action {
    /// A word for it: `create`, `update`, `delete`, `step`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update { .. } => "update",
            Action::Delete { .. } => "delete",
            Action::Step { .. } => "step",
        }
    }

    /// The id of the record in the target, where it has one already.
    pub fn target_id(&self) -> Option<&RecordId> {
        match self {
            Action::Create => None,
            Action::Update { id } | Action::Delete { id } | Action::Step { id, .. } => Some(id),
        }
    }
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    /// Its id: the id of the intent that was stored before it is sent.
    pub id: OpId,
    /// What is done.
    pub action: Action,
    /// The kind of record.
    pub entity: EntityKind,
    /// The whole content; references carry the target's ids.
    pub fields: Fields,
    /// For an update, the fields that differ from what was last agreed; `None` means all.
    pub changed: Option<BTreeSet<FieldName>>,
    /// The marker of the source record.
    pub marker: Marker,
}

impl Op {
    /// The fields to write: those that changed for an update, all for a create.
    pub fn fields_to_write(&self) -> impl Iterator<Item = (&FieldName, &Value)> {
        self.fields.iter().filter(|(name, _)| {
            self.changed
                .as_ref()
                .is_none_or(|changed| changed.contains(*name))
        })
    }
}

/// Writes of one kind of record that go into one request where the API has batches.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The kind of record.
    pub entity: EntityKind,
    /// The same for the same ops: sent as idempotency key where the API takes one. A connector
    /// that sends the ops one by one uses each op's id instead.
    pub key: String,
    /// The writes, at most [`crate::BatchLimits::max_items`].
    pub ops: Vec<Op>,
}

/// What became of one write.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// Written; this is its id in the target.
    Written(RecordId),
    /// Refused by the target, for a reason that lies in the record.
    Rejected(Error),
    /// The request was refused as a whole, perhaps for one bad record in it: the engine splits it.
    BatchRejected(Error),
    /// Not written and not the record's fault (the target is down, the token is wrong, the limit
    /// is reached): to be tried again as it is.
    Deferred(Error),
    /// Sent, and nobody knows: the answer got lost. Looked up before it is sent again.
    Unknown(Error),
}

/// The outcomes that came in one answer of the target; they are committed together.
#[derive(Debug, Clone)]
pub struct Answer {
    /// One outcome for each op.
    pub outcomes: Vec<(OpId, Outcome)>,
}

/// What to search a record by.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FindKey {
    /// The marker that was sent with it.
    Marker(Marker),
    /// Fields that identify it; all must be equal.
    Natural(Vec<(FieldName, Value)>),
}

/// One step of a connection test.
#[derive(Debug, Clone, Serialize)]
pub struct CheckStep {
    /// What was tried, for people: "Resolve the host name".
    pub name: String,
    /// Whether it worked; `None` when it was not tried, because an earlier step failed.
    pub ok: Option<bool>,
    /// What was seen, in the remote's own words where there are any.
    pub detail: String,
    /// How long it took.
    pub duration: Duration,
}

/// The outcome of a connection test, step by step.
#[derive(Debug, Clone, Default)]
pub struct CheckReport {
    /// The steps in order.
    pub steps: Vec<CheckStep>,
    /// The first failure.
    pub error: Option<Error>,
}

impl CheckReport {
    /// Whether every step that was tried worked.
    pub fn is_ok(&self) -> bool {
        self.error.is_none() && self.steps.iter().all(|step| step.ok != Some(false))
    }
}

/// A system that records are read from or written to.
///
/// Every method may be called at any time and from several tasks. Errors carry an
/// [`api_core::ErrorKind`] that says what to do.
#[async_trait]
pub trait Connector: Send + Sync {
    /// What it can do. Known without asking the system.
    fn describe(&self) -> &Capabilities;

    /// Tests the connection step by step; never fails, reports.
    async fn check(&self) -> CheckReport;

    /// Reads one page of at most about `limit` records, from the start without a cursor.
    async fn pull(
        &self,
        entity: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error>;

    /// Sends writes. Each op is answered exactly once, as soon as its outcome is known.
    fn push(&self, batch: Batch) -> BoxStream<'_, Answer>;

    /// Finds records by marker or natural key; no hit is an empty list.
    async fn find(&self, entity: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error>;

    /// Reads one record; `None` when there is none.
    async fn fetch(&self, entity: EntityKind, id: &RecordId) -> Result<Option<Record>, Error>;

    /// Reads the rest of partial records ([`Record::partial`]).
    ///
    /// Asked only for records that are new or whose part has changed. An answer may hold fewer
    /// than were asked for, when what came is to be kept although more could not be had: the
    /// others are asked for again. The answer may not be empty.
    async fn complete(
        &self,
        entity: EntityKind,
        records: Vec<Record>,
    ) -> Result<Vec<Completed>, Error> {
        let _ = entity;
        Ok(records.into_iter().map(Completed::Whole).collect())
    }

    /// How many records of this kind there are, where that is cheap to tell; for progress only.
    async fn count(&self, entity: EntityKind) -> Option<u64> {
        let _ = entity;
        None
    }

    /// Takes out of a content what this system has no place for, so that it is neither sent nor
    /// compared. Called on what is about to be written; references may still be the source's.
    fn hold(&self, entity: EntityKind, fields: &mut Fields) {
        let _ = (entity, fields);
    }

    /// How many writes a create or update of this content takes; 1 unless the API needs several.
    fn steps(&self, op: &Op) -> u16 {
        let _ = op;
        1
    }

    /// Which further steps (1 and up) of this write are done already in the record `id`.
    ///
    /// Asked after a crash or a lost answer, and before a step is sent: only what is missing is
    /// added.
    async fn steps_done(&self, op: &Op, id: &RecordId) -> Result<BTreeSet<u16>, Error> {
        let _ = (op, id);
        Ok(BTreeSet::new())
    }
}
