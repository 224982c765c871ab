//! What people do stands in the audit log with who it was, and what is asked of the log with a
//! slip of the pen is answered.

use std::io::{BufRead as _, BufReader};

use serde_json::Value;

use crate::logs::{SYNC, ok, refused, search, synced};
use crate::support::{World, exported, finish, koppel};

fn by_somebody(entries: &[Value]) {
    for entry in entries {
        assert!(entry["actor"].is_string(), "{entry}");
    }
}

#[test]
fn whoever_has_a_record_tried_again_is_named_with_the_record() {
    let world = World::new(3);
    world.sql(
        "crm.db",
        "UPDATE tblclients SET company = 'Banana' WHERE userid < 3",
    );
    (world.server.faults()).add(koppel_sandbox::smartcrm::Fault::bad_record(
        "company", "Banana", "No.",
    ));
    assert_eq!(world.koppel(SYNC).code, 3);
    ok(&world, &["parked", "retry", "customer", "1"]);
    ok(&world, &["parked", "retry", "--all"]);
    let told = world.events("record.retry");
    by_somebody(&told);
    let records: Vec<_> = told.iter().map(|entry| &entry["record"]).collect();
    assert_eq!(records, ["1", "1", "2"], "{told:?}");
    for entry in &told {
        assert_eq!(entry["entity"], "customer", "{entry}");
        assert_eq!(entry["connection"], "smartcrm", "{entry}");
        assert_eq!(entry["system"], "smartcrm", "{entry}");
    }
    // A record that is not set aside is nobody's decision.
    assert_eq!(world.koppel(&["parked", "retry", "customer", "3"]).code, 64);
    assert_eq!(world.events("record.retry").len(), 3);
}

#[test]
fn a_write_by_hand_is_told_at_any_level_and_no_name_in_its_path() {
    let world = World::new(2);
    for (method, path) in [("POST", "clients/jansen/puk"), ("GET", "clients/jansen")] {
        let args = ["api", "smartcrm", method, path, "--data", "{}"];
        world.koppel(&args[..if method == "GET" { 4 } else { 6 }]);
    }
    let calls = world.events("api.call");
    by_somebody(&calls);
    // Reading is told with DEBUG, as its request is.
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["method"], "POST");
    assert_eq!(calls[0]["path"], "/clients/…/…");
    assert_eq!(calls[0]["connection"], "smartcrm");
    let all = world.koppel(&["logs", "export", "--bodies"]).stdout;
    assert!(all.contains("http.exchange"), "the refusal is there: {all}");
    for name in ["jansen", "puk"] {
        assert!(!all.contains(name), "`{name}` stands in {all}");
    }
}

#[test]
fn the_log_begins_with_who_made_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(finish(koppel(dir.path()).arg("init")).code, 0);
    let made: Vec<_> = exported(dir.path())
        .into_iter()
        .filter(|entry| entry["event"] == "admin.setting")
        .collect();
    assert_eq!(made.len(), 1, "{made:?}");
    by_somebody(&made);
    assert_eq!(made[0]["details"]["file"], "koppel.toml", "{made:?}");
}

#[test]
fn a_name_that_nobody_knows_is_refused_and_one_that_the_log_knows_is_not() {
    let world = synced(2);
    let close = [
        ("--connection", "smrtcrm", "did you mean `smartcrm`"),
        ("--flow", "psh", "did you mean `push`"),
        ("--system", "smartcm", "crmconnect, smartcrm"),
        ("--entity", "custmer", "customer, contact"),
    ];
    for (option, name, said) in close {
        for command in ["search", "tail", "export"] {
            refused(&world, &["logs", command, option, name], &["help: ", said]);
        }
    }
    refused(
        &world,
        &["errors", "list", "--connection", "smrtcrm"],
        &["did you mean"],
    );
    refused(
        &world,
        &["stats", "--connection", "smrtcrm"],
        &["did you mean"],
    );
    refused(&world, &["logs", "erase", "custmer", "1"], &["custmer"]);

    let before = search(&world, &["--connection", "smartcrm"]).len();
    ok(
        &world,
        &["connection", "remove", "smartcrm", "--with-flows"],
    );
    assert_eq!(
        search(&world, &["--connection", "smartcrm"]).len(),
        before + 1
    );
    assert!(!search(&world, &["--flow", "push"]).is_empty());
    let stats = ok(&world, &["stats", "--connection", "smartcrm", "--json"]).object();
    assert_eq!(stats["total"]["succeeded"], 2, "{stats}");
    ok(&world, &["errors", "list", "--connection", "smartcrm"]);
}

#[test]
fn following_ends_when_nobody_reads_any_more() {
    let world = synced(2);
    let mut follow = world.start(&["logs", "tail", "-n", "1", "--follow"]);
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    drop(lines);
    // The next entries find that out.
    ok(&world, SYNC);
    let ended = follow.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
}

#[test]
fn an_export_that_nobody_reads_to_its_end_stops_and_is_told() {
    let world = synced(40);
    let mut export = world.start(&["logs", "export", "--bodies"]);
    drop(export.stdout.take());
    assert_eq!(export.wait().unwrap().code(), Some(0));
    let told = world.events("log.export");
    assert!(told[0]["details"].get("entries").is_none(), "{told:?}");
    by_somebody(&told);
}
