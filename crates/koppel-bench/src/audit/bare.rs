//! The bare inserts: the same columns in the same database with the same settings, by lists of
//! rows, with nothing that finds, proves or counts anything.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use audit_log::{Entry, Level};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool};

/// The columns of a row.
const COLUMNS: [&str; 30] = [
    "id",
    "uid",
    "writer",
    "seq",
    "ts",
    "observed_ts",
    "level",
    "event",
    "outcome",
    "system",
    "connection",
    "flow",
    "run",
    "actor",
    "entity",
    "record",
    "target",
    "operation",
    "method",
    "path",
    "status",
    "duration_us",
    "attempt",
    "code",
    "request_id",
    "fingerprint",
    "message",
    "details",
    "body_hash",
    "hash",
];
/// Rows of one statement.
const LIST: usize = 100;

/// A table without indices, beside the audit log.
#[derive(Debug)]
pub(crate) struct Bare {
    database: Database,
    /// One statement for [`LIST`] rows.
    insert: String,
    names: HashMap<String, i64>,
    rows: i64,
}

#[derive(Debug)]
enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// What a row holds that an entry does not name as it is stored.
struct Row<'a> {
    id: i64,
    entry: &'a Entry,
    system: Option<i64>,
    connection: Option<i64>,
    flow: Option<i64>,
    entity: Option<i64>,
    details: Option<String>,
    has_bodies: bool,
    failed: bool,
}

/// Binds the columns of a row, the same for both databases.
macro_rules! bind {
    ($query:expr, $row:expr) => {{
        let (row, entry) = ($row, $row.entry);
        $query
            .bind(row.id)
            .bind(&entry.id.as_bytes()[..])
            .bind(1_i64)
            .bind(row.id)
            .bind(entry.at.as_micros())
            .bind(entry.at.as_micros())
            .bind(entry.level.number())
            .bind(entry.event.as_str())
            .bind(entry.outcome.map(audit_log::Outcome::number))
            .bind(row.system)
            .bind(row.connection)
            .bind(row.flow)
            .bind(entry.run.as_ref().map(|run| &run.as_bytes()[..]))
            .bind(entry.actor.as_deref())
            .bind(row.entity)
            .bind(entry.record.as_deref())
            .bind(entry.target.as_deref())
            .bind(entry.operation.as_deref())
            .bind(entry.method.as_deref())
            .bind(entry.path.as_deref())
            .bind(entry.status.map(|status| status as i16))
            .bind(entry.duration.map(|took| took.as_micros() as i64))
            .bind(entry.attempt.map(|attempt| attempt as i16))
            .bind(entry.code.as_deref())
            .bind(entry.request_id.as_deref())
            .bind(row.failed.then_some(row.id))
            .bind(entry.message.as_str())
            .bind(row.details.as_deref())
            .bind(row.has_bodies.then_some(&HASH[..]))
            .bind(&HASH[..])
    }};
}

/// As long as a real one.
const HASH: [u8; 32] = [0xa5; 32];

impl Bare {
    /// Makes the table: in SQLite a file, in PostgreSQL a schema of its own.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let database = if url.starts_with("postgres") {
            let options = url
                .parse::<PgConnectOptions>()?
                .options([("search_path", "bare")]);
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .connect_with(options)
                .await?;
            sqlx::raw_sql("CREATE SCHEMA bare").execute(&pool).await?;
            let statement = tables("BIGINT", "BYTEA", "BIGINT");
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&pool)
                .await?;
            Database::Postgres(pool)
        } else {
            let options = url
                .parse::<SqliteConnectOptions>()?
                .create_if_missing(true)
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                .auto_vacuum(sqlx::sqlite::SqliteAutoVacuum::Incremental)
                .pragma("wal_autocheckpoint", "16000")
                .pragma("secure_delete", "on")
                .pragma("cache_size", "-65536");
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .connect_with(options)
                .await?;
            let statement = tables("INTEGER", "BLOB", "INTEGER PRIMARY KEY");
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&pool)
                .await?;
            Database::Sqlite(pool)
        };
        let insert = insert(&database, LIST);
        Ok(Self {
            database,
            insert,
            names: HashMap::new(),
            rows: 0,
        })
    }

    /// Inserts the entries in one transaction.
    pub(crate) async fn insert(&mut self, entries: &[Entry]) -> Result<()> {
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            self.rows += 1;
            rows.push(Row {
                id: self.rows,
                entry,
                system: self.number(entry.system.as_deref()),
                connection: self.number(entry.connection.as_deref()),
                flow: self.number(entry.flow.as_deref()),
                entity: self.number(entry.entity.as_deref()),
                details: (!entry.details.is_empty())
                    .then(|| serde_json::to_string(&entry.details))
                    .transpose()?,
                has_bodies: entry.bodies.is_some(),
                failed: entry.level >= Level::Warning,
            });
        }
        let mut bodies = Vec::new();
        for row in &rows {
            if let Some(body) = &row.entry.bodies {
                let content = serde_json::to_vec(body)?;
                bodies.push((row.id, row.entry.at.as_micros(), content));
            }
        }
        match &self.database {
            Database::Sqlite(pool) => {
                let mut tx = pool.begin().await?;
                for list in rows.chunks(LIST) {
                    let text = self.statement(list.len());
                    let mut query: Query<'_, Sqlite, SqliteArguments> =
                        sqlx::query(AssertSqlSafe(text));
                    for row in list {
                        query = bind!(query, row);
                    }
                    query.execute(&mut *tx).await?;
                }
                for list in bodies.chunks(LIST) {
                    let mut query = sqlx::QueryBuilder::<Sqlite>::new(BODIES);
                    query.push_values(list, |mut row, (id, at, content)| {
                        row.push_bind(id)
                            .push_bind(at)
                            .push_bind(0)
                            .push_bind(content);
                    });
                    query.build().execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
            Database::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                for list in rows.chunks(LIST) {
                    let text = self.statement(list.len());
                    let mut query: Query<'_, Postgres, PgArguments> =
                        sqlx::query(AssertSqlSafe(text));
                    for row in list {
                        query = bind!(query, row);
                    }
                    query.execute(&mut *tx).await?;
                }
                for list in bodies.chunks(LIST) {
                    let mut query = sqlx::QueryBuilder::<Postgres>::new(BODIES);
                    query.push_values(list, |mut row, (id, at, content)| {
                        row.push_bind(id)
                            .push_bind(at)
                            .push_bind(0_i16)
                            .push_bind(content);
                    });
                    query.build().execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
        }
        Ok(())
    }

    fn statement(&self, rows: usize) -> String {
        if rows == LIST {
            self.insert.clone()
        } else {
            insert(&self.database, rows)
        }
    }

    fn number(&mut self, name: Option<&str>) -> Option<i64> {
        let name = name?;
        if let Some(number) = self.names.get(name) {
            return Some(*number);
        }
        let number = self.names.len() as i64 + 1;
        self.names.insert(name.to_owned(), number);
        Some(number)
    }

    /// How many rows are in the table.
    pub(crate) fn rows(&self) -> u64 {
        self.rows.unsigned_abs()
    }

    /// The bytes of the table and of its bodies.
    pub(crate) async fn bytes(&self) -> Result<u64> {
        let bytes: i64 = match &self.database {
            Database::Sqlite(pool) => {
                sqlx::query_scalar(
                    "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                )
                .fetch_one(pool)
                .await?
            }
            Database::Postgres(pool) => {
                sqlx::query_scalar(
                    "SELECT (pg_total_relation_size('bare.event') \
                     + pg_total_relation_size('bare.body'))::BIGINT",
                )
                .fetch_one(pool)
                .await?
            }
        };
        u64::try_from(bytes).context("a negative size")
    }

    /// The bytes that a PostgreSQL schema takes with its indices; of a SQLite file its length.
    pub(crate) async fn bytes_of_log(&self, url: &str) -> Result<u64> {
        match &self.database {
            Database::Sqlite(_) => {
                let path = url.trim_start_matches("sqlite:");
                Ok(std::fs::metadata(path)?.len())
            }
            Database::Postgres(pool) => {
                let bytes: i64 = sqlx::query_scalar(
                    "SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0)::BIGINT \
                     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                     WHERE n.nspname = 'koppel_audit' AND c.relkind = 'r'",
                )
                .fetch_one(pool)
                .await?;
                u64::try_from(bytes).context("a negative size")
            }
        }
    }
}

const BODIES: &str = "INSERT INTO body (event, ts, codec, content) ";

/// Both tables, without anything that an insert has to keep up.
fn tables(integer: &str, bytes: &str, key: &str) -> String {
    let mut columns = String::new();
    for column in COLUMNS {
        let kind = match column {
            "id" => key,
            "uid" | "run" | "body_hash" | "hash" => bytes,
            "level" | "outcome" | "status" | "attempt" => "SMALLINT",
            "seq" | "ts" | "observed_ts" | "duration_us" | "fingerprint" => "BIGINT",
            "writer" | "system" | "connection" | "flow" | "entity" => integer,
            _ => "TEXT",
        };
        write!(columns, "{column} {kind}, ").ok();
    }
    let columns = columns.trim_end_matches(", ");
    format!(
        "CREATE TABLE event ({columns}); \
         CREATE TABLE body (event BIGINT, ts BIGINT, codec SMALLINT, content {bytes})"
    )
}

/// The statement that inserts so many rows.
fn insert(database: &Database, rows: usize) -> String {
    let numbered = matches!(database, Database::Postgres(_));
    let mut text = format!("INSERT INTO event ({}) VALUES ", COLUMNS.join(", "));
    let mut number = 0;
    for row in 0..rows {
        text.push_str(if row > 0 { ", (" } else { "(" });
        for column in 0..COLUMNS.len() {
            if column > 0 {
                text.push(',');
            }
            number += 1;
            if numbered {
                write!(text, "${number}").ok();
            } else {
                text.push('?');
            }
        }
        text.push(')');
    }
    text
}
