//! How fast the Simply CRM client decodes answers and pulls contacts.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::release_dir;
use crate::sh;

/// How many contacts are pulled.
const CONTACTS: u32 = 10_000;

/// How long every answer takes, in milliseconds.
const LATENCIES: [u64; 2] = [0, 50];

/// Ways to pull, with the sessions at work; each is compared with the first.
const PULLS: [(&str, &str, u32); 4] = [
    ("rows by a query, 1 session", "rows", 1),
    ("rows by a query, 4 sessions", "rows", 4),
    ("changes by sync", "sync", 1),
    ("changes by queries", "changes", 1),
];

/// What a pull prints.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Measured {
    records: u64,
    seconds: f64,
    cpu_seconds: f64,
    peak_rss_kib: u64,
}

/// Runs the client's own bench, then the pulls; `false` when one fails.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    if let Some(arg) = args.first() {
        bail!("`simplycrm` takes no arguments, got `{arg}`");
    }
    Ok(decode()? && pulls()?)
}

/// The client's own bench, which prints its table.
fn decode() -> Result<bool> {
    let mut bench = sh::cargo();
    bench.args([
        "bench",
        "--locked",
        "-p",
        "simplycrm-ws",
        "--bench",
        "decode",
    ]);
    sh::passes(&mut bench).context("the bench could not be started")
}

fn pulls() -> Result<bool> {
    let mut build = sh::cargo();
    build.args(["build", "--release", "--locked", "-p", "koppel-bench"]);
    if !sh::passes(&mut build)? {
        bail!("the release build failed");
    }
    let program = release_dir()?.join("koppel-bench");
    println!(
        "{:<32} {:>8} {:>8} {:>10} {:>13} {:>9} {:>7}",
        format!("{CONTACTS} contacts"),
        "latency",
        "seconds",
        "records/s",
        "CPU s/1000",
        "peak MiB",
        "ratio"
    );
    for latency in LATENCIES {
        let mut first = None;
        for (name, how, sessions) in PULLS {
            let measured = pull(&program, how, sessions, latency)?;
            let rate = measured.records as f64 / measured.seconds.max(1e-9);
            let ratio = rate / *first.get_or_insert(rate);
            println!(
                "{name:<32} {:>8} {:>8.2} {rate:>10.0} {:>13.4} {:>9.1} {ratio:>7.2}",
                format!("{latency} ms"),
                measured.seconds,
                measured.cpu_seconds * 1000.0 / measured.records as f64,
                measured.peak_rss_kib as f64 / 1024.0,
            );
        }
    }
    Ok(true)
}

/// One pull, from a server of its own.
fn pull(program: &Path, how: &str, sessions: u32, latency: u64) -> Result<Measured> {
    let server = Server::start(program, latency)?;
    let mut command = Command::new(program);
    command
        .args(["pull-simplycrm", how, "--url", &server.url])
        .args(["--sessions", &sessions.to_string()]);
    let text = sh::output(&mut command)?;
    serde_json::from_str(text.trim()).with_context(|| format!("`{how}` printed {text:?}"))
}

/// The sandbox, a process of its own; stopped when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(program: &Path, latency: u64) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["serve-simplycrm", "--contacts", &CONTACTS.to_string()])
            .args(["--latency-ms", &latency.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the sandbox")?;
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut url)?;
        }
        let mut server = Self {
            child,
            url: url.trim().to_owned(),
        };
        if server.url.is_empty() {
            server.stop();
            bail!("the sandbox ended before it listened");
        }
        Ok(server)
    }

    fn stop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
