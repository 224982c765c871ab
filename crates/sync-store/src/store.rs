//! The trait, put together from its parts.

use std::collections::HashMap;
use std::time::Duration;

use api_core::Timestamp;
use async_trait::async_trait;
use sync_core::linking::{Decided, DecisionRow, LinkDecision, RuleRow, Suggested, SuggestionRow};
use sync_core::store::{
    Claim, Claimed, Commit, FlowRow, FlowSetup, Intent, Known, Lease, LinkRow, ParkedFilter,
    ParkedRow, RunRow,
};
use sync_core::{
    ConnectionName, Cursor, EntityKind, Event, EventId, Fields, FlowName, OpId, RecordId, RunId,
    StateStore, StoreError,
};
use tokio::task::JoinSet;

use crate::SqliteStore;

/// What [`SqliteStore::other_ends`] selects to go from source to target; a record that was
/// merged has the target of the one that it was merged into.
const TARGETS: &str = "SELECT json_group_array(
        json_array(w.value, COALESCE(l.target_id, r.target_id)))
        FILTER (WHERE l.target_id IS NOT NULL OR r.target_id IS NOT NULL)
    FROM json_each(?4) w
    LEFT JOIN link l ON l.source = (SELECT id FROM connection WHERE name = ?1)
        AND l.target = (SELECT id FROM connection WHERE name = ?2)
        AND l.entity = ?3 AND l.source_id = w.value
    LEFT JOIN link_rule r ON r.source = (SELECT id FROM connection WHERE name = ?1)
        AND r.target = (SELECT id FROM connection WHERE name = ?2)
        AND r.entity = ?3 AND r.source_id = w.value AND r.rule = 'merged'";
/// And back.
const SOURCES: &str = "SELECT json_group_array(json_array(l.target_id, l.source_id))
    FROM json_each(?4) w
    CROSS JOIN link l ON l.source = (SELECT id FROM connection WHERE name = ?1)
        AND l.target = (SELECT id FROM connection WHERE name = ?2)
        AND l.entity = ?3 AND l.target_id = w.value";

#[async_trait]
impl StateStore for SqliteStore {
    async fn ensure_flow(&self, flow: &FlowSetup, now: Timestamp) -> Result<(), StoreError> {
        self.set_up_flow(flow, now).await
    }

    async fn flows(&self) -> Result<Vec<FlowRow>, StoreError> {
        self.all_flows().await
    }

    async fn flow(&self, flow: &FlowName) -> Result<Option<FlowRow>, StoreError> {
        self.one_flow(flow).await
    }

    async fn claim(
        &self,
        what: Claim<'_>,
        owner: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Claimed, StoreError> {
        self.take(what, owner, now, ttl).await
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        self.keep(lease, now, ttl).await
    }

    async fn release(&self, lease: &Lease, next_due: Option<Timestamp>) -> Result<(), StoreError> {
        self.give_back(lease, next_due).await
    }

    async fn break_lease(&self, flow: &FlowName, owner: &str) -> Result<bool, StoreError> {
        self.end_lease(flow, owner).await
    }

    async fn commit(&self, lease: &Lease, commit: Commit) -> Result<(), StoreError> {
        // A task of its own: spelling the contents out is most of the work, and the engine goes on
        // meanwhile. Nobody waiting for it any more, it is stopped, and stores nothing.
        let (store, lease) = (self.clone(), lease.clone());
        let mut task = JoinSet::new();
        task.spawn(async move { store.store(&lease, commit).await });
        match task.join_next().await {
            Some(Ok(stored)) => stored,
            _ => Err(StoreError::Unavailable(
                "the commit was broken off".to_owned(),
            )),
        }
    }

    async fn known(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Known>, StoreError> {
        self.known_of(flow, entity, ids).await
    }

    async fn bases(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Fields>, StoreError> {
        self.bases_of(flow, entity, ids).await
    }

    async fn targets(
        &self,
        source: &ConnectionName,
        target: &ConnectionName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, StoreError> {
        self.other_ends(TARGETS, (source, target), entity, ids)
            .await
    }

    async fn sources(
        &self,
        source: &ConnectionName,
        target: &ConnectionName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, StoreError> {
        self.other_ends(SOURCES, (source, target), entity, ids)
            .await
    }

    async fn intents(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<OpId>,
        limit: usize,
    ) -> Result<Vec<Intent>, StoreError> {
        self.intents_of(flow, entity, after, limit).await
    }

    async fn open_intents(&self, flow: &FlowName) -> Result<u64, StoreError> {
        self.count_intents(flow).await
    }

    async fn parked(
        &self,
        filter: ParkedFilter<'_>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        self.parked_rows(filter, after, limit).await
    }

    async fn retry_parked(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        id: &RecordId,
    ) -> Result<bool, StoreError> {
        self.take_parked_again(flow, entity, id).await
    }

    async fn cursor(
        &self,
        flow: &FlowName,
        entity: EntityKind,
    ) -> Result<Option<Cursor>, StoreError> {
        self.cursor_of(flow, entity).await
    }

    async fn runs(&self, flow: Option<&FlowName>, limit: usize) -> Result<Vec<RunRow>, StoreError> {
        self.run_rows(flow, None, limit).await
    }

    async fn run(&self, id: RunId) -> Result<Option<RunRow>, StoreError> {
        Ok(self.run_rows(None, Some(id), 1).await?.pop())
    }

    async fn links(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Result<Vec<LinkRow>, StoreError> {
        self.link_rows(flow, entity, after, limit).await
    }

    async fn events(&self, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.outbox(limit).await
    }

    async fn events_taken(&self, ids: &[EventId]) -> Result<(), StoreError> {
        self.drop_events(ids).await
    }

    async fn decide(
        &self,
        flow: &FlowName,
        record: (EntityKind, &RecordId),
        decision: &LinkDecision,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        self.store_decision(flow, record, decision, now).await
    }

    async fn undo_decision(
        &self,
        flow: &FlowName,
        id: Option<i64>,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        self.take_back_decision(flow, id, now).await
    }

    async fn decisions(
        &self,
        flow: &FlowName,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        self.decision_rows(flow, limit).await
    }

    async fn rules(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
    ) -> Result<Vec<RuleRow>, StoreError> {
        self.rule_rows(flow, entity).await
    }

    async fn suggest(
        &self,
        flow: &FlowName,
        found: &[Suggested],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.keep_suggestions(flow, found, now).await
    }

    async fn suggestions(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        limit: usize,
    ) -> Result<Vec<SuggestionRow>, StoreError> {
        self.suggestion_rows(flow, entity, limit).await
    }
}
