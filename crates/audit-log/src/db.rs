//! The one place that talks to sqlx.
//!
//! Only this file wraps SQL text in [`AssertSqlSafe`]: the text is put together from constants of
//! this crate, and every value that comes from elsewhere is bound. All SQL is written with `?` for
//! values; PostgreSQL's `$1` are made of them here.

mod bind;
mod insert;
mod row;

use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Postgres, SqlStr, Sqlite, Transaction};

use bind::{postgres_query, sqlite_arguments};
pub(crate) use insert::{Insert, Kind};
pub(crate) use row::{Arg, Row, Value};

use crate::error::{self, Error};
use crate::open::postgres::Reach;

/// A database that holds a log. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db {
    pools: Pools,
    /// Where it is, for people.
    place: Arc<str>,
}

#[derive(Clone)]
pub(crate) enum Pools {
    /// A file: one connection that writes, and some that cannot.
    Sqlite {
        writer: Option<SqlitePool>,
        readers: SqlitePool,
    },
    /// A schema of a server.
    Postgres {
        writer: Option<PgPool>,
        readers: PgPool,
        /// The number of the lock that writers take.
        lock: i64,
        reach: Arc<Reach>,
    },
}

/// A transaction that holds the lock of the log. Dropped without [`Tx::commit`] it leaves nothing.
pub(crate) struct Tx {
    inner: TxInner,
    place: Arc<str>,
}

enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    pub(crate) fn new(pools: Pools, place: impl Into<Arc<str>>) -> Self {
        Self {
            pools,
            place: place.into(),
        }
    }

    /// Where the log is, for people; never with a password.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The text for the database that this is.
    pub(crate) fn pick<T>(&self, sqlite: T, postgres: T) -> T {
        match self.pools {
            Pools::Sqlite { .. } => sqlite,
            Pools::Postgres { .. } => postgres,
        }
    }

    /// Runs a query and returns all its rows. `?` stand for the values.
    ///
    /// In PostgreSQL sums are no whole numbers unless they are cast: `CAST(SUM(n) AS BIGINT)`.
    pub(crate) async fn read(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Error> {
        self.stream(sql, values).try_collect().await
    }

    /// Runs a query and hands out its rows one by one.
    pub(crate) fn stream(
        &self,
        sql: &str,
        values: &[Value],
    ) -> BoxStream<'static, Result<Row, Error>> {
        let place = Arc::clone(&self.place);
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                let pool = readers.clone();
                let (sql, bound) = (safe(sql), sqlite_arguments(values.iter().map(Value::arg)));
                Box::pin(async_stream::try_stream! {
                    let map = |e| error::sqlite(&place, &e);
                    let mut conn = pool.acquire().await.map_err(map)?;
                    let bound = bound.map_err(map)?;
                    let mut rows = sqlx::query_with(sql, bound).fetch(&mut *conn);
                    while let Some(row) = rows.next().await {
                        let row = row.map_err(map)?;
                        yield Row::sqlite(&row).map_err(map)?;
                    }
                })
            }
            Pools::Postgres { readers, .. } => {
                let pool = readers.clone();
                let (sql, bound) = postgres_query(sql, values);
                Box::pin(async_stream::try_stream! {
                    let map = |e| error::postgres(&place, &e);
                    let mut conn = pool.acquire().await.map_err(map)?;
                    let bound = bound.map_err(map)?;
                    let mut rows = sqlx::query_with(sql, bound).fetch(&mut *conn);
                    while let Some(row) = rows.next().await {
                        let row = row.map_err(map)?;
                        yield Row::postgres(&row).map_err(map)?;
                    }
                })
            }
        }
    }

    /// Begins a transaction that may write, once nobody else does.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        let read_only = || Error::ReadOnly {
            place: self.place.to_string(),
        };
        let inner = match &self.pools {
            Pools::Sqlite { writer, .. } => TxInner::Sqlite(
                writer
                    .as_ref()
                    .ok_or_else(read_only)?
                    .begin_with("BEGIN IMMEDIATE")
                    .await
                    .map_err(|e| error::sqlite(&self.place, &e))?,
            ),
            Pools::Postgres {
                writer,
                lock,
                reach,
                ..
            } => {
                let writer = writer.as_ref().ok_or_else(read_only)?;
                reach.check(&self.place).await?;
                TxInner::Postgres(begin_in_turn(writer, *lock).await.map_err(|e| {
                    reach.failed();
                    error::postgres(&self.place, &e)
                })?)
            }
        };
        Ok(Tx {
            inner,
            place: Arc::clone(&self.place),
        })
    }

    /// Begins a transaction that only reads, and sees the log as it is now until it is dropped.
    pub(crate) async fn snapshot(&self) -> Result<Tx, Error> {
        let inner = match &self.pools {
            Pools::Sqlite { readers, .. } => TxInner::Sqlite(
                readers
                    .begin_with("BEGIN")
                    .await
                    .map_err(|e| error::sqlite(&self.place, &e))?,
            ),
            Pools::Postgres { readers, .. } => TxInner::Postgres(
                readers
                    .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await
                    .map_err(|e| error::postgres(&self.place, &e))?,
            ),
        };
        Ok(Tx {
            inner,
            place: Arc::clone(&self.place),
        })
    }

    /// Sees that the server answers, where there is one.
    pub(crate) async fn reach(&self) -> Result<(), Error> {
        match &self.pools {
            Pools::Sqlite { .. } => Ok(()),
            Pools::Postgres { reach, .. } => reach.check(&self.place).await,
        }
    }

    /// Runs a statement outside of any transaction, as `VACUUM` and `PRAGMA` need it.
    pub(crate) async fn run(&self, sql: &'static str) -> Result<(), Error> {
        let read_only = || Error::ReadOnly {
            place: self.place.to_string(),
        };
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let pool = writer.as_ref().ok_or_else(read_only)?;
                // All rows must be fetched: each step of `incremental_vacuum` is one.
                let rows = sqlx::query(sql).fetch_all(pool).await;
                rows.map(drop).map_err(|e| error::sqlite(&self.place, &e))
            }
            Pools::Postgres { writer, .. } => {
                let pool = writer.as_ref().ok_or_else(read_only)?;
                let done = sqlx::raw_sql(sql).execute(pool).await;
                done.map(drop).map_err(|e| error::postgres(&self.place, &e))
            }
        }
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                if let Some(writer) = writer {
                    writer.close().await;
                }
            }
            Pools::Postgres {
                writer, readers, ..
            } => {
                readers.close().await;
                if let Some(writer) = writer {
                    writer.close().await;
                }
            }
        }
    }
}

impl Tx {
    /// The text for the database that this is.
    pub(crate) fn pick<T>(&self, sqlite: T, postgres: T) -> T {
        match self.inner {
            TxInner::Sqlite(_) => sqlite,
            TxInner::Postgres(_) => postgres,
        }
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Error> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => {
                let map = |e| error::sqlite(&self.place, &e);
                let bound = sqlite_arguments(values.iter().map(Value::arg)).map_err(map)?;
                let query = sqlx::query_with(safe(sql), bound);
                Ok(query.execute(&mut **tx).await.map_err(map)?.rows_affected())
            }
            TxInner::Postgres(tx) => {
                let map = |e| error::postgres(&self.place, &e);
                let (sql, bound) = postgres_query(sql, values);
                let query = sqlx::query_with(sql, bound.map_err(map)?);
                Ok(query.execute(&mut **tx).await.map_err(map)?.rows_affected())
            }
        }
    }

    /// Runs a query within the transaction and returns all its rows.
    pub(crate) async fn fetch(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Error> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => {
                let map = |e| error::sqlite(&self.place, &e);
                let bound = sqlite_arguments(values.iter().map(Value::arg)).map_err(map)?;
                let query = sqlx::query_with(safe(sql), bound);
                let rows = query.fetch_all(&mut **tx).await.map_err(map)?;
                rows.iter()
                    .map(|row| Row::sqlite(row).map_err(map))
                    .collect()
            }
            TxInner::Postgres(tx) => {
                let map = |e| error::postgres(&self.place, &e);
                let (sql, bound) = postgres_query(sql, values);
                let query = sqlx::query_with(sql, bound.map_err(map)?);
                let rows = query.fetch_all(&mut **tx).await.map_err(map)?;
                rows.iter()
                    .map(|row| Row::postgres(row).map_err(map))
                    .collect()
            }
        }
    }

    /// Runs several statements without values, as a migration has them.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), Error> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => {
                let done = sqlx::raw_sql(sql).execute(&mut **tx).await;
                done.map(drop).map_err(|e| error::sqlite(&self.place, &e))
            }
            TxInner::Postgres(tx) => {
                let done = sqlx::raw_sql(sql).execute(&mut **tx).await;
                done.map(drop).map_err(|e| error::postgres(&self.place, &e))
            }
        }
    }

    /// Makes a schema of PostgreSQL; `schema` has only letters, digits and `_`.
    pub(crate) async fn create_schema(&mut self, schema: &str) -> Result<(), Error> {
        self.execute(&format!("CREATE SCHEMA \"{schema}\""), &[])
            .await
            .map(drop)
    }

    /// Writes many rows; `rows` holds the cells of all of them, one row behind the other.
    pub(crate) async fn insert(&mut self, into: &Insert, rows: &[Arg<'_>]) -> Result<(), Error> {
        match &mut self.inner {
            TxInner::Sqlite(tx) => {
                let map = |e| error::sqlite(&self.place, &e);
                for (sql, cells) in into.sqlite(rows) {
                    let bound = sqlite_arguments(cells.iter().copied()).map_err(map)?;
                    sqlx::query_with(AssertSqlSafe(sql), bound)
                        .execute(&mut **tx)
                        .await
                        .map_err(map)?;
                }
                Ok(())
            }
            TxInner::Postgres(tx) => {
                let map = |e| error::postgres(&self.place, &e);
                if rows.is_empty() {
                    return Ok(());
                }
                let (sql, bound) = into.postgres(rows).map_err(map)?;
                sqlx::query_with(AssertSqlSafe(sql), bound)
                    .execute(&mut **tx)
                    .await
                    .map_err(map)?;
                Ok(())
            }
        }
    }

    /// Commits: what was written is on the disk when this returns.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self.inner {
            TxInner::Sqlite(tx) => {
                let done = tx.commit().await;
                done.map_err(|e| error::sqlite(&self.place, &e))
            }
            TxInner::Postgres(tx) => {
                let done = tx.commit().await;
                done.map_err(|e| error::postgres(&self.place, &e))
            }
        }
    }
}

/// Begins a transaction once no other writer has one.
///
/// In two steps: where the lock is not to be had the transaction has begun already, and only one
/// that counts as begun is given up before its connection is used again.
async fn begin_in_turn(
    writer: &PgPool,
    lock: i64,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut tx = writer.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(lock)
        .execute(&mut *tx)
        .await?;
    Ok(tx)
}

/// SQL text of this crate.
fn safe(sql: &str) -> SqlStr {
    use sqlx::SqlSafeStr as _;
    AssertSqlSafe(sql.to_owned()).into_sql_str()
}
