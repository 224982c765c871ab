//! Rate limits: exact sliding windows and concurrency, one per account.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode};

use crate::error::{Error, ErrorKind, SendOutcome};
use crate::time::Timestamp;

mod sliding;

pub use sliding::{SlidingLimiter, SlidingLimiterBuilder, Window};

/// The limit would keep the caller waiting longer than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rate limit is used up until {until}")]
pub struct Limited {
    /// When a request may go out again.
    pub until: Timestamp,
}

impl Limited {
    /// Turns the refusal into an error; nothing was sent.
    #[must_use]
    pub fn into_error(self, now: Timestamp) -> Error {
        Error::new(
            ErrorKind::RateLimited,
            format!("The rate limit is used up until {}.", self.until),
        )
        .retry_after(self.until.duration_since(now))
        .outcome(SendOutcome::NotSent)
        .source(self)
    }
}

/// The right to send one request; dropping it frees its concurrency slot.
#[must_use = "the permit is held while the request is under way"]
pub struct Permit(#[expect(dead_code, reason = "held for its Drop")] Option<Box<dyn Send + Sync>>);

impl Permit {
    /// A permit that holds nothing.
    pub fn free() -> Self {
        Self(None)
    }

    /// A permit that drops `slot` when the request is over.
    pub fn holding(slot: impl Send + Sync + 'static) -> Self {
        Self(Some(Box::new(slot)))
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// Hands out permits; every call and every retry of an account asks it.
#[async_trait]
pub trait Limiter: Send + Sync + fmt::Debug {
    /// Waits for the right to send one request now.
    ///
    /// # Errors
    /// [`Limited`] when the wait would be longer than the limiter's maximum.
    async fn acquire(&self) -> Result<Permit, Limited>;

    /// Learns from the status and headers of an answer.
    ///
    /// Called while the request's permit is still held.
    fn observe(&self, _status: StatusCode, _headers: &HeaderMap) {}
}

#[async_trait]
impl<L: Limiter + ?Sized> Limiter for Arc<L> {
    async fn acquire(&self) -> Result<Permit, Limited> {
        (**self).acquire().await
    }

    fn observe(&self, status: StatusCode, headers: &HeaderMap) {
        (**self).observe(status, headers);
    }
}

/// A limiter that never limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unlimited;

#[async_trait]
impl Limiter for Unlimited {
    async fn acquire(&self) -> Result<Permit, Limited> {
        Ok(Permit::free())
    }
}
