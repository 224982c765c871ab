use std::path::Path;

use crate::{Appended, AuditLog, Entry, Error, EventName, Level};

async fn open(dir: &Path) -> AuditLog {
    let path = dir.join("audit.db");
    let builder = AuditLog::builder(&path.display().to_string());
    builder.queue(300, 1 << 24).open().await.unwrap()
}

fn entry() -> Entry {
    Entry::new(Level::Info, EventName::RecordCreate, "x".repeat(2_000)).connection("shop")
}

async fn count(log: &AuditLog) -> i64 {
    let sql = "SELECT COUNT(*) FROM audit_event";
    log.shared().db.read(sql, &[]).await.unwrap()[0]
        .int(0)
        .unwrap()
}

/// As many pages as there are now and not one more, or as many as it takes.
async fn limit(log: &AuditLog, full: bool) {
    let sql = match full {
        true => "PRAGMA max_page_count = 1",
        false => "PRAGMA max_page_count = 1000000",
    };
    log.shared().db.run(sql).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_told_and_stores_nothing_and_does_no_harm_once_there_is_space() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    log.append_all((0..200).map(|_| entry()).collect())
        .await
        .unwrap();

    for _ in 0..3 {
        // SQLite gives the whole transaction up, and a connection that has none any more is
        // replaced by one without the limit.
        limit(&log, true).await;
        match log.append_all((0..200).map(|_| entry()).collect()).await {
            Err(Error::DiskFull(message)) => assert!(message.contains("audit.db"), "{message}"),
            other => panic!("not full but {other:?}"),
        }
        assert!(matches!(log.writer_health(), Some(Error::DiskFull(_))));
        assert_eq!(count(&log).await, 200);
    }
    limit(&log, false).await;
    let again = log.append(entry()).await.unwrap();
    assert_eq!(again, Appended::Written { number: 201 });
    assert_eq!(log.writer_health(), None);
    assert_eq!(log.lost(), 0);
    log.close().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_files_of_a_log() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("audit.db");
    let heads = dir.path().join("heads.jsonl");
    let at = api_core::Timestamp::from_seconds;
    for day in 0..2 {
        let clock = api_core::ManualClock::new(at(day * 86_400 + 1));
        let builder = AuditLog::builder(&path.display().to_string());
        let builder = builder.clock(clock).heads_file(&heads);
        let log = builder.open().await.unwrap();
        log.append(entry()).await.unwrap();
        log.flush().await.unwrap();
        for file in std::fs::read_dir(dir.path()).unwrap() {
            let file = file.unwrap();
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
        }
        assert!(path.with_extension("db-wal").exists());
        log.close().await.unwrap();
    }
    assert!(heads.exists());
}

#[tokio::test]
async fn a_commit_is_on_the_disk_before_it_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    let mut tx = log.shared().db.begin().await.unwrap();
    let synchronous = tx.fetch("PRAGMA synchronous", &[]).await.unwrap();
    assert_eq!(synchronous[0].int(0).unwrap(), 2, "FULL");
    let journal = tx.fetch("PRAGMA journal_mode", &[]).await.unwrap();
    assert_eq!(journal[0].text(0).unwrap(), "wal");
    let vacuum = tx.fetch("PRAGMA auto_vacuum", &[]).await.unwrap();
    assert_eq!(vacuum[0].int(0).unwrap(), 2, "INCREMENTAL");
    drop(tx);
    log.close().await.unwrap();
}
