//! Identifiers of records.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The webservice id of a record: `12x345`.
///
/// The prefix names the module (it differs from one installation to another),
/// the number the record within it.
///
/// ```
/// use simplycrm_ws::RecordId;
///
/// let id: RecordId = "12x345".parse()?;
/// assert_eq!(id, RecordId::new(12, 345));
/// assert_eq!(id.to_string(), "12x345");
/// # Ok::<(), simplycrm_ws::ParseIdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId {
    /// Which module the record belongs to.
    pub prefix: u32,
    /// The record's number.
    pub number: u64,
}

impl RecordId {
    /// Joins a module's prefix and a record's number.
    #[must_use]
    pub const fn new(prefix: u32, number: u64) -> Self {
        Self { prefix, number }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.prefix, self.number)
    }
}

/// A text that is no record id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a record id looks like `12x345`")]
pub struct ParseIdError;

impl FromStr for RecordId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let (prefix, number) = text.split_once('x').ok_or(ParseIdError)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(prefix) || !digits(number) {
            return Err(ParseIdError);
        }
        Ok(Self {
            prefix: prefix.parse().map_err(|_| ParseIdError)?,
            number: number.parse().map_err(|_| ParseIdError)?,
        })
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
