//! Where a listing goes on, and how the rows that changed are found.
//!
//! Without a modified column, and the first time with one, all rows are read by key. From then on
//! rows are read in the order of their stamps, from the last one on and some time before it: the
//! stamps of a transaction are older than its commit.

use std::time::Duration;

use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use jiff::tz::TimeZone;
use sync_core::{Cursor, Value};

use super::convert::{self, Context};
use super::model::Kind;
use super::schema::{Class, Column};
use crate::sql::db::Arg;
use crate::sql::row::Cell;

/// A value in a cursor, with the type that the database gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    Int(i64),
    Text(String),
}

impl Mark {
    pub(super) fn of(cell: Option<&Cell>) -> Option<Self> {
        match cell {
            Some(Cell::Int(number)) => Some(Mark::Int(*number)),
            Some(Cell::Text(text)) => Some(Mark::Text(text.clone())),
            _ => None,
        }
    }

    /// As a value for the column it came from.
    pub(super) fn arg(&self, column: &Column) -> Arg {
        match self {
            Mark::Int(number) if column.class == Class::Bool => Arg::Bool(*number != 0),
            Mark::Int(number) => Arg::Int(*number),
            Mark::Text(text) if column.is_plain_text() => Arg::Text(text.clone()),
            Mark::Text(text) => Arg::Typed(text.clone(), column.type_name.clone()),
        }
    }

    fn spell(&self) -> String {
        match self {
            Mark::Int(number) => format!("i{number}"),
            Mark::Text(text) => format!("t{}", text.replace('%', "%25").replace('|', "%7C")),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text.split_at_checked(1)? {
            ("i", number) => number.parse().ok().map(Mark::Int),
            ("t", text) => Some(Mark::Text(text.replace("%7C", "|").replace("%25", "%"))),
            _ => None,
        }
    }
}

/// A place in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// All rows by key, after this one; then changes since the mark, where there is one.
    All {
        after: Option<Mark>,
        since: Option<Mark>,
    },
    /// The start of a listing of changes since a stamp.
    Since(Mark),
    /// In the middle of one: after this stamp and key; it ends with this stamp at least.
    Changed { since: Mark, stamp: Mark, key: Mark },
}

impl Place {
    pub(super) fn read(cursor: Option<&Cursor>, operation: &'static str) -> Result<Self, Error> {
        let Some(cursor) = cursor else {
            return Ok(Place::All {
                after: None,
                since: None,
            });
        };
        let parts: Vec<&str> = cursor.as_str().split('|').collect();
        let place = match parts.as_slice() {
            ["a", after] => Mark::parse(after).map(|after| Place::All {
                after: Some(after),
                since: None,
            }),
            ["a", after, since] => match (Mark::parse(after), Mark::parse(since)) {
                (Some(after), Some(since)) => Some(Place::All {
                    after: Some(after),
                    since: Some(since),
                }),
                _ => None,
            },
            ["s", since] => Mark::parse(since).map(Place::Since),
            ["c", since, stamp, key] => {
                match (Mark::parse(since), Mark::parse(stamp), Mark::parse(key)) {
                    (Some(since), Some(stamp), Some(key)) => {
                        Some(Place::Changed { since, stamp, key })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        place.ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                "The cursor is none of this connection's.",
            )
            .operation(operation)
            .outcome(SendOutcome::NotSent)
        })
    }

    pub(super) fn cursor(&self) -> Option<Cursor> {
        Some(Cursor::new(match self {
            Place::All { after: None, .. } => return None,
            Place::All {
                after: Some(after),
                since: None,
            } => format!("a|{}", after.spell()),
            Place::All {
                after: Some(after),
                since: Some(since),
            } => format!("a|{}|{}", after.spell(), since.spell()),
            Place::Since(since) => format!("s|{}", since.spell()),
            Place::Changed { since, stamp, key } => {
                format!("c|{}|{}|{}", since.spell(), stamp.spell(), key.spell())
            }
        }))
    }
}

/// A stamp moved back by `by`; as it is where it cannot be read.
pub(super) fn earlier(mark: &Mark, column: &Column, by: Duration, context: Context<'_>) -> Mark {
    match mark {
        Mark::Int(number) => {
            let by = i64::try_from(by.as_secs()).unwrap_or(0);
            Mark::Int(number.saturating_sub(by.saturating_mul(unit(*number))))
        }
        Mark::Text(text) => {
            // The zone does not matter: the time is moved and spelled in the same one.
            let utc = Context {
                zone: &TimeZone::UTC,
                ..context
            };
            match moment(text, column, utc) {
                Some(at) => spell(text, at.saturating_sub(by)),
                None => mark.clone(),
            }
        }
    }
}

/// The earlier of a stamp and the present: a row that is dated to the future must not hide what
/// changes until then.
pub(super) fn not_after_now(mark: Mark, column: &Column, context: Context<'_>) -> Mark {
    let now = Timestamp::now();
    let text = match &mark {
        Mark::Int(number) => {
            let seconds = now.as_micros().div_euclid(1_000_000);
            return Mark::Int((*number).min(seconds.saturating_mul(unit(*number))));
        }
        Mark::Text(text) => text,
    };
    if moment(text, column, context).is_none_or(|at| at <= now) {
        return mark;
    }
    let zone = match column.class {
        Class::Moment => &TimeZone::UTC,
        _ => context.zone,
    };
    // The local time, taken for one in UTC to be spelled.
    match Timestamp::from_civil(&convert::civil(now, zone), &TimeZone::UTC) {
        Ok(local) => spell(text, local),
        Err(_) => mark,
    }
}

/// The later of two stamps of the same column.
pub(super) fn later(one: Mark, other: Mark) -> Mark {
    let is_later = match (&one, &other) {
        (Mark::Int(one), Mark::Int(other)) => other > one,
        (Mark::Text(one), Mark::Text(other)) => other > one,
        _ => true,
    };
    if is_later { other } else { one }
}

/// How many units of an epoch a second has.
fn unit(number: i64) -> i64 {
    match number.unsigned_abs() {
        0..100_000_000_000 => 1,
        100_000_000_000..100_000_000_000_000 => 1_000,
        _ => 1_000_000,
    }
}

fn moment(text: &str, column: &Column, context: Context<'_>) -> Option<Timestamp> {
    let cell = Cell::Text(text.to_owned());
    match convert::read(&cell, column, &"".into(), Kind::Timestamp, context) {
        Ok(Value::Timestamp(at)) => Some(at),
        _ => None,
    }
}

/// Spells a moment (in UTC) as `like` is spelled.
fn spell(like: &str, at: Timestamp) -> Mark {
    if like.ends_with('Z') {
        return Mark::Text(at.to_string());
    }
    let civil = convert::civil(at, &TimeZone::UTC);
    let text = match like.len() {
        10 => civil.chars().take(10).collect(),
        _ if like.as_bytes().get(10) == Some(&b'T') => civil.replacen(' ', "T", 1),
        _ => civil,
    };
    Mark::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_back_the_place_it_was_made_of() {
        let text = |text: &str| Mark::Text(text.to_owned());
        for place in [
            Place::All {
                after: Some(Mark::Int(-5)),
                since: None,
            },
            Place::All {
                after: Some(text("a|b%7Cc")),
                since: Some(text("2026-01-01 00:00:00")),
            },
            Place::Since(Mark::Int(1_700_000_000)),
            Place::Changed {
                since: text("x"),
                stamp: text("é|"),
                key: text(""),
            },
        ] {
            let cursor = place.cursor().unwrap();
            assert_eq!(Place::read(Some(&cursor), "test").unwrap(), place);
        }
        for bad in ["", "x|1", "a", "a|", "a|9", "s|i", "c|i1|i2", "s|\u{e9}"] {
            assert!(
                Place::read(Some(&Cursor::new(bad)), "test").is_err(),
                "{bad}"
            );
        }
    }
}
