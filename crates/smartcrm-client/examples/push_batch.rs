//! Sends clients, one a line on standard input, as one batch.
//!
//! `printf 'Acme\nBolta\n' | SMARTCRM_TOKEN=… cargo run -p smartcrm-client --example push_batch -- https://crm.example.com`

use std::io::BufRead;
use std::process::ExitCode;

use smartcrm_client::{
    BatchOutcome, BatchRecord, Client, Error, NewClient, SecretString, ToFields,
};

#[tokio::main]
async fn main() -> ExitCode {
    let (Some(url), Ok(token)) = (std::env::args().nth(1), std::env::var("SMARTCRM_TOKEN")) else {
        eprintln!("usage: SMARTCRM_TOKEN=… push_batch API_URL < companies.txt");
        return ExitCode::from(64);
    };
    let companies: Vec<String> = std::io::stdin()
        .lock()
        .lines()
        .map_while(Result::ok)
        .collect();
    match push(&url, token, &companies).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("{error}");
            if let Some(help) = error.help_text() {
                eprintln!("help: {help}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Returns whether every record was written.
async fn push(url: &str, token: String, companies: &[String]) -> Result<bool, Error> {
    let client = Client::builder(url, SecretString::from(token)).build()?;
    let records: Vec<BatchRecord> = companies
        .iter()
        .enumerate()
        .map(|(line, company)| {
            let fields = NewClient::new(company.as_str()).to_fields();
            BatchRecord::create(format!("example:client:{line}"), fields)
        })
        .collect();
    let mut all = true;
    for chunk in records.chunks(client.batch_size()) {
        for result in client.clients().push_batch(chunk, None).await? {
            let key = result.external_id.unwrap_or_default();
            match result.outcome {
                BatchOutcome::Written { id, action } => println!("{key}\t{action}\t{id}"),
                other => {
                    all = false;
                    if let Some(error) = other.error() {
                        println!("{key}\t{error}");
                    }
                }
            }
        }
    }
    Ok(all)
}
