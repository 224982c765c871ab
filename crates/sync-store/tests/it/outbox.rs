//! The outbox of events: whoever takes from it at once, and however much lies in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sync_core::linking::LinkDecision;
use sync_core::store::Commit;
use sync_core::{EntityKind, Event, EventId, StateStore};
use sync_store::SqliteStore;

use crate::help::{File, at, claimed, event, name, setup};

const COMMITS: i64 = 60;
const EVENTS: i64 = 17;

/// Takes events until the writer is done and nothing is left. What it has is noted before it says
/// so, as a log would; each third time it does not come to say so.
async fn drain(store: SqliteStore, done: Arc<AtomicBool>) -> BTreeMap<EventId, Event> {
    let mut got = BTreeMap::new();
    for turn in 0.. {
        // Asked before looking: what is written after that is seen in another turn.
        let last = done.load(Ordering::SeqCst);
        let some = store.events(23).await.unwrap();
        if some.is_empty() && last {
            break;
        }
        let ids: Vec<EventId> = some.iter().map(|event| event.id).collect();
        assert!(ids.is_sorted(), "oldest first");
        got.extend(some.into_iter().map(|event| (event.id, event)));
        if turn % 3 != 2 {
            store.events_taken(&ids).await.unwrap();
        }
        tokio::task::yield_now().await;
    }
    got
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_take_events_at_once_miss_none_between_them() {
    let file = File::new();
    let store = file.open().await;
    let held = claimed(&store, "sync").await;
    let done = Arc::new(AtomicBool::new(false));
    let mut takers = Vec::new();
    for _ in 0..3 {
        // Connections of its own, as another process has.
        let taker = file.open().await;
        takers.push(tokio::spawn(drain(taker, Arc::clone(&done))));
    }
    let mut written = BTreeMap::new();
    for n in 0..COMMITS {
        let events: Vec<Event> = (0..EVENTS)
            .map(|of| event(&format!("{n}.{of}"), n))
            .collect();
        written.extend(events.iter().map(|event| (event.id, event.clone())));
        let commit = Commit {
            events,
            ..Commit::at(at(n))
        };
        store.commit(&held, commit).await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let mut got = BTreeMap::new();
    for taker in takers {
        got.extend(taker.await.unwrap());
    }
    assert_eq!(got, written);
    assert!(store.events(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_one_process_has_taken_another_takes_again_without_harm() {
    let file = File::new();
    let (one, other) = (file.open().await, file.open().await);
    let held = claimed(&one, "sync").await;
    let events: Vec<Event> = (0..5).map(|n| event("told", n)).collect();
    let commit = Commit {
        events: events.clone(),
        ..Commit::at(at(1))
    };
    one.commit(&held, commit.clone()).await.unwrap();
    let both = (one.events(9).await.unwrap(), other.events(9).await.unwrap());
    assert_eq!(both.0, both.1);
    let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
    one.events_taken(&ids[..3]).await.unwrap();
    assert_eq!(other.events(9).await.unwrap(), events[3..]);
    other.events_taken(&ids).await.unwrap();
    one.events_taken(&ids).await.unwrap();
    one.events_taken(&[]).await.unwrap();
    assert!(one.events(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_outbox_of_a_hundred_thousand_events_is_emptied_oldest_first() {
    const ALL: usize = 100_000;
    const AT_ONCE: usize = 2_000;
    let file = File::new();
    let store = file.open().await;
    let held = claimed(&store, "sync").await;
    for n in 0..10 {
        let commit = Commit {
            events: (0..ALL / 10).map(|_| event("told", n)).collect(),
            ..Commit::at(at(n))
        };
        store.commit(&held, commit).await.unwrap();
    }
    let (mut taken, mut newest) = (0, None);
    loop {
        let ids: Vec<EventId> = (store.events(AT_ONCE).await.unwrap().iter())
            .map(|event| event.id)
            .collect();
        let Some(last) = ids.last().copied() else {
            break;
        };
        assert!(ids.is_sorted() && newest < ids.first().copied());
        newest = Some(last);
        taken += ids.len();
        store.events_taken(&ids).await.unwrap();
    }
    assert_eq!(taken, ALL);
}

#[tokio::test]
async fn the_event_of_a_decision_names_who_made_it() {
    let file = File::new();
    let store = file.open().await.actor("anna");
    store.ensure_flow(&setup("sync"), at(0)).await.unwrap();
    let record = (EntityKind::Customer, &"1".into());
    let (flow, decision) = (name("sync"), LinkDecision::LeaveOut);
    let decided = store.decide(&flow, record, &decision, at(1)).await;
    decided.unwrap();
    let undone = store.undo_decision(&flow, None, at(2)).await;
    undone.unwrap();
    let events = store.events(9).await.unwrap();
    let told: Vec<_> = (events.iter())
        .map(|event| (event.event.as_str(), event.actor.as_deref()))
        .collect();
    assert_eq!(
        told,
        [("link.ignore", Some("anna")), ("link.undo", Some("anna"))]
    );
}
