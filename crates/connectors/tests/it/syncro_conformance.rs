//! The suite that every connector passes, on a Syncro account.

use sync_core::fields::{Invoice, View as _};
use sync_core::testing::conformance::{create, reading, writing};
use sync_core::{EntityKind, FieldName, Value};

use crate::support::{amount, anew};
use crate::syncro_read::{INVOICE, PAYMENT, TICKET, empty};
use crate::syncro_write::{
    a_customer, book, contact, customer, invoice, lead, line, payment, product, target, ticket,
};

#[tokio::test]
async fn customers_contacts_leads_tickets_and_products_are_written_as_a_connector_must() {
    let server = empty().await;
    let target = target(&server);
    let buyer = a_customer(&target).await;
    let buyer = buyer.as_str();
    let edit = |name: &'static str, value: &str| (FieldName::known(name), Value::from(value));
    let make = anew(|n| customer(n).into_fields());
    writing(
        &target,
        EntityKind::Customer,
        &make,
        edit("phone", "0305550999"),
    )
    .await;
    let make = anew(|n| contact(n, buyer).into_fields());
    writing(
        &target,
        EntityKind::Contact,
        &make,
        edit("title", "Director"),
    )
    .await;
    let make = anew(|n| lead(n).into_fields());
    writing(&target, EntityKind::Lead, &make, edit("status", "Won")).await;
    let make = anew(|n| ticket(n, buyer).into_fields());
    writing(&target, TICKET, &make, edit("status", "Resolved")).await;
    let make = anew(|n| product(n).into_fields());
    writing(
        &target,
        EntityKind::Product,
        &make,
        edit("description", "Longer"),
    )
    .await;
    reading(&target).await;
}

#[tokio::test]
async fn invoices_and_payments_are_written_as_a_connector_must() {
    let server = empty().await;
    let target = target(&server);
    let buyer = a_customer(&target).await;
    let buyer = buyer.as_str();
    // Its lines are further steps, which the suite does not do.
    let make = anew(|n| invoice(buyer, &format!("2026-{n:06}"), Vec::new()).into_fields());
    let edit = (FieldName::known("note"), Value::from("changed"));
    writing(&target, INVOICE, &make, edit.clone()).await;
    let fields = Invoice {
        total: amount("12100"),
        ..invoice(buyer, "2026-paid", vec![line("Hours", "100", "100", true)])
    };
    let paid = book(&target, create(INVOICE, fields.into_fields())).await;
    let paid = paid.as_str();
    let make = anew(|n| payment(paid, "1.25", &format!("TX {n}")).into_fields());
    writing(&target, PAYMENT, &make, edit).await;
    reading(&target).await;
}
