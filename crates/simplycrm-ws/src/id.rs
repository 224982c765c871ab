//! Record ids.

use std::fmt;
use std::str::FromStr;

use api_core::{Error, ErrorKind, Json};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of a record: `12x345`, the module's prefix and the record's number.
///
/// The prefix names the module and differs per installation (recorded vtiger
/// 5.4.0 and 7.1.0 servers: 12 is Contacts; vendor documentation: 4): take it
/// from [`Describe::id_prefix`](crate::Describe::id_prefix), never from a
/// table. The number is unique over all modules with records of their own;
/// number 0 is the template of a new record in the mobile API.
///
/// Owners are ids too: `19x1` is a user, `20x2` a group.
///
/// ```
/// use simplycrm_ws::RecordId;
///
/// let id: RecordId = "12x345".parse()?;
/// assert_eq!((id.prefix, id.number), (12, 345));
/// assert_eq!(id.to_string(), "12x345");
/// assert!("7xArray".parse::<RecordId>().is_err());
/// # Ok::<(), simplycrm_ws::ParseIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// The module's prefix.
    pub prefix: u32,
    /// The record's number.
    pub number: u64,
}

impl RecordId {
    /// Builds an id from the module's prefix and the record's number.
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

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no record id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no record id such as `12x345`")]
pub struct ParseIdError(String);

impl From<ParseIdError> for Error {
    fn from(error: ParseIdError) -> Self {
        Self::new(ErrorKind::Decode, error.to_string()).source(error)
    }
}

impl FromStr for RecordId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let read = || {
            let (prefix, number) = text.split_once('x')?;
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(prefix) || !digits(number) {
                return None;
            }
            Some(Self::new(prefix.parse().ok()?, number.parse().ok()?))
        };
        read().ok_or_else(|| ParseIdError(api_core::redact::cap_chars(text, 64)))
    }
}

impl From<RecordId> for Json {
    fn from(id: RecordId) -> Self {
        Self::from(id.to_string())
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_two_numbers_around_a_small_x_are_an_id() {
        for text in [
            "",
            "x",
            "12x",
            "x345",
            "12",
            "12X345",
            "12x-1",
            "+12x1",
            "12x1 ",
            " 12x1",
            "12x1x2",
            "7xArray",
            "12x1.0",
            "٣x1",
            "4294967296x1",
            "1x18446744073709551616",
        ] {
            assert!(text.parse::<RecordId>().is_err(), "{text}");
        }
        assert_eq!("12x0".parse(), Ok(RecordId::new(12, 0)));
    }

    #[test]
    fn an_id_is_a_string_in_json() {
        let id = RecordId::new(19, 1);
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""19x1""#);
        assert_eq!(serde_json::from_str::<RecordId>(r#""19x1""#).unwrap(), id);
        assert!(serde_json::from_str::<RecordId>("19").is_err());
    }

    #[test]
    fn a_bad_id_is_named_but_not_at_length() {
        let error = "y".repeat(5000).parse::<RecordId>().unwrap_err();
        assert!(error.to_string().chars().count() < 120, "{error}");
    }

    proptest! {
        #[test]
        fn an_id_survives_its_own_text(prefix: u32, number: u64) {
            let id = RecordId::new(prefix, number);
            prop_assert_eq!(id.to_string().parse::<RecordId>().unwrap(), id);
        }

        #[test]
        fn no_text_makes_parsing_panic(text: String) {
            if let Ok(id) = text.parse::<RecordId>() {
                prop_assert!(id.to_string().len() <= text.len());
            }
        }
    }
}
