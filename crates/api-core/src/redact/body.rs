//! Secrets in JSON and form bodies.

use std::borrow::Cow;

use serde_json::Value;

use super::{REDACTED, cap_chars, excerpt, is_secret_key, json, text, without_secrets};

/// What a body is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyKind {
    /// `application/json` and its kin.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Anything that is text.
    Text,
    /// Anything else: only its size is shown.
    Binary,
}

impl BodyKind {
    /// Guesses from the `Content-Type`, and from the bytes without one.
    #[must_use]
    pub fn of(headers: &http::HeaderMap, bytes: &[u8]) -> Self {
        let kind = headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|content| content.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if kind.contains("json") || matches!(first, Some(b'{' | b'[')) {
            Self::Json
        } else if kind.contains("x-www-form-urlencoded") {
            Self::Form
        } else if kind.starts_with("text/")
            || kind.contains("xml")
            || std::str::from_utf8(bytes).is_ok()
        {
            Self::Text
        } else {
            Self::Binary
        }
    }
}

/// Redacts a body and cuts it to about `limit` bytes.
///
/// JSON stays valid JSON, however much is cut: long texts end in `…`, long
/// lists and objects say how much is missing.
#[must_use]
pub fn body(headers: &http::HeaderMap, bytes: &[u8], limit: usize) -> String {
    match BodyKind::of(headers, bytes) {
        BodyKind::Json => json_text(bytes, limit),
        BodyKind::Form => cap_bytes(&form(&String::from_utf8_lossy(bytes)), limit),
        BodyKind::Text => cap_bytes(&text(&String::from_utf8_lossy(bytes)), limit),
        BodyKind::Binary => format!("[{} bytes]", bytes.len()),
    }
}

/// Redacts JSON and cuts it to at most `limit` bytes of valid JSON.
///
/// What does not parse is treated as free text and returned as a JSON string.
/// The least a `limit` can give is a short JSON string.
#[must_use]
pub fn json_text(bytes: &[u8], limit: usize) -> String {
    let Some(full) = std::str::from_utf8(bytes).ok().and_then(json::redacted) else {
        let plain = excerpt(&String::from_utf8_lossy(bytes), limit / 2);
        return Value::String(plain).to_string();
    };
    if full.len() <= limit {
        return full;
    }
    let parsed = serde_json::from_str::<Value>(&full).unwrap_or_default();
    // Each round keeps less of every text and list, until it fits.
    for (chars, items) in [(500, 50), (200, 20), (80, 10), (40, 5), (20, 2), (8, 1)] {
        if parsed.is_null() {
            break;
        }
        let mut cut = parsed.clone();
        shorten(&mut cut, chars, items, 16);
        let shown = cut.to_string();
        if shown.len() <= limit {
            return shown;
        }
    }
    Value::String(format!("[{} bytes of JSON]", full.len())).to_string()
}

fn shorten(node: &mut Value, chars: usize, items: usize, depth: usize) {
    match node {
        Value::String(content) => *content = cap_chars(content, chars),
        Value::Array(list) => {
            let missing = list.len().saturating_sub(items);
            list.truncate(items);
            if depth == 0 {
                list.clear();
            }
            for item in list.iter_mut() {
                shorten(item, chars, items, depth - 1);
            }
            if missing > 0 {
                list.push(Value::String(format!("… {missing} more")));
            }
        }
        Value::Object(map) => {
            let keep = items.saturating_mul(4);
            let missing = map.len().saturating_sub(keep);
            if depth == 0 {
                map.clear();
            }
            let dropped: Vec<String> = map.keys().skip(keep).cloned().collect();
            for name in dropped {
                map.remove(&name);
            }
            for content in map.values_mut() {
                shorten(content, chars, items, depth - 1);
            }
            if missing > 0 {
                map.insert("…".to_owned(), Value::String(format!("{missing} more")));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Redacts a JSON value in place, at any depth.
///
/// The whole value under a secret name goes, whatever its shape; texts
/// elsewhere pass through [`text`], or are redacted as JSON where they are JSON. `{"name": "password", "value": "x"}`, the
/// form in which some systems list fields, counts too.
pub fn value(node: &mut Value) {
    match node {
        Value::String(content) => {
            if let Cow::Owned(shown) = json::without_secrets(content) {
                *content = shown;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(value),
        Value::Object(map) => {
            let names_secret = ["name", "key", "field", "header"].iter().any(|label| {
                map.get(*label)
                    .and_then(Value::as_str)
                    .is_some_and(is_secret_key)
            });
            // Refusals of some systems repeat all that was sent beside the reason.
            let refuses = map.get("success") != Some(&Value::Bool(true))
                && ["success", "message", "error", "errors"]
                    .iter()
                    .any(|word| map.contains_key(*word));
            for (name, content) in map.iter_mut() {
                let echo = refuses && matches!(name.as_str(), "params" | "record");
                let secret = is_secret_key(name)
                    || (echo && (content.is_object() || content.is_array()))
                    || (names_secret && matches!(name.as_str(), "value" | "content" | "val"));
                if secret && !content.is_null() && !content.is_boolean() {
                    *content = Value::String(REDACTED.to_owned());
                } else {
                    value(content);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Redacts a form body or a query string, keeping its order and encoding.
#[must_use]
pub fn form(input: &str) -> String {
    let mut out = String::with_capacity(input.len());
    for (at, pair) in input.split('&').enumerate() {
        if at > 0 {
            out.push('&');
        }
        let Some((name, content)) = pair.split_once('=') else {
            out.push_str(&text(pair));
            continue;
        };
        let plain_name = decode(name);
        let plain = decode(content);
        if is_secret_key(&plain_name) || plain_name.eq_ignore_ascii_case("key") {
            out.push_str(name);
            out.push('=');
            if !content.is_empty() {
                out.push_str(REDACTED);
            }
        } else if looks_like_json(&plain) {
            out.push_str(name);
            out.push('=');
            out.push_str(&json_text(plain.as_bytes(), plain.len().max(64)));
        } else if changes(&plain) {
            out.push_str(name);
            out.push('=');
            out.push_str(REDACTED);
        } else {
            out.push_str(pair);
        }
    }
    out
}

fn changes(plain: &str) -> bool {
    matches!(without_secrets(plain), Cow::Owned(shown) if shown != plain)
}

fn looks_like_json(content: &str) -> bool {
    content.trim_start().starts_with(['{', '['])
}

fn decode(content: &str) -> String {
    let bytes = content.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = |offset: usize| {
            bytes
                .get(at + offset)
                .and_then(|digit| char::from(*digit).to_digit(16))
        };
        match (byte, hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            (b'+', ..) => {
                out.push(b' ');
                at += 1;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn cap_bytes(content: &str, limit: usize) -> String {
    if content.len() <= limit {
        return content.to_owned();
    }
    let mut end = limit;
    while !content.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &content[..end])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secret_names_lose_their_value_at_any_depth() {
        let mut node = json!({
            "a": [{"password": {"deep": "s"}}, {"x": "Bearer s3cr3t99"}],
            "fields": [{"name": "api_key", "value": "s3cr3t"}],
            "token": null,
            "has_password": true,
            "n": 1
        });
        value(&mut node);
        assert_eq!(
            node,
            json!({
                "a": [{"password": REDACTED}, {"x": "Bearer [redacted]"}],
                "fields": [{"name": "api_key", "value": REDACTED}],
                "token": null,
                "has_password": true,
                "n": 1
            })
        );
    }

    #[test]
    fn forms_keep_order_and_encoding() {
        assert_eq!(
            form("b=2&user%5Bpass%5D=x%20y&a=1+2&key=abc&flag&j=%7B%22token%22%3A%22x%22%7D"),
            "b=2&user%5Bpass%5D=[redacted]&a=1+2&key=[redacted]&flag&j={\"token\":\"[redacted]\"}"
        );
    }

    #[test]
    fn secret_columns_of_users_go_in_every_form_they_come_in() {
        for body in [
            r#"{"user_password":"s3cr3t-1","confirm_password":"s3cr3t-2","accesskey":"s3cr3t-3"}"#,
            r#"{"blocks":[{"fields":[{"name":"accesskey","value":"s3cr3t-1","label":"Key"}]}]}"#,
            r#"{"fields":[{"name":"user_password","value":{"value":"s3cr3t-1","label":"s3cr3t-1"}}]}"#,
            "<br />\n<b>Notice</b>: x<br />\n{\"accesskey\":\"s3cr3t-1\",\"_session\":\"s3cr3t-2\"}",
        ] {
            let shown = json_text(body.as_bytes(), 10_000);
            assert!(!shown.contains("s3cr3t"), "{shown}");
        }
        for input in [
            "operation=login&username=admin&accessKey=s3cr3t-1",
            "_operation=saveRecord&_session=s3cr3t-1&values%5Buser_password%5D=s3cr3t-2",
            "element=%7B%22user_password%22%3A%22s3cr3t-1%22%7D&sessionName=s3cr3t-2",
            "values=%7B%22confirm_password%22%3A%22s3cr3t-1%22%2C%22lastname",
            "PHPSESSID=s3cr3t-1&username=admin",
        ] {
            let shown = form(input);
            assert!(!shown.contains("s3cr3t"), "{shown}");
            assert!(!shown.is_empty());
        }
    }

    #[test]
    fn what_a_refusal_repeats_of_a_request_goes() {
        let mut node = json!({"success": false, "params": {"note": "x"}, "record": {"a": 1}});
        value(&mut node);
        assert_eq!(
            node,
            json!({"success": false, "params": REDACTED, "record": REDACTED})
        );
        let mut kept = json!({"method": "get", "params": {"note": "x"}, "record": {"a": 1}});
        let before = kept.clone();
        value(&mut kept);
        assert_eq!(kept, before);
    }

    #[test]
    fn cut_json_is_valid_json() {
        let big = json!({"rows": (0..1000).map(|n| json!({"id": n, "t": "é".repeat(300)})).collect::<Vec<_>>()});
        for limit in [30, 100, 1_000, 10_000, 100_000] {
            let cut = json_text(big.to_string().as_bytes(), limit);
            assert!(cut.len() <= limit.max(40), "{limit}: {}", cut.len());
            serde_json::from_str::<Value>(&cut).unwrap();
        }
    }

    #[test]
    fn broken_json_is_shown_as_redacted_text() {
        let shown = json_text(br#"{"password":"hunter2","#, 200);
        assert!(!shown.contains("hunter2"), "{shown}");
        serde_json::from_str::<Value>(&shown).unwrap();
    }

    #[test]
    fn binary_bodies_show_their_size_only() {
        let headers = http::HeaderMap::new();
        assert_eq!(body(&headers, &[0xff, 0xfe, 0x00], 100), "[3 bytes]");
    }
}
