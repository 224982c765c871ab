//! Which tables and columns this CRM has.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::{Error, ErrorKind, SendOutcome};

use super::query::Query;
use crate::sql::db::Dialect;
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

/// What sort of value a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A number, exact or not.
    Number,
    /// Text, and whatever else.
    Text,
    /// A day.
    Date,
    /// A day and a time.
    Moment,
}

impl Sort {
    /// By the name of the type, as either database spells it.
    fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&["datetime", "timestamp"]) {
            Sort::Moment
        } else if name.starts_with("date") {
            Sort::Date
        } else if has(&[
            "int", "dec", "num", "float", "double", "real", "bit", "year", "bool",
        ]) {
            Sort::Number
        } else {
            Sort::Text
        }
    }
}

/// A column that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// What it holds.
    pub(super) sort: Sort,
    /// Whether it can be empty.
    pub(super) nullable: bool,
    /// Whether a row gets a value here without being given one.
    given: bool,
}

/// The tables and columns that are there.
#[derive(Debug, Default)]
pub(super) struct Schema {
    prefix: String,
    tables: BTreeMap<String, BTreeMap<String, Column>>,
    /// Tables whose storage engine knows no transactions, with its name.
    unsafe_engines: BTreeMap<String, String>,
}

/// A query for the tables that know no transactions, and the engine that keeps each.
fn unsafe_engines_query(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        #[cfg(feature = "sql-mysql")]
        Dialect::MySql => Some(
            "SELECT CAST(table_name AS CHAR), CAST(engine AS CHAR) \
             FROM information_schema.tables WHERE table_schema = DATABASE() \
             AND table_type = 'BASE TABLE' \
             AND engine NOT IN ('InnoDB', 'ndbcluster', 'RocksDB', 'TokuDB')",
        ),
        #[cfg(feature = "sql-sqlite")]
        Dialect::Sqlite => None,
        #[cfg(feature = "sql-postgres")]
        Dialect::Postgres => None,
    }
}

/// A query for every table and column: name of both, type, whether it can be empty, whether it
/// needs no value.
fn columns_query(dialect: Dialect) -> Result<&'static str, Error> {
    match dialect {
        #[cfg(feature = "sql-sqlite")]
        Dialect::Sqlite => Ok(
            "SELECT CAST(m.name AS TEXT), CAST(c.name AS TEXT), CAST(c.type AS TEXT), \
             CAST(c.\"notnull\" = 0 AS TEXT), CAST(c.dflt_value IS NOT NULL AS TEXT) \
             FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')",
        ),
        #[cfg(feature = "sql-mysql")]
        Dialect::MySql => Ok(
            "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(data_type AS CHAR), \
             CAST(is_nullable = 'YES' AS CHAR), \
             CAST(column_default IS NOT NULL OR extra LIKE '%auto_increment%' \
             OR extra LIKE '%GENERATED%' AS CHAR) \
             FROM information_schema.columns WHERE table_schema = DATABASE()",
        ),
        #[cfg(feature = "sql-postgres")]
        Dialect::Postgres => Err(crate::sql::error::config(
            "A CRMConnect database is kept in MySQL, MariaDB or SQLite.",
        )),
    }
}

impl Schema {
    /// Asks the database.
    pub(super) async fn load(
        session: &mut dyn Query,
        dialect: Dialect,
        prefix: &str,
    ) -> Result<Self, Error> {
        let mut tables: BTreeMap<String, BTreeMap<String, Column>> = BTreeMap::new();
        for row in session
            .rows(columns_query(dialect)?.to_owned(), Vec::new())
            .await?
        {
            if let [
                Cell::Text(table),
                Cell::Text(name),
                Cell::Text(kind),
                nullable,
                given,
            ] = row.as_slice()
            {
                let yes = |cell: &Cell| matches!(cell, Cell::Text(text) if text == "1");
                let column = Column {
                    sort: Sort::of(kind),
                    nullable: yes(nullable),
                    given: yes(given),
                };
                tables
                    .entry(table.clone())
                    .or_default()
                    .insert(name.to_ascii_lowercase(), column);
            }
        }
        let mut unsafe_engines = BTreeMap::new();
        if let Some(sql) = unsafe_engines_query(dialect) {
            for row in session.rows(sql.to_owned(), Vec::new()).await? {
                if let [Cell::Text(table), Cell::Text(engine)] = row.as_slice() {
                    unsafe_engines.insert(table.to_ascii_lowercase(), engine.clone());
                }
            }
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            tables,
            unsafe_engines,
        })
    }

    /// The columns of a table; servers may fold the case of table names.
    fn columns(&self, name: &str) -> Option<&BTreeMap<String, Column>> {
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
            columns.contains_key(table.key)
                && table
                    .required
                    .iter()
                    .all(|name| columns.contains_key(*name))
        })
    }

    /// Whether the column is there.
    pub(super) fn has_column(&self, table: &Table, column: &str) -> bool {
        self.column(table, column).is_some()
    }

    /// What is known of a column.
    pub(super) fn column(&self, table: &Table, column: &str) -> Option<Column> {
        self.columns(table.name)?.get(column).copied()
    }

    /// The columns of a new row that must be given a value, without the primary key.
    pub(super) fn needing_value(&self, table: &Table) -> impl Iterator<Item = (&str, Sort)> {
        self.columns(table.name)
            .into_iter()
            .flatten()
            .filter(|(name, column)| {
                name.as_str() != table.key && !column.nullable && !column.given
            })
            .map(|(name, column)| (name.as_str(), column.sort))
    }

    /// The name of a table with its prefix.
    pub(super) fn full(&self, table: &Table) -> String {
        format!("{}{}", self.prefix, table.name)
    }

    /// The quoted name of a table.
    pub(super) fn quoted(&self, table: &Table) -> String {
        format!("`{}`", self.full(table))
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
                        .filter(|name| !columns.contains_key(**name))
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

    /// An error for the first of `tables` that knows no transactions.
    pub(super) fn require_transactions(&self, tables: &[&'static Table]) -> Result<(), Error> {
        for table in tables {
            let name = self.full(table);
            if let Some(engine) = self.unsafe_engines.get(&name.to_ascii_lowercase()) {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!(
                        "The table `{name}` is kept by {engine}, which has no transactions: a \
                         write that is refused or cut off could not be taken back."
                    ),
                )
                .outcome(SendOutcome::NotSent)
                .help(format!("Run `ALTER TABLE {name} ENGINE = InnoDB` first.")));
            }
        }
        Ok(())
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
