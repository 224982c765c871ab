//! Lists: tab-separated in a pipe, one JSON object a line when asked.

use crate::support::World;

#[test]
fn runs_links_flows_connections_and_the_store_are_listed() {
    let world = World::new(6);
    assert_eq!(world.koppel(&["sync", "--entity", "customer"]).code, 0);

    let runs = world.koppel(&["run", "list"]);
    let cells: Vec<&str> = runs.stdout.trim_end().split('\t').collect();
    assert_eq!(cells[1..4], ["push", "succeeded", "manual"], "{runs:?}");
    assert_eq!(cells[6..], ["6", "6", "0", "0"], "{runs:?}");
    let id = cells[0];
    let shown = world.koppel(&["run", "show", id]);
    assert!(
        shown.stdout.contains(id) && shown.stdout.contains("customer\t6\t6\t0"),
        "{shown:?}"
    );
    let json = world.koppel(&["run", "show", id, "--json"]).object();
    assert_eq!(json["entities"]["customer"]["created"], 6);
    assert_eq!(world.koppel(&["run", "show", "nope"]).code, 64);

    let links = world.koppel(&["link", "list"]);
    assert_eq!(links.stdout.lines().count(), 6);
    assert!(
        links.stdout.starts_with("customer\t1\t9001\tcreated\t"),
        "{links:?}"
    );
    let some = world.koppel(&["link", "list", "--json", "--limit", "2"]);
    assert_eq!(some.json().len(), 2);
    assert_eq!(some.json()[0]["target_id"], "9001");

    let flows = world.koppel(&["flow", "list"]);
    assert!(
        flows
            .stdout
            .starts_with("push\tcrm\tsmartcrm\tcustomer contact "),
        "{flows:?}"
    );
    assert!(flows.stdout.ends_with("\ton demand\n"), "{flows:?}");

    let connections = world.koppel(&["connection", "list", "--json"]).json();
    assert_eq!(connections.len(), 2);
    assert_eq!(connections[1]["kind"], "smartcrm");

    let info = world.koppel(&["db", "info", "--json"]).object();
    assert!(info["schema_version"].as_u64() >= Some(1), "{info}");
    let tables = info["tables"].as_array().unwrap();
    let rows = |name: &str| tables.iter().find(|t| t["name"] == name).unwrap()["rows"].clone();
    assert_eq!((rows("link"), rows("intent")), (6.into(), 0.into()));
}

#[test]
fn a_connection_is_tested_step_by_step() {
    let world = World::new(3);
    let done = world.koppel(&["connection", "test"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("crm:\n  ok   "), "{done:?}");
    assert!(done.stdout.contains("smartcrm:\n  ok   "), "{done:?}");
    assert!(!done.stdout.contains("FAIL"), "{done:?}");

    world.token("another");
    let refused = world.koppel(&["connection", "test", "smartcrm", "--json"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    let report = refused.object();
    assert_eq!(report["ok"], false);
    assert_eq!(report["error"]["kind"], "auth");
    assert!(
        report["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["ok"] == false)
    );
}
