//! Exact sliding windows in one process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use http::{HeaderMap, StatusCode};
use tokio::sync::{Mutex as Queue, OwnedSemaphorePermit, Semaphore};

use super::{Limited, Limiter, Permit};
use crate::clock::Clock;
use crate::retry;
use crate::time::Timestamp;

/// The longest a remote is heeded when it asks for silence: one number that makes
/// no sense must not stop a process for good.
const LONGEST_SILENCE: Duration = Duration::from_secs(24 * 3_600);

/// At most `limit` requests in any span of length `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Requests allowed in the span; at least 1.
    pub limit: u32,
    /// The span.
    pub period: Duration,
}

/// Settings of a [`SlidingLimiter`].
#[derive(Debug, Clone)]
pub struct SlidingLimiterBuilder {
    clock: Arc<dyn Clock>,
    windows: Vec<Window>,
    concurrency: Option<usize>,
    max_wait: Duration,
    until_answered: bool,
}

impl SlidingLimiterBuilder {
    /// Adds a window; all windows hold at once.
    #[must_use]
    pub fn window(mut self, limit: u32, period: Duration) -> Self {
        self.windows.push(Window {
            limit: limit.max(1),
            period,
        });
        self
    }

    /// Limits the requests under way at one time.
    #[must_use]
    pub fn concurrency(mut self, limit: usize) -> Self {
        self.concurrency = Some(limit.max(1));
        self
    }

    /// Sets the longest wait, 30 s by default.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Lets a request count from the moment its permit is dropped, and while
    /// it is held, instead of from the moment it was handed out.
    ///
    /// Then no window holds too many at the remote either, whenever between
    /// the two a request arrives there: a slow login, a slow connection and a
    /// margin for them need no thought. There are never more requests under way
    /// than the smallest window allows.
    #[must_use]
    pub fn until_answered(mut self) -> Self {
        self.until_answered = true;
        self
    }

    /// Builds the limiter.
    #[must_use]
    pub fn build(self) -> SlidingLimiter {
        let mut limit = self.concurrency.unwrap_or(Semaphore::MAX_PERMITS);
        if self.until_answered
            && let Some(least) = self.windows.iter().map(|window| window.limit).min()
        {
            limit = limit.min(usize::try_from(least).unwrap_or(usize::MAX));
        }
        SlidingLimiter {
            clock: self.clock,
            windows: self.windows,
            max_wait: self.max_wait,
            slots: Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))),
            queue: Queue::new(()),
            state: Arc::new(Mutex::new(State::default())),
            until_answered: self.until_answered,
        }
    }
}

#[derive(Debug, Default)]
struct State {
    /// The latest grants in order, no more than the largest window needs.
    grants: VecDeque<Timestamp>,
    /// The remote asked for silence until then.
    blocked_until: Option<Timestamp>,
    /// What the remote says is left, and until when that holds.
    left: Option<(u32, Timestamp)>,
    /// Permits that are held.
    under_way: u32,
    /// The latest time seen, to notice a clock that was set back.
    seen: Option<Timestamp>,
}

impl State {
    /// Returns the earliest moment not before `now` at which all windows and
    /// the remote's own wishes allow one more request.
    ///
    /// `open` requests count that are not among the grants yet.
    fn next_slot(&mut self, windows: &[Window], open: u32, now: Timestamp) -> Timestamp {
        self.follow_clock(now);
        let mut slot = now;
        for window in windows {
            let limit = window.limit.saturating_sub(open).max(1);
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            if let Some(at) = self.grants.len().checked_sub(limit)
                && let Some(oldest) = self.grants.get(at)
            {
                slot = slot.max(oldest.saturating_add(window.period));
            }
        }
        if let Some(until) = self.blocked_until {
            slot = slot.max(until);
        }
        if let Some((0, until)) = self.left {
            slot = slot.max(until);
        }
        slot
    }

    /// A clock that was set back must not freeze the limiter: past grants are
    /// moved along, as if no time had passed meanwhile.
    fn follow_clock(&mut self, now: Timestamp) {
        if let Some(seen) = self.seen
            && now < seen
        {
            let back = seen.duration_since(now);
            for grant in &mut self.grants {
                *grant = grant.saturating_sub(back);
            }
            self.blocked_until = self.blocked_until.map(|at| at.saturating_sub(back));
            self.left = self.left.map(|(n, at)| (n, at.saturating_sub(back)));
        }
        self.seen = Some(now);
        if self.left.is_some_and(|(_, until)| until <= now) {
            self.left = None;
        }
    }

    fn count(&mut self, keep: usize, now: Timestamp) {
        self.grants.push_back(now);
        while self.grants.len() > keep {
            self.grants.pop_front();
        }
    }

    fn grant(&mut self) {
        if let Some((left, _)) = &mut self.left {
            *left = left.saturating_sub(1);
        }
        self.under_way += 1;
    }
}

/// Several exact sliding windows and a concurrency limit in one process.
///
/// In no span of a window's length, wherever it begins, are more permits
/// handed out than the window allows. Callers are served in the order they
/// came. The limiter also follows the remote's own headers (`Retry-After`,
/// `X-RateLimit-Remaining` with `X-RateLimit-Reset`).
///
/// Permits are counted when they are handed out. Time on the network varies,
/// so give a window a period some percent longer than the remote's own.
///
/// ```
/// use api_core::limit::{Limiter, SlidingLimiter};
/// use api_core::SystemClock;
/// use std::{sync::Arc, time::Duration};
///
/// let limiter = SlidingLimiter::builder(Arc::new(SystemClock))
///     .window(60, Duration::from_secs(63))
///     .window(1_000, Duration::from_secs(3_780))
///     .concurrency(4)
///     .max_wait(Duration::from_secs(10))
///     .build();
/// # let _: &dyn Limiter = &limiter;
/// ```
#[derive(Debug)]
pub struct SlidingLimiter {
    clock: Arc<dyn Clock>,
    windows: Vec<Window>,
    max_wait: Duration,
    slots: Arc<Semaphore>,
    /// Only the first in this queue looks at the windows.
    queue: Queue<()>,
    state: Arc<Mutex<State>>,
    until_answered: bool,
}

impl SlidingLimiter {
    /// Starts with no window, no concurrency limit and 30 s of patience.
    #[must_use]
    pub fn builder(clock: Arc<dyn Clock>) -> SlidingLimiterBuilder {
        SlidingLimiterBuilder {
            clock,
            windows: Vec::new(),
            concurrency: None,
            max_wait: Duration::from_secs(30),
            until_answered: false,
        }
    }

    /// How many requests under way the windows count besides their grants.
    fn open(&self, state: &State) -> u32 {
        if self.until_answered {
            state.under_way
        } else {
            0
        }
    }

    /// How many grants the largest window needs.
    fn keep(&self) -> usize {
        let most = self.windows.iter().map(|window| window.limit).max();
        usize::try_from(most.unwrap_or(0)).unwrap_or(usize::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn limited(&self) -> Limited {
        let now = self.clock.now();
        let slot = {
            let mut state = self.lock();
            let open = self.open(&state);
            state.next_slot(&self.windows, open, now)
        };
        // Windows may be free while the queue or the concurrency is not.
        let soon = now.saturating_add(Duration::from_secs(1));
        Limited {
            until: slot.max(soon),
        }
    }

    /// Waits for `turn` no longer than until `deadline`.
    async fn before<T>(
        &self,
        deadline: Timestamp,
        turn: impl Future<Output = T>,
    ) -> Result<T, Limited> {
        let turn = std::pin::pin!(turn);
        let now = self.clock.now();
        let patience = self.clock.sleep(deadline.duration_since(now));
        match select(turn, patience).await {
            Either::Left((got, _)) => Ok(got),
            Either::Right(((), _)) => Err(self.limited()),
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Slot {
    state: Arc<Mutex<State>>,
    /// The clock by which the request is counted when it is over.
    counted_later: Option<(Arc<dyn Clock>, usize)>,
    _concurrency: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.under_way = state.under_way.saturating_sub(1);
        if let Some((clock, keep)) = &self.counted_later {
            let now = clock.now();
            state.follow_clock(now);
            state.count(*keep, now);
        }
    }
}

#[async_trait]
impl Limiter for SlidingLimiter {
    async fn acquire(&self) -> Result<Permit, Limited> {
        let deadline = self.clock.now().saturating_add(self.max_wait);
        let slots = Arc::clone(&self.slots);
        let concurrency = self
            .before(deadline, slots.acquire_owned())
            .await?
            .map_err(|_closed| self.limited())?;
        let _turn = self.before(deadline, self.queue.lock()).await?;
        loop {
            let now = self.clock.now();
            let slot = {
                let mut state = self.lock();
                let open = self.open(&state);
                let slot = state.next_slot(&self.windows, open, now);
                if slot <= now {
                    state.grant();
                    let counted_later = self.until_answered.then(|| Arc::clone(&self.clock));
                    if counted_later.is_none() {
                        state.count(self.keep(), now);
                    }
                    return Ok(Permit::holding(Slot {
                        state: Arc::clone(&self.state),
                        counted_later: counted_later.map(|clock| (clock, self.keep())),
                        _concurrency: concurrency,
                    }));
                }
                slot
            };
            if slot > deadline {
                return Err(Limited { until: slot });
            }
            self.clock.sleep(slot.duration_since(now)).await;
        }
    }

    fn observe(&self, status: StatusCode, headers: &HeaderMap) {
        let now = self.clock.now();
        let throttled = status == StatusCode::TOO_MANY_REQUESTS
            || (status == StatusCode::SERVICE_UNAVAILABLE && headers.contains_key("retry-after"));
        let mut state = self.lock();
        if throttled && let Some(wait) = retry::retry_hint(status, headers, now) {
            let until = now.saturating_add(wait.min(LONGEST_SILENCE));
            state.blocked_until = Some(state.blocked_until.map_or(until, |at| at.max(until)));
        }
        if let (Some(left), Some(wait)) = (retry::remaining(headers), retry::reset(headers, now)) {
            // Those under way besides this one may not be counted there yet.
            let left = left.saturating_sub(state.under_way.saturating_sub(1));
            let until = now.saturating_add(wait.min(LONGEST_SILENCE));
            let newer = state.left.is_none_or(|(known, end)| {
                // A later window replaces; within one window the least counts.
                until.saturating_sub(Duration::from_secs(2)) > end || left < known
            });
            if newer && until > now {
                state.left = Some((left, until));
            }
        }
    }
}

#[cfg(test)]
mod tests;
