//! Logging in with the two keys.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use api_core::auth::{
    AuthStamp, Authorize, Token, TokenCache, TokenSource, TokenState, secret_value,
};
use api_core::redact::Known;
use api_core::{
    Call, Caller, Clock, Error, ErrorKind, ExposeSecret, Json, Registry, Safety, SecretString,
    SendOutcome, Timestamp,
};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, Request, Response, header};

use crate::code::Code;
use crate::error::{Said, beginning};
use crate::scopes::Scopes;

/// The header of the subscription key (OpenAPI document).
pub(crate) const SUBSCRIPTION: &str = "ocp-apim-subscription-key";

/// How long a token counts as new.
const NEW: Duration = Duration::from_secs(60);

/// Brings a key into the form that is sent: trimmed at its ends.
///
/// Case matters (vendor documentation) and is kept; a blank within cannot be
/// part of a key.
pub(crate) fn clean(key: &SecretString, name: &str) -> Result<SecretString, Error> {
    let refuse = |what: &str| {
        Error::new(ErrorKind::Config, format!("The {name} {what}."))
            .operation("snelstart.configure")
            .help(format!(
                "Copy the {name} again, without line breaks and blanks."
            ))
    };
    // Pasted keys bring byte order marks and blanks without width along.
    let edge =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}');
    let trimmed = key.expose_secret().trim_matches(edge);
    if trimmed.is_empty() {
        return Err(refuse("is empty"));
    }
    if trimmed.chars().any(edge) {
        return Err(refuse("holds a blank or a line break"));
    }
    if !trimmed.is_ascii() {
        return Err(refuse("holds a character that no key has"));
    }
    Ok(SecretString::from(trimmed.to_owned()))
}

/// Asks the token host.
pub(crate) struct Login {
    pub(crate) caller: Caller,
    pub(crate) url: String,
    pub(crate) key: SecretString,
    pub(crate) clock: Arc<dyn Clock>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenSource for Login {
    async fn fetch(&self) -> Result<Token, Error> {
        let asked = self.clock.now();
        let form = [
            ("grant_type", "clientkey"),
            ("clientkey", self.key.expose_secret()),
        ];
        let unwritable =
            || Error::new(ErrorKind::Config, "The login cannot be written.").operation("token");
        let body = serde_urlencoded::to_string(form).map_err(|_| unwritable())?;
        let request = Request::post(&self.url)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(body.clone()))
            .map_err(|_| unwritable())?;
        let encoded = body.rsplit('=').next().unwrap_or_default().to_owned();
        let known = Known::new([self.key.clone(), SecretString::from(encoded)]);
        let call = Call::new("token", "/b2b/token", Safety::Idempotent, request)
            .known(known.clone())
            .classify(move |response| judge(response, &known));
        let response = self.caller.call(call).await?;
        let json = answer(&response);
        let token = json.as_ref().and_then(|json| json.get("access_token"));
        let Some(secret) = token.and_then(Json::as_str).filter(|text| !text.is_empty()) else {
            // What it holds instead may be half a token: no excerpt.
            return Err(Error::new(
                ErrorKind::NotAnApi,
                "The token host gave an answer without a token.",
            )
            .operation("token")
            .status(response.status().as_u16())
            .help("Check `token_url`."));
        };
        let lifetime = json
            .as_ref()
            .and_then(|json| json.get("expires_in"))
            .and_then(|life| match life {
                Json::Number(number) => number.as_i64(),
                Json::Text(text) => text.trim().parse().ok(),
                _ => None,
            })
            .and_then(|seconds| u64::try_from(seconds).ok());
        Ok(Token {
            secret: SecretString::from(secret.to_owned()),
            expires_at: lifetime.map(|life| asked.saturating_add(Duration::from_secs(life))),
        })
    }
}

fn answer(response: &Response<Bytes>) -> Option<Json> {
    let text = std::str::from_utf8(response.body()).ok()?;
    Json::parse(text.trim_start_matches('\u{feff}')).ok()
}

/// Judges an answer of the token host: 400 and 401 refuse the koppelsleutel
/// (measured by client authors: 400).
///
/// No error says that a record is missing or refused: the call that logs in
/// may be about one, and would be believed.
fn judge(response: &Response<Bytes>, known: &Known) -> Result<(), Error> {
    let status = response.status().as_u16();
    if response.status().is_success() {
        return crate::error::judge(response, &[]);
    }
    let response = &without_keys(response, known);
    match status {
        400 | 401 => {
            let said = Said::read(response).sentence();
            let message = match said {
                Some(said) => {
                    format!("SnelStart does not take the koppelsleutel, and says: {said}")
                }
                None => "SnelStart does not take the koppelsleutel.".to_owned(),
            };
            Err(Error::new(ErrorKind::Auth, message)
                .status(status)
                .code(Code::ConnectionKeyRejected.as_str())
                .excerpt(beginning(response.body()))
                .outcome(SendOutcome::Rejected)
                .help("Ask the customer for a new koppelsleutel: SnelStart Web, Koppelingen, Maatwerk."))
        }
        _ => crate::error::judge(response, &[]).map_err(|error| {
            let kind = match error.kind() {
                kind if kind.is_transient() => return error,
                ErrorKind::Permission => ErrorKind::Auth,
                _ => ErrorKind::NotAnApi,
            };
            let said = error.message();
            Error::new(kind, format!("The token host gave no token: {said}"))
                .status(status)
                .excerpt(beginning(response.body()))
                .outcome(SendOutcome::Rejected)
                .help("Check `token_url`, and what stands between here and there.")
        }),
    }
}

/// The answer without the keys it may repeat, whole or escaped: a part of one
/// that is left when a text is cut could no longer be told from other text.
fn without_keys(response: &Response<Bytes>, known: &Known) -> Response<Bytes> {
    let text = match answer(response) {
        Some(json) => json.to_string(),
        None => String::from_utf8_lossy(response.body()).into_owned(),
    };
    let mut plain = Response::new(Bytes::from(known.scrub(&text)));
    *plain.status_mut() = response.status();
    *plain.headers_mut() = response.headers().clone();
    plain
}

/// How often the current token went out, since when it is known, and what it
/// may do.
#[derive(Default)]
struct Used {
    stamp: AuthStamp,
    times: u64,
    since: Option<Timestamp>,
    scopes: Arc<Scopes>,
}

/// What the clients of one koppelsleutel share: its token.
#[derive(Default)]
pub(crate) struct Session {
    state: Arc<TokenState>,
    used: Mutex<Used>,
}

/// The sessions of this process.
pub(crate) static SESSIONS: Registry<Session> = Registry::new();

/// Puts both keys' proofs into a request. Clones share the token.
#[derive(Clone)]
pub(crate) struct Keys {
    cache: TokenCache<Login>,
    subscription: SecretString,
    session: Arc<Session>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    pub(crate) fn new(login: Login, subscription: SecretString, session: Arc<Session>) -> Self {
        let clock = Arc::clone(&login.clock);
        let state = Arc::clone(&session.state);
        Self {
            cache: TokenCache::sharing(login, Arc::clone(&clock), state),
            subscription,
            session,
            clock,
        }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        let used = &self.session.used;
        used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs in unless there is a token, and says what it may do.
    pub(crate) async fn scopes(&self) -> Result<Arc<Scopes>, Error> {
        let (token, stamp) = self.cache.token().await?;
        Ok(self.note(&token, stamp, 0))
    }

    fn note(&self, token: &SecretString, stamp: AuthStamp, times: u64) -> Arc<Scopes> {
        let mut used = self.used();
        // Whoever got the token before this one may come late.
        if stamp > used.stamp {
            *used = Used {
                stamp,
                times: 0,
                since: Some(self.clock.now()),
                scopes: Arc::new(Scopes::of_token(token.expose_secret())),
            };
        }
        if stamp == used.stamp {
            used.times = used.times.saturating_add(times);
        }
        Arc::clone(&used.scopes)
    }
}

#[async_trait]
impl Authorize for Keys {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<AuthStamp, Error> {
        let (token, stamp) = self.cache.token().await?;
        self.note(&token, stamp, 1);
        let bearer = SecretString::from(format!("Bearer {}", token.expose_secret()));
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, secret_value(&bearer)?);
        let name = HeaderName::from_static(SUBSCRIPTION);
        headers.insert(name, secret_value(&self.subscription)?);
        Ok(stamp)
    }

    async fn renew(&self, refused: AuthStamp) -> bool {
        self.cache.renew(refused).await
    }

    async fn refused(&self, stamp: AuthStamp, error: &Error) -> bool {
        // No new token mends the other key.
        if Code::of(error) == Some(Code::SubscriptionRejected) {
            return false;
        }
        // A token that was refused the first time it went out, right after it
        // was given out, was never good.
        let fresh = {
            let now = self.clock.now();
            let used = self.used();
            let new = used
                .since
                .is_none_or(|since| now.duration_since(since) < NEW);
            used.stamp == stamp && used.times <= 1 && new
        };
        self.renew(stamp).await && !fresh
    }
}
