//! Slices: what a run does at a time, and how one ends that cannot be finished.

use std::sync::Mutex;
use std::time::Duration;

use api_core::ErrorKind;

use super::process::Stop;
use super::session::{Next, Session};
use super::{RunOptions, SyncError};
use crate::progress::Progress;
use crate::store::{Commit, Counts, ParkReason, ParkedFilter, Phase, Position, RunStatus};
use crate::{EntityKind, RecordId};

/// How many parked records are tried again in one slice.
const SETTLE_PAGE: usize = 200;

impl Session<'_> {
    /// Runs one slice: looks up what a crash left behind, then one page, or a part of what comes
    /// after the last page.
    pub async fn run_slice(&mut self) -> Result<Next, SyncError> {
        self.run_slice_for(Duration::ZERO).await
    }

    /// Runs a slice that goes on with further pages, some at once, as long as `budget` lasts.
    pub async fn run_slice_for(&mut self, budget: Duration) -> Result<Next, SyncError> {
        if self.engine.cancel.is_cancelled() {
            return Err(SyncError::Cancelled);
        }
        if self.position.is_none() {
            self.begin(&RunOptions::default()).await?;
        }
        // What the slice before set aside is stored, or was not stored and is tried again.
        self.aside = Mutex::default();
        if !self.recovered {
            match self.recover(None).await {
                Ok(None) => self.recovered = true,
                Ok(Some(until)) => return Ok(Next::WaitUntil { until, error: None }),
                Err(error) => return self.wait_or_fail(error),
            }
        }
        let Some(position) = self.position.clone() else {
            return Err(SyncError::Cancelled);
        };
        let Some(&entity) = position.entities.first() else {
            return Ok(Next::Done(self.end(RunStatus::Succeeded, None).await?));
        };
        match position.phase {
            Phase::Read if position.hints.is_some() => self.hint_slice(entity, position).await,
            Phase::Read => self.read_slice(entity, position, budget).await,
            Phase::Settle => self.settle_slice(entity, position).await,
        }
    }

    fn wait_or_fail(&self, error: SyncError) -> Result<Next, SyncError> {
        let limited = error
            .remote()
            .filter(|error| error.kind() == ErrorKind::RateLimited);
        match limited.map(|error| error.retry_after_hint()) {
            Some(delay) => {
                let delay = delay.unwrap_or(std::time::Duration::from_secs(1));
                let until = self.now().saturating_add(delay);
                Ok(Next::WaitUntil {
                    until,
                    error: Some(error),
                })
            }
            None => Err(error),
        }
    }

    async fn read_slice(
        &mut self,
        entity: EntityKind,
        position: Position,
        budget: Duration,
    ) -> Result<Next, SyncError> {
        let until = self.pages_until(budget);
        let listing = self.read_pages(entity, position, until).await;
        self.position = Some(listing.position);
        match listing.stop {
            Some((stop, done)) => self.stopped(stop, done).await,
            None => Ok(Next::More),
        }
    }

    /// Looks up lost answers and tries parked records of this entity again; then the next entity.
    async fn settle_slice(
        &mut self,
        entity: EntityKind,
        position: Position,
    ) -> Result<Next, SyncError> {
        match self.recover(Some(entity)).await {
            Ok(None) => {}
            Ok(Some(until)) => return Ok(Next::WaitUntil { until, error: None }),
            Err(error) => return self.wait_or_fail(error),
        }
        let filter = ParkedFilter {
            flow: Some(self.flow.name()),
            entity: Some(entity),
            not_in_run: Some(position.run),
        };
        let mut after = None;
        // A run of hints takes up what they name, and nothing else.
        while position.hints.is_none() {
            let rows = self.engine.store.parked(filter, after, SETTLE_PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.entity, last.source_id.clone()));
            let ids: Vec<RecordId> = rows
                .iter()
                .filter(|row| !row.reason.waits_for_person() && row.reason != ParkReason::Unknown)
                .map(|row| row.source_id.clone())
                .collect();
            if ids.is_empty() {
                continue;
            }
            let mut done = self.commit();
            if let Err(stop) = self.retry(entity, &ids, &mut done).await {
                return self.stopped(stop, done).await;
            }
            done.position = Some(position);
            return self.finish_slice(done).await;
        }
        let mut next = position;
        next.entities.remove(0);
        self.position = Some(next);
        self.enter().await?;
        let mut done = self.commit();
        done.position.clone_from(&self.position);
        let more = self.finish_slice(done).await;
        self.tell_entity().await;
        more
    }

    pub(super) async fn finish_slice(&mut self, mut done: Commit) -> Result<Next, SyncError> {
        if let Some(position) = &mut done.position {
            position.matching = self.matching();
        }
        let position = done.position.clone();
        self.tell_counts(&done);
        self.store(done).await?;
        self.position = position;
        Ok(Next::More)
    }

    pub(super) fn tell_counts(&self, commit: &Commit) {
        for (entity, counts) in &commit.counts {
            self.engine.tell(Progress::Records {
                entity: *entity,
                counts: *counts,
            });
        }
    }

    /// A slice that could not be finished: its place in the listing stays, what was not sent
    /// counts as skipped when the run ends here.
    pub(super) async fn stopped(
        &mut self,
        stop: Stop,
        mut done: Commit,
    ) -> Result<Next, SyncError> {
        if let Ok(next) = self.wait_or_fail(stop.error.clone()) {
            return Ok(next);
        }
        if matches!(stop.error, SyncError::Store(_)) {
            return Err(stop.error);
        }
        for (entity, unsent) in stop.unsent {
            let counts = Counts {
                read: unsent,
                skipped: unsent,
                ..Counts::default()
            };
            done.count(entity, counts);
        }
        self.tell_counts(&done);
        self.left = Some(done);
        Err(stop.error)
    }

    pub(super) async fn park_unreadable(
        &self,
        entity: EntityKind,
        unreadable: &[crate::Unreadable],
        done: &mut Commit,
    ) -> Result<(), SyncError> {
        if unreadable.is_empty() {
            return Ok(());
        }
        let ids: Vec<RecordId> = unreadable.iter().map(|row| row.id.clone()).collect();
        let known = self
            .engine
            .store
            .known(self.flow.name(), entity, &ids)
            .await?;
        for row in unreadable {
            let parked = known.get(&row.id).and_then(|known| known.parked);
            if parked.is_some_and(|(_, run)| run == self.run()) {
                continue;
            }
            let why = (ParkReason::Unreadable, &row.error);
            self.park(done, (entity, &row.id), why, None, None);
        }
        Ok(())
    }
}
