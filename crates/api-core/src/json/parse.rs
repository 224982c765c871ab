//! The reader of JSON text.

use std::borrow::Cow;

use super::{Json, Number};

/// How deeply lists and objects may be nested.
pub const MAX_DEPTH: usize = 64;

/// Why a text is no JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct JsonError {
    what: &'static str,
    at: usize,
    member: Option<Box<str>>,
}

impl JsonError {
    /// Returns the byte at which the text stops being JSON.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Returns which member of the outermost object it stands in.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        self.member.as_deref()
    }

    /// Tells whether the text simply ended too early.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.what == CUT_OFF
    }
}

const CUT_OFF: &str = "the text ends too early";

/// Makes values of one kind out of JSON text, without a detour over another.
///
/// [`Json`] is one such kind; whoever keeps numbers otherwise writes one more.
pub trait Build {
    /// A value.
    type Value;
    /// An object whose members are still being read.
    type Map: Default;

    /// Makes `null`.
    fn null(&self) -> Self::Value;
    /// Makes a truth value.
    fn bool(&self, value: bool) -> Self::Value;
    /// Makes a number from its own text.
    fn number(&self, text: &str) -> Self::Value;
    /// Makes a string.
    fn text(&self, text: Cow<'_, str>) -> Self::Value;
    /// Makes a list.
    fn list(&self, values: Vec<Self::Value>) -> Self::Value;
    /// Adds a member to an object; `depth` is 0 for the outermost.
    fn member(&self, map: &mut Self::Map, depth: usize, name: Cow<'_, str>, value: Self::Value);
    /// Makes an object of its members.
    fn map(&self, members: Self::Map) -> Self::Value;
}

/// Reads one JSON value into values of another kind.
///
/// # Errors
/// As [`Json::parse`].
pub fn build<B: Build>(builder: &B, text: &str) -> Result<B::Value, JsonError> {
    let mut reader = Reader {
        text,
        at: 0,
        builder,
    };
    let value = reader.value(0)?;
    match reader.next_byte() {
        None => Ok(value),
        Some(_) => Err(reader.fault("something follows the value")),
    }
}

/// Builds [`Json`].
pub(super) struct Exact;

impl Build for Exact {
    type Value = Json;
    /// Sorting once is quicker than inserting one by one.
    type Map = Vec<(String, Json)>;

    fn null(&self) -> Json {
        Json::Null
    }

    fn bool(&self, value: bool) -> Json {
        Json::Bool(value)
    }

    fn number(&self, text: &str) -> Json {
        Json::Number(Number(text.into()))
    }

    fn text(&self, text: Cow<'_, str>) -> Json {
        Json::Text(text.into_owned())
    }

    fn list(&self, values: Vec<Json>) -> Json {
        Json::List(values)
    }

    fn member(&self, map: &mut Self::Map, _depth: usize, name: Cow<'_, str>, value: Json) {
        map.push((name.into_owned(), value));
    }

    fn map(&self, members: Self::Map) -> Json {
        // Of members of one name this keeps the last.
        Json::Map(members.into_iter().collect())
    }
}

struct Reader<'a, 'b, B> {
    text: &'a str,
    at: usize,
    builder: &'b B,
}

impl<'a, B: Build> Reader<'a, '_, B> {
    fn fault(&self, what: &'static str) -> JsonError {
        JsonError {
            what,
            at: self.at,
            member: None,
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space, not taken.
    fn next_byte(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Result<B::Value, JsonError> {
        match self.next_byte() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => {
                let text = self.text()?;
                Ok(self.builder.text(text))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true").map(|()| self.builder.bool(true)),
            Some(b'f') => self.word("false").map(|()| self.builder.bool(false)),
            Some(b'n') => self.word("null").map(|()| self.builder.null()),
            Some(_) => Err(self.fault("no value begins like this")),
            None => Err(self.fault(CUT_OFF)),
        }
    }

    /// Takes an opening bracket.
    fn open(&mut self, depth: usize) -> Result<(), JsonError> {
        if depth >= MAX_DEPTH {
            return Err(self.fault("the text is nested too deeply"));
        }
        self.at += 1;
        Ok(())
    }

    /// Takes a comma or the closing bracket; whether more follows.
    fn more(&mut self, close: u8) -> Result<bool, JsonError> {
        let next = self.next_byte();
        if next == Some(b',') || next == Some(close) {
            self.at += 1;
            return Ok(next == Some(b','));
        }
        Err(self.fault(if next.is_none() {
            CUT_OFF
        } else {
            "a comma or a closing bracket is missing"
        }))
    }

    fn list(&mut self, depth: usize) -> Result<B::Value, JsonError> {
        self.open(depth)?;
        let mut list = Vec::new();
        if self.next_byte() == Some(b']') {
            self.at += 1;
            return Ok(self.builder.list(list));
        }
        loop {
            list.push(self.value(depth + 1)?);
            if !self.more(b']')? {
                return Ok(self.builder.list(list));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<B::Value, JsonError> {
        self.open(depth)?;
        let mut map = B::Map::default();
        if self.next_byte() == Some(b'}') {
            self.at += 1;
            return Ok(self.builder.map(map));
        }
        loop {
            match self.next_byte() {
                Some(b'"') => {}
                Some(_) => return Err(self.fault("a member has no name")),
                None => return Err(self.fault(CUT_OFF)),
            }
            let name = self.text()?;
            match self.next_byte() {
                Some(b':') => self.at += 1,
                Some(_) => return Err(self.fault("a colon is missing")),
                None => return Err(self.fault(CUT_OFF)),
            }
            let value = self.value(depth + 1).map_err(|mut fault| {
                if depth == 0 {
                    fault.member = Some(name.as_ref().into());
                }
                fault
            })?;
            self.builder.member(&mut map, depth, name, value);
            if !self.more(b'}')? {
                return Ok(self.builder.map(map));
            }
        }
    }

    fn word(&mut self, word: &'static str) -> Result<(), JsonError> {
        let rest = self.rest();
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        let cut = word.as_bytes().starts_with(rest);
        Err(self.fault(if cut {
            CUT_OFF
        } else {
            "no value begins like this"
        }))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let count = self
            .rest()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count == 0 {
            let cut = self.rest().is_empty();
            return Err(self.fault(if cut { CUT_OFF } else { "a digit is missing" }));
        }
        self.at += count;
        Ok(())
    }

    fn number(&mut self) -> Result<B::Value, JsonError> {
        let start = self.at;
        if self.rest().first() == Some(&b'-') {
            self.at += 1;
        }
        if self.rest().first() == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.rest().first() == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.rest().first() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.rest().first() {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        Ok(self.builder.number(text))
    }

    /// Takes a string; it begins at its quote.
    fn text(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        self.plain()?;
        if self.rest().first() == Some(&b'"') {
            let inner = self.text.get(start..self.at).unwrap_or_default();
            self.at += 1;
            return Ok(Cow::Borrowed(inner));
        }
        let mut out = String::with_capacity((self.at - start) * 2);
        out.push_str(self.text.get(start..self.at).unwrap_or_default());
        loop {
            match self.rest().first() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(out));
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => {
                    let from = self.at;
                    self.plain()?;
                    out.push_str(self.text.get(from..self.at).unwrap_or_default());
                }
            }
        }
    }

    /// Skips to the next quote or backslash.
    fn plain(&mut self) -> Result<(), JsonError> {
        let rest = self.rest();
        let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        match rest.iter().position(stops) {
            Some(length) => self.at += length,
            None => {
                self.at = self.text.len();
                return Err(self.fault(CUT_OFF));
            }
        }
        match self.rest().first() {
            Some(b'"' | b'\\') => Ok(()),
            _ => Err(self.fault("a control character stands in a string")),
        }
    }

    /// Takes what follows a backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(byte) = self.rest().first().copied() else {
            return Err(self.fault(CUT_OFF));
        };
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(),
            _ => {
                self.at -= 1;
                return Err(self.fault("no such escape"));
            }
        })
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let Some(digits) = self.rest().get(..4) else {
            return Err(self.fault(CUT_OFF));
        };
        let mut code = 0;
        for byte in digits {
            let Some(digit) = char::from(*byte).to_digit(16) else {
                return Err(self.fault("an escape needs four hexadecimal digits"));
            };
            code = code * 16 + digit;
        }
        self.at += 4;
        Ok(code)
    }

    fn code_point(&mut self) -> Result<char, JsonError> {
        let high = self.hex()?;
        if let Some(c) = char::from_u32(high) {
            return Ok(c);
        }
        // One half of a pair.
        let half = "half of a surrogate pair stands alone";
        if !(0xd800..0xdc00).contains(&high) {
            return Err(self.fault(half));
        }
        match self.rest().get(..2) {
            Some(b"\\u") => self.at += 2,
            Some(_) => return Err(self.fault(half)),
            None => return Err(self.fault(CUT_OFF)),
        }
        let low = self.hex()?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err(self.fault(half));
        }
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
            .ok_or_else(|| self.fault(half))
    }
}
