//! Several stores on one file, and a file that is opened again.

use std::sync::Arc;

use sync_core::EntityKind::Customer;
use sync_core::store::{ChangeRow, Claim, Claimed, Commit, ParkedFilter};
use sync_core::{Fields, OpId, RecordId, RunId, StateStore, StoreError};
use sync_store::{SCHEMA_VERSION, SqliteStore};

use crate::help::*;

#[tokio::test]
async fn a_reopened_file_has_everything() {
    let file = File::new();
    let run = RunId::new();
    let change = ChangeRow {
        op: OpId::new(),
        run,
        entity: Customer,
        source_id: "1".into(),
        target_id: "a".into(),
        before: Fields::new().with("name", "before"),
        after: Fields::new().with("name", "after"),
    };
    let mut whole = everything(Customer, "1", "a", run);
    whole.changes = vec![change.clone()];
    let (intent, event) = (whole.open[0].clone(), whole.events[0].clone());
    let first = file.open().await;
    let held = claimed(&first, "sync").await;
    first.commit(&held, whole).await.unwrap();
    let before = first.flow(&name("sync")).await.unwrap();
    first.set_setting("colour", Some("red")).await.unwrap();
    first.close().await;
    drop(first);

    let store = SqliteStore::open_existing(file.path()).await.unwrap();
    let flow = name("sync");
    assert_eq!(store.flow(&flow).await.unwrap(), before);
    assert_eq!(store.intents(&flow, None, None, 9).await.unwrap(), [intent]);
    assert_eq!(store.events(9).await.unwrap(), [event]);
    let known = store.known(&flow, Customer, &ids(&["1", "bad"])).await;
    let known = known.unwrap();
    assert_eq!(known[&RecordId::new("1")].target_id, Some("a".into()));
    assert!(known[&RecordId::new("bad")].parked.is_some());
    let parked = store.parked(ParkedFilter::default(), None, 9).await;
    assert_eq!(parked.unwrap().len(), 1);
    assert_eq!(
        store.cursor(&flow, Customer).await.unwrap(),
        Some("after-2".into())
    );
    assert_eq!(store.changes(run, 9).await.unwrap(), [change]);
    assert_eq!(store.changes(RunId::new(), 9).await.unwrap(), []);
    let counts = store.run(run).await.unwrap().unwrap().counts;
    assert_eq!(counts[&Customer].created, 1);
    assert_eq!(
        store.setting("colour").await.unwrap().as_deref(),
        Some("red")
    );
    // The lease outlives the process, and the one who has it goes on with it.
    store.commit(&held, Commit::at(at(2))).await.unwrap();
    store.set_setting("colour", None).await.unwrap();
    assert_eq!(store.setting("colour").await.unwrap(), None);
}

#[tokio::test]
async fn of_two_stores_on_one_file_only_one_holds_a_flow() {
    let file = File::new();
    let (one, two) = (file.open().await, file.open().await);
    let held = claimed(&one, "sync").await;
    assert!(matches!(
        claim(&two, "sync", "them", 10).await,
        Claimed::Busy { owner, .. } if owner == "us"
    ));
    let run = RunId::new();
    one.commit(&held, everything(Customer, "1", "a", run))
        .await
        .unwrap();
    let seen = two.known(&name("sync"), Customer, &ids(&["1"])).await;
    assert_eq!(seen.unwrap().len(), 1, "committed is seen at once");

    let theirs = lease(claim(&two, "sync", "them", 100).await);
    let stale = Commit {
        links: vec![link(Customer, "2", "b", run)],
        ..Commit::at(at(101))
    };
    let lost = one.commit(&held, stale).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost { .. })));
    let seen = two.known(&name("sync"), Customer, &ids(&["2"])).await;
    assert!(seen.unwrap().is_empty());
    two.commit(&theirs, Commit::at(at(102))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stores_that_write_at_once_wait_for_each_other_and_lose_nothing() {
    const WRITERS: i64 = 4;
    const COMMITS: i64 = 10;
    let file = Arc::new(File::new());
    let tasks: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let file = Arc::clone(&file);
            tokio::spawn(async move {
                // Even the file is made by all of them at once.
                let store = file.open().await;
                let flow = format!("flow{writer}");
                let held = claimed(&store, &flow).await;
                for n in 0..COMMITS {
                    let id = format!("{writer}-{n}");
                    let write = Commit {
                        links: vec![link(Customer, &id, &id, RunId::new())],
                        events: vec![event(&id, n)],
                        cursors: vec![(Customer, Some(id.as_str().into()))],
                        ..Commit::at(at(n))
                    };
                    store.commit(&held, write).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let store = file.open().await;
    for flow in store.flows().await.unwrap() {
        assert_eq!(flow.seq, COMMITS);
    }
    let events = store.events(999).await.unwrap();
    assert_eq!(events.len() as i64, WRITERS * COMMITS);
    for writer in 0..WRITERS {
        let flow = name(&format!("flow{writer}"));
        let links = store.links(&flow, None, None, 999).await.unwrap();
        assert_eq!(links.len() as i64, COMMITS);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_claim_what_is_due_each_flow_goes_to_one() {
    let file = File::new();
    let stores = [file.open().await, file.open().await];
    for n in 0..5 {
        let flow = setup(&format!("flow{n}"));
        stores[0].ensure_flow(&flow, at(0)).await.unwrap();
    }
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let store = stores[n % 2].clone();
            tokio::spawn(async move {
                let owner = format!("owner{n}");
                store.claim(Claim::Due, &owner, at(1), TTL).await.unwrap()
            })
        })
        .collect();
    let mut taken = Vec::new();
    for task in tasks {
        if let Claimed::Lease(lease) = task.await.unwrap() {
            taken.push(lease.flow.into_string());
        }
    }
    taken.sort();
    assert_eq!(taken, ["flow0", "flow1", "flow2", "flow3", "flow4"]);
}

#[tokio::test]
async fn a_commit_that_is_dropped_half_way_leaves_the_store_fit_for_the_next() {
    let file = File::new();
    let store = file.open().await;
    let held = claimed(&store, "sync").await;
    let run = RunId::new();
    let group = |from: usize| Commit {
        links: (from..from + 300)
            .map(|n| link(Customer, &n.to_string(), &format!("t{n}"), run))
            .collect(),
        ..Commit::at(at(1))
    };
    let mut stored = 0;
    for polls in 0..40 {
        let mut commit = Box::pin(store.commit(&held, group(polls * 300)));
        let mut left = polls;
        let cut_off = std::future::poll_fn(|context| {
            if left == 0 {
                return std::task::Poll::Ready(None);
            }
            left -= 1;
            commit.as_mut().poll(context).map(Some)
        })
        .await;
        if cut_off.is_some() {
            stored += 1;
        }
        drop(commit);
        // All of the group or nothing, whatever was cut off.
        let rows = store.links(&name("sync"), None, None, 99_999).await;
        assert_eq!(rows.unwrap().len() % 300, 0);
    }
    store.commit(&held, group(90_000)).await.unwrap();
    let rows = store
        .links(&name("sync"), None, None, 99_999)
        .await
        .unwrap();
    assert!(rows.len() >= (stored + 1) * 300);
}

#[tokio::test]
async fn info_tells_what_there_is() {
    let file = File::new();
    let store = file.open().await;
    let held = claimed(&store, "sync").await;
    let commit = everything(Customer, "1", "a", RunId::new());
    store.commit(&held, commit).await.unwrap();
    let info = store.info().await.unwrap();
    assert_eq!(info.path, file.path());
    assert_eq!(info.schema_version, SCHEMA_VERSION);
    assert!(info.size_bytes > 4096);
    let rows: Vec<(&str, u64)> = info.tables.iter().map(|t| (t.name, t.rows)).collect();
    assert_eq!(
        rows,
        [
            ("base", 1),
            ("change", 0),
            ("connection", 2),
            ("cursor", 1),
            ("event_outbox", 1),
            ("flow", 1),
            ("intent", 1),
            ("link", 1),
            ("link_decision", 0),
            ("link_rule", 0),
            ("parked", 1),
            ("run", 1),
            ("run_count", 1),
            ("setting", 0),
            ("suggestion", 0),
        ]
    );
}

#[tokio::test]
async fn a_backup_is_a_store_of_its_own() {
    let file = File::new();
    let store = file.open().await;
    let held = claimed(&store, "sync").await;
    let commit = everything(Customer, "1", "a", RunId::new());
    store.commit(&held, commit).await.unwrap();
    let copy = file.dir.path().join("copy.db");
    store.backup_to(&copy).await.unwrap();
    store
        .commit(
            &held,
            Commit {
                links: vec![link(Customer, "2", "b", RunId::new())],
                ..Commit::at(at(2))
            },
        )
        .await
        .unwrap();

    let copied = SqliteStore::open_existing(&copy).await.unwrap();
    let links = copied.links(&name("sync"), None, None, 9).await.unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!(copied.open_intents(&name("sync")).await.unwrap(), 1);
    let again = store.backup_to(&copy).await.unwrap_err().to_string();
    assert!(again.contains("copy.db"), "{again}");
    let links = copied.links(&name("sync"), None, None, 9).await.unwrap();
    assert_eq!(links.len(), 1, "what was there is not replaced");
}
