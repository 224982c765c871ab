//! Events leave the outbox for the audit log, each once, whatever happens in between.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use koppel_app::App;
use koppel_app::audit_log::{Entry, EventName, Level, StatsQuery, Verify};
use sqlx::{Connection as _, SqliteConnection};

use crate::support::{all, claim, config, events, places, put, secret, waiting};

async fn app(dir: &Path, audit: &str) -> App {
    App::open(config(dir, audit)).await.unwrap()
}

/// The messages of the entries that came from events, in the order in which they came in.
async fn messages(app: &App) -> Vec<String> {
    let log = app.audit_reader().await.unwrap();
    let entries = all(log, Some(EventName::RecordCreate)).await;
    entries.into_iter().map(|entry| entry.message).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_events_reach_the_log_in_order_and_leave_the_outbox() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path(), "").await;
    let store = Arc::clone(app.store().await.unwrap());
    let lease = claim(&store).await;
    let sent = events(1_203);
    put(&store, &lease, &sent[..700]).await;
    assert_eq!(app.move_events().await.unwrap(), 700);
    put(&store, &lease, &sent[700..]).await;
    assert_eq!(app.move_events().await.unwrap(), 503);
    assert_eq!(app.move_events().await.unwrap(), 0);
    assert_eq!(waiting(&app).await, 0);
    let log = app.audit_reader().await.unwrap();
    let entries = all(log, Some(EventName::RecordCreate)).await;
    assert_eq!(entries.len(), sent.len());
    for (entry, event) in entries.iter().zip(&sent) {
        assert_eq!(entry.id, event.id.uuid());
        assert_eq!((&entry.message, entry.at), (&event.message, event.at));
        assert_eq!(entry.system.as_deref(), Some("smartcrm"));
        assert_eq!(entry.connection.as_deref(), Some("smartcrm"));
        assert_eq!(entry.flow.as_deref(), Some("push"));
        assert_eq!(entry.entity.as_deref(), Some("customer"));
        assert_eq!(
            entry.record.as_deref(),
            event.record.as_ref().map(AsRef::as_ref)
        );
    }
    app.close().await;
}

#[tokio::test]
async fn no_log_is_made_while_nothing_happened() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path(), "").await;
    assert_eq!(app.move_events().await.unwrap(), 0);
    app.close().await;
    assert!(!dir.path().join("koppel-audit.db").exists());
    assert!(app.audit_reader().await.is_err());
    assert!(!dir.path().join("koppel-audit.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_in_both_places_arrive_once() {
    let dir = tempfile::tempdir().unwrap();
    let first = app(dir.path(), "").await;
    let sent = events(900);
    let store = Arc::clone(first.store().await.unwrap());
    let lease = claim(&store).await;
    put(&store, &lease, &sent[..800]).await;
    first.move_events().await.unwrap();
    first.close().await;

    // The log has them, but nobody told the outbox; then more happened.
    std::fs::remove_file(dir.path().join("koppel.db")).unwrap();
    let again = app(dir.path(), "").await;
    let store = Arc::clone(again.store().await.unwrap());
    let lease = claim(&store).await;
    put(&store, &lease, &sent[400..]).await;
    again.move_events().await.unwrap();
    assert_eq!(waiting(&again).await, 0);
    let expected: Vec<_> = sent.iter().map(|event| event.message.clone()).collect();
    assert_eq!(messages(&again).await, expected);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_that_move_the_same_events_at_once_write_each_of_them_once() {
    let dirs = tempfile::tempdir().unwrap();
    for (n, place) in places(dirs.path(), "several").iter().enumerate() {
        let dir = dirs.path().join(n.to_string());
        beside(dirs.path(), &dir);
        let own = app(&dir, place).await;
        let store = Arc::clone(own.store().await.unwrap());
        let sent = events(2_000);
        put(&store, &claim(&store).await, &sent).await;
        // Each has its own connections to both databases, as a process has.
        let mut moving = Vec::new();
        for _ in 0..4 {
            let path = dir.join("koppel.toml");
            moving.push(tokio::spawn(async move {
                let app = App::open(path).await.unwrap();
                app.move_events().await.unwrap();
                app.close().await;
            }));
        }
        for one in moving {
            one.await.unwrap();
        }
        assert_eq!(waiting(&own).await, 0);
        let found = messages(&own).await;
        let ids: HashSet<&String> = found.iter().collect();
        assert_eq!((found.len(), ids.len()), (2_000, 2_000), "{place}");
        let log = own.audit_reader().await.unwrap();
        let stats = log.stats(&StatsQuery::last(7)).await.unwrap();
        assert_eq!(stats.total.succeeded, 2_000, "counted once each too");
        own.close().await;
    }
}

/// A directory of its own, with the password that may be needed.
fn beside(dirs: &Path, dir: &Path) {
    std::fs::create_dir(dir).unwrap();
    if let Ok(password) = std::fs::read_to_string(dirs.join("password")) {
        secret(&dir.join("password"), &password);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_wait_while_the_log_cannot_be_opened() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path(), "[audit]\nurl = \"sqlite:later/audit.db\"").await;
    let store = Arc::clone(app.store().await.unwrap());
    let sent = events(3);
    put(&store, &claim(&store).await, &sent).await;
    let error = app.move_events().await.unwrap_err();
    assert_eq!(error.kind(), "storage", "{error}");
    assert!(error.to_string().contains("later"), "{error}");
    assert!(error.help().unwrap().contains("[audit] url"), "{error:?}");
    assert_eq!(waiting(&app).await, 3);

    std::fs::create_dir(dir.path().join("later")).unwrap();
    assert_eq!(app.move_events().await.unwrap(), 3);
    assert_eq!((waiting(&app).await, messages(&app).await.len()), (0, 3));
    app.close().await;
}

/// What the process does that is killed.
#[test]
fn moves_events_until_it_is_killed() {
    let Some(path) = std::env::var_os("KOPPEL_TEST_CONFIG") else {
        println!("left out: it is a process that other tests start");
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = App::open(path).await.unwrap();
        app.move_events().await.unwrap();
    });
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_the_log_and_the_outbox_neither_loses_an_event_nor_doubles_one() {
    // At the first events and at later ones; before the outbox let go of them, and after.
    for halt in ["before:events:1", "before:events:3", "after:events:2"] {
        let dirs = tempfile::tempdir().unwrap();
        let schema = halt.replace(':', "_");
        for (n, place) in places(dirs.path(), &schema).iter().enumerate() {
            let dir = dirs.path().join(n.to_string());
            beside(dirs.path(), &dir);
            killed_at(halt, &dir, place).await;
        }
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_the_log_and_the_outbox_counts_once_what_is_not_kept() {
    let dirs = tempfile::tempdir().unwrap();
    for (n, place) in places(dirs.path(), "not_kept").iter().enumerate() {
        let dir = dirs.path().join(n.to_string());
        beside(dirs.path(), &dir);
        let place = format!("{place}\nlevel = \"ERROR\"");
        killed_at("before:events:1", &dir, &place).await;
    }
}

#[cfg(unix)]
async fn killed_at(halt: &str, dir: &Path, place: &str) {
    let own = app(dir, place).await;
    let store = Arc::clone(own.store().await.unwrap());
    let lease = claim(&store).await;
    let sent = events(1_700);
    put(&store, &lease, &sent[..1_600]).await;

    let halted = dir.join("halted");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "pump::moves_events_until_it_is_killed"])
        .env("KOPPEL_TEST_CONFIG", dir.join("koppel.toml"))
        .env("KOPPEL_HALT", halt)
        .env("KOPPEL_HALT_FILE", &halted)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !halted.exists() {
        assert_eq!(
            child.try_wait().unwrap(),
            None,
            "{halt}: it ended by itself"
        );
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let left = waiting(&own).await;
    child.kill().unwrap();
    child.wait().unwrap();

    let expected = if halt == "before:events:1" {
        1_600
    } else {
        600
    };
    assert_eq!(left, expected, "{halt} {place}");
    // More happens, and somebody else moves what is left.
    put(&store, &lease, &sent[1_600..]).await;
    own.move_events().await.unwrap();
    assert_eq!(waiting(&own).await, 0, "{halt} {place}");
    let mut told: Vec<_> = sent.iter().map(|event| event.message.clone()).collect();
    if place.contains("level = \"ERROR\"") {
        told.clear();
    }
    assert_eq!(messages(&own).await, told, "{halt} {place}");
    let log = own.audit_reader().await.unwrap();
    let stats = log.stats(&StatsQuery::last(7)).await.unwrap();
    assert_eq!(stats.total.succeeded, 1_700, "{halt} {place}");
    assert!(
        log.verify(&Verify::default()).await.unwrap().is_sound(),
        "{halt} {place}"
    );
    own.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_with_a_full_queue_and_a_log_that_fails_ends_and_keeps_the_events() {
    let dir = tempfile::tempdir().unwrap();
    let app = app(dir.path(), "").await;
    let store = Arc::clone(app.store().await.unwrap());
    let lease = claim(&store).await;
    put(&store, &lease, &events(20)).await;
    assert_eq!(app.move_events().await.unwrap(), 20);
    let path = dir.path().join("koppel-audit.db");
    let mut audit = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON audit_writer \
                  BEGIN SELECT RAISE(ABORT, 'refused by the test'); END";
    sqlx::query(refuse).execute(&mut audit).await.unwrap();

    let later = events(30);
    put(&store, &lease, &later).await;
    assert!(app.move_events().await.is_err());
    let log = app.audit().await.unwrap().clone();
    let entry = || Entry::new(Level::Info, EventName::ConnectionTest, "It worked.");
    // As many as there is room for, and one more.
    let mut taken = 0;
    while log.enqueue(entry()).await.is_ok() {
        taken += 1;
    }
    assert!(taken > 1_000, "{taken}");
    let closing = tokio::time::timeout(Duration::from_secs(60), app.close());
    closing.await.unwrap();
    assert_eq!((log.lost(), log.waiting()), (taken + 1, 0));

    sqlx::query("DROP TRIGGER refuse")
        .execute(&mut audit)
        .await
        .unwrap();
    audit.close().await.unwrap();
    let app = App::open(dir.path().join("koppel.toml")).await.unwrap();
    assert_eq!(waiting(&app).await, later.len());
    assert_eq!(app.move_events().await.unwrap(), 30);
    app.close().await;
}
