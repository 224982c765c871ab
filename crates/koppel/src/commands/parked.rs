//! `koppel parked list` and `koppel parked retry`.

use koppel_app::sync_core::EntityKind;
use koppel_app::sync_core::store::ParkedRow;
use koppel_app::{App, AppError, Exit};
use serde_json::json;

use super::summary;
use crate::cli::Parked;
use crate::out::Out;

pub(super) async fn run(app: &App, command: &Parked, out: &mut Out) -> Result<Exit, AppError> {
    match command {
        Parked::List {
            flow,
            entity,
            limit,
        } => list(app, flow.as_deref(), *entity, *limit, out).await,
        Parked::Retry {
            entity,
            id,
            all,
            flow,
        } => match (entity, id) {
            (Some(entity), Some(id)) if !all => {
                let flow = app.retry_parked(flow.as_deref(), *entity, id).await?;
                done(
                    1,
                    &format!("The next sync of {flow} takes {entity} {id} anew."),
                    out,
                );
                Ok(Exit::Ok)
            }
            _ => {
                let retried = app.retry_all_parked(flow.as_deref(), *entity).await?;
                done(
                    retried,
                    &format!("The next sync takes {retried} records anew."),
                    out,
                );
                Ok(Exit::Ok)
            }
        },
    }
}

fn done(retried: u64, text: &str, out: &mut Out) {
    if out.json {
        out.object(&json!({ "retried": retried }));
    } else {
        out.line(text);
    }
}

async fn list(
    app: &App,
    flow: Option<&str>,
    entity: Option<EntityKind>,
    limit: Option<u64>,
    out: &mut Out,
) -> Result<Exit, AppError> {
    let limit = super::limit(limit, out);
    let mut seen = 0;
    if out.json {
        let mut tell = |row: ParkedRow| {
            seen += 1;
            if seen <= limit {
                out.object(&row);
            }
            seen < limit
        };
        app.parked(flow, entity, &mut tell).await?;
        return Ok(Exit::Ok);
    }
    let mut table = out.table(&["FLOW", "ENTITY", "ID", "REASON", "TRIES", "LAST", "MESSAGE"]);
    let mut tell = |row: ParkedRow| {
        seen += 1;
        if seen <= limit {
            table.row(vec![
                row.flow.to_string(),
                row.entity.to_string(),
                row.source_id.to_string(),
                row.reason.to_string(),
                row.attempts.to_string(),
                summary::seconds(row.last_at),
                row.error.message.clone(),
            ]);
        }
        seen <= limit
    };
    app.parked(flow, entity, &mut tell).await?;
    table.end();
    match seen {
        0 => out.note("No record is set aside."),
        seen if seen > limit => out.note("There are more: --limit N shows more."),
        _ => {}
    }
    Ok(Exit::Ok)
}
