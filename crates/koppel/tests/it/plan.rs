//! `koppel plan` tells and does nothing.

use serde_json::Value;

use crate::support::World;

#[test]
fn changes_are_told_with_their_fields_and_end_with_2_and_none_with_0() {
    let world = World::new(8);
    let before = world.koppel(&["plan", "--entity", "customer", "--limit", "3"]);
    assert_eq!(before.code, 2, "{before:?}");
    assert_eq!(before.stdout.matches("+ customer ").count(), 3);
    assert!(before.stdout.contains("… and 5 more"), "{before:?}");
    assert!(before.stdout.ends_with(
        "Plan for push: 8 to create, 0 to update, 0 unchanged, 0 skipped, 0 set aside.\n"
    ));
    assert_eq!(world.server.applied(), 0);

    assert_eq!(world.koppel(&["sync"]).code, 0);
    let after = world.koppel(&["plan"]);
    assert_eq!(after.code, 0, "{after:?}");

    world.sql(
        "crm.db",
        "UPDATE tblclients SET city = 'Nijmegen' WHERE userid = 4",
    );
    let applied = world.server.applied();
    let edited = world.koppel(&["plan", "push"]);
    assert_eq!(edited.code, 2, "{edited:?}");
    assert!(
        edited.stdout.contains("~ customer 4: update "),
        "{edited:?}"
    );
    assert!(edited.stdout.contains("    address.city: \""), "{edited:?}");
    assert!(edited.stdout.contains("-> \"Nijmegen\"\n"), "{edited:?}");
    assert!(
        edited.stdout.contains("0 to create, 1 to update"),
        "{edited:?}"
    );
    let json = world.koppel(&["plan", "--json"]);
    let lines = json.json();
    assert_eq!((json.code, lines.len()), (2, 2), "{json:?}");
    assert_eq!(lines[0]["action"], "update");
    assert_eq!(lines[0]["changes"][0]["to"]["map"]["city"], "Nijmegen");
    assert_eq!(lines[1]["has_changes"], true);
    assert_eq!(lines[1]["entities"]["customer"]["updated"], 1);
    assert_eq!(lines[1]["changes_left_out"], Value::from(0));
    assert_eq!(world.server.applied(), applied, "a plan writes nothing");

    assert_eq!(world.koppel(&["sync"]).code, 0);
    assert_eq!(world.koppel(&["plan"]).code, 0);
}
