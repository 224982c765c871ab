//! `koppel link list`.

use koppel_app::sync_core::store::LinkRow;
use koppel_app::{App, AppError, Exit};

use super::summary;
use crate::cli::Link;
use crate::out::Out;

pub(super) async fn run(app: &App, command: &Link, out: &mut Out) -> Result<Exit, AppError> {
    let Link::List {
        flow,
        entity,
        limit,
    } = command;
    let limit = super::limit(*limit, out);
    let mut seen = 0;
    if out.json {
        let mut tell = |row: LinkRow| {
            seen += 1;
            if seen <= limit {
                out.object(&row);
            }
            seen < limit
        };
        app.links(flow.as_deref(), *entity, &mut tell).await?;
        return Ok(Exit::Ok);
    }
    let mut table = out.table(&["ENTITY", "SOURCE", "TARGET", "ORIGIN", "LINKED", "SYNCED"]);
    let mut tell = |row: LinkRow| {
        seen += 1;
        if seen <= limit {
            table.row(vec![
                row.entity.to_string(),
                row.source_id.to_string(),
                row.target_id.to_string(),
                row.origin.to_string(),
                summary::seconds(row.linked_at),
                row.synced_at.map(summary::seconds).unwrap_or_default(),
            ]);
        }
        seen <= limit
    };
    app.links(flow.as_deref(), *entity, &mut tell).await?;
    table.end();
    match seen {
        0 => out.note("Nothing is linked yet."),
        seen if seen > limit => out.note("There are more: --limit N shows more."),
        _ => {}
    }
    Ok(Exit::Ok)
}
