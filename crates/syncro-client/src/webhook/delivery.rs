//! The body of a delivery, as it was sent.

use std::fmt;

use serde_json::{Map, Value as Json};

/// The longest first line that is kept, in characters.
const LINE: usize = 300;

/// A body that is no delivery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadDelivery {
    /// Neither JSON nor a form.
    #[error("the body is neither JSON nor a form")]
    NotJson,
    /// Something else than an object with `text`, `link`, `html` or `attributes`.
    #[error("the body has neither `text` nor `link` nor `attributes`")]
    NotOne,
}

/// The body of a delivery.
///
/// Keys that are missing or of another type are empty here. What it holds may be secret
/// (`portal_key`) and is never shown; [`Event`](super::Event) has what may be.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Delivery {
    /// What happened, in its first line, and whom it is about below.
    pub text: Option<String>,
    /// The same with markup.
    pub html: Option<String>,
    /// Where a person finds the record.
    pub link: Option<String>,
    /// The record as the API gives it.
    pub attributes: Map<String, Json>,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").finish_non_exhaustive()
    }
}

impl Delivery {
    /// Reads a body, whatever its content type says: JSON (also JSON within a JSON text, which
    /// one sender was seen to post), or a form with the same keys.
    ///
    /// # Errors
    /// When it is neither, or has none of the keys.
    pub fn parse(body: &[u8]) -> Result<Self, BadDelivery> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        let parsed = match serde_json::from_slice::<Json>(body) {
            Ok(Json::String(inner)) => serde_json::from_str(&inner).ok(),
            Ok(parsed) => Some(parsed),
            Err(_) => form(body),
        };
        let Json::Object(mut members) = parsed.ok_or(BadDelivery::NotJson)? else {
            return Err(BadDelivery::NotOne);
        };
        let mut text = |key: &str| match members.remove(key) {
            Some(Json::String(text)) => Some(text),
            _ => None,
        };
        let (text, html, link) = (text("text"), text("html"), text("link"));
        let attributes = match members.remove("attributes") {
            Some(Json::Object(attributes)) => Some(attributes),
            Some(Json::String(inner)) => serde_json::from_str(&inner).ok(),
            _ => None,
        };
        if text.is_none() && html.is_none() && link.is_none() && attributes.is_none() {
            return Err(BadDelivery::NotOne);
        }
        Ok(Self {
            text,
            html,
            link,
            attributes: attributes.unwrap_or_default(),
        })
    }

    /// The first line of the text that is not empty, without control characters.
    pub fn first_line(&self) -> String {
        let text = self.text.as_deref().unwrap_or_default();
        let line = (text.lines().map(str::trim))
            .find(|line| !line.is_empty())
            .unwrap_or_default();
        api_core::redact::cap_chars(&api_core::redact::one_line(line), LINE)
    }

    /// A member of the attributes as text, where it is a text, a number or a boolean.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        match self.attributes.get(name)? {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// An id among the attributes: a number above zero, or one as text.
    pub(super) fn id(&self, name: &str) -> Option<i64> {
        let text = self.attribute(name)?;
        text.trim().parse().ok().filter(|id| *id > 0)
    }
}

/// A form with the keys of a delivery, or with the whole of it in one field.
fn form(body: &[u8]) -> Option<Json> {
    // The pieces of something else would be kept as one strange key.
    if !body.contains(&b'=') || body.contains(&b'{') {
        return None;
    }
    let mut members = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        match &*name {
            "payload" | "body" | "json" => return serde_json::from_str(&value).ok(),
            "text" | "html" | "link" | "attributes" => {
                members.insert(name.into_owned(), Json::String(value.into_owned()));
            }
            _ => {}
        }
    }
    Some(Json::Object(members))
}
