//! A rate limit with the headers that tell of it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::record::now_micros;

/// So many requests in each window of time.
#[derive(Debug)]
pub(crate) struct RateLimit {
    requests: u32,
    window: Duration,
    state: Mutex<Option<(Instant, u32)>>,
}

/// What the limit says of one request.
pub(crate) struct Ticket {
    pub(crate) allowed: bool,
    pub(crate) reset_in_s: u64,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl RateLimit {
    pub(crate) fn new(requests: u32, window: Duration) -> RateLimit {
        RateLimit {
            requests,
            window,
            state: Mutex::new(None),
        }
    }

    /// Counts a request; the window begins with the first one.
    pub(crate) fn take(&self) -> Ticket {
        let now = Instant::now();
        let (used, left) = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (start, used) = match *state {
                Some((start, used)) if now.duration_since(start) < self.window => (start, used),
                _ => (now, 0),
            };
            let used = used.saturating_add(1);
            *state = Some((start, used));
            (used, self.window.saturating_sub(now.duration_since(start)))
        };
        let reset_in_s = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        let at = now_micros() / 1_000_000 + i64::try_from(reset_in_s).unwrap_or(i64::MAX / 2);
        Ticket {
            allowed: used <= self.requests,
            reset_in_s,
            headers: vec![
                ("x-ratelimit-limit", self.requests.to_string()),
                (
                    "x-ratelimit-remaining",
                    self.requests.saturating_sub(used).to_string(),
                ),
                ("x-ratelimit-reset", at.to_string()),
            ],
        }
    }
}
