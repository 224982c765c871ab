//! The login of the webservice: a challenge, then a proof of the access key.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use api_core::redact;
use api_core::{Clock, Error, ErrorKind, ExposeSecret, Json, SecretString, SendOutcome, Timestamp};
use async_trait::async_trait;
use md5::{Digest, Md5};

use crate::error::Code;
use crate::id::RecordId;
use crate::operation::Operation;
use crate::params::Params;
use crate::session::Scheme;
use crate::wire::Wire;

/// What a login tells; holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Login {
    /// The user that is logged in.
    pub user_id: RecordId,
    /// The version of the webservice (`version`), such as `0.22`.
    pub version: Option<String>,
    /// The version of the CRM (`vtigerVersion`), such as `7.1.0`.
    pub server_version: Option<String>,
    /// Everything else the server told, but for secrets.
    pub extra: BTreeMap<String, Json>,
}

/// How far the server's clock is ahead of ours.
#[derive(Debug, Default)]
pub(crate) struct ServerClock {
    known: AtomicBool,
    ahead_micros: AtomicI64,
}

impl ServerClock {
    /// Learns from a challenge that was asked for and answered at these times.
    fn learn(&self, server_seconds: i64, asked: Timestamp, answered: Timestamp) {
        // The server cuts to whole seconds: on average half of one is missing.
        let server = server_seconds
            .saturating_mul(1_000_000)
            .saturating_add(500_000);
        let middle = asked.as_micros() / 2 + answered.as_micros() / 2;
        let ahead = server.saturating_sub(middle);
        self.ahead_micros.store(ahead, Ordering::Release);
        self.known.store(true, Ordering::Release);
    }

    /// How many microseconds the server is ahead; `None` before a challenge.
    pub(crate) fn ahead_micros(&self) -> Option<i64> {
        self.known
            .load(Ordering::Acquire)
            .then(|| self.ahead_micros.load(Ordering::Acquire))
    }
}

/// Logs in with a user name and an access key.
pub(crate) struct KeyLogin {
    username: String,
    access_key: SecretString,
    pub(crate) server_clock: ServerClock,
}

impl KeyLogin {
    pub(crate) fn new(username: String, access_key: SecretString) -> Self {
        Self {
            username,
            access_key,
            server_clock: ServerClock::default(),
        }
    }

    /// The token of a new challenge. It replaces the user's earlier one, of
    /// whatever client (recorded vtiger 5.4.0 server).
    async fn challenge(&self, wire: &Wire) -> Result<SecretString, Error> {
        let params = Params::new().with("username", &*self.username);
        let clock = wire.clock();
        let asked = clock.now();
        let result = wire.send(&Operation::GETCHALLENGE, &params, None).await?;
        if let Some(seconds) = result.get("serverTime").and_then(integer) {
            self.server_clock.learn(seconds, asked, clock.now());
        }
        text(&result, &["token"])
            .map(SecretString::from)
            .ok_or_else(|| unreadable(&Operation::GETCHALLENGE, "token"))
    }
}

impl fmt::Debug for KeyLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLogin").finish_non_exhaustive()
    }
}

/// Lower-case hexadecimal MD5 of challenge and access key; upper case is
/// refused (recorded vtiger 5.4.0 and 7.1.0 servers).
fn proof(challenge: &SecretString, access_key: &SecretString) -> SecretString {
    let digest = Md5::new()
        .chain_update(challenge.expose_secret())
        .chain_update(access_key.expose_secret())
        .finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    SecretString::from(hex)
}

#[async_trait]
impl Scheme for KeyLogin {
    type Info = Login;

    async fn log_in(&self, wire: &Wire) -> Result<(SecretString, Login), Error> {
        let challenge = self.challenge(wire).await.map_err(refused_login)?;
        let proof = proof(&challenge, &self.access_key);
        wire.remember(challenge);
        wire.remember(proof.clone());
        let params = Params::new()
            .with("username", &*self.username)
            .with_secret("accessKey", proof);
        let result = wire
            .send(&Operation::LOGIN, &params, None)
            .await
            .map_err(refused_login)?;
        read_login(&Operation::LOGIN, result)
    }

    async fn log_out(&self, wire: &Wire, session: &SecretString) -> Result<(), Error> {
        wire.send(&Operation::LOGOUT, &Params::new(), Some(session))
            .await
            .map(|_| ())
    }

    /// Another client's challenge makes a right proof look wrong.
    fn may_be_overtaken(&self, error: &Error) -> bool {
        error.operation_name() == Some("simplycrm.login")
            && matches!(
                Code::of(error),
                Some(Code::InvalidUserCredentials | Code::InvalidAuthToken)
            )
    }

    fn refuses_session(&self, error: &Error) -> bool {
        Code::of(error).is_some_and(|code| code.ends_session())
    }
}

/// Reads the answer to a login; the vendor's documentation names some members
/// otherwise than its server does.
fn read_login(operation: &Operation, result: Json) -> Result<(SecretString, Login), Error> {
    const SESSION: &[&str] = &["sessionName", "sessionId"];
    const USER: &[&str] = &["userId"];
    const VERSION: &[&str] = &["version"];
    const SERVER: &[&str] = &[
        "vtigerVersion",
        "SimplyVersion",
        "simplyVersion",
        "simply_version",
    ];
    let session = text(&result, SESSION)
        .map(SecretString::from)
        .ok_or_else(|| unreadable(operation, "sessionName"))?;
    let user_id = text(&result, USER)
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| unreadable(operation, "userId"))?;
    let version = text(&result, VERSION);
    let server_version = text(&result, SERVER);
    let mut extra = result.into_map().unwrap_or_default();
    extra.retain(|name, _| {
        let read = [SESSION, USER, VERSION, SERVER].concat();
        !read.contains(&name.as_str()) && !redact::is_secret_key(name)
    });
    let login = Login {
        user_id,
        version,
        server_version,
        extra,
    };
    Ok((session, login))
}

/// Reads the answer to `extendsession`, which has the members of a login.
pub(crate) fn read_extended(result: Json) -> Result<Login, Error> {
    read_login(&Operation::EXTENDSESSION, result).map(|(_, login)| login)
}

/// The first of some members that is a text and not empty.
fn text(json: &Json, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| json.get(name).and_then(Json::as_str))
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn integer(json: &Json) -> Option<i64> {
    match json {
        Json::Text(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

fn unreadable(operation: &Operation, member: &str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("The answer has no readable `{member}`."),
    )
    .operation(operation.full_label("simplycrm"))
    .outcome(SendOutcome::NotSent)
    .help("Check that the address is that of Simply CRM's webservice.")
}

/// Names what usually stands behind a refused login.
fn refused_login(error: Error) -> Error {
    let refused = match Code::of(&error) {
        Some(code) => {
            matches!(
                code,
                Code::InvalidUserCredentials
                    | Code::InvalidAuthToken
                    | Code::AccessKeyUndefined
                    | Code::AuthenticationRequired
                    | Code::AuthenticationFailure
                    | Code::AccessDenied
            )
        }
        None => matches!(error.kind(), ErrorKind::Auth | ErrorKind::Permission),
    };
    if !refused {
        return error;
    }
    let mut told = Error::new(ErrorKind::Auth, error.message())
        .attempts(error.attempt_count())
        .help(LOGIN_HELP);
    if let Some(operation) = error.operation_name() {
        told = told.operation(operation);
    }
    if let Some(status) = error.status_code() {
        told = told.status(status);
    }
    if let Some(code) = error.code_str() {
        told = told.code(code);
    }
    if let Some(excerpt) = error.excerpt_str() {
        told = told.excerpt(excerpt);
    }
    told
}

const LOGIN_HELP: &str = "Check the access key (it stands in the user's My Preferences and is not the password), the user name, that the user is active, and the user's IP whitelist in My Preferences: it must hold this machine's address.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_lower_case_md5_of_challenge_and_key() {
        // md5("abc"), RFC 1321.
        let proof = proof(&"a".into(), &"bc".into());
        assert_eq!(proof.expose_secret(), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn a_login_is_read_by_the_servers_names_and_by_the_documented_ones() {
        for text in [
            r#"{"sessionName":"s1","userId":"19x1","version":"0.22","vtigerVersion":"7.1.0","is_admin":"on","accesskey":"k"}"#,
            r#"{"sessionId":"s1","userId":"19x1","version":"0.22","SimplyVersion":"7.1.0","is_admin":"on"}"#,
        ] {
            let (session, login) =
                read_login(&Operation::LOGIN, Json::parse(text).unwrap()).unwrap();
            assert_eq!(session.expose_secret(), "s1");
            assert_eq!(login.user_id, RecordId::new(19, 1));
            assert_eq!(login.server_version.as_deref(), Some("7.1.0"));
            assert_eq!(login.extra.keys().collect::<Vec<_>>(), ["is_admin"]);
        }
        for text in ["null", "{}", r#"{"sessionName":"s1","userId":"one"}"#] {
            let error = read_login(&Operation::LOGIN, Json::parse(text).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
        }
    }

    #[test]
    fn the_servers_clock_is_told_from_the_middle_of_the_challenge() {
        let clock = ServerClock::default();
        assert_eq!(clock.ahead_micros(), None);
        clock.learn(
            1_000,
            Timestamp::from_seconds(900),
            Timestamp::from_seconds(902),
        );
        assert_eq!(clock.ahead_micros(), Some(99_500_000));
    }
}
