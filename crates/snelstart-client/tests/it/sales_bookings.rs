use snelstart_client::{
    CostCentreId, ErrorKind, LedgerId, Ref, SalesBooking, SalesBookingLine, SalesBookingVat,
    SalesVatKind, SendOutcome, VatKind,
};
use wiremock::ResponseTemplate;

use crate::book::{COST_CENTRE, CUSTOMER, DOCUMENT, LEDGER, SALES_BOOKING, at, eur, of, some};
use crate::support::{answer, client, on, once, server, with_body};

/// The booking of `sales_bookings/create_request.json`.
pub(crate) fn booking() -> SalesBooking {
    let line = |description: &str, amount: &str| SalesBookingLine {
        description: some(description),
        ledger: Some(Ref::to(of::<LedgerId>(LEDGER))),
        amount: eur(amount),
        vat_kind: Some(VatKind::High),
        ..SalesBookingLine::default()
    };
    SalesBooking {
        date: at("2026-03-03T00:00:00"),
        number: some("20260117"),
        customer: Some(Ref::to(of(CUSTOMER))),
        description: some("Onderhoud voorjaar"),
        invoice_amount: eur("605.00"),
        payment_term_days: Some(30),
        lines: Some(vec![
            SalesBookingLine {
                cost_centre: Some(Ref::to(of::<CostCentreId>(COST_CENTRE))),
                ..line("Arbeid", "380.00")
            },
            line("Materiaal", "120.00"),
        ]),
        vat: Some(vec![SalesBookingVat {
            vat_kind: Some(SalesVatKind::SalesHigh),
            amount: eur("105.00"),
            ..SalesBookingVat::default()
        }]),
        ..SalesBooking::default()
    }
}

#[tokio::test]
async fn a_booking_is_created_with_exactly_what_is_set() {
    let server = server().await;
    let request = with_body(
        on("POST", "/verkoopboekingen"),
        "sales_bookings/create_request.json",
    );
    answer(&server, request, 201, "sales_bookings/one.json").await;
    let made = client(&server)
        .sales_bookings()
        .create(&booking())
        .await
        .unwrap();
    assert_eq!(made.id, Some(of(SALES_BOOKING)));
    assert_eq!(made.total(), eur("605.0"));
}

#[tokio::test]
async fn amounts_go_out_as_the_exact_numbers_they_are() {
    let server = server().await;
    let request = on("POST", "/verkoopboekingen");
    answer(&server, request, 201, "sales_bookings/one.json").await;
    let exact = SalesBooking {
        invoice_amount: eur("123456789012345678.90"),
        lines: Some(vec![SalesBookingLine {
            ledger: Some(Ref::to(of::<LedgerId>(LEDGER))),
            amount: eur("123456789012345678.90"),
            ..SalesBookingLine::default()
        }]),
        vat: None,
        ..booking()
    };
    let client = client(&server);
    client.sales_bookings().create(&exact).await.unwrap();
    let sent = server.received_requests().await.unwrap();
    let body = String::from_utf8(sent.last().unwrap().body.clone()).unwrap();
    assert!(
        body.contains(r#""factuurbedrag":123456789012345678.90"#),
        "{body}"
    );
}

#[tokio::test]
async fn one_booking_is_fetched_with_everything_in_it() {
    let server = server().await;
    let path = format!("/verkoopboekingen/{SALES_BOOKING}");
    answer(&server, on("GET", &path), 200, "sales_bookings/one.json").await;
    let id = of(SALES_BOOKING);
    let booking = client(&server).sales_bookings().get(&id).await.unwrap();
    assert_eq!(booking.date, at("2026-03-03T00:00:00"));
    assert_eq!(booking.payment_term_days, Some(30));
    assert_eq!(booking.voucher_number.as_deref(), Some(""));
    assert_eq!(booking.changed_by_accountant, Some(false));
    let mandate = booking.one_off_mandate.as_ref().unwrap();
    assert_eq!(mandate.reference.as_deref(), Some("M-77"));
    assert_eq!(mandate.date, at("2026-02-27T00:00:00"));
    assert!(booking.standing_mandate.as_ref().unwrap().id.is_some());
    let lines = booking.lines.as_ref().unwrap();
    assert_eq!(
        lines[0].cost_centre.as_ref().unwrap().id,
        Some(of(COST_CENTRE))
    );
    assert_eq!(lines[1].cost_centre, None);
    assert_eq!(lines[1].vat_kind, Some(VatKind::High));
    let vat = &booking.vat.as_ref().unwrap()[0];
    assert_eq!(vat.vat_kind, Some(SalesVatKind::SalesHigh));
    let document = &booking.documents.as_ref().unwrap()[0];
    assert_eq!(document.id, Some(of(DOCUMENT)));
    assert_eq!(document.read_only, Some(true));
}

#[tokio::test]
async fn a_booking_is_replaced_under_its_own_id() {
    let server = server().await;
    let path = format!("/verkoopboekingen/{SALES_BOOKING}");
    answer(&server, on("PUT", &path), 200, "sales_bookings/one.json").await;
    let id = of(SALES_BOOKING);
    let client = client(&server);
    client
        .sales_bookings()
        .replace(&id, &booking())
        .await
        .unwrap();
    let sent = server.received_requests().await.unwrap();
    let body: serde_json::Value = sent.last().unwrap().body_json().unwrap();
    assert_eq!(body["id"], SALES_BOOKING);
    assert_eq!(body["factuurnummer"], "20260117");
}

#[tokio::test]
async fn a_booking_is_deleted() {
    let server = server().await;
    let path = format!("/verkoopboekingen/{SALES_BOOKING}");
    once(&server, on("DELETE", &path), ResponseTemplate::new(200)).await;
    client(&server)
        .sales_bookings()
        .delete(&of(SALES_BOOKING))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_booking_that_does_not_add_up_is_not_sent() {
    let server = server().await;
    let off_by_a_cent = SalesBooking {
        invoice_amount: eur("605.01"),
        ..booking()
    };
    let refused = client(&server)
        .sales_bookings()
        .create(&off_by_a_cent)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Validation);
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
    assert_eq!(
        refused.field_errors()["factuurbedrag"],
        "is 605.01, but lines and VAT add up to 605.00"
    );
}

#[test]
fn every_fault_of_a_booking_is_named_at_once() {
    let line = SalesBookingLine {
        amount: eur("0.00"),
        ..SalesBookingLine::default()
    };
    let wrong = SalesBooking {
        number: some("  "),
        payment_term_days: Some(1000),
        lines: Some(vec![line]),
        vat: Some(vec![SalesBookingVat {
            amount: eur("0.005"),
            ..SalesBookingVat::default()
        }]),
        ..SalesBooking::default()
    };
    let refused = wrong.verify().unwrap_err();
    let named: Vec<_> = refused.field_errors().keys().map(String::as_str).collect();
    assert_eq!(
        named,
        [
            "betalingstermijn",
            "boekingsregels[0].bedrag",
            "boekingsregels[0].grootboek",
            "btw[0].btwBedrag",
            "btw[0].btwSoort",
            "factuurbedrag",
            "factuurnummer",
            "klant",
        ]
    );
}

#[test]
fn a_number_of_26_characters_is_too_long_and_25_of_two_bytes_are_not() {
    let number = |text: String| SalesBooking {
        number: Some(text),
        ..booking()
    };
    assert!(number("é".repeat(25)).verify().is_ok());
    assert!(number("é".repeat(26)).verify().is_err());
}

#[test]
fn a_booking_without_lines_is_refused() {
    let empty = SalesBooking {
        lines: Some(Vec::new()),
        vat: None,
        invoice_amount: eur("0"),
        ..booking()
    };
    let refused = empty.verify().unwrap_err();
    assert_eq!(refused.field_errors()["boekingsregels"], "has no line");
}

#[test]
fn a_credit_note_adds_up_below_zero() {
    let mut note = booking();
    note.invoice_amount = eur("-605");
    for line in note.lines.iter_mut().flatten() {
        line.amount = line.amount.map(|amount| -amount);
    }
    for vat in note.vat.iter_mut().flatten() {
        vat.amount = vat.amount.map(|amount| -amount);
    }
    assert!(note.verify().is_ok());
}

#[test]
fn amounts_too_large_to_add_up_are_refused_without_a_panic() {
    let mut huge = booking();
    for line in huge.lines.iter_mut().flatten() {
        line.amount = Some(rust_decimal::Decimal::MAX);
    }
    let refused = huge.verify().unwrap_err();
    assert!(refused.field_errors().contains_key("factuurbedrag"));
    assert_eq!(huge.total(), None);
}
