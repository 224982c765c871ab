//! How long a remote asks to wait.

use std::time::Duration;

use http::HeaderMap;

use crate::time::Timestamp;

/// Reads how long a remote asks to wait.
///
/// `Retry-After` counts first, as seconds or as an HTTP date (all three forms
/// of RFC 9110). Without it `X-RateLimit-Reset` (or `RateLimit-Reset`) counts
/// when the status is 429 or nothing remains: Unix seconds, or seconds from
/// now when the number is small. Dates are compared with the remote's own
/// `Date` header where there is one, so a wrong clock on either side does not
/// matter. A moment in the past is zero.
#[must_use]
pub fn retry_hint(
    status: http::StatusCode,
    headers: &HeaderMap,
    now: Timestamp,
) -> Option<Duration> {
    let remote_now = header(headers, "date")
        .and_then(parse_http_date)
        .unwrap_or(now);
    if let Some(hint) =
        header(headers, "retry-after").and_then(|text| parse_retry_after(text, remote_now))
    {
        return Some(hint);
    }
    if status == http::StatusCode::TOO_MANY_REQUESTS || remaining(headers) == Some(0) {
        return reset(headers, remote_now);
    }
    None
}

/// Parses a `Retry-After` value: seconds, or an HTTP date compared to `now`.
///
/// ```
/// use api_core::{Timestamp, retry::parse_retry_after};
/// use std::time::Duration;
///
/// let now: Timestamp = "2026-11-06T08:49:00Z".parse()?;
/// let date = "Fri, 06 Nov 2026 08:49:37 GMT";
/// assert_eq!(parse_retry_after(date, now), Some(Duration::from_secs(37)));
/// assert_eq!(parse_retry_after("120", now), Some(Duration::from_secs(120)));
/// # Ok::<(), api_core::ParseTimeError>(())
/// ```
#[must_use]
pub fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Some(seconds) = parse_seconds(text) {
        return Some(seconds);
    }
    parse_http_date(text).map(|at| at.duration_since(now))
}

/// Parses an HTTP date in any of the three forms of RFC 9110.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if let Ok(at) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Some(at.into());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| jiff::civil::DateTime::strptime(form, text).ok())
        .and_then(|civil| jiff::tz::TimeZone::UTC.to_timestamp(civil).ok())
        .map(Timestamp::from)
}

/// Returns how many requests the remote says are left in its window.
#[must_use]
pub fn remaining(headers: &HeaderMap) -> Option<u32> {
    [
        "x-ratelimit-remaining",
        "x-rate-limit-remaining",
        "ratelimit-remaining",
    ]
    .iter()
    .find_map(|name| header(headers, name)?.trim().parse().ok())
}

/// Returns the time until the remote's rate window starts anew.
#[must_use]
pub fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    /// Above it a number is a moment (2001 and later), below it a duration.
    const MOMENT: u64 = 1_000_000_000;
    let text = ["x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"]
        .iter()
        .find_map(|name| header(headers, name))?;
    let span = parse_seconds(text.trim())?;
    if span.as_secs() >= MOMENT {
        let at = Timestamp::UNIX_EPOCH.saturating_add(span);
        Some(at.duration_since(now))
    } else {
        Some(span)
    }
}

fn parse_seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let seconds = whole.parse::<u64>().unwrap_or(u64::MAX);
    // A fraction is rounded up to the next second: never too early.
    let extra = u64::from(fraction.bytes().any(|byte| byte != b'0'));
    Some(Duration::from_secs(seconds.saturating_add(extra)))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-06T08:49:00Z".parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, content)| {
                (
                    http::HeaderName::from_static(name),
                    content.parse().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn all_three_http_dates_are_read() {
        for text in [
            "Fri, 06 Nov 2026 08:49:37 GMT",
            "Friday, 06-Nov-26 08:49:37 GMT",
            "Fri Nov  6 08:49:37 2026",
        ] {
            assert_eq!(
                parse_retry_after(text, now()),
                Some(Duration::from_secs(37)),
                "{text}"
            );
        }
        for text in ["", "soon", "-5", "1e3", "Fri, 99 Nov 2026 08:49:37 GMT"] {
            assert_eq!(parse_retry_after(text, now()), None, "{text}");
        }
    }

    #[test]
    fn a_date_in_the_past_asks_for_no_wait() {
        assert_eq!(
            parse_retry_after("Fri, 06 Nov 2020 08:49:37 GMT", now()),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn the_remotes_own_clock_is_the_reference() {
        let headers = headers(&[
            ("date", "Fri, 06 Nov 2026 12:00:00 GMT"),
            ("retry-after", "Fri, 06 Nov 2026 12:00:05 GMT"),
        ]);
        assert_eq!(
            retry_hint(StatusCode::SERVICE_UNAVAILABLE, &headers, now()),
            Some(Duration::from_secs(5))
        );
    }

    #[test]
    fn the_reset_header_counts_only_when_throttled() {
        let reset = (now().as_micros() / 1_000_000 + 42).to_string();
        let headers = headers(&[("x-ratelimit-reset", &reset)]);
        assert_eq!(
            retry_hint(StatusCode::TOO_MANY_REQUESTS, &headers, now()),
            Some(Duration::from_secs(42))
        );
        assert_eq!(retry_hint(StatusCode::OK, &headers, now()), None);
    }

    #[test]
    fn a_small_reset_is_a_span() {
        let headers = headers(&[("ratelimit-reset", "9.2"), ("ratelimit-remaining", "0")]);
        assert_eq!(
            retry_hint(StatusCode::OK, &headers, now()),
            Some(Duration::from_secs(10))
        );
    }
}
