//! How long each query takes, asked again and again for things that are there.

use std::time::Instant;

use anyhow::{Result, ensure};
use audit_log::{AuditLog, Filter, IssueFilter, Level, Page, StatsQuery};
use serde::Serialize;

use super::generate::Sample;

/// How often each query is asked.
const TIMES: usize = 101;
/// Entries of a page.
const PAGE: usize = 50;

/// What one query took.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    name: &'static str,
    required: bool,
    median_ms: f64,
    p95_ms: f64,
    max_ms: f64,
    /// Rows of the last answer.
    answer: u64,
}

/// The queries.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Stats,
    RecentErrors,
    Issues,
    Newest,
    Connection,
    Record,
    Run,
    ConnectionStats,
    ConnectionWarnings,
    SystemWarnings,
    DeepPage,
    Text,
}

const ASKED: [(Ask, &str, bool); 12] = [
    (Ask::Stats, "stats of 7 days", true),
    (Ask::RecentErrors, "10 recent errors", true),
    (Ask::Issues, "errors overview", true),
    (Ask::Newest, "newest page", true),
    (Ask::Connection, "page of a connection", true),
    (Ask::Record, "history of a record", false),
    (Ask::Run, "a run", false),
    (Ask::ConnectionStats, "7 days of a connection", false),
    (Ask::ConnectionWarnings, "warnings of a connection", false),
    (Ask::SystemWarnings, "warnings of a system", false),
    (Ask::DeepPage, "page far back", false),
    (Ask::Text, "text in a connection", false),
];

/// Asks everything.
pub(crate) async fn measure(log: &AuditLog, samples: &[Sample]) -> Result<Vec<Measured>> {
    ensure!(!samples.is_empty(), "there is nothing to ask for");
    let mut all = Vec::new();
    for (ask, name, required) in ASKED {
        let mut took = Vec::with_capacity(TIMES);
        let mut answer = 0;
        // Not counted: the pages that a log in use has in memory, and the prepared statement.
        for sample in samples.iter().take(5) {
            one(log, ask, sample).await?;
        }
        for sample in samples.iter().cycle().take(TIMES) {
            let start = Instant::now();
            answer = one(log, ask, sample).await?;
            took.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        ensure!(answer > 0, "the query `{name}` found nothing");
        took.sort_by(f64::total_cmp);
        let at = |part: usize| took.get((took.len() - 1) * part / 100).copied();
        all.push(Measured {
            name,
            required,
            median_ms: at(50).unwrap_or_default(),
            p95_ms: at(95).unwrap_or_default(),
            max_ms: at(100).unwrap_or_default(),
            answer,
        });
    }
    Ok(all)
}

async fn one(log: &AuditLog, ask: Ask, sample: &Sample) -> Result<u64> {
    let page = Page::first(PAGE);
    let search = async |filter: Filter| -> Result<u64> {
        Ok(log.search(&filter, &page).await?.entries.len() as u64)
    };
    let connection = sample.connection.as_str();
    Ok(match ask {
        Ask::Stats => {
            let stats = log.stats(&StatsQuery::last(7)).await?;
            stats.by_connection.len() as u64
        }
        Ask::ConnectionStats => {
            let stats = log
                .connection_stats(connection, &StatsQuery::last(7))
                .await?;
            stats.map_or(0, |stats| stats.days.len() as u64)
        }
        Ask::RecentErrors => log.recent_errors(10).await?.len() as u64,
        Ask::Issues => log.issues(&IssueFilter::new()).await?.issues.len() as u64,
        Ask::Newest => search(Filter::new()).await?,
        Ask::Connection => search(Filter::new().connection(connection)).await?,
        Ask::ConnectionWarnings => {
            search(Filter::new().connection(connection).level(Level::Warning)).await?
        }
        Ask::SystemWarnings => {
            let system = connection.split('-').next().unwrap_or_default();
            search(Filter::new().system(system).level(Level::Warning)).await?
        }
        Ask::Text => search(Filter::new().connection(connection).text("created")).await?,
        Ask::DeepPage => search(Filter::new().until(sample.at)).await?,
        Ask::Record => {
            let found = log.record(&sample.entity, &sample.record, &page).await?;
            found.entries.len() as u64
        }
        Ask::Run => log.run(sample.run, &page).await?.entries.len() as u64,
    })
}
