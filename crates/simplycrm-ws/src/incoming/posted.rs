//! What Simply posts to us, read leniently and within bounds.

use std::collections::BTreeMap;
use std::fmt;

use api_core::{ExposeSecret, Json, SecretString, redact};
use sha2::{Digest, Sha256};

use crate::RecordId;

mod form;

/// How much of a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a body.
    pub bytes: usize,
    /// The most parameters of a form.
    pub parameters: usize,
    /// The most levels of `a[b][c]` in a form.
    pub depth: usize,
    /// The most records of a body.
    pub records: usize,
}

impl Default for Limits {
    /// 1 MiB, 2000 parameters, 8 levels, 500 records.
    fn default() -> Self {
        Self {
            bytes: 1024 * 1024,
            parameters: 2_000,
            depth: 8,
            records: 500,
        }
    }
}

/// Why a body is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PostedError {
    /// It is larger than the limits allow; this says in what.
    #[error("the body has too many {0}")]
    TooLarge(&'static str),
    /// It is neither JSON nor a form.
    #[error("the body is neither JSON nor a form")]
    Unsupported,
    /// It looks like JSON and is none; this says where it breaks.
    #[error("the body is no JSON: {0}")]
    Json(String),
    /// It is JSON, but neither an object nor a list of objects.
    #[error("the body is no object")]
    NoObject,
    /// It holds nothing.
    #[error("the body is empty")]
    Empty,
    /// It holds several records where one was expected.
    #[error("the body holds {0} records")]
    Several(usize),
}

/// A record's id, as far as it can be told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostedId {
    /// With its prefix: `12x3`.
    Record(RecordId),
    /// The number alone.
    Number(u64),
    /// Something else.
    Other(String),
}

impl PostedId {
    fn read(json: &Json) -> Option<Self> {
        let text = match json {
            Json::Text(text) => text.trim(),
            Json::Number(number) => number.as_str(),
            _ => return None,
        };
        if text.is_empty() || text == "0" {
            return None;
        }
        Some(if let Ok(id) = text.parse() {
            Self::Record(id)
        } else if let Ok(number) = text.parse() {
            Self::Number(number)
        } else {
            Self::Other(redact::cap_chars(text, 200))
        })
    }

    /// Returns the record's number.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Record(id) => Some(id.number),
            Self::Number(number) => Some(*number),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for PostedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(id) => id.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// Where an id may stand, the surest name first.
const IDS: &[&str] = &[
    "record_id",
    "recordid",
    "recordId",
    "crmid",
    "entity_id",
    "entityid",
    "record",
    "id",
];
/// Where the fields may stand.
const CONTAINERS: &[&str] = &[
    "fields", "data", "payload", "record", "entity", "element", "values", "result",
];
/// What names the module.
const MODULES: &[&str] = &[
    "module",
    "module_name",
    "moduleName",
    "elementType",
    "entity_type",
];
/// What names the event.
const EVENTS: &[&str] = &[
    "event",
    "event_name",
    "eventName",
    "action",
    "trigger",
    "_operation",
];

/// A record that was posted to us.
///
/// Nothing of such bodies is documented: names are those that occur in the
/// rest of the API and in common webhooks (assumed). What is not understood
/// stays in [`rest`](Self::rest).
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Posted {
    /// The record's id, wherever it stood.
    pub id: Option<PostedId>,
    /// The module, where it is named.
    pub module: Option<String>,
    /// What happened, where it is named.
    pub event: Option<String>,
    /// The record's fields; references without their labels.
    pub fields: BTreeMap<String, Json>,
    /// Everything else.
    pub rest: BTreeMap<String, Json>,
}

impl Posted {
    /// Reads a body that holds one record.
    ///
    /// JSON and forms are told apart by the `Content-Type`, and by the first
    /// character where that is missing or wrong. `fields[lastname]=…` and
    /// deeper names of forms become objects.
    ///
    /// ```
    /// use simplycrm_ws::incoming::{Posted, PostedId};
    ///
    /// let posted = Posted::read(
    ///     Some("application/x-www-form-urlencoded"),
    ///     b"module=Contacts&record=12x3&fields%5Blastname%5D=Smith",
    /// )?;
    /// assert_eq!(posted.id, Some(PostedId::Record("12x3".parse()?)));
    /// assert_eq!(posted.text("lastname"), "Smith");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`PostedError`].
    pub fn read(content_type: Option<&str>, body: &[u8]) -> Result<Self, PostedError> {
        let mut all = Self::read_all(content_type, body, Limits::default())?;
        match (all.len(), all.pop()) {
            (1, Some(one)) => Ok(one),
            (count, _) => Err(PostedError::Several(count)),
        }
    }

    /// Reads a body that may hold several records.
    ///
    /// # Errors
    ///
    /// See [`PostedError`].
    pub fn read_all(
        content_type: Option<&str>,
        body: &[u8],
        limits: Limits,
    ) -> Result<Vec<Self>, PostedError> {
        if body.len() > limits.bytes {
            return Err(PostedError::TooLarge("bytes"));
        }
        let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
        if content_type.starts_with("multipart/") {
            return Err(PostedError::Unsupported);
        }
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        let json = match first {
            None => return Err(PostedError::Empty),
            Some(b'{' | b'[') => {
                let text = std::str::from_utf8(body)
                    .map_err(|_| PostedError::Json("it is not UTF-8".to_owned()))?;
                Json::parse(text.trim()).map_err(|error| PostedError::Json(error.to_string()))?
            }
            Some(_) if content_type.contains("json") => return Err(PostedError::NoObject),
            Some(b'<') => return Err(PostedError::Unsupported),
            Some(_) => form::read(body, &limits)?,
        };
        match json {
            Json::Map(members) => Ok(vec![Self::of(members)]),
            Json::List(rows) if rows.len() > limits.records => {
                Err(PostedError::TooLarge("records"))
            }
            Json::List(rows) if rows.is_empty() => Err(PostedError::Empty),
            Json::List(rows) => rows
                .into_iter()
                .map(|row| row.into_map().map(Self::of).ok_or(PostedError::NoObject))
                .collect(),
            _ => Err(PostedError::NoObject),
        }
    }

    fn of(mut members: BTreeMap<String, Json>) -> Self {
        // A parameter of a form may hold JSON.
        for name in CONTAINERS {
            if let Some(json @ Json::Text(_)) = members.get_mut(*name)
                && let Some(text) = json
                    .as_str()
                    .filter(|text| text.trim_start().starts_with('{'))
                && let Ok(inner) = Json::parse(text.trim())
            {
                *json = inner;
            }
        }
        let whole = Json::Map(members.clone());
        let id = find_id(&whole);
        let mut take = |names: &[&str]| {
            let name = names.iter().find(
                |name| matches!(members.get(**name), Some(Json::Text(text)) if !text.is_empty()),
            )?;
            members.remove(*name)?.as_str().map(str::to_owned)
        };
        let module = take(MODULES);
        let event = take(EVENTS);
        let mut fields = BTreeMap::new();
        let mut nested = false;
        for name in CONTAINERS {
            let Some(json) = members.get(*name) else {
                continue;
            };
            if let Some(found) = fields_of(json, 0) {
                nested = true;
                members.remove(*name);
                fields = found;
                break;
            }
        }
        let rest = if nested {
            members
        } else {
            fields = plain(members);
            BTreeMap::new()
        };
        if fields.get("id").and_then(PostedId::read) == id {
            fields.remove("id");
        }
        Self {
            module: module.or_else(|| named(&rest, &fields, MODULES)),
            event,
            id,
            fields,
            rest,
        }
    }

    /// The text of a field, `""` where it is empty or missing.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        match self.fields.get(field) {
            Some(Json::Text(text)) => text,
            Some(Json::Number(number)) => number.as_str(),
            Some(Json::Bool(true)) => "1",
            Some(Json::Bool(false)) => "0",
            _ => "",
        }
    }

    /// Takes a parameter out, such as one that holds a shared secret.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let found = self
            .rest
            .remove(name)
            .or_else(|| self.fields.remove(name))?;
        match found {
            Json::Text(text) => Some(text),
            Json::Number(number) => Some(number.as_str().to_owned()),
            _ => None,
        }
    }
}

impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |members: &BTreeMap<String, Json>| {
            let text = Json::Map(members.clone()).to_string();
            redact::json_text(text.as_bytes(), text.len().max(64))
        };
        f.debug_struct("Posted")
            .field("id", &self.id)
            .field("module", &self.module)
            .field("event", &self.event)
            .field("fields", &shown(&self.fields))
            .field("rest", &shown(&self.rest))
            .finish()
    }
}

/// The module where it stands deeper.
fn named(
    rest: &BTreeMap<String, Json>,
    fields: &BTreeMap<String, Json>,
    names: &[&str],
) -> Option<String> {
    let inner = rest
        .values()
        .filter_map(Json::as_map)
        .chain([fields])
        .find_map(|members| names.iter().find_map(|name| members.get(*name)?.as_str()));
    inner.map(str::to_owned)
}

/// Finds the id of a record, wherever it stands.
pub(super) fn find_id(json: &Json) -> Option<PostedId> {
    fn at(json: &Json, depth: usize) -> Option<PostedId> {
        let members = json.as_map()?;
        let here = IDS
            .iter()
            .filter_map(|name| PostedId::read(members.get(*name)?))
            .next();
        if here.is_some() || depth == 3 {
            return here;
        }
        CONTAINERS
            .iter()
            .find_map(|name| at(members.get(*name)?, depth + 1))
    }
    at(json, 0)
}

/// The fields of a container: an object, blocks, or a list of names and values.
fn fields_of(json: &Json, depth: usize) -> Option<BTreeMap<String, Json>> {
    match json {
        Json::Map(members) => {
            if matches!(members.get("blocks"), Some(Json::List(_)))
                && let Ok(record) = crate::mobile::Record::read(super::sender::OPERATION, json)
            {
                return Some(record.to_plain().into_map());
            }
            if depth < 3 {
                for name in CONTAINERS {
                    if let Some(found) =
                        members.get(*name).and_then(|one| fields_of(one, depth + 1))
                    {
                        return Some(found);
                    }
                }
            }
            Some(plain(members.clone()))
        }
        Json::List(rows) if !rows.is_empty() => rows
            .iter()
            .map(|row| {
                let name = row.get("name")?.as_str()?.to_owned();
                Some((name, unlabelled(row.get("value")?.clone())))
            })
            .collect(),
        _ => None,
    }
}

fn plain(members: BTreeMap<String, Json>) -> BTreeMap<String, Json> {
    members
        .into_iter()
        .map(|(name, json)| (name, unlabelled(json)))
        .collect()
}

/// A reference without its label.
fn unlabelled(json: Json) -> Json {
    match json {
        Json::Map(mut members)
            if members.contains_key("label") && members.contains_key("value") =>
        {
            members.remove("value").unwrap_or(Json::Null)
        }
        other => other,
    }
}

/// Whether a presented secret is the shared one, compared in constant time.
///
/// An empty secret fits nothing: with it anybody could send.
///
/// ```
/// use simplycrm_ws::incoming::secret_matches;
///
/// assert!(secret_matches(&"s3cret".into(), "s3cret"));
/// assert!(!secret_matches(&"s3cret".into(), "s3creT"));
/// assert!(!secret_matches(&"".into(), ""));
/// ```
#[must_use]
pub fn secret_matches(secret: &SecretString, presented: &str) -> bool {
    // Digests have one length, so that the comparison tells nothing of it.
    let ours = Sha256::digest(secret.expose_secret().as_bytes());
    let theirs = Sha256::digest(presented.as_bytes());
    let differs = ours
        .iter()
        .zip(theirs.iter())
        .fold(0_u8, |differs, (one, other)| {
            std::hint::black_box(differs | (one ^ other))
        });
    differs == 0 && !secret.expose_secret().is_empty()
}

#[cfg(test)]
mod tests;
