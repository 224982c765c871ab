//! Lists the first clients of a SmartCRM.
//!
//! `SMARTCRM_TOKEN=… cargo run -p smartcrm-client --example list_clients -- https://crm.example.com`

use std::process::ExitCode;

use futures_util::{StreamExt, TryStreamExt};
use smartcrm_client::{Client, Error, Guarded, ListParams, SecretString};

#[tokio::main]
async fn main() -> ExitCode {
    let (Some(url), Ok(token)) = (std::env::args().nth(1), std::env::var("SMARTCRM_TOKEN")) else {
        eprintln!("usage: SMARTCRM_TOKEN=… list_clients API_URL");
        return ExitCode::from(64);
    };
    match list(&url, token).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            if let Some(help) = error.help_text() {
                eprintln!("help: {help}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn list(url: &str, token: String) -> Result<(), Error> {
    let client = Client::builder(url, SecretString::from(token)).build()?;
    let mut records = client.clients().records(ListParams::new()).take(20);
    while let Some(record) = records.try_next().await? {
        match record {
            Guarded::Good(record) => println!(
                "{}\t{}",
                record.id.map(|id| id.to_string()).unwrap_or_default(),
                record.company.unwrap_or_default()
            ),
            Guarded::Bad(bad) => eprintln!("{bad}"),
        }
    }
    Ok(())
}
