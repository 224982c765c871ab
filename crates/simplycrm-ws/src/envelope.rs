//! Reading an answer: the envelope, and what may stand around it.

use std::borrow::Cow;

use api_core::redact;
use api_core::{Error, Json};

use crate::fault::BodyFault;

/// How many places are tried where the JSON may begin.
const MOST_STARTS: usize = 16;

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
/// `lenient` looks for the JSON among PHP's warnings; it must be an envelope
/// and reach to the end of the body, as all recorded ones do.
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
        starts(text).is_empty().then_some(BodyFault::HtmlPage)
    } else if !starts(text).is_empty() {
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

/// Where an envelope may begin, the last place first.
fn starts(text: &str) -> Vec<usize> {
    // Servers write `success` first.
    const SIGNS: [&str; 3] = ["{\"success\"", "{\"result\"", "{\"error\""];
    text.rmatch_indices('{')
        .map(|(at, _)| at)
        .filter(|at| {
            let rest = text.get(*at..).unwrap_or_default();
            SIGNS.iter().any(|sign| rest.starts_with(sign))
        })
        .take(MOST_STARTS)
        .collect()
}

/// Finds the envelope in a body that holds more than it.
fn among_noise(text: &str) -> Option<(Json, Cow<'_, str>)> {
    let is_envelope = |json: &Json| json.get("success").and_then(Json::as_bool).is_some();
    for at in starts(text) {
        let (noise, json) = text.split_at_checked(at)?;
        if let Ok(json) = Json::parse(json)
            && is_envelope(&json)
        {
            return Some((json, Cow::Borrowed(noise.trim())));
        }
    }
    // A shutdown function may write after the answer.
    let text = text.trim_start();
    if text.starts_with('{')
        && let Err(fault) = Json::parse(text)
        && let Some((json, noise)) = text.split_at_checked(fault.at())
        && let Ok(json) = Json::parse(json)
        && is_envelope(&json)
    {
        return Some((json, Cow::Borrowed(noise.trim())));
    }
    None
}

/// Splits an envelope into what it says.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(body: &str) -> Option<BodyFault> {
        BodyFault::of(&read(body.as_bytes(), true).unwrap_err())
    }

    fn noise_of(body: &str) -> String {
        let reading = read(body.as_bytes(), true).unwrap();
        assert!(matches!(&reading.said, Said::Yes(Json::Number(n)) if n.as_str() == "1"));
        assert!(read(body.as_bytes(), false).is_err(), "{body}");
        reading.noise.into_owned()
    }

    #[test]
    fn what_stands_before_or_after_the_json_is_noise() {
        const YES: &str = r#"{"success":true,"result":1}"#;
        for (before, after, noise) in [
            (
                "<br />\n<b>Warning</b>: x<br />\n",
                "",
                "<br />\n<b>Warning</b>: x<br />",
            ),
            ("Notice: x\n", "\n", "Notice: x"),
            ("", "<br />shutdown", "<br />shutdown"),
            // What a warning quotes is not the answer.
            (
                r#"bad {"success":false,"error":null} <br>"#,
                "",
                r#"bad {"success":false,"error":null} <br>"#,
            ),
            (r#"{"success":"#, "", r#"{"success":"#),
        ] {
            assert_eq!(noise_of(&format!("{before}{YES}{after}")), noise);
        }
        assert_eq!(noise_of(r#"x{"result":1,"success":true}"#), "x");
    }

    #[test]
    fn a_byte_order_mark_is_no_noise() {
        let reading = read("\u{feff}{\"success\":true,\"result\":[]}".as_bytes(), false);
        assert_eq!(reading.unwrap().noise, "");
    }

    #[test]
    fn an_envelope_inside_of_the_result_is_not_taken_for_the_answer() {
        let body = r#"<br>{"success":true,"result":{"success":false,"error":null}}"#;
        let reading = read(body.as_bytes(), true).unwrap();
        let Said::Yes(result) = reading.said else {
            panic!("{:?}", reading.said);
        };
        assert!(result.get("error").is_some_and(Json::is_null));
    }

    #[test]
    fn every_other_body_is_a_fault_of_its_own() {
        for (body, expected) in [
            ("", BodyFault::EmptyBody),
            (" \n", BodyFault::EmptyBody),
            (
                "Sorry! Attempt to access restricted file.",
                BodyFault::TextDeath,
            ),
            ("<html><body>Login</body></html>", BodyFault::HtmlPage),
            ("<br><br><center>Gone</center>", BodyFault::HtmlPage),
            ("<br /><b>Fatal error</b>: x", BodyFault::HtmlFatal),
            ("PHP Fatal error:  Uncaught x", BodyFault::HtmlFatal),
            (
                r#"{"success":true,"result":[{"id":"1"#,
                BodyFault::BrokenJson,
            ),
            (
                r#"<br>{"success":true,"result":[{"id""#,
                BodyFault::BrokenJson,
            ),
            ("{'success':true}", BodyFault::BrokenJson),
            ("[]", BodyFault::NoEnvelope),
            ("null", BodyFault::NoEnvelope),
            ("{}", BodyFault::NoEnvelope),
            (r#"{"success":true}"#, BodyFault::NoEnvelope),
            (r#"{"success":"true","result":1}"#, BodyFault::NoEnvelope),
            (r#"{"success":false}"#, BodyFault::NullError),
            (r#"{"success":false,"error":null}"#, BodyFault::NullError),
        ] {
            assert_eq!(fault(body), Some(expected), "{body}");
        }
        let error = read(b"{\"success\":true,\"result\":\"\xff\"}", true).unwrap_err();
        assert_eq!(BodyFault::of(&error), Some(BodyFault::BrokenJson));
    }

    #[test]
    fn a_refusal_is_read_by_the_servers_names_and_by_the_documented_ones() {
        for (body, code, message) in [
            (r#"{"code":"A","message":"m"}"#, Some("A"), "m"),
            (r#"{"message":"m","code":0}"#, Some("0"), "m"),
            (r#"{"errorCode":"A","errorMessage":"m"}"#, Some("A"), "m"),
            (r#"{"code":1501,"message":null}"#, Some("1501"), ""),
            (r#"{"code":null,"message":"m"}"#, None, "m"),
            (r#""m""#, None, "m"),
        ] {
            let body = format!(r#"{{"success":false,"error":{body}}}"#);
            let said = read(body.as_bytes(), false).unwrap().said;
            let expected = Refusal {
                code: code.map(str::to_owned),
                message: message.to_owned(),
            };
            assert_eq!(said, Said::No(expected), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics_and_none_is_read_as_nothing(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("{\"success\":true,\"result\":1}".to_owned()),
                    Just("{\"success\":".to_owned()),
                    Just("<br />\n".to_owned()),
                    Just("}".to_owned()),
                    ".{0,8}",
                ],
                0..6,
            ),
            lenient: bool,
        ) {
            let body = parts.concat();
            if let Ok(Reading { said: Said::Yes(result), .. }) = read(body.as_bytes(), lenient) {
                prop_assert_eq!(result, Json::from(1));
            }
        }
    }
}
