//! Pulls out of a sandbox: the server and each pull in processes of their own, and the table.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::release_dir;
use crate::sh;

/// What a pull prints.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Measured {
    pub(super) records: u64,
    pub(super) seconds: f64,
    pub(super) cpu_seconds: f64,
    pub(super) peak_rss_kib: u64,
}

/// Builds the program that serves and pulls.
pub(super) fn program() -> Result<PathBuf> {
    let mut build = sh::cargo();
    build.args(["build", "--release", "--locked", "-p", "koppel-bench"]);
    if !sh::passes(&mut build)? {
        bail!("the release build failed");
    }
    Ok(release_dir()?.join("koppel-bench"))
}

/// Prints the head of the table.
pub(super) fn head(title: &str) {
    println!(
        "{title:<32} {:>8} {:>8} {:>10} {:>13} {:>9} {:>7}",
        "latency", "seconds", "records/s", "CPU s/1000", "peak MiB", "ratio"
    );
}

/// Prints one line of the table; `first` is the rate that ratios are counted from.
pub(super) fn line(name: &str, latency: u64, measured: Measured, first: &mut Option<f64>) {
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

/// One pull, from a server of its own.
pub(super) fn pull(
    program: &Path,
    serve: &[&str],
    latency: u64,
    args: &[&str],
) -> Result<Measured> {
    let server = Server::start(program, serve, latency)?;
    let mut command = Command::new(program);
    command.args(args).args(["--url", &server.url]);
    let text = sh::output(&mut command)?;
    serde_json::from_str(text.trim()).with_context(|| format!("{args:?} printed {text:?}"))
}

/// The sandbox, a process of its own; stopped when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(program: &Path, serve: &[&str], latency: u64) -> Result<Self> {
        let mut child = Command::new(program)
            .args(serve)
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
