//! Inserts rows and tells their keys.

use sync_core::OpId;

use api_core::SendOutcome;

use super::config::NewKey;
use super::layout::Rows;
use super::schema::{Auto, Class, Column};
use super::values::arg_text;
use super::writer::PUSH;
use crate::sql::batch::RowError;
use crate::sql::db::{Arg, WriteSession};
use crate::sql::error::{config, rejected};
use crate::sql::row::Cell;

/// Inserts rows of the same columns and gives their keys.
///
/// `brought` are the keys that stand in one of the columns already.
pub(super) async fn insert_rows(
    session: &mut WriteSession,
    target: &Rows,
    names: &[&str],
    rows: Vec<Vec<Arg>>,
    brought: Option<Vec<String>>,
) -> Result<Vec<String>, RowError> {
    let count = rows.len();
    let name = &target.info.name;
    let key = match (&target.key, brought) {
        (Some(key), None) => &key.column,
        (_, brought) => {
            let args = rows.into_iter().flatten().collect();
            session.insert_many(name, names, args).await?;
            return Ok(brought.unwrap_or_default());
        }
    };
    let keys = match &target.new_key {
        NewKey::Uuid => Some(
            (0..count)
                .map(|_| OpId::new().to_string())
                .map(|id| {
                    if key.is_plain_text() {
                        Arg::Text(id)
                    } else {
                        Arg::Typed(id, key.type_name.clone())
                    }
                })
                .collect(),
        ),
        NewKey::Field(field) => {
            return Err(RowError::Failed(config(format!(
                "The field `{field}`, from which new keys of `{name}` come, is not written to the \
                 column `{}`.",
                key.name
            ))));
        }
        NewKey::Auto => new_keys(session, target, key, count).await?,
    };
    let Some(keys) = keys else {
        return incremented(session, target, key, names, rows).await;
    };
    let mut columns = Vec::with_capacity(names.len() + 1);
    columns.push(key.name.as_str());
    columns.extend(names);
    let mut args = Vec::with_capacity(count * columns.len());
    let mut texts = Vec::with_capacity(count);
    for (key, row) in keys.into_iter().zip(rows) {
        texts.push(arg_text(&key).unwrap_or_default());
        args.push(key);
        args.extend(row);
    }
    session.insert_many(name, &columns, args).await?;
    Ok(texts)
}

/// Keys for new rows, where they are taken before the rows are inserted.
async fn new_keys(
    session: &mut WriteSession,
    target: &Rows,
    key: &Column,
    count: usize,
) -> Result<Option<Vec<Arg>>, RowError> {
    let table = &target.table;
    let quoted = session.dialect().quote(&key.name);
    match &key.auto {
        Auto::Increment => Ok(None),
        // Nobody else can write between this query and the commit.
        Auto::RowId { never_again } => {
            let largest = |rows: Vec<Vec<Cell>>| match rows.first().and_then(|row| row.first()) {
                Some(Cell::Int(largest)) => *largest,
                _ => 0,
            };
            let sql = format!("SELECT MAX({quoted}) FROM {table}");
            let mut last = largest(session.rows(sql, Vec::new()).await?).max(0);
            if *never_again {
                let sql = "SELECT MAX(seq) FROM sqlite_sequence WHERE lower(name) = lower(?)";
                let args = vec![Arg::Text(target.info.name.clone())];
                last = last.max(largest(session.rows(sql, args).await?));
            }
            let end = i64::try_from(count)
                .ok()
                .and_then(|count| last.checked_add(count))
                .ok_or_else(|| no_keys(target, key))?;
            Ok(Some((last + 1..=end).map(Arg::Int).collect()))
        }
        Auto::Expression(next) => {
            let sql = format!("SELECT CAST(({next}) AS text) FROM generate_series(1, {count})");
            let rows = session.rows(sql, Vec::new()).await?;
            let keys: Option<Vec<Arg>> = rows
                .iter()
                .map(|row| match (row.first()?, key.class) {
                    (Cell::Text(text), Class::Int) => text.parse().ok().map(Arg::Int),
                    (Cell::Text(text), _) if key.is_plain_text() => Some(Arg::Text(text.clone())),
                    (Cell::Text(text), _) => Some(Arg::Typed(text.clone(), key.type_name.clone())),
                    _ => None,
                })
                .collect();
            match keys {
                Some(keys) if keys.len() == count => Ok(Some(keys)),
                _ => Err(no_keys(target, key)),
            }
        }
        Auto::No => Err(no_keys(target, key)),
    }
}

fn no_keys(target: &Rows, key: &Column) -> RowError {
    RowError::Failed(
        config(format!(
            "The database gives new rows of `{}` no `{}`.",
            target.info.name, key.name
        ))
        .help("Set `new_key` to `uuid` or to the field that is the key.")
        .outcome(SendOutcome::NotSent),
    )
}

/// Inserts rows that an auto-increment column numbers: the numbers of one statement follow each
/// other, in the steps that the server is set to.
///
/// A trigger may give other numbers all the same. Then nothing says which row got which, and the
/// rows are refused together: inserted one by one, each tells its own number.
async fn incremented(
    session: &mut WriteSession,
    target: &Rows,
    key: &Column,
    names: &[&str],
    rows: Vec<Vec<Arg>>,
) -> Result<Vec<String>, RowError> {
    let count = rows.len();
    let step = if count > 1 {
        let sql = "SELECT CAST(@@SESSION.auto_increment_increment AS SIGNED)";
        match session
            .rows(sql, Vec::new())
            .await?
            .first()
            .map(Vec::as_slice)
        {
            Some([Cell::Int(step)]) if *step > 0 => *step,
            _ => 1,
        }
    } else {
        1
    };
    let args = rows.into_iter().flatten().collect();
    let mut keys = Vec::with_capacity(count);
    for inserted in session.insert_many(&target.info.name, names, args).await? {
        if inserted.id <= 0 {
            return Err(no_keys(target, key));
        }
        let count = i64::try_from(inserted.rows).unwrap_or(i64::MAX);
        if count > 1 {
            let sql = format!(
                "SELECT COUNT(*) FROM {} WHERE {key} BETWEEN ? AND ? AND MOD({key} - ?, ?) = 0",
                target.table,
                key = session.dialect().quote(&key.name)
            );
            let last = (count - 1).saturating_mul(step).saturating_add(inserted.id);
            let args = [inserted.id, last, inserted.id, step]
                .map(Arg::Int)
                .to_vec();
            let found = session.rows(sql, args).await?;
            if found.first().and_then(|row| row.first()) != Some(&Cell::Int(count)) {
                return Err(RowError::Rejected(rejected(
                    PUSH,
                    &key.name,
                    "gets its numbers from elsewhere, so that several new rows at once cannot be \
                     told apart",
                )));
            }
        }
        for at in 0..inserted.rows {
            let at = i64::try_from(at).unwrap_or(i64::MAX);
            let key = at
                .checked_mul(step)
                .and_then(|offset| inserted.id.checked_add(offset));
            keys.extend(key.map(|key| key.to_string()));
        }
    }
    Ok(keys)
}
