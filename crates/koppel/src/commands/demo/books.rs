//! The third part of a demo: a sandbox SnelStart, and the CRM that its customers, invoices and
//! payments come into. Some customers are spelt otherwise there, and wait for a person.

use std::io;
use std::path::Path;

use futures_util::StreamExt as _;
use koppel_app::sync_core::{
    Action, Batch, Connector, EntityKind, Fields, Marker, Op, OpId, Outcome, Record, Value,
};
use koppel_app::{App, AppError, SyncReport};
use koppel_sandbox::crm::{CrmSize, generate_sqlite};
use koppel_sandbox::snelstart::{SnelStart, SnelStartServer, SnelStartSize};

use super::secrets::Secrets;
use super::step::{Expected, Seen, Step};
use super::{PREFIX, failed, private};

/// The flow.
pub(super) const FLOW: &str = "books";
/// The two syncs.
pub(super) const STEPS: [(&str, &str, Expected); 2] = [
    (FLOW, "From SnelStart, first sync", Expected::Creates),
    (FLOW, "From SnelStart, second sync", Expected::Nothing),
];
/// The files that this part writes.
pub(super) const FILES: [&str; 3] = ["crm-books.db", "snel-api-key", "snel-koppelsleutel"];
/// How many customers of the CRM are spelt otherwise than in SnelStart.
pub(super) const OTHERWISE: usize = 4;

const SEED: u64 = 5;
const SIZE: SnelStartSize = SnelStartSize {
    customers: 24,
    invoices: 36,
    // Of a hundred, counted from the first: 24 of these 36.
    paid_percent: 24,
    articles: 0,
};

pub(super) async fn start(secrets: &Secrets) -> Result<SnelStartServer, AppError> {
    SnelStart::builder()
        .subscription_key(&secrets.subscription)
        .connection_key(&secrets.snel)
        .seed(SIZE)
        .random(SEED)
        .start()
        .await
        .map_err(|error| failed("the sandbox cannot listen on 127.0.0.1", &error))
}

/// Makes the CRM that the books come into, still without customers.
pub(super) async fn database(dir: &Path) -> Result<(), AppError> {
    let empty = CrmSize {
        // As a CRM of today keeps numbers; an older one prints none with fewer than six digits.
        formatted_numbers: true,
        ..CrmSize::empty()
    };
    generate_sqlite(dir.join("crm-books.db"), &empty, SEED, PREFIX)
        .await
        .map_err(|error| failed("the CRM database for the books cannot be made", &error))?;
    Ok(())
}

/// What belongs into the configuration.
pub(super) fn config(
    dir: &Path,
    server: &SnelStartServer,
    secrets: &Secrets,
) -> io::Result<String> {
    private(&dir.join("snel-api-key"), &secrets.subscription)?;
    private(&dir.join("snel-koppelsleutel"), &secrets.snel)?;
    Ok(format!(
        r#"
[connections.office]
kind = "crmconnect"
url = "sqlite:crm-books.db"

[connections.snel]
kind = "snelstart"
api_key = "file:snel-api-key"
connection_key = "file:snel-koppelsleutel"
start_date = "28-05-2019"
url = "{}"
token_url = "{}"

[flows.{FLOW}]
from = "snel"
to = "office"
every = "1h"
# A customer that nothing certain matches waits for somebody to link it.
unmatched = "ask"
"#,
        server.url(),
        server.token_url(),
    ))
}

/// Enters the customers of SnelStart into the CRM as people do: the last few spelt otherwise, and
/// without a number to know them by.
pub(super) async fn enter_customers(app: &App) -> Result<(), AppError> {
    let books = app.connector(&"snel".into()).await?;
    let office = app.connector(&"office".into()).await?;
    let page = books
        .pull(EntityKind::Customer, None, 500)
        .await
        .map_err(|error| failed("the customers of the sandbox cannot be read", &error))?;
    let known = page.records.len().saturating_sub(OTHERWISE);
    for (index, record) in page.records.iter().enumerate() {
        enter(office.as_ref(), record, index >= known).await?;
    }
    Ok(())
}

async fn enter(office: &dyn Connector, record: &Record, otherwise: bool) -> Result<(), AppError> {
    let mut fields = Fields::new();
    for name in ["name", "phone", "vat_number", "address", "active"] {
        let value = record.fields.get(name);
        if *value != Value::Null && !(otherwise && name == "vat_number") {
            fields = fields.with(name, value.clone());
        }
    }
    if otherwise && let Some(name) = record.fields.get("name").as_text() {
        fields = fields.with("name", Value::text(format!("{} BV", name.to_lowercase())));
    }
    let op = Op {
        id: OpId::new(),
        action: Action::Create,
        entity: EntityKind::Customer,
        fields,
        changed: None,
        marker: Marker::of("people", EntityKind::Customer, &record.id),
    };
    let batch = Batch {
        entity: EntityKind::Customer,
        key: op.id.to_string(),
        ops: vec![op],
    };
    let answers: Vec<_> = office.push(batch).collect().await;
    let outcome = (answers.into_iter()).find_map(|answer| answer.outcomes.into_iter().next());
    match outcome {
        Some((_, Outcome::Written(_))) => Ok(()),
        Some((_, Outcome::Rejected(error) | Outcome::Deferred(error))) => Err(failed(
            "a customer cannot be entered into the CRM of the demo",
            &error,
        )),
        _ => Err(AppError::Failed {
            message: "a customer was not entered into the CRM of the demo".to_owned(),
            help: "try the demo again".to_owned(),
        }),
    }
}

/// What the CRM holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    customers: u64,
    invoices: u64,
    payments: u64,
}

/// Counts what the CRM holds.
pub(super) async fn held(app: &App) -> Result<Held, AppError> {
    let office = app.connector(&"office".into()).await?;
    let count = async |kind| -> Result<u64, AppError> {
        let (mut cursor, mut count) = (None, 0);
        loop {
            let page = (office.pull(kind, cursor.as_ref(), 500).await)
                .map_err(|error| failed("the CRM of the demo cannot be read", &error))?;
            count += page.records.len() as u64;
            if page.complete {
                return Ok(count);
            }
            cursor = page.next;
        }
    };
    Ok(Held {
        customers: count(EntityKind::Customer).await?,
        invoices: count(EntityKind::Invoice).await?,
        payments: count(EntityKind::Payment).await?,
    })
}

/// Compares what a sync says with what the CRM holds before and after it.
pub(super) fn judge(
    title: &'static str,
    expected: Expected,
    report: SyncReport,
    before: Held,
    after: Held,
) -> Step {
    let total = report.total();
    let waiting = (report.parked.iter())
        .filter(|row| row.entity == EntityKind::Customer && row.reason.waits_for_person())
        .count();
    let more = (
        after.invoices - before.invoices,
        after.payments - before.payments,
    );
    let as_said = report.error.is_none()
        && total.reconcile()
        && i64::try_from(more.0 + more.1) == Ok(total.created)
        && before.customers == after.customers;
    let first = matches!(expected, Expected::Creates);
    let (right, verdict) = if first {
        (
            more.0 > 0 && more.1 > 0 && waiting == OTHERWISE,
            format!(
                "the CRM has its {} customers, none doubled, and {} invoices and {} payments more; \
                 {OTHERWISE} customers wait for you to link them",
                after.customers, more.0, more.1
            ),
        )
    } else {
        (
            before == after && total.updated == 0,
            format!("nothing was written to the CRM; the {OTHERWISE} customers still wait"),
        )
    };
    Step {
        title,
        passed: as_said && right,
        seen: Seen {
            creates: more.0 + more.1,
            updates: u64::try_from(total.updated).unwrap_or(0),
            all: more.0 + more.1,
            sources: more.0 + more.1,
        },
        report,
        verdict,
        short: !first,
        by_journal: false,
    }
}
