//! Hints: records that the source said have changed, and what a poll repairs of those it did not.
//!
//! A hint names a record and says nothing else that is believed: the record is read by its id and
//! goes the way of every other. Places in listings stay where they are, so that a poll finds
//! whatever no hint has told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::pending::Pending;
use super::process::{SKIPPED, Stop};
use super::session::{Next, Session};
use super::{Engine, Flow, RunOptions, SyncError};
use crate::store::{Commit, ParkReason, Phase, Position};
use crate::{EntityKind, Outcome, RecordId, Timestamp};

/// How many records that hints name are read in one slice.
const PIECE: usize = 200;

type IsAnnounced = dyn Fn(EntityKind, &RecordId) -> bool + Send + Sync;

/// Knows which records a hint has named that no run has taken up yet.
///
/// A poll that brings such a record repairs nothing: the hint was not lost, only slower.
#[derive(Clone)]
pub struct Announced(Arc<IsAnnounced>);

impl Announced {
    /// Asks this function.
    pub fn new(is: impl Fn(EntityKind, &RecordId) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(is))
    }

    /// Knows of no record.
    pub fn nothing() -> Self {
        Self::new(|_, _| false)
    }

    /// Whether a hint has named this record, and no run has taken it up.
    pub fn knows(&self, entity: EntityKind, id: &RecordId) -> bool {
        (self.0)(entity, id)
    }
}

impl fmt::Debug for Announced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announced").finish_non_exhaustive()
    }
}

impl RunOptions {
    /// A run of exactly these records of the source, read by their ids.
    ///
    /// They are created, updated or set aside as in any other run, and what they refer to comes
    /// along. Places in listings stay where they are and no deletes are concluded; one that the
    /// source has not counts as skipped. Kinds that the flow does not sync are left out.
    pub fn records(hints: BTreeMap<EntityKind, Vec<RecordId>>) -> Self {
        Self {
            hints: Some(hints),
            ..Self::default()
        }
    }

    /// A poll behind hints: a run of everything that counts what no hint had brought.
    pub fn repairing(announced: Announced) -> Self {
        Self {
            scheduled: true,
            repairing: Some(announced),
            ..Self::default()
        }
    }

    /// Whether a run that was interrupted and is at its end now leaves something of this to do.
    pub(super) fn go_beyond(&self, resumed: Option<&Position>) -> bool {
        self.entities.is_some()
            || self.hints.is_some()
            || resumed.is_some_and(|run| {
                run.hints.is_some() || (self.repairing.is_some() && !run.repairing)
            })
    }
}

impl Engine {
    /// When the flow is due after a run. One of hints alone leaves that as it was: a source that
    /// never falls silent does not keep the schedule from its turn.
    pub(super) async fn due_after(
        &self,
        flow: &Flow,
        options: &RunOptions,
    ) -> Result<DueAfter, SyncError> {
        if options.hints.is_none() {
            return Ok(DueAfter::Every);
        }
        let row = self.store.flow(flow.name()).await?;
        Ok(row
            .and_then(|row| row.next_due)
            .map_or(DueAfter::Every, DueAfter::At))
    }
}

/// When a flow is due after a run.
#[derive(Debug, Clone, Copy)]
pub(super) enum DueAfter {
    /// When its schedule says, counted from the end of the run.
    Every,
    /// When it was due before.
    At(Timestamp),
}

impl Session<'_> {
    /// What a run of these records has to do: the kinds in the flow's order, the ids once each.
    pub(super) fn hinted(
        &self,
        hints: &BTreeMap<EntityKind, Vec<RecordId>>,
    ) -> (Vec<EntityKind>, BTreeMap<EntityKind, Vec<RecordId>>) {
        let mut once = BTreeMap::new();
        let mut entities = Vec::new();
        for kind in self.flow.entities() {
            let mut seen = HashSet::new();
            let ids: Vec<RecordId> = (hints.get(kind).into_iter().flatten())
                .filter(|id| seen.insert(*id))
                .cloned()
                .collect();
            if !ids.is_empty() {
                entities.push(*kind);
                once.insert(*kind, ids);
            }
        }
        (entities, once)
    }

    /// Reads a piece of the records that hints name, and syncs them.
    pub(super) async fn hint_slice(
        &mut self,
        entity: EntityKind,
        mut position: Position,
    ) -> Result<Next, SyncError> {
        let hints = position.hints.get_or_insert_default();
        let rest = hints.entry(entity).or_default();
        let ids: Vec<RecordId> = rest.drain(..rest.len().min(PIECE)).collect();
        if rest.is_empty() {
            hints.remove(&entity);
            position.phase = Phase::Settle;
        }
        let mut done = self.commit();
        if let Err(stop) = self.named(entity, &ids, &mut done).await {
            return self.stopped(stop, done).await;
        }
        done.position = Some(position);
        self.finish_slice(done).await
    }

    async fn named(
        &self,
        entity: EntityKind,
        ids: &[RecordId],
        done: &mut Commit,
    ) -> Result<(), Stop> {
        let (found, gone, unreadable) = self.fetch_from_source(entity, ids).await?;
        for (id, error) in unreadable {
            self.park(
                done,
                (entity, &id),
                (ParkReason::Unreadable, &error),
                None,
                None,
            );
        }
        for id in gone {
            tracing::debug!(%entity, record = id.as_str(), "A hint named a record that the source has not.");
            done.count(entity, SKIPPED);
        }
        self.process(entity, found, done, 0).await
    }

    /// Which of these records were set aside before: they are no news to a poll. Nobody asks
    /// outside a run that repairs.
    pub(super) async fn aside_before(
        &self,
        outcomes: &[(Pending, Outcome)],
    ) -> Result<HashSet<(EntityKind, RecordId)>, SyncError> {
        if self.announced.is_none() {
            return Ok(HashSet::new());
        }
        let mut ids: HashMap<EntityKind, Vec<RecordId>> = HashMap::new();
        for (write, _) in outcomes {
            let intent = &write.intent;
            (ids.entry(intent.entity).or_default()).push(intent.source_id.clone());
        }
        let mut aside = HashSet::new();
        for (entity, ids) in ids {
            let known = self.engine.store.known(self.flow.name(), entity, &ids);
            let parked = (known.await?.into_iter()).filter(|(_, known)| known.parked.is_some());
            aside.extend(parked.map(|(id, _)| (entity, id)));
        }
        Ok(aside)
    }

    /// Counts a record that was created or updated, if this run repairs and no hint named it.
    pub(super) fn count_repaired(
        &self,
        commit: &mut Commit,
        write: &Pending,
        aside: &HashSet<(EntityKind, RecordId)>,
    ) {
        let key = (write.intent.entity, write.intent.source_id.clone());
        if let Some(announced) = &self.announced
            && !aside.contains(&key)
            && !announced.knows(key.0, &key.1)
        {
            commit.repaired += 1;
        }
    }
}
