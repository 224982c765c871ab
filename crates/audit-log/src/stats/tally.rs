//! Counts by outcome.

use std::collections::HashMap;

use serde::Serialize;

use crate::db::{Db, Row};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::totals::TotalKind;

use super::Part;

/// How many records came out in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tallies {
    /// Written.
    pub succeeded: u64,
    /// Not written, and should have been.
    pub failed: u64,
    /// The same on both sides.
    pub unchanged: u64,
    /// Left out on purpose.
    pub skipped: u64,
}

/// How many runs ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunTallies {
    /// All went well.
    pub succeeded: u64,
    /// Some records failed.
    pub partial: u64,
    /// The run itself failed.
    pub failed: u64,
}

impl Tallies {
    pub(super) fn count(&mut self, outcome: Outcome, n: u64) {
        let to = match outcome {
            Outcome::Succeeded => &mut self.succeeded,
            Outcome::Failed => &mut self.failed,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Skipped => &mut self.skipped,
            Outcome::RunSucceeded | Outcome::RunPartial | Outcome::RunFailed => return,
        };
        *to = to.saturating_add(n);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.count(Outcome::Succeeded, other.succeeded);
        self.count(Outcome::Failed, other.failed);
        self.count(Outcome::Unchanged, other.unchanged);
        self.count(Outcome::Skipped, other.skipped);
    }

    /// All records together.
    #[must_use]
    pub fn sum(&self) -> u64 {
        (self.succeeded)
            .saturating_add(self.failed)
            .saturating_add(self.unchanged)
            .saturating_add(self.skipped)
    }
}

impl RunTallies {
    pub(super) fn count(&mut self, outcome: Outcome, n: u64) {
        let to = match outcome {
            Outcome::RunSucceeded => &mut self.succeeded,
            Outcome::RunPartial => &mut self.partial,
            Outcome::RunFailed => &mut self.failed,
            Outcome::Succeeded | Outcome::Failed | Outcome::Unchanged | Outcome::Skipped => return,
        };
        *to = to.saturating_add(n);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.count(Outcome::RunSucceeded, other.succeeded);
        self.count(Outcome::RunPartial, other.partial);
        self.count(Outcome::RunFailed, other.failed);
    }
}

/// A count is never negative, unless somebody changed it.
pub(super) fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// The totals of each day.
pub(crate) const BY_DAY: &str = "SELECT day, \
    CAST(SUM(succeeded) AS BIGINT), CAST(SUM(failed) AS BIGINT), CAST(SUM(unchanged) AS BIGINT), \
    CAST(SUM(skipped) AS BIGINT), CAST(SUM(run_succeeded) AS BIGINT), \
    CAST(SUM(run_partial) AS BIGINT), CAST(SUM(run_failed) AS BIGINT) \
    FROM audit_stat_total WHERE day >= ? AND day <= ? AND kind = 3 GROUP BY day";

/// The records of each name of a kind.
pub(crate) const BY_NAME: &str = "SELECT n.name, s.name, s.a, s.b, s.c, s.d FROM ( \
    SELECT name, CAST(SUM(succeeded) AS BIGINT) AS a, CAST(SUM(failed) AS BIGINT) AS b, \
    CAST(SUM(unchanged) AS BIGINT) AS c, CAST(SUM(skipped) AS BIGINT) AS d \
    FROM audit_stat_total WHERE day >= ? AND day <= ? AND kind = ? GROUP BY name) AS s \
    LEFT JOIN audit_name AS n ON n.id = s.name";

/// The runs of each name of a kind that had some: few of thousands of connections have.
pub(crate) const RUNS_BY_NAME: &str = "SELECT name, CAST(SUM(run_succeeded) AS BIGINT), \
    CAST(SUM(run_partial) AS BIGINT), CAST(SUM(run_failed) AS BIGINT) FROM audit_stat_total \
    WHERE day >= ? AND day <= ? AND kind = ? AND run_succeeded + run_partial + run_failed > 0 \
    GROUP BY name";

/// The counts of records in a row, from a column on.
fn record_columns(row: &Row, at: usize) -> Result<Tallies, Error> {
    let n = |column| row.int(at + column).map(count);
    Ok(Tallies {
        succeeded: n(0)?,
        failed: n(1)?,
        unchanged: n(2)?,
        skipped: n(3)?,
    })
}

/// The counts of runs in a row, from a column on.
fn run_columns(row: &Row, at: usize) -> Result<RunTallies, Error> {
    let n = |column| row.int(at + column).map(count);
    Ok(RunTallies {
        succeeded: n(0)?,
        partial: n(1)?,
        failed: n(2)?,
    })
}

/// All counts of a row of [`BY_DAY`].
pub(super) fn columns(row: &Row) -> Result<(Tallies, RunTallies), Error> {
    Ok((record_columns(row, 1)?, run_columns(row, 5)?))
}

/// The names of a kind with their totals.
pub(super) async fn parts(
    db: &Db,
    kind: TotalKind,
    first: i64,
    last: i64,
) -> Result<Vec<Part>, Error> {
    let span = [first.into(), last.into(), (kind as i64).into()];
    let (records, ended) =
        futures_util::try_join!(db.read(BY_NAME, &span), db.read(RUNS_BY_NAME, &span))?;
    let mut runs = HashMap::with_capacity(ended.len());
    for row in &ended {
        runs.insert(row.int(0)?, run_columns(row, 1)?);
    }
    let mut parts = Vec::with_capacity(records.len());
    for row in &records {
        parts.push(Part {
            name: row.text_or_none(0)?.map(str::to_owned),
            tallies: record_columns(row, 2)?,
            runs: runs.remove(&row.int(1)?).unwrap_or_default(),
        });
    }
    sort(&mut parts);
    Ok(parts)
}

/// Counts something for the part of a name.
pub(super) fn count_part(parts: &mut Vec<Part>, name: Option<&str>, outcome: Outcome, n: u64) {
    let known = parts.iter_mut().find(|part| part.name.as_deref() == name);
    if let Some(part) = known {
        part.tallies.count(outcome, n);
        part.runs.count(outcome, n);
        return;
    }
    let mut part = Part {
        name: name.map(str::to_owned),
        tallies: Tallies::default(),
        runs: RunTallies::default(),
    };
    part.tallies.count(outcome, n);
    part.runs.count(outcome, n);
    parts.push(part);
}

/// The most failures first, then the most work, then by name.
pub(super) fn sort(parts: &mut [Part]) {
    parts.sort_by(|a, b| {
        let failed = |part: &Part| (part.tallies.failed, part.runs.failed, part.tallies.sum());
        failed(b).cmp(&failed(a)).then_with(|| a.name.cmp(&b.name))
    });
}
