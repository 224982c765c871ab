//! Bad records, lost answers, targets that are down.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use api_core::{Error, ErrorKind};
use sync_core::store::{ParkReason, RunStatus};
use sync_core::{Connector, Fault, FieldName, MarkerSupport, MemorySystem, StateStore, SyncError};

use crate::kit::{CUSTOMER, INVOICE, World, customer, invoice, total};

fn bad_vat() -> Error {
    Error::new(ErrorKind::Validation, "The VAT number is not valid.")
}

fn refuse_13(books: &MemorySystem) {
    books.on_record(|op| (op.fields.text("name") == Some("Customer 13")).then(bad_vat));
}

#[tokio::test]
async fn one_bad_record_in_a_batch_is_parked_with_the_remotes_words_and_lands_once_mended() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(50);
    refuse_13(&world.books);
    let counts = world.sync().await;
    assert_eq!((counts.created, counts.parked), (49, 1));
    let parked = world.parked().await;
    assert_eq!(parked[0].reason, ParkReason::Rejected);
    assert_eq!(parked[0].error.message, "The VAT number is not valid.");
    let again = world.sync().await;
    assert_eq!((again.unchanged, again.parked), (49, 1));
    assert_eq!(world.parked().await[0].attempts, 2);
    world
        .crm
        .edit(CUSTOMER, "0013", |fields| fields.set("name", "Mended"));
    let mended = world.sync().await;
    assert_eq!((mended.created, mended.parked), (1, 0));
    assert!(world.parked().await.is_empty());
}

#[tokio::test]
async fn a_batch_refused_as_a_whole_is_split_down_to_the_bad_record() {
    let books = MemorySystem::new([CUSTOMER, INVOICE]).all_or_nothing();
    let mut world = World::new(books).with_customers(50);
    refuse_13(&world.books);
    let batches = Arc::new(AtomicUsize::new(0));
    let seen = batches.clone();
    world.books.on_batch(move |_| {
        seen.fetch_add(1, Ordering::Relaxed);
        None
    });
    world.clock = api_core::ManualClock::auto_advance(api_core::Timestamp::now());
    let flow = sync_core::Flow::builder("push")
        .from("crm", world.crm.clone())
        .to("books", world.books.clone())
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let report = engine
        .sync(&flow, &sync_core::RunOptions::default())
        .await
        .unwrap();
    let counts = total(&report);
    assert_eq!((counts.created, counts.parked), (49, 1));
    assert!(batches.load(Ordering::Relaxed) <= 13, "{batches:?}");
}

#[tokio::test]
async fn a_target_that_is_down_ends_the_run_and_loses_nothing() {
    let world = World::new(MemorySystem::new([CUSTOMER, INVOICE])).with_customers(20);
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    world
        .books
        .on_batch(move |_| (seen.fetch_add(1, Ordering::Relaxed) >= 1).then_some(Fault::Refuse));
    let report = world.try_sync().await;
    assert!(
        matches!(report.error, Some(SyncError::Target { .. })),
        "{:?}",
        report.error
    );
    assert_eq!(report.run.status, RunStatus::Failed);
    let counts = total(&report);
    assert_eq!(counts.created, 7);
    assert_eq!(counts.skipped, 7);
    assert_eq!(
        world.store.open_intents(world.flow().name()).await.unwrap(),
        0
    );
    world.books.on_batch(|_| None);
    assert_eq!(world.sync().await.created, 13);
    assert_eq!(world.creates(), 20);
}

/// Loses every third answer, for a while.
fn lose_answers(books: &MemorySystem) {
    let calls = AtomicUsize::new(0);
    books.on_batch(move |_| match calls.fetch_add(1, Ordering::Relaxed) % 6 {
        1 => Some(Fault::LoseAnswer),
        3 => Some(Fault::Break),
        _ => None,
    });
}

async fn lost_answers_end_well(books: MemorySystem) {
    let world = World::new(books).with_customers(60);
    for i in 0..30 {
        world.crm.insert(invoice(i, i));
    }
    lose_answers(&world.books);
    let mut runs = 0;
    loop {
        let counts = world.sync().await;
        runs += 1;
        if counts.parked == 0 {
            break;
        }
        assert!(runs < 10, "{:?}", world.parked().await);
    }
    assert_eq!(world.creates(), 90, "after {runs} runs");
    assert_eq!(world.books.records(CUSTOMER).len(), 60);
    assert_eq!(
        world.store.open_intents(world.flow().name()).await.unwrap(),
        0
    );
    assert!(world.parked().await.is_empty());
    world.books.on_batch(|_| None);
    let last = world.sync().await;
    assert_eq!(last.unchanged, 90);
}

fn keyed() -> MemorySystem {
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
async fn lost_answers_end_well_where_the_target_knows_idempotency_keys() {
    let books = keyed()
        .marker(MarkerSupport::None)
        .idempotency(Duration::from_secs(86_400));
    lost_answers_end_well(books).await;
}

#[tokio::test]
async fn lost_answers_end_well_where_the_target_upserts_by_marker() {
    lost_answers_end_well(keyed().marker(MarkerSupport::Upsert)).await;
}

#[tokio::test]
async fn lost_answers_end_well_where_the_marker_can_be_searched() {
    lost_answers_end_well(keyed().marker(MarkerSupport::Searchable)).await;
}

#[tokio::test]
async fn lost_answers_end_well_where_one_kind_keeps_no_marker() {
    let books = keyed()
        .marker(MarkerSupport::Searchable)
        .can(CUSTOMER, |can| can.marked = false);
    assert_eq!(books.describe().marker_of(CUSTOMER), MarkerSupport::None);
    lost_answers_end_well(books).await;
}

#[tokio::test]
async fn lost_answers_end_well_where_only_natural_keys_can_be_searched() {
    lost_answers_end_well(keyed().marker(MarkerSupport::None)).await;
}

#[tokio::test]
async fn a_lost_answer_under_a_shared_key_goes_to_a_person_and_is_never_doubled() {
    let world = World::new(keyed().marker(MarkerSupport::None));
    world.crm.insert(customer(1, "shared@example.com"));
    world.crm.insert(customer(2, "shared@example.com"));
    world.crm.insert(customer(3, "own@example.com"));
    world.books.on_batch(|_| Some(Fault::LoseAnswer));
    let counts = world.sync().await;
    assert_eq!((counts.created, counts.parked), (1, 2));
    let parked = world.parked().await;
    assert!(
        parked
            .iter()
            .all(|row| row.reason == ParkReason::NeedsPerson),
        "{parked:?}"
    );
    world.books.on_batch(|_| None);
    let counts = world.sync().await;
    assert_eq!((counts.unchanged, counts.parked), (1, 2));
    assert_eq!(world.creates(), 3);
}

#[tokio::test]
async fn a_record_without_any_key_goes_to_a_person_when_its_answer_is_lost() {
    let world = World::new(MemorySystem::new([CUSTOMER]).marker(MarkerSupport::None));
    world.crm.insert(customer(1, ""));
    world.books.on_batch(|_| Some(Fault::Break));
    world.sync().await;
    let parked = world.parked().await;
    assert_eq!(parked[0].reason, ParkReason::NeedsPerson);
    assert!(
        parked[0].error.message.contains("no value in any field"),
        "{parked:?}"
    );
}

#[tokio::test]
async fn a_target_that_loses_every_answer_is_left_alone_after_a_few() {
    let world = World::new(keyed().marker(MarkerSupport::Searchable)).with_customers(60);
    world.books.on_batch(|_| Some(Fault::Break));
    let report = world.try_sync().await;
    assert_eq!(report.run.status, RunStatus::Failed);
    let counts = total(&report);
    assert!(counts.parked <= 27, "{counts:?}");
    world.books.on_batch(|_| None);
    world.sync().await;
    assert_eq!(world.creates(), 60);
    assert_eq!(world.books.records(CUSTOMER).len(), 60);
}

#[tokio::test]
async fn a_target_that_only_claims_to_keep_markers_is_found_out() {
    // It says that it can be searched by marker, and drops every marker.
    let world = World::new(
        keyed()
            .marker(MarkerSupport::None)
            .claim_marker(MarkerSupport::Searchable),
    )
    .with_customers(30);
    lose_answers(&world.books);
    for _ in 0..3 {
        world.sync().await;
    }
    assert_eq!(world.creates(), 30);
    assert_eq!(world.books.records(CUSTOMER).len(), 30);
}
