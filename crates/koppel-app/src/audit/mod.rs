//! The audit log of an app: opened with its first use, fed from the store's outbox, from every
//! request, and from what people do.

mod after;
mod entry;
mod failure;
mod gone;
mod observe;
mod open;
mod prune;
mod pump;
mod settings;
mod tell;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use api_core::ExchangeObserver;
use audit_log::{AuditLog, Entry};
use sync_core::ConnectionName;
use tokio::sync::OnceCell;

use crate::app::App;
use crate::config::{AuditConfig, Config, ConnectionConfig, ConnectionKind, LogLevel};
use crate::connect;
use crate::error::AppError;
use crate::owner;
use crate::secrets::SecretRef;

pub(crate) use failure::{help, is_usage};
pub(crate) use observe::{Begun, Runs};
pub(crate) use pump::PumpError;
pub use settings::SettingChange;
pub(crate) use settings::between;
pub(crate) use tell::Called;

/// How long a log that could not be opened is left alone by what can do without it.
const RETRY: Duration = Duration::from_secs(30);
/// How long closing may take: what is written down is safe long before.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(15);

/// The audit log of an app.
#[derive(Debug)]
pub(crate) struct Audit {
    config: AuditConfig,
    /// The kind of each connection's system.
    systems: BTreeMap<ConnectionName, &'static str>,
    /// Where the secrets are that nothing may repeat.
    secrets: Vec<SecretRef>,
    /// Who runs this program.
    user: String,
    log: OnceCell<AuditLog>,
    reader: OnceCell<AuditLog>,
    failed: Mutex<Option<(Instant, audit_log::Error)>>,
    /// Whether a log that is not there is made.
    makes: AtomicBool,
    /// The syncs that are under way.
    pub(crate) runs: Runs,
    /// Requests that could not be noted, as there was no log.
    missed: AtomicU64,
    /// How many of the entries that the log had to give up were told.
    told: AtomicU64,
    /// Whether it was said that the log cannot be used.
    warned: AtomicBool,
}

impl Audit {
    pub(crate) fn new(config: &Config) -> Arc<Self> {
        let connections = config.connections.values();
        let systems = (connections.clone())
            .map(|connection| (connection.name.clone(), connection.kind.as_str()))
            .collect();
        let secrets = connections
            .flat_map(connect::secrets)
            .map(|(_, reference)| reference.clone())
            .chain(config.audit.password.clone())
            .collect();
        Arc::new(Self {
            config: config.audit.clone(),
            systems,
            secrets,
            user: owner::user(),
            log: OnceCell::new(),
            reader: OnceCell::new(),
            failed: Mutex::new(None),
            makes: AtomicBool::new(true),
            runs: Runs::default(),
            missed: AtomicU64::new(0),
            told: AtomicU64::new(0),
            warned: AtomicBool::new(false),
        })
    }

    /// The log; opened now if it is not yet.
    pub(crate) async fn log(&self) -> Result<&AuditLog, audit_log::Error> {
        let open = async {
            let makes = self.makes.load(Ordering::Relaxed);
            let opened = Box::pin(open::open(self, makes)).await;
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            *failed = (opened.as_ref().err()).map(|error| (Instant::now(), error.clone()));
            opened
        };
        self.log.get_or_try_init(|| open).await
    }

    /// The log, unless it could not be opened a moment ago.
    pub(crate) async fn log_again(&self) -> Result<&AuditLog, audit_log::Error> {
        if let Some(log) = self.log.get() {
            return Ok(log);
        }
        let failed = {
            let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.clone()
        };
        match failed {
            Some((at, error)) if at.elapsed() < RETRY => Err(error),
            _ => self.log().await,
        }
    }

    /// The log for what can do without it; that it is missing is said once.
    pub(crate) async fn if_usable(&self) -> Option<&AuditLog> {
        match self.log_again().await {
            Ok(log) => Some(log),
            Err(error) => {
                self.warn(&error);
                None
            }
        }
    }

    /// The log for reading alone; one that is not there is not made.
    async fn reader(&self) -> Result<&AuditLog, audit_log::Error> {
        (self.reader.get_or_try_init(|| open::reader(self))).await
    }

    /// Writes down what happened, and waits until it is safe. A log that cannot be written is said
    /// once, and stops nothing.
    pub(crate) async fn note(&self, entry: Entry) {
        let Some(log) = self.if_usable().await else {
            return;
        };
        if let Err(error) = log.append(entry).await {
            self.warn(&error);
        }
    }

    /// Hands over what happened without waiting; what the log has no room for is counted by it.
    pub(crate) fn offer(&self, entry: Entry) {
        if let Some(log) = self.log.get()
            && !log.offer(entry)
        {
            tracing::debug!("The audit log has no room for an entry.");
        }
    }

    fn warn(&self, error: &audit_log::Error) {
        // A doctor says it in its own words.
        let silent = !self.makes.load(Ordering::Relaxed);
        if !silent && !self.warned.swap(true, Ordering::Relaxed) {
            let help = failure::help(error);
            tracing::warn!(%error, help, "Nothing is written into the audit log.");
        }
    }

    /// Whether also those requests of a connection are noted that worked.
    fn notes_all(&self, connection: &ConnectionName) -> bool {
        let level = self.config.levels.get(connection);
        *level.unwrap_or(&self.config.level) == LogLevel::Debug
    }

    /// How many requests were not noted, since somebody asked last.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }

    /// How many entries the log had no room for, since somebody asked last.
    pub(crate) fn lost(&self) -> u64 {
        let lost = self.log.get().map_or(0, AuditLog::lost);
        lost.saturating_sub(self.told.swap(lost, Ordering::Relaxed))
    }

    pub(crate) fn system_of(&self, connection: &str) -> Option<&'static str> {
        self.systems.get(connection).copied()
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    pub(crate) async fn close(&self) {
        for log in [self.log.get(), self.reader.get()].into_iter().flatten() {
            match tokio::time::timeout(CLOSE_TIMEOUT, log.close()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => self.warn(&error),
                Err(_) => tracing::warn!("The audit log was not closed in time."),
            }
        }
        // What still waits for a log that did not answer is lost with this process.
        let waiting = self.log.get().map_or(0, AuditLog::waiting);
        let lost = self.lost().saturating_add(waiting);
        if lost > 0 {
            tracing::warn!(
                entries = lost,
                "Entries are not in the audit log, as it could not be written; events wait in the \
                 store."
            );
        }
    }
}

impl App {
    /// The audit log; opened, and made if need be, with its first use.
    ///
    /// # Errors
    /// When it cannot be opened. A sync goes on without it, see [`sync`](App::sync).
    pub async fn audit(&self) -> Result<&AuditLog, AppError> {
        Ok(self.audit.log().await?)
    }

    /// The audit log for reading alone: nothing is made or written.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub async fn audit_reader(&self) -> Result<&AuditLog, AppError> {
        Ok(self.audit.reader().await?)
    }

    /// Who runs this program: the name of the operating system's user.
    #[must_use]
    pub fn user(&self) -> &str {
        self.audit.user()
    }

    /// Moves the events that wait in the store into the audit log, and says how many.
    ///
    /// A sync does that by itself. Each event arrives once, however often it is tried, and
    /// whichever other process tries it at the same time.
    ///
    /// # Errors
    /// When the store or the audit log fails; what is not moved waits.
    pub async fn move_events(&self) -> Result<u64, AppError> {
        let moved = self.pump().await?.drain().await;
        moved.map_err(|error| self.not_moved(error))
    }

    /// Takes note of every request of a connection.
    pub(crate) async fn observer(
        &self,
        connection: &ConnectionConfig,
    ) -> Arc<dyn ExchangeObserver> {
        // What is sent before the log is open would be missing in it. Databases send nothing.
        let databases = [ConnectionKind::CrmConnect, ConnectionKind::Sql];
        if !databases.contains(&connection.kind) {
            self.audit.if_usable().await;
        }
        Arc::new(observe::Watch::new(
            Arc::clone(&self.audit),
            connection.name.clone(),
            connection.kind.as_str(),
        ))
    }

    /// A log that is not there is not made from now on.
    pub(crate) fn make_no_audit_log(&self) {
        self.audit.makes.store(false, Ordering::Relaxed);
    }

    /// Why events wait.
    pub(crate) fn not_moved(&self, error: PumpError) -> AppError {
        match error {
            PumpError::Audit(error) => error.into(),
            PumpError::Store(error) => self.stored()(error),
        }
    }
}
