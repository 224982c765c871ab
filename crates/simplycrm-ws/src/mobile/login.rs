//! The login of the mobile API: a user name and a password.

use std::collections::BTreeMap;
use std::fmt;

use api_core::{Error, ErrorKind, Json, SecretString, SendOutcome, redact};
use async_trait::async_trait;

use super::operations as op;
use super::refusal::Refusal;
use super::{Generation, wire};
use crate::session::Scheme;
use crate::wire::Wire;
use crate::{Operation, Params};

const LOGIN_HELP: &str = "Check the password (it is the one of the web interface, not the access key), the user name (older servers want it in the very same case), that the user is active, and the user's IP whitelist in My Preferences: it must hold this machine's address.";

/// What a login tells; holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// The number of the user, without prefix (`userid`).
    pub user: u64,
    /// The version of the CRM (`simply_version` or `vtiger_version`).
    pub server_version: Option<String>,
    /// The version of the mobile module (`mobile_module_version`).
    pub module_version: Option<String>,
    /// Whether the server names a `simply_version`, as the vendor documents.
    pub is_simply: bool,
    /// Which shapes the mobile module has, by its version.
    pub generation: Generation,
    /// The other members, such as `crm_tz`, `user_tz`, `user_currency` and
    /// `date_format`.
    pub extra: BTreeMap<String, Json>,
}

impl Login {
    pub(crate) fn read(operation: &str, result: &Json) -> Result<(SecretString, Self), Error> {
        let unreadable = || {
            let text = "The answer to the login holds no session.";
            Error::new(ErrorKind::Decode, text)
                .operation(format!("mobile.{operation}"))
                .outcome(SendOutcome::NotSent)
                .help("Check that the address is that of Simply CRM.")
        };
        let login = result.get("login").ok_or_else(unreadable)?;
        let session = wire::filled(login.get("session"))
            .map(SecretString::from)
            .ok_or_else(unreadable)?;
        let user = wire::whole(login.get("userid")).ok_or_else(unreadable)?;
        let version =
            |names: [&str; 2]| names.iter().find_map(|name| wire::filled(login.get(name)));
        let module_version = wire::filled(login.get("mobile_module_version"));
        let mut extra = login.as_map().cloned().unwrap_or_default();
        extra.retain(|name, _| {
            let read = [
                "session",
                "userid",
                "simply_version",
                "vtiger_version",
                "mobile_module_version",
            ];
            !read.contains(&name.as_str()) && !redact::is_secret_key(name)
        });
        let login = Self {
            user,
            server_version: version(["simply_version", "vtiger_version"]),
            is_simply: wire::filled(login.get("simply_version")).is_some(),
            generation: Generation::of(module_version.as_deref()),
            module_version,
            extra,
        };
        Ok((session, login))
    }
}

/// Logs in with a user name and a password.
pub(super) struct PasswordLogin {
    pub(super) username: String,
    pub(super) password: SecretString,
}

impl PasswordLogin {
    pub(super) async fn send(&self, wire: &Wire, operation: &Operation) -> Result<Json, Error> {
        let params = Params::new()
            .with("username", self.username.as_str())
            .with_secret("password", self.password.clone());
        wire.send(operation, &params, None).await.map_err(|error| {
            if error.kind() == ErrorKind::Auth {
                error.help(LOGIN_HELP)
            } else {
                error
            }
        })
    }
}

impl fmt::Debug for PasswordLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordLogin").finish_non_exhaustive()
    }
}

#[async_trait]
impl Scheme for PasswordLogin {
    type Info = Login;

    async fn log_in(&self, wire: &Wire) -> Result<(SecretString, Login), Error> {
        let result = self.send(wire, &op::LOGIN).await?;
        Login::read(op::LOGIN.name(), &result)
    }

    async fn log_out(&self, wire: &Wire, session: &SecretString) -> Result<(), Error> {
        wire.send(&op::LOGOUT, &Params::new(), Some(session))
            .await
            .map(|_| ())
    }

    fn refuses_session(&self, error: &Error) -> bool {
        Refusal::of(error) == Some(Refusal::LoginRequired)
    }
}
