//! The command that serves a Syncro.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Args;
use koppel_sandbox::syncro::{Drift, EVENTS, Size, Syncro, WebhookFaults};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8110)]
    port: u16,
    #[command(flatten)]
    serving: super::Serving,
    /// The token that is accepted (a sandbox's, so no secret).
    #[arg(long, default_value = "demo-token")]
    token: String,
    /// The name of an environment variable that holds the token.
    #[arg(long, value_name = "NAME", conflicts_with = "token")]
    token_env: Option<String>,
    /// The account's name.
    #[arg(long, default_value = "demo", value_name = "NAME")]
    account: String,
    /// Customers; the other numbers follow in the proportions of a small company.
    #[arg(long, default_value_t = 0)]
    customers: u32,
    /// Contacts; they need customers.
    #[arg(long)]
    contacts: Option<u32>,
    /// Tickets; they need customers.
    #[arg(long)]
    tickets: Option<u32>,
    /// Leads.
    #[arg(long)]
    leads: Option<u32>,
    /// Invoices; they need customers.
    #[arg(long)]
    invoices: Option<u32>,
    /// Payments; they need invoices.
    #[arg(long)]
    payments: Option<u32>,
    /// Products.
    #[arg(long)]
    products: Option<u32>,
    /// Assets; they need customers.
    #[arg(long)]
    assets: Option<u32>,
    /// RMM alerts; they need assets.
    #[arg(long)]
    alerts: Option<u32>,
    /// Requests per minute and address; 0 for no limit.
    #[arg(long, default_value_t = 180, value_name = "N")]
    requests_per_minute: u32,
    /// A permission that the token lacks, such as "Invoices - List/Search"; may be given more than
    /// once.
    #[arg(long, value_name = "PERMISSION")]
    without: Vec<String>,
    /// Rows come and go after every so many list requests.
    #[arg(long, value_name = "N")]
    drift: Option<u64>,
    /// Tells changes to this address.
    #[arg(long, value_name = "URL", conflicts_with = "webhook_env")]
    webhook: Option<String>,
    /// The name of an environment variable that holds that address, as it has a secret in it.
    #[arg(long, value_name = "NAME")]
    webhook_env: Option<String>,
    /// An event to tell, such as ticket_created; may be given more than once. Without any: all.
    #[arg(long, value_name = "EVENT", value_parser = clap::builder::PossibleValuesParser::new(EVENTS))]
    event: Vec<String>,
    /// The share (0 to 1) of webhooks that are sent twice.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    duplicate: f64,
    /// The share of webhooks that are sent after the one that follows.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    reorder: f64,
    /// The share of webhooks that are never sent.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    drop: f64,
    /// The share of webhooks that are sent after five others.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    late: f64,
    /// The seed of records, webhooks, drift and faults with a probability.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub(crate) async fn serve(options: Serve) -> anyhow::Result<()> {
    let token = super::given(options.token, options.token_env.as_deref())?;
    let webhook = match (options.webhook, options.webhook_env) {
        (Some(url), _) => Some(url),
        (None, Some(name)) => Some(super::variable(&name)?),
        (None, None) => None,
    };
    let mut size = Size::of_customers(options.customers);
    for (place, said) in [
        (&mut size.contacts, options.contacts),
        (&mut size.tickets, options.tickets),
        (&mut size.leads, options.leads),
        (&mut size.invoices, options.invoices),
        (&mut size.payments, options.payments),
        (&mut size.products, options.products),
        (&mut size.assets, options.assets),
        (&mut size.alerts, options.alerts),
    ] {
        *place = said.unwrap_or(*place);
    }
    let address = SocketAddr::new(options.serving.host, options.port);
    let mut builder = Syncro::builder()
        .token(token)
        .account(options.account)
        .latency(options.serving.latency())
        .seed(size)
        .random(options.seed)
        .webhook_faults(WebhookFaults {
            duplicate: options.duplicate,
            reorder: options.reorder,
            drop: options.drop,
            late: options.late,
            ..WebhookFaults::default()
        })
        .bind(address);
    builder = match options.requests_per_minute {
        0 => builder.unlimited(),
        requests => builder.requests_per_minute(requests),
    };
    for permission in options.without {
        builder = builder.without(permission);
    }
    if let Some(every) = options.drift {
        builder = builder.drift(Drift::every(every));
    }
    if let Some(url) = webhook {
        builder = builder.webhook(url, options.event);
    }
    let server = builder
        .start()
        .await
        .with_context(|| format!("cannot serve on {address}"))?;
    super::print(&server.url())?;
    super::until_ctrl_c(&server.control_url()).await?;
    server.shutdown().await;
    Ok(())
}
