//! What follows from deliveries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sync_core::store::{RunStatus, Trigger};
use sync_core::{
    Cancel, Engine, EntityKind, Fields, Flow, MemoryStore, MemorySystem, Record, RecordId,
    RunOptions, StateStore,
};
use syncro_client::webhook::{Accepted, EventKind};
use tokio::sync::{Notify, Semaphore, mpsc};

use super::super::server::Missed;
use super::super::work::{Plan, Syncs, work};
use super::super::{Heard, Listened};
use super::told;
use crate::error::AppError;
use crate::report::SyncReport;

const CUSTOMER: EntityKind = EntityKind::Customer;

/// A sender and a target in memory.
struct World {
    crm: Arc<MemorySystem>,
    books: Arc<MemorySystem>,
    store: Arc<MemoryStore>,
}

impl World {
    fn new() -> Self {
        Self {
            crm: Arc::new(MemorySystem::new([CUSTOMER])),
            books: Arc::new(MemorySystem::new([CUSTOMER])),
            store: Arc::new(MemoryStore::new()),
        }
    }

    fn insert(&self, id: i64) {
        let fields = Fields::new().with("name", format!("Customer {id}"));
        let record = Record::new(CUSTOMER, id.to_string(), fields);
        self.crm.insert(record);
    }
}

#[async_trait]
impl Syncs for World {
    async fn sync(&self, flow: &str, options: RunOptions) -> Result<SyncReport, AppError> {
        let flow = Flow::builder(flow)
            .from("syncro", self.crm.clone())
            .to("books", self.books.clone())
            .build()
            .unwrap();
        let store: Arc<dyn StateStore> = self.store.clone();
        let report = Engine::new(store).sync(&flow, &options).await.unwrap();
        assert!(report.error.is_none(), "{:?}", report.error);
        Ok(SyncReport::of(report.run))
    }
}

fn plan(poll: Option<Duration>) -> (Plan, Arc<Notify>) {
    let poll_now = Arc::new(Notify::new());
    let plan = Plan {
        flows: vec![("push".to_owned(), vec![CUSTOMER])],
        poll,
        debounce: Duration::from_millis(20),
        poll_now: Arc::clone(&poll_now),
    };
    (plan, poll_now)
}

const HOUR: Option<Duration> = Some(Duration::from_secs(3_600));

/// What a listener says, and how it is asked to stop.
struct Ears {
    heard: mpsc::UnboundedReceiver<Heard>,
    deliveries: mpsc::Sender<Accepted>,
    missed: Arc<Missed>,
    cancel: Cancel,
}

impl Ears {
    async fn next_run(&mut self) -> (SyncReport, bool) {
        loop {
            if let Heard::Synced { report, poll } = self.heard.recv().await.unwrap() {
                return (*report, poll);
            }
        }
    }
}

/// Listens while the test does its part, and stops then.
async fn listening<T>(
    syncs: &dyn Syncs,
    plan: Plan,
    test: impl AsyncFnOnce(&mut Ears) -> T,
) -> (T, Listened) {
    let (deliveries, queue) = mpsc::channel(1_000);
    let (say, heard) = mpsc::unbounded_channel();
    let (missed, cancel) = (Arc::new(Missed::default()), Cancel::new());
    let mut ears = Ears {
        heard,
        deliveries,
        missed: Arc::clone(&missed),
        cancel: cancel.clone(),
    };
    let mut tell = |heard| {
        // Nobody listens any more once the test is over.
        drop(say.send(heard));
    };
    let work = work(syncs, plan, queue, missed, &cancel, &mut tell);
    let test = async {
        let done = test(&mut ears).await;
        ears.cancel.cancel();
        done
    };
    let (listened, done) = tokio::join!(work, test);
    (done, listened)
}

#[tokio::test]
async fn webhooks_come_twice_in_any_order_or_never_and_the_poll_repairs_what_was_lost() {
    let world = World::new();
    for id in 1..=100 {
        world.insert(id);
    }
    let (plan, poll_now) = plan(HOUR);
    let ((), listened) = listening(&world, plan, async |ears| {
        let (first, poll) = ears.next_run().await;
        assert!(poll);
        // Nobody listened before: what the first poll brings was not lost.
        assert_eq!(first.run.as_ref().unwrap().repaired, None);
        assert_eq!(first.total().created, 100);

        // Two hundred changes; every fifth is never told, the others in another order and some
        // twice.
        let changed: Vec<i64> = (1..=300).filter(|id| id % 3 != 0).collect();
        assert_eq!(changed.len(), 200);
        for id in &changed {
            if *id <= 100 {
                assert!(world.crm.edit(CUSTOMER, &id.to_string(), |fields| {
                    fields.set("name", format!("Customer {id} B.V."));
                }));
            } else {
                world.insert(*id);
            }
        }
        let lost: BTreeSet<i64> = changed.iter().copied().step_by(5).collect();
        let mut told_of: Vec<i64> = (changed.iter().copied())
            .filter(|id| !lost.contains(id))
            .collect();
        told_of.reverse();
        for id in &told_of {
            let new = told(&EventKind::CustomerCreated, *id);
            if id % 4 == 0 {
                let twice = Accepted::Duplicate(new.event().clone());
                ears.deliveries.send(twice).await.unwrap();
            }
            ears.deliveries.send(new).await.unwrap();
        }
        let mut brought = 0;
        while brought < told_of.len() as i64 {
            let (report, poll) = ears.next_run().await;
            assert!(!poll);
            assert_eq!(report.run.as_ref().unwrap().trigger, Trigger::Webhook);
            brought += report.total().created + report.total().updated;
        }
        assert_eq!(brought, told_of.len() as i64);

        poll_now.notify_one();
        let (report, poll) = ears.next_run().await;
        assert!(poll);
        assert_eq!(report.run.unwrap().repaired, Some(lost.len() as i64));
        poll_now.notify_one();
        let (report, _) = ears.next_run().await;
        assert_eq!(report.run.unwrap().repaired, Some(0));
    })
    .await;
    assert_eq!(listened.repaired, 40);
    assert_eq!(listened.deliveries, 160);
    assert!(listened.duplicates > 0);
    assert_eq!(listened.left, 0);
    let names = |system: &MemorySystem| -> BTreeSet<String> {
        (system.records(CUSTOMER).iter())
            .filter_map(|record| record.fields.text("name").map(str::to_owned))
            .collect()
    };
    assert_eq!(names(&world.books), names(&world.crm));
    assert_eq!(
        world.books.records(CUSTOMER).len(),
        world.crm.records(CUSTOMER).len()
    );
}

/// Notes what it is asked to run; the first runs wait to be let go, or fail.
#[derive(Default)]
struct Noted {
    asked: Mutex<Vec<RunOptions>>,
    gate: Option<Semaphore>,
    fails: AtomicUsize,
    announced: Mutex<Vec<bool>>,
}

#[async_trait]
impl Syncs for Noted {
    async fn sync(&self, flow: &str, options: RunOptions) -> Result<SyncReport, AppError> {
        if let Some(announced) = &options.repairing {
            let waits = announced.knows(CUSTOMER, &RecordId::from("77"));
            self.announced.lock().unwrap().push(waits);
        }
        self.asked.lock().unwrap().push(options);
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let failing = self
            .fails
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        match failing {
            Ok(_) => Err(AppError::Failed {
                message: "no".to_owned(),
                help: "wait".to_owned(),
            }),
            Err(_) => Ok(SyncReport {
                error: None,
                ..SyncReport::failed(flow.into(), AppError::Cancelled)
            }),
        }
    }
}

impl Noted {
    fn ids(&self) -> Vec<Option<BTreeSet<String>>> {
        let asked = self.asked.lock().unwrap();
        let ids = |hints: &BTreeMap<EntityKind, Vec<RecordId>>| {
            (hints.values().flatten())
                .map(|id| id.as_str().to_owned())
                .collect()
        };
        asked
            .iter()
            .map(|run| run.hints.as_ref().map(ids))
            .collect()
    }
}

#[tokio::test]
async fn a_burst_of_deliveries_makes_one_run_and_one_after_it() {
    let noted = Noted {
        gate: Some(Semaphore::new(0)),
        ..Noted::default()
    };
    let (plan, _) = plan(None);
    listening(&noted, plan, async |ears| {
        for id in 1..=50 {
            let event = told(&EventKind::CustomerCreated, id);
            ears.deliveries.send(event).await.unwrap();
        }
        for _ in 0..50 {
            let heard = ears.heard.recv().await.unwrap();
            assert!(matches!(heard, Heard::Delivery { .. }));
        }
        noted.gate.as_ref().unwrap().add_permits(2);
        ears.next_run().await;
        ears.next_run().await;
    })
    .await;
    let ids = noted.ids();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0].as_ref().unwrap().len(), 1);
    assert_eq!(ids[1].as_ref().unwrap().len(), 49);
}

#[tokio::test]
async fn hints_of_a_run_that_failed_are_tried_again() {
    let noted = Noted {
        fails: AtomicUsize::new(3),
        ..Noted::default()
    };
    let (plan, _) = plan(None);
    let ((), listened) = listening(&noted, plan, async |ears| {
        let event = told(&EventKind::CustomerCreated, 5);
        ears.deliveries.send(event).await.unwrap();
        for run in 0..4 {
            let (report, _) = ears.next_run().await;
            assert_eq!(report.error.is_some(), run < 3);
        }
    })
    .await;
    let five = Some(BTreeSet::from(["5".to_owned()]));
    assert_eq!(noted.ids(), vec![five; 4]);
    assert_eq!(listened.left, 0);
}

#[tokio::test]
async fn what_is_told_while_a_poll_runs_is_not_counted_as_repaired_by_it() {
    let noted = Noted {
        gate: Some(Semaphore::new(1)),
        ..Noted::default()
    };
    let (plan, poll_now) = plan(HOUR);
    listening(&noted, plan, async |ears| {
        let (_, poll) = ears.next_run().await;
        assert!(poll);
        // A run of hints is held up; meanwhile another record is told, and a poll is due.
        let event = told(&EventKind::CustomerCreated, 76);
        ears.deliveries.send(event).await.unwrap();
        while noted.asked.lock().unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
        poll_now.notify_one();
        noted.gate.as_ref().unwrap().add_permits(1);
        ears.next_run().await;
        while noted.asked.lock().unwrap().len() < 3 {
            tokio::task::yield_now().await;
        }
        let event = told(&EventKind::CustomerCreated, 77);
        ears.deliveries.send(event).await.unwrap();
        while !matches!(ears.heard.recv().await.unwrap(), Heard::Delivery { .. }) {}
        let options = noted.asked.lock().unwrap()[2].clone();
        let announced = options.repairing.unwrap();
        assert!(announced.knows(CUSTOMER, &RecordId::from("77")));
        assert!(!announced.knows(CUSTOMER, &RecordId::from("76")));
        noted.gate.as_ref().unwrap().add_permits(10);
        let (_, poll) = ears.next_run().await;
        assert!(poll);
        let (_, poll) = ears.next_run().await;
        assert!(!poll);
        assert!(!announced.knows(CUSTOMER, &RecordId::from("77")));
    })
    .await;
    assert_eq!(*noted.announced.lock().unwrap(), [false]);
}

#[tokio::test]
async fn a_first_poll_that_failed_was_none() {
    let noted = Noted {
        fails: AtomicUsize::new(1),
        ..Noted::default()
    };
    let (plan, poll_now) = plan(HOUR);
    listening(&noted, plan, async |ears| {
        for _ in 0..3 {
            ears.next_run().await;
            poll_now.notify_one();
        }
    })
    .await;
    let asked = noted.asked.lock().unwrap();
    let repairing: Vec<bool> = asked.iter().map(|run| run.repairing.is_some()).collect();
    assert_eq!(repairing[..3], [false, false, true]);
}

#[tokio::test]
async fn deliveries_that_had_to_be_left_out_bring_the_next_poll_forward() {
    let world = World::new();
    let (plan, _) = plan(HOUR);
    let ((), listened) = listening(&world, plan, async |ears| {
        ears.next_run().await;
        world.insert(1);
        world.insert(2);
        ears.missed.one_more();
        let mut deliveries = 0;
        loop {
            match ears.heard.recv().await.unwrap() {
                Heard::Overflow { deliveries: more } => deliveries += more,
                Heard::Synced { report, poll } => {
                    assert!(poll);
                    assert_eq!(report.run.unwrap().status, RunStatus::Succeeded);
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(deliveries, 1);
    })
    .await;
    assert_eq!(listened.repaired, 2);
    assert_eq!(world.books.records(CUSTOMER).len(), 2);
}

#[tokio::test]
async fn what_was_told_and_not_done_when_it_ends_is_counted() {
    let noted = Noted {
        gate: Some(Semaphore::new(0)),
        ..Noted::default()
    };
    let (plan, _) = plan(None);
    let ((), listened) = listening(&noted, plan, async |ears| {
        for id in 1..=5 {
            let event = told(&EventKind::CustomerCreated, id);
            ears.deliveries.send(event).await.unwrap();
        }
        while noted.asked.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        ears.cancel.cancel();
        noted.gate.as_ref().unwrap().add_permits(1);
    })
    .await;
    assert_eq!((listened.deliveries, listened.left), (5, 4));
}
