//! The days added up for each connection, flow and kind of record alone.

use std::collections::BTreeMap;

use crate::db::{Arg, Insert, Kind, Tx};
use crate::error::Error;
use crate::outcome::Outcome;

/// What `audit_stat_total.kind` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TotalKind {
    Connection = 1,
    Flow = 2,
    Entity = 3,
}

/// How many columns hold counts: one for each outcome.
const COUNTS: usize = Outcome::ALL.len();

static STAT_TOTAL: Insert = Insert::new(
    "audit_stat_total",
    &[
        ("day", Kind::Int),
        ("kind", Kind::Int),
        ("name", Kind::Int),
        ("succeeded", Kind::Int),
        ("failed", Kind::Int),
        ("unchanged", Kind::Int),
        ("skipped", Kind::Int),
        ("run_succeeded", Kind::Int),
        ("run_partial", Kind::Int),
        ("run_failed", Kind::Int),
    ],
    "ON CONFLICT (day, kind, name) DO UPDATE SET \
     succeeded = audit_stat_total.succeeded + excluded.succeeded, \
     failed = audit_stat_total.failed + excluded.failed, \
     unchanged = audit_stat_total.unchanged + excluded.unchanged, \
     skipped = audit_stat_total.skipped + excluded.skipped, \
     run_succeeded = audit_stat_total.run_succeeded + excluded.run_succeeded, \
     run_partial = audit_stat_total.run_partial + excluded.run_partial, \
     run_failed = audit_stat_total.run_failed + excluded.run_failed",
);

/// Adds the counts of a batch, by day, connection, flow, kind of record and outcome.
pub(crate) async fn write(
    tx: &mut Tx,
    days: &BTreeMap<(i64, i64, i64, i64, i64), i64>,
) -> Result<(), Error> {
    let mut totals: BTreeMap<(i64, i64, i64), [i64; COUNTS]> = BTreeMap::new();
    for ((day, connection, flow, entity, outcome), n) in days {
        // The columns stand in the order of the outcomes' numbers, which begin with 1.
        let column = usize::try_from(outcome - 1).unwrap_or(usize::MAX);
        for (kind, name) in [
            (TotalKind::Connection, connection),
            (TotalKind::Flow, flow),
            (TotalKind::Entity, entity),
        ] {
            let counts = totals.entry((*day, kind as i64, *name)).or_default();
            if let Some(count) = counts.get_mut(column) {
                *count = count.saturating_add(*n);
            }
        }
    }
    let mut cells = Vec::with_capacity(totals.len() * (3 + COUNTS));
    for ((day, kind, name), counts) in &totals {
        cells.extend([day, kind, name].map(|n| Arg::Int(*n)));
        cells.extend(counts.map(Arg::Int));
    }
    tx.insert(&STAT_TOTAL, &cells).await
}
