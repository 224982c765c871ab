//! Every recorded answer of the mobile API, read by the type of its operation.
//!
//! The oracle is `serde_json` on the same body.

use std::collections::BTreeMap;
use std::path::PathBuf;

use api_core::Json;
use proptest::prelude::*;
use serde_json::Value as Plain;

use super::delete::Deleted;
use super::fetch::{self, RelatedCount};
use super::list::ListPage;
use super::lists::{Alert, FilterDetails, Filters};
use super::people::{Charge, Module, Owners, Tax, UserInfo};
use super::query::Page;
use super::related::HistoryEntry;
use super::sync::SyncPage;
use super::*;
use crate::RecordId;

#[test]
fn the_generation_follows_from_the_modules_version() {
    for (version, expected) in [
        (Some("1.2.1"), Generation::Old),
        (Some("1.6"), Generation::Old),
        (Some("2.0"), Generation::New),
        (Some("10.1"), Generation::New),
        (Some("odd"), Generation::Old),
        (None, Generation::Old),
    ] {
        assert_eq!(Generation::of(version), expected, "{version:?}");
    }
}

/// The text a plain value has: the oracle of [`Value::text`].
fn plain_text(value: &Plain) -> String {
    match value {
        Plain::String(text) => text.clone(),
        Plain::Number(number) => number.to_string(),
        Plain::Bool(flag) => u8::from(*flag).to_string(),
        Plain::Object(members) if members.contains_key("value") => plain_text(&members["value"]),
        _ => String::new(),
    }
}

fn check_record(name: &str, record: &Record, plain: &Plain) {
    let fields: BTreeMap<String, &Plain> = match plain.get("blocks") {
        Some(Plain::Array(blocks)) => {
            assert_eq!(record.blocks().len(), blocks.len(), "{name}");
            let fields = blocks
                .iter()
                .flat_map(|block| block["fields"].as_array().unwrap());
            fields
                .map(|field| (field["name"].as_str().unwrap().to_owned(), &field["value"]))
                .collect()
        }
        _ => plain
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
    };
    assert_eq!(record.fields().len(), fields.len(), "{name}");
    for (field, value) in fields {
        assert_eq!(record.text(&field), plain_text(value), "{name}: {field}");
        let is_pair = value.get("label").is_some() && value.get("value").is_some();
        let label = record.get(&field).unwrap().label();
        assert_eq!(label.is_some(), is_pair, "{name}: {field}");
    }
    assert_eq!(
        record.id().map(|id| id.to_string()),
        plain["id"].as_str().map(str::to_owned),
        "{name}"
    );
    let lines = plain["LineItems"].as_array().map_or(0, Vec::len);
    assert_eq!(record.line_items().len(), lines, "{name}");
}

fn check_records(name: &str, records: &[Record], plain: &Plain) {
    let rows: &[Plain] = plain.as_array().map_or(&[], Vec::as_slice);
    assert_eq!(records.len(), rows.len(), "{name}");
    for (record, row) in records.iter().zip(rows) {
        if row.get("count").is_none() {
            check_record(name, record, row);
        }
    }
}

/// Reads one answer; `None` for operations that have no reader.
fn check(name: &str, operation: &str, form: &Plain, json: &Json, plain: &Plain) -> Option<()> {
    match operation {
        "login" | "loginAndFetchModules" => {
            let (_, login) = Login::read(operation, json).unwrap();
            let said = &plain["login"];
            assert_eq!(login.user.to_string(), said["userid"].as_str().unwrap());
            assert_eq!(
                login.server_version.as_deref(),
                said["vtiger_version"].as_str()
            );
            let new = name.starts_with("v7");
            assert_eq!(login.generation == Generation::New, new, "{name}");
            let shown = format!("{login:?}");
            assert!(!shown.contains(said["session"].as_str().unwrap()), "{name}");
            if operation != "login" {
                let modules = Module::read_all(operation, json).unwrap();
                assert_eq!(modules.len(), plain["modules"].as_array().unwrap().len());
            }
        }
        "fetchModules" => {
            let modules = Module::read_all(operation, json).unwrap();
            for (module, row) in modules.iter().zip(plain["modules"].as_array().unwrap()) {
                assert_eq!(module.name, row["name"]);
                assert_eq!(module.prefix.unwrap().to_string(), row["id"]);
            }
        }
        "userInfo" => {
            let user = UserInfo::read(json).unwrap();
            assert_eq!(user.username, plain["userinfo"]["username"]);
            assert!(user.is_admin && user.menus["SALES"].contains(&"Quotes".to_owned()));
            assert_eq!(user.apps.len(), plain["apps"].as_array().unwrap().len());
        }
        "fetchModuleFilters" => {
            let filters = Filters::read(json).unwrap();
            let sum = |groups: [&str; 2]| -> usize {
                groups
                    .iter()
                    .filter_map(|group| plain["filters"].get(*group)?.as_array())
                    .map(Vec::len)
                    .sum()
            };
            assert_eq!(filters.mine.len(), sum(["yours", "Mine"]), "{name}");
            assert_eq!(filters.shared.len(), sum(["shared", "Shared"]), "{name}");
            assert_eq!(filters.others.len(), sum(["others", "Others"]), "{name}");
        }
        "filterDetailsWithCount" => {
            let details = FilterDetails::read(json).unwrap();
            let count = plain["filter"]["count"].as_str();
            assert_eq!(
                details.map(|details| details.count.to_string()).as_deref(),
                count,
                "{name}"
            );
        }
        "fetchAllAlerts" => {
            let alerts = Alert::read_all(json).unwrap();
            assert_eq!(alerts.len(), plain["alerts"].as_array().unwrap().len());
        }
        "listModuleRecords" => {
            let page = ListPage::read(json, None).unwrap();
            let rows = plain["records"].as_array().cloned().unwrap_or_default();
            assert_eq!(page.records.len(), rows.len(), "{name}");
            for (record, row) in page.records.iter().zip(&rows) {
                let sent = plain_text(&row["id"]);
                assert!(sent.ends_with(&record.number.to_string()), "{name}");
                assert_eq!(record.id.is_some(), sent.contains('x'), "{name}");
                if let Some(label) = row["label"].as_str() {
                    assert_eq!(record.label, label, "{name}");
                }
            }
            let new = name.starts_with("v7");
            assert_eq!(page.generation == Generation::New, new, "{name}");
            let more = plain["moreRecords"].as_bool();
            assert_eq!(page.more, more.unwrap_or(rows.len() == 99), "{name}");
        }
        "fetchRecord" if form["mode"] == "getRelatedRecordCount" => {
            let counts = RelatedCount::read_all(json).unwrap();
            assert_eq!(counts.len(), plain.as_object().unwrap().len());
            for related in counts {
                let count = plain_text(&plain[&related.label]["count"]);
                assert_eq!(related.count.to_string(), count, "{name}");
            }
        }
        "fetchRecord" | "fetchRecordWithGrouping" | "saveRecord" | "addRecordComment" => {
            let record = fetch::record(operation, json).unwrap();
            check_record(name, &record, &plain["record"]);
        }
        "fetchRecordsWithGrouping" => {
            let rows = wire::rows(operation, json, "records").unwrap();
            let records: Vec<Record> = rows
                .iter()
                .map(|row| Record::read(operation, row).unwrap())
                .collect();
            check_records(name, &records, &plain["records"]);
        }
        "query" | "queryWithGrouping" | "relatedRecordsWithGrouping" => {
            let page = Page::read(operation, json).unwrap();
            check_records(name, &page.records, &plain["records"]);
            let next = plain["nextPage"].as_u64().filter(|next| *next != 0);
            assert_eq!(page.next_page.map(u64::from), next, "{name}");
        }
        "syncModuleRecords" => {
            let page = SyncPage::read(json).unwrap();
            let sync = &plain["sync"];
            check_records(name, &page.updated, &sync["updated"]);
            assert_eq!(
                page.deleted.len(),
                sync["deleted"].as_array().unwrap().len()
            );
            let token = Some(plain_text(&sync["nextSyncToken"])).filter(|token| token != "0");
            assert_eq!(page.token.map(|token| token.to_string()), token, "{name}");
        }
        "deleteRecords" => {
            let keys: Vec<String> = match &plain["deleted"] {
                Plain::Object(members) => members.keys().cloned().collect(),
                _ => Vec::new(),
            };
            let asked: Vec<RecordId> = keys
                .iter()
                .filter_map(|key| {
                    key.parse()
                        .ok()
                        .or_else(|| Some(RecordId::new(12, key.parse().ok()?)))
                })
                .collect();
            if plain["deleted"].is_array() {
                assert!(Deleted::read(json, &[RecordId::new(12, 1)]).is_err());
            } else {
                let read = Deleted::read(json, &asked).unwrap();
                for id in read.deleted.iter().chain(&read.refused) {
                    let said = [id.to_string(), id.number.to_string()]
                        .iter()
                        .find_map(|key| plain["deleted"].get(key)?.as_bool());
                    assert_eq!(said, Some(read.deleted.contains(id)), "{name}");
                }
                assert!(read.unanswered.is_empty(), "{name}");
            }
        }
        "history" => {
            let entries = HistoryEntry::read_all(json).unwrap();
            let rows = plain["history"].as_array().unwrap();
            assert_eq!(entries.len(), rows.len());
            for (entry, row) in entries.iter().zip(rows) {
                let links = row["values"].get("record").is_some_and(Plain::is_object)
                    && row["values"]["record"].get("module").is_some();
                assert_eq!(entry.linked.is_some(), links, "{name}");
                let values = row["values"].as_object().map_or(0, serde_json::Map::len);
                assert_eq!(entry.changes.len() + usize::from(links), values, "{name}");
                assert!(!matches!(entry.status, HistoryStatus::Other(_)), "{name}");
            }
        }
        "taxByType" if form["taxType"] == "charges" => {
            let charges = Charge::read_all(json).unwrap();
            assert_eq!(charges.len(), plain.as_object().unwrap().len());
        }
        "taxByType" => {
            let taxes = Tax::read_all(json).unwrap();
            let rows = plain.as_array().unwrap();
            assert_eq!(taxes.len(), rows.len());
            for (tax, row) in taxes.iter().zip(rows) {
                let percentage = tax.percentage.unwrap().to_string();
                assert_eq!(percentage, row["percentage"], "{name}");
            }
        }
        "fetchModuleOwners" => {
            let owners = Owners::read(json).unwrap();
            assert_eq!(owners.users.len(), plain["users"].as_array().unwrap().len());
        }
        _ => return None,
    }
    Some(())
}

#[test]
fn every_recorded_answer_is_read_by_the_type_of_its_operation() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recorded");
    let mut checked: BTreeMap<String, usize> = BTreeMap::new();
    let mut unread: BTreeMap<String, usize> = BTreeMap::new();
    for generation in ["v5", "v7"] {
        let mut paths: Vec<_> = std::fs::read_dir(root.join(generation))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let exchange: Plain = serde_json::from_str(&text).unwrap();
            let operation = exchange["operation"].as_str().unwrap();
            let operation = match exchange["api"].as_str() {
                Some("mobile") => operation,
                _ => match operation.strip_prefix("mobile.") {
                    Some("fetchrecord") => "fetchRecord",
                    Some(operation) => operation,
                    None => continue,
                },
            };
            let body = exchange["response"]["body"].as_str().unwrap();
            let Some(at) = body.rfind(r#"{"success":true"#) else {
                continue;
            };
            let plain: Plain = serde_json::from_str(&body[at..]).unwrap();
            let json = Json::parse(&body[at..]).unwrap();
            let name = format!(
                "{generation}/{}",
                path.file_name().unwrap().to_string_lossy()
            );
            let form = &exchange["request"]["form"];
            let seen = check(
                &name,
                operation,
                form,
                json.get("result").unwrap(),
                &plain["result"],
            );
            let tally = match seen {
                Some(()) => &mut checked,
                None => &mut unread,
            };
            *tally.entry(operation.to_owned()).or_default() += 1;
        }
    }
    let others: Vec<&str> = unread.keys().map(String::as_str).collect();
    // Read elsewhere: descriptions by their own module, the others inline.
    assert!(
        others.iter().all(|operation| [
            "describe",
            "alertDetailsWithMessage",
            "fetchReferenceRecords",
            "logout"
        ]
        .contains(operation)),
        "{others:?}"
    );
    let total: usize = checked.values().sum();
    assert!(total >= 90, "{total}: {checked:?}");
    assert!(checked.len() >= 18, "{checked:?}");
}

#[test]
fn debug_of_a_user_shows_neither_password_nor_access_key() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/recorded/v5/496-mobile-saveRecord-Users_create_as_in_docs.json");
    let exchange: Plain = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let answer = Json::parse(exchange["response"]["body"].as_str().unwrap()).unwrap();
    let record = fetch::record("saveRecord", answer.get("result").unwrap()).unwrap();
    let shown = format!("{record:?}");
    for field in ["user_password", "confirm_password", "accesskey"] {
        let secret = record.text(field);
        assert!(!secret.is_empty(), "{field}");
        assert!(!shown.contains(secret), "{field}");
    }
    assert!(shown.contains("mobuser"), "{shown}");
}

#[test]
fn labels_are_decoded_and_values_are_not() {
    let json = Json::parse(
        r#"{"record":{"blocks":[{"label":"A &amp; B","fields":[
            {"name":"parent_id","value":{"value":"12x124","label":"Bj&oslash;rn"},"label":"Start &amp; End","uitype":252},
            {"name":"title","value":"a &amp; b","label":"Title","uitype":"2"}
        ]}],"id":"17x1","labelFields":["title"]}}"#,
    )
    .unwrap();
    let record = fetch::record("fetchRecordWithGrouping", &json).unwrap();
    assert_eq!(record.blocks()[0].label, "A & B");
    assert_eq!(record.blocks()[0].fields[0].label, "Start & End");
    assert_eq!(record.blocks()[0].fields[0].uitype, Some(252));
    assert_eq!(record.blocks()[0].fields[1].uitype, Some(2));
    assert_eq!(record.get("parent_id").unwrap().label(), Some("Bjørn"));
    assert_eq!(record.reference("parent_id"), Some(RecordId::new(12, 124)));
    assert_eq!(record.text("title"), "a &amp; b");
    assert_eq!(record.label_fields(), ["title"]);
    assert_eq!(
        Json::from(record.to_plain().into_map()).to_string(),
        r#"{"id":"17x1","parent_id":"12x124","title":"a &amp; b"}"#
    );
}

#[test]
fn the_documented_answers_are_read() {
    for (file, operation) in [
        ("login_and_fetch_modules", "fetchModules"),
        ("sync", "syncModuleRecords"),
        ("fetch_record", "fetchRecord"),
        ("fetch_record_with_grouping", "fetchRecordWithGrouping"),
        ("fetch_records_with_grouping", "fetchRecordsWithGrouping"),
        ("save_record", "saveRecord"),
    ] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/fixtures/mobile/{file}.json"));
        let text = std::fs::read_to_string(path).unwrap();
        let plain: Plain = serde_json::from_str(&text).unwrap();
        let json = Json::parse(&text).unwrap();
        let read = check(file, operation, &Plain::Null, &json, &plain);
        assert_eq!(read, Some(()), "{file}");
    }
}

/// Names that the readers look for.
const NAMES: &str = "(records|record|blocks|fields|name|value|label|id|sync|updated|deleted|nextSyncToken|nextPage|filters|yours|Mine|filter|count|alerts|alertid|history|status|values|module|login|session|userid|modules|users|userinfo|taxes|taxid|LineItems|labelFields|type|defaultValue)";

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "[0-9x]{0,6}".prop_map(Json::from),
        "\\PC{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::btree_map(NAMES, inner, 0..6).prop_map(Json::from),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_makes_a_reader_panic(json in any_json()) {
        let read = [
            Login::read("login", &json).is_ok(),
            Module::read_all("fetchModules", &json).is_ok(),
            UserInfo::read(&json).is_ok(),
            Filters::read(&json).is_ok(),
            FilterDetails::read(&json).is_ok(),
            Alert::read_all(&json).is_ok(),
            ListPage::read(&json, None).is_ok(),
            RelatedCount::read_all(&json).is_ok(),
            fetch::record("fetchRecord", &json).is_ok(),
            Record::read("fetchRecord", &json).is_ok(),
            Page::read("query", &json).is_ok(),
            SyncPage::read(&json).is_ok(),
            Deleted::read(&json, &[RecordId::new(1, 1)]).is_ok(),
            HistoryEntry::read_all(&json).is_ok(),
            Tax::read_all(&json).is_ok(),
            Charge::read_all(&json).is_ok(),
            Owners::read(&json).is_ok(),
        ];
        // A page of rows is never made of something that has none.
        prop_assert!(!read[10] || json.get("records").is_some());
        prop_assert!(!read[11] || json.get("sync").is_some());
    }
}
