//! What a person decides holds against every match and through every sync, and can be undone.

use sync_core::linking::{Decided, LinkDecision, Refusal};
use sync_core::store::{
    Claim, Claimed, Commit, Intent, IntentState, LinkOrigin, ParkReason, Payload,
};
use sync_core::{Action, Fields, Lifecycle, Marker, OpId, Record, RunId, StateStore, Timestamp};

use super::{books, customer, link};
use crate::kit::{CUSTOMER, INVOICE, World};

/// One customer that the VAT number links to `same`, and another record, `other`.
fn world() -> World {
    let world = World::new(books());
    let ours = [
        ("name", "De Zon"),
        ("vat_number", "NL123456789B01"),
        ("phone", "1"),
    ];
    world.crm.insert(customer("s", &ours));
    let same = [("name", "De Zon"), ("vat_number", "NL123456789B01")];
    world.books.insert(customer("same", &same));
    world
        .books
        .insert(customer("other", &[("name", "Iemand anders")]));
    world
}

fn pair(source: &str, target: &str) -> Vec<(String, String)> {
    vec![(source.to_owned(), target.to_owned())]
}

#[tokio::test]
async fn a_manual_link_holds_against_a_match_that_contradicts_it_and_survives_syncs() {
    let world = world();
    world.decide("s", link("other")).await;
    for _ in 0..2 {
        world.sync().await;
        assert_eq!(world.linked().await, pair("s", "other"));
    }
    assert_eq!(world.book("other").text("name"), Some("De Zon"));
    assert_eq!(
        world.book("same").text("phone"),
        None,
        "nothing was written there"
    );
    let links = world
        .store
        .links(&"push".into(), None, None, 9)
        .await
        .unwrap();
    assert_eq!(links[0].origin, LinkOrigin::Manual);
    // What was there before is kept, as with any update.
    assert_eq!(
        world.store.changes()[0].before.text("name"),
        Some("Iemand anders")
    );
}

#[tokio::test]
async fn an_edit_after_a_manual_link_updates_that_target_alone() {
    let world = world();
    world.decide("s", link("other")).await;
    world.sync().await;
    let edited = [
        ("name", "De Zon"),
        ("vat_number", "NL123456789B01"),
        ("phone", "2"),
    ];
    world.crm.insert(customer("s", &edited));
    let before = world.books.journal().len();
    assert_eq!(world.sync().await.updated, 1);
    let journal = world.books.journal();
    let ids: Vec<&str> = journal[before..].iter().map(|w| w.id.as_str()).collect();
    assert_eq!(ids, ["other"]);
    assert_eq!(world.book("other").text("phone"), Some("2"));
    assert_eq!(world.creates(), 0);
}

#[tokio::test]
async fn a_link_to_another_target_brings_that_one_up_to_date() {
    let world = world();
    world.sync().await;
    assert_eq!(world.linked().await, pair("s", "same"));
    let refused = world.refused("s", link("other")).await;
    assert_eq!(
        refused,
        Refusal::LinkedTo {
            target_id: "same".into()
        }
    );
    let replace = LinkDecision::Link {
        target_id: "other".into(),
        merge: false,
        replace: true,
    };
    world.decide("s", replace).await;
    assert_eq!(world.sync().await.updated, 1);
    assert_eq!(world.book("other").text("phone"), Some("1"));
    assert_eq!(world.sync().await.unchanged, 1);
    world.undone().await;
    assert_eq!(world.linked().await, pair("s", "same"));
    assert_eq!(world.sync().await.unchanged, 1);
}

#[tokio::test]
async fn what_is_unlinked_waits_for_a_person_and_is_not_linked_again() {
    let world = world();
    world.sync().await;
    world.decide("s", LinkDecision::Unlink).await;
    for _ in 0..2 {
        let counts = world.sync().await;
        assert_eq!((counts.parked, counts.created), (1, 0));
        assert_eq!(world.linked().await, []);
    }
    let parked = world.parked().await;
    assert_eq!(parked[0].reason, ParkReason::NeedsPerson);
    assert_eq!(parked[0].error.code.as_deref(), Some("unlinked"));
    // Taken anew it is created: the pair is out of the question.
    let retried = world
        .store
        .retry_parked(&"push".into(), CUSTOMER, &"s".into())
        .await;
    assert!(retried.unwrap());
    assert_eq!(world.sync().await.created, 1);
    assert_ne!(world.linked().await, pair("s", "same"));
}

#[tokio::test]
async fn an_unlinking_is_undone() {
    let world = world();
    world.sync().await;
    world.decide("s", LinkDecision::Unlink).await;
    world.undone().await;
    assert_eq!(world.linked().await, pair("s", "same"));
    assert_eq!(world.sync().await.unchanged, 1);
    assert!(world.parked().await.is_empty());
}

#[tokio::test]
async fn a_pair_that_was_ruled_out_is_not_matched_until_that_is_undone() {
    let world = world();
    let never = LinkDecision::Never {
        target_id: "same".into(),
    };
    world.decide("s", never.clone()).await;
    assert_eq!(world.refused("s", never).await, Refusal::Already);
    let counts = world.sync().await;
    assert_eq!((counts.created, counts.updated), (1, 0));
    assert_ne!(world.linked().await, pair("s", "same"));
    assert_eq!(world.book("same").text("phone"), None);
    // What a sync made of it meanwhile stays.
    let linked = world.linked().await;
    world.undone().await;
    world.sync().await;
    assert_eq!(world.linked().await, linked);
}

#[tokio::test]
async fn of_two_matches_the_one_that_is_not_ruled_out_is_linked() {
    let world = world();
    let twin = [("name", "Twin"), ("vat_number", "NL123456789B01")];
    world.books.insert(customer("twin", &twin));
    assert_eq!(world.sync().await.parked, 1);
    let never = LinkDecision::Never {
        target_id: "twin".into(),
    };
    world.decide("s", never).await;
    assert_eq!(world.sync().await.updated, 1);
    assert_eq!(world.linked().await, pair("s", "same"));
    assert!(world.suggested().await.is_empty());
}

#[tokio::test]
async fn a_record_that_is_left_out_is_neither_created_nor_updated_until_that_is_undone() {
    let world = world();
    world.crm.insert(customer("new", &[("name", "Nieuw")]));
    world.sync().await;
    world.decide("s", LinkDecision::LeaveOut).await;
    world.crm.insert(customer(
        "s",
        &[("name", "De Maan"), ("vat_number", "NL123456789B01")],
    ));
    world.decide("later", LinkDecision::LeaveOut).await;
    world.crm.insert(customer("later", &[("name", "Later")]));
    let counts = world.sync().await;
    assert_eq!((counts.skipped, counts.unchanged), (2, 1));
    assert_eq!(world.book("same").text("name"), Some("De Zon"));
    world.undone().await;
    assert_eq!(world.sync().await.created, 1);
    world.undone().await;
    assert_eq!(world.sync().await.updated, 1);
    assert_eq!(world.book("same").text("name"), Some("De Maan"));
    assert_eq!(world.undo().await, Decided::Refused(Refusal::NothingToUndo));
}

#[tokio::test]
async fn a_record_that_is_none_of_the_targets_is_created_beside_them() {
    let world = world();
    let twin = [("name", "Twin"), ("vat_number", "NL123456789B01")];
    world.books.insert(customer("twin", &twin));
    assert_eq!(world.sync().await.parked, 1);
    world.decide("s", LinkDecision::Create).await;
    assert_eq!(world.sync().await.created, 1);
    let linked = world.linked().await;
    world.undone().await;
    assert_eq!(world.sync().await.unchanged, 1);
    assert_eq!(world.linked().await, linked, "what was created stays");
}

#[tokio::test]
async fn a_manual_link_to_a_booked_document_is_taken_as_it_is_and_never_written() {
    let books = books().can(INVOICE, |can| can.append_only = true);
    let world = World::new(books);
    let invoice = |id: &str, text: &str| {
        let fields = Fields::new().with("number", text).with("notes", id);
        Record::new(INVOICE, id, fields)
    };
    world.crm.insert(invoice("i", "F1"));
    world.books.insert(invoice("b", "2026-1"));
    let engine = world.engine_on(world.store.clone());
    let record = (INVOICE, &"i".into());
    let decided = engine
        .decide(&world.flow(), record, &link("b"))
        .await
        .unwrap();
    assert!(matches!(decided, Decided::Done(_)), "{decided:?}");
    assert_eq!(world.sync().await.unchanged, 1);
    assert_eq!(world.sync().await.unchanged, 1);
    assert!(world.books.journal().is_empty());
    // What changes in the source later is drift, as with any booked document.
    world.crm.insert(invoice("i", "F2"));
    assert_eq!(world.sync().await.parked, 1);
    assert_eq!(world.parked().await[0].reason, ParkReason::Refused);
}

#[tokio::test]
async fn nothing_is_decided_while_a_run_holds_the_flow_and_nothing_stored_by_one_that_lost_it() {
    let world = world();
    world.sync().await;
    let (flow, now) = ("push".into(), Timestamp::now());
    let ttl = std::time::Duration::from_secs(3600);
    let claim = world
        .store
        .claim(Claim::Flow(&flow), "a run", now, ttl)
        .await;
    let Claimed::Lease(lease) = claim.unwrap() else {
        panic!("not claimed");
    };
    let busy = world.try_decide("s", &LinkDecision::Unlink).await;
    assert!(
        matches!(&busy, Decided::Busy { owner, .. } if owner == "a run"),
        "{busy:?}"
    );
    assert!(matches!(world.undo().await, Decided::Busy { .. }));
    assert_eq!(world.linked().await, pair("s", "same"));
    // Its lease runs out while it is frozen: the decision goes before what it still wants to say.
    world
        .store
        .renew(&lease, Timestamp::from_seconds(0), ttl)
        .await
        .unwrap();
    world.decide("s", LinkDecision::Unlink).await;
    let late = world.store.commit(&lease, Default::default()).await;
    assert!(late.is_err(), "{late:?}");
}

#[tokio::test]
async fn nothing_is_decided_about_a_record_whose_write_is_in_doubt() {
    let world = world();
    let (flow, now) = ("push".into(), Timestamp::now());
    world.decide("s", LinkDecision::LeaveOut).await;
    world.undone().await;
    let ttl = std::time::Duration::from_secs(60);
    let claim = world
        .store
        .claim(Claim::Flow(&flow), "a run", now, ttl)
        .await;
    let Claimed::Lease(lease) = claim.unwrap() else {
        panic!("not claimed");
    };
    // A process planned to create it, and died.
    let intent = Intent {
        op: OpId::new(),
        run: RunId::new(),
        entity: CUSTOMER,
        source_id: "s".into(),
        action: Action::Create,
        marker: Marker::of("crm", CUSTOMER, &"s".into()),
        batch_key: "batch-1".to_owned(),
        payload: Payload {
            fields: Fields::new().with("vat_number", "NL123456789B01"),
            changed: None,
            before: None,
            lifecycle: Lifecycle::Active,
            part: None,
            events: Vec::new(),
        },
        state: IntentState::Open,
        at: now,
    };
    let open = Commit {
        open: vec![intent],
        ..Commit::at(now)
    };
    world.store.commit(&lease, open).await.unwrap();
    world.store.release(&lease, None).await.unwrap();
    assert_eq!(world.refused("s", link("other")).await, Refusal::InDoubt);
    assert_eq!(
        world.refused("s", LinkDecision::LeaveOut).await,
        Refusal::InDoubt
    );
    // The next run settles it.
    world.sync().await;
    let linked = world.linked().await;
    assert_eq!(linked.len(), 1);
    let refused = world.refused("s", link("other")).await;
    let target_id = linked[0].1.as_str().into();
    assert_eq!(refused, Refusal::LinkedTo { target_id });
}

#[tokio::test]
async fn every_decision_is_told_with_the_records_it_is_about() {
    let world = world();
    world.decide("s", link("other")).await;
    world.undone().await;
    world.decide("s", LinkDecision::LeaveOut).await;
    world.decide("s", LinkDecision::Create).await;
    world.decide("s", link("same")).await;
    world.decide("s", LinkDecision::Unlink).await;
    let events = world.store.events(100).await.unwrap();
    let told: Vec<(&str, Option<&str>)> = events
        .iter()
        .map(|event| {
            (
                event.event.as_str(),
                event.target.as_ref().map(|id| id.as_str()),
            )
        })
        .collect();
    let other = Some("other");
    assert_eq!(
        told,
        [
            ("link.set", other),
            ("link.undo", other),
            ("link.ignore", None),
            ("link.create", None),
            ("link.set", Some("same")),
            ("link.remove", Some("same")),
        ]
    );
    assert!(events.iter().all(|event| event.record == Some("s".into())));
}

#[tokio::test]
async fn a_record_that_is_not_listed_again_is_taken_after_a_decision_and_after_a_retry() {
    let world = world();
    let twin = [("name", "Twin"), ("vat_number", "NL123456789B01")];
    world.books.insert(customer("twin", &twin));
    assert_eq!(world.sync().await.parked, 1);
    // From now on the source lists nothing: its record has not changed.
    let (flow, now) = ("push".into(), Timestamp::now());
    let ttl = std::time::Duration::from_secs(60);
    let after_all = async || {
        let claim = world.store.claim(Claim::Flow(&flow), "us", now, ttl).await;
        let Claimed::Lease(lease) = claim.unwrap() else {
            panic!("not claimed");
        };
        let moved = Commit {
            cursors: vec![(CUSTOMER, Some("zzz".into()))],
            ..Commit::at(now)
        };
        world.store.commit(&lease, moved).await.unwrap();
        world.store.release(&lease, None).await.unwrap();
    };
    after_all().await;
    let retried = world.store.retry_parked(&flow, CUSTOMER, &"s".into()).await;
    assert!(retried.unwrap());
    assert_eq!(world.sync().await.parked, 1, "it was looked for again");
    assert_eq!(world.parked().await[0].reason, ParkReason::NeedsPerson);
    after_all().await;
    world.decide("s", link("twin")).await;
    assert_eq!(world.parked().await[0].reason, ParkReason::Retry);
    assert_eq!(world.sync().await.updated, 1);
    assert_eq!(world.linked().await, pair("s", "twin"));
    assert!(world.parked().await.is_empty());
}
