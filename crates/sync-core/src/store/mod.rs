//! Where the engine keeps what it must not forget.
//!
//! [`StateStore`] is the trait; [`MemoryStore`] keeps everything in memory, for tests and for
//! programs that sync once.

mod flow;
mod linking;
mod memory;
mod parked;
mod words;
mod writes;

use std::collections::HashMap;
use std::time::Duration;

use api_core::Timestamp;
use async_trait::async_trait;

use crate::Fields;
use crate::linking::{Decided, DecisionRow, LinkDecision, RuleRow, Suggested, SuggestionRow};
use crate::{ConnectionName, Cursor, EntityKind, Event, EventId, FlowName, OpId, RecordId, RunId};
pub use flow::{
    Counts, FlowRow, FlowSetup, FlowState, Lease, Phase, Position, RunRow, RunStatus, Trigger,
};
pub use memory::MemoryStore;
pub use parked::{Known, Park, ParkReason, ParkedRow};
pub use writes::{Base, ChangeRow, Intent, IntentState, LinkOrigin, LinkRow, LinkUpdate, Payload};

/// What can go wrong with a store.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else holds the flow now: nothing of the commit was stored.
    #[error("the lease on flow `{flow}` was lost to another process")]
    LeaseLost {
        /// The flow.
        flow: FlowName,
    },
    /// The flow was never set up.
    #[error("the store knows no flow `{0}`")]
    UnknownFlow(FlowName),
    /// The disk is full.
    #[error("the disk is full: {0}")]
    DiskFull(String),
    /// The store was made by a newer version of the program.
    #[error("the store has schema version {found}, this program knows up to {known}")]
    Newer {
        /// The version of the store.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The store cannot be opened, read or written.
    #[error("{0}")]
    Unavailable(String),
    /// The target record is linked to another source record; nothing of the commit was stored.
    #[error("{entity} `{target_id}` of the target is linked to another record")]
    LinkTaken {
        /// The kind of record.
        entity: EntityKind,
        /// The target record.
        target_id: RecordId,
    },
    /// Something in the store makes no sense.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(String),
}

/// Which flow to claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim<'a> {
    /// This one, whether it is due or not, even if it is marked broken.
    Flow(&'a FlowName),
    /// Whichever is due longest.
    Due,
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// The flow is ours until the lease ends.
    Lease(Lease),
    /// Somebody else has it, or another flow between the same connections, which shares its links.
    Busy {
        /// The flow that is held.
        flow: FlowName,
        /// Who.
        owner: String,
        /// Until when, unless it is renewed.
        until: Timestamp,
    },
    /// Nothing is due.
    Nothing,
}

/// Which parked records to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct ParkedFilter<'a> {
    /// Of this flow.
    pub flow: Option<&'a FlowName>,
    /// Of this kind.
    pub entity: Option<EntityKind>,
    /// Not met in this run yet.
    pub not_in_run: Option<RunId>,
}

/// One transaction: all of it is stored, or nothing.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// When.
    pub at: Timestamp,
    /// The run that the counts belong to.
    pub run: Option<RunId>,
    /// Intents to store, before anything is sent; one that is there already is replaced.
    pub open: Vec<Intent>,
    /// Intents whose outcome is known.
    pub close: Vec<OpId>,
    /// Intents whose answer was lost, with the moment it was noticed.
    pub unknown: Vec<OpId>,
    /// Links and bases to store.
    pub links: Vec<LinkUpdate>,
    /// Before- and after-images of updates, for undo.
    pub changes: Vec<ChangeRow>,
    /// Records to set aside.
    pub park: Vec<Park>,
    /// Records that are not set aside any more.
    pub unpark: Vec<(EntityKind, RecordId)>,
    /// What to add to the run's counts.
    pub counts: Vec<(EntityKind, Counts)>,
    /// What to add to how many records the run has repaired.
    pub repaired: i64,
    /// What happened.
    pub events: Vec<Event>,
    /// How far the run is.
    pub position: Option<Position>,
    /// Where the next run starts to read; `None` is from the start.
    pub cursors: Vec<(EntityKind, Option<Cursor>)>,
    /// A run that begins.
    pub start_run: Option<RunRow>,
    /// The end of a run: the flow is idle and its position is cleared.
    pub end_run: Option<(RunId, RunStatus, Option<String>)>,
}

impl Commit {
    /// A commit at this moment.
    pub fn at(at: Timestamp) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// Adds to the run's counts.
    pub fn count(&mut self, entity: EntityKind, counts: Counts) {
        match self.counts.iter_mut().find(|(kind, _)| *kind == entity) {
            Some((_, sum)) => *sum += counts,
            None => self.counts.push((entity, counts)),
        }
    }

    /// Takes over what another commit stores of records; its place in the listing and cursors are
    /// left out.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.open.extend(other.open);
        self.close.extend(other.close);
        self.unknown.extend(other.unknown);
        self.links.extend(other.links);
        self.changes.extend(other.changes);
        self.park.extend(other.park);
        self.unpark.extend(other.unpark);
        self.events.extend(other.events);
        self.repaired += other.repaired;
        for (entity, counts) in other.counts {
            self.count(entity, counts);
        }
    }

    /// Whether it says that work got done. A run that begins, and writes that are only planned, do
    /// not: a process that dies of what it sends would never be found out.
    pub fn is_progress(&self) -> bool {
        let done = !self.close.is_empty()
            || !self.unknown.is_empty()
            || !self.links.is_empty()
            || !self.park.is_empty()
            || !self.unpark.is_empty()
            || !self.counts.is_empty();
        let moved = self.position.is_some() && self.start_run.is_none();
        done || moved || self.end_run.is_some()
    }
}

/// Where flows, cursors, links, bases, intents, parked records and events are kept.
///
/// Every write of a run goes through [`commit`](Self::commit), which checks the lease's fencing
/// token: a process that was frozen and lost its lease stores nothing any more.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// Makes a flow known, or takes over its changed settings.
    async fn ensure_flow(&self, flow: &FlowSetup, now: Timestamp) -> Result<(), StoreError>;

    /// All flows by name.
    async fn flows(&self) -> Result<Vec<FlowRow>, StoreError>;

    /// One flow.
    async fn flow(&self, flow: &FlowName) -> Result<Option<FlowRow>, StoreError>;

    /// Takes a flow for `ttl`, with a fencing token higher than any before.
    ///
    /// Of the flows between the same two connections only one is held at a time. A claim counts
    /// as a start; the third start without a commit in between makes the flow
    /// broken, and [`Claim::Due`] passes it over.
    async fn claim(
        &self,
        what: Claim<'_>,
        owner: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Claimed, StoreError>;

    /// Keeps a flow for `ttl` from now; fails with [`StoreError::LeaseLost`] once it is lost.
    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError>;

    /// Gives a flow back, due again at `next_due`.
    async fn release(&self, lease: &Lease, next_due: Option<Timestamp>) -> Result<(), StoreError>;

    /// Ends the lease of an owner that is known to be dead. `false` if it is not the owner.
    async fn break_lease(&self, flow: &FlowName, owner: &str) -> Result<bool, StoreError>;

    /// Stores one transaction, if the lease still holds.
    ///
    /// Opened intents and links replace what has the same key; a parked record that is parked
    /// again keeps its first moment and counts one attempt more; events with a known id are left
    /// out; `crash_count` becomes 0 if it [is progress](Commit::is_progress), and `seq` grows by one
    /// when there is a position or a cursor.
    /// `start_run` makes the flow running; `end_run` makes it idle and clears its position.
    async fn commit(&self, lease: &Lease, commit: Commit) -> Result<(), StoreError>;

    /// What is known of these source records: link, hash of the base, parked or not. Records of
    /// which nothing is known are not in the answer.
    async fn known(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Known>, StoreError>;

    /// The content last agreed of these source records.
    async fn bases(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Fields>, StoreError>;

    /// The target ids that these source records are linked to, or were merged into.
    async fn targets(
        &self,
        source: &ConnectionName,
        target: &ConnectionName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, StoreError>;

    /// The source ids that these target records are linked to.
    async fn sources(
        &self,
        source: &ConnectionName,
        target: &ConnectionName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, StoreError>;

    /// Open intents of a flow in the order of their ids, at most `limit`, after `after`.
    async fn intents(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<OpId>,
        limit: usize,
    ) -> Result<Vec<Intent>, StoreError>;

    /// How many intents of a flow are open.
    async fn open_intents(&self, flow: &FlowName) -> Result<u64, StoreError>;

    /// Parked records by entity and id, at most `limit`, after `after`. To page, give a flow.
    async fn parked(
        &self,
        filter: ParkedFilter<'_>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Result<Vec<ParkedRow>, StoreError>;

    /// Lets the next run take a parked record ([`ParkReason::Retry`]), wherever its listing has got
    /// to, and tells so ([`Event::retry`]) in the same transaction. `false` if there is none, or if
    /// it waits for a lost answer: that one is looked up and must not be sent blindly.
    async fn retry_parked(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        id: &RecordId,
    ) -> Result<bool, StoreError>;

    /// Where the next run of an entity starts to read.
    async fn cursor(
        &self,
        flow: &FlowName,
        entity: EntityKind,
    ) -> Result<Option<Cursor>, StoreError>;

    /// The newest runs first, of one flow or of all.
    async fn runs(&self, flow: Option<&FlowName>, limit: usize) -> Result<Vec<RunRow>, StoreError>;

    /// One run.
    async fn run(&self, id: RunId) -> Result<Option<RunRow>, StoreError>;

    /// Links of a flow by entity and source id, at most `limit`, after `after`.
    async fn links(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Result<Vec<LinkRow>, StoreError>;

    /// The oldest events that nobody has taken yet, at most `limit`.
    async fn events(&self, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// Drops events that were taken.
    async fn events_taken(&self, ids: &[EventId]) -> Result<(), StoreError>;

    /// Stores a person's decision about a record of the source, in one transaction: link, rules,
    /// what was last agreed, the parked row, the decision itself and its event
    /// ([`crate::linking::effect`]).
    ///
    /// While one of the flows between the same two connections is held nothing is stored. A lease
    /// that ran out is ended for good.
    async fn decide(
        &self,
        flow: &FlowName,
        record: (EntityKind, &RecordId),
        decision: &LinkDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError>;

    /// Undoes the decision of this number, or the last one: link and rules become what they were.
    ///
    /// While one of the flows between the same two connections is held nothing is stored.
    async fn undo_decision(
        &self,
        flow: &FlowName,
        id: Option<i64>,
        now: Timestamp,
    ) -> Result<Decided, StoreError>;

    /// The decisions between the two connections of a flow, the newest first.
    async fn decisions(
        &self,
        flow: &FlowName,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, StoreError>;

    /// What holds of records by decision, by kind and id of the source.
    async fn rules(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
    ) -> Result<Vec<RuleRow>, StoreError>;

    /// Keeps what is suggested for these records, instead of what was suggested for them before.
    async fn suggest(
        &self,
        flow: &FlowName,
        found: &[Suggested],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// What is suggested for records that are undecided, by kind and id of the source, the
    /// likeliest first; at most `limit`. What a person has ruled out is left out.
    async fn suggestions(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        limit: usize,
    ) -> Result<Vec<SuggestionRow>, StoreError>;
}
