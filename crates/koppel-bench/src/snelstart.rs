//! Listing the invoices of an administration: the sandbox that answers, the client, and a bare
//! loop that sends the same requests.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::TryStreamExt;
use koppel_sandbox::snelstart::{SnelStart, SnelStartSize};
use serde::Deserialize;
use snelstart_client::{Client, Limits};

use crate::usage::Usage;
use crate::work::Measured;

/// What opens the sandbox's administration.
const API_KEY: &str = "bench-subscription";
const CONNECTION_KEY: &str = "bench-koppelsleutel";

/// Rows of one page, the most that the API gives.
const PAGE: usize = 500;

/// Who reads the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum How {
    /// The client: typed records, exact amounts, limits, rows that come twice left out.
    Client,
    /// A bare loop: a token, then page after page into serde's own derived types.
    Bare,
}

/// Serves until the process is killed; prints its address first.
pub(crate) async fn serve(invoices: u32, latency: Duration) -> Result<()> {
    let server = SnelStart::builder()
        .subscription_key(API_KEY)
        .connection_key(CONNECTION_KEY)
        .latency(latency)
        .seed(SnelStartSize {
            customers: 500,
            invoices,
            paid_percent: 67,
            articles: 0,
        })
        .start()
        .await?;
    println!("http://{}", server.address());
    std::future::pending::<()>().await;
    Ok(())
}

/// Reads every invoice and prints what it took, as JSON.
pub(crate) async fn pull(address: &str, how: How) -> Result<()> {
    let before = Usage::now()?;
    let start = Instant::now();
    let (records, numbers) = match how {
        How::Client => by_client(address).await?,
        How::Bare => bare(address).await?,
    };
    let seconds = start.elapsed().as_secs_f64();
    let after = Usage::now()?;
    if numbers == 0 {
        bail!("the invoices have no numbers");
    }
    Measured::between(records, seconds, before, after).print()
}

async fn by_client(address: &str) -> Result<(u64, usize)> {
    let client = Client::builder(API_KEY.into(), CONNECTION_KEY.into())
        .base_url(format!("{address}/v2"))
        .token_url(format!("{address}/b2b/token"))
        .insecure_http(true)
        // What is measured is not how long the vendor's limits make one wait.
        .limits(Limits::new(100_000, 1_000_000, 50))
        .build()?;
    let mut rows = client.sales_invoices().list().records();
    let (mut records, mut numbers) = (0, 0);
    while let Some(row) = rows.try_next().await? {
        let invoice = row.into_result()?;
        records += 1;
        numbers += invoice.number.map_or(0, |number| number.len());
    }
    Ok((records, numbers))
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Reference {
    id: String,
}

/// What a hurried author would declare: the same members, amounts as floating point.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invoice {
    id: String,
    factuurnummer: Option<String>,
    verkoop_boeking: Option<Reference>,
    relatie: Option<Reference>,
    modified_on: Option<String>,
    factuur_datum: Option<String>,
    verval_datum: Option<String>,
    factuur_bedrag: Option<f64>,
    openstaand_saldo: Option<f64>,
    uri: Option<String>,
}

impl Invoice {
    /// Looks at every member, so that none is read in vain.
    fn weight(&self) -> usize {
        let texts = [
            &self.factuurnummer,
            &self.modified_on,
            &self.factuur_datum,
            &self.verval_datum,
            &self.uri,
        ];
        let references = [&self.verkoop_boeking, &self.relatie];
        self.id.len()
            + texts.iter().filter_map(|text| text.as_ref()).count()
            + (references.iter().flat_map(|it| it.as_ref()))
                .map(|reference| reference.id.len())
                .sum::<usize>()
            + usize::from(self.factuur_bedrag > self.openstaand_saldo)
    }
}

async fn bare(address: &str) -> Result<(u64, usize)> {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let form = format!("grant_type=clientkey&clientkey={CONNECTION_KEY}");
    let token: Token = http
        .post(format!("{address}/b2b/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let (mut records, mut numbers, mut skip) = (0, 0, 0);
    loop {
        let mut url = format!("{address}/v2/verkoopfacturen?%24top={PAGE}");
        if skip > 0 {
            url.push_str(&format!("&%24skip={skip}"));
        }
        let page: Vec<Invoice> = http
            .get(url)
            .bearer_auth(&token.access_token)
            .header("ocp-apim-subscription-key", API_KEY)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
            .context("a page of invoices")?;
        if page.is_empty() {
            return Ok((records, numbers));
        }
        skip += page.len();
        for invoice in page {
            records += 1;
            numbers += invoice.weight();
        }
    }
}
