//! Reading an answer: the envelope, and what may stand around it.

use std::borrow::Cow;

use api_core::redact;
use api_core::{Error, Json};

use crate::fault::BodyFault;

/// How many places are tried where the JSON may begin.
const MOST_STARTS: usize = 64;

/// What the API said.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    /// `success: true` with the `result`.
    Yes(Json),
    /// `success: false` with a code and a message.
    No(Refusal),
}

/// The `error` member of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The code as text; the webservice sends words and the integer 0, the
    /// mobile API integers and words.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
}

/// An answer, and what stood around it.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) said: Said,
    /// What was no JSON; empty for a clean answer.
    pub(crate) noise: Cow<'a, str>,
}

/// Reads a body that should hold an envelope.
///
/// `lenient` looks for the JSON among PHP's warnings; it must begin with
/// `{"success"` and reach to the end of the body, as all recorded ones do.
pub(crate) fn read<'a>(body: &'a [u8], lenient: bool) -> Result<Reading<'a>, Error> {
    let Ok(text) = std::str::from_utf8(body) else {
        let shown = String::from_utf8_lossy(body);
        return Err(match unreadable(&shown) {
            Some(fault) => fault.error("", &shown),
            None => BodyFault::BrokenJson.error("it is not UTF-8", &shown),
        });
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fault = match Json::parse(text) {
        Ok(json) => return envelope(json, Cow::Borrowed(""), text),
        Err(fault) => fault,
    };
    if lenient && let Some((json, noise)) = among_noise(text) {
        return envelope(json, noise, text);
    }
    Err(match unreadable(text) {
        Some(fault) => fault.error("", text),
        None => BodyFault::BrokenJson.error(&fault.to_string(), text),
    })
}

/// What a body that is no JSON is instead; `None` when it looks like JSON.
fn unreadable(text: &str) -> Option<BodyFault> {
    let text = text.trim();
    if text.is_empty() {
        return Some(BodyFault::EmptyBody);
    }
    let begins_json = text.starts_with(['{', '[']);
    let fatal = ["<b>Fatal error</b>", "Fatal error: ", "<b>Parse error</b>"]
        .iter()
        .any(|sign| text.contains(sign));
    if fatal && !begins_json {
        Some(BodyFault::HtmlFatal)
    } else if begins_json {
        None
    } else if has_tag(text) {
        // Warnings in front of JSON that is itself cut off are broken JSON.
        (!text.contains("{\"success\"")).then_some(BodyFault::HtmlPage)
    } else if text.contains("{\"success\"") {
        None
    } else {
        Some(BodyFault::TextDeath)
    }
}

/// Whether a text holds an HTML tag.
fn has_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        text.as_bytes()
            .get(at + 1)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'!' | b'/'))
    })
}

/// Finds the envelope in a body that holds more than it.
fn among_noise(text: &str) -> Option<(Json, Cow<'_, str>)> {
    for (at, _) in text.rmatch_indices("{\"success\"").take(MOST_STARTS) {
        let (noise, json) = text.split_at_checked(at)?;
        if let Ok(json) = Json::parse(json) {
            return Some((json, Cow::Borrowed(noise.trim())));
        }
    }
    // A shutdown function may write after the answer.
    let text = text.trim_start();
    if text.starts_with("{\"success\"")
        && let Err(fault) = Json::parse(text)
        && let Some((json, noise)) = text.split_at_checked(fault.at())
        && let Ok(json) = Json::parse(json)
    {
        return Some((json, Cow::Borrowed(noise.trim())));
    }
    None
}

fn envelope<'a>(json: Json, noise: Cow<'a, str>, text: &str) -> Result<Reading<'a>, Error> {
    let no_envelope = || Err(BodyFault::NoEnvelope.error("", text));
    let Json::Map(mut members) = json else {
        return no_envelope();
    };
    let said = match members.get("success").and_then(Json::as_bool) {
        Some(true) => match members.remove("result") {
            Some(result) => Said::Yes(result),
            None => return Err(BodyFault::NoEnvelope.error("it has no `result`", text)),
        },
        Some(false) => match members.get("error") {
            Some(error @ Json::Map(_)) => Said::No(refusal(error)),
            Some(Json::Text(message)) => Said::No(Refusal {
                code: None,
                message: message.clone(),
            }),
            _ => return Err(BodyFault::NullError.error("", text)),
        },
        None => return no_envelope(),
    };
    Ok(Reading { said, noise })
}

/// Reads the error object; the vendor's documentation names its members
/// otherwise than its server does.
fn refusal(error: &Json) -> Refusal {
    let member = |names: [&str; 2]| {
        names
            .iter()
            .find_map(|name| error.get(name))
            .filter(|value| !value.is_null())
            .map(|value| match value {
                Json::Text(text) => text.clone(),
                other => other.to_string(),
            })
    };
    Refusal {
        code: member(["code", "errorCode"]),
        message: member(["message", "errorMessage"]).unwrap_or_default(),
    }
}

/// The redacted beginning of what stood around an answer.
pub(crate) fn excerpt(noise: &str) -> String {
    redact::excerpt(noise, api_core::error::EXCERPT_CHARS)
}
