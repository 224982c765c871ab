//! Down one index, slice by slice.

use crate::db::{Db, Value};
use crate::error::Error;
use crate::filter::Filter;
use crate::page::Key;
use crate::record::{self, Stored};

use super::checks::{Rest, holds_text};
use super::drive::Drive;

/// The first slice is this part of the work of a page; each next one is four times as long.
const FIRST_SLICE: u64 = 50;

/// A search on its way.
pub(super) struct Walk<'a> {
    pub(super) db: &'a Db,
    pub(super) filter: &'a Filter,
    pub(super) rest: Rest,
    /// No entry before this time.
    pub(super) floor: Option<i64>,
    /// How many entries are enough.
    pub(super) want: usize,
}

/// What one drive gave.
pub(super) struct Part {
    pub(super) entries: Vec<Stored>,
    /// All that fits at this key or later is in `entries`; `None` when there is nothing more.
    pub(super) frontier: Option<Key>,
}

impl Walk<'_> {
    /// Collects what fits below `start`, until there is enough or `work` entries were looked at.
    pub(super) async fn down(&self, drive: &Drive, start: Key, work: u64) -> Result<Part, Error> {
        let (checks, _) = self.rest.beyond(Some(drive));
        let mut part = Part {
            entries: Vec::new(),
            frontier: Some(start),
        };
        if checks.is_empty() {
            part.frontier = self.slice(drive, start, None, &mut part.entries).await?;
            return Ok(part);
        }
        let (mut at, mut slice, mut left) = (start, work / FIRST_SLICE + 1, work);
        while left > 0 {
            let size = slice.min(left);
            left -= size;
            slice = slice.saturating_mul(4);
            let end = self.end_of_slice(drive, at, size).await?;
            part.frontier = self.slice(drive, at, end, &mut part.entries).await?;
            match (part.frontier, end) {
                // Full before the slice ended.
                (Some(_), _) => return Ok(part),
                (None, None) => return Ok(part),
                (None, Some(end)) => {
                    part.frontier = Some(end);
                    at = end;
                }
            }
        }
        Ok(part)
    }

    /// The key of the last entry of a slice; `None` when fewer are left.
    async fn end_of_slice(&self, drive: &Drive, at: Key, size: u64) -> Result<Option<Key>, Error> {
        let (sql, values) = self.end_statement(drive, at, size);
        let rows = self.db.read(&sql, &values).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Key {
            ts: row.int(0)?,
            id: row.int(1)?,
        }))
    }

    /// Collects what fits between two keys. Returns where it stopped when there is enough.
    async fn slice(
        &self,
        drive: &Drive,
        start: Key,
        end: Option<Key>,
        entries: &mut Vec<Stored>,
    ) -> Result<Option<Key>, Error> {
        // A text may turn out not to be there after all; not one query for each such entry.
        let least = if self.filter.text.is_some() { 50 } else { 1 };
        let mut at = start;
        loop {
            let missing = self.want.saturating_sub(entries.len()).max(least);
            let (sql, values) = self.page_statement(drive, at, end, missing);
            let rows = self.db.read(&sql, &values).await?;
            let full = rows.len() >= missing;
            for row in &rows {
                let entry = Stored::read(row)?;
                at = super::key(&entry);
                let text = self.filter.text.as_deref();
                if text.is_none_or(|text| holds_text(&entry, text)) {
                    entries.push(entry);
                }
            }
            if !full {
                return Ok(None);
            }
            if entries.len() >= self.want {
                return Ok(Some(at));
            }
        }
    }

    /// Finds the last entry of a slice, from the index alone.
    pub(super) fn end_statement(&self, drive: &Drive, at: Key, size: u64) -> (String, Vec<Value>) {
        let (window, mut values) = self.window(drive, at, None);
        let sql = format!(
            "SELECT e.ts, e.id FROM audit_event AS e {} WHERE {window} \
             ORDER BY e.ts DESC, e.id DESC LIMIT 1 OFFSET ?",
            self.hint(drive),
        );
        values.push(
            i64::try_from(size.saturating_sub(1))
                .unwrap_or(i64::MAX)
                .into(),
        );
        (sql, values)
    }

    /// Reads the entries that fit in a slice.
    pub(super) fn page_statement(
        &self,
        drive: &Drive,
        at: Key,
        end: Option<Key>,
        limit: usize,
    ) -> (String, Vec<Value>) {
        let (checks, checked) = self.rest.beyond(Some(drive));
        let (window, mut values) = self.window(drive, at, end);
        values.extend(checked);
        let sql = format!(
            "SELECT {} FROM audit_event AS e {} WHERE {window}{checks} \
             ORDER BY e.ts DESC, e.id DESC LIMIT {limit}",
            record::COLUMNS,
            self.hint(drive),
        );
        (sql, values)
    }

    /// The conditions on index and time, and their values.
    fn window(&self, drive: &Drive, start: Key, end: Option<Key>) -> (String, Vec<Value>) {
        let mut sql = drive.condition.to_owned();
        let mut values = drive.values.clone();
        if start != Key::NEWEST {
            sql.push_str(" AND (e.ts, e.id) < (?, ?)");
            values.extend([start.ts.into(), start.id.into()]);
        }
        match (end, self.floor) {
            (Some(end), _) => {
                sql.push_str(" AND (e.ts, e.id) >= (?, ?)");
                values.extend([end.ts.into(), end.id.into()]);
            }
            (None, Some(floor)) => {
                sql.push_str(" AND e.ts >= ?");
                values.push(floor.into());
            }
            (None, None) => {}
        }
        (sql, values)
    }

    /// SQLite is told which index, since without statistics it may take another one.
    fn hint(&self, drive: &Drive) -> String {
        self.db
            .pick(format!("INDEXED BY {}", drive.index), String::new())
    }
}
