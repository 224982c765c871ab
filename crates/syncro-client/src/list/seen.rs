//! What is known of the rows that were read.

use std::collections::HashSet;

use api_core::Json;

use crate::envelope;

/// What is known of the rows that were read.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// All rows that were given.
    given: HashSet<String>,
    /// Those of this pass.
    known: HashSet<String>,
    /// The page that was read last, in the list's own order.
    tail: Vec<String>,
    /// The place of its first row, from 0.
    tail_start: u64,
    /// The first page that came.
    front: Vec<String>,
}

impl Seen {
    /// Notes the rows of a page that begins at a place, and gives those that are
    /// new.
    pub(crate) fn sift(&mut self, rows: Vec<Json>, keys: &[String], start: u64) -> Vec<Json> {
        if self.front.is_empty() {
            self.front = keys.to_vec();
        }
        if !keys.is_empty() {
            self.tail = keys.to_vec();
            self.tail_start = start;
        }
        self.known.extend(keys.iter().cloned());
        rows.into_iter()
            .zip(keys)
            .filter(|(_, key)| self.given.insert((*key).clone()))
            .map(|(row, _)| row)
            .collect()
    }

    /// Begins to read again from the front.
    pub(crate) fn begin_pass(&mut self) {
        self.known.clear();
        self.tail.clear();
        self.front.clear();
    }

    /// How many rows were given.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.given.len()).unwrap_or(u64::MAX)
    }

    /// Whether these rows are the very first page again.
    pub(crate) fn is_front(&self, keys: &[String]) -> bool {
        !keys.is_empty() && self.front == keys
    }

    /// Whether a row was read in this pass.
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.known.contains(key)
    }

    /// By how many places the rows of the page that was read last have moved on,
    /// as a window shows that begins at `start`; the most of any. `None` when it
    /// shows none of them.
    pub(crate) fn moved_on(&self, keys: &[String], start: u64) -> Option<i64> {
        let places = (start..).zip(keys);
        places
            .filter_map(|(now, key)| {
                let at = self.tail.iter().position(|known| known == key)?;
                let before = self.tail_start.checked_add(u64::try_from(at).ok()?)?;
                let (now, before) = (i64::try_from(now).ok()?, i64::try_from(before).ok()?);
                Some(now - before)
            })
            .max()
    }

    /// Whether a window touches what was read: it shows the row that was read
    /// last, or begins with one of the page it stood in. While stepping back it
    /// may begin with any row that was read.
    ///
    /// A known row further on proves nothing: it may have moved there.
    pub(crate) fn touches(&self, keys: &[String], stepping_back: bool) -> bool {
        let first = keys.first().is_some_and(|first| {
            self.tail.contains(first) || (stepping_back && self.known.contains(first))
        });
        first || self.tail.last().is_some_and(|last| keys.contains(last))
    }
}

/// What rows are known by: their ids, else their texts.
pub(crate) fn keys(rows: &[Json]) -> Vec<String> {
    let key = |row: &Json| envelope::id_of(row).unwrap_or_else(|| format!("row {row}"));
    rows.iter().map(key).collect()
}
