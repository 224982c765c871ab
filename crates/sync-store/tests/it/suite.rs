//! What every store promises. Each promise gets an empty store.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sync_core::EntityKind::{Contact, Customer, Invoice, Lead};
use sync_core::store::{
    Claim, Claimed, Commit, Counts, FlowSetup, FlowState, IntentState, Known, Lease, LinkOrigin,
    LinkUpdate, ParkReason, ParkedFilter, Payload, Phase, Position, RunStatus,
};
use sync_core::{
    Action, ConnectionName, EntityKind, FieldName, Fields, Lifecycle, OpId, RecordId, Ref, RunId,
    StateStore, StoreError, Value,
};

use crate::help::*;

type Store = dyn StateStore;

fn connections() -> (ConnectionName, ConnectionName) {
    ("crm".into(), "smart".into())
}

async fn commit(store: &Store, lease: &Lease, commit: Commit) {
    store.commit(lease, commit).await.unwrap();
}

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

pub(crate) async fn runs_start_and_end_and_move_the_flow(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let flow = || async { store.flow(&name("sync")).await.unwrap().unwrap() };
    let position = Position {
        run,
        entities: vec![Customer, Contact],
        phase: Phase::Read,
        cursor: Some("page-2".into()),
    };
    let start = Commit {
        start_run: Some(run_row(run, "sync", 1)),
        position: Some(position.clone()),
        ..Commit::at(at(1))
    };
    commit(store, &held, start).await;
    let row = flow().await;
    assert_eq!((row.state, row.seq), (FlowState::Running, 1));
    assert_eq!(row.position, Some(position.clone()));
    assert_eq!(
        store.run(run).await.unwrap().unwrap(),
        run_row(run, "sync", 1)
    );

    // A commit without a position leaves it.
    commit(store, &held, Commit::at(at(2))).await;
    assert_eq!(flow().await.position, Some(position));
    assert_eq!(flow().await.seq, 1);

    let end = Commit {
        cursors: vec![(Customer, None)],
        end_run: Some((run, RunStatus::Partial, Some("2 are parked".to_owned()))),
        ..Commit::at(at(9))
    };
    commit(store, &held, end).await;
    let row = flow().await;
    assert_eq!(
        (row.state, row.position, row.seq),
        (FlowState::Idle, None, 2)
    );
    let ended = store.run(run).await.unwrap().unwrap();
    assert_eq!(ended.status, RunStatus::Partial);
    assert_eq!(ended.ended_at, Some(at(9)));
    assert_eq!(ended.message.as_deref(), Some("2 are parked"));
}

pub(crate) async fn counts_add_up_and_belong_to_known_runs_only(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let one = Counts {
        read: 7,
        created: 1,
        updated: 1,
        unchanged: 1,
        skipped: 1,
        parked: 2,
        failed: 1,
    };
    let first = Commit {
        run: Some(run),
        start_run: Some(run_row(run, "sync", 1)),
        counts: vec![(Customer, one), (Contact, one)],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;
    let again = Commit {
        run: Some(run),
        counts: vec![(Customer, one), (Customer, one)],
        ..Commit::at(at(2))
    };
    commit(store, &held, again).await;
    let nobody = Commit {
        run: Some(RunId::new()),
        counts: vec![(Customer, one)],
        ..Commit::at(at(3))
    };
    commit(store, &held, nobody).await;
    let mut three = one;
    three += one;
    three += one;
    let counts = store.run(run).await.unwrap().unwrap().counts;
    assert_eq!(counts, BTreeMap::from([(Customer, three), (Contact, one)]));
    assert!(counts[&Customer].reconcile());
    assert_eq!(store.runs(None, 9).await.unwrap().len(), 1);
}

pub(crate) async fn runs_are_listed_newest_first(store: &Store) {
    let held = claimed(store, "sync").await;
    let other = claimed(store, "audit").await;
    let runs: Vec<RunId> = (0..4).map(|_| RunId::new()).collect();
    for (n, run) in runs.iter().enumerate() {
        let (flow, lease) = if n == 2 {
            ("audit", &other)
        } else {
            ("sync", &held)
        };
        let start = Commit {
            run: Some(*run),
            start_run: Some(run_row(*run, flow, n as i64)),
            counts: vec![(
                Lead,
                Counts {
                    read: n as i64 + 1,
                    skipped: n as i64 + 1,
                    ..Counts::default()
                },
            )],
            ..Commit::at(at(n as i64))
        };
        commit(store, lease, start).await;
    }
    let all = store.runs(None, 3).await.unwrap();
    let listed: Vec<RunId> = all.iter().map(|run| run.id).collect();
    assert_eq!(listed, [runs[3], runs[2], runs[1]]);
    assert_eq!(all[1].flow, name("audit"));
    let read: Vec<i64> = all.iter().map(|run| run.counts[&Lead].read).collect();
    assert_eq!(read, [4, 3, 2]);
    let of_sync = store.runs(Some(&name("sync")), 9).await.unwrap();
    let listed: Vec<RunId> = of_sync.iter().map(|run| run.id).collect();
    assert_eq!(listed, [runs[3], runs[1], runs[0]]);
    assert_eq!(store.run(RunId::new()).await.unwrap(), None);
}

pub(crate) async fn intents_are_replaced_closed_and_marked_unknown(store: &Store) {
    let held = claimed(store, "sync").await;
    let flow = name("sync");
    let run = RunId::new();
    let mut first = intent(Customer, "1", run, 1);
    first.action = Action::Step {
        id: "a".into(),
        index: 2,
    };
    let second = intent(Contact, "2", run, 1);
    let mut third = intent(Customer, "3", run, 1);
    third.payload = Payload {
        fields: content("3"),
        changed: Some(BTreeSet::from([FieldName::new("name")])),
        before: Some(content("old")),
        lifecycle: Lifecycle::Ended,
    };
    let open = Commit {
        open: vec![third.clone(), first.clone(), second.clone()],
        ..Commit::at(at(1))
    };
    commit(store, &held, open).await;
    let list = |entity, after, limit| {
        let flow = flow.clone();
        async move { store.intents(&flow, entity, after, limit).await.unwrap() }
    };
    let all = [first.clone(), second.clone(), third.clone()];
    assert_eq!(list(None, None, 9).await, all);
    assert_eq!(list(None, None, 2).await, all[..2]);
    assert_eq!(list(None, Some(second.op), 9).await, all[2..]);
    assert_eq!(
        list(Some(Customer), None, 9).await,
        [first.clone(), third.clone()]
    );
    assert_eq!(store.open_intents(&flow).await.unwrap(), 3);

    let mut replaced = first.clone();
    replaced.action = Action::Update { id: "a".into() };
    replaced.batch_key = "another".to_owned();
    replaced.at = at(5);
    let next = Commit {
        open: vec![replaced.clone()],
        close: vec![second.op, OpId::new()],
        unknown: vec![third.op, OpId::new()],
        ..Commit::at(at(6))
    };
    commit(store, &held, next).await;
    third.state = IntentState::Unknown;
    third.at = at(6);
    assert_eq!(list(None, None, 9).await, [replaced.clone(), third.clone()]);

    let close = Commit {
        close: vec![replaced.op, third.op],
        ..Commit::at(at(7))
    };
    commit(store, &held, close).await;
    assert_eq!(store.open_intents(&flow).await.unwrap(), 0);
}

pub(crate) async fn links_go_both_ways_and_keep_their_origin(store: &Store) {
    let held = claimed(store, "sync").await;
    let (source, target) = connections();
    let run = RunId::new();
    let first = Commit {
        links: vec![
            link(Customer, "1", "a", run),
            // The same ids of another kind are other records.
            link(Contact, "1", "a", run),
        ],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;
    let mut again = link(Customer, "1", "a", run);
    again.origin = LinkOrigin::Matched;
    let second = Commit {
        links: vec![again],
        ..Commit::at(at(2))
    };
    commit(store, &held, second).await;

    let wanted = ids(&["1", "2", "1"]);
    let there = store.targets(&source, &target, Customer, &wanted).await;
    assert_eq!(there.unwrap(), [("1".into(), "a".into())].into());
    let back = store
        .sources(&source, &target, Customer, &ids(&["a", "b"]))
        .await;
    assert_eq!(back.unwrap(), [("a".into(), "1".into())].into());
    let turned = store.targets(&target, &source, Customer, &wanted).await;
    assert!(turned.unwrap().is_empty());
    let nobody = ConnectionName::new("nobody");
    let none = store.sources(&nobody, &target, Customer, &wanted).await;
    assert!(none.unwrap().is_empty());
    let none = store.targets(&source, &target, Customer, &[]).await;
    assert!(none.unwrap().is_empty());

    let rows = store
        .links(&name("sync"), Some(Customer), None, 9)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].origin, LinkOrigin::Created, "kept as it was");
    assert_eq!(rows[0].linked_at, at(1));
    assert_eq!(rows[0].synced_at, Some(at(2)));
}

pub(crate) async fn a_target_that_is_taken_rolls_everything_back(store: &Store) {
    let held = claimed(store, "sync").await;
    let (source, target) = connections();
    let run = RunId::new();
    let first = Commit {
        links: vec![link(Customer, "9", "taken", run)],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;

    let mut whole = everything(Customer, "1", "a", run);
    whole.links.extend((0..100).map(|n| {
        let id = format!("n{n}");
        link(Customer, &id, &format!("t{n}"), run)
    }));
    whole.links.push(link(Customer, "2", "taken", run));
    whole.links.push(link(Customer, "3", "c", run));
    let refused = store.commit(&held, whole).await;
    assert!(
        matches!(&refused, Err(StoreError::LinkTaken { entity: Customer, target_id })
            if target_id.as_str() == "taken"),
        "{refused:?}"
    );
    let wanted = ids(&["1", "2", "3", "n0", "n99", "9"]);
    let there = store.targets(&source, &target, Customer, &wanted).await;
    assert_eq!(there.unwrap(), [("9".into(), "taken".into())].into());
    assert_eq!(store.open_intents(&name("sync")).await.unwrap(), 0);
    assert_eq!(store.events(9).await.unwrap(), []);
    assert_eq!(store.run(run).await.unwrap(), None);
    let cursor = store.cursor(&name("sync"), Customer).await.unwrap();
    assert_eq!(cursor, None);
    let row = store.flow(&name("sync")).await.unwrap().unwrap();
    assert_eq!((row.seq, row.state), (0, FlowState::Idle));
    // The store is fit for the next commit.
    commit(store, &held, everything(Customer, "1", "a", run)).await;
}

pub(crate) async fn two_links_of_one_commit_cannot_take_the_same_target(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let both = Commit {
        links: vec![link(Customer, "1", "a", run), link(Customer, "2", "a", run)],
        ..Commit::at(at(1))
    };
    let refused = store.commit(&held, both).await;
    assert!(matches!(refused, Err(StoreError::LinkTaken { .. })));
    let rows = store.links(&name("sync"), None, None, 9).await.unwrap();
    assert_eq!(rows, []);
}

pub(crate) async fn a_link_can_move_and_what_it_leaves_is_free(store: &Store) {
    let held = claimed(store, "sync").await;
    let (source, target) = connections();
    let run = RunId::new();
    let first = Commit {
        links: vec![link(Customer, "1", "a", run)],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;
    let mut moved = link(Customer, "1", "b", run);
    moved.origin = LinkOrigin::Manual;
    let second = Commit {
        links: vec![moved, link(Customer, "2", "a", run)],
        ..Commit::at(at(2))
    };
    commit(store, &held, second).await;
    let back = store
        .sources(&source, &target, Customer, &ids(&["a", "b"]))
        .await;
    let expected = [("a".into(), "2".into()), ("b".into(), "1".into())];
    assert_eq!(back.unwrap(), expected.into());
    let rows = store.links(&name("sync"), None, None, 1).await.unwrap();
    assert_eq!(
        (rows[0].origin, rows[0].linked_at),
        (LinkOrigin::Manual, at(2))
    );
}

pub(crate) async fn a_base_is_written_only_with_content_to_agree_on(store: &Store) {
    let held = claimed(store, "sync").await;
    let flow = name("sync");
    let run = RunId::new();
    let half = LinkUpdate {
        base: None,
        ..link(Invoice, "1", "a", run)
    };
    let first = Commit {
        links: vec![half.clone()],
        ..Commit::at(at(1))
    };
    commit(store, &held, first).await;
    let bases = store.bases(&flow, Invoice, &ids(&["1"])).await.unwrap();
    assert!(bases.is_empty());
    let rows = store.links(&flow, None, None, 9).await.unwrap();
    assert_eq!(rows[0].synced_at, None);

    let mut whole = link(Invoice, "1", "a", run);
    if let Some(base) = &mut whole.base {
        base.lifecycle = Lifecycle::Ended;
    }
    let second = Commit {
        links: vec![whole],
        ..Commit::at(at(2))
    };
    commit(store, &held, second).await;
    let third = Commit {
        links: vec![half],
        ..Commit::at(at(3))
    };
    commit(store, &held, third).await;
    let bases = store.bases(&flow, Invoice, &ids(&["1", "2"])).await;
    assert_eq!(bases.unwrap(), [("1".into(), content("1"))].into());
    let known = store.known(&flow, Invoice, &ids(&["1"])).await.unwrap();
    let known = &known[&RecordId::new("1")];
    assert_eq!(known.base_lifecycle, Lifecycle::Ended);
    assert_eq!(known.base_run, Some(run));
    let rows = store.links(&flow, None, None, 9).await.unwrap();
    assert_eq!(rows[0].synced_at, Some(at(2)));
}

pub(crate) async fn known_tells_link_base_and_parked_and_nothing_else(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let both = Commit {
        links: vec![
            link(Customer, "1", "a", run),
            LinkUpdate {
                base: None,
                ..link(Customer, "2", "b", run)
            },
        ],
        park: vec![
            park(Customer, "2", ParkReason::Rejected, run),
            park(Customer, "3", ParkReason::Mapping, run),
        ],
        ..Commit::at(at(1))
    };
    commit(store, &held, both).await;
    let found = store
        .known(&name("sync"), Customer, &ids(&["1", "2", "3", "4", "1"]))
        .await
        .unwrap();
    let expected = [
        (
            "1".into(),
            Known {
                target_id: Some("a".into()),
                base_hash: Some(content("1").content_hash()),
                base_run: Some(run),
                ..Known::default()
            },
        ),
        (
            "2".into(),
            Known {
                target_id: Some("b".into()),
                parked: Some((ParkReason::Rejected, run)),
                ..Known::default()
            },
        ),
        (
            "3".into(),
            Known {
                parked: Some((ParkReason::Mapping, run)),
                ..Known::default()
            },
        ),
    ];
    assert_eq!(found, expected.into());
    let contacts = store.known(&name("sync"), Contact, &ids(&["1"])).await;
    assert!(contacts.unwrap().is_empty());
    let none = store.known(&name("sync"), Customer, &[]).await.unwrap();
    assert!(none.is_empty());
}

pub(crate) async fn large_groups_are_stored_and_found_whole(store: &Store) {
    let held = claimed(store, "sync").await;
    let flow = name("sync");
    let (source, target) = connections();
    let run = RunId::new();
    // No size of a group may fall between two statements.
    for size in [1, 7, 9, 63, 65, 513, 1100] {
        let key = |n: usize| format!("{size}-{n}");
        let opened: Vec<_> = (0..size)
            .map(|n| intent(Customer, &key(n), run, 1))
            .collect();
        let ops: Vec<OpId> = opened.iter().map(|intent| intent.op).collect();
        let open = Commit {
            open: opened,
            ..Commit::at(at(1))
        };
        commit(store, &held, open).await;
        assert_eq!(store.open_intents(&flow).await.unwrap(), size as u64);
        let outcome = Commit {
            close: ops,
            links: (0..size)
                .map(|n| link(Customer, &key(n), &format!("t{}", key(n)), run))
                .collect(),
            events: (0..size).map(|n| event(&key(n), 2)).collect(),
            ..Commit::at(at(2))
        };
        commit(store, &held, outcome).await;
        assert_eq!(store.open_intents(&flow).await.unwrap(), 0);

        let wanted: Vec<RecordId> = (0..size).map(|n| RecordId::new(key(n))).collect();
        let known = store.known(&flow, Customer, &wanted).await.unwrap();
        assert_eq!(known.len(), size);
        assert!(known.values().all(|known| known.base_hash.is_some()));
        let bases = store.bases(&flow, Customer, &wanted).await.unwrap();
        assert_eq!(bases.len(), size);
        let targets = store.targets(&source, &target, Customer, &wanted).await;
        let targets: Vec<RecordId> = targets.unwrap().into_values().collect();
        assert_eq!(targets.len(), size);
        let back = store.sources(&source, &target, Customer, &targets).await;
        assert_eq!(back.unwrap().len(), size);
        let events = store.events(usize::MAX).await.unwrap();
        assert_eq!(events.len(), size);
        let taken: Vec<_> = events.iter().map(|event| event.id).collect();
        store.events_taken(&taken).await.unwrap();
    }
}

pub(crate) async fn links_are_listed_page_by_page_in_the_order_of_the_kinds(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let keys = [
        (Invoice, "1"),
        (Contact, "20"),
        (Customer, "9"),
        (Customer, "10"),
        (Customer, "ë"),
        (Lead, "1"),
    ];
    let all = Commit {
        links: keys
            .iter()
            .map(|(kind, id)| link(*kind, id, &format!("t{id}"), run))
            .collect(),
        ..Commit::at(at(1))
    };
    commit(store, &held, all).await;
    let mut expected: Vec<(EntityKind, RecordId)> = keys
        .iter()
        .map(|(kind, id)| (*kind, (*id).into()))
        .collect();
    expected.sort();
    for limit in 1..=keys.len() {
        let mut seen = Vec::new();
        loop {
            let after = seen.last().cloned();
            let page = store
                .links(&name("sync"), None, after, limit)
                .await
                .unwrap();
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= limit);
            seen.extend(page.into_iter().map(|row| (row.entity, row.source_id)));
        }
        assert_eq!(seen, expected, "pages of {limit}");
    }
    let customers = store
        .links(
            &name("sync"),
            Some(Customer),
            Some((Customer, "10".into())),
            9,
        )
        .await
        .unwrap();
    let listed: Vec<_> = customers.iter().map(|row| row.source_id.as_str()).collect();
    assert_eq!(listed, ["9", "ë"]);
    let before_it = Some((Contact, "20".into()));
    let none = store
        .links(&name("sync"), Some(Customer), before_it, 9)
        .await;
    assert_eq!(none.unwrap(), []);
}

pub(crate) async fn a_parked_record_counts_its_attempts_and_keeps_its_first_moment(store: &Store) {
    let held = claimed(store, "sync").await;
    let (first, second) = (RunId::new(), RunId::new());
    for (s, reason, run) in [
        (1, ParkReason::Rejected, first),
        (5, ParkReason::Waits, second),
    ] {
        let parked = Commit {
            park: vec![park(Customer, "1", reason, run)],
            ..Commit::at(at(s))
        };
        commit(store, &held, parked).await;
    }
    let rows = store
        .parked(ParkedFilter::default(), None, 9)
        .await
        .unwrap();
    let [row] = &rows[..] else {
        panic!("one row, not {rows:?}");
    };
    assert_eq!((row.attempts, row.first_at, row.last_at), (2, at(1), at(5)));
    assert_eq!((row.reason, row.run), (ParkReason::Waits, second));
    assert_eq!(row.error.message, "the e-mail address is wrong");

    let passed = Commit {
        unpark: vec![(Customer, "1".into()), (Customer, "2".into())],
        ..Commit::at(at(6))
    };
    commit(store, &held, passed).await;
    let rows = store.parked(ParkedFilter::default(), None, 9).await;
    assert_eq!(rows.unwrap(), []);
    let anew = Commit {
        park: vec![park(Customer, "1", ParkReason::Gone, second)],
        ..Commit::at(at(7))
    };
    commit(store, &held, anew).await;
    let rows = store
        .parked(ParkedFilter::default(), None, 9)
        .await
        .unwrap();
    assert_eq!((rows[0].attempts, rows[0].first_at), (1, at(7)));
}

pub(crate) async fn parked_records_are_filtered_and_paged(store: &Store) {
    let (old, new) = (RunId::new(), RunId::new());
    for flow in ["sync", "audit"] {
        let held = claimed(store, flow).await;
        let parked = Commit {
            park: vec![
                park(Contact, "1", ParkReason::Waits, old),
                park(Customer, "2", ParkReason::Rejected, new),
                park(Customer, "10", ParkReason::Rejected, old),
            ],
            ..Commit::at(at(1))
        };
        commit(store, &held, parked).await;
    }
    let list = |filter, after, limit| async move {
        let rows = store.parked(filter, after, limit).await.unwrap();
        rows.into_iter()
            .map(|row| format!("{} {} {}", row.flow, row.entity, row.source_id))
            .collect::<Vec<_>>()
    };
    let all = list(ParkedFilter::default(), None, 9).await;
    assert_eq!(
        all,
        [
            "audit customer 10",
            "sync customer 10",
            "audit customer 2",
            "sync customer 2",
            "audit contact 1",
            "sync contact 1",
        ]
    );
    let sync = name("sync");
    let of_sync = ParkedFilter {
        flow: Some(&sync),
        ..ParkedFilter::default()
    };
    let page = list(of_sync, None, 2).await;
    assert_eq!(page, ["sync customer 10", "sync customer 2"]);
    let rest = list(of_sync, Some((Customer, "2".into())), 2).await;
    assert_eq!(rest, ["sync contact 1"]);
    let not_tried = ParkedFilter {
        entity: Some(Customer),
        not_in_run: Some(new),
        ..of_sync
    };
    assert_eq!(list(not_tried, None, 9).await, ["sync customer 10"]);
    let none = name("none");
    let of_none = ParkedFilter {
        flow: Some(&none),
        ..ParkedFilter::default()
    };
    assert!(list(of_none, None, 9).await.is_empty());
}

pub(crate) async fn only_a_record_that_waits_for_no_answer_is_forgotten_for_a_retry(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let parked = Commit {
        park: vec![
            park(Customer, "1", ParkReason::NeedsPerson, run),
            park(Customer, "2", ParkReason::Unknown, run),
        ],
        ..Commit::at(at(1))
    };
    commit(store, &held, parked).await;
    let flow = name("sync");
    let retry = |id: &'static str| {
        let flow = flow.clone();
        async move {
            store
                .retry_parked(&flow, Customer, &id.into())
                .await
                .unwrap()
        }
    };
    assert!(retry("1").await);
    assert!(!retry("1").await);
    assert!(!retry("2").await);
    assert!(!retry("3").await);
    let rows = store
        .parked(ParkedFilter::default(), None, 9)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].reason, ParkReason::Unknown);
}

pub(crate) async fn cursors_are_kept_by_kind_and_cleared(store: &Store) {
    let held = claimed(store, "sync").await;
    let flow = name("sync");
    for (s, customers) in [(1, Some("5")), (2, Some("7"))] {
        let read = Commit {
            cursors: vec![
                (Customer, customers.map(Into::into)),
                (Contact, Some("x".into())),
            ],
            ..Commit::at(at(s))
        };
        commit(store, &held, read).await;
    }
    let cursor = |kind| {
        let flow = flow.clone();
        async move { store.cursor(&flow, kind).await.unwrap() }
    };
    assert_eq!(cursor(Customer).await, Some("7".into()));
    assert_eq!(cursor(Lead).await, None);
    let anew = Commit {
        cursors: vec![(Customer, None)],
        ..Commit::at(at(3))
    };
    commit(store, &held, anew).await;
    assert_eq!(cursor(Customer).await, None);
    assert_eq!(cursor(Contact).await, Some("x".into()));
    assert_eq!(store.flow(&flow).await.unwrap().unwrap().seq, 3);
}

pub(crate) async fn events_are_stored_once_and_taken_oldest_first(store: &Store) {
    let held = claimed(store, "sync").await;
    let (first, second) = (event("first", 1), event("second", 2));
    let first = first.record(Customer, &"1".into()).target(&"a".into());
    let mut twice = first.clone();
    twice.message = "told otherwise".to_owned();
    let told = Commit {
        events: vec![second.clone(), first.clone()],
        ..Commit::at(at(1))
    };
    commit(store, &held, told).await;
    let again = Commit {
        events: vec![twice],
        ..Commit::at(at(2))
    };
    commit(store, &held, again).await;
    assert_eq!(store.events(1).await.unwrap(), [first.clone()]);
    assert_eq!(
        store.events(9).await.unwrap(),
        [first.clone(), second.clone()]
    );
    store.events_taken(&[first.id]).await.unwrap();
    store.events_taken(&[]).await.unwrap();
    assert_eq!(store.events(9).await.unwrap(), [second]);
}

pub(crate) async fn values_of_every_type_come_back_as_they_were(store: &Store) {
    let held = claimed(store, "sync").await;
    let fields = Fields::new()
        .with("null", Value::Null)
        .with("yes", Value::Bool(true))
        .with("int", Value::Int(i64::MIN))
        .with(
            "amount",
            Value::Decimal("12345678901234567.890".parse().unwrap()),
        )
        .with("text", "Ștefan \"\u{1F9FE}\" \n \u{0} end")
        .with("date", Value::Date("2026-01-31".parse().unwrap()))
        .with("at", Value::Timestamp(at(1)))
        .with("ref", Value::Ref(Ref::new(Customer, "42")))
        .with(
            "lines",
            Value::List(vec![Value::Map(BTreeMap::from([(
                "qty".to_owned(),
                Value::Decimal("1.50".parse().unwrap()),
            )]))]),
        );
    let mut update = link(Invoice, "1", "a", RunId::new());
    if let Some(base) = &mut update.base {
        base.fields = fields.clone();
        base.hash = fields.content_hash();
    }
    let write = Commit {
        links: vec![update],
        ..Commit::at(at(1))
    };
    commit(store, &held, write).await;
    let bases = store.bases(&name("sync"), Invoice, &ids(&["1"])).await;
    let back = &bases.unwrap()[&RecordId::new("1")];
    assert_eq!(*back, fields);
    assert_eq!(back.content_hash(), fields.content_hash());
}

pub(crate) async fn flows_do_not_see_each_other(store: &Store) {
    let one = claimed(store, "sync").await;
    let run = RunId::new();
    let other_pair = FlowSetup {
        target: "elsewhere".into(),
        ..setup("copy")
    };
    store.ensure_flow(&other_pair, at(0)).await.unwrap();
    let two = lease(claim(store, "copy", "us", 0).await);
    commit(store, &one, everything(Customer, "1", "a", run)).await;
    let copy = name("copy");
    let known = store.known(&copy, Customer, &ids(&["1", "bad"])).await;
    assert!(known.unwrap().is_empty());
    assert_eq!(store.links(&copy, None, None, 9).await.unwrap(), []);
    assert_eq!(store.open_intents(&copy).await.unwrap(), 0);
    assert_eq!(store.intents(&copy, None, None, 9).await.unwrap(), []);
    assert_eq!(store.cursor(&copy, Customer).await.unwrap(), None);
    assert!(
        !store
            .retry_parked(&copy, Customer, &"bad".into())
            .await
            .unwrap()
    );

    // The same ids between other systems are other records.
    let write = Commit {
        links: vec![link(Customer, "2", "a", run)],
        ..Commit::at(at(1))
    };
    commit(store, &two, write).await;
    // A flow between the same systems has the same links and a base of its own.
    store.ensure_flow(&setup("second"), at(0)).await.unwrap();
    let known = store.known(&name("second"), Customer, &ids(&["1"])).await;
    let known = &known.unwrap()[&RecordId::new("1")];
    assert_eq!(known.target_id, Some("a".into()));
    assert_eq!(known.base_hash, None);
}
