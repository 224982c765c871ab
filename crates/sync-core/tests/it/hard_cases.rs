//! What reviews and the field have shown to be hard.

use crate::kit::{CUSTOMER, INVOICE, World, customer, invoice, total};
use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use sync_core::store::FlowState;
use sync_core::*;

type FindF = Box<dyn Fn(&FindKey) -> Option<Error> + Send + Sync>;
type FetchF = Box<dyn Fn(&RecordId) -> Option<Error> + Send + Sync>;
struct Wrap {
    inner: Arc<MemorySystem>,
    find: Mutex<Option<FindF>>,
    fetch: Mutex<Option<FetchF>>,
    odd: bool,
    seen: Mutex<HashMap<String, Vec<OpId>>>,
}
impl Wrap {
    fn new(inner: Arc<MemorySystem>) -> Self {
        Self {
            inner,
            find: Mutex::default(),
            fetch: Mutex::default(),
            odd: false,
            seen: Mutex::default(),
        }
    }
}
#[async_trait]
impl Connector for Wrap {
    fn describe(&self) -> &Capabilities {
        self.inner.describe()
    }
    async fn check(&self) -> CheckReport {
        self.inner.check().await
    }
    async fn pull(&self, e: EntityKind, c: Option<&Cursor>, l: usize) -> Result<Page, Error> {
        self.inner.pull(e, c, l).await
    }
    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        if !self.odd {
            return self.inner.push(batch);
        }
        // A target with strict idempotency keys that loses one result of the first batch.
        let ids: Vec<OpId> = batch.ops.iter().map(|o| o.id).collect();
        let mut seen = self.seen.lock().unwrap();
        match seen.get(&batch.key) {
            Some(before) if *before != ids => {
                let e = Error::new(ErrorKind::Conflict, "key reused with another body")
                    .outcome(SendOutcome::Rejected);
                let outcomes = ids
                    .into_iter()
                    .map(|id| (id, Outcome::Rejected(e.clone())))
                    .collect();
                stream::iter([Answer { outcomes }]).boxed()
            }
            _ => {
                let first = seen.is_empty();
                seen.insert(batch.key.clone(), ids);
                let last = batch.ops.last().unwrap().id;
                self.inner
                    .push(batch)
                    .map(move |mut a| {
                        if first {
                            for o in &mut a.outcomes {
                                if o.0 == last {
                                    o.1 = Outcome::Unknown(
                                        Error::new(ErrorKind::Decode, "no result for this record")
                                            .outcome(SendOutcome::Unknown),
                                    );
                                }
                            }
                        }
                        a
                    })
                    .boxed()
            }
        }
    }
    async fn find(&self, e: EntityKind, k: &FindKey) -> Result<Vec<Record>, Error> {
        if let Some(f) = &*self.find.lock().unwrap()
            && let Some(err) = f(k)
        {
            return Err(err);
        }
        self.inner.find(e, k).await
    }
    async fn fetch(&self, e: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        if let Some(f) = &*self.fetch.lock().unwrap()
            && let Some(err) = f(id)
        {
            return Err(err);
        }
        self.inner.fetch(e, id).await
    }
}
fn searchable() -> MemorySystem {
    MemorySystem::new([CUSTOMER, INVOICE])
        .marker(MarkerSupport::Searchable)
        .search_delay(Duration::from_secs(5))
        .can(CUSTOMER, |c| {
            c.natural_keys = vec![
                vec![FieldName::known("vat_number")],
                vec![FieldName::known("email")],
            ]
        })
}

#[tokio::test]
async fn a_record_that_breaks_its_batch_every_time_does_not_keep_a_run_going() {
    let world = World::new(searchable()).with_customers(20);
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    world.books.on_batch(move |b| {
        let bad = b
            .ops
            .iter()
            .any(|o| o.fields.text("name") == Some("Customer 3"));
        if bad {
            assert!(
                seen.fetch_add(1, Relaxed) < 300,
                "the bad batch was sent 300 times in ONE run"
            );
        }
        bad.then_some(Fault::Break)
    });
    total(&world.try_sync().await);
}

#[tokio::test]
async fn a_record_that_breaks_its_batch_every_time_does_not_keep_the_others_out() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(7);
    world.books.on_batch(move |b| {
        b.ops
            .iter()
            .any(|o| o.fields.text("name") == Some("Customer 3"))
            .then_some(Fault::Break)
    });
    for _ in 0..5 {
        world.try_sync().await;
    }
    assert_eq!(
        world.books.records(CUSTOMER).len(),
        6,
        "the six good records land"
    );
}

#[tokio::test]
async fn a_lost_answer_of_a_target_that_cannot_be_searched_goes_to_a_person() {
    let world = World::new(searchable()).with_customers(7);
    let w = Arc::new(Wrap::new(world.books.clone()));
    let flow = || {
        Flow::builder("push")
            .from("crm", world.crm.clone())
            .to("books", w.clone())
            .page_size(7)
            .build()
            .unwrap()
    };
    *w.find.lock().unwrap() = Some(Box::new(|_| {
        Some(Error::new(
            ErrorKind::Config,
            "the server ignores the filter",
        ))
    }));
    let n = AtomicUsize::new(0);
    world
        .books
        .on_batch(move |_| (n.fetch_add(1, Relaxed) == 0).then_some(Fault::LoseAnswer));
    let engine = world.engine_on(world.store.clone());
    for _ in 0..4 {
        total(&engine.sync(&flow(), &RunOptions::default()).await.unwrap());
    }
    let r = engine.sync(&flow(), &RunOptions::default()).await.unwrap();
    assert!(
        r.error.is_none(),
        "an unsearchable create goes to a person, the run goes on"
    );
}

#[tokio::test]
async fn a_parked_record_that_was_dragged_along_is_tried_again() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(1);
    world.crm.insert(invoice(1, 0));
    world.books.on_record(|op| {
        (op.entity == CUSTOMER).then(|| Error::new(ErrorKind::Validation, "bad vat"))
    });
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", world.books.clone())
        .entities([INVOICE])
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    engine.sync(&flow, &RunOptions::default()).await.unwrap();
    world.books.on_record(|_| None);
    for _ in 0..3 {
        engine.sync(&flow, &RunOptions::default()).await.unwrap();
    }

    assert_eq!(world.books.records(INVOICE).len(), 1);
}

#[tokio::test]
async fn an_unreadable_record_that_is_named_by_another_stops_nobody_else() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(2);
    world.crm.insert(invoice(1, 0));
    world.crm.insert(invoice(2, 1));
    let w = Arc::new(Wrap::new(world.crm.clone()));
    *w.fetch.lock().unwrap() = Some(Box::new(|id| {
        (id.as_str() == "0000")
            .then(|| Error::new(ErrorKind::Decode, "column clients.default_currency"))
    }));
    let flow = Flow::builder("push")
        .from("crm", w)
        .to("books", world.books.clone())
        .entities([INVOICE])
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    for _ in 0..3 {
        total(&engine.sync(&flow, &RunOptions::default()).await.unwrap());
    }
    assert_eq!(
        world.books.records(INVOICE).len(),
        1,
        "the invoice of the good customer lands"
    );
}

#[tokio::test]
async fn a_record_dragged_along_by_its_own_page_is_created_once() {
    let world = World::new(searchable());
    let mut a = customer(0, "a@x.nl");
    a.fields.set("parent", Ref::new(CUSTOMER, "0001"));
    world.crm.insert(a);
    world.crm.insert(customer(1, "b@x.nl"));
    world.sync().await;
    assert_eq!(world.creates(), 2);
}

#[tokio::test]
async fn an_update_in_doubt_does_not_replace_what_a_person_wrote_since_without_keeping_it() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(1);
    world.sync().await;
    world.crm.edit(CUSTOMER, "0000", |f| f.set("name", "New"));
    let books = world.books.clone();
    let n = AtomicUsize::new(0);
    let id = world.books.records(CUSTOMER)[0].id.clone();
    world
        .books
        .on_batch(move |_| match n.fetch_add(1, Relaxed) {
            // The process dies after the commit in the target: nothing else happens in this run.
            0 => Some(Fault::LoseAnswer),
            1 => Some(Fault::Refuse),
            _ => None,
        });
    let _ = world.try_sync().await;

    books.edit(CUSTOMER, id.as_str(), |f| f.set("name", "A person's words"));
    world.try_sync().await;
    let kept = world
        .store
        .changes()
        .iter()
        .any(|c| c.before.text("name") == Some("A person's words"));
    let now = world.books.records(CUSTOMER)[0]
        .fields
        .text("name")
        .map(str::to_owned);
    assert!(kept || now.as_deref() == Some("A person's words"));
}

struct SkipAll;
impl mapping::EntityMapper for SkipAll {
    fn map(&self, _: &Record) -> Result<Fields, mapping::MapError> {
        Err(mapping::MapError::Skip("no".into()))
    }
}

#[tokio::test]
async fn a_skipped_record_counts_once_however_often_it_is_named() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(1);
    for i in 0..30 {
        world.crm.insert(invoice(i, 0));
    }
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", world.books.clone())
        .page_size(7)
        .map(CUSTOMER, Arc::new(SkipAll))
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let r = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    assert_eq!(r.run.counts[&CUSTOMER].read, 1);
}

#[tokio::test]
async fn a_step_that_could_not_be_sent_is_sent_by_the_next_run() {
    let books = MemorySystem::new([CUSTOMER, INVOICE])
        .marker(MarkerSupport::Searchable)
        .batch(1)
        .can(CUSTOMER, |c| {
            c.append_only = true;
            c.update = false;
        });
    let world = World::new(books);
    let mut r = customer(0, "a@x.nl");
    r.fields.set(
        "step_lines",
        Value::List((1..=3).map(|l| Value::from(format!("l{l}"))).collect()),
    );
    world.crm.insert(r);
    let n = AtomicUsize::new(0);
    world
        .books
        .on_batch(move |_| (n.fetch_add(1, Relaxed) == 2).then_some(Fault::Refuse));
    total(&world.try_sync().await);
    for _ in 0..3 {
        total(&world.try_sync().await);
    }
    let steps = world
        .books
        .journal()
        .iter()
        .filter(|a| matches!(a.action, Action::Step { .. }))
        .count();
    assert_eq!(
        steps,
        3,
        "all lines of the booked document; parked: {:?}",
        world.parked().await
    );
}

#[tokio::test]
async fn the_same_name_with_another_vat_number_is_another_company() {
    let books = MemorySystem::new([CUSTOMER, INVOICE])
        .marker(MarkerSupport::Searchable)
        .can(CUSTOMER, |c| {
            c.natural_keys = vec![
                vec![FieldName::known("vat_number")],
                vec![FieldName::known("name")],
            ]
        });
    let world = World::new(books);
    world.books.insert(Record::new(
        CUSTOMER,
        "T1",
        Fields::new()
            .with("name", "Jansen BV")
            .with("vat_number", "NL999"),
    ));
    world.crm.insert(Record::new(
        CUSTOMER,
        "1",
        Fields::new()
            .with("name", "Jansen BV")
            .with("vat_number", "NL111"),
    ));
    world.sync().await;
    let all = world.books.records(CUSTOMER);
    assert_eq!(
        all.iter()
            .find(|r| r.id.as_str() == "T1")
            .unwrap()
            .fields
            .text("vat_number"),
        Some("NL999")
    );
}

#[tokio::test]
async fn a_match_that_cannot_be_read_is_not_created_a_second_time() {
    let world = World::new(searchable());
    world.books.insert(Record::new(
        CUSTOMER,
        "T1",
        Fields::new().with("email", "c0@example.com"),
    ));
    world.crm.insert(customer(0, "c0@example.com"));
    let w = Arc::new(Wrap::new(world.books.clone()));
    *w.find.lock().unwrap() = Some(Box::new(|k| {
        matches!(k, FindKey::Natural(_)).then(|| {
            Error::new(
                ErrorKind::Decode,
                "the field `registered_at` cannot be read",
            )
        })
    }));
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", w)
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    total(&engine.sync(&flow, &RunOptions::default()).await.unwrap());
    assert_eq!(
        world.books.records(CUSTOMER).len(),
        1,
        "created a second time"
    );
}

#[tokio::test]
async fn an_idempotency_key_is_never_used_for_a_part_of_its_batch() {
    let books = MemorySystem::new([CUSTOMER, INVOICE])
        .marker(MarkerSupport::None)
        .idempotency(Duration::from_secs(86400));
    let world = World::new(books).with_customers(3);
    let mut w = Wrap::new(world.books.clone());
    w.odd = true;
    let w = Arc::new(w);
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", w)
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    for _ in 0..3 {
        total(&engine.sync(&flow, &RunOptions::default()).await.unwrap());
    }
    assert_eq!(world.creates(), 3);
}

#[tokio::test]
async fn a_record_adopted_with_other_content_is_brought_up_to_date() {
    let books = MemorySystem::new([CUSTOMER, INVOICE])
        .marker(MarkerSupport::None)
        .search_delay(Duration::from_secs(1))
        .can(CUSTOMER, |c| {
            c.natural_keys = vec![vec![FieldName::known("email")]]
        });
    let world = World::new(books).with_customers(1);
    let n = AtomicUsize::new(0);
    let b = world.books.clone();
    // The create never arrives; meanwhile a person enters the same customer by hand.
    world
        .books
        .on_batch(move |_| (n.fetch_add(1, Relaxed) == 0).then_some(Fault::Break));
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    {
        let mut s = engine.claim(&flow).await.unwrap();
        s.begin(&RunOptions::default()).await.unwrap();
        s.run_slice().await.unwrap();
        b.insert(Record::new(
            CUSTOMER,
            "HAND",
            Fields::new()
                .with("email", "c0@example.com")
                .with("name", "Wrong name by hand"),
        ));
        world.store.break_lease(flow.name(), "test").await.unwrap();
    }
    for _ in 0..3 {
        total(&world.try_sync().await);
    }
    let r = &world.books.records(CUSTOMER)[0];
    assert_eq!(
        r.fields.text("name"),
        Some("Customer 0"),
        "the source's name reaches the adopted record"
    );
}

#[tokio::test]
async fn a_process_that_dies_of_its_first_slice_makes_the_flow_broken() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(3);
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    for _ in 0..3 {
        let mut s = engine.claim(&flow).await.unwrap();
        s.begin(&RunOptions::default()).await.unwrap();
        drop(s); // the process dies in its first slice
        world.store.break_lease(flow.name(), "test").await.unwrap();
    }
    let row = world.store.flow(flow.name()).await.unwrap().unwrap();
    assert_eq!(
        row.state,
        FlowState::Broken,
        "crash_count {}",
        row.crash_count
    );
}

#[tokio::test]
async fn a_quota_smaller_than_a_page_still_gets_on() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(7);
    let left = Arc::new(AtomicUsize::new(1000));
    let w = Arc::new(Wrap::new(world.books.clone()));
    let l = left.clone();
    *w.fetch.lock().unwrap() = Some(Box::new(move |_| {
        l.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1))
            .is_err()
            .then(|| {
                Error::new(ErrorKind::RateLimited, "quota").retry_after(Duration::from_secs(3600))
            })
    }));
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", w)
        .page_size(7)
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    engine.sync(&flow, &RunOptions::default()).await.unwrap();
    for i in 0..7 {
        world
            .crm
            .edit(CUSTOMER, &format!("{i:04}"), |f| f.set("name", "New"));
    }
    for _ in 0..10 {
        left.store(5, Relaxed);
        let r = engine.sync(&flow, &RunOptions::default()).await.unwrap();
        let _ = r;
    }
    let done = world
        .books
        .records(CUSTOMER)
        .iter()
        .filter(|r| r.fields.text("name") == Some("New"))
        .count();
    assert_eq!(done, 7, "updated after ten runs with a quota of five each");
}

#[tokio::test]
async fn a_target_that_settles_longer_than_a_run_waits_settles_in_the_end() {
    let books = searchable().search_delay(Duration::from_secs(400));
    let world = World::new(books).with_customers(3);
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    world.books.on_batch(|_| Some(Fault::HangBefore));
    {
        let mut s = engine.claim(&flow).await.unwrap();
        s.begin(&RunOptions::default()).await.unwrap();
        tokio::select! { _ = s.run_slice() => {}, () = tokio::time::sleep(Duration::from_millis(200)) => {} }
        world.store.break_lease(flow.name(), "test").await.unwrap();
    }
    world.books.on_batch(|_| None);
    for _ in 0..5 {
        total(&world.try_sync().await);
        world.clock.advance(Duration::from_secs(3600));
    }
    assert_eq!(world.books.records(CUSTOMER).len(), 3);
}

#[tokio::test]
async fn each_drift_is_told_once_although_the_target_went_down() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE]).batch(1)).with_customers(3);
    world.sync().await;
    for i in 0..3 {
        world
            .crm
            .edit(CUSTOMER, &format!("{i:04}"), |f| f.set("name", "New"));
    }
    for r in world.books.records(CUSTOMER) {
        world
            .books
            .edit(CUSTOMER, r.id.as_str(), |f| f.set("name", "A person's"));
    }
    let n = AtomicUsize::new(0);
    world
        .books
        .on_batch(move |_| (n.fetch_add(1, Relaxed) == 2).then_some(Fault::Refuse));
    world.try_sync().await;
    world.try_sync().await;
    let ev = world.store.events(10_000).await.unwrap();
    let drift = ev
        .iter()
        .filter(|e| format!("{e:?}").contains("RecordDrift"))
        .count();
    assert_eq!(drift, 3);
}

struct Limited {
    inner: Arc<MemorySystem>,
    n: AtomicUsize,
    at: usize,
}
#[async_trait]
impl Connector for Limited {
    fn describe(&self) -> &Capabilities {
        self.inner.describe()
    }
    async fn check(&self) -> CheckReport {
        self.inner.check().await
    }
    async fn pull(&self, e: EntityKind, c: Option<&Cursor>, l: usize) -> Result<Page, Error> {
        self.inner.pull(e, c, l).await
    }
    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        if self.at == usize::MAX {
            // Knows the customer by its phone number and answers a create with the record it has.
            if batch.ops.iter().any(|o| o.action == Action::Create) {
                let outcomes = batch
                    .ops
                    .iter()
                    .map(|o| (o.id, Outcome::Written(RecordId::from("T1"))))
                    .collect();
                return stream::iter([Answer { outcomes }]).boxed();
            }
            return stream::once(tokio::time::sleep(Duration::from_millis(60)))
                .flat_map(move |()| self.inner.push(batch.clone()))
                .boxed();
        }
        if self.n.fetch_add(1, Relaxed) == self.at {
            let e = Error::new(ErrorKind::RateLimited, "slow down")
                .outcome(SendOutcome::Rejected)
                .retry_after(Duration::from_secs(2));
            let outcomes = batch
                .ops
                .iter()
                .map(|o| (o.id, Outcome::Deferred(e.clone())))
                .collect();
            return stream::iter([Answer { outcomes }]).boxed();
        }
        self.inner.push(batch)
    }
    async fn find(&self, e: EntityKind, k: &FindKey) -> Result<Vec<Record>, Error> {
        self.inner.find(e, k).await
    }
    async fn fetch(&self, e: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        self.inner.fetch(e, id).await
    }
}

#[tokio::test]
async fn each_drift_is_told_once_although_the_slice_was_done_again() {
    let mut world = World::new(MemorySystem::new([CUSTOMER, INVOICE]).batch(1)).with_customers(3);
    world.sync().await;
    world.clock = api_core::ManualClock::auto_advance(Timestamp::now());
    for i in 0..3 {
        world
            .crm
            .edit(CUSTOMER, &format!("{i:04}"), |f| f.set("name", "New"));
    }
    for r in world.books.records(CUSTOMER) {
        world
            .books
            .edit(CUSTOMER, r.id.as_str(), |f| f.set("name", "A person's"));
    }
    let l = Arc::new(Limited {
        inner: world.books.clone(),
        n: AtomicUsize::new(0),
        at: 2,
    });
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", l)
        .page_size(7)
        .build()
        .unwrap();
    let _r = world
        .engine_on(world.store.clone())
        .sync(&flow, &RunOptions::default())
        .await
        .unwrap();
    let ev = world.store.events(10_000).await.unwrap();
    let drift = ev
        .iter()
        .filter(|e| e.event == EventName::RecordDrift)
        .count();
    assert_eq!(drift, 3);
}

#[tokio::test]
async fn a_target_that_merges_two_records_stops_nobody_else() {
    let world = World::new(searchable().batch(1));
    world.books.insert(Record::new(
        CUSTOMER,
        "T1",
        Fields::new().with("email", "b@x.nl").with("name", "Old"),
    ));
    world.crm.insert(customer(1, "a@x.nl"));
    world.crm.insert(customer(2, "b@x.nl"));
    let l = Arc::new(Limited {
        inner: world.books.clone(),
        n: AtomicUsize::new(0),
        at: usize::MAX,
    });
    let flow = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", l)
        .page_size(7)
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let mut last = None;
    for _ in 0..4 {
        let r = engine.sync(&flow, &RunOptions::default()).await;

        last = Some(r);
    }
    assert!(last.unwrap().is_ok());
}

#[tokio::test]
async fn two_flows_of_one_pair_do_not_create_the_same_customer() {
    let world = World::new(searchable()).with_customers(1);
    world.crm.insert(invoice(1, 0));
    let slow = Arc::new(Slow(world.books.clone()));
    let a = Flow::builder("customers")
        .from("crm", world.crm.clone())
        .to("books", slow)
        .entities([CUSTOMER])
        .build()
        .unwrap();
    let b = Flow::builder("invoices")
        .from("crm", world.crm.clone())
        .to("books", world.books.clone())
        .entities([INVOICE])
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let o = RunOptions::default();
    let (_, second) = tokio::join!(engine.sync(&a, &o), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        engine.sync(&b, &o).await
    });
    assert!(matches!(second, Err(SyncError::Busy { .. })), "{second:?}");
    assert_eq!(world.books.records(CUSTOMER).len(), 1);
}
struct Slow(Arc<MemorySystem>);
#[async_trait]
impl Connector for Slow {
    fn describe(&self) -> &Capabilities {
        self.0.describe()
    }
    async fn check(&self) -> CheckReport {
        self.0.check().await
    }
    async fn pull(&self, e: EntityKind, c: Option<&Cursor>, l: usize) -> Result<Page, Error> {
        self.0.pull(e, c, l).await
    }
    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        stream::once(tokio::time::sleep(Duration::from_millis(200)))
            .flat_map(move |()| self.0.push(batch.clone()))
            .boxed()
    }
    async fn find(&self, e: EntityKind, k: &FindKey) -> Result<Vec<Record>, Error> {
        self.0.find(e, k).await
    }
    async fn fetch(&self, e: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        self.0.fetch(e, id).await
    }
}
