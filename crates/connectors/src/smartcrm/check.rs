//! The connection test, step by step. Nothing is written.

use api_core::{Error, ErrorKind, SendOutcome};
use smartcrm_client::{BatchSupport, Guarded, ListParams};
use sync_core::{CheckReport, EntityKind};
use url::Url;

use super::{KINDS, SmartCrm, entity_of};
use crate::steps::{Need, Steps, resolve};

/// What the step is called that tries the second token.
const TOKEN_STEP: &str = "Client token";

pub(super) async fn check(target: &SmartCrm) -> CheckReport {
    let mut steps = Steps::default();
    let base = Url::parse(target.client.base_url()).ok();
    steps
        .step("Resolve the host name", Need::AllBefore, || {
            resolve(base.as_ref())
        })
        .await;

    // One request proves address, encryption and token; its answer tells which of them failed.
    let encrypted = base.as_ref().is_some_and(|url| url.scheme() == "https");
    let reached = if encrypted { "Set up TLS" } else { "Connect" };
    let mut pong = None;
    steps
        .step(reached, Need::AllBefore, || async {
            match target.client.ping().await {
                Err(error) if never_answered(&error) => Err(error),
                answer => {
                    pong = Some(answer);
                    Ok(target.client.base_url().to_owned())
                }
            }
        })
        .await;
    steps
        .step("Log in", Need::AllBefore, || async {
            let nobody = || Error::new(ErrorKind::Internal, "The server was not asked.");
            let pong = pong.ok_or_else(nobody)??;
            let version = pong
                .version
                .map_or_else(String::new, |version| format!(" (version {version})"));
            Ok(if pong.by_list {
                "The token is accepted; the server has no ping route.".to_owned()
            } else {
                format!("The token is accepted{version}.")
            })
        })
        .await;
    let need = if steps.failed() {
        Need::AllBefore
    } else {
        Need::Nothing
    };
    let profile = target.client.profile();
    let (behind, open): (Vec<EntityKind>, Vec<EntityKind>) = KINDS
        .into_iter()
        .filter(|kind| entity_of(*kind).is_some_and(|entity| profile.offers(entity)))
        .partition(|kind| {
            entity_of(*kind).is_some_and(|entity| profile.needs_client_token(entity))
        });
    for kind in open {
        // A token may lack the right to one kind of record only.
        steps
            .step(format!("Read one {kind}"), need, || read_one(target, kind))
            .await;
    }
    steps
        .step("Send many at once", need, || batches(target))
        .await;
    if behind.is_empty() {
        steps.skip_because(TOKEN_STEP, "Not needed: no route asks for a client token.");
    } else if !target.client.has_client_token() {
        steps.skip_because(
            TOKEN_STEP,
            "Not tried: no `client_token` is set. Products, stock, discounts and orders need it.",
        );
    } else {
        let mut accepted = false;
        steps
            .step(TOKEN_STEP, need, || async {
                target.client.check_client_token().await?;
                accepted = true;
                Ok("The client token is accepted.".to_owned())
            })
            .await;
        for kind in behind {
            let name = format!("Read one {kind}");
            if accepted {
                steps.step(name, need, || read_one(target, kind)).await;
            } else {
                steps.skip(name);
            }
        }
    }
    steps.into_report()
}

/// Whether no server was reached, as told from a server that refused.
fn never_answered(error: &Error) -> bool {
    error.status_code().is_none()
        && (error.kind() == ErrorKind::Unavailable || error.send_outcome() == SendOutcome::NotSent)
}

/// Whether the server takes many records in one request, told from its answer to none.
async fn batches(target: &SmartCrm) -> Result<String, Error> {
    match target.client.probe_batch().await? {
        BatchSupport::NotUsed => Ok("Not used: the profile sends records one by one.".to_owned()),
        BatchSupport::Yes(None) => Ok("The route is there.".to_owned()),
        BatchSupport::Yes(Some(words)) => Ok(format!("The route is there; it says: {words}")),
        BatchSupport::No(words) => Err(Error::new(ErrorKind::Config, words)
            .outcome(SendOutcome::Rejected)
            .help(
                "There seems to be no such route: set `push.mode = \"single\"` in the \
                 connection's profile.",
            )),
        other => Err(Error::new(
            ErrorKind::Internal,
            format!("The client gave an answer of an unknown kind: {other:?}."),
        )),
    }
}

async fn read_one(target: &SmartCrm, kind: EntityKind) -> Result<String, Error> {
    let resource = target.resource(kind)?;
    let listed = resource
        .list(&ListParams::new().page(1).per_page(1))
        .await?;
    match listed.items.into_iter().next() {
        None => Ok(format!("There are no {} yet.", kind.plural())),
        Some(Guarded::Good(fields)) => {
            let record = target.codec(kind).await?.read(fields)?;
            Ok(format!("{kind} {}", record.id))
        }
        Some(Guarded::Bad(bad)) => Err(Error::from(bad)),
    }
}
