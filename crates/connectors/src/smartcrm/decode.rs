//! From the wire to the shared vocabulary.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use serde_json::{Map, Value as Json};
use sync_core::{EntityKind, Fields, Record, RecordId, Ref, Value};

use super::table::{ADDRESS_PARTS, Entry, LINE, PAYMENT, Shape, TAX, entries};

/// Reads the fields of a record as SmartCRM sends it (inferred contract).
///
/// Scalars may come as strings, booleans as `1` and `0`; what is empty or missing is left out.
///
/// # Errors
/// `Decode`, with the name of the field on the wire, when a value cannot be what it should be.
pub fn from_wire(entity: EntityKind, record: &Map<String, Json>) -> Result<Fields, Error> {
    let mut fields = Fields::new();
    for entry in entries(entity) {
        let value = match entry.shape {
            Shape::Address(names) => address(record, names)?,
            _ => match record.get(entry.wire) {
                None => Value::Null,
                Some(json) => value(entry, json)?,
            },
        };
        if !value.is_empty() {
            fields.set(entry.ours, value);
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
        .and_then(|text| text.parse::<Timestamp>().ok());
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

fn address(record: &Map<String, Json>, names: [&'static str; 5]) -> Result<Value, Error> {
    let mut parts = BTreeMap::new();
    for (name, part) in names.into_iter().zip(ADDRESS_PARTS) {
        if let Some(text) = record.get(name).map(|json| text(name, json)).transpose()?
            && let Some(text) = text
        {
            parts.insert(part.to_owned(), Value::Text(text));
        }
    }
    Ok(Value::Map(parts))
}

fn value(entry: &Entry, json: &Json) -> Result<Value, Error> {
    let name = entry.wire;
    match entry.shape {
        Shape::Custom => return custom(name, json),
        Shape::Texts => return texts(name, json),
        Shape::Lines => return lines(name, json),
        Shape::Payments => {
            return list(name, json, |item| part(name, PAYMENT, item).map(Value::Map));
        }
        Shape::Address(_) => return Ok(Value::Null),
        _ => {}
    }
    let Some(text) = text(name, json)? else {
        return Ok(Value::Null);
    };
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
        Shape::Date => Value::Date(text.parse().map_err(|_| wrong("a date"))?),
        Shape::Timestamp => Value::Timestamp(text.parse().map_err(|_| wrong("a time stamp"))?),
        // Zero is how this family of systems spells "none".
        Shape::Ref(_) if text == "0" => Value::Null,
        Shape::Ref(kind) => Value::Ref(Ref::new(kind, text)),
        _ => Value::Text(text),
    })
}

/// A scalar as text; `None` when there is nothing in it.
fn text(name: &str, json: &Json) -> Result<Option<String>, Error> {
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

fn flaw(field: &str, problem: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("The field `{field}` {problem}."))
        .outcome(SendOutcome::NotSent)
        .fields(BTreeMap::from([(field.to_owned(), problem.to_owned())]))
}
