//! Runs of flows that are gone: their end is told all the same.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sync_core::{Engine, FlowName, SyncError};

use crate::app::App;
use crate::error::AppError;
use crate::owner;

impl App {
    /// Ends the runs that were interrupted and whose flow is not in the configuration any more, so
    /// that each run has its end in the audit log. A flow that somebody is at work on is left
    /// alone.
    ///
    /// A sync does that by itself before its first run.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn end_gone_runs(&self) -> Result<(), AppError> {
        // What was never run has no store either, and none is made for this.
        if !self.config().store.path.is_file() {
            return Ok(());
        }
        let store = self.store().await?;
        let gone = (store.flows().await.map_err(self.stored())?)
            .into_iter()
            .filter(|row| row.position.is_some())
            .map(|row| row.name)
            .filter(|name| !self.config().flows.contains_key(name));
        let mut ended = false;
        for flow in gone {
            ended |= self.end_gone_run(&flow).await?;
        }
        if ended {
            self.tell_events().await;
        }
        Ok(())
    }

    /// Does that once; a failure is no reason not to sync.
    pub(crate) async fn end_gone_runs_once(&self) {
        if self.audit.ended_gone.swap(true, Ordering::Relaxed) {
            return;
        }
        // A store that cannot be opened is told by whoever needs it.
        if self.store().await.is_ok()
            && let Err(error) = self.end_gone_runs().await
        {
            tracing::warn!(%error, "A run of a flow that is gone could not be ended.");
        }
    }

    async fn end_gone_run(&self, flow: &FlowName) -> Result<bool, AppError> {
        let engine = Engine::new(Arc::clone(self.store().await?))
            .owner(self.owner())
            .actor(self.user());
        loop {
            match engine.abandon(flow).await {
                Ok(ended) => {
                    if let Some(run) = &ended {
                        tracing::info!(
                            flow = flow.as_str(),
                            run = %run.id,
                            "An interrupted run was ended, as its flow is gone."
                        );
                    }
                    return Ok(ended.is_some());
                }
                Err(SyncError::Busy { flow, owner, .. }) if owner::is_dead(&owner) => {
                    let store = self.store().await?;
                    let broken = store.break_lease(&flow, &owner).await;
                    if broken.map_err(self.stored())? {
                        self.tell_crash(&flow, &owner).await;
                    }
                }
                Err(SyncError::Busy { .. }) => return Ok(false),
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    /// Moves what was told just now into the audit log; it stays in the store if that fails.
    pub(crate) async fn tell_events(&self) {
        if let Err(error) = self.move_events().await {
            tracing::warn!(%error, "What was told waits in the store for the audit log.");
        }
    }
}
