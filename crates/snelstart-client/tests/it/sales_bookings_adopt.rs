use snelstart_client::{Adopted, Error, ErrorKind, How, SalesBooking, SendOutcome};
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use crate::book::{SALES_BOOKING, eur, of};
use crate::sales_bookings::booking;
use crate::support::{answer, client, on, once, server};

async fn created_or_adopted(server: &MockServer) -> Result<Adopted<SalesBooking>, Error> {
    let client = client(server);
    client.sales_bookings().create_or_adopt(&booking()).await
}

async fn create_is_answered(server: &MockServer, status: u16, fixture: &str) {
    answer(server, on("POST", "/verkoopboekingen"), status, fixture).await;
}

async fn create_ends_in(server: &MockServer, with: ResponseTemplate) {
    once(server, on("POST", "/verkoopboekingen"), with).await;
}

fn timed_out() -> ResponseTemplate {
    ResponseTemplate::new(504).set_body_string("upstream timed out")
}

async fn number_is_found(server: &MockServer, fixture: &str) {
    let request =
        on("GET", "/verkoopfacturen").and(query_param("$filter", "Factuurnummer eq '20260117'"));
    answer(server, request, 200, fixture).await;
}

async fn booking_is_read(server: &MockServer, fixture: &str) {
    let path = format!("/verkoopboekingen/{SALES_BOOKING}");
    answer(server, on("GET", &path), 200, fixture).await;
}

#[tokio::test]
async fn a_booking_that_is_made_is_not_looked_up() {
    let server = server().await;
    create_is_answered(&server, 201, "sales_bookings/one.json").await;
    let adopted = created_or_adopted(&server).await.unwrap();
    assert_eq!(adopted.how, How::Created);
    assert_eq!(adopted.differences, []);
    assert_eq!(adopted.record.id, Some(of(SALES_BOOKING)));
}

#[tokio::test]
async fn what_the_server_made_otherwise_than_asked_is_told() {
    let server = server().await;
    create_is_answered(&server, 201, "sales_bookings/other_amount.json").await;
    let adopted = created_or_adopted(&server).await.unwrap();
    assert_eq!(adopted.how, How::Created);
    assert!(!adopted.differences.is_empty());
}

#[tokio::test]
async fn a_number_that_exists_is_adopted() {
    let server = server().await;
    create_is_answered(&server, 400, "sales_bookings/number_exists.json").await;
    number_is_found(&server, "sales_invoices/of_number.json").await;
    booking_is_read(&server, "sales_bookings/one.json").await;
    let adopted = created_or_adopted(&server).await.unwrap();
    assert_eq!(adopted.how, How::Found);
    assert_eq!(adopted.differences, []);
    assert_eq!(adopted.record.invoice_amount, eur("605.0"));
}

#[tokio::test]
async fn a_number_that_exists_with_another_amount_tells_what_differs() {
    let server = server().await;
    create_is_answered(&server, 400, "sales_bookings/number_exists.json").await;
    number_is_found(&server, "sales_invoices/of_number.json").await;
    booking_is_read(&server, "sales_bookings/other_amount.json").await;
    let adopted = created_or_adopted(&server).await.unwrap();
    assert_eq!(adopted.how, How::Found);
    let differences = adopted.differences.iter();
    let fields: Vec<_> = differences.map(|one| one.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "boekingsregels",
            "btw[0].btwBedrag",
            "factuurbedrag",
            "klant.id"
        ]
    );
    let amount = &adopted.differences[2];
    let amounts = (amount.sent.to_string(), amount.found.to_string());
    assert_eq!(amounts, ("605.00".to_owned(), "550.0".to_owned()));
}

#[tokio::test]
async fn a_create_without_an_answer_that_did_happen_is_adopted_and_not_sent_again() {
    let server = server().await;
    create_ends_in(&server, timed_out()).await;
    number_is_found(&server, "sales_invoices/of_number.json").await;
    booking_is_read(&server, "sales_bookings/one.json").await;
    let adopted = created_or_adopted(&server).await.unwrap();
    assert_eq!(adopted.how, How::Found);
}

#[tokio::test]
async fn a_create_without_an_answer_that_is_not_found_stays_unknown() {
    let server = server().await;
    create_ends_in(&server, timed_out()).await;
    number_is_found(&server, "sales_invoices/none.json").await;
    let failed = created_or_adopted(&server).await.unwrap_err();
    assert_eq!(failed.send_outcome(), SendOutcome::Unknown);
    assert_eq!(failed.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_number_said_to_exist_that_nobody_finds_stays_refused() {
    let server = server().await;
    create_is_answered(&server, 400, "sales_bookings/number_exists.json").await;
    number_is_found(&server, "sales_invoices/none.json").await;
    let failed = created_or_adopted(&server).await.unwrap_err();
    assert_eq!(failed.code_str(), Some("BOE-0021"));
}

#[tokio::test]
async fn another_refusal_is_not_looked_up() {
    let server = server().await;
    create_is_answered(&server, 400, "sales_bookings/vat_mismatch.json").await;
    let failed = created_or_adopted(&server).await.unwrap_err();
    assert_eq!(failed.code_str(), Some("BOE-0082"));
    assert_eq!(failed.send_outcome(), SendOutcome::Rejected);
}

#[tokio::test]
async fn two_invoices_of_one_number_are_left_to_a_person() {
    let server = server().await;
    create_is_answered(&server, 400, "sales_bookings/number_exists.json").await;
    number_is_found(&server, "sales_invoices/two_of_number.json").await;
    let failed = created_or_adopted(&server).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Conflict);
    assert_eq!(failed.code_str(), Some("BOE-0021"));
    assert!(failed.help_text().is_some());
}

#[tokio::test]
async fn a_booking_that_does_not_add_up_is_neither_sent_nor_looked_up() {
    let server = server().await;
    let wrong = SalesBooking {
        invoice_amount: eur("1"),
        ..booking()
    };
    let failed = client(&server)
        .sales_bookings()
        .create_or_adopt(&wrong)
        .await
        .unwrap_err();
    assert_eq!(failed.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_create_whose_answer_cannot_be_read_is_found_by_its_number() {
    let server = server().await;
    create_ends_in(&server, ResponseTemplate::new(201)).await;
    number_is_found(&server, "sales_invoices/of_number.json").await;
    booking_is_read(&server, "sales_bookings/one.json").await;
    let adopted = created_or_adopted(&server).await.unwrap();
    assert_eq!(adopted.how, How::Found);
    assert_eq!(adopted.record.id, Some(of(SALES_BOOKING)));
}

#[tokio::test]
async fn a_lookup_that_fails_leaves_the_outcome_unknown() {
    let server = server().await;
    create_ends_in(&server, ResponseTemplate::new(504)).await;
    once(
        &server,
        on("GET", "/verkoopfacturen"),
        ResponseTemplate::new(503),
    )
    .await;
    let failed = created_or_adopted(&server).await.unwrap_err();
    assert_eq!(failed.send_outcome(), SendOutcome::Unknown);
    assert!(failed.help_text().is_some());
}
