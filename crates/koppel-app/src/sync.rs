//! Running flows: syncs, what is due, and plans.

use std::sync::Arc;

use api_core::Timestamp;
use sync_core::engine::{PlanReport, PlannedChange};
use sync_core::store::{FlowSetup, RunRow, RunStatus};
use sync_core::{
    Cancel, Engine, EntityKind, Flow, FlowName, Progress, RunId, RunOptions, RunReport, StoreError,
    SyncError,
};
use tokio::sync::Notify;

use crate::app::{App, OnProgress};
use crate::audit::Begun;
use crate::error::AppError;
use crate::owner;
use crate::report::SyncReport;
use crate::schedule::Due;

impl App {
    /// Syncs a flow to its end. A run that was interrupted goes on first.
    ///
    /// A flow that is held by a process of this host that is gone is taken over at once. Events
    /// are moved into the audit log meanwhile; if that cannot be written, the sync goes on, they
    /// wait in the store, and the report has a warning.
    ///
    /// # Errors
    /// When the run could not begin, which the audit log is told; what ends it early later stands
    /// in the report.
    pub async fn sync(
        &self,
        flow: &str,
        options: &RunOptions,
        progress: OnProgress,
        cancel: &Cancel,
    ) -> Result<SyncReport, AppError> {
        // Large; on the heap it leaves the stack to what it calls.
        let done = Box::pin(self.begin_and_end(flow, options, progress, cancel)).await;
        if let Err(error) = &done {
            self.tell_not_begun(flow, options.trigger(), error).await;
        }
        done
    }

    async fn begin_and_end(
        &self,
        flow: &str,
        options: &RunOptions,
        progress: OnProgress,
        cancel: &Cancel,
    ) -> Result<SyncReport, AppError> {
        let flow = self.ready(flow).await?;
        if let Some(asked) = &options.entities
            && let Some(entity) = asked
                .iter()
                .find(|entity| !flow.entities().contains(entity))
        {
            return Err(self.not_in_flow(&flow, *entity));
        }
        let store = Arc::clone(self.store().await?);
        tracing::info!(
            flow = flow.name().as_str(),
            from = flow.source_name().as_str(),
            to = flow.target_name().as_str(),
            "The sync begins."
        );
        let stop = Notify::new();
        let work = self.audit.runs.during(&flow, |work| {
            let seen = Arc::clone(&work);
            let engine = Engine::new(store)
                .owner(self.owner())
                .actor(self.user())
                .cancel(cancel.clone())
                .progress(move |told| {
                    match &told {
                        Progress::Run { run, .. } => work.begins(*run),
                        Progress::Ended { .. } => work.ends(),
                        Progress::Entity { entity, total } => {
                            tracing::debug!(%entity, total, "A kind of record begins.");
                        }
                        _ => {}
                    }
                    progress(told);
                });
            let (flow, stop) = (&flow, &stop);
            // Large; on the heap it leaves the stack to what it calls.
            Box::pin(async move {
                let result = self.run(&engine, flow, options).await;
                stop.notify_one();
                (result, seen.begun())
            })
        });
        let pump = self.pump().await?;
        let ((result, begun), pumped) = tokio::join!(work, Box::pin(pump.run_until(&stop)));
        let mut report = match result {
            Ok(done) => self.report(&flow, done).await,
            Err(SyncError::Store(error)) => self.cut_short(&flow, options, begun, error).await,
            Err(error) => return Err(self.failed(error)),
        };
        let warnings = self.after_sync(pumped).await;
        report.warnings.extend(warnings);
        tracing::info!(
            flow = flow.name().as_str(),
            status = %report.status(),
            counts = %report.total(),
            "The sync ended."
        );
        Ok(report)
    }

    /// Syncs all flows whose time has come, each once, and tells how each went.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sync_due(
        &self,
        progress: OnProgress,
        cancel: &Cancel,
        tell: &mut (dyn FnMut(SyncReport) + Send),
    ) -> Result<(), AppError> {
        let options = RunOptions {
            scheduled: true,
            ..RunOptions::default()
        };
        for (name, due) in self.due().await? {
            if due != Due::Now || cancel.is_cancelled() {
                continue;
            }
            let done = self.sync(name.as_str(), &options, Arc::clone(&progress), cancel);
            match done.await {
                Ok(report) => tell(report),
                // Another process was faster.
                Err(AppError::Busy { .. }) => {}
                Err(error) => tell(SyncReport::failed(name, error)),
            }
        }
        Ok(())
    }

    /// Where each flow stands with its schedule.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn due(&self) -> Result<Vec<(FlowName, Due)>, AppError> {
        let store = self.store().await?;
        let now = Timestamp::now();
        let mut all = Vec::new();
        for flow in self.config().flows.values() {
            if let Ok(schedule) = self.schedule(flow).await
                && schedule.every.is_some()
            {
                let setup = FlowSetup {
                    name: flow.name.clone(),
                    source: flow.from.clone(),
                    target: flow.to.clone(),
                    every: schedule.every,
                };
                store
                    .ensure_flow(&setup, now)
                    .await
                    .map_err(self.stored())?;
            }
            let row = store.flow(&flow.name).await.map_err(self.stored())?;
            all.push((flow.name.clone(), self.due_of(flow, row.as_ref()).await));
        }
        Ok(all)
    }

    async fn run(
        &self,
        engine: &Engine,
        flow: &Flow,
        options: &RunOptions,
    ) -> Result<RunReport, SyncError> {
        loop {
            match Box::pin(engine.sync(flow, options)).await {
                Err(SyncError::Busy { flow, owner, .. }) if owner::is_dead(&owner) => {
                    tracing::info!(
                        flow = flow.as_str(),
                        owner,
                        "The process that held the flow is gone; taking over."
                    );
                    if engine.store().break_lease(&flow, &owner).await? {
                        self.tell_crash(&flow, &owner).await;
                    }
                }
                done => return done,
            }
        }
    }

    async fn report(&self, flow: &Flow, done: RunReport) -> SyncReport {
        let run = done.run.id;
        let mut report = SyncReport::of(done.run);
        report.error = done.error.map(|error| self.failed(error));
        match self.parked_in(flow.name(), run).await {
            Ok((parked, more)) => (report.parked, report.parked_more) = (parked, more),
            // The run is over all the same, and its end is told.
            Err(error) => {
                let help = error.help().unwrap_or_default();
                report.warnings.push(format!(
                    "the records that the run set aside cannot be listed: {error}; {help}"
                ));
            }
        }
        report
    }

    /// What the store broke off: a run, or what comes before or after one. What can still be read
    /// of the run goes into the report.
    async fn cut_short(
        &self,
        flow: &Flow,
        options: &RunOptions,
        begun: Option<Begun>,
        error: StoreError,
    ) -> SyncReport {
        let error = self.stored()(error);
        let name = flow.name().as_str();
        let run = match begun {
            Some(begun) => Some(begun.run),
            // One that was interrupted earlier, and that nobody went on with this time either.
            None => self.interrupted(flow).await,
        };
        let row = match run {
            Some(run) => self.run_row(run).await,
            None => None,
        };
        // Its end is told with the store's own event, and a run has one.
        let ended = begun.is_some_and(|begun| begun.ended)
            || (row.as_ref()).is_some_and(|row| row.status != RunStatus::Running);
        match run {
            Some(_) if ended => {}
            Some(run) => self.tell_cut_short(name, run, &error).await,
            None => self.tell_not_begun(name, options.trigger(), &error).await,
        }
        let mut report = SyncReport::failed(flow.name().clone(), error);
        report.run = row;
        report
    }

    async fn interrupted(&self, flow: &Flow) -> Option<RunId> {
        let row = self.store().await.ok()?.flow(flow.name()).await.ok()??;
        Some(row.position?.run)
    }

    async fn run_row(&self, run: RunId) -> Option<RunRow> {
        self.store().await.ok()?.run(run).await.ok()?
    }

    /// Compares without writing anything, and tells each change that a sync would make.
    ///
    /// # Errors
    /// When the flow or the store cannot be used, or a system fails.
    pub async fn plan(
        &self,
        flow: &str,
        entities: Option<&[EntityKind]>,
        cancel: &Cancel,
        tell: &mut (dyn FnMut(PlannedChange) + Send),
    ) -> Result<PlanReport, AppError> {
        let flow = self.ready(flow).await?;
        if let Some(entity) =
            (entities.unwrap_or_default().iter()).find(|entity| !flow.entities().contains(entity))
        {
            return Err(self.not_in_flow(&flow, *entity));
        }
        let engine = Engine::new(Arc::clone(self.store().await?))
            .owner(self.owner())
            .cancel(cancel.clone());
        (self.audit.runs)
            .during(&flow, |_| engine.plan(&flow, entities, tell))
            .await
            .map_err(|error| self.failed(error))
    }

    fn not_in_flow(&self, flow: &Flow, entity: EntityKind) -> AppError {
        let synced: Vec<&str> = flow
            .entities()
            .iter()
            .map(|entity| entity.as_str())
            .collect();
        AppError::Asked {
            message: format!("the flow `{}` syncs no {}", flow.name(), entity.plural()),
            help: format!("it syncs {}", synced.join(", ")),
        }
    }
}
