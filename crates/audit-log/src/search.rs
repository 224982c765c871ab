//! Entries page by page, the newest first.
//!
//! A page starts behind the last entry of the page before, so page 10,000 costs what the first one
//! costs. What no index serves is looked for slice by slice back in time, and a page gives up after
//! a bounded number of entries: it is then short, and the next one goes on where it gave up.

mod checks;
mod drive;
#[cfg(test)]
mod plans;
mod walk;

use api_core::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::db::Db;
use crate::entry::Bodies;
use crate::error::Error;
use crate::filter::{Filter, check_text};
use crate::level::Level;
use crate::log::AuditLog;
use crate::page::{self, Cursor, Key, Page};
use crate::record::{self, Stored};

pub(crate) use checks::{holds_text, rest};
pub(crate) use drive::{Names, names};

/// A page of entries, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entries {
    /// The entries.
    pub entries: Vec<Stored>,
    /// Where the next page begins; `None` when there are no more.
    pub next: Option<Cursor>,
    /// How far back the search came when it stopped before the page was full: the next page goes
    /// on there, even when this one is empty.
    pub searched_back_to: Option<Timestamp>,
}

/// How a person names an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryRef {
    /// By its number in the log.
    Number(i64),
    /// By its id.
    Id(Uuid),
    /// By the beginning of its id: hexadecimal digits, dashes allowed.
    Prefix(String),
}

impl std::str::FromStr for EntryRef {
    type Err = Error;

    /// Reads a number, an id, or the beginning of one; digits alone are a number.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Ok(number) = text.parse::<i64>()
            && number > 0
        {
            return Ok(Self::Number(number));
        }
        if let Ok(id) = text.parse::<Uuid>() {
            return Ok(Self::Id(id));
        }
        prefix_range(text)?;
        Ok(Self::Prefix(text.to_owned()))
    }
}

/// The least and the greatest id that begin so.
fn prefix_range(text: &str) -> Result<([u8; 16], [u8; 16]), Error> {
    let wrong = || {
        let begin: String = text.chars().take(40).collect();
        Error::Invalid(format!(
            "`{begin}` is no entry: give its number, its id, or at least the first 4 digits of \
             the id"
        ))
    };
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| *c != '-')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()
        .ok_or_else(wrong)?;
    if !(4..=32).contains(&digits.len()) {
        return Err(wrong());
    }
    let filled = |with: u8| {
        let mut id = [0; 16];
        for (at, byte) in id.iter_mut().enumerate() {
            let digit = |n: usize| digits.get(n).copied().unwrap_or(with);
            *byte = digit(at * 2) << 4 | digit(at * 2 + 1);
        }
        id
    };
    Ok((filled(0), filled(15)))
}

impl AuditLog {
    /// Searches for entries, the newest first.
    ///
    /// # Errors
    /// [`Error::TextNeedsWindow`] for a text without `since`, run, record or connection,
    /// [`Error::Invalid`] for a filter or page that makes no sense, or the database's failure.
    pub async fn search(&self, filter: &Filter, page: &Page) -> Result<Entries, Error> {
        search(&self.shared().db, filter, page).await
    }

    /// Whether an entry ever had this name of a system, connection, flow or kind of record.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is too long, or the database's failure.
    pub async fn knows(&self, name: &str) -> Result<bool, Error> {
        check_text("name", Some(name))?;
        let sql = "SELECT id FROM audit_name WHERE name = ?";
        let rows = self.shared().db.read(sql, &[name.into()]).await?;
        Ok(!rows.is_empty())
    }

    /// Returns the newest errors.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub async fn recent_errors(&self, limit: usize) -> Result<Vec<Stored>, Error> {
        let filter = Filter::new().level(Level::Error);
        let page = Page::first(limit);
        Ok(self.search(&filter, &page).await?.entries)
    }

    /// Returns the entries of one run, the newest first.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub async fn run(&self, run: Uuid, page: &Page) -> Result<Entries, Error> {
        self.search(&Filter::new().run(run), page).await
    }

    /// Returns the history of one record, by its id in the source or in the target, the newest
    /// first.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub async fn record(&self, entity: &str, id: &str, page: &Page) -> Result<Entries, Error> {
        let filter = Filter::new().entity(entity).record(id);
        self.search(&filter, page).await
    }

    /// Returns one entry with its request and response, as far as they are (still) kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] when more than one entry begins as the given id does, or the database's
    /// failure.
    pub async fn entry(&self, which: &EntryRef) -> Result<Option<(Stored, Option<Bodies>)>, Error> {
        entry(&self.shared().db, which).await
    }
}

pub(crate) async fn search(db: &Db, filter: &Filter, page: &Page) -> Result<Entries, Error> {
    filter.check()?;
    page::check_limit(page.limit)?;
    let Some(names) = names(db, filter).await? else {
        return Ok(Entries {
            entries: Vec::new(),
            next: None,
            searched_back_to: None,
        });
    };
    let drives = drive::choose(db, filter, &names).await?;
    let walk = walk::Walk {
        db,
        filter,
        rest: rest(db, filter, &names),
        floor: filter.since.map(Timestamp::as_micros),
        want: page.limit + 1,
    };
    let mut start = page.start();
    if let Some(until) = filter.until {
        start = start.min(Key::before(until.as_micros()));
    }
    let mut found = Vec::new();
    // Down to here every drive has told all it has; `None` is the beginning of the log.
    let mut frontier: Option<Key> = None;
    let share = (page.work / u64::try_from(drives.len()).unwrap_or(1).max(1)).max(1);
    for drive in &drives {
        let part = walk.down(drive, start, share).await?;
        found.extend(part.entries);
        frontier = frontier.max(part.frontier);
    }
    Ok(merge(found, frontier, page.limit))
}

fn key(entry: &Stored) -> Key {
    Key {
        ts: entry.ts,
        id: entry.number,
    }
}

/// Puts together what several drives found: in order, each entry once, nothing beyond the frontier.
fn merge(mut found: Vec<Stored>, frontier: Option<Key>, limit: usize) -> Entries {
    found.sort_by_key(|entry| std::cmp::Reverse(key(entry)));
    found.dedup_by_key(|entry| entry.number);
    found.retain(|entry| frontier.is_none_or(|frontier| key(entry) >= frontier));
    if found.len() > limit {
        found.truncate(limit);
        return Entries {
            next: found.last().map(|entry| Cursor(key(entry))),
            entries: found,
            searched_back_to: None,
        };
    }
    Entries {
        entries: found,
        next: frontier.map(Cursor),
        searched_back_to: frontier.map(|key| Timestamp::from_micros(key.ts)),
    }
}

async fn entry(db: &Db, which: &EntryRef) -> Result<Option<(Stored, Option<Bodies>)>, Error> {
    let (condition, values) = match which {
        EntryRef::Number(number) => ("e.id = ?", vec![(*number).into()]),
        EntryRef::Id(id) => ("e.uid = ?", vec![(*id).into()]),
        EntryRef::Prefix(text) => {
            check_text("id", Some(text))?;
            let (first, last) = prefix_range(text)?;
            (
                "e.uid >= ? AND e.uid <= ?",
                vec![first.as_slice().into(), last.as_slice().into()],
            )
        }
    };
    let sql = format!(
        "SELECT {} FROM audit_event AS e WHERE {condition} LIMIT 2",
        record::COLUMNS
    );
    let rows = db.read(&sql, &values).await?;
    let row = match rows.as_slice() {
        [] => return Ok(None),
        [row] => row,
        _ => {
            return Err(Error::Invalid(
                "more than one entry begins with this id; give more of its digits".to_owned(),
            ));
        }
    };
    let mut stored = Stored::read(row)?;
    let bodies = stored.or_damaged(bodies(db, stored.number).await)?;
    Ok(Some((stored, bodies)))
}

/// Request and response of an entry, if they are (still) kept.
pub(crate) async fn bodies(db: &Db, number: i64) -> Result<Option<Bodies>, Error> {
    let rows = db
        .read(
            "SELECT codec, content FROM audit_body WHERE event = ?",
            &[number.into()],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    crate::content::unpack(row.int(0)?, row.blob(1)?).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_named_by_number_id_or_the_beginning_of_the_id() {
        let id = Uuid::now_v7();
        assert_eq!("17".parse(), Ok(EntryRef::Number(17)));
        assert_eq!(id.to_string().parse(), Ok(EntryRef::Id(id)));
        let begin = "0193-4abc-d".to_owned();
        assert_eq!(begin.parse(), Ok(EntryRef::Prefix(begin)));
        for wrong in ["", "abc", "xyz12", "-", "-17", "0", &"a".repeat(33), "é123"] {
            assert!(wrong.parse::<EntryRef>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_prefix_spans_the_ids_that_begin_with_it() {
        let (first, last) = prefix_range("0193-4").unwrap();
        assert_eq!(first[..4], [0x01, 0x93, 0x40, 0x00]);
        assert_eq!(last[..4], [0x01, 0x93, 0x4f, 0xff]);
    }
}
