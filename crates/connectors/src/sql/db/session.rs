//! Transactions that read.

use api_core::Error;
use sqlx::AssertSqlSafe;

use super::{Arg, Db, Target, timed};
use crate::sql::row::Cell;

enum Tx {
    #[cfg(feature = "sql-sqlite")]
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    #[cfg(feature = "sql-mysql")]
    MySql(sqlx::Transaction<'static, sqlx::MySql>),
    #[cfg(feature = "sql-postgres")]
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// A read transaction; it is rolled back when dropped.
pub(crate) struct Session {
    tx: Tx,
    operation: &'static str,
    #[cfg(test)]
    seen: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Session {
    pub(super) async fn begin(db: &Db, operation: &'static str) -> Result<Self, sqlx::Error> {
        let tx = match &db.target {
            #[cfg(feature = "sql-sqlite")]
            Target::Sqlite(target) => Tx::Sqlite(target.pool.begin().await?),
            #[cfg(feature = "sql-mysql")]
            Target::MySql(target) => Tx::MySql(target.pool.begin().await?),
            #[cfg(feature = "sql-postgres")]
            Target::Postgres(target) => Tx::Postgres(
                (target.pool)
                    .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        };
        Ok(Self {
            tx,
            operation,
            #[cfg(test)]
            seen: db.seen.clone(),
        })
    }

    /// Runs a query, with `?` for each value.
    ///
    /// Cells are whole numbers or text, as their column or value is; types that a driver gives in
    /// a form of its own (`TIME`, geometry, enumerations of PostgreSQL) have to be cast to text.
    pub(crate) async fn rows(
        &mut self,
        sql: impl Into<String>,
        args: Vec<Arg>,
    ) -> Result<Vec<Vec<Cell>>, Error> {
        let sql = sql.into();
        #[cfg(test)]
        if let Ok(mut seen) = self.seen.lock() {
            seen.push(sql.clone());
        }
        timed(self.operation, async {
            match &mut self.tx {
                #[cfg(feature = "sql-sqlite")]
                Tx::Sqlite(tx) => {
                    let args = super::sqlite::bind(args)?;
                    let query = sqlx::query_with::<sqlx::Sqlite, _>(AssertSqlSafe(sql), args);
                    let rows = query.fetch_all(&mut **tx).await?;
                    Ok(rows.iter().map(super::sqlite::cells).collect())
                }
                #[cfg(feature = "sql-mysql")]
                Tx::MySql(tx) => {
                    let args = super::mysql::bind(args)?;
                    let query = sqlx::query_with::<sqlx::MySql, _>(AssertSqlSafe(sql), args);
                    let rows = query.fetch_all(&mut **tx).await?;
                    Ok(rows.iter().map(super::mysql::cells).collect())
                }
                #[cfg(feature = "sql-postgres")]
                Tx::Postgres(tx) => {
                    let sql = super::text::numbered(&sql, &args);
                    let args = super::postgres::bind(args)?;
                    let query = sqlx::query_with::<sqlx::Postgres, _>(AssertSqlSafe(sql), args);
                    let rows = query.fetch_all(&mut **tx).await?;
                    Ok(rows.iter().map(super::postgres::cells).collect())
                }
            }
        })
        .await
    }

    /// Ends the transaction, so that the connection goes back to the pool at once.
    pub(crate) async fn end(self) -> Result<(), Error> {
        timed(self.operation, async {
            match self.tx {
                #[cfg(feature = "sql-sqlite")]
                Tx::Sqlite(tx) => tx.rollback().await,
                #[cfg(feature = "sql-mysql")]
                Tx::MySql(tx) => tx.rollback().await,
                #[cfg(feature = "sql-postgres")]
                Tx::Postgres(tx) => tx.rollback().await,
            }
        })
        .await
    }
}
