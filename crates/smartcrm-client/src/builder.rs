//! The settings of a client.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api_core::{
    Caller, Clock, Error, ErrorKind, ExchangeObserver, ExposeSecret, Limiter, RetryPolicy,
    SecretString, SystemClock, Transport,
};

use api_core::limit::SlidingLimiter;
use api_core::redact::Known;

use crate::auth::SmartAuth;
use crate::client::{self, Client};
use crate::profile::{Entity, Profile};
use crate::request::normalise;

/// The `User-Agent` unless another is set.
const USER_AGENT: &str = concat!("smartcrm-client/", env!("CARGO_PKG_VERSION"));

/// Settings of a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    api_url: String,
    token: SecretString,
    client_token: Option<SecretString>,
    uses: Vec<Entity>,
    profile: Profile,
    timeout: Duration,
    retry: RetryPolicy,
    batch_size: usize,
    insecure_http: bool,
    ca_file: Option<PathBuf>,
    user_agent: Cow<'static, str>,
    observers: Vec<Arc<dyn ExchangeObserver>>,
    limiter: Option<Arc<dyn Limiter>>,
    clock: Arc<dyn Clock>,
    transport: Option<Arc<dyn Transport>>,
}

impl ClientBuilder {
    pub(crate) fn new(api_url: &str, token: SecretString) -> Self {
        Self {
            api_url: api_url.to_owned(),
            token,
            client_token: None,
            uses: Vec::new(),
            profile: Profile::smartcrm(),
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            batch_size: 50,
            insecure_http: false,
            ca_file: None,
            user_agent: Cow::Borrowed(USER_AGENT),
            observers: Vec::new(),
            limiter: None,
            clock: Arc::new(SystemClock),
            transport: None,
        }
    }

    /// Sets the second token, which V2 routes need.
    #[must_use]
    pub fn client_token(mut self, token: SecretString) -> Self {
        self.client_token = Some(token);
        self
    }

    /// Names entities that will be asked for.
    ///
    /// [`build`](Self::build) then fails at once where the profile has no such
    /// records, or where their routes need a client token and none is set,
    /// instead of the first call.
    #[must_use]
    pub fn uses(mut self, entities: impl IntoIterator<Item = Entity>) -> Self {
        self.uses.extend(entities);
        self
    }

    /// Sets what this installation does differently.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the time-out of one attempt, 30 s by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often a failed call is repeated where that is safe, 3 by default.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.retry.max_retries = retries;
        self
    }

    /// Sets how often and after which waits a failed call is repeated.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how many records a batch and a page hold, 50 by default.
    #[must_use]
    pub fn batch_size(mut self, records: usize) -> Self {
        self.batch_size = records;
        self
    }

    /// Allows plain `http` to another machine: the token is then readable on
    /// the way.
    #[must_use]
    pub fn insecure_http(mut self, allow: bool) -> Self {
        self.insecure_http = allow;
        self
    }

    /// Trusts the certificate authorities of a PEM file as well.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Sets the `User-Agent`.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Adds an observer of every exchange.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn ExchangeObserver>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Sets the rate limiter of the account; share one between its clients.
    ///
    /// Without one the client has a limiter that knows no limit of its own but
    /// waits as `X-RateLimit-Remaining`, `X-RateLimit-Reset` and `Retry-After`
    /// ask for.
    #[must_use]
    pub fn limiter(mut self, limiter: Arc<dyn Limiter>) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Sets the clock that waits between attempts, the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sends over another transport; tests use it.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Builds the client; sends nothing.
    ///
    /// # Errors
    ///
    /// `Config` when the URL, a token, the profile, the CA file or the batch
    /// size cannot work.
    pub fn build(self) -> Result<Client, Error> {
        let fault =
            |what: String| Error::new(ErrorKind::Config, what).operation("smartcrm.configure");
        if let Some(what) = self.profile.fault() {
            return Err(fault(format!(
                "The profile {} is wrong: {what}.",
                self.profile.name
            )));
        }
        if self.batch_size == 0 || u32::try_from(self.batch_size).is_err() {
            return Err(fault(format!(
                "A batch cannot hold {} records.",
                self.batch_size
            )));
        }
        if self
            .client_token
            .as_ref()
            .is_some_and(|token| token.expose_secret().trim().is_empty())
        {
            return Err(fault("The client token is empty.".to_owned()));
        }
        let has_client_token = self.client_token.is_some();
        for entity in self.uses {
            client::usable(&self.profile, has_client_token, entity)
                .map_err(|error| error.operation("smartcrm.configure"))?;
        }
        let base = normalise(&self.api_url, &self.profile.api_prefix, self.insecure_http)?;
        let auth = SmartAuth::new(
            &self.profile,
            &base,
            &self.token,
            self.client_token.as_ref(),
        )?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => api_core::default_transport(self.insecure_http, self.ca_file.as_deref())?,
        };
        // No window of its own: it follows what the server says of its limit.
        let limiter = SlidingLimiter::builder(self.clock.clone())
            .max_wait(self.retry.max_retry_after)
            .build();
        let mut caller = Caller::builder(transport)
            .auth(auth)
            .retry(self.retry)
            .timeout(self.timeout)
            .clock(Arc::clone(&self.clock))
            .user_agent(self.user_agent);
        caller = match self.limiter {
            Some(shared) => caller.limiter(shared),
            None => caller.limiter(limiter),
        };
        for observer in self.observers {
            caller = caller.observer(observer);
        }
        let known = Known::new([Some(self.token), self.client_token].into_iter().flatten());
        Ok(Client::new(
            caller.build()?,
            base,
            self.profile,
            self.batch_size,
            has_client_token,
            known,
        ))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("profile", &self.profile.name)
            .finish_non_exhaustive()
    }
}
