//! The client: what it offers, and the one way its calls go out.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::{Caller, Limiter, SecretString};
use url::Url;

use crate::builder::ClientBuilder;
use crate::changed::Remembered;
use crate::warning::Warning;

/// Hears warnings.
pub(crate) type OnWarning = Arc<dyn Fn(&Warning) + Send + Sync>;

/// What a client is built of.
pub(crate) struct Parts {
    pub(crate) caller: Caller,
    pub(crate) limiter: Arc<dyn Limiter>,
    pub(crate) base: Url,
    pub(crate) account: String,
    pub(crate) per_page: u32,
    pub(crate) throttle_wait: Duration,
    pub(crate) lenient: bool,
    pub(crate) on_warning: Option<OnWarning>,
    pub(crate) probes: Mutex<HashMap<&'static str, Remembered>>,
}

/// A client of one account. Cheap to clone; clones share everything, and all
/// clients of the process share the limit.
#[derive(Clone)]
pub struct Client(Arc<Parts>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("account", &self.0.account)
            .field("base", &self.0.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Starts with the account, by name or by any address within it (`acme`,
    /// `https://www.acme.syncromsp.com/customers/5`), and an API token.
    #[must_use]
    pub fn builder(account: &str, token: SecretString) -> ClientBuilder {
        ClientBuilder::new(account, token)
    }

    /// Returns the account's name.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.0.account
    }

    /// Returns the address of the API.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.0.base.as_str()
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
