//! Two at once, and one after a `kill -9`.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use koppel_sandbox::smartcrm::{HookAction, Phase};

use crate::support::World;

#[test]
fn two_syncs_at_once_are_refused_in_a_clear_sentence() {
    let world = World::new(20);
    let (reached, at) = channel();
    let (release, gate) = channel::<()>();
    let (reached, gate) = (Mutex::new(reached), Mutex::new(gate));
    world.on_request(move |event| {
        if event.phase == Phase::BeforeApply && event.is_write {
            reached.lock().unwrap().send(()).unwrap();
            gate.lock().unwrap().recv().unwrap_or_default();
        }
        HookAction::Continue
    });
    let first = world.start(&["sync", "--entity", "customer", "--json"]);
    at.recv().unwrap();

    let second = world.koppel(&["sync", "--entity", "customer"]);
    assert_eq!(second.code, 1, "{second:?}");
    let said = format!(
        "error: the flow `push` is being synced already, by process {} on ",
        first.id()
    );
    assert!(second.stderr.contains(&said), "{second:?}");
    assert!(
        second
            .stderr
            .contains("two at once are refused\n  help: wait until it is done")
    );

    drop(release);
    let output = first.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(world.server.applied(), 20);
}

#[cfg(target_os = "linux")]
#[test]
fn a_sync_that_was_killed_is_gone_on_with_at_once() {
    for halt in ["after:intents:2", "before:outcomes:2", "after:slice:1"] {
        let world = World::new(120);
        world.config(|text| format!("{text}page_size = 40\nentities = [\"customer\"]\n"));
        let mut child = world
            .command(&["sync"])
            .env("KOPPEL_HALT", halt)
            .env("KOPPEL_HALT_FILE", world.path("halted"))
            .spawn()
            .unwrap();
        while !world.path("halted").exists() {
            assert_eq!(
                child.try_wait().unwrap(),
                None,
                "{halt}: it ended by itself"
            );
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(world.read("halted"), halt);
        child.kill().unwrap();
        child.wait().unwrap();

        let rest = world.koppel(&["sync", "--json"]);
        assert_eq!(rest.code, 0, "{halt}: {rest:?}");
        assert_eq!(world.server.count("clients"), 120, "{halt}");
        assert_eq!(world.server.applied(), 120, "{halt}: one was created twice");
        assert_eq!(
            world.number("koppel.db", "SELECT COUNT(*) FROM intent"),
            0,
            "{halt}"
        );
        assert_eq!(
            world.number("koppel.db", "SELECT COUNT(*) FROM link"),
            120,
            "{halt}"
        );
        assert_eq!(world.events("run.resume").len(), 1, "{halt}");
        assert_eq!(world.events("engine.crash").len(), 1, "{halt}");
        assert_eq!(world.events("run.end").len(), 1, "{halt}");
    }
}

#[test]
fn a_halt_that_means_nothing_is_refused() {
    let world = World::new(3);
    let done = crate::support::finish(
        world
            .command(&["sync"])
            .env("KOPPEL_HALT", "sometime")
            .env("KOPPEL_HALT_FILE", "halted"),
    );
    assert_eq!(done.code, 64, "{done:?}");
    assert!(
        done.stderr.contains("KOPPEL_HALT is `sometime`"),
        "{done:?}"
    );
}
