//! How much an entry matters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownWord;

/// How much an entry matters; the numbers are OpenTelemetry's severities.
///
/// ```
/// use audit_log::Level;
///
/// assert!(Level::Warning < Level::Error);
/// assert_eq!("warning".parse(), Ok(Level::Warning));
/// assert_eq!(Level::Warning.to_string(), "WARNING");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Level {
    /// For finding out how something came about.
    Debug = 5,
    /// The normal course of things.
    Info = 9,
    /// Somebody should look at it some time.
    Warning = 13,
    /// Something did not happen that should have.
    Error = 17,
}

impl Level {
    /// All levels, the least first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warning, Self::Error];

    /// The word: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }

    /// The severity number of OpenTelemetry: 5, 9, 13 or 17.
    #[must_use]
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The level of a number; `None` for a number that is none of the four.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = UnknownWord;

    /// Reads the word in any case; `warn` is `WARNING` too.
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        if text.eq_ignore_ascii_case("warn") {
            return Ok(Self::Warning);
        }
        Self::ALL
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownWord::new("level", text, Self::ALL.map(Self::as_str)))
    }
}
