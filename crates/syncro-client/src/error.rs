//! What an answer means: the documented shapes of errors, and their kinds.

use api_core::classify::{kind_of_status, looks_like_html};
use api_core::{Error, ErrorKind, Json, SendOutcome};
use bytes::Bytes;
use http::{Method, Response, StatusCode, header};

use crate::operations::Operation;

mod said;

pub(crate) use said::Said;

/// How many characters of a body are kept.
const EXCERPT: usize = 400;

/// The code of an answer that took the server too long.
pub(crate) const SLOW: &str = "gateway_timeout";

/// How large a refusal may be that is read for its words.
const LARGEST: usize = 4 * 1024 * 1024;

/// How large a 2xx may be that is looked at for a failure.
const SMALL: usize = 64 * 1024;

/// What is judged: an operation of the table, or a call by hand.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) method: Method,
    /// The permissions it takes, where they are known.
    pub(crate) permissions: &'static [&'static str],
    /// Whether it may answer something else than JSON.
    pub(crate) text: bool,
    /// Whether a time-out of the server asks for less, not for another try.
    pub(crate) impatient: bool,
}

impl Judged {
    /// As the table says.
    pub(crate) fn of(operation: &Operation) -> Self {
        Self {
            method: operation.method.clone(),
            permissions: operation.permissions,
            text: operation.text,
            impatient: false,
        }
    }
}

/// Judges an answer of the API.
///
/// # Errors
///
/// Every answer but a 2xx that holds what was asked for.
pub(crate) fn judge(response: &Response<Bytes>, judged: &Judged) -> Result<(), Error> {
    let status = response.status();
    if status.is_success() {
        return accepted(response, judged);
    }
    let json = parsed(response.body());
    let html = looks_like_html(response);
    let said = match &json {
        Some(json) => Said::read(json, true),
        // A page, or JSON that is broken: no sentence for a person.
        None if html || begins_as_json(response.body()) => Said::default(),
        None => Said::of_text(&beginning(response.body())),
    };
    let kind = match status.as_u16() {
        _ if said.throttled() => ErrorKind::RateLimited,
        504 if judged.impatient => ErrorKind::TooLarge,
        // A missing permission is no bad token (OpenAPI document).
        401 if said.not_authorized() => ErrorKind::Permission,
        _ => match kind_of_status(status) {
            Some(kind) if kind.is_transient() => kind,
            Some(ErrorKind::Auth) => ErrorKind::Auth,
            Some(_) | None if html => ErrorKind::NotAnApi,
            Some(kind) => kind,
            None => ErrorKind::NotAnApi,
        },
    };
    let mut error = Error::new(kind, sentence(kind, &said, status)).status(status.as_u16());
    if !said.fields.is_empty() {
        error = error.fields(said.fields.clone());
    }
    error = with_excerpt(error, response, json.as_ref());
    Err(match kind {
        ErrorKind::Auth if said.login_refused => error.code("login_refused"),
        ErrorKind::Auth => error.code("token_rejected").help(
            "The API token is wrong, expired or revoked: make a new one in Syncro under Admin > API > API Tokens.",
        ),
        ErrorKind::Permission => unpermitted(error, judged),
        // A page instead of the API: no application has seen the request.
        ErrorKind::NotAnApi if status.is_client_error() => error
            .outcome(SendOutcome::Rejected)
            .help("Check the address of the account; a page answered where the API should."),
        _ if status == StatusCode::GATEWAY_TIMEOUT => error.code(SLOW),
        _ => error,
    })
}

/// Judges a 2xx: some of them are failures.
fn accepted(response: &Response<Bytes>, judged: &Judged) -> Result<(), Error> {
    let status = response.status();
    let body = response.body();
    if looks_like_html(response) {
        // A bare sentence may be marked as a page.
        let said = Said::of_text(&beginning(body));
        if judged.method != Method::GET && said.already_paid() {
            return Err(failed(ErrorKind::Conflict, &said, response, None, judged));
        }
        return Err(Error::new(
            ErrorKind::NotAnApi,
            "A web page answered instead of the API.",
        )
        .status(status.as_u16())
        .excerpt(beginning(body))
        .help("Check the address of the account; a proxy or a login page may stand before it."));
    }
    let first = body
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(body)
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    let json = match first {
        None => return Ok(()),
        // Only an object can tell a failure, and such objects are small.
        Some(b'{' | b'"') if body.len() <= SMALL && may_fail(body) => parsed(body),
        Some(b'{' | b'[' | b'"') => None,
        Some(_) => {
            return plain_text(response, judged);
        }
    };
    let Some(json) = json else {
        return Ok(());
    };
    let said = Said::read(&json, false);
    let kind = if (said.failed || !said.data) && said.throttled() {
        ErrorKind::RateLimited
    } else if judged.method != Method::GET && said.already_paid() {
        ErrorKind::Conflict
    } else if said.failed && said.not_authorized() {
        ErrorKind::Permission
    } else if said.failed {
        ErrorKind::Validation
    } else {
        return Ok(());
    };
    Err(failed(kind, &said, response, Some(&json), judged))
}

/// Judges a 2xx that is no JSON.
fn plain_text(response: &Response<Bytes>, judged: &Judged) -> Result<(), Error> {
    let body = response.body();
    let text = String::from_utf8_lossy(body.get(..body.len().min(LARGEST)).unwrap_or(body));
    let text = text.trim_start_matches('\u{feff}').trim();
    if Json::parse(text).is_ok() {
        return Ok(());
    }
    let said = Said::of_text(text);
    if said.throttled() {
        return Err(failed(
            ErrorKind::RateLimited,
            &said,
            response,
            None,
            judged,
        ));
    }
    if judged.method != Method::GET && said.already_paid() {
        return Err(failed(ErrorKind::Conflict, &said, response, None, judged));
    }
    if judged.text {
        return Ok(());
    }
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .map_or_else(|| "no type".to_owned(), |kind| format!("type {kind}"));
    Err(Error::new(
        ErrorKind::NotAnApi,
        format!("The answer is no JSON ({kind})."),
    )
    .status(response.status().as_u16())
    .excerpt(beginning(body))
    .help("Check the address of the account; something else than the API answered."))
}

/// The error of a 2xx that is a failure; nothing was applied.
fn failed(
    kind: ErrorKind,
    said: &Said,
    response: &Response<Bytes>,
    json: Option<&Json>,
    judged: &Judged,
) -> Error {
    let status = response.status();
    let mut error = Error::new(kind, sentence(kind, said, status)).status(status.as_u16());
    if !said.fields.is_empty() {
        error = error.fields(said.fields.clone());
    }
    error = with_excerpt(error, response, json);
    match kind {
        ErrorKind::Permission => unpermitted(error, judged),
        ErrorKind::Conflict => error
            .code("already_paid")
            .help("The invoice is paid: its lines stay as they are."),
        _ => error,
    }
}

/// Whether a body may tell a failure: a cheap look before it is parsed.
fn may_fail(body: &[u8]) -> bool {
    let has = |word: &[u8]| body.windows(word.len()).any(|part| part == word);
    has(b"\"success\"")
        || has(b"\"error")
        || has(b"lready paid")
        || has(b"\"login\"")
        || has(b"\"message\"")
}

fn parsed(body: &Bytes) -> Option<Json> {
    if body.len() > LARGEST {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    Json::parse(text.trim_start_matches('\u{feff}').trim()).ok()
}

fn with_excerpt(error: Error, response: &Response<Bytes>, json: Option<&Json>) -> Error {
    if response.body().is_empty() {
        return error;
    }
    match json {
        Some(json) => error.excerpt(said::without_echoes(json).to_string()),
        None => error.excerpt(beginning(response.body())),
    }
}

fn unpermitted(error: Error, judged: &Judged) -> Error {
    let needed = match judged.permissions {
        [] => "the permission for it".to_owned(),
        permissions => permissions
            .iter()
            .map(|permission| format!("`{permission}`"))
            .collect::<Vec<_>>()
            .join(" and "),
    };
    error.code("permission_missing").help(format!(
        "The token lacks {needed}: tick it for this token in Syncro under Admin > API > API Tokens, and check the group of its user."
    ))
}

fn sentence(kind: ErrorKind, said: &Said, status: StatusCode) -> String {
    if let Some(message) = said.sentence() {
        return message;
    }
    let what = match kind {
        ErrorKind::Auth => "Syncro refused the API token",
        ErrorKind::Permission => "The API token lacks a permission",
        ErrorKind::NotFound => "Syncro knows no such record",
        ErrorKind::Validation | ErrorKind::Conflict => "Syncro refused the content",
        ErrorKind::RateLimited => "Syncro received too many requests",
        ErrorKind::TooLarge => "The request is too large for Syncro",
        ErrorKind::Unavailable => "Syncro cannot answer now",
        _ => "Something other than the API answered",
    };
    format!("{what} (HTTP {}).", status.as_u16())
}

/// The beginning of a body, up to where it repeats what was sent; the error
/// redacts it.
pub(crate) fn beginning(body: &Bytes) -> String {
    let cut = body.get(..body.len().min(4 * EXCERPT)).unwrap_or(body);
    let text: String = String::from_utf8_lossy(cut).chars().take(EXCERPT).collect();
    let echo = said::ECHOES
        .iter()
        .filter_map(|name| text.find(&format!("\"{name}\"")))
        .min();
    match echo.and_then(|at| text.get(..at)) {
        Some(before) => format!("{before}…"),
        None => text,
    }
}

fn begins_as_json(body: &Bytes) -> bool {
    let text = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}
