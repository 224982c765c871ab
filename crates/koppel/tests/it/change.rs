//! Changing the configuration: comments stay, the test runs at once, secrets stay out.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Done, TOKEN, World, finish, koppel};

/// Runs the program with something on its stdin.
fn given(world: &World, args: &[&str], stdin: &str) -> Done {
    let mut child = world
        .command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(stdin.as_bytes()).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_connection_is_added_tested_at_once_and_kept_whatever_the_test_says() {
    let world = World::new(3);
    std::fs::remove_file(world.path("koppel.toml")).unwrap();
    let added = world.koppel(&[
        "connection",
        "add",
        "crm",
        "--kind",
        "crmconnect",
        "--url",
        "sqlite:crm.db",
    ]);
    assert_eq!(added.code, 0, "{added:?}");
    assert!(
        added
            .stdout
            .starts_with("koppel.toml: the connection crm is added.\ncrm:\n  ok   "),
        "{added:?}"
    );
    let url = world.server.url();
    let args = [
        "connection",
        "add",
        "smartcrm",
        "--kind",
        "smartcrm",
        "--api-url",
        url.as_str(),
        "--token",
        "file:token",
        "--set",
        "max_retries=0",
        "--set",
        "profile.settle_ms=0",
    ];
    let added = world.koppel(&args);
    assert_eq!(added.code, 0, "{added:?}");
    let flow = world.koppel(&[
        "flow",
        "add",
        "push",
        "--from",
        "crm",
        "--to",
        "smartcrm",
        "--entity",
        "customer,lead",
        "--every",
        "4h",
    ]);
    assert_eq!(flow.code, 0, "{flow:?}");
    assert_eq!(
        world.read("koppel.toml"),
        format!(
            "[connections.crm]\nkind = \"crmconnect\"\nurl = \"sqlite:crm.db\"\n\n\
             [connections.smartcrm]\nkind = \"smartcrm\"\napi_url = \"{url}\"\n\
             token = \"file:token\"\nmax_retries = 0\nprofile = {{ settle_ms = 0 }}\n\n\
             [flows.push]\nfrom = \"crm\"\nto = \"smartcrm\"\n\
             entities = [\"customer\", \"lead\"]\nevery = \"4h\"\n"
        )
    );
    assert_eq!(world.koppel(&["sync"]).code, 0);

    world.token("another");
    let set = world.koppel(&["connection", "set", "smartcrm", "batch_size=25", "--json"]);
    assert_eq!(set.code, 4, "{set:?}");
    let lines = set.json();
    assert_eq!(lines[0]["saved"], true);
    assert_eq!(lines[1]["ok"], false);
    assert!(set.stderr.contains("is saved all the same"), "{set:?}");
    assert!(world.read("koppel.toml").contains("batch_size = 25\n"));
}

#[test]
fn a_change_keeps_comments_and_one_that_would_be_wrong_changes_nothing() {
    let world = World::new(3);
    world.config(|text| format!("# Ask Ana.\n{text}# The end.\n"));
    let before = world.read("koppel.toml");
    let refused = world.koppel(&[
        "connection",
        "set",
        "smartcrm",
        "batch_size=0",
        "tiemout=5s",
    ]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for said in [
        "koppel.toml would be wrong:",
        "connections.smartcrm.batch_size: expected a whole number from 1 to 500",
        "connections.smartcrm.tiemout: this key is not known (did you mean `timeout`?)",
        "nothing was changed",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {refused:?}");
    }
    assert_eq!(world.read("koppel.toml"), before);

    let done = world.koppel(&[
        "connection",
        "set",
        "smartcrm",
        "timeout=5s",
        "--unset",
        "max_retries",
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    let expected = before
        .replace("max_retries = 0\n", "")
        .replace("settle_ms = 0 }\n", "settle_ms = 0 }\ntimeout = \"5s\"\n");
    assert_eq!(world.read("koppel.toml"), expected);
}

#[test]
fn a_secret_is_never_put_into_the_configuration() {
    let world = World::new(3);
    let before = world.read("koppel.toml");
    for args in [
        &["connection", "set", "smartcrm", "token=abc-s3cret"][..],
        &[
            "connection",
            "add",
            "x",
            "--kind",
            "smartcrm",
            "--api-url",
            "https://a.example",
            "--token",
            "abc-s3cret",
        ],
        &[
            "connection",
            "add",
            "x",
            "--kind",
            "smartcrm",
            "--api-url",
            "https://a.example",
            "--set",
            "token=abc-s3cret",
        ],
        &[
            "connection",
            "add",
            "x",
            "--kind",
            "crmconnect",
            "--url",
            "mysql://me:abc-s3cret@db/crm",
        ],
        &["connection", "set", "smartcrm", "profile.auth=abc-s3cret"],
    ] {
        let done = world.koppel(args);
        assert!(matches!(done.code, 1 | 64), "{done:?}");
        let secret = args.iter().any(|arg| arg.contains("profile"));
        assert!(secret || !done.stderr.contains("s3cret"), "{done:?}");
        assert_eq!(world.read("koppel.toml"), before, "{args:?}");
    }
    let help = world.koppel(&["connection", "set", "smartcrm", "token=abc"]);
    assert_eq!(help.code, 64, "{help:?}");
    assert!(
        help.stderr.contains("env:NAME") && help.stderr.contains("stdin"),
        "{help:?}"
    );
}

#[test]
fn a_secret_on_stdin_goes_into_a_file_of_the_owners() {
    let world = World::new(3);
    let done = given(
        &world,
        &["connection", "set", "smartcrm", "token=-"],
        &format!("{TOKEN}\n"),
    );
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        world
            .read("koppel.toml")
            .contains("token = \"file:smartcrm.token\"\n")
    );
    assert_eq!(world.read("smartcrm.token"), TOKEN);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(world.path("smartcrm.token"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let none = given(&world, &["connection", "set", "smartcrm", "token=-"], "\n");
    assert_eq!(none.code, 64, "{none:?}");
    assert!(
        none.stderr.contains("there is no secret on stdin"),
        "{none:?}"
    );
    // What would be wrong leaves the secret that is there alone.
    let wrong = given(
        &world,
        &["connection", "set", "smartcrm", "token=-", "batch_size=0"],
        "new",
    );
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert_eq!(world.read("smartcrm.token"), TOKEN);
}

#[test]
fn a_connection_that_a_flow_uses_is_not_taken_out_alone() {
    let world = World::new(3);
    let before = world.read("koppel.toml");
    let refused = world.koppel(&["connection", "remove", "crm"]);
    assert_eq!(refused.code, 64, "{refused:?}");
    assert!(
        refused.stderr.contains("`crm` is used by the flow push"),
        "{refused:?}"
    );
    assert_eq!(world.read("koppel.toml"), before);
    let done = world.koppel(&["connection", "remove", "crm", "--with-flows"]);
    assert_eq!(done.code, 0, "{done:?}");
    let text = world.read("koppel.toml");
    assert!(
        !text.contains("crm.db") && !text.contains("[flows"),
        "{text}"
    );
    let gone = world.koppel(&["connection", "remove", "crm"]);
    assert_eq!(gone.code, 64, "{gone:?}");
    assert!(
        gone.stderr.contains("there is no connection `crm`"),
        "{gone:?}"
    );
}

#[test]
fn a_schedule_is_switched_off_and_on() {
    let world = World::new(3);
    let set = world.koppel(&["flow", "set", "push", "interval=4"]);
    assert_eq!(set.code, 0, "{set:?}");
    assert_eq!(world.koppel(&["flow", "pause", "push"]).code, 0);
    let flows = world.koppel(&["flow", "list"]);
    assert!(flows.stdout.ends_with("\t4h\toff\n"), "{flows:?}");
    let due = world.koppel(&["sync", "--due"]);
    assert_eq!(due.code, 0, "{due:?}");
    assert!(
        due.stderr.contains("Nothing is due (push: off)."),
        "{due:?}"
    );
    assert_eq!(world.server.count("clients"), 0);

    assert_eq!(world.koppel(&["flow", "resume", "push"]).code, 0);
    assert_eq!(world.koppel(&["sync", "--due"]).code, 0);
    assert_eq!(world.server.count("clients"), 3);
    let later = world.koppel(&["sync", "--due"]);
    assert!(
        later.stderr.contains("Nothing is due (push: 20"),
        "{later:?}"
    );
    let wrong = world.koppel(&["flow", "set", "push", "interval=3"]);
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(
        wrong
            .stderr
            .contains("SmartCRM is not synced every 3 hours"),
        "{wrong:?}"
    );
    assert_eq!(world.koppel(&["flow", "remove", "push"]).code, 0);
    assert!(!world.read("koppel.toml").contains("[flows"));
}

#[test]
fn how_much_is_logged_is_said_in_the_file_or_for_one_run() {
    let world = World::new(3);
    let quiet = world.koppel(&["sync", "--entity", "customer"]);
    assert!(!quiet.stderr.contains("INFO"), "{quiet:?}");
    world.config(|text| format!("[log]\nlevel = \"debug\"\n{text}"));
    let file = world.koppel(&["sync", "--entity", "customer"]);
    assert!(
        file.stderr.contains("DEBUG") || file.stderr.contains("INFO"),
        "{file:?}"
    );
    let flag = world.koppel(&["sync", "--entity", "customer", "--log-level", "error"]);
    assert!(
        !flag.stderr.contains("DEBUG") && !flag.stderr.contains("INFO"),
        "{flag:?}"
    );
    let wrong = world.koppel(&["sync", "--log-level", "loud"]);
    assert_eq!(wrong.code, 64, "{wrong:?}");
}

#[test]
fn a_wrong_file_is_not_changed_but_explained() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("koppel.toml"), "[connections\n").unwrap();
    let done = finish(koppel(dir.path()).args(["connection", "set", "crm", "prefix=x"]));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr.contains("koppel.toml:1: this is not TOML"),
        "{done:?}"
    );
}

#[test]
fn the_tables_of_a_database_are_proposed_and_can_be_synced() {
    let world = World::new(3);
    // An empty file is an empty database.
    std::fs::write(world.path("shop.db"), "").unwrap();
    world.sql(
        "shop.db",
        "CREATE TABLE clients (id INTEGER PRIMARY KEY, company TEXT NOT NULL, vat TEXT,
             town TEXT, changed_at TEXT NOT NULL);
         CREATE TABLE contacts (id INTEGER PRIMARY KEY, client_id INTEGER NOT NULL,
             first_name TEXT, last_name TEXT, email TEXT);
         INSERT INTO clients VALUES (1, 'Acme', 'NL1', 'Delft', '2026-03-01 09:00:00'),
             (2, 'Ionescu', NULL, 'Cluj', '2026-03-01 09:00:00');
         INSERT INTO contacts VALUES (1, 2, 'Ion', 'Ionescu', 'ion@example.com');",
    );
    let added = world.koppel(&[
        "connection",
        "add",
        "shop",
        "--kind",
        "sql",
        "--url",
        "sqlite:shop.db",
    ]);
    assert_eq!(added.code, 0, "{added:?}");
    assert!(
        added.stderr.contains("customers in `clients` (") && added.stderr.contains("Check them"),
        "{added:?}"
    );
    let text = world.read("koppel.toml");
    for said in [
        " of 100 sure that this table holds customers.\n",
        "[connections.shop.tables.customer]\ntable = \"clients\"\nkey = \"id\"\nmodified = \"changed_at\"\n",
        "[connections.shop.tables.contact]\n",
        "customer = \"client_id\"\n",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let unset = "tables.customer.fields.\"address.city\"";
    let set = world.koppel(&["connection", "set", "shop", "--unset", unset]);
    assert_eq!(set.code, 0, "{set:?}");
    let flow = world.koppel(&["flow", "add", "shop", "--from", "shop", "--to", "smartcrm"]);
    assert_eq!(flow.code, 0, "{flow:?}");
    assert_eq!(world.koppel(&["sync", "shop"]).code, 0);
    assert_eq!(world.server.count("clients"), 2);
    assert_eq!(world.server.count("contacts"), 1);
    assert_eq!(
        world.koppel(&["plan", "shop"]).code,
        0,
        "nothing is left to do"
    );

    // One that cannot be looked at is saved all the same.
    let gone = world.koppel(&[
        "connection",
        "add",
        "gone",
        "--kind",
        "sql",
        "--url",
        "sqlite:gone.db",
    ]);
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.stderr.contains("no table is proposed"), "{gone:?}");
    assert!(
        world
            .read("koppel.toml")
            .contains("url = \"sqlite:gone.db\"\n")
    );
}
