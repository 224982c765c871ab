//! Bodies: told apart, masked, and cut to what is kept.

use api_core::redact;

use crate::entry::Bodies;
use crate::mask::Masker;
use crate::mask::body::{Masked, masked};

/// Masks request and response.
///
/// Sentences of the remote are kept when the exchange failed, without what
/// was masked anywhere else in it.
pub(crate) fn mask(
    bodies: &mut Bodies,
    template: Option<&str>,
    failed: bool,
    masker: &mut Masker<'_>,
) {
    let limit = masker.body_bytes;
    masker.of_address(&bodies.url);
    let url = masker.address(&bodies.url, template);
    masker.failed = false;
    let kind = content_type(&bodies.request_headers);
    let request = masked(&bodies.request, kind, limit, masker);
    masker.failed = failed;
    let kind = content_type(&bodies.response_headers);
    let response = masked(&bodies.response, kind, limit, masker);
    bodies.request = finished(request, limit, masker);
    bodies.response = finished(response, limit, masker);
    bodies.url = masker.last(url);
    for headers in [&mut bodies.request_headers, &mut bodies.response_headers] {
        for (name, content) in headers {
            *content = masker.header(name, content);
        }
    }
}

fn content_type(headers: &[(String, String)]) -> &str {
    headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map_or("", |(_, content)| content.as_str())
}

/// Takes out what was masked elsewhere, and what is known to be secret.
fn finished(body: Masked, limit: usize, masker: &Masker<'_>) -> String {
    let json = body.is_json();
    let text = masker.last(body.without(&masker.seen));
    if text.len() <= limit {
        return text;
    }
    let missing = text.len();
    if json {
        return format!("{{\"{}\":\"{missing} bytes\"}}", crate::mask::TRUNCATED);
    }
    redact::cap_chars(&text, limit / 4)
}
