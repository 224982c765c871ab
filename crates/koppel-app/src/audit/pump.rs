//! The pump: moves events from the store's outbox into the audit log.
//!
//! Every event arrives, and none twice: it leaves the outbox when the log has committed it, and
//! one that was committed before is known to the log by its id. So a crash in between, or a second
//! process that moves the same events, changes nothing.

use std::sync::Arc;
use std::time::Duration;

use audit_log::{Entry, Error};
use sync_core::{Event, EventId, StateStore, StoreError};
use tokio::sync::Notify;

use super::{Audit, entry};
use crate::app::App;
use crate::error::AppError;

/// How many events are moved at a time.
const BATCH: usize = 500;
/// How often the outbox is looked at while a flow runs.
const PERIOD: Duration = Duration::from_millis(500);
/// How often a log is tried that failed.
const RETRY: Duration = Duration::from_secs(30);

/// Why events stay in the outbox.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PumpError {
    /// The audit log cannot be written.
    #[error(transparent)]
    Audit(#[from] Error),
    /// The outbox cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// When a log that is not open is opened.
#[derive(Clone, Copy)]
enum Open {
    /// At once.
    Now,
    /// Unless that failed a moment ago: it is not to hold a sync up again and again.
    Again,
}

/// Moves events from a store's outbox into the audit log.
pub(crate) struct Pump {
    store: Arc<dyn StateStore>,
    audit: Arc<Audit>,
}

impl Pump {
    pub(crate) fn new(store: Arc<dyn StateStore>, audit: Arc<Audit>) -> Self {
        Self { store, audit }
    }

    /// Moves all events that are in the outbox, and says how many.
    pub(crate) async fn drain(&self) -> Result<u64, PumpError> {
        self.drain_into(Open::Now).await
    }

    async fn drain_into(&self, open: Open) -> Result<u64, PumpError> {
        let mut moved = 0;
        loop {
            let events = self.store.events(BATCH).await?;
            if events.is_empty() {
                return Ok(moved);
            }
            let log = match open {
                Open::Now => self.audit.log().await?,
                Open::Again => self.audit.log_again().await?,
            };
            let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
            let entry = |event: Event| -> Entry { entry::of(event, &self.audit) };
            log.append_all(events.into_iter().map(entry).collect())
                .await?;
            self.store.events_taken(&ids).await?;
            moved += u64::try_from(ids.len()).unwrap_or(u64::MAX);
        }
    }

    /// Moves events until `stop` is notified, and once more then. Says why it had to give up.
    pub(crate) async fn run_until(&self, stop: &Notify) -> Result<(), PumpError> {
        let mut result = self.drain_into(Open::Again).await.map(drop);
        loop {
            let wait = if result.is_ok() { PERIOD } else { RETRY };
            let stopped = tokio::select! {
                () = tokio::time::sleep(wait) => false,
                () = stop.notified() => true,
            };
            result = self.drain_into(Open::Again).await.map(drop);
            if stopped {
                return result;
            }
        }
    }
}

impl App {
    pub(crate) async fn pump(&self) -> Result<Pump, AppError> {
        let store = Arc::clone(self.store().await?);
        Ok(Pump::new(store, Arc::clone(&self.audit)))
    }
}
