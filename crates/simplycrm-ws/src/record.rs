//! Records, read leniently and never shown with their secrets.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use api_core::{Date, Error, ErrorKind, Json, redact};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::describe::Describe;
use crate::id::RecordId;

mod convert;
mod entities;
mod time_of_day;
mod typed;
mod value;

pub use convert::ValueError;
pub(crate) use convert::{boolean, date, decimal, reference, time_of_day};
pub use entities::decode_entities;
pub use time_of_day::TimeOfDay;
pub use typed::Typed;
pub use value::FieldValue;

/// One record: its fields by name, as the server gave them.
///
/// Most values are texts (`"0"`, `"2026-12-31"`, `"12.5000"`); 7.x servers
/// mix in numbers, booleans, nulls and objects in inventory records and
/// products (recorded vtiger 7.1.0 server). [`typed`](Self::typed) reads them
/// by the module's description; the readers here go by the value alone.
///
/// `Debug` shows names and values, but never those of secret columns such as
/// `user_password` and `accesskey`, which servers give out for `Users`.
///
/// ```
/// use simplycrm_ws::{Record, RecordId};
///
/// let record = Record::from_json(api_core::Json::parse(
///     r#"{"id":"12x3","lastname":"Vos","hdnGrandTotal":21.50,"account_id":null}"#,
/// )?)?;
/// assert_eq!(record.id(), Some(RecordId::new(12, 3)));
/// assert_eq!(record.text("lastname"), "Vos");
/// assert_eq!(record.decimal("hdnGrandTotal")?, Some("21.50".parse()?));
/// assert_eq!(record.reference("account_id")?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Default)]
pub struct Record(BTreeMap<String, Json>);

impl Record {
    /// Builds a record from its fields.
    #[must_use]
    pub fn new(fields: BTreeMap<String, Json>) -> Self {
        Self(fields)
    }

    /// Reads a record from a JSON object.
    ///
    /// # Errors
    /// `Decode` when it is no object. PHP's empty list stands for an empty
    /// object.
    pub fn from_json(json: Json) -> Result<Self, Error> {
        match json {
            Json::Map(fields) => Ok(Self(fields)),
            Json::List(list) if list.is_empty() => Ok(Self::default()),
            other => Err(Error::new(
                ErrorKind::Decode,
                format!(
                    "The answer holds {} where a record belongs.",
                    kind_of(&other)
                ),
            )),
        }
    }

    /// Returns the record's id; `None` where it has none.
    #[must_use]
    pub fn id(&self) -> Option<RecordId> {
        self.0.get("id")?.as_str()?.parse().ok()
    }

    /// Returns a field's value as the server gave it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// Returns a field as text: `""` when null, missing, a list or an object.
    ///
    /// Numbers give their own text, booleans `1` and `0`.
    #[must_use]
    pub fn text(&self, name: &str) -> Cow<'_, str> {
        text_of(self.0.get(name))
    }

    /// Returns a field as a number; `None` when empty.
    ///
    /// Reads `"10.50000000"`, `10.5`, `""` and null alike, exactly.
    ///
    /// # Errors
    /// When the value is no number.
    pub fn decimal(&self, name: &str) -> Result<Option<Decimal>, ValueError> {
        decimal(name, self.0.get(name))
    }

    /// Returns a field as a date; `None` when empty or `0000-00-00`.
    ///
    /// # Errors
    /// When the value is no ISO date.
    pub fn date(&self, name: &str) -> Result<Option<Date>, ValueError> {
        date(name, self.0.get(name))
    }

    /// Returns a field as a boolean; `None` when empty.
    ///
    /// # Errors
    /// When the value is none of `1`, `0`, `on`, `off`, true, false.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ValueError> {
        boolean(name, self.0.get(name))
    }

    /// Returns a field as a reference; `None` when empty.
    ///
    /// # Errors
    /// When the value is no record id.
    pub fn reference(&self, name: &str) -> Result<Option<RecordId>, ValueError> {
        reference(name, self.0.get(name))
    }

    /// Returns the record's `label` with its HTML entities decoded.
    ///
    /// The label is the one field that 7.x servers escape (recorded vtiger
    /// 7.1.0 server); 5.4.0 servers and query rows have none.
    #[must_use]
    pub fn label(&self) -> Option<String> {
        self.0.get("label")?.as_str().map(decode_entities)
    }

    /// Reads the fields by the module's description.
    #[must_use]
    pub fn typed<'a>(&'a self, describe: &'a Describe) -> Typed<'a> {
        Typed::new(self, describe)
    }

    /// Sets a field.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        self.0.insert(name.into(), value.into());
    }

    /// Returns the fields in order of their names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the fields.
    #[must_use]
    pub fn as_map(&self) -> &BTreeMap<String, Json> {
        &self.0
    }

    /// Gives the fields away.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<String, Json> {
        self.0
    }
}

impl From<BTreeMap<String, Json>> for Record {
    fn from(fields: BTreeMap<String, Json>) -> Self {
        Self(fields)
    }
}

impl From<Record> for Json {
    fn from(record: Record) -> Self {
        Self::Map(record.0)
    }
}

impl Serialize for Record {
    /// Writes every field, secret columns too.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in &self.0 {
            if is_secret_column(name) {
                map.entry(name, &redact::REDACTED);
            } else {
                map.entry(name, &format_args!("{value}"));
            }
        }
        map.finish()
    }
}

/// Tells whether a column of this name holds a secret.
///
/// Those of `Users` are `user_password`, `confirm_password`, `user_hash` and
/// `accesskey` (recorded vtiger 5.4.0 and 7.1.0 servers).
pub(crate) fn is_secret_column(name: &str) -> bool {
    name != "signature" && (redact::is_secret_key(name) || name == "user_hash")
}

/// A value as text: `""` for null, nothing, lists and objects.
pub(crate) fn text_of(json: Option<&Json>) -> Cow<'_, str> {
    json.map_or(Cow::Borrowed(""), convert::text)
}

/// What a JSON value is, for messages.
pub(crate) fn kind_of(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::Text(_) => "a text",
        Json::List(_) => "a list",
        Json::Map(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_columns_never_show() {
        let record = Record::from_json(
            Json::parse(
                r#"{"id":"19x1","user_name":"admin","user_password":"h4sh","confirm_password":"h5sh",
                    "accesskey":"k3y","user_hash":"h6sh","signature":"Kind regards"}"#,
            )
            .unwrap(),
        )
        .unwrap();
        let shown = format!("{record:?} {record:#?}");
        for secret in ["h4sh", "h5sh", "k3y", "h6sh"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(
            shown.contains("admin") && shown.contains("Kind regards"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_no_object_is_no_record() {
        for text in ["null", "7", "\"x\"", "[1]", "true"] {
            let error = Record::from_json(Json::parse(text).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
        }
        let empty = Record::from_json(Json::parse("[]").unwrap()).unwrap();
        assert_eq!(empty.id(), None);
    }

    #[test]
    fn only_the_label_has_its_entities_decoded() {
        let record = Record::from_json(
            Json::parse(r#"{"label":"&Eacute; &quot;q&quot; &amp;amp;","lastname":"A &amp; B"}"#)
                .unwrap(),
        )
        .unwrap();
        assert_eq!(record.label().as_deref(), Some("É \"q\" &amp;"));
        assert_eq!(record.text("lastname"), "A &amp; B");
    }
}
