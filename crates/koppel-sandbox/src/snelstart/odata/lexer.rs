//! A filter's text in tokens.

use jiff::civil::DateTime;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::OdataError;
use crate::snelstart::row::read_time;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    Comma,
    Slash,
    Colon,
    Word(String),
    Text(String),
    Number(Decimal),
    Time(DateTime),
    Id(Uuid),
}

/// The tokens with the place each begins at.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, OdataError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        let (token, length) = match first {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '/' => (Token::Slash, 1),
            ':' => (Token::Colon, 1),
            '\'' => {
                let (value, length) = quoted(rest).ok_or(OdataError::Syntax(at))?;
                (Token::Text(value), length)
            }
            c if c.is_ascii_digit() || c == '-' => number(rest).ok_or(OdataError::Syntax(at))?,
            c if c.is_alphabetic() || c == '_' || c == '$' => {
                word(rest).ok_or(OdataError::Syntax(at))?
            }
            _ => return Err(OdataError::Syntax(at)),
        };
        found.push((at, token));
        at += length;
    }
    Ok(found)
}

/// A text between quotes, a quote inside doubled; its value and length.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            value.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == '\'') {
            value.push('\'');
            chars.next();
        } else {
            return Some((value, at + 1));
        }
    }
    None
}

fn number(rest: &str) -> Option<(Token, usize)> {
    let digits = rest
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && *c == '-')))
        .map_or(rest.len(), |(at, _)| at);
    let value = rest.get(..digits)?.parse().ok()?;
    let after = rest.get(digits..)?;
    // The suffixes of a decimal, a long, a double and a single.
    let suffix = usize::from(after.starts_with(['m', 'M', 'L', 'd', 'D', 'f', 'F']));
    let next = after.get(suffix..)?.chars().next();
    // A bare guid, as version 4 has them, is no number.
    if next.is_some_and(|c| c.is_alphanumeric() || c == '-') {
        return None;
    }
    Some((Token::Number(value), digits + suffix))
}

fn word(rest: &str) -> Option<(Token, usize)> {
    let length = rest
        .char_indices()
        .find(|(_, c)| !(c.is_alphanumeric() || *c == '_' || *c == '$'))
        .map_or(rest.len(), |(at, _)| at);
    let name = rest.get(..length)?;
    let after = rest.get(length..)?;
    if !after.starts_with('\'') {
        return Some((Token::Word(name.to_owned()), length));
    }
    let (value, quoted) = quoted(after)?;
    let token = match name {
        "guid" => Token::Id(value.parse().ok()?),
        "datetime" => Token::Time(read_time(&value)?),
        _ => return None,
    };
    Some((token, length + quoted))
}
