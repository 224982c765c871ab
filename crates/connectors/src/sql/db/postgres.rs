//! PostgreSQL servers.

use api_core::{Error, SecretString};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{
    Arguments as _, Column as _, ConnectOptions, Connection, Executor as _, Row as _,
    TypeInfo as _, ValueRef as _,
};

use super::{Access, Arg, CONNECT_TIMEOUT, MAX_CONNECTIONS, unbindable};
use crate::sql::error::config;
use crate::sql::parameters::{POSTGRES_PARAMETERS, is_postgres_parameter};
use crate::sql::row::Cell;

/// A database of a server and how it is reached.
pub(super) struct Target {
    pub(super) pool: PgPool,
    pub(super) writer: Option<PgPool>,
    pub(super) options: PgConnectOptions,
}

/// What every session is told.
const ALWAYS: &str = "SET TIME ZONE 'UTC'; SET standard_conforming_strings = on; \
                      SET datestyle = 'ISO'; SET bytea_output = 'hex'";
const READING: &str = "SET default_transaction_read_only = on";
const WRITING: &str = "SET default_transaction_read_only = off; SET lock_timeout = '10s'; \
                       SET synchronous_commit = on";

impl Target {
    pub(super) fn new(
        rest: &str,
        password: Option<&SecretString>,
        access: Access,
    ) -> Result<Self, Error> {
        let mut options = options(rest)?;
        if let Some(password) = password {
            use api_core::ExposeSecret as _;
            options = options.password(password.expose_secret());
        }
        let options = options
            .application_name("koppel")
            .disable_statement_logging();
        Ok(Self {
            pool: pool(&options, READING),
            writer: (access == Access::ReadWrite).then(|| pool(&options, WRITING)),
            options,
        })
    }

    pub(super) async fn try_connect(&self) -> Result<(), sqlx::Error> {
        self.options.connect().await?.close().await
    }
}

fn pool(options: &PgConnectOptions, settings: &'static str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(CONNECT_TIMEOUT)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(ALWAYS).await?;
                connection.execute(settings).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options.clone())
}

fn options(rest: &str) -> Result<PgConnectOptions, Error> {
    // The cause is not attached: it may repeat the address, which may hold a password.
    let bad = || {
        config("The PostgreSQL address cannot be read.")
            .help("Write `postgres://USER@HOST:PORT/DATABASE`, special characters as `%` escapes.")
    };
    let url = url::Url::parse(&format!("postgres:{rest}")).map_err(|_| bad())?;
    // sqlx would pass over it.
    if let Some((name, _)) = url
        .query_pairs()
        .find(|(name, _)| !is_postgres_parameter(name))
    {
        let name: String = name.chars().take(32).collect();
        return Err(config(format!(
            "The PostgreSQL address has an unknown parameter `{name}`."
        ))
        .help(format!(
            "There are these parameters: {}.",
            POSTGRES_PARAMETERS.join(", ")
        )));
    }
    if url.host_str().is_none_or(str::is_empty)
        && !url.query_pairs().any(|(name, _)| name == "host")
    {
        return Err(bad());
    }
    if url.path().trim_start_matches('/').is_empty() {
        return Err(config("The PostgreSQL address names no database.")
            .help("Write `postgres://USER@HOST:PORT/DATABASE`."));
    }
    url.as_str().parse().map_err(|_| bad())
}

/// Values as the text of the statement says; see [`super::text::numbered`].
pub(super) fn bind(args: Vec<Arg>) -> Result<PgArguments, sqlx::Error> {
    let mut bound = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Null => Ok(()),
            Arg::Bool(b) => bound.add(b),
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
pub(super) fn cells(row: &PgRow) -> Vec<Cell> {
    (0..row.len())
        .map(|at| cell(row, at).unwrap_or_default())
        .collect()
}

/// Whether values of this type, as PostgreSQL names it in its catalogue, are read as they are;
/// all others are asked for as text.
pub(crate) fn is_native(name: &str) -> bool {
    matches!(
        name,
        "bool"
            | "int2"
            | "int4"
            | "int8"
            | "float4"
            | "float8"
            | "numeric"
            | "text"
            | "varchar"
            | "bpchar"
            | "name"
            | "date"
            | "timestamp"
            | "timestamptz"
            | "uuid"
            | "json"
            | "jsonb"
    )
}

fn cell(row: &PgRow, at: usize) -> Option<Cell> {
    let value = row.try_get_raw(at).ok()?;
    if value.is_null() {
        return Some(Cell::Null);
    }
    let bytes = value.as_bytes().ok()?;
    match row.column(at).type_info().name() {
        "BOOL" => Some(Cell::Int(i64::from(*bytes.first()? != 0))),
        "INT2" => Some(Cell::Int(i16::from_be_bytes(bytes.try_into().ok()?).into())),
        "INT4" => Some(Cell::Int(i32::from_be_bytes(bytes.try_into().ok()?).into())),
        "INT8" => Some(Cell::Int(i64::from_be_bytes(bytes.try_into().ok()?))),
        "FLOAT4" => {
            let number = f32::from_be_bytes(bytes.try_into().ok()?);
            Some(Cell::Text(number.to_string()))
        }
        "FLOAT8" => Some(Cell::float(f64::from_be_bytes(bytes.try_into().ok()?))),
        "NUMERIC" => numeric(bytes).map(Cell::Text),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "JSON" | "XML" | "UNKNOWN" => text(bytes),
        "JSONB" => text(bytes.get(1..)?),
        "UUID" => Some(Cell::Text(uuid(bytes)?)),
        "DATE" => {
            let days = i32::from_be_bytes(bytes.try_into().ok()?);
            if days == i32::MAX || days == i32::MIN {
                return Some(Cell::Text(infinite(days > 0)));
            }
            let span = jiff::Span::new().try_days(days).ok()?;
            let day = jiff::civil::date(2000, 1, 1).checked_add(span).ok()?;
            Some(Cell::Text(day.to_string()))
        }
        "TIMESTAMP" => {
            let micros = i64::from_be_bytes(bytes.try_into().ok()?);
            if micros == i64::MAX || micros == i64::MIN {
                return Some(Cell::Text(infinite(micros > 0)));
            }
            let at = since_2000(micros)?.to_zoned(jiff::tz::TimeZone::UTC);
            Some(Cell::Text(
                at.datetime().strftime("%Y-%m-%d %H:%M:%S%.f").to_string(),
            ))
        }
        "TIMESTAMPTZ" => {
            let micros = i64::from_be_bytes(bytes.try_into().ok()?);
            if micros == i64::MAX || micros == i64::MIN {
                return Some(Cell::Text(infinite(micros > 0)));
            }
            Some(Cell::Text(since_2000(micros)?.to_string()))
        }
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<Cell> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(Cell::Text(text.to_owned()))
}

fn infinite(positive: bool) -> String {
    if positive { "infinity" } else { "-infinity" }.to_owned()
}

fn since_2000(micros: i64) -> Option<jiff::Timestamp> {
    const SECONDS_TO_2000: i64 = 946_684_800;
    jiff::Timestamp::from_microsecond(micros.checked_add(SECONDS_TO_2000 * 1_000_000)?).ok()
}

fn uuid(bytes: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    if bytes.len() != 16 {
        return None;
    }
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02x}").ok()?;
    }
    Some(text)
}

/// A number of the binary protocol: groups of four decimal digits and where the point is.
fn numeric(bytes: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    let mut words = bytes
        .chunks_exact(2)
        .map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let (groups, weight) = (words.next()?, words.next()?);
    // The sign is a bit pattern: 0x4000 is negative, 0xC000 and more is no number.
    let (sign, scale) = (words.next()?, words.next()?);
    if sign != 0 && sign != 0x4000 {
        return Some("NaN".to_owned());
    }
    let digits: Vec<i16> = words.collect();
    if digits.len() != usize::try_from(groups).ok()? {
        return None;
    }
    let digit = |at: i32| -> i16 {
        usize::try_from(at)
            .ok()
            .and_then(|at| digits.get(at).copied())
            .unwrap_or(0)
    };
    let mut text = String::new();
    if sign != 0 {
        text.push('-');
    }
    if weight < 0 {
        text.push('0');
    }
    for at in 0..=i32::from(weight) {
        if at == 0 {
            write!(text, "{}", digit(at)).ok()?;
        } else {
            write!(text, "{:04}", digit(at)).ok()?;
        }
    }
    let scale = usize::try_from(scale).ok()?;
    if scale > 0 {
        let mut fraction = String::with_capacity(scale + 4);
        let mut at = i32::from(weight) + 1;
        while fraction.len() < scale {
            write!(fraction, "{:04}", digit(at)).ok()?;
            at += 1;
        }
        fraction.truncate(scale);
        text.push('.');
        text.push_str(&fraction);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(weight: i16, negative: bool, scale: i16, digits: &[i16]) -> String {
        let sign = if negative { 0x4000 } else { 0 };
        let count = i16::try_from(digits.len()).unwrap();
        let mut bytes = Vec::new();
        for word in [count, weight, sign, scale].iter().chain(digits) {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        numeric(&bytes).unwrap()
    }

    #[test]
    fn numbers_of_the_binary_protocol_are_read_exactly() {
        assert_eq!(number(0, false, 2, &[12, 5000]), "12.50");
        assert_eq!(number(-1, true, 2, &[100]), "-0.01");
        assert_eq!(number(1, false, 0, &[1]), "10000");
        assert_eq!(number(0, false, 0, &[]), "0");
        assert_eq!(number(-2, false, 8, &[1]), "0.00000001");
        assert_eq!(number(2, false, 3, &[9, 9999, 9999, 9990]), "999999999.999");
    }

    #[test]
    fn an_address_without_host_or_database_is_refused() {
        for bad in [
            "//",
            "///db",
            "//host",
            "//host/",
            "//h/d?sslmod=require",
            "nonsense",
        ] {
            assert!(options(bad).is_err(), "{bad}");
        }
        assert!(options("//u@h:5432/d?sslmode=verify-full").is_ok());
    }
}
