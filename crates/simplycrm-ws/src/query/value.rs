//! What a field is compared with.

use api_core::{Date, Timestamp};
use rust_decimal::Decimal;

use crate::RecordId;

/// A value in a query; always sent as a quoted text.
///
/// Truth values are `'1'` and `'0'`, dates ISO, decimals with a point: what the
/// server compares right (recorded vtiger 5.4.0 server).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryValue {
    pub(super) text: String,
}

impl QueryValue {
    /// An instant as the server writes datetimes, in the server's zone.
    ///
    /// Fractions of a second are cut off.
    #[must_use]
    pub fn at(instant: Timestamp, zone: &jiff::tz::TimeZone) -> Self {
        Self {
            text: civil(instant, zone),
        }
    }

    /// Returns the value as the server will see it, without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// An instant as `YYYY-MM-DD HH:MM:SS` in a zone.
pub(crate) fn civil(instant: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let at = zone.to_datetime(instant.jiff());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

impl From<&str> for QueryValue {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
        }
    }
}

impl From<String> for QueryValue {
    fn from(text: String) -> Self {
        Self { text }
    }
}

impl From<&String> for QueryValue {
    fn from(text: &String) -> Self {
        Self { text: text.clone() }
    }
}

impl From<bool> for QueryValue {
    fn from(value: bool) -> Self {
        Self {
            text: if value { "1" } else { "0" }.to_owned(),
        }
    }
}

macro_rules! from_display {
    ($($type:ty),*) => {$(
        impl From<$type> for QueryValue {
            fn from(value: $type) -> Self {
                Self {
                    text: value.to_string(),
                }
            }
        }
    )*};
}

from_display!(i32, i64, u32, u64, Decimal, Date, RecordId, &RecordId);
