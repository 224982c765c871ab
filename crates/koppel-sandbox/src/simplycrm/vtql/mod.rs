//! The query language: its lexer, its grammar, and what MySQL makes of the result.

mod eval;
mod lexer;
mod parser;

pub(crate) use eval::{Filter, collated, number_prefix};
pub(crate) use parser::{Columns, Query, parse};

use super::reply::Failure;

/// The module a query is about, found before it is parsed: the word after `from`.
pub(crate) fn module_of(query: &str) -> Option<&str> {
    let lower = query.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower.get(from..)?.find("from") {
        let after = query.get(from + at + 4..)?;
        let trimmed = after.trim_start();
        if trimmed.len() < after.len() {
            let end = trimmed
                .find(|c: char| c.is_whitespace() || c == ';')
                .unwrap_or(trimmed.len());
            return trimmed.get(..end).filter(|name| !name.is_empty());
        }
        from += at + 4;
    }
    None
}

/// What MySQL reads of a literal as the lexer leaves it.
///
/// # Errors
/// A lone backslash at the end (or before a quote) takes the closing quote with it.
pub(crate) fn unescaped(raw: &str) -> Result<String, Failure> {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                chars.next_if_eq(&'\'');
                out.push('\'');
            }
            '\\' => match chars.next() {
                None | Some('\'') => return Err(super::reply::database()),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some('0') => out.push('\0'),
                Some(c @ ('%' | '_')) => {
                    out.push('\\');
                    out.push(c);
                }
                Some(c) => out.push(c),
            },
            c => out.push(c),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_word_after_from() {
        assert_eq!(module_of("select * FROM Contacts;"), Some("Contacts"));
        assert_eq!(module_of("select a from\n X limit 1;"), Some("X"));
        assert_eq!(module_of("select fromage from C;"), Some("C"));
        assert_eq!(module_of("garbage"), None);
    }

    #[test]
    fn literals_are_unescaped_as_mysql_does() {
        assert_eq!(unescaped("O''Brien"), Ok("O'Brien".into()));
        assert_eq!(unescaped(r"a\\b"), Ok(r"a\b".into()));
        assert_eq!(unescaped(r"a\%b"), Ok(r"a\%b".into()));
        assert!(unescaped(r"abc\").is_err());
    }
}
