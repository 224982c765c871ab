//! An entry as it is stored.

use std::time::Duration;

use api_core::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::db::Row;
use crate::entry::Bodies;
use crate::error::Error;
use crate::event::EventName;
use crate::issues::IssueId;
use crate::level::Level;
use crate::outcome::Outcome;

/// An entry as it is stored.
///
/// It serialises to the flat JSON of an export: absent fields are left out, times are RFC 3339,
/// `duration_ms` is in milliseconds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stored {
    /// Its number in the log, from 1 in the order of arrival.
    pub number: i64,
    /// Its id.
    pub id: Uuid,
    /// The writer whose chain it is in.
    pub writer: String,
    /// Its place in the chain of that writer, from 1.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// When it arrived.
    pub observed_at: Timestamp,
    /// How much it matters.
    pub level: Level,
    /// What happened: the name of an [`EventName`], or one of a newer program.
    pub event: String,
    /// How it went.
    pub outcome: Option<Outcome>,
    /// The kind of system.
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
    /// The operation.
    pub operation: Option<String>,
    /// The HTTP method.
    pub method: Option<String>,
    /// The path with placeholders.
    pub path: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// Which attempt it was, from 1.
    pub attempt: Option<u32>,
    /// A code for the kind of failure.
    pub code: Option<String>,
    /// The id that the remote gave the request.
    pub request_id: Option<String>,
    /// The issue that it belongs to.
    pub fingerprint: Option<IssueId>,
    /// A sentence.
    pub message: String,
    /// What else there is to say.
    pub details: serde_json::Map<String, Json>,
    /// Whether request and response are (still) kept.
    pub has_bodies: bool,
    /// The hash that chains it to the entry before.
    pub hash: [u8; 32],
    /// When it happened, as it is stored: somebody may have put a time there that no calendar has.
    pub(crate) ts: i64,
}

/// What a query on `audit_event AS e` selects for [`Stored::read`].
///
/// Bodies are counted, not looked for with `EXISTS`: for that PostgreSQL may read all of them.
pub(crate) const COLUMNS: &str = "\
    e.id, e.uid, (SELECT w.name FROM audit_writer AS w WHERE w.id = e.writer), e.seq, e.ts, \
    e.observed_ts, e.level, e.event, e.outcome, \
    (SELECT n.name FROM audit_name AS n WHERE n.id = e.system), \
    (SELECT n.name FROM audit_name AS n WHERE n.id = e.connection), \
    (SELECT n.name FROM audit_name AS n WHERE n.id = e.flow), e.run, e.actor, \
    (SELECT n.name FROM audit_name AS n WHERE n.id = e.entity), e.record, e.target, e.operation, \
    e.method, e.path, e.status, e.duration_us, e.attempt, e.code, e.request_id, e.fingerprint, \
    e.message, e.details, \
    (SELECT COUNT(*) FROM audit_body AS b WHERE b.event = e.id), e.hash";

impl Stored {
    /// Reads a row of [`COLUMNS`].
    ///
    /// What this program does not know or cannot read is no reason to hide an entry: whoever
    /// changed it is found by verifying, and whoever looks wants to see it.
    pub(crate) fn read(row: &Row) -> Result<Self, Error> {
        let text = |at| row.shown(at);
        let mut details = details(row.shown(27)?.as_deref());
        let id = row.blob(1)?;
        let id = Uuid::from_slice(id).unwrap_or_else(|_| {
            let hex: String = id.iter().take(32).map(|b| format!("{b:02x}")).collect();
            details.insert("unreadable_id".to_owned(), Json::String(hex));
            Uuid::nil()
        });
        let run = match row.blob_or_none(12)?.map(Uuid::from_slice) {
            Some(Err(_)) => {
                details.insert("unreadable_run".to_owned(), Json::Bool(true));
                None
            }
            run => run.and_then(Result::ok),
        };
        Ok(Self {
            number: row.int(0)?,
            id,
            writer: text(2)?.unwrap_or_default(),
            seq: row.int(3)?,
            at: Timestamp::from_micros(row.int(4)?),
            ts: row.int(4)?,
            observed_at: Timestamp::from_micros(row.int(5)?),
            level: nearest_level(row.int(6)?),
            event: text(7)?.unwrap_or_default(),
            outcome: row.int_or_none(8)?.and_then(Outcome::from_number),
            system: text(9)?,
            connection: text(10)?,
            flow: text(11)?,
            run,
            actor: text(13)?,
            entity: text(14)?,
            record: text(15)?,
            target: text(16)?,
            operation: text(17)?,
            method: text(18)?,
            path: text(19)?,
            status: row.int_or_none(20)?.and_then(|n| u16::try_from(n).ok()),
            duration: (row.int_or_none(21)?)
                .and_then(|n| u64::try_from(n).ok())
                .map(Duration::from_micros),
            attempt: row.int_or_none(22)?.and_then(|n| u32::try_from(n).ok()),
            code: text(23)?,
            request_id: text(24)?,
            fingerprint: row.int_or_none(25)?.map(IssueId),
            message: text(26)?.unwrap_or_default(),
            details,
            has_bodies: row.int(28)? != 0,
            hash: row.hash(29).unwrap_or_default(),
        })
    }

    /// Notes that request and response are stored, and are not what was written.
    ///
    /// One entry that somebody damaged must not hide the others.
    pub(crate) fn or_damaged(
        &mut self,
        bodies: Result<Option<Bodies>, Error>,
    ) -> Result<Option<Bodies>, Error> {
        match bodies {
            Err(Error::Corrupt(why)) => {
                let key = "unreadable_bodies".to_owned();
                self.details.insert(key, Json::String(why));
                Ok(None)
            }
            bodies => bodies,
        }
    }

    /// What happened, where this program knows the event.
    #[must_use]
    pub fn event_name(&self) -> Option<EventName> {
        self.event.parse().ok()
    }

    /// The entry and its bodies in one flat JSON object.
    pub(crate) fn with_bodies<'a>(&'a self, bodies: Option<&'a Bodies>) -> impl Serialize + 'a {
        Flat {
            entry: self,
            bodies,
        }
    }
}

/// Whole microseconds, divided once: 1.579 and not 1.5790000000000002.
fn milliseconds(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1_000.0
}

fn nearest_level(number: i64) -> Level {
    match number {
        17.. => Level::Error,
        13.. => Level::Warning,
        9.. => Level::Info,
        _ => Level::Debug,
    }
}

fn details(text: Option<&str>) -> serde_json::Map<String, Json> {
    let Some(text) = text else {
        return serde_json::Map::new();
    };
    serde_json::from_str(text).unwrap_or_else(|_| {
        let mut kept = serde_json::Map::new();
        kept.insert("unreadable".to_owned(), Json::String(text.to_owned()));
        kept
    })
}

impl Serialize for Stored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_bodies(None).serialize(serializer)
    }
}

struct Flat<'a> {
    entry: &'a Stored,
    bodies: Option<&'a Bodies>,
}

impl Serialize for Flat<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = self.entry;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &entry.id.to_string())?;
        map.serialize_entry("at", &entry.at)?;
        map.serialize_entry("level", &entry.level)?;
        map.serialize_entry("event", &entry.event)?;
        if let Some(outcome) = entry.outcome {
            map.serialize_entry("outcome", &outcome)?;
        }
        let run = entry.run.map(|run| run.to_string());
        for (key, value) in [
            ("system", &entry.system),
            ("connection", &entry.connection),
            ("flow", &entry.flow),
            ("run", &run),
            ("actor", &entry.actor),
            ("entity", &entry.entity),
            ("record", &entry.record),
            ("target", &entry.target),
            ("operation", &entry.operation),
            ("method", &entry.method),
            ("path", &entry.path),
        ] {
            if let Some(value) = value {
                map.serialize_entry(key, value)?;
            }
        }
        if let Some(status) = entry.status {
            map.serialize_entry("status", &status)?;
        }
        if let Some(duration) = entry.duration {
            map.serialize_entry("duration_ms", &milliseconds(duration))?;
        }
        if let Some(attempt) = entry.attempt {
            map.serialize_entry("attempt", &attempt)?;
        }
        for (key, value) in [("code", &entry.code), ("request_id", &entry.request_id)] {
            if let Some(value) = value {
                map.serialize_entry(key, value)?;
            }
        }
        map.serialize_entry("message", &entry.message)?;
        if !entry.details.is_empty() {
            map.serialize_entry("details", &entry.details)?;
        }
        map.serialize_entry("number", &entry.number)?;
        map.serialize_entry("writer", &entry.writer)?;
        map.serialize_entry("seq", &entry.seq)?;
        if let Some(fingerprint) = entry.fingerprint {
            map.serialize_entry("fingerprint", &fingerprint)?;
        }
        if let Some(bodies) = self.bodies {
            map.serialize_entry("bodies", bodies)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_that_are_no_object_are_shown_as_they_are() {
        assert!(details(None).is_empty());
        let read = details(Some(r#"{"a":1}"#));
        assert_eq!(read["a"], 1);
        for text in ["[1]", "{", ""] {
            assert_eq!(details(Some(text))["unreadable"], text);
        }
    }

    #[test]
    fn a_level_between_two_is_shown_as_the_lower_one() {
        for level in Level::ALL {
            assert_eq!(nearest_level(level.number()), level);
        }
        assert_eq!(nearest_level(14), Level::Warning);
        assert_eq!(nearest_level(-1), Level::Debug);
        assert_eq!(nearest_level(99), Level::Error);
    }
}
