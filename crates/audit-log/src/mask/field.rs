//! What becomes of one text of a body.

use std::borrow::Cow;

use api_core::redact;

use super::keys::{self, Key};
use super::{Masker, query, shape, text, url};

/// The most characters of a sentence of the remote.
const SENTENCE: usize = 1_000;

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// What the name says.
    pub(super) key: Key,
    /// Whether something around it is personal.
    personal: bool,
    /// Whether a text here says what went wrong.
    error: bool,
    /// Whether it is part of an object that says what went wrong.
    inside: bool,
    /// How deep it is nested.
    pub(super) depth: usize,
}

impl Place {
    /// The place of a whole body; a text there says what went wrong when the
    /// exchange failed.
    pub(super) fn root(failed: bool) -> Self {
        Self {
            key: Key::Plain,
            personal: false,
            error: failed,
            inside: false,
            depth: 0,
        }
    }

    /// The place of a field of a form.
    pub(super) fn of(key: Key) -> Self {
        Self::root(false).under(key)
    }

    /// The place of a value of this name within this one.
    pub(super) fn under(self, key: Key) -> Self {
        let inside = match key {
            Key::Error => true,
            Key::Echo | Key::Id | Key::Url => false,
            _ => self.inside,
        };
        // A number among telephones is one of them.
        let key = match key {
            Key::Code | Key::Plain | Key::Number | Key::Echo | Key::Field if self.personal => {
                Key::Personal
            }
            other => other,
        };
        Self {
            key,
            personal: self.personal || key == Key::Personal,
            error: inside,
            inside,
            depth: self.depth + 1,
        }
    }

    /// The place of an item of a list here.
    pub(super) fn item(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }

    /// The place of JSON in a text here.
    pub(super) fn nested(self) -> Self {
        Self {
            key: if self.key == Key::Personal {
                Key::Personal
            } else {
                Key::Plain
            },
            error: false,
            inside: false,
            depth: self.depth + 8,
            ..self
        }
    }
}

/// What becomes of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays.
    Keep,
    /// `[masked N]` takes its place.
    Mask,
    /// `[redacted]` takes its place.
    Redact,
    /// This takes its place.
    Other(String),
    /// This takes its place, without what was masked elsewhere.
    Sentence(String),
    /// It is JSON.
    Nested,
}

/// Decides on a text.
pub(super) fn verdict(content: &str, place: Place, masker: &mut Masker<'_>) -> Verdict {
    if content.is_empty() || shape::is_mark(content) {
        return Verdict::Keep;
    }
    if place.key == Key::Secret {
        return Verdict::Redact;
    }
    if masker.keeps() {
        return unless_secret(content);
    }
    if is_json(content) {
        return Verdict::Nested;
    }
    let kept = match place.key {
        Key::Personal => false,
        Key::Id => keys::is_id_text(content) && !shape::is_iban(content),
        Key::Code => keys::is_code_text(content),
        Key::Word => keys::is_word_text(content),
        Key::Token => keys::is_token_text(content),
        Key::Country => keys::is_country_text(content),
        Key::Number => keys::is_number_text(content),
        Key::Field => keys::is_known(content),
        Key::Url => {
            if let Some(shown) = url::value(content, masker) {
                return Verdict::Other(shown);
            }
            false
        }
        Key::Secret | Key::Error | Key::Echo | Key::Plain => false,
    };
    if kept && matches!(place.key, Key::Id | Key::Code | Key::Word) {
        let shown = text::by_form(content);
        return if place.key != Key::Id && shown != content {
            masker.seen.add(content, true);
            Verdict::Mask
        } else {
            unless_secret(content)
        };
    }
    if kept || (place.key != Key::Personal && shape::is_harmless(content)) {
        return Verdict::Keep;
    }
    if place.error
        && masker.failed
        && is_sentence(content, place.key == Key::Error || !place.inside)
    {
        return Verdict::Sentence(sentence(content, masker));
    }
    masker.seen.add(content, place.key == Key::Personal);
    Verdict::Mask
}

fn unless_secret(content: &str) -> Verdict {
    if content.len() < 8 {
        return Verdict::Keep;
    }
    match redact::without_secrets(content) {
        Cow::Borrowed(_) => Verdict::Keep,
        Cow::Owned(shown) => Verdict::Other(shown),
    }
}

/// Takes secrets and what is personal out of a sentence of a remote.
pub(super) fn sentence(content: &str, masker: &mut Masker<'_>) -> String {
    let known = masker.known.scrub(content);
    let plain = redact::text(&known);
    let masked = if masker.keeps() {
        plain
    } else {
        text::sentence(&plain, &mut masker.seen).into_owned()
    };
    redact::cap_chars(&masked, SENTENCE)
}

/// Tells whether a text begins like JSON.
pub(super) fn is_json(content: &str) -> bool {
    let mut signs = content.bytes().filter(|byte| !byte.is_ascii_whitespace());
    match (signs.next(), signs.next()) {
        (Some(b'{'), Some(second)) => matches!(second, b'"' | b'}'),
        (Some(b'['), Some(second)) => {
            matches!(second, b'{' | b'[' | b'"' | b']') || second.is_ascii_digit()
        }
        _ => false,
    }
}

/// Words that say what went wrong.
const TROUBLE: &[&str] = &[
    "access",
    "already",
    "attributes",
    "bad",
    "be",
    "bestaat",
    "blank",
    "can't",
    "cannot",
    "conflict",
    "could",
    "couldn't",
    "deleted",
    "denied",
    "does",
    "doesn't",
    "duplicate",
    "empty",
    "error",
    "exceeded",
    "exist",
    "exists",
    "expired",
    "failed",
    "field",
    "fields",
    "forbidden",
    "format",
    "found",
    "gateway",
    "geen",
    "has",
    "internal",
    "invalid",
    "is",
    "kan",
    "limit",
    "mag",
    "missing",
    "moet",
    "must",
    "niet",
    "not",
    "ongeldig",
    "ongeldige",
    "permission",
    "request",
    "requests",
    "required",
    "server",
    "specified",
    "timeout",
    "too",
    "unable",
    "unauthorised",
    "unauthorized",
    "unavailable",
    "unexpected",
    "unknown",
    "unsupported",
    "valid",
    "veld",
    "verplicht",
    "was",
    "wrong",
];

/// Parts of names of people that have no capital.
const PARTICLES: &[&str] = &[
    "van", "der", "den", "het", "von", "ter", "ten", "del", "las", "los", "and",
];

/// Tells a sentence about what went wrong from a value: a name is none.
pub(super) fn is_sentence(content: &str, lenient: bool) -> bool {
    let words = content
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '_')
        .filter(|word| !word.is_empty())
        .take(40);
    let (mut count, mut plain) = (0, false);
    for word in words {
        if TROUBLE.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            return true;
        }
        count += 1;
        let small = word.len() >= 3
            && word.bytes().all(|byte| byte.is_ascii_lowercase())
            && !PARTICLES.contains(&word);
        plain |= small || (word.contains('_') && word.is_ascii());
    }
    lenient && plain && (count >= 2 || content.contains('_'))
}

/// Decides on a field of a form or a query string.
pub(super) fn form_verdict(name: &str, content: &str, masker: &mut Masker<'_>) -> Verdict {
    let key = masker.key(name).0;
    let key = if name.eq_ignore_ascii_case("key") {
        Key::Secret
    } else {
        key
    };
    if key != Key::Secret
        && !masker.keeps()
        && let Some(shown) = query::masked(name, content, masker)
    {
        return Verdict::Other(shown);
    }
    verdict(content, Place::of(key), masker)
}
