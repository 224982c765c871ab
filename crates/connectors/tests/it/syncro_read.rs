//! Syncro as a source: what is read, how often is asked, and what changes meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::{RetryPolicy, SecretString};
use connectors::syncro::{Syncro, SyncroBuilder};
use koppel_sandbox::syncro::{
    Size, Syncro as Sandbox, SyncroBuilder as SandboxBuilder, SyncroServer,
};
use serde_json::{Value as Json, json};
use sync_core::testing::conformance::read_all;
use sync_core::{Completed, Connector, EntityKind, Record, RecordId};
use syncro_client::Client;

use crate::support::number;

mod changes;
mod checked;
mod found;
mod gone;
mod invoices;
mod payments;
mod records;

pub(crate) const CUSTOMER: EntityKind = EntityKind::Customer;
pub(crate) const TICKET: EntityKind = EntityKind::Ticket;
pub(crate) const INVOICE: EntityKind = EntityKind::Invoice;
pub(crate) const PAYMENT: EntityKind = EntityKind::Payment;

/// A client of a sandbox that is in no hurry and tries nothing twice.
pub(crate) fn client(server: &SyncroServer) -> Client {
    let once = RetryPolicy {
        max_retries: 0,
        ..RetryPolicy::default()
    };
    Client::builder("demo", SecretString::from("demo-token".to_owned()))
        .base_url(server.url())
        .requests_per_minute(1_000_000)
        .retry(once)
        .build()
        .unwrap()
}

/// The settings of a connector to a sandbox.
pub(crate) fn settings(server: &SyncroServer) -> SyncroBuilder {
    Syncro::builder(client(server))
}

/// A connector to a sandbox.
pub(crate) fn syncro(server: &SyncroServer) -> Syncro {
    settings(server).build().unwrap()
}

/// A sandbox without a limit, to be started.
pub(crate) fn sandbox() -> SandboxBuilder {
    Sandbox::builder().unlimited()
}

/// A new account without records.
pub(crate) async fn empty() -> SyncroServer {
    sandbox().start().await.unwrap()
}

/// An account with this much in it.
pub(crate) async fn filled(size: Size) -> SyncroServer {
    sandbox().seed(size).start().await.unwrap()
}

/// A company; its id.
pub(crate) fn add_customer(server: &SyncroServer, name: &str) -> i64 {
    let customer = json!({
        "business_name": name, "firstname": "Noor", "lastname": "de Boer",
        "email": "post@klant.example", "phone": "0302345678", "address": "Kade 7",
        "address_2": "2nd floor", "city": "Utrecht", "state": "UT", "zip": "3511 AB",
        "properties": {"Region": "Midden", "Koppel ID": "crm:customer:7"},
    });
    server.insert("customers", &customer)
}

/// A ticket of a customer; its id.
pub(crate) fn add_ticket(server: &SyncroServer, customer: i64, subject: &str) -> i64 {
    let ticket = json!({
        "customer_id": customer, "subject": subject, "status": "New",
        "problem_type": "Network", "priority": "1 High",
        "comments_attributes": [
            {"subject": "Initial Issue", "body": "It does not work.", "do_not_email": true},
        ],
    });
    server.insert("tickets", &ticket)
}

/// A line of an invoice, taxed or not.
pub(crate) fn line(item: &str, quantity: &str, price: &str, taxable: bool) -> Json {
    json!({
        "item": item, "name": format!("{item}, in full"), "quantity": quantity, "price": price,
        "taxable": taxable,
    })
}

/// An invoice with these lines, dated and due; its id.
pub(crate) fn add_invoice(
    server: &SyncroServer,
    customer: i64,
    number: &str,
    day: &str,
    lines: &[Json],
) -> i64 {
    let invoice = json!({
        "customer_id": customer, "number": number, "date": day, "due_date": "2199-01-01",
        "note": "Thank you", "line_items": lines,
    });
    server.insert("invoices", &invoice)
}

/// A record with the rest of it.
pub(crate) async fn whole(source: &Syncro, record: &Record) -> Completed {
    let completed = source.complete(record.entity, vec![record.clone()]).await;
    completed.unwrap().pop().unwrap()
}

/// All records of a kind, by id.
pub(crate) async fn all(source: &dyn Connector, kind: EntityKind) -> BTreeMap<RecordId, Record> {
    let records = read_all(source, kind, 500).await.into_iter();
    records.map(|record| (record.id.clone(), record)).collect()
}

/// The id of a record as the engine knows it.
pub(crate) fn id(of: i64) -> RecordId {
    RecordId::new(of.to_string())
}

pub(crate) fn shared(source: Syncro) -> Arc<dyn Connector> {
    Arc::new(source)
}
