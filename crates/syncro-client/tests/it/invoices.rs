use futures_util::TryStreamExt as _;
use serde_json::json;
use syncro_client::{CustomerId, ErrorKind, Invoice, InvoiceFilter, InvoiceId, LineItem, TicketId};
use wiremock::matchers::query_param;

use crate::support::{answer, answer_text, client, fixture, on, server, with_body};
use crate::trade::{gives, refused, some, unsent};

const ID: InvoiceId = InvoiceId::new(1_649_803_078);

fn whole() -> serde_json::Value {
    json!({"invoice": {
        "id": 1_649_803_078_i64, "customer_id": 31_842_026, "number": "K-20417",
        "date": "2026-02-05T00:00:00.000Z", "due_date": "2026-02-19", "subtotal": "120.0",
        "total": "145.2", "tax": "25.2", "balance_due": 145.2, "is_paid": false,
        "verified_paid": false, "tech_marked_paid": false, "po_number": null,
        "note": "Bedankt", "hardwarecost": "0.0", "user_id": 53_113,
        "updated_at": "2026-02-05T09:01:31.750Z",
        "customer": {"id": 31_842_026, "business_name": "Koelhuis Noord"},
        "line_items": [{"id": 7, "item": "Uur", "name": "Arbeid", "price": "60.0",
            "quantity": "2.0", "taxable": true}],
        "payments": [{"id": 3, "payment_amount": 10, "invoice_ids": [1_649_803_078_i64]}]
    }})
}

#[tokio::test]
async fn an_invoice_is_read_with_lines_payments_and_customer_and_every_digit() {
    let request = on("GET", "/invoices/1649803078");
    let invoice = gives(request, whole(), async |client| {
        client.invoices().get(ID).await
    })
    .await;
    assert_eq!(invoice.id, Some(ID));
    assert_eq!(invoice.number, some("K-20417"));
    assert_eq!(invoice.date, "2026-02-05".parse().ok());
    assert_eq!(invoice.due_date, "2026-02-19".parse().ok());
    assert_eq!(invoice.total.unwrap().to_string(), "145.2");
    assert_eq!(invoice.balance_due.unwrap().to_string(), "145.2");
    assert_eq!(invoice.po_number, None);
    let customer = invoice.customer.unwrap();
    assert_eq!(customer.business_name, some("Koelhuis Noord"));
    let lines = invoice.line_items.unwrap();
    assert_eq!(lines[0].price.unwrap().to_string(), "60.0");
    let payments = invoice.payments.unwrap();
    assert_eq!(payments[0].invoice_ids, Some(vec![ID]));
    assert!(invoice.other.is_empty(), "{:?}", invoice.other);
}

#[tokio::test]
async fn a_flat_invoice_is_read_like_a_wrapped_one() {
    let request = on("GET", "/invoices/1649803078");
    let flat = whole()["invoice"].clone();
    let invoice = gives(request, flat, async |client| {
        client.invoices().get(ID).await
    })
    .await;
    assert_eq!(invoice.number, some("K-20417"));
    assert_eq!(invoice.line_items.unwrap().len(), 1);
}

#[tokio::test]
async fn an_invoice_that_is_not_there_is_not_found() {
    let request = on("GET", "/invoices/1649803078");
    let error = refused(request, 404, json!(""), async |client| {
        client.invoices().get(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn invoices_are_listed_by_ticket_and_whether_they_are_paid() {
    let server = server().await;
    let request = on("GET", "/invoices")
        .and(query_param("ticket_id", "88214013"))
        .and(query_param("unpaid", "true"))
        .and(query_param("page", "1"));
    answer_text(
        &server,
        request,
        200,
        &fixture("samples/GET_invoices_200.json"),
    )
    .await;
    let client = client(&server);
    let filter = InvoiceFilter::new().ticket_id(88_214_013).unpaid(true);
    let page = client.invoices().list(&filter).page(1).await.unwrap();
    let invoice = page[0].good().unwrap();
    assert_eq!(invoice.ticket_id, Some(TicketId::new(88_214_013)));
    assert_eq!(invoice.line_items, None, "lists have no lines");
}

#[tokio::test]
async fn an_invoice_that_cannot_be_read_does_not_hide_the_others() {
    let server = server().await;
    let body = json!({"invoices": [
        {"id": 1, "number": "1", "total": "1.00"},
        {"id": 2, "number": "2", "total": "a lot"},
    ], "meta": {"total_pages": 1, "page": 1}});
    answer(&server, on("GET", "/invoices"), 200, &body).await;
    let client = client(&server);
    let rows: Vec<_> = client
        .invoices()
        .list(&InvoiceFilter::new())
        .records()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(rows.iter().filter(|row| row.good().is_some()).count(), 1);
    let bad = rows.iter().find_map(|row| row.bad()).unwrap();
    assert_eq!(bad.id, some("2"));
    assert_eq!(bad.path, "total");
}

fn header() -> Invoice {
    Invoice {
        id: Some(ID),
        customer_id: Some(CustomerId::new(31_842_026)),
        number: some("K-20418"),
        date: "2026-03-01".parse().ok(),
        due_date: "2026-03-15".parse().ok(),
        total: "99.99".parse().ok(),
        ..Invoice::default()
    }
}

#[tokio::test]
async fn a_new_invoice_sends_what_is_set_and_no_total_of_its_own() {
    let request = with_body(
        on("POST", "/invoices"),
        &json!({"customer_id": 31_842_026, "number": "K-20418", "date": "2026-03-01",
            "due_date": "2026-03-15"}),
    );
    let made = gives(request, whole(), async |client| {
        client.invoices().create(&header()).await
    })
    .await;
    assert_eq!(made.id, Some(ID));
}

#[tokio::test]
async fn lines_in_a_new_invoice_are_refused_before_they_are_lost() {
    let mut invoice = header();
    invoice.line_items = Some(vec![LineItem::default()]);
    let error = unsent(async |client| client.invoices().create(&invoice).await).await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.code_str(), Some("lines_in_create"));
}

#[tokio::test]
async fn an_invoice_that_is_refused_without_a_word_is_a_validation_error() {
    let error = refused(on("POST", "/invoices"), 422, json!(""), async |client| {
        client.invoices().create(&header()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn a_create_that_timed_out_is_sent_once() {
    let server = server().await;
    let late = wiremock::ResponseTemplate::new(504);
    crate::support::once(&server, on("POST", "/invoices"), late).await;
    let client = crate::support::builder(&server)
        .max_retries(3)
        .build()
        .unwrap();
    let error = client.invoices().create(&header()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.send_outcome().may_be_applied());
}

#[tokio::test]
async fn a_change_sends_what_is_set_and_null_for_what_is_cleared() {
    let request = with_body(
        on("PUT", "/invoices/1649803078"),
        &json!({"po_number": "A-1", "note": null}),
    );
    let change = Invoice {
        po_number: some("A-1"),
        ..Invoice::default()
    }
    .clear("note");
    gives(request, whole(), async |client| {
        client.invoices().update(ID, &change).await
    })
    .await;
}

#[tokio::test]
async fn a_change_of_an_invoice_that_is_not_there_is_not_found() {
    let request = on("PUT", "/invoices/1649803078");
    let error = refused(request, 404, json!(""), async |client| {
        client.invoices().update(ID, &header()).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_revision_writes_back_everything_the_invoice_had() {
    let server = server().await;
    answer(&server, on("GET", "/invoices/1649803078"), 200, &whole()).await;
    let request = with_body(
        on("PUT", "/invoices/1649803078"),
        &json!({"customer_id": 31_842_026, "number": "K-20417", "date": "2026-02-05",
            "due_date": "2026-02-19", "verified_paid": false, "tech_marked_paid": false,
            "note": "Tot ziens", "hardwarecost": 0.0}),
    );
    answer(&server, request, 200, &whole()).await;
    let change = Invoice {
        note: some("Tot ziens"),
        ..Invoice::default()
    };
    client(&server)
        .invoices()
        .revise(ID, &change)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_revision_that_changes_nothing_sends_nothing() {
    let request = on("GET", "/invoices/1649803078");
    let change = Invoice {
        note: some("Bedankt"),
        ..Invoice::default()
    }
    .clear("po_number");
    let same = gives(request, whole(), async |client| {
        client.invoices().revise(ID, &change).await
    })
    .await;
    assert_eq!(same.note, some("Bedankt"));
}

#[tokio::test]
async fn the_ticket_of_an_invoice_is_fetched_or_missing() {
    let request = on("GET", "/invoices/1649803078/ticket");
    let body = json!({"ticket": {"id": 88_214_013, "number": 512, "subject": "Koeling"}});
    let ticket = gives(request, body, async |client| {
        client.invoices().ticket(ID).await
    })
    .await;
    assert_eq!(ticket.id, Some(TicketId::new(88_214_013)));

    let request = on("GET", "/invoices/1649803078/ticket");
    let error = refused(request, 404, json!(""), async |client| {
        client.invoices().ticket(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_invoice_is_printed_and_mailed_once_each() {
    let request = on("POST", "/invoices/1649803078/print");
    let said = json!({"message": "In de wachtrij"});
    let done = gives(request, said, async |client| {
        client.invoices().print(ID).await
    })
    .await;
    assert_eq!(done.message, some("In de wachtrij"));

    let server = server().await;
    let nothing = wiremock::ResponseTemplate::new(200);
    crate::support::once(&server, on("POST", "/invoices/1649803078/email"), nothing).await;
    let done = client(&server).invoices().email(ID).await.unwrap();
    assert_eq!(done.message, None);
}

#[tokio::test]
async fn printing_and_mailing_what_is_not_there_is_not_found() {
    let request = on("POST", "/invoices/1649803078/print");
    let error = refused(request, 404, json!(""), async |client| {
        client.invoices().print(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let request = on("POST", "/invoices/1649803078/email");
    let error = refused(request, 404, json!(""), async |client| {
        client.invoices().email(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
