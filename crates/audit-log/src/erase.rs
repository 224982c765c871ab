//! Removing requests and responses ahead of time, as somebody's right to erasure asks.
//!
//! The entries stay, with the hashes of what was removed: so the chain still
//! verifies, and the log still tells that something was exchanged, but no
//! longer what.

mod find;

use api_core::Timestamp;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::db::{Tx, Value};
use crate::entry::Entry;
use crate::error::Error;
use crate::event::EventName;
use crate::level::Level;
use crate::log::AuditLog;
use crate::prune::{delete, list, own, tidy};
use crate::verify::detail;

/// How many bodies one `log.erase` entry names.
const CHUNK: usize = 500;

/// Whose requests and responses are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Erase {
    /// Those of one record: of the entries about it, and of exchanges in the
    /// same runs that name its id.
    Record {
        /// The kind of record.
        entity: String,
        /// Its id, in the source or in the target.
        id: String,
    },
    /// All those of one run.
    Run(Uuid),
    /// That of one entry, by its id.
    Entry(Uuid),
}

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Erased {
    /// How many requests and responses are gone.
    pub bodies: u64,
}

impl AuditLog {
    /// Removes requests and responses for good; the entries themselves stay.
    ///
    /// A `log.erase` entry says who did it, why they are not there, and which
    /// entries they belonged to. Erasing what is gone already is no error.
    ///
    /// In a SQLite file the bytes are overwritten; in PostgreSQL they are gone
    /// for good once the server has cleaned the table up (`VACUUM`). Backups
    /// keep what they have.
    ///
    /// # Errors
    ///
    /// If the log cannot be read or written; what is committed stays removed.
    pub async fn erase(&self, what: &Erase, actor: &str) -> Result<Erased, Error> {
        let numbers = find::bodies(self, what).await?;
        let mut erased = Erased::default();
        for chunk in numbers.chunks(CHUNK) {
            erased.bodies += self.erase_chunk(what, actor, chunk).await?;
        }
        if erased.bodies > 0 {
            tidy(&self.shared().db).await?;
        }
        Ok(erased)
    }

    async fn erase_chunk(&self, what: &Erase, actor: &str, numbers: &[i64]) -> Result<u64, Error> {
        let mut tx = self.shared().db.begin().await?;
        let there = existing(&mut tx, numbers).await?;
        let Some(newest) = there.iter().map(|(_, ts)| *ts).max() else {
            return Ok(0);
        };
        let numbers: Vec<i64> = there.iter().map(|(number, _)| *number).collect();
        let gone = delete(&mut tx, "DELETE FROM audit_body WHERE event IN", &numbers).await?;
        // Never older than what it explains: pruning keeps it for as long as that is needed.
        let at = self
            .shared()
            .settings
            .clock
            .now()
            .max(Timestamp::from_micros(newest));
        let things = if gone == 1 {
            "1 request and response".to_owned()
        } else {
            format!("{gone} requests and responses")
        };
        let (whose, mut details) = match what {
            Erase::Record { .. } => ("a record", json!({ "of": "record" })),
            Erase::Run(_) => ("a run", json!({ "of": "run" })),
            Erase::Entry(id) => (
                "an entry",
                json!({ "of": "entry", "entry": id.to_string() }),
            ),
        };
        details[detail::ENTRIES] = numbers.into();
        let message = format!("Erased {things} of {whose}.");
        let mut entry = Entry::new(Level::Info, EventName::LogErase, message)
            .at(at)
            .actor(actor);
        match what {
            Erase::Record { entity, id } => entry = entry.entity(entity).record(id),
            Erase::Run(run) => entry = entry.run(*run),
            Erase::Entry(_) => {}
        }
        let (_, written) = own::append(self.shared(), &mut tx, entry, details.to_string()).await?;
        tx.commit().await?;
        self.shared().committed(&written);
        Ok(gone)
    }
}

/// Those of the entries that still have a body: numbers and times.
async fn existing(tx: &mut Tx, numbers: &[i64]) -> Result<Vec<(i64, i64)>, Error> {
    let sql = format!(
        "SELECT event, ts FROM audit_body WHERE event IN {} ORDER BY event",
        list(numbers.len())
    );
    let values: Vec<Value> = numbers.iter().copied().map(Value::Int).collect();
    let rows = tx.fetch(&sql, &values).await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.int(1)?)))
        .collect()
}
