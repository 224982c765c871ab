//! A crash at every write of the store and around every request, in each way a target can help.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::Timestamp;
use async_trait::async_trait;
use futures_util::future::{Either, select};
use sync_core::linking::{Decided, DecisionRow, LinkDecision, RuleRow, Suggested, SuggestionRow};
use sync_core::store::{
    Claim, Claimed, Commit, FlowRow, FlowSetup, Intent, Known, Lease, LinkRow, ParkedFilter,
    ParkedRow, RunRow,
};
use sync_core::{
    ConnectionName, Cursor, Engine, EntityKind, Event, EventId, Fault, FieldName, Fields, FlowName,
    MarkerSupport, MemoryStore, MemorySystem, OpId, RecordId, RunId, RunOptions, StateStore,
    StoreError,
};
use tokio::sync::Notify;

use crate::kit::{CUSTOMER, INVOICE, World, customer, invoice};

/// A store that never returns from its n-th commit, before or after it is made, or that reports
/// it as failed.
pub(crate) struct CrashStore {
    inner: Arc<MemoryStore>,
    left: AtomicUsize,
    after: bool,
    fails: bool,
    crashed: Arc<Notify>,
    committed: Mutex<Vec<Event>>,
}

impl CrashStore {
    /// A store that never crashes, and whose searches take a moment.
    pub(crate) fn slow(inner: Arc<MemoryStore>) -> Self {
        Self::at(inner, usize::MAX, false)
    }

    /// A store that crashes at its n-th commit.
    fn at(inner: Arc<MemoryStore>, n: usize, after: bool) -> Self {
        Self {
            inner,
            left: AtomicUsize::new(n),
            after,
            fails: false,
            crashed: Arc::new(Notify::new()),
            committed: Mutex::default(),
        }
    }

    /// A store whose n-th commit, and each after it, is answered with an error: without having
    /// been made, or (only the n-th) although it was made.
    pub(crate) fn failing(inner: Arc<MemoryStore>, n: usize, although_made: bool) -> Self {
        Self {
            fails: true,
            ..Self::at(inner, n, although_made)
        }
    }

    /// The events of all commits that were made.
    pub(crate) fn committed(&self) -> Vec<Event> {
        self.committed.lock().unwrap().clone()
    }

    async fn die(&self) -> Result<(), StoreError> {
        self.crashed.notify_one();
        if self.fails {
            self.left.store(1, Ordering::Relaxed);
            return Err(StoreError::Unavailable("the disk is gone".to_owned()));
        }
        std::future::pending().await
    }
}

#[async_trait]
impl StateStore for CrashStore {
    async fn commit(&self, lease: &Lease, commit: Commit) -> Result<(), StoreError> {
        let last = self.left.fetch_sub(1, Ordering::Relaxed) == 1;
        if last && !self.after {
            self.die().await?;
        }
        let events = commit.events.clone();
        self.inner.commit(lease, commit).await?;
        self.committed.lock().unwrap().extend(events);
        if last && self.after {
            self.die().await?;
        }
        Ok(())
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
    async fn claim(
        &self,
        what: Claim<'_>,
        owner: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Claimed, StoreError> {
        self.inner.claim(what, owner, now, ttl).await
    }
    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        self.inner.renew(lease, now, ttl).await
    }
    async fn release(&self, lease: &Lease, due: Option<Timestamp>) -> Result<(), StoreError> {
        self.inner.release(lease, due).await
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
        let found = self.inner.sources(source, target, entity, ids).await;
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        found
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
        self.inner.events_taken(ids).await
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

/// Where the process dies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Point {
    /// Nowhere.
    Never,
    BeforeCommit(usize),
    AfterCommit(usize),
    BeforeSend(usize),
    AfterSend(usize),
}

/// Starts a sync that dies at this point. `true` if it did, `false` if it came to its end.
async fn crash(world: &World, point: Point) -> bool {
    life(world, point, &BTreeMap::new()).await.0
}

/// Starts a sync that dies at this point, while batches meet faults by their number. Whether it
/// died, and the events that were committed.
pub(crate) async fn life(
    world: &World,
    point: Point,
    faults: &BTreeMap<usize, Fault>,
) -> (bool, Vec<Event>) {
    let (left, after) = match point {
        Point::BeforeCommit(n) => (n, false),
        Point::AfterCommit(n) => (n, true),
        _ => (usize::MAX, false),
    };
    let store = Arc::new(CrashStore::at(world.store.clone(), left, after));
    let sends = AtomicUsize::new(0);
    let crashed = store.crashed.clone();
    let (dead, faults) = (crashed.clone(), faults.clone());
    world.books.on_batch(move |_| {
        let n = sends.fetch_add(1, Ordering::Relaxed) + 1;
        let fault = match point {
            Point::BeforeSend(at) if n >= at => Fault::HangBefore,
            Point::AfterSend(at) if n == at => Fault::HangAfter,
            Point::AfterSend(at) if n > at => Fault::HangBefore,
            _ => return faults.get(&n).cloned(),
        };
        dead.notify_one();
        Some(fault)
    });
    let engine = world.engine_on(store.clone());
    let flow = world.flow();
    let options = RunOptions::default();
    let sync = std::pin::pin!(engine.sync(&flow, &options));
    let died = match select(sync, std::pin::pin!(crashed.notified())).await {
        Either::Left((report, _)) => {
            report.unwrap();
            false
        }
        Either::Right(_) => true,
    };
    world.books.on_batch(|_| None);
    world.store.break_lease(flow.name(), "test").await.unwrap();
    (died, store.committed())
}

fn world(books: MemorySystem) -> World {
    let world = World::new(books).with_customers(16);
    for i in 0..9 {
        world.crm.insert(invoice(i, i));
    }
    world
}

async fn ends_well(world: &World, what: &str) {
    let mut counts = world.sync().await;
    if counts.parked > 0 {
        counts = world.sync().await;
    }
    assert_eq!(counts.parked, 0, "{what}: {:?}", world.parked().await);
    let mut per_marker: BTreeMap<String, usize> = BTreeMap::new();
    for applied in world.books.journal() {
        if applied.action == sync_core::Action::Create {
            *per_marker.entry(applied.marker.to_string()).or_default() += 1;
        }
    }
    assert_eq!(per_marker.len(), 25, "{what}");
    assert!(
        per_marker.values().all(|creates| *creates == 1),
        "{what}: {per_marker:?}"
    );
    let flow = world.flow();
    assert_eq!(
        world.store.open_intents(flow.name()).await.unwrap(),
        0,
        "{what}"
    );
    let links = world
        .store
        .links(flow.name(), None, None, 1_000)
        .await
        .unwrap();
    assert_eq!(links.len(), 25, "{what}");
    assert_eq!(world.sync().await.unchanged, 25, "{what}");
}

async fn sweep(books: impl Fn() -> MemorySystem) {
    let kinds: [fn(usize) -> Point; 4] = [
        Point::BeforeCommit,
        Point::AfterCommit,
        Point::BeforeSend,
        Point::AfterSend,
    ];
    for kind in kinds {
        for n in 1.. {
            let world = world(books());
            let point = kind(n);
            if !crash(&world, point).await {
                break;
            }
            ends_well(&world, &format!("{point:?}")).await;
        }
        // A second crash, in the recovery from the first.
        for n in 1..12 {
            let world = world(books());
            assert!(crash(&world, Point::AfterSend(2)).await);
            crash(&world, kind(n)).await;
            crash(&world, kind(n)).await;
            ends_well(&world, &format!("AfterSend(2), then twice {:?}", kind(n))).await;
        }
    }
}

pub(crate) fn keyed() -> MemorySystem {
    MemorySystem::new([CUSTOMER, INVOICE])
        .can(CUSTOMER, |can| {
            can.natural_keys = vec![vec![FieldName::known("email")]]
        })
        .can(INVOICE, |can| {
            can.natural_keys = vec![vec![FieldName::known("number")]]
        })
        .batch(3)
        .search_delay(Duration::from_secs(5))
}

#[tokio::test]
async fn no_crash_doubles_or_loses_anything_with_idempotency_keys() {
    sweep(|| {
        keyed()
            .marker(MarkerSupport::None)
            .idempotency(Duration::from_secs(86_400))
    })
    .await;
}

#[tokio::test]
async fn no_crash_doubles_or_loses_anything_with_an_upserting_marker() {
    sweep(keyed).await;
}

#[tokio::test]
async fn no_crash_doubles_or_loses_anything_with_a_searchable_marker() {
    sweep(|| keyed().marker(MarkerSupport::Searchable)).await;
}

#[tokio::test]
async fn no_crash_doubles_or_loses_anything_with_natural_keys_alone() {
    sweep(|| keyed().marker(MarkerSupport::None)).await;
}

/// Each life of the process ends at its second request, before the answer to the first is stored:
/// outcomes that come within 20 ms are stored together.
#[tokio::test]
async fn a_process_that_dies_at_its_second_request_every_time_gets_to_the_end() {
    let world = world(keyed());
    let mut lives = 0;
    loop {
        lives += 1;
        assert!(lives < 50, "it never comes to an end");
        let died = Arc::new(Notify::new());
        let (dying, requests) = (died.clone(), AtomicUsize::new(0));
        world.books.on_batch(move |_| {
            if requests.fetch_add(1, Ordering::Relaxed) == 0 {
                return None;
            }
            dying.notify_one();
            Some(Fault::HangBefore)
        });
        // By the system's clock: a clock that jumps would end each group at once.
        let engine = Engine::new(world.store.clone()).owner("test");
        let (flow, options) = (world.flow(), RunOptions::default());
        let sync = std::pin::pin!(engine.sync(&flow, &options));
        let death = std::pin::pin!(died.notified());
        if let Either::Left((report, _)) = select(sync, death).await {
            assert!(report.unwrap().error.is_none());
            break;
        }
        world.store.break_lease(flow.name(), "test").await.unwrap();
    }
    world.books.on_batch(|_| None);
    ends_well(&world, "deaths at the second request").await;
}

#[tokio::test]
async fn intents_that_lay_open_for_thirty_days_are_still_looked_up() {
    let books = keyed()
        .marker(MarkerSupport::Searchable)
        .idempotency(Duration::from_secs(86_400));
    let world = world(books);
    assert!(crash(&world, Point::AfterSend(2)).await);
    world.clock.advance(Duration::from_secs(30 * 86_400));
    ends_well(&world, "after thirty days").await;
}

#[tokio::test]
async fn a_frozen_process_that_lost_its_lease_stores_nothing() {
    let world = World::new(keyed());
    world.crm.insert(customer(1, "a@example.com"));
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    let mut frozen = engine.claim(&flow).await.unwrap();
    world.store.break_lease(flow.name(), "test").await.unwrap();
    let mut awake = engine.claim(&flow).await.unwrap();
    let error = frozen.run_slice().await.unwrap_err();
    assert!(error.to_string().contains("lease"), "{error}");
    awake.run_slice().await.unwrap();
}

#[tokio::test]
async fn a_process_that_wakes_after_its_lease_sends_nothing() {
    let world = World::new(keyed()).with_customers(5);
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    let mut frozen = engine.claim(&flow).await.unwrap();
    frozen.begin(&RunOptions::default()).await.unwrap();
    // The machine is suspended for longer than the lease, and nobody has taken the flow since.
    world.clock.advance(Duration::from_secs(61));
    let error = frozen.run_slice().await.unwrap_err();
    assert!(error.to_string().contains("lease"), "{error}");
    assert!(world.books.journal().is_empty());
}
