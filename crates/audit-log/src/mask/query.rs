//! Questions in the language of a remote: OData filters and VTQL.

use super::{Masker, keys, push_mask, shape, text};

/// Masks the values in a question; `None` when the field holds none.
///
/// ```text
/// select * from Contacts where lastname = '[masked 6]' limit 10;
/// naam eq '[masked 6]' and modifiedOn gt 2026-11-22
/// ```
pub(super) fn masked(name: &str, content: &str, masker: &mut Masker<'_>) -> Option<String> {
    let last = name.trim_start_matches('$');
    let begins = |word: &str| {
        content
            .trim_start()
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let filter = last.eq_ignore_ascii_case("filter") && has_operator(content);
    let select = last.eq_ignore_ascii_case("query") && begins("select ");
    let fields = ["select", "orderby", "expand"]
        .iter()
        .any(|word| last.eq_ignore_ascii_case(word))
        && name.starts_with('$');
    (filter || select || fields).then(|| without_values(content, masker))
}

fn has_operator(content: &str) -> bool {
    [
        " eq ",
        " ne ",
        " gt ",
        " ge ",
        " lt ",
        " le ",
        "startswith(",
        "substringof(",
        "contains(",
    ]
    .iter()
    .any(|word| content.contains(word))
}

/// Masks quoted texts that are not harmless, and what is personal by its form
/// outside of quotes. Two quotes in a text are one of its letters.
fn without_values(content: &str, masker: &mut Masker<'_>) -> String {
    let mut out = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = rest.find(['\'', '"']) {
        let (before, quoted) = rest.split_at(at);
        out.push_str(&text::by_form(before));
        let quote = quoted.chars().next().unwrap_or('\'');
        let inner = quoted.get(1..).unwrap_or_default();
        let end = closing(inner, quote);
        let (value, after) = inner.split_at(end.unwrap_or(inner.len()));
        out.push(quote);
        let bare = value.trim_matches('%');
        if shape::is_harmless(bare) || (keys::is_id_text(bare) && is_plain_id(bare)) {
            out.push_str(value);
        } else {
            masker.seen.add(bare, true);
            push_mask(&mut out, value.chars().count());
        }
        if end.is_some() {
            out.push(quote);
        }
        rest = after.get(1..).unwrap_or_default();
    }
    out.push_str(&text::by_form(rest));
    out
}

/// An id that is not digits alone: those may be a telephone.
fn is_plain_id(value: &str) -> bool {
    shape::is_module_id(value) || shape::is_uuid(value)
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' {
            signs.next();
        } else if sign == quote && signs.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at);
        }
    }
    None
}
