//! The connection test, step by step. Nothing is written.

use api_core::{Error, ErrorKind, SendOutcome};
use sync_core::{CheckReport, EntityKind};
use syncro_client::{Me, Probe};
use url::Url;

use super::{KINDS, Syncro};
use crate::steps::{Need, Steps, resolve};

/// How many records are read to find one that is synced.
const SOME: usize = 25;

pub(super) async fn check(target: &Syncro) -> CheckReport {
    let mut steps = Steps::default();
    let client = target.client();
    let base = Url::parse(client.base_url()).ok();
    steps
        .step("Resolve the host name", Need::AllBefore, || {
            resolve(base.as_ref())
        })
        .await;
    let mut me = None;
    steps
        .step("Log in with the API token", Need::AllBefore, || async {
            let found = client.me().await?;
            let name = found
                .user_name
                .as_deref()
                .unwrap_or("a user without a name");
            let account = found.subdomain.as_deref().unwrap_or("without a name");
            let told = format!("{name}, in the account {account}.");
            me = Some(found);
            Ok(told)
        })
        .await;
    let need = match steps.failed() {
        true => Need::AllBefore,
        false => Need::Nothing,
    };
    steps
        .step("Read the settings", need, || settings(target))
        .await;
    let writes = KINDS.iter().any(|kind| {
        let can = target.inner.capabilities.of(*kind);
        can.is_some_and(|can| can.create)
    });
    if writes {
        steps
            .step("Find the custom field of the marker", need, || {
                marker(target)
            })
            .await;
        steps
            .step("See what the user may write", need, || async {
                rights(me.as_ref())
            })
            .await;
    }
    for kind in KINDS {
        steps
            .step(format!("Read one {kind}"), need, || read_one(target, kind))
            .await;
    }
    for kind in [EntityKind::Ticket, EntityKind::Invoice] {
        let name = format!("Ask for changed {}", kind.plural());
        steps.step(name, need, || changes(target, kind)).await;
    }
    steps.into_report()
}

async fn settings(target: &Syncro) -> Result<String, Error> {
    let account = target.account_anew().await?;
    let currency = target.currency().await?;
    let currency = match currency {
        Some(code) => format!("amounts are in {code}"),
        None => "the currency is not told (set `currency` of the connection)".to_owned(),
    };
    Ok(format!(
        "{} statuses, {} priorities, {} problem types; {currency}.",
        account.statuses.len(),
        account.priorities.len(),
        account.problem_types.len(),
    ))
}

/// Whether what is written can be recognised later.
async fn marker(target: &Syncro) -> Result<String, Error> {
    let label = &target.inner.marker_field;
    let account = target.account().await?;
    let lacking: Vec<&str> = [
        ("customers", &account.customer_fields),
        ("tickets", &account.ticket_fields),
    ]
    .into_iter()
    .filter(|(_, labels)| !labels.contains(label))
    .map(|(kind, _)| kind)
    .collect();
    if lacking.is_empty() {
        return Ok(format!("Customers and tickets have `{label}`."));
    }
    Err(Error::new(
        ErrorKind::Config,
        format!(
            "There is no custom field `{label}` of {}.",
            lacking.join(" or ")
        ),
    )
    .code("marker_field_missing")
    .operation("syncro.check")
    .outcome(SendOutcome::Rejected)
    .help(
        "Add a text field of this label in Syncro (for customers under Admin, Customers; for \
         tickets to each ticket type), or set `marker_field` of the connection to the label of one \
         that is there.",
    ))
}

/// What the user may not write, as far as `GET /me` tells.
fn rights(me: Option<&Me>) -> Result<String, Error> {
    let permissions = me.map(Me::to_whole_json);
    let permissions = permissions.as_ref().and_then(|me| me.get("permissions"));
    let Some(permissions) = permissions else {
        return Ok("The account does not tell.".to_owned());
    };
    let lacking: Vec<&str> = ["customer", "ticket", "invoice", "payment"]
        .into_iter()
        .filter(|what| {
            let write = permissions.get(what).and_then(|of| of.get("write"));
            write.and_then(api_core::Json::as_bool) == Some(false)
        })
        .collect();
    if lacking.is_empty() {
        return Ok("All that is needed, as far as the account tells.".to_owned());
    }
    Err(Error::new(
        ErrorKind::Permission,
        format!(
            "The user of the token may not write: {}.",
            lacking.join(", ")
        ),
    )
    .code("permission_missing")
    .operation("syncro.check")
    .outcome(SendOutcome::Rejected)
    .help("Make a new API token in Syncro (Admin, API Tokens) that may."))
}

async fn read_one(target: &Syncro, kind: EntityKind) -> Result<String, Error> {
    let page = target.some(kind, SOME).await?;
    if let Some(record) = page.records.first() {
        return Ok(format!("{kind} {}", record.id));
    }
    match page.unreadable.into_iter().next() {
        Some(bad) => Err(bad.error),
        None => Ok(format!("The first {SOME} have no {kind} that is synced.")),
    }
}

async fn changes(target: &Syncro, kind: EntityKind) -> Result<String, Error> {
    Ok(match target.tells_changes(kind).await? {
        Probe::Honoured => "The account tells what changed since a moment.".to_owned(),
        Probe::Untold => format!("There are no {} to tell it by.", kind.plural()),
        _ => format!(
            "The account gives all {} whatever was asked for: every run reads them all.",
            kind.plural()
        ),
    })
}
