//! SQLite files.

use std::path::PathBuf;

use api_core::{Error, SecretString};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Arguments as _, ConnectOptions, Connection, Row as _, TypeInfo as _, ValueRef as _};

use super::{Access, Arg, BUSY_TIMEOUT, CONNECT_TIMEOUT, MAX_CONNECTIONS, unbindable};
use crate::sql::error::config;
use crate::sql::row::Cell;

/// A file and how it is opened.
pub(super) struct Target {
    pub(super) pool: SqlitePool,
    pub(super) writer: Option<SqlitePool>,
    pub(super) path: PathBuf,
    options: SqliteConnectOptions,
}

impl Target {
    pub(super) fn new(
        rest: &str,
        password: Option<&SecretString>,
        access: Access,
    ) -> Result<Self, Error> {
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() || path.starts_with(':') {
            return Err(config("The SQLite address names no file.").help("Write `sqlite:PATH`."));
        }
        if password.is_some() {
            return Err(config("An SQLite file takes no password.").help("Remove the password."));
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging();
        let writer = (access == Access::ReadWrite).then(|| {
            SqlitePoolOptions::new()
                // SQLite has one writer at a time.
                .max_connections(1)
                .acquire_timeout(CONNECT_TIMEOUT)
                .connect_lazy_with(
                    options
                        .clone()
                        // What is committed is on the disk. The journal mode is the file's own.
                        .synchronous(SqliteSynchronous::Full)
                        .pragma("cache_size", "-16384"),
                )
        });
        let options = options
            // A connection that may write also reads through one that could: only that can take
            // back what a process that died in the middle of a write left in the file.
            .read_only(access == Access::ReadOnly)
            .pragma("query_only", "ON")
            // Each page is read once: what is kept only costs memory.
            .pragma("cache_size", "-256")
            // A page of rows at once: each wait for the reader costs a change of threads.
            .row_buffer_size(512);
        Ok(Self {
            pool: SqlitePoolOptions::new()
                .max_connections(MAX_CONNECTIONS)
                .acquire_timeout(CONNECT_TIMEOUT)
                .connect_lazy_with(options.clone()),
            writer,
            path: path.into(),
            options,
        })
    }

    pub(super) async fn try_connect(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.options.connect().await?;
        // A file that is no database is found out at the first read only.
        sqlx::query("SELECT COUNT(*) FROM sqlite_master")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await
    }
}

/// Values as SQLite takes them; numbers and dates as text fit the affinity of the column.
pub(super) fn bind(args: Vec<Arg>) -> Result<SqliteArguments, sqlx::Error> {
    let mut bound = SqliteArguments::default();
    bound.reserve(args.len(), 0);
    for arg in args {
        match arg {
            Arg::Null => bound.add(None::<i64>),
            Arg::Bool(b) => bound.add(i64::from(b)),
            Arg::Int(n) => bound.add(n),
            Arg::Decimal(number) => bound.add(number.to_string()),
            Arg::Text(text)
            | Arg::Date(text)
            | Arg::Time(text)
            | Arg::Moment(text)
            | Arg::Typed(text, _) => bound.add(text),
        }
        .map_err(unbindable)?;
    }
    Ok(bound)
}

/// The cells of a row, by the type of each value.
pub(super) fn cells(row: &SqliteRow) -> Vec<Cell> {
    (0..row.len())
        .map(|at| cell(row, at).unwrap_or_default())
        .collect()
}

fn cell(row: &SqliteRow, at: usize) -> Option<Cell> {
    let value = row.try_get_raw(at).ok()?;
    if value.is_null() {
        return Some(Cell::Null);
    }
    let kind = value.type_info();
    match kind.name() {
        "INTEGER" | "BOOLEAN" => Some(Cell::Int(row.try_get_unchecked(at).ok()?)),
        "REAL" => Some(Cell::float(row.try_get_unchecked(at).ok()?)),
        _ => Cell::from_bytes(row.try_get_unchecked(at).ok()?),
    }
}
