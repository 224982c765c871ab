//! Values put into statements.

use std::sync::Arc;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, SqlStr};

use super::{Arg, Value, safe};

/// The values of a statement of SQLite.
pub(super) fn sqlite_arguments<'a>(
    values: impl Iterator<Item = Arg<'a>>,
) -> Result<SqliteArguments, sqlx::Error> {
    let mut bound = SqliteArguments::default();
    bound.reserve(values.size_hint().0, 0);
    for value in values {
        match value {
            Arg::Null => bound.add(None::<i64>),
            Arg::Int(number) => bound.add(number),
            // One piece of memory less than for a borrowed text.
            Arg::Text(text) => bound.add(Arc::<str>::from(text)),
            Arg::Blob(bytes) => bound.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(bound)
}

/// The text with `$1`, and the values. A null is written into the text, since it has no type.
pub(super) fn postgres_query(
    sql: &str,
    values: &[Value],
) -> (SqlStr, Result<PgArguments, sqlx::Error>) {
    let mut bound = PgArguments::default();
    let mut text = String::with_capacity(sql.len() + values.len());
    let (mut given, mut number, mut quoted) = (values.iter(), 0, false);
    let mut failed = None;
    for c in sql.chars() {
        if c == '\'' {
            quoted = !quoted;
        }
        if c != '?' || quoted {
            text.push(c);
            continue;
        }
        let added = match given.next() {
            // One value too few: the server says so.
            None => {
                text.push('?');
                continue;
            }
            Some(Value::Null) => {
                text.push_str("NULL");
                continue;
            }
            Some(Value::Int(number)) => bound.add(*number),
            Some(Value::Text(text)) => bound.add(text.as_str()),
            Some(Value::Blob(bytes)) => bound.add(bytes.as_slice()),
        };
        if let Err(e) = added {
            failed.get_or_insert(sqlx::Error::Encode(e));
        }
        number += 1;
        text.push_str(&format!("${number}"));
    }
    (safe(&text), failed.map_or(Ok(bound), Err))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_marks_outside_of_quotes_become_numbers_and_nulls_are_written_out() {
        let values = [Value::Int(1), Value::Null, Value::from("x")];
        let (sql, bound) = postgres_query("a = ? AND b = '?' AND c IS ? AND d = ?", &values);
        assert_eq!(sql.as_str(), "a = $1 AND b = '?' AND c IS NULL AND d = $2");
        assert_eq!(bound.unwrap().len(), 2);
    }
}
