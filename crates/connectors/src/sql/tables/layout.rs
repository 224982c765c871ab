//! The configuration together with what the database says: ready to be read and written.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::{Error, ErrorKind, SendOutcome};
use sync_core::{EntityKind, FieldName, Fields, Value};

use super::config::NewKey;
use super::convert::{Context, Problem, read, text_of};
use super::model::{Child, Field, Model, Place};
use super::schema::{Column, TableInfo};
use crate::sql::db::{Arg, Dialect, Session};
use crate::sql::error::config;
use crate::sql::row::{Cell, Flaw};

/// The field that a tax in columns of the row belongs to.
const TAXES: FieldName = FieldName::known("taxes");

/// A field and its column.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    pub(super) field: Field,
    pub(super) column: Column,
    /// Where it stands in the rows that are read.
    pub(super) at: usize,
}

/// A column that is read for another reason.
#[derive(Debug, Clone)]
pub(super) struct Extra {
    pub(super) column: Column,
    pub(super) at: usize,
}

/// Rows of a table, of records or of parts of records.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) info: TableInfo,
    /// The name of the table as it stands in SQL.
    pub(super) table: String,
    pub(super) fields: Vec<Bound>,
    pub(super) key: Option<Extra>,
    pub(super) new_key: NewKey,
    /// `SELECT … FROM …`
    pub(super) select: String,
    /// ` AND (…)` or nothing.
    pub(super) condition: String,
    pub(super) defaults: Vec<(Column, Arg)>,
}

/// A child table.
#[derive(Debug, Clone)]
pub(super) struct ChildRows {
    pub(super) model: Child,
    pub(super) rows: Rows,
    pub(super) parent: Extra,
    pub(super) order: Option<Extra>,
    pub(super) taxes: Option<Box<ChildRows>>,
}

/// A table of records.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) model: Arc<Model>,
    pub(super) rows: Rows,
    pub(super) key: Extra,
    pub(super) modified: Option<Extra>,
    pub(super) marker: Option<Column>,
    pub(super) children: Vec<ChildRows>,
}

struct Selected {
    dialect: Dialect,
    names: Vec<String>,
    list: Vec<String>,
}

impl Selected {
    fn add(&mut self, column: &Column) -> usize {
        if let Some(at) = self.names.iter().position(|name| *name == column.name) {
            return at;
        }
        self.list.push(if column.cast {
            self.dialect.as_text(&column.name)
        } else {
            self.dialect.quote(&column.name)
        });
        self.names.push(column.name.clone());
        self.names.len() - 1
    }
}

fn missing(place: &str, info: &TableInfo, what: &str, column: &str) -> Error {
    let there: Vec<&str> = info
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .take(60)
        .collect();
    config(format!(
        "{place}.{what}: the table `{}` has no column `{column}`.",
        info.name
    ))
    .help(format!("It has: {}.", there.join(", ")))
}

fn find<'a>(
    place: &str,
    info: &'a TableInfo,
    what: &str,
    column: &str,
) -> Result<&'a Column, Error> {
    info.column(column)
        .ok_or_else(|| missing(place, info, what, column))
}

async fn table(
    session: &mut Session,
    dialect: Dialect,
    place: &str,
    name: &str,
) -> Result<TableInfo, Error> {
    TableInfo::load(session, dialect, name)
        .await?
        .ok_or_else(|| {
            config(format!(
                "{place}.table: the database has no table or view `{name}`."
            ))
            .outcome(SendOutcome::NotSent)
            .help("Check the name (with its schema in front where needed) and the user's rights.")
        })
}

/// What [`Rows`] are made of.
struct Parts<'a> {
    place: &'a str,
    name: &'a str,
    fields: &'a [Field],
    defaults: &'a [(String, Arg)],
    condition: Option<&'a String>,
    new_key: &'a NewKey,
}

fn rows(
    info: TableInfo,
    dialect: Dialect,
    parts: &Parts<'_>,
    selected: &mut Selected,
    key: Option<Extra>,
) -> Result<Rows, Error> {
    let mut fields = Vec::with_capacity(parts.fields.len());
    for field in parts.fields {
        let what = format!("fields.{}", field.name);
        let column = find(parts.place, &info, &what, &field.column.column)?.clone();
        let at = selected.add(&column);
        fields.push(Bound {
            field: field.clone(),
            column,
            at,
        });
    }
    let mut defaults = Vec::new();
    for (name, arg) in parts.defaults {
        let column = find(parts.place, &info, "defaults", name)?.clone();
        defaults.push((column, arg.clone()));
    }
    let table = dialect.table(parts.name);
    Ok(Rows {
        select: format!("SELECT {} FROM {table}", selected.list.join(", ")),
        condition: parts
            .condition
            .map_or_else(String::new, |condition| format!(" AND ({condition})")),
        table,
        fields,
        key,
        new_key: parts.new_key.clone(),
        defaults,
        info,
    })
}

fn child_layout<'a>(
    session: &'a mut Session,
    dialect: Dialect,
    place: String,
    model: &'a Child,
) -> futures_util::future::BoxFuture<'a, Result<ChildRows, Error>> {
    Box::pin(async move {
        let place = format!("{place}.{}", model.set);
        let info = table(session, dialect, &place, &model.table).await?;
        let mut selected = Selected {
            dialect,
            names: Vec::new(),
            list: Vec::new(),
        };
        let mut extra = |what: &str, name: &str| -> Result<Extra, Error> {
            let column = find(&place, &info, what, name)?.clone();
            Ok(Extra {
                at: selected.add(&column),
                column,
            })
        };
        let parent = extra("parent", &model.parent)?;
        let key = (model.key.as_deref())
            .map(|name| extra("key", name))
            .transpose()?;
        let order = (model.order.as_deref())
            .map(|name| extra("order", name))
            .transpose()?;
        let parts = Parts {
            place: &place,
            name: &model.table,
            fields: &model.fields,
            defaults: &model.defaults,
            condition: model.condition.as_ref(),
            new_key: &model.new_key,
        };
        let rows = rows(info, dialect, &parts, &mut selected, key)?;
        let taxes = match &model.taxes {
            None => None,
            Some(taxes) => Some(Box::new(
                child_layout(session, dialect, place.clone(), taxes).await?,
            )),
        };
        Ok(ChildRows {
            model: model.clone(),
            rows,
            parent,
            order,
            taxes,
        })
    })
}

impl Layout {
    /// Asks the database about the tables of one kind of record.
    pub(super) async fn load(
        session: &mut Session,
        dialect: Dialect,
        model: &Arc<Model>,
    ) -> Result<Self, Error> {
        let place = format!("tables.{}", model.entity);
        let info = table(session, dialect, &place, &model.table).await?;
        let mut selected = Selected {
            dialect,
            names: Vec::new(),
            list: Vec::new(),
        };
        let mut extra = |what: &str, name: &str| -> Result<Extra, Error> {
            let column = find(&place, &info, what, name)?.clone();
            Ok(Extra {
                at: selected.add(&column),
                column,
            })
        };
        let key = extra("key", &model.key)?;
        let modified = (model.modified.as_deref())
            .map(|name| extra("modified", name))
            .transpose()?;
        let marker = (model.marker.as_deref())
            .map(|name| find(&place, &info, "marker", name).cloned())
            .transpose()?;
        let parts = Parts {
            place: &place,
            name: &model.table,
            fields: &model.fields,
            defaults: &model.defaults,
            condition: model.condition.as_ref(),
            new_key: &model.new_key,
        };
        let rows = rows(info, dialect, &parts, &mut selected, Some(key.clone()))?;
        let mut children = Vec::with_capacity(model.children.len());
        for child in &model.children {
            children.push(child_layout(session, dialect, place.clone(), child).await?);
        }
        Ok(Self {
            model: model.clone(),
            rows,
            key,
            modified,
            marker,
            children,
        })
    }

    /// The kind of record.
    pub(super) fn entity(&self) -> EntityKind {
        self.model.entity
    }

    /// Fails where rows cannot be written.
    pub(super) fn writable(&self, operation: &'static str) -> Result<(), Error> {
        let refuse = |message: String, help: &str| {
            Err(Error::new(ErrorKind::Permission, message)
                .operation(operation)
                .outcome(SendOutcome::Rejected)
                .help(help))
        };
        let mut all = vec![&self.rows];
        for child in &self.children {
            all.push(&child.rows);
            all.extend(child.taxes.as_ref().map(|taxes| &taxes.rows));
        }
        for rows in all {
            let name = &rows.info.name;
            if !rows.info.writable {
                return refuse(
                    format!("`{name}` is a view: it can be read and not written."),
                    "Name the table behind the view, or set `read_only = true`.",
                );
            }
            if let Some(engine) = &rows.info.unsafe_engine {
                return refuse(
                    format!(
                        "The table `{name}` is kept by {engine}, which has no transactions: a \
                         write that is cut off could not be told from one that is done."
                    ),
                    "Change the table to InnoDB, or set `read_only = true`.",
                );
            }
        }
        Ok(())
    }
}

impl Rows {
    /// Reads the fields of a row.
    pub(super) fn values(&self, row: &[Cell], context: Context<'_>) -> Result<Fields, Flaw> {
        let mut values = Fields::new();
        let mut tax: BTreeMap<String, Value> = BTreeMap::new();
        for bound in &self.fields {
            let cell = row.get(bound.at).unwrap_or(&Cell::Null);
            let field = &bound.field;
            let value = read(cell, &bound.column, &field.column, field.kind, context)
                .map_err(|problem| self.flaw(&bound.column, problem))?;
            if value == Value::Null {
                continue;
            }
            match &field.place {
                Place::Top(name) => {
                    values.set(name.clone(), value);
                }
                Place::Part(name, part) => {
                    if !values.contains(name.as_str()) {
                        values.set(name.clone(), BTreeMap::new());
                    }
                    if let Some(Value::Map(map)) = values.get_mut(name.as_str()) {
                        map.insert(part.clone(), value);
                    }
                }
                Place::Tax(part) => {
                    tax.insert((*part).to_owned(), value);
                }
            }
        }
        if !tax.is_empty() {
            values.set(TAXES, vec![Value::Map(tax)]);
        }
        Ok(values)
    }

    pub(super) fn flaw(&self, column: &Column, problem: Problem) -> Flaw {
        Flaw::new(format!("{}.{}", self.info.name, column.name), problem)
    }
}

impl Extra {
    /// The text of the cell, for keys.
    pub(super) fn text(&self, row: &[Cell]) -> Option<String> {
        let cell = row.get(self.at)?;
        let text = text_of(cell, &self.column).ok()??;
        Some(text.into_owned()).filter(|text| !text.is_empty())
    }
}
