//! The house rules on where files stand.

use std::collections::BTreeSet;

use super::Findings;
use crate::repo::TextFile;

/// What may stand at the top besides dot-files.
const TOP: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "README.md",
    "crates",
    "docs",
    "xtask",
];

/// Files each crate that speaks to a remote system has.
const CLIENT_FILES: [&str; 4] = [
    "src/client.rs",
    "src/auth.rs",
    "src/error.rs",
    "tests/it/main.rs",
];

/// Checks the names of all files and how each crate is set up.
pub(crate) fn check(files: &[String], texts: &[TextFile]) -> Findings {
    let mut found = Findings::default();
    let top: BTreeSet<&str> = files
        .iter()
        .map(|file| file.split('/').next().unwrap_or(file))
        .collect();
    for name in &top {
        if !name.starts_with('.') && !TOP.contains(name) {
            found.error(format!(
                "`{name}` stands at the top level\n  help: only {} and dot-files do",
                TOP.join(", ")
            ));
        }
    }
    for name in ["Cargo.toml", "Cargo.lock", "LICENSE", "README.md", ".ci"] {
        if !top.contains(name) {
            found.error(format!("`{name}` is missing at the top level"));
        }
    }
    let crates: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.strip_prefix("crates/")?.split_once('/'))
        .map(|(name, _)| name)
        .collect();
    for name in crates {
        check_crate(name, files, texts, &mut found);
    }
    found
}

fn check_crate(name: &str, files: &[String], texts: &[TextFile], found: &mut Findings) {
    let has = |path: &str| files.iter().any(|file| file == path);
    let text = |path: &str| {
        texts
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.text.as_str())
    };
    let manifest = format!("crates/{name}/Cargo.toml");
    match text(&manifest) {
        None => found.error(format!("{manifest} is missing")),
        Some(toml) => {
            let inherits = toml
                .split("[lints]")
                .nth(1)
                .is_some_and(|rest| rest.trim_start().starts_with("workspace = true"));
            if !inherits {
                found.error(format!("{manifest}: `[lints] workspace = true` is missing"));
            }
        }
    }
    let readme = format!("crates/{name}/README.md");
    if !has(&readme) {
        found.error(format!(
            "{readme} is missing; it is the crate's documentation"
        ));
    }
    let lib = format!("crates/{name}/src/lib.rs");
    if let Some(source) = text(&lib) {
        if !source.contains("#![doc = include_str!(\"../README.md\")]") {
            found.error(format!(
                "{lib} does not take its documentation from README.md\n  help: #![doc = include_str!(\"../README.md\")]"
            ));
        }
        if let Some(line) = item_line(source) {
            found.error(format!(
                "{lib}:{line}: holds code; it is for documentation and re-exports"
            ));
        }
    }
    if name.ends_with("-client") || name.ends_with("-ws") {
        for file in CLIENT_FILES {
            if !has(&format!("crates/{name}/{file}")) {
                found.error(format!(
                    "crates/{name}/{file} is missing; every client has the same files"
                ));
            }
        }
    }
    let tests = format!("crates/{name}/tests/");
    for file in files {
        let stray = file
            .strip_prefix(&tests)
            .is_some_and(|rest| !rest.contains('/') && rest.ends_with(".rs"));
        if stray {
            found.error(format!(
                "{file}: a test binary of its own\n  help: make it a module of {tests}it/main.rs, which links once"
            ));
        }
    }
}

/// The first line of a `lib.rs` that starts an item with a body.
fn item_line(source: &str) -> Option<usize> {
    let code = super::rust_source::code_only(source);
    let starts = [
        "fn ",
        "struct ",
        "enum ",
        "trait ",
        "impl ",
        "impl<",
        "async fn ",
        "const fn ",
    ];
    code.lines()
        .position(|line| {
            let line = line.trim_start();
            let line = match line.strip_prefix("pub") {
                Some(rest) if rest.starts_with('(') => {
                    rest.split_once(") ").map_or(rest, |(_, r)| r)
                }
                Some(rest) if rest.starts_with(' ') => rest.trim_start(),
                _ => line,
            };
            starts.iter().any(|start| line.starts_with(start))
        })
        .map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str =
        "#![doc = include_str!(\"../README.md\")]\n\nmod client;\npub use client::Client;\n";

    fn errors(extra: &[(&str, &str)], without: &[&str]) -> Vec<String> {
        let mut texts: Vec<TextFile> = [
            ("Cargo.toml", ""),
            ("Cargo.lock", ""),
            ("LICENSE", ""),
            ("README.md", ""),
            (".ci/run", ""),
            ("crates/a-client/Cargo.toml", "[lints]\nworkspace = true\n"),
            ("crates/a-client/README.md", ""),
            ("crates/a-client/src/lib.rs", LIB),
            ("crates/a-client/src/client.rs", ""),
            ("crates/a-client/src/auth.rs", ""),
            ("crates/a-client/src/error.rs", ""),
            ("crates/a-client/tests/it/main.rs", ""),
        ]
        .into_iter()
        .filter(|(path, _)| !without.contains(path))
        .map(|(path, text)| TextFile {
            path: path.into(),
            text: text.into(),
        })
        .collect();
        for (path, text) in extra {
            texts.retain(|file| file.path != *path);
            texts.push(TextFile {
                path: (*path).into(),
                text: (*text).into(),
            });
        }
        let files: Vec<String> = texts.iter().map(|file| file.path.clone()).collect();
        check(&files, &texts).errors
    }

    #[test]
    fn the_house_as_drawn_passes() {
        assert_eq!(errors(&[], &[]), Vec::<String>::new());
    }

    #[test]
    fn a_stray_file_at_the_top_is_found_and_a_dot_file_is_not() {
        let found = errors(&[("notes.txt", ""), (".editorconfig", "")], &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("`notes.txt` stands at the top level"));
    }

    #[test]
    fn a_client_without_its_usual_files_is_found() {
        assert_eq!(
            errors(&[], &["crates/a-client/src/auth.rs"]),
            ["crates/a-client/src/auth.rs is missing; every client has the same files"]
        );
    }

    #[test]
    fn code_in_lib_rs_and_a_second_test_binary_are_found() {
        let lib = format!("{LIB}\npub(crate) fn helper() {{}}\n");
        let found = errors(
            &[
                ("crates/a-client/src/lib.rs", &lib),
                ("crates/a-client/tests/more.rs", ""),
            ],
            &[],
        );
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("crates/a-client/src/lib.rs:6: holds code"));
        assert!(found[1].starts_with("crates/a-client/tests/more.rs: a test binary"));
    }

    #[test]
    fn a_crate_that_does_not_inherit_the_lints_is_found() {
        assert_eq!(
            errors(&[("crates/a-client/Cargo.toml", "[package]\n")], &[]),
            ["crates/a-client/Cargo.toml: `[lints] workspace = true` is missing"]
        );
    }
}
