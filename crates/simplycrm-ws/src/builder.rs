//! The settings of a client; both APIs share them.

use std::fmt;

use api_core::redact::Known;
use api_core::{Error, SecretString};

use crate::auth::KeyLogin;
use crate::client::Client;
use crate::session::Channel;
use crate::wire::Target;

mod settings;

pub(crate) use settings::{Settings, check_secret, check_username, endpoint, root, setters};

/// Settings of a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    settings: Settings,
    username: String,
    access_key: SecretString,
}

impl ClientBuilder {
    pub(crate) fn new(url: &str, username: String, access_key: SecretString) -> Self {
        Self {
            settings: Settings::new(url),
            username,
            access_key,
        }
    }

    setters!();

    /// Builds the client; sends nothing.
    ///
    /// # Errors
    ///
    /// `Config` when the address, the user name, the access key, the number of
    /// sessions, the time zone or the CA file cannot work.
    pub fn build(self) -> Result<Client, Error> {
        let settings = &self.settings;
        check_username(&self.username)?;
        check_secret(&self.access_key, "access key")?;
        let sessions = settings.checked_sessions()?;
        let zone = settings.zone()?;
        let root = settings.root()?;
        let target = Target {
            endpoint: endpoint(&root, "webservice.php")?,
            operation_param: "operation",
            session_param: "sessionName",
            prefix: "simplycrm",
        };
        let known = Known::new([self.access_key.clone()]);
        let wire = settings.wire(target, known)?;
        let login = KeyLogin::new(self.username, self.access_key);
        let channel = Channel::new(wire, login, sessions, settings.retry);
        Ok(Client::new(channel, root, zone))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("sessions", &self.settings.sessions)
            .field("lenient", &self.settings.lenient)
            .finish_non_exhaustive()
    }
}
