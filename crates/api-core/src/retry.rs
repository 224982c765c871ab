//! Retries: pure decisions about when to send again, and a budget.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, SendOutcome};

mod hint;

pub use hint::{parse_http_date, parse_retry_after, remaining, reset, retry_hint};

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

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
