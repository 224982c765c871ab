//! When a record that was written again is the one that came.
//!
//! These differences are none:
//!
//! - `null` is left out, and so is a `null` among the items of a list;
//! - a time has another spelling of the same instant, a date stands for its
//!   midnight in UTC;
//! - a decimal number that came as text is a number, of the same value;
//! - `"1"`, `"true"` and `"false"` are truth values;
//! - a number is a text where the OpenAPI document calls it both, see `TEXTS`;
//! - an empty object is an empty list where a list belongs;
//! - a row of cells has names, `[1, "Jo"]` as `{"id": 1, "name": "Jo"}`.

use serde_json::Value;
use syncro_client::testing::models;
use syncro_client::{Date, Decimal, FieldKind, ModelInfo, Timestamp};

/// Members that come as a number and are written as a text: the OpenAPI document
/// calls the external id of a payment profile both.
const TEXTS: [&str; 1] = ["payment_profile_id"];

/// Tells what differs between what came and what was written.
pub(crate) fn differences(path: &str, came: &Value, wrote: &Value) -> Vec<String> {
    match (came, wrote) {
        (Value::Object(came), Value::Object(wrote)) => {
            let mut all = Vec::new();
            for (name, value) in came {
                let path = format!("{path}/{name}");
                match wrote.get(name) {
                    Some(written) => all.extend(differences(&path, value, written)),
                    None if value.is_null() => {}
                    None => all.push(format!("{path} is gone")),
                }
            }
            let new = wrote.keys().filter(|name| !came.contains_key(*name));
            all.extend(new.map(|name| format!("{path}/{name} is new")));
            all
        }
        (Value::Array(came), Value::Array(wrote)) => {
            let came: Vec<_> = came.iter().filter(|item| !item.is_null()).collect();
            let wrote: Vec<_> = wrote.iter().filter(|item| !item.is_null()).collect();
            if came.len() != wrote.len() {
                return vec![format!("{path} has {} items", wrote.len())];
            }
            let pairs = came.iter().zip(wrote).enumerate();
            pairs
                .flat_map(|(n, (came, wrote))| differences(&format!("{path}/{n}"), came, wrote))
                .collect()
        }
        (Value::Object(came), Value::Array(wrote)) if came.is_empty() && wrote.is_empty() => {
            Vec::new()
        }
        (Value::Array(cells), Value::Object(named)) if named.len() == cells.len() => {
            let named: Vec<_> = ["id", "name"]
                .iter()
                .filter_map(|name| named.get(*name))
                .collect();
            let same = cells.iter().collect::<Vec<_>>() == named;
            different(path, same, came, wrote)
        }
        (Value::Number(number), Value::String(text)) => {
            let named = TEXTS.iter().any(|name| path.ends_with(&format!("/{name}")));
            different(path, named && number.to_string() == *text, came, wrote)
        }
        _ => different(path, alike(came, wrote), came, wrote),
    }
}

fn different(path: &str, same: bool, came: &Value, wrote: &Value) -> Vec<String> {
    if same {
        Vec::new()
    } else {
        vec![format!("{path}: {came} became {wrote}")]
    }
}

fn alike(came: &Value, wrote: &Value) -> bool {
    let number = |value: &Value| value.to_string().parse::<Decimal>().ok();
    match (came, wrote) {
        (Value::String(came), Value::String(wrote)) => came == wrote || moment(came, wrote),
        (Value::String(came), Value::Number(_)) => {
            let decimal = came.contains('.').then(|| came.parse::<Decimal>().ok());
            decimal
                .flatten()
                .is_some_and(|came| number(wrote) == Some(came))
        }
        (Value::String(came), Value::Bool(wrote)) => match came.as_str() {
            "1" | "true" => *wrote,
            "false" => !*wrote,
            _ => false,
        },
        (Value::Number(_), Value::Number(_)) => number(came) == number(wrote),
        _ => came == wrote,
    }
}

/// Whether both are the same instant, or one is the other's date at midnight.
fn moment(came: &str, wrote: &str) -> bool {
    let Ok(instant) = came.parse::<Timestamp>() else {
        return false;
    };
    if wrote.parse::<Timestamp>() == Ok(instant) {
        return true;
    }
    wrote.parse::<Date>().is_ok()
        && came.strip_prefix(wrote).is_some_and(|time| {
            time.trim_end_matches('Z')
                .trim_matches(['T', '0', ':', '.'])
                .is_empty()
        })
}

/// Names the members that no field stands for, at any depth.
pub(crate) fn strangers(path: &str, came: &Value, model: &str) -> Vec<String> {
    let models = models();
    let info = models.iter().find(|info| info.name == model);
    let info = info.unwrap_or_else(|| panic!("{model} is not among the records"));
    unknown(&models, path, came, info)
}

fn unknown(models: &[ModelInfo], path: &str, came: &Value, info: &ModelInfo) -> Vec<String> {
    let Value::Object(members) = came else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (name, value) in members {
        let path = format!("{path}/{name}");
        match info.fields.iter().find(|field| field.wire == name) {
            None => all.push(format!("{path} has no field")),
            Some(field) => all.extend(within(models, &path, value, &field.kind)),
        }
    }
    all
}

fn within(models: &[ModelInfo], path: &str, came: &Value, kind: &FieldKind) -> Vec<String> {
    match (kind, came) {
        (FieldKind::List(kind), Value::Array(items)) => items
            .iter()
            .flat_map(|item| within(models, path, item, kind))
            .collect(),
        // Several records may have one name on the wire: the best one counts.
        (FieldKind::Model(wire), came) => models
            .iter()
            .filter(|info| info.wire == *wire)
            .map(|info| unknown(models, path, came, info))
            .min_by_key(Vec::len)
            .unwrap_or_else(|| vec![format!("{path}: no record is called {wire}")]),
        _ => Vec::new(),
    }
}

#[test]
fn what_is_not_the_same_is_told() {
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let differ = |came: &str, wrote: &str| !differences("", &value(came), &value(wrote)).is_empty();
    assert!(!differ(r#"{"a":null,"b":"0.10"}"#, r#"{"b":0.1}"#));
    assert!(!differ(
        r#""2026-02-03T08:00:00.000Z""#,
        r#""2026-02-03T08:00:00Z""#
    ));
    assert!(!differ(r#""2026-02-03T00:00:00.000Z""#, r#""2026-02-03""#));
    assert!(differ(r#""2026-02-03T08:00:00.000Z""#, r#""2026-02-03""#));
    assert!(differ(r#"{"a":1}"#, "{}"));
    assert!(differ("{}", r#"{"a":1}"#));
    assert!(differ(r#""0515""#, "515"));
    assert!(differ(r#""12.5""#, "12.50001"));
    assert!(differ(r#""1""#, "false"));
    assert!(differ("[1,2]", "[1]"));
    let customer = value(r#"{"id":1,"phones":[{"label":"a","lable":"b"}],"nome":"x"}"#);
    let strange = strangers("", &customer, "Customer");
    assert_eq!(
        strange,
        ["/nome has no field", "/phones/lable has no field"]
    );
}
