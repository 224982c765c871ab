//! Days added up for each connection, flow and kind of record alone, packed.
//!
//! A row holds the counts of 64 names of a kind on a day. Thousands of names are a few dozen rows:
//! an overview reads little, and a batch that strikes many of them writes little.

mod block;

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;

use crate::db::{Arg, Db, Insert, Kind, Tx, Value};
use crate::error::Error;
use crate::outcome::Outcome;

pub(crate) use block::Block;

/// Whose counts a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TotalKind {
    Connection = 1,
    Flow = 2,
    Entity = 3,
}

impl TotalKind {
    const ALL: [Self; 3] = [Self::Connection, Self::Flow, Self::Entity];
}

/// How many records or runs came out in each way, in the order of [`Outcome::ALL`].
pub(crate) type Counts = [u64; Outcome::ALL.len()];

/// How many names a row holds.
const NAMES: i64 = 64;
/// How many rows a kind has room for on a day: an id is `(day * 4 + kind) * BLOCKS + block`.
const BLOCKS: i64 = 1 << 32;
/// How many ids a day has.
const DAY: i64 = 4 * BLOCKS;
/// How many rows one query looks for.
const LOOK_UP: usize = 128;

static STAT_TOTAL: Insert = Insert::new(
    "audit_stat_total",
    &[("id", Kind::Int), ("counts", Kind::Blob)],
    "ON CONFLICT (id) DO UPDATE SET counts = excluded.counts",
);

/// The rows of some days.
pub(crate) const OF_DAYS: &str = "SELECT id, counts FROM audit_stat_total WHERE id >= ? AND id < ?";

/// What comes to the totals with one batch.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    rows: BTreeMap<i64, Block>,
}

impl Totals {
    /// Counts something for a connection, a flow and a kind of record; 0 stands for none.
    pub(crate) fn add(&mut self, day: i64, names: [i64; 3], outcome: i64, n: i64) {
        let (Ok(column), Ok(n)) = (usize::try_from(outcome - 1), u64::try_from(n)) else {
            return;
        };
        for (kind, name) in TotalKind::ALL.into_iter().zip(names) {
            let id = (day * 4 + kind as i64) * BLOCKS + name.div_euclid(NAMES) % BLOCKS;
            let row = self.rows.entry(id).or_default();
            row.add(place(name), column, n);
        }
    }

    /// Adds it to what is stored.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Error> {
        let mut packed = Vec::with_capacity(self.rows.len());
        let stored = stored(tx, self.rows.keys().copied().collect()).await?;
        for (id, row) in &self.rows {
            let mut sum = row.clone();
            if let Some(stored) = stored.get(id) {
                // Of a row that somebody changed that is kept which can be read: whatever
                // becomes of the numbers, entries are written.
                sum.merge(stored);
            }
            packed.push((*id, sum.pack()));
        }
        let mut cells = Vec::with_capacity(packed.len() * 2);
        for (id, counts) in &packed {
            cells.extend([Arg::Int(*id), Arg::Blob(counts)]);
        }
        tx.insert(&STAT_TOTAL, &cells).await
    }
}

/// The place of a name in its row.
fn place(name: i64) -> usize {
    usize::try_from(name.rem_euclid(NAMES)).unwrap_or(0)
}

/// The rows with these ids that are there; the list is filled up so that there are few texts to
/// prepare.
async fn stored(tx: &mut Tx, ids: Vec<i64>) -> Result<BTreeMap<i64, Vec<u8>>, Error> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(LOOK_UP) {
        let Some(last) = chunk.last() else { break };
        let size = chunk.len().next_power_of_two();
        let values: Vec<Value> = chunk
            .iter()
            .chain(std::iter::repeat_n(last, size - chunk.len()))
            .map(|id| Value::Int(*id))
            .collect();
        let marks = vec!["?"; size].join(", ");
        let sql = format!("SELECT id, counts FROM audit_stat_total WHERE id IN ({marks})");
        for row in tx.fetch(&sql, &values).await? {
            found.insert(row.int(0)?, row.blob(1)?.to_vec());
        }
    }
    Ok(found)
}

/// The totals of some days.
#[derive(Debug)]
pub(crate) struct Sums {
    /// Of all records and runs, day by day.
    pub(crate) days: Vec<Counts>,
    rows: BTreeMap<(i64, i64), Block>,
}

impl Sums {
    /// What was counted for each name of a kind; 0 stands for what has none.
    pub(crate) fn of(&self, kind: TotalKind) -> Vec<(i64, Counts)> {
        let rows = self.rows.range((kind as i64, 0)..(kind as i64 + 1, 0));
        rows.flat_map(|((_, block), row)| {
            (block * NAMES..)
                .zip(row.counts())
                .filter(|(_, counts)| counts.iter().any(|n| *n > 0))
        })
        .map(|(name, counts)| (name, *counts))
        .collect()
    }
}

/// The first and the last id, which is none of them any more, of some days.
pub(crate) fn ids(first: i64, last: i64) -> [Value; 2] {
    [first, last.saturating_add(1)].map(|day| Value::Int(day.saturating_mul(DAY)))
}

/// Adds up the days from `first` to `last`.
pub(crate) async fn read(db: &Db, first: i64, last: i64) -> Result<Sums, Error> {
    let days = usize::try_from(last - first + 1).unwrap_or(0);
    let mut sums = Sums {
        days: vec![Counts::default(); days],
        rows: BTreeMap::new(),
    };
    let mut rows = db.stream(OF_DAYS, &ids(first, last));
    while let Some(row) = rows.try_next().await? {
        let (id, counts) = (row.int(0)?, row.blob(1)?);
        let kind = id.div_euclid(BLOCKS).rem_euclid(4);
        let key = (kind, id.rem_euclid(BLOCKS));
        let day = id.div_euclid(DAY);
        let sum = sums.rows.entry(key).or_default();
        let mut whole = sum.merge(counts);
        // Every count is in each kind once, and there are few kinds of records.
        if kind == TotalKind::Entity as i64 {
            let mut own = Block::default();
            whole &= own.merge(counts);
            let at = usize::try_from(day - first).unwrap_or(usize::MAX);
            if let Some(day) = sums.days.get_mut(at) {
                own.counts().for_each(|counts| add(day, counts));
            }
        }
        if !whole {
            return Err(Error::Corrupt(format!(
                "the statistics of {} in the audit log cannot be read",
                crate::stats::date(day)
            )));
        }
    }
    Ok(sums)
}

/// Adds counts to others.
fn add(to: &mut Counts, more: &Counts) {
    for (sum, n) in to.iter_mut().zip(more) {
        *sum = sum.saturating_add(*n);
    }
}
