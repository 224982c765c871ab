//! What the server makes of a value that was sent.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::schema::Kind::{
    self, Bool, Country, Currency, Date, Email, Int, OneOf, Ref, Text, Texts, Timestamp,
};
use super::schema::{Field, Resource, scalar};

/// Most characters a text field takes; longer text is refused, not cut.
const MAX_TEXT: usize = 65_535;

/// Turns what a client sent into what the server keeps: scalars as strings.
///
/// `Ok(None)` means the field is empty. The error is the remote's message.
pub(crate) fn normalise(
    field: &Field,
    value: &Value,
    exists: &dyn Fn(Resource, &str) -> bool,
) -> Result<Option<Value>, String> {
    if matches!(value, Value::Null) {
        return Ok(None);
    }
    match field.kind {
        Texts => list_of_texts(value),
        Kind::Map => match value {
            Value::Object(map) if map.is_empty() => Ok(None),
            Value::Object(_) => Ok(Some(stringly(value))),
            _ => Err("must be an object".into()),
        },
        Kind::Rows | Kind::Lines | Kind::Items => match value {
            Value::Array(rows) if rows.iter().all(Value::is_object) => {
                if field.kind == Kind::Lines {
                    products_exist(rows, exists)?;
                }
                Ok(Some(stringly(value)))
            }
            _ => Err("must be a list of objects".into()),
        },
        _ => {
            let Some(text) = scalar(value) else {
                return Err("must be a single value".into());
            };
            if text.is_empty() {
                return Ok(None);
            }
            // Perfex writes 0 where something is not chosen.
            let unchosen = matches!(field.kind, Kind::List(_)) && text == "0";
            if unchosen && (!field.required || field.name == "assigned") {
                return Ok(Some(Value::String(text)));
            }
            checked(field.kind, text, exists).map(|text| Some(Value::String(text)))
        }
    }
}

/// Lines may name the product they are of; it has to be there.
fn products_exist(rows: &[Value], exists: &dyn Fn(Resource, &str) -> bool) -> Result<(), String> {
    for row in rows {
        let id = row.get("product_id").and_then(scalar).unwrap_or_default();
        if !id.is_empty() && !exists(Resource::Products, &id) {
            return Err(format!("names product {id}, which does not exist"));
        }
    }
    Ok(())
}

fn checked(
    kind: Kind,
    text: String,
    exists: &dyn Fn(Resource, &str) -> bool,
) -> Result<String, String> {
    match kind {
        Text if text.chars().count() > MAX_TEXT => {
            Err(format!("may not be longer than {MAX_TEXT} characters"))
        }
        Email if !text.contains('@') => Err("must contain a valid email address".into()),
        Bool => match text.as_str() {
            "1" | "true" | "on" => Ok("1".into()),
            "0" | "false" => Ok("0".into()),
            _ => Err("must be true or false".into()),
        },
        Int => match text.parse::<i64>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => Err("must be an integer".into()),
        },
        Kind::Decimal => match text.parse::<Decimal>() {
            Ok(mut amount) => {
                if amount.scale() < 2 {
                    amount.rescale(2);
                }
                Ok(amount.to_string())
            }
            Err(_) => Err("must be a decimal number".into()),
        },
        Date => match text.parse::<jiff::civil::Date>() {
            Ok(date) if text.len() == 10 => Ok(date.to_string()),
            _ => Err("must be a date YYYY-MM-DD".into()),
        },
        Timestamp => match text.parse::<jiff::Timestamp>() {
            Ok(at) => Ok(at.to_string()),
            Err(_) => Err("must be an RFC 3339 time".into()),
        },
        Kind::DateTime => match text.parse::<jiff::civil::DateTime>() {
            Ok(at) => Ok(at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            Err(_) => Err("must be a time YYYY-MM-DD HH:MM:SS".into()),
        },
        Kind::List(list) if !list.has(&text) => {
            Err(format!("names number {text}, which does not exist"))
        }
        Country if !is_code(&text, 2) => Err("must be a two-letter country code".into()),
        Currency if !is_code(&text, 3) => Err("must be a three-letter currency code".into()),
        OneOf(words) if !words.contains(&text.as_str()) => {
            Err(format!("must be one of: {}", words.join(", ")))
        }
        Ref(resource) if !exists(resource, &text) => {
            let what = resource.singular().to_lowercase();
            Err(format!("names {what} {text}, which does not exist"))
        }
        _ => Ok(text),
    }
}

fn is_code(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn list_of_texts(value: &Value) -> Result<Option<Value>, String> {
    let Value::Array(items) = value else {
        return Err("must be a list of texts".into());
    };
    if items.is_empty() {
        return Ok(None);
    }
    items
        .iter()
        .map(|item| scalar(item).map(Value::String))
        .collect::<Option<Vec<_>>>()
        .map(|items| Some(Value::Array(items)))
        .ok_or_else(|| "must be a list of texts".into())
}

/// The same value with every scalar in it as a string; null stays null.
fn stringly(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(stringly).collect()),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), stringly(value)))
                .collect::<Map<_, _>>(),
        ),
        Value::Null => Value::Null,
        other => scalar(other).map_or(Value::Null, Value::String),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::smartcrm::dialect::Dialect;

    fn field(resource: Resource, name: &str) -> &'static Field {
        resource
            .fields(Dialect::SmartCrm)
            .iter()
            .find(|f| f.name == name)
            .expect("a field of the contract")
    }

    fn kept(resource: Resource, name: &str, value: Value) -> Result<Option<Value>, String> {
        normalise(field(resource, name), &value, &|_, id| id == "9001")
    }

    #[test]
    fn scalars_are_kept_as_strings() {
        assert_eq!(
            kept(Resource::Clients, "active", json!(true)),
            Ok(Some(json!("1")))
        );
        assert_eq!(
            kept(Resource::Invoices, "total", json!("12.5")),
            Ok(Some(json!("12.50")))
        );
        assert_eq!(
            kept(Resource::Projects, "progress", json!(40)),
            Ok(Some(json!("40")))
        );
        assert_eq!(
            kept(
                Resource::Invoices,
                "lines",
                json!([{"qty": 2, "taxes": [{"rate": 19}]}])
            ),
            Ok(Some(json!([{"qty": "2", "taxes": [{"rate": "19"}]}])))
        );
    }

    #[test]
    fn empty_values_are_absent() {
        for empty in [json!(null), json!("")] {
            assert_eq!(kept(Resource::Clients, "vat", empty), Ok(None));
        }
        assert_eq!(kept(Resource::Clients, "groups", json!([])), Ok(None));
    }

    #[test]
    fn wrong_values_are_refused_with_a_reason() {
        for (resource, name, value) in [
            (Resource::Clients, "country", json!("Netherlands")),
            (Resource::Clients, "registered_at", json!("yesterday")),
            (Resource::Clients, "company", json!(["a"])),
            (Resource::Contacts, "client_id", json!("77")),
            (Resource::Contacts, "email", json!("nobody")),
            (Resource::Projects, "status", json!("2")),
            (Resource::Invoices, "date", json!("2026-02-30")),
            (Resource::Invoices, "total", json!("a lot")),
        ] {
            assert!(kept(resource, name, value).is_err(), "{resource}.{name}");
        }
    }
}
