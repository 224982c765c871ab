//! Records as the server keeps and shows them, and the journal of writes.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::dialect::{Dialect, Face};
use super::schema::{Field, Kind, Resource};
pub use crate::common::Action;

/// The fields of a record as the server keeps them; cheap to clone.
///
/// Scalars are strings, empty fields are missing. Indexing by a name gives
/// `Value::Null` for a missing one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(pub(super) Arc<Vec<(&'static str, Value)>>);

impl Fields {
    /// The value of a field that is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// The text of a scalar field that is set.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// All fields, in the order of the contract.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    /// The fields as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(
            self.iter()
                .map(|(k, v)| (k.to_owned(), v.clone()))
                .collect(),
        )
    }
}

impl std::ops::Index<&str> for Fields {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// One write the server applied, whether or not anybody heard the answer.
#[derive(Debug, Clone, serde::Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// 1 for the first applied write, then without gaps.
    pub seq: u64,
    /// The resource's URL name in the server's dialect, such as `clients`.
    pub entity: &'static str,
    /// What was done.
    pub action: Action,
    /// The server's id of the record.
    pub id: String,
    /// The `external_id` as the client sent it, also where the server drops it.
    pub external_id: Option<String>,
    /// The whole record after a create, the changed fields after an update
    /// (null = cleared), the last state after a delete.
    pub fields: Fields,
    /// The number of the request that did it, counted from 1.
    pub request: u64,
}

/// A record the server holds.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: u64,
    pub(crate) external_id: Option<Arc<str>>,
    pub(crate) fields: Fields,
    /// Microseconds since 1970.
    pub(crate) created: i64,
    pub(crate) updated: i64,
}

/// A record as an answer shows it: every field of the dialect, also unset ones.
pub(crate) struct View<'a> {
    pub(crate) face: &'a Face,
    pub(crate) resource: Resource,
    pub(crate) stored: &'a Stored,
}

impl View<'_> {
    /// The name of the id: Perfex shows its primary keys.
    fn key(&self) -> &'static str {
        match (self.face.dialect, self.resource) {
            (Dialect::Perfex, Resource::Clients) => "userid",
            (Dialect::Perfex, Resource::Tickets) => "ticketid",
            _ => "id",
        }
    }

    /// What stands for a field that nothing was put into.
    fn unset(&self, field: &Field) -> Option<&'static str> {
        match (field.read_only, field.kind) {
            (Some(""), _) => None,
            (Some(text), _) => Some(text),
            _ if self.face.dialect != Dialect::Perfex => None,
            (None, Kind::List(_) | Kind::Ref(_) | Kind::Bool) => Some("0"),
            (None, Kind::Text) if field.name.contains("ing_") || field.name == "phonenumber" => {
                Some("")
            }
            _ => None,
        }
    }
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let View { face, stored, .. } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.key(), &stored.id.to_string())?;
        let keeps = match face.dialect {
            Dialect::SmartCrm => true,
            Dialect::Rise => stored.external_id.is_some(),
            Dialect::Perfex => false,
        };
        if keeps {
            map.serialize_entry("external_id", &stored.external_id.as_deref())?;
        }
        let mut set = stored.fields.iter().peekable();
        for field in self.resource.fields(face.dialect) {
            let value = set.next_if(|(name, _)| *name == field.name);
            if field.shown.is_empty() {
                continue;
            }
            match (field.kind, value) {
                (_, Some((_, value))) => map.serialize_entry(field.shown, value)?,
                (Kind::Stamp, None) => {
                    map.serialize_entry(field.shown, &face.naive(stored.created))?;
                }
                (Kind::Day, None) => map.serialize_entry(field.shown, &face.day(stored.created))?,
                (_, None) => map.serialize_entry(field.shown, &self.unset(field))?,
            }
        }
        match face.dialect {
            Dialect::SmartCrm => {
                map.serialize_entry("created_at", &rfc3339(stored.created))?;
                map.serialize_entry("updated_at", &rfc3339(stored.updated))?;
            }
            Dialect::Rise => map.serialize_entry("created_date", &face.naive(stored.created))?,
            Dialect::Perfex => {}
        }
        map.end()
    }
}

/// Whole seconds, as the server prints its own times.
fn rfc3339(micros: i64) -> String {
    jiff::Timestamp::from_second(micros.div_euclid(1_000_000))
        .map(|at| at.to_string())
        .unwrap_or_default()
}

pub(crate) fn now_micros() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
