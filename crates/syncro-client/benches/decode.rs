//! How fast a page of 100 customers is decoded.
//!
//! `cargo bench -p syncro-client --bench decode`. A bare `serde_json` reading of
//! the same bytes runs beside it, once into a value and once into a struct: only
//! the ratios say something about more than this machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use syncro_client::{Customer, Guarded};

/// The rows of a page.
const ROWS: usize = 100;

/// How long each way is measured.
const MEASURED: Duration = Duration::from_secs(3);

/// What a hand-written reader of this one list might keep.
#[derive(serde::Deserialize)]
struct Bare {
    id: i64,
    email: Option<String>,
    business_name: Option<String>,
    updated_at: String,
}

#[derive(serde::Deserialize, Default)]
struct Page {
    customers: Vec<Bare>,
}

fn main() {
    let body = page();
    // `cargo test --all-targets` starts benches too: one round is enough then.
    let measured = if std::env::args().any(|arg| arg == "--bench") {
        MEASURED
    } else {
        Duration::ZERO
    };
    println!("{ROWS} customers, {} bytes a page", body.len());
    let ours = rate(measured, || {
        let read: Vec<Guarded<Customer>> =
            syncro_client::testing::decode(body.as_bytes()).unwrap_or_default();
        let good = |row: &&Guarded<Customer>| {
            row.good()
                .is_some_and(|customer| customer.id.is_some() && customer.updated_at.is_some())
        };
        read.iter().filter(good).count()
    });
    let value = rate(measured, || {
        let read: Option<serde_json::Value> = serde_json::from_str(&body).ok();
        let rows = read
            .as_ref()
            .and_then(|page| page.get("customers")?.as_array());
        rows.map_or(0, Vec::len)
    });
    let bare = rate(measured, || {
        let read: Page = serde_json::from_str(&body).unwrap_or_default();
        let whole = |row: &&Bare| {
            row.id > 0
                && row.email.is_some()
                && row.business_name.is_some()
                && !row.updated_at.is_empty()
        };
        read.customers.iter().filter(whole).count()
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
                r#"{{"id":{},"firstname":"Jo","lastname":"Cable {n}","fullname":"Jo Cable {n}","business_name":"Cable & Co {n}","email":"jo{n}@cable.example","phone":"55501{n:02}","mobile":null,"created_at":"2026-03-04T09:12:44.517Z","updated_at":"2026-04-02T10:00:00.000Z","pdf_url":null,"address":"{n} Spool Lane","address_2":null,"city":"Reelham","state":"OH","zip":"43004","latitude":40.05,"longitude":-82.8,"notes":null,"get_sms":false,"opt_out":false,"disabled":false,"no_email":false,"location_name":null,"location_id":null,"properties":{{"Koppel ID":"c-{n}","Account Manager":"Ada Reel"}},"online_profile_url":"https://acme.syncromsp.com/my_profile/v2/index?portal_key=k{n}","tax_rate_id":3,"notification_email":null,"invoice_cc_emails":null,"invoice_term_id":null,"referred_by":null,"ref_customer_id":null,"business_and_full_name":"Cable & Co {n} - Jo Cable {n}","business_then_name":"Cable & Co {n}","contacts":[]}}"#,
                5_560_100_000_u64 + n as u64,
            )
        })
        .collect();
    format!(
        r#"{{"customers":[{}],"meta":{{"total_pages":250,"total_entries":25000,"per_page":100,"page":1}}}}"#,
        rows.join(",")
    )
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
