//! Writes records inside the transaction of a batch.

use std::collections::HashMap;

use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use async_trait::async_trait;
use sync_core::{Action, Op, RecordId, Value};

use super::children::Sets;
use super::convert::{self, Context};
use super::keys::insert_rows;
use super::layout::Layout;
use super::reader::Reader;
use super::schema::Column;
use super::values::{arg_text, default_of, new_value, updated_value, value_at};
use crate::sql::batch::{RowError, RowWriter};
use crate::sql::db::{Arg, WriteSession};
use crate::sql::error::rejected;

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
