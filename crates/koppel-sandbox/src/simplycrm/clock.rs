//! The server's clock, with a grain of one second, to be set by tests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

#[derive(Debug, Clone, Copy)]
enum State {
    /// The machine's time and so many seconds.
    Running(i64),
    /// Always this second.
    Frozen(i64),
}

/// Seconds since 1970, as the server's records know them.
#[derive(Debug)]
pub(crate) struct Clock {
    state: Mutex<State>,
    zone: TimeZone,
}

impl Clock {
    pub(crate) fn new(zone: TimeZone) -> Clock {
        Clock {
            state: Mutex::new(State::Running(0)),
            zone,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> i64 {
        match *self.lock() {
            State::Running(offset) => Timestamp::now().as_second().saturating_add(offset),
            State::Frozen(at) => at,
        }
    }

    pub(crate) fn freeze(&self, at: i64) {
        *self.lock() = State::Frozen(at);
    }

    pub(crate) fn run_from(&self, at: i64) {
        *self.lock() = State::Running(at.saturating_sub(Timestamp::now().as_second()));
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        let mut state = self.lock();
        *state = match *state {
            State::Running(offset) => State::Running(offset.saturating_add(by)),
            State::Frozen(at) => State::Frozen(at.saturating_add(by)),
        };
    }

    /// `YYYY-MM-DD HH:MM:SS` in the zone of the server's database.
    pub(crate) fn text(&self, at: i64) -> String {
        Timestamp::from_second(at)
            .map(|at| {
                at.to_zoned(self.zone.clone())
                    .strftime("%Y-%m-%d %H:%M:%S")
                    .to_string()
            })
            .unwrap_or_default()
    }
}
