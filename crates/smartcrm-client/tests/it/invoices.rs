use smartcrm_client::{
    Change, ClientId, CreateOptions, ErrorKind, InvoiceId, InvoiceLine, InvoicePatch,
    InvoicePayment, InvoiceStatus, LineTax, ListParams, NewInvoice,
};
use wiremock::matchers::{body_json, query_param};

use crate::support::{answer, client, on, server, with_body};

#[tokio::test]
async fn an_invoice_is_read_with_its_lines_and_payments() {
    let server = server().await;
    answer(&server, on("GET", "invoices"), 200, "invoices/list.json").await;
    let page = client(&server)
        .invoices()
        .list(&ListParams::new())
        .await
        .unwrap();
    let invoice = page.items[0].good().unwrap();
    assert_eq!(invoice.id, Some(InvoiceId::new("61")));
    assert_eq!(invoice.number.as_deref(), Some("INV-2026/000042"));
    assert_eq!(invoice.status, Some(InvoiceStatus::PartiallyPaid));
    assert_eq!(invoice.adjustment, Some(decimal("-0.01")));
    assert_eq!(invoice.total, Some(decimal("120.99")));
    let line = &invoice.lines.as_ref().unwrap()[0];
    assert_eq!(line.qty, Some(decimal("2.00")));
    assert_eq!(line.order, Some(1));
    assert_eq!(line.taxes.as_ref().unwrap()[0].rate, Some(decimal("21.00")));
    assert_eq!(line.extra["sku"], "H-1");
    let payment = &invoice.payments.as_ref().unwrap()[0];
    assert_eq!(payment.amount, Some(decimal("20.99")));
    assert_eq!(payment.date.unwrap().to_string(), "2026-03-05");
    assert_eq!(payment.transaction_id.as_deref(), Some("T-77"));
}

#[tokio::test]
async fn amounts_sent_as_numbers_lose_no_digit() {
    let server = server().await;
    answer(
        &server,
        on("GET", "invoices"),
        200,
        "invoices/list_exact_numbers.json",
    )
    .await;
    let page = client(&server)
        .invoices()
        .list(&ListParams::new())
        .await
        .unwrap();
    let invoice = page.items[0].good().unwrap();
    assert_eq!(invoice.total, Some(decimal("12345678901234567.89")));
    assert_eq!(invoice.subtotal.unwrap().to_string(), "0.10");
    assert_eq!(
        invoice.status,
        Some(InvoiceStatus::Other("credited".to_owned()))
    );
}

#[tokio::test]
async fn a_broken_line_is_named_and_spoils_only_its_invoice() {
    let server = server().await;
    answer(
        &server,
        on("GET", "invoices"),
        200,
        "invoices/list_broken_line.json",
    )
    .await;
    let page = client(&server)
        .invoices()
        .list(&ListParams::new())
        .await
        .unwrap();
    let bad = page.items[0].bad().unwrap();
    assert_eq!(bad.id.as_deref(), Some("63"));
    assert_eq!(bad.path, "lines");
    assert!(bad.message.contains("[1]: rate"), "{}", bad.message);
    assert!(page.items[1].good().is_some());
}

fn decimal(text: &str) -> rust_decimal::Decimal {
    text.parse().unwrap()
}

fn invoice() -> NewInvoice {
    NewInvoice {
        status: Some(InvoiceStatus::PartiallyPaid),
        adjustment: Some(decimal("-0.01")),
        lines: Some(vec![InvoiceLine {
            description: Some("Hours".to_owned()),
            qty: Some(decimal("2.00")),
            rate: Some(decimal("50.00")),
            unit: Some("h".to_owned()),
            order: Some(1),
            taxes: Some(vec![LineTax {
                name: Some("BTW".to_owned()),
                rate: Some(decimal("21.00")),
                ..LineTax::default()
            }]),
            ..InvoiceLine::default()
        }]),
        payments: Some(vec![InvoicePayment {
            amount: Some(decimal("20.99")),
            date: Some("2026-03-05".parse().unwrap()),
            mode: Some("bank".to_owned()),
            transaction_id: Some("T-77".to_owned()),
            ..InvoicePayment::default()
        }]),
        ..NewInvoice::new(
            "INV-2026/000042",
            ClientId::new("9001"),
            "2026-03-01".parse::<smartcrm_client::Date>().unwrap(),
            "EUR",
            decimal("120.99"),
        )
    }
}

#[tokio::test]
async fn a_create_sends_exactly_the_fields_that_are_set() {
    let server = server().await;
    let request = with_body(on("POST", "invoices"), "invoices/create_request.json");
    answer(&server, request, 201, "invoices/created.json").await;
    let new = invoice();
    let created = client(&server)
        .invoices()
        .create(
            &new,
            &CreateOptions::new().external_id("crmconnect:invoice:2"),
        )
        .await
        .unwrap();
    assert_eq!(created.id, Some(InvoiceId::new("61")));
}

#[tokio::test]
async fn a_refused_record_names_its_field() {
    let server = server().await;
    answer(
        &server,
        on("POST", "invoices"),
        422,
        "invoices/invalid.json",
    )
    .await;
    let new = invoice();
    let error = client(&server)
        .invoices()
        .create(&new, &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert!(error.field_errors().contains_key("total"), "{error:?}");
}

#[tokio::test]
async fn a_patch_sends_what_changes_and_nothing_else() {
    let server = server().await;
    let request = on("PUT", "invoices/61").and(body_json(
        serde_json::json!({"status": "paid", "total": "0.00", "note": null}),
    ));
    answer(&server, request, 200, "invoices/updated.json").await;
    let patch = InvoicePatch {
        status: InvoiceStatus::Paid.into(),
        total: decimal("0.00").into(),
        note: Change::Clear,
        ..InvoicePatch::default()
    };
    client(&server)
        .invoices()
        .update(&InvoiceId::new("61"), &patch)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_an_empty_list() {
    let server = server().await;
    let request = on("GET", "invoices").and(query_param("external_id", "crmconnect:invoice:2"));
    answer(&server, request, 404, "common/no_data.json").await;
    let found = client(&server)
        .invoices()
        .find(&[("external_id", "crmconnect:invoice:2")])
        .await
        .unwrap();
    assert_eq!(found, []);
}

#[tokio::test]
async fn a_page_of_html_is_not_an_empty_list() {
    let server = server().await;
    answer(
        &server,
        on("GET", "invoices"),
        200,
        "common/login_page.html",
    )
    .await;
    let error = client(&server)
        .invoices()
        .list(&ListParams::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert_eq!(error.operation_name(), Some("invoices.list"));
}
