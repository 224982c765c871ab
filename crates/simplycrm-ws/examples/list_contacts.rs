//! Prints the contacts of a CRM, oldest first.
//!
//! ```text
//! SIMPLYCRM_URL=https://crm.example.com SIMPLYCRM_USER=api SIMPLYCRM_KEY=… \
//!     cargo run --example list_contacts
//! ```
//!
//! `CONTACTS_NAMED` prints only those whose last name begins so, and
//! `CONTACTS_LIMIT` so many at most.

use std::env;
use std::error::Error;

use futures_util::TryStreamExt;
use simplycrm_ws::{Client, Query, SecretString, field};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = SecretString::from(env::var("SIMPLYCRM_KEY")?);
    let client = Client::builder(
        &env::var("SIMPLYCRM_URL")?,
        env::var("SIMPLYCRM_USER")?,
        key,
    )
    .on_warning(std::sync::Arc::new(|warning| eprintln!("{warning}")))
    .build()?;

    let mut query =
        Query::select(["firstname", "lastname", "email", "modifiedtime"]).from("Contacts");
    if let Ok(name) = env::var("CONTACTS_NAMED") {
        query = query.filter(field("lastname").starts_with(name));
    }
    if let Ok(limit) = env::var("CONTACTS_LIMIT") {
        query = query.limit(limit.parse()?);
    }
    if let Some(count) = client.count(&query).await? {
        eprintln!("{count} contacts.");
    }
    let mut rows = client.rows(query);
    while let Some(contact) = rows.try_next().await? {
        println!(
            "{}\t{} {}\t{}\t{}",
            contact.text("id"),
            contact.text("firstname"),
            contact.text("lastname"),
            contact.text("email"),
            contact.text("modifiedtime"),
        );
    }
    client.logout().await;
    Ok(())
}
