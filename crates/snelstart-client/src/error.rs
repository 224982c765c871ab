//! What an answer means: the six shapes of errors, and their kinds.

use std::time::Duration;

use api_core::classify::{kind_of_status, looks_like_html};
use api_core::{Error, ErrorKind, SendOutcome};
use bytes::Bytes;
use http::{Response, header};

use crate::code::Code;

mod said;

pub(crate) use said::{Said, without_tags};

/// How many characters of a body that is no JSON are kept.
const EXCERPT: usize = 400;

/// Judges an answer of the API.
///
/// # Errors
///
/// Every answer but a 2xx that is no web page.
pub(crate) fn judge(response: &Response<Bytes>, scopes: &[&str]) -> Result<(), Error> {
    let status = response.status();
    if status.is_success() {
        if looks_like_html(response) {
            return Err(Error::new(
                ErrorKind::NotAnApi,
                "A web page answered instead of the API.",
            )
            .status(status.as_u16())
            .excerpt(beginning(response.body()))
            .help("Check the address of the API; a proxy or a login page may stand before it."));
        }
        return Ok(());
    }
    let said = Said::read(response);
    let waits = response.headers().contains_key(header::RETRY_AFTER);
    let kind = match status.as_u16() {
        // A quota of the gateway answers 403 with a time to wait.
        403 if waits || said.names_quota() => ErrorKind::RateLimited,
        404 if said.names_no_address() => ErrorKind::NotAnApi,
        // The page is the framework's own, and the token is what it is about.
        401 if asks_for_a_token(response) => ErrorKind::Auth,
        _ => match kind_of_status(status) {
            Some(kind) if kind.is_transient() => kind,
            Some(_) | None if looks_like_html(response) => ErrorKind::NotAnApi,
            Some(_)
                if said
                    .code
                    .as_deref()
                    .is_some_and(|code| Code::from(code).exists()) =>
            {
                ErrorKind::Conflict
            }
            Some(kind) => kind,
            None => ErrorKind::NotAnApi,
        },
    };
    let mut error = Error::new(kind, sentence(kind, &said, status)).status(status.as_u16());
    if let Some(code) = &said.code {
        error = error.code(code.as_str());
    }
    if !said.fields.is_empty() {
        error = error.fields(said.fields.clone());
    }
    if !response.body().is_empty() {
        error = error.excerpt(beginning(response.body()));
    }
    error = match kind {
        ErrorKind::Auth => unauthorised(error, &said),
        ErrorKind::Permission => forbidden(error, &said, scopes),
        // A firewall or a wrong address: the application never saw it.
        ErrorKind::NotAnApi if status.is_client_error() => error
            .outcome(SendOutcome::Rejected)
            .help("Check the address of the API: it ends in `/v2`."),
        ErrorKind::RateLimited => match said.seconds() {
            Some(seconds) if !waits => error.retry_after(Duration::from_secs(seconds)),
            _ => error,
        },
        _ => error,
    };
    Err(error)
}

/// Whether the answer says that it takes a bearer token.
fn asks_for_a_token(response: &Response<Bytes>) -> bool {
    let asked = response.headers().get_all(header::WWW_AUTHENTICATE);
    asked.iter().any(|value| {
        value
            .as_bytes()
            .get(..6)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    })
}

fn unauthorised(error: Error, said: &Said) -> Error {
    if said.names_subscription() {
        error.code(Code::SubscriptionRejected.as_str()).help(
            "Check the API key (subscription key): its owner is whoever runs this software, and a test subscription ends after 90 days.",
        )
    } else {
        error.code(Code::TokenRejected.as_str()).help(
            "The API refused a login that was just given out; ask the customer whether the koppeling is still active in SnelStart.",
        )
    }
}

fn forbidden(error: Error, said: &Said, scopes: &[&str]) -> Error {
    let error = if said.code.is_none() {
        error.code(Code::ScopeMissing.as_str())
    } else {
        error
    };
    error.help(scope_help(scopes))
}

/// Says who mends a right that is missing.
pub(crate) fn scope_help(scopes: &[&str]) -> String {
    let needed = match scopes {
        [] => String::new(),
        scopes => format!(" (it takes {})", scopes.join(" and ")),
    };
    format!(
        "The koppelsleutel may not do this{needed}; the customer gives it more rights in SnelStart, or makes a new koppelsleutel."
    )
}

fn sentence(kind: ErrorKind, said: &Said, status: http::StatusCode) -> String {
    if let Some(message) = said.sentence() {
        return message;
    }
    let what = match kind {
        ErrorKind::Auth => "SnelStart refused the login",
        ErrorKind::Permission => "The koppelsleutel lacks the right",
        ErrorKind::NotFound => "SnelStart knows no such record",
        ErrorKind::Validation | ErrorKind::Conflict => "SnelStart refused the content",
        ErrorKind::RateLimited => "SnelStart received too many requests",
        ErrorKind::TooLarge => "The request is too large for SnelStart",
        ErrorKind::Unavailable => "SnelStart cannot answer now",
        _ => "Something other than the API answered",
    };
    format!("{what} (HTTP {}).", status.as_u16())
}

/// The beginning of a body; the error redacts it.
pub(crate) fn beginning(body: &Bytes) -> String {
    let cut = body.get(..body.len().min(4 * EXCERPT)).unwrap_or(body);
    String::from_utf8_lossy(cut).chars().take(EXCERPT).collect()
}
