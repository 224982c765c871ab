//! Invoices: a part from the list, the lines from the invoice, the rate from the sum of tax.

use api_core::ErrorKind;
use sync_core::fields::{Invoice, View as _};

use super::*;

async fn read(source: &Syncro, of: i64) -> Invoice {
    let part = all(source, INVOICE).await.remove(&id(of)).unwrap();
    assert!(part.partial);
    match whole(source, &part).await {
        Completed::Whole(record) => Invoice::from_fields(&record.fields).unwrap(),
        other => panic!("not whole: {other:?}"),
    }
}

fn dutch(server: &SyncroServer) -> Syncro {
    settings(server)
        .tax_rate("VAT high", number("21"))
        .tax_rate("VAT low", number("9"))
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_invoice_has_its_lines_and_the_rate_that_its_tax_was_made_with() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let lines = [
        line("Labour", "1.5", "95.00", true),
        line("Stamps", "2", "1.01", false),
    ];
    let invoice = add_invoice(&server, customer, "2026-7", "2026-03-01", &lines);
    let source = dutch(&server);
    let read = read(&source, invoice).await;
    assert_eq!(read.number.as_deref(), Some("2026-7"));
    assert_eq!(read.customer.unwrap().id, id(customer));
    assert_eq!(read.date, "2026-03-01".parse().ok());
    assert_eq!(read.currency.as_deref(), Some("EUR"));
    assert_eq!(read.subtotal, Some(number("144.52")));
    assert_eq!(read.tax_total, Some(number("29.93")));
    assert_eq!(read.total, Some(number("174.45")));
    assert_eq!(read.balance, Some(number("174.45")));
    assert_eq!(read.status.as_deref(), Some("unpaid"));
    assert_eq!(read.note.as_deref(), Some("Thank you"));
    let lines = read.lines.unwrap();
    let [labour, stamps] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(labour.description.as_deref(), Some("Labour"));
    assert_eq!(labour.long_description.as_deref(), Some("Labour, in full"));
    assert_eq!(labour.quantity, Some(number("1.5")));
    assert_eq!(labour.unit_price, Some(number("95")));
    let taxes = labour.taxes.clone().unwrap();
    assert_eq!(taxes[0].name.as_deref(), Some("VAT high"));
    assert_eq!(taxes[0].rate, Some(number("21")));
    assert_eq!(stamps.taxes, None);
}

#[tokio::test]
async fn a_tax_of_no_rate_of_the_settings_makes_an_invoice_unreadable_and_says_why() {
    let server = sandbox()
        .tax_rates([(1, number("19"))])
        .start()
        .await
        .unwrap();
    let customer = add_customer(&server, "Bakkerij Jansen");
    let lines = [line("Labour", "1", "100", true)];
    let invoice = add_invoice(&server, customer, "2026-8", "2026-03-01", &lines);
    let source = dutch(&server);
    let part = all(&source, INVOICE).await.remove(&id(invoice)).unwrap();
    let Completed::Unreadable(bad) = whole(&source, &part).await else {
        panic!("a rate was guessed");
    };
    assert_eq!(bad.id, id(invoice));
    assert_eq!(bad.error.kind(), ErrorKind::Decode);
    let message = bad.error.to_string();
    for word in ["2026-8", "19", "`VAT high` 21 %"] {
        assert!(message.contains(word), "{message}");
    }
    // Without rates in the settings it is the one that comes out.
    let read = read(&syncro(&server), invoice).await;
    let taxes = read.lines.unwrap()[0].taxes.clone().unwrap();
    assert_eq!(taxes[0].rate, Some(number("19")));
}

#[tokio::test]
async fn discounts_of_lines_come_off_their_prices() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let mut tenth = line("Labour", "4", "10", true);
    tenth["discount_percent"] = json!(10);
    let mut two = line("Parts", "2", "50.00", true);
    two["discount_dollars"] = json!("2.00");
    let invoice = add_invoice(&server, customer, "7", "2026-03-01", &[tenth, two]);
    let read = read(&dutch(&server), invoice).await;
    assert_eq!(read.subtotal, Some(number("134")));
    let lines = read.lines.unwrap();
    let prices: Vec<_> = lines.iter().map(|line| line.unit_price).collect();
    assert_eq!(prices, [Some(number("9")), Some(number("49"))]);
}

#[tokio::test]
async fn what_was_paid_tells_how_an_invoice_stands() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let lines = [line("Labour", "1", "100", true)];
    let add = |number: &str| add_invoice(&server, customer, number, "2026-03-01", &lines);
    let (part, full, late) = (add("1"), add("2"), add("3"));
    server.pay(part, 2_100);
    server.pay(full, 12_100);
    server.edit("invoices", late, json!({"due_date": "2026-03-15"}));
    let source = dutch(&server);
    for (invoice, status, balance) in [
        (part, "partially_paid", "100"),
        (full, "paid", "0"),
        (late, "overdue", "121"),
    ] {
        let read = read(&source, invoice).await;
        assert_eq!(read.status.as_deref(), Some(status), "{invoice}");
        assert_eq!(read.balance, Some(number(balance)), "{status}");
    }
}

#[tokio::test]
async fn invoices_from_before_the_first_day_are_none_here() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let lines = [line("Labour", "1", "100", true)];
    let old = add_invoice(&server, customer, "1", "2025-12-31", &lines);
    let new = add_invoice(&server, customer, "2", "2026-01-01", &lines);
    let source = settings(&server)
        .invoice_start("2026-01-01".parse().unwrap())
        .build()
        .unwrap();
    let read: Vec<RecordId> = all(&source, INVOICE).await.into_keys().collect();
    assert_eq!(read, [id(new)]);
    assert_eq!(source.fetch(INVOICE, &id(old)).await.unwrap(), None);
    assert!(source.fetch(INVOICE, &id(new)).await.unwrap().is_some());
}

#[tokio::test]
async fn an_invoice_whose_number_is_the_id_asked_for_is_not_that_invoice() {
    let server = empty().await;
    let customer = add_customer(&server, "Bakkerij Jansen");
    let lines = [line("Labour", "1", "100", true)];
    add_invoice(&server, customer, "4711", "2026-01-01", &lines);
    let source = syncro(&server);
    assert_eq!(source.fetch(INVOICE, &id(4711)).await.unwrap(), None);
}

#[tokio::test]
async fn every_invoice_of_a_filled_account_adds_up() {
    let server = filled(Size {
        customers: 20,
        products: 6,
        invoices: 120,
        payments: 40,
        ..Size::default()
    })
    .await;
    let source = dutch(&server);
    let parts: Vec<Record> = all(&source, INVOICE).await.into_values().collect();
    assert_eq!(parts.len(), 120);
    for answer in source.complete(INVOICE, parts).await.unwrap() {
        let Completed::Whole(record) = answer else {
            panic!("{answer:?}");
        };
        let read = Invoice::from_fields(&record.fields).unwrap();
        let lines = read.lines.unwrap();
        let sum: rust_decimal::Decimal = lines
            .iter()
            .map(|line| line.quantity.unwrap() * line.unit_price.unwrap())
            .sum();
        let off = sum - read.subtotal.unwrap();
        assert!(off.abs() <= number("0.01"), "{}: {off}", record.id);
    }
}
