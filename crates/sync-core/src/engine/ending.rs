//! Setting records aside, and ending a run.

use api_core::Error;

use super::SyncError;
use super::session::Session;
use crate::progress::Progress;
use crate::store::{Commit, Counts, Park, ParkReason, RunRow, RunStatus};
use crate::{ContentHash, EntityKind, EventName, Level, RecordId, StoreError};

impl Session<'_> {
    /// Sets a record aside and counts it as read and parked.
    pub(super) fn park(
        &self,
        done: &mut Commit,
        entity: EntityKind,
        id: &RecordId,
        reason: ParkReason,
        error: &Error,
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
        let level = match reason {
            ParkReason::Rejected | ParkReason::NeedsPerson | ParkReason::Unreadable => Level::Error,
            _ => Level::Warning,
        };
        let message = format!("The record {}: {}", reason.describe(), error.message());
        done.events.push(
            self.event(level, EventName::RecordPark, message)
                .connection(&self.flow.target.name)
                .record(entity, id)
                .error(error),
        );
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
        commit.end_run = Some((run, status, message.clone()));
        let (level, how) = match (status, &message) {
            (RunStatus::Succeeded, _) => (Level::Info, "The run succeeded".to_owned()),
            (RunStatus::Partial, _) => (
                Level::Warning,
                "The run ended with some records set aside".to_owned(),
            ),
            (_, Some(message)) => (Level::Error, format!("The run ended early: {message}")),
            (_, None) => (Level::Error, "The run ended early".to_owned()),
        };
        let repaired = row.and_then(|row| row.repaired);
        let text = match repaired.map(|count| count + commit.repaired) {
            Some(count) => format!("{how}. {sum}; {count} repaired."),
            None => format!("{how}. {sum}."),
        };
        commit
            .events
            .push(self.event(level, EventName::RunEnd, text));
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
