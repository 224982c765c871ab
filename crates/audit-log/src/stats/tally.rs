//! Counts by outcome.

use serde::Serialize;

use crate::db::Db;
use crate::error::Error;
use crate::names::Names;
use crate::outcome::Outcome;
use crate::totals::Counts;

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

/// The counts of records, and those of runs.
pub(super) fn of(counts: &Counts) -> (Tallies, RunTallies) {
    let (mut tallies, mut runs) = (Tallies::default(), RunTallies::default());
    for (outcome, n) in Outcome::ALL.into_iter().zip(counts) {
        tallies.count(outcome, *n);
        runs.count(outcome, *n);
    }
    (tallies, runs)
}

/// The parts with their names, in their order.
pub(super) async fn parts(
    db: &Db,
    names: &Names,
    sums: Vec<(i64, Counts)>,
) -> Result<Vec<Part>, Error> {
    let ids: Vec<i64> = sums.iter().map(|(id, _)| *id).collect();
    let names = names.of(db, &ids).await?;
    let mut parts: Vec<Part> = (names.into_iter().zip(&sums))
        .map(|(name, (_, counts))| {
            let (tallies, runs) = of(counts);
            Part {
                name,
                tallies,
                runs,
            }
        })
        .collect();
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
