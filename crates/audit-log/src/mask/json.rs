//! JSON bodies, masked and cut in one pass.
//!
//! The text is read once and written once, without a tree in between: what
//! has been written when the room is used up is closed and stays valid JSON.

use super::escape::{push_escaped, unescape};
use super::field::{self, Place, Verdict};
use super::keys::Key;
use super::{Masker, push_mask, shape};

/// Nested deeper, a value is masked as a whole.
const DEPTH: usize = 60;

/// What one value may have beyond the room.
const SLACK: usize = 128;

/// What stands where something is missing.
pub(crate) const TRUNCATED: &str = "__truncated__";

/// Why reading ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// There is no more room.
    Full,
    /// This is not JSON any more.
    Broken,
}

/// A body on its way into the log.
struct Walk<'a, 'm, 'o> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    out: String,
    /// Bytes that `out` may have before it is closed.
    room: usize,
    /// Where in `out` sentences of the remote stand.
    spans: Vec<(usize, usize)>,
    masker: &'m mut Masker<'o>,
    /// Whether it is said already that something is missing.
    said: bool,
    scratch: String,
}

/// Masks JSON and cuts it to about `room` bytes of valid JSON.
pub(super) fn masked(text: &str, room: usize, place: Place, masker: &mut Masker<'_>) -> Masked {
    let mut walk = Walk {
        text,
        bytes: text.as_bytes(),
        at: 0,
        out: String::with_capacity(text.len().min(room) + 64),
        room,
        spans: Vec::new(),
        masker,
        said: false,
        scratch: String::new(),
    };
    let whole = walk.value(place).is_ok();
    walk.space();
    let rest = walk.bytes.len().saturating_sub(walk.at);
    let said = walk.said;
    let (mut out, spans) = (walk.out, walk.spans);
    if whole && rest > 0 && !said && out.ends_with(['}', ']']) && out.len() > 2 {
        // Something follows the JSON.
        let close = out.pop().unwrap_or('}');
        let filled = !out.ends_with(['{', '[']);
        push_missing(&mut out, close == '}', filled, rest);
        out.push(close);
    }
    Masked { text: out, spans }
}

/// A masked body.
pub(super) struct Masked {
    pub(super) text: String,
    /// Where sentences of the remote stand, as JSON texts without quotes.
    pub(super) spans: Vec<(usize, usize)>,
}

/// Says within a list or an object how many bytes are missing.
fn push_missing(out: &mut String, object: bool, filled: bool, bytes: usize) {
    if filled {
        out.push(',');
    }
    let (open, close) = if object { ("", "") } else { ("{", "}") };
    out.push_str(&format!("{open}\"{TRUNCATED}\":\"{bytes} bytes\"{close}"));
}

impl<'a> Walk<'a, '_, '_> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn full(&self) -> bool {
        self.out.len() >= self.room
    }

    /// Reads one value and writes one, whatever happens.
    fn value(&mut self, place: Place) -> Result<(), Stop> {
        self.space();
        match self.byte() {
            Some(b'{' | b'[') if place.key == Key::Secret || place.depth >= DEPTH => {
                let from = self.at;
                let whole = self.skip();
                let mark = if place.key == Key::Secret {
                    "\"[redacted]\"".to_owned()
                } else {
                    format!("\"[masked {}]\"", self.at - from)
                };
                self.out.push_str(&mark);
                if whole { Ok(()) } else { Err(Stop::Broken) }
            }
            Some(b'{') => self.object(place),
            Some(b'[') => self.array(place),
            Some(b'"') => self.string(place),
            Some(b'-' | b'0'..=b'9') => self.number(place),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => {
                self.out.push_str("null");
                Err(Stop::Broken)
            }
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            self.out.push_str(word);
            Ok(())
        } else {
            self.out.push_str("null");
            Err(Stop::Broken)
        }
    }

    /// Passes a list or an object; tells whether it ends.
    fn skip(&mut self) -> bool {
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        while let Some(byte) = self.byte() {
            self.at += 1;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// Ends a list or an object that is not read to its end.
    fn stopped(&mut self, object: bool, filled: bool, stop: Stop) -> Result<(), Stop> {
        if !self.said {
            self.said = true;
            let missing = self.bytes.len().saturating_sub(self.at);
            push_missing(&mut self.out, object, filled, missing);
        }
        self.out.push(if object { '}' } else { ']' });
        Err(stop)
    }

    fn array(&mut self, place: Place) -> Result<(), Stop> {
        self.at += 1;
        self.out.push('[');
        let mut filled = false;
        loop {
            self.space();
            match self.byte() {
                Some(b']') => {
                    self.at += 1;
                    self.out.push(']');
                    return Ok(());
                }
                Some(b',') if filled => self.at += 1,
                Some(_) if !filled => {}
                _ => return self.stopped(false, filled, Stop::Broken),
            }
            if self.full() {
                return self.stopped(false, filled, Stop::Full);
            }
            if filled {
                self.out.push(',');
            }
            filled = true;
            if let Err(stop) = self.value(place.item()) {
                return self.stopped(false, true, stop);
            }
        }
    }

    fn object(&mut self, place: Place) -> Result<(), Stop> {
        self.at += 1;
        self.out.push('{');
        let mut filled = false;
        // Of `{"name": "password", "value": "x"}` the value is the secret.
        let mut names_secret = false;
        let mut value_at = None;
        loop {
            self.space();
            match self.byte() {
                Some(b'}') => {
                    self.at += 1;
                    self.out.push('}');
                    return Ok(());
                }
                Some(b',') if filled => self.at += 1,
                Some(_) if !filled => {}
                _ => return self.stopped(true, filled, Stop::Broken),
            }
            if self.full() {
                return self.stopped(true, filled, Stop::Full);
            }
            self.space();
            let Some((raw, true)) = self.raw_string() else {
                return self.stopped(true, filled, Stop::Broken);
            };
            let key = self.key(raw, filled);
            filled = true;
            self.space();
            if self.byte() != Some(b':') {
                self.out.push_str("null");
                return self.stopped(true, true, Stop::Broken);
            }
            self.at += 1;
            let holds = matches!(raw, "value" | "val" | "content");
            let names = matches!(raw, "name" | "key" | "field" | "header");
            let key = if holds && names_secret {
                Key::Secret
            } else {
                key
            };
            let (from, read_from) = (self.out.len(), self.at);
            let result = self.value(place.under(key));
            if holds {
                value_at = Some((from, self.out.len()));
            }
            if names && self.is_secret_name(read_from) {
                names_secret = true;
                if let Some((from, to)) = value_at {
                    self.take_out(from, to);
                }
            }
            if let Err(stop) = result {
                return self.stopped(true, true, stop);
            }
        }
    }

    /// Writes a name; says what it means.
    fn key(&mut self, raw: &str, filled: bool) -> Key {
        if filled {
            self.out.push(',');
        }
        self.out.push('"');
        let key = if raw.contains('\\') {
            self.scratch.clear();
            unescape(raw, &mut self.scratch);
            self.masker.key(&self.scratch)
        } else {
            self.masker.key(raw)
        };
        if key.1 {
            self.out.push_str(raw);
        } else {
            push_mask(&mut self.out, raw.chars().count());
        }
        self.out.push_str("\":");
        key.0
    }

    /// Whether the text that was read from here names a secret.
    fn is_secret_name(&self, from: usize) -> bool {
        self.text
            .get(from..self.at)
            .map(|read| read.trim().trim_matches('"'))
            .is_some_and(api_core::redact::is_secret_key)
    }

    /// Redacts what was written here before.
    fn take_out(&mut self, from: usize, to: usize) {
        let mark = "\"[redacted]\"";
        self.out.replace_range(from..to, mark);
        self.spans.retain(|span| span.1 <= from || span.0 >= to);
        for span in &mut self.spans {
            if span.0 >= to {
                span.0 = span.0 - to + from + mark.len();
                span.1 = span.1 - to + from + mark.len();
            }
        }
    }

    /// Reads a text; gives what stands between its quotes, and whether the
    /// second one was there.
    fn raw_string(&mut self) -> Option<(&'a str, bool)> {
        if self.byte() != Some(b'"') {
            return None;
        }
        let from = self.at + 1;
        let mut at = from;
        loop {
            let rest = self.bytes.get(at..)?;
            let Some(next) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
                self.at = self.bytes.len();
                return Some((self.text.get(from..)?, false));
            };
            at += next;
            if self.bytes.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Some((self.text.get(from..at)?, true));
            }
            // The sign after a backslash is one of ASCII, or cut off.
            at = (at + 2).min(self.bytes.len());
        }
    }

    fn string(&mut self, place: Place) -> Result<(), Stop> {
        let Some((raw, closed)) = self.raw_string() else {
            self.at = self.bytes.len();
            self.out.push_str("null");
            return Err(Stop::Broken);
        };
        let plain = !raw.bytes().any(|byte| byte == b'\\' || byte < 0x20);
        let mut scratch = std::mem::take(&mut self.scratch);
        let content = if plain {
            raw
        } else {
            scratch.clear();
            unescape(raw, &mut scratch);
            &scratch
        };
        self.out.push('"');
        self.content(content, plain, place);
        self.out.push('"');
        self.scratch = scratch;
        if closed { Ok(()) } else { Err(Stop::Broken) }
    }

    /// Writes what is left of a text.
    fn content(&mut self, content: &str, plain: bool, place: Place) {
        let from = self.out.len();
        match field::verdict(content, place, self.masker) {
            Verdict::Keep if plain => self.out.push_str(content),
            Verdict::Keep => push_escaped(&mut self.out, content),
            Verdict::Mask => push_mask(&mut self.out, content.chars().count()),
            Verdict::Redact => self.out.push_str(api_core::redact::REDACTED),
            Verdict::Other(other) => push_escaped(&mut self.out, &other),
            Verdict::Sentence(sentence) => {
                push_escaped(&mut self.out, &sentence);
                self.spans.push((from, self.out.len()));
            }
            Verdict::Nested => {
                let room = self.room.saturating_sub(self.out.len());
                let inner = masked(content, room, place.nested(), self.masker);
                push_escaped(&mut self.out, &inner.text);
            }
        }
        // What does not fit goes as a whole.
        if self.out.len() > self.room + SLACK {
            self.out.truncate(from);
            self.spans.retain(|span| span.1 <= from);
            push_mask(&mut self.out, content.chars().count());
        }
    }

    fn number(&mut self, place: Place) -> Result<(), Stop> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest
            .bytes()
            .position(|byte| {
                !(byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E'))
            })
            .unwrap_or(rest.len());
        let token = rest.get(..end).unwrap_or_default();
        self.at += end;
        if !is_json_number(token) {
            self.out.push_str("null");
            return Err(Stop::Broken);
        }
        match place.key {
            Key::Secret => self.out.push_str("\"[redacted]\""),
            _ if self.masker.keeps() => self.out.push_str(token),
            Key::Personal => {
                self.masker.seen.add(token, true);
                self.out.push('"');
                push_mask(&mut self.out, token.len());
                self.out.push('"');
            }
            Key::Plain
            | Key::Echo
            | Key::Field
            | Key::Word
            | Key::Token
            | Key::Country
            | Key::Error
                if is_person_number(token) =>
            {
                self.masker.seen.add(token, true);
                self.out.push('"');
                push_mask(&mut self.out, token.len());
                self.out.push('"');
            }
            _ => self.out.push_str(token),
        }
        Ok(())
    }
}

/// A citizen service number, or a Dutch telephone without its sign.
fn is_person_number(token: &str) -> bool {
    shape::is_bsn(token.as_bytes()) || (token.len() == 11 && token.starts_with("31"))
}

fn is_json_number(token: &str) -> bool {
    let token = token.strip_prefix('-').unwrap_or(token);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match token.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (token, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}
