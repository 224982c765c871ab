//! From text to tokens.

use crate::simplycrm::reply::{Failure, internal};

/// Most tokens of one query.
const MAX_TOKENS: usize = 20_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a bare value.
    Word,
    /// What stood between quotes, with quotes still doubled.
    Text,
    /// Digits after a sign.
    Signed,
    Star,
    Open,
    Close,
    Comma,
    Semicolon,
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) line: usize,
}

impl Token {
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// The tokens up to the first thing the lexer does not know, and whether there is such a thing: a
/// double quote, a point, an empty or unclosed literal. It is an exception once the parser gets
/// there, which the webservice hides as `INTERNAL_SERVER_ERROR` (recorded vtiger 5.4.0 and 7.1.0
/// servers).
pub(super) fn tokens(query: &str) -> (Vec<Token>, bool) {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        if found.len() >= MAX_TOKENS {
            return (found, true);
        }
        if c.is_ascii_whitespace() {
            line += usize::from(c == '\n');
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let Ok((kind, length)) = next(rest, c) else {
            return (found, true);
        };
        let text = rest.get(..length).unwrap_or_default();
        let inner = match kind {
            Kind::Text => text.get(1..length - 1).unwrap_or_default(),
            _ => text,
        };
        found.push(Token {
            kind,
            text: inner.to_owned(),
            line,
        });
        line += text.matches('\n').count();
        rest = rest.get(length..).unwrap_or_default();
    }
    (found, false)
}

fn next(rest: &str, c: char) -> Result<(Kind, usize), Failure> {
    let second = rest.chars().nth(1);
    Ok(match c {
        '*' => (Kind::Star, 1),
        '(' => (Kind::Open, 1),
        ')' => (Kind::Close, 1),
        ',' => (Kind::Comma, 1),
        ';' => (Kind::Semicolon, 1),
        '=' => (Kind::Eq, 1),
        '!' if second == Some('=') => (Kind::Ne, 2),
        '<' if second == Some('=') => (Kind::Lte, 2),
        '<' => (Kind::Lt, 1),
        '>' if second == Some('=') => (Kind::Gte, 2),
        '>' => (Kind::Gt, 1),
        '\'' => (Kind::Text, literal(rest)?),
        '+' | '-' => {
            let digits = run(rest.get(1..).unwrap_or_default(), |b| b.is_ascii_digit());
            if digits == 0 {
                return Err(internal());
            }
            (Kind::Signed, digits + 1)
        }
        c if c.is_ascii_alphanumeric() || c == '_' => (
            Kind::Word,
            run(rest, |b| b.is_ascii_alphanumeric() || b == b'_'),
        ),
        _ => return Err(internal()),
    })
}

fn run(text: &str, fits: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| fits(*byte)).count()
}

/// The length of a literal with both quotes. A doubled quote is one inside, so `''` alone is the
/// start of a literal that is not closed.
fn literal(rest: &str) -> Result<usize, Failure> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        if *byte != b'\'' {
            at += 1;
        } else if bytes.get(at + 1) == Some(&b'\'') {
            at += 2;
        } else if at == 1 {
            return Err(internal());
        } else {
            return Ok(at + 1);
        }
    }
    Err(internal())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(query: &str) -> Vec<String> {
        let (all, broken) = tokens(query);
        assert!(!broken, "{query}");
        all.into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn a_query_is_cut_into_tokens() {
        assert_eq!(
            texts("select id from C where a!='O''B' and b>=-1;"),
            [
                "select", "id", "from", "C", "where", "a", "!=", "O''B", "and", "b", ">=", "-1",
                ";"
            ]
        );
    }

    #[test]
    fn what_the_lexer_does_not_know_is_an_exception() {
        for query in [
            "a = \"x\"",
            "a = 1.5",
            "`a`",
            "a = ''",
            "a = '' limit 2;",
            "'x",
        ] {
            assert!(tokens(query).1, "{query}");
        }
    }
}
