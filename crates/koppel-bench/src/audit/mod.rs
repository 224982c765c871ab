//! The audit log at a large size: what its inserts cost beside bare ones, and its queries.

mod bare;
mod generate;
mod query;

use std::time::Instant;

use anyhow::{Result, ensure};
use api_core::Timestamp;
use audit_log::{AuditLog, Filter, Level, Page};
use serde::Serialize;

use bare::Bare;
use generate::Generator;

use crate::usage::Usage;

/// Rows of a transaction, on both sides.
const BATCH: usize = 4000;
/// So many batches go to one side before the other has its turn: what else the machine does then
/// strikes both alike.
const TURN: u64 = 8;
/// The rows at the start, and at the end, that both sides insert.
const SPAN: u64 = 300_000;
/// Between start and end the bare table gets one turn in so many.
const SPARSE: u64 = 10;
/// How many things the queries look for.
const SAMPLES: u64 = 100;
/// After how many rows it is said how far it is.
const REPORT: u64 = 500_000;

/// Where the audit log is made; not an argument, since it may hold a password.
const URL: &str = "KOPPEL_BENCH_AUDIT_URL";

/// Inserts of both kinds over the same part of the run.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Span {
    log_rows: u64,
    log_seconds: f64,
    bare_rows: u64,
    bare_seconds: f64,
    /// CPU time of this process in each, which does not hang on what else the machine does.
    log_cpu_seconds: f64,
    bare_cpu_seconds: f64,
}

impl Span {
    fn since(self, earlier: Self) -> Self {
        Self {
            log_rows: self.log_rows - earlier.log_rows,
            log_seconds: self.log_seconds - earlier.log_seconds,
            bare_rows: self.bare_rows - earlier.bare_rows,
            bare_seconds: self.bare_seconds - earlier.bare_seconds,
            log_cpu_seconds: self.log_cpu_seconds - earlier.log_cpu_seconds,
            bare_cpu_seconds: self.bare_cpu_seconds - earlier.bare_cpu_seconds,
        }
    }

    fn told(self) -> String {
        let log = self.log_rows as f64 / self.log_seconds.max(1e-9);
        let bare = self.bare_rows as f64 / self.bare_seconds.max(1e-9);
        let log_cpu = self.log_cpu_seconds * 1e6 / self.log_rows.max(1) as f64;
        let bare_cpu = self.bare_cpu_seconds * 1e6 / self.bare_rows.max(1) as f64;
        format!(
            "log {log:.0} rows/s ({log_cpu:.1} us of CPU), bare {bare:.0} rows/s ({bare_cpu:.1} \
             us), ratio {:.3} ({:.3})",
            log / bare.max(1e-9),
            bare_cpu / log_cpu.max(1e-9)
        )
    }
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Measured {
    rows: u64,
    start: Span,
    whole: Span,
    end: Span,
    log_bytes: u64,
    bare_bytes: u64,
    queries: Vec<query::Measured>,
}

/// Measures an audit log that is made at the address in the environment, and prints it as JSON.
pub(crate) async fn run(rows: u64, active_runs: u64) -> Result<()> {
    let url = std::env::var(URL).map_err(|_| anyhow::anyhow!("{URL} is not set"))?;
    let measured = measure(&url, rows, active_runs).await?;
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

async fn measure(url: &str, rows: u64, active_runs: u64) -> Result<Measured> {
    ensure!(active_runs > 0, "at least one run is under way");
    let log = AuditLog::builder(url).level(Level::Debug).open().await?;
    let beside = if url.starts_with("postgres") {
        url.to_owned()
    } else {
        format!("{url}.bare")
    };
    let mut bare = Bare::open(&beside).await?;
    let end = Timestamp::now();
    let mut source = Generator::new(rows, active_runs, end);
    let mut so_far = Span::default();
    let (mut start, mut last, mut told) = (None, Span::default(), Span::default());
    let mut samples = Vec::new();
    let (mut turn, mut made) = (0, 0);
    while made < rows {
        let ending = rows.saturating_sub(SPAN);
        if made <= ending {
            last = so_far;
        }
        let mut batches = Vec::new();
        while made < rows && (batches.len() as u64) < TURN {
            let size = (rows - made).min(BATCH as u64);
            let (batch, sample) = source.batch(size as usize);
            if made * SAMPLES / rows != (made + size) * SAMPLES / rows {
                samples.extend(sample);
            }
            made += size;
            batches.push(batch);
        }
        let both = made <= SPAN || made > ending || turn % SPARSE == 0;
        if both {
            let (began, cpu) = (Instant::now(), Usage::now()?.cpu_seconds);
            for batch in &batches {
                bare.insert(batch).await?;
            }
            so_far.bare_seconds += began.elapsed().as_secs_f64();
            so_far.bare_cpu_seconds += Usage::now()?.cpu_seconds - cpu;
            so_far.bare_rows = bare.rows();
        }
        let (began, cpu) = (Instant::now(), Usage::now()?.cpu_seconds);
        for entry in batches.into_iter().flatten() {
            log.enqueue(entry).await?;
            so_far.log_rows += 1;
        }
        log.flush().await?;
        so_far.log_seconds += began.elapsed().as_secs_f64();
        so_far.log_cpu_seconds += Usage::now()?.cpu_seconds - cpu;
        turn += 1;
        if start.is_none() && made >= SPAN.min(rows) {
            start = Some(so_far);
        }
        if so_far.log_rows - told.log_rows >= REPORT {
            eprintln!("{made} rows: {}", so_far.since(told).told());
            told = so_far;
        }
    }
    log.close().await?;
    let reader = AuditLog::builder(url)
        .read_only(true)
        .open_existing()
        .await?;
    let newest = reader.search(&Filter::new(), &Page::first(1)).await?;
    let number = newest.entries.first().map(|entry| entry.number);
    ensure!(
        number.and_then(|number| u64::try_from(number).ok()) == Some(rows),
        "{number:?} of {rows} entries were written"
    );
    let queries = query::measure(&reader, &samples).await?;
    reader.close().await?;
    Ok(Measured {
        rows: so_far.log_rows,
        start: start.unwrap_or(so_far),
        whole: so_far,
        end: so_far.since(last),
        log_bytes: bare.bytes_of_log(url).await?,
        bare_bytes: bare.bytes().await?,
        queries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_small_log_is_measured_whole() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("audit.db").display());
        let measured = measure(&url, 6000, 20).await.unwrap();
        assert_eq!(measured.rows, 6000);
        assert_eq!(measured.whole.log_rows, measured.whole.bare_rows);
        assert!(measured.start.log_seconds > 0.0 && measured.end.bare_seconds > 0.0);
        assert!(measured.log_bytes > measured.bare_bytes);
    }
}
