//! Two records of the source that are one in the target.

use sync_core::linking::{Decided, DecisionKind, LinkDecision, Refusal};
use sync_core::{Ref, StateStore};

use super::{books, customer, link};
use crate::kit::{CUSTOMER, INVOICE, World, invoice};

fn merge(target: &str) -> LinkDecision {
    LinkDecision::Link {
        target_id: target.into(),
        merge: true,
        replace: false,
    }
}

/// Two customers of the source, the first linked to `t`; each has an invoice.
async fn world() -> World {
    let world = World::new(books());
    world
        .crm
        .insert(customer("0001", &[("name", "De Zon"), ("email", "a@x.nl")]));
    world.books.insert(customer("t", &[("name", "De Zon")]));
    world.sync().await;
    assert_eq!(world.linked().await, [("0001".to_owned(), "t".to_owned())]);
    world
        .crm
        .insert(customer("0002", &[("name", "De Zon B.V."), ("phone", "2")]));
    world.crm.insert(invoice(1, 1));
    world.crm.insert(invoice(2, 2));
    world
}

#[tokio::test]
async fn two_customers_become_one_only_when_told_and_what_refers_to_either_lands_at_the_one() {
    let world = world().await;
    let refused = world.refused("0002", link("t")).await;
    assert_eq!(
        refused,
        Refusal::TargetTaken {
            source_id: "0001".into()
        }
    );
    let row = world.decide("0002", merge("t")).await;
    assert_eq!(row.kind, DecisionKind::Merge);
    let counts = world.sync().await;
    assert_eq!((counts.created, counts.skipped, counts.parked), (2, 1, 0));
    for invoice in world.books.records(INVOICE) {
        let to = invoice.fields.get("customer").as_ref_value().cloned();
        assert_eq!(to, Some(Ref::new(CUSTOMER, "t")));
    }
    let book = world.book("t");
    assert_eq!(
        (book.text("name"), book.text("phone")),
        (Some("De Zon"), None)
    );
    assert_eq!(world.books.records(CUSTOMER).len(), 1);
    let targets = world
        .store
        .targets(
            &"crm".into(),
            &"books".into(),
            CUSTOMER,
            &["0002".into(), "0001".into()],
        )
        .await
        .unwrap();
    assert_eq!(targets.len(), 2, "{targets:?}");
    let counts = world.sync().await;
    assert_eq!((counts.unchanged, counts.skipped), (3, 1));
}

#[tokio::test]
async fn an_edit_of_a_merged_record_is_not_written_and_the_other_goes_on() {
    let world = world().await;
    world.decide("0002", merge("t")).await;
    world.sync().await;
    world
        .crm
        .insert(customer("0002", &[("name", "Andere naam"), ("phone", "3")]));
    world
        .crm
        .insert(customer("0001", &[("name", "De Zon"), ("email", "b@x.nl")]));
    let counts = world.sync().await;
    assert_eq!((counts.updated, counts.skipped), (1, 1));
    let book = world.book("t");
    assert_eq!(
        (book.text("name"), book.text("email")),
        (Some("De Zon"), Some("b@x.nl"))
    );
}

#[tokio::test]
async fn a_merge_that_is_undone_lets_the_record_be_itself_again() {
    let world = world().await;
    world.decide("0002", merge("t")).await;
    world.sync().await;
    world.undone().await;
    let counts = world.sync().await;
    assert_eq!(counts.created, 1, "{counts:?}");
    assert_eq!(world.linked().await.len(), 2);
}

#[tokio::test]
async fn what_was_merged_can_be_taken_out_and_waits_for_a_person() {
    let world = world().await;
    world.decide("0002", merge("t")).await;
    world.decide("0002", LinkDecision::Unlink).await;
    let counts = world.sync().await;
    assert_eq!(
        counts.parked, 2,
        "the customer, and the invoice that refers to it: {counts:?}"
    );
    assert_eq!(world.books.records(INVOICE).len(), 1);
    world.decide("0002", LinkDecision::Create).await;
    assert_eq!(world.sync().await.created, 2);
    assert_eq!(world.linked().await.len(), 2);
}

#[tokio::test]
async fn a_record_with_a_link_of_its_own_is_merged_only_when_told_to_leave_it() {
    let world = world().await;
    world.sync().await;
    let refused = world.refused("0002", merge("t")).await;
    assert!(matches!(refused, Refusal::LinkedTo { .. }), "{refused:?}");
    let both = LinkDecision::Link {
        target_id: "t".into(),
        merge: true,
        replace: true,
    };
    let own = world.linked().await;
    world.decide("0002", both).await;
    assert_eq!(world.linked().await.len(), 1);
    world.undone().await;
    assert_eq!(world.linked().await, own);
}

#[tokio::test]
async fn a_target_that_was_taken_meanwhile_is_not_linked_again_by_an_undo() {
    let world = world().await;
    world.decide("0001", LinkDecision::Unlink).await;
    world.decide("0002", link("t")).await;
    let engine = world.engine_on(world.store.clone());
    let first = engine.undo_decision(&world.flow(), Some(1)).await.unwrap();
    let taken = Refusal::TargetTaken {
        source_id: "0002".into(),
    };
    assert_eq!(first, Decided::Refused(taken));
    world.undone().await;
    let first = engine.undo_decision(&world.flow(), Some(1)).await.unwrap();
    assert!(matches!(first, Decided::Done(_)), "{first:?}");
    let twice = engine.undo_decision(&world.flow(), Some(1)).await.unwrap();
    assert_eq!(twice, Decided::Refused(Refusal::Undone { id: 1 }));
    let unknown = engine.undo_decision(&world.flow(), Some(9)).await.unwrap();
    assert_eq!(unknown, Decided::Refused(Refusal::Unknown { id: 9 }));
}
