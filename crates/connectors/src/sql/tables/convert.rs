//! Between cells of a database and values of a record.
//!
//! Blank text, NULL and the zero date are nothing. Naive times are local times of the connection's
//! zone: a time in the gap of spring is read as if the clock had not been set (an hour later), a
//! time that occurs twice in autumn means the first of the two; so a moment in the second of the
//! two hours is written as it should be and read back an hour earlier.

use std::borrow::Cow;

use api_core::{Date, Timestamp};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use sync_core::{Ref, Value};

use super::config::ColumnConfig;
use super::model::Kind;
use super::schema::{Class, Column};
use crate::sql::db::{Arg, Dialect};
use crate::sql::row::{Cell, exact, shown};

/// What a value is read or written with.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) dialect: Dialect,
    pub(super) zone: &'a TimeZone,
}

/// Why a value cannot be read or written, as the end of a sentence.
pub(super) type Problem = String;

fn wrong(found: &str, expected: &str) -> Problem {
    format!("holds `{}`, which is not {expected}", shown(found))
}

/// The text of a cell; `None` for nothing.
pub(super) fn text_of<'a>(
    cell: &'a Cell,
    column: &Column,
) -> Result<Option<Cow<'a, str>>, Problem> {
    Ok(match cell {
        Cell::Null => None,
        Cell::Text(text) if column.padded => Some(Cow::Borrowed(text.trim_end_matches(' '))),
        Cell::Text(text) => Some(Cow::Borrowed(text)),
        Cell::Int(number) => Some(Cow::Owned(number.to_string())),
        Cell::Unreadable => return Err("is not valid UTF-8 text".to_owned()),
    })
}

/// Reads a cell.
pub(super) fn read(
    cell: &Cell,
    column: &Column,
    config: &ColumnConfig,
    kind: Kind,
    context: Context<'_>,
) -> Result<Value, Problem> {
    if !config.values.is_empty()
        && let Some(text) = text_of(cell, column)?
        && let Some(meaning) = config.values.get(text.trim())
    {
        return parse(&Cell::Text(meaning.clone()), column, kind, context);
    }
    parse(cell, column, kind, context)
}

fn parse(cell: &Cell, column: &Column, kind: Kind, context: Context<'_>) -> Result<Value, Problem> {
    // Whole numbers need no text in between.
    match (cell, kind) {
        (Cell::Int(n), Kind::Bool) => return Ok(Value::Bool(*n != 0)),
        (Cell::Int(n), Kind::Int) => return Ok(Value::Int(*n)),
        (Cell::Int(n), Kind::Decimal) => return Ok(Value::Decimal(Decimal::from(*n))),
        (Cell::Int(n), Kind::Timestamp) => return Ok(Value::Timestamp(since_1970(*n))),
        (Cell::Int(0), Kind::Ref(_)) => return Ok(Value::Null),
        _ => {}
    }
    let Some(text) = text_of(cell, column)? else {
        return Ok(Value::Null);
    };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(Value::Null);
    }
    Ok(match kind {
        Kind::Text => Value::Text(text.into_owned()),
        Kind::Bool => Value::Bool(boolean(trimmed).ok_or_else(|| wrong(trimmed, "yes or no"))?),
        Kind::Int => exact(trimmed)
            .filter(|number| number.fract().is_zero())
            .and_then(|number| i64::try_from(number).ok())
            .map(Value::Int)
            .ok_or_else(|| wrong(trimmed, "a whole number"))?,
        Kind::Decimal => exact(trimmed)
            .map(Value::Decimal)
            .ok_or_else(|| wrong(trimmed, "a decimal number"))?,
        Kind::Date => date(trimmed, column, context)?.map_or(Value::Null, Value::Date),
        Kind::Timestamp => moment(trimmed, column, context)?.map_or(Value::Null, Value::Timestamp),
        Kind::Ref(_) if trimmed == "0" => Value::Null,
        Kind::Ref(entity) => Value::Ref(Ref::new(entity, trimmed)),
    })
}

fn boolean(text: &str) -> Option<bool> {
    const YES: [&str; 9] = ["1", "t", "true", "y", "yes", "on", "j", "ja", "-1"];
    const NO: [&str; 8] = ["0", "f", "false", "n", "no", "off", "nee", "0.0"];
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(&YES) {
        Some(true)
    } else if is(&NO) {
        Some(false)
    } else {
        exact(text).map(|number| !number.is_zero())
    }
}

fn is_zero(text: &str) -> bool {
    text.starts_with("0000-00-00")
}

/// Seconds since 1970; larger numbers are milliseconds or microseconds.
fn since_1970(number: i64) -> Timestamp {
    match number.unsigned_abs() {
        0..100_000_000_000 => Timestamp::from_seconds(number),
        100_000_000_000..100_000_000_000_000 => Timestamp::from_micros(number.saturating_mul(1000)),
        _ => Timestamp::from_micros(number),
    }
}

fn date(text: &str, column: &Column, context: Context<'_>) -> Result<Option<Date>, Problem> {
    if is_zero(text) {
        return Ok(None);
    }
    let bad = || wrong(text, "a date");
    if column.class == Class::Moment || has_offset(text) {
        let at = moment(text, column, context)?;
        return Ok(at.map(|at| at.date_in(context.zone)));
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let spelled = format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]);
        return spelled.parse().map(Some).map_err(|_| bad());
    }
    // A date with a time of day behind it counts as that day.
    text.get(..10)
        .filter(|_| text.len() == 10 || matches!(text.as_bytes().get(10), Some(b' ' | b'T')))
        .and_then(|day| day.parse().ok())
        .map(Some)
        .ok_or_else(bad)
}

fn has_offset(text: &str) -> bool {
    text.len() > 19
        && text
            .get(19..)
            .is_some_and(|rest| rest.contains(['Z', 'z', '+', '-']))
}

fn moment(text: &str, column: &Column, context: Context<'_>) -> Result<Option<Timestamp>, Problem> {
    if is_zero(text) {
        return Ok(None);
    }
    let bad = || wrong(text, "a date and time");
    if has_offset(text) {
        let spelled = text.replacen(' ', "T", 1);
        return spelled.parse().map(Some).map_err(|_| bad());
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() > 8 {
        return text.parse().map(|n| Some(since_1970(n))).map_err(|_| bad());
    }
    let zone = if column.class == Class::Moment {
        &TimeZone::UTC
    } else {
        context.zone
    };
    let read = match text.len() {
        10 => Timestamp::from_civil(&format!("{text} 00:00:00"), zone),
        16 => Timestamp::from_civil(&format!("{text}:00"), zone),
        _ => Timestamp::from_civil(text, zone),
    };
    read.map(Some).map_err(|_| bad())
}

/// Local time as databases spell it.
pub(super) fn civil(at: Timestamp, zone: &TimeZone) -> String {
    use std::fmt::Write as _;
    let local = zone.to_datetime(at.jiff());
    let mut text = String::with_capacity(26);
    let micros = local.subsec_nanosecond() / 1000;
    // Writing to a string never fails.
    let mut written = write!(
        text,
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    );
    if micros != 0 {
        written = written.and(write!(text, ".{micros:06}"));
    }
    debug_assert!(written.is_ok());
    text
}

/// Makes a value fit for a column.
pub(super) fn write(
    value: &Value,
    column: &Column,
    config: &ColumnConfig,
    context: Context<'_>,
) -> Result<Arg, Problem> {
    if config.values.is_empty() || matches!(value, Value::Null) {
        return plain(value, column, context);
    }
    let meant = match value {
        Value::Bool(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
        Value::Text(text) => Cow::Borrowed(text.as_str()),
        Value::Int(n) => Cow::Owned(n.to_string()),
        Value::Decimal(d) => Cow::Owned(d.normalize().to_string()),
        other => return Err(format!("cannot hold {}", other.type_name())),
    };
    let mut spelled = config
        .values
        .iter()
        .filter(|(_, meaning)| **meaning == *meant);
    match (spelled.next(), spelled.next()) {
        (Some((spelled, _)), None) => text(spelled, column, context),
        (Some(_), Some(_)) => Err(format!(
            "has several values that mean `{}`, and none is said to be the one to write",
            shown(&meant)
        )),
        (None, _) => Err(format!(
            "has no value that means `{}`: add it to `values`",
            shown(&meant)
        )),
    }
}

/// The id of a record as the value of a key column; `None` where no row can have it.
pub(super) fn key(id: &str, column: &Column, context: Context<'_>) -> Option<Arg> {
    match column.class {
        Class::Int => match id.parse() {
            Ok(number) => Some(Arg::Int(number)),
            #[cfg(feature = "sql-sqlite")]
            Err(_) if context.dialect == Dialect::Sqlite => Some(Arg::Text(id.to_owned())),
            Err(_) => None,
        },
        Class::Decimal => exact(id).map(Arg::Decimal),
        Class::Other if &*column.type_name == "pg_catalog.uuid" && !is_uuid(id) => None,
        _ => text(id, column, context).ok(),
    }
}

fn is_uuid(text: &str) -> bool {
    sync_core::OpId::parse(text).is_some()
}

fn text(text: &str, column: &Column, context: Context<'_>) -> Result<Arg, Problem> {
    let too_long = |length: u64, most: u64, what: &str| {
        Err(format!(
            "is too short: the text has {length} {what}, and {most} fit"
        ))
    };
    if let Some(most) = column.max_chars {
        let length = text.chars().count() as u64;
        if length > most {
            return too_long(length, most, "characters");
        }
    }
    if let Some(most) = column.max_bytes
        && text.len() as u64 > most
    {
        return too_long(text.len() as u64, most, "bytes");
    }
    match context.dialect {
        #[cfg(feature = "sql-postgres")]
        Dialect::Postgres if !column.is_plain_text() => {
            Ok(Arg::Typed(text.to_owned(), column.type_name.clone()))
        }
        #[cfg(feature = "sql-sqlite")]
        Dialect::Sqlite
            if matches!(column.class, Class::Int | Class::Decimal | Class::Float)
                && exact(text.trim()).is_none() =>
        {
            Err(format!("takes numbers, and `{}` is none", shown(text)))
        }
        _ => Ok(Arg::Text(text.to_owned())),
    }
}

fn int(number: i64, column: &Column) -> Result<Arg, Problem> {
    match column.range {
        Some((least, most)) if number < least || number > most => Err(format!(
            "takes numbers from {least} to {most}, and {number} is not among them"
        )),
        _ => Ok(Arg::Int(number)),
    }
}

fn plain(value: &Value, column: &Column, context: Context<'_>) -> Result<Arg, Problem> {
    let takes_no = |what: &str| Err(format!("takes no {what}"));
    match value {
        Value::Null => Ok(Arg::Null),
        Value::Bool(b) => match column.class {
            Class::Bool => Ok(Arg::Bool(*b)),
            Class::Text | Class::Other => text(if *b { "1" } else { "0" }, column, context),
            Class::Date | Class::Time | Class::Moment => takes_no("yes or no"),
            _ => Ok(Arg::Int(i64::from(*b))),
        },
        Value::Int(number) => match column.class {
            Class::Bool => Ok(Arg::Bool(*number != 0)),
            Class::Text | Class::Other => text(&number.to_string(), column, context),
            Class::Date | Class::Time | Class::Moment => takes_no("numbers"),
            Class::Decimal => Ok(Arg::Decimal(Decimal::from(*number))),
            _ => int(*number, column),
        },
        Value::Decimal(number) => match column.class {
            Class::Int => match i64::try_from(*number) {
                Ok(whole) if number.fract().is_zero() => int(whole, column),
                _ => Err(format!(
                    "takes whole numbers, and {} is none",
                    number.normalize()
                )),
            },
            Class::Text | Class::Other => text(&number.to_string(), column, context),
            Class::Bool | Class::Date | Class::Time | Class::Moment => takes_no("numbers"),
            Class::Decimal | Class::Float | Class::Any => match column.scale {
                Some(scale) if number.normalize().scale() > scale => Err(format!(
                    "keeps {scale} digits behind the point, and {} has more",
                    number.normalize()
                )),
                _ => Ok(Arg::Decimal(*number)),
            },
        },
        Value::Text(found) => text(found, column, context),
        Value::Date(day) => match column.class {
            Class::Date => Ok(Arg::Date(day.to_string())),
            Class::Time => Ok(Arg::Time(format!("{day} 00:00:00"))),
            Class::Moment => match day.start_in(context.zone) {
                Ok(at) => Ok(stamp(at, column, context)),
                Err(error) => Err(format!("does not take the date: {error}")),
            },
            Class::Text | Class::Any => text(&day.to_string(), column, context),
            _ => takes_no("dates"),
        },
        Value::Timestamp(at) => match column.class {
            Class::Date => Ok(Arg::Date(at.date_in(context.zone).to_string())),
            Class::Time | Class::Moment => Ok(stamp(*at, column, context)),
            Class::Int => int(at.as_micros().div_euclid(1_000_000), column),
            Class::Text | Class::Any => text(&civil(*at, context.zone), column, context),
            _ => takes_no("times"),
        },
        Value::Ref(reference) => key(reference.id.as_str(), column, context)
            .ok_or_else(|| format!("takes other keys than `{}`", shown(reference.id.as_str()))),
        other => Err(format!("cannot hold {}", other.type_name())),
    }
}

/// A moment as a column of times takes it.
pub(super) fn stamp(at: Timestamp, column: &Column, context: Context<'_>) -> Arg {
    // Without this the database would round, and half a second would become the next second.
    let at = if column.fraction {
        at
    } else {
        Timestamp::from_seconds(at.as_micros().div_euclid(1_000_000))
    };
    match column.class {
        Class::Moment => match context.dialect {
            #[cfg(feature = "sql-postgres")]
            Dialect::Postgres => Arg::Moment(at.to_string()),
            #[cfg(any(feature = "sql-sqlite", feature = "sql-mysql"))]
            _ => Arg::Time(civil(at, &TimeZone::UTC)),
        },
        _ => Arg::Time(civil(at, context.zone)),
    }
}
