//! Instants, dates and the clock that everything that waits is given.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// A text that is not the date or time it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{input}` is not {expected}: {reason}")]
pub struct ParseTimeError {
    input: String,
    expected: &'static str,
    reason: String,
}

impl ParseTimeError {
    fn new(input: &str, expected: &'static str, reason: impl fmt::Display) -> Self {
        Self {
            input: input.chars().take(64).collect(),
            expected,
            reason: reason.to_string(),
        }
    }
}

impl From<ParseTimeError> for Error {
    fn from(error: ParseTimeError) -> Self {
        Self::new(ErrorKind::Decode, error.to_string()).source(error)
    }
}

/// An instant in UTC with microsecond precision.
///
/// Prints and reads as RFC 3339 with a `Z`; stores as integer microseconds
/// since 1970.
///
/// ```
/// use api_core::Timestamp;
///
/// let at: Timestamp = "2026-03-01T12:00:00.25+01:00".parse()?;
/// assert_eq!(at.to_string(), "2026-03-01T11:00:00.25Z");
/// assert_eq!(Timestamp::from_micros(at.as_micros()), at);
/// # Ok::<(), api_core::ParseTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// Builds an instant from microseconds since 1970, saturating at the
    /// first and last representable instants (years -9999 and 9999).
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        let last = jiff::Timestamp::MAX;
        let edge = if micros < 0 {
            jiff::Timestamp::MIN
        } else {
            // Whole microseconds only, so that ordering and storage agree.
            jiff::Timestamp::new(last.as_second(), 999_999_000).unwrap_or(last)
        };
        Self(jiff::Timestamp::from_microsecond(micros).unwrap_or(edge))
    }

    /// Builds an instant from seconds since 1970, saturating.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Returns the microseconds since 1970.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Reads the system clock.
    #[must_use]
    pub fn now() -> Self {
        Self::from_micros(jiff::Timestamp::now().as_microsecond())
    }

    /// Adds a duration; `None` past the last representable instant.
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let micros = i64::try_from(duration.as_micros()).ok()?;
        let sum = self.as_micros().checked_add(micros)?;
        jiff::Timestamp::from_microsecond(sum).ok().map(Self)
    }

    /// Adds a duration, stopping at the last representable instant.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.as_micros().saturating_add(micros))
    }

    /// Subtracts a duration, stopping at the first representable instant.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.as_micros().saturating_sub(micros))
    }

    /// Returns the time since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub fn duration_since(self, earlier: Self) -> Duration {
        let micros = self.as_micros().saturating_sub(earlier.as_micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Reads a naive local time such as `2026-03-01 12:00:00.5` in a zone.
    ///
    /// Around a change of daylight-saving time the reading is "compatible"
    /// (RFC 5545): a time inside the gap is shifted forward by the gap's
    /// length, a time that occurs twice means the first of the two. So the
    /// second of the two repeated hours cannot be told apart, and a source
    /// that stores naive times needs an overlap of at least one hour there.
    ///
    /// # Errors
    /// When the text is no date and time (also MySQL's `0000-00-00 00:00:00`)
    /// or carries an offset of its own.
    pub fn from_civil(text: &str, zone: &jiff::tz::TimeZone) -> Result<Self, ParseTimeError> {
        const EXPECTED: &str = "a local time `YYYY-MM-DD HH:MM:SS`";
        let trimmed = text.trim();
        let plain = trimmed
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b':' | b'.' | b' ' | b'T'));
        if !plain || trimmed.len() < 19 {
            return Err(ParseTimeError::new(text, EXPECTED, "unexpected form"));
        }
        let civil: jiff::civil::DateTime = trimmed
            .parse()
            .map_err(|error| ParseTimeError::new(text, EXPECTED, error))?;
        zone.to_timestamp(civil)
            .map(|at| Self::from_micros(at.as_microsecond()))
            .map_err(|error| ParseTimeError::new(text, EXPECTED, error))
    }

    /// Returns the instant as jiff's type.
    #[must_use]
    pub fn jiff(self) -> jiff::Timestamp {
        self.0
    }

    /// Returns the calendar date of the instant in a zone.
    #[must_use]
    pub fn date_in(self, zone: &jiff::tz::TimeZone) -> Date {
        Date(zone.to_datetime(self.0).date())
    }
}

impl From<jiff::Timestamp> for Timestamp {
    /// Truncates to whole microseconds.
    fn from(at: jiff::Timestamp) -> Self {
        Self::from_micros(at.as_microsecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        text.parse::<jiff::Timestamp>()
            .map(Self::from)
            .map_err(|error| ParseTimeError::new(text, "an RFC 3339 time", error))
    }
}

/// A calendar date without time or zone.
///
/// ```
/// use api_core::Date;
///
/// let due: Date = "2026-02-28".parse()?;
/// assert_eq!(Some(due), Date::new(2026, 2, 28));
/// assert_eq!(Date::new(2026, 2, 30), None);
/// # Ok::<(), api_core::ParseTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Builds a date; `None` when the calendar has no such day.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        jiff::civil::Date::new(year, month, day).ok().map(Self)
    }

    /// Returns the date as jiff's type.
    #[must_use]
    pub fn jiff(self) -> jiff::civil::Date {
        self.0
    }

    /// Returns the year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Returns the month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Returns the day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// Returns the instant at which the day begins in a zone.
    ///
    /// # Errors
    /// At the edges of the representable range.
    pub fn start_in(self, zone: &jiff::tz::TimeZone) -> Result<Timestamp, ParseTimeError> {
        zone.to_timestamp(self.0.at(0, 0, 0, 0))
            .map(Timestamp::from)
            .map_err(|error| ParseTimeError::new(&self.to_string(), "a usable day", error))
    }
}

impl From<jiff::civil::Date> for Date {
    fn from(date: jiff::civil::Date) -> Self {
        Self(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Date {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        const EXPECTED: &str = "a date `YYYY-MM-DD`";
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(ParseTimeError::new(text, EXPECTED, "unexpected form"));
        }
        text.parse()
            .map(Self)
            .map_err(|error| ParseTimeError::new(text, EXPECTED, error))
    }
}

macro_rules! serde_as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}

serde_as_text!(Timestamp);
serde_as_text!(Date);

#[cfg(test)]
mod tests {
    use super::*;

    fn amsterdam() -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get("Europe/Amsterdam").unwrap()
    }

    #[test]
    fn micros_saturate_at_both_ends() {
        assert!(Timestamp::from_micros(i64::MAX) > Timestamp::from_micros(0));
        assert!(Timestamp::from_micros(i64::MIN) < Timestamp::from_micros(0));
        let last = Timestamp::from_micros(i64::MAX);
        assert_eq!(last.saturating_add(Duration::MAX), last);
        assert_eq!(last.checked_add(Duration::from_secs(1)), None);
        let first = Timestamp::from_micros(i64::MIN);
        assert_eq!(first.saturating_sub(Duration::MAX), first);
    }

    #[test]
    fn a_time_reads_and_prints_as_rfc_3339() {
        let at: Timestamp = "2026-01-02T03:04:05.123456789+02:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-01-02T01:04:05.123456Z");
        let json = serde_json::to_string(&at).unwrap();
        assert_eq!(json, "\"2026-01-02T01:04:05.123456Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), at);
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_negative_span_counts_as_zero() {
        let a = Timestamp::from_seconds(10);
        let b = Timestamp::from_seconds(12);
        assert_eq!(b.duration_since(a), Duration::from_secs(2));
        assert_eq!(a.duration_since(b), Duration::ZERO);
    }

    #[test]
    fn naive_local_times_follow_the_zone_in_summer_and_winter() {
        let read = |text| {
            Timestamp::from_civil(text, &amsterdam())
                .unwrap()
                .to_string()
        };
        assert_eq!(read("2026-01-15 12:00:00"), "2026-01-15T11:00:00Z");
        assert_eq!(read("2026-07-15T12:00:00.5"), "2026-07-15T10:00:00.5Z");
    }

    #[test]
    fn a_time_in_the_gap_moves_forward_and_a_double_time_is_the_first() {
        let read = |text| {
            Timestamp::from_civil(text, &amsterdam())
                .unwrap()
                .to_string()
        };
        assert_eq!(read("2026-03-29 02:30:00"), "2026-03-29T01:30:00Z");
        assert_eq!(read("2026-10-25 02:30:00"), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn what_is_no_local_time_is_refused() {
        for text in [
            "0000-00-00 00:00:00",
            "2026-01-15",
            "2026-01-15 12:00:00Z",
            "2026-01-15 12:00:00+01:00",
            "",
            "2026-02-30 12:00:00",
        ] {
            assert!(Timestamp::from_civil(text, &amsterdam()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_date_takes_one_form_only() {
        assert_eq!("2026-02-28".parse(), Ok(Date::new(2026, 2, 28).unwrap()));
        for text in [
            "2026-2-28",
            "20260228",
            "2026-02-30",
            "0000-00-00",
            "2026-02-28T00",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        let day = Date::new(2026, 7, 1).unwrap();
        assert_eq!(
            day.start_in(&amsterdam()).unwrap().to_string(),
            "2026-06-30T22:00:00Z"
        );
        assert_eq!(
            day.start_in(&amsterdam()).unwrap().date_in(&amsterdam()),
            day
        );
    }
}
