//! The one place that sends and the one place that retries.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, header};

use crate::auth::{AuthStamp, NoAuth};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, SendOutcome};
use crate::limit::Unlimited;
use crate::observe::{Attempt, Exchange};
use crate::redact;
use crate::retry::{self, Decision, RetryBudget, RetryPolicy, Safety};
use crate::time::Timestamp;
use crate::transport::Transport;

mod builder;
mod call;

pub use builder::CallerBuilder;
pub use call::{Call, Classify};

struct Inner {
    settings: CallerBuilder,
    user_agent: HeaderValue,
}

/// Sends calls: limiter, login, transport, classifier, observers, retries.
///
/// Cheap to clone; clones share everything. Dropping the future of a call
/// ends it; a request that was under way may then have been applied.
///
/// What is sent again, and when:
/// - only transient failures ([`Error::is_transient`]), at most
///   `max_retries` times, while the [`RetryBudget`] lasts;
/// - a [`Safety::Create`] only when its failed attempt was never applied;
/// - besides that once, after a new login, when the remote refused the login.
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.0.settings;
        f.debug_struct("Caller")
            .field("transport", &settings.transport)
            .field("retry", &settings.policy)
            .field("timeout", &settings.timeout)
            .finish_non_exhaustive()
    }
}

/// What one attempt left behind.
struct Failure {
    error: Error,
    stamp: Option<AuthStamp>,
}

impl Caller {
    /// Starts with the default settings over a transport.
    #[must_use]
    pub fn builder(transport: impl Transport + 'static) -> CallerBuilder {
        CallerBuilder {
            transport: Arc::new(transport),
            auth: Arc::new(NoAuth),
            limiter: Arc::new(Unlimited),
            policy: RetryPolicy::default(),
            budget: Arc::new(RetryBudget::default()),
            observers: Vec::new(),
            clock: Arc::new(SystemClock),
            user_agent: Cow::Borrowed(concat!("koppel-api-core/", env!("CARGO_PKG_VERSION"))),
            timeout: Duration::from_secs(30),
            jitter: Arc::new(fastrand::f64),
        }
    }

    /// Returns the clock the caller waits by.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.settings.clock)
    }

    /// Sends a call until it succeeds, fails for good, or tries run out.
    ///
    /// # Errors
    /// The last attempt's error, with the operation, the number of attempts
    /// and the send outcome of all attempts together. The outcome is
    /// [`SendOutcome::Unknown`] as soon as any attempt of a create (with or
    /// without key) may have been applied, whatever the last attempt said.
    /// For another write that holds too, unless the last attempt was refused
    /// for the record's own sake (not found, invalid, too large): the same
    /// content would have been refused before.
    pub async fn call(&self, call: Call) -> Result<http::Response<Bytes>, Error> {
        let settings = &self.0.settings;
        let mut attempts = 0;
        let mut retries = 0;
        let mut renewed = false;
        let mut maybe_applied = false;
        loop {
            for observer in &settings.observers {
                if let Some(room) = observer.ready() {
                    room.await;
                }
            }
            let permit = match settings.limiter.acquire().await {
                Ok(permit) => permit,
                Err(limited) => {
                    let error = limited.into_error(settings.clock.now());
                    return Err(finish(error, &call, attempts, maybe_applied));
                }
            };
            attempts += 1;
            let result = self.attempt(&call, attempts).await;
            drop(permit);
            let Failure { error, stamp } = match result {
                Ok(response) => {
                    settings.budget.succeeded();
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            maybe_applied |= error.send_outcome().may_be_applied();
            if let Some(stamp) = stamp
                && error.kind() == ErrorKind::Auth
                && !renewed
                && call.safety.may_repeat_after(error.send_outcome())
                && settings.auth.refused(stamp, &error).await
            {
                renewed = true;
                continue;
            }
            retries += 1;
            let decision =
                settings
                    .policy
                    .decide(call.safety, &error, retries, (settings.jitter)());
            match decision {
                Decision::Retry(wait) if settings.budget.try_spend() => {
                    tracing::debug!(
                        operation = call.operation,
                        attempt = attempts,
                        wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                        error.kind = error.kind().as_str(),
                        "Sending again after a wait."
                    );
                    settings.clock.sleep(wait).await;
                }
                Decision::Retry(_) | Decision::Stop => {
                    return Err(finish(error, &call, attempts, maybe_applied));
                }
            }
        }
    }

    async fn attempt(&self, call: &Call, number: u32) -> Result<http::Response<Bytes>, Failure> {
        let settings = &self.0.settings;
        let mut request = call.request.clone();
        request
            .headers_mut()
            .entry(header::USER_AGENT)
            .or_insert_with(|| self.0.user_agent.clone());
        let stamp = match settings.auth.authorize(&mut request).await {
            Ok(stamp) => stamp,
            Err(error) => {
                // No login, so nothing was sent; and logging in again at once
                // would not help.
                let error = error.outcome(SendOutcome::NotSent);
                return Err(Failure { error, stamp: None });
            }
        };
        let known = redact::Known::of_headers(request.headers()).and(&call.known);
        let started = settings.clock.now();
        let timeout = call.timeout.unwrap_or(settings.timeout);
        let answer = settings.transport.send(request.clone(), timeout).await;
        let tell = |response: Option<&http::Response<Bytes>>, error: Option<&Error>| {
            let mut observers = settings.observers.iter();
            if observers.any(|observer| observer.wants(error)) {
                let attempt = Attempt {
                    number,
                    started,
                    duration: settings.clock.now().duration_since(started),
                    response,
                    error,
                    known: &known,
                };
                self.tell(call, &request, attempt);
            }
        };
        self.judge(call, answer, &known, tell)
            .map_err(|error| Failure {
                error,
                stamp: Some(stamp),
            })
    }

    /// Turns what came back into an answer or an error, and tells of it.
    fn judge(
        &self,
        call: &Call,
        answer: Result<http::Response<Bytes>, crate::transport::TransportError>,
        known: &redact::Known,
        tell: impl FnOnce(Option<&http::Response<Bytes>>, Option<&Error>),
    ) -> Result<http::Response<Bytes>, Error> {
        let settings = &self.0.settings;
        match answer {
            Ok(response) => {
                settings
                    .limiter
                    .observe(response.status(), response.headers());
                match (call.classify)(&response) {
                    Ok(()) => {
                        tell(Some(&response), None);
                        Ok(response)
                    }
                    Err(error) => {
                        let error =
                            complete(error, &response, settings.clock.now()).scrubbed(known);
                        tell(Some(&response), Some(&error));
                        Err(error)
                    }
                }
            }
            Err(error) => {
                let error = Error::from(error).scrubbed(known);
                tell(None, Some(&error));
                Err(error)
            }
        }
    }

    fn tell(&self, call: &Call, request: &http::Request<Bytes>, attempt: Attempt<'_>) {
        let observers: Vec<_> = self
            .0
            .settings
            .observers
            .iter()
            .filter(|observer| observer.wants(attempt.error))
            .collect();
        let body_bytes = observers
            .iter()
            .map(|observer| observer.body_bytes())
            .max()
            .unwrap_or_default();
        let exchange = Exchange::record(call, request, attempt, body_bytes);
        for observer in observers {
            observer.exchange(&exchange);
        }
    }
}

/// Adds what every answer tells and the classifier left out.
fn complete(mut error: Error, response: &http::Response<Bytes>, now: Timestamp) -> Error {
    if error.status_code().is_none() {
        error = error.status(response.status().as_u16());
    }
    if error.retry_after_hint().is_none()
        && error.is_transient()
        && let Some(hint) = retry::retry_hint(response.status(), response.headers(), now)
    {
        error = error.retry_after(hint);
    }
    if error.request_id_str().is_none()
        && let Some(id) = ["x-request-id", "request-id", "x-correlation-id"]
            .iter()
            .find_map(|name| response.headers().get(*name)?.to_str().ok())
    {
        error = error.request_id(id);
    }
    error
}

fn finish(error: Error, call: &Call, attempts: u32, maybe_applied: bool) -> Error {
    let error = error.operation(call.operation).attempts(attempts);
    if maybe_applied && in_doubt(call, &error) {
        error.outcome(SendOutcome::Unknown)
    } else {
        error
    }
}

/// Tells whether a call stays in doubt, one of whose attempts may have been
/// applied, when its last attempt ended so.
fn in_doubt(call: &Call, last: &Error) -> bool {
    if call.safety != Safety::Idempotent {
        return true;
    }
    // A read applies nothing.
    if call.request.method().is_safe() || last.send_outcome().may_be_applied() {
        return false;
    }
    // A refusal of this record would have met the earlier attempt as well; one
    // of the login, of the pace or of the server says nothing about it.
    !matches!(
        last.kind(),
        ErrorKind::NotFound | ErrorKind::Validation | ErrorKind::TooLarge
    )
}
