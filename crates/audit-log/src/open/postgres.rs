//! Logs in a schema of a PostgreSQL server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_core::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use crate::db::{Db, Pools};
use crate::error::Error;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

/// What every session is told, whatever the server's defaults are. A later statement of a
/// transaction must see what was committed before it got the lock of the log, a commit is on the
/// disk before it is answered, and nobody keeps the lock who does not go on.
const SETTINGS: &[(&str, &str)] = &[
    ("default_transaction_isolation", "read committed"),
    ("synchronous_commit", "on"),
    ("lock_timeout", "30s"),
    ("idle_in_transaction_session_timeout", "60s"),
    ("standard_conforming_strings", "on"),
];

/// What sessions that read are told: a page is a walk down an index of known length, whatever the
/// planner makes of the size of the table, and no plan is worth being compiled.
const READING: &[(&str, &str)] = &[
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("jit", "off"),
    ("plan_cache_mode", "force_custom_plan"),
];

/// The server's connections; one of them is made to see whether that works.
pub(super) async fn connect(
    url: &str,
    password: Option<&SecretString>,
    schema: &str,
    read_only: bool,
) -> Result<Db, Error> {
    let is_name = schema.len() <= 63
        && schema.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && schema
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_name {
        let shown: String = schema.chars().take(64).collect();
        return Err(Error::Invalid(format!(
            "`{shown}` is no schema for the audit log: lower-case letters, digits and `_`, at \
             most 63 of them"
        )));
    }
    let mut options = options(url)?;
    if let Some(password) = password {
        options = options.password(password.expose_secret());
    }
    let place = format!(
        "`{schema}` in `{}` at `{}:{}`",
        options.get_database().unwrap_or_default(),
        options.get_host(),
        options.get_port()
    );
    let pools = Pools::Postgres {
        writer: (!read_only).then(|| pool(&options, schema, 1, "off")),
        readers: pool(&options, schema, READERS, "on"),
        lock: lock_of(schema),
        reach: Arc::new(Reach::new(options)),
    };
    let db = Db::new(pools, place);
    db.reach().await?;
    let usable = match holds_every_text(&db).await {
        Ok(()) => may_be_used(&db, schema).await,
        Err(e) => Err(e),
    };
    if let Err(e) = usable {
        db.close().await;
        return Err(e);
    }
    Ok(db)
}

/// Refuses a schema that the user may not look into: it would count as one that is not there.
async fn may_be_used(db: &Db, schema: &str) -> Result<(), Error> {
    let rows = db
        .read(
            "SELECT COUNT(*) FROM pg_catalog.pg_namespace \
             WHERE nspname = ? AND NOT has_schema_privilege(oid, 'USAGE')",
            &[schema.into()],
        )
        .await?;
    match rows.first().map_or(Ok(0), |row| row.int(0))? {
        0 => Ok(()),
        _ => Err(Error::Unavailable(format!(
            "the user may not look into the schema of the audit log {}; grant it `USAGE` on the \
             schema, and `SELECT` on its tables to read them",
            db.place()
        ))),
    }
}

/// Refuses a database that is not in UTF-8: some characters of entries it would not take, or
/// would give back as others.
async fn holds_every_text(db: &Db) -> Result<(), Error> {
    let rows = db
        .read("SELECT current_setting('server_encoding')", &[])
        .await?;
    match rows.first().map_or(Ok("nothing"), |row| row.text(0))? {
        "UTF8" => Ok(()),
        other => Err(Error::Unavailable(format!(
            "the database of the audit log {} keeps texts in {other}, which cannot hold every \
             text; name one that was made with `ENCODING 'UTF8'`",
            db.place()
        ))),
    }
}

/// Whether the server answers. A pool goes on trying for a while where a server does not answer,
/// and then does not say why; a single try says it at once.
pub(crate) struct Reach {
    options: PgConnectOptions,
    reached: AtomicBool,
}

impl Reach {
    fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            reached: AtomicBool::new(false),
        }
    }

    /// Sees that the server answers, unless it did lately.
    pub(crate) async fn check(&self, place: &str) -> Result<(), Error> {
        if self.reached.load(Ordering::Relaxed) {
            return Ok(());
        }
        match tokio::time::timeout(CONNECT_TIMEOUT, self.options.connect()).await {
            Ok(Ok(conn)) => {
                self.reached.store(true, Ordering::Relaxed);
                drop(sqlx::Connection::close(conn).await);
                Ok(())
            }
            Ok(Err(e)) => Err(crate::error::postgres(place, &e)),
            Err(_) => Err(Error::Unavailable(format!(
                "the server of the audit log {place} does not answer"
            ))),
        }
    }

    /// Takes note that a connection did not come about or broke.
    pub(crate) fn failed(&self) {
        self.reached.store(false, Ordering::Relaxed);
    }
}

fn options(url: &str) -> Result<PgConnectOptions, Error> {
    // The cause is not shown: it may repeat the address, which may hold a password.
    let bad = |why: &str| {
        Error::Invalid(format!(
            "the address of the audit log {why}; write `postgres://USER@HOST:PORT/DATABASE`, \
             special characters as `%` escapes"
        ))
    };
    let parsed = url::Url::parse(url).map_err(|_| bad("cannot be read"))?;
    if parsed.path().trim_start_matches('/').is_empty() {
        return Err(bad("names no database"));
    }
    let options: PgConnectOptions = url.parse().map_err(|_| bad("cannot be read"))?;
    Ok(options
        .application_name("koppel-audit")
        .disable_statement_logging())
}

fn pool(
    options: &PgConnectOptions,
    schema: &str,
    connections: u32,
    read_only: &'static str,
) -> PgPool {
    let path = format!("\"{schema}\"");
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECT_TIMEOUT)
        .after_connect(move |conn, _| {
            let path = path.clone();
            Box::pin(async move {
                set(conn, "search_path", &path).await?;
                set(conn, "default_transaction_read_only", read_only).await?;
                for (name, value) in SETTINGS {
                    set(conn, name, value).await?;
                }
                let reading = if read_only == "on" { READING } else { &[] };
                for (name, value) in reading {
                    set(conn, name, value).await?;
                }
                Ok(())
            })
        })
        .connect_lazy_with(options.clone())
}

async fn set(conn: &mut PgConnection, name: &str, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT set_config($1, $2, false)")
        .bind(name)
        .bind(value)
        .execute(conn)
        .await
        .map(drop)
}

/// The number of the lock that writers of a schema take.
fn lock_of(schema: &str) -> i64 {
    let hash: [u8; 32] = Sha256::digest(format!("koppel-audit:{schema}")).into();
    let [a, b, c, d, e, f, g, h, ..] = hash;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}
