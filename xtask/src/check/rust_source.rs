//! Rust source without its comments and strings.

/// Blanks comments, strings and character literals, keeping every line break.
///
/// What is left can be searched for words without finding them in texts.
pub(crate) fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => line_end(&chars, at),
            '/' if chars.get(at + 1) == Some(&'*') => block_comment_end(&chars, at),
            '"' => string_end(&chars, at + 1),
            'r' | 'b' | 'c' if !in_word(&chars, at) => prefixed_string_end(&chars, at),
            '\'' => char_end(&chars, at),
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            let end = end.min(chars.len());
            out.extend(
                chars[at..end]
                    .iter()
                    .map(|c| if *c == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

fn in_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn line_end(chars: &[char], at: usize) -> usize {
    (at..chars.len())
        .find(|i| chars[*i] == '\n')
        .unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => {
                depth += 1;
                i += 2;
            }
            ('*', '/') => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// The end of `r"…"`, `b"…"`, `br#"…"#`, `c"…"`; `at` itself if it is none.
fn prefixed_string_end(chars: &[char], at: usize) -> usize {
    let mut i = at;
    let mut raw = false;
    while let Some(c @ ('r' | 'b' | 'c')) = chars.get(i) {
        raw |= *c == 'r';
        i += 1;
        if i - at > 2 {
            return at;
        }
    }
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    if chars.get(i + hashes) != Some(&'"') || (hashes > 0 && !raw) {
        return at;
    }
    i += hashes + 1;
    if !raw {
        return string_end(chars, i);
    }
    while i < chars.len() {
        let closes = chars[i] == '"'
            && i + hashes < chars.len()
            && chars[i + 1..=i + hashes].iter().all(|c| *c == '#');
        if closes {
            return i + hashes + 1;
        }
        i += 1;
    }
    chars.len()
}

/// The end of a character literal; `at` itself for a lifetime.
fn char_end(chars: &[char], at: usize) -> usize {
    match chars.get(at + 1) {
        Some('\\') => {
            let mut i = at + 3;
            while i < chars.len() && chars[i] != '\'' && chars[i] != '\n' {
                i += 1;
            }
            i + 1
        }
        Some(_) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::code_only;

    #[test]
    fn comments_and_strings_go_and_lines_stay() {
        let source = "a /* b /* c */ d */ e // f\n\"g\\\"h\" i\n/* j\nk */ l";
        let code = code_only(source);
        let words: Vec<Vec<&str>> = code
            .lines()
            .map(|l| l.split_whitespace().collect())
            .collect();
        assert_eq!(words, [vec!["a", "e"], vec!["i"], vec![], vec!["l"]]);
    }

    #[test]
    fn raw_and_byte_strings_are_strings() {
        let code = code_only(r###"x(r#"say "hi" "#, b"y", br"z", c"w", rest, b'q')"###);
        let words: Vec<&str> = code
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .collect();
        assert_eq!(words, ["x", "rest", "b"]);
    }

    #[test]
    fn a_lifetime_is_not_a_character() {
        let code = code_only("fn f<'a>(x: &'a str) -> char { '\"' } // \" tail");
        assert_eq!(code.trim_end(), "fn f<'a>(x: &'a str) -> char {     }");
    }

    #[test]
    fn an_open_end_is_no_panic() {
        for open in ["\"abc", "r#\"abc\"", "/* abc", "'\\", "b\"\\", "r###"] {
            assert_eq!(
                code_only(open).chars().count(),
                open.chars().count(),
                "{open}"
            );
        }
    }
}
