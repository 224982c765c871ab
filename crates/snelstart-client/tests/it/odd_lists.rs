//! Lists whose server does not keep to the pages that are asked for.

use api_core::transport::{FakeTransport, Reply};
use futures_util::TryStreamExt as _;
use serde_json::json;
use snelstart_client::{ErrorKind, Guarded, Relation, RelationId, SalesInvoice};
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

use crate::support::{login_reply, script, scripted};

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

#[tokio::test]
async fn a_list_that_gives_its_rows_again_in_another_order_ends() {
    let script = FakeTransport::new();
    let asked = AtomicU32::new(0);
    script.on(move |request| {
        if request.uri().path() == "/b2b/token" {
            return Some(login_reply());
        }
        let turn = asked.fetch_add(1, Ordering::SeqCst);
        if turn > 20 {
            return Some(Reply::status(400));
        }
        let mut rows = vec![
            json!({"id": id(1), "modifiedOn": format!("2026-08-16T09:30:{turn:02}")}),
            json!({"id": id(2)}),
            json!({"id": id(3)}),
        ];
        let length = rows.len();
        rows.rotate_left(usize::try_from(turn).unwrap() % length);
        Some(Reply::json(200, &json!(rows)))
    });
    let client = scripted(&script).build().unwrap();
    let rows: Result<Vec<Guarded<SalesInvoice>>, _> =
        client.sales_invoices().list().records().try_collect().await;
    assert_eq!(rows.unwrap_err().kind(), ErrorKind::Decode);
    assert!(script.request_count() < 6, "{}", script.request_count());
}

#[tokio::test]
async fn pages_without_ids_that_look_alike_are_no_endless_walk() {
    let script = script();
    let names = |count: usize| json!(vec![json!({"naam": "Jansen"}); count]);
    script.push_all([
        Reply::json(200, &names(2)),
        Reply::json(200, &names(2)),
        Reply::json(200, &names(1)),
        Reply::json(200, &names(0)),
    ]);
    let client = scripted(&script).build().unwrap();
    let relations = client.relations().list().select(["Naam"]).top(2);
    assert_eq!(relations.all().await.unwrap().len(), 5);
}

#[tokio::test]
async fn rows_are_left_out_of_a_list_without_pages_too() {
    let script = script();
    let rows: Vec<_> = (1..=3).map(|number| json!({"id": id(number)})).collect();
    script.push_all([
        Reply::json(200, &json!(rows)),
        Reply::json(200, &json!(rows)),
    ]);
    let client = scripted(&script).build().unwrap();
    let customer = RelationId::new(Uuid::from_u128(9));
    let bookings = || client.relations().sales_bookings(&customer).skip(2);
    let left = bookings().all().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id.unwrap().to_string(), id(3));
    assert_eq!(bookings().page().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_page_that_the_filter_empties_here_does_not_end_the_list() {
    let script = script();
    let row = |number: u128, inactive: bool| json!({"id": id(number), "nonactief": inactive});
    script.push_all([
        Reply::json(200, &json!([row(1, true), row(2, true)])),
        Reply::json(200, &json!([row(3, true)])),
        Reply::json(200, &json!([row(4, false)])),
        Reply::json(200, &json!([])),
    ]);
    let client = scripted(&script).build().unwrap();
    let active = Relation::fields().inactive().eq(false);
    let found = client
        .relations()
        .list()
        .filter(active)
        .all()
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(script.request_count(), 5);
}
