//! `koppel-sandbox`: the faked remote systems as a program.

use clap::Parser as _;

mod cli;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    match cli::Cli::parse().command {
        cli::Command::Smartcrm(options) => cli::serve(options).await,
        cli::Command::Simplycrm(options) => cli::serve_simplycrm(options).await,
        cli::Command::Snelstart(options) => cli::serve_snelstart(options).await,
        cli::Command::Syncro(options) => cli::serve_syncro(options).await,
        cli::Command::Generate(options) => cli::generate(options).await,
    }
}
