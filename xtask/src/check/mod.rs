//! `cargo xtask check`: all that must hold before a commit.

mod bans;
mod code;
mod layout;
mod links;
mod rust_source;
mod spdx;
mod text;

use std::time::Instant;

use anyhow::{Result, bail};

use crate::{isolation, repo, sh};

/// What a step found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Each makes the check fail.
    pub(crate) errors: Vec<String>,
    /// Printed, and no more.
    pub(crate) warnings: Vec<String>,
}

impl Findings {
    fn error(&mut self, message: impl Into<String>) {
        self.errors.push(message.into());
    }

    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    fn report(self) -> bool {
        for warning in &self.warnings {
            eprintln!("warning: {warning}");
        }
        for error in &self.errors {
            eprintln!("error: {error}");
        }
        self.errors.is_empty()
    }
}

type Step = fn() -> Result<bool>;

/// The steps, the quick ones first.
const STEPS: [(&str, Step); 9] = [
    ("fmt", fmt),
    ("layout", layout),
    ("text", text),
    ("code", code),
    ("links", links),
    ("isolation", isolation_step),
    ("bans", bans_step),
    ("clippy", clippy),
    ("doc", doc),
];

/// Runs the named steps, or all; a step that fails does not stop the others.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    for arg in args {
        if !STEPS.iter().any(|(name, _)| name == arg) {
            let known: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
            bail!("`check` has no step `{arg}`; it has {}", known.join(", "));
        }
    }
    let mut failed = Vec::new();
    let mut ran = Vec::new();
    for (name, step) in STEPS {
        if !args.is_empty() && !args.iter().any(|arg| arg == name) {
            continue;
        }
        let start = Instant::now();
        let passed = match step() {
            Ok(passed) => passed,
            Err(error) => {
                eprintln!("error: {error:#}");
                false
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        let verdict = if passed { "ok" } else { "FAILED" };
        eprintln!("check {name}: {verdict} ({seconds:.1} s)");
        ran.push(name);
        if !passed {
            failed.push(name);
        }
    }
    if failed.is_empty() {
        eprintln!("check: {} steps passed ({})", ran.len(), ran.join(", "));
    } else {
        eprintln!(
            "check: {} of {} steps failed: {}",
            failed.len(),
            ran.len(),
            failed.join(", ")
        );
    }
    Ok(failed.is_empty())
}

fn fmt() -> Result<bool> {
    sh::passes(sh::cargo().args(["fmt", "--all", "--check", "--", "-l"]))
}

fn clippy() -> Result<bool> {
    sh::passes(sh::cargo().args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))
}

fn doc() -> Result<bool> {
    sh::passes(
        sh::cargo()
            .args([
                "doc",
                "--locked",
                "--workspace",
                "--no-deps",
                "--all-features",
            ])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn isolation_step() -> Result<bool> {
    isolation::run(&[])
}

fn bans_step() -> Result<bool> {
    Ok(bans::check()?.report())
}

fn layout() -> Result<bool> {
    let files = repo::files()?;
    let texts = repo::texts(&files)?;
    Ok(layout::check(&files, &texts).report())
}

fn text() -> Result<bool> {
    Ok(text::check(&repo::texts(&repo::files()?)?).report())
}

fn code() -> Result<bool> {
    Ok(code::check(&repo::texts(&repo::files()?)?).report())
}

fn links() -> Result<bool> {
    let files = repo::files()?;
    let texts = repo::texts(&files)?;
    Ok(links::check(&files, &texts).report())
}
