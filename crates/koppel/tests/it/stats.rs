//! `koppel stats`: the last days in numbers.

use koppel_sandbox::smartcrm::Fault;
use serde_json::Value;

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

#[test]
fn what_a_high_level_leaves_uncounted_is_said() {
    let world = World::new(2);
    let note = "What is under WARNING is not written (`[audit] level`), and not counted";
    assert_eq!(world.koppel(&["sync", "--entity", "customer"]).code, 0);
    let done = world.koppel(&["stats"]);
    assert!(!done.stdout.contains("not counted"), "{done:?}");
    world.config(|text| format!("[audit]\nlevel = \"WARNING\"\n\n{text}"));
    let done = world.koppel(&["stats", "--connection", "smartcrm"]);
    assert!(done.stdout.contains(note), "{done:?}");
}
