//! How a sync went, for programs and people.

use std::collections::BTreeMap;

use api_core::Timestamp;
use serde::Serialize;
use sync_core::store::{Counts, ParkedRow, RunRow, RunStatus, Trigger};
use sync_core::{EntityKind, FlowName, RecordId, RunId};

use crate::error::{AppError, Exit};

/// How one sync of one flow went.
#[derive(Debug)]
#[non_exhaustive]
pub struct SyncReport {
    /// The flow.
    pub flow: FlowName,
    /// The run as it is stored; `None` if it could not even begin.
    pub run: Option<RunRow>,
    /// The records that this run set aside, or tried again in vain; at most a thousand.
    pub parked: Vec<ParkedRow>,
    /// How many there are besides those in `parked`.
    pub parked_more: u64,
    /// Why it ended early, if it did.
    pub error: Option<AppError>,
    /// What somebody should know, though it did not stop the run.
    pub warnings: Vec<String>,
}

impl SyncReport {
    /// The report of a sync that could not begin.
    #[must_use]
    pub fn failed(flow: FlowName, error: AppError) -> Self {
        Self {
            flow,
            run: None,
            parked: Vec::new(),
            parked_more: 0,
            error: Some(error),
            warnings: Vec::new(),
        }
    }

    /// The report of a run that is stored.
    #[must_use]
    pub fn of(run: RunRow) -> Self {
        Self {
            flow: run.flow.clone(),
            run: Some(run),
            parked: Vec::new(),
            parked_more: 0,
            error: None,
            warnings: Vec::new(),
        }
    }

    /// How a program ends that did nothing but this.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match (&self.error, self.status()) {
            (Some(error), _) => error.exit(),
            (None, RunStatus::Succeeded) => Exit::Ok,
            (None, RunStatus::Partial) => Exit::Partial,
            (None, RunStatus::Cancelled) => Exit::Interrupted,
            (None, RunStatus::Running | RunStatus::Failed) => Exit::Failed,
        }
    }

    /// How the run ended. One that the store still counts as running and that met an error could
    /// not be ended: it has failed, and the next sync goes on with it.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        match self.run.as_ref().map(|run| run.status) {
            Some(RunStatus::Running) if self.error.is_some() => RunStatus::Failed,
            Some(status) => status,
            None => RunStatus::Failed,
        }
    }

    /// The counts over all kinds of record.
    #[must_use]
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        for counts in self.run.iter().flat_map(|run| run.counts.values()) {
            total += *counts;
        }
        total
    }

    /// The report as `koppel sync --json` prints it.
    #[must_use]
    pub fn to_json(&self) -> SyncJson<'_> {
        let run = self.run.as_ref();
        SyncJson {
            flow: &self.flow,
            run: run.map(|run| run.id),
            status: self.status(),
            trigger: run.map(|run| run.trigger),
            started_at: run.map(|run| run.started_at),
            ended_at: run.and_then(|run| run.ended_at),
            entities: run.map(|run| run.counts.clone()).unwrap_or_default(),
            repaired: run.and_then(|run| run.repaired),
            errors: self.parked.iter().map(RecordJson::of).collect(),
            errors_left_out: self.parked_more,
            error: self.error.as_ref().map(ErrorJson::of),
            warnings: &self.warnings,
        }
    }
}

/// A [`SyncReport`] in its JSON form.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct SyncJson<'a> {
    /// The flow.
    pub flow: &'a FlowName,
    /// The run.
    pub run: Option<RunId>,
    /// How it ended.
    pub status: RunStatus,
    /// What set it off.
    pub trigger: Option<Trigger>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What became of the records; `read` is the sum of the others.
    pub entities: BTreeMap<EntityKind, Counts>,
    /// How many of those that were created or updated no webhook had told, where some listened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repaired: Option<i64>,
    /// The records that are set aside.
    pub errors: Vec<RecordJson<'a>>,
    /// How many of those are not listed.
    pub errors_left_out: u64,
    /// Why the run ended early, if it did.
    pub error: Option<ErrorJson>,
    /// What did not stop the run.
    pub warnings: &'a [String],
}

/// A record that is set aside, in its JSON form.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct RecordJson<'a> {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub id: &'a RecordId,
    /// Why, as a word.
    pub reason: &'static str,
    /// The remote's code, or the kind of error.
    pub code: &'a str,
    /// What was said.
    pub message: &'a str,
    /// How often it was tried.
    pub attempts: u32,
}

impl<'a> RecordJson<'a> {
    /// The JSON form of a parked record.
    #[must_use]
    pub fn of(row: &'a ParkedRow) -> Self {
        Self {
            entity: row.entity,
            id: &row.source_id,
            reason: row.reason.as_str(),
            code: (row.error.code.as_deref()).unwrap_or(row.error.kind.as_str()),
            message: &row.error.message,
            attempts: row.attempts,
        }
    }
}

/// An error in its JSON form.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ErrorJson {
    /// The kind, as a word.
    pub kind: &'static str,
    /// A paragraph.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl ErrorJson {
    /// The JSON form of an error.
    #[must_use]
    pub fn of(error: &AppError) -> Self {
        Self {
            kind: error.kind(),
            message: error.to_string(),
            help: error.help(),
        }
    }
}
