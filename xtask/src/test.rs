//! `cargo xtask test`: all tests, with the services they need.

use std::process::Command;

use anyhow::{Result, bail};

use crate::services::{self, Running};
use crate::sh;

/// Services that the tests must find, comma-separated. A test that needs one
/// of these fails when it is missing; otherwise it skips itself.
const REQUIRE: &str = "KOPPEL_TEST_REQUIRE";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    without: Vec<String>,
    filters: Vec<String>,
}

fn parse(args: &[String]) -> Result<Options> {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--" => options.filters.extend(args.by_ref().cloned()),
            "--without" => match args.next() {
                Some(name) => options.without.push(name.clone()),
                None => bail!("`--without` needs the name of a service"),
            },
            other => match other.strip_prefix("--without=") {
                Some(name) => options.without.push(name.to_owned()),
                None => bail!(
                    "`test` does not know `{other}`\n  help: cargo xtask test [--without NAME] [-- FILTER…]"
                ),
            },
        }
    }
    Ok(options)
}

/// Starts the services, runs all tests, stops the services.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    let options = parse(args)?;
    let (needed, left_out) = services::needed(&options.without)?;
    let mut running: Vec<Running> = Vec::new();
    for service in needed {
        running.push(service.start()?);
    }
    let names: Vec<&str> = running.iter().map(|service| service.name).collect();

    let mut failed = Vec::new();
    let mut ran = Vec::new();
    for (name, mut command) in commands(&options) {
        command.env(REQUIRE, names.join(","));
        for service in &left_out {
            command.env_remove(services::by_name(service)?.variable);
        }
        for (variable, value) in running.iter().flat_map(|service| &service.env) {
            command.env(variable, value);
        }
        ran.push(name);
        if !sh::passes(&mut command)? {
            failed.push(name);
        }
    }
    for service in running {
        let name = service.name;
        if let Err(error) = service.stop() {
            eprintln!("warning: {name}: {error:#}");
        }
    }
    eprintln!(
        "{}",
        summary(&options, &ran, &failed, &names, &left_out_by(&left_out))
    );
    Ok(failed.is_empty())
}

/// nextest where it is present, else cargo's own runner; then the examples in the docs.
fn commands(options: &Options) -> Vec<(&'static str, Command)> {
    let mut unit = sh::cargo();
    let name = if sh::find_program("cargo-nextest").is_some() {
        unit.args(["nextest", "run", "--locked", "--workspace"]);
        if !options.filters.is_empty() {
            unit.args(["--no-tests", "warn", "--"])
                .args(&options.filters);
        }
        "nextest"
    } else {
        unit.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
        unit.args(["--lib", "--bins", "--tests", "--examples"]);
        if !options.filters.is_empty() {
            unit.arg("--").args(&options.filters);
        }
        "cargo test"
    };
    let mut doc = sh::cargo();
    doc.args(["test", "--locked", "--workspace", "--doc", "--no-fail-fast"]);
    if !options.filters.is_empty() {
        doc.arg("--").args(&options.filters);
    }
    vec![(name, unit), ("doctests", doc)]
}

fn left_out_by(left_out: &[&str]) -> Vec<String> {
    left_out
        .iter()
        .map(|name| format!("what needs {name}"))
        .collect()
}

fn summary(
    options: &Options,
    ran: &[&str],
    failed: &[&str],
    services: &[&str],
    left_out: &[String],
) -> String {
    let mut line = if failed.is_empty() {
        format!("test: passed: {}", ran.join(", "))
    } else {
        format!(
            "test: FAILED: {} (of {})",
            failed.join(", "),
            ran.join(", ")
        )
    };
    line.push_str(&match services {
        [] => "; no service".to_owned(),
        names => format!("; with {}", names.join(", ")),
    });
    let mut missing = left_out.to_vec();
    if !options.filters.is_empty() {
        missing.push(format!("all but `{}`", options.filters.join(" ")));
    }
    line.push_str(&match missing.as_slice() {
        [] => "; nothing left out".to_owned(),
        parts => format!("; left out by choice: {}", parts.join(", ")),
    });
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(args: &[&str]) -> Result<Options> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        parse(&args)
    }

    #[test]
    fn services_to_leave_out_and_filters_are_told_apart() {
        assert_eq!(
            options(&["--without", "mariadb", "--", "limiter", "--exact"]).unwrap(),
            Options {
                without: vec!["mariadb".into()],
                filters: vec!["limiter".into(), "--exact".into()],
            }
        );
        assert_eq!(
            options(&["--without=mariadb"]).unwrap().without,
            ["mariadb"]
        );
    }

    #[test]
    fn an_unknown_argument_is_refused() {
        assert!(options(&["limiter"]).is_err());
        assert!(options(&["--without"]).is_err());
    }

    #[test]
    fn the_summary_says_what_was_left_out() {
        let none = Options::default();
        assert_eq!(
            summary(&none, &["nextest", "doctests"], &[], &["mariadb"], &[]),
            "test: passed: nextest, doctests; with mariadb; nothing left out"
        );
        assert_eq!(
            summary(
                &none,
                &["nextest", "doctests"],
                &["nextest"],
                &[],
                &left_out_by(&["mariadb"])
            ),
            "test: FAILED: nextest (of nextest, doctests); no service; left out by choice: what needs mariadb"
        );
    }
}
