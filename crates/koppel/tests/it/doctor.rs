//! `koppel doctor`: what is wrong, and a command that helps.

use serde_json::Value;

use crate::support::{Done, TOKEN, World, finish, koppel};

fn findings(done: &Done) -> Vec<Value> {
    done.json()
}

/// The findings that are not well.
fn ill(done: &Done) -> Vec<Value> {
    let mut all = findings(done);
    all.retain(|finding| finding["health"] != "ok");
    all
}

fn doctor(world: &World) -> Done {
    world.koppel(&["doctor", "--json"])
}

#[test]
fn a_set_up_without_faults_is_well() {
    let world = World::new(3);
    let fresh = world.koppel(&["doctor"]);
    assert_eq!(fresh.code, 0, "{fresh:?}");
    assert!(fresh.stdout.ends_with("All is well.\n"), "{fresh:?}");
    assert!(
        !world.path("koppel.db").exists(),
        "the doctor makes no store"
    );
    assert_eq!(world.koppel(&["sync"]).code, 0);
    let synced = doctor(&world);
    assert_eq!(ill(&synced), Vec::<Value>::new(), "{synced:?}");
    let areas: Vec<&str> = synced
        .json()
        .iter()
        .map(|finding| match finding["area"].as_str().unwrap() {
            "config" => "config",
            "secret" => "secret",
            "store" => "store",
            "audit" => "audit",
            "clock" => "clock",
            "connection" => "connection",
            "flow" => "flow",
            other => panic!("{other}"),
        })
        .collect();
    for area in [
        "config",
        "secret",
        "store",
        "audit",
        "clock",
        "connection",
        "flow",
    ] {
        assert!(areas.contains(&area), "{area}: {areas:?}");
    }
}

#[test]
fn a_configuration_that_is_not_there_or_wrong_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let run = || finish(koppel(dir.path()).args(["doctor", "--json"]));
    let none = run();
    assert_eq!(
        (none.code, none.object()["next"].as_str()),
        (1, Some("koppel init"))
    );
    std::fs::write(dir.path().join("koppel.toml"), "[connection.crm]\n").unwrap();
    let wrong = run().object();
    assert!(
        wrong["message"]
            .as_str()
            .unwrap()
            .contains("did you mean `connections`?")
    );
    assert_eq!(wrong["next"], "${EDITOR:-vi} koppel.toml");
}

#[test]
fn each_fault_is_told_with_a_command_that_helps() {
    let world = World::new(3);
    assert_eq!(world.koppel(&["sync"]).code, 0);

    world.token("another");
    let token = ill(&doctor(&world));
    assert_eq!(token.len(), 1, "{token:?}");
    assert_eq!(token[0]["next"], "koppel connection set smartcrm token=-");
    assert_eq!(token[0]["about"], "smartcrm");
    std::fs::remove_file(world.path("token")).unwrap();
    let gone = ill(&doctor(&world));
    assert_eq!(gone.len(), 1, "one cause is told once: {gone:?}");
    assert_eq!(gone[0]["about"], "smartcrm.token");
    world.token(TOKEN);

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(world.path("token"), open.clone()).unwrap();
        std::fs::set_permissions(world.path("koppel.db"), open).unwrap();
        let found = ill(&doctor(&world));
        let next: Vec<&str> = found.iter().map(|f| f["next"].as_str().unwrap()).collect();
        assert_eq!(next.len(), 2, "{found:?}");
        for next in next {
            assert!(next.starts_with("chmod 600 "), "{next}");
            let args: Vec<&str> = next.split(' ').collect();
            assert!(
                std::process::Command::new(args[0])
                    .args(&args[1..])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        assert_eq!(ill(&doctor(&world)), Vec::<Value>::new());
    }

    world.config(|text| text.replace("crm.db", "gone.db"));
    let database = ill(&doctor(&world));
    assert_eq!(
        database[0]["next"], "koppel connection test crm",
        "{database:?}"
    );
    world.config(|text| format!("[store]\nurl = \"sqlite:no/such/koppel.db\"\n{text}"));
    let store = ill(&doctor(&world));
    assert!(
        store[0]["next"].as_str().unwrap().starts_with("mkdir -p "),
        "{store:?}"
    );
}

#[test]
fn a_flow_that_nobody_runs_or_that_is_broken_is_told() {
    let world = World::new(3);
    world.config(|text| format!("{text}every = \"4h\"\n"));
    assert_eq!(world.koppel(&["sync"]).code, 0);
    assert_eq!(ill(&doctor(&world)), Vec::<Value>::new());
    world.sql(
        "koppel.db",
        "UPDATE flow SET next_due = next_due - 20000000000",
    );
    let late = ill(&doctor(&world));
    assert_eq!(late.len(), 1, "{late:?}");
    assert!(
        late[0]["next"]
            .as_str()
            .unwrap()
            .contains("koppel.toml sync --due --quiet"),
        "{late:?}"
    );
    world.sql("koppel.db", "UPDATE flow SET state = 'broken'");
    let broken = ill(&doctor(&world));
    assert_eq!(broken[0]["next"], "koppel sync push", "{broken:?}");
    assert_eq!(broken[0]["health"], "problem");
    world.sql("koppel.db", "UPDATE flow SET state = 'idle'");
    assert_eq!(world.koppel(&["flow", "pause", "push"]).code, 0);
    let off = doctor(&world);
    assert_eq!(
        (off.code, ill(&off)[0]["next"].as_str()),
        (0, Some("koppel flow resume push"))
    );
}

#[test]
fn records_that_are_set_aside_are_counted_by_reason() {
    let world = World::new(6);
    world.sql(
        "crm.db",
        "UPDATE tblclients SET datecreated = 'soon' WHERE userid IN (2, 3)",
    );
    assert_eq!(world.koppel(&["sync", "--entity", "customer"]).code, 3);
    let found = doctor(&world);
    assert_eq!(found.code, 0, "{found:?}");
    let parked = ill(&found);
    assert_eq!(parked.len(), 1, "{parked:?}");
    let message = parked[0]["message"].as_str().unwrap();
    assert_eq!(message, "2 records set aside: cannot be read in the source");
    assert_eq!(parked[0]["next"], "koppel parked list --flow push");
}
