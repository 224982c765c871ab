//! The limit of an outgoing address, shared by all clients of the process.

use std::sync::Arc;
use std::time::Duration;

use api_core::limit::{Limiter, SlidingLimiter};
use api_core::{Clock, Registry};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use url::Url;

use crate::address::DOMAIN;

/// The domain of RepairShopr, the same engine with the same limit (OpenAPI
/// document).
const TWIN: &str = "repairshopr.com";

/// Requests in any minute from one outgoing address (OpenAPI document).
pub(crate) const PER_MINUTE: u32 = 180;

/// The span the limit counts in (OpenAPI document).
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// How much later than asked a client may come back at most, so that not all
/// come at once.
const JITTER: f64 = 2.0;

/// The limiters of this process.
pub(crate) static LIMITERS: Registry<SlidingLimiter> = Registry::new();

/// Which clients share a limiter: all whose calls leave for Syncro (or for
/// RepairShopr), since it counts by the address they come from; others by the host they call.
pub(crate) fn group(base: &Url) -> String {
    let host = base.host_str().unwrap_or_default().trim_end_matches('.');
    let under = |domain: &&str| {
        host.strip_suffix(*domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if let Some(domain) = [DOMAIN, TWIN].into_iter().find(|domain| under(domain)) {
        return domain.to_owned();
    }
    let port = base.port_or_known_default().unwrap_or_default();
    format!("{host}:{port}")
}

/// Builds a limiter.
pub(crate) fn limiter(
    per_minute: u32,
    max_wait: Duration,
    clock: Arc<dyn Clock>,
) -> SlidingLimiter {
    SlidingLimiter::builder(clock)
        .window(per_minute, WINDOW)
        .max_wait(max_wait)
        .until_answered()
        .build()
}

/// Keeps all clients of a limiter silent for a while and a little more.
///
/// It is told as an answer that names the time itself, which is what the
/// server leaves out.
pub(crate) fn silence(limiter: &dyn Limiter, wait: Duration) {
    let wait = wait.as_secs_f64() + fastrand::f64() * JITTER;
    if let Ok(value) = HeaderValue::from_str(&format!("{wait:.3}")) {
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value)]);
        limiter.observe(StatusCode::TOO_MANY_REQUESTS, &headers);
    }
}
