//! Values with their types.

use api_core::{Date, Json, Timestamp};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::TimeOfDay;
use crate::id::RecordId;
use crate::picklist;

/// A field's value with its type, as read and as set.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FieldValue {
    /// Nothing: sent as `""`, which blanks the field.
    Empty,
    /// Text, also picklist values, e-mail addresses, phone numbers and links.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number or an amount: sent with a decimal point.
    Decimal(Decimal),
    /// A checkbox: sent as `"1"` and `"0"`.
    Boolean(bool),
    /// A date: sent as `YYYY-MM-DD`, whatever the user's own format.
    Date(Date),
    /// A time of day: sent as `HH:MM:SS`.
    Time(TimeOfDay),
    /// An instant: sent as `YYYY-MM-DD HH:MM:SS` in the server's zone.
    Timestamp(Timestamp),
    /// A reference or an owner: sent as `12x345`.
    Reference(RecordId),
    /// Values of a multi-select picklist: sent joined by ` |##| `.
    Choices(Vec<String>),
    /// JSON of any other shape, such as the lines of an invoice.
    Json(Json),
}

impl FieldValue {
    /// Tells whether the value blanks a field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.is_empty(),
            Self::Choices(values) => values.is_empty(),
            Self::Json(json) => json.is_null() || json.as_str() == Some(""),
            _ => false,
        }
    }

    /// Returns what goes over the wire, with instants in the server's zone.
    #[must_use]
    pub fn encode(&self, zone: &TimeZone) -> Json {
        let text = match self {
            Self::Json(json) => return json.clone(),
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
            Self::Boolean(true) => "1".to_owned(),
            Self::Boolean(false) => "0".to_owned(),
            Self::Date(date) => date.to_string(),
            Self::Time(time) => time.to_string(),
            Self::Timestamp(at) => zone
                .to_datetime(at.jiff())
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string(),
            Self::Reference(id) => id.to_string(),
            Self::Choices(values) => picklist::join(values),
        };
        Json::Text(text)
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for FieldValue {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from! {
    &str => Text,
    String => Text,
    &String => Text,
    i64 => Integer,
    i32 => Integer,
    u32 => Integer,
    Decimal => Decimal,
    bool => Boolean,
    Date => Date,
    TimeOfDay => Time,
    Timestamp => Timestamp,
    RecordId => Reference,
    Vec<String> => Choices,
    Json => Json,
}

impl From<&RecordId> for FieldValue {
    fn from(id: &RecordId) -> Self {
        Self::Reference(*id)
    }
}

impl<T: Into<FieldValue>> From<Option<T>> for FieldValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(value: impl Into<FieldValue>) -> String {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        value.into().encode(&zone).to_string()
    }

    #[test]
    fn each_type_goes_out_in_the_one_form_every_server_reads() {
        assert_eq!(sent("O'Brien <b>"), r#""O'Brien <b>""#);
        assert_eq!(sent(-7), r#""-7""#);
        assert_eq!(sent("1234.50".parse::<Decimal>().unwrap()), r#""1234.50""#);
        assert_eq!(sent(true), r#""1""#);
        assert_eq!(sent(false), r#""0""#);
        assert_eq!(sent(Date::new(2026, 12, 31)), r#""2026-12-31""#);
        assert_eq!(sent(TimeOfDay::new(14, 44, 0)), r#""14:44:00""#);
        let at: Timestamp = "2026-07-01T10:00:00.9Z".parse().unwrap();
        assert_eq!(sent(at), r#""2026-07-01 12:00:00""#);
        assert_eq!(sent(RecordId::new(11, 3)), r#""11x3""#);
        assert_eq!(
            sent(vec!["Golf".to_owned(), "A & B".to_owned()]),
            r#""Golf |##| A & B""#
        );
        assert_eq!(sent(None::<Date>), r#""""#);
        assert_eq!(
            sent(Json::parse(r#"[{"quantity":1.0}]"#).unwrap()),
            r#"[{"quantity":1.0}]"#
        );
    }

    #[test]
    fn a_large_or_tiny_number_has_no_exponent() {
        assert_eq!(sent(Decimal::MAX), r#""79228162514264337593543950335""#);
        assert_eq!(
            sent(Decimal::new(1, 28)),
            r#""0.0000000000000000000000000001""#
        );
    }
}
