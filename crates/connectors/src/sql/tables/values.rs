//! The values that rows get.

use api_core::Error;
use sync_core::Value;

use super::layout::{Bound, Rows};
use super::model::Place;
use super::schema::{Auto, Class, Column};
use super::writer::PUSH;
#[cfg(feature = "sql-sqlite")]
use crate::sql::db::Dialect;
use crate::sql::db::{Arg, WriteSession};
use crate::sql::error::rejected;

impl Rows {
    /// The fields that are written.
    pub(super) fn writable(&self) -> impl Iterator<Item = &Bound> {
        self.fields
            .iter()
            .filter(|bound| !bound.field.column.read_only && !bound.column.generated)
    }
}

/// The value of a field that a column holds.
pub(super) fn value_at<'v>(
    get: impl Fn(&str) -> &'v Value,
    bound: &Bound,
) -> Result<&'v Value, Error> {
    const NULL: &Value = &Value::Null;
    let part = |value: &'v Value, part: &str| match value {
        Value::Map(map) => map.get(part).unwrap_or(NULL),
        _ => NULL,
    };
    Ok(match &bound.field.place {
        Place::Top(name) => get(name.as_str()),
        Place::Part(name, name_of_part) => part(get(name.as_str()), name_of_part),
        Place::Tax(name_of_part) => match get("taxes") {
            Value::List(taxes) if taxes.len() > 1 => {
                return Err(rejected(
                    PUSH,
                    &bound.column.name,
                    &format!("holds one tax, and there are {}", taxes.len()),
                ));
            }
            Value::List(taxes) => taxes.first().map_or(NULL, |tax| part(tax, name_of_part)),
            _ => NULL,
        },
    })
}

/// The value of a column in a new row; `None` leaves it to the database.
pub(super) fn new_value(arg: Arg, column: &Column, given: bool) -> Result<Option<Arg>, Error> {
    if arg != Arg::Null {
        return Ok(Some(arg));
    }
    if column.auto != Auto::No && (column.primary || !column.nullable) {
        return Ok(None);
    }
    match (&column.default, column.nullable) {
        (None, true) => Ok(Some(Arg::Null)),
        // "Empty" was said; the default is for what was not said.
        (Some(_), true) if given => Ok(Some(Arg::Null)),
        (Some(_), _) => Ok(None),
        (None, false) => Err(required(column)),
    }
}

/// The value of a column in a row that is there; `None` stands for the column's default.
pub(super) fn updated_value(arg: Arg, column: &Column) -> Result<Option<Arg>, Error> {
    if arg != Arg::Null || column.nullable {
        return Ok(Some(arg));
    }
    match &column.default {
        Some(_) if column.class == Class::Text => Ok(Some(Arg::Text(String::new()))),
        Some(_) => Ok(None),
        None => Err(required(column)),
    }
}

fn required(column: &Column) -> Error {
    rejected(
        PUSH,
        &column.name,
        "must have a value, and the record has none",
    )
}

/// The default of a column as SQL.
pub(super) fn default_of(session: &WriteSession, column: &Column) -> String {
    match session.dialect() {
        #[cfg(feature = "sql-sqlite")]
        Dialect::Sqlite => format!("({})", column.default.as_deref().unwrap_or("NULL")),
        #[cfg(any(feature = "sql-mysql", feature = "sql-postgres"))]
        _ => {
            debug_assert!(column.default.is_some());
            "DEFAULT".to_owned()
        }
    }
}

/// The text of a value, as an id.
pub(super) fn arg_text(arg: &Arg) -> Option<String> {
    match arg {
        Arg::Null => None,
        Arg::Bool(b) => Some(i64::from(*b).to_string()),
        Arg::Int(number) => Some(number.to_string()),
        Arg::Decimal(number) => Some(number.to_string()),
        Arg::Text(text)
        | Arg::Date(text)
        | Arg::Time(text)
        | Arg::Moment(text)
        | Arg::Typed(text, _) => Some(text.clone()),
    }
    .filter(|text| !text.is_empty())
}
