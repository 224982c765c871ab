//! What the README promises is there.

use std::fs;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What stands between backticks, text by text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_the_readme_names_is_there() {
    let readme = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    let (_, quirks) = readme.split_once("## Quirks").unwrap();
    let mut tests = 0;
    for (module, test) in quoted(quirks).filter_map(|name| name.split_once("::")) {
        let place = match module.strip_prefix("src/") {
            Some(module) => format!("{ROOT}/src/{module}.rs"),
            None => format!("{ROOT}/tests/it/{module}.rs"),
        };
        let source = fs::read_to_string(&place).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(source.contains(&format!("fn {test}(")), "{module}::{test}");
        tests += 1;
    }
    assert!(tests > 80, "only {tests} tests are named");
}

#[test]
fn every_quirk_says_its_test() {
    let readme = fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    let (_, quirks) = readme.split_once("## Quirks").unwrap();
    let (quirks, _) = quirks.split_once("## Assumed").unwrap();
    for quirk in quirks.lines().filter(|line| line.starts_with("- ")) {
        let (_, tests) = quirk.split_once(" — ").unwrap_or_else(|| panic!("{quirk}"));
        assert!(tests.contains("::"), "{quirk}");
    }
}
