//! How fast a page of 500 sales invoices is decoded.
//!
//! `cargo bench -p snelstart-client --bench decode`. A bare `serde_json` reading
//! of the same bytes runs beside it, once into a value and once into a struct:
//! only the ratios say something about more than this machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use snelstart_client::{Guarded, SalesInvoice};

/// The rows of a page.
const ROWS: usize = 500;

/// How long each way is measured.
const MEASURED: Duration = Duration::from_secs(3);

/// What a hand-written reader of this one list might keep; amounts as `f64`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bare {
    id: String,
    factuurnummer: String,
    factuur_bedrag: f64,
    openstaand_saldo: f64,
}

fn main() {
    let body = page();
    // `cargo test --all-targets` starts benches too: one round is enough then.
    let measured = if std::env::args().any(|arg| arg == "--bench") {
        MEASURED
    } else {
        Duration::ZERO
    };
    println!("{ROWS} invoices, {} bytes a page", body.len());
    let ours = rate(measured, || {
        let read: Vec<Guarded<SalesInvoice>> =
            snelstart_client::testing::decode(body.as_bytes()).unwrap_or_default();
        let good = |row: &&Guarded<SalesInvoice>| {
            row.good()
                .is_some_and(|invoice| invoice.open_balance.is_some())
        };
        read.iter().filter(good).count()
    });
    let value = rate(measured, || {
        let read: Option<serde_json::Value> = serde_json::from_str(&body).ok();
        let rows = read.as_ref().and_then(serde_json::Value::as_array);
        rows.map_or(0, Vec::len)
    });
    let bare = rate(measured, || {
        let read: Vec<Bare> = serde_json::from_str(&body).unwrap_or_default();
        let paid = |row: &&Bare| {
            !row.id.is_empty()
                && !row.factuurnummer.is_empty()
                && row.openstaand_saldo <= row.factuur_bedrag
        };
        read.iter().filter(paid).count()
    });
    let megabytes = |rate: f64| rate / ROWS as f64 * body.len() as f64 / 1_000_000.0;
    for (name, rate) in [("client", ours), ("value", value), ("struct", bare)] {
        println!(
            "{name:<8}{rate:>12.0} records/s  {:>7.1} MB/s",
            megabytes(rate)
        );
    }
    println!("client / value   {:.2}", ours / value);
    println!("client / struct  {:.2}", ours / bare);
}

/// A page in the wire's own text.
fn page() -> String {
    let rows: Vec<String> = (0..ROWS)
        .map(|n| {
            format!(
                r#"{{"verkoopBoeking":{{"id":"b27f9e04-1c58-4e6a-8d3b-{n:012}","uri":"/verkoopboekingen/b27f9e04-1c58-4e6a-8d3b-{n:012}"}},"modifiedOn":"2026-03-04T09:12:44.517","openstaandSaldo":{}.05,"factuurnummer":"2026{n:05}","vervalDatum":"2026-04-02T00:00:00","relatie":{{"id":"c3841a6f-5e20-4d97-b1fc-{n:012}","uri":"/relaties/c3841a6f-5e20-4d97-b1fc-{n:012}"}},"factuurDatum":"2026-03-03T00:00:00","factuurBedrag":{}.50,"verkoopOrders":[],"id":"a10c5d3e-7b42-4f19-9c86-{n:012}","uri":"/verkoopfacturen/a10c5d3e-7b42-4f19-9c86-{n:012}"}}"#,
                n % 100,
                n % 100 + 1,
            )
        })
        .collect();
    format!("[{}]", rows.join(","))
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
