//! Reading query strings.

use axum::extract::Query;
use http::Uri;

/// All parameters in their order; none where they cannot be read.
pub(crate) fn pairs(uri: &Uri) -> Vec<(String, String)> {
    Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map(|Query(pairs)| pairs)
        .unwrap_or_default()
}

/// The value of a parameter.
pub(crate) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    pairs(uri)
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}
