//! Where a stream of changes begins or goes on.

use std::fmt;
use std::str::FromStr;

use api_core::{Error, ErrorKind, Timestamp};
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::seen::{MOST_KEPT, Seen};
use crate::RecordId;
use crate::sync::SyncToken;

/// The longest text that is read as a token.
const LONGEST: usize = 2048;

/// A place in the changes of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// An instant that somebody named.
    Start(Timestamp),
    /// A second that `sync` reached, and the newest `modifiedtime` seen by
    /// then, as the server writes it.
    Sync {
        second: SyncToken,
        text: Option<String>,
    },
    /// A `modifiedtime` that a query reached, and within it an id.
    Query { text: String, id: Option<RecordId> },
}

/// Where a stream of changes goes on; store its text, it is opaque.
///
/// ```
/// use simplycrm_ws::{ChangeToken, Timestamp};
///
/// let since = ChangeToken::from(Timestamp::from_seconds(1_767_225_600));
/// let stored = since.to_string();
/// assert_eq!(stored.parse::<ChangeToken>()?, since);
/// # Ok::<(), simplycrm_ws::ParseTokenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeToken {
    place: Place,
    /// When the place was reached, in seconds of our clock.
    reached_at: Option<i64>,
    /// Nothing can come any more up to the place.
    settled: bool,
    /// What came of the seconds that will be read again.
    known: Vec<u64>,
}

impl ChangeToken {
    /// Everything from the beginning of time.
    #[must_use]
    pub fn beginning() -> Self {
        Self::from(Timestamp::UNIX_EPOCH)
    }

    pub(super) fn new(place: Place, reached_at: Option<i64>, settled: bool, seen: &Seen) -> Self {
        Self {
            place,
            reached_at,
            settled,
            known: if settled { Vec::new() } else { seen.to_keep() },
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }

    pub(super) fn reached_at(&self) -> Option<i64> {
        self.reached_at
    }

    pub(super) fn known(&self) -> &[u64] {
        &self.known
    }
}

impl From<Timestamp> for ChangeToken {
    fn from(at: Timestamp) -> Self {
        Self {
            place: Place::Start(at),
            reached_at: None,
            settled: false,
            known: Vec::new(),
        }
    }
}

impl From<&ChangeToken> for ChangeToken {
    fn from(token: &ChangeToken) -> Self {
        token.clone()
    }
}

/// A text that is no change token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the text is no token of a stream of changes; begin again from an instant")]
pub struct ParseTokenError;

impl From<ParseTokenError> for Error {
    fn from(error: ParseTokenError) -> Self {
        Self::new(ErrorKind::Validation, error.to_string()).source(error)
    }
}

impl fmt::Display for ChangeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Start(at) => write!(f, "t{}", at.as_micros())?,
            Place::Sync { second, text } => {
                write!(f, "s{second}")?;
                if let Some(text) = text {
                    write!(f, ".{}", digits(text))?;
                }
            }
            Place::Query { text, id } => {
                write!(f, "q{}", digits(text))?;
                if let Some(id) = id {
                    write!(f, ".{id}")?;
                }
            }
        }
        if self.settled {
            f.write_str("!")?;
        }
        if let Some(at) = self.reached_at {
            write!(f, "@{at}")?;
        }
        if !self.known.is_empty() {
            f.write_str("~")?;
        }
        for known in &self.known {
            write!(f, "{known:016x}")?;
        }
        Ok(())
    }
}

impl FromStr for ChangeToken {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, ParseTokenError> {
        read(text).ok_or(ParseTokenError)
    }
}

fn read(text: &str) -> Option<ChangeToken> {
    if text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    let (text, known) = match text.split_once('~') {
        Some((text, known)) => (text, hashes(known)?),
        None => (text, Vec::new()),
    };
    let (text, reached_at) = match text.split_once('@') {
        Some((text, at)) => (text, Some(at.parse().ok()?)),
        None => (text, None),
    };
    let (text, settled) = match text.strip_suffix('!') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (kind, rest) = text.split_at_checked(1)?;
    let (first, second) = match rest.split_once('.') {
        Some((first, second)) => (first, Some(second)),
        None => (rest, None),
    };
    let place = match (kind, second) {
        ("t", None) => Place::Start(Timestamp::from_micros(first.parse().ok()?)),
        ("s", text) => Place::Sync {
            second: SyncToken::seconds(first.parse().ok()?),
            text: match text {
                Some(text) => Some(written(text)?),
                None => None,
            },
        },
        ("q", id) => Place::Query {
            text: written(first)?,
            id: match id {
                Some(id) => Some(id.parse().ok()?),
                None => None,
            },
        },
        _ => return None,
    };
    Some(ChangeToken {
        place,
        reached_at,
        settled,
        known,
    })
}

fn hashes(text: &str) -> Option<Vec<u64>> {
    if !text.len().is_multiple_of(16) || text.len() > 16 * MOST_KEPT {
        return None;
    }
    text.as_bytes()
        .chunks(16)
        .map(|chunk| u64::from_str_radix(std::str::from_utf8(chunk).ok()?, 16).ok())
        .collect()
}

/// The digits of a datetime.
fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A datetime as the server writes it, from its digits.
fn written(digits: &str) -> Option<String> {
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let text = format!(
        "{}-{}-{} {}:{}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    );
    parsed(&text).map(|_| text)
}

fn parsed(text: &str) -> Option<DateTime> {
    // `YYYY-MM-DD HH:MM:SS` and nothing else: such texts sort like times.
    if text.len() != 19 || text.as_bytes().get(10) != Some(&b' ') {
        return None;
    }
    text.parse().ok()
}

/// The seconds a datetime of the server stands for on a clock without zone.
pub(super) fn seconds_of(text: &str) -> Option<i64> {
    let civil = parsed(text)?;
    TimeZone::UTC
        .to_timestamp(civil)
        .ok()
        .map(jiff::Timestamp::as_second)
}

/// A datetime of the server some seconds earlier.
pub(super) fn earlier(text: &str, seconds: i64) -> Option<String> {
    let civil = parsed(text)?.saturating_sub(seconds.seconds());
    Some(civil.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// How many seconds the server's clock is put back at a time that comes twice;
/// 0 for any other time.
pub(super) fn put_back(text: &str, zone: &TimeZone) -> i64 {
    let Some(civil) = parsed(text) else {
        return 0;
    };
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Fold { before, after } => {
            i64::from(before.seconds()) - i64::from(after.seconds())
        }
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_token_is_refused() {
        for text in [
            "",
            "t",
            "x5",
            "s",
            "sx",
            "s1.2026",
            "q20261321000000",
            "q20261121201923.12",
            "s1@",
            "s1~00",
            "s1~zzzzzzzzzzzzzzzz",
            "t1.2",
            "ä",
        ] {
            assert_eq!(text.parse::<ChangeToken>(), Err(ParseTokenError), "{text}");
        }
        let long = format!("s1~{}", "0".repeat(4096));
        assert_eq!(long.parse::<ChangeToken>(), Err(ParseTokenError));
    }

    #[test]
    fn a_time_that_comes_twice_is_known_by_its_zone() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        assert_eq!(put_back("2026-10-25 02:30:00", &zone), 3600);
        assert_eq!(put_back("2026-10-25 03:00:00", &zone), 0);
        assert_eq!(put_back("2026-03-29 02:30:00", &zone), 0);
        assert_eq!(put_back("2026-10-25 02:30:00", &TimeZone::UTC), 0);
        assert_eq!(
            earlier("2026-03-01 00:00:03", 5).as_deref(),
            Some("2026-02-28 23:59:58")
        );
    }

    proptest! {
        #[test]
        fn a_token_survives_being_stored(
            kind in 0..4_u8,
            seconds in 1..4_000_000_000_i64,
            number in any::<u64>(),
            reached_at in proptest::option::of(any::<i64>()),
            settled in any::<bool>(),
            known in proptest::collection::vec(any::<u64>(), 0..MOST_KEPT),
        ) {
            let at = Timestamp::from_seconds(seconds);
            let text = crate::query::civil(at, &TimeZone::UTC);
            let place = match kind {
                0 => Place::Start(at),
                1 => Place::Sync { second: SyncToken::seconds(seconds), text: None },
                2 => Place::Sync { second: SyncToken::seconds(seconds), text: Some(text) },
                _ => Place::Query { text, id: Some(RecordId::new(12, number)) },
            };
            let token = ChangeToken { place, reached_at, settled, known };
            prop_assert_eq!(token.to_string().parse::<ChangeToken>(), Ok(token));
        }

        #[test]
        fn any_text_is_a_token_or_refused(text in "[tsq]?[0-9x.@!~a-f]{0,40}|\\PC{0,10}") {
            if let Ok(token) = text.parse::<ChangeToken>() {
                prop_assert_eq!(token.to_string().parse::<ChangeToken>(), Ok(token));
            }
        }
    }
}
