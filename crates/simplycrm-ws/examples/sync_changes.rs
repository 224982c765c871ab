//! Prints what changed in a module, and the token to go on from.
//!
//! ```text
//! SIMPLYCRM_URL=https://crm.example.com SIMPLYCRM_USER=api SIMPLYCRM_KEY=… \
//!     SYNC_MODULE=Accounts SYNC_TOKEN=… cargo run --example sync_changes
//! ```
//!
//! Without `SYNC_TOKEN` it begins with the oldest change. The token of the
//! last page is printed as the last line; hand it to the next run.

use std::env;
use std::error::Error;

use futures_util::TryStreamExt;
use simplycrm_ws::{ChangeToken, Client, SecretString};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = SecretString::from(env::var("SIMPLYCRM_KEY")?);
    let zone = env::var("SIMPLYCRM_TIME_ZONE").unwrap_or_else(|_| "UTC".to_owned());
    let client = Client::builder(
        &env::var("SIMPLYCRM_URL")?,
        env::var("SIMPLYCRM_USER")?,
        key,
    )
    .time_zone(&zone)
    .on_warning(std::sync::Arc::new(|warning| eprintln!("{warning}")))
    .build()?;

    let module = env::var("SYNC_MODULE").unwrap_or_else(|_| "Contacts".to_owned());
    let mut token = match env::var("SYNC_TOKEN") {
        Ok(stored) => stored.parse()?,
        Err(_) => ChangeToken::beginning(),
    };
    let mut pages = client.changes(&module, &token);
    while let Some(page) = pages.try_next().await? {
        for record in &page.updated {
            println!(
                "{}\tchanged\t{}",
                record.text("id"),
                record.text("modifiedtime")
            );
        }
        for id in &page.deleted {
            println!("{id}\tdeleted");
        }
        token = page.next;
    }
    println!("{token}");
    client.logout().await;
    Ok(())
}
