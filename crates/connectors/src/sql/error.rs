//! What a database error means for the caller.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};

/// A configuration error.
pub(super) fn config(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, message)
}

/// A value that the database does not take.
pub(super) fn rejected(operation: &'static str, column: &str, problem: &str) -> Error {
    Error::new(
        ErrorKind::Validation,
        format!("The column `{column}` {problem}."),
    )
    .operation(operation)
    .outcome(SendOutcome::Rejected)
    .fields(BTreeMap::from([(column.to_owned(), problem.to_owned())]))
}

/// Turns an sqlx error into ours. Outside a commit nothing can have been applied: a transaction
/// that is not committed is rolled back.
pub(super) fn map(operation: &'static str, error: sqlx::Error) -> Error {
    let (kind, message, help) = sort(&error);
    let mut mapped = Error::new(kind, message).operation(operation);
    mapped = mapped.outcome(match kind {
        ErrorKind::Validation => SendOutcome::Rejected,
        _ => SendOutcome::NotSent,
    });
    if let Some(help) = help {
        mapped = mapped.help(help);
    }
    if let sqlx::Error::Database(database) = &error {
        if let Some(code) = database.code() {
            mapped = mapped.code(code);
        }
        if kind == ErrorKind::Validation
            && let Some(column) = column(database.as_ref())
        {
            mapped = mapped.fields(BTreeMap::from([(column, database.message().to_owned())]));
        }
    }
    match error {
        // May repeat the address it was given.
        sqlx::Error::Configuration(_) => mapped,
        other => mapped.source(other),
    }
}

/// Whether a commit that failed with this error may have succeeded all the same.
pub(super) fn commit_unknown(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else {
        // The connection broke, or its driver did.
        return true;
    };
    match code(database.as_ref()) {
        // An error of the disk while the journal was written or removed.
        Code::Sqlite(10) => true,
        // The server went down or the session was ended meanwhile.
        #[cfg(feature = "sql-mysql")]
        Code::MySql(1053 | 1077 | 1079 | 1080 | 1152..=1161 | 1184 | 1317 | 1927 | 3024 | 3169) => {
            true
        }
        #[cfg(feature = "sql-postgres")]
        Code::Postgres(state) => ["57P", "08", "58", "XX", "57014", "40003"]
            .iter()
            .any(|class| state.starts_with(class)),
        _ => false,
    }
}

/// The column that the database names in an error.
fn column(error: &dyn sqlx::error::DatabaseError) -> Option<String> {
    #[cfg(feature = "sql-postgres")]
    if let Some(postgres) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return postgres.column().map(str::to_owned);
    }
    let said = error.message();
    // MySQL: "Data too long for column 'name' at row 1", "Column 'name' cannot be null".
    let after = said
        .split_once("olumn '")
        .or_else(|| said.split_once("Field '"))
        .and_then(|(_, rest)| rest.split_once('\''))
        .map(|(name, _)| name);
    // SQLite: "NOT NULL constraint failed: customers.name".
    let failed = said
        .split_once("constraint failed: ")
        .map(|(_, name)| name.split(',').next().unwrap_or(name))
        .filter(|_| !said.starts_with("CHECK"));
    let name = after.or(failed)?;
    let name = name.rsplit('.').next().unwrap_or(name);
    Some(name.trim_matches('`').to_owned()).filter(|name| !name.is_empty())
}

type Sorted = (ErrorKind, String, Option<&'static str>);

fn sort(error: &sqlx::Error) -> Sorted {
    match error {
        sqlx::Error::Database(database) => {
            let said = database.message().to_owned();
            match code(database.as_ref()) {
                Code::Sqlite(code) => sqlite(code, &said),
                #[cfg(feature = "sql-mysql")]
                Code::MySql(number) => mysql(number, &said),
                #[cfg(feature = "sql-postgres")]
                Code::Postgres(state) => postgres(&state, &said),
                Code::Other => refused(&said),
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

fn refused(said: &str) -> Sorted {
    (
        ErrorKind::Decode,
        format!("The database refuses the query: {said}."),
        None,
    )
}

fn row_refused(said: &str) -> Sorted {
    (
        ErrorKind::Validation,
        format!("The database does not take the row: {said}."),
        None,
    )
}

#[cfg(any(feature = "sql-mysql", feature = "sql-postgres"))]
fn busy(said: &str) -> Sorted {
    (
        ErrorKind::Unavailable,
        format!("The database is busy: {said}."),
        None,
    )
}

/// A write that was cut off has to be taken back first, and that is a write itself.
const HOT_JOURNAL: i64 = 776;
const HOT_WAL: i64 = 264;

fn sqlite(code: i64, said: &str) -> Sorted {
    match code {
        HOT_JOURNAL | HOT_WAL => (
            ErrorKind::Unavailable,
            format!(
                "Another program was cut off in the middle of a write, and what it left cannot be \
                 taken back by a connection that only reads: {said}."
            ),
            Some("Start the program that the file belongs to, or open the file with it once."),
        ),
        5 | 6 => (
            ErrorKind::Unavailable,
            format!("Another program holds the database: {said}."),
            None,
        ),
        8 => (
            ErrorKind::Permission,
            format!("The database cannot be written: {said}."),
            Some("Check that this user may write the file and its directory."),
        ),
        10 | 13 => (
            ErrorKind::Unavailable,
            format!("The database cannot be written: {said}."),
            Some("Check the disk and the space on it."),
        ),
        14 => (
            ErrorKind::Config,
            format!("The database file cannot be opened: {said}."),
            Some("Check the path, and that this user may read the file."),
        ),
        26 => (
            ErrorKind::Config,
            format!("The file is not an SQLite database: {said}."),
            Some("Check the path."),
        ),
        // Too big, a constraint, a value of another type than the column's.
        18..=20 => row_refused(said),
        _ => refused(said),
    }
}

#[cfg(feature = "sql-mysql")]
fn mysql(number: u16, said: &str) -> Sorted {
    match number {
        1044 | 1045 | 1698 => (
            ErrorKind::Auth,
            format!("The database refuses the login: {said}."),
            Some("Check user name and password of the connection."),
        ),
        1142 | 1143 | 1227 | 1370 => (
            ErrorKind::Permission,
            format!("The database user lacks a right: {said}."),
            Some("Grant the user the right on the tables of the connection."),
        ),
        1290 | 1792 | 1836 => (
            ErrorKind::Permission,
            format!("The database cannot be written: {said}."),
            None,
        ),
        1049 => (
            ErrorKind::Config,
            format!("The server has no such database: {said}."),
            Some("Check the name at the end of the database address."),
        ),
        // 1020: another program changed the row since this transaction began.
        1020 | 1040 | 1203 | 1205 | 1213 | 1053 | 1021 | 1114 | 1047 | 1317 | 1637 | 3572 => {
            busy(said)
        }
        // Null, duplicate, range, cut text, impossible dates, no default, foreign keys, checks, too
        // long for a page, letters that the column does not have, no partition.
        1048
        | 1062
        | 1118
        | 1138
        | 1153
        | 1169
        | 1216
        | 1217
        | 1230
        | 1263..=1265
        | 1292
        | 1300
        | 1301
        | 1364
        | 1365
        | 1366
        | 1367
        | 1406
        | 1411
        | 1441
        | 1451
        | 1452
        | 1525
        | 1526
        | 1557
        | 1586
        | 1644
        | 1690
        | 3140
        | 3141
        | 3156
        | 3819
        | 3854
        | 3988
        | 4025 => row_refused(said),
        _ => refused(said),
    }
}

#[cfg(feature = "sql-postgres")]
fn postgres(state: &str, said: &str) -> Sorted {
    match state {
        "28000" | "28P01" => (
            ErrorKind::Auth,
            format!("The database refuses the login: {said}."),
            Some("Check user name and password of the connection."),
        ),
        "42501" => (
            ErrorKind::Permission,
            format!("The database user lacks a right: {said}."),
            Some("Grant the user the right on the tables of the connection."),
        ),
        "25006" => (
            ErrorKind::Permission,
            format!("The database cannot be written: {said}."),
            None,
        ),
        "3D000" => (
            ErrorKind::Config,
            format!("The server has no such database: {said}."),
            Some("Check the name at the end of the database address."),
        ),
        "40001" | "40P01" | "55P03" | "55006" | "57014" => busy(said),
        _ if state.starts_with("53") || state.starts_with("57P") => busy(said),
        _ if state.starts_with("08") || state.starts_with("58") => (
            ErrorKind::Unavailable,
            format!("The connection to the database broke: {said}."),
            None,
        ),
        // Data that does not fit (54000: into an index), constraints, checks of a view, errors
        // raised by a trigger.
        _ if ["22", "23", "44", "54000", "P0"]
            .iter()
            .any(|class| state.starts_with(class)) =>
        {
            row_refused(said)
        }
        _ => refused(said),
    }
}

enum Code {
    Sqlite(i64),
    #[cfg(feature = "sql-mysql")]
    MySql(u16),
    #[cfg(feature = "sql-postgres")]
    Postgres(String),
    Other,
}

fn code(error: &dyn sqlx::error::DatabaseError) -> Code {
    #[cfg(feature = "sql-mysql")]
    if let Some(mysql) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return Code::MySql(mysql.number());
    }
    #[cfg(feature = "sql-postgres")]
    if let Some(postgres) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return Code::Postgres(postgres.code().to_owned());
    }
    // SQLite's extended codes keep the primary code in their low byte.
    match error.code().and_then(|code| code.parse::<i64>().ok()) {
        Some(code @ (HOT_JOURNAL | HOT_WAL)) => Code::Sqlite(code),
        Some(code) => Code::Sqlite(code & 0xff),
        None => Code::Other,
    }
}
