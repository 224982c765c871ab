//! A store that forgets everything when the program ends.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use api_core::Timestamp;
use async_trait::async_trait;

use super::linking::Linking;
use super::{
    Base, ChangeRow, Claim, Claimed, Commit, FlowRow, FlowSetup, FlowState, Intent, IntentState,
    Known, Lease, LinkOrigin, LinkRow, ParkReason, ParkedFilter, ParkedRow, RunRow, StateStore,
    StoreError,
};
use crate::linking::{Decided, DecisionRow, LinkDecision, RuleRow, Suggested, SuggestionRow};
use crate::{
    ConnectionName, Cursor, EntityKind, Event, EventId, Fields, FlowName, OpId, RecordId, RunId,
};

/// How many starts without a commit make a flow broken.
const MAX_STARTS: u32 = 3;

/// A [`StateStore`] in memory, for tests and for programs that sync once.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

pub(super) type PairKey = (ConnectionName, ConnectionName, EntityKind);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) flows: BTreeMap<FlowName, FlowRow>,
    cursors: HashMap<(FlowName, EntityKind), Cursor>,
    pub(super) links: HashMap<PairKey, BTreeMap<RecordId, (RecordId, LinkOrigin, Timestamp)>>,
    pub(super) taken: HashMap<PairKey, HashMap<RecordId, RecordId>>,
    pub(super) bases: HashMap<(FlowName, EntityKind), HashMap<RecordId, (Base, Timestamp)>>,
    pub(super) intents: BTreeMap<OpId, (FlowName, Intent)>,
    pub(super) parked: BTreeMap<(FlowName, EntityKind, RecordId), ParkedRow>,
    runs: BTreeMap<RunId, RunRow>,
    changes: Vec<ChangeRow>,
    pub(super) events: BTreeMap<EventId, Event>,
    pub(super) linking: Linking,
    pub(super) actor: Option<String>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets who decides about links, for the events of decisions.
    pub fn actor(self, actor: impl Into<String>) -> Self {
        self.lock().actor = Some(actor.into());
        self
    }

    /// The updates made so far, with what was there before.
    pub fn changes(&self) -> Vec<ChangeRow> {
        self.lock().changes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn held(&mut self, lease: &Lease) -> Result<&mut FlowRow, StoreError> {
        match self.flows.get_mut(&lease.flow) {
            None => Err(StoreError::UnknownFlow(lease.flow.clone())),
            Some(flow) if flow.fence == lease.fence && flow.lease_owner.is_some() => Ok(flow),
            Some(_) => Err(StoreError::LeaseLost {
                flow: lease.flow.clone(),
            }),
        }
    }

    fn check_links(
        &self,
        pair: (&ConnectionName, &ConnectionName),
        commit: &Commit,
    ) -> Result<(), StoreError> {
        // As if they were stored one after the other: two links of one commit must not take the
        // same record either, and what an earlier one leaves is free.
        let mut owners: HashMap<(EntityKind, &RecordId), Option<&RecordId>> = HashMap::new();
        let mut targets: HashMap<(EntityKind, &RecordId), &RecordId> = HashMap::new();
        for link in &commit.links {
            let key = (pair.0.clone(), pair.1.clone(), link.entity);
            let owner = match owners.get(&(link.entity, &link.target_id)) {
                Some(owner) => *owner,
                None => self
                    .taken
                    .get(&key)
                    .and_then(|taken| taken.get(&link.target_id)),
            };
            if owner.is_some_and(|owner| *owner != link.source_id) {
                return Err(StoreError::LinkTaken {
                    entity: link.entity,
                    target_id: link.target_id.clone(),
                });
            }
            let before = targets
                .insert((link.entity, &link.source_id), &link.target_id)
                .or_else(|| Some(&self.links.get(&key)?.get(&link.source_id)?.0));
            if let Some(before) = before {
                owners.insert((link.entity, before), None);
            }
            owners.insert((link.entity, &link.target_id), Some(&link.source_id));
        }
        Ok(())
    }

    fn apply(&mut self, flow: &FlowName, pair: (ConnectionName, ConnectionName), commit: Commit) {
        for intent in commit.open {
            self.intents.insert(intent.op, (flow.clone(), intent));
        }
        for op in commit.close {
            self.intents.remove(&op);
        }
        for op in commit.unknown {
            if let Some((_, intent)) = self.intents.get_mut(&op) {
                intent.state = IntentState::Unknown;
                intent.at = commit.at;
            }
        }
        for link in commit.links {
            let key = (pair.0.clone(), pair.1.clone(), link.entity);
            let links = self.links.entry(key.clone()).or_default();
            let taken = self.taken.entry(key).or_default();
            let row = links
                .entry(link.source_id.clone())
                .or_insert_with(|| (link.target_id.clone(), link.origin, commit.at));
            // What a person linked stays where it is.
            if row.0 != link.target_id && row.1 != LinkOrigin::Manual {
                taken.remove(&row.0);
                *row = (link.target_id.clone(), link.origin, commit.at);
            }
            taken.insert(row.0.clone(), link.source_id.clone());
            if let Some(base) = link.base {
                self.bases
                    .entry((flow.clone(), link.entity))
                    .or_default()
                    .insert(link.source_id, (base, commit.at));
            }
        }
        self.changes.extend(commit.changes);
        for park in commit.park {
            let key = (flow.clone(), park.entity, park.source_id.clone());
            let before = self
                .parked
                .get(&key)
                .map(|row| (row.first_at, row.attempts));
            let (first_at, attempts) = before.unwrap_or((commit.at, 0));
            self.parked.insert(
                key,
                ParkedRow {
                    flow: flow.clone(),
                    entity: park.entity,
                    source_id: park.source_id,
                    reason: park.reason,
                    error: park.error,
                    attempts: attempts + 1,
                    first_at,
                    last_at: commit.at,
                    run: park.run,
                },
            );
        }
        for (entity, id) in commit.unpark {
            self.parked.remove(&(flow.clone(), entity, id));
        }
        for event in commit.events {
            self.events.entry(event.id).or_insert(event);
        }
        if let Some(run) = commit.start_run {
            self.runs.insert(run.id, run);
        }
        if let Some(run) = commit.run.and_then(|id| self.runs.get_mut(&id)) {
            if commit.repaired != 0 {
                *run.repaired.get_or_insert_default() += commit.repaired;
            }
            for (entity, counts) in commit.counts {
                *run.counts.entry(entity).or_default() += counts;
            }
        }
        for (entity, cursor) in commit.cursors {
            match cursor {
                Some(cursor) => self.cursors.insert((flow.clone(), entity), cursor),
                None => self.cursors.remove(&(flow.clone(), entity)),
            };
        }
        if let Some((id, status, message)) = commit.end_run
            && let Some(run) = self.runs.get_mut(&id)
        {
            run.status = status;
            run.message = message;
            run.ended_at = Some(commit.at);
        }
    }
}

#[async_trait]
impl StateStore for MemoryStore {
    async fn ensure_flow(&self, setup: &FlowSetup, now: Timestamp) -> Result<(), StoreError> {
        let mut state = self.lock();
        let flow = state
            .flows
            .entry(setup.name.clone())
            .or_insert_with(|| FlowRow {
                name: setup.name.clone(),
                source: setup.source.clone(),
                target: setup.target.clone(),
                every: setup.every,
                next_due: setup.every.map(|_| now),
                seq: 0,
                fence: 0,
                lease_owner: None,
                lease_until: None,
                crash_count: 0,
                state: FlowState::Idle,
                position: None,
            });
        flow.source = setup.source.clone();
        flow.target = setup.target.clone();
        if flow.every != setup.every {
            flow.every = setup.every;
            flow.next_due = setup.every.map(|_| now);
        }
        Ok(())
    }

    async fn flows(&self) -> Result<Vec<FlowRow>, StoreError> {
        Ok(self.lock().flows.values().cloned().collect())
    }

    async fn flow(&self, flow: &FlowName) -> Result<Option<FlowRow>, StoreError> {
        Ok(self.lock().flows.get(flow).cloned())
    }

    async fn claim(
        &self,
        what: Claim<'_>,
        owner: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Claimed, StoreError> {
        let mut state = self.lock();
        let held: Vec<FlowRow> = (state.flows.values())
            .filter(|flow| flow.lease_owner.is_some())
            .filter(|flow| flow.lease_until.is_some_and(|until| until >= now))
            .cloned()
            .collect();
        let holder = |flow: &FlowRow| {
            let pair = (&flow.source, &flow.target);
            held.iter()
                .find(|other| (&other.source, &other.target) == pair)
        };
        let flow = match what {
            Claim::Flow(name) => Some(
                state
                    .flows
                    .get_mut(name)
                    .ok_or_else(|| StoreError::UnknownFlow(name.clone()))?,
            ),
            Claim::Due => state
                .flows
                .values_mut()
                .filter(|flow| matches!(flow.state, FlowState::Idle | FlowState::Running))
                .filter(|flow| flow.next_due.is_some_and(|due| due <= now))
                .filter(|flow| holder(flow).is_none())
                .min_by_key(|flow| flow.next_due),
        };
        let Some(flow) = flow else {
            return Ok(Claimed::Nothing);
        };
        if let Some(holder) = holder(flow)
            && let (Some(owner), Some(until)) = (&holder.lease_owner, holder.lease_until)
        {
            return Ok(Claimed::Busy {
                flow: holder.name.clone(),
                owner: owner.clone(),
                until,
            });
        }
        if matches!(what, Claim::Flow(_)) && flow.state == FlowState::Broken {
            flow.state = FlowState::Idle;
            flow.crash_count = 0;
        }
        flow.fence += 1;
        flow.crash_count += 1;
        flow.lease_owner = Some(owner.to_owned());
        flow.lease_until = Some(now.saturating_add(ttl));
        if flow.crash_count >= MAX_STARTS {
            flow.state = FlowState::Broken;
        }
        Ok(Claimed::Lease(Lease {
            flow: flow.name.clone(),
            owner: owner.to_owned(),
            fence: flow.fence,
            starts: flow.crash_count,
        }))
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        self.lock().held(lease)?.lease_until = Some(now.saturating_add(ttl));
        Ok(())
    }

    async fn release(&self, lease: &Lease, next_due: Option<Timestamp>) -> Result<(), StoreError> {
        let mut state = self.lock();
        let flow = state.held(lease)?;
        flow.lease_owner = None;
        flow.lease_until = None;
        flow.next_due = next_due;
        flow.crash_count = 0;
        Ok(())
    }

    async fn break_lease(&self, flow: &FlowName, owner: &str) -> Result<bool, StoreError> {
        let mut state = self.lock();
        match state.flows.get_mut(flow) {
            Some(flow) if flow.lease_owner.as_deref() == Some(owner) => {
                flow.lease_owner = None;
                flow.lease_until = None;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn commit(&self, lease: &Lease, commit: Commit) -> Result<(), StoreError> {
        let mut state = self.lock();
        let flow = state.held(lease)?;
        let pair = (flow.source.clone(), flow.target.clone());
        state.check_links((&pair.0, &pair.1), &commit)?;
        let flow = state.held(lease)?;
        if commit.is_progress() {
            flow.crash_count = 0;
            if flow.state == FlowState::Broken {
                flow.state = FlowState::Running;
            }
        }
        if commit.position.is_some() || !commit.cursors.is_empty() {
            flow.seq += 1;
        }
        if let Some(position) = &commit.position {
            flow.position = Some(position.clone());
        }
        if commit.start_run.is_some() && flow.state != FlowState::Broken {
            flow.state = FlowState::Running;
        }
        if commit.end_run.is_some() {
            flow.state = FlowState::Idle;
            flow.position = None;
        }
        state.apply(&lease.flow, pair, commit);
        Ok(())
    }

    async fn known(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Known>, StoreError> {
        let state = self.lock();
        let row = state
            .flows
            .get(flow)
            .ok_or_else(|| StoreError::UnknownFlow(flow.clone()))?;
        let key = (row.source.clone(), row.target.clone(), entity);
        let links = state.links.get(&key);
        let bases = state.bases.get(&(flow.clone(), entity));
        let mut found = HashMap::new();
        for id in ids {
            let link = links.and_then(|links| links.get(id));
            let base = bases.and_then(|bases| bases.get(id)).map(|(base, _)| base);
            let parked = state.parked.get(&(flow.clone(), entity, id.clone()));
            let mut known = Known {
                target_id: link.map(|(target, _, _)| target.clone()),
                origin: link.map(|(_, origin, _)| *origin),
                base_hash: base.map(|base| base.hash),
                part: base.and_then(|base| base.part),
                base_lifecycle: base.map(|base| base.lifecycle).unwrap_or_default(),
                base_run: base.map(|base| base.run),
                parked: parked.map(|row| (row.reason, row.run)),
                rules: Vec::new(),
            };
            state.linking.complete(&key, id, &mut known);
            if known != Known::default() {
                found.insert(id.clone(), known);
            }
        }
        Ok(found)
    }

    async fn bases(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Fields>, StoreError> {
        let state = self.lock();
        let Some(bases) = state.bases.get(&(flow.clone(), entity)) else {
            return Ok(HashMap::new());
        };
        Ok(ids
            .iter()
            .filter_map(|id| {
                bases
                    .get(id)
                    .map(|(base, _)| (id.clone(), base.fields.clone()))
            })
            .collect())
    }

    async fn targets(
        &self,
        source: &ConnectionName,
        target: &ConnectionName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, StoreError> {
        let state = self.lock();
        let key = (source.clone(), target.clone(), entity);
        let links = state.links.get(&key);
        let end = |id: &RecordId| match links.and_then(|links| links.get(id)) {
            Some((target, _, _)) => Some(target.clone()),
            None => state.linking.merged_into(&key, id),
        };
        Ok(ids
            .iter()
            .filter_map(|id| Some((id.clone(), end(id)?)))
            .collect())
    }

    async fn sources(
        &self,
        source: &ConnectionName,
        target: &ConnectionName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, StoreError> {
        let state = self.lock();
        let Some(taken) = state.taken.get(&(source.clone(), target.clone(), entity)) else {
            return Ok(HashMap::new());
        };
        Ok(ids
            .iter()
            .filter_map(|id| taken.get(id).map(|s| (id.clone(), s.clone())))
            .collect())
    }

    async fn intents(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<OpId>,
        limit: usize,
    ) -> Result<Vec<Intent>, StoreError> {
        let state = self.lock();
        Ok(state
            .intents
            .values()
            .filter(|(of, _)| of == flow)
            .map(|(_, intent)| intent)
            .filter(|intent| entity.is_none_or(|entity| intent.entity == entity))
            .filter(|intent| after.is_none_or(|after| intent.op > after))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn open_intents(&self, flow: &FlowName) -> Result<u64, StoreError> {
        Ok(self
            .lock()
            .intents
            .values()
            .filter(|(of, _)| of == flow)
            .count() as u64)
    }

    async fn parked(
        &self,
        filter: ParkedFilter<'_>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&ParkedRow> = state
            .parked
            .values()
            .filter(|row| filter.flow.is_none_or(|flow| row.flow == *flow))
            .filter(|row| filter.entity.is_none_or(|entity| row.entity == entity))
            .filter(|row| filter.not_in_run.is_none_or(|run| row.run != run))
            .filter(|row| {
                after
                    .as_ref()
                    .is_none_or(|(entity, id)| (row.entity, &row.source_id) > (*entity, id))
            })
            .collect();
        rows.sort_by(|a, b| (a.entity, &a.source_id).cmp(&(b.entity, &b.source_id)));
        Ok(rows.into_iter().take(limit).cloned().collect())
    }

    async fn retry_parked(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        id: &RecordId,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let key = (flow.clone(), entity, id.clone());
        let nobody = RunId::from_uuid(uuid::Uuid::nil());
        match state.parked.get_mut(&key) {
            Some(row) if row.reason != ParkReason::Unknown => {
                row.reason = ParkReason::Retry;
                row.run = nobody;
            }
            _ => return Ok(false),
        }
        let event = Event::retry(flow, (entity, id));
        state.tell_decision(flow, event);
        Ok(true)
    }

    async fn cursor(
        &self,
        flow: &FlowName,
        entity: EntityKind,
    ) -> Result<Option<Cursor>, StoreError> {
        Ok(self.lock().cursors.get(&(flow.clone(), entity)).cloned())
    }

    async fn runs(&self, flow: Option<&FlowName>, limit: usize) -> Result<Vec<RunRow>, StoreError> {
        let state = self.lock();
        Ok(state
            .runs
            .values()
            .rev()
            .filter(|run| flow.is_none_or(|flow| run.flow == *flow))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn run(&self, id: RunId) -> Result<Option<RunRow>, StoreError> {
        Ok(self.lock().runs.get(&id).cloned())
    }

    async fn links(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Result<Vec<LinkRow>, StoreError> {
        let state = self.lock();
        let Some(row) = state.flows.get(flow) else {
            return Ok(Vec::new());
        };
        let mut rows = Vec::new();
        for kind in EntityKind::ALL {
            if entity.is_some_and(|entity| entity != kind) {
                continue;
            }
            let Some(links) = state
                .links
                .get(&(row.source.clone(), row.target.clone(), kind))
            else {
                continue;
            };
            let bases = state.bases.get(&(flow.clone(), kind));
            for (source_id, (target_id, origin, at)) in links {
                if after
                    .as_ref()
                    .is_some_and(|(k, id)| (kind, source_id) <= (*k, id))
                {
                    continue;
                }
                rows.push(LinkRow {
                    entity: kind,
                    source_id: source_id.clone(),
                    target_id: target_id.clone(),
                    origin: *origin,
                    linked_at: *at,
                    synced_at: bases.and_then(|b| b.get(source_id)).map(|(_, at)| *at),
                });
                if rows.len() >= limit {
                    return Ok(rows);
                }
            }
        }
        Ok(rows)
    }

    async fn events(&self, limit: usize) -> Result<Vec<Event>, StoreError> {
        Ok(self.lock().events.values().take(limit).cloned().collect())
    }

    async fn events_taken(&self, ids: &[EventId]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for id in ids {
            state.events.remove(id);
        }
        Ok(())
    }

    async fn decide(
        &self,
        flow: &FlowName,
        record: (EntityKind, &RecordId),
        decision: &LinkDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        self.lock().decide(flow, record, decision, now)
    }

    async fn undo_decision(
        &self,
        flow: &FlowName,
        id: Option<i64>,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        self.lock().undo_decision(flow, id, now)
    }

    async fn decisions(
        &self,
        flow: &FlowName,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        self.lock().decisions(flow, limit)
    }

    async fn rules(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
    ) -> Result<Vec<RuleRow>, StoreError> {
        self.lock().rules(flow, entity)
    }

    async fn suggest(
        &self,
        flow: &FlowName,
        found: &[Suggested],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.lock().suggest(flow, found, now)
    }

    async fn suggestions(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        limit: usize,
    ) -> Result<Vec<SuggestionRow>, StoreError> {
        self.lock().suggestions(flow, entity, limit)
    }
}
