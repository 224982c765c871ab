//! Redaction: nothing that can log in somewhere leaves the process.
//!
//! Applied before anything is queued, stored or shown, never at display.

mod body;
mod coding;
mod json;
mod key;
mod known;
mod text;

pub use body::{BodyKind, body, form, json_text, value};
pub use key::is_secret_key;
pub use known::Known;
pub use text::{excerpt, text, without_secrets};

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Headers whose values may be shown, lower case; every other is redacted.
pub const SHOWN_HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expires",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "last-modified",
    "link",
    "location",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "request-id",
    "retry-after",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "via",
    "x-correlation-id",
    "x-rate-limit-limit",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];

/// Tells whether the value of a header may be shown; its name is lower case.
#[must_use]
pub fn is_shown_header(name: &str) -> bool {
    SHOWN_HEADERS.binary_search(&name).is_ok()
}

/// Returns headers in order, with the values that may be shown.
///
/// Only [`SHOWN_HEADERS`] keep their value, and even there credentials in
/// URLs and tokens in text are taken out. An unknown header is a secret.
#[must_use]
pub fn headers(headers: &http::HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, content)| {
            let shown = is_shown_header(name.as_str());
            let content = match content.to_str() {
                Ok(plain) if shown => url(plain),
                _ => REDACTED.to_owned(),
            };
            (name.as_str().to_owned(), content)
        })
        .collect()
}

/// Redacts the query string and the credentials of a URL or path.
///
/// ```
/// use api_core::redact;
///
/// assert_eq!(
///     redact::url("https://u:p@crm.test/api?page=2&token=abc"),
///     "https://[redacted]@crm.test/api?page=2&token=[redacted]"
/// );
/// ```
#[must_use]
pub fn url(address: &str) -> String {
    match address.contains(['?', '#']) {
        true => text(&query_in(address)),
        false => text(address),
    }
}

fn query_in(address: &str) -> String {
    let (rest, fragment) = match address.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (address, None),
    };
    let mut out = match rest.split_once('?') {
        Some((path, query)) => format!("{path}?{}", form(query)),
        None => rest.to_owned(),
    };
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(&form(fragment));
    }
    out
}

/// Cuts a text to a number of characters; the last becomes `…` when cut.
#[must_use]
pub fn cap_chars(text: &str, limit: usize) -> String {
    if text.len() <= limit || text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(limit.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// Folds every run of white space and control characters into one space.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = true;
        } else {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_may_be_shown_are_found() {
        assert!(SHOWN_HEADERS.is_sorted());
        assert!(SHOWN_HEADERS.iter().all(|name| is_shown_header(name)));
        assert!(!is_shown_header("authorization") && !is_shown_header("x-api-key"));
    }

    #[test]
    fn session_names_leave_addresses() {
        for name in ["sessionName", "session_name", "_session", "PHPSESSID"] {
            let address =
                format!("https://crm.test/webservice.php?id=12x3&{name}=s3ss10n#{name}=s3ss10n");
            assert_eq!(
                url(&address),
                format!(
                    "https://crm.test/webservice.php?id=12x3&{name}=[redacted]#{name}=[redacted]"
                )
            );
        }
    }
}
