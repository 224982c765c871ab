//! `koppel stats`: the last days in numbers.

use koppel_sandbox::smartcrm::Fault;
use serde_json::{Value, json};

use crate::support::World;

fn stats(world: &World, more: &[&str]) -> Value {
    let done = world.koppel(&[&["stats", "--json"], more].concat());
    assert_eq!(done.code, 0, "{done:?}");
    done.object()
}

#[test]
fn the_numbers_are_those_of_the_runs() {
    let world = World::new(10);
    world.sql(
        "crm.db",
        "UPDATE tblclients SET vat = 'BAD-VAT' WHERE userid = 3",
    );
    world
        .server
        .faults()
        .add(Fault::bad_record("vat", "BAD-VAT", "No."));
    let first = world.koppel(&["sync", "--json"]).object();
    let second = world.koppel(&["sync", "--json"]).object();
    let sum = |report: &Value, what: &str| -> u64 {
        let kinds = report["entities"].as_object().unwrap().values();
        kinds.map(|counts| counts[what].as_u64().unwrap()).sum()
    };
    let both = |what: &str| sum(&first, what) + sum(&second, what);

    let stats = stats(&world, &[]);
    let total = &stats["total"];
    assert_eq!(
        total["succeeded"],
        both("created") + both("updated"),
        "{stats}"
    );
    assert_eq!(total["unchanged"], both("unchanged"), "{stats}");
    assert_eq!(total["skipped"], both("skipped"), "{stats}");
    assert_eq!(
        total["failed"],
        world.events("record.park").len(),
        "{stats}"
    );
    assert!(both("unchanged") > 0 && both("parked") > 0);
    assert_eq!(
        stats["recent_errors"].as_array().unwrap().len().min(1),
        1,
        "{stats}"
    );

    // In a pipe: what it is by, its name, and the numbers.
    let text = world.koppel(&["stats"]).stdout;
    let row = |by: &str, name: &str| -> Vec<u64> {
        let line = (text.lines()).find(|line| line.starts_with(&format!("{by}\t{name}\t")));
        let cells = line
            .unwrap_or_else(|| panic!("{by} {name}: {text}"))
            .split('\t')
            .skip(2);
        cells.map(|cell| cell.parse().unwrap()).collect()
    };
    let expected = [
        both("created") + both("updated"),
        world.events("record.park").len() as u64,
        both("unchanged"),
        both("skipped"),
    ];
    assert_eq!(row("connection", "smartcrm"), expected);
    assert_eq!(row("flow", "push"), expected);
    assert_eq!(row("system", "smartcrm"), expected);
    let of = |what: &str| {
        let of = |report: &Value| report["entities"]["lead"][what].as_u64().unwrap();
        of(&first) + of(&second)
    };
    assert_eq!(
        row("entity", "lead"),
        [of("created"), 0, of("unchanged"), of("skipped")]
    );
}

#[test]
fn one_connection_is_told_apart_and_an_unknown_one_is_refused() {
    let world = World::new(4);
    assert_eq!(world.koppel(&["sync", "--entity", "customer"]).code, 0);
    let one = stats(&world, &["--connection", "smartcrm", "--days", "1"]);
    assert_eq!(one["total"]["succeeded"], 4, "{one}");
    let none = stats(&world, &["--connection", "crm"]);
    assert_eq!(none["total"]["succeeded"], 0, "{none}");
    let unknown = world.koppel(&["stats", "--connection", "banana"]);
    assert_eq!(unknown.code, 64, "{unknown:?}");
    assert!(unknown.stderr.contains("help: "), "{unknown:?}");
    assert_eq!(world.koppel(&["stats", "--days", "0"]).code, 64);
}

/// What was done, however much of it the log keeps.
fn done(stats: &Value) -> Vec<Value> {
    let records = ["succeeded", "failed", "unchanged", "skipped"];
    let mut done: Vec<Value> = ["total", "runs", "by_connection", "by_flow", "by_entity"]
        .map(|what| stats[what].clone())
        .into();
    for system in stats["by_system"].as_array().unwrap() {
        let tallies = records.map(|outcome| system[outcome].clone());
        if tallies.iter().any(|n| *n != 0) {
            done.push(json!([system["system"], tallies]));
        }
    }
    done
}

/// The statistics after two runs, of which one finds records that are refused and others that wait
/// for these, and one dies when it has written something and is gone on with.
fn after_some_runs(audit: &str) -> (World, Value) {
    let world = World::new(10);
    world.config(|text| format!("{audit}\n\n{text}"));
    world.sql(
        "crm.db",
        "UPDATE tblclients SET vat = 'BAD-VAT' WHERE userid = 3",
    );
    world
        .server
        .faults()
        .add(Fault::bad_record("vat", "BAD-VAT", "No."));
    let halted = world.path("halted");
    let mut child = world
        .command(&["sync", "--quiet"])
        .env("KOPPEL_HALT", "after:outcomes:2")
        .env("KOPPEL_HALT_FILE", &halted)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !halted.exists() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for _ in 0..2 {
        world.koppel(&["sync"]);
    }
    let stats = stats(&world, &[]);
    (world, stats)
}

#[test]
fn the_numbers_are_the_same_at_every_level() {
    let (world, all) = after_some_runs("[audit]\nlevel = \"INFO\"");
    let of_level = |level: &str| {
        let count = |entry: &&Value| entry["level"] == level;
        world.events("record.park").iter().filter(count).count()
    };
    assert!(of_level("ERROR") > 0 && of_level("WARNING") > 0);
    assert!(all["total"]["succeeded"].as_u64() > Some(10), "{all}");
    assert!(all["total"]["unchanged"].as_u64() > Some(0), "{all}");
    for audit in [
        "[audit]\nlevel = \"DEBUG\"",
        "[audit]\nlevel = \"WARNING\"",
        "[audit]\nlevel = \"ERROR\"",
        "[audit.levels]\nsmartcrm = \"ERROR\"",
    ] {
        let (world, stats) = after_some_runs(audit);
        assert_eq!(done(&stats), done(&all), "{audit}");
        let kept = world.events("record.create").len();
        assert_eq!(kept > 0, audit.contains("DEBUG"), "{audit}");
        let ends = world.events("run.end").len() as u64;
        let runs: u64 = ["succeeded", "partial", "failed"]
            .map(|how| stats["runs"][how].as_u64().unwrap())
            .iter()
            .sum();
        assert_eq!(
            (ends, world.events("run.start").len()),
            (runs, 2),
            "{audit}"
        );
    }
}
