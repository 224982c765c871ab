//! Flows, leases and fences.

use std::time::Duration;

use sync_core::EntityKind::Customer;
use sync_core::store::{Claim, Claimed, Commit, FlowSetup, FlowState, Lease, ParkedFilter};
use sync_core::{RunId, StoreError};

use crate::help::*;

pub(crate) async fn a_flow_is_made_known_once_and_takes_over_changed_settings(store: &Store) {
    store.ensure_flow(&setup("sync"), at(0)).await.unwrap();
    store.ensure_flow(&setup("sync"), at(9)).await.unwrap();
    let row = store.flow(&name("sync")).await.unwrap().unwrap();
    assert_eq!(row.next_due, Some(at(0)), "unchanged settings move nothing");
    assert_eq!(row.every, Some(Duration::from_secs(3600)));
    assert_eq!((row.seq, row.fence, row.crash_count), (0, 0, 0));
    assert_eq!((row.state, row.position), (FlowState::Idle, None));

    let changed = FlowSetup {
        source: "other".into(),
        every: None,
        ..setup("sync")
    };
    store.ensure_flow(&changed, at(20)).await.unwrap();
    let row = store.flow(&name("sync")).await.unwrap().unwrap();
    assert_eq!((row.every, row.next_due), (None, None));
    assert_eq!(row.source.as_str(), "other");

    store.ensure_flow(&setup("sync"), at(30)).await.unwrap();
    store.ensure_flow(&setup("audit"), at(30)).await.unwrap();
    let rows = store.flows().await.unwrap();
    assert_eq!(
        rows.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
        ["audit", "sync"]
    );
    assert_eq!(rows[1].next_due, Some(at(30)));
    assert_eq!(store.flow(&name("none")).await.unwrap(), None);
}

pub(crate) async fn a_flow_that_is_held_is_busy_and_an_expired_lease_can_be_taken(store: &Store) {
    let first = claimed(store, "sync").await;
    assert_eq!((first.owner.as_str(), first.starts), ("us", 1));
    let busy = Claimed::Busy {
        flow: name("sync"),
        owner: "us".to_owned(),
        until: at(60),
    };
    assert_eq!(claim(store, "sync", "them", 59).await, busy);
    assert_eq!(claim(store, "sync", "them", 60).await, busy);
    let second = lease(claim(store, "sync", "them", 61).await);
    assert_eq!((second.fence, second.starts), (first.fence + 1, 2));
    let row = store.flow(&name("sync")).await.unwrap().unwrap();
    assert_eq!(row.lease_owner.as_deref(), Some("them"));
    assert_eq!(row.lease_until, Some(at(121)));
}

pub(crate) async fn each_claim_has_a_higher_fence_and_the_older_lease_stores_nothing(
    store: &Store,
) {
    let run = RunId::new();
    let old = claimed(store, "sync").await;
    let new = lease(claim(store, "sync", "them", 100).await);
    assert!(new.fence > old.fence);

    let lost = store
        .commit(&old, everything(Customer, "1", "a", run))
        .await;
    assert!(matches!(lost, Err(StoreError::LeaseLost { flow }) if flow == name("sync")));
    assert!(matches!(
        store.renew(&old, at(101), TTL).await,
        Err(StoreError::LeaseLost { .. })
    ));
    assert!(matches!(
        store.release(&old, None).await,
        Err(StoreError::LeaseLost { .. })
    ));
    nothing_is_stored(store, run).await;
    let row = store.flow(&name("sync")).await.unwrap().unwrap();
    assert_eq!((row.seq, row.crash_count), (0, 2));
    assert_eq!(row.lease_until, Some(at(160)));
    commit(store, &new, everything(Customer, "1", "a", run)).await;
}

async fn nothing_is_stored(store: &Store, run: RunId) {
    let flow = name("sync");
    assert_eq!(store.open_intents(&flow).await.unwrap(), 0);
    assert_eq!(store.links(&flow, None, None, 9).await.unwrap(), []);
    let known = store.known(&flow, Customer, &ids(&["1", "2", "bad"])).await;
    assert!(known.unwrap().is_empty());
    let parked = store.parked(ParkedFilter::default(), None, 9).await;
    assert_eq!(parked.unwrap(), []);
    assert_eq!(store.events(9).await.unwrap(), []);
    assert_eq!(store.run(run).await.unwrap(), None);
    assert_eq!(store.cursor(&flow, Customer).await.unwrap(), None);
}

pub(crate) async fn the_flow_that_is_due_longest_is_claimed_first(store: &Store) {
    let due = |s| async move { store.claim(Claim::Due, "us", at(s), TTL).await.unwrap() };
    assert_eq!(due(0).await, Claimed::Nothing);
    store.ensure_flow(&setup("late"), at(20)).await.unwrap();
    store.ensure_flow(&setup("zeta"), at(10)).await.unwrap();
    store.ensure_flow(&setup("alfa"), at(10)).await.unwrap();
    let on_demand = FlowSetup {
        every: None,
        ..setup("hand")
    };
    store.ensure_flow(&on_demand, at(0)).await.unwrap();

    assert_eq!(due(9).await, Claimed::Nothing);
    assert_eq!(lease(due(30).await).flow, name("alfa"));
    assert_eq!(lease(due(30).await).flow, name("zeta"));
    let last = lease(due(30).await);
    assert_eq!(last.flow, name("late"));
    assert_eq!(due(30).await, Claimed::Nothing);

    store.release(&last, Some(at(50))).await.unwrap();
    assert_eq!(due(49).await, Claimed::Nothing);
    assert_eq!(lease(due(50).await).flow, name("late"));
    // Leases that ran out are for anybody.
    assert_eq!(lease(due(91).await).flow, name("alfa"));
}

pub(crate) async fn the_third_start_without_a_commit_breaks_a_flow_until_it_is_claimed_by_name(
    store: &Store,
) {
    store.ensure_flow(&setup("sync"), at(0)).await.unwrap();
    let state = || async { store.flow(&name("sync")).await.unwrap().unwrap().state };
    for (start, s) in [(1, 0), (2, 100), (3, 200)] {
        assert_eq!(state().await, FlowState::Idle);
        let claim = store.claim(Claim::Due, "us", at(s), TTL).await.unwrap();
        assert_eq!(lease(claim).starts, start);
    }
    assert_eq!(state().await, FlowState::Broken);
    let due = store.claim(Claim::Due, "us", at(300), TTL).await.unwrap();
    assert_eq!(due, Claimed::Nothing);

    let by_name = lease(claim(store, "sync", "us", 300).await);
    assert_eq!(by_name.starts, 1);
    assert_eq!(state().await, FlowState::Idle);
    // And by name it breaks again.
    assert_eq!(lease(claim(store, "sync", "us", 400).await).starts, 2);
    assert_eq!(lease(claim(store, "sync", "us", 500).await).starts, 3);
    assert_eq!(state().await, FlowState::Broken);
}

pub(crate) async fn a_commit_mends_the_count_of_starts(store: &Store) {
    claimed(store, "sync").await;
    claim(store, "sync", "us", 100).await;
    let third = lease(claim(store, "sync", "us", 200).await);
    let flow = || async { store.flow(&name("sync")).await.unwrap().unwrap() };
    assert_eq!(flow().await.state, FlowState::Broken);
    commit(store, &third, Commit::at(at(201))).await;
    let row = flow().await;
    assert_eq!(
        (row.state, row.crash_count),
        (FlowState::Broken, 3),
        "nothing got done yet"
    );
    let done = Commit {
        unpark: vec![(Customer, "1".into())],
        ..Commit::at(at(201))
    };
    commit(store, &third, done).await;
    let row = flow().await;
    assert_eq!((row.state, row.crash_count), (FlowState::Running, 0));
    assert_eq!(row.seq, 0, "neither a position nor a cursor");
    store.release(&third, Some(at(300))).await.unwrap();
    assert_eq!(flow().await.next_due, Some(at(300)));
}

pub(crate) async fn a_lease_is_renewed_released_and_broken(store: &Store) {
    let held = claimed(store, "sync").await;
    store.renew(&held, at(50), TTL).await.unwrap();
    let flow = || async { store.flow(&name("sync")).await.unwrap().unwrap() };
    assert_eq!(flow().await.lease_until, Some(at(110)));

    let other = store.break_lease(&name("sync"), "them").await.unwrap();
    assert!(!other);
    assert_eq!(flow().await.lease_owner.as_deref(), Some("us"));
    assert!(store.break_lease(&name("sync"), "us").await.unwrap());
    assert!(!store.break_lease(&name("sync"), "us").await.unwrap());
    assert!(!store.break_lease(&name("none"), "us").await.unwrap());
    assert!(matches!(
        store.commit(&held, Commit::at(at(51))).await,
        Err(StoreError::LeaseLost { .. })
    ));
    assert_eq!(flow().await.crash_count, 1, "a broken lease is no success");

    let held = lease(claim(store, "sync", "us", 52).await);
    store.release(&held, None).await.unwrap();
    let row = flow().await;
    assert_eq!((row.lease_owner, row.lease_until), (None, None));
    assert_eq!((row.next_due, row.crash_count), (None, 0));
    assert!(matches!(
        store.release(&held, None).await,
        Err(StoreError::LeaseLost { .. })
    ));
}

pub(crate) async fn an_unknown_flow_is_named(store: &Store) {
    let flow = name("none");
    let lease = Lease {
        flow: flow.clone(),
        owner: "us".to_owned(),
        fence: 1,
        starts: 1,
    };
    let errors = [
        store
            .claim(Claim::Flow(&flow), "us", at(0), TTL)
            .await
            .err(),
        store.renew(&lease, at(0), TTL).await.err(),
        store.release(&lease, None).await.err(),
        store.commit(&lease, Commit::at(at(0))).await.err(),
        store.known(&flow, Customer, &ids(&["1"])).await.err(),
    ];
    for error in errors {
        assert!(
            matches!(&error, Some(StoreError::UnknownFlow(named)) if *named == flow),
            "{error:?}"
        );
    }
    assert_eq!(store.links(&flow, None, None, 9).await.unwrap(), []);
    assert_eq!(store.intents(&flow, None, None, 9).await.unwrap(), []);
    let bases = store.bases(&flow, Customer, &ids(&["1"])).await.unwrap();
    assert!(bases.is_empty());
}

pub(crate) async fn of_two_flows_between_the_same_systems_only_one_is_held(store: &Store) {
    store.ensure_flow(&setup("sync"), at(0)).await.unwrap();
    let twin = FlowSetup {
        name: name("twin"),
        ..setup("sync")
    };
    store.ensure_flow(&twin, at(0)).await.unwrap();
    let held = lease(claim(store, "sync", "us", 10).await);
    let busy = Claimed::Busy {
        flow: name("sync"),
        owner: "us".to_owned(),
        until: at(70),
    };
    assert_eq!(claim(store, "twin", "them", 20).await, busy);
    let due = store.claim(Claim::Due, "them", at(20), TTL).await.unwrap();
    assert_eq!(due, Claimed::Nothing);
    store.release(&held, None).await.unwrap();
    lease(claim(store, "twin", "them", 20).await);
}
