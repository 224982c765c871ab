//! From the command line to a filter of the log.

use audit_log::Filter;
use koppel_app::{App, AppError};
use uuid::Uuid;

use crate::cli::Filters;

/// The filter that was asked for.
pub(super) async fn of(app: &App, asked: &Filters, text: Option<&str>) -> Result<Filter, AppError> {
    let mut filter = Filter::new();
    filter.level = asked.level;
    filter.events.clone_from(&asked.event);
    filter.system.clone_from(&asked.system);
    filter.connection.clone_from(&asked.connection);
    filter.flow.clone_from(&asked.flow);
    filter.entity.clone_from(&asked.entity);
    filter.record.clone_from(&asked.record);
    filter.status = asked.status;
    filter.outcome = asked.outcome;
    filter.code.clone_from(&asked.code);
    filter.actor.clone_from(&asked.actor);
    filter.since = asked.since;
    filter.until = asked.until;
    filter.text = text.map(str::to_owned);
    if let Some(id) = &asked.run {
        filter.run = Some(run(app, id).await?);
    }
    if let Some(id) = &asked.error {
        filter.fingerprint = Some(super::super::errors::find(app, id).await?.fingerprint);
    }
    Ok(filter)
}

/// A run by its id, or the beginning of it.
pub(super) async fn run(app: &App, id: &str) -> Result<Uuid, AppError> {
    // The log may know runs that the store has forgotten.
    match id.trim().parse() {
        Ok(id) => Ok(id),
        Err(_) => Ok(app.run_by_id(id).await?.id.uuid()),
    }
}
