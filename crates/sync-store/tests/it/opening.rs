//! Files that are a store, are none yet, or are something else.

use std::fs;
use std::path::Path;

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use sync_core::{StateStore, StoreError};
use sync_store::{SCHEMA_VERSION, SqliteStore};

use crate::help::{File, at, setup};

async fn plain(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap()
}

/// The sentence with which a store is refused.
async fn refusal(path: impl AsRef<Path>) -> String {
    match SqliteStore::open(path).await {
        Err(StoreError::Unavailable(message)) => message,
        other => panic!("not unavailable but {other:?}"),
    }
}

#[tokio::test]
async fn every_writer_connection_has_synchronous_full_and_a_write_ahead_log() {
    let file = File::new();
    let store = file.open().await;
    for _ in 0..2 {
        let pragmas = store.writer_pragmas().await.unwrap();
        assert_eq!(pragmas.synchronous, 2, "FULL");
        assert_eq!(pragmas.journal_mode, "wal");
        assert!(pragmas.foreign_keys);
        assert!(pragmas.busy_timeout >= 5000);
        store.ensure_flow(&setup("sync"), at(0)).await.unwrap();
    }
    let other = file.open().await;
    assert_eq!(other.writer_pragmas().await.unwrap().synchronous, 2);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_a_new_store() {
    use std::os::unix::fs::PermissionsExt;
    let file = File::new();
    let store = file.open().await;
    store.ensure_flow(&setup("sync"), at(0)).await.unwrap();
    let copy = file.dir.path().join("copy.db");
    store.backup_to(&copy).await.unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(file.dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
        seen += 1;
    }
    assert!(seen >= 3, "the store, its log and the copy");
}

#[tokio::test]
async fn a_url_and_a_path_name_the_same_store() {
    let file = File::new();
    let path = file.path();
    for url in [
        path.display().to_string(),
        format!("sqlite:{}", path.display()),
        format!("sqlite://{}", path.display()),
    ] {
        let store = SqliteStore::open(&url).await.unwrap();
        assert_eq!(store.path(), path);
    }
    for wrong in [
        "sqlite::memory:",
        ":memory:",
        "postgres://host/db",
        "sqlite:x.db?mode=ro",
        "",
    ] {
        let message = refusal(wrong).await;
        assert!(message.contains(wrong), "{message}");
        assert!(message.contains("give a path"), "{message}");
    }
}

#[tokio::test]
async fn a_missing_store_is_made_only_by_open() {
    let file = File::new();
    let missing = SqliteStore::open_existing(file.path()).await.unwrap_err();
    assert!(missing.to_string().contains("there is no store at"));
    assert!(!file.path().exists());
    file.open().await.close().await;
    SqliteStore::open_existing(file.path()).await.unwrap();
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_and_stays_as_it_is() {
    let file = File::new();
    file.open().await.close().await;
    let mut conn = plain(&file.path()).await;
    sqlx::query("INSERT INTO koppel_schema (version, applied_at) VALUES (?, 0)")
        .bind(SCHEMA_VERSION + 7)
        .execute(&mut conn)
        .await
        .unwrap();
    // As a future version might want it.
    sqlx::query("PRAGMA journal_mode = delete")
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
    let before = fs::read(file.path()).unwrap();
    let refused = SqliteStore::open(file.path()).await;
    assert!(
        matches!(refused, Err(StoreError::Newer { found, known })
            if found == SCHEMA_VERSION + 7 && known == SCHEMA_VERSION),
        "{refused:?}"
    );
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_stays_as_it_is() {
    for content in [
        &b"x"[..],
        b"name,email\nJansen,info@jansen.example\n",
        &[7; 9000],
    ] {
        let file = File::new();
        fs::write(file.path(), content).unwrap();
        let message = refusal(file.path()).await;
        assert!(message.contains("is no SQLite database"), "{message}");
        assert!(message.contains("store.db"), "{message}");
        assert_eq!(fs::read(file.path()).unwrap(), content);
    }
}

#[tokio::test]
async fn the_database_of_another_program_is_refused_and_stays_as_it_is() {
    let file = File::new();
    let mut conn = plain(&file.path()).await;
    sqlx::query("CREATE TABLE tblclients (userid INTEGER)")
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
    let before = fs::read(file.path()).unwrap();
    let message = refusal(file.path()).await;
    assert!(message.contains("of another program"), "{message}");
    assert_eq!(fs::read(file.path()).unwrap(), before);
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_named() {
    let file = File::new();
    let message = refusal(file.dir.path()).await;
    assert!(message.contains("is a directory"), "{message}");

    let path = file.dir.path().join("missing/store.db");
    let message = refusal(&path).await;
    assert!(message.contains("there is no directory"), "{message}");
    assert!(!path.parent().unwrap().exists());

    fs::write(file.dir.path().join("plain"), "").unwrap();
    let message = refusal(file.dir.path().join("plain/store.db")).await;
    assert!(message.contains("plain/store.db"), "{message}");
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let file = File::new();
    fs::write(file.path(), "").unwrap();
    let store = file.open().await;
    store.ensure_flow(&setup("sync"), at(0)).await.unwrap();
    assert_eq!(store.flows().await.unwrap().len(), 1);
}
