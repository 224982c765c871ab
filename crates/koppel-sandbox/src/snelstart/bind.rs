//! From a request's JSON to a record, as .NET binds it: in whatever case, what nobody knows dropped.

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::row::{Cell, Row, read_time};
use super::schema::{Kind, Model, model};

/// Fields that could not be read, with what is wrong.
pub(crate) type Faults = Vec<(String, String)>;

/// The record an object stands for; `all` reads also what the API itself does not let set.
pub(crate) fn bind(
    model: &'static Model,
    object: &Map<String, Value>,
    all: bool,
    path: &str,
    faults: &mut Faults,
) -> Row {
    let mut row = Row::of(model);
    for (name, value) in object {
        let Some(at) = model.bound(name) else {
            continue;
        };
        let Some(prop) = model.props.get(at) else {
            continue;
        };
        if prop.kind == Kind::Uri || (prop.read_only && !all) {
            continue;
        }
        let path = if path.is_empty() {
            prop.name.to_owned()
        } else {
            format!("{path}.{}", prop.name)
        };
        let cell = cell(&prop.kind, value, all, &path, faults);
        if let Some(slot) = row.cells.get_mut(at)
            && !(prop.kind == Kind::Bool && cell == Cell::Null)
        {
            *slot = cell;
        }
    }
    row
}

fn cell(kind: &Kind, value: &Value, all: bool, path: &str, faults: &mut Faults) -> Cell {
    if value.is_null() {
        return Cell::Null;
    }
    if let Kind::List(inner) = kind {
        let Value::Array(values) = value else {
            return wrong(path, value, faults);
        };
        let cells = values
            .iter()
            .enumerate()
            .map(|(at, value)| cell(inner, value, all, &format!("{path}[{at}]"), faults))
            .filter(|cell| *cell != Cell::Null);
        return Cell::List(cells.collect());
    }
    let found = match kind {
        Kind::Any => Some(Cell::Any(Box::new(value.clone()))),
        Kind::Text | Kind::Bytes => match value {
            Value::String(text) => Some(Cell::text(text)),
            Value::Number(_) | Value::Bool(_) => Some(Cell::text(value.to_string())),
            _ => None,
        },
        Kind::Time => value.as_str().and_then(read_time).map(Cell::Time),
        Kind::Money => decimal(value).map(Cell::Money),
        Kind::Int => decimal(value)
            .filter(Decimal::is_integer)
            .and_then(|number| i32::try_from(number).ok())
            .map(|number| Cell::Int(number.into())),
        Kind::Bool => match value {
            Value::Bool(is) => Some(Cell::Bool(*is)),
            Value::String(text) => text.to_ascii_lowercase().parse().ok().map(Cell::Bool),
            _ => None,
        },
        Kind::Uuid => value.as_str().and_then(|id| id.parse().ok()).map(Cell::Id),
        Kind::Word(words) => value.as_str().and_then(|word| {
            let found = words.iter().find(|known| known.eq_ignore_ascii_case(word));
            found.map(Cell::text)
        }),
        Kind::Ref(_) => reference(value),
        Kind::Object(name) => value.as_object().map(|object| {
            let row = bind(model(name), object, all, path, faults);
            Cell::Object(Box::new(row))
        }),
        Kind::Uri | Kind::List(_) => None,
    };
    found.unwrap_or_else(|| wrong(path, value, faults))
}

/// The id of `{"id": ..}`; a zero id means none.
fn reference(value: &Value) -> Option<Cell> {
    let object = value.as_object()?;
    let id = object
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("id"))
        .map(|(_, id)| id);
    match id {
        None | Some(Value::Null) => Some(Cell::Null),
        Some(id) => {
            let id: Uuid = id.as_str()?.parse().ok()?;
            Some(if id.is_nil() {
                Cell::Null
            } else {
                Cell::Id(id)
            })
        }
    }
}

/// A number, also written as a text; by its own digits.
fn decimal(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    text.parse()
        .ok()
        .or_else(|| Decimal::from_scientific(&text).ok())
}

fn wrong(path: &str, value: &Value, faults: &mut Faults) -> Cell {
    let shown: String = value.to_string().chars().take(40).collect();
    faults.push((
        path.to_owned(),
        format!("Error converting value {shown} to the type of '{path}'."),
    ));
    Cell::Null
}

/// Texts that are longer than the OpenAPI document allows, and required properties left out.
pub(crate) fn limits(row: &Row, path: &str, faults: &mut Faults) {
    for (prop, cell) in row.model.props.iter().zip(&row.cells) {
        let path = if path.is_empty() {
            prop.name.to_owned()
        } else {
            format!("{path}.{}", prop.name)
        };
        match cell {
            Cell::Null if prop.required => {
                faults.push((path, format!("The field {} is required.", prop.name)));
            }
            Cell::Text(text) => {
                if let Some(max) = prop.max
                    && text.chars().count() > max
                {
                    faults.push((
                        path,
                        format!(
                            "The field {} must be a string with a maximum length of {max}.",
                            prop.name
                        ),
                    ));
                }
            }
            Cell::Object(inner) => limits(inner, &path, faults),
            Cell::List(cells) => {
                for (at, cell) in cells.iter().enumerate() {
                    if let Cell::Object(inner) = cell {
                        limits(inner, &format!("{path}[{at}]"), faults);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bound(value: Value) -> (Row, Faults) {
        let mut faults = Faults::new();
        let object = value.as_object().cloned().unwrap_or_default();
        let row = bind(
            model("VerkoopBoekingModel"),
            &object,
            false,
            "",
            &mut faults,
        );
        (row, faults)
    }

    #[test]
    fn names_bind_in_whatever_case_and_unknown_ones_are_swallowed() {
        let (row, faults) = bound(json!({
            "FactuurNummer": "1", "vervalDatum": "2026-01-01", "uri": "/x",
            "factuurbedrag": "121.00", "klant": {"Id": "00000000-0000-0000-0000-000000000007"},
        }));
        assert_eq!(faults, Faults::new());
        assert_eq!(row.text("factuurnummer"), Some("1"));
        assert_eq!(row.money("factuurbedrag").to_string(), "121.00");
        assert_eq!(row.id("klant"), Some(Uuid::from_u128(7)));
    }

    #[test]
    fn values_of_a_wrong_type_are_told_with_their_path() {
        let (_, faults) = bound(json!({"boekingsregels": [{"bedrag": "ten"}]}));
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].0, "boekingsregels[0].bedrag");
    }
}
