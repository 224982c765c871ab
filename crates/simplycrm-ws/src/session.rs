//! Sessions: a small pool, logging in when needed, and once more when refused.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex as StdMutex, PoisonError};

use api_core::{Error, ErrorKind, Json, RetryPolicy, SecretString, SendOutcome};
use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::operation::Operation;
use crate::params::Params;
use crate::wire::Wire;

mod pool;

use pool::{Lease, Pool};

/// How often a login is tried again with a new challenge.
const OVERTAKEN_RETRIES: u32 = 3;

/// How an API logs in, and how it says that a session is over.
///
/// Implement it, hand it to a [`Channel`] with a [`Wire`], and the channel
/// does the rest: pool, single flight, one login more when a session is
/// refused.
#[async_trait]
pub(crate) trait Scheme: fmt::Debug + Send + Sync + 'static {
    /// What a login tells; holds no secret.
    type Info: Clone + fmt::Debug + Send + Sync + 'static;

    /// Logs in once: the session's name, and what the server told.
    async fn log_in(&self, wire: &Wire) -> Result<(SecretString, Self::Info), Error>;

    /// Ends a session.
    async fn log_out(&self, wire: &Wire, session: &SecretString) -> Result<(), Error>;

    /// Whether a refused login may only have met another client's.
    fn may_be_overtaken(&self, _error: &Error) -> bool {
        false
    }

    /// Whether an answer says that the session is over. The server checks it
    /// before it does anything, so the call may be repeated.
    fn refuses_session(&self, error: &Error) -> bool;
}

/// A session as the pool keeps it.
#[derive(Clone)]
pub(crate) struct Session<I> {
    pub(crate) name: SecretString,
    pub(crate) info: I,
}

/// Logins that were tried, and how the latest failed.
#[derive(Default)]
struct Attempts {
    failure: Option<Error>,
}

/// Calls of one user over a pool of sessions.
///
/// Share it (`Arc`); one per user and API.
pub(crate) struct Channel<S: Scheme> {
    wire: Wire,
    scheme: S,
    pool: Pool<S::Info>,
    retry: RetryPolicy,
    /// Held while a login is under way.
    logins: Mutex<Attempts>,
    /// Counts logins that ended; readable without waiting for one.
    tries: AtomicU64,
    /// What the latest login told.
    latest: StdMutex<Option<S::Info>>,
}

impl<S: Scheme> Channel<S> {
    /// Creates a channel with at most so many sessions; sends nothing.
    pub(crate) fn new(wire: Wire, scheme: S, sessions: usize, retry: RetryPolicy) -> Self {
        Self {
            wire,
            scheme,
            pool: Pool::new(sessions),
            retry,
            logins: Mutex::default(),
            tries: AtomicU64::new(0),
            latest: StdMutex::default(),
        }
    }

    /// How many sessions there may be at once.
    pub(crate) fn sessions(&self) -> usize {
        self.pool.slots()
    }

    /// What requests go over.
    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// How the API logs in.
    pub(crate) fn scheme(&self) -> &S {
        &self.scheme
    }

    /// Makes sure of a session, and says what its login told.
    pub(crate) async fn login(&self) -> Result<S::Info, Error> {
        let mut lease = self.pool.lease().await;
        let session = self.session(&mut lease).await?;
        lease.give_back();
        Ok(session.info)
    }

    /// What the latest login told; `None` before the first.
    pub(crate) fn latest(&self) -> Option<S::Info> {
        self.latest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Calls an operation on a session of the pool and returns its `result`.
    ///
    /// A refused session is replaced by a login, once, and the call repeated.
    pub(crate) async fn call(&self, operation: &Operation, params: &Params) -> Result<Json, Error> {
        let name = || operation.full_label(self.wire.target.prefix);
        let mut lease = self.pool.lease().await;
        let session = match self.session(&mut lease).await {
            Ok(session) => session,
            Err(error) => {
                lease.give_back();
                return Err(error.outcome(SendOutcome::NotSent));
            }
        };
        let first = self.wire.send(operation, params, Some(&session.name)).await;
        let refused = match first {
            Err(error) if self.scheme.refuses_session(&error) => error,
            other => return self.ended(lease, other),
        };
        lease.drop_session();
        if !operation.safety().may_repeat_after(refused.send_outcome()) {
            lease.give_back();
            return Err(refused);
        }
        tracing::debug!(
            operation = operation.label(),
            error.code = refused.code_str().unwrap_or_default(),
            "A session was refused; logging in again."
        );
        let doubt = refused.send_outcome().may_be_applied();
        let session = match self.session(&mut lease).await {
            Ok(session) => session,
            Err(error) => {
                lease.give_back();
                let outcome = if doubt {
                    SendOutcome::Unknown
                } else {
                    SendOutcome::NotSent
                };
                return Err(error.outcome(outcome));
            }
        };
        let second = self.wire.send(operation, params, Some(&session.name)).await;
        let second = second.map_err(|error| {
            if self.scheme.refuses_session(&error) {
                lease.drop_session();
            }
            if doubt && error.send_outcome() == SendOutcome::Rejected {
                error.outcome(SendOutcome::Unknown)
            } else {
                error
            }
            .operation(name())
        });
        self.ended(lease, second)
    }

    /// Gives a lease back after a call.
    ///
    /// A request without an answer may still hold the session's lock on the
    /// server; such a session is left behind, so that the next call does not
    /// wait behind it.
    fn ended(
        &self,
        mut lease: Lease<'_, S::Info>,
        result: Result<Json, Error>,
    ) -> Result<Json, Error> {
        if let Err(error) = &result
            && error.kind() == ErrorKind::Unavailable
            && matches!(error.status_code(), None | Some(504))
            && error.send_outcome() == SendOutcome::Unknown
            && crate::Code::of(error).is_none()
        {
            lease.drop_session();
        }
        lease.give_back();
        result
    }

    /// The session of a lease, after a login where it has none.
    async fn session(&self, lease: &mut Lease<'_, S::Info>) -> Result<Session<S::Info>, Error> {
        if let Some(session) = lease.session() {
            return Ok(session.clone());
        }
        let seen = self.tries.load(Ordering::Acquire);
        let mut logins = self.logins.lock().await;
        if self.tries.load(Ordering::Acquire) != seen
            && let Some(failure) = &logins.failure
        {
            // It failed while this call waited: a wrong key is tried once.
            return Err(failure.clone());
        }
        let result = self.log_in().await;
        logins.failure = result.as_ref().err().cloned();
        self.tries.fetch_add(1, Ordering::Release);
        drop(logins);
        let session = result?;
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.info.clone());
        lease.keep(session.clone());
        Ok(session)
    }

    async fn log_in(&self) -> Result<Session<S::Info>, Error> {
        let mut retries = 0;
        loop {
            match self.scheme.log_in(&self.wire).await {
                Ok((name, info)) => {
                    self.wire.remember(name.clone());
                    return Ok(Session { name, info });
                }
                Err(error)
                    if retries < OVERTAKEN_RETRIES && self.scheme.may_be_overtaken(&error) =>
                {
                    retries += 1;
                    let wait = self
                        .retry
                        .backoff()
                        .after(retries, false, None, fastrand::f64());
                    tracing::debug!(
                        attempt = retries,
                        "A login was refused; another client may have taken a newer challenge."
                    );
                    self.wire.clock().sleep(wait).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends every session that no call uses now; failures do not matter.
    pub(crate) async fn logout(&self) {
        for session in self.pool.take_idle() {
            if let Err(error) = self.scheme.log_out(&self.wire, &session.name).await {
                tracing::debug!(error.kind = error.kind().as_str(), "A logout failed.");
            }
        }
    }
}

impl<S: Scheme> fmt::Debug for Channel<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("wire", &self.wire)
            .finish_non_exhaustive()
    }
}
