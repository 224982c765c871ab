//! The end of each writer's chain, day by day, carried out of the database.
//!
//! Whoever may write the database could write a whole chain anew. A head that is kept elsewhere
//! does not match such a chain.

mod file;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use api_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chain::Hash;
use crate::db::{Db, Tx, Value};
use crate::error::Error;
use crate::schema::DAY;
use file::HeadsFile;

/// The end of a writer's chain at some time.
///
/// Serialises as one line of the heads file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Head {
    /// The UTC day that it is the end of, `YYYY-MM-DD`; none for the chain as it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The writer.
    pub writer: String,
    /// How many entries the writer has written.
    pub seq: i64,
    /// The hash of the last of them, in hexadecimal.
    pub hash: String,
    /// When that one was written.
    pub at: Timestamp,
}

/// What is known here of the heads.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    file: Option<HeadsFile>,
    /// The day whose beginning was dealt with.
    day: AtomicI64,
    /// How many heads are not in the file yet.
    waiting: AtomicU64,
    problem: Mutex<Option<Error>>,
}

/// The end of a chain as `audit_writer` has it.
#[derive(Debug, Clone)]
pub(crate) struct WriterRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) last_seq: i64,
    pub(crate) last_hash: Hash,
    pub(crate) last_ts: i64,
}

/// What [`Heads::begin_day`] stored, for [`Heads::committed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewDay {
    day: i64,
    heads: u64,
}

impl Heads {
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self {
            file: file.map(HeadsFile::new),
            day: AtomicI64::new(i64::MIN),
            ..Self::default()
        }
    }

    /// How many heads still have to get into the file; none where no file is set.
    pub(crate) fn waiting(&self) -> u64 {
        match self.file {
            Some(_) => self.waiting.load(Ordering::Relaxed),
            None => 0,
        }
    }

    /// Why the file could not be written the last time.
    pub(crate) fn problem(&self) -> Option<Error> {
        let problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        problem.clone()
    }

    /// Finds out what an earlier process left behind.
    pub(crate) async fn count(&self, db: &Db) -> Result<(), Error> {
        let rows = db
            .read(
                "SELECT COUNT(*) FROM audit_head WHERE exported_ts IS NULL",
                &[],
            )
            .await?;
        let waiting = rows.first().map_or(Ok(0), |row| row.int(0))?;
        self.waiting
            .store(u64::try_from(waiting).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    /// Keeps the ends of all chains that were written to before today, if today has just begun.
    pub(crate) async fn begin_day(
        &self,
        tx: &mut Tx,
        now: i64,
        writers: &[WriterRow],
    ) -> Result<Option<NewDay>, Error> {
        let today = now.div_euclid(DAY);
        // Also when a clock went back: the days that follow begin once more then.
        if today == self.day.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut heads = 0;
        for writer in writers {
            let day = writer.last_ts.div_euclid(DAY);
            if writer.last_seq == 0 || day >= today {
                continue;
            }
            heads += tx
                .execute(
                    "INSERT INTO audit_head (day, writer, seq, hash, ts) VALUES (?, ?, ?, ?, ?) \
                     ON CONFLICT (day, writer) DO NOTHING",
                    &[
                        Value::Int(day),
                        Value::Int(writer.id),
                        Value::Int(writer.last_seq),
                        Value::from(&writer.last_hash[..]),
                        Value::Int(writer.last_ts),
                    ],
                )
                .await?;
        }
        Ok(Some(NewDay { day: today, heads }))
    }

    /// Takes note that a new day is committed.
    pub(crate) fn committed(&self, new: NewDay) {
        self.day.store(new.day, Ordering::Relaxed);
        self.waiting.fetch_add(new.heads, Ordering::Relaxed);
    }

    /// Writes the heads that wait into the file. A file that cannot be written is tried again.
    pub(crate) async fn export(&self, db: &Db, now: i64) {
        let Some(file) = &self.file else { return };
        if self.waiting() == 0 || file.is_busy() {
            return;
        }
        let done = match export(db, file, now).await {
            Ok(()) => self.count(db).await,
            Err(e) => Err(e),
        };
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        *problem = done.err();
    }
}

/// The heads go into the file under the lock of the log, so that no two processes write them.
async fn export(db: &Db, file: &HeadsFile, now: i64) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    let rows = tx
        .fetch(
            "SELECT h.day, w.name, h.seq, h.hash, h.ts FROM audit_head h \
             JOIN audit_writer w ON w.id = h.writer WHERE h.exported_ts IS NULL \
             ORDER BY h.day, w.name",
            &[],
        )
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut lines = String::new();
    for row in &rows {
        // One that somebody damaged is named by verifying, and holds no other back.
        let Ok(hash) = row.hash(3) else { continue };
        let head = Head {
            day: Some(day_text(row.int(0)?)),
            writer: row.text(1)?.to_owned(),
            seq: row.int(2)?,
            hash: hex(&hash),
            at: Timestamp::from_micros(row.int(4)?),
        };
        let line = serde_json::to_string(&head)
            .map_err(|e| Error::Corrupt(format!("a head cannot be written: {e}")))?;
        lines.push_str(&line);
        lines.push('\n');
    }
    file.append(&lines).await?;
    tx.execute(
        "UPDATE audit_head SET exported_ts = ? WHERE exported_ts IS NULL",
        &[Value::Int(now)],
    )
    .await?;
    tx.commit().await
}

/// The current end of each writer's chain.
pub(crate) async fn current(db: &Db) -> Result<Vec<Head>, Error> {
    let rows = db
        .read(
            "SELECT name, last_seq, last_hash, last_ts FROM audit_writer ORDER BY name",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Head {
                day: None,
                writer: row.text(0)?.to_owned(),
                seq: row.int(1)?,
                hash: hex(&row.hash(2)?),
                at: Timestamp::from_micros(row.int(3)?),
            })
        })
        .collect()
}

/// The date of a day that is counted from 1970.
pub(crate) fn day_text(day: i64) -> String {
    Timestamp::from_micros(day.saturating_mul(DAY))
        .date_in(&jiff::tz::TimeZone::UTC)
        .to_string()
}

/// A hash as text.
pub(crate) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_dates() {
        assert_eq!(day_text(0), "1970-01-01");
        assert_eq!(day_text(20_779), "2026-11-22");
    }
}
