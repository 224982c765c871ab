//! The commands of the program and what they take.

use std::io::{ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use koppel_sandbox::crm::{CrmSize, generate_mysql, generate_sqlite};
use koppel_sandbox::smartcrm::{CatalogueSize, Dialect, ExternalIdMode, SmartCrm};

mod simplycrm;
mod snelstart;
mod syncro;

pub(crate) use simplycrm::serve as serve_simplycrm;
pub(crate) use snelstart::serve as serve_snelstart;
pub(crate) use syncro::serve as serve_syncro;

/// Fakes the systems Koppel talks to, and fills CRM databases for tests.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves a SmartCRM, a Perfex or a RISE until Ctrl-C.
    Smartcrm(Serve),
    /// Serves a Simply CRM, or a vtiger CRM it comes from, until Ctrl-C.
    Simplycrm(simplycrm::Serve),
    /// Serves a SnelStart, its API and its token host, until Ctrl-C.
    Snelstart(snelstart::Serve),
    /// Serves a Syncro until Ctrl-C.
    Syncro(syncro::Serve),
    /// Makes and fills a CRMConnect database.
    Generate(Generate),
}

// What every system can be told about how it is served. (A doc comment would become the help.)
#[derive(Debug, Args)]
struct Serving {
    /// The address to listen on. The sandbox has no protection: keep it local.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Milliseconds each answer takes at least.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
}

impl Serving {
    fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms)
    }
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    #[command(flatten)]
    serving: Serving,
    /// The API it speaks.
    #[arg(long, value_enum, default_value_t = Spoken::Smartcrm)]
    dialect: Spoken,
    /// The version of Perfex's REST module, 2 or 3.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=3))]
    api_version: u8,
    /// The token that is accepted (a sandbox's, so no secret).
    #[arg(long, default_value = "demo")]
    token: String,
    /// The name of an environment variable that holds the token.
    #[arg(long, value_name = "NAME", conflicts_with = "token")]
    token_env: Option<String>,
    /// The client token that SmartCRM's V2 routes need besides; without one they refuse all.
    #[arg(long, value_name = "TOKEN")]
    client_token: Option<String>,
    /// The name of an environment variable that holds the V2 client token.
    #[arg(long, value_name = "NAME", conflicts_with = "client_token")]
    client_token_env: Option<String>,
    /// What becomes of `external_id`; by default SmartCRM upserts, the others drop it.
    #[arg(long, value_enum)]
    external_id: Option<Mode>,
    /// Do not honour Idempotency-Key.
    #[arg(long)]
    no_idempotency: bool,
    /// Most records of one batch.
    #[arg(long, default_value_t = 50)]
    max_batch: usize,
    /// Most bytes of a request; more get a 413.
    #[arg(long, value_name = "BYTES")]
    max_body: Option<usize>,
    /// Requests per minute; more get a 429. Answers then carry X-RateLimit headers.
    #[arg(long, value_name = "N")]
    rate_limit: Option<u32>,
    /// Fills SmartCRM with so many products and what belongs to them: groups, discounts, stock,
    /// orders, customers, invoices with payments.
    #[arg(long, value_name = "PRODUCTS")]
    catalogue: Option<u32>,
    /// Tells each change of a record to this address.
    #[arg(long, value_name = "URL", requires = "webhook_secret_env")]
    webhook: Option<String>,
    /// The name of an environment variable that holds the secret webhooks are signed with.
    #[arg(long, value_name = "NAME", requires = "webhook")]
    webhook_secret_env: Option<String>,
    /// The seed of the catalogue and of faults with a probability.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Spoken {
    /// The inferred contract of SmartCRM.
    Smartcrm,
    /// The REST module of Perfex.
    Perfex,
    /// The REST plugin of RISE CRM.
    Rise,
}

impl From<Spoken> for Dialect {
    fn from(spoken: Spoken) -> Dialect {
        match spoken {
            Spoken::Smartcrm => Dialect::SmartCrm,
            Spoken::Perfex => Dialect::Perfex,
            Spoken::Rise => Dialect::Rise,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// A create with a known one updates that record.
    Upsert,
    /// Kept and searched, but a second create makes a second record.
    Stored,
    /// Dropped.
    Ignored,
}

impl From<Mode> for ExternalIdMode {
    fn from(mode: Mode) -> ExternalIdMode {
        match mode {
            Mode::Upsert => ExternalIdMode::Upsert,
            Mode::Stored => ExternalIdMode::Stored,
            Mode::Ignored => ExternalIdMode::Ignored,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    target: Target,
    /// Customers; the other numbers follow in the proportions of the demo.
    #[arg(long, default_value_t = 5_000)]
    customers: u32,
    /// The most contacts of one customer, 1 to 3.
    #[arg(long)]
    contacts_per_customer: Option<u32>,
    /// Leads.
    #[arg(long)]
    leads: Option<u32>,
    /// Projects.
    #[arg(long)]
    projects: Option<u32>,
    /// Tickets.
    #[arg(long)]
    tickets: Option<u32>,
    /// Invoices.
    #[arg(long)]
    invoices: Option<u32>,
    /// Products, with their groups and stock.
    #[arg(long)]
    products: Option<u32>,
    /// Sales orders.
    #[arg(long)]
    orders: Option<u32>,
    /// Discounts of groups of customers.
    #[arg(long)]
    discounts: Option<u32>,
    /// No records: only the tables, and the rows of a CRM that was set up but not used yet.
    #[arg(long, conflicts_with_all = [
        "customers", "contacts_per_customer", "leads", "projects", "tickets", "invoices",
        "products", "orders", "discounts",
    ])]
    empty: bool,
    /// Keep the printed number in the column `formatted_number`, as from Perfex 3.2 on.
    #[arg(long)]
    formatted_numbers: bool,
    /// The share of records (0 to 1) that share their natural keys.
    #[arg(long, default_value_t = 0.0)]
    duplicate_keys: f64,
    /// The same seed makes the same rows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the names of the tables begin with.
    #[arg(long, default_value = "tbl")]
    prefix: String,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Target {
    /// A SQLite file to make.
    #[arg(long, value_name = "PATH")]
    sqlite: Option<PathBuf>,
    /// An existing, empty MySQL or MariaDB database, mysql://USER@HOST/DATABASE.
    #[arg(long, value_name = "URL")]
    mysql: Option<String>,
    /// The name of an environment variable that holds the database's URL.
    #[arg(long, value_name = "NAME")]
    mysql_env: Option<String>,
}

/// What was given, or what is in the environment if a variable is named.
fn given(value: String, variable_name: Option<&str>) -> anyhow::Result<String> {
    variable_name.map_or(Ok(value), variable)
}

fn time_zone(name: &str) -> anyhow::Result<jiff::tz::TimeZone> {
    jiff::tz::TimeZone::get(name).with_context(|| format!("there is no time zone {name:?}"))
}

/// Tells where the control routes stand, and waits until the program shall end.
async fn until_ctrl_c(control_url: &str) -> anyhow::Result<()> {
    eprintln!("Faults, journal and state: {control_url}");
    Ok(tokio::signal::ctrl_c().await?)
}

fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("the environment variable {name} is not set"))
}

pub(crate) async fn serve(options: Serve) -> anyhow::Result<()> {
    let token = given(options.token, options.token_env.as_deref())?;
    let address = SocketAddr::new(options.serving.host, options.port);
    let mut builder = SmartCrm::builder()
        .dialect(options.dialect.into())
        .api_version(options.api_version)
        .token(token)
        .idempotency(!options.no_idempotency)
        .max_batch(options.max_batch)
        .latency(options.serving.latency())
        .seed(options.seed)
        .bind(address);
    match (&options.client_token, &options.client_token_env) {
        (Some(token), _) => builder = builder.client_token(token),
        (None, Some(name)) => builder = builder.client_token(variable(name)?),
        (None, None) => {}
    }
    if let Some(mode) = options.external_id {
        builder = builder.external_id(mode.into());
    }
    if let Some(bytes) = options.max_body {
        builder = builder.max_body(bytes);
    }
    if let Some(requests) = options.rate_limit {
        builder = builder.rate_limit(requests, Duration::from_secs(60));
    }
    if let (Some(url), Some(name)) = (&options.webhook, &options.webhook_secret_env) {
        builder = builder.webhook(url, variable(name)?);
    }
    let server = builder
        .start()
        .await
        .with_context(|| format!("cannot listen on {address}; is the port taken?"))?;
    if let Some(products) = options.catalogue {
        server
            .seed_catalogue(&CatalogueSize::scaled(products), options.seed)
            .context("cannot make a catalogue; only SmartCRM has one")?;
    }
    print(&server.url())?;
    until_ctrl_c(&server.control_url()).await?;
    server.shutdown().await;
    Ok(())
}

pub(crate) async fn generate(options: Generate) -> anyhow::Result<()> {
    let mut size = if options.empty {
        CrmSize::empty()
    } else {
        CrmSize::scaled(options.customers)
    };
    size.contacts_per_customer = options
        .contacts_per_customer
        .unwrap_or(size.contacts_per_customer);
    size.leads = options.leads.unwrap_or(size.leads);
    size.projects = options.projects.unwrap_or(size.projects);
    size.tickets = options.tickets.unwrap_or(size.tickets);
    size.invoices = options.invoices.unwrap_or(size.invoices);
    size.products = options.products.unwrap_or(size.products);
    size.orders = options.orders.unwrap_or(size.orders);
    size.discounts = options.discounts.unwrap_or(size.discounts);
    size.formatted_numbers = options.formatted_numbers;
    size.duplicate_keys = options.duplicate_keys;
    let (seed, prefix) = (options.seed, options.prefix);
    let summary = match (options.target.sqlite, options.target.mysql_env) {
        (Some(path), _) => generate_sqlite(&path, &size, seed, &prefix)
            .await
            .with_context(|| format!("cannot make {}", path.display()))?,
        (None, Some(name)) => generate_mysql(&variable(&name)?, &size, seed, &prefix).await?,
        (None, None) => {
            let url = options.target.mysql.context("name a database to fill")?;
            generate_mysql(&url, &size, seed, &prefix).await?
        }
    };
    print(&serde_json::to_string_pretty(&summary)?)
}

/// Prints a line. Nobody may be reading it (any more), which is no error.
fn print(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.context("cannot print"),
    }
}
