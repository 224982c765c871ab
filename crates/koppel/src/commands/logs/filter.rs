//! From the command line to a filter of the log.

use audit_log::Filter;
use koppel_app::config::ConnectionKind;
use koppel_app::sync_core::EntityKind;
use koppel_app::{App, AppError};
use uuid::Uuid;

use crate::cli::Filters;
use crate::out::plain;

/// Names that somebody asks the log for.
#[derive(Default)]
pub(in super::super) struct Names<'a> {
    pub(in super::super) system: Option<&'a str>,
    pub(in super::super) connection: Option<&'a str>,
    pub(in super::super) flow: Option<&'a str>,
    pub(in super::super) entity: Option<&'a str>,
}

impl Names<'_> {
    /// Refuses what neither the log nor the configuration knows: a slip of the pen would find
    /// nothing, and look as if nothing had happened. What was taken out of the configuration is
    /// known to the log.
    pub(in super::super) async fn check(&self, app: &App) -> Result<(), AppError> {
        let log = app.audit_reader().await?;
        let config = app.config();
        if let Some(name) = self.connection
            && !config.connections.contains_key(name)
            && !log.knows(name).await?
        {
            config.connection(name)?;
        }
        if let Some(name) = self.flow
            && !config.flows.contains_key(name)
            && !log.knows(name).await?
        {
            config.flow(name)?;
        }
        if let Some(name) = self.system
            && ConnectionKind::parse(name).is_none()
            && !log.knows(name).await?
        {
            let all = ConnectionKind::ALL.map(ConnectionKind::as_str);
            return Err(unknown("kind of system", name, &all));
        }
        if let Some(name) = self.entity
            && name.parse::<EntityKind>().is_err()
            && !log.knows(name).await?
        {
            let all = EntityKind::ALL.map(EntityKind::as_str);
            return Err(unknown("kind of record", name, &all));
        }
        Ok(())
    }
}

fn unknown(what: &str, name: &str, all: &[&str]) -> AppError {
    AppError::Asked {
        message: format!("`{}` is no {what}", plain(name)),
        help: format!("there are {}", all.join(", ")),
    }
}

/// The filter that was asked for.
pub(super) async fn of(app: &App, asked: &Filters, text: Option<&str>) -> Result<Filter, AppError> {
    let names = Names {
        system: asked.system.as_deref(),
        connection: asked.connection.as_deref(),
        flow: asked.flow.as_deref(),
        entity: asked.entity.as_deref(),
    };
    names.check(app).await?;
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
