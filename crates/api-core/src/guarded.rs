//! One bad record does not fail its page.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::redact;

/// Fields that are tried for a record's id, in this order.
pub const ID_FIELDS: &[&str] = &["id", "ID", "Id", "uuid", "guid", "userid", "number"];

/// A record that decoded, or what is known about one that did not.
///
/// Put it around the element of a list: `Vec<Guarded<Client>>`. Only for
/// `serde_json`, and not inside `#[serde(flatten)]` or untagged enums, which
/// do not pass raw text on.
///
/// ```
/// use api_core::guarded::Guarded;
///
/// #[derive(serde::Deserialize)]
/// struct Client { id: u32, name: String }
///
/// let page: Vec<Guarded<Client>> =
///     serde_json::from_str(r#"[{"id": 1, "name": "A"}, {"id": 2, "name": [7]}]"#)?;
/// assert!(page[0].good().is_some());
/// let bad = page[1].bad().unwrap();
/// assert_eq!((bad.id.as_deref(), bad.path.as_str()), (Some("2"), "name"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guarded<T> {
    /// The record.
    Good(T),
    /// What is known about a record that did not decode.
    Bad(BadRecord),
}

/// What is known about a record that did not decode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRecord {
    /// The record's id, when it could be found.
    pub id: Option<String>,
    /// The field that did not decode, such as `lines[3].price`; `.` for the
    /// record as a whole.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
    /// The redacted beginning of the record, at most 200 characters.
    pub excerpt: String,
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "record {id} cannot be read")?,
            None => f.write_str("a record without an id cannot be read")?,
        }
        write!(f, " at `{}`: {}", self.path, self.message)
    }
}

impl std::error::Error for BadRecord {}

impl From<BadRecord> for Error {
    fn from(record: BadRecord) -> Self {
        let mut message = record.to_string();
        if let Some(first) = message.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self::new(ErrorKind::Decode, format!("{message}."))
            .excerpt(&record.excerpt)
            .source(record)
    }
}

impl<T> Guarded<T> {
    /// Returns the record when it decoded.
    #[must_use]
    pub fn good(&self) -> Option<&T> {
        match self {
            Self::Good(record) => Some(record),
            Self::Bad(_) => None,
        }
    }

    /// Returns what is known when it did not.
    #[must_use]
    pub fn bad(&self) -> Option<&BadRecord> {
        match self {
            Self::Good(_) => None,
            Self::Bad(bad) => Some(bad),
        }
    }

    /// Returns the record or what is known about it.
    ///
    /// # Errors
    /// When the record did not decode.
    pub fn into_result(self) -> Result<T, BadRecord> {
        match self {
            Self::Good(record) => Ok(record),
            Self::Bad(bad) => Err(bad),
        }
    }

    /// Applies a function to a record that decoded.
    pub fn map<U>(self, apply: impl FnOnce(T) -> U) -> Guarded<U> {
        match self {
            Self::Good(record) => Guarded::Good(apply(record)),
            Self::Bad(bad) => Guarded::Bad(bad),
        }
    }
}

impl<T: DeserializeOwned> Guarded<T> {
    /// Decodes one record from its text, looking for its id in `id_fields`.
    #[must_use]
    pub fn from_raw(raw: &RawValue, id_fields: &[&str]) -> Self {
        Self::from_text(raw.get(), id_fields)
    }

    /// Decodes one record from JSON text, looking for its id in `id_fields`.
    #[must_use]
    pub fn from_text(text: &str, id_fields: &[&str]) -> Self {
        let mut json = serde_json::Deserializer::from_str(text);
        match serde_path_to_error::deserialize(&mut json) {
            Ok(record) => Self::Good(record),
            Err(error) => Self::Bad(BadRecord {
                id: find_id(text, id_fields),
                path: redact::cap_chars(&error.path().to_string(), 200),
                message: redact::excerpt(&error.inner().to_string(), 200),
                excerpt: redact::excerpt(&redact::json_text(text.as_bytes(), 2_000), 200),
            }),
        }
    }

    /// Decodes one record from a value, looking for its id in `id_fields`.
    #[must_use]
    pub fn from_value(value: &Value, id_fields: &[&str]) -> Self {
        Self::from_text(&value.to_string(), id_fields)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Guarded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self::from_raw(&raw, ID_FIELDS))
    }
}

/// Decodes a JSON list record by record.
///
/// # Errors
/// When the text is no JSON list at all.
pub fn list<T: DeserializeOwned>(text: &str, id_fields: &[&str]) -> Result<Vec<Guarded<T>>, Error> {
    let raws: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
        Error::new(
            ErrorKind::Decode,
            format!("The answer is no list: {error}."),
        )
        .excerpt(redact::json_text(text.as_bytes(), 2_000))
        .source(error)
    })?;
    Ok(raws
        .into_iter()
        .map(|raw| Guarded::from_raw(raw, id_fields))
        .collect())
}

fn find_id(text: &str, id_fields: &[&str]) -> Option<String> {
    let fields: std::collections::HashMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    id_fields.iter().find_map(|name| {
        let raw = fields.get(*name)?.get();
        match serde_json::from_str(raw).ok()? {
            Value::String(id) if !id.is_empty() => Some(redact::cap_chars(&id, 200)),
            // The number's own text: ids may be larger than any integer type.
            Value::Number(_) => Some(redact::cap_chars(raw, 200)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Row {
        id: u64,
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Line {
        price: u32,
    }

    #[test]
    fn the_other_records_go_on() {
        let text = r#"[{"id":1,"lines":[]},{"id":2,"lines":[{"price":1},{"price":"x"}]},null,{"id":4,"lines":[]}]"#;
        let rows: Vec<Guarded<Row>> = serde_json::from_str(text).unwrap();
        assert_eq!(rows.iter().filter(|row| row.good().is_some()).count(), 2);
        let bad = rows[1].bad().unwrap();
        assert_eq!(bad.id.as_deref(), Some("2"));
        assert_eq!(bad.path, "lines[1].price");
        assert!(bad.message.contains("invalid type"), "{}", bad.message);
        assert_eq!(rows[2].bad().unwrap().id, None);
    }

    #[test]
    fn ids_keep_their_own_text() {
        let text = r#"{"userid":123456789012345678901234567890,"id":null}"#;
        let row: Guarded<Row> = Guarded::from_text(text, &["id", "userid"]);
        assert_eq!(
            row.bad().unwrap().id.as_deref(),
            Some("123456789012345678901234567890")
        );
    }

    #[test]
    fn a_value_works_as_well_as_text() {
        let value = serde_json::json!([{"id": 1, "lines": []}, {"id": 2}]);
        let rows: Vec<Guarded<Row>> = serde_json::from_value(value).unwrap();
        assert!(rows[0].good().is_some());
        let error = Error::from(rows[1].bad().unwrap().clone());
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(
            error.message().starts_with("Record 2 cannot be read"),
            "{error}"
        );
    }

    #[test]
    fn the_excerpt_of_a_bad_record_holds_no_secret() {
        let text = r#"{"id":7,"password":"hunter2","lines":"none"}"#;
        let row: Guarded<Row> = Guarded::from_text(text, ID_FIELDS);
        let shown = format!("{row:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn what_is_no_list_is_one_error() {
        assert!(list::<Row>("{}", ID_FIELDS).is_err());
        assert_eq!(list::<Row>("[1]", ID_FIELDS).unwrap().len(), 1);
    }
}
