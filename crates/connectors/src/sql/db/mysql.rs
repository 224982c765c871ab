//! MySQL and MariaDB servers.

use api_core::{Error, SecretString};
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlPool, MySqlPoolOptions, MySqlRow};
use sqlx::{
    Arguments as _, Column as _, ConnectOptions, Connection, Executor as _, Row as _,
    TypeInfo as _, ValueRef as _,
};

use super::{Access, Arg, CONNECT_TIMEOUT, MAX_CONNECTIONS, unbindable};
use crate::sql::error::config;
use crate::sql::parameters::{MYSQL_PARAMETERS, is_mysql_parameter};
use crate::sql::row::Cell;

/// A database of a server and how it is reached.
pub(super) struct Target {
    pub(super) pool: MySqlPool,
    pub(super) writer: Option<MySqlPool>,
    pub(super) options: MySqlConnectOptions,
}

/// What a session that reads is told: no mode that changes how text or dates are read, and nothing
/// is ever written.
const READING: [&str; 2] = [
    "SET SESSION sql_mode = ''",
    "SET SESSION TRANSACTION READ ONLY",
];

/// What a session that writes is told: a value that does not fit is an error, never cut.
const WRITING: [&str; 3] = [
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
     ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION innodb_lock_wait_timeout = 10",
];

impl Target {
    pub(super) fn new(
        rest: &str,
        password: Option<&SecretString>,
        access: Access,
        utc: bool,
    ) -> Result<Self, Error> {
        let mut options = options(rest)?;
        if let Some(password) = password {
            use api_core::ExposeSecret as _;
            options = options.password(password.expose_secret());
        }
        let options = options
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .timezone(utc.then(|| "+00:00".to_owned()))
            .disable_statement_logging();
        Ok(Self {
            pool: pool(&options, &READING),
            writer: (access == Access::ReadWrite).then(|| pool(&options, &WRITING)),
            options,
        })
    }

    pub(super) async fn try_connect(&self) -> Result<(), sqlx::Error> {
        self.options.connect().await?.close().await
    }
}

fn pool(options: &MySqlConnectOptions, settings: &'static [&'static str]) -> MySqlPool {
    MySqlPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(CONNECT_TIMEOUT)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for setting in settings {
                    connection.execute(*setting).await?;
                }
                Ok(())
            })
        })
        .connect_lazy_with(options.clone())
}

fn options(rest: &str) -> Result<MySqlConnectOptions, Error> {
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
    let options: MySqlConnectOptions = url.as_str().parse().map_err(|_| bad())?;
    if options.get_host().is_empty() {
        return Err(bad());
    }
    if options.get_database().is_none_or(str::is_empty) {
        return Err(config("The MySQL address names no database.")
            .help("Write `mysql://USER@HOST:PORT/DATABASE`."));
    }
    Ok(options)
}

/// Values as MySQL takes them; it turns text into numbers and dates without loss.
pub(super) fn bind(args: Vec<Arg>) -> Result<MySqlArguments, sqlx::Error> {
    let mut bound = MySqlArguments::default();
    for arg in args {
        match arg {
            Arg::Null => bound.add(None::<String>),
            Arg::Bool(b) => bound.add(i64::from(b)),
            Arg::Int(n) => bound.add(n),
            Arg::Decimal(number) => bound.add(number.to_string()),
            Arg::Text(text)
            | Arg::Date(text)
            | Arg::Time(text)
            | Arg::Moment(text)
            | Arg::Typed(text, _) => bound.add(text),
        }
        .map_err(unbindable)?;
    }
    Ok(bound)
}

/// The cells of a row, by the type of each column.
pub(super) fn cells(row: &MySqlRow) -> Vec<Cell> {
    (0..row.len())
        .map(|at| cell(row, at).unwrap_or_default())
        .collect()
}

fn cell(row: &MySqlRow, at: usize) -> Option<Cell> {
    // The zero date and time count as null here.
    if row.try_get_raw(at).ok()?.is_null() {
        return Some(Cell::Null);
    }
    let bytes = || row.try_get_unchecked::<Vec<u8>, _>(at).ok();
    match row.column(at).type_info().name() {
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => {
            Some(Cell::Int(row.try_get_unchecked(at).ok()?))
        }
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" | "YEAR" => {
            let number: u64 = row.try_get_unchecked(at).ok()?;
            Some(match i64::try_from(number) {
                Ok(number) => Cell::Int(number),
                Err(_) => Cell::Text(number.to_string()),
            })
        }
        "FLOAT" => {
            let number: f32 = row.try_get_unchecked(at).ok()?;
            Some(Cell::Text(number.to_string()))
        }
        "DOUBLE" => Some(Cell::float(row.try_get_unchecked(at).ok()?)),
        "DATE" | "DATETIME" | "TIMESTAMP" => time(&bytes()?).map(Cell::Text),
        "BIT" => {
            let bytes = bytes()?;
            let number = bytes.iter().try_fold(0_u64, |number, byte| {
                Some(number.checked_mul(256)? + u64::from(*byte))
            })?;
            Some(Cell::Int(i64::try_from(number).ok()?))
        }
        "TIME" | "GEOMETRY" | "NULL" => None,
        _ => Cell::from_bytes(Some(bytes()?)),
    }
}

/// A date or time of the binary protocol: its length, then year, month, day, hour, minute, second,
/// microseconds, as far as they are not zero.
fn time(bytes: &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_first()?;
    let rest = rest.get(..usize::from(*length))?;
    let &[low, high, month, day, ref rest @ ..] = rest else {
        return None;
    };
    let date = format!("{:04}-{month:02}-{day:02}", u16::from_le_bytes([low, high]));
    let &[hour, minute, second, ref rest @ ..] = rest else {
        return Some(date);
    };
    let time = format!("{date} {hour:02}:{minute:02}:{second:02}");
    let Ok(micros) = <[u8; 4]>::try_from(rest) else {
        return Some(time);
    };
    Some(format!("{time}.{:06}", u32::from_le_bytes(micros)))
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_of_the_binary_protocol_are_read_to_the_microsecond() {
        let read = |bytes: &[u8]| time(bytes).unwrap();
        assert_eq!(read(&[4, 0xea, 0x07, 2, 28]), "2026-02-28");
        assert_eq!(
            read(&[7, 0xea, 0x07, 2, 28, 1, 2, 3]),
            "2026-02-28 01:02:03"
        );
        assert_eq!(
            read(&[11, 0xea, 0x07, 2, 28, 1, 2, 3, 0xe8, 0x03, 0, 0]),
            "2026-02-28 01:02:03.001000"
        );
        assert_eq!(time(&[]), None);
        assert_eq!(time(&[7, 1]), None);
    }
}
