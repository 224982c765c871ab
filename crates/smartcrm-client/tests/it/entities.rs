//! Products, groups, discounts, stock, orders and payments.

use serde_json::json;
use smartcrm_client::{
    CreateOptions, Entity, ErrorKind, ListParams, NewPayment, OrderStatus, SecretString,
    SendOutcome,
};
use wiremock::ResponseTemplate;
use wiremock::matchers::header;

use crate::support::{builder, client, on, server};

fn page(records: &serde_json::Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "status": true, "data": records,
        "meta": {"page": 1, "per_page": 50, "total": 1, "total_pages": 1, "has_more": false},
    }))
}

#[tokio::test]
async fn import_only_records_are_read_in_their_own_kinds() {
    let server = server().await;
    for (route, record) in [
        ("v2/product_groups", json!({"id": "1", "name": "Chairs"})),
        (
            "v2/products",
            json!({"id": "2", "code": "C-1", "name": "Chair", "price": "12.50", "currency": "EUR",
                   "group_id": "1", "active": "1", "taxes": [{"name": "VAT", "rate": "21.00"}]}),
        ),
        (
            "v2/discounts",
            json!({"id": "3", "customer_group": "Wholesale", "product_id": null,
                   "product_group_id": "1", "percent": "7.5", "valid_from": "2026-01-01",
                   "valid_until": null}),
        ),
        (
            "v2/stock",
            json!({"id": "4", "product_id": "2", "warehouse": "Utrecht", "quantity": "3.25"}),
        ),
        (
            "v2/orders",
            json!({"id": "5", "number": "SO-1", "client_id": "9", "date": "2026-03-01",
                   "expiry_date": "2026-04-01", "currency": "EUR", "status": "accepted",
                   "total": "15.13", "lines": [{"description": "Chair", "product_id": "2"}]}),
        ),
    ] {
        on("GET", route)
            .and(header("x-client-token", "second"))
            .respond_with(page(&json!([record])))
            .expect(1)
            .mount(&server)
            .await;
    }
    let client = builder(&server.uri())
        .client_token(SecretString::from("second".to_owned()))
        .uses(Entity::ALL)
        .build()
        .unwrap();
    let all = ListParams::new();
    let groups = client.product_groups().list(&all).await.unwrap();
    assert_eq!(
        groups.items[0].good().unwrap().name.as_deref(),
        Some("Chairs")
    );
    let products = client.products().list(&all).await.unwrap();
    let product = products.items[0].good().unwrap();
    assert_eq!(product.price, Some("12.50".parse().unwrap()));
    assert_eq!(
        product.taxes.as_ref().unwrap()[0].rate,
        Some("21".parse().unwrap())
    );
    assert_eq!((product.active, product.extra.len()), (Some(true), 0));
    let discounts = client.discounts().list(&all).await.unwrap();
    let discount = discounts.items[0].good().unwrap();
    assert_eq!(discount.percent, Some("7.5".parse().unwrap()));
    assert_eq!((&discount.product_id, discount.valid_until), (&None, None));
    let stock = client.stock().list(&all).await.unwrap();
    assert_eq!(
        stock.items[0].good().unwrap().quantity,
        Some("3.25".parse().unwrap())
    );
    let orders = client.orders().list(&all).await.unwrap();
    let order = orders.items[0].good().unwrap();
    assert_eq!(order.status, Some(OrderStatus::Accepted));
    let line = &order.lines.as_ref().unwrap()[0];
    assert_eq!(line.product_id.as_ref().unwrap().as_str(), "2");
    assert!(order.extra.is_empty(), "{order:?}");
}

#[tokio::test]
async fn payments_are_listed_with_their_invoice_and_written_only_inside_it() {
    let server = server().await;
    on("GET", "payments")
        .respond_with(page(&json!([{
            "id": "70", "invoice_id": "9", "external_id": "12", "amount": "50.00",
            "date": "2026-03-02", "mode": "Bank", "transaction_id": "TX", "note": "",
        }])))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let payments = client.payments().list(&ListParams::new()).await.unwrap();
    let payment = payments.items[0].good().unwrap();
    assert_eq!(payment.invoice_id.as_ref().unwrap().as_str(), "9");
    assert_eq!(payment.external_id.as_deref(), Some("12"));
    let new = NewPayment::new("9", rust_decimal::Decimal::new(5_000, 2));
    let error = client
        .payments()
        .create(&new, &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn without_the_client_token_no_v2_route_is_asked() {
    let server = server().await;
    let client = client(&server);
    for entity in Entity::ALL {
        let needs = client.profile().needs_client_token(entity);
        assert_eq!(client.usable(entity).is_err(), needs, "{entity}");
        if needs {
            let asked = client.resource(entity).list(&ListParams::new()).await;
            let error = asked.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.help_text().unwrap().contains("client_token"));
        }
    }
    let error = client.check_client_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_wrong_client_token_is_told_in_the_servers_words() {
    let server = server().await;
    on("GET", "v2/product_groups")
        .and(header("x-client-token", "wrong"))
        .respond_with(ResponseTemplate::new(401).set_body_json(json!({
            "status": false, "error": "client_token", "message": "Client token is not valid",
        })))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server.uri())
        .client_token(SecretString::from("wrong".to_owned()))
        .build()
        .unwrap();
    let error = client.check_client_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.message(), "Client token is not valid");
}
