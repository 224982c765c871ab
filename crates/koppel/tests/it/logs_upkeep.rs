//! `koppel logs prune` and `erase`, a log that is not there yet, and what people did to the set-up.

use audit_log::{AuditLog, Entry, EventName, Level};
use koppel_app::api_core::Timestamp;

use crate::databases;
use crate::logs::{SYNC, ok, refused, search, synced};
use crate::support::World;

#[test]
fn before_the_first_sync_there_is_no_log_and_none_is_made() {
    let world = World::new(2);
    for args in [
        &["logs", "tail"][..],
        &["errors", "list"],
        &["stats"],
        &["logs", "verify"],
    ] {
        let done = world.koppel(args);
        assert_eq!(done.code, 1, "{args:?}: {done:?}");
        assert!(done.stderr.contains("no audit log"), "{done:?}");
        assert!(
            done.stderr.contains("help: ") && done.stderr.contains("koppel sync"),
            "{done:?}"
        );
    }
    assert!(!world.path("koppel-audit.db").exists());
}

/// Puts entries of so many days ago into the log, one of each level.
fn aged(world: &World, days: &[i64]) {
    let log = world.path("koppel-audit.db").display().to_string();
    databases::runtime().block_on(async {
        let log = AuditLog::builder(&log)
            .level(Level::Debug)
            .open()
            .await
            .unwrap();
        for days in days {
            let at = Timestamp::from_micros(Timestamp::now().as_micros() - days * 86_400_000_000);
            for level in Level::ALL {
                let entry = Entry::new(level, EventName::LogMessage, "It is old.").at(at);
                log.append(entry).await.unwrap();
            }
        }
        log.close().await.unwrap();
    });
}

#[test]
fn old_entries_are_removed_when_told_and_the_chain_still_holds() {
    let world = synced(6);
    aged(&world, &[2, 10, 40, 100, 400]);
    let old = || search(&world, &["It is old", "--since", "500d"]).len();
    assert_eq!(old(), 20);
    let kept = "DEBUG\t3d\t4\nINFO\t30d\t3\nWARNING\t90d\t2\nERROR\t365d\t1\n";
    let planned = ok(&world, &["logs", "prune", "--dry-run"]).stdout;
    assert!(planned.contains(kept), "{planned}");
    assert_eq!(old(), 20);
    let pruned = ok(&world, &["logs", "prune"]).stdout;
    assert!(pruned.contains(kept), "{pruned}");
    assert_eq!(old(), 10);
    assert!(!world.events("log.prune").is_empty());
    let verified = ok(&world, &["logs", "verify", "--json"]).object();
    assert_eq!(verified["pruned"], 10, "{verified}");
    let again = ok(&world, &["logs", "prune"]);
    assert!(again.stderr.contains("Nothing is older"), "{again:?}");
    // What was counted stays counted.
    let stats = ok(&world, &["stats", "--json"]).object();
    assert_eq!(stats["total"]["succeeded"], 6, "{stats}");
}

#[test]
fn the_requests_of_one_record_are_erased_and_the_chain_still_holds() {
    let world = synced(3);
    world.sql(
        "crm.db",
        "UPDATE tblclients SET phonenumber = '020 7654321' WHERE userid = 2",
    );
    assert_eq!(world.koppel(SYNC).code, 0);
    let bodies = || -> usize {
        let done = ok(&world, &["logs", "export", "--bodies"]);
        done.json()
            .iter()
            .filter(|entry| entry["bodies"].is_object())
            .count()
    };
    let run = world.events("run.end").pop().unwrap()["run"]
        .as_str()
        .unwrap()
        .to_owned();
    let all = bodies();
    let erased = ok(&world, &["logs", "erase", "--run", &run, "--json"]).object();
    let gone = usize::try_from(erased["bodies"].as_u64().unwrap()).unwrap();
    assert!(gone > 0 && gone < all, "{gone} of {all}");
    assert_eq!(bodies(), all - gone);
    let of = ["logs", "search", "--run", &run, "--json"];
    let of = [&of[..], &["--event", "http.exchange", "--limit", "1"]].concat();
    let number = ok(&world, &of).json().swap_remove(0)["number"].to_string();
    let shown = ok(&world, &["logs", "show", &number]).stdout;
    assert!(shown.contains("were removed, by age or by"), "{shown}");
    ok(&world, &["logs", "erase", "customer", "2"]);
    let told = world.events("log.erase");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0]["actor"].is_string(), "{told:?}");
    ok(&world, &["logs", "verify"]);
    refused(&world, &["logs", "erase"], &["--run"]);
}

#[test]
fn changes_of_the_configuration_are_told_with_their_keys_and_not_their_values() {
    let world = synced(2);
    ok(&world, &["flow", "set", "push", "every=4h"]);
    ok(&world, &["connection", "set", "smartcrm", "batch_size=13"]);
    let told = world.events("admin.setting");
    let messages: Vec<&str> = told
        .iter()
        .map(|entry| entry["message"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), 2, "{messages:?}");
    assert!(messages[0].contains("flows.push.every"), "{messages:?}");
    assert!(
        messages[1].contains("connections.smartcrm.batch_size"),
        "{messages:?}"
    );
    assert!(
        told.iter().all(|entry| entry["actor"].is_string()),
        "{told:?}"
    );
    assert!(
        !told
            .iter()
            .any(|entry| entry["details"]["changes"].to_string().contains("4h")),
        "{told:?}"
    );
    assert_eq!(
        world.events("connection.test").len(),
        1,
        "a changed connection is tested"
    );
}
