//! `koppel describe`, `koppel query` and `koppel api` where there is no Simply CRM.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Done, TOKEN, World, finish};

fn sync(world: &World) {
    let done = world.koppel(&["sync", "--entity", "customer"]);
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn what_a_system_takes_is_told_by_kind_of_record() {
    let world = World::new(3);
    let all = world.koppel(&["describe", "smartcrm"]);
    assert_eq!(all.code, 0, "{all:?}");
    assert!(
        all.stdout
            .contains("customer\tread create update\tfull\tvat_number; name\n"),
        "{all:?}"
    );
    assert!(all.stdout.contains("payment\tread\t"), "{all:?}");
    assert_eq!(world.server.requests(), 0, "nothing is asked");

    let one = world.koppel(&["describe", "crm", "ticket"]);
    assert!(one.stdout.contains("subject\ttext\n"), "{one:?}");
    assert!(
        one.stderr.contains("ticket: read, found by subject"),
        "{one:?}"
    );
    let json = world
        .koppel(&["describe", "crm", "ticket", "--json"])
        .object();
    assert_eq!(json["kind"], "ticket");
    assert_eq!(json["fields"][0]["field"], "subject");
    assert_eq!(json["natural_keys"][0][0], "subject");

    let wrong = world.koppel(&["describe", "smartcrm", "tiket"]);
    assert_eq!(wrong.code, 64, "{wrong:?}");
    assert!(wrong.stderr.contains("did you mean `ticket`?"), "{wrong:?}");
    let nobody = world.koppel(&["describe", "smart"]);
    assert_eq!(nobody.code, 64, "{nobody:?}");
    assert!(
        nobody.stderr.contains("did you mean `smartcrm`?"),
        "{nobody:?}"
    );
}

#[test]
fn what_has_no_query_language_or_api_says_so() {
    let world = World::new(3);
    for (args, said) in [
        (
            &["query", "crm", "select * from tblclients"][..],
            "`crm` is a crmconnect connection, which has no query language",
        ),
        (
            &["query", "smartcrm", "select * from clients"],
            "`smartcrm` is a smartcrm connection, which has no query language",
        ),
        (
            &["api", "crm", "GET", "clients"],
            "`crm` is a crmconnect connection, which has no API",
        ),
    ] {
        let done = world.koppel(args);
        assert_eq!(done.code, 64, "{done:?}");
        assert!(done.stderr.contains(said), "{done:?}");
        assert!(done.stderr.contains("\n  help: "), "{done:?}");
    }
    assert_eq!(world.server.requests(), 0);
}

#[test]
fn a_header_of_ones_own_is_refused_where_the_system_takes_none() {
    let world = World::new(1);
    let call = [
        "api",
        "smartcrm",
        "GET",
        "clients",
        "--header",
        "X-Trace: 1",
    ];
    let done = world.koppel(&call);
    assert_eq!(done.code, 64, "{done:?}");
    assert!(
        done.stderr
            .contains("`--header` is for a syncro connection, not for smartcrm"),
        "{done:?}"
    );
    assert_eq!(world.server.requests(), 0);
}

#[test]
fn a_route_of_smartcrm_is_called_with_the_login_of_the_connection() {
    let world = World::new(3);
    sync(&world);
    let one = world.koppel(&["api", "smartcrm", "GET", "clients", "--query", "per_page=1"]);
    assert_eq!(one.code, 0, "{one:?}");
    assert_eq!(one.stderr, "");
    assert_eq!(one.object()["data"].as_array().unwrap().len(), 1, "{one:?}");

    let applied = world.server.applied();
    let made = world.koppel(&[
        "api",
        "smartcrm",
        "post",
        "leads",
        "--data",
        r#"{"name": "Jansen", "email": "jansen@example.com"}"#,
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(world.server.applied(), applied + 1);

    std::fs::write(world.path("lead.json"), r#"{"name": "Smit"}"#).unwrap();
    let made = world.koppel(&["api", "smartcrm", "POST", "leads", "--data", "@lead.json"]);
    assert_eq!(made.code, 0, "{made:?}");
    let mut child = world
        .command(&["api", "smartcrm", "POST", "leads", "--data", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(br#"{"name": "Bakker"}"#)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.server.count("leads"), 3);
}

fn refused(done: &Done, code: i32, said: &str) {
    assert_eq!(done.code, code, "{done:?}");
    assert!(done.stderr.contains(said), "`{said}`: {done:?}");
    assert!(done.stderr.contains("\n  help: "), "{done:?}");
}

#[test]
fn a_refusal_is_printed_with_what_the_server_said_and_ends_with_its_code() {
    let world = World::new(3);
    let missing = world.koppel(&["api", "smartcrm", "GET", "clients/987654"]);
    refused(&missing, 1, "The call of `smartcrm`");
    assert!(missing.stdout.contains("\"message\""), "{missing:?}");

    world.token("S3CRET-token-that-is-wrong");
    let login = world.koppel(&["api", "smartcrm", "GET", "clients", "--json"]);
    refused(&login, 4, "the login is refused");
    let lines = login.json();
    let last: &Value = lines.last().unwrap();
    assert_eq!(last["error"]["kind"], "auth", "{login:?}");
    assert!(!login.stderr.contains("S3CRET") && !login.stdout.contains("S3CRET"));
    world.token(TOKEN);
}

#[test]
fn a_call_that_makes_no_sense_is_not_sent() {
    let world = World::new(3);
    for (args, said) in [
        (&["FETCH", "clients"][..], "`FETCH` is no method"),
        (&["GET"], "a method and one path"),
        (&["GET", "clients", "leads"], "a method and one path"),
        (
            &["GET", "clients", "--mobile"],
            "for a simplycrm connection",
        ),
        (
            &["POST", "leads", "--data", "@none.json"],
            "none.json cannot be read",
        ),
        (&["POST", "leads", "--data", "{"], "The body is not JSON"),
        (
            &["GET", "https://elsewhere.example/"],
            "The route is to be one below",
        ),
        (&["GET", "clients/.."], "cannot be the id of a record"),
    ] {
        let done = world.koppel(&[&["api", "smartcrm"][..], args].concat());
        assert!(matches!(done.code, 64 | 1), "{done:?}");
        refused(&done, done.code, said);
    }
    let query = world.koppel(&["api", "smartcrm", "GET", "clients", "--query", "page"]);
    assert_eq!(query.code, 64, "{query:?}");
    assert_eq!(world.server.requests(), 0);
}

#[test]
fn a_write_by_hand_is_sent_once_even_where_the_server_is_down() {
    let world = World::new(3);
    world.config(|text| text.replace("max_retries = 0", "max_retries = 5"));
    world.on_request(|_| koppel_sandbox::smartcrm::HookAction::DropConnection);
    let done = world.koppel(&["api", "smartcrm", "POST", "leads", "--data", "{}"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(world.server.requests(), 1, "{done:?}");
    let help = finish(&mut world.command(&["api", "--help"]));
    assert!(
        help.stdout.contains("sent once and never repeated"),
        "{help:?}"
    );
}
