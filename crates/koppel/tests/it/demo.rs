//! `koppel demo`, from an empty directory to twelve syncs that are checked.

use serde_json::Value;

use crate::support::{finish, koppel};

#[test]
fn the_demo_shows_three_syncs_and_leaves_everything_to_look_at() {
    let dir = tempfile::tempdir().unwrap();
    let demo = dir.path().join("demo");
    let done = finish(koppel(dir.path()).args(["demo", "--small", "--dir", "demo"]));
    assert_eq!(done.code, 0, "{done:?}");
    for said in [
        "100 customers",
        "First sync: succeeded",
        "Second sync, nothing edited: succeeded",
        "Third sync, 3 rows edited: succeeded",
        "(its journal: 0 creates, 0 updates)",
        "(its journal: 0 creates, 3 updates)",
        "To Simply CRM, first sync: succeeded",
        "To Simply CRM, second sync: succeeded",
        "From SnelStart, first sync: partial",
        "4 customers wait for you to link them",
        "From SnelStart, second sync: partial",
        "From Syncro to Simply CRM, first sync: succeeded",
        "From Syncro to Simply CRM, third sync, 2 tickets resolved: succeeded",
        "From Syncro to SnelStart, second sync: succeeded",
        "The demo went as it should.",
        "demo --serve --small --dir ",
    ] {
        assert!(done.stdout.contains(said), "{said}: {}", done.stdout);
    }
    assert_eq!(done.stdout.matches("Right: ").count(), 12);

    // The sandbox is gone; what was stored is not. The commands work as they are printed.
    #[cfg(unix)]
    {
        let printed: Vec<&str> = (done.stdout.lines().map(str::trim_start))
            .filter(|line| line.contains(" --config ") && line.starts_with(['/', '\'']))
            .collect();
        assert_eq!(printed.len(), 8, "{}", done.stdout);
        for line in printed {
            let mut shell = std::process::Command::new("sh");
            let run = finish(shell.current_dir(dir.path()).args(["-c", line]));
            assert_eq!(run.code, 0, "{line}: {run:?}");
        }
    }
    let config = demo.join("koppel.toml");
    let config = config.to_str().unwrap();
    let runs = finish(koppel(dir.path()).args(["--config", config, "run", "list", "--json"]));
    assert_eq!(runs.json().len(), 12, "{runs:?}");
    let plan = finish(koppel(dir.path()).args(["--config", config, "plan", "push"]));
    assert_eq!(plan.code, 0, "{plan:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for name in [
            "smartcrm-token",
            "simply-key",
            "snel-api-key",
            "snel-koppelsleutel",
            "syncro-token",
            "ledger-api-key",
            "ledger-koppelsleutel",
            "koppel.db",
            "koppel-audit.db",
        ] {
            let mode = std::fs::metadata(demo.join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    // Again in the same place: the earlier demo makes room, what else is there stays.
    std::fs::write(demo.join("notes.txt"), "mine").unwrap();
    let again = finish(koppel(dir.path()).args(["demo", "--small", "--dir", "demo", "--json"]));
    assert_eq!(again.code, 0, "{again:?}");
    let object = again.object();
    assert_eq!(object["passed"], true);
    let syncs = object["syncs"].as_array().unwrap();
    let journal = |n: usize, what: &str| syncs[n]["journal"][what].as_u64().unwrap();
    assert!(journal(0, "creates") > 400);
    assert_eq!([journal(1, "creates"), journal(1, "updates")], [0, 0]);
    assert_eq!([journal(2, "creates"), journal(2, "updates")], [0, 3]);
    let to_simply = journal(3, "creates");
    assert!((50..=100).contains(&to_simply), "{to_simply}");
    assert_eq!([journal(4, "creates"), journal(4, "updates")], [0, 0]);
    let from_books = journal(5, "creates");
    assert!((30..=76).contains(&from_books), "{from_books}");
    assert_eq!([journal(6, "creates"), journal(6, "updates")], [0, 0]);
    let (tickets, bills) = (journal(7, "creates"), journal(10, "creates"));
    assert!((40..=100).contains(&tickets), "{tickets}");
    assert!((40..=100).contains(&bills), "{bills}");
    for (n, updates) in [(8, 0), (9, 2), (11, 0)] {
        assert_eq!([journal(n, "creates"), journal(n, "updates")], [0, updates]);
    }
    assert_eq!(syncs[0]["report"]["errors"], Value::Array(Vec::new()));
    assert!(demo.join("notes.txt").is_file());
}

#[test]
fn the_demo_leaves_a_directory_of_somebody_else_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("koppel.toml"), "mine").unwrap();
    let done = finish(koppel(dir.path()).args(["demo", "--small", "--dir", "."]));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr.contains("it is not empty") && done.stderr.contains("help:"),
        "{done:?}"
    );
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(
        std::fs::read_to_string(dir.path().join("koppel.toml")).unwrap(),
        "mine"
    );
}
