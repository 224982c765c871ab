//! The command that serves a SnelStart.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use koppel_sandbox::snelstart::{SnelStart, SnelStartSize};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The port to listen on, for the API and the token host; 0 takes a free one.
    #[arg(long, default_value_t = 8100)]
    port: u16,
    #[command(flatten)]
    serving: super::Serving,
    /// The subscription key (a sandbox's, so no secret).
    #[arg(long, default_value = "demo-subscription", value_name = "KEY")]
    api_key: String,
    /// The name of an environment variable that holds the subscription key.
    #[arg(long, value_name = "NAME", conflicts_with = "api_key")]
    api_key_env: Option<String>,
    /// The koppelsleutel of the administration (a sandbox's, so no secret).
    #[arg(long, default_value = "demo-koppelsleutel", value_name = "KEY")]
    connection_key: String,
    /// The name of an environment variable that holds the koppelsleutel.
    #[arg(long, value_name = "NAME", conflicts_with = "connection_key")]
    connection_key_env: Option<String>,
    /// What the koppelsleutel allows, such as relaties:read; may be given more than once. Without
    /// any: everything.
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// Customers; the other numbers follow in the proportions of a small company.
    #[arg(long, default_value_t = 0)]
    customers: u32,
    /// Sales invoices; they need customers.
    #[arg(long)]
    invoices: Option<u32>,
    /// How many of a hundred invoices are paid, in part or whole.
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=100))]
    paid: Option<u32>,
    /// Articles.
    #[arg(long)]
    articles: Option<u32>,
    /// Calls per minute, per hour and at a time, such as 500,5000,50; no limits if not given.
    #[arg(long, value_name = "N,N,N", value_parser = limits)]
    limits: Option<(u32, u32, u32)>,
    /// Seconds a token holds.
    #[arg(long, default_value_t = 3_599)]
    token_life: u64,
    /// Take bookings of more than five years ago.
    #[arg(long)]
    old_bookings: bool,
    /// The zone of the server's times; the true one is unknown.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    time_zone: String,
    /// The seed of ids, records and faults with a probability.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

fn limits(text: &str) -> Result<(u32, u32, u32), String> {
    let numbers: Vec<u32> = text
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    match numbers.as_slice() {
        [minute, hour, at_once] => Ok((*minute, *hour, *at_once)),
        _ => Err("say MINUTE,HOUR,AT_ONCE, such as 500,5000,50".into()),
    }
}

pub(crate) async fn serve(options: Serve) -> anyhow::Result<()> {
    let api_key = super::given(options.api_key, options.api_key_env.as_deref())?;
    let connection_key = super::given(
        options.connection_key,
        options.connection_key_env.as_deref(),
    )?;
    let zone = super::time_zone(&options.time_zone)?;
    let mut size = SnelStartSize::of_customers(options.customers);
    size.invoices = options.invoices.unwrap_or(size.invoices);
    size.paid_percent = options.paid.unwrap_or(size.paid_percent);
    size.articles = options.articles.unwrap_or(size.articles);
    let address = SocketAddr::new(options.serving.host, options.port);
    let mut builder = SnelStart::builder()
        .subscription_key(api_key)
        .connection_key(connection_key)
        .token_life(Duration::from_secs(options.token_life))
        .latency(options.serving.latency())
        .old_bookings(options.old_bookings)
        .time_zone(zone)
        .seed(size)
        .random(options.seed)
        .bind(address);
    if !options.scope.is_empty() {
        builder = builder.scopes(options.scope);
    }
    if let Some((minute, hour, at_once)) = options.limits {
        builder = builder.limits(minute, hour, at_once);
    }
    let server = builder
        .start()
        .await
        .with_context(|| format!("cannot serve on {address}"))?;
    super::print(&server.url())?;
    super::print(&server.token_url())?;
    super::until_ctrl_c(&server.control_url()).await?;
    server.shutdown().await;
    Ok(())
}
