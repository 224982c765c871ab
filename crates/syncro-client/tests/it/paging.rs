//! Lists: how they are asked for, and where they end.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use api_core::transport::{FakeTransport, Reply};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use syncro_client::{
    AppointmentFilter, Client, Customer, CustomerFilter, ErrorKind, List, Warning,
};

use crate::support::scripted;

fn client(script: &FakeTransport) -> Client {
    scripted(script).build().unwrap()
}

fn customers(client: &Client) -> List<'_, Customer> {
    client.customers().list(&CustomerFilter::new())
}

fn rows(ids: impl IntoIterator<Item = i64>) -> Vec<Value> {
    ids.into_iter().map(|id| json!({"id": id})).collect()
}

/// What each request asked for, as `page/per_page`.
fn asked(script: &FakeTransport) -> Vec<String> {
    let of = |query: &str, name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
            .unwrap()
            .to_owned()
    };
    script
        .requests()
        .iter()
        .map(|request| {
            let query = request.uri().query().unwrap();
            format!("{}/{}", of(query, "page"), of(query, "per_page"))
        })
        .collect()
}

#[tokio::test]
async fn one_page_that_says_so_takes_one_request() {
    let script = FakeTransport::new();
    let meta = json!({"total_pages": 1, "total_entries": 2, "per_page": 100, "page": 1});
    script.push(Reply::json(
        200,
        &json!({"customers": rows([1, 2]), "meta": meta}),
    ));
    let all = customers(&client(&script)).all().await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(asked(&script), ["1/100"]);
}

#[tokio::test]
async fn an_empty_list_takes_one_request() {
    for body in [
        json!({"customers": [], "meta": {"total_pages": 0, "page": 1}}),
        json!({"customers": []}),
        json!([]),
    ] {
        let script = FakeTransport::new();
        script.push(Reply::json(200, &body));
        assert!(customers(&client(&script)).all().await.unwrap().is_empty());
        assert_eq!(script.request_count(), 1);
    }
}

#[tokio::test]
async fn a_list_that_ignores_pages_is_read_once() {
    // Alerts of some kind come all at once, whichever page is asked for.
    for count in [1, 3, 7, 100, 140] {
        let script = FakeTransport::new();
        script.on(move |_| Some(Reply::json(200, &json!({"customers": rows(1..=count)}))));
        let ids = customers(&client(&script)).ids().await.unwrap();
        assert_eq!(ids, (1..=count).collect::<BTreeSet<i64>>());
        assert!(script.request_count() <= 6, "{count}: {:?}", asked(&script));
    }
}

#[tokio::test]
async fn a_limit_asks_for_no_more_than_is_wanted_and_stops() {
    let script = FakeTransport::new();
    let meta = json!({"total_pages": 50, "total_entries": 150, "per_page": 3, "page": 1});
    script.push(Reply::json(
        200,
        &json!({"customers": rows(1..=3), "meta": meta}),
    ));
    let got = customers(&client(&script)).limit(3).all().await.unwrap();
    assert_eq!(got.len(), 3);
    assert_eq!(asked(&script), ["1/3"]);
    // One that gives more than it was asked for gives no more here.
    let script = FakeTransport::new();
    script.push(Reply::json(
        200,
        &json!({"customers": rows(1..=9), "meta": meta}),
    ));
    let got = customers(&client(&script)).limit(2).all().await.unwrap();
    assert_eq!(got.len(), 2);
    let script = FakeTransport::new();
    script.push(Reply::json(
        200,
        &json!({"customers": rows(4..=4), "meta": meta}),
    ));
    let first = customers(&client(&script)).first().await.unwrap();
    assert_eq!(first.unwrap().id.unwrap().get(), 4);
    assert_eq!(asked(&script), ["1/1"]);
    let script = FakeTransport::new();
    let none = customers(&client(&script)).limit(0).all().await.unwrap();
    assert!(none.is_empty());
    assert_eq!(script.request_count(), 0);
}

#[tokio::test]
async fn one_page_can_be_asked_for_by_its_number() {
    let script = FakeTransport::new();
    script.push(Reply::json(200, &json!({"customers": rows([7])})));
    let page = customers(&client(&script))
        .per_page(25)
        .page(4)
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(asked(&script), ["4/25"]);
}

#[tokio::test]
async fn a_page_that_takes_too_long_is_halved_down_to_five_at_once_and_told() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let script = FakeTransport::new();
    script.on(|request| {
        let query = request.uri().query()?;
        let size: i64 = query.split_once("per_page=")?.1.parse().ok()?;
        let page: i64 = query
            .split_once("page=")?
            .1
            .split('&')
            .next()?
            .parse()
            .ok()?;
        if size > 6 {
            return Some(Reply::html(504, "<html>504 Gateway Time-out</html>"));
        }
        let first = (page - 1) * size + 1;
        let got = rows((first..first + size).filter(|id| *id <= 12));
        Some(Reply::json(200, &json!({"customers": got})))
    });
    let client = scripted(&script)
        .on_warning(move |warning| log.lock().unwrap().push(warning.clone()))
        .build()
        .unwrap();
    let ids = customers(&client).ids().await.unwrap();
    assert_eq!(ids, (1..=12).collect::<BTreeSet<i64>>());
    let sizes: Vec<u32> = heard
        .lock()
        .unwrap()
        .iter()
        .filter_map(|warning| match warning {
            Warning::PagesShrunk { per_page, .. } => Some(*per_page),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [50, 25, 12, 6]);
    assert_eq!(
        asked(&script)[..5],
        ["1/100", "1/50", "1/25", "1/12", "1/6"]
    );
}

#[tokio::test]
async fn a_server_that_is_too_slow_for_five_rows_is_an_error_in_the_end() {
    let script = FakeTransport::new();
    script.on(|_| Some(Reply::html(504, "<html>504</html>")));
    let client = scripted(&script).max_retries(2).build().unwrap();
    let error = customers(&client).ids().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    // 100, 50, 25, 12, 6, and 5 three times.
    assert_eq!(script.request_count(), 8);
}

#[tokio::test]
async fn rows_come_wrapped_again_bare_or_under_another_key() {
    let inner = json!({"id": 5560138523_i64, "summary": "Fitting"});
    for body in [
        json!({"appointments": [{"appointment": inner}]}),
        json!({"appointments": [inner]}),
        json!([inner]),
        json!({"results": [inner], "meta": {"total_pages": 1}}),
    ] {
        let script = FakeTransport::new();
        script.push_all([
            Reply::json(200, &body),
            Reply::json(200, &json!({"appointments": []})),
        ]);
        let client = client(&script);
        let list = client.appointments().list(&AppointmentFilter::new());
        let ids = list.limit(1).ids().await.unwrap();
        assert_eq!(ids, BTreeSet::from([5_560_138_523]), "{body}");
    }
}

#[tokio::test]
async fn users_come_as_rows_of_cells() {
    let script = FakeTransport::new();
    let body = json!({"users": [[3, "Ada Reel"], ["4", "Jo Cable"]], "meta": {"total_pages": 1}});
    script.push(Reply::json(200, &body));
    let users = client(&script).users().list().all().await.unwrap();
    let names: Vec<_> = users
        .iter()
        .map(|user| (user.id.unwrap().get(), user.name.clone().unwrap()))
        .collect();
    assert_eq!(
        names,
        [(3, "Ada Reel".to_owned()), (4, "Jo Cable".to_owned())]
    );
}

#[tokio::test]
async fn a_row_that_cannot_be_read_costs_no_other_and_a_row_without_id_ends_a_sweep() {
    let script = FakeTransport::new();
    let body = json!({
        "customers": [{"id": 1}, {"id": 2, "created_at": "some day"}, {"id": 3}],
        "meta": {"total_pages": 1}
    });
    script.push(Reply::json(200, &body));
    let records: Vec<_> = customers(&client(&script))
        .records()
        .try_collect()
        .await
        .unwrap();
    let bad = records[1].bad().unwrap();
    assert_eq!(
        (bad.id.as_deref(), bad.path.as_str()),
        (Some("2"), "created_at")
    );
    assert!(records[0].good().is_some() && records[2].good().is_some());
    let script = FakeTransport::new();
    let body = json!({"customers": [{"id": 1}, {"email": "jo@cable.example"}]});
    script.push(Reply::json(200, &body));
    let error = customers(&client(&script)).ids().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn an_error_in_the_middle_ends_the_list_with_it() {
    let script = FakeTransport::new();
    let meta = json!({"total_pages": 2, "total_entries": 150, "per_page": 100, "page": 1});
    script.push_all([
        Reply::json(200, &json!({"customers": rows(1..=100), "meta": meta})),
        Reply::json(200, &json!({"customers": null})),
    ]);
    let client = scripted(&script).max_retries(0).build().unwrap();
    let mut pages = customers(&client).pages();
    assert_eq!(pages.try_next().await.unwrap().unwrap().len(), 100);
    let error = pages.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    // No list is no empty list: nothing may be taken for deleted.
    assert_eq!(error.message(), "The answer holds no list.");
}
