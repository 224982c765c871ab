use rust_decimal::Decimal;
use snelstart_client::{
    Attachment, AttachmentState, Base64, CostCentreId, ErrorKind, LedgerId, PurchaseBooking,
    PurchaseBookingLine, PurchaseBookingVat, PurchaseInvoice, PurchaseVatKind, Ref, SendOutcome,
    UblContent, VatKind,
};
use wiremock::ResponseTemplate;
use wiremock::matchers::query_param;

use crate::book::{
    COST_CENTRE, CUSTOMER, LEDGER, OTHER_LEDGER, PURCHASE_BOOKING, at, eur, of, some,
};
use crate::support::{answer, client, on, once, server, with_body};

fn booking() -> PurchaseBooking {
    PurchaseBooking {
        date: at("2026-02-10T00:00:00"),
        number: some("LV-5521"),
        supplier: Some(Ref::to(of(CUSTOMER))),
        description: some("Drukwerk en porto"),
        invoice_amount: eur("130.05"),
        lines: Some(vec![
            PurchaseBookingLine {
                description: some("Drukwerk"),
                ledger: Some(Ref::to(of::<LedgerId>(LEDGER))),
                amount: eur("75.00"),
                vat_kind: Some(VatKind::High),
                ..PurchaseBookingLine::default()
            },
            PurchaseBookingLine {
                ledger: Some(Ref::to(of::<LedgerId>(OTHER_LEDGER))),
                cost_centre: Some(Ref::to(of::<CostCentreId>(COST_CENTRE))),
                amount: eur("39.30"),
                vat_kind: Some(VatKind::None),
                ..PurchaseBookingLine::default()
            },
        ]),
        vat: Some(vec![PurchaseBookingVat {
            vat_kind: Some(PurchaseVatKind::PurchasesHigh),
            amount: eur("15.75"),
            ..PurchaseBookingVat::default()
        }]),
        ..PurchaseBooking::default()
    }
}

#[tokio::test]
async fn a_purchase_booking_is_created_with_exactly_what_is_set() {
    let server = server().await;
    let request = with_body(
        on("POST", "/inkoopboekingen"),
        "purchase_bookings/create_request.json",
    );
    answer(&server, request, 201, "purchase_bookings/one.json").await;
    let made = client(&server)
        .purchase_bookings()
        .create(&booking())
        .await
        .unwrap();
    assert_eq!(made.id, Some(of(PURCHASE_BOOKING)));
}

#[test]
fn vat_that_is_reversed_may_stand_outside_of_the_amount_or_in_it() {
    let mut booking = booking();
    booking.vat = Some(vec![PurchaseBookingVat {
        vat_kind: Some(PurchaseVatKind::PurchasesReverseCharge),
        amount: eur("24.00"),
        ..PurchaseBookingVat::default()
    }]);
    for (amount, holds) in [("114.30", true), ("138.30", true), ("130.05", false)] {
        booking.invoice_amount = eur(amount);
        assert_eq!(booking.verify().is_ok(), holds, "{amount}");
    }
}

#[tokio::test]
async fn a_purchase_booking_is_fetched_with_everything_in_it() {
    let server = server().await;
    let path = format!("/inkoopboekingen/{PURCHASE_BOOKING}");
    answer(&server, on("GET", &path), 200, "purchase_bookings/one.json").await;
    let booking = client(&server)
        .purchase_bookings()
        .get(&of(PURCHASE_BOOKING))
        .await
        .unwrap();
    assert_eq!(booking.voucher_number.as_deref(), Some("INK-0093"));
    assert_eq!(booking.marked, Some(true));
    assert_eq!(booking.changed_by_accountant, Some(true));
    assert_eq!(booking.modified_on, at("2026-02-11T08:05:31.9"));
    assert_eq!(booking.total(), eur("130.05"));
    let lines = booking.lines.as_ref().unwrap();
    assert_eq!(lines[1].description, None);
    assert_eq!(lines[1].vat_kind, Some(VatKind::None));
    let vat = &booking.vat.as_ref().unwrap()[0];
    assert_eq!(vat.vat_kind, Some(PurchaseVatKind::PurchasesHigh));
    assert_eq!(booking.documents, None);
}

#[tokio::test]
async fn a_purchase_booking_is_replaced_under_its_own_id() {
    let server = server().await;
    let path = format!("/inkoopboekingen/{PURCHASE_BOOKING}");
    answer(&server, on("PUT", &path), 200, "purchase_bookings/one.json").await;
    let id = of(PURCHASE_BOOKING);
    let client = client(&server);
    client
        .purchase_bookings()
        .replace(&id, &booking())
        .await
        .unwrap();
    let sent = server.received_requests().await.unwrap();
    let body: serde_json::Value = sent.last().unwrap().body_json().unwrap();
    assert_eq!(body["id"], PURCHASE_BOOKING);
}

#[tokio::test]
async fn a_purchase_booking_is_deleted() {
    let server = server().await;
    once(
        &server,
        on("DELETE", &format!("/inkoopboekingen/{PURCHASE_BOOKING}")),
        ResponseTemplate::new(204),
    )
    .await;
    client(&server)
        .purchase_bookings()
        .delete(&of(PURCHASE_BOOKING))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_purchase_booking_that_does_not_add_up_is_not_sent() {
    let server = server().await;
    let wrong = PurchaseBooking {
        invoice_amount: eur("130.06"),
        date: None,
        ..booking()
    };
    let refused = client(&server)
        .purchase_bookings()
        .create(&wrong)
        .await
        .unwrap_err();
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
    let named: Vec<_> = refused.field_errors().keys().map(String::as_str).collect();
    assert_eq!(named, ["factuurbedrag", "factuurdatum"]);
}

#[tokio::test]
async fn a_ubl_is_booked_by_the_server() {
    let server = server().await;
    let request = with_body(
        on("POST", "/inkoopboekingen/ubl"),
        "purchase_bookings/ubl_request.json",
    );
    answer(&server, request, 200, "purchase_bookings/one.json").await;
    let ubl = UblContent {
        file_name: some("LV-5521.xml"),
        content: Some(Base64::from(b"<Invoice/>".to_vec())),
        pdf_content: Some(Base64::from(b"%PDF-1.7\n".to_vec())),
        force_persist: Some(false),
        ..UblContent::default()
    };
    let made = client(&server)
        .purchase_bookings()
        .create_from_ubl(&ubl)
        .await
        .unwrap();
    assert_eq!(made.number.as_deref(), Some("LV-5521"));
}

#[tokio::test]
async fn a_ubl_without_content_is_not_sent() {
    let server = server().await;
    let empty = UblContent {
        file_name: some("leeg.xml"),
        content: Some(Base64::from(Vec::new())),
        ..UblContent::default()
    };
    let refused = client(&server)
        .purchase_bookings()
        .create_from_ubl(&empty)
        .await
        .unwrap_err();
    assert_eq!(refused.field_errors()["content"], "is empty");
}

fn pdf() -> Attachment {
    Attachment {
        file_name: some("LV-5522.pdf"),
        content: Some(Base64::from(b"%PDF-1.7\n".to_vec())),
        ..Attachment::default()
    }
}

#[tokio::test]
async fn a_booking_out_of_an_attachment_is_a_task_of_the_server() {
    let server = server().await;
    let request = with_body(
        on("POST", "/inkoopboekingen/CreateFromAttachment"),
        "purchase_bookings/attachment_request.json",
    );
    answer(
        &server,
        request,
        200,
        "purchase_bookings/attachment_task.json",
    )
    .await;
    let task = client(&server)
        .purchase_bookings()
        .create_from_attachment(&pdf())
        .await
        .unwrap();
    assert_eq!(task.instance_id.as_deref(), Some("taak-9f31c0"));
}

#[tokio::test]
async fn a_task_is_asked_until_it_is_done() {
    let server = server().await;
    let status = || {
        on("GET", "/inkoopboekingen/GetCreateFromAttachmentStatus")
            .and(query_param("instanceId", "taak-9f31c0"))
    };
    let running = ResponseTemplate::new(200).set_body_raw(
        crate::support::text("purchase_bookings/attachment_running.json"),
        "application/json",
    );
    status()
        .respond_with(running)
        .up_to_n_times(1)
        .with_priority(1)
        .expect(1)
        .mount(&server)
        .await;
    answer(
        &server,
        status(),
        200,
        "purchase_bookings/attachment_completed.json",
    )
    .await;
    let client = client(&server);
    let bookings = client.purchase_bookings();
    let first = bookings.attachment_status("taak-9f31c0").await.unwrap();
    assert_eq!(first.state, Some(AttachmentState::Running));
    assert!(!first.state.unwrap().is_final());
    let second = bookings.attachment_status("taak-9f31c0").await.unwrap();
    assert_eq!(second.state, Some(AttachmentState::Completed));
    assert!(second.state.unwrap().is_final());
    assert_eq!(second.purchase_booking_id, Some(of(PURCHASE_BOOKING)));
}

#[tokio::test]
async fn an_attachment_over_5_mb_is_not_sent() {
    let server = server().await;
    let large = Attachment {
        content: Some(Base64::from(vec![0; 5 * 1024 * 1024 + 1])),
        ..pdf()
    };
    let refused = client(&server)
        .purchase_bookings()
        .create_from_attachment(&large)
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn purchase_invoices_are_listed_and_filtered() {
    let server = server().await;
    let request = on("GET", "/inkoopfacturen").and(query_param("$filter", "OpenstaandSaldo ne 0"));
    answer(&server, request, 200, "purchase_invoices/list.json").await;
    let page = client(&server)
        .purchase_invoices()
        .list()
        .filter(PurchaseInvoice::fields().open_balance().ne(Decimal::ZERO))
        .page()
        .await
        .unwrap();
    let invoice = page[0].good().unwrap();
    assert_eq!(invoice.open_balance, eur("130.05"));
    assert_eq!(invoice.invoice_amount, eur("130.05"));
    let booking = invoice.purchase_booking.as_ref().unwrap();
    assert_eq!(booking.id, Some(of(PURCHASE_BOOKING)));
    assert_eq!(invoice.supplier.as_ref().unwrap().id, Some(of(CUSTOMER)));
}
