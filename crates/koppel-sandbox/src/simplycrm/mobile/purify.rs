//! What the purifier makes of parameters, before their JSON is read.

/// Elements that pass.
const KNOWN: [&str; 32] = [
    "a",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
    "code",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "td",
    "tr",
    "tt",
    "u",
    "ul",
];

/// Purified text: what is no element is escaped, unknown elements go, scripts go with all that is
/// in them, and attributes are written anew in plain quotes, which breaks the JSON they stand in
/// (recorded vtiger 5.4.0 and 7.1.0 servers).
pub(super) fn purified(text: &str) -> String {
    if !text.contains(['<', '>', '&']) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = from.strip_prefix("&amp;") {
            out.push('&');
            rest = after;
        } else if let Some(after) = from.strip_prefix('&') {
            out.push('&');
            rest = after;
        } else if let Some(after) = from.strip_prefix('>') {
            out.push_str("&gt;");
            rest = after;
        } else if let Some((tag, after)) = tag(from) {
            let name = tag.trim_start_matches('/');
            let end = name.find(|c: char| !c.is_ascii_alphanumeric());
            let (name, attributes) = name.split_at(end.unwrap_or(name.len()));
            let name = name.to_ascii_lowercase();
            rest = after;
            if matches!(name.as_str(), "script" | "style") {
                let close = format!("</{name}>");
                if let Some(end) = after.to_ascii_lowercase().find(&close) {
                    rest = after.get(end + close.len()..).unwrap_or_default();
                }
            } else if KNOWN.contains(&name.as_str()) {
                let slash = if tag.starts_with('/') { "/" } else { "" };
                out.push_str(&format!("<{slash}{name}{}>", rewritten(&name, attributes)));
            }
        } else {
            out.push_str("&lt;");
            rest = from.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

/// What stands between `<` and `>` where that is an element.
fn tag(from: &str) -> Option<(&str, &str)> {
    let inner = from.strip_prefix('<')?;
    let first = inner.trim_start_matches('/').chars().next()?;
    let end = inner.find(['<', '>'])?;
    let (tag, after) = inner.split_at(end);
    (first.is_ascii_alphabetic() && after.starts_with('>'))
        .then(|| (tag, after.get(1..).unwrap_or_default()))
}

fn rewritten(name: &str, attributes: &str) -> String {
    let mut out = String::new();
    for pair in attributes.split_whitespace() {
        let Some((key, value)) = pair.split_once('=') else {
            continue;
        };
        if key.to_ascii_lowercase().starts_with("on") {
            continue;
        }
        let value = value.trim_end_matches('/');
        let value = value.trim_matches(['"', '\'', '\\']);
        out.push_str(&format!(" {key}=\"{value}\""));
    }
    if name == "img" {
        out.push_str(" alt=\"x\" /");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::purified;

    #[test]
    fn texts_are_purified_as_recorded() {
        for (raw, pure) in [
            ("1 < 2 & 3 > 2", "1 &lt; 2 & 3 &gt; 2"),
            ("a <b>b</b> & \"c\"", "a <b>b</b> & \"c\""),
            ("a <script>alert(1)</script> b", "a  b"),
            (
                "x <img src=x onerror=alert(1)> y",
                "x <img src=\"x\" alt=\"x\" /> y",
            ),
            ("A &amp; B &lt;", "A & B &lt;"),
            ("x <unknown>z</unknown>", "x z"),
            (
                "<a href=\"http://x.test?a=1&b=2\">l</a>",
                "<a href=\"http://x.test?a=1&b=2\">l</a>",
            ),
        ] {
            assert_eq!(purified(raw), pure);
        }
    }

    #[test]
    fn quotes_of_attributes_break_the_json_around_them() {
        let values = r#"{"title": "<a href=\"x\">l</a>"}"#;
        let pure = purified(values);
        assert!(
            serde_json::from_str::<serde_json::Value>(&pure).is_err(),
            "{pure}"
        );
    }
}
