//! The server's wall clock: milliseconds, and no time twice.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

#[derive(Debug)]
pub(crate) struct Clock {
    zone: TimeZone,
    /// What the clock is ahead of the machine's.
    offset: SignedDuration,
    frozen: Option<DateTime>,
    last: Option<DateTime>,
}

impl Clock {
    pub(crate) fn new(zone: TimeZone) -> Clock {
        Clock {
            zone,
            offset: SignedDuration::ZERO,
            frozen: None,
            last: None,
        }
    }

    /// The time it shows.
    pub(crate) fn show(&self) -> DateTime {
        let time = self.frozen.unwrap_or_else(|| {
            let now = Timestamp::now()
                .checked_add(self.offset)
                .unwrap_or_else(|_| Timestamp::now());
            self.zone.to_datetime(now)
        });
        let millis = time.millisecond();
        time.with()
            .millisecond(millis)
            .microsecond(0)
            .nanosecond(0)
            .build()
            .unwrap_or(time)
    }

    /// The time of a change: later than that of the one before, unless the clock is frozen.
    pub(crate) fn tick(&mut self) -> DateTime {
        let mut now = self.show();
        if self.frozen.is_none()
            && let Some(last) = self.last
            && now <= last
        {
            now = last
                .checked_add(SignedDuration::from_millis(1))
                .unwrap_or(now);
        }
        self.last = Some(now);
        now
    }

    pub(crate) fn freeze(&mut self, at: Option<DateTime>) {
        self.frozen = at;
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::ZERO);
        match &mut self.frozen {
            Some(at) => *at = at.checked_add(by).unwrap_or(*at),
            None => self.offset = self.offset.saturating_add(by),
        }
    }
}
