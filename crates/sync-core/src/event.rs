//! Events: what happened, for the log.

use std::fmt;

use api_core::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{ConnectionName, EntityKind, EventId, FlowName, RecordId, RunId};

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// For finding out how something came about.
    Debug,
    /// The normal course of things.
    Info,
    /// Somebody should look at it some time.
    Warning,
    /// Something did not happen that should have.
    Error,
}

/// What happened; a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EventName {
    /// A run began.
    #[serde(rename = "run.start")]
    RunStart,
    /// A run went on after it was interrupted.
    #[serde(rename = "run.resume")]
    RunResume,
    /// A run ended, in whatever way.
    #[serde(rename = "run.end")]
    RunEnd,
    /// A record was created in the target.
    #[serde(rename = "record.create")]
    RecordCreate,
    /// A record was updated in the target.
    #[serde(rename = "record.update")]
    RecordUpdate,
    /// A record was found in the target and linked.
    #[serde(rename = "record.link")]
    RecordLink,
    /// A record was set aside with a reason.
    #[serde(rename = "record.park")]
    RecordPark,
    /// A record was set aside because the two systems contradict each other: a person has to say
    /// what holds.
    #[serde(rename = "record.conflict")]
    RecordConflict,
    /// A record that was set aside got through without a write, or is gone.
    #[serde(rename = "record.unpark")]
    RecordUnpark,
    /// A person lets the next run take a record again that is set aside.
    #[serde(rename = "record.retry")]
    RecordRetry,
    /// A value that somebody changed in the target was replaced; it is kept in the change.
    #[serde(rename = "record.drift")]
    RecordDrift,
    /// A write whose answer was lost was looked up.
    #[serde(rename = "engine.recover")]
    EngineRecover,
    /// A person linked two records.
    #[serde(rename = "link.set")]
    LinkSet,
    /// A person merged a record into the one that its duplicate is linked to.
    #[serde(rename = "link.merge")]
    LinkMerge,
    /// A person took a link away.
    #[serde(rename = "link.remove")]
    LinkRemove,
    /// A person said that two records are not the same, or left a record out.
    #[serde(rename = "link.ignore")]
    LinkIgnore,
    /// A person said that a record is to be created.
    #[serde(rename = "link.create")]
    LinkCreate,
    /// A person undid a decision.
    #[serde(rename = "link.undo")]
    LinkUndo,
    /// A flow started several times without getting anything done and was stopped.
    #[serde(rename = "engine.broken")]
    EngineBroken,
    /// The process that had the flow before stopped without letting go of it.
    #[serde(rename = "engine.crash")]
    EngineCrash,
}

impl EventName {
    /// The dotted name.
    pub fn as_str(self) -> &'static str {
        match self {
            EventName::RunStart => "run.start",
            EventName::RunResume => "run.resume",
            EventName::RunEnd => "run.end",
            EventName::RecordCreate => "record.create",
            EventName::RecordUpdate => "record.update",
            EventName::RecordLink => "record.link",
            EventName::RecordPark => "record.park",
            EventName::RecordConflict => "record.conflict",
            EventName::RecordUnpark => "record.unpark",
            EventName::RecordRetry => "record.retry",
            EventName::RecordDrift => "record.drift",
            EventName::EngineRecover => "engine.recover",
            EventName::LinkSet => "link.set",
            EventName::LinkMerge => "link.merge",
            EventName::LinkRemove => "link.remove",
            EventName::LinkIgnore => "link.ignore",
            EventName::LinkCreate => "link.create",
            EventName::LinkUndo => "link.undo",
            EventName::EngineBroken => "engine.broken",
            EventName::EngineCrash => "engine.crash",
        }
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that happened. It carries ids, never the content of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id: the same event seen twice has the same id.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub event: EventName,
    /// The flow.
    pub flow: FlowName,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The connection that was written to or read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// Who had it done, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The kind of record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<EntityKind>,
    /// The record's id in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    /// The record's id in the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<RecordId>,
    /// A code for the kind of failure ("validation").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The HTTP status that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// A sentence.
    pub message: String,
    /// What else there is to say, by name: counts, reasons, states. No content of records.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Json>,
}

impl Event {
    /// An event of a flow, now to be filled in.
    pub fn new(
        at: Timestamp,
        level: Level,
        event: EventName,
        flow: &FlowName,
        message: impl Into<String>,
    ) -> Self {
        Self {
            id: EventId::new(),
            at,
            level,
            event,
            flow: flow.clone(),
            run: None,
            connection: None,
            actor: None,
            entity: None,
            record: None,
            target: None,
            code: None,
            status: None,
            message: message.into(),
            details: Map::new(),
        }
    }

    /// The event of a person who lets a record be tried again ([`StateStore::retry_parked`]).
    ///
    /// [`StateStore::retry_parked`]: crate::StateStore::retry_parked
    pub fn retry(flow: &FlowName, (entity, id): (EntityKind, &RecordId)) -> Self {
        let message = "A person lets the next run take the record again.";
        Self::new(
            Timestamp::now(),
            Level::Info,
            EventName::RecordRetry,
            flow,
            message,
        )
        .record(entity, id)
    }

    /// Sets the run.
    pub fn run(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }

    /// Sets the connection.
    pub fn connection(mut self, connection: &ConnectionName) -> Self {
        self.connection = Some(connection.clone());
        self
    }

    /// Sets who had it done.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Adds a detail.
    pub fn detail(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Says that it takes the place of an earlier event in the counts of its run: by that one the
    /// record was set aside.
    pub(crate) fn replacing_park(self) -> Self {
        self.detail("replaces_park", true)
    }

    /// Sets the record, by its id in the source.
    pub fn record(mut self, entity: EntityKind, id: &RecordId) -> Self {
        self.entity = Some(entity);
        self.record = Some(id.clone());
        self
    }

    /// Sets the record's id in the target.
    pub fn target(mut self, id: &RecordId) -> Self {
        self.target = Some(id.clone());
        self
    }

    /// Takes code and status from an error.
    pub fn error(mut self, error: &Error) -> Self {
        self.code = Some(error.code_str().unwrap_or(error.kind().as_str()).to_owned());
        self.status = error.status_code();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_an_earlier_version_stored_still_reads() {
        let body = r#"{"id":"019300b0-7e51-7a5e-8d63-6f9d2f7d3f10","at":"2026-11-20T10:00:00Z",
            "level":"WARNING","event":"record.park","flow":"push","entity":"customer",
            "record":"7","code":"validation","status":422,"message":"It was refused."}"#;
        let event: Event = serde_json::from_str(body).unwrap();
        assert_eq!(event.event, EventName::RecordPark);
        assert_eq!((event.actor, event.details.len()), (None, 0));
    }

    #[test]
    fn what_an_event_does_not_have_is_not_stored() {
        let flow = FlowName::from("push");
        let at = Timestamp::from_micros(0);
        let event = Event::new(
            at,
            Level::Info,
            EventName::EngineCrash,
            &flow,
            "It stopped.",
        );
        let text = serde_json::to_string(&event).unwrap();
        assert!(
            !text.contains("details") && !text.contains("actor"),
            "{text}"
        );
        let full = event.actor("anna").detail("starts", 2);
        let text = serde_json::to_string(&full).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), full);
    }

    #[test]
    fn each_name_is_written_as_it_is_called() {
        use EventName as E;
        for name in [
            E::RunStart,
            E::RunResume,
            E::RunEnd,
            E::RecordCreate,
            E::RecordUpdate,
            E::RecordLink,
            E::RecordPark,
            E::RecordConflict,
            E::RecordUnpark,
            E::RecordRetry,
            E::RecordDrift,
            E::EngineRecover,
            E::LinkSet,
            E::LinkMerge,
            E::LinkRemove,
            E::LinkIgnore,
            E::LinkCreate,
            E::LinkUndo,
            E::EngineBroken,
            E::EngineCrash,
        ] {
            assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{name}\""));
        }
    }
}
