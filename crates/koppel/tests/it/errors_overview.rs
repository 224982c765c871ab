//! `koppel errors`: alike errors as one, what to do about them, and what a person says of them.

use koppel_sandbox::smartcrm::Fault;
use serde_json::Value;

use crate::support::World;

const SYNC: &[&str] = &["sync", "--entity", "customer"];

/// A world in which three customers are refused for the same reason.
fn refusing() -> World {
    let world = World::new(6);
    world.sql(
        "crm.db",
        "UPDATE tblclients SET vat = 'BAD-VAT' WHERE userid IN (2, 3, 5)",
    );
    world.server.faults().add(Fault::bad_record(
        "vat",
        "BAD-VAT",
        "The VAT number is not valid.",
    ));
    assert_eq!(world.koppel(SYNC).code, 3);
    world
}

fn list(world: &World, more: &[&str]) -> Vec<Value> {
    let done = world.koppel(&[&["errors", "list", "--json"], more].concat());
    assert_eq!(done.code, 0, "{done:?}");
    done.json()
}

/// The error of the records that were set aside.
fn parked(errors: &[Value]) -> &Value {
    let parked = errors.iter().find(|error| error["event"] == "record.park");
    parked.unwrap_or_else(|| panic!("{errors:?}"))
}

fn id(error: &Value) -> &str {
    error["fingerprint"].as_str().unwrap()
}

#[test]
fn alike_errors_are_one_with_a_count_and_advice_in_two_languages() {
    let world = refusing();
    let errors = list(&world, &[]);
    let error = parked(&errors);
    assert_eq!(error["count"], 3, "{error}");
    assert_eq!(error["state"], "open", "{error}");
    assert_eq!(error["days"].as_array().unwrap().len(), 7, "{error}");
    assert_eq!(error["days"][6], 3, "today is the last: {error}");
    let connections = error["connections"].to_string();
    assert!(connections.contains("smartcrm"), "{error}");

    let advice = |lang: &str| -> String {
        let shown = world.koppel(&["errors", "show", id(error), "--lang", lang, "--json"]);
        assert_eq!(shown.code, 0, "{shown:?}");
        let object = shown.object();
        assert_eq!(object["newest"]["event"], "record.park", "{object}");
        object["advice"].as_str().unwrap().to_owned()
    };
    let (english, dutch) = (advice("en"), advice("nl"));
    assert!(english.len() > 20 && dutch.len() > 20 && english != dutch);
    let shown = world.koppel(&["errors", "show", &id(error)[..6]]).stdout;
    for part in ["count       3", "What to do: ", "The newest:", "smartcrm 3"] {
        assert!(shown.contains(part), "`{part}` is missing: {shown}");
    }
    // In a pipe it is a line of cells.
    let lines = world.koppel(&["errors", "list"]).stdout;
    assert_eq!(lines.lines().count(), errors.len());
    assert!(
        lines.lines().all(|line| line.split('\t').count() == 9),
        "{lines}"
    );
    // Its entries are found by its id.
    let found = world
        .koppel(&["logs", "search", "--error", id(error), "--json"])
        .json();
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn what_is_resolved_comes_back_as_regressed_and_what_is_ignored_does_not() {
    let world = refusing();
    let errors = list(&world, &[]);
    let error = parked(&errors);
    let others = errors.len() - 1;
    let resolve = ["errors", "resolve", id(error), "--note", "They were told."];
    let done = world.koppel(&resolve);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("is resolved"), "{done:?}");
    assert_eq!(list(&world, &[]).len(), others);
    let resolved = list(&world, &["--state", "resolved"]).remove(0);
    assert_eq!(resolved["note"], "They were told.", "{resolved}");
    assert!(resolved["state_by"].is_string(), "{resolved}");

    world.sql(
        "crm.db",
        "UPDATE tblclients SET vat = 'BAD-VAT' WHERE userid = 1",
    );
    assert_eq!(world.koppel(SYNC).code, 3);
    let again = list(&world, &[]);
    assert_eq!(parked(&again)["state"], "regressed", "{again:?}");

    let ignored = world.koppel(&["errors", "ignore", id(error), "--json"]);
    assert_eq!(ignored.object()["state"], "ignored", "{ignored:?}");
    world.sql(
        "crm.db",
        "UPDATE tblclients SET vat = 'BAD-VAT' WHERE userid = 4",
    );
    assert_eq!(world.koppel(SYNC).code, 3);
    assert!(!list(&world, &[]).iter().any(|other| id(other) == id(error)));
    let all = list(&world, &["--all"]);
    assert_eq!(parked(&all)["state"], "ignored");
    assert!(parked(&all)["count"].as_u64() > parked(&again)["count"].as_u64());

    let reopened = world.koppel(&["errors", "reopen", id(error)]);
    assert_eq!(reopened.code, 0, "{reopened:?}");
    assert_eq!(parked(&list(&world, &[]))["state"], "open");
    for event in ["issue.resolve", "issue.ignore", "issue.reopen"] {
        let told = world.events(event);
        assert_eq!(told.len(), 1, "{event}: {told:?}");
        assert!(told[0]["actor"].is_string(), "{told:?}");
    }
    assert_eq!(world.koppel(&["logs", "verify"]).code, 0);
}

#[test]
fn an_error_that_is_not_there_is_answered_with_where_to_look() {
    let world = refusing();
    for args in [
        ["errors", "show", "zzzz"],
        ["errors", "resolve", "0000000000000000"],
        ["logs", "search", "--error=zzzz"],
    ] {
        let done = world.koppel(&args);
        assert_eq!(done.code, 64, "{args:?}: {done:?}");
        assert!(
            done.stderr.contains("help: `koppel errors list --all`"),
            "{done:?}"
        );
    }
    let none = world.koppel(&["errors", "list", "--system", "syncro"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{none:?}");
    assert!(none.stderr.contains("No error is open"), "{none:?}");
}
