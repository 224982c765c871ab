//! `koppel logs tail`.

use std::time::Duration;

use audit_log::{AuditLog, Filter, Page, Stored};
use koppel_app::sync_core::Cancel;
use koppel_app::{App, AppError, Exit, cancel_on_signals};

use super::{entry, filter};
use crate::cli::Tail;
use crate::out::Out;

/// How often somebody who follows sees what is new.
const PERIOD: Duration = Duration::from_millis(400);
/// How many entries are read at once.
const BATCH: usize = 500;

pub(super) async fn run(app: &App, options: &Tail, out: &mut Out) -> Result<Exit, AppError> {
    let filter = filter::of(app, &options.filters, None).await?;
    let log = app.audit_reader().await?;
    let cancel = Cancel::new();
    if options.follow {
        cancel_on_signals(cancel.clone());
    }
    // The end first: what arrives while the newest are read is shown by what follows.
    let mut end = log.last_number().await?;
    let mut newest = newest(log, &filter, options.lines).await?;
    if options.follow {
        newest.retain(|entry| entry.number <= end);
    }
    newest.reverse();
    for entry in &newest {
        show(entry, out);
    }
    if newest.is_empty() && !options.follow {
        out.note("Nothing of that kind is in the audit log.");
    }
    // Nobody may read any more, as behind `head`.
    while options.follow && !cancel.is_cancelled() && !out.closed {
        out.flush();
        let new = log.tail(end, &filter, BATCH).await?;
        for entry in &new.entries {
            show(entry, out);
        }
        end = new.up_to;
        if !new.caught_up {
            continue;
        }
        tokio::select! {
            () = cancel.cancelled() => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
    Ok(Exit::Ok)
}

/// So many of the newest, the newest first.
async fn newest(log: &AuditLog, filter: &Filter, wanted: u32) -> Result<Vec<Stored>, AppError> {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let mut page = Page::default();
    while found.len() < wanted {
        page.limit = (wanted - found.len()).min(BATCH);
        let entries = log.search(filter, &page).await?;
        found.extend(entries.entries);
        page.after = entries.next;
        if page.after.is_none() {
            break;
        }
    }
    Ok(found)
}

fn show(stored: &Stored, out: &mut Out) {
    if out.json {
        out.object(stored);
    } else if out.terminal {
        let line = entry::line(stored, out);
        out.line(&line);
    } else {
        let cells = entry::cells(stored, false);
        let mut table = out.table(&[]);
        table.row(cells);
        table.end();
    }
}
