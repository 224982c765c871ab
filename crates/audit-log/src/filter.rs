//! Which entries to read.

use std::fmt;
use std::str::FromStr;

use api_core::Timestamp;
use uuid::Uuid;

use crate::error::Error;
use crate::event::EventName;
use crate::issues::IssueId;
use crate::level::Level;
use crate::outcome::Outcome;

/// The longest text of a filter, in bytes.
const LONGEST: usize = 512;

/// Which entries to read; everything that is set must hold.
///
/// ```
/// use audit_log::{Filter, Level, StatusRange};
///
/// let filter = Filter::new()
///     .level(Level::Warning)
///     .connection("shop")
///     .status("5xx".parse::<StatusRange>()?);
/// assert_eq!(filter.level, Some(Level::Warning));
/// # Ok::<(), audit_log::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// At least this level.
    pub level: Option<Level>,
    /// One of these events; any when empty.
    pub events: Vec<EventName>,
    /// This kind of system.
    pub system: Option<String>,
    /// This connection.
    pub connection: Option<String>,
    /// This flow.
    pub flow: Option<String>,
    /// This run.
    pub run: Option<Uuid>,
    /// This kind of record.
    pub entity: Option<String>,
    /// This record, by its id in the source or in the target.
    pub record: Option<String>,
    /// An HTTP status in this range.
    pub status: Option<StatusRange>,
    /// This outcome.
    pub outcome: Option<Outcome>,
    /// This code.
    pub code: Option<String>,
    /// This issue.
    pub fingerprint: Option<IssueId>,
    /// Done by this person.
    pub actor: Option<String>,
    /// With this text in message, code, path or the ids of the record, in any case.
    pub text: Option<String>,
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty),* $(,)?) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: impl Into<$type>) -> Self {
            self.$name = Some($name.into());
            self
        })*
    };
}

impl Filter {
    /// A filter that lets every entry through.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event; with several, any of them will do.
    #[must_use]
    pub fn event(mut self, event: EventName) -> Self {
        self.events.push(event);
        self
    }

    setters! {
        /// Only entries of at least this level.
        level: Level,
        /// Only entries of this kind of system.
        system: String,
        /// Only entries of this connection.
        connection: String,
        /// Only entries of this flow.
        flow: String,
        /// Only entries of this run.
        run: Uuid,
        /// Only entries of this kind of record.
        entity: String,
        /// Only entries of this record, by its id in the source or in the target.
        record: String,
        /// Only entries with an HTTP status in this range.
        status: StatusRange,
        /// Only entries with this outcome.
        outcome: Outcome,
        /// Only entries with this code.
        code: String,
        /// Only entries of this issue.
        fingerprint: IssueId,
        /// Only what this person did.
        actor: String,
        /// Only entries with this text in message, code, path or the ids of the record.
        text: String,
        /// Only entries of this time or later.
        since: Timestamp,
        /// Only entries before this time.
        until: Timestamp,
    }

    /// Refuses what cannot be looked for.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (name, text) in [
            ("system", &self.system),
            ("connection", &self.connection),
            ("flow", &self.flow),
            ("entity", &self.entity),
            ("record", &self.record),
            ("code", &self.code),
            ("actor", &self.actor),
            ("text", &self.text),
        ] {
            check_text(name, text.as_deref())?;
        }
        if let (Some(since), Some(until)) = (self.since, self.until)
            && until <= since
        {
            return Err(Error::Invalid(format!(
                "nothing lies between {since} and {until}: the first must be the earlier one"
            )));
        }
        let bound = self.since.is_some()
            || self.run.is_some()
            || self.record.is_some()
            || self.connection.is_some();
        if self.text.is_some() && !bound {
            return Err(Error::TextNeedsWindow);
        }
        Ok(())
    }
}

/// Refuses a text that is empty, too long, or none that a database can hold.
pub(crate) fn check_text(name: &str, text: Option<&str>) -> Result<(), Error> {
    let why = match text {
        Some("") => "is empty; leave it out to look for any",
        Some(text) if text.len() > LONGEST => "is longer than 512 bytes",
        Some(text) if text.contains('\0') => "holds a NUL character, which no entry does",
        _ => return Ok(()),
    };
    Err(Error::Invalid(format!("the {name} to look for {why}")))
}

/// A range of HTTP statuses, both ends included.
///
/// Reads `404`, `4xx` and `400-499`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusRange {
    first: u16,
    last: u16,
}

impl StatusRange {
    /// From one status to another.
    ///
    /// # Errors
    /// When the first is greater than the last, or one is not between 100 and 599.
    pub fn new(first: u16, last: u16) -> Result<Self, Error> {
        if first > last || !(100..600).contains(&first) || !(100..600).contains(&last) {
            return Err(Error::Invalid(format!(
                "{first} to {last} is no range of HTTP statuses; they go from 100 to 599"
            )));
        }
        Ok(Self { first, last })
    }

    /// The first status.
    #[must_use]
    pub fn first(self) -> u16 {
        self.first
    }

    /// The last status.
    #[must_use]
    pub fn last(self) -> u16 {
        self.last
    }

    /// Whether a status lies in the range.
    #[must_use]
    pub fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

impl fmt::Display for StatusRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

impl FromStr for StatusRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let number = |digits: &str| {
            let plain = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let wrong = || {
            let begin: String = text.chars().take(40).collect();
            Error::Invalid(format!(
                "`{begin}` is no HTTP status; give one (404), a class (4xx) or a range (400-499)"
            ))
        };
        let lower = text.trim().to_ascii_lowercase();
        if let Some(class) = lower.strip_suffix("xx") {
            let first = number(&format!("{class}00")).ok_or_else(wrong)?;
            return Self::new(first, first.saturating_add(99)).map_err(|_| wrong());
        }
        let (first, last) = lower.split_once('-').unwrap_or((&lower, &lower));
        let first = number(first.trim()).ok_or_else(wrong)?;
        let last = number(last.trim()).ok_or_else(wrong)?;
        Self::new(first, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_a_class_and_a_range_are_read() {
        let range = |text: &str| text.parse::<StatusRange>().map(|r| (r.first, r.last));
        assert_eq!(range("404"), Ok((404, 404)));
        assert_eq!(range("4XX"), Ok((400, 499)));
        assert_eq!(range(" 400 - 422 "), Ok((400, 422)));
        for wrong in [
            "", "xx", "4x", "abc", "99", "600", "9xx", "499-400", "4-5", "+40", "é00",
        ] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_text_without_anything_to_bound_it_is_refused() {
        let text = Filter::new().text("invoice");
        assert_eq!(text.check(), Err(Error::TextNeedsWindow));
        for filter in [
            text.clone().since(Timestamp::UNIX_EPOCH),
            text.clone().connection("shop"),
            text.clone().record("17"),
            text.clone().run(Uuid::now_v7()),
        ] {
            assert_eq!(filter.check(), Ok(()));
        }
        let until = text.until(Timestamp::now());
        assert_eq!(until.check(), Err(Error::TextNeedsWindow));
    }

    #[test]
    fn what_no_entry_can_hold_is_refused() {
        for filter in [
            Filter::new().connection(""),
            Filter::new().record("a\0b"),
            Filter::new().code("x".repeat(600)),
            Filter::new()
                .since(Timestamp::from_seconds(5))
                .until(Timestamp::from_seconds(5)),
        ] {
            assert!(
                matches!(filter.check(), Err(Error::Invalid(_))),
                "{filter:?}"
            );
        }
    }
}
