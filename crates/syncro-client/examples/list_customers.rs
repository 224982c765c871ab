//! Prints the customers of an account, or those whose name holds some words.
//!
//! ```text
//! SYNCRO_ACCOUNT=acme SYNCRO_TOKEN=… cargo run -p syncro-client --example list_customers [words]
//! ```
//!
//! `SYNCRO_URL` names another server, such as a sandbox.

use std::env;
use std::error::Error;

use futures_util::TryStreamExt;
use syncro_client::{Client, CustomerFilter, Guarded, Order, SecretString};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = SecretString::from(env::var("SYNCRO_TOKEN")?);
    let account = env::var("SYNCRO_ACCOUNT").unwrap_or_else(|_| "demo".to_owned());
    let mut builder = Client::builder(&account, token).on_warning(|warning| eprintln!("{warning}"));
    if let Ok(url) = env::var("SYNCRO_URL") {
        builder = builder.base_url(url);
    }
    let client = builder.build()?;
    let me = client.me().await?;
    eprintln!(
        "{} of {}",
        me.user_name.unwrap_or_default(),
        me.subdomain.unwrap_or_default()
    );

    let mut filter = CustomerFilter::new().sort(("firstname", Order::Asc));
    if let Some(words) = env::args().nth(1) {
        filter = filter.query(words);
    }
    let mut rows = client.customers().list(&filter).records();
    while let Some(row) = rows.try_next().await? {
        match row {
            Guarded::Good(customer) => println!(
                "{}\t{}\t{}",
                customer.id.map(|id| id.to_string()).unwrap_or_default(),
                customer.business_then_name.unwrap_or_default(),
                customer.email.unwrap_or_default(),
            ),
            bad => eprintln!("A row cannot be read: {bad:?}"),
        }
    }
    Ok(())
}
