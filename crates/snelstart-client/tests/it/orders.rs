use serde_json::json;
use snelstart_client::{
    ErrorKind, OrderLine, OrderStatus, PriceBasis, ProcessStatus, Quote, Ref, SalesOrder,
    TemplateFieldKind,
};
use wiremock::MockServer;
use wiremock::matchers::{body_json, query_param};

use crate::support::{answer, answer_text, client, fixture, on, server};
use crate::trade::{ARTICLE, MANDATE, ORDER, QUOTE, RELATION, TEMPLATE, amount, at, of};

/// An order of one line.
fn order() -> SalesOrder {
    SalesOrder {
        relation: Some(Ref::to(of(RELATION))),
        date: at("2026-03-11T00:00:00"),
        process_status: Some(ProcessStatus::PackingSlip),
        price_basis: Some(PriceBasis::Excluding),
        lines: Some(vec![OrderLine {
            article: Some(Ref::to(of(ARTICLE))),
            unit_price: amount("3.0500"),
            quantity: amount("150"),
            ..OrderLine::default()
        }]),
        ..SalesOrder::default()
    }
}

async fn order_is_the_answer_to(server: &MockServer, verb: &str) {
    let request = on(verb, &format!("/verkooporders/{ORDER}"));
    answer(server, request, 200, "sales_orders/order.json").await;
}

#[tokio::test]
async fn an_order_is_read_with_every_member_in_its_own_kind() {
    let server = server().await;
    order_is_the_answer_to(&server, "GET").await;
    let order = client(&server)
        .sales_orders()
        .get(&of(ORDER))
        .await
        .unwrap();
    assert_eq!(order.id, Some(of(ORDER)));
    assert_eq!(order.number, Some(2031));
    assert_eq!(order.process_status, Some(ProcessStatus::PackingSlip));
    assert_eq!(order.status, Some(OrderStatus::InProgress));
    assert_eq!(order.blocked, Some(false));
    assert_eq!(order.mandate.as_ref().unwrap().id, Some(of(MANDATE)));
    assert_eq!(order.template.as_ref().unwrap().id, Some(of(TEMPLATE)));
    assert_eq!(order.invoice, None);
    assert_eq!(order.total_with_vat, amount("539.73"));
    let delivery = order.delivery_address.as_ref().unwrap();
    assert_eq!(delivery.contact.as_deref(), Some("Havenmeester"));
    let line = &order.lines.as_ref().unwrap()[0];
    assert_eq!(line.total, amount("457.50"));
    assert_eq!(
        line.extra_fields.as_ref().unwrap()[0].value.as_deref(),
        Some("4")
    );
    assert_eq!(order.extra_fields.as_ref().unwrap()[0].number, Some(2));
    assert!(order.other.is_empty(), "{:?}", order.other);
}

#[tokio::test]
async fn orders_are_listed_by_what_they_are() {
    let server = server().await;
    let request =
        on("GET", "/verkooporders").and(query_param("$filter", "ProcesStatus eq 'Pakbon'"));
    answer_text(
        &server,
        request,
        200,
        &format!("[{}]", fixture("sales_orders/order.json")),
    )
    .await;
    let filter = SalesOrder::fields()
        .process_status()
        .eq(ProcessStatus::PackingSlip);
    let page = client(&server)
        .sales_orders()
        .list()
        .filter(filter)
        .page()
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
}

#[tokio::test]
async fn an_order_is_created_replaced_and_deleted() {
    let server = server().await;
    let sent = json!({
        "relatie": {"id": RELATION}, "datum": "2026-03-11T00:00:00", "procesStatus": "Pakbon",
        "verkooporderBtwIngaveModel": "Exclusief",
        "regels": [{"artikel": {"id": ARTICLE}, "stuksprijs": 3.05, "aantal": 150}],
    });
    let mut replaced = sent.clone();
    replaced["id"] = json!(ORDER);
    let request = on("POST", "/verkooporders").and(body_json(&sent));
    answer(&server, request, 201, "sales_orders/order.json").await;
    let request = on("PUT", &format!("/verkooporders/{ORDER}")).and(body_json(&replaced));
    answer(&server, request, 200, "sales_orders/order.json").await;
    answer_text(
        &server,
        on("DELETE", &format!("/verkooporders/{ORDER}")),
        201,
        "",
    )
    .await;
    let client = client(&server);
    let made = client.sales_orders().create(&order()).await.unwrap();
    assert_eq!(made.id, Some(of(ORDER)));
    client
        .sales_orders()
        .replace(&of(ORDER), &order())
        .await
        .unwrap();
    client.sales_orders().delete(&of(ORDER)).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let post = requests
        .iter()
        .find(|request| request.url.path().ends_with("/verkooporders"))
        .unwrap();
    let body = String::from_utf8_lossy(&post.body);
    assert!(body.contains(r#""stuksprijs":3.0500"#), "{body}");
}

#[tokio::test]
async fn an_order_without_a_customer_or_a_day_is_not_sent() {
    let server = server().await;
    let order = SalesOrder {
        memo: Some("leeg".to_owned()),
        ..SalesOrder::default()
    };
    let error = client(&server)
        .sales_orders()
        .create(&order)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    let fields: Vec<_> = error.field_errors().keys().map(String::as_str).collect();
    assert_eq!(fields, ["datum", "relatie"]);
}

#[tokio::test]
async fn a_change_of_an_order_keeps_its_lines() {
    let server = server().await;
    order_is_the_answer_to(&server, "GET").await;
    order_is_the_answer_to(&server, "PUT").await;
    let change = SalesOrder {
        memo: Some("Kade vrijhouden".to_owned()),
        ..SalesOrder::default()
    };
    client(&server)
        .sales_orders()
        .revise(&of(ORDER), &change)
        .await
        .unwrap();
    let put = server.received_requests().await.unwrap().pop().unwrap();
    let body: serde_json::Value = serde_json::from_slice(&put.body).unwrap();
    assert_eq!(body["memo"], "Kade vrijhouden");
    assert_eq!(body["regels"][0]["artikel"], json!({"id": ARTICLE}));
    assert_eq!(body["regels"][0]["aantal"], 150.0);
    assert!(
        body.get("modifiedOn").is_none() && body.get("uri").is_none(),
        "{body}"
    );
}

#[tokio::test]
async fn the_process_status_of_an_order_is_set_alone() {
    let server = server().await;
    let sent = json!({"id": ORDER, "procesStatus": "Bevestiging"});
    let request = on("PUT", &format!("/verkooporders/{ORDER}/ProcesStatus")).and(body_json(sent));
    answer_text(&server, request, 200, "").await;
    client(&server)
        .sales_orders()
        .set_process_status(&of(ORDER), ProcessStatus::Confirmation)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_status_the_api_does_not_offer_is_not_sent() {
    let server = server().await;
    let client = client(&server);
    for status in [ProcessStatus::Invoice, ProcessStatus::CashReceipt] {
        let error = client
            .sales_orders()
            .set_process_status(&of(ORDER), status.clone())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        let order = SalesOrder {
            process_status: Some(status),
            ..order()
        };
        let error = client.sales_orders().create(&order).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.field_errors().contains_key("procesStatus"));
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn quotes_are_listed_fetched_created_replaced_revised_and_deleted() {
    let server = server().await;
    let one = format!("/offertes/{QUOTE}");
    answer_text(
        &server,
        on("GET", "/offertes"),
        200,
        &format!("[{}]", fixture("quotes/quote.json")),
    )
    .await;
    let get = on("GET", &one)
        .respond_with(crate::support::reply(200, &fixture("quotes/quote.json")))
        .expect(2);
    get.mount(&server).await;
    let sent = json!({"relatie": {"id": RELATION}, "datum": "2026-03-11T00:00:00"});
    answer(
        &server,
        on("POST", "/offertes").and(body_json(&sent)),
        201,
        "quotes/quote.json",
    )
    .await;
    let put = on("PUT", &one)
        .respond_with(crate::support::reply(200, &fixture("quotes/quote.json")))
        .expect(2);
    put.mount(&server).await;
    answer_text(&server, on("DELETE", &one), 201, "").await;

    let client = client(&server);
    let quotes = client.quotes();
    let page = quotes.list().page().await.unwrap();
    assert_eq!(page[0].good().unwrap().number, Some(611));
    let quote = quotes.get(&of(QUOTE)).await.unwrap();
    assert_eq!(quote.is_quote, Some(true));
    assert!(quote.invoice.as_ref().unwrap().id.is_some());
    assert_eq!(quote.lines.as_ref().unwrap()[0].quantity, amount("150.0"));
    assert!(quote.other.is_empty(), "{:?}", quote.other);
    let new = Quote {
        relation: Some(Ref::to(of(RELATION))),
        date: at("2026-03-11T00:00:00"),
        ..Quote::default()
    };
    assert_eq!(quotes.create(&new).await.unwrap().id, Some(of(QUOTE)));
    quotes.replace(&of(QUOTE), &new).await.unwrap();
    let change = Quote {
        memo: Some("Tot mei geldig".to_owned()),
        ..Quote::default()
    };
    quotes.revise(&of(QUOTE), &change).await.unwrap();
    quotes.delete(&of(QUOTE)).await.unwrap();
}

#[tokio::test]
async fn order_templates_are_listed_and_fetched() {
    let server = server().await;
    answer(
        &server,
        on("GET", "/verkoopordersjablonen"),
        200,
        "order_templates/list.json",
    )
    .await;
    let list = fixture("order_templates/list.json");
    let one = list
        .trim()
        .strip_prefix('[')
        .unwrap()
        .strip_suffix(']')
        .unwrap();
    answer_text(
        &server,
        on("GET", &format!("/verkoopordersjablonen/{TEMPLATE}")),
        200,
        one,
    )
    .await;
    let client = client(&server);
    let templates = client.order_templates().list().await.unwrap();
    let listed = &templates[0];
    assert_eq!(
        listed.order_fields.as_ref().unwrap()[0].max_length,
        Some(40)
    );
    let line = &listed.line_fields.as_ref().unwrap()[0];
    assert_eq!(line.kind, Some(TemplateFieldKind::Integer));
    let fetched = client.order_templates().get(&of(TEMPLATE)).await.unwrap();
    assert_eq!(&fetched, listed);
}
