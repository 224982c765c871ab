//! What a database error means for the caller.

use api_core::{Error, ErrorKind, SendOutcome};

/// A configuration error.
pub(super) fn config(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message)
}

/// Turns an sqlx error into ours. Only reads are made, so nothing can have been applied.
pub(super) fn map(operation: &'static str, error: sqlx::Error) -> Error {
    let (kind, message, help) = sort(&error);
    let mut mapped = Error::new(kind, message)
        .operation(operation)
        .outcome(SendOutcome::NotSent);
    if let Some(help) = help {
        mapped = mapped.help(help);
    }
    if let sqlx::Error::Database(database) = &error
        && let Some(code) = database.code()
    {
        mapped = mapped.code(code);
    }
    match error {
        // May repeat the address it was given.
        sqlx::Error::Configuration(_) => mapped,
        other => mapped.source(other),
    }
}

fn sort(error: &sqlx::Error) -> (ErrorKind, String, Option<&'static str>) {
    match error {
        sqlx::Error::Database(database) => {
            let said = database.message().to_owned();
            match code(database.as_ref()) {
                Code::Sqlite(14) => (
                    ErrorKind::Config,
                    format!("The database file cannot be opened: {said}."),
                    Some("Check the path, and that this user may read the file."),
                ),
                Code::Sqlite(26) => (
                    ErrorKind::Config,
                    format!("The file is not an SQLite database: {said}."),
                    Some("Check the path."),
                ),
                Code::Sqlite(5 | 6) => (
                    ErrorKind::Unavailable,
                    format!("Another program holds the database: {said}."),
                    None,
                ),
                #[cfg(feature = "sql-mysql")]
                Code::MySql(1044 | 1045 | 1698) => (
                    ErrorKind::Auth,
                    format!("The database refuses the login: {said}."),
                    Some("Check user name and password of the connection."),
                ),
                #[cfg(feature = "sql-mysql")]
                Code::MySql(1142 | 1143 | 1227) => (
                    ErrorKind::Permission,
                    format!("The database user lacks a right: {said}."),
                    Some("Grant the user SELECT on the CRM's tables."),
                ),
                #[cfg(feature = "sql-mysql")]
                Code::MySql(1049) => (
                    ErrorKind::Config,
                    format!("The server has no such database: {said}."),
                    Some("Check the name at the end of the database address."),
                ),
                #[cfg(feature = "sql-mysql")]
                Code::MySql(1040 | 1203 | 1205 | 1213 | 1053) => (
                    ErrorKind::Unavailable,
                    format!("The database is busy: {said}."),
                    None,
                ),
                _ => (
                    ErrorKind::Decode,
                    format!("The database refuses the query: {said}."),
                    None,
                ),
            }
        }
        sqlx::Error::Io(io) => (
            ErrorKind::Unavailable,
            format!("The database cannot be reached: {io}."),
            Some("Check host and port, and that the server runs."),
        ),
        sqlx::Error::Tls(tls) => (
            ErrorKind::Unavailable,
            format!("No secure connection to the database: {tls}."),
            Some("Check the certificate, or `ssl-mode` in the database address."),
        ),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => (
            ErrorKind::Unavailable,
            "No connection to the database is free.".to_owned(),
            None,
        ),
        sqlx::Error::Configuration(_) => (
            ErrorKind::Config,
            "The database address cannot be used.".to_owned(),
            None,
        ),
        sqlx::Error::Protocol(said) => (
            ErrorKind::Unavailable,
            format!("The connection to the database broke: {said}."),
            None,
        ),
        other => (
            ErrorKind::Internal,
            format!("The database driver failed: {other}."),
            None,
        ),
    }
}

enum Code {
    Sqlite(i64),
    #[cfg(feature = "sql-mysql")]
    MySql(u16),
    Other,
}

fn code(error: &dyn sqlx::error::DatabaseError) -> Code {
    #[cfg(feature = "sql-mysql")]
    if let Some(mysql) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return Code::MySql(mysql.number());
    }
    // SQLite's extended codes keep the primary code in their low byte.
    match error.code().and_then(|code| code.parse::<i64>().ok()) {
        Some(code) => Code::Sqlite(code & 0xff),
        None => Code::Other,
    }
}
