//! Entries under the minimum level: not kept, but counted.
//!
//! Statistics are to be right at every level. So that none is counted twice however often it
//! comes, the ids of those that were counted stay for a while.

use std::collections::HashSet;

use api_core::Timestamp;

use crate::db::{Arg, Db, Insert, Kind, Tx, Value};
use crate::entry::Entry;
use crate::error::Error;
use crate::mask::MaskOptions;
use crate::prepare::Prepared;

/// How many ids one query looks for.
const LOOK_UP: usize = 256;
/// How long the ids stay, in milliseconds: 30 days.
const KEPT: i64 = 30 * 24 * 60 * 60 * 1000;
/// Ids of long ago, as many as one transaction removes.
const OLD: &str = "SELECT uid FROM audit_counted WHERE uid < ? ORDER BY uid LIMIT 5000";

static COUNTED: Insert = Insert::new("audit_counted", &[("uid", Kind::Blob)], "");

impl Prepared {
    /// Makes of an entry ready what is needed to count it.
    pub(crate) fn counted(mut entry: Entry, options: &MaskOptions) -> Self {
        entry.message.clear();
        entry.details.clear();
        entry.bodies = None;
        for text in [
            &mut entry.actor,
            &mut entry.record,
            &mut entry.target,
            &mut entry.operation,
            &mut entry.method,
            &mut entry.path,
            &mut entry.code,
            &mut entry.request_id,
        ] {
            *text = None;
        }
        Self {
            only_counted: true,
            fingerprint: None,
            ..Self::new(entry, options)
        }
    }
}

/// The greatest ids that are stored, of entries and of what was only counted.
#[derive(Debug, Default)]
pub(crate) struct Newest {
    pub(crate) written: Option<Vec<u8>>,
    pub(crate) counted: Option<Vec<u8>>,
}

/// The entries with `None` in the place of those that are there already.
///
/// Ids begin with the time, so most are greater than all that are stored and need no look-up.
pub(crate) async fn fresh<'a>(
    tx: &mut Tx,
    batch: &[&'a Prepared],
    newest: &Newest,
) -> Result<Vec<Option<&'a Prepared>>, Error> {
    let mut known: HashSet<Vec<u8>> = HashSet::new();
    for (table, newest) in [
        ("audit_event", &newest.written),
        ("audit_counted", &newest.counted),
    ] {
        let Some(newest) = newest.as_deref() else {
            continue;
        };
        let older: Vec<&[u8; 16]> = batch
            .iter()
            .map(|entry| entry.uid())
            .filter(|uid| uid.as_slice() <= newest)
            .collect();
        look_up(tx, table, &older, &mut known).await?;
    }
    let mut seen: HashSet<&[u8; 16]> = HashSet::with_capacity(batch.len());
    Ok(batch
        .iter()
        .map(|entry| {
            let uid = entry.uid();
            (seen.insert(uid) && !known.contains(uid.as_slice())).then_some(*entry)
        })
        .collect())
}

async fn look_up(
    tx: &mut Tx,
    table: &str,
    ids: &[&[u8; 16]],
    known: &mut HashSet<Vec<u8>>,
) -> Result<(), Error> {
    for chunk in ids.chunks(LOOK_UP) {
        let Some(last) = chunk.last() else { break };
        let size = chunk.len().next_power_of_two();
        let values: Vec<Value> = chunk
            .iter()
            .chain(std::iter::repeat_n(last, size - chunk.len()))
            .map(|uid| Value::from(&uid[..]))
            .collect();
        let marks = vec!["?"; size].join(", ");
        let sql = format!("SELECT uid FROM {table} WHERE uid IN ({marks})");
        for row in tx.fetch(&sql, &values).await? {
            known.insert(row.blob(0)?.to_vec());
        }
    }
    Ok(())
}

/// Keeps the ids of entries that are only counted.
pub(crate) async fn write(
    tx: &mut Tx,
    entries: impl Iterator<Item = &Prepared>,
) -> Result<(), Error> {
    let cells: Vec<Arg<'_>> = entries
        .filter(|entry| entry.only_counted)
        .map(|entry| Arg::Blob(entry.uid()))
        .collect();
    tx.insert(&COUNTED, &cells).await
}

/// Removes ids of long ago: what they stand for does not come again.
pub(crate) async fn prune(db: &Db, now: Timestamp) -> Result<(), Error> {
    // An id begins with its milliseconds in six bytes.
    let before = (now.as_micros() / 1000).saturating_sub(KEPT).max(0);
    let [_, _, bound @ ..] = before.to_be_bytes();
    let bound = [Value::from(&bound[..])];
    let sql = format!("DELETE FROM audit_counted WHERE uid IN ({OLD})");
    let mut left = !db.read(OLD, &bound).await?.is_empty();
    while left {
        let mut tx = db.begin().await?;
        left = tx.execute(&sql, &bound).await? > 0;
        tx.commit().await?;
    }
    Ok(())
}
