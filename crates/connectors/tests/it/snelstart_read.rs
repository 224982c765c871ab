//! SnelStart as a source: what is read, how often is asked, and what changes meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::{RetryPolicy, SecretString};
use connectors::snelstart::{SnelStart, SnelStartBuilder};
use koppel_sandbox::snelstart::{
    SnelStart as Sandbox, SnelStartServer, SnelStartSize, country_id, ledger_id,
};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use snelstart_client::{Client, JournalKind, Limits};
use sync_core::testing::conformance::read_all;
use sync_core::{Completed, Connector, EntityKind, Record, RecordId};

use crate::support::number;

mod administration;
mod changes;
mod many;
mod odd;

pub(crate) const CUSTOMER: EntityKind = EntityKind::Customer;
pub(crate) const INVOICE: EntityKind = EntityKind::Invoice;
pub(crate) const PAYMENT: EntityKind = EntityKind::Payment;

/// A client of a sandbox that is in no hurry.
pub(crate) fn client(server: &SnelStartServer) -> Client {
    let key = |text: &str| SecretString::from(text.to_owned());
    let quick = RetryPolicy {
        max_retries: 0,
        ..RetryPolicy::default()
    };
    Client::builder(key("demo-subscription"), key("demo-koppelsleutel"))
        .base_url(server.url())
        .token_url(server.token_url())
        .limits(Limits::new(1_000_000, 1_000_000, 16))
        .retry(quick)
        .build()
        .unwrap()
}

/// The settings of a connector to a sandbox.
pub(crate) fn settings(server: &SnelStartServer) -> SnelStartBuilder {
    SnelStart::builder(client(server))
        .payment_mode(JournalKind::Bank, "Bank transfer")
        .payment_mode(JournalKind::Cash, "Cash")
}

/// A connector to a sandbox.
pub(crate) fn books(server: &SnelStartServer) -> SnelStart {
    settings(server).build().unwrap()
}

/// A new administration without customers.
pub(crate) async fn empty() -> SnelStartServer {
    Sandbox::builder().start().await.unwrap()
}

/// A customer by name; the id of the relation.
pub(crate) fn add_customer(server: &SnelStartServer, name: &str) -> String {
    let address = json!({
        "straat": "Kade 7", "postcode": "3511 AB", "plaats": "Utrecht",
        "land": {"id": country_id("NL")},
    });
    let relation = json!({
        "relatiesoort": ["Klant"], "naam": name, "vestigingsAdres": address,
        "email": "post@klant.example; tweede@klant.example",
        "btwNummer": "123456782B01", "kvkNummer": "12345678",
    });
    server.insert("relaties", &relation).unwrap()
}

/// An invoice of one line at 21 %, dated and due; the id of its booking.
pub(crate) fn add_invoice(
    server: &SnelStartServer,
    customer: &str,
    number: &str,
    net: &str,
    day: &str,
) -> String {
    let net: Decimal = net.parse().unwrap();
    let vat = (net * Decimal::new(21, 2)).round_dp(2);
    let exact = |amount: Decimal| json!(amount.to_string());
    let booking = json!({
        "factuurnummer": number, "factuurdatum": format!("{day}T00:00:00"),
        "klant": {"id": customer}, "omschrijving": format!("Werk {number}"),
        "factuurbedrag": exact(net + vat), "betalingstermijn": 30,
        "boekingsregels": [{
            "omschrijving": "Uren", "grootboek": {"id": ledger_id(8000)},
            "bedrag": exact(net), "btwSoort": "Hoog",
        }],
        "btw": [{"btwSoort": "VerkopenHoog", "btwBedrag": exact(vat)}],
    });
    server.insert("verkoopboekingen", &booking).unwrap()
}

/// A record with the rest of it.
pub(crate) async fn whole(source: &SnelStart, record: &Record) -> Record {
    let completed = source.complete(record.entity, vec![record.clone()]).await;
    match completed.unwrap().pop() {
        Some(Completed::Whole(record)) => record,
        other => panic!("not completed: {other:?}"),
    }
}

/// All records of a kind, by id.
pub(crate) async fn all(source: &dyn Connector, kind: EntityKind) -> BTreeMap<RecordId, Record> {
    let records = read_all(source, kind, 500).await.into_iter();
    records.map(|record| (record.id.clone(), record)).collect()
}

pub(crate) fn shared(source: SnelStart) -> Arc<dyn Connector> {
    Arc::new(source)
}

/// The sandbox's own id of a sales invoice.
pub(crate) fn invoice_id(server: &SnelStartServer, number: &str) -> String {
    let invoice: Json = server.invoice(number).unwrap();
    invoice["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn filled(size: SnelStartSize) -> SnelStartServer {
    Sandbox::builder().seed(size).start().await.unwrap()
}
