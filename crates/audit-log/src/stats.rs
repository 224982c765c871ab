//! What happened in the last days, from the roll-ups alone.

mod tally;

use std::time::Duration;

use api_core::{Date, Timestamp};
use serde::Serialize;

pub use tally::{RunTallies, Tallies};

use crate::db::Db;
use crate::error::Error;
use crate::level::Level;
use crate::log::AuditLog;
use crate::names::Names;
use crate::outcome::Outcome;
use crate::schema::DAY;
use crate::totals::{self, TotalKind};

/// The most days that statistics are made of.
pub const MAX_DAYS: u16 = 366;

/// Which days to count: the last `days` days of UTC up to the one of `now`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatsQuery {
    /// How many days, 1 to [`MAX_DAYS`], today among them.
    pub days: u16,
    /// What today is.
    pub now: Timestamp,
}

impl Default for StatsQuery {
    fn default() -> Self {
        Self::last(7)
    }
}

impl StatsQuery {
    /// The last days up to today.
    #[must_use]
    pub fn last(days: u16) -> Self {
        Self {
            days,
            now: Timestamp::now(),
        }
    }

    /// Takes another time as now.
    #[must_use]
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// The first and the last day.
    fn span(&self) -> Result<(i64, i64), Error> {
        if !(1..=MAX_DAYS).contains(&self.days) {
            return Err(Error::Invalid(format!(
                "statistics are made of 1 to {MAX_DAYS} days, not {}",
                self.days
            )));
        }
        let last = self.now.as_micros().div_euclid(DAY);
        Ok((last - i64::from(self.days) + 1, last))
    }
}

/// What happened in some days.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// The first day, UTC.
    pub from: Date,
    /// The last day, UTC.
    pub to: Date,
    /// All records.
    pub total: Tallies,
    /// All runs that ended.
    pub runs: RunTallies,
    /// By kind of system, with what else happened there.
    pub by_system: Vec<SystemStats>,
    /// By connection, the one with the most failures first.
    pub by_connection: Vec<Part>,
    /// By flow, the one with the most failures first.
    pub by_flow: Vec<Part>,
    /// By kind of record, the one with the most failures first.
    pub by_entity: Vec<Part>,
    /// Day by day, the oldest first; a day on which nothing happened is among them.
    pub days: Vec<DayTallies>,
}

/// What happened with one connection in some days.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ConnectionStats {
    /// The connection.
    pub connection: String,
    /// The first day, UTC.
    pub from: Date,
    /// The last day, UTC.
    pub to: Date,
    /// All records.
    pub total: Tallies,
    /// All runs that ended.
    pub runs: RunTallies,
    /// By flow.
    pub by_flow: Vec<Part>,
    /// By kind of record.
    pub by_entity: Vec<Part>,
    /// Day by day, the oldest first.
    pub days: Vec<DayTallies>,
}

/// One connection, flow or kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Part {
    /// Its name; `None` for what belongs to none.
    pub name: Option<String>,
    /// Its records.
    #[serde(flatten)]
    pub tallies: Tallies,
    /// Its runs.
    pub runs: RunTallies,
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DayTallies {
    /// The day, UTC.
    pub day: Date,
    /// Its records.
    #[serde(flatten)]
    pub tallies: Tallies,
    /// Its runs.
    pub runs: RunTallies,
}

/// One kind of system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SystemStats {
    /// The system; `None` for what belongs to none.
    pub system: Option<String>,
    /// Its records.
    #[serde(flatten)]
    pub tallies: Tallies,
    /// How many entries the log got; those under its minimum level are not among them.
    pub entries: u64,
    /// How many of them are warnings.
    pub warnings: u64,
    /// How many of them are errors.
    pub errors: u64,
    /// The time that the calls among them took, added up, in milliseconds.
    #[serde(rename = "busy_ms", serialize_with = "whole_ms")]
    pub busy: Duration,
}

fn whole_ms<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(time.as_millis())
}

impl AuditLog {
    /// Counts what happened in the last days, by system, connection, flow and kind of record.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no days or more than [`MAX_DAYS`], or the database's failure.
    pub async fn stats(&self, query: &StatsQuery) -> Result<Stats, Error> {
        stats(&self.shared().db, &self.shared().names, query).await
    }

    /// Counts what happened with one connection; `None` when the log has never heard of it.
    ///
    /// # Errors
    /// As [`stats`](Self::stats).
    pub async fn connection_stats(
        &self,
        connection: &str,
        query: &StatsQuery,
    ) -> Result<Option<ConnectionStats>, Error> {
        connection_stats(&self.shared().db, connection, query).await
    }
}

async fn stats(db: &Db, names: &Names, query: &StatsQuery) -> Result<Stats, Error> {
    let (first, last) = query.span()?;
    let (sums, by_system) =
        futures_util::try_join!(totals::read(db, first, last), by_system(db, first, last))?;
    let mut days = empty_days(first, last);
    let (mut total, mut runs) = (Tallies::default(), RunTallies::default());
    for (day, counts) in days.iter_mut().zip(&sums.days) {
        (day.tallies, day.runs) = tally::of(counts);
        total.add(&day.tallies);
        runs.add(&day.runs);
    }
    Ok(Stats {
        from: date(first),
        to: date(last),
        total,
        runs,
        by_system,
        by_connection: tally::parts(db, names, sums.of(TotalKind::Connection)).await?,
        by_flow: tally::parts(db, names, sums.of(TotalKind::Flow)).await?,
        by_entity: tally::parts(db, names, sums.of(TotalKind::Entity)).await?,
        days,
    })
}

/// The days added up by system, level and outcome.
pub(crate) const BY_SYSTEM: &str = "SELECT n.name, s.level, s.outcome, s.n, s.busy FROM ( \
 SELECT system, level, outcome, CAST(SUM(n) AS BIGINT) AS n, \
 CAST(SUM(duration_us) AS BIGINT) AS busy FROM audit_stat_system \
 WHERE day >= ? AND day <= ? GROUP BY system, level, outcome) AS s \
 LEFT JOIN audit_name AS n ON n.id = s.system";

async fn by_system(db: &Db, first: i64, last: i64) -> Result<Vec<SystemStats>, Error> {
    let rows = db.read(BY_SYSTEM, &[first.into(), last.into()]).await?;
    let mut systems: Vec<SystemStats> = Vec::new();
    for row in &rows {
        let name = row.text_or_none(0)?;
        let at = match systems.iter().position(|s| s.system.as_deref() == name) {
            Some(at) => at,
            None => {
                systems.push(SystemStats {
                    system: name.map(str::to_owned),
                    tallies: Tallies::default(),
                    entries: 0,
                    warnings: 0,
                    errors: 0,
                    busy: Duration::ZERO,
                });
                systems.len() - 1
            }
        };
        let Some(system) = systems.get_mut(at) else {
            continue;
        };
        let (level, n) = (row.int(1)?, tally::count(row.int(3)?));
        if let Some(outcome) = Outcome::from_number(row.int(2)?) {
            system.tallies.count(outcome, n);
        }
        // Level 0 are records that are only counted.
        if level > 0 {
            system.entries = system.entries.saturating_add(n);
        }
        if level >= Level::Error.number() {
            system.errors = system.errors.saturating_add(n);
        } else if level >= Level::Warning.number() {
            system.warnings = system.warnings.saturating_add(n);
        }
        let busy = Duration::from_micros(tally::count(row.int(4)?));
        system.busy = system.busy.saturating_add(busy);
    }
    systems.sort_by(|a, b| {
        b.errors
            .cmp(&a.errors)
            .then_with(|| a.system.cmp(&b.system))
    });
    Ok(systems)
}

async fn connection_stats(
    db: &Db,
    connection: &str,
    query: &StatsQuery,
) -> Result<Option<ConnectionStats>, Error> {
    crate::filter::check_text("connection", Some(connection))?;
    let (first, last) = query.span()?;
    let known = db
        .read(
            "SELECT id FROM audit_name WHERE name = ?",
            &[connection.into()],
        )
        .await?;
    let Some(id) = known.first().map(|row| row.int(0)).transpose()? else {
        return Ok(None);
    };
    // The days stand one by one, so that each is a short stretch of the key.
    let marks = vec!["?"; usize::from(query.days)].join(", ");
    let sql = format!(
        "SELECT s.day, f.name, e.name, s.outcome, s.n FROM audit_stat_day AS s \
         LEFT JOIN audit_name AS f ON f.id = s.flow LEFT JOIN audit_name AS e ON e.id = s.entity \
         WHERE s.day IN ({marks}) AND s.connection = ?"
    );
    let mut values: Vec<_> = (first..=last).map(Into::into).collect();
    values.push(id.into());
    let mut stats = ConnectionStats {
        connection: connection.to_owned(),
        from: date(first),
        to: date(last),
        total: Tallies::default(),
        runs: RunTallies::default(),
        by_flow: Vec::new(),
        by_entity: Vec::new(),
        days: empty_days(first, last),
    };
    for row in db.read(&sql, &values).await? {
        let Some(outcome) = Outcome::from_number(row.int(3)?) else {
            continue;
        };
        let n = tally::count(row.int(4)?);
        stats.total.count(outcome, n);
        stats.runs.count(outcome, n);
        tally::count_part(&mut stats.by_flow, row.text_or_none(1)?, outcome, n);
        tally::count_part(&mut stats.by_entity, row.text_or_none(2)?, outcome, n);
        let at = usize::try_from(row.int(0)? - first).unwrap_or(usize::MAX);
        if let Some(day) = stats.days.get_mut(at) {
            day.tallies.count(outcome, n);
            day.runs.count(outcome, n);
        }
    }
    tally::sort(&mut stats.by_flow);
    tally::sort(&mut stats.by_entity);
    Ok(Some(stats))
}

fn empty_days(first: i64, last: i64) -> Vec<DayTallies> {
    (first..=last)
        .map(|day| DayTallies {
            day: date(day),
            tallies: Tallies::default(),
            runs: RunTallies::default(),
        })
        .collect()
}

/// The date of a day since 1970.
pub(crate) fn date(day: i64) -> Date {
    Timestamp::from_micros(day.saturating_mul(DAY)).date_in(&jiff::tz::TimeZone::UTC)
}
