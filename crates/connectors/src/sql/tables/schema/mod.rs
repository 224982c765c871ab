//! What the database says about its tables.

#[cfg(feature = "sql-mysql")]
mod mysql;
#[cfg(feature = "sql-postgres")]
mod postgres;
#[cfg(feature = "sql-sqlite")]
mod sqlite;

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::Error;

use crate::sql::db::{Dialect, Session};
use crate::sql::row::Cell;

/// What a column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    any(
        not(feature = "sql-sqlite"),
        not(any(feature = "sql-mysql", feature = "sql-postgres"))
    ),
    expect(dead_code, reason = "not every database has every class")
)]
pub(crate) enum Class {
    /// True or false, as a type of its own.
    Bool,
    /// Whole numbers.
    Int,
    /// Exact decimal numbers.
    Decimal,
    /// Binary floats.
    Float,
    /// Text.
    Text,
    /// Days.
    Date,
    /// Naive times.
    Time,
    /// Moments: the database knows the zone.
    Moment,
    /// Anything that is written and read as text of a form of its own.
    Other,
    /// Anything at all (SQLite).
    Any,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) class: Class,
    /// The name of the type, to turn text into (PostgreSQL); with its schema, because a bare
    /// `character` or `bit` would cut the text to one letter.
    pub(crate) type_name: Arc<str>,
    /// Whether it has to be asked for as text.
    pub(crate) cast: bool,
    /// Whether spaces at the end are only padding.
    pub(crate) padded: bool,
    /// The most characters.
    pub(crate) max_chars: Option<u64>,
    /// The most bytes.
    pub(crate) max_bytes: Option<u64>,
    /// Digits behind the point.
    pub(crate) scale: Option<u32>,
    /// The least and the greatest whole number.
    pub(crate) range: Option<(i64, i64)>,
    pub(crate) nullable: bool,
    /// What it gets without a value, as SQL; empty where that is not known as SQL.
    pub(crate) default: Option<String>,
    /// Whether the database numbers new rows by it.
    pub(crate) auto: Auto,
    /// Whether the database computes it.
    pub(crate) generated: bool,
    /// Whether the database sets it anew with each update.
    pub(crate) touched: bool,
    /// Whether it is the primary key, or part of it.
    pub(crate) primary: bool,
    /// Whether times keep parts of a second.
    pub(crate) fraction: bool,
}

impl Column {
    /// Whether text is compared and written as it is. All other types of PostgreSQL are told by
    /// name, so that they sort and compare as the column does.
    pub(crate) fn is_plain_text(&self) -> bool {
        self.type_name.is_empty() || (self.class == Class::Text && !self.cast && !self.padded)
    }
}

/// How the database numbers new rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    not(all(
        feature = "sql-sqlite",
        feature = "sql-mysql",
        feature = "sql-postgres"
    )),
    expect(dead_code, reason = "each database numbers in its own way")
)]
pub(crate) enum Auto {
    /// It does not.
    No,
    /// One above the largest row id so far (SQLite); with `AUTOINCREMENT` also above all former.
    RowId { never_again: bool },
    /// `AUTO_INCREMENT`.
    Increment,
    /// An expression that gives the next key.
    Expression(String),
}

/// A table or view.
#[derive(Debug, Clone)]
pub(crate) struct TableInfo {
    pub(crate) name: String,
    /// Whether rows can be written.
    pub(crate) writable: bool,
    /// The storage engine where it knows no transactions.
    pub(crate) unsafe_engine: Option<String>,
    pub(crate) columns: Vec<Column>,
}

impl TableInfo {
    /// A column by name, whatever the case.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .or_else(|| {
                self.columns
                    .iter()
                    .find(|column| column.name.eq_ignore_ascii_case(name))
            })
    }

    /// What the database says; `None` where there is no such table.
    pub(crate) async fn load(
        session: &mut Session,
        dialect: Dialect,
        name: &str,
    ) -> Result<Option<Self>, Error> {
        let info = match dialect {
            #[cfg(feature = "sql-sqlite")]
            Dialect::Sqlite => sqlite::load(session, name).await?,
            #[cfg(feature = "sql-mysql")]
            Dialect::MySql => mysql::load(session, name).await?,
            #[cfg(feature = "sql-postgres")]
            Dialect::Postgres => postgres::load(session, dialect, name).await?,
        };
        Ok(info.filter(|info| !info.columns.is_empty()))
    }
}

fn text(cell: Option<&Cell>) -> Option<String> {
    match cell {
        Some(Cell::Text(text)) => Some(text.clone()),
        Some(Cell::Int(number)) => Some(number.to_string()),
        _ => None,
    }
}

fn number(cell: Option<&Cell>) -> Option<i64> {
    match cell {
        Some(Cell::Int(number)) => Some(*number),
        Some(Cell::Text(text)) => text.parse().ok(),
        _ => None,
    }
}

fn plain(name: String, class: Class) -> Column {
    Column {
        name,
        class,
        type_name: Arc::from(""),
        cast: false,
        padded: false,
        max_chars: None,
        max_bytes: None,
        scale: None,
        range: None,
        nullable: true,
        default: None,
        auto: Auto::No,
        generated: false,
        touched: false,
        primary: false,
        fraction: true,
    }
}

/// The names of all tables and views, each with its columns in order.
pub(crate) async fn all_tables(
    session: &mut Session,
    dialect: Dialect,
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in session.rows(dialect.columns_query(), Vec::new()).await? {
        if let (Some(table), Some(column)) = (text(row.first()), text(row.get(1))) {
            tables.entry(table).or_default().push(column);
        }
    }
    Ok(tables)
}
