//! How a secret is written in JSON, in addresses and forms, and in pages.

use serde_json::Value;

/// Returns how a text may be written elsewhere, without the text itself; of
/// one of letters and digits alone there is no other writing.
pub(super) fn writings(text: &str) -> Vec<String> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    if text.bytes().all(plain) {
        return Vec::new();
    }
    let json = in_json(text);
    let ascii = in_ascii_json(&json);
    let mut upper = String::new();
    for byte in text.bytes() {
        if plain(byte) {
            upper.push(char::from(byte));
        } else {
            upper.push_str(&format!("%{byte:02X}"));
        }
    }
    let lower = lower_hex(&upper);
    let mut all = vec![
        in_json(&json),
        json.replace('/', "\\/"),
        ascii.replace('/', "\\/"),
        ascii,
        json,
        upper.replace("%20", "+"),
        lower.replace("%20", "+"),
        upper,
        lower,
    ];
    for apostrophe in ["&#039;", "&#39;", "&apos;", "'"] {
        all.push(
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', apostrophe),
        );
    }
    all.retain(|written| written != text);
    // Longest first, for one may hold another.
    all.sort_by_key(|written| std::cmp::Reverse(written.len()));
    all.dedup();
    all
}

/// The text as it stands between the quotes of JSON.
fn in_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(text).to_owned()
}

/// JSON as PHP writes it: every letter beyond ASCII as `\u00e4`.
fn in_ascii_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn lower_hex(percent: &str) -> String {
    let mut out = String::with_capacity(percent.len());
    let mut left = 0;
    for c in percent.chars() {
        out.push(if left > 0 { c.to_ascii_lowercase() } else { c });
        left = if c == '%' { 2 } else { left.max(1) - 1 };
    }
    out
}

/// Decodes base64 with the usual letters; `None` for what is none, or no text.
pub(super) fn base64(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_with_and_without_its_end() {
        assert_eq!(base64("dXNlcjpwYXNz").as_deref(), Some("user:pass"));
        assert_eq!(base64("dXNlcjpwYQ==").as_deref(), Some("user:pa"));
        assert_eq!(base64("dXNlcjpwYQ").as_deref(), Some("user:pa"));
        assert_eq!(base64("not base64!"), None);
        assert_eq!(base64("/////w=="), None);
    }

    #[test]
    fn letters_and_digits_have_one_writing() {
        assert!(writings("abcDEF-123_x.y~z").is_empty());
        assert!(writings("a b").contains(&"a+b".to_owned()));
    }
}
