//! What a person ruled out holds against lost answers and against what the target answers.

use sync_core::linking::LinkDecision;
use sync_core::store::ParkReason;
use sync_core::{Fault, Flow, MarkerSupport, RunOptions, StateStore};

use super::{books, customer};
use crate::kit::{CUSTOMER, World, total};

const VAT: (&str, &str) = ("vat_number", "NL123456789B01");

/// A target that keeps no marks and has one record with the VAT number of the source's.
fn world() -> World {
    let world = World::new(books().marker(MarkerSupport::None));
    world
        .crm
        .insert(customer("s", &[("name", "De Zon"), ("phone", "1"), VAT]));
    world
        .books
        .insert(customer("same", &[("name", "Zon"), VAT]));
    world
}

/// What becomes of the first batch: it is not done, or done, and nobody knows.
const LOST: [fn() -> Fault; 2] = [|| Fault::Break, || Fault::LoseAnswer];

fn first_batch_meets(world: &World, fault: fn() -> Fault) {
    let met = std::sync::atomic::AtomicBool::new(false);
    world.books.on_batch(move |_| {
        let first = !met.swap(true, std::sync::atomic::Ordering::Relaxed);
        first.then(fault)
    });
}

fn never(id: &str) -> LinkDecision {
    LinkDecision::Never {
        target_id: id.into(),
    }
}

#[tokio::test]
async fn a_lost_create_is_not_taken_for_the_record_that_was_ruled_out() {
    for (at, fault) in LOST.into_iter().enumerate() {
        let world = world();
        world.decide("s", never("same")).await;
        first_batch_meets(&world, fault);
        world.sync().await;
        world.sync().await;
        let linked = world.linked().await;
        assert_eq!(linked.len(), 1, "{at}: {linked:?}");
        assert_ne!(linked[0].1, "same", "{at}");
        assert_eq!(world.book("same").text("phone"), None, "{at}");
        assert_eq!(world.creates(), 1, "{at}");
    }
}

#[tokio::test]
async fn a_lost_create_that_a_person_asked_for_is_not_taken_for_one_that_was_there() {
    for (at, fault) in LOST.into_iter().enumerate() {
        let world = world();
        world.decide("s", LinkDecision::Create).await;
        first_batch_meets(&world, fault);
        world.sync().await;
        world.sync().await;
        assert_eq!(world.linked().await, [], "{at}");
        assert_eq!(world.book("same").text("name"), Some("Zon"), "{at}");
        let parked = world.parked().await;
        assert_eq!(parked.len(), 1, "{at}");
        assert_eq!(parked[0].reason, ParkReason::NeedsPerson, "{at}");
    }
}

#[tokio::test]
async fn a_lost_create_is_not_taken_for_another_company_with_its_number() {
    for (at, fault) in LOST.into_iter().enumerate() {
        let world = World::new(books().marker(MarkerSupport::None));
        let ours = [("number", "1001"), ("name", "Bakkerij De Zon")];
        let theirs = [("number", "1001"), ("name", "Garage Van Dam")];
        world.crm.insert(customer("s", &ours));
        world.books.insert(customer("theirs", &theirs));
        first_batch_meets(&world, fault);
        world.sync().await;
        world.sync().await;
        let name = Some("Garage Van Dam");
        assert_eq!(world.book("theirs").text("name"), name, "{at}");
        assert!(
            !world
                .linked()
                .await
                .contains(&("s".into(), "theirs".into()))
        );
        assert!(world.creates() <= 1, "{at}: {}", world.creates());
    }
}

#[tokio::test]
async fn a_record_that_was_unlinked_is_not_linked_again_by_its_mark() {
    for marker in [MarkerSupport::Upsert, MarkerSupport::Searchable] {
        let world = World::new(books().marker(marker));
        world.crm.insert(customer("s", &[("name", "De Zon")]));
        world.sync().await;
        let created = world.linked().await[0].1.clone();
        world.decide("s", LinkDecision::Unlink).await;
        let (flow, id) = ("push".into(), "s".into());
        world
            .store
            .retry_parked(&flow, CUSTOMER, &id)
            .await
            .unwrap();
        for _ in 0..2 {
            world.sync().await;
            let linked = world.linked().await;
            assert!(
                linked.iter().all(|(_, target)| *target != created),
                "{marker:?}: {linked:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_unlinked_in_one_flow_is_not_made_anew_by_another_between_the_same_systems() {
    let world = World::new(books().marker(MarkerSupport::None));
    world.crm.insert(customer("s", &[("name", "De Zon")]));
    world.sync().await;
    let other = Flow::builder("more")
        .from("crm", world.crm.clone())
        .to("books", world.books.clone())
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    let sync = || async { total(&engine.sync(&other, &RunOptions::default()).await.unwrap()) };
    sync().await;
    world.decide("s", LinkDecision::Unlink).await;
    for _ in 0..2 {
        assert_eq!(sync().await.parked, 1);
        assert_eq!(world.creates(), 1);
    }
    world.decide("s", LinkDecision::Create).await;
    assert_eq!(world.sync().await.created, 1);
    assert_eq!(sync().await.unchanged, 1);
    assert!(world.parked().await.is_empty());
}
