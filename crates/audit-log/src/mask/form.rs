//! Forms and query strings.

use api_core::redact::REDACTED;

use super::escape::percent_decoded;
use super::field::{self, Place, Verdict};
use super::{Masker, json, keys, push_mask};

/// Masks a form or a query string; its order stays, and its encoding where
/// nothing is changed.
pub(super) fn masked(text: &str, masker: &mut Masker<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, pair) in text.split('&').enumerate() {
        if at > 0 {
            out.push('&');
        }
        let (name, content) = match pair.split_once('=') {
            Some((name, content)) => (name, Some(content)),
            None => (pair, None),
        };
        let plain_name = percent_decoded(name);
        // Without a value it may be one itself.
        let named = content.is_some() || keys::is_known(&plain_name);
        let shown = if masker.keeps() || (named && keys::is_shown(&plain_name)) {
            out.push_str(name);
            true
        } else {
            masker.seen.add(&plain_name, true);
            push_mask(&mut out, plain_name.chars().count());
            false
        };
        let Some(content) = content else {
            continue;
        };
        out.push('=');
        let plain = percent_decoded(content);
        let name = if shown { &plain_name } else { "" };
        match field::form_verdict(name, &plain, masker) {
            Verdict::Keep => out.push_str(content),
            Verdict::Mask => push_mask(&mut out, plain.chars().count()),
            Verdict::Redact => out.push_str(REDACTED),
            Verdict::Other(other) | Verdict::Sentence(other) => push_encoded(&mut out, &other),
            Verdict::Nested => {
                let inner = json::masked(&plain, usize::MAX / 2, Place::root(false), masker);
                push_encoded(&mut out, &inner.text);
            }
        }
    }
    out
}

/// Encodes only what would end the field.
fn push_encoded(out: &mut String, content: &str) {
    for c in content.chars() {
        match c {
            '&' => out.push_str("%26"),
            '%' => out.push_str("%25"),
            '+' => out.push_str("%2B"),
            '#' => out.push_str("%23"),
            other => out.push(other),
        }
    }
}
