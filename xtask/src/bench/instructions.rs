//! Instructions that the engine's inner steps take, counted by Valgrind: the same on every machine
//! of one kind, whatever else it does.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::release_dir;
use crate::sh;

/// Builds the benches with their runner and runs them.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    if let Some(arg) = args.first() {
        bail!("`instructions` takes no arguments, got `{arg}`");
    }
    let there = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        bail!("Valgrind is not installed; on Debian: apt-get install valgrind");
    }
    let features = ["-p", "koppel-bench", "--features", "instructions"];
    let mut build = sh::cargo();
    build
        .args(["build", "--release", "--locked"])
        .args(features);
    build.args(["--bin", "instructions-runner"]);
    if !sh::passes(&mut build)? {
        bail!("the runner could not be built");
    }
    let runner: PathBuf = release_dir()?.join("instructions-runner");
    let mut bench = sh::cargo();
    bench
        .args(["bench", "--locked"])
        .args(features)
        .args(["--bench", "instructions"])
        .env("GUNGRAUN_RUNNER", &runner);
    sh::passes(&mut bench).context("the benches could not be started")
}
