//! `koppel logs`: what happened, found again.

use std::io::{BufRead, BufReader};

use koppel_sandbox::smartcrm::Fault;
use serde_json::Value;

use crate::support::{Done, World};

pub(crate) const SYNC: &[&str] = &["sync", "--entity", "customer"];

/// A world of some customers that were synced, with requests and answers in the log.
pub(crate) fn synced(customers: u32) -> World {
    let world = World::new(customers);
    world.config(|text| format!("[audit]\nlevel = \"DEBUG\"\n\n{text}"));
    assert_eq!(world.koppel(SYNC).code, 0);
    world
}

pub(crate) fn ok(world: &World, args: &[&str]) -> Done {
    let done = world.koppel(args);
    assert_eq!(done.code, 0, "{args:?}: {done:?}");
    done
}

pub(crate) fn search(world: &World, more: &[&str]) -> Vec<Value> {
    let args = [&["logs", "search", "--limit", "1000", "--json"], more].concat();
    ok(world, &args).json()
}

pub(crate) fn refused(world: &World, args: &[&str], said: &[&str]) {
    let done = world.koppel(args);
    assert_eq!(done.code, 64, "{args:?}: {done:?}");
    for said in said {
        assert!(done.stderr.contains(said), "`{said}` is missing: {done:?}");
    }
}

#[test]
fn a_sync_is_in_the_log_with_its_start_its_records_and_its_end() {
    let world = synced(5);
    assert_eq!(search(&world, &["--event", "run.start"]).len(), 1);
    let end = search(&world, &["--event", "run.end"]).remove(0);
    assert_eq!(end["outcome"], "run_succeeded", "{end}");
    assert_eq!(end["details"]["counts"]["customer"]["created"], 5, "{end}");
    let run = end["run"].as_str().unwrap();
    let all = search(&world, &["--run", run]);
    let of_event = |event: &str| all.iter().filter(|entry| entry["event"] == event).count();
    assert_eq!(of_event("record.create"), 5);
    assert!(
        of_event("http.exchange") > 0,
        "requests belong to their run"
    );
    // The newest first, and by the beginning of its id as well.
    // Fractions of a second end at their last digit that is not 0: without the Z they compare.
    let times: Vec<&str> = all
        .iter()
        .map(|entry| entry["at"].as_str().unwrap().trim_end_matches('Z'))
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    assert_eq!(search(&world, &["--run", &run[..20]]).len(), all.len());
    // In a pipe it is a line of cells for each.
    let lines = ok(
        &world,
        &["logs", "search", "--event", "record.create,run.end"],
    )
    .stdout;
    assert_eq!(lines.lines().count(), 6, "{lines}");
    for line in lines.lines() {
        assert_eq!(line.split('\t').count(), 9, "{line}");
    }
}

#[test]
fn a_record_is_found_by_its_id_on_either_side() {
    let world = synced(3);
    let by_source = search(&world, &["--entity", "customer", "--record", "2"]);
    let create = by_source
        .iter()
        .find(|entry| entry["event"] == "record.create");
    let target = create.unwrap()["target"].as_str().unwrap();
    let by_target = search(&world, &["--entity", "customer", "--record", target]);
    assert!(
        by_target.iter().any(|entry| Some(entry) == create),
        "{by_target:?}"
    );
    assert!(search(&world, &["--entity", "customer", "--record", "4711"]).is_empty());
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let world = synced(7);
    let all = search(&world, &["--event", "record.create"]);
    assert_eq!(all.len(), 7);
    let mut paged = Vec::new();
    let mut place: Option<String> = None;
    for _ in 0..9 {
        let mut args = vec![
            "logs",
            "search",
            "--event",
            "record.create",
            "--limit",
            "3",
            "--json",
        ];
        args.extend(
            place
                .as_deref()
                .map(|place| ["--after", place])
                .into_iter()
                .flatten(),
        );
        let mut page = ok(&world, &args).json();
        place = (page.last()).and_then(|last| Some(last["next"].as_str()?.to_owned()));
        if place.is_some() {
            page.pop();
        }
        assert!(page.len() <= 3);
        paged.extend(page);
        if place.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
    refused(
        &world,
        &["logs", "search", "--after", "somewhere"],
        &["no place in the audit log", "help: "],
    );
}

#[test]
fn filters_narrow_and_wrong_words_are_answered_with_the_right_ones() {
    let world = synced(4);
    world
        .server
        .faults()
        .add(Fault::bad_record("company", "Banana", "No."));
    world.sql(
        "crm.db",
        "UPDATE tblclients SET company = 'Banana' WHERE userid = 1",
    );
    assert_eq!(world.koppel(SYNC).code, 3);
    for entry in search(&world, &["--level", "warning"]) {
        assert_ne!(entry["level"], "INFO");
    }
    let failed = search(&world, &["--outcome", "failed"]);
    assert!(
        failed.iter().any(|entry| entry["record"] == "1"),
        "{failed:?}"
    );
    let refusals = search(&world, &["--status", "4xx"]);
    assert!(!refusals.is_empty());
    assert!(
        refusals
            .iter()
            .all(|entry| (400..500).contains(&entry["status"].as_u64().unwrap()))
    );
    assert!(!search(&world, &["--since", "1h", "--system", "smartcrm"]).is_empty());
    assert!(search(&world, &["--until", "2020-01-01"]).is_empty());
    assert!(search(&world, &["--entity", "lead"]).is_empty());
    assert!(!search(&world, &["CREATED", "--since", "1h", "--flow", "push"]).is_empty());

    refused(&world, &["logs", "search", "word"], &["help: ", "--since"]);
    refused(
        &world,
        &["logs", "search", "--event", "record.banana"],
        &["record.create"],
    );
    refused(&world, &["logs", "search", "--level", "loud"], &["WARNING"]);
    refused(
        &world,
        &["logs", "search", "--since", "yesterday"],
        &["7d", "2026-11-20"],
    );
    refused(&world, &["logs", "search", "--status", "9xy"], &["4xx"]);
    refused(
        &world,
        &["logs", "search", "--outcome", "great"],
        &["succeeded"],
    );
    refused(
        &world,
        &["logs", "search", "--run", "zzz"],
        &["zzz", "help: "],
    );
    refused(
        &world,
        &["logs", "show", "999999"],
        &["no entry `999999`", "help: "],
    );
}

#[test]
fn an_entry_is_shown_with_its_request_and_answer() {
    let world = synced(3);
    let exchanges = search(
        &world,
        &["--event", "http.exchange", "--connection", "smartcrm"],
    );
    let post = exchanges
        .iter()
        .find(|entry| entry["method"] == "POST")
        .unwrap();
    let number = post["number"].to_string();
    let shown = ok(&world, &["logs", "show", &number]).stdout;
    for part in [
        "Request: POST http",
        "Response: 20",
        "[masked ",
        "authorization: [",
    ] {
        let part = part.to_lowercase();
        assert!(
            shown.to_lowercase().contains(&part),
            "`{part}` is missing: {shown}"
        );
    }
    let id = post["id"].as_str().unwrap();
    let by_id = ok(&world, &["logs", "show", id, "--json"]).object();
    assert_eq!(by_id["number"], post["number"]);
    assert!(
        by_id["bodies"]["request"]
            .as_str()
            .unwrap()
            .contains("[masked ")
    );
    assert_eq!(
        ok(&world, &["logs", "show", &id[..23], "--json"]).object()["id"],
        id
    );
}

#[test]
fn tail_prints_the_newest_last_and_follows_those_that_come() {
    let world = synced(4);
    let mut newest = search(&world, &[]);
    newest.truncate(3);
    newest.reverse();
    assert_eq!(
        ok(&world, &["logs", "tail", "-n", "3", "--json"]).json(),
        newest
    );

    let mut follow = world.start(&[
        "logs", "tail", "-n", "1", "-f", "--json", "--event", "run.end",
    ]);
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let first = next();
    assert_eq!(first["event"], "run.end");
    assert_eq!(world.koppel(SYNC).code, 0);
    let second = next();
    assert_eq!(second["event"], "run.end");
    assert_ne!(second["run"], first["run"]);
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn an_export_has_everything_and_is_for_its_owner_alone() {
    let world = synced(4);
    let all = world.audit();
    let numbers: Vec<i64> = all
        .iter()
        .map(|entry| entry["number"].as_i64().unwrap())
        .collect();
    assert!(numbers.len() > 8);
    let csv = ok(&world, &["logs", "export", "--format", "csv"]).stdout;
    let header = csv.lines().next().unwrap();
    assert!(
        header.contains("number") && header.contains("message"),
        "{header}"
    );
    assert!(csv.lines().count() > numbers.len());

    let done = ok(
        &world,
        &["logs", "export", "--bodies", "--output", "all.ndjson"],
    );
    assert_eq!(done.stdout, "");
    assert!(
        done.stderr.contains("entries are in all.ndjson"),
        "{done:?}"
    );
    let text = world.read("all.ndjson");
    assert!(
        text.contains("\"bodies\":{"),
        "requests and answers are asked for"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.path("all.ndjson"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    refused(
        &world,
        &["logs", "export", "--format", "csv", "--bodies"],
        &["CSV", "help: "],
    );
    let told = world.events("log.export");
    assert!(!told.is_empty(), "who took the log along is written down");
    assert!(told[0]["actor"].is_string(), "{told:?}");
}
