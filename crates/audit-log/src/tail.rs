//! Entries as they arrive.

use serde::Serialize;

use crate::db::Db;
use crate::error::Error;
use crate::filter::Filter;
use crate::log::AuditLog;
use crate::page::check_limit;
use crate::record::{self, Stored};
use crate::search::{holds_text, names, rest};

/// How many numbers one query looks at.
const SLICE: i64 = 5_000;

/// How many numbers one call looks at.
const WORK: i64 = 50_000;

/// Entries that arrived after a certain one, in the order of arrival.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Arrived {
    /// The entries, the earliest first.
    pub entries: Vec<Stored>,
    /// The number up to which the log was looked through: the next call begins after it.
    pub up_to: i64,
    /// Whether that was all there is at the moment.
    pub caught_up: bool,
}

impl AuditLog {
    /// Returns the number of the entry that arrived last, 0 in an empty log.
    ///
    /// # Errors
    /// The database's failure.
    pub async fn last_number(&self) -> Result<i64, Error> {
        last_number(&self.shared().db).await
    }

    /// Returns what arrived after the entry of a number, in the order of arrival.
    ///
    /// To follow the log, begin at [`last_number`](Self::last_number), and begin each next call at
    /// [`Arrived::up_to`]. A call looks at a bounded number of entries.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter or limit that makes no sense, or the database's failure.
    pub async fn tail(&self, after: i64, filter: &Filter, limit: usize) -> Result<Arrived, Error> {
        tail(&self.shared().db, after, filter, limit).await
    }
}

async fn last_number(db: &Db) -> Result<i64, Error> {
    // Not the greatest id: what was removed for its age keeps its number.
    let rows = db
        .read(
            "SELECT CAST(COALESCE(SUM(last_seq), 0) AS BIGINT) FROM audit_writer",
            &[],
        )
        .await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

async fn tail(db: &Db, after: i64, filter: &Filter, limit: usize) -> Result<Arrived, Error> {
    match filter.check() {
        // What is yet to arrive is little, so a text may be looked for in all of it.
        Ok(()) | Err(Error::TextNeedsWindow) => {}
        Err(error) => return Err(error),
    }
    check_limit(limit)?;
    // First the end, then the names: an entry up to the end has names that are there by now.
    let last = last_number(db).await?;
    let mut arrived = Arrived {
        entries: Vec::new(),
        up_to: after,
        caught_up: true,
    };
    let after = after.max(0);
    if after >= last {
        return Ok(arrived);
    }
    let Some(names) = names(db, filter).await? else {
        arrived.up_to = last;
        return Ok(arrived);
    };
    let (mut checks, mut checked) = rest(db, filter, &names).beyond(None);
    if let Some(since) = filter.since {
        checks.push_str(" AND e.ts >= ?");
        checked.push(since.as_micros().into());
    }
    if let Some(until) = filter.until {
        checks.push_str(" AND e.ts < ?");
        checked.push(until.as_micros().into());
    }
    let stop = last.min(after.saturating_add(WORK));
    let mut at = after;
    while at < stop && arrived.entries.len() < limit {
        let end = stop.min(at.saturating_add(SLICE));
        let missing = limit - arrived.entries.len();
        let sql = format!(
            "SELECT {} FROM audit_event AS e WHERE e.id > ? AND e.id <= ?{checks} \
             ORDER BY e.id LIMIT {missing}",
            record::COLUMNS
        );
        let mut values = vec![at.into(), end.into()];
        values.extend(checked.iter().cloned());
        let rows = db.read(&sql, &values).await?;
        at = end;
        for row in &rows {
            let entry = Stored::read(row)?;
            if rows.len() == missing {
                at = entry.number;
            }
            let text = filter.text.as_deref();
            if text.is_none_or(|text| holds_text(&entry, text)) {
                arrived.entries.push(entry);
            }
        }
    }
    arrived.up_to = at;
    arrived.caught_up = at >= last;
    Ok(arrived)
}
