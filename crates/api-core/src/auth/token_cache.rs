//! A cache for tokens that expire.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, header};
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::{AuthStamp, Authorize, bearer_value, secret_value};
use crate::clock::Clock;
use crate::error::{Error, SendOutcome};
use crate::time::Timestamp;

/// A token as a login gives it.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token itself.
    pub secret: SecretString,
    /// When it stops working; `None` when the remote does not say.
    pub expires_at: Option<Timestamp>,
}

/// Logs in and returns a fresh token.
#[async_trait]
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// Logs in once.
    ///
    /// # Errors
    /// When the remote refuses the login or cannot be reached.
    async fn fetch(&self) -> Result<Token, Error>;
}

#[derive(Default)]
struct Cached {
    token: Option<Token>,
    /// Counts logins that worked; the stamp of the current token.
    generation: u64,
    /// Counts logins that were tried.
    tries: u64,
    /// The error of the latest try, when it failed.
    failure: Option<Error>,
}

/// The token that caches of one account share.
#[derive(Default)]
pub struct TokenState {
    cached: Mutex<Cached>,
    /// Mirrors `Cached::tries`, readable without waiting for a login.
    tries: AtomicU64,
}

impl fmt::Debug for TokenState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenState").finish_non_exhaustive()
    }
}

struct CacheInner<S> {
    source: S,
    clock: Arc<dyn Clock>,
    early: Duration,
    header: Option<HeaderName>,
    state: Arc<TokenState>,
}

/// Keeps a token until shortly before it expires.
///
/// However many calls find no valid token, one logs in and the others wait
/// for its result — also when it fails, so that a wrong password is tried once
/// and not once per call. Clones share the token.
///
/// ```
/// use api_core::auth::{Token, TokenCache, TokenSource};
/// use api_core::{Error, SecretString, SystemClock};
/// use std::sync::Arc;
///
/// #[derive(Debug)]
/// struct Login;
///
/// #[async_trait::async_trait]
/// impl TokenSource for Login {
///     async fn fetch(&self) -> Result<Token, Error> {
///         Ok(Token { secret: SecretString::from("t0ken"), expires_at: None })
///     }
/// }
///
/// let auth = TokenCache::new(Login, Arc::new(SystemClock));
/// # let _ = auth;
/// ```
pub struct TokenCache<S>(Arc<CacheInner<S>>);

impl<S> Clone for TokenCache<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for TokenCache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("early", &self.0.early)
            .field("header", &self.0.header)
            .finish_non_exhaustive()
    }
}

impl<S: TokenSource> TokenCache<S> {
    /// Creates a cache that sends `Authorization: Bearer …` and renews the
    /// token 60 s before it expires.
    #[must_use]
    pub fn new(source: S, clock: Arc<dyn Clock>) -> Self {
        Self::with(source, clock, Duration::from_secs(60), None)
    }

    /// Creates a cache with its own early expiry and, when given, a header
    /// that carries the bare token.
    #[must_use]
    pub fn with(
        source: S,
        clock: Arc<dyn Clock>,
        early: Duration,
        header: Option<HeaderName>,
    ) -> Self {
        Self(Arc::new(CacheInner {
            source,
            clock,
            early,
            header,
            state: Arc::default(),
        }))
    }

    /// Creates a cache as [`new`](Self::new) does, whose token is that of all
    /// caches with this state.
    ///
    /// All of them must log in to the same account, and their clocks tell the
    /// same time.
    #[must_use]
    pub fn sharing(source: S, clock: Arc<dyn Clock>, state: Arc<TokenState>) -> Self {
        Self(Arc::new(CacheInner {
            source,
            clock,
            early: Duration::from_secs(60),
            header: None,
            state,
        }))
    }

    /// Returns a valid token and its stamp, logging in when needed.
    ///
    /// # Errors
    /// What the login answered; nothing was sent beyond the login itself.
    pub async fn token(&self) -> Result<(SecretString, AuthStamp), Error> {
        let inner = &*self.0;
        let seen = inner.state.tries.load(Ordering::Acquire);
        let mut cached = inner.state.cached.lock().await;
        if let Some(token) = &cached.token {
            let fresh = token
                .expires_at
                .is_none_or(|end| inner.clock.now().saturating_add(inner.early) < end);
            // A token that is born shorter than the early expiry still
            // serves the calls that waited for it.
            if fresh || cached.tries > seen {
                return Ok((token.secret.clone(), AuthStamp(cached.generation)));
            }
        } else if cached.tries > seen
            && let Some(failure) = &cached.failure
        {
            return Err(failure.clone());
        }
        let result = inner.source.fetch().await;
        cached.tries += 1;
        inner.state.tries.store(cached.tries, Ordering::Release);
        match result {
            Ok(token) => {
                let secret = token.secret.clone();
                cached.generation += 1;
                cached.token = Some(token);
                cached.failure = None;
                Ok((secret, AuthStamp(cached.generation)))
            }
            Err(error) => {
                // Whatever became of the login, the call itself never left.
                let error = error.outcome(SendOutcome::NotSent);
                cached.token = None;
                cached.failure = Some(error.clone());
                Err(error)
            }
        }
    }
}

#[async_trait]
impl<S: TokenSource> Authorize for TokenCache<S> {
    async fn authorize(&self, request: &mut http::Request<Bytes>) -> Result<AuthStamp, Error> {
        let (secret, stamp) = self.token().await?;
        let (name, value) = match &self.0.header {
            Some(name) => (name.clone(), secret_value(&secret)?),
            None => (header::AUTHORIZATION, bearer_value(&secret)?),
        };
        request.headers_mut().insert(name, value);
        Ok(stamp)
    }

    async fn renew(&self, refused: AuthStamp) -> bool {
        let mut cached = self.0.state.cached.lock().await;
        // Somebody else may have logged in meanwhile: keep the newer token.
        if cached.generation == refused.0 {
            cached.token = None;
            cached.failure = None;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::{ErrorKind, ManualClock};

    #[derive(Debug)]
    struct Login {
        clock: ManualClock,
        count: Arc<AtomicU64>,
        fails: bool,
        lifetime: Duration,
    }

    #[async_trait]
    impl TokenSource for Login {
        async fn fetch(&self) -> Result<Token, Error> {
            let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            self.clock.sleep(Duration::from_secs(1)).await;
            if self.fails {
                return Err(Error::new(ErrorKind::Auth, "Wrong password.").status(401));
            }
            Ok(Token {
                secret: SecretString::from(format!("token-{number}")),
                expires_at: Some(self.clock.now().saturating_add(self.lifetime)),
            })
        }
    }

    fn cache(fails: bool, lifetime: u64) -> (TokenCache<Login>, ManualClock, Arc<AtomicU64>) {
        let clock = ManualClock::auto_advance(Timestamp::UNIX_EPOCH);
        let count = Arc::new(AtomicU64::new(0));
        let login = Login {
            clock: clock.clone(),
            count: Arc::clone(&count),
            fails,
            lifetime: Duration::from_secs(lifetime),
        };
        let cache = TokenCache::new(login, Arc::new(clock.clone()));
        (cache, clock, count)
    }

    #[tokio::test]
    async fn a_hundred_calls_log_in_once() {
        let (cache, _, count) = cache(false, 3600);
        let calls = (0..100).map(|_| cache.token());
        for result in futures_util::future::join_all(calls).await {
            assert_eq!(result.unwrap().0.expose_secret(), "token-1");
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn caches_that_share_log_in_once_and_renew_for_each_other() {
        let (first, clock, count) = cache(false, 3600);
        let login = Login {
            clock: clock.clone(),
            count: Arc::clone(&count),
            fails: false,
            lifetime: Duration::from_secs(3600),
        };
        let state = Arc::clone(&first.0.state);
        let second = TokenCache::sharing(login, Arc::new(clock), state);
        let (token, stamp) = first.token().await.unwrap();
        let (same, also) = second.token().await.unwrap();
        assert_eq!(token.expose_secret(), same.expose_secret());
        assert_eq!((stamp, count.load(Ordering::SeqCst)), (also, 1));
        assert!(second.renew(stamp).await);
        assert_eq!(first.token().await.unwrap().0.expose_secret(), "token-2");
    }

    #[tokio::test]
    async fn a_hundred_calls_try_a_wrong_password_once() {
        let (cache, _, count) = cache(true, 3600);
        let calls = (0..100).map(|_| cache.token());
        for result in futures_util::future::join_all(calls).await {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Auth);
            assert_eq!(error.send_outcome(), SendOutcome::NotSent);
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert!(cache.token().await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 2, "a later call tries again");
    }

    #[tokio::test]
    async fn a_token_is_renewed_before_it_expires() {
        let (cache, clock, count) = cache(false, 3600);
        cache.token().await.unwrap();
        clock.advance(Duration::from_secs(3600 - 61));
        cache.token().await.unwrap();
        assert_eq!(count.load(Ordering::SeqCst), 1);
        clock.advance(Duration::from_secs(2));
        assert_eq!(cache.token().await.unwrap().0.expose_secret(), "token-2");
    }

    #[tokio::test]
    async fn a_token_shorter_than_the_early_expiry_still_serves_its_waiters() {
        let (cache, _, count) = cache(false, 5);
        let calls = (0..10).map(|_| cache.token());
        for result in futures_util::future::join_all(calls).await {
            assert!(result.is_ok());
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_refusal_of_an_older_token_keeps_the_newer_one() {
        let (cache, _, count) = cache(false, 3600);
        let (_, first) = cache.token().await.unwrap();
        assert!(cache.renew(first).await);
        let (_, second) = cache.token().await.unwrap();
        assert_ne!(first, second);
        assert!(cache.renew(first).await);
        assert_eq!(cache.token().await.unwrap().1, second);
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}
