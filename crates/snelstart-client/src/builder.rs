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
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use crate::auth::{Keys, Login, SESSIONS, Session, clean};
use crate::client::{Client, OnWarning, Parts};
use crate::limits::{LIMITERS, Limits, Product};
use crate::warning::Warning;

/// The `User-Agent` unless another is set.
const USER_AGENT: &str = concat!("snelstart-client/", env!("CARGO_PKG_VERSION"));

/// The address of the API (vendor documentation).
const BASE_URL: &str = "https://b2bapi.snelstart.nl/v2";

/// The address that gives out tokens (vendor documentation).
const TOKEN_URL: &str = "https://auth.snelstart.nl/b2b/token";

/// Settings of a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    subscription_key: SecretString,
    connection_key: SecretString,
    base_url: String,
    token_url: String,
    limits: Limits,
    max_wait: Duration,
    timeout: Duration,
    retry: RetryPolicy,
    insecure_http: bool,
    ca_file: Option<PathBuf>,
    user_agent: Cow<'static, str>,
    observers: Vec<Arc<dyn ExchangeObserver>>,
    limiter: Option<Arc<dyn Limiter>>,
    clock: Option<Arc<dyn Clock>>,
    transport: Option<Arc<dyn Transport>>,
    time_zone: String,
    lenient: bool,
    on_warning: Option<OnWarning>,
}

impl ClientBuilder {
    pub(crate) fn new(subscription_key: SecretString, connection_key: SecretString) -> Self {
        Self {
            subscription_key,
            connection_key,
            base_url: BASE_URL.to_owned(),
            token_url: TOKEN_URL.to_owned(),
            limits: Product::default().limits(),
            max_wait: Duration::from_secs(65),
            timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            insecure_http: false,
            ca_file: None,
            user_agent: Cow::Borrowed(USER_AGENT),
            observers: Vec::new(),
            limiter: None,
            clock: None,
            transport: None,
            time_zone: "UTC".to_owned(),
            lenient: true,
            on_warning: None,
        }
    }

    /// Sets the address of the API.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets the address that gives out tokens.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = url.into();
        self
    }

    /// Sets the limits by the subscription's product.
    #[must_use]
    pub fn product(self, product: Product) -> Self {
        self.limits(product.limits())
    }

    /// Sets the limits.
    ///
    /// Clients of one administration share one limiter; the limits of the first
    /// hold until all of them are gone.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long a call waits for its turn, 65 s by default.
    ///
    /// A longer wait is an error that says when the turn comes.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Sets the time-out of one attempt, 60 s by default.
    ///
    /// Large orders take long, and are stored even when nobody waits any more
    /// (measured by client authors).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often a failed call is repeated where that is safe, 3 by
    /// default.
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

    /// Allows plain `http` to another machine: both keys are then readable on
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

    /// Sets the limiter instead of the one that the administration's clients
    /// share.
    #[must_use]
    pub fn limiter(mut self, limiter: Arc<dyn Limiter>) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Sets the clock that everything waits by, the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sends over another transport; tests use it.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets the zone of the server's times, `UTC` by default.
    ///
    /// Which zone they stand in is unknown.
    #[must_use]
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = name.into();
        self
    }

    /// Sets whether a list that ignores its filter is read all the same, the
    /// filter being applied here; on by default.
    #[must_use]
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// Hears of what went well and still deserves to be known.
    #[must_use]
    pub fn on_warning(mut self, hear: impl Fn(&Warning) + Send + Sync + 'static) -> Self {
        self.on_warning = Some(Arc::new(hear));
        self
    }

    /// Builds the client; sends nothing.
    ///
    /// # Errors
    ///
    /// `Config` when a key, an address, the limits, the time zone or the CA file
    /// cannot work.
    pub fn build(self) -> Result<Client, Error> {
        let subscription = clean(&self.subscription_key, "API key (subscription key)")?;
        let key = clean(&self.connection_key, "koppelsleutel (connection key)")?;
        let base = address(&self.base_url, "base_url", self.insecure_http)?;
        let token = address(&self.token_url, "token_url", self.insecure_http)?;
        let zone = TimeZone::get(&self.time_zone).map_err(|error| {
            config(format!("There is no time zone {:?}.", self.time_zone))
                .help("Name it as in the time zone database: Europe/Amsterdam, UTC.")
                .source(error)
        })?;
        if self.limits.per_minute == 0 || self.limits.per_hour == 0 || self.limits.concurrent == 0 {
            return Err(config("A limit of 0 lets nothing through.".to_owned()));
        }
        let administration = administration_of(&base, &key);
        let clock: Arc<dyn Clock> = match &self.clock {
            Some(clock) => Arc::clone(clock),
            None => Arc::new(SystemClock),
        };
        // Clocks that tell other times can share neither windows nor tokens.
        let time = self
            .clock
            .as_ref()
            .map_or(0, |clock| Arc::as_ptr(clock).cast::<()>() as usize);
        let limiter: Arc<dyn Limiter> = match &self.limiter {
            Some(limiter) => Arc::clone(limiter),
            None => LIMITERS.get(&format!("{administration}/{time}"), || {
                self.limits.limiter(Arc::clone(&clock), self.max_wait)
            }),
        };
        let way = self
            .transport
            .as_ref()
            .map_or(0, |transport| Arc::as_ptr(transport).cast::<()>() as usize);
        let session = SESSIONS.get(
            &format!("{}/{time}/{way}", administration_of(&token, &key)),
            Session::default,
        );
        let transport = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => default_transport(self.insecure_http, self.ca_file.as_deref())?,
        };
        let caller = || {
            let mut caller = Caller::builder(Arc::clone(&transport))
                .retry(self.retry)
                .timeout(self.timeout)
                .clock(Arc::clone(&clock))
                .user_agent(self.user_agent.clone());
            for observer in &self.observers {
                caller = caller.observer(Arc::clone(observer));
            }
            caller
        };
        let login = Login {
            caller: caller().build()?,
            url: token.to_string(),
            key,
            clock: Arc::clone(&clock),
        };
        let keys = Keys::new(login, subscription, session);
        let api = caller().auth(keys.clone()).limiter(limiter).build()?;
        Ok(Client::new(Parts {
            caller: api,
            keys,
            base,
            administration,
            zone,
            lenient: self.lenient,
            on_warning: self.on_warning,
        }))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &api_core::redact::url(&self.base_url))
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

fn config(what: String) -> Error {
    Error::new(ErrorKind::Config, what).operation("snelstart.configure")
}

/// What tells one administration from another, without giving away its key.
fn administration_of(base: &Url, key: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(base.as_str());
    hash.update([0]);
    hash.update(key.expose_secret());
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn address(text: &str, name: &str, insecure_http: bool) -> Result<Url, Error> {
    let mut url = Url::parse(text.trim())
        .map_err(|error| config(format!("`{name}` cannot be read: {error}.")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(config(format!(
            "`{name}` begins with `{}:`, not with `https:`.",
            url.scheme()
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(config(format!("`{name}` holds a user name or a password.")));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(config(format!("`{name}` holds a `?` or a `#`.")));
    }
    if url.scheme() == "http" && !insecure_http && !is_loopback(&url) {
        return Err(config(format!(
            "`{name}` is plain http, which would show both keys to the network."
        ))
        .help("Use https, or allow plain http for this connection with `insecure_http`."));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(feature = "reqwest")]
fn default_transport(
    insecure_http: bool,
    ca_file: Option<&std::path::Path>,
) -> Result<Arc<dyn Transport>, Error> {
    let mut builder = api_core::HttpTransport::builder().insecure_http(insecure_http);
    if let Some(path) = ca_file {
        builder = builder.ca_file(path)?;
    }
    Ok(Arc::new(builder.build()?))
}

#[cfg(not(feature = "reqwest"))]
fn default_transport(
    _insecure_http: bool,
    _ca_file: Option<&std::path::Path>,
) -> Result<Arc<dyn Transport>, Error> {
    Err(config(
        "No transport is set, and the feature `reqwest` is off.".to_owned(),
    ))
}
