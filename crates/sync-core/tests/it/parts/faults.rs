//! Limits, crashes and lost answers while the rest of records is read.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures_util::future::{Either, select};
use sync_core::store::ParkReason;

use super::*;

#[tokio::test]
async fn what_was_completed_before_a_limit_is_kept() {
    let world = world(50);
    let source = Listing::of(&world);
    source.limit.store(9, Relaxed);
    assert_eq!(source.sync(&world).await.created, 53);
    let mut completed = source.take_completed();
    assert_eq!(completed.len(), 50, "nothing is read twice");
    completed.sort();
    completed.dedup();
    assert_eq!(completed.len(), 50);
    assert_eq!(world.creates(), 53);
}

#[tokio::test]
async fn records_that_went_or_cannot_be_read_stop_nobody_else() {
    let world = world(6);
    let source = Listing::of(&world);
    *source.answer.lock().unwrap() = Some(Box::new(|id| match id.as_str() {
        "0001" => Some(Completed::Gone(id.clone())),
        "0002" => Some(Completed::Unreadable(Unreadable {
            id: id.clone(),
            error: Error::new(ErrorKind::Decode, "no lines"),
        })),
        _ => None,
    }));
    let counts = source.sync(&world).await;
    assert_eq!((counts.created, counts.skipped, counts.parked), (7, 1, 1));
    let parked = world.parked().await;
    assert_eq!(parked.len(), 1);
    assert_eq!(parked[0].reason, ParkReason::Unreadable);
    *source.answer.lock().unwrap() = None;
    assert_eq!(source.sync(&world).await.created, 2);
    assert!(world.parked().await.is_empty());
}

#[tokio::test]
async fn a_source_that_completes_nothing_ends_the_run_with_an_error() {
    struct Mute(Arc<Listing>);
    #[async_trait]
    impl Connector for Mute {
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
            self.0.push(batch)
        }
        async fn find(&self, e: EntityKind, k: &FindKey) -> Result<Vec<Record>, Error> {
            self.0.find(e, k).await
        }
        async fn fetch(&self, e: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
            self.0.fetch(e, id).await
        }
        async fn complete(&self, _: EntityKind, _: Vec<Record>) -> Result<Vec<Completed>, Error> {
            Ok(Vec::new())
        }
    }
    let world = world(3);
    let flow = Flow::builder("push")
        .from("crm", Arc::new(Mute(Listing::of(&world))))
        .to("books", world.books.clone())
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    let error = report.error.expect("the run fails");
    assert!(
        error.to_string().contains("the rest of no invoice"),
        "{error}"
    );
    assert!(world.books.records(INVOICE).is_empty());
}

#[tokio::test]
async fn a_process_that_dies_while_it_reads_the_rest_loses_and_doubles_nothing() {
    let world = world(30);
    let source = Listing::of(&world);
    let hangs = Arc::new(Notify::new());
    *source.hangs.lock().unwrap() = Some(hangs.clone());
    let engine = world.engine_on(world.store.clone());
    let flow = source.flow(&world);
    let options = RunOptions::default();
    {
        let sync = std::pin::pin!(engine.sync(&flow, &options));
        match select(sync, std::pin::pin!(hangs.notified())).await {
            Either::Left(_) => panic!("it should have died"),
            Either::Right(_) => {}
        }
    }
    world.store.break_lease(flow.name(), "test").await.unwrap();
    *source.hangs.lock().unwrap() = None;
    source.sync(&world).await;
    assert_eq!(world.creates(), 33);
    assert_eq!(memos(&world).len(), 30);
    source.take_completed();
    assert_eq!(source.sync(&world).await.unchanged, 33);
    assert_eq!(source.take_completed(), Vec::<String>::new());
}

#[tokio::test]
async fn a_lost_answer_keeps_what_the_listing_gave() {
    let books = MemorySystem::new([CUSTOMER, INVOICE]).marker(MarkerSupport::Searchable);
    let world = World::new(books).with_customers(1);
    for i in 0..6 {
        world.crm.insert(whole(i, 0));
    }
    let source = Listing::of(&world);
    let lost = AtomicUsize::new(0);
    world.books.on_batch(move |batch| {
        let first = batch.entity == INVOICE && lost.fetch_add(1, Relaxed) == 0;
        first.then_some(Fault::LoseAnswer)
    });
    source.sync(&world).await;
    source.sync(&world).await;
    assert_eq!(world.creates(), 7);
    source.take_completed();
    assert_eq!(source.sync(&world).await.unchanged, 7);
    assert_eq!(source.take_completed(), Vec::<String>::new());
}

#[tokio::test]
async fn a_plan_reads_the_rest_of_what_changed_and_of_nothing_else() {
    let world = world(8);
    let source = Listing::of(&world);
    source.sync(&world).await;
    source.take_completed();
    world.crm.edit(INVOICE, "0003", |fields| {
        fields.set("status", "paid");
        fields.set("memo", "new");
    });
    world.crm.insert(whole(9, 1));
    let engine = world.engine_on(world.store.clone());
    let mut planned: Vec<PlannedChange> = Vec::new();
    let report = engine
        .plan(&source.flow(&world), None, &mut |change| {
            planned.push(change)
        })
        .await
        .unwrap();
    let counts = report.counts[&INVOICE];
    assert_eq!(
        (counts.created, counts.updated, counts.unchanged),
        (1, 1, 7)
    );
    assert_eq!(source.take_completed(), ["0003"]);
    let update = planned.iter().find(|p| !p.changes.is_empty()).unwrap();
    let fields: Vec<&str> = update.changes.iter().map(|c| c.field.as_str()).collect();
    assert_eq!(fields, ["memo", "status"]);
}

#[tokio::test]
async fn no_crash_around_a_write_doubles_a_record_or_reads_its_rest_again() {
    for (fault, name) in [(Fault::HangBefore, "before"), (Fault::HangAfter, "after")] {
        for at in 1.. {
            let world = world(30);
            let source = Listing::of(&world);
            let dead = Arc::new(Notify::new());
            let (tell, sends) = (dead.clone(), AtomicUsize::new(0));
            let fault = fault.clone();
            world.books.on_batch(move |_| {
                let strikes = sends.fetch_add(1, Relaxed) + 1 >= at;
                if strikes {
                    tell.notify_one();
                }
                strikes.then(|| fault.clone())
            });
            let engine = world.engine_on(world.store.clone());
            let flow = source.flow(&world);
            let options = RunOptions::default();
            let died = {
                let sync = std::pin::pin!(engine.sync(&flow, &options));
                match select(sync, std::pin::pin!(dead.notified())).await {
                    Either::Left(_) => false,
                    Either::Right(_) => true,
                }
            };
            if !died {
                assert!(at > 2, "no write was struck");
                break;
            }
            world.books.on_batch(|_| None);
            world.store.break_lease(flow.name(), "test").await.unwrap();
            source.sync(&world).await;
            source.sync(&world).await;
            assert_eq!(world.creates(), 33, "{name} {at}");
            assert_eq!(memos(&world).len(), 30, "{name} {at}");
            source.take_completed();
            assert_eq!(source.sync(&world).await.unchanged, 33, "{name} {at}");
            let again = source.take_completed();
            assert!(again.is_empty(), "{name} {at}: {again:?}");
        }
    }
}
