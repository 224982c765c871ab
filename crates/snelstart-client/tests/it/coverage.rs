//! What the OpenAPI document lists, this crate has.
//!
//! `fixtures/openapi.json` is a list of our own making: methods, paths and
//! query parameters; members with their kinds, lengths and words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use snelstart_client::testing;
use snelstart_client::{FieldInfo, FieldKind};

use crate::support::fixture;

mod calls;

/// Models of the document that are one here, because they differ in nothing
/// but what one of them leaves out.
const SAME: &[(&str, &str)] = &[
    ("ArtikelModel", "ArtikelQueryModel"),
    ("CustomFieldDefinitionDto", "CustomFieldDefinitionModel"),
    (
        "CustomFieldDefinitionPropertyDto",
        "CustomFieldDefinitionPropertyModel",
    ),
    ("CustomFieldDto", "CustomFieldModel"),
    ("RegelIngaveGegevenModel", "IngaveGegevenModel"),
    ("RelatieWriteModel", "RelatieModel"),
];

/// Members that hold something else than the text the document speaks of:
/// extra fields come as numbers and booleans too (measured by client authors),
/// and a file is bytes.
const MORE_THAN_TEXT: &[(&str, &str, FieldKind)] = &[
    (
        "BankafschriftBestand",
        "base64EncodedContent",
        FieldKind::Bytes,
    ),
    ("ExtraVeldArtikelModel", "waarde", FieldKind::Any),
    ("ExtraVeldRelatieModel", "waarde", FieldKind::Any),
];

fn document() -> Value {
    serde_json::from_str(&fixture("openapi.json")).unwrap()
}

/// The name under which this crate has a model of the document.
fn ours(model: &str) -> &str {
    SAME.iter()
        .find(|(theirs, _)| *theirs == model)
        .map_or(model, |(_, ours)| ours)
}

fn known() -> BTreeMap<&'static str, BTreeMap<&'static str, FieldInfo>> {
    testing::models()
        .into_iter()
        .map(|model| {
            let fields = model.fields.iter().map(|field| (field.wire, *field));
            (model.wire, fields.collect())
        })
        .collect()
}

/// Whether a field holds what the document says it does.
fn holds(field: FieldKind, kind: &str) -> bool {
    match (field, kind) {
        (FieldKind::Text, "text")
        | (FieldKind::Words(_), "text")
        | (FieldKind::Bool, "flag")
        | (FieldKind::Int32, "i32")
        | (FieldKind::Int64, "i64")
        | (FieldKind::Decimal, "number")
        | (FieldKind::Time, "time")
        | (FieldKind::Uuid, "uuid")
        | (FieldKind::Bytes, "base64")
        | (FieldKind::Any, "any")
        | (FieldKind::Reference, "ref") => true,
        (FieldKind::Model(name), kind) => name == ours(kind),
        (FieldKind::List(item), kind) => kind
            .strip_prefix('[')
            .and_then(|kind| kind.strip_suffix(']'))
            .is_some_and(|kind| holds(*item, kind)),
        _ => false,
    }
}

/// The words of a field, or of what its list holds.
fn words(kind: FieldKind) -> &'static [&'static str] {
    match kind {
        FieldKind::Words(words) => words,
        FieldKind::List(item) => words(*item),
        _ => &[],
    }
}

fn strings(value: &Value) -> Vec<&str> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).collect()
}

/// What is wrong with a field, in the eyes of the document.
fn fault(model: &str, field: &FieldInfo, member: &Value) -> Option<String> {
    let name = member["name"].as_str().unwrap();
    let kind = member["kind"].as_str().unwrap();
    let excused = kind == "text" && MORE_THAN_TEXT.contains(&(model, name, field.kind));
    if !excused && !holds(field.kind, kind) {
        return Some(format!("is {kind}, here {:?}", field.kind));
    }
    let max = member["max"].as_u64();
    if max.is_some() && max != field.max.map(u64::from) {
        return Some(format!("holds {max:?} characters, here {:?}", field.max));
    }
    if member["read_only"] == true && !field.read_only && model == ours(model) && name != "uri" {
        return Some("is read only, here it is not".to_owned());
    }
    if member["required"] == true && !field.required {
        return Some("is required, here it is not".to_owned());
    }
    let missing: Vec<_> = strings(&member["words"])
        .into_iter()
        .filter(|word| !words(field.kind).contains(word))
        .collect();
    (!missing.is_empty()).then(|| format!("lacks the words {missing:?}"))
}

#[test]
fn every_member_of_every_model_is_a_field_with_its_kind_length_and_words() {
    let known = known();
    let document = document();
    let mut faults = Vec::new();
    let mut members = 0;
    for (model, theirs) in document["models"].as_object().unwrap() {
        let Some(fields) = known.get(ours(model)) else {
            faults.push(format!("{model} is missing"));
            continue;
        };
        for member in theirs.as_array().unwrap() {
            members += 1;
            let name = member["name"].as_str().unwrap();
            match fields.get(name) {
                None => faults.push(format!("{model}.{name} is missing")),
                Some(field) => faults.extend(
                    fault(model, field, member).map(|fault| format!("{model}.{name} {fault}")),
                ),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(members > 600, "the list is cut short: {members} members");
}

#[test]
fn every_field_is_a_member_of_a_model_of_the_document() {
    let document = document();
    let mut listed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (model, members) in document["models"].as_object().unwrap() {
        let names = members
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member["name"].as_str().unwrap());
        listed.entry(ours(model)).or_default().extend(names);
    }
    let mut strange = Vec::new();
    for (model, fields) in known() {
        let members = listed.get(model);
        for field in fields.keys() {
            if !members.is_some_and(|members| members.contains(field)) {
                strange.push(format!("{model}.{field}"));
            }
        }
    }
    assert!(strange.is_empty(), "not in the document: {strange:?}");
}

/// Methods and paths of the document.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let list = document["operations"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.iter()
        .map(|operation| (text(&operation["method"]), text(&operation["path"])))
        .collect()
}

#[test]
fn every_operation_is_in_the_table_that_calls_use() {
    let table: BTreeSet<(String, String)> = testing::operations()
        .iter()
        .map(|operation| (operation.method.to_string(), operation.path.to_owned()))
        .collect();
    let document = operations(&document());
    assert_eq!(document.len(), 96);
    assert_eq!(table, document);
}

#[tokio::test]
async fn every_operation_has_a_method_that_calls_it() {
    let document = document();
    let called = calls::all().await;
    let expected = operations(&document);
    let missing: Vec<_> = expected.difference(&called.operations).collect();
    assert!(missing.is_empty(), "no method calls {missing:?}");
    let strange: Vec<_> = called.operations.difference(&expected).collect();
    assert!(strange.is_empty(), "not in the document: {strange:?}");

    let mut unasked = Vec::new();
    for operation in document["operations"].as_array().unwrap() {
        let path = operation["path"].as_str().unwrap();
        for name in strings(&operation["query"]) {
            if !called
                .parameters
                .contains(&(path.to_owned(), name.to_owned()))
            {
                unasked.push(format!("{path} {name}"));
            }
        }
    }
    assert!(unasked.is_empty(), "no method sends {unasked:?}");
}
