//! What the OpenAPI document lists, this crate has, and nothing beside it that
//! is not listed here.
//!
//! `fixtures/openapi.json` is a list of our own making: methods, paths,
//! permissions, query parameters; members with their kinds and directions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use syncro_client::testing;
use syncro_client::{ErrorKind, FieldInfo, FieldKind};
use wiremock::ResponseTemplate;

use crate::support::{json, reply};

mod additions;
mod calls;
mod calls_money;
mod calls_work;

use additions::{ADDED, ANSWERED_TOO, KEPT_BACK, NOT_TYPED, OTHER_KIND, SENT_TOO};

fn document() -> Value {
    json("openapi.json")
}

/// The fields of every record by its name, and the names behind the keys of
/// parts.
struct Known {
    fields: BTreeMap<&'static str, BTreeMap<&'static str, FieldInfo>>,
    keys: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

fn known() -> Known {
    let mut fields = BTreeMap::new();
    let mut keys: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for model in testing::models() {
        let own = model.fields.iter().map(|field| (field.wire, *field));
        fields.insert(model.name, own.collect());
        keys.entry(model.wire).or_default().insert(model.name);
    }
    Known { fields, keys }
}

fn strings(value: &Value) -> Vec<&str> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).collect()
}

impl Known {
    /// Whether a field holds one of the kinds that the document shows.
    fn holds(&self, field: FieldKind, kinds: &str) -> bool {
        match field {
            FieldKind::List(item) => alternatives(kinds).any(|kind| {
                kind == "any"
                    || kind
                        .strip_prefix('[')
                        .and_then(|kind| kind.strip_suffix(']'))
                        .is_some_and(|kind| self.holds(*item, kind))
            }),
            field => alternatives(kinds).any(|kind| self.is(field, kind)),
        }
    }

    fn is(&self, field: FieldKind, kind: &str) -> bool {
        match field {
            _ if kind == "any" => true,
            FieldKind::Any => !matches!(kind, "flag" | "time"),
            FieldKind::Text | FieldKind::Words(_) => kind == "text",
            FieldKind::Bool => kind == "flag",
            FieldKind::Int | FieldKind::Cents | FieldKind::Id(_) => kind == "int",
            FieldKind::Decimal => matches!(kind, "number" | "int"),
            FieldKind::Time | FieldKind::Date => kind == "time",
            FieldKind::Properties => kind == "object",
            FieldKind::Model(key) => {
                kind == "object" || self.keys.get(key).is_some_and(|names| names.contains(kind))
            }
            _ => false,
        }
    }

    /// What is wrong with a field, in the eyes of the document.
    fn fault(&self, model: &str, field: &FieldInfo, member: &Value) -> Option<String> {
        let place = (model, field.wire);
        let kind = member["kind"].as_str().unwrap();
        let excused = OTHER_KIND.contains(&place) || OTHER_KIND.contains(&(model, "*"));
        if !self.holds(field.kind, kind) && !excused {
            return Some(format!("is {kind}, here {:?}", field.kind));
        }
        let (taken, given) = (member["in"] == true, member["out"] == true);
        if taken && field.read_only != KEPT_BACK.contains(&place) {
            return Some("is taken by a body, and kept back here".to_owned());
        }
        if !taken && field.read_only == SENT_TOO.contains(&place) {
            return Some("is in no body, and sent here".to_owned());
        }
        if given && field.write_only {
            return Some("is in an answer, and not read here".to_owned());
        }
        if !given && field.write_only == ANSWERED_TOO.contains(&place) {
            return Some("is in no answer, and read here".to_owned());
        }
        None
    }
}

/// The kinds between bars, those within brackets left together.
fn alternatives(kinds: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    kinds.split(move |c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == '|' && depth == 0
    })
}

#[test]
fn every_member_of_every_body_is_a_field_with_its_kind_and_direction() {
    let known = known();
    let document = document();
    let mut faults = Vec::new();
    let mut members = 0;
    for (model, theirs) in document["models"].as_object().unwrap() {
        let Some(fields) = known.fields.get(model.as_str()) else {
            faults.push(format!("{model} is missing"));
            continue;
        };
        for member in theirs.as_array().unwrap() {
            members += 1;
            let name = member["name"].as_str().unwrap();
            let left_out = NOT_TYPED.contains(&(model, name));
            match fields.get(name) {
                None if left_out => {}
                None => faults.push(format!("{model}.{name} is missing ({member})")),
                Some(_) if left_out => faults.push(format!("{model}.{name} should not be there")),
                Some(field) => faults.extend(
                    known
                        .fault(model, field, member)
                        .map(|fault| format!("{model}.{name} {fault}")),
                ),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(members > 1_000, "the list is cut short: {members} members");
}

#[test]
fn every_field_is_a_member_of_the_document_or_an_addition_by_name() {
    let document = document();
    let mut strange = Vec::new();
    let mut added = BTreeSet::new();
    for (model, fields) in known().fields {
        let members = document["models"].get(model).and_then(Value::as_array);
        let listed: BTreeSet<&str> = members
            .into_iter()
            .flatten()
            .filter_map(|member| member["name"].as_str())
            .collect();
        for field in fields.into_keys().filter(|field| !listed.contains(field)) {
            let addition = ADDED
                .iter()
                .find(|(record, name, _)| *record == model && (*name == field || *name == "*"));
            match addition {
                Some((record, name, _)) => {
                    added.insert((*record, *name));
                }
                None => strange.push(format!("{model}.{field}")),
            }
        }
    }
    assert!(strange.is_empty(), "not in the document: {strange:#?}");
    let listed: BTreeSet<_> = ADDED
        .iter()
        .map(|(record, name, _)| (*record, *name))
        .collect();
    let gone: Vec<_> = listed.difference(&added).collect();
    assert!(gone.is_empty(), "no additions any more: {gone:?}");
}

/// Methods and paths of the document.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let list = document["operations"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.iter()
        .map(|operation| (text(&operation["method"]), text(&operation["path"])))
        .collect()
}

/// Methods and paths of the operations that are newer than the document.
fn newer() -> BTreeSet<(String, String)> {
    testing::operations()
        .iter()
        .filter(|operation| operation.newer)
        .map(|operation| (operation.method.to_string(), operation.path.to_owned()))
        .collect()
}

#[test]
fn every_operation_is_in_the_table_that_calls_use() {
    let mut table: BTreeSet<(String, String)> = testing::operations()
        .iter()
        .map(|operation| (operation.method.to_string(), operation.path.to_owned()))
        .collect();
    let document = operations(&document());
    assert_eq!(document.len(), 170);
    let newer = newer();
    assert_eq!(newer.len(), 4, "{newer:?}");
    assert!(newer.is_disjoint(&document));
    table.retain(|operation| !newer.contains(operation));
    assert_eq!(table, document);
}

#[test]
fn every_operation_names_the_permissions_of_the_document() {
    let document = document();
    let mut wrong = Vec::new();
    for operation in testing::operations().iter().filter(|known| !known.newer) {
        let list = document["operations"].as_array().unwrap();
        let theirs = list
            .iter()
            .find(|row| row["method"] == operation.method.as_str() && row["path"] == operation.path)
            .and_then(|row| row["permission"].as_str())
            .unwrap_or_default();
        let named = operation
            .permissions
            .iter()
            .all(|permission| theirs.contains(permission));
        if !named || theirs.is_empty() != operation.permissions.is_empty() {
            wrong.push(format!(
                "{}: {theirs:?}, here {:?}",
                operation.name, operation.permissions
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_body_and_every_answer_is_a_record_of_this_crate() {
    let known = known();
    let document = document();
    let mut records = 0;
    for operation in document["operations"].as_array().unwrap() {
        let (takes, gives) = (operation["takes"].as_str(), operation["gives"].as_str());
        for name in takes.into_iter().chain(gives) {
            let name = name.trim_matches(['[', ']']);
            assert!(known.fields.contains_key(name), "{name}: {operation}");
            records += 1;
        }
        let Some(fields) = takes.and_then(|name| known.fields.get(name)) else {
            continue;
        };
        for name in strings(&operation["required"]) {
            assert!(!fields[name].read_only, "{name} is required: {operation}");
        }
    }
    assert!(records > 150, "the list is cut short: {records} records");
}

#[tokio::test]
async fn every_operation_has_a_method_that_calls_it() {
    let document = document();
    let called = calls::all(reply(200, "{}")).await;
    let expected: BTreeSet<_> = operations(&document).union(&newer()).cloned().collect();
    let missing: Vec<_> = expected.difference(&called.operations).collect();
    assert!(missing.is_empty(), "no method calls {missing:#?}");
    let strange: Vec<_> = called.operations.difference(&expected).collect();
    assert!(strange.is_empty(), "not in the document: {strange:#?}");

    let filtered: BTreeSet<(String, String)> = testing::filters()
        .iter()
        .flat_map(|filter| {
            let path = testing::operations()
                .into_iter()
                .find(|known| known.name == filter.operation)
                .map(|known| known.path)
                .unwrap_or_default();
            filter.params.iter().map(move |param| {
                (
                    path.to_owned(),
                    param.wire.trim_end_matches("[]").to_owned(),
                )
            })
        })
        .collect();
    let mut sent: BTreeSet<_> = called.parameters.union(&filtered).cloned().collect();
    let mut unasked = Vec::new();
    let mut bare = Vec::new();
    for operation in document["operations"].as_array().unwrap() {
        let path = operation["path"].as_str().unwrap();
        for name in strings(&operation["query"]) {
            if !sent.remove(&(path.to_owned(), name.to_owned())) {
                unasked.push(format!("{path} {name}"));
            }
        }
        for name in strings(&operation["args"]) {
            if !called.members.contains(&(path.to_owned(), name.to_owned())) {
                bare.push(format!("{path} {name}"));
            }
        }
    }
    assert!(unasked.is_empty(), "no method sends {unasked:#?}");
    assert!(bare.is_empty(), "no body holds {bare:#?}");
    let newer: BTreeSet<_> = newer().into_iter().map(|(_, path)| path).collect();
    sent.retain(|(path, name)| !newer.contains(path) && name != "page" && name != "per_page");
    let added: BTreeSet<_> = additions::PARAMETERS
        .iter()
        .map(|(path, name, _)| ((*path).to_owned(), (*name).to_owned()))
        .collect();
    assert_eq!(sent, added, "parameters beside the document");
}

#[tokio::test]
async fn every_call_says_the_same_of_a_refusal() {
    let document = document();
    let mut documented: BTreeSet<u64> = document["operations"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|operation| operation["errors"].as_array())
        .flatten()
        .filter_map(Value::as_u64)
        .collect();
    for (status, body, kind) in [
        (
            400,
            r#"{"message": ["Vendor is blank"]}"#,
            ErrorKind::Validation,
        ),
        (401, r#"{"error": "Nope"}"#, ErrorKind::Auth),
        (
            401,
            r#"{"error": "Not authorized. Please ask account admin to update your group permissions."}"#,
            ErrorKind::Permission,
        ),
        (404, "", ErrorKind::NotFound),
        (422, "", ErrorKind::Validation),
        (
            422,
            r#"{"success": false, "message": ["Name can't be blank"]}"#,
            ErrorKind::Validation,
        ),
        (503, "", ErrorKind::Unavailable),
    ] {
        let with = if body.is_empty() {
            ResponseTemplate::new(status)
        } else {
            reply(status, body)
        };
        let called = calls::all(with).await;
        let kinds: BTreeSet<_> = called.kinds.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(kinds, BTreeSet::from([kind.as_str()]), "status {status}");
        assert!(called.kinds.len() > 170, "{} calls", called.kinds.len());
        documented.remove(&u64::from(status));
    }
    assert!(documented.is_empty(), "not tried: {documented:?}");
}
