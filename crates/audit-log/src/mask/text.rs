//! Personal data in running text: e-mail addresses, bank accounts, citizen
//! service numbers, telephones and postcodes, found by their form.

mod run;

use std::borrow::Cow;

use run::Run;

use super::seen::Seen;
use super::{keys, push_mask, shape};

/// The most bytes between two quotes.
const QUOTED: usize = 300;

/// How a sentence of ours begins to repeat what somebody put into a field:
/// "The column `clients.country` holds `Jan`, which is not a whole number."
const HOLDS: &str = "holds `";

/// Masks what is personal by its form, and the values that fields are said to hold.
pub(super) fn by_form(text: &str) -> Cow<'_, str> {
    // Everything that is looked for has a digit or an `@`.
    let worth = |byte: u8| byte.is_ascii_digit() || byte == b'@';
    if !text.bytes().any(worth) && !text.contains(HOLDS) {
        return Cow::Borrowed(text);
    }
    Scanner::new(text, None).run()
}

/// Masks what is personal by its form, and quoted texts that are no names of
/// fields, for sentences of a remote; the quoted texts are kept in mind.
pub(super) fn sentence<'a>(text: &'a str, seen: &mut Seen) -> Cow<'a, str> {
    Scanner::new(text, Some(seen)).run()
}

struct Scanner<'a, 's> {
    text: &'a str,
    bytes: &'a [u8],
    seen: Option<&'s mut Seen>,
    at: usize,
    copied: usize,
    out: String,
}

impl<'a, 's> Scanner<'a, 's> {
    fn new(text: &'a str, seen: Option<&'s mut Seen>) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            seen,
            at: 0,
            copied: 0,
            out: String::new(),
        }
    }

    fn run(mut self) -> Cow<'a, str> {
        let mut before = b' ';
        while let Some(byte) = self.byte(self.at) {
            let fresh = !is_word(before);
            let from = self.at;
            match byte {
                b'@' => self.email(self.at, self.at + 1),
                b'%' if self.stands("%40") => self.email(self.at, self.at + 3),
                b'&' if self.stands("&#64;") => self.email(self.at, self.at + 5),
                b'0'..=b'9' | b'+' if fresh && !self.inside_token() => self.number(),
                b'A'..=b'Z' | b'a'..=b'z' if fresh => self.iban(),
                b'`' if (self.text.get(..=from)).is_some_and(|front| front.ends_with(HOLDS)) => {
                    self.held(from + 1)
                }
                b'"' | b'\'' | b'`' if fresh && self.seen.is_some() => {
                    self.quoted(from + 1, &self.text[from..=from]);
                }
                0xe2 if fresh && self.seen.is_some() => match self.text.get(from..from + 3) {
                    Some("“" | "„") => self.quoted(from + 3, "”"),
                    Some("‘") => self.quoted(from + 3, "’"),
                    _ => {}
                },
                _ => {}
            }
            if self.at == from {
                // Nothing was replaced; a word is passed byte by byte.
                self.at += 1;
            }
            before = self.byte(self.at.wrapping_sub(1)).unwrap_or(b' ');
        }
        if self.copied == 0 {
            return Cow::Borrowed(self.text);
        }
        self.out
            .push_str(self.text.get(self.copied..).unwrap_or_default());
        Cow::Owned(self.out)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn stands(&self, sign: &str) -> bool {
        self.bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(sign.as_bytes()))
    }

    /// Whether a number goes on from a token such as `INV-`.
    fn inside_token(&self) -> bool {
        let Some(before) = self.at.checked_sub(1).and_then(|at| self.byte(at)) else {
            return false;
        };
        let further = self.at.checked_sub(2).and_then(|at| self.byte(at));
        match before {
            b'-' => further.is_some_and(|byte| byte.is_ascii_alphanumeric()),
            b'.' | b',' => further.is_some_and(|byte| byte.is_ascii_digit()),
            _ => false,
        }
    }

    fn replace(&mut self, from: usize, to: usize, with: Option<&str>) {
        let gone = self.text.get(from..to).unwrap_or_default();
        self.out
            .push_str(self.text.get(self.copied..from).unwrap_or_default());
        match with {
            Some(with) => self.out.push_str(with),
            None => push_mask(&mut self.out, gone.chars().count()),
        }
        self.copied = to;
        self.at = to;
    }

    /// Masks the e-mail address around the sign that begins at `sign`.
    fn email(&mut self, sign: usize, after: usize) {
        let local = self.bytes.get(self.copied..sign).unwrap_or_default();
        let length = local
            .iter()
            .rev()
            .position(|byte| !is_local(*byte))
            .unwrap_or(local.len());
        let mut from = sign - length;
        while from < sign && matches!(self.byte(from), Some(b'.' | b'\'' | b'-')) {
            from += 1;
        }
        let domain = self.bytes.get(after..).unwrap_or_default();
        let end = domain
            .iter()
            .position(|byte| {
                !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || *byte >= 0x80)
            })
            .unwrap_or(domain.len());
        let mut to = after + end;
        while to > after && matches!(self.byte(to - 1), Some(b'.' | b'-')) {
            to -= 1;
        }
        let (Some(local), Some(domain)) = (self.text.get(from..sign), self.text.get(after..to))
        else {
            return;
        };
        let (Some(first), Some(host)) = (local.chars().next(), domain.chars().next()) else {
            return;
        };
        if let Some(seen) = &mut self.seen {
            seen.add(local, false);
        }
        let end = domain.rsplit_once('.').map_or("", |(_, end)| end);
        let dot = if end.is_empty() { "" } else { "." };
        let masked = format!("{first}***@{host}***{dot}{end}");
        self.replace(from, to, Some(&masked));
    }

    /// Masks a telephone, a citizen service number or a postcode.
    fn number(&mut self) {
        let run = Run::of(self.bytes.get(self.at..).unwrap_or_default());
        if let Some(length) = run.telephone().or_else(|| run.citizen()) {
            self.replace(self.at, self.at + length, None);
        } else if let Some(length) = self.postcode() {
            self.replace(self.at, self.at + length, None);
        } else {
            // The rest of the number belongs to it.
            self.at += run.first_group().max(1);
        }
    }

    /// The length of a Dutch postcode, with the house number that follows.
    fn postcode(&self) -> Option<usize> {
        let rest = self.bytes.get(self.at..)?;
        let (digits, rest) = rest.split_at_checked(4)?;
        let four = digits.iter().all(u8::is_ascii_digit) && digits.first() != Some(&b'0');
        let gap = usize::from(rest.first() == Some(&b' '));
        let letters = rest.get(gap..gap + 2)?;
        let after = rest.get(gap + 2).copied().unwrap_or(b' ');
        let two = letters.iter().all(u8::is_ascii_uppercase);
        if !four
            || !two
            || is_word(after)
            || matches!(
                letters,
                b"OK" | b"AM" | b"PM" | b"MB" | b"KB" | b"GB" | b"MS" | b"EU"
            )
        {
            return None;
        }
        let house = rest.get(gap + 2..).unwrap_or_default();
        let space = house
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b','))
            .count();
        let number = house
            .iter()
            .skip(space)
            .take(6)
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let begins = house.get(space).is_some_and(u8::is_ascii_digit);
        Some(4 + gap + 2 + if begins { space + number } else { 0 })
    }

    /// Masks a bank account with right check digits; passes other words.
    fn iban(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let word = rest.iter().position(|byte| !byte.is_ascii_alphanumeric());
        let word = word.unwrap_or(rest.len());
        let begins = matches!(rest, [a, b, c, d, ..]
            if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit());
        if !begins {
            self.at += word;
            return;
        }
        let signs = || {
            rest.iter()
                .enumerate()
                .filter(|(_, byte)| !matches!(byte, b' ' | b'-' | b'.'))
                .take_while(|(_, byte)| byte.is_ascii_alphanumeric())
                .take(34)
        };
        let longest = signs().count();
        for length in (15..=longest).rev() {
            let Some((last, _)) = signs().nth(length - 1) else {
                continue;
            };
            let ends = !rest
                .get(last + 1)
                .is_some_and(|byte| byte.is_ascii_alphanumeric());
            if ends && shape::iban_holds(signs().map(|(_, byte)| *byte).take(length)) {
                let from = self.at;
                self.replace(from, from + last + 1, None);
                return;
            }
        }
        self.at += word;
    }

    /// Masks the value that a field holds; without an end it is all that follows.
    fn held(&mut self, from: usize) {
        let rest = self.text.get(from..).unwrap_or_default();
        let ends = |at: &usize| {
            let after = rest.get(at + 1..).and_then(|rest| rest.chars().next());
            !after.is_some_and(char::is_alphanumeric)
        };
        let end = rest.match_indices('`').map(|(at, _)| at).find(ends);
        let content = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        if shape::is_harmless(content) {
            return;
        }
        if let Some(seen) = &mut self.seen {
            seen.add(content, true);
        }
        self.replace(from, from + content.len(), None);
    }

    /// Masks a quoted text that is no name of a field.
    fn quoted(&mut self, from: usize, close: &str) {
        let Some(rest) = self.text.get(from..) else {
            return;
        };
        let mut window = rest.len().min(QUOTED);
        while !rest.is_char_boundary(window) {
            window -= 1;
        }
        let window = rest.get(..window).unwrap_or_default();
        let end = window.match_indices(close).map(|(at, _)| at).find(|at| {
            let after = rest
                .get(at + close.len()..)
                .and_then(|rest| rest.chars().next());
            !after.is_some_and(char::is_alphanumeric)
        });
        let Some(content) = end.and_then(|end| rest.get(..end)) else {
            return;
        };
        if is_name_of_something(content) {
            return;
        }
        if let Some(seen) = &mut self.seen {
            seen.add(content, true);
        }
        self.replace(from, from + content.len(), None);
        self.at += close.len();
    }
}

/// Names that programs give: of fields, modules, codes and paths.
fn is_name_of_something(text: &str) -> bool {
    const MODULES: &[&str] = &[
        "accounts",
        "assets",
        "calendar",
        "campaigns",
        "clients",
        "contacts",
        "documents",
        "emails",
        "events",
        "faq",
        "groups",
        "helpdesk",
        "invoice",
        "invoices",
        "leads",
        "payments",
        "potentials",
        "pricebooks",
        "products",
        "project",
        "projects",
        "projecttask",
        "purchaseorder",
        "quotes",
        "salesorder",
        "servicecontracts",
        "services",
        "tickets",
        "users",
        "vendors",
    ];
    if shape::is_harmless(text) || keys::is_known(text) {
        return true;
    }
    let small = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'_' | b'.' | b'-' | b'[' | b']' | b'$' | b'{' | b'}')
    };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (digits <= 8 && text.bytes().all(small))
        || (digits <= 4
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'))
        || MODULES
            .iter()
            .any(|module| module.eq_ignore_ascii_case(text))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'')
}

#[cfg(test)]
mod tests;
