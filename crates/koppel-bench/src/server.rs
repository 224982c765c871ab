//! A mock SmartCRM that costs as little as possible: pages of generated customers, and creates that
//! are counted and answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::records::write_wire;

struct Mock {
    records: u64,
    latency: Duration,
    next_id: AtomicU64,
    pages: AtomicU64,
    writes: AtomicU64,
    others: AtomicU64,
}

/// Serves until the process is killed; prints its address first.
pub(crate) async fn serve(records: u64, latency: Duration) -> Result<()> {
    let mock = Arc::new(Mock {
        records,
        latency,
        next_id: AtomicU64::new(1),
        pages: AtomicU64::new(0),
        writes: AtomicU64::new(0),
        others: AtomicU64::new(0),
    });
    let api = Router::new()
        .route("/index.php/api/clients", get(list).post(create))
        .route("/index.php/api/clients/batch", post(batch))
        .route("/index.php/api/clients/{id}", get(one))
        .route("/counts", get(counts))
        .with_state(mock);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    axum::serve(listener, api).await?;
    Ok(())
}

impl Mock {
    async fn wait(&self) {
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
    }
}

fn json(status: StatusCode, body: String) -> Response {
    let header = [(header::CONTENT_TYPE, "application/json")];
    (status, header, Body::from(body)).into_response()
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    page: Option<u64>,
    #[serde(default)]
    per_page: Option<u64>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    vat: Option<String>,
}

fn nothing() -> Response {
    json(
        StatusCode::NOT_FOUND,
        r#"{"status":false,"message":"No data were found"}"#.to_owned(),
    )
}

async fn list(State(mock): State<Arc<Mock>>, Query(paging): Query<Paging>) -> Response {
    mock.wait().await;
    if paging.external_id.is_some() || paging.vat.is_some() {
        mock.others.fetch_add(1, Ordering::Relaxed);
        return nothing();
    }
    mock.pages.fetch_add(1, Ordering::Relaxed);
    let page = paging.page.unwrap_or(1).max(1);
    let size = paging.per_page.unwrap_or(25).clamp(1, 1000);
    let first = (page - 1) * size + 1;
    if first > mock.records {
        return nothing();
    }
    let last = (first + size - 1).min(mock.records);
    let mut body = String::with_capacity(512 * size as usize);
    body.push_str(r#"{"status":true,"data":["#);
    for n in first..=last {
        if n > first {
            body.push(',');
        }
        write_wire(n, &mut body);
    }
    body.push_str(&format!(
        r#"],"meta":{{"page":{page},"per_page":{size},"total":{},"has_more":{}}}}}"#,
        mock.records,
        last < mock.records
    ));
    json(StatusCode::OK, body)
}

async fn one(State(mock): State<Arc<Mock>>, Path(id): Path<u64>) -> Response {
    mock.wait().await;
    mock.others.fetch_add(1, Ordering::Relaxed);
    let mut body = String::from(r#"{"status":true,"data":"#);
    write_wire(id, &mut body);
    body.push('}');
    json(StatusCode::OK, body)
}

async fn create(State(mock): State<Arc<Mock>>, body: Bytes) -> Response {
    mock.wait().await;
    if serde_json::from_slice::<&RawValue>(&body).is_err() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    mock.writes.fetch_add(1, Ordering::Relaxed);
    let id = mock.next_id.fetch_add(1, Ordering::Relaxed);
    json(
        StatusCode::CREATED,
        format!(r#"{{"status":true,"message":"Client added successfully.","id":"{id}"}}"#),
    )
}

#[derive(Deserialize)]
struct Records<'a> {
    #[serde(borrow)]
    records: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    external_id: &'a str,
    #[serde(borrow)]
    #[expect(
        dead_code,
        reason = "it has to be JSON; that is what reading it checks"
    )]
    data: &'a RawValue,
}

async fn batch(State(mock): State<Arc<Mock>>, body: Bytes) -> Response {
    mock.wait().await;
    let Ok(sent) = serde_json::from_slice::<Records<'_>>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let count = sent.records.len() as u64;
    mock.writes.fetch_add(count, Ordering::Relaxed);
    let first = mock.next_id.fetch_add(count, Ordering::Relaxed);
    let mut answer = String::with_capacity(96 * sent.records.len());
    answer.push_str(r#"{"status":true,"results":["#);
    for (id, item) in (first..).zip(&sent.records) {
        if id > first {
            answer.push(',');
        }
        answer.push_str(&format!(
            r#"{{"external_id":"{}","id":"{id}","action":"created"}}"#,
            item.external_id
        ));
    }
    answer.push_str("]}");
    json(StatusCode::OK, answer)
}

async fn counts(State(mock): State<Arc<Mock>>) -> Response {
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (pages, writes, others) = (load(&mock.pages), load(&mock.writes), load(&mock.others));
    json(
        StatusCode::OK,
        format!(r#"{{"pages":{pages},"writes":{writes},"others":{others}}}"#),
    )
}
