use futures_util::TryStreamExt as _;
use snelstart_client::{Error, ErrorKind, Guarded, SalesInvoice};
use wiremock::MockServer;
use wiremock::matchers::{query_param, query_param_is_missing};

use crate::book::{CUSTOMER, SALES_BOOKING, SALES_INVOICE, at, eur, of};
use crate::support::{answer, client, on, server};

async fn listed() -> Vec<Guarded<SalesInvoice>> {
    let server = server().await;
    let request = on("GET", "/verkoopfacturen");
    answer(&server, request, 200, "sales_invoices/list.json").await;
    let client = client(&server);
    client.sales_invoices().list().page().await.unwrap()
}

/// Answers with a page of two rows, and with none behind it.
async fn two_are_listed(server: &MockServer, fixture: &str) {
    let first = on("GET", "/verkoopfacturen").and(query_param_is_missing("$skip"));
    answer(server, first, 200, fixture).await;
    let second = on("GET", "/verkoopfacturen").and(query_param("$skip", "2"));
    answer(server, second, 200, "sales_invoices/none.json").await;
}

async fn found(server: &MockServer, number: &str) -> Vec<SalesInvoice> {
    let client = client(server);
    let found = client.sales_invoices().find_by_number(number).await;
    found.unwrap()
}

async fn ubl(fixture: &str) -> Result<String, Error> {
    let server = server().await;
    let path = format!("/verkoopfacturen/{SALES_INVOICE}/ubl");
    answer(&server, on("GET", &path), 200, fixture).await;
    let client = client(&server);
    client.sales_invoices().ubl(&of(SALES_INVOICE)).await
}

#[tokio::test]
async fn sales_invoices_are_listed_with_their_open_balance() {
    let page = listed().await;
    let invoice = page[0].good().unwrap();
    assert_eq!(invoice.id, Some(of(SALES_INVOICE)));
    assert_eq!(invoice.number.as_deref(), Some("20260117"));
    assert_eq!(invoice.open_balance, eur("363.0"));
    assert_eq!(invoice.invoice_amount, eur("605.00"));
    assert_eq!(invoice.date, at("2026-03-03T00:00:00"));
    assert_eq!(invoice.due_date, at("2026-04-02T00:00:00"));
    assert_eq!(invoice.modified_on, at("2026-03-04T09:12:44.517"));
    let booking = invoice.sales_booking.as_ref().unwrap();
    assert_eq!(booking.id, Some(of(SALES_BOOKING)));
    assert_eq!(invoice.customer.as_ref().unwrap().id, Some(of(CUSTOMER)));
    assert_eq!(invoice.sales_orders.as_ref().unwrap().len(), 1);
}

#[tokio::test]
async fn a_credit_note_of_nulls_is_read_all_the_same() {
    let page = listed().await;
    let note = page[1].good().unwrap();
    assert_eq!(note.open_balance, eur("-48.4"));
    assert_eq!(note.invoice_amount, eur("-48.40"));
    assert_eq!(note.sales_booking, None);
    assert_eq!(note.customer, None);
    assert_eq!(note.due_date, None);
    assert_eq!(note.sales_orders, None);
}

#[tokio::test]
async fn invoices_are_filtered_by_the_servers_own_names() {
    let server = server().await;
    let request = on("GET", "/verkoopfacturen").and(query_param(
        "$filter",
        "FactuurDatum ge datetime'2026-03-01T00:00:00'",
    ));
    answer(&server, request, 200, "sales_invoices/list.json").await;
    let since = at("2026-03-01T00:00:00").unwrap();
    let page = client(&server)
        .sales_invoices()
        .list()
        .filter(SalesInvoice::fields().date().ge(since))
        .page()
        .await
        .unwrap();
    assert_eq!(page.len(), 2);
}

#[tokio::test]
async fn one_sales_invoice_is_fetched() {
    let server = server().await;
    let path = format!("/verkoopfacturen/{SALES_INVOICE}");
    answer(&server, on("GET", &path), 200, "sales_invoices/one.json").await;
    let id = of(SALES_INVOICE);
    let invoice = client(&server).sales_invoices().get(&id).await.unwrap();
    assert_eq!(invoice.number.as_deref(), Some("20260117"));
    assert_eq!(invoice.id, Some(id));
}

#[tokio::test]
async fn the_ubl_of_a_sales_invoice_comes_as_text() {
    let ubl = ubl("sales_invoices/ubl.xml").await.unwrap();
    assert!(ubl.starts_with("<?xml"), "{ubl}");
    assert!(ubl.contains("<ID>20260117</ID>"), "{ubl}");
}

#[tokio::test]
async fn a_ubl_wrapped_in_a_json_text_is_unwrapped() {
    let ubl = ubl("sales_invoices/ubl.json").await.unwrap();
    assert_eq!(ubl, "<Invoice><ID>20260117</ID></Invoice>");
}

#[tokio::test]
async fn an_empty_ubl_is_an_error() {
    let refused = ubl("sales_invoices/ubl_null.json").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn an_invoice_is_found_by_its_number_though_the_filter_is_ignored() {
    let server = server().await;
    let request =
        on("GET", "/verkoopfacturen").and(query_param("$filter", "Factuurnummer eq '20260118'"));
    answer(&server, request, 200, "sales_invoices/list.json").await;
    let found = found(&server, "20260118").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].number.as_deref(), Some("20260118"));
}

#[tokio::test]
async fn a_number_nobody_has_finds_nothing() {
    let server = server().await;
    let request =
        on("GET", "/verkoopfacturen").and(query_param("$filter", "Factuurnummer eq 'O''Brien-1'"));
    answer(&server, request, 200, "sales_invoices/none.json").await;
    let found = found(&server, "O'Brien-1").await;
    assert_eq!(found, []);
}

#[tokio::test]
async fn all_invoices_are_read_until_a_page_is_empty() {
    let server = server().await;
    two_are_listed(&server, "sales_invoices/list.json").await;
    let client = client(&server);
    let all: Vec<_> = client
        .sales_invoices()
        .list()
        .records()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn a_number_in_another_case_is_found_where_none_is_exact() {
    let server = server().await;
    two_are_listed(&server, "sales_invoices/other_case.json").await;
    let found = found(&server, "VF-9b").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].number.as_deref(), Some("vf-9B"));
}
