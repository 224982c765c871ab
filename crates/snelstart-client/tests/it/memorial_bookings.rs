use snelstart_client::{
    LedgerId, MemorialBooking, MemorialLine, MemorialSalesLine, Ref, SalesBookingId, SendOutcome,
};
use wiremock::ResponseTemplate;

use crate::book::{
    JOURNAL, LEDGER, MEMORIAL_BOOKING, OTHER_LEDGER, PURCHASE_BOOKING, SALES_BOOKING, at, eur, of,
    some,
};
use crate::support::{answer, client, on, server, with_body};

fn line(description: &str, ledger: &str, debit: &str, credit: &str) -> MemorialLine {
    MemorialLine {
        description: some(description),
        ledger: Some(Ref::to(of::<LedgerId>(ledger))),
        debit: eur(debit),
        credit: eur(credit),
        ..MemorialLine::default()
    }
}

fn correction() -> MemorialBooking {
    MemorialBooking {
        date: at("2026-03-31T00:00:00"),
        description: some("Correctie maart"),
        ledger_lines: Some(vec![
            line("Naar oninbaar", LEDGER, "60.50", "0"),
            line("Van tussenrekening", OTHER_LEDGER, "0", "60.50"),
        ]),
        journal: Some(Ref::to(of(JOURNAL))),
        ..MemorialBooking::default()
    }
}

#[tokio::test]
async fn a_correction_is_booked_with_exactly_what_is_set() {
    let server = server().await;
    let request = with_body(
        on("POST", "/memoriaalboekingen"),
        "memorial_bookings/create_request.json",
    );
    answer(&server, request, 201, "memorial_bookings/one.json").await;
    let made = client(&server)
        .memorial_bookings()
        .create(&correction())
        .await
        .unwrap();
    assert_eq!(made.id, Some(of(MEMORIAL_BOOKING)));
}

#[tokio::test]
async fn a_memorial_booking_is_fetched_with_all_kinds_of_lines() {
    let server = server().await;
    let path = format!("/memoriaalboekingen/{MEMORIAL_BOOKING}");
    answer(&server, on("GET", &path), 200, "memorial_bookings/one.json").await;
    let booking = client(&server)
        .memorial_bookings()
        .get(&of(MEMORIAL_BOOKING))
        .await
        .unwrap();
    assert_eq!(booking.modified_on, at("2026-03-31T23:59:59.997"));
    let lines = booking.ledger_lines.as_ref().unwrap();
    assert_eq!(
        (lines[0].debit, lines[1].credit),
        (eur("60.5"), eur("60.5"))
    );
    let purchase = &booking.purchase_lines.as_ref().unwrap()[0];
    assert_eq!(
        purchase.booking.as_ref().unwrap().id,
        Some(of(PURCHASE_BOOKING))
    );
    assert_eq!(purchase.amount, eur("25.0"));
    let sale = &booking.sales_lines.as_ref().unwrap()[0];
    assert_eq!(sale.booking.as_ref().unwrap().id, Some(of(SALES_BOOKING)));
    assert!(booking.verify().is_ok());
}

#[tokio::test]
async fn a_memorial_booking_is_replaced_under_its_own_id() {
    let server = server().await;
    let path = format!("/memoriaalboekingen/{MEMORIAL_BOOKING}");
    answer(&server, on("PUT", &path), 200, "memorial_bookings/one.json").await;
    let client = client(&server);
    let id = of(MEMORIAL_BOOKING);
    client
        .memorial_bookings()
        .replace(&id, &correction())
        .await
        .unwrap();
    let sent = server.received_requests().await.unwrap();
    let body: serde_json::Value = sent.last().unwrap().body_json().unwrap();
    assert_eq!(body["id"], MEMORIAL_BOOKING);
}

#[tokio::test]
async fn a_memorial_booking_is_deleted_though_the_answer_shows_it() {
    let server = server().await;
    let path = format!("/memoriaalboekingen/{MEMORIAL_BOOKING}");
    answer(
        &server,
        on("DELETE", &path),
        200,
        "memorial_bookings/one.json",
    )
    .await;
    client(&server)
        .memorial_bookings()
        .delete(&of(MEMORIAL_BOOKING))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_correction_that_does_not_balance_is_not_sent() {
    let server = server().await;
    on("POST", "/memoriaalboekingen")
        .respond_with(ResponseTemplate::new(500))
        .expect(0)
        .mount(&server)
        .await;
    let mut wrong = correction();
    for line in wrong.ledger_lines.iter_mut().flatten().take(1) {
        line.debit = eur("60.51");
    }
    let refused = client(&server)
        .memorial_bookings()
        .create(&wrong)
        .await
        .unwrap_err();
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
    assert_eq!(
        refused.field_errors()["memoriaalBoekingsRegels"],
        "debit is 60.51, but credit is 60.50"
    );
}

#[test]
fn one_line_is_too_few() {
    let mut single = correction();
    single.ledger_lines = Some(vec![line("Alleen", LEDGER, "1", "0")]);
    let refused = single.verify().unwrap_err();
    assert_eq!(
        refused.field_errors()["memoriaalBoekingsRegels"],
        "the booking has fewer than two lines"
    );
}

#[test]
fn a_settlement_needs_its_booking_its_description_and_an_amount() {
    let mut booking = correction();
    booking.sales_lines = Some(vec![
        MemorialSalesLine {
            booking: Some(Ref::to(of::<SalesBookingId>(SALES_BOOKING))),
            description: some("Verrekend"),
            amount: eur("-12.10"),
            ..MemorialSalesLine::default()
        },
        MemorialSalesLine::default(),
    ]);
    let refused = booking.verify().unwrap_err();
    let named: Vec<_> = refused.field_errors().keys().map(String::as_str).collect();
    assert_eq!(
        named,
        [
            "verkoopboekingBoekingsRegels[1].bedrag",
            "verkoopboekingBoekingsRegels[1].boekingId",
            "verkoopboekingBoekingsRegels[1].omschrijving",
        ]
    );
}
