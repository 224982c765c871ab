//! The one way a request goes out, for both APIs.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use api_core::redact::Known;
use api_core::{
    Call, Caller, Clock, Error, ErrorKind, ExposeSecret, Json, SecretString, SendOutcome,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::envelope::{self, Said};
use crate::error;
use crate::fault::BodyFault;
use crate::operation::{Operation, Verb};
use crate::params::Params;
use crate::warning::Warning;

/// Takes warnings.
pub(crate) type OnWarning = Arc<dyn Fn(&Warning) + Send + Sync>;

/// Where an API listens, and how it names operation and session.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The address, such as `https://crm.example.com/webservice.php`.
    pub(crate) endpoint: Url,
    /// The parameter that names the operation.
    pub(crate) operation_param: &'static str,
    /// The parameter that names the session.
    pub(crate) session_param: &'static str,
    /// The beginning of operation names in errors, such as `simplycrm`.
    pub(crate) prefix: &'static str,
}

/// Sends requests and reads envelopes; knows nothing of sessions.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) target: Target,
    caller: Caller,
    lenient: bool,
    on_warning: Option<OnWarning>,
    /// The login's own secrets.
    known: Known,
    /// The secrets of the latest logins: challenges, proofs, session names.
    recent: Arc<Mutex<VecDeque<SecretString>>>,
}

/// How many secrets of logins are kept in mind.
const MOST_RECENT: usize = 24;

impl Wire {
    pub(crate) fn new(
        target: Target,
        caller: Caller,
        lenient: bool,
        on_warning: Option<OnWarning>,
        known: Known,
    ) -> Self {
        Self {
            target,
            caller,
            lenient,
            on_warning,
            known,
            recent: Arc::default(),
        }
    }

    /// Keeps a secret of a login in mind, so that no later error shows it.
    pub(crate) fn remember(&self, secret: SecretString) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= MOST_RECENT {
            recent.pop_front();
        }
        recent.push_back(secret);
    }

    /// Everything that a request with these parameters must not show.
    fn known(&self, params: &Params, session: Option<&SecretString>) -> Known {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let secrets = params.secrets().chain(session.cloned());
        Known::new(secrets.chain(recent.iter().cloned())).and(&self.known)
    }

    /// The clock everything waits by.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.caller.clock()
    }

    /// Hands a warning to whoever wants it.
    pub(crate) fn warn(&self, warning: &Warning) {
        tracing::debug!(simplycrm.warning = %warning, "A call went well with a warning.");
        if let Some(take) = &self.on_warning {
            take(warning);
        }
    }

    /// Sends one request, with its session where it has one, and returns the
    /// `result` of the answer.
    pub(crate) async fn send(
        &self,
        operation: &Operation,
        params: &Params,
        session: Option<&SecretString>,
    ) -> Result<Json, Error> {
        let name = operation.full_label(self.target.prefix);
        let request = self
            .request(operation, params, session)
            .map_err(|error| error.operation(&name))?;
        let known = self.known(params, session);
        // What the classifier has read is kept, so that no body is parsed twice.
        let slot: Arc<Mutex<Kept>> = Arc::default();
        let filled = Arc::clone(&slot);
        let (lenient, writes) = (self.lenient, operation.writes());
        let template = format!(
            "{}?{}={}",
            self.target.endpoint.path(),
            self.target.operation_param,
            operation.name()
        );
        let call = Call::new(operation.label(), template, operation.safety(), request)
            .known(known.clone())
            .classify(move |response| {
                let decoded = decode(
                    response.status(),
                    response.headers(),
                    response.body(),
                    lenient,
                    writes,
                );
                let mut kept = filled.lock().unwrap_or_else(PoisonError::into_inner);
                kept.noise = decoded.noise;
                kept.result = Some(decoded.said?);
                Ok(())
            });
        let answer = self.caller.call(call).await;
        let kept = std::mem::take(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(noise) = kept.noise {
            self.warn(&Warning::Noise {
                operation: name.clone(),
                excerpt: known.scrub(&noise),
            });
        }
        answer.map_err(|error| error.operation(&name))?;
        kept.result.ok_or_else(|| {
            Error::new(ErrorKind::Internal, "An accepted answer was not kept.").operation(name)
        })
    }

    /// Writes a request: parameters of GET operations go in the query, those
    /// of POST operations in the form.
    fn request(
        &self,
        operation: &Operation,
        params: &Params,
        session: Option<&SecretString>,
    ) -> Result<Request<Bytes>, Error> {
        let target = &self.target;
        let mut pairs = vec![(target.operation_param, operation.name())];
        if let Some(session) = session {
            pairs.push((target.session_param, session.expose_secret()));
        }
        pairs.extend(params.iter());
        let mut url = target.endpoint.clone();
        let request = Request::builder().header(header::ACCEPT, "application/json");
        let request = match operation.verb() {
            Verb::Get => {
                if !params.files().is_empty() {
                    return Err(Error::new(
                        ErrorKind::Config,
                        "A reading operation takes no files.",
                    ));
                }
                url.query_pairs_mut().extend_pairs(pairs);
                request
                    .method(Method::GET)
                    .uri(url.as_str())
                    .body(Bytes::new())
            }
            Verb::Post if params.files().is_empty() => {
                let mut form = Serializer::new(String::new());
                form.extend_pairs(pairs);
                request
                    .method(Method::POST)
                    .uri(url.as_str())
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(Bytes::from(form.finish()))
            }
            Verb::Post => {
                let (kind, body) = multipart(&pairs, params);
                request
                    .method(Method::POST)
                    .uri(url.as_str())
                    .header(header::CONTENT_TYPE, kind)
                    .body(body)
            }
        };
        request.map_err(|error| {
            Error::new(ErrorKind::Config, "The request cannot be written.").source(error)
        })
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("endpoint", &self.target.endpoint.as_str())
            .finish_non_exhaustive()
    }
}

/// Writes `multipart/form-data`; the boundary occurs in no part.
fn multipart(pairs: &[(&str, &str)], params: &Params) -> (String, Bytes) {
    let holds = |boundary: &str| {
        pairs
            .iter()
            .any(|(name, value)| name.contains(boundary) || value.contains(boundary))
            || params.files().iter().any(|(_, file)| {
                let boundary = boundary.as_bytes();
                file.content
                    .windows(boundary.len())
                    .any(|window| window == boundary)
            })
    };
    let boundary = loop {
        let boundary = format!(
            "koppel-{:016x}{:016x}",
            fastrand::u64(..),
            fastrand::u64(..)
        );
        if !holds(&boundary) {
            break boundary;
        }
    };
    // As browsers escape names in these headers.
    let quoted = |name: &str| {
        name.replace('"', "%22")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let mut body = Vec::new();
    for (name, value) in pairs {
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{value}\r\n",
                quoted(name)
            )
            .as_bytes(),
        );
    }
    for (name, file) in params.files() {
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
                quoted(name),
                quoted(&file.file_name),
                file.content_type.replace(['\r', '\n'], " "),
            )
            .as_bytes(),
        );
        body.extend_from_slice(&file.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (
        format!("multipart/form-data; boundary={boundary}"),
        Bytes::from(body),
    )
}

/// What is kept of the latest answer.
#[derive(Default)]
struct Kept {
    result: Option<Json>,
    noise: Option<String>,
}

/// What an answer means.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) said: Result<Json, Error>,
    /// The redacted beginning of what stood around the JSON.
    pub(crate) noise: Option<String>,
}

impl From<Error> for Decoded {
    fn from(error: Error) -> Self {
        Self {
            said: Err(error),
            noise: None,
        }
    }
}

/// Decides what an answer means.
pub(crate) fn decode(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    lenient: bool,
    writes: bool,
) -> Decoded {
    if let Some(error) = by_status(status, headers, body) {
        return error.into();
    }
    let reading = match envelope::read(body, lenient) {
        Ok(reading) => reading,
        Err(error) => return other_answer(status, error, body).into(),
    };
    let noise = (!reading.noise.is_empty()).then(|| envelope::excerpt(&reading.noise));
    let said = match reading.said {
        Said::Yes(result) if status.is_success() => Ok(result),
        Said::Yes(_) => Err(BodyFault::ServerCrash
            .error("it reports success and a failure at once", "")
            .status(status.as_u16())),
        Said::No(refusal) => Err(error::refused(&refusal, writes)),
    };
    Decoded { said, noise }
}

/// Statuses that speak for themselves: of proxies and of the web server.
fn by_status(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Error> {
    let text = || String::from_utf8_lossy(body.get(..body.len().min(8 * 1024)).unwrap_or_default());
    match status.as_u16() {
        414 | 431 => Some(BodyFault::RequestTooLong.error("", &text())),
        408 | 413 | 425 | 429 | 502..=504 | 520..=530 => {
            let mut response = http::Response::new(Bytes::copy_from_slice(body));
            *response.status_mut() = status;
            *response.headers_mut() = headers.clone();
            api_core::classify::by_status(&response).err()
        }
        _ => None,
    }
}

/// The error of a body that is no envelope, by its status.
fn other_answer(status: StatusCode, error: Error, body: &[u8]) -> Error {
    let empty = body.iter().all(u8::is_ascii_whitespace);
    if status.is_server_error() && empty {
        return BodyFault::ServerCrash.error("", "");
    }
    if !status.is_client_error() {
        return error;
    }
    // The web server or something before it: PHP never saw the request.
    let kind = match status.as_u16() {
        401 => ErrorKind::Auth,
        403 => ErrorKind::Permission,
        _ => ErrorKind::NotAnApi,
    };
    let fault = BodyFault::of(&error).unwrap_or(BodyFault::HtmlPage);
    let mut own = Error::new(
        kind,
        format!(
            "The web server refused the request itself ({}).",
            status.canonical_reason().unwrap_or("a client error")
        ),
    )
    .code(fault.as_str())
    .outcome(SendOutcome::Rejected)
    .help("Check the address of the CRM, and whether a firewall or a list of allowed addresses stands before it.");
    if let Some(excerpt) = error.excerpt_str() {
        own = own.excerpt(excerpt);
    }
    own
}
