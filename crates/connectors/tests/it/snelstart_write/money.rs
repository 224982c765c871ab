//! Payments.

use api_core::ErrorKind;
use koppel_sandbox::snelstart::{Fault, FaultKind, journal_id};
use sync_core::FindKey;

use super::*;
use crate::snelstart_read::{add_customer, add_invoice};
use crate::support::written;

/// An administration with one invoice of 121.00; the id of its booking.
async fn with_invoice() -> (SnelStartServer, String) {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let booking = add_invoice(&server, &buyer, "2026-0001", "100", "2026-03-02");
    (server, booking)
}

fn open(server: &SnelStartServer) -> rust_decimal::Decimal {
    let invoice = server.invoice("2026-0001").unwrap();
    invoice["openstaandSaldo"].to_string().parse().unwrap()
}

async fn pay(target: &SnelStart, booking: &str, digits: &str) -> Outcome {
    add(target, PAYMENT, payment(booking, digits).into_fields()).await
}

#[tokio::test]
async fn part_payments_settle_the_invoice_and_no_more() {
    let (server, booking) = with_invoice().await;
    let target = target(&server);
    let first = written(&pay(&target, &booking, "21").await);
    let record = target.fetch(PAYMENT, &first).await.unwrap().unwrap();
    let paid = Payment::from_fields(&record.fields).unwrap();
    assert_eq!(paid.amount, amount("21"));
    assert_eq!(paid.invoice, Some(Ref::new(INVOICE, booking.as_str())));
    let much = pay(&target, &booking, "100.01").await;
    assert_eq!(field_of(&much), "amount");
    assert!(refused(&much).message().contains("100 is open"), "{much:?}");
    let second = written(&pay(&target, &booking, "100").await);
    assert_ne!(first, second);
    assert!(open(&server).is_zero());
    assert_eq!(field_of(&pay(&target, &booking, "0.01").await), "amount");
    assert_eq!(created(&server, "bankboekingen"), 2);
    let line = &server.records("bankboekingen")[0];
    assert_eq!(line["dagboek"]["id"], journal_id(1010));
    let text = line["omschrijving"].as_str().unwrap();
    assert!(
        text.starts_with("Factuur 2026-0001 [conformance:payment:"),
        "{text}"
    );
}

#[tokio::test]
async fn payments_of_one_invoice_at_once_never_come_to_more_than_is_open() {
    let (server, booking) = with_invoice().await;
    let target = target(&server);
    let pays = (0..6).map(|_| pay(&target, &booking, "50"));
    let outcomes = futures_util::future::join_all(pays).await;
    let done = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Outcome::Written(_)))
        .count();
    assert_eq!(done, 2, "{outcomes:?}");
    assert_eq!(open(&server), "21".parse().unwrap());
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_by_the_mark_and_not_sent_again() {
    let (server, booking) = with_invoice().await;
    let target = target(&server);
    server.fault(Fault::new(FaultKind::AnswerLost).writes());
    let op = create(PAYMENT, payment(&booking, "121").into_fields());
    let id = written(&write(&target, op.clone()).await);
    assert_eq!(server.write_requests(), 1);
    assert!(open(&server).is_zero());
    server.faults().clear();
    let found = target.find(PAYMENT, &FindKey::Marker(op.marker)).await;
    let found = found.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, id);
}

#[tokio::test]
async fn a_payment_that_did_not_arrive_is_unknown_and_not_sent_again() {
    let (server, booking) = with_invoice().await;
    let target = target(&server);
    server.fault(Fault::new(FaultKind::ConnectionDropped).writes());
    let outcome = pay(&target, &booking, "121").await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    assert_eq!(server.write_requests(), 1);
    assert_eq!(open(&server), "121".parse().unwrap());
}

#[tokio::test]
async fn what_is_booked_and_not_seen_on_the_ledger_is_never_taken_for_absent() {
    let (server, booking) = with_invoice().await;
    let target = target(&server);
    let mutations = || {
        Fault::new(FaultKind::Status {
            status: 503,
            after_commit: false,
        })
        .entity("grootboekmutaties")
    };
    server.fault(mutations());
    let op = create(PAYMENT, payment(&booking, "121").into_fields());
    let outcome = write(&target, op.clone()).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    let key = FindKey::Marker(op.marker);
    target.find(PAYMENT, &key).await.unwrap_err();
    server.faults().clear();
    assert_eq!(target.find(PAYMENT, &key).await.unwrap().len(), 1);
    assert_eq!(created(&server, "bankboekingen"), 1);
}

#[tokio::test]
async fn a_server_that_refuses_filters_is_searched_whole() {
    let (server, booking) = with_invoice().await;
    let target = target(&server);
    let refused = || {
        Fault::new(FaultKind::Refused {
            status: 400,
            message: "Could not find a property named 'Omschrijving'.".to_owned(),
        })
    };
    server.fault(refused().entity("bankboekingen").searches());
    server.fault(refused().entity("relaties").searches());
    server.fault(refused().entity("verkoopfacturen").searches());
    let op = create(PAYMENT, payment(&booking, "121").into_fields());
    let id = written(&write(&target, op.clone()).await);
    let found = target.find(PAYMENT, &FindKey::Marker(op.marker)).await;
    assert_eq!(found.unwrap()[0].id, id);
    for (kind, field, value) in [
        (CUSTOMER, "name", "bakkerij jansen"),
        (INVOICE, "number", "2026-0001"),
    ] {
        let name = sync_core::FieldName::known(field);
        let key = FindKey::Natural(vec![(name, value.into())]);
        assert_eq!(target.find(kind, &key).await.unwrap().len(), 1, "{kind}");
    }
    let hits = server.faults().list();
    assert!(hits.iter().all(|fault| fault.hits > 0), "{hits:?}");
}

#[tokio::test]
async fn money_goes_out_only_if_told() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let booking = add_invoice(&server, &buyer, "2026-0001", "-100", "2026-03-02");
    let cautious = target(&server);
    let outcome = pay(&cautious, &booking, "-121").await;
    assert_eq!(field_of(&outcome), "amount");
    let rules = connectors::snelstart::WriteRules::new()
        .refunds(true)
        .bank_journal(JournalChoice::Number(1020));
    let told = settings(&server).rules(rules).build().unwrap();
    assert_eq!(field_of(&pay(&told, &booking, "-122").await), "amount");
    written(&pay(&told, &booking, "-121").await);
    assert!(open(&server).is_zero());
    let booked = &server.records("bankboekingen")[0];
    assert_eq!(booked["bedragUitgegeven"].to_string().parse(), Ok(121.0));
    assert_eq!(booked["dagboek"]["id"], journal_id(1020));
}

#[tokio::test]
async fn of_several_journals_of_banks_one_has_to_be_named() {
    let (server, booking) = with_invoice().await;
    let unnamed = settings(&server).build().unwrap();
    match pay(&unnamed, &booking, "121").await {
        Outcome::Deferred(error) => {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains("1010, 1020"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(server.write_requests(), 0);
}

#[tokio::test]
async fn a_payment_of_nothing_that_is_there_is_refused() {
    let (server, _) = with_invoice().await;
    let target = target(&server);
    let nobody = "11111111-1111-4111-8111-111111111111";
    assert_eq!(field_of(&pay(&target, nobody, "1").await), "invoice");
    let by_invoice = format!("f:{nobody}");
    assert_eq!(field_of(&pay(&target, &by_invoice, "1").await), "invoice");
    assert_eq!(server.write_requests(), 0);
}
