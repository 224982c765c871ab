//! Parameters of lists, as they stand in the address.

use api_core::transport::{FakeTransport, Reply};
use serde_json::json;
use syncro_client::{CustomerFilter, CustomerId, Filter, Order, TicketFilter, Timestamp};

use crate::support::scripted;

#[test]
fn nothing_set_asks_for_everything() {
    assert!(Filter::query(&CustomerFilter::new()).is_empty());
    assert_eq!(CustomerFilter::operation().name, "customers.list");
}

#[test]
fn values_are_written_as_the_server_reads_them() {
    let filter = CustomerFilter::new()
        .query("O'Brien & Söhne")
        .ids([CustomerId::new(4), CustomerId::new(5_560_138_523)])
        .include_disabled(true)
        .sort(("firstname", Order::Desc));
    let query = Filter::query(&filter);
    for (name, value) in [
        ("query", "O'Brien & Söhne"),
        ("id[]", "4"),
        ("id[]", "5560138523"),
        ("include_disabled", "true"),
        ("sort", "firstname DESC"),
    ] {
        let pair = (name.to_owned(), value.to_owned());
        assert!(query.contains(&pair), "{pair:?} in {query:?}");
    }
    assert_eq!(query.len(), 5);
}

#[tokio::test]
async fn they_are_encoded_whole() {
    let script = FakeTransport::new();
    script.push(Reply::json(
        200,
        &json!({"tickets": [], "meta": {"total_pages": 0}}),
    ));
    let client = scripted(&script).build().unwrap();
    let since: Timestamp = "2026-05-01T12:00:00Z".parse().unwrap();
    let filter = TicketFilter::new()
        .query("a&b=c d+é#")
        .status("Not Closed")
        .created_after(since);
    client.tickets().list(&filter).all().await.unwrap();
    let requests = script.requests();
    let query = requests[0].uri().query().unwrap();
    for part in [
        "query=a%26b%3Dc%20d%2B%C3%A9%23",
        "status=Not%20Closed",
        "created_after=2026-05-01T12:00:00Z",
        "page=1",
        "per_page=100",
    ] {
        assert!(
            query.split('&').any(|pair| pair == part),
            "{part} in {query}"
        );
    }
}
