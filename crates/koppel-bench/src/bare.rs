//! The bare loops: what a good engineer writes when nothing may go wrong.

use std::path::Path;

use anyhow::{Context, Result, bail};
use futures_util::{TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool};

use crate::records::{COLUMNS, create_table, open};
use crate::work::{BATCH, IN_FLIGHT, PAGE, TOKEN};

#[derive(Deserialize)]
struct PageOf<T> {
    data: Vec<T>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    has_more: bool,
}

#[derive(Deserialize)]
struct Client {
    id: String,
    company: String,
    vat: Option<String>,
    phonenumber: Option<String>,
    website: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
    country: Option<String>,
    currency: Option<String>,
    default_language: Option<String>,
    active: String,
}

/// Pages over HTTP, each upserted into SQLite in one transaction.
pub(crate) async fn pull(url: &str, db: &Path) -> Result<u64> {
    let http = reqwest::Client::new();
    let pool = open(db).await?;
    create_table(&pool).await?;
    let mut page = 1;
    let mut count = 0;
    loop {
        let address = format!("{url}/index.php/api/clients?page={page}&per_page={PAGE}");
        let answer = http.get(address).bearer_auth(TOKEN).send().await?;
        let body = answer.error_for_status()?.bytes().await?;
        let found: PageOf<Client> = serde_json::from_slice(&body)?;
        count += found.data.len() as u64;
        let mut tx = pool.begin().await?;
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO customers (id, ");
        query.push(COLUMNS.join(", ")).push(") ");
        query.push_values(&found.data, |mut row, client| {
            row.push_bind(client.id.parse::<i64>().unwrap_or_default())
                .push_bind(client.company.as_str())
                .push_bind(client.vat.as_deref())
                .push_bind(client.phonenumber.as_deref())
                .push_bind(client.website.as_deref())
                .push_bind(client.address.as_deref())
                .push_bind(client.city.as_deref())
                .push_bind(client.state.as_deref())
                .push_bind(client.zip.as_deref())
                .push_bind(client.country.as_deref())
                .push_bind(client.currency.as_deref())
                .push_bind(client.default_language.as_deref())
                .push_bind(i64::from(client.active == "1"));
        });
        query.push(" ON CONFLICT (id) DO UPDATE SET ");
        for (n, column) in COLUMNS.iter().enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            query.push(format!("{comma}{column} = excluded.{column}"));
        }
        query.build().execute(&mut *tx).await?;
        tx.commit().await?;
        if !found.meta.has_more {
            return Ok(count);
        }
        page += 1;
    }
}

#[derive(Serialize)]
struct Data {
    company: String,
    vat: Option<String>,
    phonenumber: Option<String>,
    website: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
    country: Option<String>,
    currency: Option<String>,
    default_language: Option<String>,
    active: bool,
}

#[derive(Serialize)]
struct Item {
    external_id: String,
    data: Data,
}

#[derive(Serialize)]
struct Sent {
    records: Vec<Item>,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    external_id: String,
    id: String,
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

/// Reads the next rows behind `after`.
async fn rows(pool: &SqlitePool, after: i64, limit: i64) -> Result<Vec<(i64, Data)>> {
    let rows = sqlx::query(
        "SELECT id, name, vat, phone, website, street, city, state, zip, country, currency,
             language, active
         FROM customers WHERE id > ? ORDER BY id LIMIT ?",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let data = Data {
                company: row.try_get(1)?,
                vat: row.try_get(2)?,
                phonenumber: row.try_get(3)?,
                website: row.try_get(4)?,
                address: row.try_get(5)?,
                city: row.try_get(6)?,
                state: row.try_get(7)?,
                zip: row.try_get(8)?,
                country: row.try_get(9)?,
                currency: row.try_get(10)?,
                default_language: row.try_get(11)?,
                active: row.try_get(12)?,
            };
            Ok((row.try_get(0)?, data))
        })
        .collect()
}

async fn store(pool: &SqlitePool, links: &[(String, String)]) -> Result<()> {
    let mut tx = pool.begin().await?;
    for chunk in links.chunks(500) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO results (external_id, id) ");
        query.push_values(chunk, |mut row, (external_id, id)| {
            row.push_bind(external_id.as_str()).push_bind(id.as_str());
        });
        query.build().execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Rows of SQLite over HTTP, the new ids stored: in batches, or one by one.
pub(crate) async fn push(url: &str, source: &Path, db: &Path, one_by_one: bool) -> Result<u64> {
    let http = reqwest::Client::new();
    let from = open(source).await?;
    let to = open(db).await?;
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS results (external_id TEXT PRIMARY KEY, id TEXT NOT NULL)",
    )
    .execute(&to)
    .await?;
    let pages = stream::try_unfold(0_i64, |after| {
        let from = from.clone();
        async move {
            let found = rows(&from, after, 500).await?;
            let last = found.last().map(|(id, _)| *id);
            anyhow::Ok(last.map(|last| (found, last)))
        }
    });
    let size = if one_by_one { 1 } else { BATCH };
    let batches = pages
        .map_ok(move |found| {
            let mut left = found.into_iter();
            let batches = std::iter::from_fn(move || {
                let batch: Vec<_> = left.by_ref().take(size).collect();
                (!batch.is_empty()).then_some(anyhow::Ok(batch))
            });
            stream::iter(batches)
        })
        .try_flatten();
    let answers = batches
        .map_ok(|batch| {
            let http = http.clone();
            let url = url.to_owned();
            async move { send(&http, &url, batch, one_by_one).await }
        })
        .try_buffer_unordered(IN_FLIGHT);
    let mut answers = std::pin::pin!(answers);
    let mut count = 0;
    let mut group = Vec::new();
    while let Some(links) = answers.try_next().await? {
        group.extend(links);
        if group.len() >= 500 {
            count += group.len() as u64;
            store(&to, &std::mem::take(&mut group)).await?;
        }
    }
    count += group.len() as u64;
    store(&to, &group).await?;
    Ok(count)
}

async fn send(
    http: &reqwest::Client,
    url: &str,
    batch: Vec<(i64, Data)>,
    one_by_one: bool,
) -> Result<Vec<(String, String)>> {
    let mut records: Vec<Item> = batch
        .into_iter()
        .map(|(id, data)| Item {
            external_id: format!("db:customer:{id}"),
            data,
        })
        .collect();
    if one_by_one {
        let item = records.pop().context("an empty batch")?;
        let address = format!("{url}/index.php/api/clients");
        let request = http.post(address).bearer_auth(TOKEN).json(&item.data);
        let body = request.send().await?.error_for_status()?.bytes().await?;
        let created: Created = serde_json::from_slice(&body)?;
        return Ok(vec![(item.external_id, created.id)]);
    }
    let address = format!("{url}/index.php/api/clients/batch");
    let sent = Sent { records };
    let request = http.post(address).bearer_auth(TOKEN).json(&sent);
    let body = request.send().await?.error_for_status()?.bytes().await?;
    let answer: Answer = serde_json::from_slice(&body)?;
    if answer.results.len() != sent.records.len() {
        bail!(
            "{} results for {} records",
            answer.results.len(),
            sent.records.len()
        );
    }
    let links = answer
        .results
        .into_iter()
        .map(|one| (one.external_id, one.id));
    Ok(links.collect())
}

/// Reads every row of the table once, in pages, and decodes every value.
pub(crate) async fn scan(source: &Path) -> Result<u64> {
    let pool = open(source).await?;
    let (mut after, mut count, mut bytes) = (0, 0, 0);
    loop {
        let found = rows(&pool, after, 500).await?;
        let Some((last, _)) = found.last() else {
            break;
        };
        after = *last;
        count += found.len() as u64;
        bytes += found
            .iter()
            .map(|(_, data)| data.company.len())
            .sum::<usize>();
    }
    if bytes == 0 {
        bail!("the rows are empty");
    }
    Ok(count)
}
