//! Listing the customers of an account: the sandbox that answers, the client, and a bare loop that
//! sends the same requests.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use api_core::{Exchange, ExchangeObserver};
use futures_util::TryStreamExt;
use koppel_sandbox::syncro::{Size, Syncro};
use serde::Deserialize;
use syncro_client::{Client, CustomerFilter};

use crate::usage::Usage;
use crate::work::Measured;

/// What opens the sandbox's account.
const TOKEN: &str = "bench-token";

/// A limit that nothing here reaches: what is measured is not how long it makes one wait.
const PER_MINUTE: u32 = 1_000_000;

/// Who reads the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum How {
    /// The client, whose requests are written down; not measured against anything.
    Trace,
    /// The client: typed records, pages that overlap, rows that come twice left out.
    Client,
    /// A bare loop: the same requests, one after the other, into serde's own derived types.
    Bare,
}

/// Serves until the process is killed; prints its address first.
pub(crate) async fn serve(customers: u32, latency: Duration) -> Result<()> {
    let server = Syncro::builder()
        .token(TOKEN)
        .unlimited()
        .latency(latency)
        .seed(Size {
            customers,
            ..Size::default()
        })
        .start()
        .await?;
    println!("{}", server.url());
    std::future::pending::<()>().await;
    Ok(())
}

/// Reads every customer and prints what it took, as JSON; `requests` is the file that the requests
/// are written to and taken from.
pub(crate) async fn pull(address: &str, how: How, requests: &Path) -> Result<()> {
    let asked = Arc::new(Asked::default());
    let list = match how {
        How::Bare => std::fs::read_to_string(requests).context("the list of requests")?,
        How::Trace | How::Client => String::new(),
    };
    let before = Usage::now()?;
    let start = Instant::now();
    let (records, weight) = match how {
        How::Trace => by_client(address, Some(Arc::clone(&asked))).await?,
        How::Client => by_client(address, None).await?,
        How::Bare => bare(address, list.lines()).await?,
    };
    let seconds = start.elapsed().as_secs_f64();
    let after = Usage::now()?;
    if weight == 0 {
        bail!("the customers are empty");
    }
    if how == How::Trace {
        std::fs::write(requests, asked.paths(address)?).context("the list of requests")?;
    }
    Measured::between(records, seconds, before, after).print()
}

/// Every address that was asked for.
#[derive(Debug, Default)]
struct Asked(Mutex<Vec<String>>);

impl Asked {
    /// What stands behind the address of the API in each, a line for each.
    fn paths(&self, address: &str) -> Result<String> {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let paths: Option<Vec<&str>> = (asked.iter())
            .map(|url| url.strip_prefix(address))
            .collect();
        Ok(paths.context("a request went elsewhere")?.join("\n"))
    }
}

impl ExchangeObserver for Asked {
    fn exchange(&self, exchange: &Exchange) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(exchange.url.clone());
    }
}

async fn by_client(address: &str, asked: Option<Arc<Asked>>) -> Result<(u64, usize)> {
    let mut builder = Client::builder("bench", TOKEN.into())
        .base_url(address)
        .insecure_http(true)
        .requests_per_minute(PER_MINUTE);
    if let Some(asked) = asked {
        builder = builder.observer(asked);
    }
    let client = builder.build()?;
    let everyone = CustomerFilter::new();
    let mut rows = client.customers().list(&everyone).records();
    let (mut records, mut weight) = (0, 0);
    while let Some(row) = rows.try_next().await? {
        let customer = row.into_result()?;
        records += 1;
        weight += customer.email.map_or(0, |email| email.len());
    }
    Ok((records, weight))
}

/// What a hurried author would declare.
#[derive(Deserialize)]
struct Page {
    customers: Vec<Customer>,
}

#[derive(Deserialize)]
struct Customer {
    id: i64,
    firstname: Option<String>,
    lastname: Option<String>,
    fullname: Option<String>,
    business_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    mobile: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    address: Option<String>,
    address_2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
    notes: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    disabled: Option<bool>,
    get_sms: Option<bool>,
    opt_out: Option<bool>,
    no_email: Option<bool>,
    properties: Option<serde_json::Value>,
}

impl Customer {
    /// Looks at every member, so that none is read in vain.
    fn weight(&self) -> usize {
        let texts = [
            &self.firstname,
            &self.lastname,
            &self.fullname,
            &self.business_name,
            &self.email,
            &self.phone,
            &self.mobile,
            &self.created_at,
            &self.updated_at,
            &self.address,
            &self.address_2,
            &self.city,
            &self.state,
            &self.zip,
            &self.notes,
        ];
        let flags = [self.disabled, self.get_sms, self.opt_out, self.no_email];
        texts.iter().filter_map(|text| text.as_ref()).count()
            + flags.iter().filter(|flag| **flag == Some(true)).count()
            + usize::from(self.latitude > self.longitude)
            + usize::from(self.properties.is_some())
    }
}

async fn bare(address: &str, requests: std::str::Lines<'_>) -> Result<(u64, usize)> {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let mut seen = HashSet::new();
    let mut weight = 0;
    for path in requests {
        let page: Page = http
            .get(format!("{address}{path}"))
            .bearer_auth(TOKEN)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
            .context("a page of customers")?;
        for customer in page.customers {
            if seen.insert(customer.id) {
                weight += customer.weight();
            }
        }
    }
    Ok((seen.len() as u64, weight))
}
