//! SQLite files that a test changes and looks into.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::runtime::Runtime;

/// What sandboxes run on, and databases are reached with.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// Runs SQL on a file, which is made if it is not there.
pub(crate) fn sql(runtime: &Runtime, file: &Path, statement: &str) {
    runtime.block_on(async {
        let mut db = open(file).await;
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut db)
            .await
            .unwrap();
        db.close().await.unwrap();
    });
}

/// Asks a file for a number.
pub(crate) fn number(runtime: &Runtime, file: &Path, query: &str) -> i64 {
    runtime.block_on(async {
        let mut db = open(file).await;
        let number = sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
            .fetch_one(&mut db)
            .await
            .unwrap();
        db.close().await.unwrap();
        number
    })
}

pub(crate) async fn open(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap()
}

/// Asks a file for texts, such as those of one column; those that are NULL are left out.
pub(crate) fn texts(runtime: &Runtime, file: &Path, query: &str) -> Vec<String> {
    runtime.block_on(async {
        let mut db = open(file).await;
        let texts: Vec<Option<String>> = sqlx::query_scalar(AssertSqlSafe(query.to_owned()))
            .fetch_all(&mut db)
            .await
            .unwrap();
        db.close().await.unwrap();
        texts.into_iter().flatten().collect()
    })
}
