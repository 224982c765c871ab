//! Instructions that the engine's inner steps take, counted by Valgrind: the same on every machine
//! of one kind, whatever else it does.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::target_dir;
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
    let runner = runner()?;
    let mut bench = sh::cargo();
    bench
        .args(["bench", "--locked", "-p", "koppel-bench"])
        .args(["--features", "instructions", "--bench", "instructions"])
        .env("GUNGRAUN_RUNNER", &runner);
    sh::passes(&mut bench).context("the benches could not be started")
}

/// The program that starts Valgrind for the benches: of the version in the lock file, built once
/// into the target directory and nowhere else. No test and no check needs it.
fn runner() -> Result<PathBuf> {
    let version = version()?;
    let place = target_dir()?.join(format!("gungraun-runner-{version}"));
    let program = place.join("bin").join("gungraun-runner");
    if !program.exists() {
        let mut install = sh::cargo();
        install
            .args(["install", "--locked", "--version", &version, "--root"])
            .arg(&place)
            .arg("gungraun-runner");
        if !sh::passes(&mut install)? {
            bail!("gungraun-runner {version} could not be built");
        }
    }
    Ok(program)
}

/// The version of gungraun in the lock file; its runner must have the same.
fn version() -> Result<String> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let text = std::fs::read_to_string(sh::root().join("Cargo.lock"))?;
    let lock: Lock = toml::from_str(&text).context("Cargo.lock cannot be read")?;
    lock.package
        .into_iter()
        .find(|package| package.name == "gungraun")
        .map(|package| package.version)
        .context("Cargo.lock has no gungraun")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_the_version_of_the_runner() {
        let version = version().unwrap();
        assert!(version.starts_with("0."), "{version}");
    }
}
