//! Runs of flows that are gone: their end is told all the same.

use std::sync::Arc;

use sync_core::store::RunRow;
use sync_core::{Engine, FlowName, SyncError};

use crate::app::App;
use crate::error::AppError;
use crate::owner;

impl App {
    /// Ends the run of a flow that was interrupted and that nobody will go on with, so that it has
    /// its end in the audit log. `None` if no run of it is open, or the configuration has the flow.
    ///
    /// Only for a flow that somebody has taken out: the store does not know which configuration a
    /// flow is of, and another one may have it.
    ///
    /// # Errors
    /// While somebody is at work between its two systems; when the store cannot be read or
    /// written.
    pub async fn end_removed(&self, flow: &str) -> Result<Option<RunRow>, AppError> {
        // What was never run has no store either, and none is made for this.
        let known = self.config().flows.contains_key(flow);
        if known || !self.config().store.path.is_file() {
            return Ok(None);
        }
        let ended = self.end_run_of(&FlowName::from(flow)).await?;
        if let Some(run) = &ended {
            tracing::info!(flow, run = %run.id, "An interrupted run was ended, as its flow is gone.");
            self.tell_events().await;
        }
        Ok(ended)
    }

    async fn end_run_of(&self, flow: &FlowName) -> Result<Option<RunRow>, AppError> {
        let engine = Engine::new(Arc::clone(self.store().await?))
            .owner(self.owner())
            .actor(self.user());
        loop {
            match engine.abandon(flow).await {
                Err(SyncError::Busy { flow, owner, .. }) if owner::is_dead(&owner) => {
                    let store = self.store().await?;
                    let broken = store.break_lease(&flow, &owner).await;
                    if broken.map_err(self.stored())? {
                        self.tell_crash(&flow, &owner).await;
                    }
                }
                done => return done.map_err(|error| self.failed(error)),
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
