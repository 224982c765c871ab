//! The seam to the network: one request in, one answer or fault out.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Error, ErrorKind, SendOutcome};

#[cfg(any(test, feature = "testing"))]
mod fake;
#[cfg(feature = "reqwest")]
mod http_client;

#[cfg(any(test, feature = "testing"))]
pub use fake::{FakeTransport, Reply};
#[cfg(feature = "reqwest")]
pub use http_client::{HttpTransport, HttpTransportBuilder};

/// The largest answer a transport reads unless told otherwise: 32 MiB.
pub const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Sends one request once; never retries, never follows a token elsewhere.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends a request and reads the whole answer within `timeout`.
    ///
    /// # Errors
    /// When there is no whole answer. The error says whether the request may
    /// have reached the remote. An answer with an error status is no error
    /// here.
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError>;
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        (**self).send(request, timeout).await
    }
}

/// What went wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing listens there.
    Refused,
    /// The name does not resolve.
    UnknownHost,
    /// The network has no way there, or the connection failed otherwise.
    Unreachable,
    /// The certificate is not trusted or the TLS handshake failed.
    Certificate,
    /// No connection within the time-out.
    ConnectTimeout,
    /// Sent, but no whole answer within the time-out.
    Timeout,
    /// Sent, but the connection broke before the whole answer.
    Aborted,
    /// The answer is larger than allowed.
    TooLarge,
    /// The remote points elsewhere.
    Redirect,
    /// Plain `http` to another machine without permission.
    Insecure,
    /// The request cannot be sent at all.
    InvalidRequest,
}

impl Fault {
    /// Returns what an error with this fault says about the request.
    #[must_use]
    pub fn outcome(self) -> SendOutcome {
        match self {
            Self::Refused
            | Self::UnknownHost
            | Self::Unreachable
            | Self::Certificate
            | Self::ConnectTimeout
            | Self::Insecure
            | Self::InvalidRequest => SendOutcome::NotSent,
            Self::Timeout | Self::Aborted | Self::TooLarge | Self::Redirect => SendOutcome::Unknown,
        }
    }

    /// Returns what the caller can do about it.
    #[must_use]
    pub fn kind(self) -> ErrorKind {
        match self {
            Self::Refused
            | Self::UnknownHost
            | Self::Unreachable
            | Self::ConnectTimeout
            | Self::Timeout
            | Self::Aborted => ErrorKind::Unavailable,
            Self::Certificate | Self::Redirect | Self::Insecure | Self::InvalidRequest => {
                ErrorKind::Config
            }
            Self::TooLarge => ErrorKind::TooLarge,
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Refused => "Check host and port, and whether the system is running.",
            Self::UnknownHost => "Check the spelling of the host name and the DNS of this machine.",
            Self::Unreachable => "Check the network, the firewall and the proxy settings.",
            Self::Certificate => {
                "Check the certificate's name and date; for a private authority, configure its CA file."
            }
            Self::ConnectTimeout => "Check the network and the firewall between here and there.",
            Self::Timeout => "Try again later, or raise the time-out.",
            Self::Aborted => "Try again later; a proxy between here and there may cut connections.",
            Self::TooLarge => "Ask for smaller pages.",
            Self::Redirect => "Configure the address the API itself answers at.",
            Self::Insecure => {
                "Use https, or allow plain http for this connection with `insecure_http`."
            }
            Self::InvalidRequest => "Check the configured address.",
        }
    }
}

/// A request that got no whole answer.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    fault: Fault,
    outcome: SendOutcome,
    message: String,
    status: Option<u16>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// Creates an error; the outcome is [`Fault::outcome`].
    #[must_use]
    pub fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self {
            fault,
            outcome: fault.outcome(),
            message: message.into(),
            status: None,
            source: None,
        }
    }

    /// States what is known about the request.
    #[must_use]
    pub fn with_outcome(mut self, outcome: SendOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// States the status of the answer that was not read to its end.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Attaches the cause.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns what went wrong.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// Returns what is known about the request.
    #[must_use]
    pub fn outcome(&self) -> SendOutcome {
        self.outcome
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        let mut out = Self::new(error.fault.kind(), error.message)
            .outcome(error.outcome)
            .help(error.fault.help());
        if let Some(status) = error.status {
            out = out.status(status);
        }
        if let Some(source) = error.source {
            out = out.source(source);
        }
        out
    }
}
