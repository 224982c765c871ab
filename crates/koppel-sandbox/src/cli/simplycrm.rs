//! The command that serves a Simply CRM.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use koppel_sandbox::simplycrm::{CustomField, Generation, SimplyCrm, SimplySize, SyncMode};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8090)]
    port: u16,
    #[command(flatten)]
    serving: super::Serving,
    /// The server it fakes: simply, 5.4, 7.1 or 8.3.
    #[arg(long, default_value_t = Generation::Simply)]
    generation: Generation,
    /// The name of the administrator.
    #[arg(long, default_value = "admin")]
    username: String,
    /// The administrator's access key (a sandbox's, so no secret).
    #[arg(long, default_value = "demoAccessKey123", value_name = "KEY")]
    access_key: String,
    /// The name of an environment variable that holds the access key.
    #[arg(long, value_name = "NAME", conflicts_with = "access_key")]
    access_key_env: Option<String>,
    /// The administrator's password, for the mobile API (a sandbox's, so no secret).
    #[arg(long, default_value = "demo")]
    password: String,
    /// The name of an environment variable that holds the password.
    #[arg(long, value_name = "NAME", conflicts_with = "password")]
    password_env: Option<String>,
    /// Contacts; the other numbers follow in the proportions of a small company.
    #[arg(long, default_value_t = 0)]
    contacts: u32,
    /// Accounts.
    #[arg(long)]
    accounts: Option<u32>,
    /// Leads.
    #[arg(long)]
    leads: Option<u32>,
    /// Products.
    #[arg(long)]
    products: Option<u32>,
    /// Projects.
    #[arg(long)]
    projects: Option<u32>,
    /// Tickets.
    #[arg(long)]
    tickets: Option<u32>,
    /// Invoices; they need accounts and products.
    #[arg(long)]
    invoices: Option<u32>,
    /// A custom text field, such as `Accounts:cf_901`; may be given more than once. Without any
    /// there is one for each module that Koppel marks, cf_901 to cf_913.
    #[arg(long, value_name = "MODULE:NAME", value_parser = custom_field)]
    custom_field: Vec<(String, String)>,
    /// How `sync` behaves; by default as on the recorded servers.
    #[arg(long, value_enum)]
    sync: Option<Mode>,
    /// Refuse logins as the whitelist of addresses in a user's preferences does.
    #[arg(long)]
    whitelist: bool,
    /// The zone of the server's times.
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    time_zone: String,
    /// The seed of the records and of faults with a probability.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Everybody sees the records they own.
    Own,
    /// `syncType` is read.
    Typed,
    /// Every call is a 500 without a body.
    Dead,
}

impl From<Mode> for SyncMode {
    fn from(mode: Mode) -> SyncMode {
        match mode {
            Mode::Own => SyncMode::Own,
            Mode::Typed => SyncMode::Typed,
            Mode::Dead => SyncMode::Dead,
        }
    }
}

fn custom_field(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((module, name)) if name.starts_with("cf_") => Ok((module.into(), name.into())),
        _ => Err("say MODULE:cf_NUMBER, such as Accounts:cf_901".into()),
    }
}

pub(crate) async fn serve(options: Serve) -> anyhow::Result<()> {
    let access_key = super::given(options.access_key, options.access_key_env.as_deref())?;
    let password = super::given(options.password, options.password_env.as_deref())?;
    let zone = super::time_zone(&options.time_zone)?;
    let address = SocketAddr::new(options.serving.host, options.port);
    let mut builder = SimplyCrm::builder()
        .generation(options.generation)
        .user(&options.username, access_key, password)
        .whitelist(options.whitelist)
        .time_zone(zone)
        .latency(options.serving.latency())
        .seed(options.seed)
        .bind(address);
    if options.custom_field.is_empty() {
        builder = builder.marker_fields();
    }
    for (module, name) in &options.custom_field {
        builder = builder.custom_field(module, name, CustomField::Text);
    }
    if let Some(mode) = options.sync {
        builder = builder.sync(mode.into());
    }
    let server = builder
        .start()
        .await
        .with_context(|| format!("cannot serve on {address}"))?;
    let mut size = SimplySize::of_contacts(options.contacts);
    size.accounts = options.accounts.unwrap_or(size.accounts);
    size.leads = options.leads.unwrap_or(size.leads);
    size.products = options.products.unwrap_or(size.products);
    size.projects = options.projects.unwrap_or(size.projects);
    size.tickets = options.tickets.unwrap_or(size.tickets);
    size.invoices = options.invoices.unwrap_or(size.invoices);
    server
        .fill(&size, options.seed)
        .context("cannot make records")?;
    super::print(&server.url())?;
    super::until_ctrl_c(&server.control_url()).await?;
    server.shutdown().await;
    Ok(())
}
