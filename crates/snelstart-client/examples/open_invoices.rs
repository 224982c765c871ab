//! Prints the invoices of an administration that are not paid, and their sum.
//!
//! ```text
//! SNELSTART_API_KEY=… SNELSTART_KOPPELSLEUTEL=… \
//!     cargo run -p snelstart-client --example open_invoices
//! ```
//!
//! Every invoice is read each time: a payment need not move an invoice's
//! `modifiedOn`, and whether the server filters by the open balance is unknown.
//! `SNELSTART_URL` and `SNELSTART_TOKEN_URL` name another server.

use std::env;
use std::error::Error;

use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use snelstart_client::{Client, SecretString};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = |name: &str| env::var(name).map(SecretString::from);
    let mut builder = Client::builder(key("SNELSTART_API_KEY")?, key("SNELSTART_KOPPELSLEUTEL")?);
    if let Ok(url) = env::var("SNELSTART_URL") {
        builder = builder.base_url(&url);
    }
    if let Ok(url) = env::var("SNELSTART_TOKEN_URL") {
        builder = builder.token_url(&url);
    }
    let client = builder.build()?;

    let mut open = Decimal::ZERO;
    let mut rows = client.sales_invoices().list().records();
    while let Some(row) = rows.try_next().await? {
        let Some(invoice) = row.good() else {
            eprintln!("A row cannot be read: {row:?}");
            continue;
        };
        let balance = invoice.open_balance.unwrap_or_default();
        if balance.is_zero() {
            continue;
        }
        open += balance;
        println!(
            "{}\t{}\t{balance}",
            invoice.number.as_deref().unwrap_or("?"),
            invoice
                .due_date
                .map(|date| date.to_string())
                .unwrap_or_default(),
        );
    }
    println!("{open} is open.");
    Ok(())
}
