//! The settings that every client has.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::caller::{Caller, CallerBuilder};
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::limit::Limiter;
use crate::observe::ExchangeObserver;
use crate::retry::RetryPolicy;
use crate::transport::Transport;

/// The settings that every client has, whatever it talks to.
///
/// A client's builder keeps one as its field `settings`, and
/// [`client_settings_methods!`](crate::client_settings_methods) writes the
/// builder's methods.
#[derive(Clone)]
pub struct ClientSettings {
    /// The time-out of one attempt.
    pub timeout: Duration,
    /// How often and after which waits a failed call is repeated.
    pub retry: RetryPolicy,
    /// Whether plain `http` to another machine is allowed.
    pub insecure_http: bool,
    /// A PEM file of certificate authorities that are trusted as well.
    pub ca_file: Option<PathBuf>,
    /// The `User-Agent`.
    pub user_agent: Cow<'static, str>,
    /// Who hears of every exchange.
    pub observers: Vec<Arc<dyn ExchangeObserver>>,
    /// A limiter instead of the client's own.
    pub limiter: Option<Arc<dyn Limiter>>,
    /// A clock instead of the system's.
    pub clock: Option<Arc<dyn Clock>>,
    /// A transport instead of HTTP's own.
    pub transport: Option<Arc<dyn Transport>>,
}

impl ClientSettings {
    /// Starts with a time-out of 60 s and the usual repetitions.
    #[must_use]
    pub fn new(user_agent: impl Into<Cow<'static, str>>) -> Self {
        Self {
            timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            insecure_http: false,
            ca_file: None,
            user_agent: user_agent.into(),
            observers: Vec::new(),
            limiter: None,
            clock: None,
            transport: None,
        }
    }

    /// Returns the clock that everything waits by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        match &self.clock {
            Some(clock) => Arc::clone(clock),
            None => Arc::new(SystemClock),
        }
    }

    /// Tells clocks apart, for what is shared: clocks that tell other times can
    /// share neither windows nor tokens.
    #[must_use]
    pub fn clock_identity(&self) -> usize {
        self.clock
            .as_ref()
            .map_or(0, |clock| Arc::as_ptr(clock).cast::<()>() as usize)
    }

    /// Tells transports apart, for what is shared.
    #[must_use]
    pub fn transport_identity(&self) -> usize {
        self.transport
            .as_ref()
            .map_or(0, |transport| Arc::as_ptr(transport).cast::<()>() as usize)
    }

    /// Returns the transport that was set, or makes HTTP's own.
    ///
    /// # Errors
    ///
    /// `Config` when the file of certificate authorities cannot work, or when
    /// the feature `reqwest` is off.
    pub fn transport(&self) -> Result<Arc<dyn Transport>, Error> {
        match &self.transport {
            Some(transport) => Ok(Arc::clone(transport)),
            None => default_transport(self.insecure_http, self.ca_file.as_deref()),
        }
    }

    /// Starts a caller with these settings over a transport.
    #[must_use]
    pub fn caller(&self, transport: &Arc<dyn Transport>) -> CallerBuilder {
        let mut caller = Caller::builder(Arc::clone(transport))
            .retry(self.retry)
            .timeout(self.timeout)
            .clock(self.clock())
            .user_agent(self.user_agent.clone());
        for observer in &self.observers {
            caller = caller.observer(Arc::clone(observer));
        }
        caller
    }
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSettings")
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .field("insecure_http", &self.insecure_http)
            .finish_non_exhaustive()
    }
}

/// Makes the transport of HTTP, with certificate authorities of a PEM file
/// besides the usual ones.
///
/// # Errors
///
/// `Config` when the file cannot work, or when the feature `reqwest` is off.
#[cfg(feature = "reqwest")]
pub fn default_transport(
    insecure_http: bool,
    ca_file: Option<&Path>,
) -> Result<Arc<dyn Transport>, Error> {
    let mut builder = crate::HttpTransport::builder().insecure_http(insecure_http);
    if let Some(path) = ca_file {
        builder = builder.ca_file(path)?;
    }
    Ok(Arc::new(builder.build()?))
}

/// Says that there is no transport of HTTP without the feature `reqwest`.
///
/// # Errors
///
/// `Config`, always.
#[cfg(not(feature = "reqwest"))]
pub fn default_transport(
    _insecure_http: bool,
    _ca_file: Option<&Path>,
) -> Result<Arc<dyn Transport>, Error> {
    Err(Error::new(
        crate::ErrorKind::Config,
        "No transport is set, and the feature `reqwest` is off.",
    ))
}

/// Writes the methods of a builder whose field `settings` is a
/// [`ClientSettings`]; it stands within the builder's `impl`.
#[macro_export]
macro_rules! client_settings_methods {
    () => {
        /// Sets the time-out of one attempt, 60 s by default.
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
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.settings.retry = policy;
            self
        }

        /// Allows plain `http` to another machine: the login is then readable
        /// on the way.
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
            observer: ::std::sync::Arc<dyn $crate::ExchangeObserver>,
        ) -> Self {
            self.settings.observers.push(observer);
            self
        }

        /// Sets the limiter instead of the one that clients of this process
        /// share.
        #[must_use]
        pub fn limiter(mut self, limiter: ::std::sync::Arc<dyn $crate::Limiter>) -> Self {
            self.settings.limiter = Some(limiter);
            self
        }

        /// Sets the clock that everything waits by, the system's by default.
        #[must_use]
        pub fn clock(mut self, clock: ::std::sync::Arc<dyn $crate::Clock>) -> Self {
            self.settings.clock = Some(clock);
            self
        }

        /// Sends over another transport; tests use it.
        #[must_use]
        pub fn transport(mut self, transport: ::std::sync::Arc<dyn $crate::Transport>) -> Self {
            self.settings.transport = Some(transport);
            self
        }
    };
}
