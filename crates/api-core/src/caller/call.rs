//! One call.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::error::Error;
use crate::redact::Known;
use crate::retry::Safety;

/// Decides whether an answer is a success, and what its error means.
pub type Classify = Arc<dyn Fn(&http::Response<Bytes>) -> Result<(), Error> + Send + Sync>;

/// One call: a request, its name, and what may happen when it is sent twice.
#[derive(Clone)]
pub struct Call {
    /// The operation for errors and logs, such as `clients.create`.
    pub operation: &'static str,
    /// The path with placeholders, such as `/clients/{id}`: no personal data.
    pub path_template: Cow<'static, str>,
    /// What may happen when the request is sent twice.
    pub safety: Safety,
    /// The request, without its login.
    pub request: http::Request<Bytes>,
    /// Decides whether an answer is a success.
    pub classify: Classify,
    /// The time-out of one attempt, instead of the caller's own.
    pub timeout: Option<Duration>,
    /// Secrets the request carries outside of its headers.
    pub known: Known,
}

impl Call {
    /// Creates a call whose answers are judged by their status
    /// ([`classify::by_status`](crate::classify::by_status)).
    #[must_use]
    pub fn new(
        operation: &'static str,
        path_template: impl Into<Cow<'static, str>>,
        safety: Safety,
        request: http::Request<Bytes>,
    ) -> Self {
        Self {
            operation,
            path_template: path_template.into(),
            safety,
            request,
            classify: Arc::new(crate::classify::by_status),
            timeout: None,
            known: Known::default(),
        }
    }

    /// Names the secrets that the request carries in its address or its body,
    /// so that none shows where the remote repeats them.
    ///
    /// Those in headers that are marked sensitive are known anyway.
    #[must_use]
    pub fn known(mut self, known: Known) -> Self {
        self.known = known;
        self
    }

    /// Judges answers by a function of the client.
    ///
    /// The function sets the error's outcome where it knows better than
    /// [`ErrorKind::default_outcome`](crate::ErrorKind::default_outcome): a 503 that is known to apply nothing is
    /// [`SendOutcome::Rejected`](crate::SendOutcome::Rejected), and only then is a create sent again.
    #[must_use]
    pub fn classify(
        mut self,
        classify: impl Fn(&http::Response<Bytes>) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Self {
        self.classify = Arc::new(classify);
        self
    }

    /// Sets the time-out of one attempt.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("method", self.request.method())
            .field("path_template", &self.path_template)
            .field("safety", &self.safety)
            .finish_non_exhaustive()
    }
}
