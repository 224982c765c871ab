//! The client of the session webservice.

use std::fmt;
use std::sync::Arc;

use api_core::{Error, ErrorKind, Json, SecretString, SendOutcome, Timestamp};
use jiff::tz::TimeZone;
use url::Url;

use crate::auth::{KeyLogin, Login};
use crate::builder::ClientBuilder;
use crate::describe::Described;
use crate::operation::Operation;
use crate::params::Params;
use crate::session::Channel;
use crate::warning::Warning;

struct Inner {
    channel: Channel<KeyLogin>,
    root: Url,
    zone: TimeZone,
    described: Described,
    memory: crate::probe::Memory,
}

/// A client of one Simply CRM user. Cheap to clone; clones share sessions.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("root", &self.0.root.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    pub(crate) fn new(channel: Channel<KeyLogin>, root: Url, zone: TimeZone) -> Self {
        Self(Arc::new(Inner {
            channel,
            root,
            zone,
            described: Described::default(),
            memory: crate::probe::Memory::default(),
        }))
    }

    /// Starts with the address of the CRM, a user name and that user's access
    /// key (it stands in My Preferences; it is not the password).
    ///
    /// The address is that of the installation or of its `webservice.php`.
    #[must_use]
    pub fn builder(
        url: &str,
        username: impl Into<String>,
        access_key: SecretString,
    ) -> ClientBuilder {
        ClientBuilder::new(url, username.into(), access_key)
    }

    /// Returns the address of the installation; it ends in a slash.
    #[must_use]
    pub fn root_url(&self) -> &str {
        self.0.root.as_str()
    }

    /// Returns the zone of the server's times.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.0.zone
    }

    /// Returns how many sessions may work at once.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.0.channel.sessions()
    }

    /// Makes sure of a session and says what its login told.
    ///
    /// # Errors
    ///
    /// `Auth` when the login is refused; its help names the likely causes.
    pub async fn login(&self) -> Result<Login, Error> {
        self.0.channel.login().await
    }

    /// Returns what the latest login told; `None` before the first.
    #[must_use]
    pub fn last_login(&self) -> Option<Login> {
        self.0.channel.latest()
    }

    /// Ends all sessions that no call uses now.
    ///
    /// Failures do not matter: a stock 7.1.0 server answers
    /// `INTERNAL_SERVER_ERROR` to every logout (recorded vtiger 7.1.0 server).
    pub async fn logout(&self) {
        self.0.channel.logout().await;
    }

    /// Turns the session of a browser into one of the webservice, and returns
    /// what the server told; of no use without a browser's session.
    ///
    /// The pool does not use it: the answer's `sessionName` is the browser's
    /// own `PHPSESSID` (recorded vtiger 5.4.0 server), so it is left out.
    ///
    /// # Errors
    ///
    /// `Auth` when the browser's session is none or is over.
    pub async fn extend_session(&self, php_session: SecretString) -> Result<Login, Error> {
        let params = Params::new().with_secret("PHPSESSID", php_session);
        let result = self
            .0
            .channel
            .wire()
            .send(&Operation::EXTENDSESSION, &params, None)
            .await?;
        crate::auth::read_extended(result)
    }

    /// Calls a known operation by its name and returns its `result`.
    ///
    /// # Errors
    ///
    /// `Config` when the name is not known; [`call_as`](Self::call_as) calls
    /// any.
    pub async fn call(&self, operation: &str, params: Params) -> Result<Json, Error> {
        let Some(known) = Operation::known(operation) else {
            let error = Error::new(
                ErrorKind::Config,
                format!("There is no known operation {operation:?}."),
            );
            return Err(error
                .operation("simplycrm.call")
                .outcome(SendOutcome::NotSent)
                .help("Check its spelling, or say with `call_as` where its parameters go and what sending it twice does."));
        };
        self.call_as(known, params).await
    }

    /// Calls an operation and returns its `result`.
    ///
    /// A session that is over is replaced, once, and the call repeated: the
    /// server checks the session before it does anything.
    ///
    /// # Errors
    ///
    /// What the server refused, with its code ([`Code`](crate::Code)) and its
    /// message; a broken answer ([`BodyFault`](crate::BodyFault)); or a failed
    /// login.
    pub async fn call_as(&self, operation: &Operation, params: Params) -> Result<Json, Error> {
        self.0.channel.call(operation, &params).await
    }

    /// Returns by how many microseconds the server's clock is ahead of ours;
    /// `None` before the first login. Exact to about half a second.
    #[must_use]
    pub fn server_clock(&self) -> Option<i64> {
        self.0.channel.scheme().server_clock.ahead_micros()
    }

    /// Returns the time on the server's clock; on ours before the first login.
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        let ahead = self.server_clock().unwrap_or_default();
        let now = self.0.channel.wire().clock().now();
        Timestamp::from_micros(now.as_micros().saturating_add(ahead))
    }

    /// Returns what was found out about the server.
    pub(crate) fn memory(&self) -> &crate::probe::Memory {
        &self.0.memory
    }

    /// Returns the clock everything waits by.
    pub(crate) fn clock(&self) -> Arc<dyn api_core::Clock> {
        self.0.channel.wire().clock()
    }

    /// Returns the modules' descriptions that are remembered.
    pub(crate) fn descriptions(&self) -> &Described {
        &self.0.described
    }

    /// Hands a warning to whoever wants it.
    pub(crate) fn warn(&self, warning: &Warning) {
        self.0.channel.wire().warn(warning);
    }
}
