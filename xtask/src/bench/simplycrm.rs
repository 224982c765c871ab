//! How fast the Simply CRM client decodes answers.

use anyhow::{Context, Result, bail};

use crate::sh;

/// Runs the client's own bench, which prints its table.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    if let Some(arg) = args.first() {
        bail!("`simplycrm` takes no arguments, got `{arg}`");
    }
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
