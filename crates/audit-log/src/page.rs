//! Where a page begins and how long it is.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::Error;

/// The most entries of a page.
pub const MAX_PAGE: usize = 1_000;

/// Where a page of entries ended, so that the next one goes on there.
///
/// An opaque text: print it, store it, give it back.
///
/// ```
/// use audit_log::Cursor;
///
/// assert!("not a cursor".parse::<Cursor>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(pub(crate) Key);

/// What entries are ordered by: time, then number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) ts: i64,
    pub(crate) id: i64,
}

impl Key {
    /// After every entry.
    pub(crate) const NEWEST: Self = Self {
        ts: i64::MAX,
        id: i64::MAX,
    };

    /// Before every entry of this time and later.
    pub(crate) fn before(ts: i64) -> Self {
        Self { ts, id: i64::MIN }
    }
}

const PREFIX: char = 'p';

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Key { ts, id } = self.0;
        write!(
            f,
            "{PREFIX}{:016x}{:016x}",
            ts.cast_unsigned(),
            id.cast_unsigned()
        )
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        read(text).ok_or_else(|| {
            let begin: String = text.chars().take(40).collect();
            Error::Invalid(format!(
                "`{begin}` is no place in the log; give the one that the page before ended with, \
                 or none to begin with the newest entry"
            ))
        })
    }
}

fn read(text: &str) -> Option<Cursor> {
    let digits = text.strip_prefix(PREFIX)?;
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    if digits.len() != 32 || !digits.bytes().all(plain) {
        return None;
    }
    let (ts, id) = digits.split_at_checked(16)?;
    let number = |hex| u64::from_str_radix(hex, 16).ok().map(u64::cast_signed);
    Some(Cursor(Key {
        ts: number(ts)?,
        id: number(id)?,
    }))
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Which page of the entries that fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// Where the page before ended; `None` for the newest entries.
    pub after: Option<Cursor>,
    /// The most entries to return, 1 to [`MAX_PAGE`].
    pub limit: usize,
    /// How many entries to look at where no index serves the filter: the page is short when they
    /// are used up, and the next one goes on.
    pub work: u64,
}

/// How many entries one page looks at, unless set.
const WORK: u64 = 50_000;

impl Default for Page {
    fn default() -> Self {
        Self::first(50)
    }
}

impl Page {
    /// The newest entries.
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self {
            after: None,
            limit,
            work: WORK,
        }
    }

    /// The entries after those of another page.
    #[must_use]
    pub fn after(cursor: Cursor, limit: usize) -> Self {
        Self {
            after: Some(cursor),
            ..Self::first(limit)
        }
    }

    /// Sets how many entries to look at, at least 1.
    #[must_use]
    pub fn work(mut self, work: u64) -> Self {
        self.work = work.max(1);
        self
    }

    pub(crate) fn start(&self) -> Key {
        self.after.map_or(Key::NEWEST, |cursor| cursor.0)
    }
}

/// Refuses a page of no entries or of too many.
pub(crate) fn check_limit(limit: usize) -> Result<(), Error> {
    if (1..=MAX_PAGE).contains(&limit) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "a page holds 1 to {MAX_PAGE} entries, not {limit}"
    )))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back(ts: i64, id: i64) {
            let cursor = Cursor(Key { ts, id });
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_refused(text in ".*") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }
    }

    #[test]
    fn a_cursor_that_was_cut_or_made_up_is_refused_with_a_sentence() {
        let whole = Cursor(Key { ts: 1, id: 2 }).to_string();
        for text in [
            "",
            "p",
            &whole[1..],
            &whole[..20],
            "pé0000000000000000000000000000000",
            "12",
        ] {
            let error = text.parse::<Cursor>().unwrap_err().to_string();
            assert!(error.contains("no place in the log"), "{error}");
        }
        assert!(whole.to_uppercase().parse::<Cursor>().is_err());
    }
}
