//! Masking: no secret and, by default, nothing of a person is kept.
//!
//! Applied before an entry is queued, never at display. Secrets always go.
//! Of bodies only what is known to be harmless stays: ids, statuses, types,
//! dates, amounts, codes, and what is harmless by its form; every other text
//! becomes `[masked 12]`, which says how many characters it had. What a
//! remote says about a failure stays as a sentence, without e-mail addresses,
//! bank accounts, citizen service numbers, telephones and postcodes, without
//! quoted values, and without anything that was masked elsewhere in the same
//! exchange.
//!
//! ```
//! use audit_log::{Bodies, Entry, EventName, Level, MaskOptions, mask};
//!
//! let mut entry = Entry::new(
//!     Level::Error,
//!     EventName::HttpExchange,
//!     "Client Jan Jansen exists already, mail jan@example.test.",
//! )
//! .status(409);
//! let bodies = Bodies {
//!     url: "https://crm.test/api/clients".to_owned(),
//!     request: r#"{"id":17,"name":"Jan Jansen","status":"open"}"#.to_owned(),
//!     ..Bodies::default()
//! };
//! entry = entry.bodies(bodies);
//! mask::entry(&mut entry, &MaskOptions::default());
//! assert_eq!(entry.message, "Client [masked 10] exists already, mail j***@e***.test.");
//! let request = entry.bodies.unwrap().request;
//! assert_eq!(request, r#"{"id":17,"name":"[masked 10]","status":"open"}"#);
//! ```

use std::borrow::Cow;

use api_core::redact;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::entry::Entry;
use crate::level::Level;

pub(crate) mod body;
mod escape;
mod field;
mod form;
mod json;
mod keys;
mod query;
pub(crate) mod seen;
pub(crate) mod shape;
mod text;
mod url;

use keys::Key;
use seen::Seen;

pub(crate) use json::TRUNCATED;

/// The most characters of a message.
const MESSAGE: usize = 4_000;

/// How the message of an exchange goes on after what was called, when all went well.
pub(crate) const SUCCEEDED: &str = " succeeded.";

/// What becomes of the personal data in entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalData {
    /// Names, addresses, telephones, bank accounts and the like are masked.
    #[default]
    Mask,
    /// Only secrets are taken out.
    Keep,
}

/// How entries are masked.
#[derive(Debug, Clone)]
pub struct MaskOptions {
    /// What becomes of personal data.
    pub personal_data: PersonalData,
    /// Secrets that are taken out wherever they turn up.
    pub secrets: redact::Known,
    /// The bytes of each body that are kept.
    pub body_bytes: usize,
}

impl Default for MaskOptions {
    fn default() -> Self {
        Self {
            personal_data: PersonalData::Mask,
            secrets: redact::Known::default(),
            body_bytes: 32_768,
        }
    }
}

/// Takes secrets and personal data out of an entry, and cuts its bodies.
pub fn entry(entry: &mut Entry, options: &MaskOptions) {
    let mut masker = Masker::new(options);
    let failed = entry.level >= Level::Warning
        || entry.status.is_some_and(|status| status >= 400)
        || entry.code.is_some();
    let named = called(entry).filter(|called| entry.message.starts_with(called.as_str()));
    let length = named.as_ref().map_or(0, String::len);
    let quiet = !failed
        && named.is_some()
        && entry.details.is_empty()
        && entry.message.get(length..) == Some(SUCCEEDED);
    if quiet {
        // Nothing of a remote is kept as a sentence: there is nothing to find again.
        masker.seen = Seen::of_nothing();
    }
    if let Some(path) = entry.path.take() {
        entry.path = Some(url::template(&path, &mut masker));
    }
    if let Some(bodies) = &mut entry.bodies {
        crate::body::mask(bodies, entry.path.as_deref(), failed, &mut masker);
    }
    // The path is the template that the log keeps anyway: words of it that a body holds too stay.
    let rest = masker.message(entry.message.get(length..).unwrap_or_default());
    let called = named.and_then(|_| called(entry)).unwrap_or_default();
    entry.message = masker.last(called) + &rest;
    for (name, value) in &mut entry.details {
        masker.detail(name, value);
    }
    for text in [
        &mut entry.code,
        &mut entry.request_id,
        &mut entry.path,
        &mut entry.operation,
        &mut entry.record,
        &mut entry.target,
        &mut entry.actor,
    ]
    .into_iter()
    .flatten()
    {
        if !masker.known.is_empty() {
            *text = masker.known.scrub(text);
        }
    }
}

/// What an exchange called, as its message begins.
fn called(entry: &Entry) -> Option<String> {
    Some(format!(
        "{} {}",
        entry.method.as_deref()?,
        entry.path.as_deref()?
    ))
}

/// What is known while one entry is masked.
pub(crate) struct Masker<'o> {
    personal_data: PersonalData,
    pub(crate) known: &'o redact::Known,
    pub(crate) body_bytes: usize,
    /// What was masked so far.
    pub(crate) seen: Seen,
    /// Whether the body that is read says what went wrong.
    pub(crate) failed: bool,
    /// The scheme and host that were called.
    host: Option<String>,
}

impl<'o> Masker<'o> {
    fn new(options: &'o MaskOptions) -> Self {
        Self {
            personal_data: options.personal_data,
            known: &options.secrets,
            body_bytes: options.body_bytes,
            seen: Seen::default(),
            failed: false,
            host: None,
        }
    }

    /// Whether personal data stays.
    fn keeps(&self) -> bool {
        self.personal_data == PersonalData::Keep
    }

    /// Says what a name means, and whether it can be shown.
    fn key(&self, name: &str) -> (Key, bool) {
        let (key, shown) = keys::known(name);
        (key, shown || self.keeps())
    }

    /// Takes note of which host is called.
    pub(crate) fn of_address(&mut self, address: &str) {
        self.host = url::host(address);
    }

    /// Masks the address that was called.
    pub(crate) fn address(&mut self, address: &str, template: Option<&str>) -> String {
        url::called(address, template, self)
    }

    /// Takes known secrets out, at last.
    pub(crate) fn last(&self, text: String) -> String {
        if self.known.is_empty() {
            text
        } else {
            self.known.scrubbed(text)
        }
    }

    /// Masks the value of a header.
    pub(crate) fn header(&mut self, name: &str, content: &str) -> String {
        if content.is_empty() || content == redact::REDACTED {
            return content.to_owned();
        }
        let lower = match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(name.to_ascii_lowercase()),
            false => Cow::Borrowed(name),
        };
        if !redact::is_shown_header(&lower) {
            return redact::REDACTED.to_owned();
        }
        let shown = match &*lower {
            "location" | "link" => Cow::Owned(redact::url(content)),
            _ => redact::without_secrets(content),
        };
        if self.keeps() {
            return self.last(shown.into_owned());
        }
        let masked = match &*lower {
            "location" => url::called(&shown, None, self),
            "link" => shown
                .split(',')
                .map(|link| self.link(link))
                .collect::<Vec<_>>()
                .join(","),
            "date" | "expires" | "etag" | "last-modified" | "content-length" => shown.into_owned(),
            _ => text::by_form(&shown).into_owned(),
        };
        self.last(masked)
    }

    /// `<https://crm.test/api?page=2>; rel="next"`.
    fn link(&mut self, link: &str) -> String {
        let Some((front, rest)) = link.split_once('<') else {
            return text::by_form(link).into_owned();
        };
        let (address, back) = rest.split_once('>').unwrap_or((rest, ""));
        format!(
            "{front}<{}>{}",
            url::called(address, None, self),
            text::by_form(back)
        )
    }

    /// Masks a sentence of our own, which may repeat one of a remote.
    fn message(&mut self, message: &str) -> String {
        let known = self.last(message.to_owned());
        let plain = redact::text(&known);
        if self.keeps() {
            return redact::cap_chars(&plain, MESSAGE);
        }
        let masked = text::by_form(&plain);
        let scrubbed = self.seen.scrub(&masked);
        redact::cap_chars(scrubbed.as_deref().unwrap_or(&masked), MESSAGE)
    }

    /// Masks a detail: our own crates name them, so only what is plainly of a
    /// person goes.
    fn detail(&mut self, name: &str, value: &mut Json) {
        match keys::classify(name) {
            Key::Secret if !value.is_null() && !value.is_boolean() => {
                *value = redact::REDACTED.into();
                return;
            }
            Key::Personal if !self.keeps() && !keys::is_own(name) => {
                if let Json::String(text) = value
                    && !text.is_empty()
                    && !shape::is_mark(text)
                {
                    let mut mask = String::new();
                    push_mask(&mut mask, text.chars().count());
                    *text = mask;
                    return;
                }
            }
            _ => {}
        }
        match value {
            Json::String(text) => *text = self.message(text),
            Json::Array(list) => list.iter_mut().for_each(|item| self.detail(name, item)),
            Json::Object(map) => {
                for (name, value) in map.iter_mut() {
                    self.detail(name, value);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
}

/// Writes what stands for a text of so many characters.
fn push_mask(out: &mut String, chars: usize) {
    out.push_str("[masked ");
    let mut digits = [0_u8; 20];
    let mut left = chars;
    let mut at = digits.len();
    loop {
        at -= 1;
        if let Some(place) = digits.get_mut(at) {
            *place = b'0' + u8::try_from(left % 10).unwrap_or_default();
        }
        left /= 10;
        if left == 0 || at == 0 {
            break;
        }
    }
    for digit in digits.get(at..).unwrap_or_default() {
        out.push(char::from(*digit));
    }
    out.push(']');
}
