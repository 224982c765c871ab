//! Whether the relative links of the documentation lead somewhere.

use std::collections::{BTreeSet, HashMap};

use super::Findings;
use crate::repo::TextFile;

/// One link as written.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    line: usize,
    target: String,
}

/// Checks `README.md`, `docs/` and the README of each crate.
pub(crate) fn check(files: &[String], texts: &[TextFile]) -> Findings {
    let mut found = Findings::default();
    let mut places: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    for file in files {
        let mut rest = file.as_str();
        while let Some((dir, _)) = rest.rsplit_once('/') {
            places.insert(dir);
            rest = dir;
        }
    }
    let anchors: HashMap<&str, BTreeSet<String>> = texts
        .iter()
        .filter(|file| file.path.ends_with(".md"))
        .map(|file| (file.path.as_str(), anchors(&file.text)))
        .collect();
    for file in texts.iter().filter(|file| is_document(&file.path)) {
        for link in links(&file.text) {
            if let Some(problem) = problem(file, &link, &places, &anchors) {
                found.error(format!("{}:{}: {problem}", file.path, link.line));
            }
        }
    }
    found
}

fn is_document(path: &str) -> bool {
    let crate_readme = path.starts_with("crates/")
        && path.ends_with("/README.md")
        && path.matches('/').count() == 2;
    path == "README.md" || crate_readme || (path.starts_with("docs/") && path.ends_with(".md"))
}

fn problem(
    file: &TextFile,
    link: &Link,
    places: &BTreeSet<&str>,
    anchors: &HashMap<&str, BTreeSet<String>>,
) -> Option<String> {
    let target = link.target.as_str();
    if target.contains("://") || target.starts_with("mailto:") || target.contains("::") {
        return None;
    }
    // In a crate's README a bare word is a link to an item, which rustdoc checks.
    if file.path.starts_with("crates/") && !target.contains(['/', '.', '#']) {
        return None;
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let place = if path.is_empty() {
        file.path.clone()
    } else {
        match resolve(&file.path, path) {
            Some(place) => place,
            None => return Some(format!("the link `{target}` leads out of the repository")),
        }
    };
    if !place.is_empty() && !places.contains(place.as_str()) {
        return Some(format!(
            "the link `{target}` leads nowhere: there is no `{place}`"
        ));
    }
    let anchor = anchor?;
    match anchors.get(place.as_str()) {
        Some(known) if known.contains(anchor) => None,
        Some(_) => Some(format!(
            "the link `{target}` leads nowhere: `{place}` has no heading `#{anchor}`"
        )),
        None => Some(format!(
            "the link `{target}` names a heading, but `{place}` has none"
        )),
    }
}

/// The path from the root that `link` means inside `file`.
fn resolve(file: &str, link: &str) -> Option<String> {
    if link.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The lines outside code blocks, with inline code blanked.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => lines.push((index + 1, without_code(line))),
        }
    }
    lines
}

fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut parts = line.split('`').peekable();
    let mut code = false;
    while let Some(part) = parts.next() {
        if code && parts.peek().is_some() {
            out.push('·');
        } else {
            out.push_str(part);
        }
        code = !code;
    }
    out
}

/// Inline links, images and reference definitions.
fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let mut add = |target: &str| {
            let target = target.trim().trim_start_matches('<');
            let target = target.split(['>', ' ']).next().unwrap_or_default();
            if !target.is_empty() {
                found.push(Link {
                    line: number,
                    target: target.to_owned(),
                });
            }
        };
        for (at, _) in line.match_indices("](") {
            let rest = &line[at + 2..];
            let mut depth = 0_usize;
            let end = rest.find(|c| match c {
                '(' => {
                    depth += 1;
                    false
                }
                ')' if depth == 0 => true,
                ')' => {
                    depth -= 1;
                    false
                }
                _ => false,
            });
            if let Some(end) = end {
                add(&rest[..end]);
            }
        }
        if let Some(rest) = line.trim_start().strip_prefix('[')
            && let Some((label, target)) = rest.split_once("]:")
            && !label.contains(']')
        {
            add(target);
        }
    }
    found
}

/// The anchors a page offers: its headings as GitHub writes them, and `id`s.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut anchors = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for mark in ["id=\"", "name=\""] {
            if let Some((_, rest)) = line.split_once(mark)
                && let Some((id, _)) = rest.split_once('"')
            {
                anchors.insert(id.to_owned());
            }
        }
        let hashes = line.chars().take_while(|c| *c == '#').count();
        if (1..=6).contains(&hashes)
            && let Some(title) = line[hashes..].strip_prefix(' ')
        {
            let slug = slug(title);
            let count = seen.entry(slug.clone()).or_default();
            anchors.insert(match *count {
                0 => slug,
                n => format!("{slug}-{n}"),
            });
            *count += 1;
        }
    }
    anchors
}

fn slug(title: &str) -> String {
    let mut text = String::new();
    let mut rest = title.trim();
    // A link in a heading counts with its text alone.
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, tail)| tail);
    }
    text.push_str(rest);
    text.to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(pages: &[(&str, &str)]) -> Vec<String> {
        let texts: Vec<TextFile> = pages
            .iter()
            .map(|(path, text)| TextFile {
                path: (*path).into(),
                text: (*text).into(),
            })
            .collect();
        let files: Vec<String> = pages.iter().map(|(path, _)| (*path).into()).collect();
        check(&files, &texts).errors
    }

    #[test]
    fn links_to_files_directories_and_headings_pass() {
        let found = errors(&[
            (
                "README.md",
                "[a](docs/a.md) [b](docs/a.md#two-words) [c](docs/) [d](#top)\n# Top\n[e]: docs/a.md\n<https://example.com> [f](https://example.com/x#y)",
            ),
            (
                "docs/a.md",
                "# Two `words`!\n[up](../README.md#top) ![i](../LICENSE)",
            ),
            ("LICENSE", ""),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named_with_its_line() {
        assert_eq!(
            errors(&[("README.md", "\n[a](docs/none.md)")]),
            ["README.md:2: the link `docs/none.md` leads nowhere: there is no `docs/none.md`"]
        );
        assert_eq!(
            errors(&[("README.md", "# Top\n[a](#bottom)")]),
            ["README.md:2: the link `#bottom` leads nowhere: `README.md` has no heading `#bottom`"]
        );
        assert_eq!(
            errors(&[("README.md", "[a](../elsewhere.md)")]),
            ["README.md:1: the link `../elsewhere.md` leads out of the repository"]
        );
    }

    #[test]
    fn code_is_not_searched_for_links() {
        let text = "```\n[a](none.md)\n# Not a heading\n```\nand `[b](none.md)` too";
        assert_eq!(errors(&[("README.md", text)]), Vec::<String>::new());
    }

    #[test]
    fn an_item_link_in_a_crates_readme_is_left_to_rustdoc() {
        let found = errors(&[(
            "crates/a/README.md",
            "[x](Client) [y](crate::Client) [z](src/none.rs)",
        )]);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("src/none.rs"));
    }

    #[test]
    fn the_second_heading_of_a_name_is_numbered() {
        assert_eq!(
            anchors("# Use\n## Use\n## [Linked](x.md) – part"),
            BTreeSet::from(["use", "use-1", "linked--part"].map(str::to_owned))
        );
    }

    #[test]
    fn a_target_may_hold_brackets() {
        assert_eq!(
            links("[a](x_(y).md \"title\")"),
            [Link {
                line: 1,
                target: "x_(y).md".into()
            }]
        );
    }
}
