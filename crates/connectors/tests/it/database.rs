//! The CRM database of the tests: one script, run on SQLite and on MariaDB.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use sqlx::{mysql::MySqlConnectOptions, sqlite::SqliteConnectOptions};

const SCRIPT: &str = include_str!("../fixtures/crmconnect.sql");
/// An empty CRM; `KEY` stands for a primary key that the database counts up.
const WRITING: &str = include_str!("../fixtures/crm_writing.sql");

/// Where a database is kept while a test runs.
pub(crate) enum Database {
    /// A file in a directory of its own.
    Sqlite {
        /// Removed with the test.
        directory: tempfile::TempDir,
    },
    /// A database of its own on a server.
    MySql {
        /// Its address, user and password in it.
        url: String,
    },
}

impl Database {
    /// A new SQLite file with the tables and rows of the script.
    pub(crate) async fn sqlite() -> Self {
        let database = Self::Sqlite {
            directory: tempfile::tempdir().unwrap(),
        };
        database.execute(SCRIPT).await;
        database
    }

    /// A new SQLite file with the tables and small tables of an empty CRM.
    pub(crate) async fn writing_sqlite() -> Self {
        let database = Self::Sqlite {
            directory: tempfile::tempdir().unwrap(),
        };
        let key = " INTEGER PRIMARY KEY AUTOINCREMENT,";
        database.run(WRITING.replace(" KEY,", key)).await;
        database
    }

    /// A new database with the tables and small tables of an empty CRM; `None` where no server is
    /// given.
    pub(crate) async fn writing_mariadb() -> Option<Self> {
        let database = Self::empty_mariadb().await?;
        let key = " INT NOT NULL AUTO_INCREMENT PRIMARY KEY,";
        database.run(WRITING.replace(" KEY,", key)).await;
        Some(database)
    }

    /// Every row of every table of the CRM, each column as text, by table and key.
    pub(crate) async fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let mut dump = BTreeMap::new();
        for table in self.texts(self.tables_query()).await {
            let columns = self.texts(&self.columns_query(&table)).await;
            let parts: Vec<String> = columns
                .iter()
                .map(|name| match self {
                    Self::Sqlite { .. } => {
                        format!("'{name}=' || COALESCE(CAST(`{name}` AS TEXT), 'NULL')")
                    }
                    Self::MySql { .. } => {
                        format!("CONCAT('{name}=', COALESCE(CAST(`{name}` AS CHAR), 'NULL'))")
                    }
                })
                .collect();
            let whole = match self {
                Self::Sqlite { .. } => parts.join(" || '|' || "),
                Self::MySql { .. } => format!("CONCAT_WS('|', {})", parts.join(", ")),
            };
            let sql = format!("SELECT {whole} FROM `{table}` ORDER BY 1");
            let rows = self.texts(&sql).await;
            dump.insert(table, rows);
        }
        dump
    }

    fn tables_query(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'tbl%'"
            }
            Self::MySql { .. } => {
                "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name LIKE 'tbl%'"
            }
        }
    }

    fn columns_query(&self, table: &str) -> String {
        match self {
            Self::Sqlite { .. } => format!("SELECT name FROM pragma_table_info('{table}')"),
            Self::MySql { .. } => format!(
                "SELECT CAST(column_name AS CHAR) FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = '{table}' \
                 ORDER BY ordinal_position"
            ),
        }
    }

    /// The first column of each row of a query, as text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite { directory } => {
                let options = SqliteConnectOptions::new().filename(directory.path().join("crm.db"));
                let mut connection = options.connect().await.unwrap();
                let rows = sqlx::query_scalar(sql).fetch_all(&mut connection).await;
                connection.close().await.unwrap();
                rows.unwrap()
            }
            Self::MySql { url } => {
                let options: MySqlConnectOptions = url.parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                let rows = sqlx::query_scalar(sql).fetch_all(&mut connection).await;
                connection.close().await.unwrap();
                rows.unwrap()
            }
        }
    }

    /// A new database with the tables and rows of the script; `None` where no server is given.
    pub(crate) async fn mariadb() -> Option<Self> {
        let database = Self::empty_mariadb().await?;
        database.execute(SCRIPT).await;
        Some(database)
    }

    /// A new database on the MariaDB server of the environment; `None` where none is given.
    pub(crate) async fn empty_mariadb() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("KOPPEL_TEST_MYSQL_URL") else {
            let required = std::env::var("KOPPEL_TEST_REQUIRE").unwrap_or_default();
            assert!(
                !required.split(',').any(|word| word.trim() == "mariadb"),
                "KOPPEL_TEST_REQUIRE asks for mariadb, but KOPPEL_TEST_MYSQL_URL is not set"
            );
            eprintln!("left out: KOPPEL_TEST_MYSQL_URL is not set");
            return None;
        };
        let name = format!(
            "koppel_it_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let options: MySqlConnectOptions = server.parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        connection
            .execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}")))
            .await
            .unwrap();
        connection
            .execute(AssertSqlSafe(format!(
                "CREATE DATABASE {name} CHARACTER SET utf8mb4"
            )))
            .await
            .unwrap();
        connection.close().await.unwrap();
        let base = server.rsplit_once('/').unwrap().0;
        Some(Self::MySql {
            url: format!("{base}/{name}"),
        })
    }

    /// The address, as a connection takes it.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite { directory } => {
                format!("sqlite:{}", directory.path().join("crm.db").display())
            }
            Self::MySql { url } => url.clone(),
        }
    }

    /// Runs statements as the CRM itself would.
    pub(crate) async fn execute(&self, sql: &'static str) {
        self.run(sql.to_owned()).await;
    }

    async fn run(&self, sql: String) {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite { directory } => {
                let options = SqliteConnectOptions::new()
                    .filename(directory.path().join("crm.db"))
                    .create_if_missing(true);
                let mut connection = options.connect().await.unwrap();
                connection.execute(sqlx::raw_sql(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::MySql { url } => {
                let options: MySqlConnectOptions = url.parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                connection
                    .execute("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'")
                    .await
                    .unwrap();
                connection.execute(sqlx::raw_sql(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// Removes the database from its server.
    pub(crate) async fn remove(self) {
        if let Self::MySql { url } = &self {
            let options: MySqlConnectOptions = url.parse().unwrap();
            let name = options.get_database().unwrap().to_owned();
            let mut connection = options.connect().await.unwrap();
            connection
                .execute(AssertSqlSafe(format!("DROP DATABASE {name}")))
                .await
                .unwrap();
        }
    }
}

/// These functions as tests on both databases, each made by the named constructor of [`Database`];
/// where no server is given, those on MariaDB skip themselves.
macro_rules! on_both {
    ($sqlite:ident $mariadb:ident: $($test:ident)*) => {
        mod sqlite {
            use crate::database::Database;
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(&Database::$sqlite().await).await;
                }
            )*
        }
        mod mariadb {
            use crate::database::Database;
            $(
                #[tokio::test]
                async fn $test() {
                    if let Some(database) = Database::$mariadb().await {
                        super::$test(&database).await;
                        database.remove().await;
                    }
                }
            )*
        }
    };
}
pub(crate) use on_both;
