//! `koppel flow list`; what changes flows is in `change`.

use koppel_app::config::{FlowConfig, format_duration};
use koppel_app::{App, AppError, Due, Exit};
use serde_json::json;

use crate::out::Out;

pub(super) async fn list(app: &App, out: &mut Out) -> Result<Exit, AppError> {
    let due = app.due().await?;
    let due_of = |name| {
        due.iter()
            .find(|(flow, _)| flow == name)
            .map(|(_, due)| *due)
    };
    let flows = app.flows().await?;
    if out.json {
        for (flow, row) in flows {
            out.object(&json!({
                "flow": flow.name,
                "from": flow.from,
                "to": flow.to,
                "entities": flow.entities,
                "every": every(app, flow).await,
                "cron": app.schedule(flow).await.ok().map(|schedule| schedule.cron),
                "next_due": row.as_ref().and_then(|row| row.next_due),
                "due": due_of(&flow.name) == Some(Due::Now),
                "state": row.as_ref().map(|row| row.state),
                "held_by": row.as_ref().and_then(|row| row.lease_owner.clone()),
            }));
        }
        return Ok(Exit::Ok);
    }
    let mut table = out.table(&["FLOW", "FROM", "TO", "ENTITIES", "EVERY", "DUE"]);
    for (flow, _) in flows {
        let entities: Vec<&str> = flow.entities.iter().map(|entity| entity.as_str()).collect();
        table.row(vec![
            flow.name.to_string(),
            flow.from.to_string(),
            flow.to.to_string(),
            entities.join(" "),
            every(app, flow).await.unwrap_or_default(),
            due_of(&flow.name).map(words).unwrap_or_default(),
        ]);
    }
    table.end();
    Ok(Exit::Ok)
}

/// How often a flow is due, by the file or else by a CRM's options.
async fn every(app: &App, flow: &FlowConfig) -> Option<String> {
    let schedule = app.schedule(flow).await.ok()?;
    schedule.every.map(format_duration)
}

pub(super) fn words(due: Due) -> String {
    match due {
        Due::Now => "now".to_owned(),
        Due::At(at) => super::summary::seconds(at),
        Due::Paused => "paused".to_owned(),
        Due::Broken => "broken".to_owned(),
        Due::Running => "running".to_owned(),
        Due::Off => "off".to_owned(),
        Due::Unclear => "unclear".to_owned(),
        _ => "on demand".to_owned(),
    }
}
