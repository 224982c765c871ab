//! The settings of a client.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::request::base_address;
use api_core::{Bearer, ClientSettings, Error, ErrorKind, Limiter, SecretString};

use crate::address;
use crate::auth::clean;
use crate::client::{Client, OnWarning, Parts};
use crate::limits::{self, LIMITERS, PER_MINUTE, WINDOW};
use crate::warning::Warning;

/// What settings that cannot work are told under.
const CONFIGURE: &str = "syncro.configure";

/// The `User-Agent` unless another is set; a name of its own is what the
/// vendor asks clients for (measured by client authors).
const USER_AGENT: &str = concat!("syncro-client/", env!("CARGO_PKG_VERSION"));

/// The rows of a page unless another number is set: the most that client
/// authors measured, and the most that the OpenAPI document allows anywhere.
const PER_PAGE: u32 = 100;

/// The longest that the server may ask to wait before a call gives up: the
/// window of its limit, and some.
const LONGEST_HINT: Duration = Duration::from_secs(90);

/// Settings of a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    account: String,
    token: SecretString,
    base_url: Option<String>,
    per_minute: u32,
    max_wait: Duration,
    throttle_wait: Duration,
    per_page: u32,
    settings: ClientSettings,
    lenient: bool,
    on_warning: Option<OnWarning>,
}

impl ClientBuilder {
    pub(crate) fn new(account: &str, token: SecretString) -> Self {
        let mut settings = ClientSettings::new(USER_AGENT);
        settings.retry.max_retry_after = LONGEST_HINT;
        Self {
            account: account.to_owned(),
            token,
            base_url: None,
            per_minute: PER_MINUTE,
            max_wait: LONGEST_HINT,
            throttle_wait: WINDOW,
            per_page: PER_PAGE,
            settings,
            lenient: true,
            on_warning: None,
        }
    }

    /// Sets the address of the API instead of the account's own, for a sandbox
    /// or for RepairShopr, which is the same engine.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets how many requests may leave in any minute, 180 by default (OpenAPI
    /// document).
    ///
    /// Syncro counts them by the address they come from, so all clients of the
    /// process share one limiter; the number of the first holds until all of
    /// them are gone. Where other programs call from the same address, leave
    /// them some.
    #[must_use]
    pub fn requests_per_minute(mut self, requests: u32) -> Self {
        self.per_minute = requests;
        self
    }

    /// Sets how long a call waits for its turn, 90 s by default.
    ///
    /// A longer wait is an error that says when the turn comes.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Sets how long all clients keep silent when the server throttles and does
    /// not say for how long, 60 s by default: the window of its limit.
    #[must_use]
    pub fn throttle_wait(mut self, wait: Duration) -> Self {
        self.throttle_wait = wait;
        self
    }

    /// Sets how many rows a page of a list is asked for, 100 by default.
    ///
    /// Lists that do not know the parameter give pages of their own size; where
    /// a page takes the server too long, smaller ones are asked for.
    #[must_use]
    pub fn per_page(mut self, rows: u32) -> Self {
        self.per_page = rows;
        self
    }

    api_core::client_settings_methods!();

    /// Sets whether lists that ignore their parameter for what changed since a
    /// moment are read as a whole; on by default. When off, that is an error.
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
    /// `Config` when the account, the token, the address, a number or the CA
    /// file cannot work.
    pub fn build(self) -> Result<Client, Error> {
        self.make().map_err(|error| error.operation(CONFIGURE))
    }

    fn make(self) -> Result<Client, Error> {
        let account = address::account(&self.account)?;
        let token = clean(&self.token)?;
        let url = match &self.base_url {
            Some(url) => url.clone(),
            None => address::base_url(&account),
        };
        let base = base_address(&url, "base_url", self.settings.insecure_http)?;
        if self.per_minute == 0 || self.per_page == 0 {
            return Err(Error::new(
                ErrorKind::Config,
                "A limit of 0 requests or pages of 0 rows let nothing through.",
            ));
        }
        let clock = self.settings.clock();
        let limiter: Arc<dyn Limiter> = match &self.settings.limiter {
            Some(limiter) => Arc::clone(limiter),
            None => {
                let time = self.settings.clock_identity();
                LIMITERS.get(&format!("{}/{time}", limits::group(&base)), || {
                    limits::limiter(self.per_minute, self.max_wait, clock)
                })
            }
        };
        let transport = self.settings.transport()?;
        let caller = self
            .settings
            .caller(&transport)
            .auth(Bearer::new(token))
            .limiter(Arc::clone(&limiter))
            .build()?;
        Ok(Client::new(Parts {
            caller,
            limiter,
            base,
            account,
            per_page: self.per_page,
            throttle_wait: self.throttle_wait,
            lenient: self.lenient,
            on_warning: self.on_warning,
            probes: Mutex::new(HashMap::new()),
        }))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("account", &api_core::redact::url(&self.account))
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
