//! What has been kept for long enough.

use super::BODIES;
use super::state::{Class, State};
use crate::db::{Db, Value};
use crate::error::Error;

/// The greatest number of an entry.
pub(super) async fn greatest(db: &Db) -> Result<i64, Error> {
    let rows = db
        .read("SELECT COALESCE(MAX(id), 0) FROM audit_event", &[])
        .await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Entries of the class from one time to another, the oldest first: numbers and times.
pub(super) async fn aged(
    db: &Db,
    class: Class,
    from: i64,
    cut_off: i64,
    newest: i64,
    limit: u64,
) -> Result<Vec<(i64, i64)>, Error> {
    if from >= cut_off || limit == 0 {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT e.id, e.ts FROM audit_event e WHERE e.ts >= ? AND e.ts < ? AND e.id <> ? AND {} \
         ORDER BY e.ts, e.id LIMIT ?",
        class.condition()
    );
    let values = [
        Value::Int(from),
        Value::Int(cut_off),
        Value::Int(newest),
        count(limit),
    ];
    pairs(db, &sql, &values).await
}

/// Entries of the class that arrived after `seen` with a time before `cut_off`.
pub(super) async fn late_ones(
    db: &Db,
    class: Class,
    state: &State,
    top: i64,
    cut_off: i64,
    limit: u64,
) -> Result<Vec<(i64, i64)>, Error> {
    if cut_off == i64::MIN || limit == 0 {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT e.id, e.ts FROM audit_event e WHERE e.id > ? AND e.id <= ? AND e.id <> ? \
         AND e.ts < ? AND {} ORDER BY e.id LIMIT ?",
        class.condition()
    );
    let values = [
        Value::Int(state.seen),
        Value::Int(top),
        Value::Int(state.newest),
        Value::Int(cut_off),
        count(limit),
    ];
    pairs(db, &sql, &values).await
}

async fn pairs(db: &Db, sql: &str, values: &[Value]) -> Result<Vec<(i64, i64)>, Error> {
    let rows = db.read(sql, values).await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.int(1)?)))
        .collect()
}

/// Entries with a body of before this time.
pub(super) async fn aged_bodies(db: &Db, cut_off: i64) -> Result<Vec<i64>, Error> {
    let rows = db
        .read(
            "SELECT event FROM audit_body WHERE ts < ? ORDER BY ts LIMIT ?",
            &[Value::Int(cut_off), count(BODIES)],
        )
        .await?;
    rows.iter().map(|row| row.int(0)).collect()
}

fn count(limit: u64) -> Value {
    Value::Int(i64::try_from(limit).unwrap_or(i64::MAX))
}
