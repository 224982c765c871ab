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

    /// Builds the limiter.
    #[must_use]
    pub fn build(self) -> SlidingLimiter {
        let limit = self.concurrency.unwrap_or(Semaphore::MAX_PERMITS);
        SlidingLimiter {
            clock: self.clock,
            windows: self.windows,
            max_wait: self.max_wait,
            slots: Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS))),
            queue: Queue::new(()),
            state: Arc::new(Mutex::new(State::default())),
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
    fn next_slot(&mut self, windows: &[Window], now: Timestamp) -> Timestamp {
        self.follow_clock(now);
        let mut slot = now;
        for window in windows {
            let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
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

    fn grant(&mut self, windows: &[Window], now: Timestamp) {
        let keep = windows.iter().map(|window| window.limit).max().unwrap_or(0);
        self.grants.push_back(now);
        while self.grants.len() > usize::try_from(keep).unwrap_or(usize::MAX) {
            self.grants.pop_front();
        }
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
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn limited(&self) -> Limited {
        let now = self.clock.now();
        let slot = self.lock().next_slot(&self.windows, now);
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
    _concurrency: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.under_way = state.under_way.saturating_sub(1);
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
                let slot = state.next_slot(&self.windows, now);
                if slot <= now {
                    state.grant(&self.windows, now);
                    return Ok(Permit::holding(Slot {
                        state: Arc::clone(&self.state),
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
            let until = now.saturating_add(wait);
            state.blocked_until = Some(state.blocked_until.map_or(until, |at| at.max(until)));
        }
        if let (Some(left), Some(wait)) = (retry::remaining(headers), retry::reset(headers, now)) {
            // Those under way besides this one may not be counted there yet.
            let left = left.saturating_sub(state.under_way.saturating_sub(1));
            let until = now.saturating_add(wait);
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ErrorKind, ManualClock, SendOutcome};

    fn limiter(clock: &ManualClock, windows: &[(u32, u64)]) -> SlidingLimiterBuilder {
        let mut builder = SlidingLimiter::builder(Arc::new(clock.clone()));
        for (limit, millis) in windows {
            builder = builder.window(*limit, Duration::from_millis(*millis));
        }
        builder
    }

    fn auto() -> ManualClock {
        ManualClock::auto_advance(Timestamp::from_seconds(1_000_000))
    }

    fn rate_headers(left: u32, reset: u64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-remaining", left.into());
        headers.insert("x-ratelimit-reset", reset.into());
        headers
    }

    #[tokio::test]
    async fn a_full_window_makes_the_next_request_wait_exactly_until_it_slides() {
        let clock = auto();
        let start = clock.now();
        let limiter = limiter(&clock, &[(2, 1_000)]).build();
        for expected_ms in [0, 0, 1_000, 1_000, 2_000] {
            drop(limiter.acquire().await.unwrap());
            let waited = clock.now().duration_since(start);
            assert_eq!(waited, Duration::from_millis(expected_ms));
        }
    }

    #[tokio::test]
    async fn a_wait_past_the_patience_is_refused_at_once_with_the_moment() {
        let clock = auto();
        let start = clock.now();
        let limiter = limiter(&clock, &[(1, 60_000)])
            .max_wait(Duration::from_secs(10))
            .build();
        drop(limiter.acquire().await.unwrap());
        let refused = limiter.acquire().await.unwrap_err();
        assert_eq!(refused.until, start.saturating_add(Duration::from_secs(60)));
        assert_eq!(clock.now(), start, "nobody waited");
        let error = refused.into_error(clock.now());
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.send_outcome(), SendOutcome::NotSent);
        assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(60)));
    }

    #[tokio::test]
    async fn concurrency_is_bounded_and_a_dropped_permit_frees_its_slot() {
        let clock = auto();
        let limiter = limiter(&clock, &[])
            .concurrency(1)
            .max_wait(Duration::from_secs(1))
            .build();
        let held = limiter.acquire().await.unwrap();
        assert!(limiter.acquire().await.is_err());
        drop(held);
        drop(limiter.acquire().await.unwrap());
    }

    #[tokio::test]
    async fn a_retry_after_silences_everybody() {
        let clock = auto();
        let start = clock.now();
        let limiter = limiter(&clock, &[(100, 1_000)]).build();
        let permit = limiter.acquire().await.unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", 7.into());
        limiter.observe(StatusCode::TOO_MANY_REQUESTS, &headers);
        drop(permit);
        drop(limiter.acquire().await.unwrap());
        assert_eq!(clock.now().duration_since(start), Duration::from_secs(7));
    }

    #[tokio::test]
    async fn the_remotes_own_count_is_followed() {
        let clock = auto();
        let start = clock.now();
        let limiter = limiter(&clock, &[(100, 1_000)]).build();
        let permit = limiter.acquire().await.unwrap();
        limiter.observe(StatusCode::OK, &rate_headers(2, 20));
        drop(permit);
        for expected in [0, 0, 20] {
            drop(limiter.acquire().await.unwrap());
            let waited = clock.now().duration_since(start);
            assert_eq!(waited, Duration::from_secs(expected));
        }
    }

    #[tokio::test]
    async fn requests_under_way_are_taken_off_the_remotes_count() {
        let clock = auto();
        let start = clock.now();
        let limiter = limiter(&clock, &[(100, 1_000)]).build();
        let mine = limiter.acquire().await.unwrap();
        let others = limiter.acquire().await.unwrap();
        limiter.observe(StatusCode::OK, &rate_headers(1, 20));
        drop((mine, others));
        drop(limiter.acquire().await.unwrap());
        assert_eq!(clock.now().duration_since(start), Duration::from_secs(20));
    }

    #[tokio::test]
    async fn a_clock_set_back_does_not_freeze_the_limiter() {
        let clock = auto();
        let limiter = limiter(&clock, &[(1, 1_000)]).build();
        drop(limiter.acquire().await.unwrap());
        let earlier = clock.now().saturating_sub(Duration::from_secs(3600));
        clock.set(earlier);
        drop(limiter.acquire().await.unwrap());
        assert_eq!(clock.now().duration_since(earlier), Duration::from_secs(1));
    }

    #[tokio::test]
    async fn a_cancelled_wait_takes_nothing() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let limiter = limiter(&clock, &[(1, 1_000)]).build();
        drop(limiter.acquire().await.unwrap());
        {
            let mut waiting = limiter.acquire();
            assert!(futures_util::poll!(&mut waiting).is_pending());
        }
        clock.advance(Duration::from_secs(1));
        drop(limiter.acquire().await.unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Counts the grants in every span that begins at a grant: if none of
        /// those holds too many, no span does.
        #[test]
        fn no_sliding_window_ever_holds_more_than_its_limit(
            windows in proptest::collection::vec((1_u32..6, 1_u64..5_000), 1..4),
            tasks in proptest::collection::vec(
                proptest::collection::vec((0_u64..3_000, 0_u64..500), 1..8), 1..6),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let grants = runtime.block_on(async {
                let clock = auto();
                let limiter = Arc::new(
                    limiter(&clock, &windows)
                        .concurrency(3)
                        .max_wait(Duration::from_secs(100_000))
                        .build(),
                );
                let grants = Arc::new(Mutex::new(Vec::new()));
                let runs = tasks.into_iter().map(|steps| {
                    let (clock, limiter, grants) =
                        (clock.clone(), Arc::clone(&limiter), Arc::clone(&grants));
                    async move {
                        for (pause, work) in steps {
                            clock.sleep(Duration::from_millis(pause)).await;
                            let permit = limiter.acquire().await.unwrap();
                            grants.lock().unwrap().push(clock.now());
                            clock.sleep(Duration::from_millis(work)).await;
                            drop(permit);
                        }
                    }
                });
                futures_util::future::join_all(runs).await;
                Arc::into_inner(grants).unwrap().into_inner().unwrap()
            });
            for (limit, millis) in windows {
                let period = Duration::from_millis(millis);
                for (at, start) in grants.iter().enumerate() {
                    let inside = grants[at..]
                        .iter()
                        .filter(|grant| grant.duration_since(*start) < period)
                        .count();
                    prop_assert!(inside <= limit as usize, "{inside} > {limit} in {period:?}");
                }
            }
        }
    }
}
