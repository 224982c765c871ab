//! Requests, noted with the flow and run that they are made for.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use api_core::{Exchange, ExchangeObserver, Ready};
use audit_log::{Context, Observer};
use sync_core::{ConnectionName, Flow, FlowName, RunId, context};

use super::Audit;

/// What may be refused without that meaning anything: vtiger of today refuses
/// each end of a session, and a probe asks for a refusal.
const ASIDES: &[&str] = &["simplycrm.logout", "mobile.logout", "probe_batch"];

/// Work on a flow that is under way.
#[derive(Debug)]
pub(crate) struct Work {
    flow: FlowName,
    ends: [ConnectionName; 2],
    begun: Mutex<Option<Begun>>,
}

/// A run whose beginning is stored, and told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    /// The run.
    pub(crate) run: RunId,
    /// Whether its end is stored too.
    pub(crate) ended: bool,
}

impl Work {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Begun>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run has begun, or goes on.
    pub(crate) fn begins(&self, run: RunId) {
        *self.lock() = Some(Begun { run, ended: false });
    }

    /// The run has ended.
    pub(crate) fn ends(&self) {
        if let Some(begun) = &mut *self.lock() {
            begun.ended = true;
        }
    }

    /// The last run that has begun.
    pub(crate) fn begun(&self) -> Option<Begun> {
        *self.lock()
    }

    fn context(&self) -> Context {
        Context {
            flow: Some(self.flow.to_string()),
            run: self.begun().map(|begun| begun.run.uuid()),
        }
    }
}

/// All work on flows that is under way.
#[derive(Debug, Default)]
pub(crate) struct Runs(Mutex<Vec<Arc<Work>>>);

impl Runs {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Work>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does work on a flow; requests that are made in it are noted as its own.
    pub(crate) async fn during<F: Future>(
        &self,
        flow: &Flow,
        work: impl FnOnce(Arc<Work>) -> F,
    ) -> F::Output {
        let own = Arc::new(Work {
            flow: flow.name().clone(),
            ends: [flow.source_name().clone(), flow.target_name().clone()],
            begun: Mutex::new(None),
        });
        self.lock().push(Arc::clone(&own));
        let _end = End(self, Arc::clone(&own));
        context::within(Arc::clone(&own), work(own)).await
    }

    /// What a request of this connection is made for. Where a task does not know it, it is the
    /// work on a flow of this connection, if there is only one.
    fn context(&self, connection: &ConnectionName) -> Context {
        if let Some(work) = context::current::<Work>() {
            return work.context();
        }
        let runs = self.lock();
        let mut own = runs.iter().filter(|work| work.ends.contains(connection));
        match (own.next(), own.next()) {
            (Some(work), None) => work.context(),
            _ => Context::default(),
        }
    }
}

/// Takes work out of the list when it ends, in whatever way.
struct End<'a>(&'a Runs, Arc<Work>);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.lock().retain(|work| !Arc::ptr_eq(work, &self.1));
    }
}

/// Takes note of the requests of a connection, as soon as there is a log.
pub(super) struct Watch {
    audit: Arc<Audit>,
    connection: ConnectionName,
    system: &'static str,
    observer: OnceLock<Observer>,
}

impl Watch {
    pub(super) fn new(audit: Arc<Audit>, connection: ConnectionName, system: &'static str) -> Self {
        Self {
            audit,
            connection,
            system,
            observer: OnceLock::new(),
        }
    }

    fn observer(&self) -> Option<&Observer> {
        if let Some(observer) = self.observer.get() {
            return Some(observer);
        }
        let log = self.audit.log.get()?;
        Some(self.observer.get_or_init(|| {
            let (audit, name) = (Arc::clone(&self.audit), self.connection.clone());
            let context = Arc::new(move || audit.runs.context(&name));
            Observer::new(log.clone(), self.system, self.connection.as_str())
                .context(context)
                .asides(ASIDES)
        }))
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl ExchangeObserver for Watch {
    fn exchange(&self, exchange: &Exchange) {
        match self.observer() {
            Some(observer) => observer.exchange(exchange),
            None => {
                self.audit.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn body_bytes(&self) -> usize {
        match self.observer() {
            // It wants more than is kept: what is cut is cut once, where it can be said.
            Some(observer) => observer.body_bytes(),
            None => usize::try_from(self.audit.config.body_bytes).unwrap_or(usize::MAX),
        }
    }

    fn wants(&self, error: Option<&api_core::Error>) -> bool {
        match self.observer() {
            Some(observer) => observer.wants(error),
            // What would be noted and cannot be is counted.
            None => error.is_some() || self.audit.notes_all(&self.connection),
        }
    }

    fn ready(&self) -> Option<Ready<'_>> {
        self.observer()?.ready()
    }
}
