//! Developer tasks of the Koppel workspace, run as `cargo xtask TASK`.
//!
//! Nothing but cargo is needed to run them; what a task needs besides (a
//! MariaDB server for the tests) it starts itself and removes again.

mod bench;
mod check;
mod isolation;
mod repo;
mod services;
mod sh;
mod test;
mod tree;

use std::process::ExitCode;

use anyhow::Result;

const HELP: &str = "\
Developer tasks of the Koppel workspace.

Usage: cargo xtask TASK

Tasks:
  check [STEP…]               all that must hold before a commit; a step is one of
                              fmt, clippy, doc, isolation, bans, links, layout, text, code
  test [--without NAME] [-- FILTER…]
                              all tests, with the services they need (MariaDB);
                              --without leaves a service and its tests out
  isolation                   which crates may not depend on which
  service NAME                start one of the services of `test` and keep it
                              until Enter is pressed (mariadb, postgres)
  bench [NAME]                list the benchmarks, or run one (memory)
  help                        this text
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one task; `false` is a task that ran and found something wrong.
fn run(args: &[String]) -> Result<bool> {
    let (task, rest) = match args.split_first() {
        None => ("help", &[][..]),
        Some((task, rest)) => (task.as_str(), rest),
    };
    match task {
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(true)
        }
        "check" => check::run(rest),
        "test" => test::run(rest),
        "isolation" => isolation::run(rest),
        "service" => services::keep(rest),
        "bench" => bench::run(rest),
        bench::MEASURE => bench::measure(rest),
        other => {
            eprint!("error: there is no task `{other}`\n\n{HELP}");
            Ok(false)
        }
    }
}
