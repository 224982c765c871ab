//! Rows turned into columns, for PostgreSQL.

use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;

use super::text::postgres_type;
use super::{Arg, Dialect, unbindable};

/// The values of one column.
pub(super) enum Column {
    /// All are null.
    Null,
    Bool(Vec<Option<bool>>),
    Int(Vec<Option<i64>>),
    /// Text, turned into this type.
    Text(Vec<Option<String>>, String),
}

/// `None` where a column has values of several types.
pub(super) fn transpose(args: &[Arg], width: usize) -> Option<Vec<Column>> {
    (0..width)
        .map(|at| column(args.iter().skip(at).step_by(width)))
        .collect()
}

fn column<'a>(values: impl Iterator<Item = &'a Arg> + Clone) -> Option<Column> {
    let Some(first) = values.clone().find(|arg| **arg != Arg::Null) else {
        return Some(Column::Null);
    };
    let kind = postgres_type(first).to_owned();
    Some(match first {
        Arg::Bool(_) => Column::Bool(
            values
                .map(|arg| match arg {
                    Arg::Null => Some(None),
                    Arg::Bool(b) => Some(Some(*b)),
                    _ => None,
                })
                .collect::<Option<_>>()?,
        ),
        Arg::Int(_) => Column::Int(
            values
                .map(|arg| match arg {
                    Arg::Null => Some(None),
                    Arg::Int(n) => Some(Some(*n)),
                    _ => None,
                })
                .collect::<Option<_>>()?,
        ),
        _ => Column::Text(
            values
                .map(|arg| match arg {
                    Arg::Null => Some(None),
                    other if postgres_type(other) != kind => None,
                    Arg::Decimal(number) => Some(Some(number.to_string())),
                    Arg::Text(text)
                    | Arg::Date(text)
                    | Arg::Time(text)
                    | Arg::Moment(text)
                    | Arg::Typed(text, _) => Some(Some(text.clone())),
                    Arg::Bool(_) | Arg::Int(_) => None,
                })
                .collect::<Option<_>>()?,
            kind,
        ),
    })
}

pub(super) fn insert(
    dialect: Dialect,
    table: &str,
    columns: &[&str],
    arrays: Vec<Column>,
) -> Result<(String, PgArguments), sqlx::Error> {
    let mut args = PgArguments::default();
    let (mut select, mut unnest, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (at, column) in arrays.into_iter().enumerate() {
        let number = unnest.len() + 1;
        match column {
            Column::Null => {
                select.push("NULL".to_owned());
                continue;
            }
            Column::Bool(values) => {
                args.add(values).map_err(unbindable)?;
                unnest.push(format!("${number}::bool[]"));
                select.push(format!("u.c{at}"));
            }
            Column::Int(values) => {
                args.add(values).map_err(unbindable)?;
                unnest.push(format!("${number}::int8[]"));
                select.push(format!("u.c{at}"));
            }
            Column::Text(values, kind) => {
                args.add(values).map_err(unbindable)?;
                unnest.push(format!("${number}::text[]"));
                select.push(if kind == "text" {
                    format!("u.c{at}")
                } else {
                    format!("u.c{at}::{kind}")
                });
            }
        }
        names.push(format!("c{at}"));
    }
    let quoted: Vec<String> = columns.iter().map(|name| dialect.quote(name)).collect();
    let sql = format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM UNNEST({}) AS u({})",
        dialect.table(table),
        quoted.join(", "),
        select.join(", "),
        unnest.join(", "),
        names.join(", "),
    );
    Ok((sql, args))
}
