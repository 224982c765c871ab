//! Setting records aside, and ending a run.

use api_core::Error;

use super::SyncError;
use super::session::Session;
use crate::progress::Progress;
use crate::store::{Commit, Counts, Park, ParkReason, RunRow, RunStatus};
use crate::{ContentHash, EntityKind, Fields, RecordId, StoreError};

impl Session<'_> {
    /// Sets a record aside and counts it as read and parked; `content` is what is known of it,
    /// `hash` that of what is not to be tried again.
    pub(super) fn park(
        &self,
        done: &mut Commit,
        (entity, id): (EntityKind, &RecordId),
        (reason, error): (ParkReason, &Error),
        content: Option<&Fields>,
        hash: Option<ContentHash>,
    ) {
        // A record that is met twice in one slice is parked and counted once.
        if done
            .park
            .iter()
            .any(|p| p.entity == entity && p.source_id == *id)
        {
            return;
        }
        let mut park = Park::new(entity, id, reason, error, self.run());
        park.hash = hash;
        done.park.push(park);
        done.count(
            entity,
            Counts {
                read: 1,
                parked: 1,
                ..Counts::default()
            },
        );
        let event = self.park_event((entity, id), (reason, error), content);
        done.events.push(event);
    }

    /// As [`park`](Self::park), where it is known which record of the target it is about.
    pub(super) fn park_linked(
        &self,
        done: &mut Commit,
        (entity, id, target_id): (EntityKind, &RecordId, Option<&RecordId>),
        why: (ParkReason, &Error),
        content: Option<&Fields>,
        hash: Option<ContentHash>,
    ) {
        let told = done.events.len();
        self.park(done, (entity, id), why, content, hash);
        if let Some(event) = done.events.get_mut(told) {
            event.target = target_id.cloned();
        }
    }

    /// Ends the run and says how it went.
    pub(super) async fn end(
        &mut self,
        status: RunStatus,
        error: Option<&SyncError>,
    ) -> Result<RunRow, SyncError> {
        let run = self.run();
        let row = self.engine.store.run(run).await?;
        let mut sum = Counts::default();
        row.iter()
            .flat_map(|row| row.counts.values())
            .chain(
                self.left
                    .iter()
                    .flat_map(|left| &left.counts)
                    .map(|(_, counts)| counts),
            )
            .for_each(|counts| sum += *counts);
        let set_aside = sum.parked + sum.failed > 0;
        let status = match status {
            RunStatus::Succeeded if set_aside => RunStatus::Partial,
            other => other,
        };
        let message = error.map(ToString::to_string);
        let mut commit = self.left.take().unwrap_or_else(|| self.commit());
        commit.end_run = Some((run, status, message));
        let event = self.end_event(row.as_ref(), &commit, status, error);
        commit.events.push(event);
        self.store(commit).await?;
        self.position = None;
        self.engine.tell(Progress::Ended { status });
        self.engine
            .store
            .run(run)
            .await?
            .ok_or_else(|| SyncError::Store(StoreError::Corrupt(format!("run {run} is missing"))))
    }
}
