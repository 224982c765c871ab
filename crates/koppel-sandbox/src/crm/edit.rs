//! Editing a generated database, as somebody at work in the CRM would.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::GenerateError;
use super::database::check_prefix;

/// Gives the first `n` customers of a SQLite database another phone number, and says how many.
///
/// # Errors
/// The prefix is invalid, or the file cannot be written or is no such database.
pub async fn edit_rows(path: impl AsRef<Path>, prefix: &str, n: u32) -> Result<u64, GenerateError> {
    check_prefix(prefix)?;
    let mut connection: SqliteConnection = SqliteConnectOptions::new()
        .filename(path)
        .disable_statement_logging()
        .connect()
        .await?;
    // A second edit changes them once more.
    let statement = format!(
        "UPDATE {prefix}clients SET phonenumber = CASE
             WHEN phonenumber LIKE '+31 85 1%' THEN '+31 85 2' ELSE '+31 85 1'
         END || printf('%06d', userid)
         WHERE userid IN (SELECT userid FROM {prefix}clients ORDER BY userid LIMIT ?)"
    );
    let done = sqlx::query(AssertSqlSafe(statement))
        .bind(n)
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::{CrmSize, generate_sqlite};

    async fn phones(path: &Path) -> Vec<(i64, Option<String>)> {
        let mut connection: SqliteConnection = SqliteConnectOptions::new()
            .filename(path)
            .connect()
            .await
            .unwrap();
        sqlx::query_as("SELECT userid, phonenumber FROM tblclients ORDER BY userid")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn each_edit_changes_as_many_customers_as_asked_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("crm.db");
        let size = CrmSize::scaled(20);
        generate_sqlite(&path, &size, 1, "tbl").await.unwrap();
        let mut before = phones(&path).await;
        for _ in 0..2 {
            assert_eq!(edit_rows(&path, "tbl", 3).await.unwrap(), 3);
            let after = phones(&path).await;
            let changed: Vec<i64> = before
                .iter()
                .zip(&after)
                .filter(|(before, after)| before != after)
                .map(|(_, after)| after.0)
                .collect();
            assert_eq!(changed, [1, 2, 3]);
            before = after;
        }
        assert!(edit_rows(&path, "tbl; --", 3).await.is_err());
    }
}
