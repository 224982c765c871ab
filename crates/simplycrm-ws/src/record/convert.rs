//! From a value on the wire to a type.

use std::borrow::Cow;

use api_core::money::parse_decimal;
use api_core::{Date, Error, ErrorKind, Json, Timestamp, redact};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::{TimeOfDay, kind_of};
use crate::id::RecordId;

/// A field's value that is not what its type says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}`{value}` is not {expected}", named(field))]
pub struct ValueError {
    field: String,
    value: String,
    expected: &'static str,
}

fn named(field: &str) -> String {
    if field.is_empty() {
        String::new()
    } else {
        format!("field `{field}`: ")
    }
}

impl ValueError {
    pub(crate) fn new(field: &str, value: &str, expected: &'static str) -> Self {
        let value = if super::is_secret_column(field) {
            redact::REDACTED.to_owned()
        } else {
            redact::cap_chars(value, 64)
        };
        Self {
            field: field.to_owned(),
            value,
            expected,
        }
    }

    fn of(field: &str, json: &Json, expected: &'static str) -> Self {
        match json {
            Json::List(_) | Json::Map(_) => Self::new(field, kind_of(json), expected),
            other => Self::new(field, &text(other), expected),
        }
    }

    /// Returns the field's name; empty where it has none.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl From<ValueError> for Error {
    fn from(error: ValueError) -> Self {
        Self::new(ErrorKind::Decode, error.to_string()).source(error)
    }
}

/// A value as text; `""` for null, lists and objects.
pub(crate) fn text(json: &Json) -> Cow<'_, str> {
    match json {
        Json::Text(text) => Cow::Borrowed(text),
        Json::Number(number) => Cow::Borrowed(number.as_str()),
        Json::Bool(true) => Cow::Borrowed("1"),
        Json::Bool(false) => Cow::Borrowed("0"),
        Json::Null | Json::List(_) | Json::Map(_) => Cow::Borrowed(""),
    }
}

/// The value, unless it stands for none.
fn given(json: Option<&Json>) -> Option<&Json> {
    json.filter(|json| match json {
        Json::Null => false,
        Json::Text(text) => !text.trim().is_empty(),
        Json::List(list) => !list.is_empty(),
        _ => true,
    })
}

pub(crate) fn decimal(field: &str, json: Option<&Json>) -> Result<Option<Decimal>, ValueError> {
    let Some(json) = given(json) else {
        return Ok(None);
    };
    let read = match json {
        Json::Text(text) => parse_decimal(text.trim()).ok(),
        Json::Number(number) => number.to_decimal(),
        _ => None,
    };
    read.map(Some)
        .ok_or_else(|| ValueError::of(field, json, "a number"))
}

pub(crate) fn integer(field: &str, json: Option<&Json>) -> Result<Option<i64>, ValueError> {
    let Some(value) = decimal(field, json)? else {
        return Ok(None);
    };
    value
        .is_integer()
        .then(|| i64::try_from(value).ok())
        .flatten()
        .map(Some)
        .ok_or_else(|| ValueError::new(field, &value.to_string(), "a whole number"))
}

pub(crate) fn boolean(field: &str, json: Option<&Json>) -> Result<Option<bool>, ValueError> {
    let Some(json) = given(json) else {
        return Ok(None);
    };
    match json {
        Json::Bool(value) => Ok(Some(*value)),
        Json::Text(_) | Json::Number(_) => match text(json).trim().to_ascii_lowercase().as_str() {
            "1" | "on" | "true" | "yes" => Ok(Some(true)),
            "0" | "off" | "false" | "no" => Ok(Some(false)),
            _ => Err(ValueError::of(field, json, "a boolean")),
        },
        _ => Err(ValueError::of(field, json, "a boolean")),
    }
}

pub(crate) fn date(field: &str, json: Option<&Json>) -> Result<Option<Date>, ValueError> {
    let Some(json) = given(json) else {
        return Ok(None);
    };
    let text = text(json);
    // Some date fields carry a time of day; the date is what they mean.
    let day = text.trim().split([' ', 'T']).next().unwrap_or_default();
    if day == "0000-00-00" {
        return Ok(None);
    }
    day.parse()
        .map(Some)
        .map_err(|_| ValueError::of(field, json, "a date `YYYY-MM-DD`"))
}

pub(crate) fn time_of_day(
    field: &str,
    json: Option<&Json>,
) -> Result<Option<TimeOfDay>, ValueError> {
    let Some(json) = given(json) else {
        return Ok(None);
    };
    text(json)
        .parse()
        .map(Some)
        .map_err(|_| ValueError::of(field, json, "a time `HH:MM:SS`"))
}

pub(crate) fn timestamp(
    field: &str,
    json: Option<&Json>,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, ValueError> {
    let Some(json) = given(json) else {
        return Ok(None);
    };
    let text = text(json);
    let text = text.trim();
    if text.starts_with("0000-00-00") {
        return Ok(None);
    }
    Timestamp::from_civil(text, zone)
        .map(Some)
        .map_err(|_| ValueError::of(field, json, "a time `YYYY-MM-DD HH:MM:SS`"))
}

pub(crate) fn reference(field: &str, json: Option<&Json>) -> Result<Option<RecordId>, ValueError> {
    let Some(json) = given(json) else {
        return Ok(None);
    };
    // The mobile API gives references as `{value, label}`.
    let id = json.get("value").unwrap_or(json);
    if given(Some(id)).is_none() || id.as_str() == Some("0") {
        return Ok(None);
    }
    id.as_str()
        .and_then(|id| id.trim().parse().ok())
        .map(Some)
        .ok_or_else(|| ValueError::of(field, json, "a record id such as `12x345`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn numbers_read_alike_from_texts_and_numbers() {
        for text in [r#""10.50000000""#, "10.5", r#"" 10.50 ""#] {
            let read = decimal("x", Some(&json(text))).unwrap();
            assert_eq!(read, Some("10.5".parse().unwrap()), "{text}");
        }
        for text in [r#""""#, "null", "[]"] {
            assert_eq!(decimal("x", Some(&json(text))), Ok(None), "{text}");
        }
        assert_eq!(decimal("x", None), Ok(None));
        for text in [r#""1,5""#, r#""abc""#, "true", "{}", "[1]"] {
            assert!(decimal("x", Some(&json(text))).is_err(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_may_have_zeros_behind_the_point_but_nothing_else() {
        assert_eq!(integer("x", Some(&json(r#""7.000""#))), Ok(Some(7)));
        assert_eq!(integer("x", Some(&json("-3"))), Ok(Some(-3)));
        assert!(integer("x", Some(&json(r#""7.5""#))).is_err());
        assert!(integer("x", Some(&json("9223372036854775808"))).is_err());
    }

    #[test]
    fn booleans_fold_all_their_forms() {
        for text in [r#""1""#, "1", "true", r#""on""#] {
            assert_eq!(boolean("x", Some(&json(text))), Ok(Some(true)), "{text}");
        }
        for text in [r#""0""#, "0", "false", r#""off""#] {
            assert_eq!(boolean("x", Some(&json(text))), Ok(Some(false)), "{text}");
        }
        assert_eq!(boolean("x", Some(&json(r#""""#))), Ok(None));
        assert!(boolean("x", Some(&json(r#""2""#))).is_err());
    }

    #[test]
    fn the_zero_date_is_no_date() {
        let day = date("x", Some(&json(r#""2026-12-31""#))).unwrap();
        assert_eq!(day, Date::new(2026, 12, 31));
        assert_eq!(date("x", Some(&json(r#""0000-00-00""#))), Ok(None));
        let zero = json(r#""0000-00-00 00:00:00""#);
        assert_eq!(timestamp("x", Some(&zero), &TimeZone::UTC), Ok(None));
        assert!(date("x", Some(&json(r#""31-12-2026""#))).is_err());
    }

    #[test]
    fn a_time_is_read_in_the_zone_of_the_server() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let at = timestamp("x", Some(&json(r#""2026-07-01 12:00:00""#)), &zone).unwrap();
        assert_eq!(at.unwrap().to_string(), "2026-07-01T10:00:00Z");
    }

    #[test]
    fn references_are_read_from_ids_and_from_pairs() {
        let id = Some(RecordId::new(11, 3));
        assert_eq!(reference("x", Some(&json(r#""11x3""#))), Ok(id));
        let pair = json(r#"{"value":"11x3","label":"Acme"}"#);
        assert_eq!(reference("x", Some(&pair)), Ok(id));
        let none = json(r#"{"value":null,"label":null}"#);
        assert_eq!(reference("x", Some(&none)), Ok(None));
        assert!(reference("x", Some(&json(r#""Acme""#))).is_err());
    }

    #[test]
    fn a_bad_secret_is_not_repeated() {
        let error = decimal("accesskey", Some(&json(r#""s3cr3t""#))).unwrap_err();
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
}
