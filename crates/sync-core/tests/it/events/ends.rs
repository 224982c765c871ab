//! Each way in which a run can end, and its end in the log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use api_core::{Error, ErrorKind, SendOutcome};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt};
use sync_core::store::{RunStatus, Trigger};
use sync_core::{
    Action, Answer, Batch, Cancel, Capabilities, CheckReport, Connector, Cursor, EntityKind,
    EventName, Fault, FindKey, Flow, Level, MemorySystem, Op, Outcome, Page, Record, RecordId,
    RunOptions, StateStore, SyncError,
};

use super::Log;
use crate::crash::{CrashStore, Point, keyed, life};
use crate::kit::{CUSTOMER, INVOICE, World, customer, invoice};

/// A system that answers every request of a kind with an error.
struct Failing {
    inner: Arc<MemorySystem>,
    pulls: Option<Error>,
    pushes: Option<Error>,
}

#[async_trait]
impl Connector for Failing {
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
        match &self.pulls {
            // The first page is read.
            Some(error) if cursor.is_some() => Err(error.clone()),
            _ => self.inner.pull(entity, cursor, limit).await,
        }
    }
    fn push(&self, batch: Batch) -> BoxStream<'_, Answer> {
        let Some(error) = &self.pushes else {
            return self.inner.push(batch);
        };
        let deferred = |op: &Op| (op.id, Outcome::Deferred(error.clone()));
        let outcomes = batch.ops.iter().map(deferred).collect();
        stream::iter([Answer { outcomes }]).boxed()
    }
    async fn find(&self, entity: EntityKind, key: &FindKey) -> Result<Vec<Record>, Error> {
        self.inner.find(entity, key).await
    }
    async fn fetch(&self, entity: EntityKind, id: &RecordId) -> Result<Option<Record>, Error> {
        self.inner.fetch(entity, id).await
    }
}

fn world() -> World {
    World::new(keyed()).with_customers(20)
}

fn flow(source: Arc<dyn Connector>, target: Arc<dyn Connector>) -> Flow {
    Flow::builder("push")
        .from("crm", source)
        .to("books", target)
        .page_size(7)
        .build()
        .unwrap()
}

/// The end of the only run that there is: how it ended, how much that matters, its code.
async fn the_end(world: &World) -> (RunStatus, Level, Option<String>) {
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    let runs = log.each_run_ended_once(world, "").await;
    assert_eq!(runs.len(), 1);
    let end = log.named(EventName::RunEnd)[0];
    (runs[0].status, end.level, end.code.clone())
}

async fn sync(world: &World, flow: &Flow) {
    let engine = world.engine_on(world.store.clone());
    engine.sync(flow, &RunOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_run_that_succeeds_tells_so() {
    let world = world();
    world.sync().await;
    let ended = (RunStatus::Succeeded, Level::Info, None);
    assert_eq!(the_end(&world).await, ended);
}

#[tokio::test]
async fn a_run_that_sets_records_aside_tells_so() {
    let world = world();
    world.books.on_record(|op| {
        let bad = op.fields.text("name") == Some("Customer 3");
        bad.then(|| Error::new(ErrorKind::Validation, "no"))
    });
    world.sync().await;
    let ended = (RunStatus::Partial, Level::Warning, None);
    assert_eq!(the_end(&world).await, ended);
}

#[tokio::test]
async fn a_run_that_a_person_stops_tells_so() {
    let world = world();
    let cancel = Cancel::new();
    let stop = cancel.clone();
    world.books.on_batch(move |_| {
        stop.cancel();
        None
    });
    let engine = world.engine_on(world.store.clone()).cancel(cancel);
    let report = engine
        .sync(&world.flow(), &RunOptions::default())
        .await
        .unwrap();
    assert!(matches!(report.error, Some(SyncError::Cancelled)));
    let ended = (
        RunStatus::Cancelled,
        Level::Warning,
        Some("cancelled".to_owned()),
    );
    assert_eq!(the_end(&world).await, ended);
}

#[tokio::test]
async fn a_run_whose_source_fails_tells_what_it_counted_until_then() {
    let world = world();
    let error = Error::new(ErrorKind::Auth, "The token is not valid.").status(401);
    let failing = Failing {
        inner: world.crm.clone(),
        pulls: Some(error),
        pushes: None,
    };
    sync(&world, &flow(Arc::new(failing), world.books.clone())).await;
    let ended = (RunStatus::Failed, Level::Error, Some("auth".to_owned()));
    assert_eq!(the_end(&world).await, ended);
}

#[tokio::test]
async fn a_run_whose_target_fails_names_the_connection_and_the_status() {
    let world = world();
    let error = Error::new(ErrorKind::Unavailable, "Down for repair.")
        .status(503)
        .code("repair")
        .outcome(SendOutcome::NotSent);
    let failing = Failing {
        inner: world.books.clone(),
        pulls: None,
        pushes: Some(error),
    };
    sync(&world, &flow(world.crm.clone(), Arc::new(failing))).await;
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    log.each_run_ended_once(&world, "").await;
    let end = log.named(EventName::RunEnd)[0];
    assert_eq!(
        (end.status, end.code.as_deref()),
        (Some(503), Some("repair"))
    );
    assert_eq!(end.details["failed_connection"], "books");
    assert!(end.message.contains("Down for repair."), "{}", end.message);
    assert!(
        end.details["counts"]["customer"]["skipped"]
            .as_i64()
            .unwrap()
            > 0
    );
}

#[tokio::test]
async fn a_run_that_a_limit_holds_up_too_long_tells_so() {
    let world = world();
    let error = Error::new(ErrorKind::RateLimited, "slow down")
        .outcome(SendOutcome::Rejected)
        .retry_after(Duration::from_secs(3_600));
    let failing = Failing {
        inner: world.books.clone(),
        pulls: None,
        pushes: Some(error),
    };
    sync(&world, &flow(world.crm.clone(), Arc::new(failing))).await;
    let ended = (
        RunStatus::Failed,
        Level::Error,
        Some("rate_limited".to_owned()),
    );
    assert_eq!(the_end(&world).await, ended);
}

#[tokio::test]
async fn a_run_that_would_wait_too_long_for_a_lost_answer_tells_so() {
    let world = World::new(
        keyed()
            .marker(sync_core::MarkerSupport::Searchable)
            .search_delay(Duration::from_secs(900)),
    )
    .with_customers(4);
    let n = AtomicUsize::new(0);
    world
        .books
        .on_batch(move |_| (n.fetch_add(1, Ordering::Relaxed) == 0).then_some(Fault::Break));
    world.try_sync().await;
    let ended = (
        RunStatus::Failed,
        Level::Error,
        Some("unavailable".to_owned()),
    );
    assert_eq!(the_end(&world).await, ended);
}

#[tokio::test]
async fn a_run_whose_store_fails_at_any_write_ends_with_the_next_start() {
    for although_made in [false, true] {
        let mut failures = 0;
        for n in 1.. {
            let world = world();
            for i in 0..6 {
                world.crm.insert(invoice(i, i));
            }
            let store = CrashStore::failing(world.store.clone(), n, although_made);
            let engine = world.engine_on(Arc::new(store));
            if engine
                .sync(&world.flow(), &RunOptions::default())
                .await
                .is_ok()
            {
                break;
            }
            failures += 1;
            world.sync().await;
            let mut log = Log::default();
            log.drain(world.store.as_ref()).await;
            let what = format!("write {n}, {although_made}");
            let runs = log.each_run_ended_once(&world, &what).await;
            assert!(runs.len() <= 2, "{what}");
            assert!(log.named(EventName::EngineCrash).is_empty(), "{what}");
        }
        assert!(failures > 5, "{failures}");
    }
}

#[tokio::test]
async fn a_run_that_another_process_took_over_ends_there_once() {
    let world = world();
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    let mut frozen = engine.claim(&flow).await.unwrap();
    frozen.begin(&RunOptions::default()).await.unwrap();
    world.store.break_lease(flow.name(), "test").await.unwrap();
    world.sync().await;
    assert!(frozen.run_slice().await.is_err());
    let ended = (RunStatus::Succeeded, Level::Info, None);
    assert_eq!(the_end(&world).await, ended);
}

#[tokio::test]
async fn a_run_of_hints_ends_and_so_does_the_one_that_it_went_beyond() {
    let world = world();
    let store = world.store.clone();
    assert!(
        life(&world, Point::AfterCommit(3), &BTreeMap::new())
            .await
            .0
    );
    let named = BTreeMap::from([(CUSTOMER, vec![RecordId::from("0003")])]);
    let engine = world.engine_on(store.clone());
    let report = engine
        .sync(&world.flow(), &RunOptions::records(named))
        .await
        .unwrap();
    assert_eq!(report.run.trigger, Trigger::Webhook);
    let mut log = Log::default();
    log.drain(store.as_ref()).await;
    let runs = log.each_run_ended_once(&world, "").await;
    assert_eq!(runs.len(), 2);
    let hinted = log.of_run(report.run.id, EventName::RunStart)[0];
    assert_eq!(hinted.details["records"], 1);
    assert_eq!(hinted.details["entities"], serde_json::json!(["customer"]));
}

#[tokio::test]
async fn a_run_of_hints_that_name_nothing_ends_with_nothing_counted() {
    let world = world();
    let engine = world.engine_on(world.store.clone());
    let nothing = RunOptions::records(BTreeMap::new());
    engine.sync(&world.flow(), &nothing).await.unwrap();
    let ended = (RunStatus::Succeeded, Level::Info, None);
    assert_eq!(the_end(&world).await, ended);
}

#[tokio::test]
async fn a_run_that_only_settles_what_an_earlier_one_left_ends() {
    let world = World::new(keyed().marker(sync_core::MarkerSupport::Searchable));
    world.crm.insert(customer(1, "c1@example.com"));
    assert!(life(&world, Point::AfterSend(1), &BTreeMap::new()).await.0);
    // The record is gone from the source: all there is left to do is the lost answer.
    world.crm.remove(CUSTOMER, "0001");
    world.sync().await;
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    let runs = log.each_run_ended_once(&world, "").await;
    assert_eq!(runs.len(), 1);
    assert_eq!(log.of_run(runs[0].id, EventName::RunResume).len(), 1);
    assert_eq!(log.named(EventName::RecordCreate).len(), 1);
    assert_eq!(world.books.records(CUSTOMER).len(), 1);
}

#[tokio::test]
async fn the_run_of_a_flow_with_records_set_aside_outside_its_kinds_ends() {
    let world = world();
    world.crm.insert(invoice(1, 3));
    world.books.on_record(|op| {
        let bad = op.fields.text("name") == Some("Customer 3");
        bad.then(|| Error::new(ErrorKind::Validation, "no"))
    });
    let invoices = Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", world.books.clone())
        .entities([INVOICE])
        .build()
        .unwrap();
    sync(&world, &invoices).await;
    world.books.on_record(|_| None);
    sync(&world, &invoices).await;
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    let runs = log.each_run_ended_once(&world, "").await;
    assert_eq!(runs.len(), 2);
    assert_eq!(log.named(EventName::RecordCreate).len(), 2);
    assert!((world.books.journal().iter()).all(|applied| applied.action == Action::Create));
}
