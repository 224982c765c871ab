//! How fast the Simply CRM client decodes answers and pulls contacts.

use anyhow::{Context, Result, bail};

use super::pull;
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
    let program = pull::program()?;
    let contacts = CONTACTS.to_string();
    let serve = ["serve-simplycrm", "--contacts", &contacts];
    pull::head(&format!("{CONTACTS} contacts"));
    for latency in LATENCIES {
        let mut first = None;
        for (name, how, sessions) in PULLS {
            let sessions = sessions.to_string();
            let args = ["pull-simplycrm", how, "--sessions", &sessions];
            let measured = pull::pull(&program, &serve, latency, &args)?;
            pull::line(name, latency, measured, &mut first);
        }
    }
    Ok(true)
}
