//! Invoices, quotes and orders.

use rust_decimal::Decimal;
use simplycrm_ws::{InventoryModule, InventoryRecord, NewLine};
use wiremock::MockServer;
use wiremock::matchers::query_param;

use crate::exchange::recorded;
use crate::support::{get, id};

mod change;
mod create;
mod read;
mod sent;

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// One product, twice, for 10.50.
fn line() -> NewLine {
    NewLine::new(id("14x542"), number("2"), number("10.50"))
}

/// The invoice of the recorded `Invoice_one_line`.
fn invoice() -> InventoryRecord {
    InventoryRecord::new(InventoryModule::Invoice, id("21x1"))
        .set("subject", "one_line")
        .set("account_id", id("11x2"))
        .set("contact_id", id("12x122"))
        .set("invoicestatus", "AutoCreated")
        .set("bill_street", "S")
        .set("ship_street", "S")
        .set("assigned_user_id", id("19x1"))
        .line(line())
}

/// Lets products have the prefix 14, and services 26.
async fn products(server: &MockServer) {
    for (module, file) in [
        ("Products", "v7/037-webservice-describe-Products"),
        ("Services", "v7/038-webservice-describe-Services"),
    ] {
        get("describe")
            .and(query_param("elementType", module))
            .respond_with(recorded(file).again())
            .mount(server)
            .await;
    }
}
