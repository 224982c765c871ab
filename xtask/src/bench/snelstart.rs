//! How fast the SnelStart client lists invoices, beside a bare loop that sends the same requests.

use anyhow::{Result, bail};

use super::pull;

/// How many invoices are listed: a hundred pages, an empty one and a token.
const INVOICES: u32 = 50_000;

/// How long every answer takes, in milliseconds.
const LATENCIES: [u64; 2] = [0, 50];

/// Who reads; the ratio is that of the rates, of the bare loop's.
const PULLS: [(&str, &str); 2] = [("a bare loop", "bare"), ("the client", "client")];

/// Runs both at each latency; `false` when one fails.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    if let Some(arg) = args.first() {
        bail!("`snelstart` takes no arguments, got `{arg}`");
    }
    let program = pull::program()?;
    let invoices = INVOICES.to_string();
    let serve = ["serve-snelstart", "--invoices", &invoices];
    pull::head(&format!("{INVOICES} invoices"));
    for latency in LATENCIES {
        let mut first = None;
        for (name, how) in PULLS {
            let measured = pull::pull(&program, &serve, latency, &["pull-snelstart", how])?;
            if measured.records != u64::from(INVOICES) {
                bail!("{name} read {} of {INVOICES} invoices", measured.records);
            }
            pull::line(name, latency, measured, &mut first);
        }
    }
    Ok(true)
}
