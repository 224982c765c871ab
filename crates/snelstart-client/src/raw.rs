//! Calls by hand.

use api_core::{Call, Error, ErrorKind, Json, Safety, SendOutcome};
use http::Method;

use crate::client::Client;
use crate::wire::{address, request};

/// What a call by hand answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawAnswer {
    /// The HTTP status, a 2xx.
    pub status: u16,
    /// The body where it is JSON.
    pub body: Option<Json>,
    /// The body as text.
    pub text: String,
}

impl Client {
    /// Makes a call of any path below the API's address, with login and limits.
    ///
    /// The path is plain text, such as `/relaties`; what stands in the query is
    /// percent-encoded here.
    ///
    /// # Errors
    ///
    /// `Config` for a path that leads elsewhere or a query that names a key; else
    /// as any call.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Json>,
    ) -> Result<RawAnswer, Error> {
        let refuse = |error: Error| error.operation("raw").outcome(SendOutcome::NotSent);
        let (segments, template) = check(path, query).map_err(refuse)?;
        self.scopes()
            .await
            .map_err(|error| error.operation("raw"))?;
        let places: String = segments.iter().map(|_| "/{}").collect();
        let pairs: Vec<(&str, String)> = query
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let url = address(&self.parts().base, &places, &segments, &pairs).map_err(refuse)?;
        let safety = if method == Method::GET {
            Safety::Idempotent
        } else {
            Safety::Create
        };
        let request = request(method, &url, body).map_err(refuse)?;
        let call = Call::new("raw", template, safety, request)
            .classify(|response| crate::error::judge(response, &[]));
        let response = self.parts().caller.call(call).await?;
        let text = String::from_utf8_lossy(response.body())
            .trim_start_matches('\u{feff}')
            .to_owned();
        Ok(RawAnswer {
            status: response.status().as_u16(),
            body: Json::parse(&text).ok(),
            text,
        })
    }
}

/// Refuses what would leave the API's address or bring keys of its own.
fn check<'a>(path: &'a str, query: &[(&str, &str)]) -> Result<(Vec<&'a str>, String), Error> {
    let fault = |what: &str| Err(Error::new(ErrorKind::Config, what));
    if path.contains("://") || path.starts_with("//") {
        return fault("The path leads to another address; name it as `/relaties`.");
    }
    if path.contains(['?', '#', '\\', '%']) || path.chars().any(char::is_control) {
        return fault(
            "The path holds a character that no path of the API has; the query goes apart.",
        );
    }
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if segments.iter().any(|part| matches!(*part, "." | "..")) {
        return fault("The path leads out of the API.");
    }
    if segments.is_empty() {
        return fault("The path is empty.");
    }
    if query
        .iter()
        .any(|(name, _)| api_core::redact::is_secret_key(name))
    {
        return fault("The query names a key; this client sends its own.");
    }
    let template = api_core::request::typed_path(segments.iter().copied());
    Ok((segments, template))
}
