//! Pulling contacts out of a Simply CRM: the sandbox that answers, and the client that asks.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::TryStreamExt;
use koppel_sandbox::simplycrm::{Generation, SimplyCrm, SimplySize};
use simplycrm_ws::{ChangeToken, ChangesMode, ChangesOptions, Client, Query, Record};

use crate::usage::Usage;
use crate::work::Measured;

/// What logs in: the sandbox's own user.
const USER: &str = "admin";
const KEY: &str = "demoAccessKey123";

/// How contacts are pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum How {
    /// All rows by a query, in lanes of as many ranges of ids as there are sessions.
    Rows,
    /// The stream of changes by `sync`, which is one page after the other.
    Sync,
    /// The stream of changes by queries on `modifiedtime`.
    Changes,
}

/// Serves until the process is killed; prints its address first.
pub(crate) async fn serve(contacts: u32, latency: Duration) -> Result<()> {
    let server = SimplyCrm::builder()
        .generation(Generation::Simply)
        .latency(latency)
        .start()
        .await?;
    let mut size = SimplySize::empty();
    size.contacts = contacts;
    server.fill(&size, 1)?;
    println!("{}", server.url());
    std::future::pending::<()>().await;
    Ok(())
}

/// Pulls every contact and prints what it took, as JSON.
pub(crate) async fn pull(url: &str, sessions: usize, how: How) -> Result<()> {
    let client = Client::builder(url, USER, KEY.into())
        .sessions(sessions)
        .build()?;
    client.login().await?;
    let before = Usage::now()?;
    let start = Instant::now();
    let (records, bytes) = match how {
        How::Rows => rows(&client, sessions).await?,
        How::Sync => changes(&client, ChangesMode::Sync).await?,
        How::Changes => changes(&client, ChangesMode::Query).await?,
    };
    let seconds = start.elapsed().as_secs_f64();
    let after = Usage::now()?;
    if bytes == 0 {
        bail!("the contacts are empty");
    }
    let expected = client.count(&Query::count().from("Contacts")).await?;
    let expected = expected.context("the server cannot count")?;
    if records != expected {
        bail!("{records} of {expected} contacts were pulled");
    }
    Measured::between(records, seconds, before, after).print()
}

fn size(record: &Record) -> usize {
    record.text("lastname").len() + record.text("email").len()
}

async fn rows(client: &Client, sessions: usize) -> Result<(u64, usize)> {
    let all = Query::all().from("Contacts");
    let mut rows = client.rows_in_parallel(all, sessions);
    let (mut records, mut bytes) = (0, 0);
    while let Some(record) = rows.try_next().await? {
        records += 1;
        bytes += size(&record);
    }
    Ok((records, bytes))
}

async fn changes(client: &Client, mode: ChangesMode) -> Result<(u64, usize)> {
    let options = ChangesOptions::new().mode(mode);
    let mut pages = client.changes_with("Contacts", ChangeToken::beginning(), options);
    let (mut records, mut bytes) = (0, 0);
    while let Some(page) = pages.try_next().await? {
        records += page.updated.len() as u64;
        bytes += page.updated.iter().map(size).sum::<usize>();
    }
    Ok((records, bytes))
}
