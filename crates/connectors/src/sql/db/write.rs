//! Transactions that write.

use api_core::{Error, ErrorKind, SendOutcome};
use sqlx::AssertSqlSafe;
use sqlx::Executor as _;
use sqlx::pool::PoolConnection;

#[cfg(feature = "sql-postgres")]
use super::arrays;
use super::{Arg, Db, Dialect, QUERY_TIMEOUT, Target, too_slow};
use crate::sql::error::{commit_unknown, map};
use crate::sql::row::Cell;

/// The most values of one statement: SQLite takes 32,766, the servers 65,535.
const MAX_VALUES: usize = 30_000;
/// The most bytes of text of one statement; servers limit the size of a packet.
const MAX_BYTES: usize = 1 << 20;

enum Conn {
    #[cfg(feature = "sql-sqlite")]
    Sqlite(PoolConnection<sqlx::Sqlite>),
    #[cfg(feature = "sql-mysql")]
    MySql(PoolConnection<sqlx::MySql>),
    #[cfg(feature = "sql-postgres")]
    Postgres(PoolConnection<sqlx::Postgres>),
}

impl Conn {
    /// Runs a statement without values, also one that cannot be prepared.
    async fn plain(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self {
            #[cfg(feature = "sql-sqlite")]
            Conn::Sqlite(conn) => conn.execute(sql).await.map(drop),
            #[cfg(feature = "sql-mysql")]
            Conn::MySql(conn) => conn.execute(sql).await.map(drop),
            #[cfg(feature = "sql-postgres")]
            Conn::Postgres(conn) => conn.execute(sql).await.map(drop),
        }
    }

    /// Cuts the connection; the database rolls back what was under way.
    fn cut(self) {
        match self {
            #[cfg(feature = "sql-sqlite")]
            Conn::Sqlite(conn) => drop(conn.detach()),
            #[cfg(feature = "sql-mysql")]
            Conn::MySql(conn) => drop(conn.detach()),
            #[cfg(feature = "sql-postgres")]
            Conn::Postgres(conn) => drop(conn.detach()),
        }
    }
}

/// A commit that did not succeed.
#[derive(Debug)]
pub(crate) struct CommitFailed {
    /// Why; its outcome is `Unknown` or `NotSent` (or `Rejected` for a deferred constraint).
    pub(crate) error: Error,
    /// Whether the transaction may have been committed all the same.
    pub(crate) unknown: bool,
}

/// What one statement inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inserted {
    /// How many rows.
    pub(crate) rows: usize,
    /// The key that the database gave the first row (MySQL) or the last one (SQLite).
    pub(crate) id: i64,
}

/// A write transaction; nothing of it stays unless it is committed.
///
/// An error before the commit means that nothing was written; a session that saw one can be rolled
/// back (to a savepoint) and otherwise has to be dropped.
pub(crate) struct WriteSession {
    /// Taken out when the transaction is over.
    conn: Option<Conn>,
    dialect: Dialect,
    operation: &'static str,
    #[cfg(test)]
    seen: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Drop for WriteSession {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            conn.cut();
        }
    }
}

fn over(operation: &'static str) -> Error {
    Error::new(
        ErrorKind::Internal,
        "The transaction is over already; nothing more can be written in it.",
    )
    .operation(operation)
    .outcome(SendOutcome::NotSent)
}

impl WriteSession {
    /// `None` where the database was opened for reading only.
    pub(super) async fn begin(
        db: &Db,
        operation: &'static str,
    ) -> Result<Option<Self>, sqlx::Error> {
        let (conn, begin) = match &db.target {
            #[cfg(feature = "sql-sqlite")]
            Target::Sqlite(target) => match &target.writer {
                // The lock is taken at once: a transaction that reads first and then cannot write
                // would have to be given up.
                Some(pool) => (Conn::Sqlite(pool.acquire().await?), "BEGIN IMMEDIATE"),
                None => return Ok(None),
            },
            #[cfg(feature = "sql-mysql")]
            Target::MySql(target) => match &target.writer {
                Some(pool) => (Conn::MySql(pool.acquire().await?), "START TRANSACTION"),
                None => return Ok(None),
            },
            #[cfg(feature = "sql-postgres")]
            Target::Postgres(target) => match &target.writer {
                Some(pool) => (
                    Conn::Postgres(pool.acquire().await?),
                    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
                ),
                None => return Ok(None),
            },
        };
        let mut session = Self {
            conn: Some(conn),
            dialect: db.dialect(),
            operation,
            #[cfg(test)]
            seen: db.seen.clone(),
        };
        let begun = match session.conn.as_mut() {
            Some(conn) => tokio::time::timeout(QUERY_TIMEOUT, conn.plain(begin)).await,
            None => return Ok(None),
        };
        match begun {
            Ok(begun) => begun.map(|()| Some(session)),
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Which SQL is spoken.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    #[cfg(test)]
    fn note(&self, sql: &str) {
        if let Ok(mut seen) = self.seen.lock() {
            seen.push(sql.to_owned());
        }
    }

    #[cfg(not(test))]
    fn note(&self, _: &str) {}

    /// Runs a query, as [`super::Session::rows`] does.
    pub(crate) async fn rows(
        &mut self,
        sql: impl Into<String>,
        args: Vec<Arg>,
    ) -> Result<Vec<Vec<Cell>>, Error> {
        let sql = sql.into();
        self.note(&sql);
        let operation = self.operation;
        let conn = self.conn.as_mut().ok_or_else(|| over(operation))?;
        let work = async {
            match conn {
                #[cfg(feature = "sql-sqlite")]
                Conn::Sqlite(conn) => {
                    let args = super::sqlite::bind(args)?;
                    let query = sqlx::query_with::<sqlx::Sqlite, _>(AssertSqlSafe(sql), args);
                    let rows = query.fetch_all(&mut **conn).await?;
                    Ok(rows.iter().map(super::sqlite::cells).collect())
                }
                #[cfg(feature = "sql-mysql")]
                Conn::MySql(conn) => {
                    let args = super::mysql::bind(args)?;
                    let query = sqlx::query_with::<sqlx::MySql, _>(AssertSqlSafe(sql), args);
                    let rows = query.fetch_all(&mut **conn).await?;
                    Ok(rows.iter().map(super::mysql::cells).collect())
                }
                #[cfg(feature = "sql-postgres")]
                Conn::Postgres(conn) => {
                    let sql = super::text::numbered(&sql, &args);
                    let args = super::postgres::bind(args)?;
                    let query = sqlx::query_with::<sqlx::Postgres, _>(AssertSqlSafe(sql), args);
                    let rows = query.fetch_all(&mut **conn).await?;
                    Ok(rows.iter().map(super::postgres::cells).collect())
                }
            }
        };
        let done = tokio::time::timeout(QUERY_TIMEOUT, work).await;
        self.settled(done)
    }

    /// Runs a statement; gives the number of rows that it met and the key that was given.
    async fn run(&mut self, sql: String, args: Vec<Arg>) -> Result<(u64, i64), Error> {
        self.note(&sql);
        let operation = self.operation;
        let conn = self.conn.as_mut().ok_or_else(|| over(operation))?;
        let work = async {
            match conn {
                #[cfg(feature = "sql-sqlite")]
                Conn::Sqlite(conn) => {
                    let args = super::sqlite::bind(args)?;
                    let query = sqlx::query_with::<sqlx::Sqlite, _>(AssertSqlSafe(sql), args);
                    let done = query.execute(&mut **conn).await?;
                    Ok((done.rows_affected(), done.last_insert_rowid()))
                }
                #[cfg(feature = "sql-mysql")]
                Conn::MySql(conn) => {
                    let args = super::mysql::bind(args)?;
                    let query = sqlx::query_with::<sqlx::MySql, _>(AssertSqlSafe(sql), args);
                    let done = query.execute(&mut **conn).await?;
                    let id = i64::try_from(done.last_insert_id()).unwrap_or(0);
                    Ok((done.rows_affected(), id))
                }
                #[cfg(feature = "sql-postgres")]
                Conn::Postgres(conn) => {
                    let sql = super::text::numbered(&sql, &args);
                    let args = super::postgres::bind(args)?;
                    let query = sqlx::query_with::<sqlx::Postgres, _>(AssertSqlSafe(sql), args);
                    let done = query.execute(&mut **conn).await?;
                    Ok((done.rows_affected(), 0))
                }
            }
        };
        let done = tokio::time::timeout(QUERY_TIMEOUT, work).await;
        self.settled(done)
    }

    /// A connection that stopped answering in the middle of a statement is not used again.
    fn settled<T>(
        &mut self,
        done: Result<Result<T, sqlx::Error>, tokio::time::error::Elapsed>,
    ) -> Result<T, Error> {
        match done {
            Ok(result) => result.map_err(|error| map(self.operation, error)),
            Err(_) => {
                if let Some(conn) = self.conn.take() {
                    conn.cut();
                }
                Err(too_slow(self.operation, QUERY_TIMEOUT))
            }
        }
    }

    /// Runs a statement; gives the number of rows that it met. MySQL does not count rows that an
    /// update leaves as they were unless it is asked to, which sqlx does.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<String>,
        args: Vec<Arg>,
    ) -> Result<u64, Error> {
        Ok(self.run(sql.into(), args).await?.0)
    }

    /// Inserts one row; gives the whole number that the database made its key. A row that brings
    /// its own key is given `0` or its row id.
    pub(crate) async fn insert(
        &mut self,
        table: &str,
        columns: &[&str],
        args: Vec<Arg>,
        key: &str,
    ) -> Result<i64, Error> {
        let sql = self.insert_sql(table, columns, 1);
        match self.dialect {
            #[cfg(feature = "sql-postgres")]
            Dialect::Postgres => {
                let sql = format!(
                    "{sql} RETURNING CAST({} AS bigint)",
                    self.dialect.quote(key)
                );
                let rows = self.rows(sql, args).await?;
                match rows.first().and_then(|row| row.first()) {
                    Some(Cell::Int(id)) => Ok(*id),
                    _ => Err(Error::new(
                        ErrorKind::Decode,
                        format!("The database gave the new row of `{table}` no key."),
                    )
                    .operation(self.operation)
                    .outcome(SendOutcome::NotSent)),
                }
            }
            #[cfg(any(feature = "sql-sqlite", feature = "sql-mysql"))]
            _ => {
                // The key is the row id or the auto-increment column.
                debug_assert!(!key.is_empty());
                Ok(self.run(sql, args).await?.1)
            }
        }
    }

    fn insert_sql(&self, table: &str, columns: &[&str], rows: usize) -> String {
        let names: Vec<String> = columns
            .iter()
            .map(|name| self.dialect.quote(name))
            .collect();
        // A key that was taken beforehand goes also into a column that is always numbered.
        let overriding = match self.dialect {
            #[cfg(feature = "sql-postgres")]
            Dialect::Postgres => " OVERRIDING SYSTEM VALUE",
            #[cfg(any(feature = "sql-sqlite", feature = "sql-mysql"))]
            _ => "",
        };
        let mut sql = format!(
            "INSERT INTO {} ({}){overriding} VALUES ",
            self.dialect.table(table),
            names.join(", ")
        );
        let mut row = String::with_capacity(columns.len() * 3 + 2);
        row.push('(');
        for at in 0..columns.len() {
            row.push_str(if at == 0 { "?" } else { ", ?" });
        }
        row.push(')');
        sql.reserve(rows * (row.len() + 1));
        for at in 0..rows {
            if at > 0 {
                sql.push(',');
            }
            sql.push_str(&row);
        }
        sql
    }

    /// Inserts many rows of the same columns, `args` row after row, in as few statements as the
    /// database allows.
    pub(crate) async fn insert_many(
        &mut self,
        table: &str,
        columns: &[&str],
        args: Vec<Arg>,
    ) -> Result<Vec<Inserted>, Error> {
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let width = columns.len();
        let mut inserted = Vec::new();
        let mut left = args.into_iter();
        while left.len() >= width {
            let most = (MAX_VALUES / width).max(1);
            let mut chunk = Vec::with_capacity(left.len().min(most * width));
            let (mut rows, mut bytes) = (0, 0);
            while rows < most && bytes < MAX_BYTES && left.len() >= width {
                for arg in left.by_ref().take(width) {
                    bytes += size(&arg);
                    chunk.push(arg);
                }
                rows += 1;
            }
            inserted.push(self.insert_chunk(table, columns, chunk, rows).await?);
        }
        Ok(inserted)
    }

    async fn insert_chunk(
        &mut self,
        table: &str,
        columns: &[&str],
        args: Vec<Arg>,
        rows: usize,
    ) -> Result<Inserted, Error> {
        #[cfg(feature = "sql-postgres")]
        if self.dialect == Dialect::Postgres
            && rows > 1
            && let Some(arrays) = arrays::transpose(&args, columns.len())
        {
            return self.insert_arrays(table, columns, arrays, rows).await;
        }
        let sql = self.insert_sql(table, columns, rows);
        let (_, id) = self.run(sql, args).await?;
        Ok(Inserted { rows, id })
    }

    /// One statement for any number of rows: each column is one array.
    #[cfg(feature = "sql-postgres")]
    async fn insert_arrays(
        &mut self,
        table: &str,
        columns: &[&str],
        arrays: Vec<arrays::Column>,
        rows: usize,
    ) -> Result<Inserted, Error> {
        let (sql, args) = arrays::insert(self.dialect, table, columns, arrays)
            .map_err(|error| map(self.operation, error))?;
        self.note(&sql);
        let operation = self.operation;
        let Some(Conn::Postgres(conn)) = self.conn.as_mut() else {
            return Err(over(operation));
        };
        let work = async {
            let query = sqlx::query_with::<sqlx::Postgres, _>(AssertSqlSafe(sql), args);
            query.execute(&mut **conn).await
        };
        let done = tokio::time::timeout(QUERY_TIMEOUT, work).await;
        self.settled(done)?;
        Ok(Inserted { rows, id: 0 })
    }

    async fn plain(&mut self, sql: &'static str) -> Result<(), Error> {
        self.note(sql);
        let operation = self.operation;
        let conn = self.conn.as_mut().ok_or_else(|| over(operation))?;
        let done = tokio::time::timeout(QUERY_TIMEOUT, conn.plain(sql)).await;
        self.settled(done)
    }

    /// Starts a part that can be taken back; parts do not nest.
    pub(crate) async fn savepoint(&mut self) -> Result<(), Error> {
        self.plain("SAVEPOINT koppel_row").await
    }

    /// Takes back everything since the savepoint; also after an error.
    pub(crate) async fn rollback_to(&mut self) -> Result<(), Error> {
        self.plain("ROLLBACK TO SAVEPOINT koppel_row").await?;
        self.release().await
    }

    /// Keeps everything since the savepoint.
    pub(crate) async fn release(&mut self) -> Result<(), Error> {
        self.plain("RELEASE SAVEPOINT koppel_row").await
    }

    /// Takes everything back and gives the connection to the pool.
    pub(crate) async fn rollback(mut self) -> Result<(), Error> {
        self.plain("ROLLBACK").await?;
        // Back to the pool, sound.
        drop(self.conn.take());
        Ok(())
    }

    /// Makes everything stay.
    pub(crate) async fn commit(mut self) -> Result<(), CommitFailed> {
        self.note("COMMIT");
        let operation = self.operation;
        let Some(conn) = self.conn.as_mut() else {
            return Err(CommitFailed {
                error: over(operation),
                unknown: false,
            });
        };
        match tokio::time::timeout(QUERY_TIMEOUT, conn.plain("COMMIT")).await {
            Ok(Ok(())) => {
                drop(self.conn.take());
                Ok(())
            }
            Ok(Err(error)) => {
                let unknown = commit_unknown(&error);
                let mut error = map(operation, error);
                if unknown {
                    error = error.outcome(SendOutcome::Unknown);
                }
                Err(CommitFailed { error, unknown })
            }
            Err(_) => Err(CommitFailed {
                error: too_slow(operation, QUERY_TIMEOUT).outcome(SendOutcome::Unknown),
                unknown: true,
            }),
        }
    }
}

/// About how many bytes a value takes.
fn size(arg: &Arg) -> usize {
    match arg {
        Arg::Null | Arg::Bool(_) | Arg::Int(_) | Arg::Decimal(_) => 9,
        Arg::Text(text)
        | Arg::Date(text)
        | Arg::Time(text)
        | Arg::Moment(text)
        | Arg::Typed(text, _) => text.len() + 4,
    }
}
