//! Payments: for one invoice, on account, for several, and of invoices that are left out.

use sync_core::fields::{Payment, View as _};

use super::*;

fn payment(server: &SyncroServer, body: &Json) -> i64 {
    server.insert("payments", body)
}

async fn with_invoices() -> (SyncroServer, i64, [i64; 2]) {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let lines = [line("Labour", "1", "100", true)];
    let add = |number: &str, day| add_invoice(&server, customer, number, day, &lines);
    let invoices = [add("1", "2025-12-30"), add("2", "2026-02-01")];
    (server, customer, invoices)
}

#[tokio::test]
async fn a_payment_has_its_invoice_its_day_and_its_reference() {
    let (server, customer, [_, invoice]) = with_invoices().await;
    let paid = payment(
        &server,
        &json!({"customer_id": customer, "invoice_id": invoice, "amount_cents": 12_105,
            "ref_num": "BANK-7", "payment_method": "Bank Transfer",
            "applied_at": "2026-02-14T00:00:00.000Z"}),
    );
    let on_account = payment(
        &server,
        &json!({"customer_id": customer, "amount_cents": 5_000}),
    );
    let source = syncro(&server);
    let records = all(&source, PAYMENT).await;
    assert_eq!(records.len(), 2);
    for (of, record) in &records {
        let fetched = source.fetch(PAYMENT, of).await.unwrap();
        assert_eq!(fetched.as_ref(), Some(record));
    }
    let read = Payment::from_fields(&records[&id(paid)].fields).unwrap();
    assert_eq!(read.invoice.unwrap().id, id(invoice));
    assert_eq!(read.amount, Some(number("121.05")));
    assert_eq!(read.date, "2026-02-14".parse().ok());
    assert_eq!(read.mode.as_deref(), Some("Bank Transfer"));
    assert_eq!(read.transaction_id.as_deref(), Some("BANK-7"));
    let read = Payment::from_fields(&records[&id(on_account)].fields).unwrap();
    assert_eq!(read.invoice, None);
    assert_eq!(read.amount, Some(number("50")));
}

#[tokio::test]
async fn a_payment_for_several_invoices_is_unreadable_and_one_that_failed_is_none() {
    let (server, customer, [first, second]) = with_invoices().await;
    let several = payment(
        &server,
        &json!({"customer_id": customer, "amount_cents": 24_200,
            "apply_payments": {first.to_string(): 12_100, second.to_string(): 12_100}}),
    );
    let failed = server.pay(second, 100);
    server.edit("payments", failed, json!({"success": false}));
    let source = syncro(&server);
    let page = source.pull(PAYMENT, None, 100).await.unwrap();
    assert!(page.records.is_empty(), "{:?}", page.records);
    let [bad] = page.unreadable.as_slice() else {
        panic!("{:?}", page.unreadable);
    };
    assert_eq!(bad.id, id(several));
    let message = bad.error.to_string();
    assert!(message.contains(&first.to_string()), "{message}");
    assert_eq!(source.fetch(PAYMENT, &id(failed)).await.unwrap(), None);
}

#[tokio::test]
async fn payments_of_invoices_from_before_the_first_day_are_left_out() {
    let (server, customer, [old, new]) = with_invoices().await;
    let mut late = Vec::new();
    for invoice in [old, new] {
        for _ in 0..3 {
            let body = json!({"customer_id": customer, "invoice_id": invoice,
                "amount_cents": 1_000, "applied_at": "2026-02-14T00:00:00.000Z"});
            late.push((invoice, payment(&server, &body)));
        }
    }
    let source = settings(&server)
        .invoice_start("2026-01-01".parse().unwrap())
        .build()
        .unwrap();
    let read: Vec<RecordId> = all(&source, PAYMENT).await.into_keys().collect();
    let of_new: Vec<RecordId> = late
        .iter()
        .filter(|(invoice, _)| *invoice == new)
        .map(|(_, paid)| id(*paid))
        .collect();
    assert_eq!(read, of_new);
    // The day of each invoice is asked for once.
    assert_eq!(server.requests_to("GET /invoices/{id}"), 2);
    all(&source, PAYMENT).await;
    assert_eq!(server.requests_to("GET /invoices/{id}"), 2);
    let of_old = late.iter().find(|(invoice, _)| *invoice == old).unwrap().1;
    assert_eq!(source.fetch(PAYMENT, &id(of_old)).await.unwrap(), None);
}

#[tokio::test]
async fn the_day_of_a_payment_is_the_day_it_was_where_the_account_is() {
    let (server, customer, [_, invoice]) = with_invoices().await;
    let source = syncro(&server);
    let pay = |applied: &str| {
        let body = json!({"customer_id": customer, "invoice_id": invoice, "amount_cents": 100});
        let paid = payment(&server, &body);
        server.edit("payments", paid, json!({"applied_at": applied}));
        id(paid)
    };
    // Midnight in UTC is how Syncro writes a day; anything else is a moment, here in Amsterdam.
    for (applied, day) in [
        ("2026-02-14T00:00:00.000Z", "2026-02-14"),
        ("2026-02-14T12:00:00.000Z", "2026-02-14"),
        ("2026-02-14T23:30:00.000Z", "2026-02-15"),
    ] {
        let paid = pay(applied);
        let record = source.fetch(PAYMENT, &paid).await.unwrap().unwrap();
        let read = Payment::from_fields(&record.fields).unwrap();
        assert_eq!(read.date, day.parse().ok(), "{applied}");
        assert_eq!(all(&source, PAYMENT).await[&paid], record);
    }
}
