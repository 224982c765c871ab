//! What a store keeps.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use api_core::{Error, ErrorSummary, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Action, ConnectionName, ContentHash, Cursor, EntityKind, FieldName, Fields, FlowName,
    Lifecycle, Marker, OpId, RecordId, RunId,
};

/// The settings of a flow that the store has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowSetup {
    /// Its name.
    pub name: FlowName,
    /// Read from here.
    pub source: ConnectionName,
    /// Written to here.
    pub target: ConnectionName,
    /// How long after one run the next is due; `None` is only on demand.
    pub every: Option<Duration>,
}

/// The state of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Waits for its time.
    Idle,
    /// A run has begun and not ended; nobody may be at work on it right now.
    Running,
    /// Stopped by a person.
    Paused,
    /// Started three times without getting anything done.
    Broken,
}

/// A flow as the store knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRow {
    /// Its name.
    pub name: FlowName,
    /// Read from here.
    pub source: ConnectionName,
    /// Written to here.
    pub target: ConnectionName,
    /// How long after one run the next is due.
    pub every: Option<Duration>,
    /// When it is due; `None` is only on demand.
    pub next_due: Option<Timestamp>,
    /// Grows with every slice that was committed.
    pub seq: i64,
    /// Grows with every claim.
    pub fence: i64,
    /// Who holds it.
    pub lease_owner: Option<String>,
    /// Until when it is held.
    pub lease_until: Option<Timestamp>,
    /// Starts since the last commit.
    pub crash_count: u32,
    /// Its state.
    pub state: FlowState,
    /// How far the run under way is.
    pub position: Option<Position>,
}

/// The right to work on a flow, until it ends or somebody with a higher fence has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The flow.
    pub flow: FlowName,
    /// Who holds it.
    pub owner: String,
    /// The fencing token.
    pub fence: i64,
    /// How often the flow was started without a commit, this time included.
    pub starts: u32,
}

/// How far a run is; kept as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The run.
    pub run: RunId,
    /// The kinds of record still to do; the first is under way.
    pub entities: Vec<EntityKind>,
    /// What is done with the first one.
    pub phase: Phase,
    /// Where its listing goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// What a run does with one kind of record, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reads page after page.
    Read,
    /// Looks up lost answers and tries parked records again.
    Settle,
}

/// What set a run off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Somebody asked.
    Manual,
    /// It was due.
    Schedule,
}

/// How a run stands or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Under way, or interrupted and to be continued.
    Running,
    /// Everything is in step.
    Succeeded,
    /// To the end, but some records are parked.
    Partial,
    /// Ended by an error.
    Failed,
    /// Ended by a person.
    Cancelled,
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        impl $type {
            /// The word for it.
            pub fn as_str(self) -> &'static str {
                match self { $( $type::$variant => $word, )* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(s: &str) -> Result<Self, String> {
                match s {
                    $( $word => Ok($type::$variant), )*
                    other => Err(format!("`{other}` is no {}", stringify!($type))),
                }
            }
        }
    )*};
}

words! {
    FlowState { Idle = "idle", Running = "running", Paused = "paused", Broken = "broken" }
    Trigger { Manual = "manual", Schedule = "schedule" }
    RunStatus {
        Running = "running", Succeeded = "succeeded", Partial = "partial", Failed = "failed",
        Cancelled = "cancelled",
    }
    IntentState { Open = "open", Unknown = "unknown" }
    LinkOrigin { Created = "created", Recovered = "recovered", Matched = "matched", Manual = "manual" }
    ParkReason {
        Mapping = "mapping", Unreadable = "unreadable", Rejected = "rejected", Waits = "waits",
        Unknown = "unknown", Unsent = "unsent", NeedsPerson = "needs_person", Gone = "gone", Refused = "refused",
    }
}

/// How many records met which end. In a run, `read` is the sum of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Read from the source, those dragged along included.
    pub read: i64,
    /// Created in the target.
    pub created: i64,
    /// Updated in the target.
    pub updated: i64,
    /// The same on both sides.
    pub unchanged: i64,
    /// Not to be synced, or not sent because the run was stopped.
    pub skipped: i64,
    /// Set aside with a reason, to be tried again.
    pub parked: i64,
    /// Failed without a place to set them aside.
    pub failed: i64,
}

impl Counts {
    /// Whether every record that was read has met exactly one end.
    pub fn reconcile(&self) -> bool {
        self.read
            == self.created
                + self.updated
                + self.unchanged
                + self.skipped
                + self.parked
                + self.failed
    }

    /// Whether all are zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} read: {} created, {} updated, {} unchanged, {} skipped, {} parked, {} failed",
            self.read,
            self.created,
            self.updated,
            self.unchanged,
            self.skipped,
            self.parked,
            self.failed
        )
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.parked += other.parked;
        self.failed += other.failed;
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// The flow.
    pub flow: FlowName,
    /// What set it off.
    pub trigger: Trigger,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it stands.
    pub status: RunStatus,
    /// Why it failed, in a sentence.
    pub message: Option<String>,
    /// What became of the records.
    pub counts: BTreeMap<EntityKind, Counts>,
}

/// The content of a write, kept with its intent so that it can be sent again as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// The content, with the target's ids.
    pub fields: Fields,
    /// The fields to write, for an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<BTreeSet<FieldName>>,
    /// The target's content before an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Fields>,
    /// Whether the record has come to its end.
    #[serde(default)]
    pub lifecycle: Lifecycle,
}

/// What is known of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// Stored; it may have been sent or not.
    Open,
    /// Sent, and the answer got lost.
    Unknown,
}

/// A write that was planned and whose end is not known yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Its id.
    pub op: OpId,
    /// The run that planned it.
    pub run: RunId,
    /// The kind of record.
    pub entity: EntityKind,
    /// The record in the source.
    pub source_id: RecordId,
    /// What is to be done.
    pub action: Action,
    /// The marker of the source record.
    pub marker: Marker,
    /// The key of the batch that it was sent in; intents of one batch share it.
    pub batch_key: String,
    /// Its content.
    pub payload: Payload,
    /// Whether the answer got lost.
    pub state: IntentState,
    /// When it was stored first; for [`IntentState::Unknown`], when the loss was noticed.
    pub at: Timestamp,
}

/// What was last agreed between source and target.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// The hash of the content.
    pub hash: ContentHash,
    /// The content, with the target's ids.
    pub fields: Fields,
    /// Whether the record had come to its end by then.
    pub lifecycle: Lifecycle,
    /// The run that wrote it.
    pub run: RunId,
}

/// How a link came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkOrigin {
    /// The engine created the target record.
    Created,
    /// The engine found the target record that it had created before an answer was lost.
    Recovered,
    /// The target record was there and had the same key.
    Matched,
    /// A person linked them.
    Manual,
}

/// A link to store.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkUpdate {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its id in the target.
    pub target_id: RecordId,
    /// How the link came about; kept as it was where the link is there already.
    pub origin: LinkOrigin,
    /// What is agreed now; `None` leaves it as it is (a write of several steps is under way).
    pub base: Option<Base>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkRow {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its id in the target.
    pub target_id: RecordId,
    /// How the link came about.
    pub origin: LinkOrigin,
    /// When.
    pub linked_at: Timestamp,
    /// When the content was last written or found equal.
    pub synced_at: Option<Timestamp>,
}

/// An update, with what was there before.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRow {
    /// The write.
    pub op: OpId,
    /// The run.
    pub run: RunId,
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its id in the target.
    pub target_id: RecordId,
    /// The target's values of the fields that changed, before.
    pub before: Fields,
    /// The same fields after.
    pub after: Fields,
}

/// Why a record is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ParkReason {
    /// It could not be mapped.
    Mapping,
    /// The source could not read it.
    Unreadable,
    /// The target refused it.
    Rejected,
    /// It refers to a record that is not in the target (yet).
    Waits,
    /// It was sent and the answer got lost.
    Unknown,
    /// Its answer got lost, and it was looked up and not found: it is to be sent again.
    Unsent,
    /// Only a person can tell what became of it, or which record it is.
    NeedsPerson,
    /// It was deleted in the target; it is never created anew by itself.
    Gone,
    /// It may not be changed (a booked document).
    Refused,
}

impl ParkReason {
    /// What it means, for people.
    pub fn describe(self) -> &'static str {
        match self {
            ParkReason::Mapping => "cannot be mapped",
            ParkReason::Unreadable => "cannot be read in the source",
            ParkReason::Rejected => "was refused by the target",
            ParkReason::Waits => "waits for a record it refers to",
            ParkReason::Unknown => "was sent, but the answer got lost",
            ParkReason::Unsent => "did not arrive and is sent again",
            ParkReason::NeedsPerson => "needs a person to decide",
            ParkReason::Gone => "was deleted in the target",
            ParkReason::Refused => "may not be changed in the target",
        }
    }

    /// Whether it stays set aside until a person acts.
    pub fn waits_for_person(self) -> bool {
        matches!(
            self,
            ParkReason::NeedsPerson | ParkReason::Gone | ParkReason::Refused
        )
    }
}

/// A record to set aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Park {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Why.
    pub reason: ParkReason,
    /// What was said.
    pub error: ErrorSummary,
    /// The run it happened in.
    pub run: RunId,
    /// The hash of the content that was refused.
    pub hash: Option<ContentHash>,
}

impl Park {
    /// Sets a record aside because of an error.
    pub fn new(
        entity: EntityKind,
        source_id: &RecordId,
        reason: ParkReason,
        error: &Error,
        run: RunId,
    ) -> Self {
        Self {
            entity,
            source_id: source_id.clone(),
            reason,
            error: error.summary(),
            run,
            hash: None,
        }
    }
}

/// A record that is set aside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParkedRow {
    /// The flow.
    pub flow: FlowName,
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Why.
    pub reason: ParkReason,
    /// What was said last.
    pub error: ErrorSummary,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was set aside first.
    pub first_at: Timestamp,
    /// When it was tried last.
    pub last_at: Timestamp,
    /// The run that tried it last.
    pub run: RunId,
}

/// What the store knows of a source record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// The target record it is linked to.
    pub target_id: Option<RecordId>,
    /// The hash of the content last agreed.
    pub base_hash: Option<ContentHash>,
    /// Whether it had come to its end by then.
    pub base_lifecycle: Lifecycle,
    /// The run that wrote the base.
    pub base_run: Option<RunId>,
    /// Why it is set aside, and the run that tried it last.
    pub parked: Option<(ParkReason, RunId)>,
}
