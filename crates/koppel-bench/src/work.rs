//! One piece of work, measured in a process of its own.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use crate::usage::Usage;
use crate::{bare, engine};

/// Records in one page of the API.
pub(crate) const PAGE: usize = 100;
/// Records in one batch.
pub(crate) const BATCH: usize = 50;
/// Requests under way at once.
pub(crate) const IN_FLIGHT: usize = 8;
/// What logs in.
pub(crate) const TOKEN: &str = "benchmark-token";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Job {
    /// Pages over HTTP into SQLite, by a bare loop.
    BarePull,
    /// The same by the engine.
    EnginePull,
    /// SQLite over HTTP in batches, by a bare loop.
    BarePushBatch,
    /// The same by the engine.
    EnginePushBatch,
    /// SQLite over HTTP one by one, by a bare loop.
    BarePushSingle,
    /// The same by the engine.
    EnginePushSingle,
    /// A scan of the table.
    BareScan,
    /// A sync that finds nothing changed (after one that was not measured).
    EngineNoChange,
    /// A pull that finds nothing changed (after one that was not measured).
    EngineNoChangePull,
}

/// Whether the engine writes an audit log, and from which level on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Audit {
    /// It does not.
    Off,
    /// The events, and exchanges that fail.
    Info,
    /// Every exchange.
    Debug,
}

/// What a piece of work took.
#[derive(Serialize)]
pub(crate) struct Measured {
    records: u64,
    seconds: f64,
    #[serde(flatten)]
    usage: Usage,
}

impl Measured {
    /// What was used between two moments.
    pub(crate) fn between(records: u64, seconds: f64, before: Usage, after: Usage) -> Self {
        Self {
            records,
            seconds,
            usage: Usage {
                cpu_seconds: after.cpu_seconds - before.cpu_seconds,
                ..after
            },
        }
    }

    /// Prints it as JSON.
    pub(crate) fn print(&self) -> Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

/// Does the job and prints what it took, as JSON.
pub(crate) async fn run(
    job: Job,
    audit: Audit,
    url: &str,
    source: &Path,
    dir: &Path,
) -> Result<()> {
    let out = dir.join("out.db");
    let prepared = match job {
        Job::EngineNoChange | Job::EngineNoChangePull => {
            Some(engine::Prepared::open(job, audit, url, source, dir).await?)
        }
        _ => None,
    };
    let before = Usage::now()?;
    let start = Instant::now();
    let records = match job {
        Job::BarePull => bare::pull(url, &out).await?,
        Job::BarePushBatch => bare::push(url, source, &out, false).await?,
        Job::BarePushSingle => bare::push(url, source, &out, true).await?,
        Job::BareScan => bare::scan(source).await?,
        Job::EnginePull | Job::EnginePushBatch | Job::EnginePushSingle => {
            let prepared = engine::Prepared::open(job, audit, url, source, dir).await?;
            let records = prepared.run().await?;
            prepared.finish(records).await?;
            records
        }
        Job::EngineNoChange | Job::EngineNoChangePull => match &prepared {
            Some(prepared) => prepared.run_unchanged().await?,
            None => 0,
        },
    };
    let seconds = start.elapsed().as_secs_f64();
    let after = Usage::now()?;
    Measured::between(records, seconds, before, after).print()
}
