//! The words of an error, in whichever of the documented shapes they come.
//!
//! The OpenAPI document shows 22 shapes: `message`, `error` and `errors`, each a
//! text, a list of texts or a map of fields, alone or beside `success`,
//! `status`, `record` and `params`; a bare map of fields; `login` with
//! `instructions`. What was sent and is echoed (`params`, `record`) is no word.

use std::collections::BTreeMap;

use api_core::Json;
use api_core::redact::{cap_chars, one_line};

/// How many characters of one message are kept.
const MESSAGE: usize = 500;

/// How many messages, and fields, of one answer are looked at.
const MOST: usize = 50;

/// Members that repeat what was sent.
pub(crate) const ECHOES: [&str; 2] = ["params", "record"];

/// Words by which the server says that too many requests came, whatever the
/// status is (measured on RepairShopr, the same engine).
const THROTTLED: &str = "high number of requests";

/// The word by which a missing permission is told from a token that is no good
/// (OpenAPI document).
const NOT_AUTHORIZED: &str = "not authorized";

/// What the server says when a line of a paid invoice is to be changed, with
/// status 200 (OpenAPI document).
const ALREADY_PAID: &str = "invoice is already paid";

/// What an answer says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// All messages, in the order `message`, `error`, `errors`.
    pub(crate) messages: Vec<String>,
    /// Messages by field.
    pub(crate) fields: BTreeMap<String, String>,
    /// Whether it says itself that it is no success.
    pub(crate) failed: bool,
    /// Whether it holds something besides words.
    pub(crate) data: bool,
    /// Whether it refuses a login.
    pub(crate) login_refused: bool,
}

impl Said {
    /// Reads a body. `refusal` says that the status is one: then a map of
    /// lists is one of fields.
    pub(crate) fn read(body: &Json, refusal: bool) -> Self {
        let mut said = Self::default();
        match body {
            Json::Text(text) => said.say(text),
            Json::List(_) if refusal => said.take("", body, 0),
            Json::Map(members) => said.members(members, refusal),
            _ => {}
        }
        said
    }

    /// Reads a body that is no JSON.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut said = Self::default();
        said.say(text);
        said
    }

    fn members(&mut self, members: &BTreeMap<String, Json>, refusal: bool) {
        let word = |name: &str| members.get(name).is_some_and(|json| !empty(json));
        let no = |name: &str| members.get(name).is_some_and(is_no);
        self.login_refused = no("login");
        let told = ["message", "error", "errors", "instructions"];
        // What is an answer besides: `GET /search` has an `error` beside results.
        self.data = members.iter().any(|(name, json)| {
            !told.contains(&name.as_str())
                && !ECHOES.contains(&name.as_str())
                && !matches!(name.as_str(), "success" | "status" | "login" | "meta")
                && !empty(json)
        });
        self.failed = no("success")
            || self.login_refused
            || (!self.data && (word("error") || word("errors")));
        for name in told {
            if let Some(json) = members.get(name) {
                let parts = name == "errors";
                match json {
                    Json::Text(text) if parts => {
                        text.split(',').for_each(|part| self.say(part));
                    }
                    json => self.take("", json, 0),
                }
            }
        }
        if refusal && self.is_empty() {
            for (field, json) in members {
                if json.as_list().is_some() {
                    self.take(field, json, 1);
                }
            }
        }
    }

    fn take(&mut self, path: &str, json: &Json, depth: usize) {
        match json {
            Json::Text(text) if path.is_empty() => self.say(text),
            Json::Text(text) => self.field(path, text),
            Json::List(items) if depth < 4 => {
                for item in items.iter().take(MOST) {
                    self.take(path, item, depth + 1);
                }
            }
            Json::Map(members) if depth < 4 => {
                for (name, value) in members.iter().take(MOST) {
                    let place = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    self.take(&place, value, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, message: &str) {
        let plain = plain(message);
        // `error` and `message` of one answer say the same.
        if !plain.is_empty() && self.messages.len() < MOST && !self.messages.contains(&plain) {
            self.messages.push(plain);
        }
    }

    fn field(&mut self, path: &str, message: &str) {
        let (path, message) = (plain(path), plain(message));
        if message.is_empty() || (self.fields.len() >= MOST && !self.fields.contains_key(&path)) {
            return;
        }
        self.fields
            .entry(path)
            .and_modify(|known| {
                *known = cap_chars(&format!("{known}, {message}"), MESSAGE);
            })
            .or_insert(message);
    }

    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.fields.is_empty()
    }

    /// All messages as one line; `None` when nothing was said.
    pub(crate) fn sentence(&self) -> Option<String> {
        let fields = self
            .fields
            .iter()
            .map(|(field, message)| format!("{field} {message}"));
        let parts: Vec<String> = self.messages.iter().cloned().chain(fields).collect();
        (!parts.is_empty()).then(|| cap_chars(&parts.join("; "), 2 * MESSAGE))
    }

    fn names(&self, words: &str) -> bool {
        self.messages
            .iter()
            .chain(self.fields.values())
            .any(|message| message.to_ascii_lowercase().contains(words))
    }

    /// Whether too many requests came.
    pub(crate) fn throttled(&self) -> bool {
        self.names(THROTTLED)
    }

    /// Whether a permission is missing.
    pub(crate) fn not_authorized(&self) -> bool {
        self.names(NOT_AUTHORIZED)
    }

    /// Whether an invoice is paid and therefore was not changed.
    pub(crate) fn already_paid(&self) -> bool {
        self.names(ALREADY_PAID)
    }
}

fn empty(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Text(text) => text.trim().is_empty(),
        Json::List(items) => items.is_empty(),
        Json::Map(members) => members.is_empty(),
        _ => false,
    }
}

fn is_no(json: &Json) -> bool {
    match json {
        Json::Bool(flag) => !flag,
        Json::Text(text) => text.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

/// A message on one line, of bounded length.
fn plain(text: &str) -> String {
    let beginning: String = text.chars().take(4 * MESSAGE).collect();
    cap_chars(&one_line(&beginning), MESSAGE)
}

/// A body without what it echoes.
pub(crate) fn without_echoes(body: &Json) -> Json {
    match body {
        Json::Map(members) => {
            let kept = members
                .iter()
                .filter(|(name, _)| !ECHOES.contains(&name.as_str()))
                .map(|(name, json)| (name.clone(), without_echoes(json)));
            Json::Map(kept.collect())
        }
        Json::List(items) => Json::List(items.iter().map(without_echoes).collect()),
        other => other.clone(),
    }
}
