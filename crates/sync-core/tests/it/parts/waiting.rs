//! Records whose rest is of no use yet, because what they must refer to is set aside.

use sync_core::linking::{Decided, LinkDecision};
use sync_core::store::ParkReason;

use super::*;

/// Six invoices of three customers; the customer `0001` is left out by a person.
async fn left_out() -> (World, Arc<Listing>) {
    let world = world(6);
    let source = Listing::of(&world);
    let engine = world.engine_on(world.store.clone());
    let record = (CUSTOMER, &RecordId::from("0001"));
    let decided = engine
        .decide(&source.flow(&world), record, &LinkDecision::LeaveOut)
        .await
        .unwrap();
    assert!(matches!(decided, Decided::Done(_)), "{decided:?}");
    (world, source)
}

#[tokio::test]
async fn the_rest_of_what_waits_for_a_record_that_was_left_out_is_not_read() {
    let (world, source) = left_out().await;
    let counts = source.sync(&world).await;
    assert_eq!((counts.created, counts.parked), (6, 2), "{counts:?}");
    let read = counts.created + counts.unchanged + counts.skipped + counts.parked;
    assert_eq!(counts.read, read, "{counts:?}");
    assert_eq!(source.take_completed(), ["0000", "0002", "0003", "0005"]);
    for _ in 0..2 {
        let counts = source.sync(&world).await;
        assert_eq!((counts.unchanged, counts.parked), (6, 2), "{counts:?}");
        assert_eq!(source.take_completed(), Vec::<String>::new());
        let parked = world.parked().await;
        assert!(parked.iter().all(|row| row.reason == ParkReason::Waits));
    }
    let engine = world.engine_on(world.store.clone());
    engine
        .undo_decision(&source.flow(&world), None)
        .await
        .unwrap();
    assert_eq!(source.sync(&world).await.created, 3);
    assert_eq!(memos(&world)["F0004"], "memo 4");
    assert!(world.parked().await.is_empty());
    assert_eq!(source.sync(&world).await.unchanged, 9);
    source.take_completed();
    assert_eq!(source.sync(&world).await.unchanged, 9);
    assert_eq!(source.take_completed(), Vec::<String>::new());
}

#[tokio::test]
async fn the_rest_of_what_waits_for_a_person_is_read_once_the_person_has_decided() {
    let world = world(6);
    let source = Listing::of(&world);
    let flow = Flow::builder("push")
        .from("crm", source.clone())
        .to("books", world.books.clone())
        .ask_unmatched(true)
        .build()
        .unwrap();
    let engine = world.engine_on(world.store.clone());
    for _ in 0..2 {
        let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
        assert_eq!(total(&report).parked, 9);
        assert_eq!(source.take_completed(), Vec::<String>::new());
    }
    let mut planned = Vec::new();
    let tell = &mut |change: PlannedChange| planned.push(change);
    engine.plan(&flow, None, tell).await.unwrap();
    assert_eq!(source.take_completed(), Vec::<String>::new());
    let record = (CUSTOMER, &RecordId::from("0001"));
    engine
        .decide(&flow, record, &LinkDecision::Create)
        .await
        .unwrap();
    let report = engine.sync(&flow, &RunOptions::default()).await.unwrap();
    assert_eq!(total(&report).created, 3);
    assert_eq!(memos(&world)["F0001"], "memo 1");
}
