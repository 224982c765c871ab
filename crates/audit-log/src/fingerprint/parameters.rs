//! Messages without their particulars.

use crate::mask::shape;

/// What stands for anything particular.
const ANY: &str = "…";

/// The most bytes of a message that are looked at.
const LOOKED_AT: usize = 600;

/// Replaces what changes from one occurrence to the next: ids, addresses,
/// dates, hexadecimal texts, quoted texts, numbers and masked texts.
///
/// ```
/// use audit_log::fingerprint::parameterised;
///
/// assert_eq!(
///     parameterised("Invoice 2026-0017 of 12x34 was sent on 2026-11-22 for 12,50."),
///     "Invoice … of …x… was sent on … for …."
/// );
/// ```
#[must_use]
pub fn parameterised(message: &str) -> String {
    let message = head(message, LOOKED_AT);
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let taken = if first.is_whitespace() {
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
            first.len_utf8()
        } else if let Some(length) = masked(rest).or_else(|| quoted(rest, before)) {
            out.push_str(ANY);
            length
        } else if is_edge(first) {
            out.push(first);
            first.len_utf8()
        } else {
            let end = |edge: fn(char) -> bool| rest.find(edge).unwrap_or(rest.len());
            let mut end = end(|c| c.is_whitespace() || is_edge(c));
            if rest.split_at(end).0.contains("://") {
                // An address has `=` and `,` in it.
                end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')'))
                    .unwrap_or(rest.len());
            }
            let (word, _) = rest.split_at(end);
            push_word(&mut out, word);
            end
        };
        let (done, left) = rest.split_at(taken);
        before = done.chars().next_back().unwrap_or(' ');
        rest = left;
    }
    out.truncate(out.trim_end().len());
    out
}

fn head(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at(end).0
}

fn is_edge(c: char) -> bool {
    matches!(
        c,
        ';' | '(' | ')' | '<' | '>' | '[' | ']' | '{' | '}' | '"' | '\'' | '=' | '“' | '”'
    )
}

/// The length of `[masked 12]` or `[redacted]` at the beginning.
fn masked(text: &str) -> Option<usize> {
    (text.starts_with("[masked") || text.starts_with("[redacted"))
        .then(|| text.find(']').map(|at| at + 1))
        .flatten()
}

/// The length of a quoted text at the beginning.
fn quoted(text: &str, before: char) -> Option<usize> {
    let open = text.chars().next()?;
    let close = match open {
        '"' | '`' => open,
        '\'' if !before.is_alphanumeric() => open,
        '“' | '„' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    };
    let inner = text.get(open.len_utf8()..)?;
    let (at, found) = inner.char_indices().find(|(at, c)| {
        let after = inner.get(at + c.len_utf8()..).unwrap_or_default();
        *c == close && !after.starts_with(char::is_alphanumeric)
    })?;
    Some(open.len_utf8() + at + found.len_utf8())
}

fn push_word(out: &mut String, word: &str) {
    let core = word.trim_end_matches(['.', ':', '!', '?', ',']);
    let (core, tail) = word.split_at(core.len());
    let particular = core.contains("://")
        || core.contains('@')
        || shape::is_uuid(core)
        || shape::is_moment(core)
        || shape::is_hex(core, 8)
        || shape::is_iban(core);
    if particular {
        out.push_str(ANY);
    } else {
        push_without_numbers(out, core);
    }
    out.push_str(tail);
}

fn push_without_numbers(out: &mut String, word: &str) {
    let mut in_number = false;
    for (at, c) in word.char_indices() {
        let joins = in_number
            && matches!(c, '.' | ',' | ':' | '-' | '/')
            && word
                .get(at + 1..)
                .is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
        if c.is_ascii_digit() || joins {
            if !in_number {
                out.push_str(ANY);
            }
            in_number = true;
        } else {
            out.push(c);
            in_number = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_goes_and_what_does_not_stays() {
        for (message, expected) in [
            ("Client 17 is gone.", "Client … is gone."),
            ("The  record\nis not valid.", "The record is not valid."),
            (
                "b8a1c2d3-0000-4000-8000-1234567890ab was not found",
                "… was not found",
            ),
            ("sent to j***@d***.nl.", "sent to …."),
            ("see https://crm.test/x?y=1 now", "see … now"),
            ("at 2026-11-22T10:00:00Z: no", "at …: no"),
            ("hash deadbeef01 differs", "hash … differs"),
            (
                "Duplicate entry 'Jan' for key \"name\"",
                "Duplicate entry … for key …",
            ),
            ("It can't be, and won't", "It can't be, and won't"),
            ("[masked 12] is [redacted]", "… is …"),
            ("NL91ABNA0417164300 is wrong", "… is wrong"),
            ("paid 1.234,56 of 2-3", "paid … of …"),
            ("", ""),
            ("Zoë’s 5th", "Zoë’s …th"),
        ] {
            assert_eq!(parameterised(message), expected, "{message}");
        }
    }

    #[test]
    fn long_messages_are_looked_at_in_part() {
        let long = "é ".repeat(10_000);
        assert!(parameterised(&long).len() <= LOOKED_AT);
    }
}
