//! The settings of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use api_core::request::base_address;
use api_core::{ClientSettings, Error, ErrorKind, ExposeSecret, Limiter, SecretString};
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::auth::{Keys, Login, SESSIONS, Session, clean};
use crate::client::{Client, OnWarning, Parts};
use crate::limits::{LIMITERS, Limits, Product};
use crate::warning::Warning;

/// What settings that cannot work are told under.
const CONFIGURE: &str = "snelstart.configure";

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
    settings: ClientSettings,
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
            settings: ClientSettings::new(USER_AGENT),
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

    api_core::client_settings_methods!();

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
        let address = |text: &str, name: &str| {
            base_address(text, name, self.settings.insecure_http)
                .map_err(|error| error.operation(CONFIGURE))
        };
        let base = address(&self.base_url, "base_url")?;
        let token = address(&self.token_url, "token_url")?;
        let zone = TimeZone::get(&self.time_zone).map_err(|error| {
            config(format!("There is no time zone {:?}.", self.time_zone))
                .help("Name it as in the time zone database: Europe/Amsterdam, UTC.")
                .source(error)
        })?;
        if self.limits.per_minute == 0 || self.limits.per_hour == 0 || self.limits.concurrent == 0 {
            return Err(config("A limit of 0 lets nothing through.".to_owned()));
        }
        let administration = administration_of(&base, &key);
        let settings = &self.settings;
        let clock = settings.clock();
        let time = settings.clock_identity();
        let limiter: Arc<dyn Limiter> = match &settings.limiter {
            Some(limiter) => Arc::clone(limiter),
            None => LIMITERS.get(&format!("{administration}/{time}"), || {
                self.limits.limiter(Arc::clone(&clock), self.max_wait)
            }),
        };
        let way = settings.transport_identity();
        let session = SESSIONS.get(
            &format!("{}/{time}/{way}", administration_of(&token, &key)),
            Session::default,
        );
        let transport = settings
            .transport()
            .map_err(|error| error.operation(CONFIGURE))?;
        let login = Login {
            caller: settings.caller(&transport).build()?,
            url: token.to_string(),
            key,
            clock: Arc::clone(&clock),
        };
        let keys = Keys::new(login, subscription, session);
        let api = settings
            .caller(&transport)
            .auth(keys.clone())
            .limiter(limiter)
            .build()?;
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
    Error::new(ErrorKind::Config, what).operation(CONFIGURE)
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
