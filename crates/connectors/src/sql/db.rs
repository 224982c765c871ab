//! The one place that talks to sqlx.
//!
//! Only this file wraps SQL text in [`AssertSqlSafe`]. The text is put together from constants of
//! this crate and from a table prefix that is checked to be letters, digits and underscores; every
//! value that comes from elsewhere is bound.

use std::future::Future;
#[cfg(feature = "sql-sqlite")]
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_core::{Error, ErrorKind, SecretString, SendOutcome};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row as _};
#[cfg(feature = "sql-mysql")]
use sqlx::{
    MySql, MySqlPool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
};
#[cfg(feature = "sql-sqlite")]
use sqlx::{
    Sqlite, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use super::error::{config, map};
#[cfg(feature = "sql-mysql")]
use super::parameters::{MYSQL_PARAMETERS, is_mysql_parameter};
use super::row::Cell;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one query may take.
const QUERY_TIMEOUT: Duration = Duration::from_secs(120);
/// How long to wait for another program that writes to an SQLite file.
#[cfg(feature = "sql-sqlite")]
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections in the pool.
const MAX_CONNECTIONS: u32 = 4;

/// A value bound to a query.
#[derive(Debug, Clone)]
pub(crate) enum Arg {
    Int(i64),
    Text(String),
}

/// Which SQL is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[cfg(feature = "sql-sqlite")]
    Sqlite,
    #[cfg(feature = "sql-mysql")]
    MySql,
}

impl Dialect {
    /// The column as text, whatever its type is.
    pub(crate) fn as_text(self, column: &str) -> String {
        match self {
            #[cfg(feature = "sql-sqlite")]
            Dialect::Sqlite => format!("CAST(`{column}` AS TEXT)"),
            #[cfg(feature = "sql-mysql")]
            Dialect::MySql => format!("CAST(`{column}` AS CHAR)"),
        }
    }

    /// A query for the name of every table and column.
    pub(crate) fn columns_query(self) -> &'static str {
        match self {
            #[cfg(feature = "sql-sqlite")]
            Dialect::Sqlite => {
                "SELECT CAST(m.name AS TEXT), CAST(c.name AS TEXT) \
                 FROM sqlite_master m, pragma_table_info(m.name) c \
                 WHERE m.type IN ('table', 'view')"
            }
            #[cfg(feature = "sql-mysql")]
            Dialect::MySql => {
                "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) \
                 FROM information_schema.columns WHERE table_schema = DATABASE()"
            }
        }
    }
}

enum Target {
    #[cfg(feature = "sql-sqlite")]
    Sqlite {
        pool: SqlitePool,
        options: SqliteConnectOptions,
        path: PathBuf,
    },
    #[cfg(feature = "sql-mysql")]
    MySql {
        pool: MySqlPool,
        options: MySqlConnectOptions,
    },
}

/// A database, opened when it is first asked.
pub(crate) struct Db {
    target: Target,
    /// Whether a connection came about lately. The pool goes on trying for a while where a server
    /// refuses it, and then does not say why; a single try answers at once.
    reached: AtomicBool,
    #[cfg(test)]
    pub(crate) seen: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

/// Where a database is, for messages; never with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file.
    #[cfg(feature = "sql-sqlite")]
    File(PathBuf),
    /// A server: host, port, name of the database.
    #[cfg(feature = "sql-mysql")]
    Server {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// Name of the database.
        database: String,
    },
}

impl Db {
    /// Reads the address; nothing is opened yet.
    pub(crate) fn new(url: &str, password: Option<&SecretString>) -> Result<Self, Error> {
        let (scheme, rest) = url.split_once(':').ok_or_else(|| {
            config("The database address has no scheme.")
                .help("Write `sqlite:PATH` or `mysql://USER@HOST/DATABASE`.")
        })?;
        let target = match scheme {
            "sqlite" => sqlite(rest, password)?,
            "mysql" | "mariadb" => mysql(rest, password)?,
            _ => {
                return Err(config(
                    "The database address starts with neither `sqlite:` nor `mysql:`.",
                )
                .help("Write `sqlite:PATH` or `mysql://USER@HOST/DATABASE`."));
            }
        };
        Ok(Self {
            target,
            reached: AtomicBool::new(false),
            #[cfg(test)]
            seen: std::sync::Arc::default(),
        })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match &self.target {
            #[cfg(feature = "sql-sqlite")]
            Target::Sqlite { .. } => Dialect::Sqlite,
            #[cfg(feature = "sql-mysql")]
            Target::MySql { .. } => Dialect::MySql,
        }
    }

    pub(crate) fn place(&self) -> Place {
        match &self.target {
            #[cfg(feature = "sql-sqlite")]
            Target::Sqlite { path, .. } => Place::File(path.clone()),
            #[cfg(feature = "sql-mysql")]
            Target::MySql { options, .. } => Place::Server {
                host: options.get_host().to_owned(),
                port: options.get_port(),
                database: options.get_database().unwrap_or_default().to_owned(),
            },
        }
    }

    /// Opens one connection outside the pool and closes it, to learn what stands in the way.
    pub(crate) async fn try_connect(&self) -> Result<(), Error> {
        let attempt = async {
            match &self.target {
                #[cfg(feature = "sql-sqlite")]
                Target::Sqlite { options, .. } => {
                    let mut connection = options.connect().await?;
                    // A file that is no database is found out at the first read only.
                    sqlx::query("SELECT COUNT(*) FROM sqlite_master")
                        .fetch_one(&mut connection)
                        .await?;
                    connection.close().await
                }
                #[cfg(feature = "sql-mysql")]
                Target::MySql { options, .. } => options.connect().await?.close().await,
            }
        };
        match tokio::time::timeout(CONNECT_TIMEOUT, attempt).await {
            Ok(result) => result.map_err(|error| map("crmconnect.connect", error)),
            Err(_) => Err(too_slow("crmconnect.connect", CONNECT_TIMEOUT)),
        }
    }

    /// Starts a read transaction: all its queries see the same moment.
    pub(crate) async fn begin(&self, operation: &'static str) -> Result<Session, Error> {
        if !self.reached.load(Ordering::Relaxed) {
            self.try_connect().await?;
            self.reached.store(true, Ordering::Relaxed);
        }
        let begun = match &self.target {
            #[cfg(feature = "sql-sqlite")]
            Target::Sqlite { pool, .. } => pool.begin().await.map(Tx::Sqlite),
            #[cfg(feature = "sql-mysql")]
            Target::MySql { pool, .. } => pool.begin().await.map(Tx::MySql),
        };
        match begun {
            Ok(tx) => Ok(Session {
                tx,
                operation,
                #[cfg(test)]
                seen: self.seen.clone(),
            }),
            Err(sqlx::Error::PoolTimedOut) => {
                self.reached.store(false, Ordering::Relaxed);
                Err(match self.try_connect().await {
                    Err(error) => error,
                    Ok(()) => too_slow(operation, CONNECT_TIMEOUT),
                })
            }
            Err(error) => Err(map(operation, error)),
        }
    }
}

#[cfg(feature = "sql-sqlite")]
fn sqlite(rest: &str, password: Option<&SecretString>) -> Result<Target, Error> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() || path.starts_with(':') {
        return Err(config("The SQLite address names no file.").help("Write `sqlite:PATH`."));
    }
    if password.is_some() {
        return Err(config("An SQLite file takes no password.").help("Remove the password."));
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("query_only", "ON")
        // Each page is read once: what is kept only costs memory.
        .pragma("cache_size", "-256")
        .disable_statement_logging();
    Ok(Target::Sqlite {
        pool: SqlitePoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(CONNECT_TIMEOUT)
            .connect_lazy_with(options.clone()),
        options,
        path: path.into(),
    })
}

#[cfg(not(feature = "sql-sqlite"))]
fn sqlite(_: &str, _: Option<&SecretString>) -> Result<Target, Error> {
    Err(config("This program was built without SQLite."))
}

#[cfg(feature = "sql-mysql")]
fn mysql(rest: &str, password: Option<&SecretString>) -> Result<Target, Error> {
    // The cause is not attached: it may repeat the address, which may hold a password.
    let bad = || {
        config("The MySQL address cannot be read.")
            .help("Write `mysql://USER@HOST:PORT/DATABASE`, special characters as `%` escapes.")
    };
    let url = url::Url::parse(&format!("mysql:{rest}")).map_err(|_| bad())?;
    // sqlx would pass over it.
    if let Some((name, _)) = url
        .query_pairs()
        .find(|(name, _)| !is_mysql_parameter(name))
    {
        let name: String = name.chars().take(32).collect();
        return Err(config(format!(
            "The MySQL address has an unknown parameter `{name}`."
        ))
        .help(format!(
            "There are these parameters: {}.",
            MYSQL_PARAMETERS.join(", ")
        )));
    }
    let mut options: MySqlConnectOptions = url.as_str().parse().map_err(|_| bad())?;
    if options.get_host().is_empty() {
        return Err(bad());
    }
    if options.get_database().is_none_or(str::is_empty) {
        return Err(config("The MySQL address names no database.")
            .help("Write `mysql://USER@HOST:PORT/DATABASE`."));
    }
    if let Some(password) = password {
        use api_core::ExposeSecret as _;
        options = options.password(password.expose_secret());
    }
    let options = options
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .disable_statement_logging();
    Ok(Target::MySql {
        pool: MySqlPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(CONNECT_TIMEOUT)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    use sqlx::Executor as _;
                    // No mode that changes how text or dates are read, and nothing is ever written.
                    connection.execute("SET SESSION sql_mode = ''").await?;
                    connection
                        .execute("SET SESSION TRANSACTION READ ONLY")
                        .await?;
                    Ok(())
                })
            })
            .connect_lazy_with(options.clone()),
        options,
    })
}

#[cfg(not(feature = "sql-mysql"))]
fn mysql(_: &str, _: Option<&SecretString>) -> Result<Target, Error> {
    Err(config("This program was built without MySQL."))
}

enum Tx {
    #[cfg(feature = "sql-sqlite")]
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    #[cfg(feature = "sql-mysql")]
    MySql(sqlx::Transaction<'static, MySql>),
}

/// A read transaction; it is rolled back when dropped.
pub(crate) struct Session {
    tx: Tx,
    operation: &'static str,
    #[cfg(test)]
    seen: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Session {
    /// Runs a query whose columns are all text.
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
        let operation = self.operation;
        match &mut self.tx {
            #[cfg(feature = "sql-sqlite")]
            Tx::Sqlite(tx) => {
                let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(sql));
                for arg in args {
                    query = match arg {
                        Arg::Int(n) => query.bind(n),
                        Arg::Text(text) => query.bind(text),
                    };
                }
                let rows = timed(operation, query.fetch_all(&mut **tx)).await?;
                let cells = rows.iter().map(|row| {
                    let cell = |at| Cell::from_bytes(row.try_get_unchecked(at).ok()?);
                    (0..row.len())
                        .map(|at| cell(at).unwrap_or_default())
                        .collect()
                });
                Ok(cells.collect())
            }
            #[cfg(feature = "sql-mysql")]
            Tx::MySql(tx) => {
                let mut query = sqlx::query::<MySql>(AssertSqlSafe(sql));
                for arg in args {
                    query = match arg {
                        Arg::Int(n) => query.bind(n),
                        Arg::Text(text) => query.bind(text),
                    };
                }
                let rows = timed(operation, query.fetch_all(&mut **tx)).await?;
                let cells = rows.iter().map(|row| {
                    let cell = |at| Cell::from_bytes(row.try_get_unchecked(at).ok()?);
                    (0..row.len())
                        .map(|at| cell(at).unwrap_or_default())
                        .collect()
                });
                Ok(cells.collect())
            }
        }
    }

    /// Ends the transaction, so that the connection goes back to the pool at once.
    pub(crate) async fn end(self) -> Result<(), Error> {
        match self.tx {
            #[cfg(feature = "sql-sqlite")]
            Tx::Sqlite(tx) => timed(self.operation, tx.rollback()).await,
            #[cfg(feature = "sql-mysql")]
            Tx::MySql(tx) => timed(self.operation, tx.rollback()).await,
        }
    }
}

async fn timed<T>(
    operation: &'static str,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(QUERY_TIMEOUT, work).await {
        Ok(result) => result.map_err(|error| map(operation, error)),
        Err(_) => Err(too_slow(operation, QUERY_TIMEOUT)),
    }
}

fn too_slow(operation: &'static str, limit: Duration) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        format!(
            "The database gave no answer within {} seconds.",
            limit.as_secs()
        ),
    )
    .operation(operation)
    .outcome(SendOutcome::NotSent)
}
