//! Which errors are one and the same.

use std::collections::HashSet;

use audit_log::{Entry, EventName, Level, MaskOptions, fingerprint, mask};

fn entry(message: &str) -> Entry {
    Entry::new(Level::Error, EventName::HttpExchange, message)
        .system("smartcrm")
        .operation("clients.create")
        .path("/clients")
        .status(422)
        .code("validation")
}

fn value(entry: &Entry) -> i64 {
    fingerprint::of(entry).unwrap().value
}

#[test]
fn the_same_failure_of_another_record_connection_and_run_is_the_same_issue() {
    let first = entry("Client 17 of 'Acme' is not valid since 2026-11-22.")
        .connection("shop")
        .flow("a")
        .record("17");
    let second = entry("Client 99 of 'Jan B.V.' is not valid since 2025-01-02.")
        .connection("other")
        .flow("b")
        .record("99");
    assert_eq!(value(&first), value(&second));
}

#[test]
fn what_was_masked_makes_no_difference() {
    let mut values = HashSet::new();
    for (name, email) in [
        ("Jan Jansen", "jan@x.nl"),
        ("Wilhelmina de Groot", "w@lang.example"),
    ] {
        let bodies = audit_log::Bodies {
            request: format!("{{\"name\":\"{name}\"}}"),
            ..Default::default()
        };
        let mut entry = entry(&format!("Client {name} ({email}) exists.")).bodies(bodies);
        mask::entry(&mut entry, &MaskOptions::default());
        let found = fingerprint::of(&entry).unwrap();
        assert_eq!(found.title, "clients.create: Client … (…) exists.");
        values.insert(found.value);
    }
    assert_eq!(values.len(), 1);
}

#[test]
fn another_system_event_code_path_or_sentence_is_another_issue() {
    let one = entry("It is not valid.");
    let others = [
        one.clone().system("syncro"),
        one.clone().code("conflict"),
        one.clone().path("/contacts"),
        one.clone().operation("clients.update"),
        one.clone().entity("client"),
        entry("It is too long."),
    ];
    let values: HashSet<i64> = others.iter().chain([&one]).map(value).collect();
    assert_eq!(values.len(), 7);
}

#[test]
fn pace_login_and_outage_are_one_issue_of_a_system_each() {
    for (code, status) in [("rate_limited", 429), ("auth", 401), ("unavailable", 503)] {
        let at =
            |path: &str, message: &str| value(&entry(message).path(path).status(status).code(code));
        assert_eq!(
            at("/clients", "No."),
            at("/invoices/{id}", "Quite another.")
        );
        let of = |system: &str| value(&entry("No.").system(system).status(status).code(code));
        assert_ne!(of("smartcrm"), of("syncro"));
    }
}

#[test]
fn below_a_warning_there_is_none() {
    let mut quiet = entry("It is not valid.");
    for level in [Level::Debug, Level::Info] {
        quiet.level = level;
        assert_eq!(fingerprint::of(&quiet), None);
    }
    quiet.level = Level::Warning;
    assert!(fingerprint::of(&quiet).is_some());
}

#[test]
fn the_numbers_of_the_first_rules_never_change() {
    // Stored in logs: other rules need another version.
    let found = fingerprint::of(&entry("Client 17 is not valid.")).unwrap();
    assert_eq!(found.algo, 1);
    assert_eq!(found.to_string(), "137f3e22d00937bd");
    let found = fingerprint::of(&entry("x").code("rate_limited")).unwrap();
    assert_eq!(found.to_string(), "7e8689ec2b677c96");
}
