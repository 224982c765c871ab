//! What a run tells the log of itself: its start, its end, and what it found of the one before.

use std::borrow::Cow;

use api_core::{Error, Timestamp};
use serde_json::{Map, Value as Json};

use super::SyncError;
use super::session::Session;
use crate::private::{Private, without_quotes};
use crate::store::{Commit, Counts, FlowRow, ParkReason, RunRow, RunStatus, Trigger};
use crate::{EntityKind, Event, EventName, Fields, Level, RecordId};

/// From so many starts without anything done on, a flow is taken to be broken.
const BROKEN_STARTS: u32 = 3;

/// Whoever had the flow before and did not let go of it.
#[derive(Debug, Clone)]
pub(super) struct Former {
    owner: String,
    until: Timestamp,
}

impl Former {
    /// Whose hold ended with the claim that made this fencing token, if somebody's did.
    pub(super) fn of(before: Option<FlowRow>, fence: i64) -> Option<Self> {
        let row = before.filter(|row| row.fence + 1 == fence)?;
        Some(Self {
            owner: row.lease_owner?,
            until: row.lease_until?,
        })
    }

    /// Puts who it was into the event of a crash.
    pub(super) fn told(self, mut event: Event) -> Event {
        event.message = format!(
            "`{}` had the flow and stopped without letting go of it; its hold ended at {}.",
            self.owner, self.until
        );
        event
            .detail("owner", self.owner)
            .detail("held_until", self.until.to_string())
    }
}

impl Session<'_> {
    pub(super) fn event(&self, level: Level, name: EventName, message: impl Into<String>) -> Event {
        Event::new(self.now(), level, name, self.flow.name(), message).run(self.run())
    }

    /// An event about what is written to.
    pub(super) fn target_event(
        &self,
        level: Level,
        name: EventName,
        message: impl Into<String>,
    ) -> Event {
        self.event(level, name, message)
            .connection(&self.flow.target.name)
    }

    /// Tells that a run begins or goes on, and what the start shows of the process before.
    pub(super) fn tell_start(&mut self, commit: &mut Commit, begins: Option<Trigger>) {
        let run = self.run();
        let mut event = match begins {
            Some(trigger) => self
                .target_event(Level::Info, EventName::RunStart, "A run began.")
                .detail("trigger", trigger.as_str()),
            None => {
                let message = format!("Run {run} goes on after it was interrupted.");
                self.target_event(Level::Warning, EventName::RunResume, message)
            }
        };
        if let Some(actor) = &self.engine.actor {
            event = event.actor(actor);
        }
        if let Some(position) = &self.position {
            let kinds: Vec<&str> = position.entities.iter().map(|kind| kind.as_str()).collect();
            event = event.detail("entities", kinds);
            if let Some(hints) = &position.hints {
                let records: usize = hints.values().map(Vec::len).sum();
                event = event.detail("records", records);
            }
        }
        commit
            .events
            .push(event.detail("source", self.flow.source.name.as_str()));
        if let Some(former) = self.former.take() {
            let event = self.target_event(Level::Warning, EventName::EngineCrash, "");
            commit.events.push(former.told(event));
        }
        let starts = self.lease.starts;
        if starts >= BROKEN_STARTS && !self.told_broken {
            self.told_broken = true;
            let message = format!(
                "The flow was started {starts} times in a row without getting anything done."
            );
            commit.events.push(
                self.target_event(Level::Error, EventName::EngineBroken, message)
                    .detail("starts", starts),
            );
        }
    }

    /// The event of a run's end. `row` is the run as it is stored, `commit` what comes to it with
    /// the end.
    pub(super) fn end_event(
        &self,
        row: Option<&RunRow>,
        commit: &Commit,
        status: RunStatus,
        error: Option<&SyncError>,
    ) -> Event {
        let (level, how) = match status {
            RunStatus::Succeeded => (Level::Info, "The run succeeded".to_owned()),
            RunStatus::Partial => (
                Level::Warning,
                "The run ended with some records set aside".to_owned(),
            ),
            RunStatus::Cancelled => (
                Level::Warning,
                "The run ended early: it was stopped".to_owned(),
            ),
            _ => {
                let why = error.map(|error| format!(": {}", self.without_content(error)));
                let how = format!("The run ended early{}", why.unwrap_or_default());
                (Level::Error, how)
            }
        };
        let event = self.target_event(level, EventName::RunEnd, how);
        let mut event = ended(event, row, commit, status);
        match error.map(|error| (error, error.remote())) {
            Some((SyncError::Source { connection, .. }, Some(remote)))
            | Some((SyncError::Target { connection, .. }, Some(remote))) => event
                .error(remote)
                .detail("failed_connection", connection.as_str()),
            Some((error, _)) => {
                event.code = Some(error.kind().as_str().to_owned());
                event
            }
            None => event,
        }
    }

    /// The event of a record that is set aside, without what the record says; `contents` is what
    /// is known of that.
    pub(super) fn park_event<'f>(
        &self,
        (entity, id): (EntityKind, &RecordId),
        (reason, error): (ParkReason, &Error),
        contents: impl IntoIterator<Item = &'f Fields>,
    ) -> Event {
        let name = match reason {
            ParkReason::NeedsPerson | ParkReason::Refused => EventName::RecordConflict,
            _ => EventName::RecordPark,
        };
        let level = match reason {
            ParkReason::Rejected
            | ParkReason::NeedsPerson
            | ParkReason::Unreadable
            | ParkReason::Gone
            | ParkReason::Unsent => Level::Error,
            _ => Level::Warning,
        };
        let private = Private::of(contents);
        let why = match reason {
            ParkReason::Unreadable => Cow::Owned(without_quotes(error.message())),
            _ => private.scrub(error.message()),
        };
        let message = format!("The record {}: {why}", reason.describe());
        let mut event = self
            .target_event(level, name, message)
            .record(entity, id)
            .error(error)
            .detail("reason", reason.as_str());
        if let Some(operation) = error.operation_name() {
            event = event.detail("operation", operation);
        }
        let fields: Vec<&str> = error.field_errors().keys().map(String::as_str).collect();
        if !fields.is_empty() {
            event = event.detail("fields", fields);
        }
        event
    }

    /// Remembers what a record says, whose failure may end the run.
    pub(super) fn keep_private<'f>(&self, contents: impl IntoIterator<Item = &'f Fields>) {
        let more = Private::of(contents);
        let mut private = self
            .private
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        private.join(more);
    }

    fn without_content(&self, error: &SyncError) -> String {
        let private = self
            .private
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let told = private.scrub(&error.to_string()).into_owned();
        match error {
            SyncError::Source { .. } => without_quotes(&told),
            _ => told,
        }
    }
}

/// Puts into the event of a run's end how it ended and what it counted.
pub(super) fn ended(
    mut event: Event,
    row: Option<&RunRow>,
    commit: &Commit,
    status: RunStatus,
) -> Event {
    let mut sum = Counts::default();
    let mut counts = row.map(|row| row.counts.clone()).unwrap_or_default();
    for (entity, more) in &commit.counts {
        *counts.entry(*entity).or_default() += *more;
    }
    counts.values().for_each(|counts| sum += *counts);
    let repaired = row
        .and_then(|row| row.repaired)
        .map(|count| count + commit.repaired);
    event.message = match repaired {
        Some(count) => format!("{}. {sum}; {count} repaired.", event.message),
        None => format!("{}. {sum}.", event.message),
    };
    let counts: Map<String, Json> = counts
        .into_iter()
        .map(|(entity, counts)| (entity.as_str().to_owned(), numbers(counts)))
        .collect();
    event = event
        .detail("status", status.as_str())
        .detail("counts", counts);
    if let Some(repaired) = repaired {
        event = event.detail("repaired", repaired);
    }
    if let Some(row) = row {
        let took = commit.at.duration_since(row.started_at);
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        event = event.detail("duration_ms", took);
    }
    event
}

fn numbers(counts: Counts) -> Json {
    serde_json::json!({
        "read": counts.read,
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "skipped": counts.skipped,
        "parked": counts.parked,
        "failed": counts.failed,
    })
}
