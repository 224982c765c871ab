//! The settings of a caller.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::{Caller, Inner};
use crate::auth::Authorize;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::limit::Limiter;
use crate::observe::ExchangeObserver;
use crate::retry::{RetryBudget, RetryPolicy};
use crate::transport::Transport;

type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Settings of a [`Caller`].
#[derive(Clone)]
pub struct CallerBuilder {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) auth: Arc<dyn Authorize>,
    pub(super) limiter: Arc<dyn Limiter>,
    pub(super) policy: RetryPolicy,
    pub(super) budget: Arc<RetryBudget>,
    pub(super) observers: Vec<Arc<dyn ExchangeObserver>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) user_agent: Cow<'static, str>,
    pub(super) timeout: Duration,
    pub(super) jitter: Jitter,
}

impl CallerBuilder {
    /// Sets the login, none by default.
    #[must_use]
    pub fn auth(mut self, auth: impl Authorize + 'static) -> Self {
        self.auth = Arc::new(auth);
        self
    }

    /// Sets the rate limiter of the account, none by default. Share one
    /// (`Arc<impl Limiter>`) between all callers of the account.
    #[must_use]
    pub fn limiter(mut self, limiter: impl Limiter + 'static) -> Self {
        self.limiter = Arc::new(limiter);
        self
    }

    /// Sets how often and how long to try.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Shares a retry budget with other callers of the connection.
    #[must_use]
    pub fn budget(mut self, budget: Arc<RetryBudget>) -> Self {
        self.budget = budget;
        self
    }

    /// Adds an observer of every exchange.
    #[must_use]
    pub fn observer(mut self, observer: impl ExchangeObserver + 'static) -> Self {
        self.observers.push(Arc::new(observer));
        self
    }

    /// Sets the clock that waits, the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the `User-Agent`, this crate's name and version by default.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Sets the time-out of one attempt, 30 s by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets where jitter comes from: numbers in 0..1.
    #[must_use]
    pub fn jitter(mut self, jitter: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.jitter = Arc::new(jitter);
        self
    }

    /// Builds the caller.
    ///
    /// # Errors
    /// When the user agent holds characters that a header cannot carry.
    pub fn build(self) -> Result<Caller, Error> {
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|error| {
            Error::new(
                ErrorKind::Config,
                "The user agent holds characters that a header cannot carry.",
            )
            .source(error)
        })?;
        Ok(Caller(Arc::new(Inner {
            settings: self,
            user_agent,
        })))
    }
}

impl fmt::Debug for CallerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallerBuilder").finish_non_exhaustive()
    }
}
