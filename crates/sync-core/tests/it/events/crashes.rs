//! What a start finds of the process before it.

use std::collections::BTreeMap;
use std::time::Duration;

use sync_core::{EventName, Level, RunOptions, StateStore};

use super::Log;
use crate::crash::{Point, keyed, life};
use crate::kit::World;

fn world() -> World {
    World::new(keyed()).with_customers(20)
}

#[tokio::test]
async fn a_process_that_died_with_the_flow_in_its_hands_is_told_with_the_resumed_run() {
    let world = world();
    let engine = world
        .engine_on(world.store.clone())
        .owner("process 7 of old-machine");
    let flow = world.flow();
    let mut session = engine.claim(&flow).await.unwrap();
    session.begin(&RunOptions::default()).await.unwrap();
    session.run_slice().await.unwrap();
    drop(session);
    // Nobody let go of the flow: its hold ran out.
    world.clock.advance(Duration::from_secs(61));
    world.sync().await;
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    let runs = log.each_run_ended_once(&world, "").await;
    let crashes = log.named(EventName::EngineCrash);
    assert_eq!(crashes.len(), 1);
    let crash = crashes[0];
    assert_eq!((crash.level, crash.run), (Level::Warning, Some(runs[0].id)));
    assert_eq!(crash.details["owner"], "process 7 of old-machine");
    let until: sync_core::Timestamp = crash.details["held_until"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(until < crash.at);
    assert_eq!(log.of_run(runs[0].id, EventName::RunResume).len(), 1);
    // Only that start tells it.
    world.sync().await;
    log.drain(world.store.as_ref()).await;
    assert_eq!(log.named(EventName::EngineCrash).len(), 1);
}

#[tokio::test]
async fn a_process_that_died_between_two_runs_is_told_with_the_next_one() {
    let world = world();
    let engine = world.engine_on(world.store.clone()).owner("process 7");
    let flow = world.flow();
    drop(engine.claim(&flow).await.unwrap());
    world.clock.advance(Duration::from_secs(61));
    world.sync().await;
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    assert_eq!(log.named(EventName::EngineCrash).len(), 1);
    assert!(log.named(EventName::RunResume).is_empty());
}

#[tokio::test]
async fn a_hold_that_was_broken_by_hand_or_given_back_is_no_crash() {
    let world = world();
    assert!(
        life(&world, Point::AfterCommit(3), &BTreeMap::new())
            .await
            .0
    );
    world.sync().await;
    world.sync().await;
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    assert_eq!(log.named(EventName::RunResume).len(), 1);
    assert!(log.named(EventName::EngineCrash).is_empty());
}

#[tokio::test]
async fn a_flow_that_starts_for_nothing_three_times_is_told_as_broken_and_ends_in_the_end() {
    let world = world();
    let engine = world.engine_on(world.store.clone());
    let flow = world.flow();
    let mut log = Log::default();
    for start in 1..=3 {
        let mut session = engine.claim(&flow).await.unwrap();
        session.begin(&RunOptions::default()).await.unwrap();
        drop(session);
        world.store.break_lease(flow.name(), "test").await.unwrap();
        log.drain(world.store.as_ref()).await;
        let broken = log.named(EventName::EngineBroken).len();
        assert_eq!(broken, usize::from(start == 3), "start {start}");
    }
    // A person starts it, and it gets to its end.
    world.sync().await;
    log.drain(world.store.as_ref()).await;
    assert_eq!(log.each_run_ended_once(&world, "").await.len(), 1);
}

#[tokio::test]
async fn who_had_it_done_stands_in_the_start_and_in_decisions() {
    use std::sync::Arc;
    use sync_core::MemoryStore;
    use sync_core::linking::LinkDecision;

    let mut world = world();
    world.store = Arc::new(MemoryStore::new().actor("anna"));
    let engine = world.engine_on(world.store.clone()).actor("anna");
    let flow = world.flow();
    engine.sync(&flow, &RunOptions::default()).await.unwrap();
    let record = (crate::kit::CUSTOMER, &"0003".into());
    engine
        .decide(&flow, record, &LinkDecision::LeaveOut)
        .await
        .unwrap();
    engine.undo_decision(&flow, None).await.unwrap();
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    for name in [
        EventName::RunStart,
        EventName::LinkIgnore,
        EventName::LinkUndo,
    ] {
        assert_eq!(log.named(name)[0].actor.as_deref(), Some("anna"), "{name}");
    }
    let created = log.named(EventName::RecordCreate);
    assert!(created.iter().all(|event| event.actor.is_none()));
}

#[tokio::test]
async fn a_run_of_a_flow_that_is_gone_is_ended_once_and_what_it_did_stays() {
    let mut world = world();
    world.store = std::sync::Arc::new(sync_core::MemoryStore::new());
    let engine = world.engine_on(world.store.clone()).actor("anna");
    let flow = world.flow();
    let old = world.engine_on(world.store.clone()).owner("process 7");
    let mut session = old.claim(&flow).await.unwrap();
    session.begin(&RunOptions::default()).await.unwrap();
    session.run_slice().await.unwrap();
    drop(session);
    // While the process may be alive, its run is its own.
    let held = engine.abandon(flow.name()).await.unwrap_err();
    assert!(matches!(held, sync_core::SyncError::Busy { .. }), "{held}");

    world.clock.advance(Duration::from_secs(61));
    let ended = engine.abandon(flow.name()).await.unwrap().unwrap();
    assert_eq!(ended.status, sync_core::store::RunStatus::Cancelled);
    assert!(ended.ended_at.is_some());
    assert!(engine.abandon(flow.name()).await.unwrap().is_none());
    assert!(engine.abandon(&"never".into()).await.unwrap().is_none());
    let mut log = Log::default();
    log.drain(world.store.as_ref()).await;
    assert_eq!(log.each_run_ended_once(&world, "").await.len(), 1);
    assert_eq!(log.named(EventName::EngineCrash).len(), 1);
    let end = log.named(EventName::RunEnd)[0];
    assert_eq!(end.code.as_deref(), Some("flow_removed"));
    assert_eq!(end.actor.as_deref(), Some("anna"));
    assert_eq!(end.details["counts"]["customer"]["created"], 7);

    // A flow of that name goes on with what is agreed, in a run of its own.
    assert_eq!(world.sync().await.created, 13);
    log.drain(world.store.as_ref()).await;
    assert_eq!(log.each_run_ended_once(&world, "").await.len(), 2);
}
