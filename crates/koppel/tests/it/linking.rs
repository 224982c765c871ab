//! `koppel link`: suggested, set, merged, ignored, removed and undone by a person.

use koppel_sandbox::smartcrm::HookAction;
use serde_json::{Value, json};

use crate::support::{Done, World};

const SYNC: &[&str] = &["sync", "--entity", "customer"];

/// Runs it, and demands that it is done.
fn ok(world: &World, args: &[&str]) -> Done {
    let done = world.koppel(args);
    assert_eq!(done.code, 0, "{args:?}: {done:?}");
    done
}

/// Runs it, and demands that it is refused with these words and a next step.
fn refused(world: &World, args: &[&str], said: &[&str]) {
    let done = world.koppel(args);
    assert_eq!(done.code, 64, "{args:?}: {done:?}");
    assert!(done.stdout.is_empty(), "{args:?}: {done:?}");
    for said in said {
        assert!(done.stderr.contains(said), "`{said}` is missing: {done:?}");
    }
}

/// The rows of a list in a pipe, cell by cell.
fn rows(done: &Done) -> Vec<Vec<&str>> {
    let lines = done.stdout.lines();
    lines.map(|line| line.split('\t').collect()).collect()
}

fn name(world: &World, customer: &str) -> String {
    let links = ok(world, &["link", "list", "--json"]).json();
    let link = links.into_iter().find(|link| link["source_id"] == customer);
    link.unwrap()["source_name"].as_str().unwrap().to_owned()
}

#[test]
fn a_link_is_removed_set_to_another_record_and_survives_syncs() {
    let world = World::new(6);
    ok(&world, SYNC);
    let one = name(&world, "1");
    let removed = ok(&world, &["link", "remove", "customer", "1"]);
    assert!(
        removed.stdout.contains("not linked to 9001 any more"),
        "{removed:?}"
    );
    assert!(
        removed.stderr.contains("`koppel link undo 1 --flow push`"),
        "{removed:?}"
    );

    let unlinked = ok(&world, &["link", "list", "--unlinked", "--names"]);
    let cells = rows(&unlinked);
    assert_eq!(cells[0][..5], ["customer", "1", &one, "needs_person", "0"]);
    assert!(
        cells[0][6].contains("a person took its link away"),
        "{unlinked:?}"
    );
    let json = ok(&world, &["link", "list", "--unlinked", "--json"]).object();
    assert_eq!(
        (&json["why"], &json["reason"]),
        (&json!("parked"), &json!("needs_person"))
    );
    assert_eq!(world.koppel(SYNC).code, 3, "it waits for a person");
    assert_eq!(world.server.count("clients"), 6);

    // A record that somebody made in the target by hand.
    let by_hand = json!({"company": "Made by hand", "vat": "", "email": ""});
    let id = world.server.insert("clients", &by_hand).unwrap();
    let set = ok(&world, &["link", "set", "customer", "1", &id, "--json"]).object();
    assert_eq!(
        (&set["kind"], &set["target_id"]),
        (&json!("link"), &json!(id))
    );
    assert_eq!(set["source_name"], json!(one));
    assert_eq!(set["target_name"], "Made by hand");
    let applied = world.server.applied();
    for _ in 0..2 {
        ok(&world, SYNC);
    }
    assert_eq!(
        world.server.applied(),
        applied + 1,
        "that record alone is brought up to date"
    );
    let client = world.server.record("clients", &id).unwrap();
    assert_eq!(client["company"], json!(one));
    assert_eq!(world.server.count("clients"), 7);
    let links = ok(&world, &["link", "list", "--names"]);
    let first = rows(&links)[0].clone();
    assert_eq!(first[..4], ["customer", "1", &id, "manual"]);
    assert_eq!(first[6..], [&one, &one]);
    let told = |name: &str| world.events(name).len();
    assert_eq!((told("link.remove"), told("link.set")), (1, 1));
}

#[test]
fn two_customers_become_one_only_when_told() {
    let world = World::new(6);
    ok(&world, SYNC);
    let merge = ["link", "set", "customer", "2", "9001"];
    refused(&world, &merge, &["it is linked to `9002`", "--replace"]);
    let replace = [&merge[..], &["--replace"]].concat();
    refused(
        &world,
        &replace,
        &["is linked to `1` of the source", "--merge"],
    );
    let both = [&merge[..], &["--replace", "--merge"]].concat();
    let merged = ok(&world, &both);
    assert!(merged.stdout.contains("is merged into 9001"), "{merged:?}");
    let applied = world.server.applied();
    let again = ok(&world, &["sync", "--entity", "customer", "--json"]).object();
    assert_eq!(again["entities"]["customer"]["skipped"], 1, "{again}");
    assert_eq!(world.server.applied(), applied);
    let unlinked = ok(&world, &["link", "list", "--unlinked"]);
    let cells = rows(&unlinked);
    assert_eq!(
        (cells[0][3], cells[0][6]),
        ("merged", "into 9001 of the target")
    );

    // Contacts of both customers are those of the one that is left.
    ok(&world, &["sync", "--entity", "contact"]);
    let of = |client: &str| {
        let contacts = world.server.records("contacts");
        let belongs = |contact: &&Value| {
            let id = &contact["client_id"];
            id == client || id.as_u64().is_some_and(|id| id.to_string() == client)
        };
        contacts.iter().filter(belongs).count()
    };
    assert!(of("9001") > 0);
    assert_eq!(of("9002"), 0);
    let undone = ok(&world, &["link", "undo"]);
    assert!(undone.stdout.contains("is undone"), "{undone:?}");
    let links = ok(&world, &["link", "list", "--entity", "customer"]);
    assert!(
        links.stdout.contains("customer\t2\t9002\tcreated\t"),
        "{links:?}"
    );
}

#[test]
fn with_ask_a_customer_without_a_certain_match_is_suggested_for() {
    let world = World::new(6);
    ok(&world, SYNC);
    let one = name(&world, "1");
    // A new start, with a target that has one customer, spelt otherwise.
    std::fs::remove_file(world.path("koppel.db")).unwrap();
    for client in world.server.records("clients") {
        let id = match &client["id"] {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        };
        world.server.remove("clients", &id).unwrap();
    }
    let likeness = json!({"company": format!("{one}a"), "vat": ""});
    let id = world.server.insert("clients", &likeness).unwrap();
    world.config(|text| text + "unmatched = \"ask\"\n");
    let first = world.koppel(SYNC);
    assert_eq!(first.code, 3, "{first:?}");
    assert_eq!(world.server.count("clients"), 1, "nothing is created");

    let suggested = ok(&world, &["link", "suggest"]);
    let cells = rows(&suggested);
    assert_eq!(cells.len(), 1, "{suggested:?}");
    assert_eq!(cells[0][..4], ["customer", "1", &one, &id]);
    assert_eq!(cells[0][6], "similar name");
    let score: u8 = cells[0][5].parse().unwrap();
    assert!((40..100).contains(&score), "{score}");
    assert!(
        suggested
            .stderr
            .contains(&format!("koppel link set customer 1 {id}")),
        "{suggested:?}"
    );
    let json = ok(&world, &["link", "suggest", "--json"]).object();
    assert_eq!(json["reasons"], json!(["similar name"]));

    // A scan finds the same; what was ruled out it does not.
    let scan = ok(&world, &["link", "suggest", "--scan"]);
    assert_eq!(rows(&scan).len(), 1, "{scan:?}");
    assert!(
        scan.stderr
            .contains("6 customers of the source are not linked"),
        "{scan:?}"
    );
    ok(&world, &["link", "ignore", "customer", "1", &id]);
    assert!(ok(&world, &["link", "suggest", "--scan"]).stdout.is_empty());
    ok(&world, &["link", "undo"]);
    ok(&world, &["link", "set", "customer", "1", &id]);
    ok(&world, &["link", "set", "customer", "2", "--new"]);
    ok(&world, &["link", "ignore", "customer", "3"]);
    assert_eq!(world.koppel(SYNC).code, 3);
    assert_eq!(world.server.count("clients"), 2);
    assert_eq!(rows(&ok(&world, &["link", "list"])).len(), 2);
    let unlinked = ok(&world, &["link", "list", "--unlinked", "--json"]).json();
    let why: Vec<&Value> = unlinked.iter().map(|row| &row["why"]).collect();
    assert_eq!(why, ["left_out", "parked", "parked", "parked"]);

    let decisions = ok(&world, &["link", "list", "--decisions"]);
    let kinds: Vec<&str> = rows(&decisions).iter().map(|row| row[2]).collect();
    assert_eq!(kinds, ["leave_out", "create", "link", "never"]);
    assert!(!rows(&decisions)[3][6].is_empty(), "undone: {decisions:?}");
}

#[test]
fn what_is_not_there_is_named_with_the_next_step() {
    let world = World::new(4);
    ok(&world, SYNC);
    let set =
        |source: &'static str, target: &'static str| ["link", "set", "customer", source, target];
    refused(
        &world,
        &set("77", "9001"),
        &["`crm` has no customer `77`", "help: "],
    );
    refused(
        &world,
        &set("1", "nope"),
        &["`smartcrm` has no customer `nope`", "help: "],
    );
    refused(&world, &["link", "set", "banana", "1", "9001"], &["banana"]);
    refused(&world, &["link", "set", "customer", "1"], &["TARGET"]);
    refused(
        &world,
        &["link", "set", "stock", "1", "2"],
        &["cannot sync stock levels"],
    );
    refused(
        &world,
        &["link", "remove", "customer", "77"],
        &["it is not linked", "koppel link list"],
    );
    refused(
        &world,
        &["link", "ignore", "customer", "77"],
        &["`crm` has no customer `77`"],
    );
    refused(
        &world,
        &["link", "ignore", "customer", "1", "9001"],
        &["koppel link remove"],
    );
    refused(&world, &["link", "undo"], &["there is no decision to undo"]);
    refused(&world, &["link", "undo", "9"], &["there is no decision 9"]);
    refused(&world, &["link", "list", "--flow", "nope"], &["nope"]);
    refused(
        &world,
        &["link", "suggest", "--scan", "--entity", "stock"],
        &["syncs no stock levels"],
    );
    let json = world.koppel(&["link", "undo", "--json"]);
    assert_eq!(json.object()["error"]["kind"], "usage", "{json:?}");
    let nothing = ok(&world, &["link", "suggest"]);
    assert!(nothing.stderr.contains("--scan"), "{nothing:?}");
    let nothing = ok(&world, &["link", "list", "--unlinked"]);
    assert!(
        nothing
            .stderr
            .contains("Every record that was met is linked"),
        "{nothing:?}"
    );
}

#[test]
fn nothing_is_decided_while_the_flow_is_at_work() {
    let world = World::new(4);
    ok(&world, SYNC);
    let (arrived, waits) = std::sync::mpsc::channel();
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let gone = std::sync::Mutex::new(gone);
    world.on_request(move |_| {
        if arrived.send(()).is_ok() {
            // Until the decision was refused, or the test has ended.
            assert!(gone.lock().unwrap().recv().is_err());
        }
        HookAction::Continue
    });
    world.sql(
        "crm.db",
        "UPDATE tblclients SET company = 'Renamed' WHERE userid = 1",
    );
    let mut sync = world.start(SYNC);
    waits.recv().unwrap();
    let busy = world.koppel(&["link", "remove", "customer", "2"]);
    drop(waits);
    drop(go);
    assert_eq!(busy.code, 1, "{busy:?}");
    assert!(busy.stderr.contains("is being synced already"), "{busy:?}");
    assert!(sync.wait().unwrap().success());
    ok(&world, &["link", "remove", "customer", "2"]);
}
