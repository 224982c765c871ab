//! `koppel logs`: what happened.

use audit_log::{Cursor, EntryRef, MAX_PAGE, Page, Stored};
use koppel_app::{App, AppError, Exit};
use serde_json::json;

use crate::cli::{Logs, Search};
use crate::out::{Out, plain};

mod clean;
mod entry;
mod export;
mod filter;
mod tail;
mod verify;

pub(super) use entry::{json as entry_json, show as show_entry};
pub(super) use filter::Names;

pub(super) async fn run(app: &App, command: &Logs, out: &mut Out) -> Result<Exit, AppError> {
    match command {
        Logs::Tail(options) => tail::run(app, options, out).await,
        Logs::Search(options) => search(app, options, out).await,
        Logs::Show { id } => show(app, id, out).await,
        Logs::Export(options) => export::run(app, options, out).await,
        Logs::Verify(options) => verify::run(app, options, out).await,
        Logs::Prune { dry_run } => clean::prune(app, *dry_run, out).await,
        Logs::Erase(options) => clean::erase(app, options, out).await,
    }
}

async fn search(app: &App, options: &Search, out: &mut Out) -> Result<Exit, AppError> {
    let filter = filter::of(app, &options.filters, options.text.as_deref()).await?;
    let log = app.audit_reader().await?;
    let wanted = usize::try_from(options.limit).unwrap_or(usize::MAX);
    let mut place: Option<Cursor> = options.after.as_deref().map(read_place).transpose()?;
    let mut found: Vec<Stored> = Vec::new();
    // A page may be short although there is more: each looks at so many rows at most.
    loop {
        let mut page = Page::first((wanted - found.len()).min(MAX_PAGE));
        page.after = place;
        let entries = log.search(&filter, &page).await?;
        found.extend(entries.entries);
        place = entries.next;
        if place.is_none() || found.len() >= wanted {
            break;
        }
    }
    if out.json {
        for entry in &found {
            out.object(entry);
        }
        if let Some(place) = &place {
            out.object(&json!({ "next": place.to_string() }));
        }
        return Ok(Exit::Ok);
    }
    table(&found, out);
    match place {
        None if found.is_empty() => out.note("Nothing of that kind is in the audit log."),
        None => {}
        Some(place) => out.note(&format!("There is more: go on with --after {place}")),
    }
    Ok(Exit::Ok)
}

fn read_place(text: &str) -> Result<Cursor, AppError> {
    text.parse().map_err(|_| AppError::Asked {
        message: format!("`{}` is no place in the audit log", plain(text)),
        help: "take what the last page printed after `--after`".to_owned(),
    })
}

/// Prints entries, one a row.
pub(super) fn table(entries: &[Stored], out: &mut Out) {
    let header = [
        "NUMBER",
        "TIME",
        "LEVEL",
        "EVENT",
        "FLOW",
        "CONNECTION",
        "RECORD",
        "CODE",
        "MESSAGE",
    ];
    let terminal = out.terminal;
    let mut table = out.table(&header);
    for stored in entries {
        table.row(entry::cells(stored, terminal));
    }
    table.end();
}

async fn show(app: &App, id: &str, out: &mut Out) -> Result<Exit, AppError> {
    let log = app.audit_reader().await?;
    let found = log.entry(&reference(id)?).await?;
    let (stored, bodies) = found.ok_or_else(|| no_entry(id))?;
    if out.json {
        out.object(&entry::json(&stored, bodies.as_ref()));
        return Ok(Exit::Ok);
    }
    entry::show(&stored, bodies.as_ref(), out);
    if let Some(error) = &stored.fingerprint {
        out.note(&format!("What to do about it: koppel errors show {error}"));
    }
    Ok(Exit::Ok)
}

/// What a person writes for an entry: its number, or its id or the beginning of that.
fn reference(text: &str) -> Result<EntryRef, AppError> {
    text.parse().map_err(|_| no_entry(text))
}

fn no_entry(id: &str) -> AppError {
    AppError::Asked {
        message: format!("there is no entry `{}` in the audit log", plain(id)),
        help: "`koppel logs search` shows the numbers; old entries are removed by age".to_owned(),
    }
}
