//! `cargo xtask bench`: measurements that are too slow or too coarse for a test.

mod audit;
mod audit_engine;
mod instructions;
mod memory;
mod pull;
mod simplycrm;
mod snelstart;
mod sync;
mod syncro;
mod work;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The hidden task that [`measured`] starts.
pub(crate) const MEASURE: &str = "measure-peak-memory";

/// Lists the benchmarks, or runs one, or all of them.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    match args {
        [] => {
            let sync = sync::run(&[])?;
            let memory = memory::run()?;
            let simplycrm = simplycrm::run(&[])?;
            let snelstart = snelstart::run(&[])?;
            let syncro = syncro::run(&[])?;
            let audit = audit::run(&[])?;
            let audit_engine = audit_engine::run(&[])?;
            let clients = simplycrm && snelstart && syncro;
            Ok(instructions::run(&[])? && sync && memory && clients && audit && audit_engine)
        }
        [flag] if matches!(flag.as_str(), "--help" | "-h" | "list") => {
            println!(
                "Benchmarks (cargo xtask bench [NAME]; all of them without a name):\n  \
                 sync          the engine against bare loops, 200,000 records\n  \
                 memory        peak memory of `koppel sync` for 20,000 and 200,000 customers\n  \
                 simplycrm     the Simply CRM client: decoding, and pulls of 10,000 contacts\n  \
                 snelstart     the SnelStart client beside a bare loop, 50,000 invoices\n  \
                 syncro        the Syncro client beside a bare loop, 25,000 customers\n  \
                 audit         the audit log at 10 million rows: inserts beside bare ones, queries\n  \
                 audit engine  the engine with and without an audit log\n  \
                 instructions  instructions of decoding, mapping, hashing and planning"
            );
            Ok(true)
        }
        [name, rest @ ..] => match name.as_str() {
            "sync" => sync::run(rest),
            "memory" => memory::run(),
            "simplycrm" => simplycrm::run(rest),
            "snelstart" => snelstart::run(rest),
            "syncro" => syncro::run(rest),
            "audit" => match rest {
                [part, rest @ ..] if part == "engine" => audit_engine::run(rest),
                _ => audit::run(rest),
            },
            "instructions" => instructions::run(rest),
            other => bail!("there is no benchmark `{other}`; `cargo xtask bench list` names them"),
        },
    }
}

/// Where cargo puts release builds.
fn release_dir() -> Result<PathBuf> {
    Ok(target_dir()?.join("release"))
}

/// Where cargo puts everything that it builds.
fn target_dir() -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let mut metadata = crate::sh::cargo();
    metadata.args(["metadata", "--format-version", "1", "--no-deps"]);
    let text = crate::sh::output(&mut metadata)?;
    let metadata: Metadata = serde_json::from_str(&text)?;
    Ok(metadata.target_directory)
}

/// Runs a command line and prints its peak resident memory in KiB.
///
/// A process of its own: the kernel reports the largest of all children a
/// process ever waited for, so this one waits for a single child.
pub(crate) fn measure(args: &[String]) -> Result<bool> {
    let Some((program, rest)) = args.split_first() else {
        bail!("a command line is needed");
    };
    let status = Command::new(program)
        .args(rest)
        .stdout(std::process::Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{program}`"))?;
    println!("{}", peak_of_children()?);
    Ok(status.success())
}

fn peak_of_children() -> Result<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("the kernel tells no usage")?;
    let peak = u64::try_from(usage.max_rss()).context("a negative peak")?;
    // macOS counts bytes, Linux KiB.
    Ok(if cfg!(target_os = "macos") {
        peak / 1024
    } else {
        peak
    })
}

/// The peak resident memory in KiB of a command, which must succeed.
fn measured(command: &Command) -> Result<u64> {
    let me = std::env::current_exe().context("the path of xtask is unknown")?;
    let mut outer = Command::new(me);
    outer
        .arg(MEASURE)
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        outer.current_dir(dir);
    }
    let out = outer.output().context("cannot start xtask again")?;
    if !out.status.success() {
        bail!(
            "`{}` failed:\n{}",
            crate::sh::shown(command),
            String::from_utf8_lossy(&out.stderr).trim_end()
        );
    }
    String::from_utf8_lossy(&out.stdout)
        .trim()
        .parse()
        .context("xtask did not print a peak")
}
