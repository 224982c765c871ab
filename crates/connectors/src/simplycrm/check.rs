//! The connection test, step by step. Nothing is written.

use api_core::{Error, ErrorKind, SendOutcome};
use simplycrm_ws::{FieldType, SyncSupport};
use sync_core::{CheckReport, EntityKind};
use url::Url;

use super::builder::ChangesMode;
use super::encode::no_marker;
use super::model::Model;
use super::{SimplyCrm, table};
use crate::steps::{Need, Steps, resolve};

pub(super) async fn check(target: &SimplyCrm) -> CheckReport {
    let mut steps = Steps::default();
    let client = &target.inner.client;
    let base = Url::parse(client.root_url()).ok();
    steps
        .step("Resolve the host name", Need::AllBefore, || {
            resolve(base.as_ref())
        })
        .await;

    // One login proves address, encryption and access key; its answer tells which of them failed.
    let encrypted = base.as_ref().is_some_and(|url| url.scheme() == "https");
    let reached = if encrypted { "Set up TLS" } else { "Connect" };
    let mut login = None;
    steps
        .step(reached, Need::AllBefore, || async {
            match client.login().await {
                Err(error) if never_answered(&error) => Err(error),
                answer => {
                    login = Some(answer);
                    Ok(client.root_url().to_owned())
                }
            }
        })
        .await;
    steps
        .step("Log in", Need::AllBefore, || async {
            let nobody = || Error::new(ErrorKind::Internal, "The server was not asked.");
            let login = login.ok_or_else(nobody)??;
            let version = login
                .server_version
                .map_or_else(String::new, |version| format!(", version {version}"));
            Ok(format!(
                "The access key of user {} is accepted{version}.",
                login.user_id
            ))
        })
        .await;
    let need = if steps.failed() {
        Need::AllBefore
    } else {
        Need::Nothing
    };
    steps
        .step("See what the server can do", need, || features(target))
        .await;
    for (kind, module) in table::MODULES {
        if target.inner.capabilities.of(kind).is_none() {
            continue;
        }
        let mut model = None;
        steps
            .step(format!("Describe {module}"), need, || async {
                let described = target.model(kind).await?;
                let fields = described.describe.fields.len();
                model = Some(described);
                Ok(format!("{fields} fields."))
            })
            .await;
        let Some(model) = model else {
            steps.skip(format!("Read one {kind}"));
            continue;
        };
        steps
            .step(format!("Read one {kind}"), need, || read_one(target, kind))
            .await;
        if target.inner.writable {
            steps
                .step(format!("May write {module}"), need, || async {
                    rights(&model)
                })
                .await;
        }
        if let Some(field) = target.marker_of(kind) {
            steps
                .step(format!("Mark of {module}"), need, || async {
                    marker(&model, field)
                })
                .await;
        }
        steps
            .step(format!("Changes of {module}"), need, || {
                changes(target, &model)
            })
            .await;
    }
    steps.into_report()
}

/// Whether no server was reached, as told from a server that refused.
fn never_answered(error: &Error) -> bool {
    error.status_code().is_none()
        && (error.kind() == ErrorKind::Unavailable || error.send_outcome() == SendOutcome::NotSent)
        && error.kind() != ErrorKind::Auth
}

async fn features(target: &SimplyCrm) -> Result<String, Error> {
    let features = target.inner.client.probe().await?;
    let lines = if features.line_items {
        "invoices have lines"
    } else {
        "invoices have no lines"
    };
    Ok(format!("{} modules; {lines}.", features.modules.len()))
}

async fn read_one(target: &SimplyCrm, kind: EntityKind) -> Result<String, Error> {
    let page = target.page(kind, None, 1).await?;
    if let Some(bad) = page.unreadable.into_iter().next() {
        return Err(bad.error);
    }
    Ok(match page.records.first() {
        Some(record) => format!("{kind} {}", record.id),
        None => format!("There are no {} yet.", kind.plural()),
    })
}

fn rights(model: &Model) -> Result<String, Error> {
    let describe = &model.describe;
    if describe.createable && describe.updateable {
        return Ok("New records and changes.".to_owned());
    }
    let what = match (describe.createable, describe.updateable) {
        (true, false) => format!("This user may not change records of {}.", model.module),
        (false, true) => format!("This user may not create records of {}.", model.module),
        _ => format!("This user may not write {}.", model.module),
    };
    Err(Error::new(ErrorKind::Permission, what)
        .outcome(SendOutcome::Rejected)
        .help("Give the user's role a profile that may, or use another user."))
}

fn marker(model: &Model, name: &str) -> Result<String, Error> {
    let field = model
        .field(name)
        .ok_or_else(|| no_marker(model.module, name))?;
    let holds_text = matches!(field.field_type, FieldType::String | FieldType::Text);
    if holds_text && field.editable {
        return Ok(format!("{} ({name}).", field.label));
    }
    let problem = if holds_text {
        "is not editable by this user"
    } else {
        "is no field of text"
    };
    Err(Error::new(
        ErrorKind::Config,
        format!("The field `{name}` of {} {problem}.", model.module),
    )
    .outcome(SendOutcome::NotSent)
    .help("Keep the mark in a text field of its own that nobody else writes."))
}

async fn changes(target: &SimplyCrm, model: &Model) -> Result<String, Error> {
    if target.inner.changes == ChangesMode::Query {
        return Ok("By a query, as it is set.".to_owned());
    }
    let support = target.inner.client.sync_support(model.module).await?;
    let forced = target.inner.changes == ChangesMode::Sync;
    match support {
        SyncSupport::All => Ok("By sync, deletes included.".to_owned()),
        SyncSupport::Untold => Ok("By sync; nobody else owns a record yet.".to_owned()),
        SyncSupport::OwnOnly if forced => Err(unusable(
            model,
            "shows only the records that this user owns",
        )),
        SyncSupport::Unusable { reason } if forced => Err(unusable(model, &reason)),
        SyncSupport::OwnOnly => Ok(
            "By a query: sync shows only the records that this user owns. Deletes do not show."
                .to_owned(),
        ),
        _ => Ok("By a query: sync does not work here. Deletes do not show.".to_owned()),
    }
}

fn unusable(model: &Model, why: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("The server's sync of {} is of no use: {why}.", model.module),
    )
    .outcome(SendOutcome::NotSent)
    .help("Set `changes` to \"auto\" or \"query\".")
}
