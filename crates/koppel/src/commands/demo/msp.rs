//! The last parts of a demo: a sandbox Syncro, whose customers and tickets go into Simply CRM, and
//! whose bills are booked in an administration of SnelStart of their own.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use koppel_app::AppError;
use koppel_sandbox::snelstart::{Action, SnelStart, SnelStartServer};
use koppel_sandbox::syncro::{Size, Syncro, SyncroServer};
use serde_json::json;

use super::secrets::Secrets;
use super::step::{Expected, Seen};
use super::{failed, private};

/// The flow of customers and tickets.
pub(super) const TICKETS: &str = "helpdesk";
/// The flow of bills.
pub(super) const BILLS: &str = "billing";
/// The syncs of each.
pub(super) const STEPS: [(&str, &str, Expected); 5] = [
    (
        TICKETS,
        "From Syncro to Simply CRM, first sync",
        Expected::Creates,
    ),
    (
        TICKETS,
        "From Syncro to Simply CRM, second sync",
        Expected::Nothing,
    ),
    (
        TICKETS,
        "From Syncro to Simply CRM, third sync, 2 tickets resolved",
        Expected::Updates(2),
    ),
    (
        BILLS,
        "From Syncro to SnelStart, first sync",
        Expected::Creates,
    ),
    (
        BILLS,
        "From Syncro to SnelStart, second sync",
        Expected::Nothing,
    ),
];
/// The files that these parts write.
pub(super) const FILES: [&str; 3] = ["syncro-token", "ledger-api-key", "ledger-koppelsleutel"];

const SEED: u64 = 6;

pub(super) async fn start(secrets: &Secrets) -> Result<SyncroServer, AppError> {
    Syncro::builder()
        .token(&secrets.syncro)
        .account("demo")
        .seed(Size {
            customers: 18,
            tickets: 30,
            invoices: 24,
            ..Size::default()
        })
        .random(SEED)
        .start()
        .await
        .map_err(|error| failed("the sandbox cannot listen on 127.0.0.1", &error))
}

/// Resolves so many tickets, as people at work in Syncro do.
pub(super) fn resolve(server: &SyncroServer, tickets: u64) {
    let open = (server.records("tickets").into_iter())
        .filter(|ticket| ticket["status"] == "New")
        .filter_map(|ticket| ticket["id"].as_i64());
    let wanted = usize::try_from(tickets).unwrap_or(usize::MAX);
    for id in open.take(wanted) {
        server.edit("tickets", id, json!({ "status": "Resolved" }));
    }
}

/// Starts an administration that is empty.
pub(super) async fn start_ledger(secrets: &Secrets) -> Result<SnelStartServer, AppError> {
    SnelStart::builder()
        .subscription_key(&secrets.subscription)
        .connection_key(&secrets.ledger)
        .random(SEED)
        .start()
        .await
        .map_err(|error| failed("the sandbox cannot listen on 127.0.0.1", &error))
}

/// What belongs into the configuration.
pub(super) fn config(
    dir: &Path,
    server: &SyncroServer,
    ledger: &SnelStartServer,
    secrets: &Secrets,
) -> io::Result<String> {
    let all = [&secrets.syncro, &secrets.subscription, &secrets.ledger];
    for (file, secret) in FILES.into_iter().zip(all) {
        private(&dir.join(file), secret)?;
    }
    Ok(format!(
        r#"
[connections.syncro]
kind = "syncro"
account = "demo"
token = "file:syncro-token"
url = "{}"
tax_rates = {{ "BTW 21%" = 21, "BTW 9%" = 9 }}
currency = "EUR"

[connections.ledger]
kind = "snelstart"
api_key = "file:ledger-api-key"
connection_key = "file:ledger-koppelsleutel"
url = "{}"
token_url = "{}"

[flows.{TICKETS}]
from = "syncro"
to = "simply"
entities = ["customer", "ticket"]
every = "1h"

[flows.{TICKETS}.map.customer]
# This installation has no such fields.
custom_fields = "none"

# The words of a Syncro account are its own.
[flows.{TICKETS}.map.ticket]
status = {{ lookup = {{ New = "Open", "In Progress" = "In Progress", Resolved = "Closed", "Customer Reply" = "Open", Scheduled = "In Progress", "Waiting on Customer" = "Wait For Response", "Waiting for Parts" = "Wait For Response" }} }}
priority = {{ default = "Normal", lookup = {{ "0 Urgent" = "Urgent", "1 High" = "High", "2 Normal" = "Normal", "3 Low" = "Low" }} }}

[flows.{BILLS}]
from = "syncro"
to = "ledger"
entities = ["customer", "invoice"]
every = "1h"
"#,
        server.url(),
        ledger.url(),
        ledger.token_url(),
    ))
}

/// What the administration saw since so many writes.
pub(super) fn seen(ledger: &SnelStartServer, before: u64) -> Seen {
    let journal = ledger.journal_since(before);
    let of = |action| {
        journal
            .iter()
            .filter(|entry| entry.action == action)
            .count() as u64
    };
    let records: BTreeSet<_> = (journal.iter())
        .map(|entry| (entry.resource, entry.id.as_str()))
        .collect();
    Seen {
        creates: of(Action::Create),
        updates: of(Action::Update),
        all: journal.len() as u64,
        sources: records.len() as u64,
    }
}
