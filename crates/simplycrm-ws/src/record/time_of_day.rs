//! Times of day.

use std::fmt;
use std::str::FromStr;

use super::convert::ValueError;

/// A time of day without a zone, to the second.
///
/// Servers keep some times as they were given (`14:44`, `2:30 pm`) and others
/// as `HH:MM:SS` (recorded vtiger 5.4.0 server); all of these are read, and
/// `HH:MM:SS` is what is sent.
///
/// ```
/// use simplycrm_ws::TimeOfDay;
///
/// let half_past: TimeOfDay = "2:30 pm".parse()?;
/// assert_eq!(half_past.to_string(), "14:30:00");
/// assert_eq!(Some(half_past), TimeOfDay::new(14, 30, 0));
/// # Ok::<(), simplycrm_ws::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
    second: u8,
}

impl TimeOfDay {
    /// Builds a time; `None` past 23:59:59.
    #[must_use]
    pub const fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        if hour < 24 && minute < 60 && second < 60 {
            Some(Self {
                hour,
                minute,
                second,
            })
        } else {
            None
        }
    }

    /// Returns the hour, 0 to 23.
    #[must_use]
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// Returns the minute, 0 to 59.
    #[must_use]
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// Returns the second, 0 to 59.
    #[must_use]
    pub const fn second(self) -> u8 {
        self.second
    }

    fn read(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let (clock, afternoon) = if let Some(clock) = lower.strip_suffix("pm") {
            (clock.trim_end(), Some(true))
        } else if let Some(clock) = lower.strip_suffix("am") {
            (clock.trim_end(), Some(false))
        } else {
            (lower.as_str(), None)
        };
        let mut parts = clock.split(':').map(|part| {
            let digits = !part.is_empty() && part.len() <= 2;
            (digits && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<u8>().ok())
                .flatten()
        });
        let hour = parts.next()??;
        let minute = parts.next()??;
        let second = match parts.next() {
            Some(second) => second?,
            None => 0,
        };
        if parts.next().is_some() {
            return None;
        }
        let hour = match afternoon {
            None => hour,
            Some(_) if hour == 0 || hour > 12 => return None,
            Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
        };
        Self::new(hour, minute, second)
    }
}

impl FromStr for TimeOfDay {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::read(text).ok_or_else(|| ValueError::new("", text, "a time `HH:MM:SS`"))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_each_form_a_server_keeps() {
        let read = |text: &str| text.parse::<TimeOfDay>().unwrap().to_string();
        assert_eq!(read("14:44"), "14:44:00");
        assert_eq!(read("9:05:07"), "09:05:07");
        assert_eq!(read("2:30 pm"), "14:30:00");
        assert_eq!(read("12:00AM"), "00:00:00");
        assert_eq!(read("12:15 PM"), "12:15:00");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "14",
            "24:00",
            "12:60",
            "0:30 pm",
            "13:00 am",
            "12:00:00:00",
            "ab:cd",
            "+1:00",
            "001:00",
            "pm",
            ":",
            "12:",
        ] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
    }
}
