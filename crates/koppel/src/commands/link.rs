//! `koppel link`: what is linked, what may be the same, and what a person decides.

use koppel_app::sync_core::EntityKind;
use koppel_app::sync_core::linking::{DecisionRow, SuggestionRow};
use koppel_app::sync_core::store::LinkRow;
use koppel_app::{App, AppError, Exit, LinkChange, LinkNames, SetLink, Unlinked, UnlinkedWhy};
use serde::Serialize;
use serde_json::Value;

use super::summary;
use crate::cli::{Link, LinkList};
use crate::out::Out;

/// How many links are named together.
const PAGE: usize = 200;

pub(super) async fn run(app: &App, command: &Link, out: &mut Out) -> Result<Exit, AppError> {
    let change = match command {
        Link::List(options) => return list(app, options, out).await,
        Link::Suggest {
            of,
            entity,
            limit,
            scan,
        } => {
            let limit = super::limit(*limit, out);
            return suggest(app, of.flow.as_deref(), *entity, (limit, *scan), out).await;
        }
        Link::Set {
            entity,
            source,
            target,
            merge,
            replace,
            of,
            ..
        } => {
            let flow = of.flow.as_deref();
            let how = SetLink {
                merge: *merge,
                replace: *replace,
            };
            match target {
                Some(target) => app.set_link(flow, *entity, source, target, how).await?,
                None => app.create_unlinked(flow, *entity, source).await?,
            }
        }
        Link::Remove { entity, source, of } => {
            app.remove_link(of.flow.as_deref(), *entity, source).await?
        }
        Link::Ignore {
            entity,
            source,
            target,
            of,
        } => {
            let flow = of.flow.as_deref();
            app.ignore_link(flow, *entity, source, target.as_deref())
                .await?
        }
        Link::Undo { number, of } => app.undo_link(of.flow.as_deref(), *number).await?,
    };
    changed(&change, out);
    Ok(Exit::Ok)
}

fn changed(change: &LinkChange, out: &mut Out) {
    if out.json {
        out.object(change);
        return;
    }
    out.line(&change.sentence());
    if change.decision.undone_at.is_none() {
        let (number, flow) = (change.decision.id, &change.decision.flow);
        out.note(&format!(
            "`koppel link undo {number} --flow {flow}` takes this back."
        ));
    }
}

async fn list(app: &App, options: &LinkList, out: &mut Out) -> Result<Exit, AppError> {
    let flow = options.of.flow.as_deref();
    let limit = super::limit(options.limit, out);
    if options.decisions {
        return decisions(app, flow, limit, out).await;
    }
    if options.unlinked {
        let rows = app.unlinked(flow, options.entity, options.names).await?;
        return Ok(unlinked(&rows, limit, out));
    }
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut links: Vec<LinkRow> = Vec::new();
    let mut tell = |row: LinkRow| {
        links.push(row);
        links.len() <= most
    };
    app.links(flow, options.entity, &mut tell).await?;
    let more = links.len() > most;
    links.truncate(most);
    let mut cells = Vec::with_capacity(links.len());
    for page in links.chunks(PAGE) {
        let names = app.link_names(flow, page, options.names).await?;
        for (link, names) in page.iter().zip(names) {
            if out.json {
                out.object(&Named { link, names });
            } else {
                cells.push(link_cells(link, names));
            }
        }
    }
    if out.json {
        return Ok(Exit::Ok);
    }
    let header = [
        "ENTITY",
        "SOURCE",
        "TARGET",
        "ORIGIN",
        "LINKED",
        "SYNCED",
        "NAME",
        "TARGET NAME",
    ];
    table(&header, cells, out);
    match links.len() {
        0 => out.note("Nothing is linked yet."),
        _ if more => out.note("There are more: --limit N shows more."),
        _ => {}
    }
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Named<'a> {
    #[serde(flatten)]
    link: &'a LinkRow,
    #[serde(flatten)]
    names: LinkNames,
}

fn link_cells(link: &LinkRow, names: LinkNames) -> Vec<String> {
    vec![
        link.entity.to_string(),
        link.source_id.to_string(),
        link.target_id.to_string(),
        link.origin.to_string(),
        summary::seconds(link.linked_at),
        link.synced_at.map(summary::seconds).unwrap_or_default(),
        names.source_name.unwrap_or_default(),
        names.target_name.unwrap_or_default(),
    ]
}

fn table(header: &[&str], rows: Vec<Vec<String>>, out: &mut Out) {
    let mut table = out.table(header);
    for row in rows {
        table.row(row);
    }
    table.end();
}

/// Shows at most so many rows, as objects or in a table; says if there are more.
fn show<T: Serialize>(
    (rows, limit): (&[T], u64),
    header: &[&str],
    cells: impl Fn(&T) -> Vec<String>,
    nothing: &str,
    out: &mut Out,
) {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let shown = rows.get(..most.min(rows.len())).unwrap_or(rows);
    if out.json {
        for row in shown {
            out.object(row);
        }
        return;
    }
    table(header, shown.iter().map(cells).collect(), out);
    if rows.is_empty() {
        out.note(nothing);
    } else if shown.len() < rows.len() {
        out.note("There are more: --limit N shows more.");
    }
}

fn unlinked(rows: &[Unlinked], limit: u64, out: &mut Out) -> Exit {
    let cells = |row: &Unlinked| {
        let (why, message) = match &row.why {
            UnlinkedWhy::Parked { reason, message } => (reason.clone(), message.clone()),
            UnlinkedWhy::LeftOut => ("left_out".to_owned(), String::new()),
            UnlinkedWhy::Merged { target_id } => (
                "merged".to_owned(),
                format!("into {target_id} of the target"),
            ),
            UnlinkedWhy::ToBeCreated => ("to_be_created".to_owned(), String::new()),
            _ => Default::default(),
        };
        vec![
            row.entity.to_string(),
            row.source_id.to_string(),
            row.source_name.clone().unwrap_or_default(),
            why,
            row.suggestions.to_string(),
            summary::seconds(row.since),
            message,
        ]
    };
    let header = [
        "ENTITY",
        "SOURCE",
        "NAME",
        "WHY",
        "SUGGESTIONS",
        "SINCE",
        "MESSAGE",
    ];
    let nothing = "Every record that was met is linked.";
    show((rows, limit), &header, cells, nothing, out);
    Exit::Ok
}

async fn suggest(
    app: &App,
    flow: Option<&str>,
    entity: Option<EntityKind>,
    (limit, scan): (u64, bool),
    out: &mut Out,
) -> Result<Exit, AppError> {
    let mut entity = entity;
    if scan {
        let found = app.scan_suggestions(flow, entity).await?;
        entity = entity.or(Some(EntityKind::Customer));
        let without = found
            .iter()
            .filter(|record| record.suggestions.is_empty())
            .count();
        let (of, kind) = (
            found.len(),
            entity.map_or("records", |entity| entity.plural()),
        );
        out.note(&format!(
            "{of} {kind} of the source are not linked; for {without} of them the target has \
             nothing that is like them."
        ));
    }
    let rows = app.suggestions(flow, entity, usize::MAX).await?;
    let cells = |row: &SuggestionRow| {
        let mut why = row.suggestion.reasons.join(", ");
        if let Some(taken) = &row.taken_by {
            why = format!("{why}; linked to {taken}");
        }
        vec![
            row.entity.to_string(),
            row.source_id.to_string(),
            row.source_name.clone().unwrap_or_default(),
            row.suggestion.target_id.to_string(),
            row.suggestion.target_name.clone().unwrap_or_default(),
            row.suggestion.score.to_string(),
            why,
        ]
    };
    let header = [
        "ENTITY",
        "SOURCE",
        "NAME",
        "TARGET",
        "TARGET NAME",
        "SCORE",
        "WHY",
    ];
    let nothing = match scan {
        true => "Nothing in the target is like a record that is not linked.",
        false => "Nothing is suggested; `koppel link suggest --scan` reads both sides and looks.",
    };
    show((&rows, limit), &header, cells, nothing, out);
    if let (false, Some(row)) = (out.json, rows.first()) {
        let (entity, source, target) = (row.entity, &row.source_id, &row.suggestion.target_id);
        let of = flow.map_or_else(String::new, |flow| format!(" --flow {flow}"));
        out.note(&format!(
            "`koppel link set {entity} {source} {target}{of}` links the first; `koppel link ignore` \
             says that two are not the same; `koppel link set {entity} {source} --new{of}` lets it \
             be created."
        ));
    }
    Ok(Exit::Ok)
}

async fn decisions(
    app: &App,
    flow: Option<&str>,
    limit: u64,
    out: &mut Out,
) -> Result<Exit, AppError> {
    let rows = app.link_decisions(flow, usize::MAX).await?;
    let cells = |row: &DecisionRow| {
        let kind = match serde_json::to_value(row.kind) {
            Ok(Value::String(kind)) => kind,
            _ => String::new(),
        };
        vec![
            row.id.to_string(),
            summary::seconds(row.at),
            kind,
            row.entity.to_string(),
            row.source_id.to_string(),
            row.target_id
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            row.undone_at.map(summary::seconds).unwrap_or_default(),
        ]
    };
    let header = [
        "NUMBER", "AT", "DECISION", "ENTITY", "SOURCE", "TARGET", "UNDONE",
    ];
    let nothing = "Nothing was decided by hand yet.";
    show((&rows, limit), &header, cells, nothing, out);
    Ok(Exit::Ok)
}
