//! Texts as JSON writes them.

/// Writes a text as it stands between the quotes of JSON.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(text.get(copied..at).unwrap_or_default());
        copied = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            other => out.push_str(&format!("\\u{other:04x}")),
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
}

/// Reads what stands between the quotes of JSON; what makes no sense, as at
/// the end of a cut text, becomes `�`.
pub(super) fn unescape(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = escape.chars();
        chars.next();
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let (found, left) = code_point(chars.as_str());
                out.push(found);
                rest = left;
                continue;
            }
            Some(c @ ('"' | '\\' | '/')) => out.push(c),
            Some(_) | None => out.push(char::REPLACEMENT_CHARACTER),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Reads the digits after `\u`, and the second half of a pair.
fn code_point(text: &str) -> (char, &str) {
    let unit = |text: &str| {
        let digits = text.get(..4)?;
        u32::from_str_radix(digits, 16)
            .ok()
            .filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let after = |text: &str, length: usize| text.len().min(length);
    let Some(high) = unit(text) else {
        return (char::REPLACEMENT_CHARACTER, text);
    };
    let rest = text.split_at(after(text, 4)).1;
    if let 0xd800..=0xdbff = high
        && let Some(next) = rest.strip_prefix("\\u")
        && let Some(low @ 0xdc00..=0xdfff) = unit(next)
    {
        let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        let found = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        return (found, next.split_at(after(next, 4)).1);
    }
    (
        char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER),
        rest,
    )
}

/// Decodes `%20` and `+` of a form or an address.
pub(super) fn percent_decoded(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return std::borrow::Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digit = |offset: usize| {
            bytes
                .get(at + offset)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        match (byte, digit(1), digit(2)) {
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
    String::from_utf8_lossy(&out).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> String {
        let mut out = String::new();
        unescape(raw, &mut out);
        out
    }

    #[test]
    fn texts_are_read_as_json_writes_them() {
        for text in ["a\"b\\c/d\n\r\t\u{1}é😀", "", "plain"] {
            let mut written = String::new();
            push_escaped(&mut written, text);
            assert_eq!(read(&written), text);
            let json = serde_json::Value::from(text).to_string();
            assert_eq!(
                read(json.trim_matches('"').trim_end()),
                text.trim_matches('"')
            );
        }
        assert_eq!(read(r"\u00e9\ud83d\ude00\/"), "é😀/");
    }

    #[test]
    fn what_is_cut_off_does_no_harm() {
        for raw in [
            r"a\",
            r"a\u",
            r"a\u00",
            r"a\ud83d",
            r"a\ud83d\u",
            r"a\x",
            r"a\ud83d\u0041",
            r"a\u+123",
        ] {
            assert!(read(raw).starts_with("a\u{fffd}"), "{raw}");
        }
    }

    #[test]
    fn forms_are_decoded() {
        assert_eq!(percent_decoded("a%20b+c%C3%A9%4"), "a b cé%4");
    }
}
