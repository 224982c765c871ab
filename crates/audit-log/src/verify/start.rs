//! Where the check of the last time alone begins.

use std::collections::BTreeMap;

use super::Writers;
use crate::db::{Tx, Value};
use crate::error::Error;

/// How many numbers back the last entry of a writer is looked for.
const REACH: i64 = 50_000;

/// Where a check begins.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// The entries behind this number are checked; 0 for all.
    pub(super) after: i64,
    /// Each writer's place in its chain there, where an entry of it is not far away.
    pub(super) places: BTreeMap<i64, i64>,
}

/// The beginning of what arrived about this time or later.
pub(super) async fn since(tx: &mut Tx, ts: i64, writers: &Writers) -> Result<Start, Error> {
    let after = before(tx, ts).await?;
    let mut places = BTreeMap::new();
    for writer in writers.keys() {
        let rows = tx
            .fetch(
                "SELECT seq FROM audit_event WHERE id <= ? AND id > ? AND writer = ? \
                 ORDER BY id DESC LIMIT 1",
                &[
                    Value::Int(after),
                    Value::Int(after.saturating_sub(REACH)),
                    Value::Int(*writer),
                ],
            )
            .await?;
        if let Some(row) = rows.first() {
            places.insert(*writer, row.int(0)?);
        }
    }
    Ok(Start { after, places })
}

/// The greatest number of an entry in front of all that happened and arrived at this time or
/// later. Entries come in another order than they happened in.
async fn before(tx: &mut Tx, ts: i64) -> Result<i64, Error> {
    // A sum is no column: else the databases go through the numbers from the first one on.
    let hint = tx.pick("INDEXED BY audit_event_ts", "");
    let sql =
        format!("SELECT MIN(id + 0) FROM audit_event {hint} WHERE ts >= ? AND observed_ts >= ?");
    let rows = tx.fetch(&sql, &[Value::Int(ts), Value::Int(ts)]).await?;
    let first = rows.first().map_or(Ok(None), |row| row.int_or_none(0))?;
    let rows = tx
        .fetch(
            "SELECT id FROM audit_event WHERE id < ? ORDER BY id DESC LIMIT 1",
            &[Value::Int(first.unwrap_or(i64::MAX))],
        )
        .await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Whether the writer's entry at this place is there, or was pruned.
pub(super) async fn is_accounted_for(tx: &mut Tx, writer: i64, seq: i64) -> Result<bool, Error> {
    for sql in [
        "SELECT 1 FROM audit_gap WHERE writer = ? AND first_seq <= ? AND last_seq >= ? LIMIT 1",
        "SELECT 1 FROM audit_event WHERE writer = ? AND seq <= ? AND seq >= ? LIMIT 1",
    ] {
        let values = [Value::Int(writer), Value::Int(seq), Value::Int(seq)];
        if !tx.fetch(sql, &values).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
