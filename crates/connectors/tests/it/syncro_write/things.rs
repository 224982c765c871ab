//! Tickets, products and payments.

use koppel_sandbox::syncro::Action as Did;
use serde_json::json;
use sync_core::{FindKey, Value};

use super::*;
use crate::support::update;
use crate::syncro_read::{PAYMENT, TICKET, empty, id};

#[tokio::test]
async fn a_ticket_lands_with_its_words_its_mark_and_its_first_message_and_mails_nobody() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let op = create(TICKET, ticket(1, customer.as_str()).into_fields());
    let made = written(&write(&target, op.clone()).await);
    let record = stored(&server, "tickets", &made);
    assert_eq!(record["status"], "In Progress");
    assert_eq!(record["properties"]["Koppel ID"], op.marker.as_str());
    assert!(server.mails().is_empty());
    let read = target.fetch(TICKET, &made).await.unwrap().unwrap();
    assert_eq!(read.fields.text("message"), Some("It smokes\nsince noon."));

    let told = rated(&server).notify_customers(true).build().unwrap();
    written(&add(&told, TICKET, ticket(2, customer.as_str()).into_fields()).await);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn words_that_the_account_does_not_have_are_refused_with_those_it_has() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    for (field, word) in [
        ("status", "Parked"),
        ("priority", "Vast"),
        ("service", "Coffee"),
    ] {
        let fields = ticket(1, customer.as_str()).into_fields().with(field, word);
        let outcome = add(&target, TICKET, fields).await;
        assert_eq!(field_of(&outcome), field);
        assert!(refused(&outcome).message().contains(word), "{outcome:?}");
    }
    assert_eq!(created(&server, "tickets"), 0);
}

#[tokio::test]
async fn a_ticket_changes_without_a_new_comment_and_keeps_its_custom_fields() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let fields = ticket(1, customer.as_str()).into_fields();
    let made = written(&add(&target, TICKET, fields.clone()).await);
    let properties = stored(&server, "tickets", &made)["properties"].clone();
    let changed = fields
        .with("status", "resolved")
        .with("message", "It was the toner.");
    let op = update(TICKET, &made, changed, &["status", "message"]);
    assert_eq!(written(&write(&target, op).await), made);
    let record = stored(&server, "tickets", &made);
    assert_eq!(
        (&record["status"], &record["properties"]),
        (&json!("Resolved"), &properties)
    );
    assert_eq!(created(&server, "ticket_comments"), 1);
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn a_ticket_is_found_by_its_mark_among_the_newest() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let ops: Vec<Op> = (0..3)
        .map(|n| create(TICKET, ticket(n, customer.as_str()).into_fields()))
        .collect();
    for op in &ops {
        let key = FindKey::Marker(op.marker.clone());
        assert!(target.find(TICKET, &key).await.unwrap().is_empty());
        let made = written(&write(&target, op.clone()).await);
        let found = target.find(TICKET, &key).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, made);
    }
}

#[tokio::test]
async fn a_change_of_a_product_keeps_what_it_does_not_name() {
    let server = empty().await;
    let target = target(&server);
    let kind = EntityKind::Product;
    let made = written(&add(&target, kind, product(1).into_fields()).await);
    let number: i64 = made.as_str().parse().unwrap();
    server.edit(
        "products",
        number,
        json!({"maintain_stock": true, "taxable": true, "price_cost": 4.5, "notes": "Shelf 3"}),
    );
    let fields = product(1).into_fields().with("price", number_of("13.50"));
    let outcome = write(&target, update(kind, &made, fields.clone(), &["price"])).await;
    assert_eq!(written(&outcome), made);
    let record = stored(&server, "products", &made);
    assert_eq!(record["price_retail"], json!(13.5));
    assert_eq!(
        (&record["maintain_stock"], &record["taxable"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (&record["price_cost"], &record["notes"]),
        (&json!(4.5), &json!("Shelf 3"))
    );
    let gone = fields.with("active", false);
    let outcome = write(&target, update(kind, &made, gone, &["active"])).await;
    assert_eq!(written(&outcome), made);
    assert_eq!(stored(&server, "products", &made)["disabled"], json!(true));
    let dollars = product(2).into_fields().with("currency", "USD");
    assert_eq!(field_of(&add(&target, kind, dollars).await), "currency");
}

fn number_of(digits: &str) -> Value {
    Value::Decimal(number(digits))
}

#[tokio::test]
async fn a_product_is_found_by_its_code_wherever_that_is_kept() {
    let server = empty().await;
    let target = target(&server);
    let one = server.insert(
        "products",
        json!({"name": "A", "upc_code": "871", "description": "A"}),
    );
    server.insert(
        "products",
        json!({"name": "A two", "upc_code": "8711", "description": "A"}),
    );
    let find = async |name: &'static str, value: &str| -> Vec<RecordId> {
        let key = FindKey::Natural(vec![(name.into(), Value::from(value))]);
        let found = target.find(EntityKind::Product, &key).await.unwrap();
        found.into_iter().map(|record| record.id).collect()
    };
    assert_eq!(find("code", "871").await, [id(one)]);
    assert_eq!(find("name", "A").await, [id(one)]);
    assert!(find("code", "87").await.is_empty());
}

#[tokio::test]
async fn a_payment_settles_its_invoice_and_no_more_than_is_open_is_paid() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let lines = vec![line("Hours", "1", "100", true)];
    let op = create(
        INVOICE,
        invoice(customer.as_str(), "20", lines).into_fields(),
    );
    let invoice = book(&target, op).await;
    let pay = async |digits: &str, reference: &str| {
        let fields = payment(invoice.as_str(), digits, reference).into_fields();
        add(&target, PAYMENT, fields).await
    };
    let first = written(&pay("60.50", "TX 1").await);
    let record = stored(&server, "payments", &first);
    assert_eq!(
        (&record["ref_num"], &record["payment_method"]),
        (&json!("TX 1"), &json!("Bank"))
    );
    let more = pay("60.51", "TX 2").await;
    assert_eq!(field_of(&more), "amount");
    for bad in ["0", "-5", "0.005"] {
        assert_eq!(field_of(&pay(bad, "TX 2").await), "amount");
    }
    written(&pay("60.50", "TX 2").await);
    assert_eq!(
        stored(&server, "invoices", &invoice)["is_paid"],
        json!(true)
    );
    assert_eq!(field_of(&pay("1", "TX 3").await), "invoice");
    assert_eq!(created(&server, "payments"), 2);
    let nowhere = payment("987654321", "5", "TX 4").into_fields();
    assert_eq!(field_of(&add(&target, PAYMENT, nowhere).await), "invoice");
}

#[tokio::test]
async fn payments_of_one_invoice_at_once_do_not_overpay_it() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let lines = vec![line("Hours", "1", "100", true)];
    let op = create(
        INVOICE,
        invoice(customer.as_str(), "21", lines).into_fields(),
    );
    let invoice = book(&target, op).await;
    let fields = |n: usize| payment(invoice.as_str(), "100", &format!("TX {n}")).into_fields();
    let ops = (0..4).map(|n| create(PAYMENT, fields(n))).collect();
    let outcomes = push(&target, PAYMENT, ops).await;
    let paid = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Outcome::Written(_)));
    assert_eq!(paid.count(), 1, "{outcomes:?}");
    let journal = server.journal();
    let of = |did| {
        journal
            .iter()
            .filter(move |e| e.resource == "payments" && e.action == did)
    };
    assert_eq!(of(Did::Create).count(), 1);
}
