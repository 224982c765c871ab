//! Which errors are one and the same.
//!
//! An entry from WARNING up gets a number made of what does not change from
//! one occurrence to the next: system, event, code, path with placeholders
//! and the message without its particulars. The number says by which version
//! of these rules it was made ([`ALGO`]); entries of older rules keep theirs.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::entry::Entry;
use crate::level::Level;

mod parameters;

pub use parameters::parameterised;

/// The version of the rules.
pub const ALGO: i16 = 1;

/// The most characters a title has.
const TITLE: usize = 200;

/// What one kind of error is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The number, shown as 16 hexadecimal digits.
    pub value: i64,
    /// The version of the rules by which it was made.
    pub algo: i16,
    /// A line for people, without anything particular or personal.
    pub title: String,
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.value)
    }
}

/// Failures that are one issue of a system, whichever operation meets them.
enum Everywhere {
    Pace,
    Login,
    Down,
}

impl Everywhere {
    fn of(entry: &Entry) -> Option<Self> {
        let kind = entry.details.get("kind").and_then(|kind| kind.as_str());
        match (kind.or(entry.code.as_deref()), entry.status) {
            (Some("rate_limited"), _) | (_, Some(429)) => Some(Self::Pace),
            (Some("auth"), _) | (None, Some(401)) => Some(Self::Login),
            (Some("unavailable"), _) | (None, Some(502..=504)) => Some(Self::Down),
            _ => None,
        }
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Pace => "rate_limited",
            Self::Login => "auth",
            Self::Down => "unavailable",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Pace => "Too many requests",
            Self::Login => "The login was refused or has expired",
            Self::Down => "The system cannot be reached or is down",
        }
    }
}

/// Computes the fingerprint of a masked entry; `None` below WARNING.
///
/// ```
/// use audit_log::{Entry, EventName, Level, fingerprint};
///
/// let of = |message: &str| {
///     let entry = Entry::new(Level::Error, EventName::RecordPark, message).system("smartcrm");
///     fingerprint::of(&entry).map(|found| found.value)
/// };
/// assert_eq!(of("Client 17 has no 'email'."), of("Client 18 has no 'email'."));
/// assert_ne!(of("Client 17 has no 'email'."), of("Client 17 is gone."));
/// ```
#[must_use]
pub fn of(entry: &Entry) -> Option<Fingerprint> {
    if entry.level < Level::Warning {
        return None;
    }
    let system = entry.system.as_deref().unwrap_or_default();
    let event = entry.event.as_str();
    if let Some(everywhere) = Everywhere::of(entry) {
        return Some(Fingerprint {
            value: number(&[system, event, everywhere.key()]),
            algo: ALGO,
            title: everywhere.title().to_owned(),
        });
    }
    let class = entry.status.map(|status| format!("{}xx", status / 100));
    let code = entry
        .code
        .as_deref()
        .or(class.as_deref())
        .unwrap_or_default();
    let path = entry.path.as_deref().unwrap_or_default();
    let operation = entry.operation.as_deref().unwrap_or_default();
    let entity = entry.entity.as_deref().unwrap_or_default();
    let text = parameterised(&entry.message);
    let title = match (operation.is_empty(), text.is_empty()) {
        (false, false) => format!("{operation}: {text}"),
        (false, true) => format!("{operation}: {code}"),
        (true, false) => text.clone(),
        (true, true) => format!("{event} {code}"),
    };
    Some(Fingerprint {
        value: number(&[system, event, code, path, operation, entity, &text]),
        algo: ALGO,
        title: api_core::redact::cap_chars(title.trim(), TITLE),
    })
}

/// The first eight bytes of the SHA-256 of the parts.
fn number(parts: &[&str]) -> i64 {
    let mut hasher = Sha256::new();
    hasher.update(b"koppel-fingerprint-1");
    for part in parts {
        hasher.update([0x1f]);
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let mut first = [0; 8];
    for (place, byte) in first.iter_mut().zip(digest.iter()) {
        *place = *byte;
    }
    i64::from_be_bytes(first)
}
