//! `cargo xtask bench`: measurements that are too slow or too coarse for a test.

mod memory;

use std::process::Command;

use anyhow::{Context, Result, bail};

/// The hidden task that [`measured`] starts.
pub(crate) const MEASURE: &str = "measure-peak-memory";

/// Lists the benchmarks, or runs one.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    match args {
        [] => {
            println!(
                "Benchmarks (cargo xtask bench NAME):\n  \
                 memory    peak memory of `koppel sync` for 20,000 and 200,000 customers"
            );
            Ok(true)
        }
        [name] if name == "memory" => memory::run(),
        [other, ..] => bail!("there is no benchmark `{other}`; `cargo xtask bench` lists them"),
    }
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
