//! Places for logs: a file in a directory of its own, or a schema of its own on a server.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use api_core::{SecretString, Timestamp};
use audit_log::{AuditLog, Builder, Entry, EventName, Level, Verify};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};

/// Runs each of these functions, `async fn(&Place)`, on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&crate::support::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(place) = crate::support::Place::postgres() {
                    super::$name(&place).await;
                    place.remove().await;
                }
            })*
        }
    };
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// The variable that names a server.
const VARIABLE: &str = "KOPPEL_TEST_POSTGRES_URL";

/// Where a log is.
#[derive(Debug)]
pub(crate) enum Place {
    /// A file in a directory that goes away with this.
    File { dir: tempfile::TempDir },
    /// A schema of a server; the directory is for files beside it.
    Schema {
        dir: tempfile::TempDir,
        url: String,
        schema: String,
    },
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::File {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    /// A schema that is not there yet; `None` where PostgreSQL is left out by choice.
    pub(crate) fn postgres() -> Option<Self> {
        let Ok(url) = std::env::var(VARIABLE) else {
            let required = std::env::var("KOPPEL_TEST_REQUIRE").unwrap_or_default();
            assert!(!required.contains("postgres"), "{VARIABLE} is not set");
            println!("left out: {VARIABLE} names no server");
            return None;
        };
        let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        Some(Self::Schema {
            dir: tempfile::tempdir().unwrap(),
            url,
            schema: format!("audit_{}_{number}", std::process::id()),
        })
    }

    /// A file in the directory that belongs to the place.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        match self {
            Self::File { dir } | Self::Schema { dir, .. } => dir.path().join(name),
        }
    }

    /// The file of the log, where it is one.
    pub(crate) fn database(&self) -> PathBuf {
        self.file("audit.db")
    }

    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }

    /// The address for [`AuditLog::builder`].
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File { .. } => format!("sqlite:{}", self.database().display()),
            Self::Schema { url, .. } => without_password(url).0,
        }
    }

    /// The password for the server; empty for a file.
    pub(crate) fn password(&self) -> String {
        match self {
            Self::File { .. } => String::new(),
            Self::Schema { url, .. } => without_password(url).1,
        }
    }

    /// The schema; for a file one that nobody looks at.
    pub(crate) fn schema(&self) -> &str {
        match self {
            Self::File { .. } => "none",
            Self::Schema { schema, .. } => schema,
        }
    }

    /// A log that keeps everything, from `DEBUG` on.
    pub(crate) fn builder(&self) -> Builder {
        self.builder_at(&self.url())
    }

    /// The same under another address.
    pub(crate) fn builder_at(&self, address: &str) -> Builder {
        let builder = AuditLog::builder(address).level(Level::Debug);
        match self {
            Self::File { .. } => builder,
            Self::Schema { url, schema, .. } => builder
                .schema(schema)
                .password(SecretString::from(without_password(url).1)),
        }
    }

    /// Opens the log, which is made if it is not there.
    pub(crate) async fn open(&self) -> AuditLog {
        self.builder().open().await.unwrap()
    }

    /// Runs statements behind the log's back.
    pub(crate) async fn run(&self, sql: &str) {
        match self {
            Self::File { .. } => {
                let mut conn = self.sqlite_connection().await;
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
                    .execute(&mut conn)
                    .await
                    .unwrap();
                conn.close().await.unwrap();
            }
            Self::Schema { .. } => {
                let mut conn = self.postgres_connection().await;
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
                    .execute(&mut conn)
                    .await
                    .unwrap();
                conn.close().await.unwrap();
            }
        }
    }

    /// All numbers that a query returns, row by row. Null is -1.
    pub(crate) async fn ints(&self, sql: &str) -> Vec<Vec<i64>> {
        macro_rules! read {
            ($conn:expr) => {{
                let mut conn = $conn;
                let rows = sqlx::query(AssertSqlSafe(sql.to_owned()))
                    .fetch_all(&mut conn)
                    .await
                    .unwrap();
                conn.close().await.unwrap();
                rows.iter()
                    .map(|row| {
                        (0..row.len())
                            .map(|at| row.get::<Option<i64>, _>(at).unwrap_or(-1))
                            .collect()
                    })
                    .collect()
            }};
        }
        match self {
            Self::File { .. } => read!(self.sqlite_connection().await),
            Self::Schema { .. } => read!(self.postgres_connection().await),
        }
    }

    /// The one number that a query returns.
    pub(crate) async fn int(&self, sql: &str) -> i64 {
        self.ints(sql).await[0][0]
    }

    /// The texts in the first column of a query.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        macro_rules! read {
            ($conn:expr) => {{
                let mut conn = $conn;
                let rows = sqlx::query(AssertSqlSafe(sql.to_owned()))
                    .fetch_all(&mut conn)
                    .await
                    .unwrap();
                conn.close().await.unwrap();
                rows.iter()
                    .map(|row| row.get::<Option<String>, _>(0).unwrap_or_default())
                    .collect()
            }};
        }
        match self {
            Self::File { .. } => read!(self.sqlite_connection().await),
            Self::Schema { .. } => read!(self.postgres_connection().await),
        }
    }

    async fn sqlite_connection(&self) -> sqlx::SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.database())
            .connect()
            .await
            .unwrap()
    }

    async fn postgres_connection(&self) -> PgConnection {
        let Self::Schema { url, schema, .. } = self else {
            panic!("the log is a file");
        };
        let mut conn = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("SET search_path TO {schema}")))
            .execute(&mut conn)
            .await
            .unwrap();
        conn
    }

    /// Makes the last statement of each transaction fail.
    pub(crate) async fn refuse_writes(&self) {
        let sql = match self {
            Self::File { .. } => {
                "CREATE TRIGGER refuse BEFORE UPDATE ON audit_writer \
                 BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
            }
            Self::Schema { .. } => {
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE 'refused by the test'; END $$; \
                 CREATE TRIGGER refuse BEFORE UPDATE ON audit_writer \
                 FOR EACH ROW EXECUTE FUNCTION refuse()"
            }
        };
        self.run(sql).await;
    }

    /// Lets writers write again.
    pub(crate) async fn allow_writes(&self) {
        let sql = match self {
            Self::File { .. } => "DROP TRIGGER refuse",
            Self::Schema { .. } => "DROP TRIGGER refuse ON audit_writer",
        };
        self.run(sql).await;
    }

    /// Keeps every writer waiting.
    pub(crate) async fn hold(&self) -> Held {
        match self {
            Self::File { .. } => {
                let mut conn = self.sqlite_connection().await;
                sqlx::raw_sql("BEGIN IMMEDIATE")
                    .execute(&mut conn)
                    .await
                    .unwrap();
                Held::File(conn)
            }
            Self::Schema { .. } => {
                let mut conn = self.postgres_connection().await;
                sqlx::raw_sql("BEGIN; LOCK TABLE audit_writer IN ACCESS EXCLUSIVE MODE")
                    .execute(&mut conn)
                    .await
                    .unwrap();
                Held::Schema(conn)
            }
        }
    }

    /// Takes the turn of the writers, by the number of their lock; a file has none.
    pub(crate) async fn hold_turn(&self, lock: i64) -> Held {
        let mut conn = self.postgres_connection().await;
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(lock)
            .execute(&mut conn)
            .await
            .unwrap();
        Held::Schema(conn)
    }

    /// Takes the schema away again.
    pub(crate) async fn remove(&self) {
        if let Self::Schema { schema, .. } = self {
            self.run(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))
                .await;
        }
    }
}

/// A lock on a log.
pub(crate) enum Held {
    File(sqlx::SqliteConnection),
    Schema(PgConnection),
}

impl Held {
    pub(crate) async fn release(self) {
        match self {
            Self::File(conn) => conn.close().await.unwrap(),
            Self::Schema(conn) => conn.close().await.unwrap(),
        }
    }
}

/// The address of a server and the password that was in it.
fn without_password(url: &str) -> (String, String) {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (login, place) = rest.rsplit_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    (format!("{scheme}://{user}@{place}"), password.to_owned())
}

/// Checks that rows, numbers, chains and sums of a log fit together.
pub(crate) async fn is_whole(place: &Place, log: &AuditLog) {
    let verified = log.verify(&Verify::default()).await.unwrap();
    assert!(verified.is_sound(), "{verified:?}");
    let rows = place.int("SELECT COUNT(*) FROM audit_event").await;
    let ids = "SELECT MIN(id), MAX(id) FROM audit_event";
    assert_eq!(place.ints(ids).await, [[1, rows]]);
    let ends = "SELECT CAST(SUM(last_seq) AS BIGINT) FROM audit_writer";
    assert_eq!(place.int(ends).await, rows);
    let systems = "SELECT CAST(SUM(n) AS BIGINT) FROM audit_stat_system WHERE level > 0";
    assert_eq!(place.int(systems).await, rows);
    let issues = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM audit_issue";
    let refused = "SELECT COUNT(*) FROM audit_event WHERE fingerprint IS NOT NULL";
    assert_eq!(place.int(issues).await, place.int(refused).await);
}

/// A time in seconds after the beginning of 22 November 2026, UTC.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(20_779 * 86_400 + seconds)
}

/// An ordinary entry.
pub(crate) fn created(number: u32) -> Entry {
    Entry::new(
        Level::Info,
        EventName::RecordCreate,
        format!("Record {number} was created."),
    )
    .at(at(i64::from(number)))
    .system("smartcrm")
    .connection("shop")
    .flow("to-shop")
    .entity("client")
    .record(number.to_string())
    .target(format!("t{number}"))
}

/// An entry that belongs to an issue.
pub(crate) fn refused(number: u32) -> Entry {
    Entry::new(
        Level::Error,
        EventName::RecordPark,
        "The remote refused the record.",
    )
    .at(at(i64::from(number)))
    .system("smartcrm")
    .connection("shop")
    .flow("to-shop")
    .entity("client")
    .record(number.to_string())
    .status(422)
    .code("validation")
}
