//! The suite that every connector passes.

use sync_core::FieldName;
use sync_core::testing::conformance::{reading, writing};

use super::*;
use crate::snelstart_read::{add_customer, add_invoice};
use crate::support::anew;

#[tokio::test]
async fn customers_are_written_as_a_connector_must() {
    let server = administration().await;
    let target = target(&server);
    let make = anew(|n| customer(n).into_fields());
    let edit = (FieldName::known("phone"), "+31 6 1".into());
    writing(&target, CUSTOMER, &make, edit).await;
    reading(&target).await;
}

#[tokio::test]
async fn invoices_are_written_as_a_connector_must() {
    let server = administration().await;
    let target = target(&server);
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let make = anew(|n| {
        let mut fields = invoice(&buyer, &format!("W-{n}")).into_fields();
        target.hold(INVOICE, &mut fields);
        fields
    });
    // Booked invoices are not changed: the suite does not ask for it.
    let edit = (FieldName::known("number"), "X".into());
    writing(&target, INVOICE, &make, edit).await;
    reading(&target).await;
}

#[tokio::test]
async fn payments_are_written_as_a_connector_must() {
    let server = administration().await;
    let target = target(&server);
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let make = anew(|n| {
        let booking = add_invoice(&server, &buyer, &format!("P-{n}"), "100", "2026-03-02");
        let mut fields = payment(&booking, "121").into_fields();
        target.hold(PAYMENT, &mut fields);
        fields
    });
    let edit = (FieldName::known("amount"), "1".into());
    writing(&target, PAYMENT, &make, edit).await;
    reading(&target).await;
}

#[tokio::test]
async fn the_mark_is_searched_where_lists_ignore_filters() {
    let server = Sandbox::builder()
        .old_bookings(true)
        .ignore_filters([
            "bankboekingen",
            "grootboekmutaties",
            "relaties",
            "verkoopfacturen",
        ])
        .start()
        .await
        .unwrap();
    let target = target(&server);
    let buyer = add_customer(&server, "Bakkerij Jansen");
    let customers = anew(|n| customer(n).into_fields());
    let edit = (FieldName::known("website"), "https://nieuw.example".into());
    writing(&target, CUSTOMER, &customers, edit).await;
    let make = anew(|n| {
        let booking = add_invoice(&server, &buyer, &format!("P-{n}"), "100", "2026-03-02");
        payment(&booking, "121").into_fields()
    });
    let edit = (FieldName::known("amount"), "1".into());
    writing(&target, PAYMENT, &make, edit).await;
}
