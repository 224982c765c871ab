//! The client: what it offers, and the one way its calls go out.

use std::fmt;
use std::sync::Arc;

use api_core::{Caller, Error, SecretString};
use jiff::tz::TimeZone;
use url::Url;

use crate::auth::Keys;
use crate::builder::ClientBuilder;
use crate::scopes::Scopes;
use crate::warning::Warning;

/// Hears warnings.
pub(crate) type OnWarning = Arc<dyn Fn(&Warning) + Send + Sync>;

/// What a client is built of.
pub(crate) struct Parts {
    pub(crate) caller: Caller,
    pub(crate) keys: Keys,
    pub(crate) base: Url,
    pub(crate) administration: String,
    pub(crate) zone: TimeZone,
    pub(crate) lenient: bool,
    pub(crate) on_warning: Option<OnWarning>,
}

/// A client of one administration. Cheap to clone; clones share token and
/// limits.
#[derive(Clone)]
pub struct Client(Arc<Parts>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.0.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Starts with the two keys: the subscription key of whoever runs this
    /// software, and the koppelsleutel of the administration.
    #[must_use]
    pub fn builder(subscription_key: SecretString, connection_key: SecretString) -> ClientBuilder {
        ClientBuilder::new(subscription_key, connection_key)
    }

    /// Returns the address of the API.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.0.base.as_str()
    }

    /// Returns what tells this administration from others: a hash of its
    /// address and its koppelsleutel.
    #[must_use]
    pub fn administration(&self) -> &str {
        &self.0.administration
    }

    /// Returns the zone that is assumed for the server's times.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.0.zone
    }

    /// Returns what the koppelsleutel may do; logs in unless it has.
    ///
    /// # Errors
    ///
    /// `Auth` when the koppelsleutel is refused, `Unavailable` when the token
    /// host cannot be reached.
    pub async fn scopes(&self) -> Result<Scopes, Error> {
        Ok((*self.0.keys.scopes().await?).clone())
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// Hands a warning to whoever wants it.
    pub(crate) fn warn(&self, warning: &Warning) {
        if let Some(hear) = &self.0.on_warning {
            hear(warning);
        }
    }
}
