//! From the shared vocabulary to the wire.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};
use serde_json::{Map, Value as Json};
use sync_core::{Action, EntityKind, FieldName, Fields, Op, Value};

use super::table::{ADDRESS_PARTS, Entry, LINE, PAYMENT, Shape, TAX, entries};

/// Writes fields as SmartCRM takes them (inferred contract).
///
/// A field that is there but holds nothing becomes `null`, which clears it; fields that SmartCRM
/// has no place for are left out ([`dropped_fields`](super::dropped_fields)).
///
/// # Errors
/// `Validation`, with the field's name, when a value has a type that the field cannot hold.
pub fn to_wire(entity: EntityKind, fields: &Fields) -> Result<Map<String, Json>, Error> {
    let mut out = Map::new();
    for entry in entries(entity) {
        if fields.contains(entry.ours) {
            write(&mut out, entry, fields.get(entry.ours))?;
        }
    }
    Ok(out)
}

/// The content of one write: for a create what is not empty, for an update what changed, with
/// `null` for what became empty.
pub(super) fn op_to_wire(op: &Op) -> Result<Map<String, Json>, Error> {
    let mut data = match (&op.action, &op.changed) {
        (Action::Update { .. }, Some(changed)) => {
            let value = |name: &FieldName| op.fields.get(name.as_str()).clone();
            let fields: Fields = changed
                .iter()
                .map(|name| (name.clone(), value(name)))
                .collect();
            to_wire(op.entity, &fields)?
        }
        _ => to_wire(op.entity, &op.fields)?,
    };
    if op.action == Action::Create {
        data.retain(|_, value| !value.is_null());
    }
    Ok(data)
}

/// One value as a search sends it: the name on the wire and the text.
pub(super) fn filter(
    entity: EntityKind,
    name: &FieldName,
    value: &Value,
) -> Result<(&'static str, String), Error> {
    let cannot = |why: &str| {
        Error::new(
            ErrorKind::Config,
            format!("SmartCRM cannot be searched by `{name}`: {why}."),
        )
        .operation("smartcrm.find")
    };
    let entry = entries(entity)
        .iter()
        .find(|entry| entry.ours == name.as_str())
        .ok_or_else(|| cannot("it has no such field"))?;
    match scalar(entry, value)? {
        Some(Json::String(text)) => Ok((entry.wire, text)),
        Some(Json::Bool(flag)) => Ok((entry.wire, if flag { "1" } else { "0" }.to_owned())),
        Some(Json::Number(number)) => Ok((entry.wire, number.to_string())),
        Some(_) => Err(cannot("there is no value to search for")),
        None => Err(cannot("it is not a single value")),
    }
}

fn write(out: &mut Map<String, Json>, entry: &Entry, value: &Value) -> Result<(), Error> {
    if let Shape::Address(names) = entry.shape {
        let empty = BTreeMap::new();
        let parts = match value {
            Value::Null => &empty,
            Value::Map(parts) => parts,
            other => return Err(wrong(entry, "an address", other)),
        };
        for (name, part) in names.into_iter().zip(ADDRESS_PARTS) {
            let text = match parts.get(part) {
                None | Some(Value::Null) => Json::Null,
                Some(Value::Text(text)) => text_or_null(text),
                Some(other) => return Err(wrong(entry, "an address of texts", other)),
            };
            out.insert(name.to_owned(), text);
        }
        return Ok(());
    }
    let json = match scalar(entry, value)? {
        Some(json) => json,
        None => collection(entry, value)?,
    };
    out.insert(entry.wire.to_owned(), json);
    Ok(())
}

/// A single value; `None` when the field holds several.
fn scalar(entry: &Entry, value: &Value) -> Result<Option<Json>, Error> {
    let text = |text: String| Ok(Some(Json::String(text)));
    match (entry.shape, value) {
        (
            Shape::Texts
            | Shape::Address(_)
            | Shape::Lines
            | Shape::Payments
            | Shape::Taxes
            | Shape::Custom,
            _,
        ) => Ok(None),
        (_, Value::Null) => Ok(Some(Json::Null)),
        (Shape::Text, Value::Text(content)) => Ok(Some(text_or_null(content))),
        (Shape::Text, Value::Int(number)) => text(number.to_string()),
        (Shape::Text, Value::Decimal(number)) => text(number.to_string()),
        (Shape::Bool, Value::Bool(flag)) => Ok(Some(Json::Bool(*flag))),
        (Shape::Int, Value::Int(number)) => Ok(Some(Json::from(*number))),
        (Shape::Decimal, Value::Decimal(number)) => text(number.to_string()),
        (Shape::Decimal, Value::Int(number)) => text(number.to_string()),
        (Shape::Date, Value::Date(date)) => text(date.to_string()),
        (Shape::Timestamp, Value::Timestamp(at)) => text(at.to_string()),
        (Shape::Ref(kind), Value::Ref(reference)) if reference.entity == kind => {
            text(reference.id.as_str().to_owned())
        }
        (Shape::Text, other) => Err(wrong(entry, "text", other)),
        (Shape::Bool, other) => Err(wrong(entry, "a boolean", other)),
        (Shape::Int, other) => Err(wrong(entry, "a whole number", other)),
        (Shape::Decimal, other) => Err(wrong(entry, "a decimal number", other)),
        (Shape::Date, other) => Err(wrong(entry, "a date", other)),
        (Shape::Timestamp, other) => Err(wrong(entry, "a time stamp", other)),
        (Shape::Ref(_), other) => Err(wrong(entry, "a reference", other)),
    }
}

fn collection(entry: &Entry, value: &Value) -> Result<Json, Error> {
    match (entry.shape, value) {
        (Shape::Custom, Value::Null) => Ok(Json::Null),
        (Shape::Custom, Value::Map(_)) => Ok(value.to_plain_json()),
        (Shape::Custom, other) => Err(wrong(entry, "a map", other)),
        // A list that is cleared is an empty list.
        (_, Value::Null) => Ok(Json::Array(Vec::new())),
        (Shape::Texts, Value::List(items)) => items
            .iter()
            .map(|item| match item {
                Value::Text(text) => Ok(Json::String(text.clone())),
                other => Err(wrong(entry, "a list of texts", other)),
            })
            .collect(),
        (Shape::Payments, Value::List(items)) => items
            .iter()
            .map(|item| part(entry, PAYMENT, item).map(Json::Object))
            .collect(),
        (Shape::Taxes, Value::List(items)) => items
            .iter()
            .map(|item| part(entry, TAX, item).map(Json::Object))
            .collect(),
        (Shape::Lines, Value::List(items)) => items
            .iter()
            .zip(1_u64..)
            .map(|(item, place)| line(entry, item, place))
            .collect(),
        (_, other) => Err(wrong(entry, "a list", other)),
    }
}

fn line(entry: &Entry, item: &Value, place: u64) -> Result<Json, Error> {
    let mut line = part(entry, LINE, item)?;
    line.insert("order".to_owned(), Json::from(place));
    let taxes = match item {
        Value::Map(map) => map.get("taxes"),
        _ => None,
    };
    match taxes {
        None | Some(Value::Null) => {}
        Some(Value::List(taxes)) => {
            let taxes: Result<Vec<Json>, Error> = taxes
                .iter()
                .map(|tax| part(entry, TAX, tax).map(Json::Object))
                .collect();
            line.insert("taxes".to_owned(), Json::Array(taxes?));
        }
        Some(other) => return Err(wrong(entry, "lines with a list of taxes", other)),
    }
    Ok(Json::Object(line))
}

/// A map inside a list; what is empty is left out.
fn part(within: &Entry, table: &[Entry], item: &Value) -> Result<Map<String, Json>, Error> {
    let Value::Map(map) = item else {
        return Err(wrong(within, "a list of maps", item));
    };
    let mut out = Map::new();
    for entry in table {
        if let Some(value) = map.get(entry.ours)
            && let Some(json) = scalar(entry, value)?
            && !json.is_null()
        {
            out.insert(entry.wire.to_owned(), json);
        }
    }
    Ok(out)
}

fn text_or_null(text: &str) -> Json {
    if text.is_empty() {
        Json::Null
    } else {
        Json::String(text.to_owned())
    }
}

fn wrong(entry: &Entry, expected: &str, found: &Value) -> Error {
    let problem = format!("should be {expected}, not {}", found.type_name());
    Error::new(
        ErrorKind::Validation,
        format!("The field `{}` {problem}.", entry.ours),
    )
    .operation("smartcrm.push")
    .outcome(SendOutcome::NotSent)
    .fields(BTreeMap::from([(entry.ours.to_owned(), problem)]))
    .help("Mend the value in the source, or the mapping of this field.")
}
