//! Records of which a listing gives only a part.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::{Error, ErrorKind};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use sync_core::engine::PlannedChange;
use sync_core::*;
use tokio::sync::Notify;

use crate::kit::{CUSTOMER, INVOICE, World, invoice, total};

mod changes;
mod faults;
mod waiting;

/// How often the rest of each record may be read, and what is said then.
type OnComplete = Box<dyn Fn(&RecordId) -> Option<Completed> + Send + Sync>;

/// A source whose listing of invoices has no `memo`; counts what is read besides.
struct Listing {
    inner: Arc<MemorySystem>,
    completed: Mutex<Vec<RecordId>>,
    answer: Mutex<Option<OnComplete>>,
    /// How many may be completed before a limit is met; it is lifted once it was told.
    limit: AtomicUsize,
    /// Answers that never come.
    hangs: Mutex<Option<Arc<Notify>>>,
}

impl Listing {
    fn of(world: &World) -> Arc<Self> {
        Arc::new(Self {
            inner: world.crm.clone(),
            completed: Mutex::default(),
            answer: Mutex::default(),
            limit: AtomicUsize::new(usize::MAX),
            hangs: Mutex::default(),
        })
    }

    fn flow(self: &Arc<Self>, world: &World) -> Flow {
        Flow::builder("push")
            .from("crm", self.clone())
            .to("books", world.books.clone())
            .page_size(20)
            .build()
            .unwrap()
    }

    fn take_completed(&self) -> Vec<String> {
        let taken = std::mem::take(&mut *self.completed.lock().unwrap());
        taken.iter().map(RecordId::to_string).collect()
    }

    async fn sync(self: &Arc<Self>, world: &World) -> Counts {
        let engine = world.engine_on(world.store.clone());
        let report = engine
            .sync(&self.flow(world), &RunOptions::default())
            .await
            .unwrap();
        assert!(report.error.is_none(), "{:?}", report.error);
        total(&report)
    }
}

#[async_trait]
impl Connector for Listing {
    fn describe(&self) -> &Capabilities {
        self.inner.describe()
    }

    async fn check(&self) -> CheckReport {
        self.inner.check().await
    }

    async fn pull(&self, e: EntityKind, c: Option<&Cursor>, l: usize) -> Result<Page, Error> {
        let mut page = self.inner.pull(e, c, l).await?;
        for record in page.records.iter_mut().filter(|r| r.entity == INVOICE) {
            record.fields.remove("memo");
            record.partial = true;
        }
        Ok(page)
    }

    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        self.inner.push(batch)
    }

    async fn find(&self, e: EntityKind, k: &FindKey) -> Result<Vec<Record>, Error> {
        self.inner.find(e, k).await
    }

    async fn fetch(&self, e: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        self.inner.fetch(e, id).await
    }

    async fn complete(
        &self,
        entity: EntityKind,
        records: Vec<Record>,
    ) -> Result<Vec<Completed>, Error> {
        let hangs = self.hangs.lock().unwrap().clone();
        if let Some(hangs) = hangs {
            hangs.notify_one();
            std::future::pending::<()>().await;
        }
        let mut answers = Vec::new();
        for record in records {
            assert!(record.partial, "only parts are completed");
            if self.limit.load(Relaxed) == 0 {
                if !answers.is_empty() {
                    return Ok(answers);
                }
                self.limit.store(usize::MAX, Relaxed);
                return Err(Error::new(ErrorKind::RateLimited, "try later")
                    .retry_after(Duration::from_secs(60)));
            }
            self.limit.fetch_sub(1, Relaxed);
            self.completed.lock().unwrap().push(record.id.clone());
            let says = {
                let answer = self.answer.lock().unwrap();
                answer.as_ref().and_then(|says| says(&record.id))
            };
            answers.push(match says {
                Some(other) => other,
                None => match self.inner.fetch(entity, &record.id).await.unwrap() {
                    Some(whole) => Completed::Whole(whole),
                    None => Completed::Gone(record.id),
                },
            });
        }
        Ok(answers)
    }
}

fn world(invoices: usize) -> World {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(3);
    for i in 0..invoices {
        world.crm.insert(whole(i, i % 3));
    }
    world
}

fn whole(i: usize, customer: usize) -> Record {
    let mut record = invoice(i, customer);
    record.fields.set("memo", format!("memo {i}"));
    record.fields.set("status", "unpaid");
    record
}

fn memos(world: &World) -> BTreeMap<String, String> {
    let of = |record: Record, name: &str| record.fields.text(name).unwrap_or("").to_owned();
    let rows = world.books.records(INVOICE).into_iter();
    rows.map(|record| (of(record.clone(), "number"), of(record, "memo")))
        .collect()
}

#[tokio::test]
async fn the_rest_is_read_once_and_again_only_for_what_changed() {
    let world = world(50);
    let source = Listing::of(&world);
    assert_eq!(source.sync(&world).await.created, 53);
    assert_eq!(source.take_completed().len(), 50);
    assert!(
        memos(&world)
            .iter()
            .all(|(_, memo)| memo.starts_with("memo"))
    );

    assert_eq!(source.sync(&world).await.unchanged, 53);
    assert_eq!(source.take_completed(), Vec::<String>::new());

    world.crm.edit(INVOICE, "0007", |fields| {
        fields.set("status", "paid");
        fields.set("memo", "paid by bank");
    });
    let counts = source.sync(&world).await;
    assert_eq!((counts.updated, counts.unchanged), (1, 52));
    assert_eq!(source.take_completed(), ["0007"]);
    assert_eq!(memos(&world)["F0007"], "paid by bank");
    assert_eq!(source.sync(&world).await.unchanged, 53);
    assert_eq!(source.take_completed(), Vec::<String>::new());
}

#[tokio::test]
async fn a_part_that_changed_and_back_again_costs_one_reading_each_time() {
    let world = world(4);
    let source = Listing::of(&world);
    source.sync(&world).await;
    source.take_completed();
    let held_away = |world: &World, word: &'static str| {
        world
            .crm
            .edit(INVOICE, "0002", move |fields| fields.set("status", word));
    };
    held_away(&world, "paid");
    source.sync(&world).await;
    held_away(&world, "unpaid");
    assert_eq!(source.sync(&world).await.updated, 1);
    assert_eq!(source.take_completed(), ["0002", "0002"]);
    source.sync(&world).await;
    assert_eq!(source.take_completed(), Vec::<String>::new());
}

/// Takes the status out of what the listing gives, so that only the whole record has it.
struct WithoutStatus;

impl mapping::EntityMapper for WithoutStatus {
    fn map(&self, record: &Record) -> Result<Fields, mapping::MapError> {
        let mut fields = record.fields.clone();
        if !record.partial {
            fields.remove("status");
        }
        Ok(fields)
    }
}

#[tokio::test]
async fn a_whole_that_is_as_it_was_has_its_new_part_remembered() {
    let world = world(4);
    let source = Listing::of(&world);
    let flow = Flow::builder("push")
        .from("crm", source.clone())
        .to("books", world.books.clone())
        .map(INVOICE, Arc::new(WithoutStatus))
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let options = RunOptions::default();
    let sync = || async { total(&engine.sync(&flow, &options).await.unwrap()) };
    sync().await;
    source.take_completed();
    world
        .crm
        .edit(INVOICE, "0002", |fields| fields.set("status", "paid"));
    assert_eq!(sync().await.unchanged, 7);
    assert_eq!(source.take_completed(), ["0002"]);
    assert_eq!(sync().await.unchanged, 7);
    assert_eq!(source.take_completed(), Vec::<String>::new());
}

#[tokio::test]
async fn a_part_that_cannot_be_mapped_counts_as_changed() {
    struct NeedsMemo;
    impl mapping::EntityMapper for NeedsMemo {
        fn map(&self, record: &Record) -> Result<Fields, mapping::MapError> {
            match record.fields.text("memo") {
                Some(_) => Ok(record.fields.clone()),
                None => Err(mapping::MapError::field("memo", "is missing")),
            }
        }
    }
    let world = world(2);
    let source = Listing::of(&world);
    let flow = Flow::builder("push")
        .from("crm", source.clone())
        .to("books", world.books.clone())
        .map(INVOICE, Arc::new(NeedsMemo))
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let options = RunOptions::default();
    let report = engine.sync(&flow, &options).await.unwrap();
    assert_eq!(total(&report).created, 5);
    let report = engine.sync(&flow, &options).await.unwrap();
    assert_eq!(total(&report).unchanged, 5);
    assert_eq!(source.take_completed(), ["0000", "0001", "0000", "0001"]);
}

#[tokio::test]
async fn a_reference_that_gets_another_target_reads_the_record_again() {
    let world = world(3);
    let source = Listing::of(&world);
    source.sync(&world).await;
    source.take_completed();
    world.crm.edit(INVOICE, "0001", |fields| {
        fields.set("customer", Ref::new(CUSTOMER, "0002"));
    });
    assert_eq!(source.sync(&world).await.updated, 1);
    assert_eq!(source.take_completed(), ["0001"]);
}

#[tokio::test]
async fn an_invoice_that_drags_its_customer_along_is_read_once() {
    let world = world(5);
    let source = Listing::of(&world);
    let engine = world.engine_on(world.store.clone());
    let options = RunOptions {
        entities: Some(vec![INVOICE]),
        ..RunOptions::default()
    };
    let flow = source.flow(&world);
    let report = engine.sync(&flow, &options).await.unwrap();
    assert_eq!(total(&report).created, 8);
    assert_eq!(source.take_completed().len(), 5);
    let report = engine.sync(&flow, &options).await.unwrap();
    assert_eq!(total(&report).unchanged, 5);
    assert_eq!(source.take_completed(), Vec::<String>::new());
}
