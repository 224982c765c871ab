//! Every documented body decodes, and is written again as it came.
//!
//! What may differ is written down in `samples/same.rs`.

use std::collections::BTreeSet;

use serde_json::Value;
use syncro_client::testing::{decode, decode_one};
use syncro_client::{Guarded, Model};

mod same;
mod table;

use crate::support::{fixture, json};
use same::{differences, strangers};
use table::{RECORDS, SENTENCES};

/// One body: its file, where its record or records stand in it, and how they
/// are read.
pub(crate) struct Sample {
    file: &'static str,
    at: &'static str,
    read: fn(&str, &Value) -> Vec<String>,
}

impl Sample {
    pub(crate) const fn new(
        file: &'static str,
        at: &'static str,
        read: fn(&str, &Value) -> Vec<String>,
    ) -> Self {
        Self { file, at, read }
    }
}

/// What is wrong with one record that was read and written again.
fn judged<M: Model>(raw: &Value, record: &M) -> Vec<String> {
    let written = serde_json::from_str(&record.to_whole_json().to_string()).unwrap();
    let mut wrong = differences("", raw, &written);
    wrong.extend(strangers("", raw, M::NAME));
    wrong
}

/// Reads a body of one record as the client does.
pub(crate) fn one<M: Model>(body: &str, raw: &Value) -> Vec<String> {
    match decode_one::<M>(body.as_bytes()) {
        Ok(record) => judged(raw, &record),
        Err(error) => vec![error.to_string()],
    }
}

/// Reads a body of several records as the client does.
pub(crate) fn many<M: Model>(body: &str, raw: &Value) -> Vec<String> {
    let rows = match decode::<M>(body.as_bytes()) {
        Ok(rows) => rows,
        Err(error) => return vec![error.to_string()],
    };
    let raw = raw.as_array().unwrap();
    assert!(!raw.is_empty(), "a list without rows shows nothing");
    assert_eq!(rows.len(), raw.len());
    let judge = |(raw, row): (&Value, &Guarded<M>)| match row {
        // A row in an envelope of its own.
        Guarded::Good(record) => judged(raw.get(M::WIRE).unwrap_or(raw), record),
        Guarded::Bad(bad) => vec![format!("{}: {}", bad.path, bad.message)],
    };
    raw.iter().zip(&rows).flat_map(judge).collect()
}

#[test]
fn every_sample_is_read_and_written_again_as_it_came() {
    let mut wrong = Vec::new();
    for sample in RECORDS {
        let file = format!("samples/{}.json", sample.file);
        let (text, body) = (fixture(&file), json(&file));
        let raw = body.pointer(sample.at);
        let raw = raw.unwrap_or_else(|| panic!("{file} has no {}", sample.at));
        for difference in (sample.read)(&text, raw) {
            wrong.push(format!("{}: {difference}", sample.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_sample_that_holds_no_record_says_a_sentence_or_success() {
    for file in SENTENCES {
        let body = json(&format!("samples/{file}.json"));
        let members = body.as_object().unwrap();
        assert!(!members.is_empty(), "{file}");
        for (name, value) in members {
            let fits = match name.as_str() {
                "message" | "status" => value.is_string(),
                "success" => value == &Value::Bool(true) || value.as_str() == Some("true"),
                _ => false,
            };
            assert!(fits, "{file}: {name}");
        }
    }
}

#[test]
fn every_sample_stands_in_the_table() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/samples");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.trim_end_matches(".json").to_owned())
        .collect();
    let listed: BTreeSet<String> = RECORDS
        .iter()
        .map(|sample| sample.file)
        .chain(SENTENCES.iter().copied())
        // Plain text: `lookups.rs` reads it.
        .chain(["GET_callerid_200_1"])
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = files.symmetric_difference(&listed).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(files.len() >= 149);
}
