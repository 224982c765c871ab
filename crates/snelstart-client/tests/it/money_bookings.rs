//! Bank and cash bookings are alike: what is shown of one is shown of both.

/// Declares the tests of a booking of money; `$folder` has its fixtures.
macro_rules! tests {
    ($Booking:ident, $bookings:ident, $path:literal, $folder:literal, $id:ident) => {
        use snelstart_client::{
            ErrorKind, LedgerLine, PurchaseSettlement, Ref, SalesBookingId, SalesSettlement,
            SendOutcome, VatDirection, VatLine, VatLineRate, $Booking,
        };
        use wiremock::ResponseTemplate;
        use wiremock::matchers::query_param;

        use crate::book::{
            COST_CENTRE, JOURNAL, LEDGER, PURCHASE_BOOKING, SALES_BOOKING, at, eur, of, some, $id,
        };
        use crate::support::{answer, client, on, once, server, with_body};

        fn payment() -> $Booking {
            $Booking {
                date: at("2026-03-19T00:00:00"),
                description: some("Betaling 20260117"),
                sales_lines: Some(vec![SalesSettlement {
                    booking: Some(Ref::to(of::<SalesBookingId>(SALES_BOOKING))),
                    description: some("Betaling 20260117"),
                    debit: eur("0"),
                    credit: eur("242.00"),
                    ..SalesSettlement::default()
                }]),
                amount_spent: eur("0"),
                amount_received: eur("242.00"),
                journal: Some(Ref::to(of(JOURNAL))),
                ..$Booking::default()
            }
        }

        #[tokio::test]
        async fn a_payment_is_booked_with_exactly_what_is_set() {
            let server = server().await;
            let request = with_body(on("POST", $path), concat!($folder, "/create_request.json"));
            answer(&server, request, 201, concat!($folder, "/one.json")).await;
            let made = client(&server)
                .$bookings()
                .create(&payment())
                .await
                .unwrap();
            assert_eq!(made.id, Some(of($id)));
        }

        #[tokio::test]
        async fn a_booking_is_fetched_with_all_kinds_of_lines() {
            let server = server().await;
            let path = format!("{}/{}", $path, $id);
            answer(
                &server,
                on("GET", &path),
                200,
                concat!($folder, "/one.json"),
            )
            .await;
            let booking = client(&server).$bookings().get(&of($id)).await.unwrap();
            assert_eq!(booking.amount_spent, eur("142.15"));
            assert_eq!(booking.amount_received, eur("242.0"));
            let ledger: &LedgerLine = &booking.ledger_lines.as_ref().unwrap()[0];
            assert_eq!(ledger.ledger.as_ref().unwrap().id, Some(of(LEDGER)));
            assert_eq!(
                ledger.cost_centre.as_ref().unwrap().id,
                Some(of(COST_CENTRE))
            );
            let purchase: &PurchaseSettlement = &booking.purchase_lines.as_ref().unwrap()[0];
            assert_eq!(
                purchase.booking.as_ref().unwrap().id,
                Some(of(PURCHASE_BOOKING))
            );
            assert_eq!(purchase.debit, eur("130.05"));
            let sale = &booking.sales_lines.as_ref().unwrap()[0];
            assert_eq!(sale.booking.as_ref().unwrap().id, Some(of(SALES_BOOKING)));
            let vat: &VatLine = &booking.vat_lines.as_ref().unwrap()[0];
            assert_eq!(vat.direction, Some(VatDirection::Claimable));
            assert_eq!(vat.rate, Some(VatLineRate::High));
            assert!(booking.verify().is_ok());
        }

        #[tokio::test]
        async fn bookings_are_listed_by_when_they_changed() {
            let server = server().await;
            let request = on("GET", $path).and(query_param(
                "$filter",
                "ModifiedOn gt datetime'2026-03-20T00:00:00'",
            ));
            answer(&server, request, 200, concat!($folder, "/list.json")).await;
            let page = client(&server)
                .$bookings()
                .list()
                .filter(
                    $Booking::fields()
                        .modified_on()
                        .gt(at("2026-03-20T00:00:00").unwrap()),
                )
                .page()
                .await
                .unwrap();
            assert_eq!(page.len(), 1);
            assert_eq!(
                page[0].good().unwrap().voucher_number.as_deref(),
                Some("26-0311")
            );
        }

        #[tokio::test]
        async fn a_booking_is_replaced_under_its_own_id() {
            let server = server().await;
            answer(
                &server,
                on("PUT", &format!("{}/{}", $path, $id)),
                200,
                concat!($folder, "/one.json"),
            )
            .await;
            let client = client(&server);
            client
                .$bookings()
                .replace(&of($id), &payment())
                .await
                .unwrap();
            let sent = server.received_requests().await.unwrap();
            let body: serde_json::Value = sent.last().unwrap().body_json().unwrap();
            assert_eq!(body["id"], $id);
        }

        #[tokio::test]
        async fn a_booking_is_deleted() {
            let server = server().await;
            once(
                &server,
                on("DELETE", &format!("{}/{}", $path, $id)),
                ResponseTemplate::new(200),
            )
            .await;
            client(&server).$bookings().delete(&of($id)).await.unwrap();
        }

        #[tokio::test]
        async fn a_payment_without_an_answer_is_not_sent_again() {
            let server = server().await;
            once(&server, on("POST", $path), ResponseTemplate::new(504)).await;
            let failed = client(&server)
                .$bookings()
                .create(&payment())
                .await
                .unwrap_err();
            assert_eq!(failed.send_outcome(), SendOutcome::Unknown);
        }

        #[tokio::test]
        async fn a_payment_that_does_not_balance_is_not_sent() {
            let server = server().await;
            let unbalanced = $Booking {
                amount_received: eur("242.01"),
                ..payment()
            };
            let refused = client(&server)
                .$bookings()
                .create(&unbalanced)
                .await
                .unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Validation);
            assert_eq!(refused.send_outcome(), SendOutcome::NotSent);
            assert_eq!(
                refused.field_errors()["bedragOntvangen"],
                "less what is spent is 242.01, but the lines add up to 242.00"
            );
        }

        #[test]
        fn a_line_with_both_sides_or_none_is_refused() {
            let with_sides = |debit: &str, credit: &str| {
                let mut booking = payment();
                for line in booking.sales_lines.iter_mut().flatten() {
                    line.debit = eur(debit);
                    line.credit = eur(credit);
                }
                booking.verify().unwrap_err()
            };
            let member = "verkoopboekingBoekingsRegels[0]";
            let both = with_sides("1", "243.00");
            assert_eq!(both.field_errors()[member], "has both debit and credit");
            let none = with_sides("0", "0.00");
            assert_eq!(none.field_errors()[member], "has neither debit nor credit");
        }

        #[test]
        fn a_booking_of_nothing_names_all_that_is_missing() {
            let refused = $Booking::default().verify().unwrap_err();
            let named: Vec<_> = refused.field_errors().keys().map(String::as_str).collect();
            assert_eq!(
                named,
                [
                    "bedragOntvangen",
                    "bedragUitgegeven",
                    "dagboek",
                    "datum",
                    "grootboekBoekingsRegels"
                ]
            );
        }

        #[test]
        fn a_reference_that_names_no_record_is_refused() {
            let mut booking = payment();
            booking.journal = Some(Ref::default());
            for line in booking.sales_lines.iter_mut().flatten() {
                line.booking = Some(Ref::default());
            }
            let refused = booking.verify().unwrap_err();
            let named: Vec<_> = refused.field_errors().keys().map(String::as_str).collect();
            assert_eq!(
                named,
                ["dagboek", "verkoopboekingBoekingsRegels[0].boekingId"]
            );
        }
    };
}

pub(crate) use tests;
