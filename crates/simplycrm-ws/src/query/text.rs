//! Names and literals of the query language.

use super::QueryError;

/// Words that the server's lexer takes for its own, wherever they stand.
const KEYWORDS: [&str; 14] = [
    "select", "from", "where", "order", "by", "orderby", "limit", "and", "or", "in", "like",
    "count", "asc", "desc",
];

/// Whether a query can name a field or module so.
pub(crate) fn is_name(name: &str) -> bool {
    let word = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let number = name.bytes().all(|byte| byte.is_ascii_digit());
    let keyword = KEYWORDS.iter().any(|word| word.eq_ignore_ascii_case(name));
    word && !number && !keyword
}

/// Checks a field's or a module's name.
pub(super) fn name(name: &str) -> Result<(), QueryError> {
    if is_name(name) {
        Ok(())
    } else {
        Err(QueryError::Name(name.chars().take(64).collect()))
    }
}

/// Writes a text as a literal: quotes and backslashes doubled.
///
/// The text must not be empty: `''` is no literal to the server's lexer.
pub(super) fn literal(text: &str, out: &mut String) {
    out.push('\'');
    for c in text.chars() {
        if c == '\'' || c == '\\' {
            out.push(c);
        }
        out.push(c);
    }
    out.push('\'');
}

/// Escapes a text so that LIKE finds it as it stands.
pub(super) fn like_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Makes a written pattern one that LIKE reads the same way.
///
/// `%` and `_` are wildcards; a backslash makes one of `%`, `_` and `\` stand
/// for itself, and stands for itself before anything else.
pub(super) fn like_pattern(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\' {
            match chars.next_if(|next| matches!(next, '%' | '_' | '\\')) {
                Some(escaped) => out.push(escaped),
                None => out.push('\\'),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_takes_four_in_a_like() {
        let mut out = String::new();
        literal(&like_pattern(r"Back\slash%"), &mut out);
        assert_eq!(out, r"'Back\\\\slash%'");
        out.clear();
        literal(&like_pattern(r"100\%"), &mut out);
        assert_eq!(out, r"'100\\%'");
        out.clear();
        literal(&like_text(r"50%_\"), &mut out);
        assert_eq!(out, r"'50\\%\\_\\\\'");
    }
}
