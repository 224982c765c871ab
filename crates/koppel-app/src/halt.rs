//! Halting at an exact point, for crash tests. A test aid: not part of a release build.
//!
//! `KOPPEL_HALT=WHEN:KIND:N` halts the process before or after the N-th store commit of a kind;
//! the file named by `KOPPEL_HALT_FILE` is written then, with the setting as its text, and the
//! commit never returns: a test sees the file and kills the process at exactly that point.
//!
//! `WHEN` is `before` (nothing of the commit is stored) or `after` (it is on the disk). `KIND` is
//!
//! - `any`, which may be left out (`before:3`),
//! - `intents`: stores writes that are planned and not sent yet,
//! - `outcomes`: stores what became of writes,
//! - `slice`: moves the place in the listing on,
//! - `recovery`: is about a write that was open when this process claimed the flow,
//! - `events`: no commit, but the taking of events out of the outbox that the audit log has.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// The variable that says where to halt.
const WHERE: &str = "KOPPEL_HALT";
/// The variable that names the file.
const FILE: &str = "KOPPEL_HALT_FILE";
/// More open writes than this are not told apart from others.
const MAX_OPEN: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Intents,
    Outcomes,
    Slice,
    Recovery,
    Events,
}

/// A store that halts the process at one commit.
pub(crate) struct Halting {
    inner: Arc<dyn StateStore>,
    text: String,
    after: bool,
    kind: Kind,
    nth: u64,
    file: PathBuf,
    seen: AtomicU64,
    /// The writes that were open when this process claimed a flow.
    open: Mutex<HashSet<OpId>>,
}

/// Wraps a store if the environment asks for it; `Err` for a setting that means nothing.
pub(crate) fn from_environment(inner: Arc<dyn StateStore>) -> Result<Arc<dyn StateStore>, String> {
    let Ok(text) = std::env::var(WHERE) else {
        return Ok(inner);
    };
    let Some(file) = std::env::var_os(FILE) else {
        return Err(format!("{WHERE} is set, but {FILE} is not"));
    };
    let (after, kind, nth) = parse(&text).ok_or_else(|| {
        format!("{WHERE} is `{text}`; write WHEN:KIND:N, such as after:intents:3")
    })?;
    Ok(Arc::new(Halting {
        inner,
        text,
        after,
        kind,
        nth,
        file: file.into(),
        seen: AtomicU64::new(0),
        open: Mutex::new(HashSet::new()),
    }))
}

fn parse(text: &str) -> Option<(bool, Kind, u64)> {
    let parts: Vec<&str> = text.split(':').collect();
    let (when, kind, nth) = match parts[..] {
        [when, nth] => (when, "any", nth),
        [when, kind, nth] => (when, kind, nth),
        _ => return None,
    };
    let after = match when {
        "before" => false,
        "after" => true,
        _ => return None,
    };
    let kind = match kind {
        "any" => Kind::Any,
        "intents" => Kind::Intents,
        "outcomes" => Kind::Outcomes,
        "slice" => Kind::Slice,
        "recovery" => Kind::Recovery,
        "events" => Kind::Events,
        _ => return None,
    };
    Some((after, kind, nth.parse().ok().filter(|nth| *nth > 0)?))
}

impl Halting {
    /// Whether this is the commit to halt at.
    fn is_it(&self, commit: &Commit) -> bool {
        let counts = match self.kind {
            Kind::Any => true,
            Kind::Intents => !commit.open.is_empty(),
            Kind::Outcomes => !commit.close.is_empty() || !commit.links.is_empty(),
            Kind::Slice => commit.position.is_some(),
            Kind::Recovery => {
                let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                (commit.open.iter().map(|intent| &intent.op))
                    .chain(&commit.close)
                    .chain(&commit.unknown)
                    .any(|op| open.contains(op))
            }
            Kind::Events => false,
        };
        counts && self.counted()
    }

    fn counted(&self) -> bool {
        self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.nth
    }

    async fn halt(&self) -> Result<(), StoreError> {
        // Renamed when it is whole, so that nobody reads half of it.
        let half = self.file.with_extension("half");
        std::fs::write(&half, &self.text)
            .and_then(|()| std::fs::rename(&half, &self.file))
            .map_err(|error| {
                StoreError::Unavailable(format!("`{}`: {error}", self.file.display()))
            })?;
        std::future::pending().await
    }
}

#[async_trait]
impl StateStore for Halting {
    async fn commit(&self, lease: &Lease, commit: Commit) -> Result<(), StoreError> {
        let is_it = self.is_it(&commit);
        if is_it && !self.after {
            self.halt().await?;
        }
        self.inner.commit(lease, commit).await?;
        if is_it {
            self.halt().await?;
        }
        Ok(())
    }

    async fn claim(
        &self,
        what: Claim<'_>,
        owner: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Claimed, StoreError> {
        let claimed = self.inner.claim(what, owner, now, ttl).await?;
        if let Claimed::Lease(lease) = &claimed {
            let left = self
                .inner
                .intents(&lease.flow, None, None, MAX_OPEN)
                .await?;
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.extend(left.iter().map(|intent| intent.op));
        }
        Ok(claimed)
    }

    async fn ensure_flow(&self, flow: &FlowSetup, now: Timestamp) -> Result<(), StoreError> {
        self.inner.ensure_flow(flow, now).await
    }

    async fn flows(&self) -> Result<Vec<FlowRow>, StoreError> {
        self.inner.flows().await
    }

    async fn flow(&self, flow: &FlowName) -> Result<Option<FlowRow>, StoreError> {
        self.inner.flow(flow).await
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        self.inner.renew(lease, now, ttl).await
    }

    async fn release(&self, lease: &Lease, next_due: Option<Timestamp>) -> Result<(), StoreError> {
        self.inner.release(lease, next_due).await
    }

    async fn break_lease(&self, flow: &FlowName, owner: &str) -> Result<bool, StoreError> {
        self.inner.break_lease(flow, owner).await
    }

    async fn known(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Known>, StoreError> {
        self.inner.known(flow, entity, ids).await
    }

    async fn bases(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Fields>, StoreError> {
        self.inner.bases(flow, entity, ids).await
    }

    async fn targets(
        &self,
        source: &ConnectionName,
        target: &ConnectionName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, StoreError> {
        self.inner.targets(source, target, entity, ids).await
    }

    async fn sources(
        &self,
        source: &ConnectionName,
        target: &ConnectionName,
        entity: EntityKind,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, StoreError> {
        self.inner.sources(source, target, entity, ids).await
    }

    async fn intents(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<OpId>,
        limit: usize,
    ) -> Result<Vec<Intent>, StoreError> {
        self.inner.intents(flow, entity, after, limit).await
    }

    async fn open_intents(&self, flow: &FlowName) -> Result<u64, StoreError> {
        self.inner.open_intents(flow).await
    }

    async fn parked(
        &self,
        filter: ParkedFilter<'_>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        self.inner.parked(filter, after, limit).await
    }

    async fn retry_parked(
        &self,
        flow: &FlowName,
        entity: EntityKind,
        id: &RecordId,
    ) -> Result<bool, StoreError> {
        self.inner.retry_parked(flow, entity, id).await
    }

    async fn cursor(
        &self,
        flow: &FlowName,
        entity: EntityKind,
    ) -> Result<Option<Cursor>, StoreError> {
        self.inner.cursor(flow, entity).await
    }

    async fn runs(&self, flow: Option<&FlowName>, limit: usize) -> Result<Vec<RunRow>, StoreError> {
        self.inner.runs(flow, limit).await
    }

    async fn run(&self, id: RunId) -> Result<Option<RunRow>, StoreError> {
        self.inner.run(id).await
    }

    async fn links(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        after: Option<(EntityKind, RecordId)>,
        limit: usize,
    ) -> Result<Vec<LinkRow>, StoreError> {
        self.inner.links(flow, entity, after, limit).await
    }

    async fn events(&self, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.inner.events(limit).await
    }

    async fn events_taken(&self, ids: &[EventId]) -> Result<(), StoreError> {
        let is_it = self.kind == Kind::Events && self.counted();
        if is_it && !self.after {
            self.halt().await?;
        }
        self.inner.events_taken(ids).await?;
        if is_it {
            self.halt().await?;
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
        self.inner.decide(flow, record, decision, now).await
    }

    async fn undo_decision(
        &self,
        flow: &FlowName,
        id: Option<i64>,
        now: Timestamp,
    ) -> Result<Decided, StoreError> {
        self.inner.undo_decision(flow, id, now).await
    }

    async fn decisions(
        &self,
        flow: &FlowName,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        self.inner.decisions(flow, limit).await
    }

    async fn rules(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
    ) -> Result<Vec<RuleRow>, StoreError> {
        self.inner.rules(flow, entity).await
    }

    async fn suggest(
        &self,
        flow: &FlowName,
        found: &[Suggested],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner.suggest(flow, found, now).await
    }

    async fn suggestions(
        &self,
        flow: &FlowName,
        entity: Option<EntityKind>,
        limit: usize,
    ) -> Result<Vec<SuggestionRow>, StoreError> {
        self.inner.suggestions(flow, entity, limit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read() {
        assert_eq!(parse("before:3"), Some((false, Kind::Any, 3)));
        assert_eq!(parse("after:intents:1"), Some((true, Kind::Intents, 1)));
        assert_eq!(parse("before:recovery:2"), Some((false, Kind::Recovery, 2)));
        assert_eq!(parse("before:events:1"), Some((false, Kind::Events, 1)));
        for text in [
            "",
            "before",
            "before:0",
            "now:1",
            "after:links:1",
            "after:any:x",
            "a:b:c:d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
