//! Writes that take several requests.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sync_core::store::ParkReason;
use sync_core::{Action, Fault, MarkerSupport, MemorySystem, StateStore, Value};

use crate::kit::{CUSTOMER, INVOICE, World, customer};

fn stepwise() -> MemorySystem {
    MemorySystem::new([CUSTOMER, INVOICE])
        .marker(MarkerSupport::Searchable)
        .batch(1)
        .search_delay(Duration::from_secs(1))
}

fn with_lines(world: &World, n: usize) {
    for i in 0..n {
        let mut record = customer(i, "a@example.com");
        let lines = (1..=5)
            .map(|line| Value::from(format!("line {line}")))
            .collect();
        record.fields.set("step_lines", Value::List(lines));
        world.crm.insert(record);
    }
}

fn steps_are_whole(world: &World, n: usize) {
    for record in world.books.records(CUSTOMER) {
        let steps: Vec<u16> = world
            .books
            .journal()
            .iter()
            .filter(|applied| applied.id == record.id)
            .filter_map(|applied| match applied.action {
                Action::Step { index, .. } => Some(index),
                _ => None,
            })
            .collect();
        let distinct: BTreeSet<u16> = steps.iter().copied().collect();
        assert_eq!(steps.len(), 5, "{steps:?}");
        assert_eq!(distinct, BTreeSet::from([1, 2, 3, 4, 5]));
    }
    assert_eq!(world.books.records(CUSTOMER).len(), n);
}

#[tokio::test]
async fn every_step_is_done_once_and_the_record_counts_once() {
    let world = World::new(stepwise());
    with_lines(&world, 3);
    let counts = world.sync().await;
    assert_eq!((counts.read, counts.created), (3, 3));
    steps_are_whole(&world, 3);
    assert_eq!(world.sync().await.unchanged, 3);
}

#[tokio::test]
async fn a_lost_answer_at_any_step_adds_only_what_is_missing() {
    for broken in 0..12 {
        for fault in [Fault::LoseAnswer, Fault::Break] {
            let world = World::new(stepwise());
            with_lines(&world, 2);
            let calls = AtomicUsize::new(0);
            let lost = fault.clone();
            world.books.on_batch(move |_| {
                (calls.fetch_add(1, Ordering::Relaxed) == broken).then(|| lost.clone())
            });
            for _ in 0..4 {
                world.sync().await;
            }
            steps_are_whole(&world, 2);
            assert_eq!(
                world.store.open_intents(world.flow().name()).await.unwrap(),
                0
            );
            assert!(
                world.parked().await.is_empty(),
                "{broken} {:?}",
                world.parked().await
            );
        }
    }
}

#[tokio::test]
async fn a_record_that_somebody_deletes_between_two_steps_is_set_aside_and_the_others_go_on() {
    let world = World::new(stepwise());
    with_lines(&world, 2);
    let books = world.books.clone();
    let deleted = AtomicUsize::new(0);
    // One of the two is deleted while its first step is under way, and nobody hears of it.
    world.books.on_batch(move |batch| {
        let Action::Step { id, .. } = &batch.ops.first()?.action else {
            return None;
        };
        if deleted.fetch_add(1, Ordering::Relaxed) > 0 {
            return None;
        }
        books.remove(CUSTOMER, id.as_str())?;
        Some(Fault::LoseAnswer)
    });
    for _ in 0..3 {
        world.sync().await;
    }
    let parked = world.parked().await;
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!(parked[0].reason, ParkReason::Gone);
    let open = world.store.open_intents(world.flow().name()).await.unwrap();
    assert_eq!(open, 0);
    steps_are_whole(&world, 1);
}
