//! Every HTTP exchange, offered to whoever keeps a log of them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use crate::error::{ErrorSummary, SendOutcome};
use crate::redact;
use crate::time::Timestamp;

/// The bytes of each body an exchange keeps unless an observer asks for more.
pub const BODY_BYTES: usize = 16 * 1024;

/// One attempt of one call, already redacted.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Exchange {
    /// The operation, such as `clients.create`.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: String,
    /// The path with placeholders, such as `/clients/{id}`.
    pub path_template: String,
    /// The address that was called, redacted.
    pub url: String,
    /// When the attempt began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// Which attempt this was, from 1.
    pub attempt: u32,
    /// The status of the answer; `None` without one.
    pub status: Option<u16>,
    /// What is known about the request.
    pub outcome: SendOutcome,
    /// Why the attempt failed; `None` when it did not.
    pub error: Option<ErrorSummary>,
    /// The request's headers, redacted.
    pub request_headers: Vec<(String, String)>,
    /// The request's body, redacted and cut.
    pub request_body: String,
    /// The answer's headers, redacted.
    pub response_headers: Vec<(String, String)>,
    /// The answer's body, redacted and cut.
    pub response_body: String,
}

impl Exchange {
    /// Records one attempt; everything is redacted here.
    pub(crate) fn record(
        call: &crate::caller::Call,
        request: &http::Request<Bytes>,
        attempt: Attempt<'_>,
        body_bytes: usize,
    ) -> Self {
        let known = attempt.known;
        let scrub_all = |pairs: Vec<(String, String)>| {
            pairs
                .into_iter()
                .map(|(name, content)| match content.as_str() {
                    redact::REDACTED => (name, content),
                    _ => (name, known.scrubbed(content)),
                })
                .collect::<Vec<_>>()
        };
        let (status, response_headers, response_body) = match attempt.response {
            Some(response) => (
                Some(response.status().as_u16()),
                scrub_all(redact::headers(response.headers())),
                known.scrubbed(redact::body(
                    response.headers(),
                    response.body(),
                    body_bytes,
                )),
            ),
            None => (
                attempt.error.and_then(crate::Error::status_code),
                Vec::new(),
                String::new(),
            ),
        };
        Self {
            operation: call.operation,
            method: request.method().as_str().to_owned(),
            path_template: call.path_template.to_string(),
            url: known.scrubbed(redact::url(&request.uri().to_string())),
            started: attempt.started,
            duration: attempt.duration,
            attempt: attempt.number,
            status,
            outcome: attempt
                .error
                .map_or(SendOutcome::Done, crate::Error::send_outcome),
            error: attempt.error.map(crate::Error::summary),
            request_headers: scrub_all(redact::headers(request.headers())),
            request_body: known.scrubbed(redact::body(
                request.headers(),
                request.body(),
                body_bytes,
            )),
            response_headers,
            response_body,
        }
    }
}

/// The raw facts of one attempt.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) number: u32,
    pub(crate) started: Timestamp,
    pub(crate) duration: Duration,
    pub(crate) response: Option<&'a http::Response<Bytes>>,
    pub(crate) error: Option<&'a crate::Error>,
    pub(crate) known: &'a redact::Known,
}

/// A wait until an observer can take another exchange.
pub type Ready<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Takes note of exchanges; audit logs and `--trace` hang on this.
pub trait ExchangeObserver: Send + Sync + fmt::Debug {
    /// Takes one exchange. Called on the path of the call: must not block.
    fn exchange(&self, exchange: &Exchange);

    /// Returns how many bytes of each body it wants to see.
    fn body_bytes(&self) -> usize {
        BODY_BYTES
    }

    /// Tells whether it takes note of an attempt that ended like this.
    ///
    /// An exchange that no observer wants is not made: redacting what nobody
    /// reads costs more than the call does.
    fn wants(&self, _error: Option<&crate::Error>) -> bool {
        true
    }

    /// Returns a wait until there is room for another exchange; `None` when
    /// there is.
    ///
    /// Awaited before each attempt and before the limiter, so that a log that
    /// is behind slows the calls down instead of losing exchanges.
    fn ready(&self) -> Option<Ready<'_>> {
        None
    }
}

impl<O: ExchangeObserver + ?Sized> ExchangeObserver for Arc<O> {
    fn exchange(&self, exchange: &Exchange) {
        (**self).exchange(exchange);
    }

    fn body_bytes(&self) -> usize {
        (**self).body_bytes()
    }

    fn wants(&self, error: Option<&crate::Error>) -> bool {
        (**self).wants(error)
    }

    fn ready(&self) -> Option<Ready<'_>> {
        (**self).ready()
    }
}
