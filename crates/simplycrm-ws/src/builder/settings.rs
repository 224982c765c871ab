//! What both APIs let one set.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api_core::limit::SlidingLimiter;
use api_core::redact::Known;
use api_core::request::is_loopback;
use api_core::{
    Caller, Clock, Error, ErrorKind, ExchangeObserver, ExposeSecret, Limiter, RetryPolicy,
    SecretString, SystemClock, Transport,
};
use jiff::tz::TimeZone;
use url::Url;

use crate::wire::{OnWarning, Target, Wire};

/// The `User-Agent` unless another is set.
const USER_AGENT: &str = concat!("simplycrm-ws/", env!("CARGO_PKG_VERSION"));

/// The most sessions a pool may hold.
const MOST_SESSIONS: usize = 16;

/// What both APIs let one set.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) sessions: usize,
    pub(crate) timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) insecure_http: bool,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) user_agent: Cow<'static, str>,
    pub(crate) observers: Vec<Arc<dyn ExchangeObserver>>,
    pub(crate) limiter: Option<Arc<dyn Limiter>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) lenient: bool,
    pub(crate) on_warning: Option<OnWarning>,
    pub(crate) time_zone: String,
}

impl Settings {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            sessions: 2,
            timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            insecure_http: false,
            ca_file: None,
            user_agent: Cow::Borrowed(USER_AGENT),
            observers: Vec::new(),
            limiter: None,
            clock: Arc::new(SystemClock),
            transport: None,
            lenient: true,
            on_warning: None,
            time_zone: "UTC".to_owned(),
        }
    }

    /// The address of the installation; it ends in a slash.
    pub(crate) fn root(&self) -> Result<Url, Error> {
        root(&self.url, self.insecure_http)
    }

    /// The zone of the server's times.
    pub(crate) fn zone(&self) -> Result<TimeZone, Error> {
        TimeZone::get(&self.time_zone).map_err(|error| {
            config(format!("There is no time zone {:?}.", self.time_zone))
                .help("Name it as in the time zone database: Europe/Amsterdam, UTC.")
                .source(error)
        })
    }

    /// How many sessions, checked.
    pub(crate) fn checked_sessions(&self) -> Result<usize, Error> {
        if (1..=MOST_SESSIONS).contains(&self.sessions) {
            Ok(self.sessions)
        } else {
            Err(config(format!(
                "There cannot be {} sessions, only 1 to {MOST_SESSIONS}.",
                self.sessions
            )))
        }
    }

    /// Builds what sends requests to one API; `known` are the login's secrets.
    pub(crate) fn wire(&self, target: Target, known: Known) -> Result<Wire, Error> {
        Ok(Wire::new(
            target,
            self.caller()?,
            self.lenient,
            self.on_warning.clone(),
            known,
        ))
    }

    /// Builds what sends and retries.
    pub(crate) fn caller(&self) -> Result<Caller, Error> {
        let transport = match &self.transport {
            Some(transport) => Arc::clone(transport),
            None => api_core::default_transport(self.insecure_http, self.ca_file.as_deref())?,
        };
        let mut caller = Caller::builder(transport)
            .retry(self.retry)
            .timeout(self.timeout)
            .clock(Arc::clone(&self.clock))
            .user_agent(self.user_agent.clone());
        caller = match &self.limiter {
            Some(shared) => caller.limiter(Arc::clone(shared)),
            // No window of its own: it waits as the server asks for.
            None => caller.limiter(
                SlidingLimiter::builder(self.clock.clone())
                    .max_wait(self.retry.max_retry_after)
                    .build(),
            ),
        };
        for observer in &self.observers {
            caller = caller.observer(Arc::clone(observer));
        }
        caller.build()
    }
}

/// An error of the configuration.
pub(crate) fn config(what: String) -> Error {
    Error::new(ErrorKind::Config, what).operation("simplycrm.configure")
}

/// Refuses a secret that cannot be one.
pub(crate) fn check_secret(secret: &SecretString, what: &str) -> Result<(), Error> {
    if secret.expose_secret().trim().is_empty() {
        return Err(config(format!("The {what} is empty.")));
    }
    Ok(())
}

/// Refuses a name that cannot be one.
pub(crate) fn check_username(name: &str) -> Result<(), Error> {
    if name.trim().is_empty() {
        return Err(config("The user name is empty.".to_owned()));
    }
    Ok(())
}

/// Brings an address into the form every endpoint is built on: that of the
/// installation, with a slash at its end.
pub(crate) fn root(address: &str, insecure_http: bool) -> Result<Url, Error> {
    const HELP: &str =
        "The address looks like https://crm.example.com or https://crm.example.com/webservice.php.";
    let mut url = Url::parse(address.trim())
        .map_err(|error| config(format!("The address cannot be read: {error}.")).help(HELP))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(config(format!(
            "The address begins with `{}:`, not with `https:`.",
            url.scheme()
        ))
        .help(HELP));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            config("The address holds a user name or a password.".to_owned())
                .help("Take it out; the access key is configured apart from the address."),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(config("The address holds a `?` or a `#`.".to_owned()).help(HELP));
    }
    if url.scheme() == "http" && !insecure_http && !is_loopback(&url) {
        return Err(config(
            "The address is plain http, which would show the session to the network.".to_owned(),
        )
        .help("Use https, or allow plain http for this connection with `insecure_http`."));
    }
    let mut path = url.path().trim_end_matches('/').to_owned();
    for end in ["/webservice.php", "/modules/Mobile/api.php", "/index.php"] {
        if let Some(front) = path.strip_suffix(end) {
            path = front.to_owned();
            break;
        }
    }
    url.set_path(&format!("{path}/"));
    Ok(url)
}

/// An endpoint below the root.
pub(crate) fn endpoint(root: &Url, path: &str) -> Result<Url, Error> {
    root.join(path)
        .map_err(|error| config(format!("The address cannot be extended: {error}.")))
}

/// Writes the setters that both builders have; the builder has a field
/// `settings: Settings`.
macro_rules! setters {
    () => {
        /// Sets how many sessions may work at once, 1 to 16.
        ///
        /// The server answers the requests of one session one after the other
        /// (recorded vtiger 5.4.0 server), so throughput needs several.
        #[must_use]
        pub fn sessions(mut self, sessions: usize) -> Self {
            self.settings.sessions = sessions;
            self
        }

        /// Sets the time-out of one attempt, 60 s by default.
        ///
        /// Longer is useless: a stuck transaction takes 150 s and then fails
        /// (recorded vtiger 7.1.0 server).
        #[must_use]
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.settings.timeout = timeout;
            self
        }

        /// Sets how often a failed call is repeated where that is safe, 3 by
        /// default.
        #[must_use]
        pub fn max_retries(mut self, retries: u32) -> Self {
            self.settings.retry.max_retries = retries;
            self
        }

        /// Sets how often and after which waits a failed call is repeated.
        #[must_use]
        pub fn retry(mut self, policy: ::api_core::RetryPolicy) -> Self {
            self.settings.retry = policy;
            self
        }

        /// Allows plain `http` to another machine: sessions and records are
        /// then readable on the way.
        #[must_use]
        pub fn insecure_http(mut self, allow: bool) -> Self {
            self.settings.insecure_http = allow;
            self
        }

        /// Trusts the certificate authorities of a PEM file as well.
        #[must_use]
        pub fn ca_file(mut self, path: impl Into<::std::path::PathBuf>) -> Self {
            self.settings.ca_file = Some(path.into());
            self
        }

        /// Sets the `User-Agent`.
        #[must_use]
        pub fn user_agent(mut self, name: impl Into<::std::borrow::Cow<'static, str>>) -> Self {
            self.settings.user_agent = name.into();
            self
        }

        /// Adds an observer of every exchange.
        #[must_use]
        pub fn observer(
            mut self,
            observer: ::std::sync::Arc<dyn ::api_core::ExchangeObserver>,
        ) -> Self {
            self.settings.observers.push(observer);
            self
        }

        /// Sets the rate limiter of the account; share one between its clients.
        #[must_use]
        pub fn limiter(mut self, limiter: ::std::sync::Arc<dyn ::api_core::Limiter>) -> Self {
            self.settings.limiter = Some(limiter);
            self
        }

        /// Sets the clock that waits between attempts, the system's by default.
        #[must_use]
        pub fn clock(mut self, clock: ::std::sync::Arc<dyn ::api_core::Clock>) -> Self {
            self.settings.clock = clock;
            self
        }

        /// Sends over another transport; tests use it.
        #[must_use]
        pub fn transport(mut self, transport: ::std::sync::Arc<dyn ::api_core::Transport>) -> Self {
            self.settings.transport = Some(transport);
            self
        }

        /// Finds the JSON among PHP's warnings, with a
        /// [`Warning::Noise`](crate::Warning::Noise); on by default.
        #[must_use]
        pub fn lenient(mut self, lenient: bool) -> Self {
            self.settings.lenient = lenient;
            self
        }

        /// Sets who takes warnings. Called on the path of the call: must not
        /// block.
        #[must_use]
        pub fn on_warning(
            mut self,
            take: ::std::sync::Arc<dyn Fn(&crate::Warning) + Send + Sync>,
        ) -> Self {
            self.settings.on_warning = Some(take);
            self
        }

        /// Sets the zone of the server's times, UTC by default.
        #[must_use]
        pub fn time_zone(mut self, zone: &str) -> Self {
            self.settings.time_zone = zone.to_owned();
            self
        }
    };
}

pub(crate) use setters;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_spelling_of_the_address_has_one_root() {
        for (address, expected) in [
            ("https://crm.test", "https://crm.test/"),
            ("https://crm.test/", "https://crm.test/"),
            ("https://crm.test/webservice.php", "https://crm.test/"),
            (" https://crm.test/crm/index.php ", "https://crm.test/crm/"),
            (
                "https://crm.test/crm/modules/Mobile/api.php",
                "https://crm.test/crm/",
            ),
            ("http://localhost:8080/crm", "http://localhost:8080/crm/"),
        ] {
            assert_eq!(root(address, false).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn an_address_that_cannot_work_is_refused() {
        for address in [
            "",
            "crm.test",
            "ftp://crm.test",
            "https://u:p@crm.test",
            "https://crm.test/?a=1",
            "http://crm.test",
        ] {
            let error = root(address, false).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{address}");
            assert!(!format!("{error:?}").contains(":p@"), "{error:?}");
        }
        assert!(root("http://crm.test", true).is_ok());
    }
}
