//! Runs that nobody will go on with: their flow is gone, and their end is still to be told.

use super::telling::{Former, ended};
use super::{Engine, SyncError};
use crate::store::{Claim, Claimed, Commit, Lease, Position, RunRow, RunStatus};
use crate::{Event, EventName, FlowName, Level, StoreError};

/// The code of the end of a run whose flow is gone.
const CODE: &str = "flow_removed";

impl Engine {
    /// Ends the run of a flow that was interrupted and that nobody will go on with, because the
    /// flow is not run any more. Tells its end, once; `None` if no run of it is open.
    ///
    /// Links, what was last agreed and writes in doubt stay: a flow of that name takes them up.
    ///
    /// # Errors
    /// [`SyncError::Busy`] while somebody is at work on it; when the store fails.
    pub async fn abandon(&self, flow: &FlowName) -> Result<Option<RunRow>, SyncError> {
        let Some(before) = self.store.flow(flow).await? else {
            return Ok(None);
        };
        if before.position.is_none() {
            return Ok(None);
        }
        let (now, claim) = (self.clock.now(), Claim::Flow(flow));
        let claimed = (self.store.claim(claim, &self.owner, now, self.lease)).await?;
        let lease = match claimed {
            Claimed::Lease(lease) => lease,
            Claimed::Busy { flow, owner, until } => {
                return Err(SyncError::Busy { flow, owner, until });
            }
            Claimed::Nothing => return Ok(None),
        };
        let next_due = before.next_due;
        let former = Former::of(Some(before), lease.fence);
        let done = self.end_open(&lease, former).await;
        match self.store.release(&lease, next_due).await {
            Ok(()) | Err(StoreError::LeaseLost { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        done
    }

    async fn end_open(
        &self,
        lease: &Lease,
        former: Option<Former>,
    ) -> Result<Option<RunRow>, SyncError> {
        // As it is now that nobody else can change it.
        let Some(row) = self.store.flow(&lease.flow).await? else {
            return Ok(None);
        };
        let Some(Position { run, .. }) = row.position else {
            return Ok(None);
        };
        let ran: Option<RunRow> = self.store.run(run).await?;
        let doubtful = self.store.open_intents(&lease.flow).await?;
        let now = self.clock.now();
        let tell = |level: Level, name: EventName, message: &str| {
            Event::new(now, level, name, &lease.flow, message)
                .run(run)
                .connection(&row.target)
        };
        let mut commit = Commit {
            run: Some(run),
            ..Commit::at(now)
        };
        if let Some(former) = former {
            let crash = tell(Level::Warning, EventName::EngineCrash, "");
            commit.events.push(former.told(crash));
        }
        let status = RunStatus::Cancelled;
        let why = "its flow is not in the configuration any more";
        let how = format!("The run ended early, after it was interrupted: {why}");
        let end = tell(Level::Warning, EventName::RunEnd, &how);
        let mut end = ended(end, ran.as_ref(), &commit, status);
        end.code = Some(CODE.to_owned());
        if let Some(actor) = &self.actor {
            end = end.actor(actor);
        }
        if doubtful > 0 {
            end = end.detail("writes_in_doubt", doubtful);
        }
        commit.events.push(end);
        commit.end_run = Some((run, status, Some(why.to_owned())));
        self.store.commit(lease, commit).await?;
        Ok(self.store.run(run).await?)
    }
}
