//! Events leave the outbox for the file, each once, whatever happens in between.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use koppel_app::sync_core::store::{Claim, Claimed, Commit, FlowSetup, Lease};
use koppel_app::sync_core::{
    Event, EventName, FlowName, Level, MemoryStore, StateStore, Timestamp,
};
use koppel_app::{Pump, PumpError};

struct Outbox {
    store: Arc<dyn StateStore>,
    lease: Lease,
}

impl Outbox {
    async fn new() -> Self {
        let store: Arc<dyn StateStore> = Arc::new(MemoryStore::new());
        let name = FlowName::from("push");
        let setup = FlowSetup {
            name: name.clone(),
            source: "crm".into(),
            target: "smartcrm".into(),
            every: None,
        };
        let now = Timestamp::now();
        store.ensure_flow(&setup, now).await.unwrap();
        let claim = store
            .claim(Claim::Flow(&name), "a test", now, Duration::from_secs(60))
            .await
            .unwrap();
        let Claimed::Lease(lease) = claim else {
            panic!("{claim:?}");
        };
        Self { store, lease }
    }

    async fn put(&self, events: &[Event]) {
        let mut commit = Commit::at(Timestamp::now());
        commit.events = events.to_vec();
        self.store.commit(&self.lease, commit).await.unwrap();
    }

    async fn waiting(&self) -> usize {
        self.store.events(10_000).await.unwrap().len()
    }

    fn pump(&self, path: &Path) -> Pump {
        Pump::new(Arc::clone(&self.store), path)
    }
}

fn events(n: usize) -> Vec<Event> {
    let flow = FlowName::from("push");
    (0..n)
        .map(|n| {
            let text = format!("Event {n}.");
            Event::new(
                Timestamp::now(),
                Level::Info,
                EventName::RecordCreate,
                &flow,
                text,
            )
        })
        .collect()
}

/// The events in the file; every line has to be one.
fn lines(path: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

#[tokio::test]
async fn all_events_reach_the_file_in_order_and_leave_the_outbox() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    let outbox = Outbox::new().await;
    let pump = outbox.pump(&path);
    let all = events(1_203);
    outbox.put(&all[..700]).await;
    assert_eq!(pump.drain().await.unwrap(), 700);
    outbox.put(&all[700..]).await;
    assert_eq!(pump.drain().await.unwrap(), 503);
    assert_eq!(pump.drain().await.unwrap(), 0);
    assert_eq!(lines(&path), all);
    assert_eq!(outbox.waiting().await, 0);
}

#[tokio::test]
async fn nothing_is_made_while_nothing_happened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    assert_eq!(Outbox::new().await.pump(&path).drain().await.unwrap(), 0);
    assert!(!path.exists());
}

#[tokio::test]
async fn events_that_a_crash_left_in_both_places_are_not_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    let all = events(900);
    let before = Outbox::new().await;
    before.put(&all[..800]).await;
    before.pump(&path).drain().await.unwrap();

    // The file has them, but nobody told the outbox; then more happened.
    let after = Outbox::new().await;
    after.put(&all[400..]).await;
    assert_eq!(after.pump(&path).drain().await.unwrap(), 100);
    assert_eq!(lines(&path), all);
    assert_eq!(after.waiting().await, 0);
}

#[tokio::test]
async fn a_line_that_was_cut_off_is_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    let all = events(5);
    let before = Outbox::new().await;
    before.put(&all).await;
    before.pump(&path).drain().await.unwrap();
    let whole = std::fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1]
        .iter()
        .rposition(|b| *b == b'\n')
        .unwrap()
        + 1;

    // Within the last line, and just before its line break.
    for cut in [last + 1, last + 30, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let after = Outbox::new().await;
        after.put(&all[2..]).await;
        after.pump(&path).drain().await.unwrap();
        assert_eq!(lines(&path), all, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_line_of_somebody_else_is_kept_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    std::fs::write(&path, "a note without a line break").unwrap();
    let outbox = Outbox::new().await;
    outbox.put(&events(1)).await;
    outbox.pump(&path).drain().await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().next(), Some("a note without a line break"));
    assert_eq!(text.lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn pumps_that_work_at_the_same_time_write_each_event_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    let outbox = Outbox::new().await;
    let all = events(2_000);
    outbox.put(&all).await;
    let pumps: Vec<_> = (0..4)
        .map(|_| {
            let pump = outbox.pump(&path);
            tokio::spawn(async move { pump.drain().await.unwrap() })
        })
        .collect();
    let mut moved = 0;
    for pump in pumps {
        moved += pump.await.unwrap();
    }
    assert_eq!(moved, 2_000);
    let ids: HashSet<_> = lines(&path).iter().map(|event| event.id).collect();
    assert_eq!((lines(&path).len(), ids.len()), (2_000, 2_000));
}

#[tokio::test]
async fn events_wait_in_the_outbox_while_the_file_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("later/events.jsonl");
    let outbox = Outbox::new().await;
    outbox.put(&events(3)).await;
    let pump = outbox.pump(&path);
    let error = pump.drain().await.unwrap_err();
    assert!(matches!(error, PumpError::File { .. }), "{error:?}");
    assert!(
        error.to_string().contains("its directory does not exist"),
        "{error}"
    );
    assert_eq!(outbox.waiting().await, 3);

    std::fs::create_dir(dir.path().join("later")).unwrap();
    assert_eq!(pump.drain().await.unwrap(), 3);
    assert_eq!(lines(&path).len(), 3);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_leaves_the_events_in_the_outbox() {
    let outbox = Outbox::new().await;
    outbox.put(&events(3)).await;
    let error = outbox
        .pump(Path::new("/dev/full"))
        .drain()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(outbox.waiting().await, 3);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    let outbox = Outbox::new().await;
    outbox.put(&events(1)).await;
    outbox.pump(&path).drain().await.unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
