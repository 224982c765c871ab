//! Pages that are at work at once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use api_core::Error;
use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use sync_core::{
    Action, Answer, Batch, Capabilities, CheckReport, Connector, Cursor, Engine, EntityKind, Fault,
    Fields, FindKey, Flow, FlowName, MemoryStore, MemorySystem, Page, Record, RecordId, Ref,
    RunOptions, StateStore,
};
use tokio::sync::Notify;

/// A system in memory whose listing and whose answers can be held up.
struct Held {
    inner: MemorySystem,
    /// Pages instead of the listing, ids each.
    pages: Option<Vec<Vec<&'static str>>>,
    /// The batch with this marker waits for [`Held::go`].
    hold: Option<&'static str>,
    go: Notify,
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
            hold: None,
            go: Notify::new(),
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
            next: Some(Cursor::new((at + 1).to_string())),
            complete: at + 1 == pages.len(),
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
            let answers: Vec<Answer> = self.inner.push(batch).collect().await;
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
        self.inner.find(entity, key).await
    }

    async fn fetch(&self, entity: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
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
