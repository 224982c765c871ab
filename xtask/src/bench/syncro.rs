//! How fast the Syncro client lists customers, beside a bare loop that sends the same requests.

use anyhow::{Context, Result, bail};

use super::pull;

/// How many customers are listed.
const CUSTOMERS: u32 = 25_000;

/// How long every answer takes, in milliseconds.
const LATENCIES: [u64; 2] = [0, 50];

/// Who reads; the ratio is that of the rates, of the bare loop's.
const PULLS: [(&str, &str); 2] = [("a bare loop", "bare"), ("the client", "client")];

/// Runs both at each latency; `false` when one fails.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    if let Some(arg) = args.first() {
        bail!("`syncro` takes no arguments, got `{arg}`");
    }
    let program = pull::program()?;
    let list = super::release_dir()?.join("syncro-requests.txt");
    let list = list.to_str().context("the target directory is no UTF-8")?;
    let customers = CUSTOMERS.to_string();
    let serve = ["serve-syncro", "--customers", &customers];
    let read = |how, latency| {
        let args = ["pull-syncro", how, "--requests", list];
        let measured = pull::pull(&program, &serve, latency, &args)?;
        if measured.records != u64::from(CUSTOMERS) {
            bail!("`{how}` read {} of {CUSTOMERS} customers", measured.records);
        }
        Ok(measured)
    };
    read("trace", 0)?;
    pull::head(&format!("{CUSTOMERS} customers"));
    for latency in LATENCIES {
        let mut first = None;
        for (name, how) in PULLS {
            pull::line(name, latency, read(how, latency)?, &mut first);
        }
    }
    Ok(true)
}
