//! The engine: runs a flow slice by slice, so that a crash at any point is harmless.
//!
//! A *slice* is one page of one kind of record. Before anything is sent its writes are stored as
//! intents; each answer of the target is stored with the links and bases that follow from it; the
//! place in the listing moves on only when the whole page is done. Whatever happens in between,
//! the next start looks up what was under way and goes on.

mod abandon;
mod commit;
mod dry_run;
mod ending;
mod error;
mod flow;
mod hints;
mod lookup;
mod matching;
mod pages;
mod parts;
mod pending;
mod planned;
mod process;
mod push;
mod recover;
mod resolve;
mod session;
mod slices;
mod suggest;
mod telling;
mod tiers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use api_core::{Clock, SystemClock};
use futures_util::future::{Either, select};

pub use dry_run::{PlanReport, PlannedAction, PlannedChange};
pub use error::SyncError;
pub use flow::{Flow, FlowBuilder, FlowError};
pub use hints::Announced;
pub use session::{Next, Session};

use hints::DueAfter;
use telling::Former;

use crate::cancel::Cancel;
use crate::progress::Progress;
use crate::store::{Claim, Claimed, Lease, RunRow, RunStatus, StateStore, StoreError, Trigger};
use crate::{EntityKind, RecordId};

/// What to sync.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Only these kinds of record; all of the flow without it.
    pub entities: Option<Vec<EntityKind>>,
    /// Whether a schedule asked for it.
    pub scheduled: bool,
    /// Only these records of the source ([`RunOptions::records`]).
    pub hints: Option<BTreeMap<EntityKind, Vec<RecordId>>>,
    /// Hints were listened to since the last run; this one counts what it brings that none of
    /// them had ([`RunOptions::repairing`]).
    pub repairing: Option<Announced>,
}

impl RunOptions {
    /// What sets the run off.
    pub fn trigger(&self) -> Trigger {
        if self.hints.is_some() {
            Trigger::Webhook
        } else if self.scheduled {
            Trigger::Schedule
        } else {
            Trigger::Manual
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The run as it is stored, with its counts.
    pub run: RunRow,
    /// Why it ended early, if it did.
    pub error: Option<SyncError>,
}

/// How long [`Engine::sync`] goes on with pages at once, before it starts anew.
const SLICE: Duration = Duration::from_secs(30);

type ProgressFn = Arc<dyn Fn(Progress) + Send + Sync>;

/// Runs flows against a store.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    owner: String,
    actor: Option<String>,
    lease: Duration,
    max_wait: Duration,
    cancel: Cancel,
    progress: Option<ProgressFn>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine on this store, with the system clock.
    pub fn new(store: Arc<dyn StateStore>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            owner: format!("process {}", std::process::id()),
            actor: None,
            lease: Duration::from_secs(60),
            max_wait: Duration::from_secs(300),
            cancel: Cancel::new(),
            progress: None,
        }
    }

    /// Sets the clock, for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the name that others see when this engine holds a flow.
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = owner.into();
        self
    }

    /// Sets who has the runs done, for the events of their start.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Sets how long a flow stays held after this engine died (default one minute).
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long [`sync`](Self::sync) waits for a rate limit or for a remote to settle before
    /// it ends the run (default five minutes).
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// Sets what can stop its runs.
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Sets what is told how runs get on.
    pub fn progress(mut self, tell: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(tell));
        self
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn StateStore> {
        &self.store
    }

    fn tell(&self, progress: Progress) {
        if let Some(tell) = &self.progress {
            tell(progress);
        }
    }

    /// Claims a flow, to run its slices one by one.
    pub async fn claim<'a>(&'a self, flow: &'a Flow) -> Result<Session<'a>, SyncError> {
        let now = self.clock.now();
        self.store.ensure_flow(&flow.setup(), now).await?;
        let before = self.store.flow(flow.name()).await?;
        let claim = Claim::Flow(flow.name());
        match self
            .store
            .claim(claim, &self.owner, now, self.lease)
            .await?
        {
            Claimed::Lease(lease) => {
                let former = Former::of(before, lease.fence);
                Ok(Session::new(self, flow, (lease, former), now))
            }
            Claimed::Busy { flow, owner, until } => Err(SyncError::Busy { flow, owner, until }),
            Claimed::Nothing => Err(StoreError::UnknownFlow(flow.name().clone()).into()),
        }
    }

    /// Runs a flow to its end and says how it went.
    ///
    /// A run that was interrupted goes on first. An error that is no fault of a record (the target
    /// is down, the token is wrong) ends the run and stands in the report; what was done until
    /// then is stored. `Err` is only for a run that could not even begin or be recorded.
    pub async fn sync(&self, flow: &Flow, options: &RunOptions) -> Result<RunReport, SyncError> {
        let mut session = self.claim(flow).await?;
        let due = self.due_after(flow, options).await?;
        let lease = session.lease().clone();
        let beat = self.heartbeat(&lease, session.held_until());
        let work = async {
            let resumed = session.begin(options).await?;
            let beyond = resumed && options.go_beyond(session.position.as_ref());
            let mut report = self.drive(&mut session).await?;
            if beyond && report.error.is_none() {
                session.begin(options).await?;
                report = self.drive(&mut session).await?;
            }
            Ok(report)
        };
        let result = match select(std::pin::pin!(work), std::pin::pin!(beat)).await {
            Either::Left((result, _)) => result,
            Either::Right((error, _)) => Err(SyncError::Store(error)),
        };
        let released = self.release(flow, &lease, due).await;
        let report = result?;
        released?;
        Ok(report)
    }

    /// Compares without writing anything, and tells each change that a sync would make.
    pub async fn plan(
        &self,
        flow: &Flow,
        entities: Option<&[EntityKind]>,
        tell: &mut (dyn FnMut(PlannedChange) + Send),
    ) -> Result<PlanReport, SyncError> {
        self.store
            .ensure_flow(&flow.setup(), self.clock.now())
            .await?;
        dry_run::plan(self, flow, entities, tell).await
    }

    /// Reads all records of a kind on both sides, keeps which of the target may be which of the
    /// source, and gives that back: one entry for each record of the source that is neither linked
    /// nor decided upon, also where nothing is like it. Nothing else is written.
    pub async fn suggest(
        &self,
        flow: &Flow,
        entity: EntityKind,
    ) -> Result<Vec<crate::linking::Suggested>, SyncError> {
        suggest::suggest(self, flow, entity).await
    }

    /// Stores a person's decision about a record of the source ([`StateStore::decide`]).
    pub async fn decide(
        &self,
        flow: &Flow,
        record: (EntityKind, &crate::RecordId),
        decision: &crate::linking::LinkDecision,
    ) -> Result<crate::linking::Decided, SyncError> {
        let now = self.clock.now();
        self.store.ensure_flow(&flow.setup(), now).await?;
        let decided = self.store.decide(flow.name(), record, decision, now).await;
        Ok(decided?)
    }

    /// Undoes a person's decision, the last one without a number
    /// ([`StateStore::undo_decision`]).
    pub async fn undo_decision(
        &self,
        flow: &Flow,
        id: Option<i64>,
    ) -> Result<crate::linking::Decided, SyncError> {
        let now = self.clock.now();
        self.store.ensure_flow(&flow.setup(), now).await?;
        Ok(self.store.undo_decision(flow.name(), id, now).await?)
    }

    /// Keeps the lease until it is lost; says why.
    async fn heartbeat(&self, lease: &Lease, held_until: Arc<AtomicI64>) -> StoreError {
        loop {
            self.clock.sleep(self.lease / 3).await;
            let now = self.clock.now();
            match self.store.renew(lease, now, self.lease).await {
                Ok(()) => {
                    let until = now.saturating_add(self.lease).as_micros();
                    held_until.store(until, Ordering::Relaxed);
                }
                Err(error @ (StoreError::LeaseLost { .. } | StoreError::UnknownFlow(_))) => {
                    return error;
                }
                Err(error) => tracing::warn!(%error, "The lease could not be renewed."),
            }
        }
    }

    async fn release(&self, flow: &Flow, lease: &Lease, due: DueAfter) -> Result<(), SyncError> {
        let next = match due {
            DueAfter::At(at) => Some(at),
            DueAfter::Every => {
                let every = flow.setup().every;
                every.map(|every| self.clock.now().saturating_add(every))
            }
        };
        match self.store.release(lease, next).await {
            Err(StoreError::LeaseLost { .. }) => Ok(()),
            other => Ok(other?),
        }
    }

    async fn drive(&self, session: &mut Session<'_>) -> Result<RunReport, SyncError> {
        let mut waited = Duration::ZERO;
        loop {
            match session.run_slice_for(SLICE).await {
                Ok(Next::More) => waited = Duration::ZERO,
                Ok(Next::Done(run)) => return Ok(RunReport { run, error: None }),
                Ok(Next::WaitUntil { until, error }) => {
                    let wait = until.duration_since(self.clock.now());
                    waited += wait;
                    if waited > self.max_wait {
                        let error = error.unwrap_or(SyncError::Settling { until });
                        let run = session.end(RunStatus::Failed, Some(&error)).await?;
                        return Ok(RunReport {
                            run,
                            error: Some(error),
                        });
                    }
                    self.tell(Progress::Waiting { until });
                    let sleep = std::pin::pin!(self.clock.sleep(wait));
                    select(sleep, std::pin::pin!(self.cancel.cancelled())).await;
                }
                Err(error @ SyncError::Store(_)) => return Err(error),
                Err(error) => {
                    let status = match error {
                        SyncError::Cancelled => RunStatus::Cancelled,
                        _ => RunStatus::Failed,
                    };
                    let run = session.end(status, Some(&error)).await?;
                    return Ok(RunReport {
                        run,
                        error: Some(error),
                    });
                }
            }
        }
    }
}
