//! How fast answers are decoded: a query's 100 rows, of a recorded contact.
//!
//! `cargo bench -p simplycrm-ws --bench decode`. A bare `serde_json` reading
//! of the same bytes runs beside it: only the ratio of the two says something
//! about more than this machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use simplycrm_ws::Verb;
use simplycrm_ws::testing::decode;

/// A recorded contact of a vtiger 7.1.0 server.
const RECORDED: &str = include_str!(
    "../tests/fixtures/recorded/v7/185-webservice-retrieve-Contact_special_chars.json"
);

/// The most rows a query answers with.
const ROWS: usize = 100;

/// How long each way is measured.
const MEASURED: Duration = Duration::from_secs(3);

fn main() {
    let body = answer();
    // `cargo test --all-targets` starts benches too: one round is enough then.
    let measured = if std::env::args().any(|arg| arg == "--bench") {
        MEASURED
    } else {
        Duration::ZERO
    };
    let columns = columns(&body);
    println!(
        "{ROWS} rows of {columns} columns, {} bytes an answer",
        body.len()
    );
    let ours = rate(measured, || {
        let read = decode(
            Verb::Get,
            200,
            Some("application/json"),
            body.as_bytes(),
            true,
        );
        let rows = read.ok().and_then(|(result, _)| result.into_list());
        rows.map_or(0, |rows| rows.len())
    });
    let bare = rate(measured, || {
        let read: Option<serde_json::Value> = serde_json::from_str(&body).ok();
        read.and_then(|value| value["result"].as_array().map(Vec::len))
            .unwrap_or_default()
    });
    let megabytes = |rate: f64| rate / ROWS as f64 * body.len() as f64 / 1_000_000.0;
    println!(
        "client      {ours:>10.0} records/s  {:>7.1} MB/s",
        megabytes(ours)
    );
    println!(
        "serde_json  {bare:>10.0} records/s  {:>7.1} MB/s",
        megabytes(bare)
    );
    println!("client / serde_json  {:.2}", ours / bare);
}

/// An answer of [`ROWS`] rows, in the wire's own text.
fn answer() -> String {
    let body = serde_json::from_str::<serde_json::Value>(RECORDED)
        .ok()
        .and_then(|exchange| exchange["response"]["body"].as_str().map(str::to_owned))
        .unwrap_or_default();
    let record = body
        .strip_prefix("{\"success\":true,\"result\":")
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or("{}");
    let rows: Vec<&str> = std::iter::repeat_n(record, ROWS).collect();
    format!("{{\"success\":true,\"result\":[{}]}}", rows.join(","))
}

fn columns(body: &str) -> usize {
    serde_json::from_str::<serde_json::Value>(body)
        .ok()
        .and_then(|value| value["result"][0].as_object().map(serde_json::Map::len))
        .unwrap_or_default()
}

/// Records a second; the work must read all rows, every time.
fn rate(measured: Duration, work: impl Fn() -> usize) -> f64 {
    let start = Instant::now();
    let mut rounds = 0_u32;
    loop {
        assert_eq!(black_box(work()), ROWS, "a row is missing");
        rounds += 1;
        if start.elapsed() >= measured {
            break;
        }
    }
    f64::from(rounds) * ROWS as f64 / start.elapsed().as_secs_f64()
}
