//! Sending to an incoming webhook, and judging its answer.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_core::auth::secret_value;
use api_core::redact::Known;
use api_core::{
    Call, Caller, Clock, Error, ErrorKind, ExchangeObserver, ExposeSecret, Json, Limiter,
    RetryPolicy, Safety, SecretString, SendOutcome, Transport, classify,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, header};
use url::Url;
use url::form_urlencoded::Serializer;

use super::definition::{Auth, Definition, Encoding, SuccessTest};
use super::payload::Payload;
use super::posted;
use crate::builder::{self, Settings};
use crate::envelope::{self, Said};
use crate::fault::BodyFault;

/// The operation in errors and exchanges.
pub(super) const OPERATION: &str = "incoming.send";

/// A part of an address this long may be its secret.
const SECRET_PART: usize = 16;

/// Settings of a [`Sender`].
#[derive(Clone)]
pub struct SenderBuilder {
    definition: Definition,
    settings: Settings,
}

impl SenderBuilder {
    /// Sets the time-out of one attempt, 60 s by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// Sets how often and after which waits a request is repeated that is
    /// known not to have been applied: it never left, or it was throttled.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// Allows plain `http` to another machine: all is then readable on the way.
    #[must_use]
    pub fn insecure_http(mut self, allow: bool) -> Self {
        self.settings.insecure_http = allow;
        self
    }

    /// Trusts the certificate authorities of a PEM file as well.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.ca_file = Some(path.into());
        self
    }

    /// Sets the `User-Agent`.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.settings.user_agent = name.into();
        self
    }

    /// Adds an observer of every exchange.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn ExchangeObserver>) -> Self {
        self.settings.observers.push(observer);
        self
    }

    /// Sets the rate limiter; share one between the clients of one CRM.
    #[must_use]
    pub fn limiter(mut self, limiter: Arc<dyn Limiter>) -> Self {
        self.settings.limiter = Some(limiter);
        self
    }

    /// Sets the clock that waits between attempts, the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Sends over another transport; tests use it.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.settings.transport = Some(transport);
        self
    }

    /// Builds the sender; sends nothing.
    ///
    /// # Errors
    ///
    /// `Config` when the address, the login, two parameters of one name or the
    /// CA file cannot work.
    pub fn build(self) -> Result<Sender, Error> {
        let definition = self.definition;
        // Checks scheme and host as for every other address.
        let address = definition.url.trim();
        let base = address.split(['?', '#']).next().unwrap_or_default();
        builder::root(base, self.settings.insecure_http)
            .map_err(|error| error.operation(OPERATION))?;
        let url = Url::parse(address)
            .map_err(|_| config("The address of the webhook cannot be read."))?;
        if definition.module.trim().is_empty() {
            return Err(config("The webhook has no module."));
        }
        let mut fields = BTreeSet::new();
        let mut names = BTreeSet::new();
        for parameter in &definition.parameters {
            let (field, name) = (parameter.field(), parameter.name());
            if field.is_empty() || name.is_empty() {
                return Err(config("A field of the webhook has no name."));
            }
            if !fields.insert(field) || !names.insert(name) {
                return Err(config("A field of the webhook is there twice."));
            }
        }
        let secret = match &definition.auth {
            Auth::Parameter { name, .. } => Some(name),
            _ => None,
        };
        for name in definition.constants.keys().chain(secret) {
            if name.is_empty() || !names.insert(name) {
                return Err(config(
                    "A parameter of the webhook has no name or is there twice.",
                ));
            }
        }
        let mut login = None;
        match &definition.auth {
            Auth::None => {}
            Auth::Bearer(secret) => {
                let bearer = SecretString::from(format!("Bearer {}", secret.expose_secret()));
                builder::check_secret(secret, "token")?;
                login = Some((header::AUTHORIZATION, secret_value(&bearer)?));
            }
            Auth::Header { name, secret } => {
                let name = HeaderName::try_from(name.as_str())
                    .map_err(|_| config("The webhook's header has a name that cannot be."))?;
                login = Some((name, secret_value(secret)?));
            }
            Auth::Parameter { secret, .. } => {
                builder::check_secret(secret, "secret of the webhook")?;
            }
        }
        let known = secrets_of(&url, &definition.auth);
        Ok(Sender(Arc::new(Inner {
            caller: self.settings.caller()?,
            definition,
            url,
            login,
            known,
        })))
    }
}

impl fmt::Debug for SenderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderBuilder")
            .field("definition", &self.definition)
            .finish_non_exhaustive()
    }
}

fn config(what: &str) -> Error {
    Error::new(ErrorKind::Config, what).operation(OPERATION)
}

/// What must not show: the login, and the parts of the address that may be one.
fn secrets_of(url: &Url, auth: &Auth) -> Known {
    let long = |part: &str| part.len() >= SECRET_PART;
    let mut secrets: Vec<SecretString> = url
        .path_segments()
        .into_iter()
        .flatten()
        .filter(|part| long(part))
        .map(SecretString::from)
        .collect();
    for (_, value) in url.query_pairs() {
        if long(&value) {
            secrets.push(value.into_owned().into());
        }
    }
    match auth {
        Auth::None => {}
        Auth::Bearer(secret) | Auth::Header { secret, .. } | Auth::Parameter { secret, .. } => {
            secrets.push(secret.clone());
        }
    }
    Known::new(secrets)
}

struct Inner {
    caller: Caller,
    definition: Definition,
    url: Url,
    login: Option<(HeaderName, HeaderValue)>,
    known: Known,
}

/// Sends to one incoming webhook. Cheap to clone.
#[derive(Clone)]
pub struct Sender(Arc<Inner>);

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("host", &self.0.url.host_str())
            .field("definition", &self.0.definition)
            .finish_non_exhaustive()
    }
}

/// A request that the webhook took.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Receipt {
    /// The status of the answer.
    pub status: u16,
    /// The id of the new record, where the answer names one.
    pub record: Option<posted::PostedId>,
    /// The answer, where it is JSON.
    pub answer: Option<Json>,
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("status", &self.status)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}

impl Sender {
    /// Starts with a webhook's definition.
    #[must_use]
    pub fn builder(definition: Definition) -> SenderBuilder {
        SenderBuilder {
            // The address is checked apart, for it may have a query.
            settings: Settings::new(""),
            definition,
        }
    }

    /// Returns the webhook's definition.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.0.definition
    }

    /// Sends one request: the CRM makes one record of it.
    ///
    /// # Errors
    ///
    /// `Validation` with the fields that are wrong, before anything is sent;
    /// `Config` when the webhook is switched off. What the CRM refused is
    /// [`SendOutcome::Rejected`]. When no readable answer came the outcome is
    /// [`SendOutcome::Unknown`]: look for the record before sending again.
    pub async fn send(&self, payload: &Payload) -> Result<Receipt, Error> {
        let inner = &self.0;
        if !inner.definition.active {
            return Err(config("The webhook is switched off.")
                .outcome(SendOutcome::NotSent)
                .help("Switch it on in the CRM and in the configuration."));
        }
        let pairs = inner.definition.check(payload)?;
        let request = self.request(pairs)?;
        let slot: Arc<Mutex<Option<Receipt>>> = Arc::default();
        let filled = Arc::clone(&slot);
        let test = inner.definition.success.clone();
        let call = Call::new(OPERATION, "incoming webhook", Safety::Create, request)
            .known(inner.known.clone())
            .classify(move |response| {
                let receipt = judge(&test, response)?;
                *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(receipt);
                Ok(())
            });
        inner.caller.call(call).await.map_err(|error| {
            if error.send_outcome() == SendOutcome::Unknown && error.help_text().is_none() {
                error.help("Look for the record in the CRM before sending it again.")
            } else {
                error
            }
        })?;
        let receipt = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        receipt.ok_or_else(|| {
            Error::new(ErrorKind::Internal, "An accepted answer was not kept.").operation(OPERATION)
        })
    }

    fn request(&self, mut pairs: Vec<(String, String)>) -> Result<Request<Bytes>, Error> {
        let inner = &self.0;
        if let Auth::Parameter { name, secret } = &inner.definition.auth {
            pairs.push((name.clone(), secret.expose_secret().to_owned()));
        }
        let (kind, body) = match inner.definition.encoding {
            Encoding::Form => {
                let mut form = Serializer::new(String::new());
                form.extend_pairs(&pairs);
                ("application/x-www-form-urlencoded", form.finish())
            }
            Encoding::Json => {
                let members: BTreeMap<String, Json> = pairs
                    .into_iter()
                    .map(|(name, value)| (name, Json::from(value)))
                    .collect();
                ("application/json", Json::from(members).to_string())
            }
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(inner.url.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, kind)
            .body(Bytes::from(body))
            .map_err(|error| config("The request cannot be written.").source(error))?;
        if let Some((name, value)) = &inner.login {
            request.headers_mut().insert(name.clone(), value.clone());
        }
        Ok(request)
    }
}

/// Decides what an answer means.
fn judge(test: &SuccessTest, response: &Response<Bytes>) -> Result<Receipt, Error> {
    let body = response.body();
    let text = String::from_utf8_lossy(body);
    let answer = Json::parse(text.trim_start_matches('\u{feff}')).ok();
    // A clear "no" is one whatever the status.
    if let Some(error) = answer.as_ref().and_then(|_| refusal(body)) {
        return Err(error);
    }
    // PHP calls everything HTML, so that the type says nothing of a success.
    if !response.status().is_success() {
        classify::by_status(response)?;
    }
    let broken = || match envelope::read(body, false) {
        Err(error) if answer.is_none() => error,
        _ => BodyFault::NoEnvelope.error("it does not say whether the webhook took it", &text),
    };
    let good = match test {
        SuccessTest::Envelope => {
            answer
                .as_ref()
                .and_then(|json| json.get("success")?.as_bool())
                == Some(true)
        }
        SuccessTest::Status => {
            let dead = matches!(
                envelope::read(body, false)
                    .as_ref()
                    .err()
                    .and_then(BodyFault::of),
                Some(BodyFault::HtmlPage | BodyFault::HtmlFatal)
            ) || text.trim_start().starts_with("Sorry! Attempt to access");
            !dead
        }
        SuccessTest::Member { path, equals } => {
            let found = answer
                .as_ref()
                .and_then(|json| path.split('.').try_fold(json, |json, name| json.get(name)));
            found == Some(equals)
        }
        SuccessTest::Contains(words) => text.contains(words.as_str()),
    };
    if !good {
        return Err(broken());
    }
    Ok(Receipt {
        status: response.status().as_u16(),
        record: answer.as_ref().and_then(posted::find_id),
        answer,
    })
}

/// The refusal of `{"success": false}`.
fn refusal(body: &[u8]) -> Option<Error> {
    match envelope::read(body, false) {
        Ok(reading) => match reading.said {
            Said::No(refusal) => Some(crate::error::refused(&refusal, true)),
            Said::Yes(_) => None,
        },
        Err(error) if BodyFault::of(&error) == Some(BodyFault::NullError) => Some(error),
        Err(_) => None,
    }
}
