//! What a record says of people: texts that events must not repeat.
//!
//! Remotes repeat what they were sent ("`anna@example.com` is taken"). A person who mends the
//! record needs that; the log, which is kept for long, does not.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::{Fields, Value};

/// What stands for a text that was taken out.
const MASKED: &str = "[masked]";

/// Shorter texts are not searched for: they would hit ordinary words.
const MIN_CHARS: usize = 3;

/// Shorter texts are searched for only where a word begins and ends.
const MIN_ANYWHERE: usize = 6;

/// A text that was cut off after so many characters is still taken for it.
const MIN_CUT: usize = 4;

/// More texts than this are not searched for.
const MAX_TEXTS: usize = 2_000;

/// Fields whose texts say nothing of people: how things stand, what they are counted in.
const HARMLESS: &[&str] = &[
    "status",
    "state",
    "stage",
    "currency",
    "number",
    "kind",
    "type",
    "unit",
    "language",
    "country",
    "priority",
    "billing_type",
    "code",
    "mode",
];

/// Fields whose texts are taken apart: a remote may name a part of them alone.
const NAMES: &[&str] = &[
    "name",
    "first_name",
    "last_name",
    "company",
    "contact",
    "street",
    "title",
    "assigned_to",
    "email",
];

/// Texts of records, to be taken out of what is told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Private {
    /// Folded.
    texts: BTreeSet<Text>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Text {
    /// The longest comes first.
    rank: std::cmp::Reverse<usize>,
    folded: Vec<char>,
    /// Whether it counts only where a word begins and ends.
    whole: bool,
}

/// Without the text itself.
impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} characters", self.folded.len())
    }
}

impl Private {
    /// The texts of these contents.
    pub(crate) fn of<'f>(contents: impl IntoIterator<Item = &'f Fields>) -> Self {
        let mut all = Self::default();
        for fields in contents {
            all.add(fields);
        }
        all
    }

    /// Adds the texts of a content.
    pub(crate) fn add(&mut self, fields: &Fields) {
        for (name, value) in fields.iter() {
            self.add_value(name.as_str(), value);
        }
    }

    fn add_value(&mut self, name: &str, value: &Value) {
        match value {
            Value::Text(text) if !is_harmless(name) => self.add_text(name, text),
            Value::List(items) => items.iter().for_each(|item| self.add_value(name, item)),
            Value::Map(map) => map
                .iter()
                .for_each(|(name, value)| self.add_value(name, value)),
            _ => {}
        }
    }

    fn add_text(&mut self, name: &str, text: &str) {
        for line in text.lines() {
            let line = line.trim();
            self.insert(line, false);
            self.insert(&json(line), false);
            self.insert(&ascii(line), false);
            self.insert(&html(line), false);
            for form in url(line) {
                self.insert(&form, false);
            }
            if line.contains(|c: char| c.is_ascii_digit()) {
                // Account and telephone numbers are written with spaces and without.
                let joined: String = line.chars().filter(|c| !c.is_whitespace()).collect();
                self.insert(&joined, false);
            }
        }
        if NAMES.contains(&name) {
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-');
            words.for_each(|word| self.insert(word, true));
        }
    }

    fn insert(&mut self, text: &str, word: bool) {
        let folded: Vec<char> = fold(text).map(|(_, c)| c).collect();
        let says_nothing = folded.iter().all(|c| !c.is_alphanumeric());
        if folded.len() < MIN_CHARS || says_nothing || self.texts.len() >= MAX_TEXTS {
            return;
        }
        self.texts.insert(Text {
            rank: std::cmp::Reverse(folded.len()),
            whole: word || folded.len() < MIN_ANYWHERE,
            folded,
        });
    }

    /// Takes over the texts of another record.
    pub(crate) fn join(&mut self, other: Self) {
        self.texts.extend(other.texts);
        while self.texts.len() > MAX_TEXTS {
            self.texts.pop_last();
        }
    }

    /// A text without these texts, in whatever case they are written.
    pub(crate) fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let folded: Vec<(usize, char)> = fold(text).collect();
        let mut out = String::new();
        let (mut kept, mut at) = (0, 0);
        while at < folded.len() {
            let hits = self
                .texts
                .iter()
                .filter_map(|private| private.at(&folded, at));
            let Some(length) = hits.max() else {
                at += 1;
                continue;
            };
            let place = |at: usize| folded.get(at).map_or(text.len(), |(place, _)| *place);
            out.push_str(text.get(kept..place(at)).unwrap_or_default());
            out.push_str(MASKED);
            at += length;
            kept = place(at);
        }
        if kept == 0 && out.is_empty() {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(kept..).unwrap_or_default());
        Cow::Owned(out)
    }
}

impl Text {
    /// How many characters from this place on are this text, or its beginning where the text is
    /// cut off after it.
    fn at(&self, text: &[(usize, char)], at: usize) -> Option<usize> {
        let char_at = |at: usize| text.get(at).map(|(_, c)| *c);
        let in_word = |at: Option<usize>| at.and_then(char_at).is_some_and(char::is_alphanumeric);
        let same = (self.folded.iter().enumerate())
            .take_while(|(n, c)| char_at(at + n) == Some(**c))
            .count();
        let begins = !in_word(at.checked_sub(1));
        if same == self.folded.len() {
            let ends = !in_word(Some(at + same));
            return (!self.whole || (begins && ends)).then_some(same);
        }
        let rest = (char_at(at + same), char_at(at + same + 1));
        let cut = matches!(rest, (None | Some('…'), _) | (Some('.'), Some('.')));
        (same >= MIN_CUT && begins && cut).then_some(same)
    }
}

/// A text without what it quotes: a record that could not be read is known from nothing else than
/// what the reader says it stumbled over.
pub(crate) fn without_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((place, open, close)) = next_quote(rest) {
        let (before, quoted) = rest.split_at(place + open);
        out.push_str(before);
        out.push_str(MASKED);
        // What is cut off is quoted to its end.
        rest = quoted.get(end_of(quoted, close)..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix(close) {
            out.push(close);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Where a value is quoted next, how long what opens it is, and what closes it. Names of fields
/// stand in back quotes too, so those count only after a word that announces a value.
fn next_quote(text: &str) -> Option<(usize, usize, char)> {
    let announced = [
        "unknown variant `",
        "integer `",
        "floating point `",
        "character `",
    ];
    let quotes = announced.map(|opens| (opens, '`'));
    let found = quotes.into_iter().chain([("\"", '"')]);
    found
        .filter_map(|(opens, close)| Some((text.find(opens)?, opens.len(), close)))
        .min()
}

/// Where a quotation is closed, passing over what is escaped.
fn end_of(text: &str, close: char) -> usize {
    let mut escaped = false;
    for (place, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == close => return place,
            _ => {}
        }
    }
    text.len()
}

/// Each character in small letters, with its place; white space is one blank.
fn fold(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut blank = false;
    text.char_indices().filter_map(move |(place, c)| {
        let was_blank = std::mem::replace(&mut blank, c.is_whitespace());
        match (blank, was_blank) {
            (true, true) => None,
            (true, false) => Some((place, ' ')),
            (false, _) => Some((place, c.to_lowercase().next().unwrap_or(c))),
        }
    })
}

fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name) || name.ends_with("_at") || name == "date" || name.ends_with("_date")
}

/// As it stands in a JSON text.
fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.trim_matches('"').to_owned()
}

/// As it stands in a JSON text of ASCII alone.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in json(text).chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            c => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out
}

/// As it stands in a page.
fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// As it stands in an address, with `%20` for a blank and with `+`.
fn url(text: &str) -> [String; 2] {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02x}")),
        }
    }
    let form = out.replace("%20", "+");
    [out, form]
}

#[cfg(test)]
mod tests;
