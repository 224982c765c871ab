//! From what this API answers to what the caller can do.
//!
//! One table for every call (the inferred contract's error classification). The difficult row is
//! `404`: it means an empty list, an unknown record, a refused record, a wrong token or a wrong
//! address, and only the request and the words of the answer tell which.

use api_core::retry::retry_hint;
use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use http::{HeaderMap, StatusCode, header};

use crate::envelope::{BodyFault, Envelope};
use crate::profile::Profile;

/// What a request asked for; the same answer means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Whether the API is there.
    Ping,
    /// A page of records: a 404 may mean that there are none.
    List,
    /// One record by its id.
    Get,
    /// A new record.
    Create,
    /// A change to, or the end of, a record that exists.
    Change,
    /// Many writes at once.
    Batch,
    /// Whether a route is there.
    Probe,
    /// Whatever somebody asks by hand, and whether that writes.
    Raw { write: bool },
}

impl Asked {
    const fn writes(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Change | Self::Batch | Self::Raw { write: true }
        )
    }
}

/// What an answer turned out to be.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A yes with its content.
    Content(Box<Envelope>),
    /// A list without records.
    Empty,
    /// A yes without a body, where that is enough.
    NoBody,
}

/// Reads an answer; everything that is not clearly a yes is an error.
pub(crate) fn read(
    profile: &Profile,
    asked: Asked,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Answer, Error> {
    let parsed = Envelope::parse(body);
    let error = match (status.as_u16(), parsed) {
        (204, Err(BodyFault::Empty)) if matches!(asked, Asked::Change | Asked::Raw { .. }) => {
            return Ok(Answer::NoBody);
        }
        (200..=299, Ok(envelope)) => return accept(profile, asked, envelope).map_err(sign(status)),
        (200..=299, Err(fault)) => unreadable(asked, &fault, body),
        (300..=399, _) => redirected(headers),
        // A batch that failed record by record still carries one result per record.
        (400 | 409 | 422, Ok(envelope)) if asked == Asked::Batch && envelope.results.is_some() => {
            return Ok(Answer::Content(Box::new(envelope)));
        }
        (404, Ok(envelope)) if asked == Asked::List && is_empty_list(profile, &envelope) => {
            return Ok(Answer::Empty);
        }
        (_, Ok(envelope)) => refused(profile, asked, status, &envelope),
        (_, Err(fault)) => refused_without_words(asked, status, &fault, body),
    };
    let error = if error.is_transient() {
        match retry_hint(status, headers, now) {
            Some(delay) => error.retry_after(delay),
            None => error,
        }
    } else {
        error
    };
    Err(sign(status)(error))
}

fn sign(status: StatusCode) -> impl Fn(Error) -> Error {
    move |error| error.status(status.as_u16())
}

fn accept(profile: &Profile, asked: Asked, envelope: Envelope) -> Result<Answer, Error> {
    if asked == Asked::Batch && envelope.results.is_some() {
        return Ok(Answer::Content(Box::new(envelope)));
    }
    if envelope.ok == Some(false) || (envelope.wrapped && !envelope.fields.is_empty()) {
        let said = envelope
            .sentence()
            .unwrap_or_else(|| "the server refused without a reason".to_owned());
        let kind = if has(&said, &profile.auth_texts) && envelope.fields.is_empty() {
            ErrorKind::Auth
        } else if has(&said, &profile.empty_texts) {
            ErrorKind::NotFound
        } else {
            ErrorKind::Validation
        };
        return Err(with_words(Error::new(kind, said), &envelope).outcome(SendOutcome::Rejected));
    }
    let missing = match asked {
        Asked::List if !envelope.is_list() => Some("no list of records"),
        Asked::Get if envelope.record().is_none() => Some("no record"),
        Asked::Batch => Some("no `results`"),
        // A write that is confirmed by nothing is not confirmed.
        Asked::Create | Asked::Change
            if envelope.ok.is_none() && envelope.id(&profile.id_fields).is_none() =>
        {
            Some("no confirmation")
        }
        Asked::Ping if envelope.ok.is_none() && envelope.data.is_none() => Some("no status"),
        _ => None,
    };
    match missing {
        Some(missing) => Err(
            Error::new(ErrorKind::Decode, format!("The answer holds {missing}."))
                .outcome(SendOutcome::Unknown),
        ),
        None => Ok(Answer::Content(Box::new(envelope))),
    }
}

fn is_empty_list(profile: &Profile, envelope: &Envelope) -> bool {
    envelope.fields.is_empty()
        && envelope
            .sentence()
            .is_some_and(|said| has(&said, &profile.empty_texts))
}

fn refused(profile: &Profile, asked: Asked, status: StatusCode, envelope: &Envelope) -> Error {
    let said = envelope.sentence();
    let words = said.as_deref().unwrap_or_default();
    let about_token = envelope.fields.is_empty() && has(words, &profile.auth_texts);
    let has_map = !envelope.fields.is_empty();
    let kind = match status.as_u16() {
        401 => ErrorKind::Auth,
        403 if about_token => ErrorKind::Auth,
        403 => ErrorKind::Permission,
        404 if has_map => ErrorKind::Validation,
        404 if about_token => ErrorKind::Auth,
        404 | 405 if has(words, &profile.route_texts) => ErrorKind::Config,
        404 if has(words, &profile.empty_texts) => ErrorKind::NotFound,
        // "Client add fail." and its like: the record was refused.
        404 if matches!(asked, Asked::Create | Asked::Batch) => ErrorKind::Validation,
        404 | 410 => ErrorKind::NotFound,
        405 => ErrorKind::Config,
        408 | 425 | 500..=599 => ErrorKind::Unavailable,
        409 => ErrorKind::Conflict,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        _ => ErrorKind::Validation,
    };
    let message = said.unwrap_or_else(|| format!("The server answered {status} without a reason."));
    settle(
        with_words(Error::new(kind, message), envelope),
        kind,
        asked,
        status,
    )
}

fn refused_without_words(
    asked: Asked,
    status: StatusCode,
    fault: &BodyFault,
    body: &[u8],
) -> Error {
    let kind = match status.as_u16() {
        401 => ErrorKind::Auth,
        413 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        408 | 425 | 500..=599 => ErrorKind::Unavailable,
        // An empty 403 comes from the API; a page comes from a firewall in front of it.
        403 if *fault == BodyFault::Empty => ErrorKind::Permission,
        _ => ErrorKind::NotAnApi,
    };
    let message = format!(
        "The server answered {status} with {}.",
        match fault {
            BodyFault::Empty => "an empty body",
            BodyFault::NotJson => "a page instead of JSON",
            BodyFault::Broken(_) => "broken JSON",
        }
    );
    settle(
        Error::new(kind, message).excerpt(lossy(body)),
        kind,
        asked,
        status,
    )
}

/// States what is known of the request, and what a person can do.
fn settle(error: Error, kind: ErrorKind, asked: Asked, status: StatusCode) -> Error {
    let error = match kind {
        // 5xx and their kin: the write may have been applied before the server fell over.
        ErrorKind::Unavailable => error.outcome(SendOutcome::Unknown),
        // A page with a 4xx comes from something in front of the API, but nothing proves it.
        ErrorKind::NotAnApi if asked.writes() => error.outcome(SendOutcome::Unknown),
        _ => error.outcome(SendOutcome::Rejected),
    };
    match kind {
        ErrorKind::Auth => error.help("Check the connection's token and that it has not expired."),
        ErrorKind::Permission => {
            error.help("Give the token the right to do this, in the server's API settings.")
        }
        ErrorKind::Config => {
            error.help("The address has no such route: check `api_url` and the profile's paths.")
        }
        ErrorKind::TooLarge => error.help("Lower the batch size."),
        ErrorKind::NotAnApi if status == StatusCode::NOT_FOUND => {
            error.help("Check `api_url`: there is a web server at this address, but no API.")
        }
        ErrorKind::NotAnApi => error.help(NOT_AN_API_HELP),
        _ => error,
    }
}

const NOT_AN_API_HELP: &str = "Open the API URL in a browser: a login page, a firewall's check or \
    an error page of the server stands before the API.";

fn unreadable(asked: Asked, fault: &BodyFault, body: &[u8]) -> Error {
    let outcome = SendOutcome::Unknown;
    let verb = if asked.writes() { "confirm" } else { "answer" };
    match fault {
        BodyFault::Empty => Error::new(
            ErrorKind::NotAnApi,
            format!("The server sent an empty body and so did not {verb} the request."),
        )
        .help("Look into the server's PHP error log: an empty page is how PHP dies.")
        .outcome(outcome),
        BodyFault::NotJson => Error::new(
            ErrorKind::NotAnApi,
            "The server sent a page or a notice instead of JSON.",
        )
        .excerpt(lossy(body))
        .help(NOT_AN_API_HELP)
        .outcome(outcome),
        BodyFault::Broken(reason) => Error::new(
            ErrorKind::Decode,
            format!("The answer is broken JSON: {reason}."),
        )
        .excerpt(lossy(body))
        .outcome(outcome),
    }
}

fn redirected(headers: &HeaderMap) -> Error {
    let target = headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .map_or_else(|| "nowhere".to_owned(), api_core::redact::url);
    Error::new(
        ErrorKind::Config,
        format!("The server redirects to {target}; the token is not carried there."),
    )
    .outcome(SendOutcome::Rejected)
    .help("Put the final address of the API into `api_url`.")
}

fn with_words(error: Error, envelope: &Envelope) -> Error {
    let error = error.fields(envelope.fields.clone());
    match &envelope.code {
        Some(code) if code.len() <= 64 => error.code(code),
        _ => error,
    }
}

fn has(text: &str, parts: &[String]) -> bool {
    let text = text.to_lowercase();
    parts
        .iter()
        .any(|part| !part.is_empty() && text.contains(&part.to_lowercase()))
}

fn lossy(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(4_096)]).into_owned()
}

#[cfg(test)]
mod tests;
