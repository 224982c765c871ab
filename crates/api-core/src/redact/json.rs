//! JSON, redacted as it is read.
//!
//! The text is read once and written once, without a tree in between: whoever keeps all exchanges
//! pays for this with each of them.

use std::borrow::Cow;

use super::{REDACTED, is_secret_key, text};

/// Nested deeper, it is not taken for JSON.
const DEPTH: usize = 127;

/// JSON in a text in JSON: so often it is looked into.
const LEVELS: usize = 4;

/// Names that are remembered.
const NAMES: usize = 64;

/// Redacts JSON and leaves its order and its numbers as they are, without the space between them.
/// `None` for what is no JSON.
pub(super) fn redacted(json: &str) -> Option<String> {
    redacted_at(json, 0).map(|(shown, _)| shown)
}

/// Redacts a text within JSON, which may be JSON itself.
pub(super) fn without_secrets(content: &str) -> Cow<'_, str> {
    without_secrets_at(content, 0)
}

fn without_secrets_at(content: &str, level: usize) -> Cow<'_, str> {
    if content.starts_with(['{', '['])
        && level < LEVELS
        && let Some((shown, true)) = redacted_at(content, level + 1)
    {
        return Cow::Owned(shown);
    }
    text::without_secrets(content)
}

/// Redacts JSON, and says whether anything was taken out.
fn redacted_at(json: &str, level: usize) -> Option<(String, bool)> {
    let mut walk = Walk {
        text: json,
        bytes: json.as_bytes(),
        at: 0,
        out: String::with_capacity(json.len()),
        names: [None; NAMES],
        level,
        changed: false,
    };
    walk.value(0)?;
    walk.space();
    (walk.at == json.len()).then_some((walk.out, walk.changed))
}

struct Walk<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    out: String,
    /// Names that were looked up, and whether they are of secrets: bodies repeat theirs.
    names: [Option<(&'a str, bool)>; NAMES],
    /// In how many texts this stands.
    level: usize,
    /// Whether anything was taken out.
    changed: bool,
}

/// What is known of an object when its end is reached.
#[derive(Default)]
struct Members {
    filled: bool,
    /// `{"name": "password", "value": "x"}` has one that names a secret.
    names_secret: bool,
    /// Where in the output the values are that such a name is about.
    values: Vec<(usize, usize)>,
    /// Whether something says how a request went, and that it went well.
    says: bool,
    succeeded: Option<bool>,
    /// Where in the output a request may be repeated.
    echoes: Vec<(usize, usize)>,
}

impl<'a> Walk<'a> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    /// Reads what stands here and writes it as it is.
    fn pass(&mut self, sign: u8) -> Option<()> {
        self.space();
        (self.byte()? == sign).then(|| {
            self.at += 1;
            self.out.push(char::from(sign));
        })
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        self.space();
        match self.byte()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => {
                let raw = self.raw()?;
                let content = decoded(raw)?;
                let shown = without_secrets_at(&content, self.level);
                self.changed |= matches!(shown, Cow::Owned(_));
                match (&content, &shown) {
                    (Cow::Borrowed(_), Cow::Borrowed(_)) => self.push_quoted(raw),
                    _ => self.push_text(&shown),
                }
                Some(())
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        rest.starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            self.out.push_str(word);
        })
    }

    fn number(&mut self) -> Option<()> {
        let from = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        self.out.push_str(self.text.get(from..self.at)?);
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    /// Reads a text; gives what stands between its quotes.
    fn raw(&mut self) -> Option<&'a str> {
        if self.byte()? != b'"' {
            return None;
        }
        let from = self.at + 1;
        let mut at = from;
        loop {
            let rest = self.bytes.get(at..)?;
            at += rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
            match self.bytes.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => return None,
            }
        }
        self.at = at + 1;
        self.text.get(from..at)
    }

    /// Writes what stood between quotes.
    fn push_quoted(&mut self, raw: &str) {
        self.out.push('"');
        self.out.push_str(raw);
        self.out.push('"');
    }

    fn push_text(&mut self, content: &str) {
        // A text alone: this cannot fail.
        if let Ok(quoted) = serde_json::to_string(content) {
            self.out.push_str(&quoted);
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        if depth >= DEPTH {
            return None;
        }
        self.pass(b'[')?;
        let mut filled = false;
        loop {
            self.space();
            if self.byte()? == b']' {
                return self.pass(b']');
            }
            if filled {
                self.pass(b',')?;
            }
            filled = true;
            self.value(depth + 1)?;
            self.space();
            if !matches!(self.byte()?, b',' | b']') {
                return None;
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        if depth >= DEPTH {
            return None;
        }
        self.pass(b'{')?;
        let mut members = Members::default();
        loop {
            self.space();
            if self.byte()? == b'}' {
                break;
            }
            if members.filled {
                self.pass(b',')?;
            }
            members.filled = true;
            self.member(depth, &mut members)?;
            self.space();
            if !matches!(self.byte()?, b',' | b'}') {
                return None;
            }
        }
        self.take_out(members);
        self.pass(b'}')
    }

    fn member(&mut self, depth: usize, members: &mut Members) -> Option<()> {
        self.space();
        let raw = self.raw()?;
        let name = decoded(raw)?;
        let secret = match &name {
            Cow::Borrowed(name) => {
                self.push_quoted(raw);
                self.is_secret(name)
            }
            Cow::Owned(name) => {
                self.push_text(name);
                is_secret_key(name)
            }
        };
        self.pass(b':')?;
        self.space();
        let (from, read_from) = (self.out.len(), self.at);
        self.value(depth + 1)?;
        if secret {
            self.redact(from, self.out.len());
        }
        let read = self.text.get(read_from..self.at)?;
        let span = (from, self.out.len());
        match &*name {
            "name" | "key" | "field" | "header" => {
                let called = read
                    .strip_prefix('"')
                    .and_then(|rest| rest.strip_suffix('"'));
                let called = called.and_then(decoded);
                members.names_secret |= called.is_some_and(|called| is_secret_key(&called));
            }
            "value" | "content" | "val" => members.values.push(span),
            "success" => {
                members.says = true;
                let all = members.succeeded.unwrap_or(true);
                members.succeeded = Some(all && read == "true");
            }
            "message" | "error" | "errors" => members.says = true,
            "params" | "record" if read.starts_with(['{', '[']) => members.echoes.push(span),
            _ => {}
        }
        Some(())
    }

    /// Takes out what the other members of an object say is secret.
    fn take_out(&mut self, members: Members) {
        let mut spans = Vec::new();
        if members.names_secret {
            spans.extend(members.values);
        }
        // Refusals of some systems repeat all that was sent beside the reason.
        if members.says && members.succeeded != Some(true) {
            spans.extend(members.echoes);
        }
        spans.sort_unstable();
        let Some((first, _)) = spans.first().copied() else {
            return;
        };
        // All in one go: an answer may have any number of them.
        let written = self.out.split_off(first);
        let mut copied = 0;
        for (start, end) in spans {
            let (start, end) = (start - first, end - first);
            self.copy(&written, copied, start);
            let from = self.out.len();
            self.copy(&written, start, end);
            self.redact(from, self.out.len());
            copied = end;
        }
        self.copy(&written, copied, written.len());
    }

    fn copy(&mut self, written: &str, from: usize, to: usize) {
        self.out.push_str(written.get(from..to).unwrap_or_default());
    }

    /// Redacts what was written here, unless it says nothing.
    fn redact(&mut self, from: usize, to: usize) {
        if let Some(written) = self.out.get(from..to)
            && !matches!(written, "null" | "true" | "false")
        {
            self.changed = true;
            self.out.replace_range(from..to, &format!("\"{REDACTED}\""));
        }
    }

    fn is_secret(&mut self, name: &'a str) -> bool {
        let bytes = name.as_bytes();
        let end = |byte: Option<&u8>| usize::from(byte.copied().unwrap_or_default());
        let mixed =
            end(bytes.first()) * 7 + end(bytes.last()) * 31 + end(bytes.get(bytes.len() / 2));
        let Some(place) = self.names.get_mut((mixed + bytes.len() * 5) % NAMES) else {
            return is_secret_key(name);
        };
        match place {
            Some((known, secret)) if *known == name => *secret,
            _ => {
                let secret = is_secret_key(name);
                *place = Some((name, secret));
                secret
            }
        }
    }
}

/// What stands between quotes, as a text; `None` when it makes no sense.
fn decoded(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('\\') {
        return Some(Cow::Borrowed(raw));
    }
    serde_json::from_str::<String>(&format!("\"{raw}\""))
        .ok()
        .map(Cow::Owned)
}

#[cfg(test)]
mod tests;
