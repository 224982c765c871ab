//! The connection test, step by step. Nothing is written.

use api_core::{Error, ErrorKind, SendOutcome};
use sync_core::{CheckReport, EntityKind};
use url::Url;

use super::{KINDS, SnelStart};
use crate::steps::{Need, Steps, resolve};

/// The rights that reading a kind of record takes, by the OpenAPI document.
const READS: [(EntityKind, &[&str]); 3] = [
    (EntityKind::Customer, &["relaties:read", "settings:read"]),
    (
        EntityKind::Invoice,
        &["orders:read", "boekhouden:read", "settings:read"],
    ),
    (EntityKind::Payment, &["boekhouden:read", "orders:read"]),
];

/// The rights that writing one takes besides.
const WRITES: [(EntityKind, &[&str]); 3] = [
    (EntityKind::Customer, &["relaties:write"]),
    (EntityKind::Invoice, &["boekhouden:write"]),
    (EntityKind::Payment, &["bankieren:write", "bankieren:read"]),
];

/// How many rows are read to find one that is synced.
const SOME: usize = 50;

pub(super) async fn check(target: &SnelStart) -> CheckReport {
    let mut steps = Steps::default();
    let client = target.client();
    let base = Url::parse(client.base_url()).ok();
    steps
        .step("Resolve the host name", Need::AllBefore, || {
            resolve(base.as_ref())
        })
        .await;
    let mut scopes = None;
    steps
        .step("Log in with the koppelsleutel", Need::AllBefore, || async {
            scopes = Some(client.scopes().await?);
            Ok("The token host accepts the koppelsleutel.".to_owned())
        })
        .await;
    steps
        .step("Read the administration", Need::AllBefore, || {
            administration(target)
        })
        .await;
    let need = match steps.failed() {
        true => Need::AllBefore,
        false => Need::Nothing,
    };
    steps
        .step("See what the koppelsleutel may do", need, || async {
            let Some(scopes) = &scopes else {
                return Ok("The token does not tell.".to_owned());
            };
            rights(target, scopes)
        })
        .await;
    for kind in KINDS {
        if kind == EntityKind::Payment {
            steps
                .step("Find the debtors' ledger", need, || debtors(target))
                .await;
        }
        steps
            .step(format!("Read one {kind}"), need, || read_one(target, kind))
            .await;
    }
    steps.into_report()
}

async fn administration(target: &SnelStart) -> Result<String, Error> {
    let company = target.client().company_info().get().await?;
    let name = company
        .administration_name
        .or(company.company_name)
        .unwrap_or_else(|| "without a name".to_owned());
    let id = company
        .administration_id
        .map_or_else(String::new, |id| format!(" ({id})"));
    Ok(format!("{name}{id}."))
}

fn rights(target: &SnelStart, scopes: &snelstart_client::Scopes) -> Result<String, Error> {
    let mut wanted: Vec<&str> = Vec::new();
    for kind in KINDS {
        let Some(can) = target.inner.capabilities.of(kind) else {
            continue;
        };
        let of = |table: &[(EntityKind, &'static [&'static str])]| {
            let row = table.iter().find(|(of, _)| *of == kind);
            row.map_or(&[][..], |(_, scopes)| *scopes)
        };
        wanted.extend(of(&READS));
        if can.create {
            wanted.extend(of(&WRITES));
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    let lacking: Vec<&str> = wanted
        .into_iter()
        .filter(|scope| scopes.has(scope) == Some(false))
        .collect();
    if lacking.is_empty() {
        return Ok(match scopes.names() {
            Some(_) => "All that is needed.".to_owned(),
            None => "The token does not tell.".to_owned(),
        });
    }
    Err(Error::new(
        ErrorKind::Permission,
        format!("The koppelsleutel lacks {}.", lacking.join(", ")),
    )
    .code("scope_missing")
    .operation("snelstart.check")
    .outcome(SendOutcome::Rejected)
    .help("Make a new koppelsleutel in SnelStart Web that has these rights."))
}

async fn debtors(target: &SnelStart) -> Result<String, Error> {
    let id = target.debtors().await?;
    let ledgers = target.ledgers().await?;
    let ledger = ledgers.iter().find(|ledger| ledger.id == Some(id));
    Ok(match ledger {
        None => format!("{id}."),
        Some(ledger) => {
            let number = ledger.number.map(|number| number.to_string());
            let parts: Vec<String> = number
                .into_iter()
                .chain(ledger.description.clone())
                .collect();
            format!("{}.", parts.join(" "))
        }
    })
}

async fn read_one(target: &SnelStart, kind: EntityKind) -> Result<String, Error> {
    let page = target.page(kind, None, SOME).await?;
    if let Some(record) = page.records.first() {
        return Ok(format!("{kind} {}", record.id));
    }
    match page.unreadable.into_iter().next() {
        Some(bad) => Err(bad.error),
        None => Ok(format!("The first {SOME} have no {kind} that is synced.")),
    }
}
