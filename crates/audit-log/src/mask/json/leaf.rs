//! Texts and numbers in JSON.

use super::{SLACK, Stop, Walk, masked};
use crate::mask::escape::{push_escaped, unescape};
use crate::mask::field::{self, Place, Verdict};
use crate::mask::keys::Key;
use crate::mask::{push_mask, shape};

impl<'a> Walk<'a, '_, '_> {
    /// Reads a text; gives what stands between its quotes, and whether the
    /// second one was there.
    pub(super) fn raw_string(&mut self) -> Option<(&'a str, bool)> {
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

    pub(super) fn string(&mut self, place: Place) -> Result<(), Stop> {
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

    pub(super) fn number(&mut self, place: Place) -> Result<(), Stop> {
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
