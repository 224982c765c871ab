//! Which tables and columns this CRM has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api_core::{Error, ErrorKind, SendOutcome};

use crate::sql::db::{Dialect, Session};
use crate::sql::row::Cell;

/// A table, as far as it is read. Columns that are not named here are never read.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name without prefix.
    pub(super) name: &'static str,
    /// Its primary key.
    pub(super) key: &'static str,
    /// Columns that every version of the CRM has.
    pub(super) required: &'static [&'static str],
    /// Columns that some versions have.
    pub(super) optional: &'static [&'static str],
}

/// The start of a query and the columns that it gives, in order.
pub(super) struct Select {
    /// `SELECT … FROM …`
    pub(super) sql: String,
    /// The columns.
    pub(super) columns: Arc<[&'static str]>,
}

/// The tables and columns that are there.
#[derive(Debug, Default)]
pub(super) struct Schema {
    prefix: String,
    tables: BTreeMap<String, BTreeSet<String>>,
}

impl Schema {
    /// Asks the database.
    pub(super) async fn load(
        session: &mut Session,
        dialect: Dialect,
        prefix: &str,
    ) -> Result<Self, Error> {
        let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in session.rows(dialect.columns_query(), Vec::new()).await? {
            if let [Cell::Text(table), Cell::Text(column)] = row.as_slice() {
                tables
                    .entry(table.clone())
                    .or_default()
                    .insert(column.to_ascii_lowercase());
            }
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            tables,
        })
    }

    /// The columns of a table; servers may fold the case of table names.
    fn columns(&self, name: &str) -> Option<&BTreeSet<String>> {
        let full = format!("{}{name}", self.prefix);
        self.tables.get(&full).or_else(|| {
            self.tables
                .iter()
                .find(|(table, _)| table.eq_ignore_ascii_case(&full))
                .map(|(_, columns)| columns)
        })
    }

    /// Whether the table is there with its required columns.
    pub(super) fn has(&self, table: &Table) -> bool {
        self.columns(table.name).is_some_and(|columns| {
            columns.contains(table.key) && table.required.iter().all(|name| columns.contains(*name))
        })
    }

    /// Whether the column is there.
    pub(super) fn has_column(&self, table: &Table, column: &str) -> bool {
        self.columns(table.name)
            .is_some_and(|columns| columns.contains(column))
    }

    /// The quoted name of a table.
    pub(super) fn quoted(&self, table: &Table) -> String {
        format!("`{}{}`", self.prefix, table.name)
    }

    /// The columns of `table` that are there, as a query.
    pub(super) fn select(&self, dialect: Dialect, table: &Table) -> Select {
        let mut columns = vec![table.key];
        columns.extend(table.required);
        let there = |name: &&&str| self.has_column(table, name);
        columns.extend(table.optional.iter().filter(there));
        let list: Vec<String> = columns.iter().map(|name| dialect.as_text(name)).collect();
        Select {
            sql: format!("SELECT {} FROM {}", list.join(", "), self.quoted(table)),
            columns: columns.into(),
        }
    }

    /// An error that names every one of `tables` (or its columns) that is missing.
    pub(super) fn require(&self, tables: &[&'static Table]) -> Result<(), Error> {
        let mut missing = Vec::new();
        for table in tables {
            match self.columns(table.name) {
                None => missing.push(format!("the table `{}{}`", self.prefix, table.name)),
                Some(columns) => missing.extend(
                    std::iter::once(&table.key)
                        .chain(table.required)
                        .filter(|name| !columns.contains(**name))
                        .map(|name| format!("the column `{}{}.{name}`", self.prefix, table.name)),
                ),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let help = match self.likely_prefix() {
            Some(found) => format!(
                "The tables of this database start with `{found}`: set `prefix = \"{found}\"` in the connection."
            ),
            None => {
                "Check the name of the database and the table prefix of the connection.".to_owned()
            }
        };
        Err(Error::new(
            ErrorKind::Config,
            format!("The CRM database lacks {}.", missing.join(", ")),
        )
        .outcome(SendOutcome::NotSent)
        .help(help))
    }

    /// Another prefix under which the CRM's tables stand.
    pub(super) fn likely_prefix(&self) -> Option<String> {
        self.tables
            .keys()
            .filter_map(|table| table.strip_suffix("clients"))
            .filter(|prefix| *prefix != self.prefix)
            .find(|prefix| {
                ["contacts", "invoices", "options"]
                    .iter()
                    .all(|name| self.tables.contains_key(&format!("{prefix}{name}")))
            })
            .map(str::to_owned)
    }
}
