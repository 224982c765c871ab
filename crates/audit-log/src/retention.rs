//! How long entries and bodies are kept.

use std::time::Duration;

use api_core::Timestamp;

use crate::level::Level;

const DAY: u64 = 24 * 60 * 60;

/// How long the entries of each level, and the bodies, are kept.
///
/// Roll-ups and issues are kept for ever: they hold counts and titles, no
/// records. [`Duration::MAX`] means for ever here too.
///
/// ```
/// use std::time::Duration;
///
/// use audit_log::Retention;
///
/// let keep = Retention::default();
/// assert_eq!(keep.debug, Duration::from_secs(3 * 24 * 60 * 60));
/// let longer = Retention { error: Duration::MAX, ..keep };
/// assert_ne!(longer, keep);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Entries of level DEBUG: 3 days unless said otherwise.
    pub debug: Duration,
    /// Entries of level INFO: 30 days unless said otherwise.
    pub info: Duration,
    /// Entries of level WARNING: 90 days unless said otherwise.
    pub warning: Duration,
    /// Entries of level ERROR: 365 days unless said otherwise.
    pub error: Duration,
    /// Requests and responses, of entries of any level: 14 days unless said
    /// otherwise. The body of a removed entry goes with it.
    pub bodies: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |count| Duration::from_secs(count * DAY);
        Self {
            debug: days(3),
            info: days(30),
            warning: days(90),
            error: days(365),
            bodies: days(14),
        }
    }
}

impl Retention {
    /// How long entries of `level` are kept.
    pub fn of(&self, level: Level) -> Duration {
        match level {
            Level::Debug => self.debug,
            Level::Info => self.info,
            Level::Warning => self.warning,
            Level::Error => self.error,
        }
    }

    /// The moment before which entries of `level` are removed.
    pub(crate) fn cut_off(&self, level: Level, now: Timestamp) -> i64 {
        before(self.of(level), now)
    }

    /// The moment before which bodies are removed.
    pub(crate) fn bodies_cut_off(&self, now: Timestamp) -> i64 {
        before(self.bodies, now)
    }
}

/// `kept` before `now`, in microseconds; the beginning of time for longer ones.
fn before(kept: Duration, now: Timestamp) -> i64 {
    i64::try_from(kept.as_micros())
        .ok()
        .and_then(|micros| now.as_micros().checked_sub(micros))
        .unwrap_or(i64::MIN)
}
