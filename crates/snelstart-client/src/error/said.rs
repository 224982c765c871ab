//! The words of an error, in whichever of the six shapes they come.

use std::collections::BTreeMap;

use api_core::Json;
use api_core::redact::cap_chars;
use bytes::Bytes;
use http::Response;

/// How many characters of one message are kept.
const MESSAGE: usize = 500;

/// How many errors of one answer, and fields of one error, are looked at.
const MOST: usize = 50;

/// What an error says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// The first code.
    pub(crate) code: Option<String>,
    /// All messages, in their order.
    pub(crate) messages: Vec<String>,
    /// Messages by field.
    pub(crate) fields: BTreeMap<String, String>,
    /// Whether the gateway itself speaks (it repeats the status).
    gateway: bool,
}

impl Said {
    /// Reads a list of errors, an object of the OData layer, of the model's
    /// checks, of the gateway or of the token host, or plain text.
    pub(crate) fn read(response: &Response<Bytes>) -> Self {
        let body = response.body();
        let text = String::from_utf8_lossy(body.get(..body.len().min(256 * 1024)).unwrap_or(body));
        let text = text.trim_start_matches('\u{feff}').trim();
        let mut said = Self::default();
        match Json::parse(text) {
            Ok(json) => said.take(&json, 0),
            Err(_) if api_core::classify::looks_like_html(response) => {}
            Err(_) => said.say(text),
        }
        said
    }

    fn say(&mut self, message: &str) {
        let plain = plain(message);
        if !plain.is_empty() && self.messages.len() < MOST && !self.messages.contains(&plain) {
            self.messages.push(plain);
        }
    }

    fn take(&mut self, json: &Json, depth: usize) {
        match json {
            Json::Text(text) => self.say(text),
            Json::List(items) if depth < 3 => {
                for item in items.iter().take(MOST) {
                    self.take(item, depth + 1);
                }
            }
            Json::Map(members) if depth < 4 => {
                for (name, value) in members {
                    self.member(name, value, depth);
                }
            }
            _ => {}
        }
    }

    fn member(&mut self, name: &str, value: &Json, depth: usize) {
        match name.to_ascii_lowercase().as_str() {
            "errorcode" | "code" => {
                if let Json::Text(code) = value
                    && !code.trim().is_empty()
                    && self.code.is_none()
                {
                    self.code = Some(cap_chars(&plain(code), 60));
                }
            }
            "message" | "error_description" | "messagedetail" | "exceptionmessage" | "title" => {
                match value {
                    Json::Text(text) => self.say(text),
                    // Newer OData puts the text into `value`.
                    Json::Map(members) => {
                        if let Some(Json::Text(text)) = members.get("value") {
                            self.say(text);
                        }
                    }
                    _ => {}
                }
            }
            "error" | "errors" | "odata.error" => self.take(value, depth + 1),
            "modelstate" => self.model_state(value),
            "statuscode" if depth == 0 => self.gateway = true,
            "details" => match value {
                Json::Text(text) => self.say(text),
                Json::List(_) | Json::Map(_) => self.take(value, depth + 1),
                _ => {}
            },
            _ => {}
        }
    }

    fn model_state(&mut self, value: &Json) {
        let Some(members) = value.as_map() else {
            return;
        };
        for (field, messages) in members.iter().take(MOST) {
            let said: Vec<String> = match messages {
                Json::Text(text) => vec![plain(text)],
                Json::List(items) => items
                    .iter()
                    .take(MOST)
                    .filter_map(Json::as_str)
                    .map(plain)
                    .collect(),
                _ => continue,
            };
            self.fields
                .insert(plain(field), cap_chars(&said.join(" "), MESSAGE));
        }
    }

    /// All messages as one line; `None` when nothing was said.
    pub(crate) fn sentence(&self) -> Option<String> {
        let mut parts = self.messages.clone();
        if !self.fields.is_empty() {
            let fields: Vec<String> = self
                .fields
                .iter()
                .map(|(field, message)| format!("{field}: {message}"))
                .collect();
            parts.push(fields.join("; "));
        }
        (!parts.is_empty()).then(|| cap_chars(&parts.join(" "), 2 * MESSAGE))
    }

    /// Whether the gateway speaks of the subscription key.
    pub(crate) fn names_subscription(&self) -> bool {
        self.messages
            .iter()
            .any(|message| message.to_ascii_lowercase().contains("subscription"))
    }

    /// Whether the gateway speaks of a quota that is used up.
    pub(crate) fn names_quota(&self) -> bool {
        self.gateway
            && self
                .messages
                .iter()
                .any(|message| message.to_ascii_lowercase().contains("quota"))
    }

    /// Whether the address is unknown, to the gateway or to the server behind
    /// it: then no record was looked for.
    pub(crate) fn names_no_address(&self) -> bool {
        let unrouted = |message: &String| message.starts_with("No HTTP resource was found");
        self.gateway || self.messages.iter().any(unrouted)
    }

    /// How many seconds the gateway's text asks to wait: "Try again in 8
    /// seconds.", "Quota will be replenished in 00:12:30."
    pub(crate) fn seconds(&self) -> Option<u64> {
        self.messages.iter().find_map(|message| {
            let message = message.to_ascii_lowercase();
            if let Some((_, rest)) = message.split_once("try again in ") {
                return number(rest);
            }
            let (_, rest) = message.split_once("replenished in ")?;
            let mut parts = rest.splitn(3, ':').map(number);
            let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
            let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
            minutes.checked_mul(60)?.checked_add(seconds)
        })
    }
}

/// The number that a text begins with.
fn number(text: &str) -> Option<u64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A message without markup and line breaks, of bounded length.
fn plain(text: &str) -> String {
    let beginning: String = text.chars().take(4 * MESSAGE).collect();
    let joined = without_tags(&beginning)
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    cap_chars(&joined, MESSAGE)
}

/// Leaves tags out; a `<` that begins none stays.
pub(crate) fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        rest = after;
        let is_tag = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match after.split_once('>') {
            Some((_, behind)) if is_tag => rest = behind,
            Some(_) => plain.push('<'),
            // Nothing closes a tag any more.
            None => {
                plain.push('<');
                break;
            }
        }
    }
    plain.push_str(rest);
    plain
}
