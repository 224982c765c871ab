//! What goes wrong outside: one paragraph, the next step, the right exit code, nothing lost.

use std::net::TcpListener;
use std::process::Command;

use koppel_sandbox::smartcrm::{Fault, FaultKind};

use crate::support::{Done, World, finish, koppel};

/// One paragraph and one next step, and all of `said`.
fn clear(done: &Done, code: i32, said: &[&str]) {
    assert_eq!(done.code, code, "{done:?}");
    let errors: Vec<&str> = done
        .stderr
        .lines()
        .filter(|l| l.starts_with("error: "))
        .collect();
    assert_eq!(errors.len(), 1, "{done:?}");
    assert_eq!(done.stderr.matches("\n  help: ").count(), 1, "{done:?}");
    for said in said {
        assert!(
            done.stderr.contains(said),
            "`{said}` is missing: {}",
            done.stderr
        );
    }
}

/// After the trouble is over, one sync brings every customer over exactly once.
fn nothing_was_lost(world: &World, customers: u64) {
    let done = world.koppel(&["sync", "--entity", "customer", "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(world.server.count("clients") as u64, customers);
    assert_eq!(world.server.applied(), customers, "each was created once");
    assert_eq!(world.number("koppel.db", "SELECT COUNT(*) FROM intent"), 0);
    assert_eq!(world.number("koppel.db", "SELECT COUNT(*) FROM parked"), 0);
}

const SYNC: &[&str] = &["sync", "--entity", "customer"];

#[test]
fn a_remote_that_is_down() {
    let world = World::new(60);
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    world.config(|text| text.replace(&world.server.address().to_string(), &free.to_string()));
    let done = world.koppel(SYNC);
    clear(
        &done,
        1,
        &[
            "Writing to `smartcrm`",
            "refused the connection",
            "nothing is lost",
        ],
    );
    let json = world.koppel(&["sync", "--entity", "customer", "--json"]);
    let report = json.object();
    assert_eq!(report["status"], "failed");
    assert_eq!(report["error"]["kind"], "unavailable");
    assert!(
        report["error"]["help"]
            .as_str()
            .unwrap()
            .contains("Check host and port")
    );
    world.config(|text| text);
    nothing_was_lost(&world, 60);
}

#[test]
fn a_host_that_nobody_knows() {
    let world = World::new(3);
    world.config(|text| {
        let url = world.server.url();
        text.replace(&url, "https://no-such-host.invalid/index.php/api/")
    });
    clear(
        &world.koppel(SYNC),
        1,
        &["The host name of no-such-host.invalid", "spelling"],
    );
    world.config(|text| text);
    nothing_was_lost(&world, 3);
}

#[test]
fn a_wrong_token() {
    let world = World::new(60);
    world.token("not-the-token");
    let done = world.koppel(SYNC);
    clear(
        &done,
        4,
        &[
            "the login is refused",
            "`connections.smartcrm.token`",
            "file:",
        ],
    );
    assert!(!done.stderr.contains("not-the-token"));
    world.token(crate::support::TOKEN);
    nothing_was_lost(&world, 60);
}

#[test]
fn a_token_that_is_not_where_it_should_be() {
    let world = World::new(3);
    std::fs::remove_file(world.path("token")).unwrap();
    let done = world.koppel(SYNC);
    clear(
        &done,
        1,
        &[
            "koppel.toml:5: connections.smartcrm.token",
            "there is no such file",
        ],
    );
    assert_eq!(world.server.requests(), 0);
}

#[test]
fn a_wrong_url() {
    let world = World::new(60);
    world.config(|text| text.replace("/index.php/api/", "/elsewhere/api/"));
    let done = world.koppel(SYNC);
    clear(
        &done,
        1,
        &[
            "something answers there, but it is not the API",
            "HTTP 404",
            "the answer begins: <",
        ],
    );
    assert!(
        done.stderr.contains("`connections.smartcrm.api_url`"),
        "{done:?}"
    );
    world.config(|text| text);
    nothing_was_lost(&world, 60);
}

#[test]
fn a_page_in_place_of_an_answer() {
    let world = World::new(60);
    for kind in [
        FaultKind::LoginPage { status: 200 },
        FaultKind::CaptchaPage { status: 403 },
    ] {
        world.server.faults().add(Fault::new(kind));
        let done = world.koppel(SYNC);
        clear(
            &done,
            1,
            &["it is not the API", "a log-in page", "the answer begins: <"],
        );
        world.server.faults().clear();
    }
    nothing_was_lost(&world, 60);
}

#[test]
fn a_rate_limit_that_lasts() {
    let world = World::new(60);
    let limited = FaultKind::RateLimited {
        retry_after_s: Some(900),
        reset_after_s: None,
    };
    world.server.faults().add(Fault::new(limited));
    clear(
        &world.koppel(SYNC),
        5,
        &["its rate limit is used up", "try again in 900 s"],
    );
    world.server.faults().clear();
    nothing_was_lost(&world, 60);
}

#[test]
fn a_database_that_is_not_there() {
    let world = World::new(3);
    world.config(|text| text.replace("sqlite:crm.db", "sqlite:gone.db"));
    clear(
        &world.koppel(SYNC),
        1,
        &["Reading from `crm`", "gone.db", "cannot be opened"],
    );
    assert!(!world.path("gone.db").exists());
}

#[test]
fn a_wrong_table_prefix() {
    let world = World::new(3);
    world.config(|text| text.replace("\"sqlite:crm.db\"", "\"sqlite:crm.db\"\nprefix = \"abc_\""));
    clear(
        &world.koppel(SYNC),
        1,
        &["`abc_clients`", "`prefix = \"tbl\"`", "set "],
    );
}

#[test]
fn a_configuration_that_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let run = || finish(koppel(dir.path()).args(SYNC));
    clear(
        &run(),
        1,
        &[
            "koppel.toml",
            "there is no such file",
            "`koppel init` writes one",
        ],
    );

    let path = dir.path().join("koppel.toml");
    std::fs::create_dir(&path).unwrap();
    clear(&run(), 1, &["this is a directory"]);
    std::fs::remove_dir(&path).unwrap();

    std::fs::write(&path, b"\n\xff").unwrap();
    clear(&run(), 1, &["koppel.toml:2:", "not UTF-8"]);

    std::fs::write(&path, "[flows.push]\nform = \"crm\"\n").unwrap();
    let done = run();
    assert_eq!(done.code, 1);
    assert!(
        done.stderr
            .contains("koppel.toml:2: flows.push.form: this key is not known")
    );
    assert!(done.stderr.contains("did you mean `from`?"), "{done:?}");
}

#[test]
fn a_flow_that_is_not_in_the_file() {
    let world = World::new(3);
    let done = world.koppel(&["sync", "puhs"]);
    clear(
        &done,
        64,
        &["there is no flow `puhs`", "did you mean `push`?"],
    );
}

#[test]
fn a_store_of_a_newer_version_stays_untouched() {
    let world = World::new(3);
    assert_eq!(world.koppel(SYNC).code, 0);
    world.sql("koppel.db", "INSERT INTO koppel_schema VALUES (99, 0)");
    let before = std::fs::read(world.path("koppel.db")).unwrap();
    let requests = world.server.requests();
    let done = world.koppel(SYNC);
    clear(
        &done,
        1,
        &[
            "made by a newer version of koppel",
            "99",
            "use the newer koppel",
        ],
    );
    assert_eq!(std::fs::read(world.path("koppel.db")).unwrap(), before);
    assert_eq!(world.server.requests(), requests);
    // What needs no store still works.
    assert_eq!(world.koppel(&["connection", "test"]).code, 0);
}

#[test]
fn a_store_that_cannot_be_made_or_is_none() {
    let world = World::new(3);
    let with_store = |url: &str| world.config(|text| format!("[store]\nurl = \"{url}\"\n{text}"));
    with_store("sqlite:no/such/dir/koppel.db");
    clear(
        &world.koppel(SYNC),
        1,
        &["there is no directory", "`[store] url`"],
    );
    with_store("sqlite:token");
    clear(&world.koppel(SYNC), 1, &["is no SQLite database"]);
    with_store("sqlite:crm.db");
    world.config(|text| format!("[store]\nurl = \"sqlite:crm.db\"\n{text}"));
    clear(&world.koppel(SYNC), 1, &["the database of another program"]);
    assert_eq!(world.server.requests(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn an_audit_log_that_cannot_be_written_stops_no_sync() {
    let world = World::new(3);
    world.config(|text| format!("[audit]\nurl = \"sqlite:/dev/full\"\n{text}"));
    let done = world.koppel(SYNC);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.stderr.matches("warning: ").count(), 1, "{done:?}");
    assert!(done.stderr.contains("/dev/full"), "{done:?}");
    world.config(|text| text);
    nothing_was_lost(&world, 3);
    assert_eq!(world.events("record.create").len(), 3);
}

/// The store may not grow beyond so much; the file system answers as it does for a quota.
#[cfg(unix)]
#[test]
fn a_store_that_cannot_grow() {
    let world = World::new(400);
    let program = env!("CARGO_BIN_EXE_koppel");
    // In blocks of 512 or 1024 bytes, as the shell pleases.
    let script = format!("trap '' XFSZ; ulimit -f 300; exec {program} sync --entity customer");
    let mut command = Command::new("sh");
    command.current_dir(world.dir.path()).args(["-c", &script]);
    let done = finish(&mut command);
    clear(&done, 1, &["koppel.db", "a quota or the file system"]);
    let before = world.server.count("clients");
    assert!(before < 400, "the store had room for all");
    nothing_was_lost(&world, 400);
}

/// A disk of one megabyte, and then a larger one; only where this user may mount one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let world = World::new(1_500);
    std::fs::create_dir(world.path("disk")).unwrap();
    world.config(|text| format!("[store]\nurl = \"sqlite:disk/koppel.db\"\n{text}"));
    let program = env!("CARGO_BIN_EXE_koppel");
    let script = format!(
        "mount -t tmpfs -o size=1m none disk && echo mounted || exit 77
         {program} sync --entity customer; echo code=$?
         mount -o remount,size=100m disk
         exec {program} sync --entity customer --json"
    );
    let mut command = Command::new("unshare");
    command
        .current_dir(world.dir.path())
        .args(["--map-root-user", "--mount", "sh", "-c", &script]);
    match command.output() {
        Ok(output) if output.stdout.starts_with(b"mounted\n") => {
            let stdout = String::from_utf8(output.stdout).unwrap();
            let (first, second) = stdout.split_once("code=1\n").unwrap();
            assert!(first.contains("push: failed"), "{first}");
            let done = Done {
                code: 1,
                stdout: first.to_owned(),
                stderr: String::from_utf8(output.stderr).unwrap(),
            };
            clear(&done, 1, &["the disk is full", "free some space"]);
            assert_eq!(output.status.code(), Some(0), "{second}");
            assert!(second.contains("\"status\":\"succeeded\""), "{second}");
            assert_eq!(world.server.count("clients"), 1_500);
            assert_eq!(world.server.applied(), 1_500, "each was created once");
        }
        other => println!("left out: no disk can be mounted here ({other:?})"),
    }
}
