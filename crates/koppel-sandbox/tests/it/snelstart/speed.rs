//! Large administrations.

use std::time::Instant;

use koppel_sandbox::snelstart::{SnelStart, SnelStartSize};

use super::talk::Talk;

#[tokio::test]
async fn fifty_thousand_invoices_are_served_in_101_filtered_pages() {
    let size = SnelStartSize {
        customers: 500,
        invoices: 50_000,
        paid_percent: 20,
        articles: 0,
    };
    let started = Instant::now();
    let talk = Talk::with(SnelStart::builder().seed(size)).await;
    let filled = started.elapsed();
    let started = Instant::now();
    let filter = "FactuurDatum ge datetime'2019-05-28T00:00:00'";
    let mut seen = 0;
    loop {
        let skip = seen.to_string();
        let options = [("$filter", filter), ("$top", "500"), ("$skip", &skip)];
        let page = talk.list("/verkoopfacturen", &options).await;
        let rows: Vec<serde_json::Value> = serde_json::from_str(&page.text).unwrap();
        if rows.is_empty() {
            break;
        }
        seen += rows.len();
    }
    let read = started.elapsed();
    println!("filled in {filled:?}, read in {read:?}");
    assert_eq!(seen, 50_000);
    assert_eq!(talk.server.requests_to("GET /verkoopfacturen"), 101);
}
