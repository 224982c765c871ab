//! Decisions about links, rules and suggestions.

use sync_core::EntityKind::{Contact, Customer};
use sync_core::linking::{Decided, DecisionKind, DecisionRow, LinkDecision, LinkRule, Refusal};
use sync_core::store::{Commit, LinkOrigin, ParkReason, ParkedFilter, ParkedRow};
use sync_core::{RecordId, RunId, StoreError};

use crate::help::*;

pub(super) fn to(target: &str) -> LinkDecision {
    LinkDecision::Link {
        target_id: target.into(),
        merge: false,
        replace: false,
    }
}

fn merge(target: &str) -> LinkDecision {
    LinkDecision::Link {
        target_id: target.into(),
        merge: true,
        replace: true,
    }
}

async fn decide(store: &Store, source: &str, decision: LinkDecision, s: i64) -> Decided {
    let record = (Customer, &RecordId::from(source));
    let decided = store.decide(&name("sync"), record, &decision, at(s)).await;
    decided.unwrap()
}

pub(super) async fn done(
    store: &Store,
    source: &str,
    decision: LinkDecision,
    s: i64,
) -> DecisionRow {
    match decide(store, source, decision, s).await {
        Decided::Done(row) => *row,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn undo(store: &Store, id: Option<i64>, s: i64) -> Decided {
    let undone = store.undo_decision(&name("sync"), id, at(s)).await;
    undone.unwrap()
}

async fn targets(store: &Store, wanted: &[&str]) -> Vec<(String, String)> {
    let (source, target) = connections();
    let found = store
        .targets(&source, &target, Customer, &ids(wanted))
        .await
        .unwrap();
    let mut found: Vec<(String, String)> = found
        .into_iter()
        .map(|(from, to)| (from.into_string(), to.into_string()))
        .collect();
    found.sort();
    found
}

pub(super) fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter()
        .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
        .collect()
}

async fn parked(store: &Store) -> Vec<ParkedRow> {
    let filter = ParkedFilter::default();
    store.parked(filter, None, 99).await.unwrap()
}

/// A flow that nobody holds, with customers 1 and 2 linked to a and b.
pub(super) async fn with_links(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let links = Commit {
        links: vec![link(Customer, "1", "a", run), link(Customer, "2", "b", run)],
        park: vec![park(Customer, "3", ParkReason::NeedsPerson, run)],
        ..Commit::at(at(1))
    };
    commit(store, &held, links).await;
    store.release(&held, None).await.unwrap();
}

pub(crate) async fn a_decision_is_stored_with_rules_base_parked_row_and_event(store: &Store) {
    with_links(store).await;
    let row = done(store, "3", to("c"), 5).await;
    assert_eq!((row.id, row.kind, row.at), (1, DecisionKind::Link, at(5)));
    assert_eq!(row.target_id, Some("c".into()));
    let links = store.links(&name("sync"), None, None, 9).await.unwrap();
    assert_eq!(links.len(), 3);
    assert_eq!(
        (links[2].origin, links[2].linked_at),
        (LinkOrigin::Manual, at(5))
    );
    // It waits for the next run and for nobody, with its first moment kept.
    let rows = parked(store).await;
    assert_eq!(
        (rows[0].reason, rows[0].first_at, rows[0].last_at),
        (ParkReason::Retry, at(1), at(5))
    );
    assert_eq!(rows[0].error.code.as_deref(), Some("decided"));
    let events = store.events(9).await.unwrap();
    assert_eq!((events.len(), events[0].event.as_str()), (1, "link.set"));

    // Another target: what was agreed with the first is forgotten.
    let both = LinkDecision::Link {
        target_id: "x".into(),
        merge: false,
        replace: true,
    };
    let row = done(store, "1", both, 6).await;
    assert_eq!(row.before.linked_to(), Some(&"a".into()));
    let known = store
        .known(&name("sync"), Customer, &ids(&["1", "2", "3"]))
        .await
        .unwrap();
    let one = &known["1"];
    assert_eq!(
        (one.base_hash, one.origin),
        (None, Some(LinkOrigin::Manual))
    );
    assert!(one.is_manual() && known["2"].base_hash.is_some());
    assert_eq!(
        targets(store, &["1", "2", "3"]).await,
        pairs(&[("1", "x"), ("2", "b"), ("3", "c")])
    );
    let decisions = store.decisions(&name("sync"), 9).await.unwrap();
    assert_eq!(
        decisions.iter().map(|row| row.id).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(decisions[0], row);
    assert_eq!(store.decisions(&name("sync"), 1).await.unwrap().len(), 1);
}

pub(crate) async fn rules_are_known_listed_and_keep_records_out(store: &Store) {
    with_links(store).await;
    for target in ["y", "x"] {
        let never = LinkDecision::Never {
            target_id: target.into(),
        };
        done(store, "1", never, 5).await;
    }
    done(store, "4", LinkDecision::LeaveOut, 6).await;
    done(store, "5", LinkDecision::Create, 7).await;
    done(store, "3", merge("b"), 8).await;
    let rules = store.rules(&name("sync"), Some(Customer)).await.unwrap();
    let listed: Vec<(&str, LinkRule)> = rules
        .iter()
        .map(|row| (row.source_id.as_str(), row.rule.clone()))
        .collect();
    assert_eq!(
        listed,
        [
            ("1", LinkRule::Never("x".into())),
            ("1", LinkRule::Never("y".into())),
            ("3", LinkRule::Merged("b".into())),
            ("4", LinkRule::LeaveOut),
            ("5", LinkRule::Create),
        ]
    );
    assert!(
        store
            .rules(&name("sync"), Some(Contact))
            .await
            .unwrap()
            .is_empty()
    );
    let wanted = ids(&["1", "3", "4", "5", "6"]);
    let known = store.known(&name("sync"), Customer, &wanted).await.unwrap();
    assert_eq!(known.len(), 4);
    assert_eq!(known["1"].rules.len(), 2);
    assert_eq!(known["1"].kept_out(), None);
    assert!(known["3"].kept_out().is_some());
    assert!(known["4"].kept_out().is_some());
    assert_eq!(known["5"].rules, [LinkRule::Create]);
    // A merged record is at its target for those that refer to it, and owns nothing there.
    assert_eq!(
        targets(store, &["2", "3", "4"]).await,
        pairs(&[("2", "b"), ("3", "b")])
    );
    let (source, target) = connections();
    let owners = store
        .sources(&source, &target, Customer, &ids(&["b"]))
        .await
        .unwrap();
    assert_eq!(owners, [("b".into(), "2".into())].into());
    assert!(
        parked(store)
            .await
            .iter()
            .all(|row| row.source_id.as_str() != "3")
    );
    let contacts = store.known(&name("sync"), Contact, &wanted).await.unwrap();
    assert!(contacts.is_empty());
}

pub(crate) async fn a_decision_is_undone_once_and_the_last_about_a_record_first(store: &Store) {
    with_links(store).await;
    let first = done(store, "1", LinkDecision::Unlink, 5).await;
    let second = done(store, "1", to("c"), 6).await;
    assert_eq!(
        undo(store, Some(first.id), 7).await,
        Decided::Refused(Refusal::Later { id: second.id })
    );
    let Decided::Done(row) = undo(store, None, 8).await else {
        panic!("not undone");
    };
    assert_eq!((row.id, row.undone_at), (second.id, Some(at(8))));
    assert!(targets(store, &["1"]).await.is_empty());
    assert!(matches!(undo(store, None, 9).await, Decided::Done(row) if row.id == first.id));
    let links = store.links(&name("sync"), None, None, 9).await.unwrap();
    assert_eq!(
        (links[0].target_id.as_str(), links[0].origin),
        ("a", LinkOrigin::Created)
    );
    assert_eq!(links[0].linked_at, at(1), "as it was");
    assert!(store.rules(&name("sync"), None).await.unwrap().is_empty());
    assert_eq!(
        undo(store, None, 10).await,
        Decided::Refused(Refusal::NothingToUndo)
    );
    let again = undo(store, Some(second.id), 10).await;
    assert_eq!(again, Decided::Refused(Refusal::Undone { id: second.id }));
    let unknown = undo(store, Some(99), 10).await;
    assert_eq!(unknown, Decided::Refused(Refusal::Unknown { id: 99 }));
    let decisions = store.decisions(&name("sync"), 9).await.unwrap();
    assert!(decisions.iter().all(|row| row.undone_at.is_some()));
}

pub(crate) async fn a_decision_that_is_refused_stores_nothing(store: &Store) {
    with_links(store).await;
    let taken = decide(
        store,
        "1",
        LinkDecision::Link {
            target_id: "b".into(),
            merge: false,
            replace: true,
        },
        5,
    )
    .await;
    assert_eq!(
        taken,
        Decided::Refused(Refusal::TargetTaken {
            source_id: "2".into()
        })
    );
    let linked = decide(store, "1", to("c"), 5).await;
    assert_eq!(
        linked,
        Decided::Refused(Refusal::LinkedTo {
            target_id: "a".into()
        })
    );
    let nothing = decide(store, "3", LinkDecision::Unlink, 5).await;
    assert_eq!(nothing, Decided::Refused(Refusal::NotLinked));
    let held = lease(claim(store, "sync", "us", 10).await);
    let open = Commit {
        open: vec![intent(Customer, "3", RunId::new(), 10)],
        ..Commit::at(at(10))
    };
    commit(store, &held, open).await;
    store.release(&held, None).await.unwrap();
    let doubt = decide(store, "3", to("c"), 11).await;
    assert_eq!(doubt, Decided::Refused(Refusal::InDoubt));
    assert!(store.decisions(&name("sync"), 9).await.unwrap().is_empty());
    assert!(store.events(9).await.unwrap().is_empty());
    assert_eq!(parked(store).await[0].reason, ParkReason::NeedsPerson);
    let record = (Customer, &RecordId::from("1"));
    let unknown = store
        .decide(&name("nobody"), record, &LinkDecision::LeaveOut, at(5))
        .await;
    assert!(
        matches!(unknown, Err(StoreError::UnknownFlow(_))),
        "{unknown:?}"
    );
    let unknown = store.undo_decision(&name("nobody"), None, at(5)).await;
    assert!(
        matches!(unknown, Err(StoreError::UnknownFlow(_))),
        "{unknown:?}"
    );
}

pub(crate) async fn nothing_is_decided_while_a_flow_between_the_two_is_held(store: &Store) {
    with_links(store).await;
    let mut other = setup("other");
    other.target = setup("sync").target;
    store.ensure_flow(&other, at(5)).await.unwrap();
    let held = lease(claim(store, "other", "a run", 5).await);
    let busy = decide(store, "1", LinkDecision::Unlink, 6).await;
    let until = at(65);
    let expected = Decided::Busy {
        flow: name("other"),
        owner: "a run".to_owned(),
        until,
    };
    assert_eq!(busy, expected);
    assert_eq!(undo(store, None, 65).await, expected);
    // The lease has run out: the decision is made, and the frozen process stores nothing more.
    done(store, "1", LinkDecision::Unlink, 66).await;
    let late = store.commit(&held, Commit::at(at(67))).await;
    assert!(
        matches!(late, Err(StoreError::LeaseLost { .. })),
        "{late:?}"
    );
    let row = store.flow(&name("other")).await.unwrap().unwrap();
    assert_eq!((row.lease_owner, row.crash_count), (None, 1));
    let again = lease(claim(store, "other", "the next", 70).await);
    commit(store, &again, Commit::at(at(71))).await;
}

pub(crate) async fn a_commit_leaves_a_manual_link_where_it_is(store: &Store) {
    with_links(store).await;
    done(store, "3", to("c"), 5).await;
    let held = lease(claim(store, "sync", "us", 6).await);
    let run = RunId::new();
    let found = Commit {
        links: vec![link(Customer, "3", "d", run), link(Customer, "1", "z", run)],
        ..Commit::at(at(7))
    };
    commit(store, &held, found).await;
    assert_eq!(
        targets(store, &["1", "3"]).await,
        pairs(&[("1", "z"), ("3", "c")])
    );
    let (source, target) = connections();
    let owners = store
        .sources(&source, &target, Customer, &ids(&["c", "d"]))
        .await
        .unwrap();
    assert_eq!(owners, [("c".into(), "3".into())].into());
    // A link that is free again can be taken by another.
    let next = Commit {
        links: vec![link(Customer, "4", "d", run)],
        ..Commit::at(at(8))
    };
    commit(store, &held, next).await;
}

pub(crate) async fn a_decision_holds_in_every_flow_between_the_two_systems(store: &Store) {
    store.ensure_flow(&setup("sync"), at(0)).await.unwrap();
    let more = sync_core::store::FlowSetup {
        name: name("more"),
        ..setup("sync")
    };
    store.ensure_flow(&more, at(0)).await.unwrap();
    let reasons = async || {
        let all = ParkedFilter::default();
        let rows = store.parked(all, None, 10).await.unwrap();
        let mut reasons: Vec<(String, ParkReason)> = rows
            .into_iter()
            .map(|row| (row.flow.to_string(), row.reason))
            .collect();
        reasons.sort_by(|a, b| a.0.cmp(&b.0));
        reasons
    };
    let both = |more: ParkReason, sync: ParkReason| {
        vec![("more".to_owned(), more), ("sync".to_owned(), sync)]
    };
    use ParkReason::{NeedsPerson, Retry};
    done(store, "1", to("a"), 1).await;
    // The other flow may never have met it.
    assert_eq!(reasons().await, [("sync".to_owned(), Retry)]);
    // It has no link in either: neither may make it anew.
    done(store, "1", LinkDecision::Unlink, 2).await;
    assert_eq!(reasons().await, both(NeedsPerson, NeedsPerson));
    undo(store, None, 3).await;
    assert_eq!(reasons().await, both(Retry, Retry));
    done(store, "1", LinkDecision::Unlink, 4).await;
    done(store, "1", LinkDecision::Create, 5).await;
    assert_eq!(reasons().await, both(Retry, Retry));
    done(store, "1", LinkDecision::LeaveOut, 6).await;
    assert_eq!(reasons().await, []);
}
