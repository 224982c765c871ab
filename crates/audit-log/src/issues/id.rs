//! How an issue is named.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::Error;

/// The number of an issue, shown as 16 hexadecimal digits.
///
/// ```
/// use audit_log::IssueId;
///
/// let issue: IssueId = "00000000000000ff".parse()?;
/// assert_eq!(issue, IssueId(255));
/// assert_eq!(issue.to_string(), "00000000000000ff");
/// # Ok::<(), audit_log::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueId(pub i64);

impl fmt::Display for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for IssueId {
    type Err = Error;

    /// Reads all 16 digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        match IssueRef::from_str(text)? {
            IssueRef { first, last } if first == last => Ok(Self(first)),
            _ => Err(wrong(text)),
        }
    }
}

impl Serialize for IssueId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An issue as a person names it: the beginning of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueRef {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl From<IssueId> for IssueRef {
    fn from(id: IssueId) -> Self {
        Self {
            first: id.0,
            last: id.0,
        }
    }
}

impl FromStr for IssueRef {
    type Err = Error;

    /// Reads 1 to 16 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        let digits = text.trim();
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !plain || !(1..=16).contains(&digits.len()) {
            return Err(wrong(text));
        }
        let end = |fill: &str| {
            let missing = fill.repeat(16 - digits.len());
            u64::from_str_radix(&format!("{digits}{missing}"), 16)
                .map(u64::cast_signed)
                .map_err(|_| wrong(text))
        };
        Ok(Self {
            first: end("0")?,
            last: end("f")?,
        })
    }
}

fn wrong(text: &str) -> Error {
    let begin: String = text.chars().take(40).collect();
    Error::Invalid(format!(
        "`{begin}` is no issue; an issue is named by the hexadecimal digits of its number"
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_beginning_of_an_issue_spans_it(number: i64, length in 1_usize..=16) {
            let id = IssueId(number);
            let text = id.to_string();
            prop_assert_eq!(text.parse(), Ok(id));
            let begin: IssueRef = text[..length].parse().unwrap();
            prop_assert!((begin.first..=begin.last).contains(&number));
        }
    }

    #[test]
    fn what_names_no_issue_is_refused() {
        for text in ["", "xyz", "00000000000000000", "+1", "é"] {
            assert!(text.parse::<IssueRef>().is_err(), "{text}");
        }
        assert!("12".parse::<IssueId>().is_err());
    }
}
