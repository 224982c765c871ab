//! `kill -9` of a sync again and again: the audit log has every event that was committed, once,
//! and nothing in it is missing or out of order.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::mpsc::channel;

use koppel_sandbox::smartcrm::{HookAction, Phase};
use serde_json::Value;

use crate::support::{WITNESS, World, committed, each_once};

/// Where the store kills the process, and how many times it passes that place before.
const HALTS: [&str; 8] = [
    "after:intents:1",
    "before:outcomes:1",
    "after:outcomes:1",
    "after:slice:1",
    "after:outcomes:3",
    "before:outcomes:2",
    "after:intents:2",
    "after:slice:2",
];

fn ready() -> World {
    let world = World::new(60);
    world.config(|text| {
        let text = text.replace("max_retries = 0\n", "max_retries = 0\nbatch_size = 4\n");
        format!("[audit]\nlevel = \"DEBUG\"\n\n{text}page_size = 15\n")
    });
    // Makes the store, for the witness.
    assert_eq!(world.koppel(&["run", "list"]).code, 0);
    world.sql("koppel.db", WITNESS);
    world
}

/// Kills a sync when the store halts it; `false` if it ended before.
fn killed_at(world: &World, halt: &str) -> bool {
    let halted = world.path("halted");
    drop(std::fs::remove_file(&halted));
    let mut child = world
        .command(&["sync", "--quiet"])
        .env("KOPPEL_HALT", halt)
        .env("KOPPEL_HALT_FILE", &halted)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let killed = loop {
        if halted.exists() {
            child.kill().unwrap();
            break true;
        }
        if child.try_wait().unwrap().is_some() {
            break false;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    child.wait().unwrap();
    killed
}

/// Kills a sync while the server has taken its nth write and not answered.
fn killed_under_way(world: &World, nth: usize) -> bool {
    let (reached, at) = channel();
    let state = Mutex::new((0, reached));
    world.on_request(move |event| {
        if event.phase != Phase::AfterApply || !event.is_write {
            return HookAction::Continue;
        }
        let mut state = state.lock().unwrap();
        state.0 += 1;
        if state.0 < nth {
            return HookAction::Continue;
        }
        // Whoever listens has heard the first.
        match state.1.send(()) {
            Ok(()) | Err(_) => {}
        }
        HookAction::Hang
    });
    let mut child = world.start(&["sync", "--quiet"]);
    let killed = loop {
        if at.recv_timeout(std::time::Duration::from_millis(2)).is_ok() {
            child.kill().unwrap();
            break true;
        }
        if child.try_wait().unwrap().is_some() {
            break false;
        }
    };
    child.wait().unwrap();
    world.go_on();
    killed
}

/// Nothing that was there before is gone or has changed.
fn still_there(before: &[Value], after: &[Value]) {
    let numbered: BTreeMap<i64, &Value> = (after.iter())
        .map(|entry| (entry["number"].as_i64().unwrap(), entry))
        .collect();
    for entry in before {
        let number = entry["number"].as_i64().unwrap();
        assert_eq!(numbered.get(&number), Some(&entry), "entry {number}");
    }
}

#[test]
fn what_a_kill_leaves_behind_reaches_the_audit_log_once_and_the_chain_holds() {
    let world = ready();
    let mut kills = 0;
    let mut seen: Vec<Value> = Vec::new();
    for round in 0..2 {
        for (nth, halt) in HALTS.iter().enumerate() {
            // So that there is something to write in every round.
            world.sql(
                "crm.db",
                &format!(
                    "UPDATE tblclients SET phonenumber = '0{round}{nth}' WHERE userid % 8 = {nth}"
                ),
            );
            kills += usize::from(killed_at(&world, halt));
            kills += usize::from(killed_under_way(&world, 1 + nth % 3));
            let verified = world.koppel(&["logs", "verify"]);
            assert_eq!(verified.code, 0, "after {halt}: {verified:?}");
            let now = world.audit();
            still_there(&seen, &now);
            seen = now;
        }
    }
    assert!(kills >= 16, "{kills} kills");

    let last = world.koppel(&["sync", "--json"]);
    assert_eq!(last.code, 0, "{last:?}");
    assert_eq!(
        world.number("koppel.db", "SELECT COUNT(*) FROM event_outbox"),
        0
    );
    let entries = world.audit();
    still_there(&seen, &entries);
    each_once(&committed(&world), &entries);

    // Each run that was begun has its end, in the log as in the store.
    let of = |event: &str| -> BTreeSet<String> {
        (entries.iter().filter(|entry| entry["event"] == event))
            .map(|entry| entry["run"].as_str().unwrap().to_owned())
            .collect()
    };
    let (begun, ended) = (of("run.start"), of("run.end"));
    assert!(!begun.is_empty());
    assert_eq!(begun, ended);
    let crashes = entries
        .iter()
        .filter(|entry| entry["event"] == "engine.crash");
    assert!(crashes.count() >= 8, "crashes are told");

    let numbers: Vec<i64> = (entries.iter())
        .map(|entry| entry["number"].as_i64().unwrap())
        .collect();
    let all: BTreeSet<i64> = numbers.iter().copied().collect();
    assert_eq!(all.len(), numbers.len());
    assert_eq!(
        all.last().copied(),
        i64::try_from(all.len()).ok(),
        "without holes from 1"
    );
    let verified = world.koppel(&["logs", "verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[test]
fn a_run_whose_flow_is_taken_out_after_a_kill_gets_its_end_once() {
    let world = ready();
    assert!(killed_at(&world, "after:outcomes:1"));
    assert_eq!(world.events("run.end").len(), 0);
    assert_eq!(world.koppel(&["flow", "remove", "push"]).code, 0);
    let ends = world.events("run.end");
    assert_eq!(ends.len(), 1, "{ends:?}");
    assert_eq!(ends[0]["run"], world.events("run.start")[0]["run"]);
    assert_eq!(ends[0]["code"], "flow_removed", "{ends:?}");
    assert_eq!(ends[0]["details"]["status"], "cancelled", "{ends:?}");
    assert_eq!(ends[0]["connection"], "smartcrm", "{ends:?}");
    assert_eq!(world.events("engine.crash").len(), 1);
    let runs = world.koppel(&["run", "list", "--json"]).object();
    assert_eq!(runs["status"], "cancelled", "{runs}");

    // Where somebody edits the file by hand, a person says so: the store may be another
    // configuration's as well.
    let flow = "[flows.push]\nfrom = \"crm\"\nto = \"smartcrm\"\n";
    world.config(|text| text);
    assert!(killed_at(&world, "after:outcomes:1"));
    world.config(|text| text.replace(flow, &flow.replace("push", "other")));
    assert_eq!(world.koppel(&["sync", "other"]).code, 0);
    let codes = |code: &str| {
        let ends = world.events("run.end");
        ends.iter().filter(|end| end["code"] == code).count()
    };
    assert_eq!(codes("flow_removed"), 1);
    let findings = world.koppel(&["doctor", "--json"]).json();
    let next = |finding: &&Value| {
        let next = finding["next"].as_str();
        next.is_some_and(|next| next.ends_with("flow remove push"))
    };
    assert_eq!(findings.iter().filter(next).count(), 1, "{findings:?}");
    let removed = world.koppel(&["flow", "remove", "push", "--json"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert_eq!(codes("flow_removed"), 2);
    let ends = world.events("run.end");
    let last = ends.iter().rfind(|end| end["code"] == "flow_removed");
    assert_eq!(removed.object()["ended"], last.unwrap()["run"]);
    let again = world.koppel(&["flow", "remove", "push"]);
    assert_eq!(again.code, 64, "{again:?}");
    assert_eq!(
        world.events("run.start").len(),
        world.events("run.end").len()
    );
}

#[test]
fn a_configuration_that_shares_the_store_ends_no_run_of_another_one() {
    let world = ready();
    assert!(killed_at(&world, "after:outcomes:1"));
    let text = world.read("koppel.toml");
    let other = text.replace("[flows.push]", "[flows.other]");
    std::fs::write(world.path("other.toml"), other).unwrap();
    world.sql(
        "koppel.db",
        "UPDATE flow SET state = 'broken' WHERE name = 'push'",
    );
    let synced = world.koppel(&["--config", "other.toml", "sync", "other"]);
    assert_eq!(synced.code, 0, "{synced:?}");
    let as_it_was = "SELECT COUNT(*) FROM flow WHERE name = 'push' AND state = 'broken'
                     AND position IS NOT NULL";
    assert_eq!(world.number("koppel.db", as_it_was), 1);
    assert_eq!(world.koppel(&["sync", "push"]).code, 0);
    let of = |event: &str| -> Vec<Value> {
        let mut entries = world.events(event);
        entries.retain(|entry| entry["flow"] == "push");
        entries
    };
    let (starts, resumes, ends) = (of("run.start"), of("run.resume"), of("run.end"));
    assert_eq!(
        (starts.len(), resumes.len(), ends.len()),
        (1, 1, 1),
        "{ends:?}"
    );
    assert_eq!(resumes[0]["run"], starts[0]["run"]);
    assert_eq!(ends[0]["run"], starts[0]["run"]);
    assert_eq!(ends[0]["code"], Value::Null, "{ends:?}");
}

#[test]
fn a_change_of_one_entry_is_found_and_named() {
    let world = World::new(5);
    assert_eq!(world.koppel(&["sync", "--entity", "customer"]).code, 0);
    let sound = world.koppel(&["logs", "verify"]);
    assert_eq!(sound.code, 0, "{sound:?}");
    let entry = &world.events("record.create")[2];
    let number = entry["number"].as_i64().unwrap();
    world.sql(
        "koppel-audit.db",
        &format!("UPDATE audit_event SET record = '4711' WHERE id = {number}"),
    );
    let found = world.koppel(&["logs", "verify"]);
    assert_eq!(found.code, 1, "{found:?}");
    assert!(found.stdout.contains(&number.to_string()), "{found:?}");
    let json = world.koppel(&["logs", "verify", "--json"]);
    assert_eq!(json.code, 1, "{json:?}");
    assert_eq!(json.object()["problems"][0]["number"], number, "{json:?}");
    assert_eq!(json.object()["sound"], false, "{json:?}");

    world.sql(
        "koppel-audit.db",
        &format!("DELETE FROM audit_event WHERE id = {number}"),
    );
    let gone = world.koppel(&["logs", "verify"]);
    assert_eq!(gone.code, 1, "{gone:?}");
}
