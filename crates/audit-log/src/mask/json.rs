//! JSON bodies, masked and cut in one pass.
//!
//! The text is read once and written once, without a tree in between: what
//! has been written when the room is used up is closed and stays valid JSON.

mod leaf;

use super::escape::unescape;
use super::field::Place;
use super::keys::Key;
use super::{Masker, push_mask};

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
        let mut values = Vec::new();
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
            if holds && !names_secret {
                values.push((from, self.out.len()));
            }
            if names && !names_secret && self.is_secret_name(read_from) {
                names_secret = true;
                self.take_out(&values);
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

    /// Whether what was read from here is a text that names a secret.
    fn is_secret_name(&self, from: usize) -> bool {
        let read = self.text.get(from..self.at).map(str::trim);
        let quoted = read.and_then(|read| read.strip_prefix('"'));
        let Some(raw) = quoted.and_then(|read| read.strip_suffix('"')) else {
            return false;
        };
        if !raw.contains('\\') {
            return api_core::redact::is_secret_key(raw);
        }
        let mut name = String::new();
        unescape(raw, &mut name);
        api_core::redact::is_secret_key(&name)
    }

    /// Redacts what was written in these places, of which each begins behind the one before.
    fn take_out(&mut self, places: &[(usize, usize)]) {
        let Some((first, _)) = places.first().copied() else {
            return;
        };
        let written = self.out.split_off(first);
        let part = |from: usize, to: usize| written.get(from - first..to - first);
        let mut kept = first;
        // Where what follows a place was, and where it is.
        let mut moved = Vec::with_capacity(places.len());
        for (from, to) in places.iter().copied() {
            self.out.push_str(part(kept, from).unwrap_or_default());
            self.out.push_str("\"[redacted]\"");
            moved.push((to, self.out.len()));
            kept = to;
        }
        let end = first + written.len();
        self.out.push_str(part(kept, end).unwrap_or_default());
        self.spans.retain_mut(|span| {
            let before = places.partition_point(|(_, to)| *to <= span.0);
            if places.get(before).is_some_and(|(from, _)| *from < span.1) {
                return false;
            }
            let last = before.checked_sub(1).and_then(|last| moved.get(last));
            if let Some((was, is)) = last {
                *span = (span.0 - was + is, span.1 - was + is);
            }
            true
        });
    }
}
