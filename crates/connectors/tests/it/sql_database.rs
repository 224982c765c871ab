//! Databases for the tests of tables: SQLite always, servers where the environment names them.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    MySql,
    Postgres,
}

/// A database of its own, empty at first.
pub(crate) struct Sql {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    name: String,
    server: String,
    _directory: Option<tempfile::TempDir>,
}

fn server(word: &str, variable: &str) -> Option<String> {
    let Ok(server) = std::env::var(variable) else {
        let required = std::env::var("KOPPEL_TEST_REQUIRE").unwrap_or_default();
        assert!(
            !required.split(',').any(|asked| asked.trim() == word),
            "KOPPEL_TEST_REQUIRE asks for {word}, but {variable} is not set"
        );
        eprintln!("left out: {variable} is not set");
        return None;
    };
    Some(server)
}

impl Sql {
    /// One database of each kind that there is.
    pub(crate) async fn each() -> Vec<Sql> {
        let mut all = vec![Self::sqlite()];
        all.extend(Self::mysql().await);
        all.extend(Self::postgres().await);
        all
    }

    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("it.db");
        // An empty file is an empty database.
        std::fs::write(&path, "").unwrap();
        Self {
            kind: Kind::Sqlite,
            url: format!("sqlite:{}", path.display()),
            name: String::new(),
            server: path.display().to_string(),
            _directory: Some(directory),
        }
    }

    pub(crate) async fn mysql() -> Option<Self> {
        let server = server("mariadb", "KOPPEL_TEST_MYSQL_URL")?;
        Some(Self::on(Kind::MySql, server, " CHARACTER SET utf8mb4").await)
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let server = server("postgres", "KOPPEL_TEST_POSTGRES_URL")?;
        Some(
            Self::on(
                Kind::Postgres,
                server,
                " TEMPLATE template0 ENCODING 'UTF8'",
            )
            .await,
        )
    }

    async fn on(kind: Kind, server: String, how: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "koppel_sql_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let base = server.rsplit_once('/').unwrap().0;
        let database = Self {
            kind,
            url: format!("{base}/{name}"),
            server: server.clone(),
            name: name.clone(),
            _directory: None,
        };
        database
            .at(&server, &format!("DROP DATABASE IF EXISTS {name}"))
            .await;
        database
            .at(&server, &format!("CREATE DATABASE {name}{how}"))
            .await;
        database
    }

    async fn at(&self, url: &str, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.kind {
            Kind::Sqlite => {
                let options = SqliteConnectOptions::new().filename(&self.server);
                let mut connection = options.foreign_keys(false).connect().await.unwrap();
                connection.execute(sqlx::raw_sql(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
            Kind::MySql => {
                let options: MySqlConnectOptions = url.parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                connection
                    .execute("SET SESSION sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'")
                    .await
                    .unwrap();
                connection.execute(sqlx::raw_sql(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
            Kind::Postgres => {
                let options: PgConnectOptions = url.parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                connection.execute(sqlx::raw_sql(sql)).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// Runs statements as another program would. `{ID}` is a numbered key, `{TIME}` a naive time,
    /// `{MONEY}` an exact number, `{BOOL}` yes or no.
    pub(crate) async fn execute(&self, sql: &str) {
        let words = match self.kind {
            Kind::Sqlite => [
                "INTEGER PRIMARY KEY",
                "DATETIME",
                "DECIMAL(15,2)",
                "TINYINT",
            ],
            Kind::MySql => [
                "INT AUTO_INCREMENT PRIMARY KEY",
                "DATETIME",
                "DECIMAL(15,2)",
                "TINYINT(1)",
            ],
            Kind::Postgres => [
                "INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                "TIMESTAMP",
                "NUMERIC(15,2)",
                "BOOLEAN",
            ],
        };
        let mut sql = sql.to_owned();
        for (word, meaning) in ["{ID}", "{TIME}", "{MONEY}", "{BOOL}"].iter().zip(words) {
            sql = sql.replace(word, meaning);
        }
        self.at(&self.url, &sql).await;
    }

    /// The first column of each row, as text.
    pub(crate) async fn column(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.kind {
            Kind::Sqlite => {
                let options = SqliteConnectOptions::new().filename(&self.server);
                let mut connection = options.connect().await.unwrap();
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                rows.iter()
                    .map(|row| {
                        row.get_unchecked::<Option<String>, _>(0)
                            .unwrap_or_default()
                    })
                    .collect()
            }
            Kind::MySql => {
                let options: MySqlConnectOptions = self.url.parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                let rows = sqlx::raw_sql(sql).fetch_all(&mut connection).await.unwrap();
                rows.iter()
                    .map(|row| {
                        row.get_unchecked::<Option<String>, _>(0)
                            .unwrap_or_default()
                    })
                    .collect()
            }
            Kind::Postgres => {
                let options: PgConnectOptions = self.url.parse().unwrap();
                let mut connection = options.connect().await.unwrap();
                let rows = sqlx::raw_sql(sql).fetch_all(&mut connection).await.unwrap();
                rows.iter()
                    .map(|row| {
                        row.get_unchecked::<Option<String>, _>(0)
                            .unwrap_or_default()
                    })
                    .collect()
            }
        }
    }

    /// Removes the database from its server.
    pub(crate) async fn remove(self) {
        match self.kind {
            Kind::Sqlite => {}
            Kind::MySql => {
                self.at(&self.server, &format!("DROP DATABASE {}", self.name))
                    .await;
            }
            Kind::Postgres => {
                let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
                self.at(&self.server, &sql).await;
            }
        }
    }
}
