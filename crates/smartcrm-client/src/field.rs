//! Scalars as this API writes them: strings for everything, or not.

use std::collections::BTreeMap;

use api_core::money::parse_decimal;
use api_core::{Date, Timestamp};
use rust_decimal::Decimal;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::envelope::{flag_of, text_of};
use crate::exact::{self, RawMap};

/// A type that stands in a field of a record on the wire.
///
/// Reading is tolerant (null, a missing field and an empty string are all
/// "nothing"; `"1"` is true; `"12.50"` and `12.50` are the same decimal),
/// writing is not.
pub trait WireField: Sized {
    /// Reads a field; `None` where it holds nothing.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the value.
    fn read(raw: &RawValue) -> Result<Option<Self>, String>;

    /// Writes the field as this API expects it.
    fn write(&self) -> Value;
}

/// What a patch does to one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// Leaves it as it is: the field is not sent.
    #[default]
    Keep,
    /// Empties it: `null` is sent.
    Clear,
    /// Gives it a value.
    Set(T),
}

impl<T> From<T> for Change<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T> From<Option<T>> for Change<T> {
    /// `None` clears the field.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<T: WireField> Change<T> {
    pub(crate) fn put(&self, name: &str, into: &mut Map<String, Value>) {
        match self {
            Self::Keep => {}
            Self::Clear => {
                into.insert(name.to_owned(), Value::Null);
            }
            Self::Set(value) => {
                into.insert(name.to_owned(), value.write());
            }
        }
    }
}

/// Takes a field out of a record's members.
pub(crate) fn take<T: WireField>(
    members: &mut RawMap,
    name: &str,
) -> Result<Option<T>, (String, String)> {
    match members.remove(name) {
        Some(raw) if raw.get() == "null" => Ok(None),
        Some(raw) => T::read(&raw).map_err(|message| (name.to_owned(), message)),
        None => Ok(None),
    }
}

fn scalar(raw: &RawValue) -> Result<Option<String>, String> {
    match raw.get().as_bytes().first() {
        Some(b'{') => Err("expected a single value, found a map".to_owned()),
        Some(b'[') => Err("expected a single value, found a list".to_owned()),
        _ => Ok(text_of(raw).filter(|text| !text.trim().is_empty())),
    }
}

fn parsed<T>(
    raw: &RawValue,
    expected: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, String> {
    let Some(text) = scalar(raw)? else {
        return Ok(None);
    };
    match parse(text.trim()) {
        Some(value) => Ok(Some(value)),
        None => Err(format!("expected {expected}")),
    }
}

impl WireField for String {
    fn read(raw: &RawValue) -> Result<Option<Self>, String> {
        scalar(raw)
    }

    fn write(&self) -> Value {
        Value::String(self.clone())
    }
}

impl WireField for bool {
    fn read(raw: &RawValue) -> Result<Option<Self>, String> {
        match scalar(raw)? {
            None => Ok(None),
            Some(_) => flag_of(raw)
                .map(Some)
                .ok_or_else(|| "expected yes or no (1, 0, true or false)".to_owned()),
        }
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

impl WireField for i64 {
    fn read(raw: &RawValue) -> Result<Option<Self>, String> {
        parsed(raw, "a whole number", |text| text.parse().ok())
    }

    fn write(&self) -> Value {
        Value::from(*self)
    }
}

impl WireField for Decimal {
    fn read(raw: &RawValue) -> Result<Option<Self>, String> {
        match scalar(raw)? {
            Some(text) => parse_decimal(&text)
                .map(Some)
                .map_err(|error| error.to_string()),
            None => Ok(None),
        }
    }

    fn write(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl WireField for Timestamp {
    /// Reads RFC 3339, or a naive `YYYY-MM-DD HH:MM:SS` as UTC.
    fn read(raw: &RawValue) -> Result<Option<Self>, String> {
        match scalar(raw)? {
            Some(text) if text.starts_with("0000-00-00") => Ok(None),
            _ => parsed(raw, "an RFC 3339 time", |text| {
                text.parse()
                    .or_else(|_| format!("{}Z", text.replacen(' ', "T", 1)).parse())
                    .ok()
            }),
        }
    }

    fn write(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl WireField for Date {
    /// Reads `YYYY-MM-DD`, or the date of a date and time.
    fn read(raw: &RawValue) -> Result<Option<Self>, String> {
        match scalar(raw)? {
            Some(text) if text.starts_with("0000-00-00") => Ok(None),
            _ => parsed(raw, "a date YYYY-MM-DD", |text| {
                match text.as_bytes().get(10) {
                    Some(b' ' | b'T') => text.get(..10)?.parse().ok(),
                    _ => text.parse().ok(),
                }
            }),
        }
    }

    fn write(&self) -> Value {
        Value::String(self.to_string())
    }
}

impl<T: WireField> WireField for Vec<T> {
    fn read(raw: &RawValue) -> Result<Option<Self>, String> {
        if raw.get() == "\"\"" {
            return Ok(None);
        }
        let items: Vec<Box<RawValue>> =
            serde_json::from_str(raw.get()).map_err(|_| "expected a list".to_owned())?;
        let mut list = Self::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match T::read(item) {
                Ok(Some(value)) => list.push(value),
                Ok(None) => {}
                Err(message) => return Err(format!("[{index}]: {message}")),
            }
        }
        Ok(Some(list))
    }

    fn write(&self) -> Value {
        Value::Array(self.iter().map(WireField::write).collect())
    }
}

/// Custom fields by their slug, numbers exact.
pub type CustomFields = BTreeMap<String, Value>;

impl WireField for CustomFields {
    fn read(raw: &RawValue) -> Result<Option<Self>, String> {
        // PHP writes an empty map as an empty list.
        if matches!(raw.get(), "[]" | "\"\"") {
            return Ok(None);
        }
        match exact::value(raw)? {
            Value::Object(members) => Ok(Some(members.into_iter().collect())),
            _ => Err("expected a map".to_owned()),
        }
    }

    fn write(&self) -> Value {
        Value::Object(self.clone().into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: WireField>(text: &str) -> Result<Option<T>, String> {
        T::read(&RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn nothing_is_nothing_in_every_spelling() {
        assert_eq!(read::<String>(r#""""#), Ok(None));
        assert_eq!(read::<Decimal>(r#"" ""#), Ok(None));
        assert_eq!(read::<bool>("null"), Ok(None));
        assert_eq!(read::<Date>(r#""0000-00-00""#), Ok(None));
        assert_eq!(read::<Timestamp>(r#""0000-00-00 00:00:00""#), Ok(None));
        assert_eq!(read::<CustomFields>("[]"), Ok(None));
    }

    #[test]
    fn a_flag_is_read_in_every_spelling_and_nonsense_is_refused() {
        for text in ["true", "1", r#""1""#, r#""true""#, r#""on""#] {
            assert_eq!(read::<bool>(text), Ok(Some(true)), "{text}");
        }
        for text in ["false", "0", r#""0""#, r#""no""#] {
            assert_eq!(read::<bool>(text), Ok(Some(false)), "{text}");
        }
        assert!(read::<bool>(r#""perhaps""#).is_err());
        assert!(read::<bool>("{}").is_err());
    }

    #[test]
    fn money_keeps_every_digit_as_a_number_and_as_a_string() {
        let exact: Decimal = "12345678901234567.89".parse().unwrap();
        assert_eq!(read("12345678901234567.89"), Ok(Some(exact)));
        assert_eq!(read(r#""12345678901234567.89""#), Ok(Some(exact)));
        assert_eq!(exact.write(), "12345678901234567.89");
        assert_eq!(read::<Decimal>("1e3"), Ok(Some(Decimal::from(1000))));
        assert!(read::<Decimal>(r#""12,50""#).is_err());
        assert!(read::<Decimal>(r#""0.12345678901234567890123456789012""#).is_err());
    }

    #[test]
    fn times_are_read_with_and_without_a_zone() {
        let at: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        assert_eq!(read(r#""2026-03-01T11:00:00+01:00""#), Ok(Some(at)));
        assert_eq!(read(r#""2026-03-01 10:00:00""#), Ok(Some(at)));
        assert!(read::<Timestamp>(r#""yesterday""#).is_err());
        let day: Date = "2026-03-01".parse().unwrap();
        assert_eq!(read(r#""2026-03-01""#), Ok(Some(day)));
        assert_eq!(read(r#""2026-03-01 00:00:00""#), Ok(Some(day)));
        assert!(read::<Date>(r#""2026-02-30""#).is_err());
    }

    #[test]
    fn a_patch_tells_keeping_from_clearing() {
        let mut body = Map::new();
        Change::<String>::Keep.put("a", &mut body);
        Change::<String>::Clear.put("b", &mut body);
        Change::from("x".to_owned()).put("c", &mut body);
        assert_eq!(
            Value::Object(body),
            serde_json::json!({"b": null, "c": "x"})
        );
    }
}
