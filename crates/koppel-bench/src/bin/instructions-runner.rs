//! Runs the benches that count instructions; `cargo xtask bench instructions` starts it.
//!
//! The same as the runner that its authors have people install, built here from the lock file.

fn main() -> std::process::ExitCode {
    match gungraun_runner::runner::run::run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
