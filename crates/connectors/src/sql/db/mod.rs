//! The one place that talks to sqlx.
//!
//! Only this module wraps SQL text in [`sqlx::AssertSqlSafe`]. The text is put together from
//! constants of this crate, from identifiers that are quoted by [`Dialect::quote`], and from the
//! conditions that the owner of the configuration writes; every value that comes from elsewhere is
//! bound. All SQL is written with `?` for values; PostgreSQL's `$1` are made of them here.

#[cfg(feature = "sql-postgres")]
mod arrays;
#[cfg(feature = "sql-mysql")]
mod mysql;
#[cfg(feature = "sql-postgres")]
mod postgres;
mod session;
#[cfg(feature = "sql-sqlite")]
mod sqlite;
mod text;
mod write;

#[cfg(feature = "sql-sqlite")]
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_core::{Error, ErrorKind, SecretString, SendOutcome};
use rust_decimal::Decimal;

use super::error::{config, map};
#[cfg(feature = "sql-postgres")]
pub(crate) use postgres::is_native;
pub(crate) use session::Session;
pub(crate) use text::{Dialect, is_identifier};
pub(crate) use write::{CommitFailed, WriteSession};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one query may take.
const QUERY_TIMEOUT: Duration = Duration::from_secs(120);
/// How long to wait for another program that writes.
#[cfg(feature = "sql-sqlite")]
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections in the pool.
const MAX_CONNECTIONS: u32 = 4;

/// A value bound to a query.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    not(feature = "sql-postgres"),
    expect(dead_code, reason = "only PostgreSQL is told moments")
)]
pub(crate) enum Arg {
    /// Nothing.
    Null,
    /// True or false; 1 or 0 where the database has no booleans.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact number, handed over as text.
    Decimal(Decimal),
    /// Text.
    Text(String),
    /// A day, `YYYY-MM-DD`.
    Date(String),
    /// A naive time, `YYYY-MM-DD HH:MM:SS[.ffffff]`.
    Time(String),
    /// A moment with its offset, for a column that knows zones.
    Moment(String),
    /// Text for a column of a type of PostgreSQL's own (`uuid`, an enumeration), with its name.
    Typed(String, Arc<str>),
}

/// Whether a connection may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads only; the database itself refuses writes.
    ReadOnly,
    /// Also writes, in sessions of their own; reading stays read only.
    ReadWrite,
}

enum Target {
    #[cfg(feature = "sql-sqlite")]
    Sqlite(sqlite::Target),
    #[cfg(feature = "sql-mysql")]
    MySql(mysql::Target),
    #[cfg(feature = "sql-postgres")]
    Postgres(postgres::Target),
}

/// A database, opened when it is first asked.
pub(crate) struct Db {
    target: Target,
    /// Whether a connection came about lately. The pool goes on trying for a while where a server
    /// refuses it, and then does not say why; a single try answers at once.
    reached: AtomicBool,
    /// Whether the table of applied writes is known to be there.
    pub(super) applied_ready: AtomicBool,
    #[cfg(test)]
    pub(crate) seen: Arc<std::sync::Mutex<Vec<String>>>,
}

/// Where a database is, for messages; never with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file.
    #[cfg(feature = "sql-sqlite")]
    File(PathBuf),
    /// A server: host, port, name of the database.
    #[cfg(any(feature = "sql-mysql", feature = "sql-postgres"))]
    Server {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// Name of the database.
        database: String,
    },
}

const CRM_ADDRESSES: &str = "Write `sqlite:PATH` or `mysql://USER@HOST/DATABASE`.";
const ADDRESSES: &str = "Write `sqlite:PATH`, `mysql://USER@HOST/DATABASE` or \
                         `postgres://USER@HOST/DATABASE`.";

impl Db {
    /// Reads the address of an SQLite file or a MySQL database; nothing is opened yet.
    pub(crate) fn new_with(
        url: &str,
        password: Option<&SecretString>,
        access: Access,
    ) -> Result<Self, Error> {
        Self::open(url, password, access, false)
    }

    /// Like [`Db::new_with`] for all three databases, with server sessions in UTC: columns that
    /// know moments (`TIMESTAMP` of MySQL) are read and written as moments in UTC.
    pub(crate) fn any(
        url: &str,
        password: Option<&SecretString>,
        access: Access,
    ) -> Result<Self, Error> {
        Self::open(url, password, access, true)
    }

    fn open(
        url: &str,
        password: Option<&SecretString>,
        access: Access,
        any: bool,
    ) -> Result<Self, Error> {
        let addresses = if any { ADDRESSES } else { CRM_ADDRESSES };
        let (scheme, rest) = url
            .split_once(':')
            .ok_or_else(|| config("The database address has no scheme.").help(addresses))?;
        let target = match scheme {
            "sqlite" => open_sqlite(rest, password, access)?,
            "mysql" | "mariadb" => open_mysql(rest, password, access, any)?,
            "postgres" | "postgresql" if any => open_postgres(rest, password, access)?,
            _ if any => {
                return Err(config(
                    "The database address starts with none of `sqlite:`, `mysql:` and `postgres:`.",
                )
                .help(addresses));
            }
            _ => {
                return Err(config(
                    "The database address starts with neither `sqlite:` nor `mysql:`.",
                )
                .help(addresses));
            }
        };
        Ok(Self {
            target,
            reached: AtomicBool::new(false),
            applied_ready: AtomicBool::new(false),
            #[cfg(test)]
            seen: Arc::default(),
        })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match &self.target {
            #[cfg(feature = "sql-sqlite")]
            Target::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "sql-mysql")]
            Target::MySql(_) => Dialect::MySql,
            #[cfg(feature = "sql-postgres")]
            Target::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) fn place(&self) -> Place {
        match &self.target {
            #[cfg(feature = "sql-sqlite")]
            Target::Sqlite(target) => Place::File(target.path.clone()),
            #[cfg(feature = "sql-mysql")]
            Target::MySql(target) => Place::Server {
                host: target.options.get_host().to_owned(),
                port: target.options.get_port(),
                database: target.options.get_database().unwrap_or_default().to_owned(),
            },
            #[cfg(feature = "sql-postgres")]
            Target::Postgres(target) => Place::Server {
                host: target.options.get_host().to_owned(),
                port: target.options.get_port(),
                database: target.options.get_database().unwrap_or_default().to_owned(),
            },
        }
    }

    /// Opens one connection outside the pool and closes it, to learn what stands in the way.
    pub(crate) async fn try_connect(&self) -> Result<(), Error> {
        const OPERATION: &str = "sql.connect";
        let attempt = async {
            match &self.target {
                #[cfg(feature = "sql-sqlite")]
                Target::Sqlite(target) => target.try_connect().await,
                #[cfg(feature = "sql-mysql")]
                Target::MySql(target) => target.try_connect().await,
                #[cfg(feature = "sql-postgres")]
                Target::Postgres(target) => target.try_connect().await,
            }
        };
        match tokio::time::timeout(CONNECT_TIMEOUT, attempt).await {
            Ok(result) => result.map_err(|error| map(OPERATION, error)),
            Err(_) => Err(too_slow(OPERATION, CONNECT_TIMEOUT)),
        }
    }

    async fn reach(&self) -> Result<(), Error> {
        if !self.reached.load(Ordering::Relaxed) {
            self.try_connect().await?;
            self.reached.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Why the pool has no connection to give.
    async fn unreached(&self, operation: &'static str, error: sqlx::Error) -> Error {
        if !matches!(error, sqlx::Error::PoolTimedOut) {
            return map(operation, error);
        }
        self.reached.store(false, Ordering::Relaxed);
        match self.try_connect().await {
            Err(error) => error,
            Ok(()) => too_slow(operation, CONNECT_TIMEOUT),
        }
    }

    /// Starts a read transaction: all its queries see the same moment.
    pub(crate) async fn begin(&self, operation: &'static str) -> Result<Session, Error> {
        self.reach().await?;
        match Session::begin(self, operation).await {
            Ok(session) => Ok(session),
            Err(error) => Err(self.unreached(operation, error).await),
        }
    }

    /// Starts a write transaction. Nothing of it stays unless it is committed.
    pub(crate) async fn begin_write(&self, operation: &'static str) -> Result<WriteSession, Error> {
        self.reach().await?;
        match WriteSession::begin(self, operation).await {
            Ok(Some(session)) => Ok(session),
            Ok(None) => Err(Error::new(
                ErrorKind::Permission,
                "The connection to the database is read only.",
            )
            .operation(operation)
            .outcome(SendOutcome::NotSent)),
            Err(error) => Err(self.unreached(operation, error).await),
        }
    }
}

#[cfg(feature = "sql-sqlite")]
fn open_sqlite(
    rest: &str,
    password: Option<&SecretString>,
    access: Access,
) -> Result<Target, Error> {
    sqlite::Target::new(rest, password, access).map(Target::Sqlite)
}

#[cfg(not(feature = "sql-sqlite"))]
fn open_sqlite(_: &str, _: Option<&SecretString>, _: Access) -> Result<Target, Error> {
    Err(config("This program was built without SQLite."))
}

#[cfg(feature = "sql-mysql")]
fn open_mysql(
    rest: &str,
    password: Option<&SecretString>,
    access: Access,
    utc: bool,
) -> Result<Target, Error> {
    mysql::Target::new(rest, password, access, utc).map(Target::MySql)
}

#[cfg(not(feature = "sql-mysql"))]
fn open_mysql(_: &str, _: Option<&SecretString>, _: Access, _: bool) -> Result<Target, Error> {
    Err(config("This program was built without MySQL."))
}

#[cfg(feature = "sql-postgres")]
fn open_postgres(
    rest: &str,
    password: Option<&SecretString>,
    access: Access,
) -> Result<Target, Error> {
    postgres::Target::new(rest, password, access).map(Target::Postgres)
}

#[cfg(not(feature = "sql-postgres"))]
fn open_postgres(_: &str, _: Option<&SecretString>, _: Access) -> Result<Target, Error> {
    Err(config("This program was built without PostgreSQL."))
}

/// An sqlx error for a value that cannot be bound.
fn unbindable(error: sqlx::error::BoxDynError) -> sqlx::Error {
    sqlx::Error::Encode(error)
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
