//! Diagnostics of our own crates, from `tracing` into the log.
//!
//! Apart from the entries that the programs write, and lossy: what does not
//! fit into the queue is dropped and counted. No filter of the terminal's
//! output decides about it, and the audit does not depend on it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value as Json};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::entry::Entry;
use crate::event::EventName;
use crate::level::Level;
use crate::log::AuditLog;

/// The crates whose diagnostics are taken.
const CRATES: &[&str] = &[
    "api_core",
    "connectors",
    "koppel",
    "koppel_app",
    "simplycrm_ws",
    "smartcrm_client",
    "snelstart_client",
    "sync_core",
    "sync_store",
    "syncro_client",
];

/// Entries that are kept until a log is there.
const WAITING: usize = 256;

/// The most bytes of one field.
const FIELD: usize = 2_000;

/// Makes a layer for `tracing`, and the handle that gives it a log.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let (layer, diagnostics) = audit_log::diagnostics();
/// let subscriber = tracing_subscriber::registry().with(layer);
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info!(target: "sync_core::run", "Began.");
///     tracing::info!(target: "hyper", "Not ours.");
/// });
/// assert_eq!(diagnostics.waiting(), 1);
/// ```
#[must_use]
pub fn diagnostics() -> (DiagnosticsLayer, Diagnostics) {
    let shared = Arc::new(Shared::default());
    let layer = DiagnosticsLayer {
        shared: Arc::clone(&shared),
    };
    (layer, Diagnostics { shared })
}

#[derive(Default)]
struct Shared {
    log: OnceLock<AuditLog>,
    /// What came before the log.
    waiting: Mutex<VecDeque<Entry>>,
    lost: AtomicU64,
}

impl Shared {
    fn take(&self, entry: Entry) {
        if let Some(log) = self.log.get() {
            self.offer(log, entry);
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The log may have come since.
        if let Some(log) = self.log.get() {
            drop(waiting);
            self.offer(log, entry);
        } else if waiting.len() < WAITING {
            waiting.push_back(entry);
        } else {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn offer(&self, log: &AuditLog, entry: Entry) {
        if !log.offer(entry) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The handle of a [`DiagnosticsLayer`].
#[derive(Clone)]
pub struct Diagnostics {
    shared: Arc<Shared>,
}

impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Diagnostics")
            .field("attached", &self.shared.log.get().is_some())
            .field("waiting", &self.waiting())
            .field("lost", &self.lost())
            .finish()
    }
}

impl Diagnostics {
    /// Gives the layer its log, with what was waiting for one; the first log
    /// that is given is the one that is used.
    pub fn attach(&self, log: &AuditLog) {
        let waiting = {
            let mut waiting = self
                .shared
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if self.shared.log.set(log.clone()).is_err() {
                return;
            }
            std::mem::take(&mut *waiting)
        };
        for entry in waiting {
            self.shared.offer(log, entry);
        }
    }

    /// How many diagnostics wait for a log.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// How many diagnostics were dropped for want of room.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }
}

/// A layer that turns diagnostics of our own crates into entries.
pub struct DiagnosticsLayer {
    shared: Arc<Shared>,
}

impl fmt::Debug for DiagnosticsLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiagnosticsLayer").finish_non_exhaustive()
    }
}

/// The level of a diagnostic; `None` for what is finer than DEBUG.
fn level_of(metadata: &Metadata<'_>) -> Option<Level> {
    Some(match *metadata.level() {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warning,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        _ => return None,
    })
}

fn is_own(target: &str) -> bool {
    let name = target.split_once("::").map_or(target, |(name, _)| name);
    CRATES.contains(&name)
}

impl<S: Subscriber> Layer<S> for DiagnosticsLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let Some(level) = level_of(metadata).filter(|_| is_own(metadata.target())) else {
            return;
        };
        if let Some(log) = self.shared.log.get()
            && !log.wants(level, None)
        {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = if fields.message.is_empty() {
            metadata.name().to_owned()
        } else {
            fields.message
        };
        let entry = Entry::new(level, EventName::LogMessage, message)
            .details(fields.rest)
            .detail("target", metadata.target());
        self.shared.take(entry);
    }
}

/// The fields of a diagnostic.
#[derive(Default)]
struct Fields {
    message: String,
    rest: Map<String, Json>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Json>) {
        self.rest.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = api_core::redact::cap_chars(&format!("{value:?}"), FIELD);
        if field.name() == "message" {
            self.message = text;
        } else {
            self.put(field, text);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = api_core::redact::cap_chars(value, FIELD);
        if field.name() == "message" {
            self.message = text;
        } else {
            self.put(field, text);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }
}
