//! Writes records inside the transaction of a batch.

use std::collections::HashMap;

use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use async_trait::async_trait;
use sync_core::{Action, Op, OpId, RecordId, Value};

use super::children::Sets;
use super::config::NewKey;
use super::convert::{self, Context};
use super::layout::{Bound, Layout, Rows};
use super::model::Place;
use super::reader::Reader;
use super::schema::{Auto, Class, Column};
use crate::sql::batch::{RowError, RowWriter};
#[cfg(feature = "sql-sqlite")]
use crate::sql::db::Dialect;
use crate::sql::db::{Arg, WriteSession};
use crate::sql::error::{config, rejected};
use crate::sql::row::Cell;

pub(super) const PUSH: &str = "sql.push";

/// Writes one kind of record.
pub(super) struct Writer<'a> {
    pub(super) reader: &'a Reader,
    pub(super) layout: &'a Layout,
}

/// The values of a new row that has no key yet, and which columns they are for.
struct NewRow {
    /// For each writable column whether it gets a value.
    filled: Vec<bool>,
    args: Vec<Arg>,
}

#[async_trait]
impl RowWriter for Writer<'_> {
    async fn write(&self, session: &mut WriteSession, op: &Op) -> Result<RecordId, RowError> {
        match &op.action {
            Action::Create => {
                let ids = self.create_all(session, &[op]).await?;
                ids.into_iter().next().ok_or_else(|| {
                    RowError::Failed(Error::new(ErrorKind::Internal, "A row got no key."))
                })
            }
            Action::Update { id } => {
                self.update(session, op, id).await?;
                Ok(id.clone())
            }
            Action::Delete { id } => {
                self.delete(session, id).await?;
                Ok(id.clone())
            }
            other => Err(RowError::Rejected(
                Error::new(
                    ErrorKind::Internal,
                    format!("A table takes no `{}`.", other.as_str()),
                )
                .operation(PUSH)
                .outcome(SendOutcome::Rejected),
            )),
        }
    }

    async fn write_all(
        &self,
        session: &mut WriteSession,
        ops: &[&Op],
    ) -> Result<Vec<RecordId>, RowError> {
        let creates: Vec<&Op> = ops
            .iter()
            .copied()
            .filter(|op| op.action == Action::Create)
            .collect();
        let mut created = self.create_all(session, &creates).await?.into_iter();
        let mut ids = Vec::with_capacity(ops.len());
        for op in ops {
            ids.push(if op.action == Action::Create {
                created.next().ok_or_else(|| {
                    RowError::Failed(Error::new(ErrorKind::Internal, "A row got no key."))
                })?
            } else {
                self.write(session, op).await?
            });
        }
        Ok(ids)
    }
}

impl Writer<'_> {
    pub(super) fn context(&self) -> Context<'_> {
        self.reader.context()
    }

    /// The columns that a new row may fill, in order: fields, constants, marker, modified stamp.
    fn columns(&self) -> Vec<&Column> {
        let rows = &self.layout.rows;
        let mut columns: Vec<&Column> = rows.writable().map(|bound| &bound.column).collect();
        columns.extend(rows.defaults.iter().map(|(column, _)| column));
        columns.extend(&self.layout.marker);
        columns.extend(self.stamped());
        columns
    }

    /// The column of the modified stamp, where the database does not fill it itself.
    fn stamped(&self) -> Option<&Column> {
        let column = &self.layout.modified.as_ref()?.column;
        let by_field = self
            .layout
            .rows
            .writable()
            .any(|bound| bound.column.name == column.name);
        (!by_field && !column.touched && !column.generated).then_some(column)
    }

    fn now(&self, column: &Column) -> Arg {
        let now = Value::Timestamp(Timestamp::now());
        convert::write(&now, column, &"".into(), self.context())
            .unwrap_or_else(|_| convert::stamp(Timestamp::now(), column, self.context()))
    }

    fn new_row(&self, op: &Op) -> Result<NewRow, Error> {
        let rows = &self.layout.rows;
        let mut row = NewRow {
            filled: Vec::with_capacity(rows.fields.len() + 4),
            args: Vec::with_capacity(rows.fields.len() + 4),
        };
        let mut put = |arg: Option<Arg>| {
            row.filled.push(arg.is_some());
            row.args.extend(arg);
        };
        for bound in rows.writable() {
            let value = value_at(|name| op.fields.get(name), bound)?;
            let column = &bound.column;
            let arg = convert::write(value, column, &bound.field.column, self.context())
                .map_err(|problem| rejected(PUSH, &column.name, &problem))?;
            put(new_value(
                arg,
                column,
                op.fields.contains(bound.field.place.field()),
            )?);
        }
        for (_, constant) in &rows.defaults {
            put(Some(constant.clone()));
        }
        if let Some(column) = &self.layout.marker {
            let marker = Value::Text(op.marker.as_str().to_owned());
            put(Some(
                convert::write(&marker, column, &"".into(), self.context())
                    .map_err(|problem| rejected(PUSH, &column.name, &problem))?,
            ));
        }
        if let Some(column) = self.stamped() {
            put(Some(self.now(column)));
        }
        Ok(row)
    }

    /// Inserts many records, all rows of the same columns in one statement.
    async fn create_all(
        &self,
        session: &mut WriteSession,
        ops: &[&Op],
    ) -> Result<Vec<RecordId>, RowError> {
        if ops.is_empty() {
            return Ok(Vec::new());
        }
        let mut groups: HashMap<Vec<bool>, Vec<(usize, Vec<Arg>)>> = HashMap::new();
        for (at, op) in ops.iter().enumerate() {
            let row = self.new_row(op)?;
            // Almost always all rows fill the same columns.
            match groups.get_mut(&row.filled) {
                Some(group) => group.push((at, row.args)),
                None => {
                    groups.insert(row.filled, vec![(at, row.args)]);
                }
            }
        }
        let columns = self.columns();
        let mut ids: Vec<Option<String>> = vec![None; ops.len()];
        for (filled, group) in groups {
            let names: Vec<&str> = columns
                .iter()
                .zip(&filled)
                .filter(|(_, filled)| **filled)
                .map(|(column, _)| column.name.as_str())
                .collect();
            let (places, rows): (Vec<usize>, Vec<Vec<Arg>>) = group.into_iter().unzip();
            let brought = self.brought_keys(&places, ops)?;
            let keys = insert_rows(session, &self.layout.rows, &names, rows, brought).await?;
            for (at, key) in places.into_iter().zip(keys) {
                if let Some(id) = ids.get_mut(at) {
                    *id = Some(key);
                }
            }
        }
        let ids: Vec<String> = ids.into_iter().flatten().collect();
        if ids.len() != ops.len() {
            return Err(RowError::Failed(Error::new(
                ErrorKind::Internal,
                "Not every new row got a key.",
            )));
        }
        let sets = Sets {
            reader: self.reader,
        };
        for child in &self.layout.children {
            let parents: Vec<(&str, &Value)> = ids
                .iter()
                .zip(ops)
                .map(|(id, op)| (id.as_str(), op.fields.get(child.model.set)))
                .collect();
            sets.insert(session, child, &parents).await?;
        }
        Ok(ids.into_iter().map(RecordId::new).collect())
    }

    /// The keys that the records bring themselves, where one of their fields is the key.
    fn brought_keys(&self, places: &[usize], ops: &[&Op]) -> Result<Option<Vec<String>>, Error> {
        let rows = &self.layout.rows;
        let key = &self.layout.key.column;
        // The key column is among the fields: its value goes with the others.
        let Some(bound) = rows.writable().find(|bound| bound.column.name == key.name) else {
            return Ok(None);
        };
        let mut keys = Vec::with_capacity(places.len());
        for op in places.iter().filter_map(|at| ops.get(*at)) {
            let value = value_at(|name| op.fields.get(name), bound)?;
            let arg = convert::write(value, key, &bound.field.column, self.context())
                .map_err(|problem| rejected(PUSH, &key.name, &problem))?;
            keys.push(arg_text(&arg).ok_or_else(|| {
                rejected(
                    PUSH,
                    &key.name,
                    &format!("is the key, and the field `{}` is empty", bound.field.name),
                )
            })?);
        }
        Ok(Some(keys))
    }

    async fn update(
        &self,
        session: &mut WriteSession,
        op: &Op,
        id: &RecordId,
    ) -> Result<(), RowError> {
        let missing = || RowError::Rejected(self.not_there(id));
        let key = &self.layout.key.column;
        let key_arg = convert::key(id.as_str(), key, self.context()).ok_or_else(missing)?;
        let dialect = session.dialect();
        let changed = |name: &str| {
            op.changed
                .as_ref()
                .is_none_or(|changed| changed.contains(name))
        };
        let (mut sets, mut args) = (Vec::new(), Vec::new());
        for bound in self.layout.rows.writable() {
            if !changed(bound.field.place.field()) {
                continue;
            }
            let column = &bound.column;
            let value = value_at(|name| op.fields.get(name), bound)?;
            let arg = convert::write(value, column, &bound.field.column, self.context())
                .map_err(|problem| rejected(PUSH, &column.name, &problem))?;
            if column.name == key.name {
                if arg_text(&arg).as_deref() != Some(id.as_str()) {
                    return Err(rejected(
                        PUSH,
                        &column.name,
                        "is the key of the row and cannot be changed",
                    )
                    .into());
                }
                continue;
            }
            let quoted = dialect.quote(&column.name);
            match updated_value(arg, column)? {
                Some(arg) => {
                    sets.push(format!("{quoted} = ?"));
                    args.push(arg);
                }
                None => sets.push(format!("{quoted} = {}", default_of(session, column))),
            }
        }
        let children: Vec<_> = (self.layout.children.iter())
            .filter(|child| changed(child.model.set))
            .collect();
        if let Some(column) = self.stamped()
            && (!sets.is_empty() || !children.is_empty())
        {
            sets.push(format!("{} = ?", dialect.quote(&column.name)));
            args.push(self.now(column));
        }
        let rows = &self.layout.rows;
        let condition = format!("{} = ?{}", dialect.quote(&key.name), rows.condition);
        args.push(key_arg);
        let there = if sets.is_empty() {
            let sql = format!("SELECT 1 FROM {} WHERE {condition}", rows.table);
            !session.rows(sql, args).await?.is_empty()
        } else {
            let sql = format!(
                "UPDATE {} SET {} WHERE {condition}",
                rows.table,
                sets.join(", ")
            );
            session.execute(sql, args).await? > 0
        };
        if !there {
            return Err(missing());
        }
        let sets = Sets {
            reader: self.reader,
        };
        for child in children {
            let value = op.fields.get(child.model.set);
            sets.replace(session, child, id.as_str(), value).await?;
        }
        Ok(())
    }

    /// Deletes a row and what belongs to it; one that is gone already is fine.
    async fn delete(&self, session: &mut WriteSession, id: &RecordId) -> Result<(), RowError> {
        if !self.layout.model.delete {
            return Err(RowError::Rejected(
                Error::new(
                    ErrorKind::Permission,
                    format!(
                        "Rows of the table `{}` are not to be deleted.",
                        self.layout.rows.info.name
                    ),
                )
                .operation(PUSH)
                .outcome(SendOutcome::Rejected)
                .help("Set `delete = true` for the table if they may."),
            ));
        }
        let key = &self.layout.key.column;
        let Some(arg) = convert::key(id.as_str(), key, self.context()) else {
            return Ok(());
        };
        let rows = &self.layout.rows;
        let condition = format!(
            "{} = ?{}",
            session.dialect().quote(&key.name),
            rows.condition
        );
        let sql = format!("SELECT 1 FROM {} WHERE {condition}", rows.table);
        if session.rows(sql, vec![arg.clone()]).await?.is_empty() {
            return Ok(());
        }
        let sets = Sets {
            reader: self.reader,
        };
        for child in &self.layout.children {
            sets.replace(session, child, id.as_str(), &Value::Null)
                .await?;
        }
        let sql = format!("DELETE FROM {} WHERE {condition}", rows.table);
        session.execute(sql, vec![arg]).await?;
        Ok(())
    }

    fn not_there(&self, id: &RecordId) -> Error {
        Error::new(
            ErrorKind::NotFound,
            format!(
                "The table `{}` has no row `{id}`.",
                self.layout.rows.info.name
            ),
        )
        .operation(PUSH)
        .outcome(SendOutcome::Rejected)
    }
}

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
fn default_of(session: &WriteSession, column: &Column) -> String {
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
                .map(|id| match &*key.type_name {
                    "" => Arg::Text(id),
                    _ if key.class == Class::Text => Arg::Text(id),
                    _ => Arg::Typed(id, key.type_name.clone()),
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
        return incremented(session, target, names, rows).await;
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
                    (Cell::Text(text), Class::Text) => Some(Arg::Text(text.clone())),
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
async fn incremented(
    session: &mut WriteSession,
    target: &Rows,
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
