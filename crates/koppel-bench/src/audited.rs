//! An audit log beside the engine: the events of its outbox are moved into it while it works, and
//! an observer takes note of the exchanges, as the program does it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use api_core::ExchangeObserver;
use audit_log::{AuditLog, Entry, EventName, Level, Observer};
use sync_core::{Event, EventId, RunId, StateStore};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::work::Audit;

/// How many events are moved at a time.
const BATCH: usize = 500;
/// How often the outbox is looked at.
const PERIOD: Duration = Duration::from_millis(500);

/// An audit log into which events are moved.
#[derive(Debug)]
pub(crate) struct Audited {
    log: AuditLog,
    stop: Arc<Notify>,
    pump: JoinHandle<Result<u64>>,
}

impl Audited {
    /// Makes a log in the directory and begins to move events into it; nothing when it is off.
    pub(crate) async fn open(
        audit: Audit,
        dir: &Path,
        store: Arc<dyn StateStore>,
    ) -> Result<Option<Self>> {
        let level = match audit {
            Audit::Off => return Ok(None),
            Audit::Info => Level::Info,
            Audit::Debug => Level::Debug,
        };
        let url = format!("sqlite:{}", dir.join("audit.db").display());
        let log = AuditLog::builder(&url).level(level).open().await?;
        let stop = Arc::new(Notify::new());
        let pump = tokio::spawn(run(store, log.clone(), Arc::clone(&stop)));
        Ok(Some(Self { log, stop, pump }))
    }

    /// What takes note of the exchanges with the remote.
    pub(crate) fn observer(&self) -> Arc<dyn ExchangeObserver> {
        Arc::new(Observer::new(self.log.clone(), "smartcrm", "smartcrm"))
    }

    /// Moves what is left, writes everything out, and says how many events it were.
    pub(crate) async fn finish(self) -> Result<u64> {
        self.stop.notify_one();
        let moved = self.pump.await.context("the pump ended")??;
        self.log.close().await?;
        Ok(moved)
    }
}

/// Moves events until it is stopped, and once more then.
async fn run(store: Arc<dyn StateStore>, log: AuditLog, stop: Arc<Notify>) -> Result<u64> {
    let mut moved = drain(&*store, &log).await?;
    loop {
        let stopped = tokio::select! {
            () = tokio::time::sleep(PERIOD) => false,
            () = stop.notified() => true,
        };
        moved += drain(&*store, &log).await?;
        if stopped {
            return Ok(moved);
        }
    }
}

async fn drain(store: &dyn StateStore, log: &AuditLog) -> Result<u64> {
    let mut moved = 0;
    loop {
        let events = store.events(BATCH).await?;
        if events.is_empty() {
            return Ok(moved);
        }
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let entries = events.into_iter().map(entry).collect();
        log.append_all(entries).await?;
        store.events_taken(&ids).await?;
        moved += ids.len() as u64;
    }
}

fn entry(event: Event) -> Entry {
    let level = match event.level {
        sync_core::Level::Debug => Level::Debug,
        sync_core::Level::Info => Level::Info,
        sync_core::Level::Warning => Level::Warning,
        sync_core::Level::Error => Level::Error,
    };
    let name = event.event.as_str().parse();
    let name = name.unwrap_or(EventName::LogMessage);
    let mut entry = Entry::new(level, name, event.message);
    entry.id = event.id.uuid();
    entry.at = event.at;
    entry.flow = Some(event.flow.to_string());
    entry.run = event.run.map(RunId::uuid);
    entry.system = Some("smartcrm".to_owned());
    entry.connection = event.connection.map(|name| name.into_string());
    entry.entity = event.entity.map(|entity| entity.as_str().to_owned());
    entry.record = event.record.map(|id| id.into_string());
    entry.target = event.target.map(|id| id.into_string());
    entry.code = event.code;
    entry.status = event.status;
    entry.details = event.details;
    entry
}
