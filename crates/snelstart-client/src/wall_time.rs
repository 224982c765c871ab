//! Dates and times without a zone, as the server writes them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use api_core::{Date, Timestamp};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A date and time on the server's wall clock.
///
/// The API names no zone anywhere; which one `modifiedOn` stands in is unknown.
///
/// ```
/// use snelstart_client::WallTime;
///
/// let at: WallTime = "2026-08-16T09:30:00.25".parse()?;
/// assert_eq!(at.to_string(), "2026-08-16T09:30:00.25");
/// let day: WallTime = "2026-08-16".parse()?;
/// assert_eq!(day.to_string(), "2026-08-16T00:00:00");
/// # Ok::<(), snelstart_client::ParseWallTimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(DateTime);

/// A text that is no date and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseWallTimeError(String);

impl fmt::Display for ParseWallTimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no date and time", self.0)
    }
}

impl std::error::Error for ParseWallTimeError {}

impl WallTime {
    /// Returns the calendar day.
    #[must_use]
    pub fn date(self) -> Date {
        Date::from(self.0.date())
    }

    /// Returns the instant that a clock in this zone shows so.
    ///
    /// In the hour that summer time skips or repeats, the earlier offset counts.
    #[must_use]
    pub fn in_zone(self, zone: &TimeZone) -> Option<Timestamp> {
        let at = zone.to_ambiguous_timestamp(self.0).compatible().ok()?;
        Some(Timestamp::from(at))
    }

    /// Returns what a clock in this zone shows at an instant.
    #[must_use]
    pub fn from_timestamp(at: Timestamp, zone: &TimeZone) -> Self {
        Self(zone.to_datetime(at.jiff()))
    }

    /// Goes back by a duration; no further than the first day of the year 1.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let first = DateTime::constant(1, 1, 1, 0, 0, 0, 0);
        Self(self.0.saturating_sub(duration).max(first))
    }

    /// Goes on by a duration; no further than the year 9999.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }

    /// Returns the underlying value.
    #[must_use]
    pub fn jiff(self) -> DateTime {
        self.0
    }
}

impl From<Date> for WallTime {
    /// The first moment of the day.
    fn from(date: Date) -> Self {
        Self(date.jiff().to_datetime(jiff::civil::Time::midnight()))
    }
}

impl From<DateTime> for WallTime {
    fn from(at: DateTime) -> Self {
        Self(at)
    }
}

impl FromStr for WallTime {
    type Err = ParseWallTimeError;

    /// Reads `2026-08-16T09:30:00.25`, with a blank instead of the `T`, or a
    /// bare date; of a zone behind it only the wall clock counts.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParseWallTimeError(text.chars().take(64).collect());
        let plain = text.trim();
        if plain.len() > 40 || !plain.is_ascii() {
            return Err(fail());
        }
        // A zone stands behind the time, never within the date.
        let end = plain
            .char_indices()
            .skip(11)
            .find(|(_, c)| matches!(c, 'Z' | 'z' | '+' | '-'))
            .map_or(plain.len(), |(at, _)| at);
        let civil = plain.get(..end).ok_or_else(fail)?;
        civil.parse::<DateTime>().map(Self).map_err(|_| fail())
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_every_spelling_clients_met() {
        for text in [
            "2026-08-16T09:30:00",
            "2026-08-16 09:30:00",
            "2026-08-16T09:30:00.000",
            "2026-08-16T09:30:00Z",
            "2026-08-16T09:30:00+02:00",
        ] {
            let at: WallTime = text.parse().unwrap();
            assert_eq!(at.to_string(), "2026-08-16T09:30:00", "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026-02-30",
            "16-08-2026",
            "2026-08-16T25:00:00",
        ] {
            assert!(text.parse::<WallTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_sentinels_of_the_vat_tariffs_are_times_like_any_other() {
        for text in [
            "1900-01-01T00:00:00",
            "2400-12-31T00:00:00",
            "0001-01-01T00:00:00",
        ] {
            assert_eq!(text.parse::<WallTime>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn going_back_from_the_first_day_stays_there() {
        let first: WallTime = "0001-01-01T00:00:00".parse().unwrap();
        assert_eq!(first.saturating_sub(Duration::from_secs(60)), first);
    }

    #[test]
    fn a_zone_makes_an_instant_of_it_and_back() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let at: WallTime = "2026-08-16T09:30:00".parse().unwrap();
        let instant = at.in_zone(&zone).unwrap();
        assert_eq!(instant.to_string(), "2026-08-16T07:30:00Z");
        assert_eq!(WallTime::from_timestamp(instant, &zone), at);
    }
}
