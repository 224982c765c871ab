//! Rules for Rust source that no lint of the compiler covers.

use super::Findings;
use super::rust_source::code_only;
use crate::repo::TextFile;

/// A file longer than this is named; it may be right all the same.
const LONG: usize = 400;

/// What may not be written, and what to write instead.
const FORBIDDEN: [(&str, &str); 7] = [
    ("todo!", "write the code, or leave the item out"),
    ("unimplemented!", "write the code, or leave the item out"),
    ("dbg!", "use a tracing event, or take it out"),
    (
        "#[ignore",
        "a test that cannot run here skips itself and says so",
    ),
    ("#[allow", "use `#[expect(…, reason = \"…\")]`"),
    ("#![allow", "use `#![expect(…, reason = \"…\")]`"),
    ("#[expect(warnings", "name the lint"),
];

/// Checks all Rust files.
pub(crate) fn check(files: &[TextFile]) -> Findings {
    let mut found = Findings::default();
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let lines = file.text.lines().count();
        if lines > LONG {
            found.warn(format!(
                "{}: {lines} lines; beyond {LONG} a file is split by meaning",
                file.path
            ));
        }
        forbidden(file, &mut found);
        expectations(file, &mut found);
    }
    let documents = |file: &&TextFile| file.path.ends_with(".rs") || file.path.ends_with(".md");
    for file in files.iter().filter(documents) {
        ignored_examples(file, &mut found);
    }
    found
}

fn forbidden(file: &TextFile, found: &mut Findings) {
    for (index, line) in code_only(&file.text).lines().enumerate() {
        let dense: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        for (what, instead) in FORBIDDEN {
            if has_word(&dense, what) {
                found.error(format!(
                    "{}:{}: `{what}` may not stand here\n  help: {instead}",
                    file.path,
                    index + 1
                ));
            }
        }
    }
}

/// Whether `what` occurs and is not the end of a longer word.
fn has_word(line: &str, what: &str) -> bool {
    line.match_indices(what).any(|(at, _)| {
        !line[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// Each `#[expect(…)]` gives its reason.
fn expectations(file: &TextFile, found: &mut Findings) {
    let code = code_only(&file.text);
    let mut from = 0;
    while let Some(start) = code[from..].find("[expect(") {
        let start = from + start;
        let end = code[start..]
            .find(']')
            .map_or(code.len(), |end| start + end);
        if !code[start..end].contains("reason") {
            let line = code[..start].matches('\n').count() + 1;
            found.error(format!("{}:{line}: `#[expect]` gives no reason", file.path));
        }
        from = end;
    }
}

/// An example that is not compiled rots.
fn ignored_examples(file: &TextFile, found: &mut Findings) {
    for (index, line) in file.text.lines().enumerate() {
        let line = line
            .trim_start()
            .trim_start_matches("///")
            .trim_start_matches("//!")
            .trim_start();
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        if info.split([',', ' ']).any(|word| word.trim() == "ignore") {
            found.error(format!(
                "{}:{}: an example marked `ignore` is not compiled\n  help: use `no_run`, or `text` if it is no Rust",
                file.path,
                index + 1
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        let file = TextFile {
            path: "src/a.rs".into(),
            text: text.into(),
        };
        check(&[file]).errors
    }

    fn first_line(text: &str) -> String {
        let errors = errors(text);
        errors
            .first()
            .and_then(|e| e.lines().next())
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn unfinished_code_and_silent_exceptions_are_found() {
        assert_eq!(
            first_line("fn f() {\n    todo!()\n}"),
            "src/a.rs:2: `todo!` may not stand here"
        );
        assert_eq!(
            first_line("dbg!(x);"),
            "src/a.rs:1: `dbg!` may not stand here"
        );
        assert_eq!(
            first_line("#[ignore = \"slow\"]"),
            "src/a.rs:1: `#[ignore` may not stand here"
        );
        assert_eq!(
            first_line("#[ allow(dead_code) ]"),
            "src/a.rs:1: `#[allow` may not stand here"
        );
    }

    #[test]
    fn a_word_in_a_text_or_inside_another_word_is_no_offence() {
        assert!(errors("let a = \"todo!\"; // dbg!(x)\nmytodo!();").is_empty());
    }

    #[test]
    fn an_expectation_needs_its_reason() {
        assert!(errors("#[expect(dead_code, reason = \"kept for tests\")]").is_empty());
        assert!(errors("#[expect(\n    dead_code,\n    reason = \"kept\",\n)]").is_empty());
        assert_eq!(
            errors("\n#[expect(dead_code)]"),
            ["src/a.rs:2: `#[expect]` gives no reason"]
        );
    }

    #[test]
    fn an_example_that_is_not_compiled_is_found() {
        let text = "/// ```rust,ignore\n/// x\n/// ```\n/// ```no_run\n/// ```";
        assert_eq!(
            first_line(text),
            "src/a.rs:1: an example marked `ignore` is not compiled"
        );
        assert_eq!(errors(text).len(), 1);
    }

    #[test]
    fn a_long_file_is_a_warning_only() {
        let file = TextFile {
            path: "src/a.rs".into(),
            text: "\n".repeat(401),
        };
        let found = check(&[file]);
        assert!(found.errors.is_empty());
        assert_eq!(found.warnings.len(), 1);
    }
}
