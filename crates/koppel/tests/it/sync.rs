//! `koppel sync`: counts, bad records, schedules, interruptions.

use std::collections::BTreeSet;

use koppel_sandbox::smartcrm::{Fault, HookAction, Phase};
use serde_json::Value;

use crate::support::{World, finish};

fn of(report: &Value, entity: &str, what: &str) -> i64 {
    report["entities"][entity][what]
        .as_i64()
        .unwrap_or_else(|| panic!("{entity} {what}: {report}"))
}

fn reconciles(report: &Value) {
    for (entity, counts) in report["entities"].as_object().unwrap() {
        let ends = [
            "created",
            "updated",
            "unchanged",
            "skipped",
            "parked",
            "failed",
        ];
        let sum: i64 = ends.iter().map(|end| counts[end].as_i64().unwrap()).sum();
        assert_eq!(counts["read"].as_i64(), Some(sum), "{entity}: {counts}");
    }
}

#[test]
fn the_counts_reconcile_and_are_those_of_the_database() {
    let world = World::new(60);
    let done = world.koppel(&["sync", "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    let report = done.object();
    assert_eq!(report["flow"], "push");
    assert_eq!(report["status"], "succeeded");
    assert_eq!(report["trigger"], "manual");
    assert_eq!(report["error"], Value::Null);
    assert_eq!(report["errors"], Value::Array(Vec::new()));
    assert!(report["started_at"].as_str() < report["ended_at"].as_str());
    reconciles(&report);

    let rows = |table: &str| world.number("crm.db", &format!("SELECT COUNT(*) FROM {table}"));
    let merged = "merged_ticket_id IS NULL OR merged_ticket_id = 0";
    for (entity, resource, rows) in [
        ("customer", "clients", rows("tblclients")),
        ("contact", "contacts", rows("tblcontacts")),
        ("lead", "leads", rows("tblleads")),
        (
            "ticket",
            "tickets",
            rows(&format!("tbltickets WHERE {merged}")),
        ),
        ("invoice", "invoices", rows("tblinvoices WHERE status <> 6")),
    ] {
        assert_eq!(of(&report, entity, "read"), rows, "{entity}: {report}");
        assert_eq!(of(&report, entity, "created"), rows, "{entity}: {report}");
        assert_eq!(
            i64::try_from(world.server.count(resource)),
            Ok(rows),
            "{entity}"
        );
    }
    assert_eq!(of(&report, "project", "read"), rows("tblprojects"));
    let active = i64::try_from(world.made.active_projects).unwrap();
    assert_eq!(of(&report, "project", "created"), active);
    assert_eq!(i64::try_from(world.server.count("projects")), Ok(active));

    let applied = world.server.applied();
    let again = world.koppel(&["sync", "--json"]).object();
    assert_eq!(
        world.server.applied(),
        applied,
        "a second sync writes nothing"
    );
    assert_eq!(of(&again, "customer", "unchanged"), 60);
    reconciles(&again);

    world.sql(
        "crm.db",
        "UPDATE tblclients SET phonenumber = 'new' WHERE userid <= 3",
    );
    let third = world.koppel(&["sync", "--json"]).object();
    assert_eq!(of(&third, "customer", "updated"), 3);
    assert_eq!(world.server.applied(), applied + 3);
}

#[test]
fn only_the_kinds_that_were_asked_for_are_synced() {
    let world = World::new(10);
    let done = world.koppel(&["sync", "--entity", "customer,lead", "--json"]);
    let report = done.object();
    let kinds: Vec<_> = report["entities"].as_object().unwrap().keys().collect();
    assert_eq!(kinds, ["customer", "lead"]);
    assert_eq!(world.server.count("contacts"), 0);

    let none = world.koppel(&["sync", "--entity", "payment"]);
    assert_eq!(none.code, 64, "{none:?}");
    assert!(none.stderr.contains("no flow syncs payments"), "{none:?}");
}

#[test]
fn one_bad_record_of_a_batch_is_set_aside_and_lands_once_it_is_mended() {
    let world = World::new(50);
    world.sql(
        "crm.db",
        "UPDATE tblclients SET vat = 'BAD-VAT' WHERE userid = 17",
    );
    world.server.faults().add(Fault::bad_record(
        "vat",
        "BAD-VAT",
        "The VAT number is not valid.",
    ));

    let done = world.koppel(&["sync", "--entity", "customer", "--json"]);
    assert_eq!(done.code, 3, "{done:?}");
    let report = done.object();
    assert_eq!(report["status"], "partial");
    assert_eq!(of(&report, "customer", "created"), 49);
    assert_eq!(of(&report, "customer", "parked"), 1);
    reconciles(&report);
    assert_eq!(world.server.count("clients"), 49);
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["entity"], "customer");
    assert_eq!(errors[0]["id"], "17");
    assert_eq!(errors[0]["reason"], "rejected");
    assert_eq!(errors[0]["attempts"], 1);
    let message = errors[0]["message"].as_str().unwrap();
    assert!(
        message.contains("The VAT number is not valid."),
        "{message}"
    );

    let listed = world.koppel(&["parked", "list"]);
    assert!(
        listed
            .stdout
            .starts_with("push\tcustomer\t17\trejected\t1\t"),
        "{listed:?}"
    );
    assert!(
        listed.stdout.contains("The VAT number is not valid."),
        "{listed:?}"
    );

    // Not mended: it is tried again and says so, readably.
    let again = world.koppel(&["sync", "--entity", "customer"]);
    assert_eq!(again.code, 3, "{again:?}");
    assert!(again.stdout.contains("Set aside (1):"), "{again:?}");
    assert!(
        again
            .stdout
            .contains("customer 17 was refused by the target"),
        "{again:?}"
    );
    assert!(again.stdout.contains("(2 attempts)"), "{again:?}");

    world.sql(
        "crm.db",
        "UPDATE tblclients SET vat = 'NL000099998B57' WHERE userid = 17",
    );
    let mended = world.koppel(&["sync", "--entity", "customer", "--json"]);
    assert_eq!(mended.code, 0, "{mended:?}");
    assert_eq!(of(&mended.object(), "customer", "created"), 1);
    assert_eq!(world.server.count("clients"), 50);
    assert_eq!(world.koppel(&["parked", "list"]).stdout, "");
}

#[test]
fn what_is_due_is_synced_and_nothing_else() {
    let world = World::new(5);
    world.config(|text| format!("{text}every = \"1h\"\nentities = [\"customer\"]\n"));
    let first = world.koppel(&["sync", "--due", "--json"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(first.object()["trigger"], "schedule");
    let requests = world.server.requests();
    let second = world.koppel(&["sync", "--due", "--json"]);
    assert_eq!(second.code, 0);
    assert_eq!(second.stdout, "");
    assert!(
        second.stderr.contains("Nothing is due (push: "),
        "{second:?}"
    );
    assert_eq!(world.server.requests(), requests);
}

#[cfg(unix)]
#[test]
fn a_signal_lets_what_is_under_way_finish_and_the_next_sync_go_on() {
    for signal in ["INT", "TERM"] {
        let world = World::new(300);
        let (reached, at) = std::sync::mpsc::channel();
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let reached = std::sync::Mutex::new(reached);
        world.on_request(move |event| {
            if event.phase == Phase::BeforeApply && event.is_write && event.number > 1 {
                // The second write waits until the signal was sent.
                reached.lock().unwrap().send(()).unwrap();
                gate.lock().unwrap().recv().unwrap_or_default();
            }
            HookAction::Continue
        });
        let child = world.start(&["sync", "--entity", "customer", "--json"]);
        at.recv().unwrap();
        let sent = std::process::Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        drop(release);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}: {stderr}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["status"], "cancelled", "{signal}");
        reconciles(&report);
        world.go_on();

        let rest = world.koppel(&["sync", "--entity", "customer", "--json"]);
        assert_eq!(rest.code, 0, "{rest:?}");
        assert_eq!(world.server.count("clients"), 300);
        assert_eq!(world.server.applied(), 300, "{signal}: none twice");
        assert_eq!(world.number("koppel.db", "SELECT COUNT(*) FROM intent"), 0);
    }
}

#[test]
fn every_event_of_a_run_is_in_the_audit_log_once() {
    let world = World::new(30);
    world.koppel(&["sync"]);
    let entries = world.audit();
    let created = |entry: &&Value| entry["event"] == "record.create";
    assert_eq!(
        entries.iter().filter(created).count() as u64,
        world.server.applied()
    );
    let ids: BTreeSet<String> = (entries.iter())
        .map(|entry| entry["id"].to_string())
        .collect();
    assert_eq!(ids.len(), entries.len());
    assert_eq!(
        world.number("koppel.db", "SELECT COUNT(*) FROM event_outbox"),
        0
    );
}

#[test]
fn a_record_that_waits_for_a_person_is_taken_anew_when_told() {
    let world = World::new(5);
    world.sql(
        "crm.db",
        "UPDATE tblclients SET vat = 'BAD-VAT' WHERE userid = 2",
    );
    world
        .server
        .faults()
        .add(Fault::bad_record("vat", "BAD-VAT", "No."));
    assert_eq!(world.koppel(&["sync", "--entity", "customer"]).code, 3);
    let wrong = world.koppel(&["parked", "retry", "customer", "3"]);
    assert_eq!(wrong.code, 64, "{wrong:?}");
    let right = world.koppel(&["parked", "retry", "customer", "2"]);
    assert_eq!(right.code, 0, "{right:?}");
    let listed = world.koppel(&["parked", "list"]).stdout;
    assert!(listed.starts_with("push\tcustomer\t2\tretry\t"), "{listed}");
    assert_eq!(world.koppel(&["sync", "--entity", "customer"]).code, 3);
    let all = world.koppel(&["parked", "retry", "--all", "--json"]);
    assert_eq!(all.object()["retried"], 1);
}

#[test]
fn without_json_people_read_a_table() {
    let world = World::new(5);
    let done = finish(
        world
            .command(&["sync", "push", "--entity", "customer"])
            .env("NO_COLOR", "1"),
    );
    assert!(
        done.stdout.starts_with("push: succeeded after "),
        "{done:?}"
    );
    assert!(
        done.stdout.contains("customer\t5\t5\t0\t0\t0\t0\t0\n"),
        "{done:?}"
    );
    assert!(
        done.stdout.contains("total\t5\t5\t0\t0\t0\t0\t0\n"),
        "{done:?}"
    );
    assert_eq!(done.stderr, "");
}
