//! Invoices, orders and stock: lines, numbers, totals, lots.

use connectors::sql::CrmConnect;
use sync_core::fields::{
    Address, Contact, Customer, Invoice, InvoicePayment, Line, Order, Stock, View,
};
use sync_core::testing::conformance::{push, read_all};
use sync_core::{Connector, EntityKind, Fields, FindKey, RecordId, Value};

use super::{World, add, change, company, invoice, line, of, open, read, refused, taxed, try_add};
use crate::database::{Database, on_both};
use crate::support::{amount, text, update};

async fn lines_that_stay_keep_their_rows(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    let with = |lines: Vec<Line>| Invoice {
        lines: Some(lines),
        payments: Some(vec![InvoicePayment {
            amount: amount("1"),
            ..InvoicePayment::default()
        }]),
        ..invoice(&world.customer, "INV-2026/000001")
    };
    let first = with(vec![
        taxed("One", "1.00", "21"),
        taxed("Two", "2.00", "9"),
        line("Three", "3.00"),
    ]);
    let id = add(&target, EntityKind::Invoice, first.clone().into_fields()).await;
    assert_eq!(read::<Invoice>(&target, &id).await.payments, None);
    let rows = async || {
        let sql = "SELECT CONCAT_ALL FROM tblitemable WHERE rel_id > 1 ORDER BY item_order, id";
        let columns = match database {
            Database::Sqlite { .. } => "id || ' ' || description",
            Database::MySql { .. } => "CONCAT(id, ' ', description)",
        };
        database.texts(&sql.replace("CONCAT_ALL", columns)).await
    };
    assert_eq!(rows().await, ["1 One", "2 Two", "3 Three"]);
    let second = with(vec![
        taxed("One", "1.00", "21"),
        taxed("Two", "2.50", "21"),
        line("Three", "3.00"),
        taxed("Four", "4.00", "9"),
    ]);
    let before = database.dump().await;
    change(
        &target,
        EntityKind::Invoice,
        &id,
        second.clone().into_fields(),
        &["lines"],
    )
    .await;
    assert_eq!(rows().await, ["1 One", "2 Two", "3 Three", "4 Four"]);
    let now: Invoice = read(&target, &id).await;
    assert_eq!(now.lines, second.lines);
    let after = database.dump().await;
    assert_eq!(
        before["tblitem_tax"][0], after["tblitem_tax"][0],
        "its tax is untouched"
    );
    let third = with(vec![line("Only", "1.00")]);
    change(
        &target,
        EntityKind::Invoice,
        &id,
        third.into_fields(),
        &["lines"],
    )
    .await;
    assert_eq!(rows().await, ["1 Only"]);
    assert_eq!(database.dump().await["tblitem_tax"], Vec::<String>::new());
    let none = Fields::from_iter(with(Vec::new()).into_fields().into_iter().map(
        |(name, value)| {
            let value = if name.as_str() == "lines" {
                Value::Null
            } else {
                value
            };
            (name, value)
        },
    ));
    change(&target, EntityKind::Invoice, &id, none, &["lines"]).await;
    assert!(rows().await.is_empty());
}

async fn printed_numbers_read_back_as_they_were(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    for (number, parts) in [
        ("INV-2026/000123", "INV- 123 2"),
        ("INV-2025/000123", "INV-2025/ 123 1"),
        ("000124/03/2026", " 124 4"),
        ("A-1234567", "A- 1234567 1"),
    ] {
        let content = invoice(&world.customer, number).into_fields();
        let id = add(&target, EntityKind::Invoice, content).await;
        assert_eq!(read::<Invoice>(&target, &id).await.number, text(number));
        let columns = match database {
            Database::Sqlite { .. } => "prefix || ' ' || number || ' ' || number_format",
            Database::MySql { .. } => "CONCAT_WS(' ', prefix, number, number_format)",
        };
        let sql = format!("SELECT {columns} FROM tblinvoices WHERE id = {id}");
        assert_eq!(database.texts(&sql).await, [parts]);
        let key = FindKey::Natural(vec![("number".into(), number.into())]);
        let found = target.find(EntityKind::Invoice, &key).await.unwrap();
        assert_eq!(found.len(), 1, "{number}");
    }
    let message = try_add(
        &target,
        EntityKind::Invoice,
        invoice(&world.customer, "2026-A1").into_fields(),
    )
    .await;
    assert!(message.contains("`2026-A1`"), "{message}");
    // The date is a part of the number: another year prints another number, unless it is mended.
    let key = FindKey::Natural(vec![("number".into(), "INV-2026/000123".into())]);
    let id = target.find(EntityKind::Invoice, &key).await.unwrap()[0]
        .id
        .clone();
    let moved = Invoice {
        date: Some("2027-01-01".parse().unwrap()),
        ..invoice(&world.customer, "INV-2026/000123")
    };
    change(
        &target,
        EntityKind::Invoice,
        &id,
        moved.into_fields(),
        &["date"],
    )
    .await;
    assert_eq!(
        read::<Invoice>(&target, &id).await.number,
        text("INV-2026/000123")
    );
    // A draft gets its number from the CRM.
    let with_drafts = CrmConnect::builder(&database.url())
        .writable(true)
        .include_drafts(true)
        .connect()
        .await
        .unwrap();
    let draft = Invoice {
        status: text("draft"),
        ..invoice(&world.customer, "DRAFT-77")
    }
    .into_fields();
    let message = try_add(&target, EntityKind::Invoice, draft.clone()).await;
    assert!(message.contains("left out"), "{message}");
    let id = add(&with_drafts, EntityKind::Invoice, draft).await;
    let now: Invoice = read(&with_drafts, &id).await;
    assert_eq!(now.number, text(format!("DRAFT-{id}")));
    // A CRM that keeps the printed number takes any.
    let order = world
        .nth(EntityKind::Order, 1)
        .with("number", "Comanda nr. 1/A");
    let id = add(&target, EntityKind::Order, order).await;
    assert_eq!(
        read::<Order>(&target, &id).await.number,
        text("Comanda nr. 1/A")
    );
}

/// A new document is as if somebody had entered it in the CRM.
async fn a_new_invoice_has_what_the_crm_gives_it(database: &Database) {
    let target = open(database).await;
    let billed = Customer {
        billing_address: Some(Address {
            street: text("Str. Facturii 2"),
            country: text("RO"),
            ..Address::default()
        }),
        ..Customer::from_fields(&company("Billed SRL")).unwrap()
    };
    let customer = add(&target, EntityKind::Customer, billed.into_fields()).await;
    add(
        &target,
        EntityKind::Invoice,
        invoice(&customer, "INV-2026/000001").into_fields(),
    )
    .await;
    let contact = Contact {
        customer: of(EntityKind::Customer, &customer),
        email: text("a@example.com"),
        ..Contact::default()
    };
    add(&target, EntityKind::Contact, contact.into_fields()).await;
    let dump = database.dump().await;
    let row = &dump["tblinvoices"][0];
    for part in [
        "billing_street=Str. Facturii 2",
        "billing_country=181",
        "allowed_payment_modes=a:0:{}",
        "discount_type=|",
        "sent=0",
        "token=NULL",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
    let hash = row
        .split("hash=")
        .nth(1)
        .unwrap()
        .split('|')
        .next()
        .unwrap();
    assert_eq!(hash.len(), 32);
    let row = &dump["tblcontacts"][0];
    for part in [
        "password=NULL",
        "invoice_emails=0",
        "ticket_emails=0",
        "active=1",
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
}

async fn stock_in_lots_is_confirmed_and_never_guessed(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    database
        .execute(
            "INSERT INTO tblinventory_manage (warehouse_id, commodity_id, inventory_number, lot_number) \
             VALUES (1, 1, '10.5', 'A'), (1, 1, '2.25', 'B'), (2, 1, '4', NULL)",
        )
        .await;
    let levels = read_all(&target, EntityKind::Stock, 1).await;
    let ids: Vec<&str> = levels.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["1-1", "2-1"]);
    let level = |warehouse: &str, quantity: &str| {
        Stock {
            product: of(EntityKind::Product, &world.product),
            warehouse: text(warehouse),
            quantity: amount(quantity),
        }
        .into_fields()
    };
    let in_lots = RecordId::from("1-1");
    assert_eq!(
        read::<Stock>(&target, &in_lots).await.quantity,
        amount("12.75")
    );
    let before = database.dump().await;
    change(
        &target,
        EntityKind::Stock,
        &in_lots,
        level("Cluj", "12.750"),
        &["quantity"],
    )
    .await;
    let op = update(
        EntityKind::Stock,
        &in_lots,
        level("Cluj", "13"),
        &["quantity"],
    );
    let message = refused(&push(&target, EntityKind::Stock, vec![op]).await[0]);
    assert!(message.contains("2 lots"), "{message}");
    let moved = update(
        EntityKind::Stock,
        &in_lots,
        level("Utrecht", "13"),
        &["warehouse"],
    );
    refused(&push(&target, EntityKind::Stock, vec![moved]).await[0]);
    assert_eq!(database.dump().await, before);
    // A create of a level that is there sets it.
    let id = add(&target, EntityKind::Stock, level("Utrecht", "5.5")).await;
    assert_eq!(id.as_str(), "2-1");
    assert_eq!(read::<Stock>(&target, &id).await.quantity, amount("5.5"));
}

on_both! {
    writing_sqlite writing_mariadb:
    lines_that_stay_keep_their_rows
    printed_numbers_read_back_as_they_were
    a_new_invoice_has_what_the_crm_gives_it
    stock_in_lots_is_confirmed_and_never_guessed
}
