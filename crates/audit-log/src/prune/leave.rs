//! What pruning leaves behind.

use std::collections::{BTreeMap, BTreeSet};

use api_core::Timestamp;
use serde_json::json;

use super::{Candidate, LIST, Pruned, list};
use crate::db::{Tx, Value};
use crate::error::Error;
use crate::gaps::{self, Digest, Gap, Removed};
use crate::level::Level;
use crate::retention::Retention;
use crate::verify::detail;

/// Leaves gaps where the entries were, and brings the digest up to date.
pub(super) async fn gaps(
    tx: &mut Tx,
    candidates: &[Candidate],
    digest: &mut Digest,
) -> Result<(), Error> {
    let mut by_writer: BTreeMap<i64, Vec<Removed>> = BTreeMap::new();
    for one in candidates {
        by_writer.entry(one.writer).or_default().push(one.removed);
    }
    for (writer, mut removed) in by_writer {
        removed.sort_unstable_by_key(|one| one.seq);
        let (Some(first), Some(last)) = (removed.first(), removed.last()) else {
            continue;
        };
        let ends = ends(tx, writer, first.seq, last.seq).await?;
        let name = name(tx, writer).await?;
        let runs = gaps::runs(&removed, &ends);
        let beside = beside(tx, writer, &runs).await?;
        let change = gaps::merge(&runs, &beside, &ends);
        for gap in &change.gone {
            digest.remove(&name, gap);
        }
        for gap in &change.new {
            digest.add(&name, gap);
        }
        take(tx, writer, &change.gone).await?;
        put(tx, writer, &change.new).await?;
    }
    Ok(())
}

/// Places of the writer that heads name, about there.
async fn ends(tx: &mut Tx, writer: i64, first: i64, last: i64) -> Result<BTreeSet<i64>, Error> {
    let rows = tx
        .fetch(
            "SELECT seq FROM audit_head WHERE writer = ? AND seq >= ? AND seq <= ?",
            &[
                Value::Int(writer),
                Value::Int(first.saturating_sub(1)),
                Value::Int(last),
            ],
        )
        .await?;
    rows.iter().map(|row| row.int(0)).collect()
}

/// The writer's name; a writer that somebody removed has none.
async fn name(tx: &mut Tx, writer: i64) -> Result<String, Error> {
    let rows = tx
        .fetch(
            "SELECT name FROM audit_writer WHERE id = ?",
            &[Value::Int(writer)],
        )
        .await?;
    match rows.first() {
        Some(row) => Ok(row.text(0)?.to_owned()),
        None => Ok(String::new()),
    }
}

/// The stored gaps that end right before one of the runs or begin right behind one.
async fn beside(tx: &mut Tx, writer: i64, runs: &[Gap]) -> Result<Vec<Gap>, Error> {
    let mut found = Vec::new();
    for chunk in runs.chunks(LIST) {
        let behind = format!(
            "SELECT first_seq, last_seq, last_hash FROM audit_gap \
             WHERE writer = ? AND first_seq IN {}",
            list(chunk.len())
        );
        let mut values = vec![Value::Int(writer)];
        values.extend(
            chunk
                .iter()
                .map(|run| Value::Int(run.last.saturating_add(1))),
        );
        for row in tx.fetch(&behind, &values).await? {
            found.extend(gap(&row)?);
        }
        let rows = vec!["(?)"; chunk.len()].join(", ");
        let before = format!(
            "WITH run (first_seq) AS (VALUES {rows}) \
             SELECT g.first_seq, g.last_seq, g.last_hash FROM run JOIN audit_gap g \
             ON g.writer = ? AND g.first_seq = (SELECT MAX(o.first_seq) FROM audit_gap o \
             WHERE o.writer = ? AND o.first_seq < run.first_seq) \
             WHERE g.last_seq = run.first_seq - 1"
        );
        let mut values: Vec<Value> = chunk.iter().map(|run| Value::Int(run.first)).collect();
        values.extend([Value::Int(writer), Value::Int(writer)]);
        for row in tx.fetch(&before, &values).await? {
            found.extend(gap(&row)?);
        }
    }
    found.sort_unstable_by_key(|gap: &Gap| gap.first);
    found.dedup();
    Ok(found)
}

/// A stored gap; one that somebody damaged is left alone, so that verification finds it.
fn gap(row: &crate::db::Row) -> Result<Option<Gap>, Error> {
    let (first, last) = (row.int(0)?, row.int(1)?);
    Ok(row
        .hash(2)
        .ok()
        .filter(|_| last >= first)
        .map(|hash| Gap { first, last, hash }))
}

async fn take(tx: &mut Tx, writer: i64, gone: &[Gap]) -> Result<(), Error> {
    for chunk in gone.chunks(LIST) {
        let sql = format!(
            "DELETE FROM audit_gap WHERE writer = ? AND first_seq IN {}",
            list(chunk.len())
        );
        let mut values = vec![Value::Int(writer)];
        values.extend(chunk.iter().map(|gap| Value::Int(gap.first)));
        tx.execute(&sql, &values).await?;
    }
    Ok(())
}

/// A row that stands there already is one that somebody put there: it is replaced.
async fn put(tx: &mut Tx, writer: i64, new: &[Gap]) -> Result<(), Error> {
    for chunk in new.chunks(LIST) {
        let rows = vec!["(?, ?, ?, ?)"; chunk.len()].join(", ");
        let sql = format!(
            "INSERT INTO audit_gap (writer, first_seq, last_seq, last_hash) VALUES {rows} \
             ON CONFLICT (writer, first_seq) DO UPDATE SET last_seq = excluded.last_seq, \
             last_hash = excluded.last_hash"
        );
        let values: Vec<Value> = chunk
            .iter()
            .flat_map(|gap| {
                [
                    Value::Int(writer),
                    Value::Int(gap.first),
                    Value::Int(gap.last),
                    Value::from(&gap.hash[..]),
                ]
            })
            .collect();
        tx.execute(&sql, &values).await?;
    }
    Ok(())
}

/// What the `log.prune` entry says of it.
pub(super) fn details(
    keep: &Retention,
    now: Timestamp,
    step: &Pruned,
    digest: Digest,
    bodies_before: i64,
) -> String {
    let time =
        |micros: i64| (micros > i64::MIN).then(|| Timestamp::from_micros(micros).to_string());
    let mut before = serde_json::Map::new();
    for level in Level::ALL {
        if let Some(text) = time(keep.cut_off(level, now)) {
            before.insert(level.as_str().to_owned(), text.into());
        }
    }
    let mut details = json!({
        "before": before,
        "removed": {
            "DEBUG": step.debug,
            "INFO": step.info,
            "WARNING": step.warning,
            "ERROR": step.error,
            "bodies": step.bodies,
        },
    });
    details[detail::GAPS] = digest.to_string().into();
    if let Some(text) = time(bodies_before) {
        details[detail::BODIES_BEFORE] = text.into();
    }
    details.to_string()
}

/// The sentence of the `log.prune` entry.
pub(super) fn message(step: &Pruned) -> String {
    let things = |count: u64, one: &str, more: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {more}"),
    };
    format!(
        "Removed {} and {} that were kept for long enough.",
        things(step.entries(), "entry", "entries"),
        things(
            step.bodies,
            "request and response",
            "requests and responses"
        ),
    )
}
