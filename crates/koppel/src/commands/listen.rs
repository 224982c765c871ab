//! `koppel listen`.

use std::sync::Arc;

use koppel_app::sync_core::Cancel;
use koppel_app::webhook::{Event, EventKind};
use koppel_app::{
    App, AppError, Exit, Heard, ListenOptions, Listened, SyncReport, cancel_on_signals,
    hook_address,
};
use serde_json::json;

use super::summary;
use crate::cli::Listen;
use crate::out::{Out, plain, shorten};

pub(super) async fn run(app: &App, asked: &Listen, out: &mut Out) -> Result<Exit, AppError> {
    let cancel = Cancel::new();
    cancel_on_signals(cancel.clone());
    let options = ListenOptions {
        bind: asked.bind,
        flows: asked.sync.clone(),
        poll: (!asked.no_poll).then_some(asked.poll),
        debounce: asked.debounce,
        ..ListenOptions::default()
    };
    let mut tell = |heard: Heard| {
        if out.json {
            object(&heard, out);
        } else {
            line(&heard, &options, out);
        }
        out.flush();
    };
    let progress = Arc::new(|_| {});
    let listened = app
        .listen(&asked.connection, &options, progress, &cancel, &mut tell)
        .await?;
    ended(listened, out);
    Ok(Exit::Ok)
}

fn object(heard: &Heard, out: &mut Out) {
    match heard {
        Heard::Listening { address, made_up } => {
            let url = hook_address(*address, made_up.as_ref());
            out.object(&json!({ "listening": url, "token_made_up": made_up.is_some() }));
        }
        Heard::Delivery { event, duplicate } => {
            out.object(&json!({ "delivery": event, "duplicate": duplicate }));
        }
        Heard::Overflow { deliveries } => out.object(&json!({ "left_out": deliveries })),
        Heard::Synced { report, poll } => {
            out.object(&json!({ "poll": poll, "sync": report.to_json() }));
        }
        _ => {}
    }
}

fn line(heard: &Heard, options: &ListenOptions, out: &mut Out) {
    match heard {
        Heard::Listening { address, made_up } => {
            out.line(&format!(
                "Listening at {}",
                hook_address(*address, made_up.as_ref())
            ));
            out.note(match made_up {
                Some(_) => {
                    "The path is made up for this session and is not shown again: set the \
                     connection's `webhook_token` to keep one. Whoever knows it can send webhooks."
                }
                None => "WEBHOOK_TOKEN stands for the connection's `webhook_token`.",
            });
            out.note(
                "Paste it, as Syncro reaches it over https, into Admin > Notification Center > \
                 Notification Set. Ctrl-C ends it.",
            );
            if !address.ip().is_loopback() {
                out.warn("this address can be reached from elsewhere, without encryption");
            }
            if options.flows.is_empty() {
                out.note("Nothing is synced: name flows with --sync.");
            }
        }
        Heard::Delivery { event, duplicate } => out.line(&delivery(event, *duplicate)),
        Heard::Overflow { deliveries } => out.warn(&format!(
            "{deliveries} webhooks came faster than they could be taken up; the next poll brings \
             what they told"
        )),
        Heard::Synced { report, poll } => synced(report, *poll, out),
        _ => {}
    }
}

fn delivery(event: &Event, duplicate: bool) -> String {
    let mut line = format!("{}  {}", summary::seconds(event.received_at), event.kind);
    if let Some(entity) = event.entity {
        line.push_str(&format!("  {entity}"));
    }
    if let Some(id) = event.id {
        line.push_str(&format!(" {id}"));
    }
    if let Some(status) = &event.status {
        line.push_str(&format!("  ({})", plain(status)));
    }
    if matches!(event.kind, EventKind::Other(_)) {
        line.push_str(&format!("  \"{}\"", shorten(&plain(&event.text), 80)));
    }
    if duplicate {
        line.push_str("  again");
    }
    line
}

fn synced(report: &SyncReport, poll: bool, out: &mut Out) {
    let what = if poll { "poll" } else { "webhooks" };
    let total = report.total();
    out.line(&format!(
        "{}: {what} {}, {total}",
        report.flow,
        report.status()
    ));
    if let Some(repaired) = report.run.as_ref().and_then(|run| run.repaired) {
        out.line(&format!("{}: {}", report.flow, summary::repaired(repaired)));
    }
    for warning in &report.warnings {
        out.warn(warning);
    }
    if let Some(error) = &report.error
        && !matches!(error, AppError::Cancelled)
    {
        out.explain(error);
    }
}

fn ended(listened: Listened, out: &mut Out) {
    if out.json {
        out.object(&json!({ "ended": {
            "deliveries": listened.deliveries, "duplicates": listened.duplicates,
            "repaired": listened.repaired, "left": listened.left,
        }}));
        return;
    }
    out.line(&format!(
        "Ended after {} webhooks ({} more came twice); {} repaired.",
        listened.deliveries, listened.duplicates, listened.repaired
    ));
    if listened.left > 0 {
        out.line(&format!(
            "Not synced yet, of the records that webhooks named: {}. The next sync brings them.",
            listened.left
        ));
    }
}
