//! Writing the generated rows into SQLite or MySQL/MariaDB.

use std::path::Path;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::generator::Generator;
use super::schema::{Dialect, TABLES};
use super::{CrmSize, Summary};

/// Statements of one transaction on MySQL, each about 200 kB.
const CHUNK: usize = 64;
/// The longest prefix of table names.
const MAX_PREFIX: usize = 32;

/// Why a database was not filled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The prefix has other characters than letters, digits and underscores.
    #[error("{0:?} is no table prefix: up to 32 letters, digits and underscores")]
    Prefix(String),
    /// The database refused something, such as a table that is there already.
    #[error("the CRM database could not be filled")]
    Database(#[from] sqlx::Error),
}

/// Makes the tables in a SQLite file and fills them in one transaction.
///
/// The file is made if it is missing. It is not safe against a power cut while
/// it is being filled.
///
/// # Errors
/// The prefix is invalid, the file cannot be written, or holds such tables.
pub async fn generate_sqlite(
    path: impl AsRef<Path>,
    size: &CrmSize,
    seed: u64,
    prefix: &str,
) -> Result<Summary, GenerateError> {
    check_prefix(prefix)?;
    let mut connection: SqliteConnection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off)
        .disable_statement_logging()
        .connect()
        .await?;
    let mut transaction = connection.begin().await?;
    let mut indexes = Vec::new();
    for table in TABLES {
        let mut statements = table
            .ddl(prefix, Dialect::Sqlite, size.extras())
            .into_iter();
        if let Some(create) = statements.next() {
            sqlx::raw_sql(AssertSqlSafe(create))
                .execute(&mut *transaction)
                .await?;
        }
        indexes.extend(statements);
    }
    let mut generator = Generator::new(size, seed, prefix);
    while generator.step() {
        for statement in generator.rows.take_ready() {
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut *transaction)
                .await?;
        }
    }
    for statement in generator.rows.take_rest().into_iter().chain(indexes) {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    connection.close().await?;
    Ok(generator.finish())
}

/// Makes the tables in a MySQL or MariaDB database and fills them.
///
/// `url` names an existing database: `mysql://user:password@host/database`. The
/// tables are InnoDB, utf8mb4. The rows are those SQLite would get.
///
/// # Errors
/// The prefix is invalid, the server cannot be reached or refuses something, or
/// the database holds such tables.
pub async fn generate_mysql(
    url: &str,
    size: &CrmSize,
    seed: u64,
    prefix: &str,
) -> Result<Summary, GenerateError> {
    check_prefix(prefix)?;
    let options: MySqlConnectOptions = url.parse()?;
    let mut connection: MySqlConnection = options.disable_statement_logging().connect().await?;
    // Zero dates are part of the data, and quotes are the only escapes.
    let session = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', foreign_key_checks = 0, \
                   unique_checks = 0, autocommit = 1";
    sqlx::raw_sql(session).execute(&mut connection).await?;
    for table in TABLES {
        for statement in table.ddl(prefix, Dialect::Mysql, size.extras()) {
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await?;
        }
    }
    let mut generator = Generator::new(size, seed, prefix);
    let mut more = true;
    while more {
        let mut statements = Vec::new();
        while more && statements.len() < CHUNK {
            more = generator.step();
            statements.extend(generator.rows.take_ready());
        }
        if !more {
            statements.extend(generator.rows.take_rest());
        }
        let mut transaction = connection.begin().await?;
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
    }
    connection.close().await?;
    Ok(generator.finish())
}

pub(super) fn check_prefix(prefix: &str) -> Result<(), GenerateError> {
    let fits = prefix.len() <= MAX_PREFIX
        && prefix
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fits {
        Ok(())
    } else {
        Err(GenerateError::Prefix(prefix.to_owned()))
    }
}
