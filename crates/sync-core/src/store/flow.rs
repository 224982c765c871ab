//! Flows, leases and runs.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use api_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::words::words;
use crate::{ConnectionName, Cursor, EntityKind, FlowName, RecordId, RunId};

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
    /// Kinds that are not read in this run; only what is set aside of them is tried again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settle_only: Vec<EntityKind>,
    /// For which kinds new records are looked for in the target before they are created, as far
    /// as that is decided.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub matching: BTreeMap<EntityKind, bool>,
    /// The records that are still to be read, in a run of these alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hints: Option<BTreeMap<EntityKind, Vec<RecordId>>>,
    /// Whether the run counts what no hint had brought.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repairing: bool,
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
    /// The source said that records have changed.
    Webhook,
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
    /// How many of the records that were created or updated no hint had named; `None` where
    /// nobody listened for hints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repaired: Option<i64>,
}

words! {
    FlowState { Idle = "idle", Running = "running", Paused = "paused", Broken = "broken" }
    Trigger { Manual = "manual", Schedule = "schedule", Webhook = "webhook" }
    RunStatus {
        Running = "running", Succeeded = "succeeded", Partial = "partial", Failed = "failed",
        Cancelled = "cancelled",
    }
}
