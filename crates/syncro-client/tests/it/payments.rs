use serde_json::json;
use syncro_client::{
    Cents, CustomerId, ErrorKind, InvoiceId, Payment, PaymentFilter, PaymentId, PaymentMethod,
};
use wiremock::ResponseTemplate;
use wiremock::matchers::query_param;

use crate::support::{answer, answer_text, builder, client, fixture, on, once, server, with_body};
use crate::trade::{gives, refused, some, unsent};

const ID: PaymentId = PaymentId::new(5);

#[tokio::test]
async fn a_payment_is_read_in_whole_units_and_without_the_link_in_its_customer() {
    let request = on("GET", "/payments/5");
    let body = json!({"payment": {
        "id": 5, "success": true, "payment_amount": 100, "invoice_ids": [null],
        "ref_num": "11006", "applied_at": "2026-02-26T00:00:00.000Z", "payment_method": "Check",
        "transaction_response": null, "tickets": [],
        "customer": {"id": 1, "online_profile_url":
            "https://acme.syncromsp.com/my_profile/v2/index?portal_key=geheim4711"}
    }});
    let payment = gives(request, body, async |client| {
        client.payments().get(ID).await
    })
    .await;
    assert_eq!(payment.payment_amount.unwrap().to_string(), "100");
    assert_eq!(payment.invoice_ids, Some(vec![]), "[null] is no invoice");
    let shown = format!("{payment:?}");
    assert!(!shown.contains("geheim4711"), "{shown}");
    assert!(shown.contains("11006"), "{shown}");
}

#[tokio::test]
async fn a_payment_that_is_not_there_is_not_found() {
    let error = refused(on("GET", "/payments/5"), 404, json!(""), async |client| {
        client.payments().get(ID).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn payments_are_searched() {
    let server = server().await;
    let request = on("GET", "/payments")
        .and(query_param("query", "11006"))
        .and(query_param("page", "1"));
    answer_text(
        &server,
        request,
        200,
        &fixture("samples/GET_payments_200.json"),
    )
    .await;
    let client = client(&server);
    let filter = PaymentFilter::new().query("11006");
    let page = client.payments().list(&filter).page(1).await.unwrap();
    assert!(page[0].good().unwrap().payment_amount.is_some());
}

#[tokio::test]
async fn a_payment_goes_out_in_cents_and_comes_back_in_whole_units() {
    let request = with_body(
        on("POST", "/payments"),
        &json!({"customer_id": 1, "invoice_id": 41, "amount_cents": 1234,
            "payment_method": "Bank", "ref_num": "NL-77"}),
    );
    let payment = Payment {
        payment_method: some("Bank"),
        ref_num: some("NL-77"),
        ..Payment::on_invoice(CustomerId::new(1), InvoiceId::new(41), Cents::new(1234))
    };
    let body = json!({"payment": {"id": 5, "payment_amount": 12.34, "invoice_ids": [41],
        "payment_method": null}});
    let made = gives(request, body, async |client| {
        client.payments().create(&payment).await
    })
    .await;
    assert_eq!(made.payment_amount.unwrap().to_string(), "12.34");
    assert_eq!(made.invoice_ids, Some(vec![InvoiceId::new(41)]));
}

#[tokio::test]
async fn a_payment_is_divided_over_invoices() {
    let request = with_body(
        on("POST", "/payments"),
        &json!({"customer_id": 1, "amount_cents": 300, "apply_payments": {"41": 100, "42": 200}}),
    );
    let payment = Payment {
        customer_id: Some(CustomerId::new(1)),
        amount_cents: Some(Cents::new(300)),
        ..Payment::default()
    };
    let payment = payment
        .apply(InvoiceId::new(41), Cents::new(100))
        .apply(InvoiceId::new(42), Cents::new(200));
    let body = json!({"payment": {"id": 5}});
    gives(request, body, async |client| {
        client.payments().create(&payment).await
    })
    .await;
}

#[tokio::test]
async fn a_payment_without_an_amount_is_not_sent() {
    let payment = Payment {
        customer_id: Some(CustomerId::new(1)),
        ..Payment::default()
    };
    let error = unsent(async |client| client.payments().create(&payment).await).await;
    assert_eq!(error.code_str(), Some("amount_missing"));
}

#[tokio::test]
async fn a_payment_holds_no_card() {
    let card = ["credit_card_number", "cvv", "date_month", "date_year"];
    let ours: Vec<_> = Payment::FIELDS.iter().map(|field| field.wire).collect();
    assert!(card.iter().all(|name| !ours.contains(name)), "{ours:?}");
    let mut payment = Payment {
        amount_cents: Some(Cents::new(1)),
        ..Payment::default()
    };
    let smuggled = [("credit_card_number".to_owned(), "4111".into())];
    payment.other = smuggled.into();
    assert!(!payment.to_json().to_string().contains("4111"));
}

#[tokio::test]
async fn a_payment_that_is_refused_says_so() {
    let payment = Payment {
        amount_cents: Some(Cents::new(1)),
        ..Payment::default()
    };
    let body = json!({"success": false, "message": ["Customer can't be blank"]});
    let error = refused(on("POST", "/payments"), 422, body, async |client| {
        client.payments().create(&payment).await
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.message().contains("Customer can't be blank"));
}

#[tokio::test]
async fn a_payment_whose_answer_is_lost_is_not_made_twice() {
    let server = server().await;
    let request = on("POST", "/payments");
    once(&server, request, ResponseTemplate::new(503)).await;
    let client = builder(&server).max_retries(3).build().unwrap();
    let payment = Payment {
        amount_cents: Some(Cents::new(1)),
        ..Payment::default()
    };
    let error = client.payments().create(&payment).await.unwrap_err();
    assert!(error.send_outcome().may_be_applied());
}

#[tokio::test]
async fn ways_to_pay_are_listed_to_the_end_though_nothing_tells_of_pages() {
    let server = server().await;
    let rows = json!({"payment_methods": [
        {"id": 1, "name": "Contant", "uses_card_processing": false},
        {"id": 2, "name": "Bank", "uses_card_processing": false}]});
    on("GET", "/payment_methods")
        .respond_with(crate::support::reply(200, &rows.to_string()))
        .expect(1..)
        .mount(&server)
        .await;
    let client = client(&server);
    let all: Vec<PaymentMethod> = client.payment_methods().list().all().await.unwrap();
    let names: Vec<_> = all.iter().filter_map(|way| way.name.as_deref()).collect();
    assert_eq!(names, ["Contant", "Bank"], "each once");
}

#[tokio::test]
async fn ways_to_pay_may_be_kept_from_single_customer_users() {
    let server = server().await;
    let said = "Not authorized. Please ask account admin to update your group permissions.";
    let body = json!({"error": said});
    answer(&server, on("GET", "/payment_methods"), 401, &body).await;
    let client = client(&server);
    let error = client.payment_methods().list().all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
}
