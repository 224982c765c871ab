//! Pieces of work of `koppel-bench`, each beside a mock server of its own.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::pull;
use crate::sh;

/// How a bench is run.
#[derive(Debug, Clone)]
pub(super) struct Options {
    /// Records of each run.
    pub(super) records: u64,
    /// Records of the runs that send one by one at a latency: 8 in flight make 160 a second.
    pub(super) slow_records: u64,
    /// Server latencies in milliseconds.
    pub(super) latencies: Vec<u64>,
    /// Runs of each; the fastest counts.
    pub(super) rounds: u32,
}

impl Options {
    /// Takes the arguments of a bench over its defaults.
    pub(super) fn changed_by(mut self, bench: &str, args: &[String]) -> Result<Self> {
        let usage = format!(
            "cargo xtask bench {bench} [--records N] [--slow-records N] [--latency MS,MS] \
             [--rounds N]"
        );
        let mut left = args.iter();
        while let Some(arg) = left.next() {
            let value = left
                .next()
                .with_context(|| format!("`{arg}` needs a value: {usage}"))?;
            match arg.as_str() {
                "--records" => {
                    self.records = value.parse()?;
                    self.slow_records = self.slow_records.min(self.records);
                }
                "--slow-records" => self.slow_records = value.parse()?,
                "--latency" => {
                    self.latencies = value.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--rounds" => self.rounds = value.parse()?,
                other => bail!("`{other}` is not known: {usage}"),
            }
        }
        if self.records == 0 || self.slow_records == 0 || self.rounds == 0 {
            bail!("at least one record and one round: {usage}");
        }
        Ok(self)
    }
}

/// What a worker prints.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Measured {
    pub(super) records: u64,
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
    pub(super) peak_rss_kib: u64,
}

impl Measured {
    /// Records a second.
    pub(super) fn rate(&self) -> f64 {
        self.records as f64 / self.seconds.max(1e-9)
    }
}

/// What the mock server was asked for.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Asked {
    pub(super) pages: u64,
    pub(super) writes: u64,
    pub(super) others: u64,
}

/// The program that works, and a directory for its files.
pub(super) struct Workshop {
    program: PathBuf,
    dir: tempfile::TempDir,
}

impl Workshop {
    /// Builds the program.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            program: pull::program()?,
            dir: tempfile::Builder::new().prefix("koppel-bench-").tempdir()?,
        })
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

    /// Does a job some times, each beside a new server; the fastest counts.
    pub(super) fn measure(
        &self,
        job: &str,
        records: u64,
        latency: u64,
        rounds: u32,
        more: &[&str],
    ) -> Result<(Measured, Asked)> {
        let source = self.source(records)?;
        let mut best: Option<(Measured, Asked)> = None;
        for _ in 0..rounds {
            // What is pushed to is empty; what is pulled from is full.
            let there = if job.contains("pull") { records } else { 0 };
            let server = Server::start(&self.program, there, latency)?;
            let work = tempfile::tempdir_in(self.dir.path())?;
            let mut command = Command::new(&self.program);
            command
                .args(["work", job, "--url", &server.url, "--source"])
                .arg(&source)
                .arg("--dir")
                .arg(work.path())
                .args(more);
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

/// Prints the head of the table.
pub(super) fn heading() {
    println!(
        "{:<38} {:>8} {:>12} {:>13} {:>10} {:>7}",
        "", "records", "records/s", "CPU s/1000", "peak MiB", "ratio"
    );
}

/// One line of the table.
pub(super) fn line(name: &str, measured: Measured, ratio: Option<(f64, &str)>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Options {
        Options {
            records: 200_000,
            slow_records: 8_000,
            latencies: vec![0, 50],
            rounds: 1,
        }
    }

    #[test]
    fn options_are_read_and_wrong_ones_named() {
        let args = ["--records", "1000", "--latency", "0,20"].map(str::to_owned);
        let read = defaults().changed_by("sync", &args).unwrap();
        assert_eq!((read.records, read.slow_records), (1000, 1000));
        assert_eq!(read.latencies, [0, 20]);
        let args = ["--speed", "9"].map(str::to_owned);
        let error = defaults().changed_by("sync", &args).unwrap_err();
        assert!(error.to_string().contains("--speed"), "{error}");
        for wrong in [&["--records"][..], &["--records", "0"]] {
            let args: Vec<String> = wrong.iter().map(|arg| (*arg).to_owned()).collect();
            assert!(defaults().changed_by("sync", &args).is_err(), "{wrong:?}");
        }
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
