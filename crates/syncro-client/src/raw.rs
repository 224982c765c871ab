//! Calls by hand.

use std::fmt;

use api_core::redact;
use api_core::request::address;
use api_core::{Call, Error, ErrorKind, Json, Safety, SendOutcome};
use http::{HeaderName, HeaderValue, Method, header};

use crate::client::Client;
use crate::error::Judged;
use crate::operations::{self, Operation};
use crate::wire::request;

/// What a call by hand answered; printed without secrets.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawAnswer {
    /// The HTTP status, a 2xx.
    pub status: u16,
    /// The type of the body, as the server names it.
    pub content_type: Option<String>,
    /// The body where it is JSON.
    pub body: Option<Json>,
    /// The body as text.
    pub text: String,
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.body {
            Some(json) => redact::json_text(json.to_string().as_bytes(), SHOWN),
            None => redact::excerpt(&self.text, SHOWN),
        };
        f.debug_struct("RawAnswer")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("text", &text)
            .finish_non_exhaustive()
    }
}

/// The most bytes of an answer that are printed.
const SHOWN: usize = 16 * 1024;

/// Headers that this client writes, or that would lead the call elsewhere.
const OWN_HEADERS: [&str; 9] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "x-http-method-override",
];

impl Client {
    /// Makes a call of any path of the API, with token and limit.
    ///
    /// The path may stand as in the vendor's documentation: `/customers`,
    /// `/v1/customers` and `/api/v1/customers` are the same. It is plain text, as
    /// are the query's names and values. A write that the table of operations
    /// does not know is sent once.
    ///
    /// # Errors
    ///
    /// `Config` for a path that leads elsewhere, and for headers or parameters
    /// that carry a login or replace what this client writes; else as any call.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: Option<&Json>,
    ) -> Result<RawAnswer, Error> {
        let refuse = |error: Error| error.operation("raw").outcome(SendOutcome::NotSent);
        let segments = segments(path).map_err(refuse)?;
        let headers = checked(query, headers).map_err(refuse)?;
        let known = operations::find(&method, &segments);
        let places: String = segments.iter().map(|_| "/{}").collect();
        let pairs: Vec<(&str, String)> = query
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let url = address(&self.parts().base, &places, &segments, &pairs).map_err(refuse)?;
        let mut request = request(method.clone(), &url, body).map_err(refuse)?;
        for (name, value) in headers {
            request.headers_mut().insert(name, value);
        }
        let safety = match known {
            Some(operation) => operation.safety(),
            None if method.is_safe() => Safety::Idempotent,
            None => Safety::Create,
        };
        let judged = Judged {
            permissions: known.map_or(&[], |operation: &Operation| operation.permissions),
            method,
            text: true,
            impatient: false,
        };
        let template = match known {
            Some(operation) => operation.path.to_owned(),
            None => api_core::request::typed_path(segments.iter().copied()),
        };
        let call = Call::new("raw", template, safety, request).classify(self.classifier(judged));
        let response = self.parts().caller.call(call).await?;
        let content_type = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .map(str::to_owned);
        let text = String::from_utf8_lossy(response.body())
            .trim_start_matches('\u{feff}')
            .to_owned();
        Ok(RawAnswer {
            status: response.status().as_u16(),
            content_type,
            body: Json::parse(&text).ok(),
            text,
        })
    }
}

fn fault<T>(what: impl Into<String>) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Config, what))
}

/// The parts of a path below the API's address.
fn segments(path: &str) -> Result<Vec<&str>, Error> {
    let path = path.trim();
    if path.contains("://") || path.starts_with("//") {
        return fault("The path leads to another address; name it as `/customers`.");
    }
    if path.contains(['?', '#', '\\', '%', '@']) || path.chars().any(char::is_control) {
        return fault(
            "The path holds a character that no path of the API has; the query goes apart.",
        );
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.iter().any(|part| matches!(*part, "." | "..")) {
        return fault("The path leads out of the API.");
    }
    let below = match parts.as_slice() {
        ["api", "v1", rest @ ..] | ["v1", rest @ ..] => rest,
        all => all,
    };
    if below.is_empty() {
        return fault("The path is empty.");
    }
    Ok(below.to_vec())
}

/// Refuses logins and what this client writes itself.
fn checked(
    query: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    if let Some((name, _)) = query.iter().find(|(name, _)| redact::is_secret_key(name)) {
        return fault(format!(
            "The parameter `{name}` carries a login; this client sends its own."
        ));
    }
    let mut checked = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let shown = redact::cap_chars(name.trim(), 60);
        if redact::is_secret_key(name) {
            return fault(format!(
                "The header `{shown}` carries a login; this client sends its own."
            ));
        }
        let folded = name.trim().to_ascii_lowercase();
        if OWN_HEADERS.contains(&folded.as_str()) || folded.starts_with("proxy-") {
            return fault(format!("The header `{shown}` is this client's own."));
        }
        let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(folded.as_bytes()),
            HeaderValue::from_str(value.trim()),
        ) else {
            return fault(format!("`{shown}` cannot be a header."));
        };
        checked.push((name, value));
    }
    Ok(checked)
}
