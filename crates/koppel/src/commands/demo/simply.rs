//! The second part of a demo: a small CRM database, a sandbox Simply CRM, two syncs.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::secrets::{self, Secrets};
use super::step::{Expected, Seen};
use super::{PREFIX, failed, private};
use koppel_app::AppError;
use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::simplycrm::{Action, SimplyCrm, SimplyCrmServer};

/// The flow.
pub(super) const FLOW: &str = "simply";
/// Draws few 4-byte characters, which the server does not keep.
const SEED_OF_SMALL: u64 = 12;
/// The modules that are synced, each with the custom field for Koppel's mark.
const MARKS: [(&str, &str); 6] = [
    ("Accounts", "cf_901"),
    ("Contacts", "cf_903"),
    ("Leads", "cf_905"),
    ("Project", "cf_907"),
    ("HelpDesk", "cf_909"),
    ("Products", "cf_913"),
];

/// Makes the small database; how many records it holds is said by the first sync.
pub(super) async fn database(dir: &Path) -> Result<(), AppError> {
    let size = CrmSize {
        customers: 20,
        leads: 10,
        projects: 5,
        tickets: 12,
        invoices: 0,
        drafts: 0.0,
        products: 5,
        ..CrmSize::empty()
    };
    generate_sqlite(dir.join("crm-small.db"), &size, SEED_OF_SMALL, PREFIX)
        .await
        .map_err(|error| failed("the small CRM database cannot be made", &error))?;
    Ok(())
}

pub(super) async fn start(secrets: &Secrets) -> Result<SimplyCrmServer, AppError> {
    let closed = |error| failed("the sandbox cannot listen on 127.0.0.1", &error);
    SimplyCrm::builder()
        // Nobody logs in with the password.
        .user("admin", &secrets.simply, secrets::word().map_err(closed)?)
        .marker_fields()
        .start()
        .await
        .map_err(closed)
}

/// What belongs into the configuration.
pub(super) fn config(
    dir: &Path,
    server: &SimplyCrmServer,
    secrets: &Secrets,
) -> io::Result<String> {
    private(&dir.join("simply-key"), &secrets.simply)?;
    let marks = MARKS.map(|(module, field)| format!("{module} = \"{field}\""));
    Ok(format!(
        r#"
[connections.small]
kind = "crmconnect"
url = "sqlite:crm-small.db"

[connections.simply]
kind = "simplycrm"
url = "{}"
username = "admin"
access_key = "file:simply-key"
marker_fields = {{ {} }}
# Invoices would need the taxes and currencies of the CRM there.
modules = [{}]

# What this installation calls otherwise.
[connections.simply.words.Leads]
source = {{ Google = "Web Site", Website = "Web Site", Facebook = "Web Site", Referral = "Word of mouth", Beurs = "Trade Show", "Târg" = "Trade Show" }}
status = {{ New = "Not Contacted", Customer = "Qualified", "Proposal sent" = "Hot", "În negociere" = "Warm" }}

[connections.simply.words.HelpDesk]
status = {{ Answered = "Wait For Response", "Wacht op klant" = "Wait For Response", "On Hold" = "Wait For Response" }}
priority = {{ Medium = "Normal" }}

[connections.simply.words.Products]
unit = {{ pcs = "Pieces", buc = "Pieces", uur = "Hours", kg = "Lb" }}

[flows.{FLOW}]
from = "small"
to = "simply"
every = "1h"
"#,
        server.url(),
        marks.join(", "),
        MARKS.map(|(module, _)| format!("{module:?}")).join(", "),
    ))
}

/// What the sandbox saw since so many writes.
pub(super) fn seen(server: &SimplyCrmServer, before: u64) -> Seen {
    let journal = server.journal_since(before);
    let of = |action| {
        journal
            .iter()
            .filter(|entry| entry.action == action)
            .count() as u64
    };
    let marks: BTreeSet<_> = journal
        .iter()
        .filter_map(|entry| {
            let (_, field) = MARKS.iter().find(|(module, _)| *module == entry.module)?;
            entry.fields.get(*field)
        })
        .collect();
    Seen {
        creates: of(Action::Create),
        updates: of(Action::Update),
        all: journal.len() as u64,
        sources: marks.len() as u64,
    }
}

/// The two syncs.
pub(super) const STEPS: [(&str, &str, Expected); 2] = [
    (FLOW, "To Simply CRM, first sync", Expected::Creates),
    (FLOW, "To Simply CRM, second sync", Expected::Nothing),
];

/// The files that this part writes.
pub(super) const FILES: [&str; 2] = ["crm-small.db", "simply-key"];
