//! Plain text out of HTML: comments of tickets are plain where they are written through the API.

/// The text of a message; what has no tags stays as it is.
pub(super) fn plain(message: &str) -> String {
    if !has_tags(message) {
        return message.trim().to_owned();
    }
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        push_words(&mut text, before);
        match tag_name(tag).zip(tag.find('>')) {
            Some((name, end)) => {
                if breaks(&name) && !text.is_empty() && !text.ends_with('\n') {
                    text.truncate(text.trim_end_matches(' ').len());
                    text.push('\n');
                }
                rest = tag.get(end + 1..).unwrap_or_default();
            }
            None => {
                text.push('<');
                rest = tag.get(1..).unwrap_or_default();
            }
        }
    }
    push_words(&mut text, rest);
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    let written = entities.iter().fold(text.clone(), |text, (entity, plain)| {
        text.replace(entity, plain)
    });
    // What would be taken for a tag the next time stays as it is.
    let text = if has_tags(&written) { text } else { written };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}

fn has_tags(text: &str) -> bool {
    text.match_indices('<')
        .any(|(at, _)| text.get(at..).is_some_and(|tag| tag_name(tag).is_some()))
}

/// The name of the tag that begins here.
fn tag_name(tag: &str) -> Option<String> {
    let inner = tag.strip_prefix('<')?;
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name: String = inner
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let known = name.starts_with(|c: char| c.is_ascii_alphabetic()) && tag.contains('>');
    known.then(|| name.to_ascii_lowercase())
}

fn breaks(name: &str) -> bool {
    matches!(
        name,
        "br" | "p" | "div" | "li" | "ul" | "ol" | "tr" | "table" | "h1" | "h2" | "h3" | "h4"
    )
}

/// Blanks of every kind are one blank in HTML.
fn push_words(text: &mut String, part: &str) {
    for c in part.chars() {
        if !c.is_whitespace() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_tags_stays_as_it_is() {
        for text in ["a < b and b > c", "x <3 y", "two\nlines", "1 <2>"] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn tags_become_lines_and_words() {
        let html =
            "<p>Good  day,</p><p>It <b>broke</b> &amp; smokes.<br/>Since&nbsp;noon &lt;1h</p>";
        let text = "Good day,\nIt broke & smokes.\nSince noon <1h";
        assert_eq!(plain(html), text);
        assert_eq!(plain(text), text, "what is plain is plain");
        assert_eq!(plain("<br>"), "");
        assert_eq!(plain("<p>&lt;b&gt;</p>"), "&lt;b&gt;");
    }

    proptest::proptest! {
        #[test]
        fn any_text_becomes_one(text in ".{0,60}") {
            let once = plain(&text);
            proptest::prop_assert_eq!(plain(&once), once);
        }
    }
}
