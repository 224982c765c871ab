//! Every code that the crates of this workspace can produce has a text.

use std::path::{Path, PathBuf};

use api_core::ErrorKind;
use audit_log::{Lang, advice};

#[test]
fn every_kind_of_error_has_a_text_in_both_languages() {
    for kind in ErrorKind::ALL {
        for lang in Lang::ALL {
            assert!(advice(kind.as_str(), lang).is_some(), "{kind} in {lang}");
        }
    }
}

/// The sources of the other crates; none where this one is built alone.
fn sources() -> Vec<PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut left: Vec<PathBuf> = [
        "api-core",
        "connectors",
        "koppel-app",
        "simplycrm-ws",
        "smartcrm-client",
        "snelstart-client",
        "sync-core",
        "syncro-client",
    ]
    .map(|name| crates.join(name).join("src"))
    .into();
    let mut files = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path);
        }
    }
    files
}

/// The codes that a source gives to errors as they stand there, tests and examples left out.
fn codes(source: &str) -> Vec<&str> {
    let program = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = program
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split(".code(\"").skip(1))
        .filter_map(|rest| rest.split_once('"'))
        .map(|(code, _)| code)
        .collect()
}

/// The words on the right of a list such as `Name = "word",` in a `codes!` macro, or on the left
/// of `("WORD", Code::Name)`.
fn listed(source: &str) -> Vec<&str> {
    let mut words = Vec::new();
    if let Some((_, list)) = source.split_once("\ncodes! {") {
        let list = list.split("\n}").next().unwrap();
        words.extend(
            list.lines()
                .filter_map(|line| line.split_once(" = \"")?.1.split('"').next()),
        );
    }
    if let Some((_, list)) = source.split_once("const WORDS: &[(&str, Code)] = &[") {
        let list = list.split("\n];").next().unwrap();
        words.extend(list.lines().filter_map(|line| line.split('"').nth(1)));
    }
    words
}

#[test]
fn every_code_in_the_sources_has_a_text() {
    let files = sources();
    if files.is_empty() {
        println!("left out: the other crates are not beside this one");
        return;
    }
    let (mut missing, mut found) = (Vec::new(), 0);
    for file in files {
        if file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "testing")
        {
            continue;
        }
        let source = std::fs::read_to_string(&file).unwrap();
        for code in codes(&source).into_iter().chain(listed(&source)) {
            found += 1;
            if Lang::ALL.iter().any(|lang| advice(code, *lang).is_none()) {
                missing.push(format!("{code} ({})", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "codes without advice: {missing:#?}");
    assert!(
        found > 90,
        "only {found} codes were found: the sources are written otherwise now"
    );
}

#[test]
fn codes_that_no_literal_shows_have_a_text_too() {
    // Bodies that are no answer, and mobile refusals (simplycrm-ws); a bulk answer without ids
    // (smartcrm-client); a slow gateway (syncro-client); a name nobody knows (connectors).
    for code in [
        "empty_body",
        "server_crash",
        "text_death",
        "html_page",
        "html_fatal",
        "broken_json",
        "no_envelope",
        "null_error",
        "request_too_long",
        "0",
        "1001",
        "1210",
        "1401",
        "1404",
        "1501",
        "confirmed_without_id",
        "gateway_timeout",
        "unknown_name",
        "validation_failed",
        // Databases: busy, full, no rights, unique.
        "5",
        "13",
        "8",
        "2067",
        "1045",
        "1062",
        "1213",
        "23505",
        "28P01",
        "42501",
        "53300",
        "57P01",
    ] {
        for lang in Lang::ALL {
            assert!(advice(code, lang).is_some(), "{code} in {lang}");
        }
    }
}
