//! What changed since a moment.

use std::sync::{Arc, Mutex};

use api_core::transport::{FakeTransport, Reply};
use futures_util::TryStreamExt as _;
use serde_json::json;
use syncro_client::{Client, ErrorKind, Probe, Timestamp, Warning, operation};

use crate::support::scripted;

const SINCE: &str = "2026-05-01T12:00:00.500Z";

fn since() -> Timestamp {
    SINCE.parse().unwrap()
}

/// Serves tickets and customers that changed at these seconds of noon; `honours`
/// says whether tickets are filtered by the parameter.
fn account(honours: bool, seconds: &'static [u32]) -> FakeTransport {
    let script = FakeTransport::new();
    script.on(move |request| {
        let plural = request.uri().path().rsplit('/').next()?.to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let cut = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("since_updated_at="))
            .map(|at| at.replace("%3A", ":").parse::<Timestamp>().unwrap());
        let rows: Vec<_> = seconds
            .iter()
            .zip(1..)
            .map(|(second, id)| (id, format!("2026-05-01T12:00:{second:02}.000Z")))
            .filter(|(_, at)| {
                let at: Timestamp = at.parse().unwrap();
                !(honours && plural == "tickets") || cut.is_none_or(|cut| at >= cut)
            })
            .map(|(id, at)| json!({"id": id, "updated_at": at}))
            .collect();
        let body = json!({plural: rows, "meta": {"total_pages": 1, "page": 1}});
        Some(Reply::json(200, &body))
    });
    script
}

async fn changed(client: &Client) -> Vec<i64> {
    let records = client.tickets().changed_since(since()).records();
    let records: Vec<_> = records.try_collect().await.unwrap();
    let id = |record: &syncro_client::Guarded<syncro_client::Ticket>| {
        record.good().unwrap().id.unwrap().get()
    };
    records.iter().map(id).collect()
}

fn queries(script: &FakeTransport) -> Vec<String> {
    let query = |request: &http::Request<bytes::Bytes>| request.uri().query().unwrap().to_owned();
    script.requests().iter().map(query).collect()
}

#[tokio::test]
async fn tickets_are_filtered_by_the_server_and_checked_here_to_the_fraction() {
    let script = account(true, &[0, 1, 59]);
    let client = scripted(&script).build().unwrap();
    assert!(!client.tickets().changed_since(since()).is_scan());
    // Second 0 is sent for half past it, so that nothing is cut off there.
    assert_eq!(changed(&client).await, [2, 3]);
    let sent = queries(&script);
    assert!(
        sent[0].contains("since_updated_at=2026-05-01T12:00:00Z"),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_parameter_that_is_ignored_is_noticed_told_and_not_sent_again() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let script = FakeTransport::new();
    script.on(|request| {
        let rows = json!([
            {"id": 1, "updated_at": "2020-01-01T00:00:00.000Z"},
            {"id": 2, "updated_at": "2026-05-02T00:00:00.000Z"},
        ]);
        assert!(request.uri().path().ends_with("/tickets"));
        Some(Reply::json(
            200,
            &json!({"tickets": rows, "meta": {"total_pages": 1}}),
        ))
    });
    let client = scripted(&script)
        .on_warning(move |warning| log.lock().unwrap().push(warning.clone()))
        .build()
        .unwrap();
    assert_eq!(changed(&client).await, [2]);
    let told = heard.lock().unwrap().clone();
    let name = "tickets.list";
    assert_eq!(told, [Warning::ChangedFilterIgnored { operation: name }]);
    assert!(client.tickets().changed_since(since()).is_scan());
    assert_eq!(changed(&client).await, [2]);
    assert!(!queries(&script)[1].contains("since_updated_at"));
    let strict = scripted(&script).lenient(false).build().unwrap();
    let error = strict
        .tickets()
        .changed_since(since())
        .all()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_probe_asks_for_the_future_and_is_remembered_by_all_clones() {
    let list = operation("tickets.list").unwrap();
    for (honours, rows, probe, requests) in [
        (true, &[1, 2][..], Probe::Honoured, 2),
        (false, &[1, 2][..], Probe::Ignored, 1),
        (true, &[][..], Probe::Untold, 2),
    ] {
        let script = account(honours, rows);
        let client = scripted(&script).build().unwrap();
        let clone = client.clone();
        assert_eq!(client.remembered_probe(list), None);
        assert_eq!(client.probe_changed_since(list).await.unwrap(), probe);
        assert_eq!(script.request_count(), requests);
        assert!(queries(&script)[0].contains("since_updated_at=2028-"));
        let known = clone.remembered_probe(list).map(|(probe, _)| probe);
        assert_eq!(known, Some(probe).filter(|probe| *probe != Probe::Untold));
        let scan = clone.tickets().changed_since(since()).is_scan();
        assert_eq!(scan, probe == Probe::Ignored);
    }
}

#[tokio::test]
async fn lists_without_the_parameter_are_scanned_and_filtered_here() {
    let script = account(true, &[0, 1, 2]);
    let client = scripted(&script).build().unwrap();
    let list = operation("customers.list").unwrap();
    assert_eq!(
        client.probe_changed_since(list).await.unwrap(),
        Probe::Ignored
    );
    assert_eq!(script.request_count(), 0);
    let changed = client.customers().changed_since(since());
    assert!(changed.is_scan());
    let customers = changed.all().await.unwrap();
    let ids: Vec<i64> = customers
        .iter()
        .map(|customer| customer.id.unwrap().get())
        .collect();
    assert_eq!(ids, [2, 3]);
    let sent = queries(&script);
    assert!(!sent[0].contains("since_updated_at"), "{sent:?}");
}

#[tokio::test]
async fn what_a_probe_found_earlier_can_be_preset() {
    let script = account(true, &[1]);
    let client = scripted(&script).build().unwrap();
    let list = operation("tickets.list").unwrap();
    client.remember_probe(list, Probe::Ignored);
    assert!(client.tickets().changed_since(since()).is_scan());
    client.remember_probe(list, Probe::Honoured);
    assert!(!client.tickets().changed_since(since()).is_scan());
    client.remember_probe(list, Probe::Untold);
    assert!(!client.tickets().changed_since(since()).is_scan());
    assert_eq!(script.request_count(), 0);
}
