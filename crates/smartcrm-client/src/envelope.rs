//! A tolerant reader of the wrappers answers come in.
//!
//! Near-identical products wrap their answers in four ways: a bare array or object, `{data, meta}`,
//! `{status|success, data|results, message}`, and error maps under `error` or `errors`. What is not
//! JSON at all is never read as an empty answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::exact::{self, RawMap};

/// Members that make an object a wrapper rather than a record.
const WRAPPER_MEMBERS: [&str; 15] = [
    "status",
    "success",
    "message",
    "error",
    "errors",
    "code",
    "data",
    "results",
    "meta",
    "links",
    "id",
    "record_id",
    "insert_id",
    "version",
    "total",
];

/// How many characters of a remote message are kept.
const MAX_MESSAGE: usize = 500;

/// Why a body is not an answer of this API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// There is no body.
    Empty,
    /// A page, a notice of the server's PHP, or other text.
    NotJson,
    /// JSON that ends too early or is otherwise broken.
    Broken(String),
}

/// What the wrapper says of the page it carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) page: Option<u64>,
    pub(crate) per_page: Option<u64>,
    pub(crate) total: Option<u64>,
    pub(crate) total_pages: Option<u64>,
    pub(crate) has_more: Option<bool>,
}

/// An answer, taken out of its wrapper.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// `status` or `success`.
    pub(crate) ok: Option<bool>,
    /// `message` without markup.
    pub(crate) message: Option<String>,
    /// `error` or `code` where it is a word.
    pub(crate) code: Option<String>,
    /// `errors` or `error` where it is a map.
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) meta: Meta,
    /// `data`, or the whole body where there is no wrapper.
    pub(crate) data: Option<Box<RawValue>>,
    /// `results`.
    pub(crate) results: Option<Vec<Box<RawValue>>>,
    /// Whether the whole body is a wrapper.
    pub(crate) wrapped: bool,
    members: RawMap,
}

impl Envelope {
    /// Reads a body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, BodyFault> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let body = body.trim_ascii();
        let Some(first) = body.first() else {
            return Err(BodyFault::Empty);
        };
        let text = std::str::from_utf8(body)
            .map_err(|_| BodyFault::Broken("the body is not UTF-8".to_owned()))?;
        match first {
            b'{' => {
                let members: RawMap =
                    serde_json::from_str(text).map_err(|error| fault_of(text, &error))?;
                Ok(Self::of_object(text, members))
            }
            b'[' => {
                let raw: Box<RawValue> =
                    serde_json::from_str(text).map_err(|error| fault_of(text, &error))?;
                Ok(Self::bare(raw, RawMap::new()))
            }
            _ => Err(BodyFault::NotJson),
        }
    }

    fn bare(raw: Box<RawValue>, members: RawMap) -> Self {
        Self {
            ok: None,
            message: None,
            code: None,
            fields: BTreeMap::new(),
            meta: Meta::default(),
            data: Some(raw),
            results: None,
            wrapped: false,
            members,
        }
    }

    fn of_object(text: &str, members: RawMap) -> Self {
        let flag = ["status", "success"]
            .iter()
            .find_map(|name| members.get(*name))
            .filter(|raw| matches!(raw.get(), "true" | "false"));
        let only_wrapper_members = members
            .keys()
            .all(|name| WRAPPER_MEMBERS.contains(&name.as_str()));
        let tells = ["message", "error", "errors", "data", "results"]
            .iter()
            .any(|name| members.contains_key(*name));
        let wrapped = flag.is_some() || (only_wrapper_members && tells);
        if !wrapped {
            return match RawValue::from_string(text.to_owned()) {
                Ok(raw) => Self::bare(raw, members),
                // Unreachable: the text has just been read as an object.
                Err(_) => Self {
                    data: None,
                    ..Self::wrapper(members)
                },
            };
        }
        Self::wrapper(members)
    }

    fn wrapper(members: RawMap) -> Self {
        let word = |name: &str| members.get(name).and_then(|raw| text_of(raw));
        let ok = ["status", "success"]
            .iter()
            .find_map(|name| members.get(*name))
            .and_then(|raw| flag_of(raw));
        let ok = match members.get("error").map(|raw| raw.get()) {
            Some("true") => Some(false),
            _ => ok,
        };
        let mut fields = BTreeMap::new();
        for name in ["errors", "error"] {
            if let Some(raw) = members.get(name) {
                collect_fields(raw, &mut fields);
            }
            if !fields.is_empty() {
                break;
            }
        }
        let code = word("error")
            .filter(|code| !matches!(code.as_str(), "true" | "false"))
            .or_else(|| word("code"))
            .map(|code| plain(&code));
        let message = word("message").map(|message| plain(&message));
        let results = members
            .get("results")
            .and_then(|raw| serde_json::from_str(raw.get()).ok());
        let meta = members
            .get("meta")
            .map_or_else(Meta::default, |raw| Meta::read(raw));
        Self {
            ok,
            message: message.filter(|text| !text.is_empty()),
            code: code.filter(|text| !text.is_empty()),
            fields,
            meta,
            data: members
                .get("data")
                .filter(|raw| raw.get() != "null")
                .cloned(),
            results,
            wrapped: true,
            members,
        }
    }

    /// The records of a list, or `None` where the answer holds no list.
    pub(crate) fn list(&self) -> Option<Vec<&RawValue>> {
        let raw = self.data.as_deref()?;
        serde_json::from_str(raw.get()).ok()
    }

    /// Whether the answer holds a list; its text has been found valid.
    pub(crate) fn is_list(&self) -> bool {
        let list = |raw: &RawValue| raw.get().trim_start().starts_with('[');
        self.data.as_deref().is_some_and(list)
    }

    /// The one record of an answer; a list of one is read as that one.
    pub(crate) fn record(&self) -> Option<Box<RawValue>> {
        let raw = self.data.as_deref()?;
        if raw.get().starts_with('{') {
            return Some(raw.to_owned());
        }
        let mut list: Vec<Box<RawValue>> = serde_json::from_str(raw.get()).ok()?;
        let only = list.pop()?;
        (list.is_empty() && only.get().starts_with('{')).then_some(only)
    }

    /// The id an answer to a write carries, looked for under `paths` in their order.
    pub(crate) fn id(&self, paths: &[String]) -> Option<String> {
        paths.iter().find_map(|path| {
            let mut parts = path.split('.');
            let mut raw: Box<RawValue> = self.members.get(parts.next()?)?.clone();
            for part in parts {
                let mut members: RawMap = serde_json::from_str(raw.get()).ok()?;
                raw = members.remove(part)?;
            }
            id_of(&raw)
        })
    }

    /// A member of the wrapper that is a word or a number.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        self.members.get(name).and_then(|raw| text_of(raw))
    }

    /// One sentence of what the server said.
    pub(crate) fn sentence(&self) -> Option<String> {
        let fields = self
            .fields
            .iter()
            .map(|(field, message)| format!("{field}: {message}"))
            .collect::<Vec<_>>()
            .join("; ");
        match (&self.message, &self.code) {
            (Some(message), _) if fields.is_empty() => Some(message.clone()),
            (Some(message), _) => Some(cut(&format!("{message} ({fields})"))),
            (None, _) if !fields.is_empty() => Some(cut(&fields)),
            (None, code) => code.clone(),
        }
    }
}

impl Meta {
    fn read(raw: &RawValue) -> Self {
        let Ok(members) = serde_json::from_str::<RawMap>(raw.get()) else {
            return Self::default();
        };
        let number = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| members.get(*name))
                .find_map(|raw| text_of(raw)?.parse().ok())
        };
        Self {
            page: number(&["page", "current_page"]),
            per_page: number(&["per_page"]),
            total: number(&["total"]),
            total_pages: number(&["total_pages", "last_page"]),
            has_more: members.get("has_more").and_then(|raw| flag_of(raw)),
        }
    }
}

fn fault_of(text: &str, error: &serde_json::Error) -> BodyFault {
    // A PHP notice may follow the JSON as well as precede it.
    if error.is_syntax() && text.contains('<') && text.to_ascii_lowercase().contains("<b") {
        BodyFault::NotJson
    } else {
        BodyFault::Broken(error.to_string())
    }
}

/// A scalar's text: a string's content, a number's digits; `None` for null, lists and maps.
pub(crate) fn text_of(raw: &RawValue) -> Option<String> {
    match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str(raw.get()).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(raw.get().to_owned()),
    }
}

/// A yes or no in any of the spellings in use.
pub(crate) fn flag_of(raw: &RawValue) -> Option<bool> {
    match text_of(raw)?.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// An identifier: a number or a string, but neither empty nor zero nor a flag.
pub(crate) fn id_of(raw: &RawValue) -> Option<String> {
    let text = text_of(raw)?;
    let text = text.trim();
    (!matches!(text, "" | "0" | "true" | "false")).then(|| text.to_owned())
}

/// Reads a map (or list) of messages.
pub(crate) fn collect_fields(raw: &RawValue, into: &mut BTreeMap<String, String>) {
    let Ok(value) = exact::value(raw) else {
        return;
    };
    match value {
        Value::Object(members) => {
            for (field, message) in members.into_iter().take(50) {
                let message = said(&message);
                if !message.is_empty() {
                    into.insert(plain(&field), message);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().take(50).enumerate() {
                // `[{"field":"vat","message":"…"}]`, or plain sentences.
                let field = item
                    .get("field")
                    .and_then(Value::as_str)
                    .map_or_else(|| index.to_string(), plain);
                let message = said(item.get("message").unwrap_or(item));
                if !message.is_empty() {
                    into.insert(field, message);
                }
            }
        }
        _ => {}
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        Value::Array(items) => cut(&items.iter().map(said).collect::<Vec<_>>().join(" ")),
        Value::Null => String::new(),
        other => cut(&other.to_string()),
    }
}

/// A remote message without markup, on one line and of bounded length.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for c in text.chars().take(4 * MAX_MESSAGE) {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                out.push(' ');
            }
            _ if in_tag => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    cut(&out.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_MESSAGE).collect()
}

/// One entry of `results`, still unread.
#[derive(Deserialize)]
pub(crate) struct ResultItem {
    #[serde(default)]
    pub(crate) external_id: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) id: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) record_id: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) action: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) error: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) errors: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) message: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) status: Option<Box<RawValue>>,
    #[serde(default)]
    pub(crate) success: Option<Box<RawValue>>,
}

#[cfg(test)]
mod tests;
