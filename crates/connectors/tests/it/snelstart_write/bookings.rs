//! Invoices, which nobody may ever book twice or for another amount.

use koppel_sandbox::snelstart::{Fault, FaultKind, ledger_id};

use super::*;
use crate::snelstart_read::add_customer;
use crate::support::{update, written};

/// The only booking there is.
fn booking(server: &SnelStartServer) -> Json {
    let mut all = server.records("verkoopboekingen");
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

async fn booked(server: &SnelStartServer, invoice: Invoice) -> Json {
    written(&add(&target(server), INVOICE, invoice.into_fields()).await);
    booking(server)
}

fn amounts(rows: &Json, word: &str, digits: &str) -> Vec<(String, String)> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| {
        let kind = row[word].as_str().unwrap_or_default().to_owned();
        (kind, row[digits].to_string())
    })
    .collect()
}

#[tokio::test]
async fn an_invoice_is_booked_to_the_cent_with_its_due_date() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let invoice = Invoice {
        lines: Some(vec![
            line("Uren", "2", "100", HIGH),
            line("Boek", "1", "50", ("BTW laag", "9")),
            line("Porto", "1", "7.50", ("Vrij", "0")),
        ]),
        discount: amount("25.00"),
        tax_total: amount("41.98"),
        total: amount("274.48"),
        ..invoice(&buyer, "2026-0001")
    };
    let booking = booked(&server, invoice).await;
    assert_eq!(booking["factuurnummer"], "2026-0001");
    assert_eq!(booking["betalingstermijn"], 30);
    let ledgers: BTreeSet<&str> = booking["boekingsregels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["grootboek"]["id"].as_str().unwrap())
        .collect();
    let (high, low, none) = (ledger_id(8000), ledger_id(8010), ledger_id(8020));
    assert_eq!(ledgers, [high.as_str(), &low, &none].into_iter().collect());
    let total: rust_decimal::Decimal = booking["factuurbedrag"].to_string().parse().unwrap();
    assert_eq!(total, "274.48".parse().unwrap());
    let facts = server.invoice("2026-0001").unwrap();
    assert_eq!(facts["vervalDatum"], "2026-04-01T00:00:00");
}

#[tokio::test]
async fn the_low_rate_of_an_old_invoice_is_its_own() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let old = |number: &str, date: &str, rate: &str| Invoice {
        date: Some(date.parse().unwrap()),
        due_date: None,
        total: None,
        lines: Some(vec![line("Boek", "1", "100", ("BTW laag", rate))]),
        ..invoice(&buyer, number)
    };
    let target = target(&server);
    let wrong = add(
        &target,
        INVOICE,
        old("O-1", "2018-12-31", "9").into_fields(),
    )
    .await;
    assert_eq!(field_of(&wrong), "lines");
    let outcome = add(
        &target,
        INVOICE,
        old("O-2", "2018-12-31", "6").into_fields(),
    )
    .await;
    written(&outcome);
    let booking = booking(&server);
    assert_eq!(booking["boekingsregels"][0]["btwSoort"], "Laag");
    let rows = amounts(&booking["btw"], "btwSoort", "btwBedrag");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].0, "VerkopenLaag");
}

#[tokio::test]
async fn reverse_charge_exempt_and_credit_are_booked_as_such() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let target = target(&server);
    let of = |number: &str, price: &str, tax: (&str, &str), total: &str| Invoice {
        lines: Some(vec![line("Werk", "1", price, tax)]),
        total: amount(total),
        ..invoice(&buyer, number)
    };
    for invoice in [
        of("R-1", "100", ("BTW verlegd", "0"), "100"),
        of("V-1", "100", ("Vrijgesteld", "0"), "100"),
        of("C-1", "-100", HIGH, "-121"),
    ] {
        written(&add(&target, INVOICE, invoice.into_fields()).await);
    }
    let all = server.records("verkoopboekingen");
    let rows = |at: usize| amounts(&all[at]["btw"], "btwSoort", "btwBedrag");
    assert_eq!(rows(0)[0].0, "VerkopenVerlegd");
    assert_eq!(rows(1), []);
    assert_eq!(rows(2)[0].0, "VerkopenHoog");
    assert!(rows(2)[0].1.starts_with("-21"), "{:?}", rows(2));
    assert_eq!(all[0]["boekingsregels"][0]["btwSoort"], "Geen");
    let credit = server.invoice("C-1").unwrap();
    assert!(credit["openstaandSaldo"].to_string().starts_with("-121"));
}

#[tokio::test]
async fn what_does_not_add_up_is_not_sent() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let target = target(&server);
    let with = async |change: &dyn Fn(&mut Invoice)| {
        let mut bad = invoice(&buyer, "2026-0001");
        change(&mut bad);
        add(&target, INVOICE, bad.into_fields()).await
    };
    let total = with(&|invoice| invoice.total = amount("242.01")).await;
    assert_eq!(field_of(&total), "total");
    assert!(refused(&total).message().contains("242.01"), "{total:?}");
    assert_eq!(field_of(&with(&|i| i.lines = None).await), "lines");
    assert_eq!(
        field_of(&with(&|i| i.currency = text("USD")).await),
        "currency"
    );
    assert_eq!(
        field_of(&with(&|i| i.status = text("draft")).await),
        "status"
    );
    assert_eq!(
        field_of(&with(&|i| i.number = text("x".repeat(26))).await),
        "number"
    );
    let nobody = Ref::new(CUSTOMER, "11111111-1111-4111-8111-111111111111");
    let unknown = with(&|i| i.customer = Some(nobody.clone())).await;
    refused(&unknown);
    assert_eq!(server.count("verkoopboekingen"), 0);
}

#[tokio::test]
async fn a_cent_goes_on_the_largest_line_if_told() {
    use connectors::snelstart::Rounding;
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let target = settings(&server)
        .rounding(Rounding::LargestLine)
        .build()
        .unwrap();
    let invoice = Invoice {
        total: amount("242.01"),
        ..invoice(&buyer, "2026-0001")
    };
    written(&add(&target, INVOICE, invoice.into_fields()).await);
    let lines = booking(&server)["boekingsregels"].clone();
    assert_eq!(lines[0]["bedrag"].to_string(), "200.01");
}

#[tokio::test]
async fn a_number_that_is_booked_is_the_same_invoice_or_a_question_for_a_person() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let target = target(&server);
    let first = add(&target, INVOICE, invoice(&buyer, "2026-0001").into_fields()).await;
    let first = written(&first);
    let again = add(&target, INVOICE, invoice(&buyer, "2026-0001").into_fields()).await;
    assert_eq!(written(&again), first);
    let other = Invoice {
        lines: Some(vec![line("Uren", "1", "100", HIGH)]),
        total: amount("121"),
        ..invoice(&buyer, "2026-0001")
    };
    let outcome = add(&target, INVOICE, other.into_fields()).await;
    let error = refused(&outcome);
    assert_eq!(error.kind(), api_core::ErrorKind::Conflict);
    assert!(error.message().contains("121 here, 242 there"), "{error}");
    assert_eq!(created(&server, "verkoopboekingen"), 1);
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_by_the_number_and_not_sent_again() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let target = target(&server);
    server.fault(Fault::new(FaultKind::AnswerLost).writes());
    let outcome = add(&target, INVOICE, invoice(&buyer, "2026-0001").into_fields()).await;
    let id = written(&outcome);
    assert_eq!(booking(&server)["id"], id.as_str());
    assert_eq!(server.write_requests(), 1);
}

#[tokio::test]
async fn a_create_that_did_not_arrive_is_unknown_and_not_sent_again() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let target = target(&server);
    server.fault(Fault::new(FaultKind::ConnectionDropped).writes());
    let outcome = add(&target, INVOICE, invoice(&buyer, "2026-0001").into_fields()).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    assert_eq!(server.write_requests(), 1);
    assert_eq!(server.count("verkoopboekingen"), 0);
}

#[tokio::test]
async fn what_is_booked_is_not_changed() {
    let server = administration().await;
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let target = target(&server);
    let fields = invoice(&buyer, "2026-0001").into_fields();
    let id = written(&add(&target, INVOICE, fields.clone()).await);
    let before = server.applied();
    let outcome = write(&target, update(INVOICE, &id, fields, &["lines"])).await;
    assert_eq!(refused(&outcome).kind(), api_core::ErrorKind::Conflict);
    assert_eq!(server.applied(), before);
}
