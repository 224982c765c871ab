//! The engine against bare loops that do the same work unprotected.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::release_dir;
use crate::sh;

/// How a bench is run.
#[derive(Debug, Clone)]
struct Options {
    /// Records of each run.
    records: u64,
    /// Records of the runs that send one by one at a latency: 8 in flight make 160 a second.
    slow_records: u64,
    /// Server latencies in milliseconds.
    latencies: Vec<u64>,
    /// Runs of each; the fastest counts.
    rounds: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            records: 200_000,
            slow_records: 200_000,
            latencies: vec![0, 50],
            rounds: 1,
        }
    }
}

const USAGE: &str = "cargo xtask bench sync [--records N] [--slow-records N] [--latency MS,MS] \
                     [--rounds N]";

/// What a worker prints.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Measured {
    records: u64,
    seconds: f64,
    cpu_seconds: f64,
    peak_rss_kib: u64,
}

impl Measured {
    fn rate(&self) -> f64 {
        self.records as f64 / self.seconds.max(1e-9)
    }
}

/// What the mock server was asked for.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Asked {
    pages: u64,
    writes: u64,
    others: u64,
}

/// Two jobs that do the same work, and how much of the first the second must reach.
struct Pair {
    name: &'static str,
    bare: &'static str,
    engine: &'static str,
}

const PAIRS: [Pair; 3] = [
    Pair {
        name: "pull into SQLite, pages of 100",
        bare: "bare-pull",
        engine: "engine-pull",
    },
    Pair {
        name: "push in batches of 50, 8 in flight",
        bare: "bare-push-batch",
        engine: "engine-push-batch",
    },
    Pair {
        name: "push one by one, 8 in flight",
        bare: "bare-push-single",
        engine: "engine-push-single",
    },
];

/// The engine must reach this part of the bare loop's speed.
fn floor(latency: u64) -> f64 {
    if latency >= 50 { 0.95 } else { 0.3 }
}

/// A run without changes must reach this part of a bare scan's speed.
const SCAN_FLOOR: f64 = 0.5;

/// Builds, measures, prints the table; `false` when a floor is not reached.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    let options = options(args)?;
    let mut build = sh::cargo();
    build.args(["build", "--release", "--locked", "-p", "koppel-bench"]);
    if !sh::passes(&mut build)? {
        bail!("the release build failed");
    }
    let bench = Bench::new(options)?;
    bench.heading();
    let mut holds = true;
    for &latency in &bench.options.latencies {
        for pair in &PAIRS {
            holds &= bench.pair(pair, latency)?;
        }
    }
    holds &= bench.unchanged()?;
    println!(
        "{}",
        if holds {
            "Every floor holds."
        } else {
            "NOT every floor holds."
        }
    );
    Ok(holds)
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options::default();
    let mut left = args.iter();
    while let Some(arg) = left.next() {
        let value = left
            .next()
            .with_context(|| format!("`{arg}` needs a value: {USAGE}"))?;
        match arg.as_str() {
            "--records" => {
                options.records = value.parse()?;
                options.slow_records = options.slow_records.min(options.records);
            }
            "--slow-records" => options.slow_records = value.parse()?,
            "--latency" => {
                options.latencies = value.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            "--rounds" => options.rounds = value.parse()?,
            other => bail!("`{other}` is not known: {USAGE}"),
        }
    }
    if options.records == 0 || options.slow_records == 0 || options.rounds == 0 {
        bail!("at least one record and one round: {USAGE}");
    }
    Ok(options)
}

struct Bench {
    program: PathBuf,
    dir: tempfile::TempDir,
    options: Options,
}

impl Bench {
    fn new(options: Options) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("koppel-bench-").tempdir()?;
        let program = release_dir()?.join("koppel-bench");
        Ok(Self {
            program,
            dir,
            options,
        })
    }

    fn heading(&self) {
        println!(
            "{:<38} {:>8} {:>12} {:>13} {:>10} {:>7}",
            "", "records", "records/s", "CPU s/1000", "peak MiB", "ratio"
        );
    }

    /// The database of customers with so many rows; made with the first use.
    fn source(&self, records: u64) -> Result<PathBuf> {
        let db = self.dir.path().join(format!("source-{records}.db"));
        if !db.exists() {
            let mut prepare = Command::new(&self.program);
            prepare.args(["prepare", "--records", &records.to_string(), "--db"]);
            prepare.arg(&db);
            if !sh::passes(&mut prepare)? {
                bail!("the database could not be made");
            }
        }
        Ok(db)
    }

    fn measure(&self, job: &str, records: u64, latency: u64) -> Result<(Measured, Asked)> {
        let source = self.source(records)?;
        let mut best: Option<(Measured, Asked)> = None;
        for _ in 0..self.options.rounds {
            // What is pushed to is empty; what is pulled from is full.
            let there = if job.contains("pull") { records } else { 0 };
            let server = Server::start(&self.program, there, latency)?;
            let work = tempfile::tempdir_in(self.dir.path())?;
            let mut command = Command::new(&self.program);
            command
                .args(["work", job, "--url", &server.url, "--source"])
                .arg(&source)
                .arg("--dir")
                .arg(work.path());
            let text = sh::output(&mut command)?;
            let measured: Measured = serde_json::from_str(text.trim())
                .with_context(|| format!("`{job}` printed {text:?}"))?;
            if measured.records != records {
                bail!("`{job}` moved {} of {records} records", measured.records);
            }
            let asked = server.asked()?;
            if best.is_none_or(|(fastest, _)| measured.seconds < fastest.seconds) {
                best = Some((measured, asked));
            }
        }
        best.context("nothing was measured")
    }

    fn pair(&self, pair: &Pair, latency: u64) -> Result<bool> {
        let slow = latency > 0 && pair.bare == "bare-push-single";
        let records = if slow {
            self.options.slow_records
        } else {
            self.options.records
        };
        let (bare, bare_asked) = self.measure(pair.bare, records, latency)?;
        let (engine, engine_asked) = self.measure(pair.engine, records, latency)?;
        if bare_asked.writes != engine_asked.writes || engine_asked.others > 0 {
            bail!("the two did not ask the same: {bare_asked:?}, {engine_asked:?}");
        }
        let ratio = engine.rate() / bare.rate();
        let holds = ratio >= floor(latency);
        println!("{}, {latency} ms", pair.name);
        print!("{}", line("(a) bare loop", bare, None));
        let verdict = verdict(floor(latency), holds);
        print!("{}", line("(b) engine", engine, Some((ratio, &verdict))));
        Ok(holds)
    }

    fn unchanged(&self) -> Result<bool> {
        let records = self.options.records;
        let (scan, _) = self.measure("bare-scan", records, 0)?;
        let (engine, asked) = self.measure("engine-no-change", records, 0)?;
        // The sync before it wrote every record once; nothing else is asked of the remote but the
        // one look at whether it is empty.
        if asked.writes != records || asked.others > 0 || asked.pages > 1 {
            bail!("the remote was asked for more than the first sync needs: {asked:?}");
        }
        let ratio = engine.rate() / scan.rate();
        let holds = ratio >= SCAN_FLOOR;
        println!("nothing changed, from SQLite");
        print!("{}", line("(a) bare scan of the rows", scan, None));
        let verdict = verdict(SCAN_FLOOR, holds);
        print!("{}", line("(b) engine", engine, Some((ratio, &verdict))));
        let (pull, asked) = self.measure("engine-no-change-pull", records, 0)?;
        let pages = records.div_ceil(100);
        // One look at each page in each of the two syncs.
        let asked_well = asked.writes == 0 && asked.others == 0 && asked.pages <= 2 * pages;
        println!("nothing changed, from the remote");
        print!("{}", line("(b) engine", pull, None));
        println!(
            "  {} requests for 2 x {pages} pages: {}",
            asked.pages,
            if asked_well {
                "one a page"
            } else {
                "MORE THAN ONE A PAGE"
            }
        );
        Ok(holds && asked_well)
    }
}

fn verdict(floor: f64, holds: bool) -> String {
    let word = if holds { "holds" } else { "DOES NOT HOLD" };
    format!("floor {floor}: {word}")
}

fn line(name: &str, measured: Measured, ratio: Option<(f64, &str)>) -> String {
    let mut text = String::new();
    let per_thousand = measured.cpu_seconds * 1000.0 / measured.records as f64;
    write!(
        text,
        "  {name:<36} {:>8} {:>12.0} {per_thousand:>13.4} {:>10.1}",
        measured.records,
        measured.rate(),
        measured.peak_rss_kib as f64 / 1024.0,
    )
    .ok();
    if let Some((ratio, verdict)) = ratio {
        write!(text, " {ratio:>7.2}  {verdict}").ok();
    }
    text.push('\n');
    text
}

/// The mock server, a process of its own; stopped when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(program: &Path, records: u64, latency: u64) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["serve", "--records", &records.to_string()])
            .args(["--latency-ms", &latency.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the mock server")?;
        let mut address = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        let address = address.trim();
        if address.is_empty() {
            child.kill().ok();
            child.wait().ok();
            bail!("the mock server ended before it listened");
        }
        let url = format!("http://{address}");
        Ok(Self { child, url })
    }

    /// What it was asked for so far.
    fn asked(&self) -> Result<Asked> {
        use std::io::{Read, Write};
        let host = self.url.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(host)?;
        write!(
            stream,
            "GET /counts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer
            .split_once("\r\n\r\n")
            .context("the mock server gave no body")?;
        Ok(serde_json::from_str(body.trim())?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_wrong_ones_named() {
        let args = ["--records", "1000", "--latency", "0,20"].map(str::to_owned);
        let read = options(&args).unwrap();
        assert_eq!((read.records, read.slow_records), (1000, 1000));
        assert_eq!(read.latencies, [0, 20]);
        let error = options(&["--speed".to_owned(), "9".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("--speed"), "{error}");
        assert!(options(&["--records".to_owned()]).is_err());
        assert!(options(&["--records", "0"].map(str::to_owned)).is_err());
    }

    #[test]
    fn a_line_shows_rate_cpu_memory_and_ratio() {
        let measured = Measured {
            records: 1000,
            seconds: 0.5,
            cpu_seconds: 0.25,
            peak_rss_kib: 2048,
        };
        let text = line("(b) engine", measured, Some((0.5, "floor 0.3: holds")));
        for part in ["2000", "0.2500", "2.0", "0.50", "floor 0.3: holds"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
