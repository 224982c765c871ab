//! The limits of an administration, shared by all clients of the process.

use std::sync::Arc;
use std::time::Duration;

use api_core::limit::{Limited, Limiter, Permit, SlidingLimiter};
use api_core::{Clock, Registry};
use async_trait::async_trait;
use http::{HeaderMap, StatusCode, header};

/// The subscription's product; it sets the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Product {
    /// *Ontwikkeling & Test*: 100 a minute, 1,000 an hour, 5 at once.
    Test,
    /// *Maatwerk*: 500 a minute, 5,000 an hour, 50 at once.
    #[default]
    Custom,
    /// *Productie*: as *Maatwerk*.
    Production,
}

impl Product {
    /// The limits of the product per administration (vendor documentation).
    #[must_use]
    pub fn limits(self) -> Limits {
        match self {
            Self::Test => Limits::new(100, 1_000, 5),
            Self::Custom | Self::Production => Limits::new(500, 5_000, 50),
        }
    }
}

/// How many requests an administration takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests in any minute.
    pub per_minute: u32,
    /// Requests in any hour.
    pub per_hour: u32,
    /// Requests under way at one time.
    pub concurrent: usize,
}

impl Limits {
    /// Names all three.
    #[must_use]
    pub fn new(per_minute: u32, per_hour: u32, concurrent: usize) -> Self {
        Self {
            per_minute,
            per_hour,
            concurrent,
        }
    }

    /// Builds a limiter that keeps them.
    pub(crate) fn limiter(self, clock: Arc<dyn Clock>, max_wait: Duration) -> AccountLimiter {
        AccountLimiter(
            SlidingLimiter::builder(clock)
                .window(self.per_minute, Duration::from_secs(60))
                .window(self.per_hour, Duration::from_secs(3_600))
                .concurrency(self.concurrent)
                .max_wait(max_wait)
                .until_answered()
                .build(),
        )
    }
}

/// The limiter of one administration.
#[derive(Debug)]
pub(crate) struct AccountLimiter(SlidingLimiter);

#[async_trait]
impl Limiter for AccountLimiter {
    async fn acquire(&self) -> Result<Permit, Limited> {
        self.0.acquire().await
    }

    fn observe(&self, status: StatusCode, headers: &HeaderMap) {
        // A quota of the gateway answers 403 with a time to wait.
        let quota = status == StatusCode::FORBIDDEN && headers.contains_key(header::RETRY_AFTER);
        let status = if quota {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            status
        };
        self.0.observe(status, headers);
    }
}

/// The limiters of the administrations of this process.
pub(crate) static LIMITERS: Registry<AccountLimiter> = Registry::new();
