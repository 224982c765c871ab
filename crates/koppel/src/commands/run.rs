//! `koppel run list` and `koppel run show`.

use koppel_app::sync_core::store::{Counts, RunRow};
use koppel_app::{App, AppError, Exit, SyncReport};

use super::summary;
use crate::cli::Run;
use crate::out::{Out, plain};

pub(super) async fn run(app: &App, command: &Run, out: &mut Out) -> Result<Exit, AppError> {
    match command {
        Run::List { flow, limit } => list(app, flow.as_deref(), *limit, out).await,
        Run::Show { id } => show(app, id, out).await,
    }
}

async fn list(
    app: &App,
    flow: Option<&str>,
    limit: usize,
    out: &mut Out,
) -> Result<Exit, AppError> {
    let runs = app.runs(flow, limit).await?;
    if out.json {
        for run in &runs {
            out.object(run);
        }
        return Ok(Exit::Ok);
    }
    let mut table = out.table(&[
        "RUN", "FLOW", "STATUS", "BY", "STARTED", "SECONDS", "READ", "CREATED", "UPDATED", "PARKED",
    ]);
    for run in &runs {
        let mut total = Counts::default();
        for counts in run.counts.values() {
            total += *counts;
        }
        table.row(vec![
            run.id.to_string(),
            run.flow.to_string(),
            run.status.to_string(),
            run.trigger.to_string(),
            summary::seconds(run.started_at),
            summary::took(run)
                .map(|took| format!("{took:.1}"))
                .unwrap_or_default(),
            total.read.to_string(),
            total.created.to_string(),
            total.updated.to_string(),
            total.parked.to_string(),
        ]);
    }
    table.end();
    Ok(Exit::Ok)
}

async fn show(app: &App, id: &str, out: &mut Out) -> Result<Exit, AppError> {
    let run: RunRow = app.run_by_id(id).await?;
    let (parked, more) = app.parked_of(&run).await?;
    if out.json {
        let mut report = SyncReport::of(run);
        report.parked = parked;
        report.parked_more = more;
        out.object(&report.to_json());
        return Ok(Exit::Ok);
    }
    out.line(&format!("run      {}", run.id));
    out.line(&format!("flow     {}", run.flow));
    out.line(&format!("status   {}", run.status));
    out.line(&format!("by       {}", run.trigger));
    out.line(&format!("started  {}", summary::seconds(run.started_at)));
    if let Some(at) = run.ended_at {
        let took = summary::took(&run).unwrap_or_default();
        out.line(&format!("ended    {} ({took:.1} s)", summary::seconds(at)));
    }
    if let Some(message) = &run.message {
        out.line(&format!("because  {}", plain(message)));
    }
    summary::counts(&run, out);
    if let Some(count) = run.repaired {
        out.line(&summary::repaired(count));
    }
    summary::parked(&parked, more, "", out);
    Ok(Exit::Ok)
}
