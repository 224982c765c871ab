//! One thing that happened.

use std::fmt;
use std::time::Duration;

use api_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::event::EventName;
use crate::level::Level;
use crate::outcome::Outcome;

/// One thing that happened, on its way into the log.
///
/// ```
/// use audit_log::{Entry, EventName, Level};
///
/// let entry = Entry::new(Level::Info, EventName::RecordCreate, "The client was created.")
///     .system("smartcrm")
///     .connection("shop")
///     .entity("client")
///     .record("17");
/// assert_eq!(entry.connection.as_deref(), Some("shop"));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Its id, a UUID of version 7: the same event twice has the same id and is kept once.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub event: EventName,
    /// How it went.
    pub outcome: Option<Outcome>,
    /// The kind of system, such as `smartcrm`.
    pub system: Option<String>,
    /// The connection.
    pub connection: Option<String>,
    /// The flow.
    pub flow: Option<String>,
    /// The run.
    pub run: Option<Uuid>,
    /// Who did it, where it was a person.
    pub actor: Option<String>,
    /// The kind of record.
    pub entity: Option<String>,
    /// The record's id in the source.
    pub record: Option<String>,
    /// The record's id in the target.
    pub target: Option<String>,
    /// The operation, such as `clients.create`.
    pub operation: Option<String>,
    /// The HTTP method.
    pub method: Option<String>,
    /// The path with placeholders, such as `/clients/{id}`.
    pub path: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// Which attempt it was, from 1.
    pub attempt: Option<u32>,
    /// A code for the kind of failure, such as `validation`.
    pub code: Option<String>,
    /// The id that the remote gave the request.
    pub request_id: Option<String>,
    /// A sentence.
    pub message: String,
    /// What else there is to say.
    pub details: serde_json::Map<String, Json>,
    /// Request and response.
    pub bodies: Option<Bodies>,
    /// Records that are only counted; not stored with the entry.
    pub tallies: Vec<Tally>,
}

/// A request and its response.
///
/// `Debug` shows how long they are, not what they say.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bodies {
    /// The address that was called.
    pub url: String,
    /// The request's headers.
    pub request_headers: Vec<(String, String)>,
    /// The request's body.
    pub request: String,
    /// The response's headers.
    pub response_headers: Vec<(String, String)>,
    /// The response's body.
    pub response: String,
}

impl fmt::Debug for Bodies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bodies")
            .field("request_bytes", &self.request.len())
            .field("response_bytes", &self.response.len())
            .finish_non_exhaustive()
    }
}

/// How many records came out in one way, without an entry for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The kind of record.
    pub entity: Option<String>,
    /// How they came out.
    pub outcome: Outcome,
    /// How many.
    pub count: u64,
}

macro_rules! text_setters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: impl Into<String>) -> Self {
            self.$name = Some($name.into());
            self
        })*
    };
}

impl Entry {
    /// Whether statistics count anything of it.
    pub(crate) fn counts(&self) -> bool {
        self.outcome.is_some() || !self.tallies.is_empty()
    }

    /// An entry that happened now, with a new id and the outcome that its event has by default.
    #[must_use]
    pub fn new(level: Level, event: EventName, message: impl Into<String>) -> Self {
        Self {
            id: Uuid::now_v7(),
            at: Timestamp::now(),
            level,
            event,
            outcome: event.default_outcome(),
            system: None,
            connection: None,
            flow: None,
            run: None,
            actor: None,
            entity: None,
            record: None,
            target: None,
            operation: None,
            method: None,
            path: None,
            status: None,
            duration: None,
            attempt: None,
            code: None,
            request_id: None,
            message: message.into(),
            details: serde_json::Map::new(),
            bodies: None,
            tallies: Vec::new(),
        }
    }

    /// Sets the id, which a repeated event must have again.
    #[must_use]
    pub fn id(mut self, id: Uuid) -> Self {
        self.id = id;
        self
    }

    /// Sets when it happened.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = at;
        self
    }

    /// Sets how it went.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    text_setters! {
        /// Sets the kind of system.
        system,
        /// Sets the connection.
        connection,
        /// Sets the flow.
        flow,
        /// Sets who did it.
        actor,
        /// Sets the kind of record.
        entity,
        /// Sets the record's id in the source.
        record,
        /// Sets the record's id in the target.
        target,
        /// Sets the operation.
        operation,
        /// Sets the HTTP method.
        method,
        /// Sets the path with placeholders.
        path,
        /// Sets the code for the kind of failure.
        code,
        /// Sets the id that the remote gave the request.
        request_id,
    }

    /// Sets the run.
    #[must_use]
    pub fn run(mut self, run: Uuid) -> Self {
        self.run = Some(run);
        self
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets how long it took.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Sets which attempt it was, from 1.
    #[must_use]
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = Some(attempt);
        self
    }

    /// Adds one detail; a second one of the same name replaces the first.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }

    /// Sets all details.
    #[must_use]
    pub fn details(mut self, details: serde_json::Map<String, Json>) -> Self {
        self.details = details;
        self
    }

    /// Sets request and response.
    #[must_use]
    pub fn bodies(mut self, bodies: Bodies) -> Self {
        self.bodies = Some(bodies);
        self
    }

    /// Adds records that are only counted.
    #[must_use]
    pub fn tally(mut self, entity: Option<&str>, outcome: Outcome, count: u64) -> Self {
        self.tallies.push(Tally {
            entity: entity.map(str::to_owned),
            outcome,
            count,
        });
        self
    }
}
