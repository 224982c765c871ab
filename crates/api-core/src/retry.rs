//! Retries: pure decisions about when to send again, and a budget.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;

use crate::error::{Error, SendOutcome};
use crate::time::Timestamp;

/// What may happen when a request is sent twice; every call states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Safety {
    /// Reads, deletes and updates that set values: twice is as good as once.
    Idempotent,
    /// A create with a key by which the remote recognises a repetition.
    IdempotentWithKey,
    /// A create without such a key: twice makes two records.
    Create,
}

impl Safety {
    /// Tells whether a failed attempt may be followed by another.
    ///
    /// Only transient failures are worth it. A [`Safety::Create`] must also
    /// be known not to have been applied: it never left, or the remote said
    /// no. An unknown outcome is never sent again.
    ///
    /// ```
    /// use api_core::{Error, ErrorKind, SendOutcome, retry::Safety};
    ///
    /// let lost = Error::new(ErrorKind::Unavailable, "Timed out.");
    /// assert!(Safety::Idempotent.may_resend(&lost));
    /// assert!(!Safety::Create.may_resend(&lost));
    /// assert!(Safety::Create.may_resend(&lost.outcome(SendOutcome::NotSent)));
    /// ```
    #[must_use]
    pub fn may_resend(self, error: &Error) -> bool {
        error.is_transient() && self.may_repeat_after(error.send_outcome())
    }

    /// Tells whether sending again after this outcome cannot do harm.
    #[must_use]
    pub fn may_repeat_after(self, outcome: SendOutcome) -> bool {
        match self {
            Self::Idempotent | Self::IdempotentWithKey => true,
            Self::Create => matches!(outcome, SendOutcome::NotSent | SendOutcome::Rejected),
        }
    }
}

/// Exponential waiting times with full jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The upper bound of the first wait.
    pub base: Duration,
    /// The upper bound of every wait that the remote did not ask for.
    pub cap: Duration,
    /// The least wait when the remote says "too many requests".
    pub throttled_min: Duration,
}

impl Default for Backoff {
    /// 500 ms doubled up to 30 s, at least 1 s when throttled.
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            throttled_min: Duration::from_secs(1),
        }
    }
}

impl Backoff {
    /// Returns the bound of the `retry`-th wait (from 1) before jitter.
    #[must_use]
    pub fn ceiling(&self, retry: u32) -> Duration {
        let factor = 2_u32.saturating_pow(retry.saturating_sub(1));
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// Returns the `retry`-th wait (from 1).
    ///
    /// `random` in 0..1 picks a point between zero and the ceiling ("full
    /// jitter"; what is outside 0..1 is clamped). A throttled call waits at
    /// least `throttled_min`, and never less than the remote asks for.
    ///
    /// ```
    /// use api_core::retry::Backoff;
    /// use std::time::Duration;
    ///
    /// let backoff = Backoff::default();
    /// assert_eq!(backoff.after(3, false, None, 0.5), Duration::from_secs(1));
    /// let asked = Some(Duration::from_secs(7));
    /// assert_eq!(backoff.after(1, true, asked, 0.5), Duration::from_secs(7));
    /// ```
    #[must_use]
    pub fn after(
        &self,
        retry: u32,
        throttled: bool,
        retry_after: Option<Duration>,
        random: f64,
    ) -> Duration {
        let random = if random.is_finite() {
            random.clamp(0.0, 1.0)
        } else {
            1.0
        };
        let ceiling = self.ceiling(retry);
        let mut wait = Duration::try_from_secs_f64(ceiling.as_secs_f64() * random)
            .unwrap_or(ceiling)
            .min(ceiling);
        if throttled {
            wait = wait.max(self.throttled_min);
        }
        wait.max(retry_after.unwrap_or_default())
    }
}

/// How often and how long to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts after the first.
    pub max_retries: u32,
    /// The upper bound of the first wait.
    pub base: Duration,
    /// The upper bound of every wait that the remote did not ask for.
    pub cap: Duration,
    /// The least wait when the remote says "too many requests".
    pub throttled_min: Duration,
    /// The longest wait a remote may ask for; past it the call fails at once
    /// and the error carries the hint, so that the caller can schedule.
    pub max_retry_after: Duration,
}

impl Default for RetryPolicy {
    /// 3 retries, 500 ms doubled up to 30 s, 1 s when throttled, 60 s hints.
    fn default() -> Self {
        let backoff = Backoff::default();
        Self {
            max_retries: 3,
            base: backoff.base,
            cap: backoff.cap,
            throttled_min: backoff.throttled_min,
            max_retry_after: Duration::from_secs(60),
        }
    }
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Wait, then send again.
    Retry(Duration),
    /// Hand the error to the caller.
    Stop,
}

impl RetryPolicy {
    /// A policy that never tries twice.
    #[must_use]
    pub fn never() -> Self {
        Self {
            max_retries: 0,
            ..Self::default()
        }
    }

    /// Returns the waiting times of this policy.
    #[must_use]
    pub fn backoff(&self) -> Backoff {
        Backoff {
            base: self.base,
            cap: self.cap,
            throttled_min: self.throttled_min,
        }
    }

    /// Decides after the `attempt`-th attempt (from 1) failed with `error`.
    ///
    /// Pure: `random` in 0..1 is the jitter. The budget is asked separately.
    #[must_use]
    pub fn decide(&self, safety: Safety, error: &Error, attempt: u32, random: f64) -> Decision {
        if attempt > self.max_retries || !safety.may_resend(error) {
            return Decision::Stop;
        }
        let hint = error.retry_after_hint();
        if hint.is_some_and(|hint| hint > self.max_retry_after) {
            return Decision::Stop;
        }
        let throttled = error.kind() == crate::ErrorKind::RateLimited;
        Decision::Retry(self.backoff().after(attempt, throttled, hint, random))
    }
}

/// Tokens that all calls of one connection share: in an outage they run out,
/// and calls fail fast instead of multiplying the load.
///
/// ```
/// use api_core::retry::RetryBudget;
///
/// let budget = RetryBudget::default();
/// let spent = (0..1000).filter(|_| budget.try_spend()).count();
/// assert_eq!(spent, 35);
/// ```
#[derive(Debug)]
pub struct RetryBudget {
    capacity: u32,
    cost: u32,
    refund: u32,
    left: Mutex<u32>,
}

impl Default for RetryBudget {
    /// 500 tokens, 14 a retry, 1 back per success.
    fn default() -> Self {
        Self::new(500, 14, 1)
    }
}

impl RetryBudget {
    /// Creates a full budget.
    #[must_use]
    pub fn new(capacity: u32, cost: u32, refund: u32) -> Self {
        Self {
            capacity,
            cost,
            refund,
            left: Mutex::new(capacity),
        }
    }

    /// Takes the price of one retry; `false` when there is not enough left.
    #[must_use]
    pub fn try_spend(&self) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        match left.checked_sub(self.cost) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => false,
        }
    }

    /// Gives tokens back after a success.
    pub fn succeeded(&self) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_add(self.refund).min(self.capacity);
    }

    /// Returns the tokens left.
    #[must_use]
    pub fn left(&self) -> u32 {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads how long a remote asks to wait.
///
/// `Retry-After` counts first, as seconds or as an HTTP date (all three forms
/// of RFC 9110). Without it `X-RateLimit-Reset` (or `RateLimit-Reset`) counts
/// when the status is 429 or nothing remains: Unix seconds, or seconds from
/// now when the number is small. Dates are compared with the remote's own
/// `Date` header where there is one, so a wrong clock on either side does not
/// matter. A moment in the past is zero.
#[must_use]
pub fn retry_hint(
    status: http::StatusCode,
    headers: &HeaderMap,
    now: Timestamp,
) -> Option<Duration> {
    let remote_now = header(headers, "date")
        .and_then(parse_http_date)
        .unwrap_or(now);
    if let Some(hint) =
        header(headers, "retry-after").and_then(|text| parse_retry_after(text, remote_now))
    {
        return Some(hint);
    }
    if status == http::StatusCode::TOO_MANY_REQUESTS || remaining(headers) == Some(0) {
        return reset(headers, remote_now);
    }
    None
}

/// Parses a `Retry-After` value: seconds, or an HTTP date compared to `now`.
///
/// ```
/// use api_core::{Timestamp, retry::parse_retry_after};
/// use std::time::Duration;
///
/// let now: Timestamp = "2026-11-06T08:49:00Z".parse()?;
/// let date = "Fri, 06 Nov 2026 08:49:37 GMT";
/// assert_eq!(parse_retry_after(date, now), Some(Duration::from_secs(37)));
/// assert_eq!(parse_retry_after("120", now), Some(Duration::from_secs(120)));
/// # Ok::<(), api_core::ParseTimeError>(())
/// ```
#[must_use]
pub fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Some(seconds) = parse_seconds(text) {
        return Some(seconds);
    }
    parse_http_date(text).map(|at| at.duration_since(now))
}

/// Parses an HTTP date in any of the three forms of RFC 9110.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if let Ok(at) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Some(at.into());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| jiff::civil::DateTime::strptime(form, text).ok())
        .and_then(|civil| jiff::tz::TimeZone::UTC.to_timestamp(civil).ok())
        .map(Timestamp::from)
}

/// Returns how many requests the remote says are left in its window.
#[must_use]
pub fn remaining(headers: &HeaderMap) -> Option<u32> {
    [
        "x-ratelimit-remaining",
        "x-rate-limit-remaining",
        "ratelimit-remaining",
    ]
    .iter()
    .find_map(|name| header(headers, name)?.trim().parse().ok())
}

/// Returns the time until the remote's rate window starts anew.
#[must_use]
pub fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    /// Above it a number is a moment (2001 and later), below it a duration.
    const MOMENT: u64 = 1_000_000_000;
    let text = ["x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"]
        .iter()
        .find_map(|name| header(headers, name))?;
    let span = parse_seconds(text.trim())?;
    if span.as_secs() >= MOMENT {
        let at = Timestamp::UNIX_EPOCH.saturating_add(span);
        Some(at.duration_since(now))
    } else {
        Some(span)
    }
}

fn parse_seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let seconds = whole.parse::<u64>().unwrap_or(u64::MAX);
    // A fraction is rounded up to the next second: never too early.
    let extra = u64::from(fraction.bytes().any(|byte| byte != b'0'));
    Some(Duration::from_secs(seconds.saturating_add(extra)))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    fn now() -> Timestamp {
        "2026-11-06T08:49:00Z".parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, content)| {
                (
                    http::HeaderName::from_static(name),
                    content.parse().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn all_three_http_dates_are_read() {
        for text in [
            "Fri, 06 Nov 2026 08:49:37 GMT",
            "Friday, 06-Nov-26 08:49:37 GMT",
            "Fri Nov  6 08:49:37 2026",
        ] {
            assert_eq!(
                parse_retry_after(text, now()),
                Some(Duration::from_secs(37)),
                "{text}"
            );
        }
        for text in ["", "soon", "-5", "1e3", "Fri, 99 Nov 2026 08:49:37 GMT"] {
            assert_eq!(parse_retry_after(text, now()), None, "{text}");
        }
    }

    #[test]
    fn a_date_in_the_past_asks_for_no_wait() {
        assert_eq!(
            parse_retry_after("Fri, 06 Nov 2020 08:49:37 GMT", now()),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn the_remotes_own_clock_is_the_reference() {
        let headers = headers(&[
            ("date", "Fri, 06 Nov 2026 12:00:00 GMT"),
            ("retry-after", "Fri, 06 Nov 2026 12:00:05 GMT"),
        ]);
        assert_eq!(
            retry_hint(StatusCode::SERVICE_UNAVAILABLE, &headers, now()),
            Some(Duration::from_secs(5))
        );
    }

    #[test]
    fn the_reset_header_counts_only_when_throttled() {
        let reset = (now().as_micros() / 1_000_000 + 42).to_string();
        let headers = headers(&[("x-ratelimit-reset", &reset)]);
        assert_eq!(
            retry_hint(StatusCode::TOO_MANY_REQUESTS, &headers, now()),
            Some(Duration::from_secs(42))
        );
        assert_eq!(retry_hint(StatusCode::OK, &headers, now()), None);
    }

    #[test]
    fn a_small_reset_is_a_span() {
        let headers = headers(&[("ratelimit-reset", "9.2"), ("ratelimit-remaining", "0")]);
        assert_eq!(
            retry_hint(StatusCode::OK, &headers, now()),
            Some(Duration::from_secs(10))
        );
    }

    #[test]
    fn a_create_is_resent_only_when_it_cannot_have_been_applied() {
        let policy = RetryPolicy::default();
        let unavailable = Error::new(ErrorKind::Unavailable, "x");
        let decide =
            |safety, outcome| policy.decide(safety, &unavailable.clone().outcome(outcome), 1, 1.0);
        let retry = Decision::Retry(Duration::from_millis(500));
        assert_eq!(decide(Safety::Create, SendOutcome::Unknown), Decision::Stop);
        assert_eq!(decide(Safety::Create, SendOutcome::Done), Decision::Stop);
        assert_eq!(decide(Safety::Create, SendOutcome::NotSent), retry);
        assert_eq!(decide(Safety::Create, SendOutcome::Rejected), retry);
        assert_eq!(decide(Safety::Idempotent, SendOutcome::Unknown), retry);
        assert_eq!(
            decide(Safety::IdempotentWithKey, SendOutcome::Unknown),
            retry
        );
    }

    #[test]
    fn a_wish_beyond_the_longest_wait_ends_the_call() {
        let error = Error::new(ErrorKind::RateLimited, "x").retry_after(Duration::from_secs(61));
        let decision = RetryPolicy::default().decide(Safety::Idempotent, &error, 1, 0.0);
        assert_eq!(decision, Decision::Stop);
    }

    #[test]
    fn what_is_not_transient_is_not_retried() {
        for kind in ErrorKind::ALL {
            let error = Error::new(kind, "x").outcome(SendOutcome::NotSent);
            let decision = RetryPolicy::default().decide(Safety::Idempotent, &error, 1, 0.0);
            assert_eq!(decision != Decision::Stop, kind.is_transient(), "{kind}");
        }
    }

    proptest! {
        #[test]
        fn a_wait_stays_within_its_bounds(
            retry in 1_u32..200,
            throttled: bool,
            asked in proptest::option::of(0_u64..100),
            random in -0.5_f64..1.5,
            base_ms in 0_u64..5_000,
            cap_ms in 0_u64..60_000,
        ) {
            let backoff = Backoff {
                base: Duration::from_millis(base_ms),
                cap: Duration::from_millis(cap_ms),
                throttled_min: Duration::from_secs(1),
            };
            let asked = asked.map(Duration::from_secs);
            let wait = backoff.after(retry, throttled, asked, random);
            let floor = asked
                .unwrap_or_default()
                .max(if throttled { backoff.throttled_min } else { Duration::ZERO });
            prop_assert!(wait >= floor);
            prop_assert!(wait <= floor.max(backoff.cap));
            prop_assert!(backoff.ceiling(retry) <= backoff.ceiling(retry + 1));
        }

        #[test]
        fn a_budget_never_allows_more_than_it_holds(
            events in proptest::collection::vec(any::<bool>(), 0..2_000),
        ) {
            let budget = RetryBudget::default();
            let (mut spent, mut earned) = (0_u32, 0_u32);
            for success in events {
                if success {
                    budget.succeeded();
                    earned += 1;
                } else if budget.try_spend() {
                    spent += 14;
                }
                prop_assert!(budget.left() <= 500);
            }
            prop_assert!(spent <= 500 + earned);
        }
    }
}
