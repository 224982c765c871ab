//! How it went.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::UnknownWord;

/// How what an entry tells of went; the roll-ups count by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// A record was written.
    Succeeded = 1,
    /// A record was not written and should have been.
    Failed = 2,
    /// A record was the same on both sides.
    Unchanged = 3,
    /// A record was left out on purpose.
    Skipped = 4,
    /// A run ended and everything went well.
    RunSucceeded = 5,
    /// A run ended and some records failed.
    RunPartial = 6,
    /// A run failed.
    RunFailed = 7,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 7] = [
        Self::Succeeded,
        Self::Failed,
        Self::Unchanged,
        Self::Skipped,
        Self::RunSucceeded,
        Self::RunPartial,
        Self::RunFailed,
    ];

    /// The word, such as `succeeded` or `run_partial`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::RunSucceeded => "run_succeeded",
            Self::RunPartial => "run_partial",
            Self::RunFailed => "run_failed",
        }
    }

    /// The number that is stored, 1 to 7.
    #[must_use]
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The outcome of a number; `None` for any other.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.number() == number)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Outcome {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownWord::new("outcome", text, Self::ALL.map(Self::as_str)))
    }
}
