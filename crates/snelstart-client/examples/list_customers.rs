//! Prints the customers of an administration, or those that changed lately.
//!
//! ```text
//! SNELSTART_API_KEY=… SNELSTART_KOPPELSLEUTEL=… \
//!     cargo run -p snelstart-client --example list_customers
//! ```
//!
//! `SNELSTART_SINCE`, such as `2026-08-16T00:00:00`, prints what changed
//! since then. `SNELSTART_URL` and `SNELSTART_TOKEN_URL` name another server.

use std::env;
use std::error::Error;
use std::time::Duration;

use futures_util::TryStreamExt;
use snelstart_client::{Client, Guarded, Relation, SecretString};

/// How far before the time asked for the search begins: the server's times
/// have no zone.
const OVERLAP: Duration = Duration::from_secs(3 * 60 * 60);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = |name: &str| env::var(name).map(SecretString::from);
    let mut builder = Client::builder(key("SNELSTART_API_KEY")?, key("SNELSTART_KOPPELSLEUTEL")?)
        .on_warning(|warning| eprintln!("{warning}"));
    if let Ok(url) = env::var("SNELSTART_URL") {
        builder = builder.base_url(&url);
    }
    if let Ok(url) = env::var("SNELSTART_TOKEN_URL") {
        builder = builder.token_url(&url);
    }
    let client = builder.build()?;

    let company = client.company_info().get().await?;
    let name = company.administration_name.unwrap_or_default();
    eprintln!("The administration is {name}.");

    let customers = Relation::fields().kinds().any(|kind| kind.eq("Klant"));
    let mut list = client.relations().list().filter(customers);
    if let Ok(since) = env::var("SNELSTART_SINCE") {
        list = list.modified_since(since.parse()?, OVERLAP);
    }
    let mut rows = list.records();
    while let Some(row) = rows.try_next().await? {
        match row {
            Guarded::Good(customer) if customer.is_customer() => println!(
                "{}\t{}\t{}",
                customer.code.unwrap_or_default(),
                customer.name.unwrap_or_default(),
                customer.email.unwrap_or_default(),
            ),
            Guarded::Good(_) => {}
            bad => eprintln!("A row cannot be read: {bad:?}"),
        }
    }
    Ok(())
}
