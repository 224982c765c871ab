//! Runs of the records that hints name, and polls that count what no hint had brought.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_core::{Error, ErrorKind};
use sync_core::store::{RunStatus, Trigger};
use sync_core::{
    Announced, ChangeSource, Cursor, EntityKind, Fault, Flow, MemorySystem, RecordId, RunOptions,
    RunReport, StateStore,
};

use crate::kit::{CUSTOMER, INVOICE, World, customer, invoice, total};

fn world(n: usize) -> World {
    World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(n)
}

fn hints(kind: EntityKind, ids: &[&str]) -> BTreeMap<EntityKind, Vec<RecordId>> {
    BTreeMap::from([(kind, ids.iter().map(|id| RecordId::from(*id)).collect())])
}

async fn run(world: &World, options: &RunOptions) -> RunReport {
    let engine = world.engine_on(world.store.clone());
    engine.sync(&world.flow(), options).await.unwrap()
}

fn names(world: &World) -> BTreeSet<String> {
    (world.books.records(CUSTOMER).iter())
        .filter_map(|record| record.fields.text("name").map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn a_run_of_hints_brings_what_they_name_and_nothing_else() {
    let world = world(9);
    let report = run(
        &world,
        &RunOptions::records(hints(CUSTOMER, &["0003", "0005", "0003"])),
    )
    .await;
    assert_eq!(report.run.trigger, Trigger::Webhook);
    assert_eq!(report.run.status, RunStatus::Succeeded);
    assert_eq!(report.run.repaired, None);
    let counts = total(&report);
    assert_eq!((counts.read, counts.created), (2, 2));
    let two = BTreeSet::from(["Customer 3".to_owned(), "Customer 5".to_owned()]);
    assert_eq!(names(&world), two);
    // Once more is an unchanged record; a change is an update.
    let again = run(&world, &RunOptions::records(hints(CUSTOMER, &["0003"]))).await;
    assert_eq!(total(&again).unchanged, 1);
    (world.crm).edit(CUSTOMER, "0003", |fields| {
        fields.set("name", "Customer 3 B.V.");
    });
    let again = run(&world, &RunOptions::records(hints(CUSTOMER, &["0003"]))).await;
    assert_eq!(total(&again).updated, 1);
    assert!(names(&world).contains("Customer 3 B.V."));
}

#[tokio::test]
async fn what_a_hinted_record_refers_to_comes_along() {
    let world = world(9);
    world.crm.insert(invoice(1, 5));
    let report = run(&world, &RunOptions::records(hints(INVOICE, &["0001"]))).await;
    assert_eq!(total(&report).created, 2);
    assert_eq!(names(&world), BTreeSet::from(["Customer 5".to_owned()]));
    assert_eq!(world.books.records(INVOICE).len(), 1);
}

#[tokio::test]
async fn a_run_of_hints_leaves_the_place_in_the_listing_where_it_is() {
    let mut world = world(0);
    let crm = MemorySystem::new([CUSTOMER, INVOICE]);
    world.crm = Arc::new(crm.can(CUSTOMER, |can| can.changes = ChangeSource::Feed));
    let world = world.with_customers(9);
    world.sync().await;
    let cursor = |of: EntityKind| {
        let store = world.store.clone();
        async move { store.cursor(&"push".into(), of).await.unwrap() }
    };
    let before = cursor(CUSTOMER).await;
    assert_eq!(before, Some(Cursor::new("0008")));
    world.crm.insert(customer(20, "c20@example.com"));
    world.crm.insert(customer(21, "c21@example.com"));
    run(&world, &RunOptions::records(hints(CUSTOMER, &["0021"]))).await;
    assert_eq!(cursor(CUSTOMER).await, before);
    // The record below the hinted one is not passed over.
    assert_eq!(world.sync().await.created, 1);
    assert_eq!(world.books.records(CUSTOMER).len(), 11);
}

#[tokio::test]
async fn a_hint_of_a_record_that_is_gone_or_of_another_kind_writes_nothing() {
    let world = world(3);
    world.sync().await;
    let mut named = hints(CUSTOMER, &["9999", "0001"]);
    named.insert(EntityKind::Ticket, vec!["7".into()]);
    world.crm.remove(CUSTOMER, "0001");
    let report = run(&world, &RunOptions::records(named)).await;
    let counts = total(&report);
    assert_eq!((counts.read, counts.skipped), (2, 2));
    assert_eq!(report.run.status, RunStatus::Succeeded);
    assert_eq!(world.books.records(CUSTOMER).len(), 3, "nothing is deleted");
    assert!(!report.run.counts.contains_key(&EntityKind::Ticket));
}

#[tokio::test]
async fn hints_that_name_nothing_the_flow_syncs_make_a_run_of_nothing() {
    let world = world(3);
    let named = hints(EntityKind::Ticket, &["7"]);
    let report = run(&world, &RunOptions::records(named)).await;
    assert_eq!(total(&report).read, 0);
    assert_eq!(report.run.status, RunStatus::Succeeded);
    assert!(world.books.records(CUSTOMER).is_empty());
}

#[tokio::test]
async fn a_hinted_record_that_the_target_refuses_is_set_aside_and_others_stay_so() {
    let world = world(3);
    world.books.on_record(|op| {
        (op.fields.text("name") != Some("Customer 2"))
            .then(|| Error::new(ErrorKind::Validation, "no"))
    });
    run(&world, &RunOptions::records(hints(CUSTOMER, &["0000"]))).await;
    let report = run(&world, &RunOptions::records(hints(CUSTOMER, &["0001"]))).await;
    assert_eq!(report.run.status, RunStatus::Partial);
    let counts = total(&report);
    assert_eq!(
        (counts.read, counts.parked),
        (1, 1),
        "the other is not tried again"
    );
    assert_eq!(world.parked().await.len(), 2);
    let third = run(&world, &RunOptions::records(hints(CUSTOMER, &["0002"]))).await;
    assert_eq!(total(&third).created, 1);
}

#[tokio::test]
async fn a_poll_counts_what_no_hint_had_brought() {
    let world = world(10);
    world.sync().await;
    for i in 10..20 {
        world.crm.insert(customer(i, &format!("c{i}@example.com")));
    }
    (world.crm).edit(CUSTOMER, "0002", |fields| {
        fields.set("name", "Customer 2 B.V.");
    });
    // Seven of the eleven changes were told; one of them waits still.
    let told = ["0010", "0011", "0012", "0013", "0014", "0015"];
    run(&world, &RunOptions::records(hints(CUSTOMER, &told))).await;
    let waits = Announced::new(|kind, id| kind == CUSTOMER && id.as_str() == "0016");
    let report = run(&world, &RunOptions::repairing(waits)).await;
    let counts = total(&report);
    assert_eq!((counts.created, counts.updated), (4, 1));
    assert_eq!(report.run.repaired, Some(4), "0017, 0018, 0019 and 0002");
    assert_eq!(report.run.trigger, Trigger::Schedule);
    let events = world.store.events(10_000).await.unwrap();
    let end = events.last().unwrap();
    assert!(end.message.ends_with("; 4 repaired."), "{}", end.message);

    let quiet = run(&world, &RunOptions::repairing(Announced::nothing())).await;
    assert_eq!(quiet.run.repaired, Some(0));
    assert_eq!(world.try_sync().await.run.repaired, None);
}

#[tokio::test]
async fn a_record_that_was_set_aside_and_passes_now_is_not_repaired() {
    let world = world(2);
    let refuses = Arc::new(AtomicBool::new(true));
    let refused = Arc::clone(&refuses);
    world.books.on_record(move |op| {
        (refused.load(Ordering::SeqCst) && op.fields.text("name") == Some("Customer 1"))
            .then(|| Error::new(ErrorKind::Validation, "not now"))
    });
    run(
        &world,
        &RunOptions::records(hints(CUSTOMER, &["0000", "0001"])),
    )
    .await;
    assert_eq!(world.parked().await.len(), 1);
    refuses.store(false, Ordering::SeqCst);
    world.crm.insert(customer(7, "c7@example.com"));
    let report = run(&world, &RunOptions::repairing(Announced::nothing())).await;
    assert_eq!(total(&report).created, 2);
    assert_eq!(report.run.repaired, Some(1));
}

#[tokio::test]
async fn hints_that_were_interrupted_go_on_and_the_poll_that_met_them_runs_after_them() {
    let world = world(500);
    let ids: Vec<String> = (0..450).map(|i| format!("{i:04}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (engine, flow) = (world.engine_on(world.store.clone()), world.flow());
    {
        // One slice, and the process is gone.
        let mut claimed = engine.claim(&flow).await.unwrap();
        let named = RunOptions::records(hints(CUSTOMER, &ids));
        claimed.begin(&named).await.unwrap();
        claimed.run_slice().await.unwrap();
        let lease = claimed.lease();
        (world.store.break_lease(&lease.flow, &lease.owner))
            .await
            .unwrap();
    }
    assert_eq!(world.books.records(CUSTOMER).len(), 200);
    let report = run(&world, &RunOptions::repairing(Announced::nothing())).await;
    // The hints that were left have had their own run: the poll repairs the other fifty.
    assert_eq!(report.run.repaired, Some(50));
    assert_eq!(total(&report).unchanged, 450);
    assert_eq!(world.books.records(CUSTOMER).len(), 500);
    assert_eq!(world.creates(), 500);
}

#[tokio::test]
async fn a_run_of_hints_ends_when_the_target_is_down_and_says_so() {
    let world = world(3);
    world.books.on_batch(|_| Some(Fault::Refuse));
    let report = run(&world, &RunOptions::records(hints(CUSTOMER, &["0001"]))).await;
    assert!(report.error.is_some());
    assert_eq!(report.run.status, RunStatus::Failed);
    assert_eq!(total(&report).skipped, 1);
}

#[tokio::test]
async fn runs_of_hints_do_not_keep_the_schedule_from_its_turn() {
    let world = world(3);
    let flow = || {
        Flow::builder("push")
            .from("crm", world.crm.clone())
            .to("books", world.books.clone())
            .every(Duration::from_secs(3600))
            .build()
            .unwrap()
    };
    let engine = world.engine_on(world.store.clone());
    engine.sync(&flow(), &RunOptions::default()).await.unwrap();
    let due = || async {
        let row = world.store.flow(&"push".into()).await.unwrap().unwrap();
        row.next_due
    };
    let before = due().await;
    assert!(before.is_some());
    world.clock.advance(Duration::from_secs(60));
    let named = RunOptions::records(hints(CUSTOMER, &["0001"]));
    engine.sync(&flow(), &named).await.unwrap();
    assert_eq!(due().await, before);
    let poll = RunOptions::repairing(Announced::nothing());
    engine.sync(&flow(), &poll).await.unwrap();
    assert!(due().await > before);
}
