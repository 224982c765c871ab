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

    /// How many seconds the gateway's text asks to wait: "Try again in 8
    /// seconds."
    pub(crate) fn seconds(&self) -> Option<u64> {
        self.messages.iter().find_map(|message| {
            let rest = message.to_ascii_lowercase();
            let (_, rest) = rest.split_once("try again in ")?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
    }
}

/// A message without markup and line breaks, of bounded length.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for c in text.chars().take(4 * MESSAGE) {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if in_tag => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    let joined = out.split_whitespace().collect::<Vec<_>>().join(" ");
    cap_chars(&joined, MESSAGE)
}
