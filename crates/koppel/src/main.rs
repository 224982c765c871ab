//! `koppel`: keeps customers, contacts, leads, projects, tickets and invoices in step between
//! business systems.

use std::process::ExitCode;

use clap::Parser as _;
use koppel_app::Exit;

mod bars;
mod cli;
mod commands;
mod logs;
mod out;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let logs = logs::init(&cli.global);
    let mut out = out::Out::new(&cli.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            out.error(&format!("the program cannot start: {error}"), None);
            return Exit::Failed.into();
        }
    };
    let exit = runtime.block_on(async {
        match commands::run(&cli, &logs, &mut out).await {
            Ok(exit) => exit,
            Err(error) => {
                out.failed(&error);
                error.exit()
            }
        }
    });
    out.flush();
    // What may still wait for an answer is stored already.
    runtime.shutdown_background();
    exit.into()
}

/// Help and version go to stdout; what cannot be read of the command line ends with 64.
fn usage(error: &clap::Error) -> ExitCode {
    let exit = if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Ok
    };
    // A closed pipe is no reason to fail.
    match error.print() {
        Ok(()) | Err(_) => exit.into(),
    }
}
