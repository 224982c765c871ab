//! The tables, and how a file comes to have them.

use std::path::Path;

use api_core::Timestamp;
use sqlx::{Connection, Row, SqliteConnection};
use sync_core::StoreError;

use crate::error;

/// The scripts in their order; the version of a store is how many of them it has seen.
const MIGRATIONS: [&str; 4] = [
    include_str!("../migrations/0001_start.sql"),
    include_str!("../migrations/0002_part.sql"),
    include_str!("../migrations/0003_linking.sql"),
    include_str!("../migrations/0004_repaired.sql"),
];

/// The newest schema version that this program knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Brings a database to [`SCHEMA_VERSION`], or refuses it without having touched it.
pub(crate) async fn migrate(conn: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let db = |e: sqlx::Error| error::database(path, &e);
    check(conn, path).await?;
    // A write lock even if nothing is to be done: that finds out now whether the file is writable.
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(db)?;
    let version = check(&mut tx, path).await?;
    if version == 0 {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS koppel_schema (
                 version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT",
        )
        .execute(&mut *tx)
        .await
        .map_err(db)?;
    }
    for (script, version) in MIGRATIONS.iter().zip(1_i64..) {
        if version <= version_of(&mut tx).await.map_err(db)? {
            continue;
        }
        sqlx::raw_sql(*script).execute(&mut *tx).await.map_err(db)?;
        sqlx::query("INSERT INTO koppel_schema (version, applied_at) VALUES (?, ?)")
            .bind(version)
            .bind(Timestamp::now().as_micros())
            .execute(&mut *tx)
            .await
            .map_err(db)?;
    }
    tx.commit().await.map_err(db)
}

/// The version of a database, if this program may use it.
async fn check(conn: &mut SqliteConnection, path: &Path) -> Result<i64, StoreError> {
    let db = |e: sqlx::Error| error::database(path, &e);
    let (ours, others): (i64, i64) = sqlx::query_as(
        "SELECT COALESCE(SUM(name = 'koppel_schema'), 0), COALESCE(SUM(name <> 'koppel_schema'), 0)
         FROM sqlite_schema WHERE type = 'table'",
    )
    .fetch_one(&mut *conn)
    .await
    .map_err(db)?;
    if ours == 0 && others > 0 {
        return Err(StoreError::Unavailable(format!(
            "`{}` is the database of another program; name another file for the store",
            path.display()
        )));
    }
    if ours == 0 {
        return Ok(0);
    }
    let found = version_of(conn).await.map_err(db)?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer {
            found,
            known: SCHEMA_VERSION,
        });
    }
    Ok(found)
}

/// The version of a database that has the table `koppel_schema`.
pub(crate) async fn version_of(conn: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT COALESCE(MAX(version), 0) FROM koppel_schema")
        .fetch_one(conn)
        .await?
        .try_get(0)
}
