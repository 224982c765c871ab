//! `koppel-sandbox`: the faked remote systems as a program.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use koppel_sandbox::{ExternalIdMode, SmartCrm};

/// Fakes the systems Koppel talks to, and fills CRM databases for tests.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves a SmartCRM until Ctrl-C.
    Smartcrm(Serve),
}

#[derive(Debug, Args)]
struct Serve {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on. The sandbox has no protection: keep it local.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The bearer token that is accepted (of a sandbox, so no secret).
    #[arg(
        long,
        env = "KOPPEL_SANDBOX_TOKEN",
        hide_env_values = true,
        default_value = "demo"
    )]
    token: String,
    /// The name of an environment variable that holds the token.
    #[arg(long, value_name = "NAME", conflicts_with = "token")]
    token_env: Option<String>,
    /// The name of an environment variable that holds the V2 client token.
    #[arg(long, value_name = "NAME")]
    client_token_env: Option<String>,
    /// What becomes of `external_id`.
    #[arg(long, value_enum, default_value_t = Mode::Upsert)]
    external_id: Mode,
    /// Do not honour Idempotency-Key.
    #[arg(long)]
    no_idempotency: bool,
    /// Most records of one batch.
    #[arg(long, default_value_t = 50)]
    max_batch: usize,
    /// Milliseconds each answer takes at least.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// The seed of faults with a probability.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    Upsert,
    Stored,
    Ignored,
}

fn secret(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("the environment variable {name} is not set"))
}

async fn serve(options: Serve) -> anyhow::Result<()> {
    let token = match &options.token_env {
        Some(name) => secret(name)?,
        None => options.token,
    };
    let mode = match options.external_id {
        Mode::Upsert => ExternalIdMode::Upsert,
        Mode::Stored => ExternalIdMode::Stored,
        Mode::Ignored => ExternalIdMode::Ignored,
    };
    let address = SocketAddr::new(options.host, options.port);
    let mut builder = SmartCrm::builder()
        .token(token)
        .idempotency(!options.no_idempotency)
        .external_id(mode)
        .max_batch(options.max_batch)
        .latency(Duration::from_millis(options.latency_ms))
        .seed(options.seed)
        .bind(address);
    if let Some(name) = &options.client_token_env {
        builder = builder.client_token(secret(name)?);
    }
    let server = builder
        .start()
        .await
        .with_context(|| format!("cannot listen on {address}; is the port taken?"))?;
    println!("{}", server.url());
    eprintln!("Faults, journal and state: {}", server.control_url());
    tokio::signal::ctrl_c().await?;
    server.shutdown().await;
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    match Cli::parse().command {
        Command::Smartcrm(options) => serve(options).await,
    }
}
