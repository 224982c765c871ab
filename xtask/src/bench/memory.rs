//! Peak memory of `koppel sync`: it may not depend on the number of records.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{measured, release_dir};
use crate::sh;

/// The two sizes that are compared, in customers.
const SIZES: [u32; 2] = [20_000, 200_000];
/// The larger run may need this much more than the smaller.
const TOLERANCE: f64 = 0.15;
/// No run may need more, in KiB.
const LIMIT_KIB: u64 = 64 * 1024;
/// How long the sandbox may take until it answers.
const START: Duration = Duration::from_secs(30);
const TOKEN: &str = "benchmark-token";

/// Builds, measures both sizes, prints the result; `false` when it does not hold.
pub(crate) fn run() -> Result<bool> {
    let mut build = sh::cargo();
    build.args([
        "build",
        "--release",
        "--locked",
        "-p",
        "koppel",
        "-p",
        "koppel-sandbox",
    ]);
    if !sh::passes(&mut build)? {
        bail!("the release build failed");
    }
    let bin = release_dir()?;
    let mut peaks = Vec::new();
    for customers in SIZES {
        let start = Instant::now();
        let peak = one(&bin, customers)?;
        eprintln!(
            "{customers} customers: {} KiB, {:.1} s with generating",
            peak,
            start.elapsed().as_secs_f64()
        );
        peaks.push(peak);
    }
    let (text, holds) = verdict(peaks[0], peaks[1]);
    print!("{text}");
    Ok(holds)
}

fn verdict(small: u64, large: u64) -> (String, bool) {
    let mut text = String::from("Peak resident memory of `koppel sync`\n");
    for (customers, kib) in SIZES.into_iter().zip([small, large]) {
        let mib = kib as f64 / 1024.0;
        writeln!(text, "  {customers:>7} customers  {mib:>6.1} MiB").ok();
    }
    let ratio = large as f64 / small.max(1) as f64;
    let same = (ratio - 1.0).abs() <= TOLERANCE;
    let low = small.max(large) < LIMIT_KIB;
    let word = |ok: bool| if ok { "holds" } else { "DOES NOT HOLD" };
    writeln!(text, "  ratio {ratio:.3}, within 15 %: {}", word(same)).ok();
    writeln!(text, "  below 64 MiB: {}", word(low)).ok();
    (text, same && low)
}

fn one(bin: &Path, customers: u32) -> Result<u64> {
    let dir = tempfile::Builder::new().prefix("koppel-bench-").tempdir()?;
    let crm = dir.path().join("crm.db");
    let mut generate = Command::new(bin.join("koppel-sandbox"));
    generate
        .arg("generate")
        .arg("--sqlite")
        .arg(&crm)
        .arg("--customers")
        .arg(customers.to_string())
        .args([
            "--contacts-per-customer",
            "1",
            "--leads",
            "0",
            "--projects",
            "0",
        ])
        .args(["--tickets", "0", "--invoices", "0"]);
    if !sh::passes(&mut generate)? {
        bail!("the CRM database could not be generated");
    }
    let sandbox = Sandbox::start(bin)?;
    let config = dir.path().join("koppel.toml");
    std::fs::write(&config, config_text(&sandbox.url))?;
    let mut sync = Command::new(bin.join("koppel"));
    sync.arg("--config")
        .arg(&config)
        .args(["sync", "push", "--json"])
        .env("SMARTCRM_TOKEN", TOKEN)
        .current_dir(dir.path());
    measured(&sync)
}

fn config_text(url: &str) -> String {
    format!(
        r#"[connections.crm]
kind = "crmconnect"
url = "sqlite:crm.db"

[connections.smartcrm]
kind = "smartcrm"
api_url = "{url}"
token = "env:SMARTCRM_TOKEN"
insecure_http = true

[flows.push]
from = "crm"
to = "smartcrm"
entities = ["customer"]
every = "1h"
"#
    )
}

/// The fake SmartCRM, stopped when dropped.
struct Sandbox {
    child: Child,
    url: String,
}

impl Sandbox {
    fn start(bin: &Path) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = Command::new(bin.join("koppel-sandbox"));
        command
            .args(["smartcrm", "--port", &port.to_string(), "--token", TOKEN])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        eprintln!("$ {}", sh::shown(&command));
        let child = command.spawn().context("cannot start `koppel-sandbox`")?;
        let mut sandbox = Self {
            child,
            url: format!("http://{listen}"),
        };
        let deadline = Instant::now() + START;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = sandbox.child.try_wait()? {
                let mut text = String::new();
                if let Some(stderr) = sandbox.child.stderr.take() {
                    stderr.take(4096).read_to_string(&mut text)?;
                }
                bail!("`koppel-sandbox` ended ({status}):\n{}", text.trim_end());
            }
            if Instant::now() > deadline {
                bail!("`koppel-sandbox` does not listen on {listen}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        // What it logs is read away, so that a full pipe never stops it.
        if let Some(stderr) = sandbox.child.stderr.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stderr).lines() {
                    if line.is_err() {
                        break;
                    }
                }
            });
        }
        Ok(sandbox)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_compares_both_runs() {
        let (text, holds) = verdict(30 * 1024, 33 * 1024);
        assert!(holds, "{text}");
        assert!(text.contains("ratio 1.100, within 15 %: holds"), "{text}");
        assert!(!verdict(30 * 1024, 40 * 1024).1);
        assert!(!verdict(63 * 1024, 64 * 1024).1);
    }
}
