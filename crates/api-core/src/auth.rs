//! Logging in: fixed tokens, and a cache for tokens that expire.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, ErrorKind};

mod token_cache;

pub use token_cache::{Token, TokenCache, TokenSource, TokenState};

/// Which login a request carries; lets a stale one be told from a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AuthStamp(u64);

impl AuthStamp {
    /// The stamp of a login that never changes.
    pub const FIXED: Self = Self(0);

    /// Numbers a login; later logins have higher numbers.
    #[must_use]
    pub fn new(generation: u64) -> Self {
        Self(generation)
    }
}

/// Puts the login into a request.
#[async_trait]
pub trait Authorize: Send + Sync + fmt::Debug {
    /// Adds what the remote wants to see; may log in first.
    ///
    /// # Errors
    /// When there is no valid login to be had. The request was not sent.
    async fn authorize(&self, request: &mut http::Request<Bytes>) -> Result<AuthStamp, Error>;

    /// Takes note that the remote refused the login with this stamp.
    ///
    /// Returns whether another login may be tried: `false` for a fixed token.
    async fn renew(&self, _refused: AuthStamp) -> bool {
        false
    }

    /// Takes note of how the remote refused the login with this stamp.
    ///
    /// Returns whether another login may be tried; by default as
    /// [`renew`](Self::renew). An implementation that knows refusals which no
    /// new login mends says `false` to those.
    async fn refused(&self, stamp: AuthStamp, _error: &Error) -> bool {
        self.renew(stamp).await
    }
}

#[async_trait]
impl<A: Authorize + ?Sized> Authorize for Arc<A> {
    async fn authorize(&self, request: &mut http::Request<Bytes>) -> Result<AuthStamp, Error> {
        (**self).authorize(request).await
    }

    async fn renew(&self, refused: AuthStamp) -> bool {
        (**self).renew(refused).await
    }

    async fn refused(&self, stamp: AuthStamp, error: &Error) -> bool {
        (**self).refused(stamp, error).await
    }
}

/// No login at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAuth;

#[async_trait]
impl Authorize for NoAuth {
    async fn authorize(&self, _request: &mut http::Request<Bytes>) -> Result<AuthStamp, Error> {
        Ok(AuthStamp::FIXED)
    }
}

/// A fixed token sent as `Authorization: Bearer …`.
#[derive(Clone)]
pub struct Bearer(SecretString);

impl Bearer {
    /// Takes the token without the word `Bearer`.
    #[must_use]
    pub fn new(token: SecretString) -> Self {
        Self(token)
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer").finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for Bearer {
    async fn authorize(&self, request: &mut http::Request<Bytes>) -> Result<AuthStamp, Error> {
        let value = bearer_value(&self.0)?;
        request.headers_mut().insert(header::AUTHORIZATION, value);
        Ok(AuthStamp::FIXED)
    }
}

/// A fixed token sent in a header of the remote's choice.
#[derive(Clone)]
pub struct HeaderToken {
    name: HeaderName,
    token: SecretString,
}

impl HeaderToken {
    /// Takes the header's name and the token.
    #[must_use]
    pub fn new(name: HeaderName, token: SecretString) -> Self {
        Self { name, token }
    }
}

impl fmt::Debug for HeaderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderToken")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Authorize for HeaderToken {
    async fn authorize(&self, request: &mut http::Request<Bytes>) -> Result<AuthStamp, Error> {
        let value = secret_value(&self.token)?;
        request.headers_mut().insert(self.name.clone(), value);
        Ok(AuthStamp::FIXED)
    }
}

/// Builds a header value from a secret, marked so that `Debug` hides it.
///
/// # Errors
/// When the secret is empty or holds characters a header cannot carry, such
/// as the line feed of a file that was read untrimmed.
pub fn secret_value(secret: &SecretString) -> Result<HeaderValue, Error> {
    header_value(secret.expose_secret(), secret.expose_secret().is_empty())
}

fn bearer_value(secret: &SecretString) -> Result<HeaderValue, Error> {
    let token = secret.expose_secret();
    header_value(&format!("Bearer {token}"), token.is_empty())
}

fn header_value(content: &str, empty: bool) -> Result<HeaderValue, Error> {
    let refuse = |message: &str| {
        Error::new(ErrorKind::Config, message)
            .help("Check the configured secret for line breaks and missing content.")
    };
    if empty {
        return Err(refuse("The token is empty."));
    }
    let mut value = HeaderValue::from_str(content)
        .map_err(|_| refuse("The token holds characters that a header cannot carry."))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_with_a_line_feed_is_a_clear_configuration_error() {
        let mut request = http::Request::new(Bytes::new());
        let auth = Bearer::new(SecretString::from("abc\n"));
        let error = auth.authorize(&mut request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error:?}").contains("abc"));
    }

    #[tokio::test]
    async fn debug_shows_no_token() {
        let mut request = http::Request::new(Bytes::new());
        let auth = Bearer::new(SecretString::from("s3cr3t"));
        auth.authorize(&mut request).await.unwrap();
        let header = HeaderToken::new(HeaderName::from_static("x-token"), "s3cr3t".into());
        header.authorize(&mut request).await.unwrap();
        let shown = format!("{auth:?} {header:?} {request:?}");
        assert!(!shown.contains("s3cr3t"), "{shown}");
        assert_eq!(request.headers()["authorization"], "Bearer s3cr3t");
    }
}
