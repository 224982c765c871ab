//! Days added up: for each system, and for each connection, flow and kind of record alone.

use std::collections::BTreeMap;

use crate::db::{Arg, Insert, Kind, Tx};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::schema::{DAY, HOUR};

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

static STAT_SYSTEM: Insert = Insert::new(
    "audit_stat_system",
    &[
        ("day", Kind::Int),
        ("system", Kind::Int),
        ("level", Kind::Int),
        ("outcome", Kind::Int),
        ("n", Kind::Int),
        ("duration_us", Kind::Int),
    ],
    "ON CONFLICT (day, system, level, outcome) DO UPDATE SET \
     n = audit_stat_system.n + excluded.n, \
     duration_us = audit_stat_system.duration_us + excluded.duration_us",
);

/// Hours by system, level and outcome: how many, and how long they took.
pub(crate) type Hours = BTreeMap<(i64, i64, i64, i64), (i64, i64)>;
/// Days by connection, flow, kind of record and outcome.
pub(crate) type Days = BTreeMap<(i64, i64, i64, i64, i64), i64>;

/// Adds the counts of a batch.
pub(crate) async fn write(tx: &mut Tx, hours: &Hours, days: &Days) -> Result<(), Error> {
    write_systems(tx, hours).await?;
    write_names(tx, days).await
}

async fn write_systems(tx: &mut Tx, hours: &Hours) -> Result<(), Error> {
    let mut systems: Hours = BTreeMap::new();
    for ((hour, system, level, outcome), (n, duration_us)) in hours {
        let key = (hour.div_euclid(DAY / HOUR), *system, *level, *outcome);
        let sum = systems.entry(key).or_default();
        sum.0 = sum.0.saturating_add(*n);
        sum.1 = sum.1.saturating_add(*duration_us);
    }
    let mut cells = Vec::with_capacity(systems.len() * 6);
    for ((day, system, level, outcome), (n, duration_us)) in &systems {
        cells.extend([day, system, level, outcome, n, duration_us].map(|n| Arg::Int(*n)));
    }
    tx.insert(&STAT_SYSTEM, &cells).await
}

async fn write_names(tx: &mut Tx, days: &Days) -> Result<(), Error> {
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
