//! From the wire to the shared vocabulary.

use std::collections::BTreeMap;

use api_core::{Date, Error, ErrorKind, SendOutcome, Timestamp};
use serde_json::{Map, Value as Json};
use sync_core::{EntityKind, Fields, Record, RecordId, Ref, Value};

use super::table::{ADDRESS_PARTS, Entry, LINE, PAYMENT, Shape, TAX, entries};

/// Reads the fields of a record as SmartCRM sends it (inferred contract).
///
/// Scalars may come as strings, booleans as `1` and `0`. A field that is sent but empty is
/// [`Value::Null`], so that it can be told that somebody cleared it; a field that is not sent is
/// left out. An address is there when any part of it is sent.
///
/// # Errors
/// `Decode`, with the name of the field on the wire, when a value cannot be what it should be.
pub fn from_wire(entity: EntityKind, record: &Map<String, Json>) -> Result<Fields, Error> {
    let mut fields = Fields::new();
    for entry in entries(entity) {
        let sent = match entry.shape {
            Shape::Address(names) => address(record, names)?,
            _ => record
                .get(entry.wire)
                .map(|json| value(entry, json))
                .transpose()?,
        };
        if let Some(value) = sent {
            // Empty maps and lists are nothing, too.
            let nothing = value.is_empty();
            fields.set(entry.ours, if nothing { Value::Null } else { value });
        }
    }
    Ok(fields)
}

/// Reads a record: its id, its fields, and when the server says that it changed last.
///
/// # Errors
/// As [`from_wire`]; also `Decode` when the record has no id.
pub fn record_from_wire(entity: EntityKind, record: &Map<String, Json>) -> Result<Record, Error> {
    let id = id(record).ok_or_else(|| flaw("id", "is missing"))?;
    let read = Record::new(entity, id, from_wire(entity, record)?);
    // A stamp that cannot be read is no reason to lose the record.
    let modified = record
        .get("updated_at")
        .and_then(Json::as_str)
        .and_then(moment);
    Ok(match modified {
        Some(at) => read.modified(at),
        None => read,
    })
}

/// The id of a record, as far as it can be told.
pub(super) fn id(record: &Map<String, Json>) -> Option<RecordId> {
    match record.get("id")? {
        Json::String(id) if !id.is_empty() => Some(RecordId::new(id.as_str())),
        Json::Number(id) => Some(RecordId::new(id.to_string())),
        _ => None,
    }
}

/// The parts of an address that hold something; `None` when no part is sent.
fn address(record: &Map<String, Json>, names: [&'static str; 5]) -> Result<Option<Value>, Error> {
    let mut sent = false;
    let mut parts = BTreeMap::new();
    for (name, part) in names.into_iter().zip(ADDRESS_PARTS) {
        let Some(json) = record.get(name) else {
            continue;
        };
        sent = true;
        if let Some(text) = text(name, json)? {
            parts.insert(part.to_owned(), Value::Text(text));
        }
    }
    Ok(sent.then_some(Value::Map(parts)))
}

fn value(entry: &Entry, json: &Json) -> Result<Value, Error> {
    let name = entry.wire;
    match entry.shape {
        Shape::Custom => return custom(name, json),
        Shape::Texts => return texts(name, json),
        Shape::Lines => return lines(name, json),
        Shape::Taxes => return list(name, json, |tax| part(name, TAX, tax).map(Value::Map)),
        Shape::Payments => {
            return list(name, json, |item| part(name, PAYMENT, item).map(Value::Map));
        }
        Shape::Address(_) => return Ok(Value::Null),
        _ => {}
    }
    let Some(text) = text(name, json)? else {
        return Ok(Value::Null);
    };
    if entry.shape != Shape::Text && text.trim().is_empty() {
        return Ok(Value::Null);
    }
    let wrong = |expected: &str| {
        let shown: String = text.chars().take(32).collect();
        flaw(name, &format!("holds `{shown}`, which is not {expected}"))
    };
    Ok(match entry.shape {
        Shape::Bool => match text.as_str() {
            "1" | "true" => Value::Bool(true),
            "0" | "false" => Value::Bool(false),
            _ => return Err(wrong("a boolean")),
        },
        Shape::Int => Value::Int(text.parse().map_err(|_| wrong("a whole number"))?),
        Shape::Decimal => Value::Decimal(
            rust_decimal::Decimal::from_str_exact(&text).map_err(|_| wrong("a decimal number"))?,
        ),
        // MySQL's spelling of "no date".
        Shape::Date | Shape::Timestamp if text.trim().starts_with("0000-00-00") => Value::Null,
        Shape::Date => Value::Date(day(&text).ok_or_else(|| wrong("a date"))?),
        Shape::Timestamp => Value::Timestamp(moment(&text).ok_or_else(|| wrong("a time stamp"))?),
        // Zero is how this family of systems spells "none".
        Shape::Ref(_) if text == "0" => Value::Null,
        Shape::Ref(kind) => Value::Ref(Ref::new(kind, text)),
        _ => Value::Text(text),
    })
}

/// Reads RFC 3339, or `YYYY-MM-DD HH:MM:SS` without a zone as UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let naive = || format!("{}Z", text.replacen(' ', "T", 1)).parse();
    text.parse().or_else(|_| naive()).ok()
}

/// Reads `YYYY-MM-DD`, or the date of a date and time.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    match text.as_bytes().get(10) {
        Some(b' ' | b'T') => text.get(..10)?.parse().ok(),
        _ => text.parse().ok(),
    }
}

/// A scalar as text; `None` when there is nothing in it.
pub(super) fn text(name: &str, json: &Json) -> Result<Option<String>, Error> {
    Ok(match json {
        Json::Null => None,
        Json::String(text) if text.is_empty() => None,
        Json::String(text) => Some(text.clone()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::Array(_) | Json::Object(_) => return Err(flaw(name, "is not a single value")),
    })
}

fn list(
    name: &str,
    json: &Json,
    read: impl Fn(&Json) -> Result<Value, Error>,
) -> Result<Value, Error> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::String(text) if text.is_empty() => Ok(Value::Null),
        Json::Array(items) => items
            .iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Value::List),
        _ => Err(flaw(name, "is not a list")),
    }
}

fn texts(name: &str, json: &Json) -> Result<Value, Error> {
    list(name, json, |item| {
        Ok(text(name, item)?.map_or(Value::Null, Value::Text))
    })
}

fn lines(name: &'static str, json: &Json) -> Result<Value, Error> {
    let place = |line: &Json| -> i64 {
        let order = line.get("order");
        let text = order.and_then(|json| text(name, json).ok()).flatten();
        text.and_then(|text| text.parse().ok()).unwrap_or(i64::MAX)
    };
    let sorted = match json {
        Json::Array(items) => {
            let mut items = items.clone();
            // Stable: lines without a place keep their order.
            items.sort_by_key(place);
            Json::Array(items)
        }
        other => other.clone(),
    };
    list(name, &sorted, |item| {
        let mut line = part(name, LINE, item)?;
        if let Some(taxes) = item.get("taxes") {
            let taxes = list("taxes", taxes, |tax| {
                part("taxes", TAX, tax).map(Value::Map)
            })?;
            if !taxes.is_empty() {
                line.insert("taxes".to_owned(), taxes);
            }
        }
        Ok(Value::Map(line))
    })
}

fn part(
    name: &str,
    table: &'static [Entry],
    item: &Json,
) -> Result<BTreeMap<String, Value>, Error> {
    let Json::Object(item) = item else {
        return Err(flaw(name, "holds something that is not an object"));
    };
    let mut out = BTreeMap::new();
    for entry in table {
        if let Some(json) = item.get(entry.wire) {
            let read = value(entry, json)?;
            if !read.is_empty() {
                out.insert(entry.ours.to_owned(), read);
            }
        }
    }
    Ok(out)
}

fn custom(name: &str, json: &Json) -> Result<Value, Error> {
    match json {
        Json::Null => Ok(Value::Null),
        Json::Object(_) => Ok(plain(json)),
        // PHP writes an empty map as an empty list.
        Json::Array(items) if items.is_empty() => Ok(Value::Null),
        Json::String(text) if text.is_empty() => Ok(Value::Null),
        _ => Err(flaw(name, "is not an object")),
    }
}

fn plain(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Text(number.to_string()),
        },
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => Value::List(items.iter().map(plain).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(name, json)| (name.clone(), plain(json)))
                .collect(),
        ),
    }
}

pub(super) fn flaw(field: &str, problem: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("The field `{field}` {problem}."))
        .outcome(SendOutcome::NotSent)
        .fields(BTreeMap::from([(field.to_owned(), problem.to_owned())]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(entity: EntityKind, wire: &Json) -> Result<Fields, Error> {
        from_wire(entity, wire.as_object().unwrap())
    }

    #[test]
    fn a_time_without_a_zone_is_read_as_utc() {
        let at: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        for text in [
            "2026-03-01 10:00:00",
            "2026-03-01T10:00:00",
            "2026-03-01T11:00:00+01:00",
        ] {
            let wire = json!({"id": "1", "registered_at": text, "updated_at": text});
            let record = record_from_wire(EntityKind::Customer, wire.as_object().unwrap()).unwrap();
            assert_eq!(record.fields.get("created_at"), &Value::Timestamp(at));
            assert_eq!(record.modified, Some(at), "{text}");
        }
    }

    #[test]
    fn of_a_date_with_a_time_the_date_is_taken() {
        let day: Date = "2026-03-01".parse().unwrap();
        for text in ["2026-03-01", "2026-03-01 00:00:00", "2026-03-01T23:59:59Z"] {
            let fields = read(EntityKind::Project, &json!({"start_date": text})).unwrap();
            assert_eq!(fields.get("start_date"), &Value::Date(day), "{text}");
        }
        let wire = json!({"payments": [{"date": "2026-03-01 12:00:00"}]});
        let payment = BTreeMap::from([("date".to_owned(), Value::Date(day))]);
        assert_eq!(
            read(EntityKind::Invoice, &wire).unwrap().get("payments"),
            &Value::List(vec![Value::Map(payment)])
        );
    }

    #[test]
    fn a_zero_date_is_no_date() {
        let wire = json!({"start_date": "0000-00-00", "finished_at": "0000-00-00 00:00:00"});
        let fields = read(EntityKind::Project, &wire).unwrap();
        assert_eq!(fields.get("start_date"), &Value::Null);
        assert_eq!(fields.get("finished_at"), &Value::Null);
    }

    #[test]
    fn what_is_sent_empty_is_null_and_what_is_not_sent_is_not_there() {
        for empty in [json!(null), json!("")] {
            for kind in crate::smartcrm::KINDS {
                for entry in entries(kind) {
                    let fields = read(kind, &json!({ entry.wire: empty })).unwrap();
                    let cleared = Fields::new().with(entry.ours, Value::Null);
                    assert_eq!(fields, cleared, "{kind}.{}", entry.wire);
                    assert!(read(kind, &json!({})).unwrap().is_empty());
                }
            }
        }
        let wire = json!({"groups": [], "custom_fields": {}, "active": " "});
        let fields = read(EntityKind::Customer, &wire).unwrap();
        for name in ["groups", "custom_fields", "active"] {
            assert!(fields.contains(name), "{name}");
            assert_eq!(fields.get(name), &Value::Null, "{name}");
        }
    }

    #[test]
    fn an_address_is_there_when_any_part_of_it_is_sent() {
        let part = BTreeMap::from([("city".to_owned(), Value::text("Utrecht"))]);
        for (wire, expected) in [
            (
                json!({"address": "", "city": "Utrecht", "zip": null}),
                Some(Value::Map(part.clone())),
            ),
            (json!({"city": "Utrecht"}), Some(Value::Map(part))),
            (json!({"city": "", "country": null}), Some(Value::Null)),
            (json!({"billing_city": "Utrecht"}), None),
        ] {
            let fields = read(EntityKind::Customer, &wire).unwrap();
            assert_eq!(fields.contains("address"), expected.is_some(), "{wire}");
            assert_eq!(
                fields.get("address"),
                &expected.unwrap_or_default(),
                "{wire}"
            );
        }
    }

    #[test]
    fn what_is_no_date_is_refused_with_the_name_of_its_field() {
        for (name, text) in [
            ("start_date", "2026-02-30"),
            ("start_date", "01.03.2026"),
            ("finished_at", "yesterday"),
            ("finished_at", "2026-03-01 25:00:00"),
        ] {
            let error = read(EntityKind::Project, &json!({ name: text })).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
            assert!(error.field_errors().contains_key(name), "{error}");
        }
    }
}
