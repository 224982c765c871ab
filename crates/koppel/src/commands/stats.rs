//! `koppel stats`: what was done in the last days, and the newest errors.

use audit_log::{DayTallies, Part, RunTallies, StatsQuery, Stored, Tallies};
use koppel_app::{App, AppError, Exit};
use serde_json::{Value as Json, json};

use super::summary;
use crate::cli::Stats;
use crate::out::Out;

/// How many errors are shown.
const ERRORS: usize = 10;

/// What is shown of the statistics of everything, or of one connection.
struct Shown {
    json: Json,
    of: String,
    runs: RunTallies,
    rows: Vec<Vec<String>>,
    days: Vec<DayTallies>,
}

pub(super) async fn run(app: &App, options: &Stats, out: &mut Out) -> Result<Exit, AppError> {
    let query = StatsQuery::last(options.days);
    let shown = match &options.connection {
        None => all(app, &query).await?,
        Some(name) => match one(app, name, &query).await? {
            Some(shown) => shown,
            None => {
                app.config().connection(name)?;
                if out.json {
                    out.object(&json!({ "connection": name, "total": Tallies::default() }));
                }
                out.note(&format!("Nothing was written to `{name}` yet."));
                return Ok(Exit::Ok);
            }
        },
    };
    let errors = errors(app, options.connection.as_deref()).await?;
    if out.json {
        let mut value = shown.json;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("recent_errors".to_owned(), json!(errors));
        }
        out.object(&value);
        return Ok(Exit::Ok);
    }
    let days = match options.days {
        1 => "Today".to_owned(),
        days => format!("The last {days} days"),
    };
    out.line(&format!("{days}{}, in UTC.", shown.of));
    out.line(&format!(
        "Runs: {} succeeded, {} partial, {} failed.",
        shown.runs.succeeded, shown.runs.partial, shown.runs.failed
    ));
    out.line("");
    let header = ["BY", "NAME", "SUCCEEDED", "FAILED", "UNCHANGED", "SKIPPED"];
    let mut rows = shown.rows;
    let busy = |day: &&DayTallies| day.tallies.sum() > 0;
    rows.extend(
        (shown.days.iter().filter(busy)).map(|day| row("day", &day.day.to_string(), &day.tallies)),
    );
    out.summary(&header, rows);
    out.line("");
    newest(&errors, out);
    Ok(Exit::Ok)
}

async fn all(app: &App, query: &StatsQuery) -> Result<Shown, AppError> {
    let stats = app.audit_reader().await?.stats(query).await?;
    let mut rows = vec![row("total", "", &stats.total)];
    for system in &stats.by_system {
        // What has only requests and no records is told by its errors.
        if let Some(name) = system
            .system
            .as_deref()
            .filter(|_| system.tallies.sum() > 0)
        {
            rows.push(row("system", name, &system.tallies));
        }
    }
    rows.extend(parts("connection", &stats.by_connection));
    rows.extend(parts("flow", &stats.by_flow));
    rows.extend(parts("entity", &stats.by_entity));
    Ok(Shown {
        json: json!(stats),
        of: String::new(),
        runs: stats.runs,
        rows,
        days: stats.days,
    })
}

async fn one(app: &App, name: &str, query: &StatsQuery) -> Result<Option<Shown>, AppError> {
    let found = app
        .audit_reader()
        .await?
        .connection_stats(name, query)
        .await?;
    Ok(found.map(|stats| {
        let mut rows = vec![row("total", "", &stats.total)];
        rows.extend(parts("flow", &stats.by_flow));
        rows.extend(parts("entity", &stats.by_entity));
        Shown {
            json: json!(stats),
            of: format!(" of {}", stats.connection),
            runs: stats.runs,
            rows,
            days: stats.days,
        }
    }))
}

async fn errors(app: &App, connection: Option<&str>) -> Result<Vec<Stored>, AppError> {
    let log = app.audit_reader().await?;
    let Some(connection) = connection else {
        return Ok(log.recent_errors(ERRORS).await?);
    };
    let filter = audit_log::Filter::new()
        .level(audit_log::Level::Error)
        .connection(connection);
    let found = log.search(&filter, &audit_log::Page::first(ERRORS)).await?;
    Ok(found.entries)
}

fn parts(by: &'static str, parts: &[Part]) -> impl Iterator<Item = Vec<String>> {
    // Runs are of no kind of record, and counted apart.
    let counted = parts.iter().filter(|part| part.tallies.sum() > 0);
    counted.map(move |part| row(by, part.name.as_deref().unwrap_or("-"), &part.tallies))
}

fn row(by: &str, name: &str, tallies: &Tallies) -> Vec<String> {
    let numbers = [
        tallies.succeeded,
        tallies.failed,
        tallies.unchanged,
        tallies.skipped,
    ];
    [by.to_owned(), name.to_owned()]
        .into_iter()
        .chain(numbers.map(|number| number.to_string()))
        .collect()
}

fn newest(errors: &[Stored], out: &mut Out) {
    if errors.is_empty() {
        out.line("There are no errors in the log.");
        return;
    }
    out.line("The newest errors:");
    let rows = (errors.iter())
        .map(|entry| {
            vec![
                entry.number.to_string(),
                summary::seconds(entry.at),
                entry.connection.clone().unwrap_or_default(),
                entry.event.clone(),
                entry.code.clone().unwrap_or_default(),
                entry.message.clone(),
            ]
        })
        .collect();
    let header = ["NUMBER", "TIME", "CONNECTION", "EVENT", "CODE", "MESSAGE"];
    out.summary(&header, rows);
    out.note("`koppel errors list` puts alike ones together; `koppel logs show NUMBER` shows one.");
}
