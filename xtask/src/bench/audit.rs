//! The audit log at a size it reaches after years: inserts beside bare ones, and every query.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::pull;
use crate::{services, sh};

const USAGE: &str = "cargo xtask bench audit [--rows N] [--sqlite | --postgres] [--active-runs N] \
                     [--dir DIR]\n       cargo xtask bench audit engine …";

/// Inserts with everything must reach this part of bare ones, over the first rows.
const START_FLOOR: f64 = 0.3;
/// The same at the end.
const END_FLOOR: f64 = 0.12;
/// The size that [`END_FLOOR`] is promised for.
const FULL_SIZE: u64 = 10_000_000;
/// What a query may take, in milliseconds.
const QUERY_LIMIT: f64 = 20.0;

/// How the bench is run.
#[derive(Debug, Clone)]
struct Options {
    rows: u64,
    sqlite: bool,
    postgres: bool,
    active_runs: Option<u64>,
    dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rows: FULL_SIZE,
            sqlite: true,
            postgres: true,
            active_runs: None,
            dir: None,
        }
    }
}

/// What `koppel-bench audit` prints.
#[derive(Debug, Deserialize)]
struct Measured {
    rows: u64,
    start: Span,
    whole: Span,
    end: Span,
    log_bytes: u64,
    bare_bytes: u64,
    queries: Vec<Query>,
}

/// Inserts of both kinds over the same part of the run.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Span {
    log_rows: u64,
    log_seconds: f64,
    bare_rows: u64,
    bare_seconds: f64,
    log_cpu_seconds: f64,
    bare_cpu_seconds: f64,
}

impl Span {
    fn log_rate(&self) -> f64 {
        self.log_rows as f64 / self.log_seconds.max(1e-9)
    }

    fn bare_rate(&self) -> f64 {
        self.bare_rows as f64 / self.bare_seconds.max(1e-9)
    }

    fn ratio(&self) -> f64 {
        self.log_rate() / self.bare_rate().max(1e-9)
    }

    /// Microseconds of CPU for an entry in the log and for a bare row; of the program that
    /// measures, without a server's.
    fn cpu(&self) -> (f64, f64) {
        (
            self.log_cpu_seconds * 1e6 / self.log_rows.max(1) as f64,
            self.bare_cpu_seconds * 1e6 / self.bare_rows.max(1) as f64,
        )
    }
}

#[derive(Debug, Deserialize)]
struct Query {
    name: String,
    /// Whether a limit is promised for it.
    required: bool,
    median_ms: f64,
    p95_ms: f64,
    max_ms: f64,
    /// Rows of the last answer.
    answer: u64,
}

/// Builds, measures, prints the tables; `false` when a floor or a limit is not kept.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    let options = options(args)?;
    let program = pull::program()?;
    let mut holds = true;
    if options.sqlite {
        let dir = match &options.dir {
            Some(dir) => tempfile::Builder::new()
                .prefix("koppel-bench-")
                .tempdir_in(dir)?,
            None => tempfile::Builder::new().prefix("koppel-bench-").tempdir()?,
        };
        let url = format!("sqlite:{}", dir.path().join("audit.db").display());
        let (text, held) = measure(&program, "SQLite", &url, &options)?;
        print!("{text}");
        holds &= held;
    }
    if options.postgres {
        let (server, url) = services::durable_postgres()?;
        let measured = measure(&program, "PostgreSQL", &url, &options);
        server.stop()?;
        let (text, held) = measured?;
        print!("{text}");
        holds &= held;
    }
    let word = if holds {
        "Everything"
    } else {
        "NOT everything"
    };
    println!("{word} that is promised holds.");
    Ok(holds)
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options::default();
    let mut left = args.iter();
    while let Some(arg) = left.next() {
        match arg.as_str() {
            "--sqlite" => options.postgres = false,
            "--postgres" => options.sqlite = false,
            "--rows" | "--active-runs" | "--dir" => {
                let value = left
                    .next()
                    .with_context(|| format!("`{arg}` needs a value: {USAGE}"))?;
                match arg.as_str() {
                    "--rows" => options.rows = value.replace('_', "").parse()?,
                    "--active-runs" => options.active_runs = Some(value.parse()?),
                    _ => options.dir = Some(PathBuf::from(value)),
                }
            }
            other => bail!("`{other}` is not known: {USAGE}"),
        }
    }
    if !options.sqlite && !options.postgres {
        bail!("either --sqlite or --postgres, or neither for both: {USAGE}");
    }
    if options.rows < 1000 {
        bail!("at least 1000 rows: {USAGE}");
    }
    Ok(options)
}

fn measure(program: &Path, database: &str, url: &str, options: &Options) -> Result<(String, bool)> {
    let mut command = Command::new(program);
    command
        .args(["audit", "--rows", &options.rows.to_string()])
        // The address holds a password, which a command line would show to everybody.
        .env("KOPPEL_BENCH_AUDIT_URL", url);
    if let Some(runs) = options.active_runs {
        command.args(["--active-runs", &runs.to_string()]);
    }
    let text = sh::output(&mut command)?;
    let measured: Measured = serde_json::from_str(text.trim())
        .with_context(|| format!("the measurement printed {text:?}"))?;
    Ok(table(database, &measured))
}

fn word(holds: bool) -> &'static str {
    if holds { "holds" } else { "DOES NOT HOLD" }
}

fn table(database: &str, measured: &Measured) -> (String, bool) {
    let mut text = String::new();
    let mut holds = true;
    writeln!(
        text,
        "{database}, {} rows: {:.2} GB (bare: {:.2} GB)",
        measured.rows,
        measured.log_bytes as f64 / 1e9,
        measured.bare_bytes as f64 / 1e9
    )
    .ok();
    writeln!(
        text,
        "  {:<34} {:>10} {:>12} {:>12} {:>7} {:>7} {:>7}",
        "inserts", "rows", "log rows/s", "bare rows/s", "ratio", "CPU us", "bare us"
    )
    .ok();
    // Smaller runs have no promised floor at their end.
    let end = (measured.rows >= FULL_SIZE).then_some(END_FLOOR);
    let spans = [
        ("first rows", measured.start, Some(START_FLOOR)),
        ("all rows", measured.whole, end),
        ("last rows", measured.end, end),
    ];
    for (name, span, floor) in spans {
        let (log_cpu, bare_cpu) = span.cpu();
        write!(
            text,
            "  {name:<34} {:>10} {:>12.0} {:>12.0} {:>7.3} {log_cpu:>7.1} {bare_cpu:>7.1}",
            span.log_rows,
            span.log_rate(),
            span.bare_rate(),
            span.ratio()
        )
        .ok();
        if let Some(floor) = floor {
            let held = span.ratio() >= floor;
            holds &= held;
            write!(text, "  floor {floor}: {}", word(held)).ok();
        }
        text.push('\n');
    }
    writeln!(
        text,
        "  {:<34} {:>10} {:>12} {:>12} {:>7}",
        "queries", "answer", "median ms", "p95 ms", "max ms"
    )
    .ok();
    for query in &measured.queries {
        write!(
            text,
            "  {:<34} {:>10} {:>12.2} {:>12.2} {:>7.2}",
            query.name, query.answer, query.median_ms, query.p95_ms, query.max_ms
        )
        .ok();
        if query.required {
            let held = query.p95_ms < QUERY_LIMIT;
            holds &= held;
            write!(text, "  under {QUERY_LIMIT} ms: {}", word(held)).ok();
        }
        text.push('\n');
    }
    (text, holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(args: &[&str]) -> Vec<String> {
        args.iter().map(|arg| (*arg).to_owned()).collect()
    }

    #[test]
    fn options_are_read_and_wrong_ones_named() {
        let read = options(&strings(&["--rows", "1_000_000", "--sqlite"])).unwrap();
        assert_eq!(
            (read.rows, read.sqlite, read.postgres),
            (1_000_000, true, false)
        );
        let both = options(&[]).unwrap();
        assert_eq!(
            (both.rows, both.sqlite, both.postgres),
            (FULL_SIZE, true, true)
        );
        for wrong in [
            &["--speed"][..],
            &["--rows"],
            &["--rows", "9"],
            &["--sqlite", "--postgres"],
        ] {
            assert!(options(&strings(wrong)).is_err(), "{wrong:?}");
        }
    }

    fn measured(log_seconds: f64, p95_ms: f64) -> Measured {
        let span = Span {
            log_rows: 100,
            log_seconds,
            bare_rows: 100,
            bare_seconds: 1.0,
            log_cpu_seconds: 0.002,
            bare_cpu_seconds: 0.001,
        };
        Measured {
            rows: FULL_SIZE,
            start: Span {
                log_seconds: 3.0,
                ..span
            },
            whole: span,
            end: span,
            log_bytes: 4_000_000_000,
            bare_bytes: 2_000_000_000,
            queries: vec![Query {
                name: "newest page".to_owned(),
                required: true,
                median_ms: 1.0,
                p95_ms,
                max_ms: 90.0,
                answer: 50,
            }],
        }
    }

    #[test]
    fn a_table_says_of_each_floor_and_limit_whether_it_holds() {
        let (text, holds) = table("SQLite", &measured(8.0, 19.0));
        assert!(holds, "{text}");
        for part in [
            "0.333    20.0    10.0  floor 0.3: holds",
            "0.125    20.0    10.0  floor 0.12: holds",
            "under 20 ms: holds",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!table("SQLite", &measured(9.0, 19.0)).1);
        assert!(!table("SQLite", &measured(8.0, 20.0)).1);
    }

    #[test]
    fn a_smaller_run_promises_nothing_for_its_end() {
        let smaller = Measured {
            rows: 300_000,
            ..measured(9.0, 1.0)
        };
        let (text, holds) = table("SQLite", &smaller);
        assert!(holds && !text.contains("floor 0.12"), "{text}");
    }
}
