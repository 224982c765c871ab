//! Pages that are at work at once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use api_core::{Error, ErrorKind, ManualClock, Timestamp};
use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use sync_core::store::ParkedFilter;
use sync_core::{
    Action, Answer, Batch, Cancel, Capabilities, CheckReport, Connector, Counts, Cursor, Engine,
    EntityKind, Fault, Fields, FindKey, Flow, FlowName, MemoryStore, MemorySystem, Op, Outcome,
    Page, Record, RecordId, Ref, RunOptions, StateStore, SyncError, mapping,
};
use tokio::sync::Notify;

use crate::crash::CrashStore;

/// A system in memory whose listing and whose answers can be held up.
struct Held {
    inner: MemorySystem,
    /// Pages instead of the listing, ids each.
    pages: Option<Vec<Vec<&'static str>>>,
    /// The page that says of itself that it comes next.
    last_page: usize,
    /// The batch with this marker waits for [`Held::go`].
    hold: Option<&'static str>,
    go: Notify,
    /// The id that every write is answered with.
    answers_as: Option<&'static str>,
    /// The batch with this marker comes too early the first time.
    limits: Mutex<Option<&'static str>>,
    /// Whether reading by id takes so long that other pages get to work meanwhile.
    fetches_slowly: bool,
    /// Whether each page takes longer than the one before it.
    pulls_slowly: bool,
    /// How many searches there were.
    finds: AtomicUsize,
    /// How many pages were asked for, and after how many of them the run is to stop.
    pulled: AtomicUsize,
    cancels_after: Option<(usize, Cancel)>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    /// The markers of every batch that is under way.
    under_way: Mutex<Vec<BTreeSet<String>>>,
    /// Whether batches of records that are far apart were under way together.
    overlapped: AtomicUsize,
}

impl Held {
    fn new(inner: MemorySystem) -> Self {
        Self {
            inner,
            pages: None,
            last_page: usize::MAX,
            hold: None,
            go: Notify::new(),
            answers_as: None,
            limits: Mutex::default(),
            fetches_slowly: false,
            pulls_slowly: false,
            finds: AtomicUsize::new(0),
            pulled: AtomicUsize::new(0),
            cancels_after: None,
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            under_way: Mutex::default(),
            overlapped: AtomicUsize::new(0),
        }
    }
}

#[async_trait]
impl Connector for Held {
    fn describe(&self) -> &Capabilities {
        self.inner.describe()
    }

    async fn check(&self) -> CheckReport {
        self.inner.check().await
    }

    async fn pull(
        &self,
        entity: EntityKind,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        let pulled = self.pulled.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some((after, cancel)) = &self.cancels_after
            && pulled == *after
        {
            cancel.cancel();
        }
        if self.pulls_slowly {
            for _ in 0..pulled * 60 {
                tokio::task::yield_now().await;
            }
        }
        let Some(pages) = &self.pages else {
            return self.inner.pull(entity, cursor, limit).await;
        };
        let at: usize = cursor.map_or(0, |cursor| cursor.as_str().parse().unwrap());
        let mut records = Vec::new();
        for id in &pages[at] {
            records.extend(self.inner.fetch(entity, &RecordId::from(*id)).await?);
        }
        Ok(Page {
            records,
            next: Some(Cursor::new((at + 1).min(self.last_page).to_string())),
            complete: at + 1 == pages.len() && self.last_page == usize::MAX,
            ..Page::default()
        })
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        let sent = async move {
            let markers: BTreeSet<String> =
                batch.ops.iter().map(|op| op.marker.to_string()).collect();
            self.under_way.lock().unwrap().push(markers.clone());
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            for _ in 0..20 {
                tokio::task::yield_now().await;
                self.overlapped
                    .fetch_max(self.under_way.lock().unwrap().len(), Ordering::SeqCst);
            }
            if let Some(held) = self.hold
                && markers.iter().any(|marker| marker.ends_with(held))
            {
                self.go.notified().await;
            }
            let mut limits = std::mem::take(&mut *self.limits.lock().unwrap());
            let early = limits.take_if(|early| markers.iter().any(|m| m.ends_with(*early)));
            *self.limits.lock().unwrap() = limits;
            let answers: Vec<Answer> = match early {
                None => self.inner.push(batch).collect().await,
                Some(_) => {
                    let error = Error::new(ErrorKind::RateLimited, "slow down");
                    let deferred = |op: &Op| (op.id, Outcome::Deferred(error.clone()));
                    vec![Answer {
                        outcomes: batch.ops.iter().map(deferred).collect(),
                    }]
                }
            };
            let answers = answers.into_iter().map(|mut answer| {
                for (_, outcome) in &mut answer.outcomes {
                    if let Some(id) = self.answers_as {
                        *outcome = Outcome::Written(RecordId::from(id));
                    }
                }
                answer
            });
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            self.under_way
                .lock()
                .unwrap()
                .retain(|other| *other != markers);
            stream::iter(answers)
        };
        stream::once(sent).flatten().boxed()
    }

    async fn find(&self, entity: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        self.finds.fetch_add(1, Ordering::SeqCst);
        self.inner.find(entity, key).await
    }

    async fn fetch(&self, entity: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        if self.fetches_slowly {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        self.inner.fetch(entity, id).await
    }
}

fn customers(count: usize) -> MemorySystem {
    let crm = MemorySystem::new([EntityKind::Customer, EntityKind::Contact]);
    for n in 1..=count {
        let fields = Fields::new().with("name", format!("Customer {n}"));
        crm.insert(Record::new(EntityKind::Customer, format!("{n:04}"), fields));
    }
    crm
}

fn target(batch: usize) -> MemorySystem {
    MemorySystem::new([EntityKind::Customer, EntityKind::Contact]).batch(batch)
}

fn flow(source: Arc<Held>, target: Arc<Held>, entity: EntityKind, page: usize) -> Flow {
    Flow::builder("push")
        .from("crm", source)
        .to("erp", target)
        .entities([entity])
        .page_size(page)
        .build()
        .unwrap()
}

fn creates(target: &Held, entity: EntityKind) -> usize {
    let journal = target.inner.journal();
    let created = |a: &&sync_core::Applied| a.entity == entity && a.action == Action::Create;
    journal.iter().filter(created).count()
}

#[tokio::test]
async fn pages_overlap_and_never_ask_more_at_once_than_the_target_takes() {
    let source = Arc::new(Held::new(customers(60)));
    // One record a request: a page of 5 fills the four places, and the next one takes what is free.
    let target = Arc::new(Held::new(target(1)));
    let flow = flow(source, target.clone(), EntityKind::Customer, 5);
    let engine = Engine::new(Arc::new(MemoryStore::new()));
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    assert_eq!(report.run.counts[&EntityKind::Customer].created, 60);
    let limit = target.describe().max_in_flight;
    assert_eq!(target.most_at_once.load(Ordering::SeqCst), limit);
    assert_eq!(target.overlapped.load(Ordering::SeqCst), limit);
}

#[tokio::test]
async fn the_stored_place_waits_for_the_slowest_page() {
    let source = Arc::new(Held::new(customers(20)));
    let mut slow = Held::new(target(50));
    slow.hold = Some(":0001");
    let target = Arc::new(slow);
    let flow = flow(source, target.clone(), EntityKind::Customer, 5);
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::new(store.clone());
    let options = RunOptions::default();
    let watch = async {
        // The second page goes through while the first one waits.
        while creates(&target, EntityKind::Customer) < 5 {
            tokio::task::yield_now().await;
        }
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        let row = store.flow(&FlowName::from("push")).await.unwrap().unwrap();
        assert_eq!(row.position.unwrap().cursor, None);
        target.go.notify_one();
    };
    let (report, ()) = tokio::join!(engine.sync(&flow, &options), watch);
    let counts = report.unwrap().run.counts[&EntityKind::Customer];
    assert_eq!((counts.created, counts.read), (20, 20));
    assert_eq!(creates(&target, EntityKind::Customer), 20);
}

#[tokio::test]
async fn a_record_on_two_pages_is_created_and_counted_once() {
    let mut shifted = Held::new(customers(7));
    shifted.pages = Some(vec![
        vec!["0001", "0002", "0003"],
        vec!["0003", "0004", "0005"],
        vec!["0005", "0006", "0007"],
    ]);
    // Without a marker nothing but the engine keeps it from being created twice.
    let erp = target(50).marker(sync_core::MarkerSupport::None);
    let target = Arc::new(Held::new(erp));
    let flow = flow(Arc::new(shifted), target.clone(), EntityKind::Customer, 3);
    let engine = Engine::new(Arc::new(MemoryStore::new()));
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    let counts = report.run.counts[&EntityKind::Customer];
    assert_eq!((counts.created, counts.read), (7, 7), "{counts}");
    assert_eq!(creates(&target, EntityKind::Customer), 7);
}

#[tokio::test]
async fn pages_that_name_the_same_customer_drag_it_along_once() {
    let crm = customers(1);
    for n in 1..=30 {
        let customer = Ref::new(EntityKind::Customer, "0001");
        let fields = Fields::new()
            .with("first_name", format!("Person {n}"))
            .with("customer", sync_core::Value::Ref(customer));
        crm.insert(Record::new(EntityKind::Contact, format!("{n:04}"), fields));
    }
    let erp = target(2).marker(sync_core::MarkerSupport::None);
    let target = Arc::new(Held::new(erp));
    let source = Arc::new(Held::new(crm));
    let flow = flow(source, target.clone(), EntityKind::Contact, 5);
    let engine = Engine::new(Arc::new(MemoryStore::new()));
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    assert_eq!(report.run.counts[&EntityKind::Contact].created, 30);
    assert_eq!(creates(&target, EntityKind::Customer), 1);
    assert_eq!(creates(&target, EntityKind::Contact), 30);
}

#[tokio::test]
async fn a_page_that_cannot_go_on_stops_the_others_and_loses_nothing() {
    let source = Arc::new(Held::new(customers(40)));
    let target = Arc::new(Held::new(target(5)));
    target.inner.on_batch(|batch| {
        let first = batch
            .ops
            .iter()
            .any(|op| op.marker.as_str().ends_with(":0006"));
        first.then_some(Fault::Refuse)
    });
    let flow = flow(source, target.clone(), EntityKind::Customer, 5);
    let store: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
    let engine = Engine::new(store.clone());
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    let error = report.error.unwrap();
    assert!(error.to_string().contains("refused"), "{error}");
    let counts = report.run.counts[&EntityKind::Customer];
    assert!(counts.reconcile(), "{counts}");
    let sent = creates(&target, EntityKind::Customer);
    assert!((5..40).contains(&sent), "{sent} were created");
    assert_eq!(store.open_intents(flow.name()).await.unwrap(), 0);

    target.inner.on_batch(|_| None);
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    assert!(report.error.is_none());
    assert!(report.run.counts[&EntityKind::Customer].reconcile());
    assert_eq!(creates(&target, EntityKind::Customer), 40);
    assert_eq!(target.inner.records(EntityKind::Customer).len(), 40);
}

/// A mapping that has the same answer for every record.
struct Says(fn() -> mapping::MapError);

impl mapping::EntityMapper for Says {
    fn map(&self, _: &Record) -> Result<Fields, mapping::MapError> {
        Err(self.0())
    }
}

/// The counts of a customer that two pages drag along at once and that this mapping stops.
async fn counts_of_a_shared_customer(says: fn() -> mapping::MapError) -> Counts {
    let crm = customers(1);
    for n in 1..=10 {
        let mut fields = Fields::new().with("first_name", format!("Person {n}"));
        // One of each page; the others keep their page at work.
        if n % 5 == 1 {
            fields.set("customer", Ref::new(EntityKind::Customer, "0001"));
        }
        crm.insert(Record::new(EntityKind::Contact, format!("{n:04}"), fields));
    }
    let mut source = Held::new(crm);
    source.fetches_slowly = true;
    let flow = Flow::builder("push")
        .from("crm", Arc::new(source))
        .to("erp", Arc::new(Held::new(target(50))))
        .entities([EntityKind::Contact])
        .map(EntityKind::Customer, Arc::new(Says(says)))
        .page_size(5)
        .build()
        .unwrap();
    let engine = Engine::new(Arc::new(MemoryStore::new()));
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    let contacts = report.run.counts[&EntityKind::Contact];
    assert_eq!((contacts.parked, contacts.created), (2, 8), "{contacts}");
    report.run.counts[&EntityKind::Customer]
}

#[tokio::test]
async fn a_customer_that_two_pages_drag_along_is_set_aside_and_counted_once() {
    let counts = counts_of_a_shared_customer(|| mapping::MapError::field("name", "no")).await;
    assert_eq!((counts.read, counts.parked), (1, 1), "{counts}");
}

#[tokio::test]
async fn a_customer_that_two_pages_drag_along_is_skipped_and_counted_once() {
    let counts = counts_of_a_shared_customer(|| mapping::MapError::Skip("no".into())).await;
    assert_eq!((counts.read, counts.skipped), (1, 1), "{counts}");
}

#[tokio::test]
async fn what_was_read_before_a_listing_got_stuck_is_synced() {
    let mut stuck = Held::new(customers(12));
    // More than the target takes at once, so that the first page has to wait with some.
    let first = vec![
        "0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010",
    ];
    stuck.pages = Some(vec![first, vec!["0011", "0012"]]);
    stuck.last_page = 1;
    let target = Arc::new(Held::new(target(1)));
    let flow = flow(Arc::new(stuck), target.clone(), EntityKind::Customer, 10);
    let engine = Engine::new(Arc::new(MemoryStore::new()));
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    let error = report.error.unwrap().to_string();
    assert!(error.contains("does not move on"), "{error}");
    let counts = report.run.counts[&EntityKind::Customer];
    assert_eq!((counts.read, counts.created), (10, 10), "{counts}");
    assert_eq!(creates(&target, EntityKind::Customer), 10);
}

#[tokio::test]
async fn a_run_that_has_nothing_to_send_stops_when_asked() {
    let store = Arc::new(MemoryStore::new());
    let erp = Arc::new(Held::new(target(50)));
    let all = Arc::new(Held::new(customers(400)));
    let options = RunOptions::default();
    let engine = Engine::new(store.clone());
    let whole = flow(all, erp.clone(), EntityKind::Customer, 50);
    engine.sync(&whole, &options).await.unwrap();

    let cancel = Cancel::new();
    let mut stops = Held::new(customers(400));
    stops.cancels_after = Some((3, cancel.clone()));
    let stops = Arc::new(stops);
    let engine = Engine::new(store).cancel(cancel);
    let flow = flow(stops.clone(), erp, EntityKind::Customer, 5);
    let report = engine.sync(&flow, &options).await.unwrap();
    assert!(matches!(report.error, Some(SyncError::Cancelled)));
    let pulled = stops.pulled.load(Ordering::SeqCst);
    assert!(pulled < 10, "{pulled} pages were read");
    let counts = report.run.counts[&EntityKind::Customer];
    assert!(counts.reconcile() && counts.unchanged > 0, "{counts}");
}

#[tokio::test]
async fn what_one_page_created_does_not_make_an_empty_target_a_full_one() {
    let source = Arc::new(Held::new(customers(20)));
    let mut empty = Held::new(target(50));
    empty.pulls_slowly = true;
    let target = Arc::new(empty);
    let flow = flow(source, target.clone(), EntityKind::Customer, 5);
    let engine = Engine::new(Arc::new(MemoryStore::new()));
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    assert_eq!(report.run.counts[&EntityKind::Customer].created, 20);
    assert_eq!(target.pulled.load(Ordering::SeqCst), 1);
    assert_eq!(target.finds.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_stop_of_the_second_page_is_told_though_the_first_one_goes_on() {
    let source = Arc::new(Held::new(customers(20)));
    let mut slow = Held::new(target(5));
    slow.hold = Some(":0001");
    let target = Arc::new(slow);
    target.inner.on_batch(|batch| {
        let second = (batch.ops.iter()).any(|op| op.marker.as_str().ends_with(":0006"));
        second.then_some(Fault::Refuse)
    });
    let flow = flow(source, target.clone(), EntityKind::Customer, 5);
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::new(store.clone());
    let options = RunOptions::default();
    let watch = async {
        for _ in 0..2000 {
            tokio::task::yield_now().await;
        }
        target.go.notify_one();
    };
    let (report, ()) = tokio::join!(engine.sync(&flow, &options), watch);
    let report = report.unwrap();
    let error = report.error.unwrap().to_string();
    assert!(error.contains("refused"), "{error}");
    let counts = report.run.counts[&EntityKind::Customer];
    assert!(counts.reconcile() && counts.created >= 5, "{counts}");
    assert_eq!(store.open_intents(flow.name()).await.unwrap(), 0);
}

/// A mapping that refuses every fifth customer.
struct EveryFifth;

impl mapping::EntityMapper for EveryFifth {
    fn map(&self, record: &Record) -> Result<Fields, mapping::MapError> {
        let number: usize = record.id.as_str().parse().unwrap();
        match number % 5 {
            2 => Err(mapping::MapError::field("name", "no")),
            3 => Err(mapping::MapError::Skip("no".into())),
            _ => Ok(record.fields.clone()),
        }
    }
}

#[tokio::test]
async fn a_limit_that_one_page_meets_costs_no_page_a_record_or_a_count() {
    for early in [":0001", ":0006", ":0014"] {
        let target = Arc::new(Held::new(target(1)));
        *target.limits.lock().unwrap() = Some(early);
        let flow = Flow::builder("push")
            .from("crm", Arc::new(Held::new(customers(30))))
            .to("erp", target.clone())
            .entities([EntityKind::Customer])
            .map(EntityKind::Customer, Arc::new(EveryFifth))
            .page_size(5)
            .build()
            .unwrap();
        let store = Arc::new(MemoryStore::new());
        let clock = ManualClock::auto_advance(Timestamp::now());
        let engine = Engine::new(store.clone()).clock(Arc::new(clock));
        let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
        assert!(report.error.is_none(), "{:?}", report.error);
        assert!(target.limits.lock().unwrap().is_none());
        let counts = report.run.counts[&EntityKind::Customer];
        let shown = (counts.read, counts.created, counts.parked, counts.skipped);
        assert_eq!(shown, (30, 18, 6, 6), "{early}");
        assert_eq!(creates(&target, EntityKind::Customer), 18);
        let parked = store.parked(ParkedFilter::default(), None, 99).await;
        assert!(parked.unwrap().iter().all(|row| row.attempts == 1));
    }
}

#[tokio::test]
async fn two_pages_that_are_given_the_same_record_are_told_apart() {
    let mut same = Held::new(target(50));
    same.answers_as = Some("7");
    let source = Arc::new(Held::new(customers(10)));
    let flow = flow(source, Arc::new(same), EntityKind::Customer, 5);
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::new(Arc::new(CrashStore::slow(store)));
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    let counts = report.run.counts[&EntityKind::Customer];
    let shown = (counts.read, counts.created, counts.parked);
    assert_eq!(shown, (10, 1, 9), "{counts}");
}
