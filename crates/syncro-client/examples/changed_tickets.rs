//! Prints the tickets that changed since a moment, and whether the server told
//! them or all had to be read.
//!
//! ```text
//! SYNCRO_ACCOUNT=acme SYNCRO_TOKEN=… \
//!     cargo run -p syncro-client --example changed_tickets 2026-11-01T00:00:00Z
//! ```
//!
//! `SYNCRO_URL` names another server, such as a sandbox.

use std::env;
use std::error::Error;

use futures_util::TryStreamExt;
use syncro_client::{Client, Guarded, SecretString, Timestamp};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let token = SecretString::from(env::var("SYNCRO_TOKEN")?);
    let account = env::var("SYNCRO_ACCOUNT").unwrap_or_else(|_| "demo".to_owned());
    let mut builder = Client::builder(&account, token).on_warning(|warning| eprintln!("{warning}"));
    if let Ok(url) = env::var("SYNCRO_URL") {
        builder = builder.base_url(url);
    }
    let client = builder.build()?;
    let since: Timestamp = env::args()
        .nth(1)
        .ok_or("Say since when, such as 2026-11-01T00:00:00Z.")?
        .parse()?;

    // Some lists ignore the parameter with status 200, so it is tried with a
    // moment to come first; then nothing may have changed.
    let tickets = client.tickets();
    let list = tickets.changed_since(since).operation();
    let probe = client.probe_changed_since(list).await?;
    let changed = tickets.changed_since(since);
    eprintln!(
        "{probe:?}: {}",
        if changed.is_scan() {
            "all tickets are read"
        } else {
            "the server tells what changed"
        }
    );
    let mut rows = changed.records();
    while let Some(row) = rows.try_next().await? {
        match row {
            Guarded::Good(ticket) => println!(
                "{}\t{}\t{}\t{}",
                ticket
                    .number
                    .map(|number| number.to_string())
                    .unwrap_or_default(),
                ticket
                    .updated_at
                    .map(|at| at.to_string())
                    .unwrap_or_default(),
                ticket.status.unwrap_or_default(),
                ticket.subject.unwrap_or_default(),
            ),
            bad => eprintln!("A row cannot be read: {bad:?}"),
        }
    }
    Ok(())
}
