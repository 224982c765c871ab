//! Plain sentences for what reqwest reports.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use url::Url;

use crate::transport::{Fault, TransportError};

/// `host` or `host:port`, without anything else of the address.
pub(super) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Says in one sentence what happened, and whether the request went out.
pub(super) fn explain(
    error: reqwest::Error,
    url: &Url,
    timeout: Duration,
    status: Option<u16>,
) -> TransportError {
    let error = error.without_url();
    let place = place(url);
    let io = io_kind(&error);
    let text = chain_text(&error);
    let before_sending = status.is_none() && error.is_connect();
    let (fault, message) = if error.is_builder() {
        (
            Fault::InvalidRequest,
            format!("The request to {place} is not valid HTTP."),
        )
    } else if before_sending {
        connect_fault(&error, io, &text, &place)
    } else if error.is_timeout() || io == Some(io::ErrorKind::TimedOut) {
        (
            Fault::Timeout,
            format!("No whole answer of {place} within {timeout:?}; the request was sent."),
        )
    } else {
        (
            Fault::Aborted,
            format!("The connection to {place} broke before the whole answer: {text}."),
        )
    };
    let mut out = TransportError::new(fault, message).with_source(error);
    if let Some(status) = status {
        out = out.with_status(status);
    }
    out
}

fn connect_fault(
    error: &reqwest::Error,
    io: Option<io::ErrorKind>,
    text: &str,
    place: &str,
) -> (Fault, String) {
    let lower = text.to_ascii_lowercase();
    if error.is_timeout() || io == Some(io::ErrorKind::TimedOut) {
        (
            Fault::ConnectTimeout,
            format!("No connection to {place} within the time-out."),
        )
    } else if error.is_dns() || lower.contains("dns error") {
        (
            Fault::UnknownHost,
            format!("The host name of {place} is unknown."),
        )
    } else if io == Some(io::ErrorKind::ConnectionRefused) {
        (
            Fault::Refused,
            format!("{place} refused the connection: nothing listens there."),
        )
    } else if ["certificate", "handshake", "tls", "ssl", "corrupt message"]
        .iter()
        .any(|word| lower.contains(word))
    {
        (
            Fault::Certificate,
            format!("No secure connection to {place}: {text}."),
        )
    } else {
        (
            Fault::Unreachable,
            format!("{place} cannot be reached: {text}."),
        )
    }
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        .last()
}

/// The innermost causes, without repetition.
pub(super) fn chain_text(error: &(dyn StdError + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in chain(error).skip(1) {
        let text = crate::redact::one_line(&cause.to_string());
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.retain(|part| !text.contains(part.as_str()));
            parts.push(text);
        }
    }
    if parts.is_empty() {
        parts.push(error.to_string());
    }
    parts.join(": ")
}
