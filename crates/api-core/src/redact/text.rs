//! Secrets in running text.

use std::borrow::Cow;

use super::{REDACTED, cap_chars, is_secret_key, one_line};

/// Takes credentials out of free text.
///
/// Covers `Bearer x` and `Basic x`, JSON web tokens, `password=x`,
/// `"api_key": "x"` (also inside an escaped string) and the user part of
/// URLs.
///
/// ```
/// use api_core::redact;
///
/// assert_eq!(
///     redact::text("login with password=hunter2 failed"),
///     "login with password=[redacted] failed"
/// );
/// ```
#[must_use]
pub fn text(input: &str) -> String {
    without_secrets(input).into_owned()
}

/// Takes credentials out of free text as [`text`] does, and copies it only
/// when there are any.
#[must_use]
pub fn without_secrets(input: &str) -> Cow<'_, str> {
    if may_hold_one(input.as_bytes()) {
        Scanner::new(input).run()
    } else {
        Cow::Borrowed(input)
    }
}

/// Tells whether a text has any sign of a credential: what assigns a value,
/// the address of a user, the beginning of a token or of a login.
fn may_hold_one(bytes: &[u8]) -> bool {
    let stands = |at: usize, word: &[u8]| {
        let found = bytes.get(at..at.saturating_add(word.len()));
        found.is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'=' | b':' | b'%' | b'&' => true,
        b'u' | b'U' => stands(at, b"u003d"),
        b'b' | b'B' => stands(at, b"bearer") || stands(at, b"basic"),
        b'e' => stands(at, b"eyj"),
        _ => false,
    })
}

/// Returns the redacted beginning of a body on one line.
#[must_use]
pub fn excerpt(input: &str, limit: usize) -> String {
    // Cut with a margin first, so that a huge body costs nothing. A secret
    // that straddles this cut is cut off anyway by the second one.
    let margin = cap_chars(input, limit.saturating_mul(8).max(4_096));
    cap_chars(&one_line(&text(&margin)), limit)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

/// Bytes a token after `Bearer` or an unquoted value is made of.
fn is_value(byte: u8) -> bool {
    !byte.is_ascii_whitespace()
        && !matches!(
            byte,
            b'&' | b',' | b';' | b'"' | b'\'' | b'<' | b'>' | b'(' | b')' | b'{' | b'}' | b'\\'
        )
}

/// `=` as addresses, JSON (behind the backslash) and pages write it at times.
const EQUALS: &[&str] = &["%3D", "u003D", "&#61;", "&#x3D;", "&equals;"];

fn is_token_text(word: &str) -> bool {
    word.len() >= 16 && word.find("eyJ").is_some_and(|at| word.len() - at >= 16)
}

struct Scanner<'a> {
    input: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Everything before this position is in `out`, once something was replaced.
    copied: usize,
    replaced: bool,
    out: String,
}

impl<'a> Scanner<'a> {
    fn new(input: &'a str) -> Self {
        Self {
            input,
            bytes: input.as_bytes(),
            at: 0,
            copied: 0,
            replaced: false,
            out: String::new(),
        }
    }

    fn run(mut self) -> Cow<'a, str> {
        while self.at < self.bytes.len() {
            if is_word(self.bytes[self.at]) {
                self.word();
            } else if self.input[self.at..].starts_with("://") {
                self.at += 3;
                self.user_info();
            } else {
                self.at += char_len(self.input, self.at);
            }
        }
        if !self.replaced {
            return Cow::Borrowed(self.input);
        }
        self.out.push_str(&self.input[self.copied..]);
        Cow::Owned(self.out)
    }

    /// Replaces `from..to` and goes on after it.
    fn replace(&mut self, from: usize, to: usize) {
        self.out.push_str(&self.input[self.copied..from]);
        self.out.push_str(REDACTED);
        self.replaced = true;
        self.copied = to;
        self.at = to;
    }

    fn end_of(&self, from: usize, accept: impl Fn(u8) -> bool) -> usize {
        self.bytes[from..]
            .iter()
            .position(|byte| !accept(*byte))
            .map_or(self.bytes.len(), |length| from + length)
    }

    fn word(&mut self) {
        let start = self.at;
        let end = self.end_of(start, is_word);
        let word = &self.input[start..end];
        self.at = end;
        if is_token_text(word) {
            let end = self.end_of(start, is_value);
            self.replace(start, end);
        } else if let Some(value) = self.assigned(end)
            && is_secret_key(word)
            && self.secret_value(value)
        {
            // The value is gone.
        } else {
            self.scheme(word, end);
        }
    }

    /// Finds where a value begins when one follows the key with `=` or `:`.
    fn assigned(&self, key_end: usize) -> Option<usize> {
        let mut at = self.end_of(key_end, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b']'));
        at = self.end_of(at, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        match self.bytes.get(at) {
            Some(b'=' | b':') => at += 1,
            _ => match EQUALS.iter().find(|sign| self.stands(at, sign)) {
                Some(sign) => at += sign.len(),
                None => return None,
            },
        }
        // `=>` and `==` are assignments too.
        Some(self.end_of(at, |byte| {
            matches!(byte, b'=' | b'>' | b' ' | b'\t' | b'\n' | b'\r')
        }))
    }

    /// Replaces the value that begins here; tells whether there is one.
    fn secret_value(&mut self, at: usize) -> bool {
        let escapes = self.end_of(at, |byte| byte == b'\\') - at;
        let quote_at = at + escapes;
        if let Some(quote @ (b'"' | b'\'')) = self.bytes.get(quote_at).copied() {
            let from = quote_at + 1;
            let to = self.closing(from, quote, escapes);
            self.replace(from, to);
            return true;
        }
        if let Some(b'{' | b'[') = self.bytes.get(at) {
            self.replace(at, self.matching(at));
            return true;
        }
        let mut to = self.end_of(at, is_value);
        if is_scheme(&self.input[at..to]) {
            let next = self.end_of(to, |byte| matches!(byte, b' ' | b'\t'));
            to = self.end_of(next, is_value);
        }
        if to == at {
            return false;
        }
        self.replace(at, to);
        true
    }

    /// Whether a text stands at a place, whatever the case of its letters.
    fn stands(&self, at: usize, text: &str) -> bool {
        let found = self.bytes.get(at..at.saturating_add(text.len()));
        found.is_some_and(|found| found.eq_ignore_ascii_case(text.as_bytes()))
    }

    /// Finds the quote that closes a text opened with as many escapes.
    fn closing(&self, from: usize, quote: u8, escapes: usize) -> usize {
        let mut run = 0;
        for (at, byte) in self.bytes.iter().enumerate().skip(from) {
            if *byte == b'\\' {
                run += 1;
            } else {
                if *byte == quote && run == escapes {
                    return at - escapes;
                }
                run = 0;
            }
        }
        self.bytes.len()
    }

    /// Finds the end of the list or object that begins at `from`; the end of
    /// the text when it is cut off.
    fn matching(&self, from: usize) -> usize {
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        for (at, byte) in self.bytes.iter().enumerate().skip(from) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
        }
        self.bytes.len()
    }

    /// Replaces what follows `Bearer` or `Basic`.
    fn scheme(&mut self, word: &str, end: usize) {
        let bearer = word.eq_ignore_ascii_case("bearer");
        if !bearer && !word.eq_ignore_ascii_case("basic") {
            return;
        }
        let mut from = self.end_of(end, |byte| matches!(byte, b' ' | b'\t' | b'+' | b':'));
        if self.input[from..].starts_with("%20") {
            from += 3;
        }
        let to = self.end_of(from, is_value);
        if from == end || from == to {
            return;
        }
        let credential = &self.input[from..to];
        let secret = if bearer {
            !PLAIN_AFTER_BEARER.contains(
                &credential
                    .trim_end_matches(['.', ':'])
                    .to_ascii_lowercase()
                    .as_str(),
            ) && !credential.starts_with("realm=")
        } else {
            credential.len() >= 8
                && credential
                    .bytes()
                    .any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || byte == b'=')
                && !credential.starts_with("realm=")
        };
        if secret {
            self.replace(from, to);
        }
    }

    fn user_info(&mut self) {
        let end = self.end_of(self.at, |byte| {
            !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'<' | b'>')
        });
        if let Some(length) = self.input[self.at..end].rfind('@') {
            let at = self.at;
            self.replace(at, at + length);
        }
    }
}

const PLAIN_AFTER_BEARER: &[&str] = &[
    "token",
    "tokens",
    "auth",
    "authentication",
    "authorization",
    "scheme",
    "error",
    "is",
    "was",
    "not",
    "missing",
    REDACTED,
];

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "token", "digest", "apikey"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
}

fn char_len(input: &str, at: usize) -> usize {
    input[at..].chars().next().map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_and_the_rest_stays() {
        let cases = [
            (
                "Authorization: Bearer abc.def-1",
                "Authorization: [redacted]",
            ),
            ("sent Bearer abc123 to x", "sent Bearer [redacted] to x"),
            ("a Bearer token is missing", "a Bearer token is missing"),
            ("Basic dXNlcjpwYXNz", "Basic [redacted]"),
            ("Basic authentication", "Basic authentication"),
            (
                "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln back",
                "got [redacted] back",
            ),
            (
                r#"{"password":"a b\"c","x":1}"#,
                r#"{"password":"[redacted]","x":1}"#,
            ),
            (
                r#"{"in":"{\"api_key\":\"s p\",\"x\":1}"}"#,
                r#"{"in":"{\"api_key\":\"[redacted]\",\"x\":1}"}"#,
            ),
            ("user[pass]=x&page=1", "user[pass]=[redacted]&page=1"),
            ("'secret' => 'abc',", "'secret' => '[redacted]',"),
            ("https://u:p@h/x", "https://[redacted]@h/x"),
            ("Prénom: Zoë, token: é", "Prénom: Zoë, token: [redacted]"),
            ("The token expired.", "The token expired."),
            (
                r#"{"token":{"deep":["a}",1]},"x":1}"#,
                r#"{"token":[redacted],"x":1}"#,
            ),
            (r#"{"token":[{"deep":"abc"#, r#"{"token":[redacted]"#),
            ("token=[redacted] x", "token=[redacted] x"),
            ("a?to=%3Fapi_key%3dabc", "a?to=%3Fapi_key%3d[redacted]"),
            ("a?to=%3Fapi_key%3Dabc", "a?to=%3Fapi_key%3D[redacted]"),
            (r#""x?api_key\u003dabc""#, r#""x?api_key\u003d[redacted]""#),
            ("x?api_key&#61;abc", "x?api_key&#61;[redacted]"),
            ("", ""),
        ];
        for (input, expected) in cases {
            assert_eq!(text(input), expected, "{input}");
        }
    }

    #[test]
    fn an_excerpt_is_short_and_on_one_line() {
        let long = format!("<html>\n<p>{}</p>", "x ".repeat(100_000));
        let short = excerpt(&long, 200);
        assert_eq!(short.chars().count(), 200);
        assert!(short.starts_with("<html> <p>x x"));
    }
}
