//! Runs, intents, parked records, cursors and events.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::EntityKind::{Contact, Customer, Lead};
use sync_core::store::{
    Commit, Counts, FlowState, IntentState, ParkReason, ParkedFilter, Payload, Phase, Position,
    RunStatus,
};
use sync_core::{Action, EventName, FieldName, Lifecycle, OpId, RunId};

use crate::help::*;

pub(crate) async fn runs_start_and_end_and_move_the_flow(store: &Store) {
    let held = claimed(store, "sync").await;
    let run = RunId::new();
    let flow = || async { store.flow(&name("sync")).await.unwrap().unwrap() };
    let position = Position {
        run,
        entities: vec![Customer, Contact],
        phase: Phase::Read,
        cursor: Some("page-2".into()),
        settle_only: Vec::new(),
        matching: std::collections::BTreeMap::new(),
        hints: Some(BTreeMap::from([(Customer, vec!["7".into()])])),
        repairing: true,
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

    // What a run repairs adds up; a run that repairs nothing says nothing of it.
    assert_eq!(store.run(run).await.unwrap().unwrap().repaired, None);
    for (more, sum) in [(2, 2), (0, 2), (3, 5)] {
        let repaired = Commit {
            run: Some(run),
            repaired: more,
            ..Commit::at(at(3))
        };
        commit(store, &held, repaired).await;
        let row = store.run(run).await.unwrap().unwrap();
        assert_eq!(row.repaired, Some(sum));
    }

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
        part: Some(content("part").content_hash()),
        events: vec![event("drifted", 1).detail("fields", vec!["name"])],
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

pub(crate) async fn only_a_record_that_waits_for_no_answer_is_taken_again_by_the_next_run(
    store: &Store,
) {
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
    assert!(retry("1").await);
    assert!(!retry("2").await);
    assert!(!retry("3").await);
    let rows = store
        .parked(ParkedFilter::default(), None, 9)
        .await
        .unwrap();
    let reasons: Vec<_> = rows.iter().map(|row| (row.reason, row.first_at)).collect();
    let expected = [(ParkReason::Retry, at(1)), (ParkReason::Unknown, at(1))];
    assert_eq!(reasons, expected);
    assert_ne!(rows[0].run, run, "the run may go on, and take it");
    // Each time that a person says so is told, and nothing that was refused.
    let told = store.events(9).await.unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    for event in told {
        assert_eq!(event.event, EventName::RecordRetry);
        assert_eq!(
            (event.entity, event.record),
            (Some(Customer), Some("1".into()))
        );
        assert_eq!(
            (event.flow, event.connection),
            (name("sync"), Some("smart".into()))
        );
    }
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
    assert_eq!(store.events(1).await.unwrap(), std::slice::from_ref(&first));
    assert_eq!(
        store.events(9).await.unwrap(),
        [first.clone(), second.clone()]
    );
    store.events_taken(&[first.id]).await.unwrap();
    store.events_taken(&[]).await.unwrap();
    assert_eq!(store.events(9).await.unwrap(), [second]);
}
