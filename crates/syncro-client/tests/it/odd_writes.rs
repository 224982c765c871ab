//! Writes that go wrong in ways of their own.

use api_core::Safety;
use api_core::transport::{FakeTransport, Reply};
use http::Method;
use serde_json::json;
use syncro_client::{
    Asset, CustomerId, ErrorKind, EstimateId, InvoiceId, MuteFor, Product, ProductId, ProductSku,
    RmmAlertId, SendOutcome, TicketId, TimerId, testing,
};

use crate::support::scripted;

#[tokio::test]
async fn every_write_says_that_it_is_json_also_one_without_a_body() {
    // Without it a page with status 400 answers.
    let script = FakeTransport::new();
    script.on(|request| {
        let typed = request
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind == "application/json");
        Some(if typed {
            Reply::json(
                200,
                &json!({"message": "ok", "invoice": {"id": 5}, "ticket_timer": {"id": 5}}),
            )
        } else {
            Reply::html(400, "<html>Bad Request</html>")
        })
    });
    let client = scripted(&script).build().unwrap();
    client.invoices().print(InvoiceId::new(5)).await.unwrap();
    client.invoices().email(InvoiceId::new(5)).await.unwrap();
    client.estimates().print(EstimateId::new(5)).await.unwrap();
    client.estimates().email(EstimateId::new(5)).await.unwrap();
    client
        .estimates()
        .convert_to_invoice(EstimateId::new(5))
        .await
        .unwrap();
    client.tickets().print(TicketId::new(5)).await.unwrap();
    client
        .rmm_alerts()
        .mute(RmmAlertId::new(5), &MuteFor::Day)
        .await
        .unwrap();
    client
        .timers()
        .set_billable(TimerId::new(5), true)
        .await
        .unwrap();
    client.customers().delete(CustomerId::new(5)).await.unwrap();
    let none: [(&str, &str); 0] = [];
    client
        .raw(Method::POST, "/tickets/5/print", &none, &none, None)
        .await
        .unwrap();
    client
        .raw(Method::DELETE, "/tickets/5", &none, &none, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_change_of_a_product_that_adds_article_numbers_is_sent_once() {
    for (adds, requests) in [(false, 2), (true, 1)] {
        for revise in [false, true] {
            let script = FakeTransport::new();
            if revise {
                script.push(Reply::json(
                    200,
                    &json!({"product": {"id": 5, "name": "Kabel"}}),
                ));
            }
            script.push_all([
                Reply::lost_answer(),
                Reply::json(200, &json!({"product": {"id": 5}})),
            ]);
            let client = scripted(&script).build().unwrap();
            let sku = ProductSku {
                value: Some("K-1".to_owned()),
                ..ProductSku::default()
            };
            let change = Product {
                name: Some("Kabel 2 m".to_owned()),
                new_skus: adds.then(|| vec![sku]),
                ..Product::default()
            };
            let id = ProductId::new(5);
            let done = if revise {
                client.products().revise(id, &change).await
            } else {
                client.products().update(id, &change).await
            };
            assert_eq!(
                script.request_count(),
                requests + usize::from(revise),
                "{adds} {revise}"
            );
            if adds {
                assert_eq!(done.unwrap_err().send_outcome(), SendOutcome::Unknown);
            }
        }
    }
}

#[tokio::test]
async fn an_asset_whose_properties_were_refused_is_there_all_the_same() {
    let script = FakeTransport::new();
    script.push_all([
        Reply::json(200, &json!({"asset": {"id": 5, "name": "WS-1"}})),
        Reply::json(
            422,
            &json!({"success": false, "message": ["No such field"]}),
        ),
    ]);
    let client = scripted(&script).build().unwrap();
    let asset = Asset {
        name: Some("WS-1".to_owned()),
        properties: Some([("Make".to_owned(), "x".into())].into()),
        ..Asset::default()
    };
    let error = client
        .assets()
        .create_with_properties(&asset)
        .await
        .unwrap_err();
    assert!(error.send_outcome().may_be_applied(), "{error:?}");
    // And one whose id the answer does not tell is not taken for complete.
    script.push(Reply::json(200, &json!({"asset": {"name": "WS-1"}})));
    let error = client
        .assets()
        .create_with_properties(&asset)
        .await
        .unwrap_err();
    assert!(error.send_outcome().may_be_applied(), "{error:?}");
}

#[tokio::test]
async fn a_failure_behind_a_mark_of_the_encoding_is_one_all_the_same() {
    let script = FakeTransport::new();
    script.push(Reply::new(
        200,
        "\u{feff} {\"success\":false,\"message\":[\"No\"]}",
    ));
    let client = scripted(&script).build().unwrap();
    let error = client
        .customers()
        .delete(CustomerId::new(5))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[test]
fn no_call_that_makes_or_adds_or_mails_something_is_ever_repeated() {
    let repeated: Vec<_> = testing::operations()
        .into_iter()
        .filter(|operation| operation.method == Method::POST)
        .filter(|operation| operation.safety() != Safety::Create)
        .map(|operation| operation.name)
        .collect();
    assert_eq!(
        repeated,
        [
            "tickets.delete_attachment",
            "ticket_lines.remove",
            "timers.delete",
            "rmm_alerts.mute"
        ]
    );
    let once: Vec<_> = testing::operations()
        .into_iter()
        .filter(|operation| operation.method != Method::POST)
        .filter(|operation| operation.safety() == Safety::Create)
        .map(|operation| operation.name)
        .collect();
    assert_eq!(
        once,
        [
            "tickets.update_once",
            "timelogs.update",
            "products.update_once"
        ]
    );
}
