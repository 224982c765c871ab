//! From an event of the engine to an entry of the log.

use audit_log::{Entry, EventName, Level, Outcome, Tally};
use serde_json::{Map, Value as Json};
use sync_core::{Event, RunId};

use super::Audit;

/// The entry of an event; the same event has the same entry each time.
pub(super) fn of(event: Event, audit: &Audit) -> Entry {
    let name = name_of(event.event);
    let mut entry = Entry::new(level_of(event.level), name, event.message);
    entry.id = event.id.uuid();
    entry.at = event.at;
    entry.flow = Some(event.flow.to_string());
    entry.run = event.run.map(RunId::uuid);
    entry.system = (event.connection.as_ref())
        .and_then(|connection| audit.system_of(connection.as_str()))
        .map(str::to_owned);
    entry.connection = event.connection.map(|connection| connection.into_string());
    entry.actor = event.actor;
    entry.entity = event.entity.map(|entity| entity.as_str().to_owned());
    entry.record = event.record.map(|id| id.into_string());
    entry.target = event.target.map(|id| id.into_string());
    entry.code = event.code;
    entry.status = event.status;
    if name == EventName::RunEnd {
        entry.outcome = event
            .details
            .get("status")
            .and_then(Json::as_str)
            .and_then(ended);
        entry.tallies = tallies(&event.details);
    }
    entry.details = event.details;
    entry
}

fn level_of(level: sync_core::Level) -> Level {
    match level {
        sync_core::Level::Debug => Level::Debug,
        sync_core::Level::Info => Level::Info,
        sync_core::Level::Warning => Level::Warning,
        sync_core::Level::Error => Level::Error,
    }
}

/// The name of the same event in the log; one that the log does not know is a message.
fn name_of(name: sync_core::EventName) -> EventName {
    name.as_str().parse().unwrap_or(EventName::LogMessage)
}

/// How a run ended. One that was stopped has done a part of its work.
fn ended(status: &str) -> Option<Outcome> {
    match status {
        "succeeded" => Some(Outcome::RunSucceeded),
        "partial" | "cancelled" => Some(Outcome::RunPartial),
        "failed" => Some(Outcome::RunFailed),
        _ => None,
    }
}

/// The records of a run that have no entry of their own: nothing was written for them.
fn tallies(details: &Map<String, Json>) -> Vec<Tally> {
    let Some(kinds) = details.get("counts").and_then(Json::as_object) else {
        return Vec::new();
    };
    let mut tallies = Vec::new();
    for (entity, counts) in kinds {
        for (key, outcome) in [
            ("unchanged", Outcome::Unchanged),
            ("skipped", Outcome::Skipped),
        ] {
            match counts.get(key).and_then(Json::as_u64) {
                None | Some(0) => {}
                Some(count) => tallies.push(Tally {
                    entity: Some(entity.clone()),
                    outcome,
                    count,
                }),
            }
        }
    }
    tallies
}
