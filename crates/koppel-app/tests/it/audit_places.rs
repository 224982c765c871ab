//! The audit log where it cannot be written, is newer than this program, or is a server.

use std::path::Path;
use std::time::Duration;

use koppel_app::audit_log::{Entry, EventName, Level, Verify};
use koppel_app::doctor::{Doctor, Finding, Health};
use koppel_app::sync_core::Timestamp;
use koppel_app::{App, Exit};

use crate::app::{World, sync};
use crate::support::{all, claim, config, events, places, put, secret, waiting};

async fn created(app: &App) -> usize {
    let log = app.audit_reader().await.unwrap();
    all(log, Some(EventName::RecordCreate)).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_made_stops_no_sync_and_gets_everything_later() {
    let world = World::new().await;
    let app = world
        .app("[audit]\nlevel = \"DEBUG\"\nurl = \"sqlite:no/such/dir/audit.db\"")
        .await;
    let report = sync(&app).await.unwrap();
    assert_eq!(report.exit(), Exit::Ok);
    assert_eq!(report.total().created, 10);
    let warnings = report.warnings.join("\n");
    assert!(warnings.contains("no/such/dir"), "{warnings}");
    assert!(warnings.contains("events wait in the store"), "{warnings}");
    assert!(
        warnings.contains("requests are not in the audit log"),
        "{warnings}"
    );
    assert!(waiting(&app).await > 10);
    app.close().await;

    // They arrive as soon as there is a place for them.
    std::fs::create_dir_all(world.dir.path().join("no/such/dir")).unwrap();
    let app = App::open(world.dir.path().join("koppel.toml"))
        .await
        .unwrap();
    assert_eq!(sync(&app).await.unwrap().warnings, Vec::<String>::new());
    assert_eq!((created(&app).await, waiting(&app).await), (10, 0));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_stops_no_sync() {
    let world = World::new().await;
    // A port that was free a moment ago: nobody answers there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let audit = format!("[audit]\nurl = \"postgres://koppel@127.0.0.1:{port}/audit\"");
    let app = world.app(&audit).await;
    let report = sync(&app).await.unwrap();
    assert_eq!((report.exit(), report.total().created), (Exit::Ok, 10));
    assert!(
        report.warnings[0].contains("127.0.0.1"),
        "{:?}",
        report.warnings
    );
    assert!(waiting(&app).await > 10);
    let error = app.audit().await.unwrap_err();
    assert_eq!((error.kind(), error.exit()), ("storage", Exit::Failed));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_a_newer_version_is_left_as_it_is() {
    let world = World::new().await;
    let app = world.app("").await;
    sync(&app).await.unwrap();
    app.close().await;
    let path = world.dir.path().join("koppel-audit.db");
    alter(
        &path,
        "UPDATE audit_meta SET value = '999' WHERE key = 'schema'",
    )
    .await;
    let before = std::fs::read(&path).unwrap();

    let app = App::open(world.dir.path().join("koppel.toml"))
        .await
        .unwrap();
    let report = sync(&app).await.unwrap();
    assert_eq!(report.exit(), Exit::Ok);
    let warnings = report.warnings.join("\n");
    assert!(
        warnings.contains("999") && warnings.contains("newer"),
        "{warnings}"
    );
    assert!(waiting(&app).await > 0);
    app.close().await;
    assert_eq!(std::fs::read(&path).unwrap(), before, "it was changed");

    alter(
        &path,
        "UPDATE audit_meta SET value = '1' WHERE key = 'schema'",
    )
    .await;
    let app = App::open(world.dir.path().join("koppel.toml"))
        .await
        .unwrap();
    assert_eq!(sync(&app).await.unwrap().warnings, Vec::<String>::new());
    assert_eq!(waiting(&app).await, 0);
    app.close().await;
}

async fn alter(path: &Path, sql: &'static str) {
    use sqlx::Connection as _;
    let url = format!("sqlite:{}", path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let done = sqlx::query(sql).execute(&mut connection).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_somebody_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("koppel-audit.db"),
        "my own notes, and no database",
    )
    .unwrap();
    let app = App::open(config(dir.path(), "")).await.unwrap();
    let store = app.store().await.unwrap();
    put(store, &claim(store).await, &events(1)).await;
    let error = app.move_events().await.unwrap_err().to_string();
    assert!(error.contains("koppel-audit.db"), "{error}");
    let text = std::fs::read_to_string(dir.path().join("koppel-audit.db")).unwrap();
    assert_eq!(text, "my own notes, and no database");
    app.close().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_its_owner_may_read_the_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let app = App::open(config(dir.path(), "")).await.unwrap();
    app.audit().await.unwrap();
    app.close().await;
    let about = std::fs::metadata(dir.path().join("koppel-audit.db")).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_not_where_it_should_be_is_named_and_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let audit = "[audit]\nurl = \"postgres://koppel@127.0.0.1:9/audit\"\npassword = \"file:pass\"";
    let app = App::open(config(dir.path(), audit)).await.unwrap();
    let error = app.audit().await.unwrap_err().to_string();
    assert!(
        error.contains("pass` cannot be used: there is no such file"),
        "{error}"
    );
    secret(&dir.path().join("pass"), "hunter2-hunter2");
    let error = app.audit().await.unwrap_err();
    assert!(
        !format!("{error} {error:?} {:?}", error.help()).contains("hunter2"),
        "{error}"
    );
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_keeps_what_a_sync_did() {
    let world = World::new().await;
    let places = places(world.dir.path(), "sync");
    for place in &places[1..] {
        let app = world.app(&format!("{place}\nlevel = \"DEBUG\"")).await;
        let report = sync(&app).await.unwrap();
        assert_eq!(report.warnings, Vec::<String>::new());
        assert_eq!((created(&app).await, waiting(&app).await), (10, 0));
        let log = app.audit().await.unwrap();
        assert!(!all(log, Some(EventName::HttpExchange)).await.is_empty());
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_takes_out_what_is_old_once_a_day() {
    let world = World::new().await;
    let app = world.app("[audit.keep]\ninfo = \"2d\"").await;
    let log = app.audit().await.unwrap();
    let days = |days: u64| Timestamp::now().saturating_sub(Duration::from_secs(days * 86_400));
    let entry = |text: &str| Entry::new(Level::Info, EventName::ConnectionTest, text);
    log.append(entry("Old.").at(days(3))).await.unwrap();
    log.append(entry("New.").at(days(1))).await.unwrap();
    sync(&app).await.unwrap();
    let left = all(log, Some(EventName::ConnectionTest)).await;
    let left: Vec<_> = left.iter().map(|entry| entry.message.as_str()).collect();
    assert_eq!(left, ["New."]);

    log.append(entry("Late.").at(days(3))).await.unwrap();
    sync(&app).await.unwrap();
    assert_eq!(all(log, Some(EventName::ConnectionTest)).await.len(), 2);
    assert_eq!(all(log, Some(EventName::LogPrune)).await.len(), 1);
    assert!(log.verify(&Verify::default()).await.unwrap().is_sound());
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_makes_no_log_and_finds_one_that_was_changed() {
    let world = World::new().await;
    let path = world.config("");
    let seen = examined(&path).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(
        seen[0].message.contains("is made by the first sync"),
        "{seen:?}"
    );
    assert!(!world.dir.path().join("koppel-audit.db").exists());

    let app = App::open(&path).await.unwrap();
    sync(&app).await.unwrap();
    app.close().await;
    let seen = examined(&path).await;
    assert!(
        seen.iter().all(|found| found.health == Health::Ok),
        "{seen:?}"
    );
    assert!(
        seen.iter()
            .any(|found| found.message.contains("is as written")),
        "{seen:?}"
    );

    let log = world.dir.path().join("koppel-audit.db");
    alter(&log, "UPDATE audit_event SET record = '4711' WHERE seq = 3").await;
    let seen = examined(&path).await;
    let ill: Vec<_> = (seen.iter().filter(|found| found.health == Health::Problem)).collect();
    assert_eq!(ill.len(), 1, "{seen:?}");
    assert!(ill[0].message.contains("not as written"), "{ill:?}");
    assert!(
        ill[0].next.as_ref().unwrap().ends_with("logs verify"),
        "{ill:?}"
    );
}

async fn examined(config: &Path) -> Vec<Finding> {
    let mut seen = Vec::new();
    Doctor::examine(config, &mut |found| seen.push(found)).await;
    seen.retain(|found| found.area == "audit");
    seen
}
