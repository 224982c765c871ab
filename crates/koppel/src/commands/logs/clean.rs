//! `koppel logs prune` and `koppel logs erase`.

use std::time::Duration;

use audit_log::{EntryRef, Pruned, Retention};
use koppel_app::config::format_duration;
use koppel_app::{App, AppError, Exit};

use super::{filter, no_entry, reference};
use crate::cli::Erase;
use crate::out::Out;

/// In seconds.
const DAY: u64 = 24 * 60 * 60;

pub(super) async fn prune(app: &App, dry_run: bool, out: &mut Out) -> Result<Exit, AppError> {
    let keep = Retention::from(&app.config().audit.keep);
    let pruned = if dry_run {
        app.audit_reader().await?.prune_plan(&keep).await?
    } else {
        // Where there is none yet, none is made for this.
        app.audit_reader().await?;
        (app.audit().await?)
            .prune_by(app.user(), &keep, None)
            .await?
    };
    if out.json {
        out.object(&pruned);
        return Ok(Exit::Ok);
    }
    let rows = rows(&keep, &pruned);
    out.summary(&["WHAT", "KEPT FOR", "REMOVED"], rows);
    let nothing = pruned.entries() == 0 && pruned.bodies == 0;
    match (nothing, dry_run) {
        (true, _) => out.note("Nothing is older than the configuration keeps it (`[audit.keep]`)."),
        (false, true) => out.note("Nothing was removed: `koppel logs prune` does that."),
        (false, false) => {
            out.note("What stays can still be verified; statistics and errors keep their counts.");
        }
    }
    Ok(Exit::Ok)
}

fn rows(keep: &Retention, pruned: &Pruned) -> Vec<Vec<String>> {
    [
        ("DEBUG", keep.debug, pruned.debug),
        ("INFO", keep.info, pruned.info),
        ("WARNING", keep.warning, pruned.warning),
        ("ERROR", keep.error, pruned.error),
        ("requests", keep.bodies, pruned.bodies),
    ]
    .into_iter()
    .map(|(what, kept, removed)| {
        let kept = match kept.as_secs() {
            _ if kept == Duration::MAX => "ever".to_owned(),
            // As one writes it: 30d, and not 4w2d.
            seconds if seconds > 0 && seconds % DAY == 0 => format!("{}d", seconds / DAY),
            _ => format_duration(kept),
        };
        vec![what.to_owned(), kept, removed.to_string()]
    })
    .collect()
}

pub(super) async fn erase(app: &App, asked: &Erase, out: &mut Out) -> Result<Exit, AppError> {
    let reader = app.audit_reader().await?;
    let (what, of) = match (&asked.entity, &asked.id, &asked.run, &asked.entry) {
        (Some(entity), Some(id), _, _) => {
            let names = filter::Names {
                entity: Some(entity),
                ..filter::Names::default()
            };
            names.check(app).await?;
            let of = format!("{entity} {id}");
            let (entity, id) = (entity.clone(), id.clone());
            (audit_log::Erase::Record { entity, id }, of)
        }
        (_, _, Some(run), _) => {
            let run = filter::run(app, run).await?;
            (audit_log::Erase::Run(run), format!("the run {run}"))
        }
        (_, _, _, Some(entry)) => {
            let which: EntryRef = reference(entry)?;
            let found = reader.entry(&which).await?;
            let (stored, _) = found.ok_or_else(|| no_entry(entry))?;
            let of = format!("the entry {}", stored.number);
            (audit_log::Erase::Entry(stored.id), of)
        }
        _ => {
            return Err(AppError::Asked {
                message: "it is not said of what".to_owned(),
                help: "`koppel logs erase ENTITY ID`, `--run RUN` or `--entry ID`".to_owned(),
            });
        }
    };
    let erased = app.audit().await?.erase(&what, app.user()).await?;
    if out.json {
        out.object(&erased);
        return Ok(Exit::Ok);
    }
    out.line(&match erased.bodies {
        0 => format!("There are no requests and answers of {of}."),
        1 => format!("The request and answer of {of} are removed."),
        count => format!("{count} requests and answers of {of} are removed."),
    });
    if erased.bodies > 0 {
        out.note("The entries stay, without them. Backups and exports have what they have.");
    }
    Ok(Exit::Ok)
}
