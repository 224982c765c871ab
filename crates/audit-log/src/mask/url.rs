//! Addresses: their host and their ids stay, what people typed goes.

use std::borrow::Cow;

use api_core::redact;

use super::escape::percent_decoded;
use super::{Masker, form, keys, push_mask, shape, text};

/// Masks an address that was called; segments that the template has literally stay.
pub(super) fn called(address: &str, template: Option<&str>, masker: &mut Masker<'_>) -> String {
    let address = redact::url(address);
    if masker.keeps() {
        return address;
    }
    let (path, query) = split(&address);
    let (host, path) = host_and_path(path);
    let mut out = host.to_owned();
    segments(path, template, &mut out, masker);
    push_query(&mut out, query, masker);
    out
}

/// What stands in a template for something that is not the same for each call.
const VALUE: &str = "{value}";

/// Masks the template of an address. A call by hand has the path it called as
/// its template, and that may hold anything.
pub(super) fn template(template: &str, masker: &mut Masker<'_>) -> String {
    if masker.keeps() {
        return template.to_owned();
    }
    let (path, query) = split(template);
    let (host, path) = host_and_path(path);
    let mut out = host.to_owned();
    let mut searched = false;
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        let plain = percent_decoded(segment);
        if is_placeholder(segment) || (is_shown(&plain, None) && !(searched && at > 0)) {
            out.push_str(segment);
        } else {
            masker.seen.add(&plain, true);
            out.push_str(VALUE);
        }
        searched = plain.eq_ignore_ascii_case("search");
    }
    out.push_str(query.unwrap_or_default());
    out
}

fn is_placeholder(pattern: &str) -> bool {
    pattern.contains('{') || pattern == "…" || pattern.is_empty()
}

/// Masks an address that is a value: `None` unless it is at the remote itself.
pub(super) fn value(address: &str, masker: &mut Masker<'_>) -> Option<String> {
    let (path, query) = split(address);
    let (host, path) = host_and_path(path);
    let own = host.is_empty()
        || masker
            .host
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(host));
    if !own || !path.starts_with('/') {
        return None;
    }
    let mut out = host.to_owned();
    segments(path, None, &mut out, masker);
    push_query(&mut out, query, masker);
    Some(redact::text(&out))
}

/// The scheme and host of an address, such as `https://crm.test`.
pub(super) fn host(address: &str) -> Option<String> {
    let (host, _) = host_and_path(split(address).0);
    (!host.is_empty()).then(|| host.to_owned())
}

fn split(address: &str) -> (&str, Option<&str>) {
    match address.find(['?', '#']) {
        Some(at) => (address.split_at(at).0, address.get(at..)),
        None => (address, None),
    }
}

fn host_and_path(address: &str) -> (&str, &str) {
    let Some(at) = address.find("://") else {
        return ("", address);
    };
    let from = at + 3;
    let length = address.get(from..).and_then(|rest| rest.find('/'));
    address.split_at(length.map_or(address.len(), |length| from + length))
}

fn push_query(out: &mut String, query: Option<&str>, masker: &mut Masker<'_>) {
    let mut rest = query.unwrap_or_default();
    while let Some(sign) = rest.chars().next() {
        let after = rest.get(1..).unwrap_or_default();
        let end = if sign == '?' { after.find('#') } else { None };
        let (part, left) = after.split_at(end.unwrap_or(after.len()));
        out.push(sign);
        out.push_str(&form::masked(part, masker));
        rest = left;
    }
}

fn segments(path: &str, template: Option<&str>, out: &mut String, masker: &mut Masker<'_>) {
    let template: Vec<&str> = template
        .map(|template| split(template).0.trim_matches('/').split('/').collect())
        .unwrap_or_default();
    let count = path.trim_matches('/').split('/').count();
    let leading = usize::from(path.starts_with('/'));
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        // The template may leave the front of the path out.
        let place = (at + template.len()).checked_sub(leading + count);
        let pattern = place.and_then(|place| template.get(place)).copied();
        let plain = percent_decoded(segment);
        if pattern.is_some_and(|pattern| pattern == segment) || is_shown(&plain, pattern) {
            out.push_str(segment);
        } else {
            masker.seen.add(&plain, true);
            push_mask(out, plain.chars().count());
        }
    }
}

fn is_shown(segment: &str, pattern: Option<&str>) -> bool {
    if segment.is_empty() || shape::is_harmless(segment) {
        return true;
    }
    let by_form: Cow<'_, str> = text::by_form(segment);
    let id = keys::is_id_text(segment) && by_form == segment;
    match pattern {
        Some(pattern) if is_placeholder(pattern) => id && !shape::is_bsn(segment.as_bytes()),
        _ => {
            id || (segment.len() <= 48
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.')))
        }
    }
}
