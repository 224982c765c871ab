//! One body.

use super::escape::{push_escaped, unescape};
use super::field::{self, Place};
use super::json::{self, TRUNCATED};
use super::seen::Seen;
use super::{Masker, form, push_mask, shape};

/// What closes a cut body may take this much.
const RESERVE: usize = 384;

/// A shorter text is looked at as a whole: it may be a value.
const SHORT: usize = 200;

/// The most bytes of a text that is no JSON that are looked at.
const TEXT: usize = 8_192;

/// A masked body.
#[derive(Debug, Default)]
pub(crate) struct Masked {
    text: String,
    /// Where sentences of the remote stand.
    spans: Vec<(usize, usize)>,
    json: bool,
}

impl Masked {
    /// Whether it is JSON as a whole.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// The body without what was masked elsewhere.
    pub(crate) fn without(mut self, seen: &Seen) -> String {
        let mut plain = String::new();
        for (from, to) in self.spans.iter().rev() {
            let Some(raw) = self.text.get(*from..*to) else {
                continue;
            };
            plain.clear();
            if self.json {
                unescape(raw, &mut plain);
            } else {
                plain.push_str(raw);
            }
            let Some(clean) = seen.scrub(&plain) else {
                continue;
            };
            let mut written = String::with_capacity(clean.len());
            if self.json {
                push_escaped(&mut written, &clean);
            } else {
                written = clean;
            }
            self.text.replace_range(*from..*to, &written);
        }
        self.text
    }

    fn of(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// Masks a body and cuts it to about `limit` bytes.
pub(crate) fn masked(
    body: &str,
    content_type: &str,
    limit: usize,
    masker: &mut Masker<'_>,
) -> Masked {
    let trimmed = body.trim();
    if trimmed.is_empty() || shape::is_mark(trimmed) {
        return Masked::of(trimmed.to_owned());
    }
    let room = limit.saturating_sub(RESERVE);
    if trimmed.starts_with(['{', '[']) && field::is_json(trimmed) {
        return json_body(trimmed, room, masker);
    }
    if trimmed.starts_with('"') && trimmed.len() >= 2 {
        return text_of_json(trimmed, room, masker);
    }
    if content_type.contains("x-www-form-urlencoded")
        || (content_type.is_empty() && is_form(trimmed))
    {
        return form_body(trimmed, room, masker);
    }
    if content_type.contains("json") && !masker.failed {
        return json_body(trimmed, room, masker);
    }
    text_body(trimmed, room, masker)
}

fn json_body(body: &str, room: usize, masker: &mut Masker<'_>) -> Masked {
    if masker.keeps() {
        let shown = api_core::redact::json_text(body.as_bytes(), usize::MAX / 4);
        let masked = json::masked(&shown, room, Place::root(masker.failed), masker);
        return Masked {
            text: masked.text,
            spans: Vec::new(),
            json: true,
        };
    }
    let masked = json::masked(body, room, Place::root(masker.failed), masker);
    Masked {
        text: masked.text,
        spans: masked.spans,
        json: true,
    }
}

/// A text in quotes: what could not be read is kept like this.
fn text_of_json(body: &str, room: usize, masker: &mut Masker<'_>) -> Masked {
    let inner = body.strip_prefix('"').unwrap_or(body);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut plain = String::new();
    unescape(inner, &mut plain);
    let masked = text_body(plain.trim(), room / 2, masker).without(&masker.seen);
    let mut text = String::with_capacity(masked.len() + 2);
    text.push('"');
    push_escaped(&mut text, &masked);
    text.push('"');
    let spans = vec![(1, text.len() - 1)];
    Masked {
        text,
        spans,
        json: true,
    }
}

fn form_body(body: &str, room: usize, masker: &mut Masker<'_>) -> Masked {
    let (body, missing) = cut(body, room);
    let mut text = form::masked(body, masker);
    let (kept, _) = cut(&text, room);
    let missing = missing + text.len() - kept.len();
    text.truncate(kept.len());
    if missing > 0 {
        text.push_str(&format!("&{TRUNCATED}={missing}+bytes"));
    }
    Masked::of(text)
}

/// Text of any kind. Of an answer that failed its beginning is kept as a
/// sentence; JSON in it, as after a notice of PHP, is masked as such.
fn text_body(body: &str, room: usize, masker: &mut Masker<'_>) -> Masked {
    if masker.keeps() {
        let (shown, missing) = cut(body, room);
        let mut text = api_core::redact::text(shown);
        if missing > 0 {
            text.push_str(&format!("… {missing} bytes more"));
        }
        return Masked::of(text);
    }
    const FINE: &[&str] = &["ok", "pong", "success", "true", "false", "null"];
    if shape::is_harmless(body) || FINE.iter().any(|word| word.eq_ignore_ascii_case(body)) {
        return Masked::of(body.to_owned());
    }
    let inner = body
        .char_indices()
        .filter(|(_, sign)| matches!(sign, '{' | '['))
        .map(|(at, _)| at);
    let from = inner
        .take(64)
        .find(|at| body.get(*at..).is_some_and(field::is_json));
    let (text, rest) = body.split_at(from.unwrap_or(body.len()));
    let mut out = String::new();
    let mut spans = Vec::new();
    if masker.failed && (text.len() > SHORT || field::is_sentence(text, true)) {
        let (text, missing) = cut(text, TEXT);
        out.push_str(&field::sentence(text, masker));
        spans.push((0, out.len()));
        if missing > 0 {
            out.push_str(&format!(" … {missing} bytes more"));
        }
    } else if !text.is_empty() {
        push_mask(&mut out, text.chars().count());
    }
    if !rest.is_empty() {
        out.push('\n');
        // What a sentence in it says is a text within a text.
        let failed = std::mem::replace(&mut masker.failed, false);
        let room = room.saturating_sub(out.len());
        let inner = json::masked(rest, room, Place::root(false), masker);
        masker.failed = failed;
        out.push_str(&inner.text);
    }
    Masked {
        text: out,
        spans,
        json: false,
    }
}

fn cut(text: &str, room: usize) -> (&str, usize) {
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text.split_at(end).0, text.len() - end)
}

/// `a=1&b=2` without spaces.
fn is_form(text: &str) -> bool {
    let name = text.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| {
        (1..=64).contains(&name.len())
            && name.bytes().all(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']' | b'%' | b'$')
            })
    }) && !text.contains(['\n', '<'])
}
