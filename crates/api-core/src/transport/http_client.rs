//! The real network, by reqwest and rustls.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Method, header};
use url::{Host, Url};

use super::{Fault, MAX_BODY_BYTES, Transport, TransportError};
use crate::error::{Error, ErrorKind, SendOutcome};

mod explain;

use explain::{chain_text, explain, place};

/// Redirects of a read that are followed on the same host.
const MAX_HOPS: usize = 5;

/// Settings of an [`HttpTransport`].
#[derive(Debug, Clone)]
pub struct HttpTransportBuilder {
    insecure_http: bool,
    environment_proxy: bool,
    connect_timeout: Duration,
    max_body: usize,
    authorities: Vec<reqwest::Certificate>,
}

impl Default for HttpTransportBuilder {
    fn default() -> Self {
        Self {
            insecure_http: false,
            environment_proxy: true,
            connect_timeout: Duration::from_secs(10),
            max_body: MAX_BODY_BYTES,
            authorities: Vec::new(),
        }
    }
}

impl HttpTransportBuilder {
    /// Allows plain `http` to other machines than this one.
    ///
    /// Whoever listens on the way then reads every token and record.
    #[must_use]
    pub fn insecure_http(mut self, allow: bool) -> Self {
        self.insecure_http = allow;
        self
    }

    /// Sets whether `HTTPS_PROXY` and its kin count (they do by default;
    /// never for plain http to this machine).
    #[must_use]
    pub fn environment_proxy(mut self, use_it: bool) -> Self {
        self.environment_proxy = use_it;
        self
    }

    /// Sets the time-out of a new connection, 10 s by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the largest answer that is read, 32 MiB by default.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Trusts the certificate authorities of a PEM file as well.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn ca_file(self, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let pem = std::fs::read(path).map_err(|error| {
            Error::new(
                ErrorKind::Config,
                format!("The CA file {} cannot be read: {error}.", path.display()),
            )
            .help("Check the path and its rights.")
            .source(error)
        })?;
        self.ca_pem(&pem).map_err(|error| {
            Error::new(
                ErrorKind::Config,
                format!(
                    "The CA file {} is unusable: {}",
                    path.display(),
                    error.message()
                ),
            )
            .help("Give a PEM file with at least one BEGIN CERTIFICATE block.")
        })
    }

    /// Trusts the certificate authorities of a PEM text as well.
    ///
    /// # Errors
    /// When the text holds no certificate.
    pub fn ca_pem(mut self, pem: &[u8]) -> Result<Self, Error> {
        let found = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
            Error::new(ErrorKind::Config, "The PEM text is broken.").source(error)
        })?;
        if found.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                "The PEM text holds no certificate.",
            ));
        }
        self.authorities.extend(found);
        Ok(self)
    }

    /// Builds the transport.
    ///
    /// # Errors
    /// When TLS cannot be set up at all, or a certificate authority is
    /// unusable.
    pub fn build(self) -> Result<HttpTransport, Error> {
        let base = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(self.connect_timeout)
        };
        // Plain http to this machine needs neither proxy nor certificates,
        // and works on machines that have none installed.
        let local = base()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .map_err(|error| unusable(&error).source(error))?;
        let mut remote = base();
        if !self.environment_proxy {
            remote = remote.no_proxy();
        }
        if !self.authorities.is_empty() {
            remote = remote.tls_certs_merge(self.authorities.iter().cloned());
        }
        let remote = match remote.build() {
            Ok(client) => Ok(client),
            Err(error) if self.authorities.is_empty() => Err(Arc::new(error)),
            Err(error) => return Err(unusable(&error).source(error)),
        };
        Ok(HttpTransport {
            remote,
            local,
            insecure_http: self.insecure_http,
            max_body: self.max_body,
        })
    }
}

fn unusable(error: &reqwest::Error) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("The HTTP client cannot be set up: {}", chain_text(error)),
    )
    .help("Install the system's CA certificates (package ca-certificates).")
}

/// A [`Transport`] over HTTPS (rustls), with HTTP/1.1, HTTP/2 and gzip.
///
/// - Redirects: a read is followed on its own host only (at most 5 times,
///   never from https to http); everything else is refused, so that a token
///   never reaches another host.
/// - Plain `http` goes to this machine only, unless
///   [`insecure_http`](HttpTransportBuilder::insecure_http) allows more.
/// - No retries: [`Caller`](crate::Caller) is the one place that retries.
///
/// ```
/// use api_core::transport::HttpTransport;
///
/// let transport = HttpTransport::builder().max_body(1024 * 1024).build()?;
/// # let _ = transport;
/// # Ok::<(), api_core::Error>(())
/// ```
#[derive(Clone)]
pub struct HttpTransport {
    remote: Result<reqwest::Client, Arc<reqwest::Error>>,
    local: reqwest::Client,
    insecure_http: bool,
    max_body: usize,
}

impl HttpTransport {
    /// Starts with the default settings.
    #[must_use]
    pub fn builder() -> HttpTransportBuilder {
        HttpTransportBuilder::default()
    }

    /// Chooses the client for an address, or refuses the address.
    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, TransportError> {
        let host = url.host_str().unwrap_or_default();
        match url.scheme() {
            "http" if is_loopback(url) => return Ok(&self.local),
            "https" => {}
            "http" if self.insecure_http => {}
            "http" => {
                return Err(TransportError::new(
                    Fault::Insecure,
                    format!(
                        "Plain http to {host} is refused: tokens and records would be readable on the way."
                    ),
                ));
            }
            other => {
                return Err(TransportError::new(
                    Fault::InvalidRequest,
                    format!("The address scheme `{other}` is not http or https."),
                ));
            }
        }
        self.remote.as_ref().map_err(|error| {
            TransportError::new(
                Fault::Certificate,
                format!("TLS cannot be used on this machine: {}", chain_text(error)),
            )
        })
    }

    async fn exchange(
        &self,
        url: &Url,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let client = self.client_for(url)?;
        let mut outgoing = reqwest::Request::try_from(request).map_err(|error| {
            TransportError::new(Fault::InvalidRequest, "The request is not valid HTTP.")
                .with_source(error.without_url())
        })?;
        *outgoing.timeout_mut() = Some(timeout);
        let answer = client
            .execute(outgoing)
            .await
            .map_err(|error| explain(error, url, timeout, None))?;
        self.read(answer, url, timeout).await
    }

    async fn read(
        &self,
        mut answer: reqwest::Response,
        url: &Url,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let status = answer.status();
        let too_large = || {
            TransportError::new(
                Fault::TooLarge,
                format!(
                    "The answer of {} is larger than {} bytes.",
                    place(url),
                    self.max_body
                ),
            )
            .with_status(status.as_u16())
        };
        let announced = answer.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > self.max_body) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        loop {
            let chunk = answer
                .chunk()
                .await
                .map_err(|error| explain(error, url, timeout, Some(status.as_u16())))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > self.max_body {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let mut out = http::Response::new(body.freeze());
        *out.status_mut() = status;
        *out.version_mut() = answer.version();
        *out.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(out)
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("insecure_http", &self.insecure_http)
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let mut url = Url::parse(&request.uri().to_string()).map_err(|error| {
            TransportError::new(Fault::InvalidRequest, "The request has no full address.")
                .with_source(error)
        })?;
        let started = std::time::Instant::now();
        let mut request = request;
        for _ in 0..=MAX_HOPS {
            let left = timeout.saturating_sub(started.elapsed());
            let answer = self.exchange(&url, request.clone(), left).await?;
            let Some(target) = redirect_target(&url, &answer) else {
                return Ok(answer);
            };
            url = follow(&url, target, request.method(), &answer)?;
            *request.uri_mut() = url.as_str().parse().map_err(|error| {
                TransportError::new(Fault::Redirect, "The redirect names no usable address.")
                    .with_outcome(SendOutcome::Rejected)
                    .with_source(Box::new(error) as Box<dyn StdError + Send + Sync>)
            })?;
        }
        Err(TransportError::new(
            Fault::Redirect,
            format!("{} redirects in a circle.", place(&url)),
        ))
    }
}

/// Returns where an answer points; `None` for answers that point nowhere.
fn redirect_target(url: &Url, answer: &http::Response<Bytes>) -> Option<Option<Url>> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let target = answer
        .headers()
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| url.join(location).ok());
    Some(target)
}

fn follow(
    from: &Url,
    target: Option<Url>,
    method: &Method,
    answer: &http::Response<Bytes>,
) -> Result<Url, TransportError> {
    let status = answer.status().as_u16();
    // A form handler may answer 302 or 303 after it applied a write; 301, 307
    // and 308 are given by what stands in front of the application.
    let read = matches!(*method, Method::GET | Method::HEAD);
    let outcome = if read || matches!(status, 301 | 307 | 308) {
        SendOutcome::Rejected
    } else {
        SendOutcome::Unknown
    };
    let refuse = |message: String| {
        Err(TransportError::new(Fault::Redirect, message)
            .with_outcome(outcome)
            .with_status(status))
    };
    let Some(target) = target else {
        return refuse(format!("{} redirects to nowhere.", place(from)));
    };
    let same_host = from.host() == target.host();
    let same_place = from.origin() == target.origin();
    let upgrade = same_host
        && from.scheme() == "http"
        && target.scheme() == "https"
        && from.port().is_none()
        && target.port().is_none();
    if !same_place && !upgrade {
        return refuse(format!(
            "{} redirects to {}; it is not followed, because the login would go along.",
            place(from),
            place(&target)
        ));
    }
    if !read {
        return refuse(format!(
            "{} redirects a {method} to {}; a write is never redirected.",
            place(from),
            shown(&target)
        ));
    }
    Ok(target)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn shown(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), place(url), url.path())
}
