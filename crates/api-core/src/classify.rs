//! What an answer means, for remotes that keep to HTTP's own rules.

use bytes::Bytes;
use http::{Response, header};

use crate::error::{Error, ErrorKind, SendOutcome};

/// Returns the error kind a status stands for; `None` for 2xx.
///
/// 408, 425, 502, 503, 504 and the rest of 5xx are [`ErrorKind::Unavailable`];
/// a redirect is [`ErrorKind::NotAnApi`].
#[must_use]
pub fn kind_of_status(status: http::StatusCode) -> Option<ErrorKind> {
    Some(match status.as_u16() {
        200..=299 => return None,
        401 => ErrorKind::Auth,
        402 | 403 => ErrorKind::Permission,
        404 | 410 => ErrorKind::NotFound,
        409 | 412 | 423 => ErrorKind::Conflict,
        413 | 414 | 431 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        408 | 425 | 500..=599 => ErrorKind::Unavailable,
        400..=499 => ErrorKind::Validation,
        _ => ErrorKind::NotAnApi,
    })
}

/// Classifies by status and by what the body looks like.
///
/// HTML instead of an API's answer is [`ErrorKind::NotAnApi`], except with
/// 429 and 5xx, where a proxy speaks for a remote that is down. Clients of
/// remotes with habits of their own write their own classifier on top.
///
/// # Errors
/// Every answer but a 2xx without HTML.
pub fn by_status(response: &Response<Bytes>) -> Result<(), Error> {
    let status = response.status();
    let html = looks_like_html(response);
    let kind = match kind_of_status(status) {
        Some(kind) if kind.is_transient() => kind,
        Some(_) | None if html => ErrorKind::NotAnApi,
        Some(kind) => kind,
        None => return Ok(()),
    };
    let mut error = Error::new(kind, sentence(kind, status)).status(status.as_u16());
    if html && status.is_client_error() {
        // A firewall or a wrong address: the application never saw it.
        error = error.outcome(SendOutcome::Rejected);
    }
    if !response.body().is_empty() {
        error = error.excerpt(String::from_utf8_lossy(first_bytes(response.body())));
    }
    Err(error)
}

fn first_bytes(body: &Bytes) -> &[u8] {
    &body[..body.len().min(8 * 1024)]
}

fn sentence(kind: ErrorKind, status: http::StatusCode) -> String {
    let what = match kind {
        ErrorKind::Auth => "The remote refused the login",
        ErrorKind::Permission => "The login lacks the right",
        ErrorKind::NotFound => "The remote knows no such address or record",
        ErrorKind::Validation => "The remote refused the content",
        ErrorKind::Conflict => "The remote holds something that contradicts the request",
        ErrorKind::RateLimited => "The remote received too many requests",
        ErrorKind::TooLarge => "The request is too large for the remote",
        ErrorKind::Unavailable => "The remote cannot answer now",
        _ => "Something other than the API answered",
    };
    match status.canonical_reason() {
        Some(reason) => format!("{what} ({} {reason}).", status.as_u16()),
        None => format!("{what} ({}).", status.as_u16()),
    }
}

/// Tells whether an answer is a web page: by its type or its first bytes.
///
/// ```
/// use api_core::classify::looks_like_html;
///
/// let page = http::Response::new(bytes::Bytes::from("\n<!DOCTYPE html><html>…"));
/// assert!(looks_like_html(&page));
/// ```
#[must_use]
pub fn looks_like_html(response: &Response<Bytes>) -> bool {
    let typed = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|content| content.to_str().ok())
        .is_some_and(|content| {
            let content = content.to_ascii_lowercase();
            content.starts_with("text/html") || content.contains("xhtml")
        });
    let start: Vec<u8> = response
        .body()
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf))
        .take(16)
        .map(u8::to_ascii_lowercase)
        .collect();
    let looks = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<br",
    ]
    .iter()
    .any(|tag| start.starts_with(tag.as_bytes()));
    let looks_json = matches!(start.first(), Some(b'{' | b'['));
    looks || (typed && !looks_json && !start.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, kind: &str, body: &str) -> Response<Bytes> {
        Response::builder()
            .status(status)
            .header("content-type", kind)
            .body(Bytes::from(body.to_owned()))
            .unwrap()
    }

    #[test]
    fn statuses_say_what_to_do() {
        let kind = |status| {
            by_status(&answer(status, "application/json", "{}"))
                .err()
                .map(|error| (error.kind(), error.send_outcome()))
        };
        assert_eq!(kind(200), None);
        assert_eq!(kind(401), Some((ErrorKind::Auth, SendOutcome::Rejected)));
        assert_eq!(
            kind(422),
            Some((ErrorKind::Validation, SendOutcome::Rejected))
        );
        assert_eq!(
            kind(429),
            Some((ErrorKind::RateLimited, SendOutcome::Rejected))
        );
        assert_eq!(
            kind(503),
            Some((ErrorKind::Unavailable, SendOutcome::Unknown))
        );
        assert_eq!(kind(302), Some((ErrorKind::NotAnApi, SendOutcome::Unknown)));
    }

    #[test]
    fn a_web_page_is_no_api() {
        let kind = |status, kind, body| {
            by_status(&answer(status, kind, body)).map_err(|error| error.kind())
        };
        assert_eq!(kind(200, "text/html", "<p>hi"), Err(ErrorKind::NotAnApi));
        assert_eq!(
            kind(200, "", "<br />\n<b>Notice</b>"),
            Err(ErrorKind::NotAnApi)
        );
        assert_eq!(
            kind(403, "text/html", "<html>captcha"),
            Err(ErrorKind::NotAnApi)
        );
        assert_eq!(
            kind(502, "text/html", "<html>"),
            Err(ErrorKind::Unavailable)
        );
        assert_eq!(kind(200, "text/html", "{\"status\":true}"), Ok(()));
    }
}
