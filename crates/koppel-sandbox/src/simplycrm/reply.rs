//! What an operation answers, and the JSON PHP makes of it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::common::Answer;

/// The `code` of an error: a word, or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Code {
    Word(String),
    Number(i64),
}

/// Why an operation did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// `{"success":false,"error":{…}}`.
    Error(Code, String),
    /// `{"success":false,"error":null}`.
    Null,
    /// A body without a byte.
    Empty(u16),
    /// Plain text or HTML with status 200.
    Text(String),
}

/// What an operation gives.
pub(crate) type Outcome = Result<Value, Failure>;

pub(crate) const DENIED: &str = "Permission to perform the operation is denied";

/// An error with a word for a code.
pub(crate) fn fail<T>(code: &str, message: impl Into<String>) -> Result<T, Failure> {
    Err(error(code, message))
}

pub(crate) fn error(code: &str, message: impl Into<String>) -> Failure {
    Failure::Error(Code::Word(code.to_owned()), message.into())
}

/// An error with a number for a code.
pub(crate) fn numbered(code: i64, message: impl Into<String>) -> Failure {
    Failure::Error(Code::Number(code), message.into())
}

pub(crate) fn denied() -> Failure {
    error("ACCESS_DENIED", DENIED)
}

/// `Permission to perform the operation is denied for …`.
pub(crate) fn denied_for(what: &str) -> Failure {
    error("ACCESS_DENIED", format!("{DENIED} for {what}"))
}

pub(crate) fn no_read() -> Failure {
    error("ACCESS_DENIED", "Permission to read given object is denied")
}

pub(crate) fn internal() -> Failure {
    error(
        "INTERNAL_SERVER_ERROR",
        "Unknown Error while processing request",
    )
}

pub(crate) fn database() -> Failure {
    error(
        "DATABASE_QUERY_ERROR",
        "Database error while performing requested operation",
    )
}

pub(crate) fn wrong_id() -> Failure {
    error("INVALID_ID_ATTRIBUTE", "Id specified is incorrect")
}

pub(crate) fn missing(field: &str) -> Failure {
    error(
        "MANDATORY_FIELDS_MISSING",
        format!("{field} does not have a value"),
    )
}

/// A fatal error of PHP with its display switched off.
pub(crate) fn fatal<T>() -> Result<T, Failure> {
    Err(Failure::Empty(500))
}

/// How a server writes its JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Escape what is not ASCII, and slashes.
    pub(crate) ascii: bool,
    /// The message stands before the code.
    pub(crate) message_first: bool,
    /// The content type.
    pub(crate) kind: &'static str,
}

pub(crate) fn answer(outcome: &Outcome, style: Style) -> Answer {
    let mut body = String::new();
    match outcome {
        Ok(value) => {
            body.push_str("{\"success\":true,\"result\":");
            write_value(&mut body, value, style.ascii);
            body.push('}');
        }
        Err(Failure::Error(code, message)) => {
            let mut told = String::from("\"code\":");
            match code {
                Code::Word(word) => write_text(&mut told, word, style.ascii),
                Code::Number(number) => told.push_str(&number.to_string()),
            }
            let mut said = String::from("\"message\":");
            write_text(&mut said, message, style.ascii);
            let (first, second) = if style.message_first {
                (said, told)
            } else {
                (told, said)
            };
            body = format!("{{\"success\":false,\"error\":{{{first},{second}}}}}");
        }
        Err(Failure::Null) => body.push_str("{\"success\":false,\"error\":null}"),
        Err(Failure::Empty(status)) => {
            return Answer::raw(*status, bytes::Bytes::new()).of_kind("text/html; charset=UTF-8");
        }
        Err(Failure::Text(text)) => return Answer::html(200, text),
    }
    Answer::raw(200, body.into()).of_kind(style.kind)
}

fn write_value(out: &mut String, value: &Value, ascii: bool) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_text(out, text, ascii),
        Value::Array(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(out, item, ascii);
            }
            out.push(']');
        }
        Value::Object(map) => write_map(out, map, ascii),
    }
}

fn write_map(out: &mut String, map: &Map<String, Value>, ascii: bool) {
    out.push('{');
    for (at, (name, value)) in map.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(out, name, ascii);
        out.push(':');
        write_value(out, value, ascii);
    }
    out.push('}');
}

fn write_text(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' if ascii => out.push_str("\\/"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 || (ascii && !c.is_ascii()) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    // Writing into a String cannot fail.
                    if write!(out, "\\u{unit:04x}").is_err() {
                        out.push('?');
                    }
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A number as PHP writes a float: whole ones without a point.
pub(crate) fn php_float(number: rust_decimal::Decimal) -> Value {
    let number = number.normalize();
    if number.scale() == 0
        && let Ok(whole) = i64::try_from(number.mantissa())
    {
        return whole.into();
    }
    number
        .to_string()
        .parse::<f64>()
        .ok()
        .and_then(serde_json::Number::from_f64)
        .map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OLD: Style = Style {
        ascii: true,
        message_first: false,
        kind: "application/json",
    };

    fn text(outcome: &Outcome, style: Style) -> String {
        String::from_utf8_lossy(&answer(outcome, style).body).into_owned()
    }

    #[test]
    fn json_is_written_as_php_does() {
        let value = json!({"a": "Zoë/李 😀\n\"q\" \\", "b": [1, 2.5, null, true]});
        assert_eq!(
            text(&Ok(value.clone()), OLD),
            r#"{"success":true,"result":{"a":"Zo\u00eb\/\u674e \ud83d\ude00\n\"q\" \\","b":[1,2.5,null,true]}}"#
        );
        let raw = Style {
            ascii: false,
            ..OLD
        };
        assert_eq!(
            text(&Ok(value), raw),
            r#"{"success":true,"result":{"a":"Zoë/李 😀\n\"q\" \\","b":[1,2.5,null,true]}}"#
        );
    }

    #[test]
    fn an_error_has_its_code_first_or_last() {
        let outcome = Err(numbered(0, "Duplicate(s) detected!"));
        assert_eq!(
            text(&outcome, OLD),
            r#"{"success":false,"error":{"code":0,"message":"Duplicate(s) detected!"}}"#
        );
        let style = Style {
            message_first: true,
            ..OLD
        };
        assert!(text(&outcome, style).contains(r#"{"message":"Duplicate(s) detected!","code":0}"#));
    }

    #[test]
    fn whole_floats_lose_their_point() {
        assert_eq!(php_float("21.00".parse().unwrap_or_default()), json!(21));
        assert_eq!(php_float("18.90".parse().unwrap_or_default()), json!(18.9));
    }
}
