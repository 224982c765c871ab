//! What the program must not tell: secrets anywhere, people in the audit log.

use std::fs;

use koppel_sandbox::smartcrm::{Fault, FaultKind};
use serde_json::Value;

use crate::needles::Needles;
use crate::support::{TOKEN, World};

mod demo;

use demo::{
    BSN, COMPANY, Demo, FIRST, FORBIDDEN, IBAN, LAST, MAIL, PHONE, SECRET_FILES, STREET,
    WRONG_TOKEN, files,
};

fn holds_none(what: &str, needles: &Needles, hay: &[u8]) {
    let found = needles.found(hay);
    let shown: Vec<_> = found.iter().take(10).collect();
    assert!(
        found.is_empty(),
        "{} are in {what}, such as {shown:?}",
        found.len()
    );
}

#[cfg(unix)]
#[test]
fn no_secret_and_no_person_is_in_anything_that_the_demo_writes() {
    let mut demo = Demo::start();
    let mut secrets = demo.secrets();
    assert_eq!(
        secrets.len(),
        SECRET_FILES.len() - 1,
        "both SnelStarts share a subscription key"
    );

    // A person is edited, synced, asked for, and looked up in vain.
    demo.plant();
    for flow in ["push", "simply"] {
        demo.ok(&["sync", flow]);
    }
    let like = format!("select * from Accounts where accountname = '{COMPANY}'");
    demo.ok(&["query", "simply", &like]);
    let by_name = format!("query={FIRST} {LAST}");
    demo.ok(&["api", "syncro", "GET", "/customers", "--query", &by_name]);
    let nobody = demo.run(&[
        "api",
        "syncro",
        "GET",
        "/customers/999999999",
        "--query",
        &by_name,
    ]);
    assert_ne!(nobody.code, 0, "{nobody:?}");
    let name = format!("firstname={FIRST}");
    let body = format!("lastname={LAST}");
    demo.run(&[
        "api",
        "syncro",
        "POST",
        "/customers",
        &name,
        &body,
        &format!("email={MAIL}"),
    ]);
    // A login is refused.
    let token = fs::read(demo.dir.join("syncro-token")).unwrap();
    fs::write(demo.dir.join("syncro-token"), WRONG_TOKEN).unwrap();
    let refused = demo.run(&["connection", "test", "syncro"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    fs::write(demo.dir.join("syncro-token"), token).unwrap();
    secrets.insert(WRONG_TOKEN.to_owned());
    secrets.insert(FORBIDDEN.to_owned());
    demo.end();

    // Commands that a person asks for a person's record answer with it; the log does not.
    let asked = demo.outputs.len();
    let out = |name: &str| demo.root.path().join(name).display().to_string();
    let (ndjson, csv) = (out("all.ndjson"), out("all.csv"));
    demo.ok(&["logs", "export", "--bodies", "--output", &ndjson]);
    demo.ok(&["logs", "export", "--format", "csv", "--output", &csv]);
    look_at_everything(&mut demo);
    let exported = fs::read(&ndjson).unwrap();
    demo.outputs.push((ndjson, exported.clone()));
    demo.outputs.push((csv.clone(), fs::read(&csv).unwrap()));

    let no_secret = Needles::new(secrets.clone());
    for (what, text) in &demo.outputs {
        holds_none(what, &no_secret, text);
    }
    for (name, content) in files(&demo.dir) {
        let own = SECRET_FILES.contains(&name.as_str());
        // The CRM's own passwords stay where they are.
        let crm = name.starts_with("crm");
        if crm {
            let mut others = secrets.clone();
            others.remove(FORBIDDEN);
            holds_none(&name, &Needles::new(others), &content);
        } else if !own {
            holds_none(&name, &no_secret, &content);
        }
    }

    let people = demo.people();
    assert!(people.len() > 500, "{}", people.len());
    let nobody = Needles::new(people);
    for (name, content) in files(&demo.dir) {
        if name.starts_with("koppel-audit") {
            holds_none(&name, &nobody, &content);
        }
    }
    for (what, text) in &demo.outputs[asked..] {
        holds_none(what, &nobody, text);
    }
    nothing_is_vacuous(&exported, &demo, &nobody);
}

/// Runs every command that reads the log.
fn look_at_everything(demo: &mut Demo) {
    for args in [
        &["stats"][..],
        &["stats", "--json"],
        &["logs", "tail", "-n", "300"],
        &["logs", "search", "--connection", "syncro", "--limit", "500"],
        &["logs", "search", "--level", "warning", "--json"],
        &["errors", "list", "--all"],
        &["logs", "verify"],
        &["logs", "prune", "--dry-run"],
    ] {
        demo.ok(args);
    }
    let errors = demo.ok(&["errors", "list", "--all", "--json"]).json();
    assert!(!errors.is_empty(), "a refused login is an error");
    for error in errors {
        let id = error["fingerprint"].as_str().unwrap().to_owned();
        demo.ok(&["errors", "show", &id]);
        demo.ok(&["errors", "show", &id, "--lang", "nl", "--json"]);
    }
    let exchanges = [
        "logs",
        "search",
        "--event",
        "http.exchange",
        "--limit",
        "40",
        "--json",
    ];
    for entry in demo.ok(&exchanges).json() {
        if let Some(number) = entry["number"].as_i64() {
            demo.ok(&["logs", "show", &number.to_string()]);
        }
    }
}

/// What must not be found is where it may be, and what is masked was there.
fn nothing_is_vacuous(exported: &[u8], demo: &Demo, people: &Needles) {
    for name in ["koppel.db", "crm.db"] {
        let content = fs::read(demo.dir.join(name)).unwrap();
        let found = people.found(&content);
        assert!(
            found.len() > 100 && found.contains(COMPANY),
            "{name}: {}",
            found.len()
        );
    }
    let text = String::from_utf8(exported.to_vec()).unwrap();
    let entries: Vec<Value> = (text.lines().map(serde_json::from_str))
        .map(Result::unwrap)
        .collect();
    let bodies = |entry: &&Value| entry["bodies"].is_object();
    let exchanges = |entry: &&Value| entry["event"] == "http.exchange";
    let all = entries.iter().filter(exchanges).count();
    assert!(all > 100, "{all} exchanges");
    assert_eq!(entries.iter().filter(exchanges).filter(bodies).count(), all);
    assert!(text.contains("[masked "), "nothing is masked");
    assert!(text.contains("redacted"), "nothing is redacted");
    let planted = |entry: &&Value| entry["record"] == "2" && entry["event"] == "record.update";
    assert!(
        entries.iter().any(|entry| planted(&entry)),
        "the person was not synced"
    );
}

#[test]
fn what_a_refusal_repeats_of_a_person_or_a_token_is_in_no_log() {
    let world = World::new(12);
    world.config(|text| format!("[audit]\nlevel = \"DEBUG\"\n\n{text}"));
    world.sql(
        "crm.db",
        &format!(
            "UPDATE tblclients SET company = '{COMPANY}', vat = 'BAD-VAT', phonenumber = '{PHONE}',
               address = '{STREET}' WHERE userid = 2"
        ),
    );
    let said = format!(
        "The customer {COMPANY}, {STREET}, {PHONE} ({MAIL}, IBAN {IBAN}, BSN {BSN}) is refused; the \
         token was {TOKEN}."
    );
    world
        .server
        .faults()
        .add(Fault::bad_record("vat", "BAD-VAT", &said));
    let done = world.koppel(&["sync", "--entity", "customer"]);
    assert_eq!(done.code, 3, "{done:?}");
    // The person who mends it sees the whole reason, without the token.
    let parked = world.koppel(&["parked", "list"]);
    assert!(parked.stdout.contains(COMPANY), "{parked:?}");
    world
        .server
        .faults()
        .add(Fault::new(FaultKind::CaptchaPage { status: 403 }).writes());
    world.sql(
        "crm.db",
        "UPDATE tblclients SET phonenumber = '0201234567' WHERE userid = 3",
    );
    assert_ne!(world.koppel(&["sync", "--entity", "customer"]).code, 0);

    let parks = world.events("record.park");
    assert!(
        parks
            .iter()
            .any(|entry| entry["record"] == "2" && entry["level"] != "DEBUG"),
        "{parks:?}"
    );
    let nobody = Needles::new([COMPANY, MAIL, PHONE, STREET, IBAN, BSN, TOKEN].map(str::to_owned));
    for args in [
        &["logs", "export", "--bodies"][..],
        &["logs", "export", "--format", "csv"],
        &["logs", "search", "--record", "2", "--entity", "customer"],
        &["errors", "list"],
        &["stats"],
    ] {
        let done = world.koppel(args);
        assert_eq!(done.code, 0, "{args:?}: {done:?}");
        assert!(!done.stdout.is_empty(), "{args:?}");
        holds_none(&args.join(" "), &nobody, done.stdout.as_bytes());
    }
    for (name, content) in files(world.dir.path()) {
        if name.starts_with("koppel-audit") {
            holds_none(&name, &nobody, &content);
        }
        if name != "token" {
            holds_none(&name, &Needles::new([TOKEN.to_owned()]), &content);
        }
    }
    let errors = world.koppel(&["errors", "list", "--json"]).json();
    assert!(!errors.is_empty());
    for error in errors {
        let shown = world.koppel(&["errors", "show", error["fingerprint"].as_str().unwrap()]);
        assert_eq!(shown.code, 0, "{shown:?}");
        holds_none("errors show", &nobody, shown.stdout.as_bytes());
    }
}
