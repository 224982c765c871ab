//! Invoices: line by line, never changed, never doubled.

use koppel_sandbox::syncro::{Fault, FaultKind};
use serde_json::json;
use sync_core::{Action, FieldName, FindKey, OpId, Value};

use super::*;
use crate::syncro_read::{empty, id};

/// What lands of the five lines.
const FIVE: [&str; 5] = [
    "Cable 1.0 x 12.5",
    "Cable 1.0 x 12.5",
    "Hours 1.5 x 78.3333",
    "Hours 2.0 x 80.0",
    "Travel 1.0 x 48.0",
];

fn resumed(op: &Op, id: &RecordId) -> Op {
    Op {
        id: OpId::new(),
        action: Action::Update { id: id.clone() },
        changed: Some([FieldName::known("lines")].into()),
        ..op.clone()
    }
}

#[tokio::test]
async fn an_invoice_lands_with_its_lines_and_its_total() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let fields = Invoice {
        total: amount("414.03"),
        note: text("Thank you"),
        ..invoice(customer.as_str(), "2026-0001", five_lines())
    };
    let op = create(INVOICE, fields.into_fields());
    let id = book(&target, op.clone()).await;
    assert_eq!(lines_of(&server, &id), FIVE);
    let record = stored(&server, "invoices", &id);
    assert_eq!(record["number"], "2026-0001");
    assert_eq!(record["total"], "414.03");
    let read = target.fetch(INVOICE, &id).await.unwrap().unwrap();
    let mut held = op.fields.clone();
    target.hold(INVOICE, &mut held);
    for (name, value) in held.iter() {
        let now = read.fields.get(name.as_str());
        assert!(now.same_content(value), "{name}: {value:?} {now:?}");
    }
    let done = target.steps_done(&Op { fields: held, ..op }, &id).await;
    assert_eq!(done.unwrap(), (1..=5).collect());
}

#[tokio::test]
async fn what_syncro_would_count_otherwise_is_refused_before_any_of_it_is_sent() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let before = server.write_requests();
    let good = || invoice(customer.as_str(), "2026-0002", five_lines());
    let odd_rate = |rate: &str| {
        let mut lines = five_lines();
        for line in &mut lines {
            for tax in line.taxes.iter_mut().flatten() {
                tax.rate = amount(rate);
            }
        }
        lines
    };
    let mut two_rates = five_lines();
    two_rates[0].taxes.as_mut().unwrap()[0].rate = amount("9");
    for (field, bad) in [
        (
            "total",
            Invoice {
                total: amount("414.01"),
                ..good()
            },
        ),
        (
            "tax_total",
            Invoice {
                tax_total: amount("60"),
                ..good()
            },
        ),
        (
            "currency",
            Invoice {
                currency: text("USD"),
                ..good()
            },
        ),
        (
            "status",
            Invoice {
                status: text("draft"),
                ..good()
            },
        ),
        (
            "number",
            Invoice {
                number: None,
                ..good()
            },
        ),
        (
            "date",
            Invoice {
                date: None,
                ..good()
            },
        ),
        (
            "customer",
            Invoice {
                customer: None,
                ..good()
            },
        ),
        (
            "lines",
            Invoice {
                lines: Some(two_rates),
                ..good()
            },
        ),
        (
            "lines",
            Invoice {
                lines: Some(odd_rate("19")),
                ..good()
            },
        ),
    ] {
        let outcome = add(&target, INVOICE, bad.into_fields()).await;
        assert_eq!(field_of(&outcome), field);
    }
    assert_eq!(server.write_requests(), before);
}

#[tokio::test]
async fn a_total_that_the_customers_rate_makes_another_is_told_and_taken_once_it_is_right() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let number = customer.as_str().parse().unwrap();
    server.edit("customers", number, json!({"tax_rate_id": 2}));
    let lines = vec![line("Hours", "1", "100", true)];
    let mut op = create(
        INVOICE,
        invoice(customer.as_str(), "7", lines).into_fields(),
    );
    target.hold(INVOICE, &mut op.fields);
    let made = written(&write(&target, op.clone()).await);
    let step = Op {
        action: Action::Step {
            id: made.clone(),
            index: 1,
        },
        ..op.clone()
    };
    let outcome = write(&target, step).await;
    assert_eq!(field_of(&outcome), "total");
    let error = refused(&outcome);
    assert!(
        error.message().contains("109") && error.message().contains("121"),
        "{error}"
    );
    assert_eq!(
        field_of(&write(&target, resumed(&op, &made)).await),
        "total"
    );
    // A person corrects it there: the customer's rate, and so the invoice.
    server.edit("customers", number, json!({"tax_rate_id": 1}));
    let invoice = made.as_str().parse().unwrap();
    server.edit("invoices", invoice, json!({"note": "corrected"}));
    assert_eq!(written(&write(&target, resumed(&op, &made)).await), made);
    assert_eq!(target.steps_done(&op, &made).await.unwrap(), [1].into());
    assert_eq!(lines_of(&server, &made).len(), 1);
}

#[tokio::test]
async fn a_discount_is_a_line_of_its_own() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let fields = Invoice {
        discount: amount("10"),
        adjustment: amount("0.10"),
        total: amount("109.00"),
        ..invoice(
            customer.as_str(),
            "8",
            vec![line("Hours", "1", "100", true)],
        )
    };
    let id = book(&target, create(INVOICE, fields.into_fields())).await;
    let lines = [
        "Adjustment 1.0 x 0.1",
        "Discount 1.0 x -10.0",
        "Hours 1.0 x 100.0",
    ];
    assert_eq!(lines_of(&server, &id), lines);
    assert_eq!(stored(&server, "invoices", &id)["total"], "109.0");
}

#[tokio::test]
async fn only_the_beginning_of_this_very_invoice_is_gone_on_with() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let other = written(&add(&target, CUSTOMER, super::customer(2).into_fields()).await);
    let fields = invoice(customer.as_str(), "2026-0003", five_lines()).into_fields();
    let mut op = create(INVOICE, fields);
    target.hold(INVOICE, &mut op.fields);
    let begun = |customer: &RecordId, lines: Json| {
        let customer: i64 = customer.as_str().parse().unwrap();
        let invoice = json!({"customer_id": customer, "number": "2026-0003",
            "date": "2026-03-02", "line_items": lines});
        id(server.insert("invoices", invoice))
    };
    let there = json!({"item": "Hours", "name": "Hours", "quantity": "2", "price": "80",
        "taxable": true});
    let half = begun(&customer, json!([there]));
    assert_eq!(written(&write(&target, resumed(&op, &half)).await), half);
    assert_eq!(target.steps_done(&op, &half).await.unwrap(), [1].into());

    let stranger = begun(&other, json!([]));
    let outcome = write(&target, resumed(&op, &stranger)).await;
    assert!(
        refused(&outcome).message().contains("customer"),
        "{outcome:?}"
    );
    let more = begun(&customer, json!([there, {"item": "Gift", "price": "0"}]));
    let outcome = write(&target, resumed(&op, &more)).await;
    assert!(refused(&outcome).message().contains("lines"), "{outcome:?}");
    assert_eq!(lines_of(&server, &more).len(), 2, "nothing was added");
    let missing = write(&target, resumed(&op, &id(987_654_321))).await;
    assert_eq!(refused(&missing).kind(), api_core::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_line_that_somebody_changed_is_not_charged_again() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let lines = vec![
        line("Hours", "1", "100", true),
        line("Cable", "1", "5", true),
    ];
    let mut op = create(
        INVOICE,
        invoice(customer.as_str(), "9", lines).into_fields(),
    );
    target.hold(INVOICE, &mut op.fields);
    let made = written(&write(&target, op.clone()).await);
    let step = |index| Op {
        action: Action::Step {
            id: made.clone(),
            index,
        },
        ..op.clone()
    };
    written(&write(&target, step(1)).await);
    // A person adds a line: the others are still to come.
    let invoice: i64 = made.as_str().parse().unwrap();
    let line = server.records("line_items")[0]["id"].as_i64().unwrap();
    let gift = json!({"invoice_id": invoice, "item": "Gift", "quantity": "1", "price": "0"});
    server.insert("line_items", gift);
    assert_eq!(target.steps_done(&op, &made).await.unwrap(), [1].into());
    // A person changes the price of one: nobody can tell whether it is to be written again.
    server.edit("line_items", line, json!({"price": "90"}));
    let error = target.steps_done(&op, &made).await.unwrap_err();
    assert_eq!(error.kind(), api_core::ErrorKind::Conflict);
    assert!(error.message().contains("`Hours`"), "{error}");
    server.delete("invoices", invoice);
    let error = target.steps_done(&op, &made).await.unwrap_err();
    assert_eq!(error.kind(), api_core::ErrorKind::NotFound);
    let outcome = write(&target, step(2)).await;
    assert_eq!(refused(&outcome).kind(), api_core::ErrorKind::NotFound);
}

#[tokio::test]
async fn an_invoice_is_found_by_its_number_though_that_is_another_ones_id() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let number: i64 = customer.as_str().parse().unwrap();
    let of = |text: &str| json!({"customer_id": number, "number": text, "date": "2026-03-02"});
    let first = server.insert("invoices", of("2026-0001"));
    let second = server.insert("invoices", of(&first.to_string()));
    let find = async |number: String| -> Vec<RecordId> {
        let key = FindKey::Natural(vec![("number".into(), Value::from(number))]);
        let found = target.find(INVOICE, &key).await.unwrap();
        found.into_iter().map(|record| record.id).collect()
    };
    assert_eq!(find("2026-0001".to_owned()).await, [id(first)]);
    assert_eq!(find(first.to_string()).await, [id(second)]);
    assert!(find(second.to_string()).await.is_empty());
    assert!(find("2026".to_owned()).await.is_empty());
}

#[tokio::test]
async fn what_is_paid_takes_no_more_lines() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let lines = vec![
        line("Hours", "1", "100", true),
        line("Cable", "1", "5", true),
    ];
    let mut op = create(
        INVOICE,
        invoice(customer.as_str(), "10", lines).into_fields(),
    );
    target.hold(INVOICE, &mut op.fields);
    let made = written(&write(&target, op.clone()).await);
    let step = |index| Op {
        action: Action::Step {
            id: made.clone(),
            index,
        },
        ..op.clone()
    };
    written(&write(&target, step(1)).await);
    // Syncro says so in an answer that looks like a success.
    let body = json!({"message": "Invoice is already paid"});
    let paid = FaultKind::Body {
        status: 200,
        body,
        after_commit: false,
    };
    server.fault(Fault::new(paid).writes());
    let outcome = write(&target, step(2)).await;
    assert_eq!(refused(&outcome).kind(), api_core::ErrorKind::Conflict);
    assert_eq!(lines_of(&server, &made).len(), 1);
}
