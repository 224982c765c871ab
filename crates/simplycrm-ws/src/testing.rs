//! For tests and benches: reading an answer without a server.

use api_core::{Error, Json};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::operation::Verb;

/// Reads one answer as the client reads it: its `result`, and the redacted
/// beginning of what stood around the JSON.
///
/// # Errors
///
/// As a call of an operation with this verb.
pub fn decode(
    verb: Verb,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
    lenient: bool,
) -> Result<(Json, Option<String>), Error> {
    let mut headers = HeaderMap::new();
    if let Some(value) = content_type.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let decoded = crate::wire::decode(status, &headers, body, lenient, verb == Verb::Post);
    decoded.said.map(|result| (result, decoded.noise))
}
