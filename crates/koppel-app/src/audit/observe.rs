//! Requests, noted with the flow and run that they are made for.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use api_core::{Exchange, ExchangeObserver};
use sync_core::{ConnectionName, Flow, FlowName, RunId};

use super::Audit;

tokio::task_local! {
    /// The work that this task is part of.
    static WORK: Arc<Work>;
}

/// Work on a flow that is under way.
#[derive(Debug)]
pub(crate) struct Work {
    flow: FlowName,
    ends: [ConnectionName; 2],
    run: Mutex<Option<RunId>>,
}

impl Work {
    /// The run that has begun.
    pub(crate) fn run(&self, run: RunId) {
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
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
            run: Mutex::new(None),
        });
        self.lock().push(Arc::clone(&own));
        let _end = End(self, Arc::clone(&own));
        WORK.scope(Arc::clone(&own), work(own)).await
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
}

impl Watch {
    pub(super) fn new(audit: Arc<Audit>, connection: ConnectionName, system: &'static str) -> Self {
        Self {
            audit,
            connection,
            system,
        }
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
    fn exchange(&self, _exchange: &Exchange) {
        self.audit.missed.fetch_add(1, Ordering::Relaxed);
    }
}
