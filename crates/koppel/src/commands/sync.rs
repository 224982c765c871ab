//! `koppel sync`.

use koppel_app::sync_core::store::Trigger;
use koppel_app::sync_core::{Cancel, RunOptions};
use koppel_app::{App, AppError, Due, Exit, SyncReport, cancel_on_signals};

use super::{choose, flow, summary};
use crate::bars::Bars;
use crate::cli::Sync;
use crate::out::Out;

pub(super) async fn run(app: &App, options: &Sync, out: &mut Out) -> Result<Exit, AppError> {
    let cancel = Cancel::new();
    cancel_on_signals(cancel.clone());
    let bars = Bars::new(out);
    if options.due {
        return due(app, &bars, &cancel, out).await;
    }
    let chosen = choose(app, options.flow.as_deref(), &options.entities.entities)?;
    let mut exit = Exit::Ok;
    for (name, entities) in chosen {
        if cancel.is_cancelled() {
            exit = exit.and(Exit::Interrupted);
            break;
        }
        let options = RunOptions {
            entities,
            ..RunOptions::default()
        };
        let report = match app.sync(&name, &options, bars.listener(), &cancel).await {
            Ok(report) => report,
            Err(error) => SyncReport::failed(name.as_str().into(), error),
        };
        exit = exit.and(show(app, &report, out));
    }
    Ok(exit)
}

async fn due(app: &App, bars: &Bars, cancel: &Cancel, out: &mut Out) -> Result<Exit, AppError> {
    let flows = app.due().await?;
    let mut exit = Exit::Ok;
    for (name, due) in &flows {
        if *due == Due::Broken {
            out.error(
                &format!(
                    "the flow `{name}` is broken: it started three times without getting anything \
                     done, and is not started by its schedule any more"
                ),
                Some(&format!(
                    "`koppel sync {name}` tries it once more and says what is wrong"
                )),
            );
            exit = exit.and(Exit::Failed);
        }
        if *due == Due::Unclear
            && let Err(error) = app.schedule(app.config().flow(name.as_str())?).await
        {
            let name = name.as_str();
            (app.tell_not_begun(name, Trigger::Schedule, &error)).await;
            out.explain(&error);
            exit = exit.and(error.exit());
        }
    }
    if !flows.iter().any(|(_, due)| *due == Due::Now) {
        let next = flows
            .iter()
            .map(|(name, due)| format!("{name}: {}", flow::words(*due)))
            .collect::<Vec<_>>()
            .join(", ");
        out.note(&format!("Nothing is due ({next})."));
        return Ok(exit);
    }
    let mut tell = |report: SyncReport| exit = exit.and(show(app, &report, out));
    app.sync_due(bars.listener(), cancel, &mut tell).await?;
    if cancel.is_cancelled() {
        exit = exit.and(Exit::Interrupted);
    }
    Ok(exit)
}

fn show(app: &App, report: &SyncReport, out: &mut Out) -> Exit {
    if out.json {
        out.object(&report.to_json());
    } else {
        let config = app.config().path.display().to_string();
        let config = match config.as_str() {
            "koppel.toml" => String::new(),
            path => format!(" --config {path}"),
        };
        summary::report(report, &config, out);
    }
    for warning in &report.warnings {
        out.warn(warning);
    }
    if let Some(error) = &report.error {
        out.explain(error);
    }
    report.exit()
}
