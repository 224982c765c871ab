//! Customers that nothing certainly matches: asked about, with what may be the same.

use sync_core::EntityKind;
use sync_core::engine::PlannedAction;
use sync_core::linking::LinkDecision;
use sync_core::store::ParkReason;

use super::{books, customer, link};
use crate::kit::{CUSTOMER, INVOICE, World, invoice};

fn world() -> World {
    let world = World::new(books());
    world.crm.insert(customer(
        "0001",
        &[("name", "Bakkerij Janssen"), ("email", "a@x.nl")],
    ));
    world
        .crm
        .insert(customer("0002", &[("name", "Niemand Zoals Ik")]));
    world
        .crm
        .insert(customer("0003", &[("name", "Slagerij Smit")]));
    world.books.insert(customer(
        "t1",
        &[("name", "Bakkerij Jansen"), ("phone", "1")],
    ));
    world
        .books
        .insert(customer("t2", &[("name", "Garage Pietersen")]));
    world
        .books
        .insert(customer("t3", &[("name", "Slagerij Smit")]));
    world
}

#[tokio::test]
async fn with_ask_only_certain_matches_are_linked_and_nothing_is_created() {
    let world = world();
    world.crm.insert(invoice(1, 1));
    let counts = world.sync_with(|flow| flow.ask_unmatched(true)).await;
    assert_eq!((counts.created, counts.parked), (0, 3), "{counts:?}");
    assert_eq!(world.linked().await, [("0003".to_owned(), "t3".to_owned())]);
    let parked = world.parked().await;
    let reasons: Vec<_> = parked.iter().map(|row| (row.entity, row.reason)).collect();
    assert_eq!(
        reasons,
        [
            (CUSTOMER, ParkReason::NeedsPerson),
            (CUSTOMER, ParkReason::NeedsPerson),
            (INVOICE, ParkReason::Waits),
        ]
    );
    let suggested = world.suggested().await;
    assert_eq!(suggested.len(), 1, "{suggested:?}");
    let (source, target, score, why) = &suggested[0];
    assert_eq!((source.as_str(), target.as_str()), ("0001", "t1"));
    assert_eq!(why, "similar name");
    assert!((40..80).contains(score), "{score}");

    // One is linked, the other created; the invoice follows by itself.
    world.decide("0001", link("t1")).await;
    world.decide("0002", LinkDecision::Create).await;
    let counts = world.sync_with(|flow| flow.ask_unmatched(true)).await;
    assert_eq!(
        (counts.created, counts.updated, counts.parked),
        (2, 1, 0),
        "{counts:?}"
    );
    assert_eq!(world.book("t1").text("name"), Some("Bakkerij Janssen"));
    assert_eq!(world.books.records(CUSTOMER).len(), 4);
    assert!(world.parked().await.is_empty());
    assert!(world.suggested().await.is_empty());
}

#[tokio::test]
async fn with_ask_nothing_is_created_in_an_empty_target_either() {
    let world = World::new(books()).with_customers(9);
    let counts = world.sync_with(|flow| flow.ask_unmatched(true)).await;
    assert_eq!((counts.created, counts.parked), (0, 9));
    assert!(world.suggested().await.is_empty());
    assert_eq!(world.sync().await.parked, 9, "they wait for a person");
}

#[tokio::test]
async fn a_plan_tells_who_would_be_asked_about_and_who_is_left_out() {
    let world = world();
    world.decide("0002", LinkDecision::LeaveOut).await;
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow_with(|flow| flow.ask_unmatched(true));
    let mut parked = Vec::new();
    let report = engine
        .plan(&flow, None, &mut |change| {
            if change.action == PlannedAction::Park {
                parked.push(change.source_id.into_string());
            }
        })
        .await
        .unwrap();
    assert_eq!(parked, ["0001"]);
    let counts = report.counts[&CUSTOMER];
    assert_eq!((counts.created, counts.skipped, counts.parked), (0, 1, 1));
}

#[tokio::test]
async fn a_scan_compares_what_is_not_linked_and_forgets_what_was_ruled_out() {
    let world = world();
    world
        .crm
        .insert(customer("0004", &[("name", "Garage Pieterse")]));
    world.decide("0002", LinkDecision::LeaveOut).await;
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    let found = engine.suggest(&flow, CUSTOMER).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|s| s.source_id.as_str()).collect();
    assert_eq!(ids, ["0001", "0003", "0004"]);
    let best: Vec<&str> = found
        .iter()
        .map(|s| s.suggestions[0].target_id.as_str())
        .collect();
    assert_eq!(best, ["t1", "t3", "t2"]);
    assert_eq!(found[0].source_name.as_deref(), Some("Bakkerij Janssen"));
    assert_eq!(world.suggested().await.len(), 3);
    assert!(world.books.journal().is_empty(), "a scan writes nothing");

    let never = LinkDecision::Never {
        target_id: "t1".into(),
    };
    world.decide("0001", never).await;
    world.decide("0003", link("t3")).await;
    let left = world.suggested().await;
    assert_eq!(left.len(), 1, "{left:?}");
    let again = engine.suggest(&flow, CUSTOMER).await.unwrap();
    assert!(again[0].suggestions.is_empty(), "{again:?}");
    assert_eq!(again.len(), 2);
    let none = engine.suggest(&flow, EntityKind::Invoice).await.unwrap();
    assert!(none.is_empty());
}
