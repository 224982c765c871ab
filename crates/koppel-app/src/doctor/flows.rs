//! Flows: schedules, states, what is set aside and under way.

use std::collections::BTreeMap;
use std::time::Duration;

use api_core::Timestamp;
use sync_core::EntityKind;
use sync_core::store::{FlowRow, ParkReason, RunStatus};

use super::{Doctor, Health, quoted};
use crate::app::App;
use crate::config::{ConnectionSettings, FlowConfig, format_duration};
use crate::error::AppError;
use crate::owner;
use crate::schedule::Due;

/// A moment to the second.
fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_seconds(at.as_micros().div_euclid(1_000_000))
}

/// A flow that is due for longer is run by no timer.
const OVERDUE: Duration = Duration::from_secs(30 * 60);
/// How far ahead of the clock a run may have begun.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

impl Doctor<'_> {
    pub(super) async fn flows(&mut self, app: &App) {
        let known = app.config().store.path.is_file();
        for flow in app.config().flows.values() {
            self.left_out(app, flow);
            if !known {
                let message = format!("{} to {}: has not run yet", flow.from, flow.to);
                self.ok("flow", flow.name.as_str(), message);
                continue;
            }
            if let Err(error) = self.flow(app, flow).await {
                self.failed("flow", flow.name.as_str(), &error, None);
            }
        }
        // A store that cannot be read is told with its flows.
        if known
            && let Ok(store) = app.store().await
            && let Ok(rows) = store.flows().await
        {
            self.left_open(app, &rows);
        }
    }

    /// Runs that were interrupted, of flows that are not in the configuration: nobody goes on with
    /// them, unless it is another configuration.
    fn left_open(&mut self, app: &App, rows: &[FlowRow]) {
        for row in rows {
            let name = row.name.as_str();
            let gone = !app.config().flows.contains_key(name);
            if !gone || row.position.is_none() || self.held(row) {
                continue;
            }
            let message = "its run was interrupted, and the flow is not in this configuration; \
                           unless another one has it, end the run";
            let next = Some(self.command(format!("flow remove {name}")));
            self.found("flow", name, Health::Warning, message, next);
        }
    }

    async fn flow(&mut self, app: &App, flow: &FlowConfig) -> Result<(), AppError> {
        let name = flow.name.as_str();
        let store = app.store().await?;
        let row = store.flow(&flow.name).await.map_err(app.stored())?;
        let held = row.as_ref().is_some_and(|row| self.held(row));
        self.schedule(app, flow, row.as_ref()).await?;
        self.last_run(app, flow).await?;
        let open = store.open_intents(&flow.name).await.map_err(app.stored())?;
        if open > 0 && !held {
            let message = format!(
                "{open} writes are under way or in doubt; the next sync looks \
                                   them up"
            );
            let next = Some(self.command(format!("sync {name}")));
            self.found("flow", name, Health::Warning, message, next);
        }
        self.parked(app, flow).await
    }

    /// Whether a process is at work on it; that is told.
    fn held(&mut self, row: &FlowRow) -> bool {
        let now = Timestamp::now();
        let Some(by) = row.lease_owner.as_deref() else {
            return false;
        };
        let held = row.lease_until.is_some_and(|until| until >= now) && !owner::is_dead(by);
        if held {
            let message = format!("is being synced by {}", owner::describe(by));
            self.ok("flow", row.name.as_str(), message);
        }
        held
    }

    async fn schedule(
        &mut self,
        app: &App,
        flow: &FlowConfig,
        row: Option<&FlowRow>,
    ) -> Result<(), AppError> {
        let name = flow.name.as_str();
        let due = app.due_of(flow, row).await;
        let every = match app.schedule(flow).await {
            Ok(schedule) => schedule.every.map(format_duration),
            Err(error) => {
                self.failed("flow", name, &error, None);
                return Ok(());
            }
        };
        let every = every.map_or_else(
            || "only when asked".to_owned(),
            |every| format!("every {every}"),
        );
        match due {
            Due::Broken => {
                let message = "is broken: it started three times without getting anything done";
                let next = Some(self.command(format!("sync {name}")));
                self.found("flow", name, Health::Problem, message, next);
            }
            Due::Off => {
                let message = format!("{every}, but switched off (`cron`)");
                let next = Some(self.command(format!("flow resume {name}")));
                self.found("flow", name, Health::Warning, message, next);
            }
            Due::Now => self.due_now(app, name, &every, row),
            Due::At(at) => {
                let message = format!("{every}, due at {}", seconds(at));
                self.ok("flow", name, message);
            }
            _ => self.ok("flow", name, every),
        }
        Ok(())
    }

    fn due_now(&mut self, app: &App, name: &str, every: &str, row: Option<&FlowRow>) {
        let since = row.and_then(|row| row.next_due);
        let late = since.map(|at| Timestamp::now().duration_since(at));
        let (Some(at), Some(late)) = (since, late) else {
            return self.ok("flow", name, format!("{every}, due now"));
        };
        let at = seconds(at);
        if late < OVERDUE {
            return self.ok("flow", name, format!("{every}, due since {at}"));
        }
        let path = &app.config().path;
        let full = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let full = quoted(&full.display().to_string());
        let message = format!("{every}, due since {at}, and nobody runs it: is there a timer?");
        let line = format!("*/5 * * * * koppel --config {full} sync --due --quiet");
        let line = line.replace('\'', "'\\''");
        let next = format!("(crontab -l; echo '{line}') | crontab -");
        self.found("flow", name, Health::Problem, message, Some(next));
    }

    async fn last_run(&mut self, app: &App, flow: &FlowConfig) -> Result<(), AppError> {
        let name = flow.name.as_str();
        let Some(run) = app.runs(Some(name), 1).await?.into_iter().next() else {
            return Ok(());
        };
        if run.started_at.duration_since(Timestamp::now()) > CLOCK_SLACK {
            let message = format!(
                "its last run began at {}, which is still to come: the clock was set back",
                run.started_at
            );
            let next = Some("timedatectl status".to_owned());
            self.found("clock", "", Health::Problem, message, next);
        }
        let next = Some(self.command(format!("run show {}", run.id)));
        if run.status == RunStatus::Failed {
            let why = run.message.unwrap_or_default();
            let message = format!("its last run failed: {}", api_core::redact::one_line(&why));
            self.found("flow", name, Health::Problem, message, next);
        }
        Ok(())
    }

    async fn parked(&mut self, app: &App, flow: &FlowConfig) -> Result<(), AppError> {
        let name = flow.name.as_str();
        let mut reasons: BTreeMap<&'static str, (u64, ParkReason)> = BTreeMap::new();
        app.parked(Some(name), None, &mut |row| {
            let entry = reasons.entry(row.reason.as_str());
            entry.or_insert((0, row.reason)).0 += 1;
            true
        })
        .await?;
        for (count, reason) in reasons.into_values() {
            let records = if count == 1 { "record" } else { "records" };
            let message = format!("{count} {records} set aside: {}", reason.describe());
            let next = Some(self.command(format!("parked list --flow {name}")));
            self.found("flow", name, Health::Warning, message, next);
        }
        Ok(())
    }

    /// What SmartCRM gives only with its second token is left out without one.
    fn left_out(&mut self, app: &App, flow: &FlowConfig) {
        let connections = &app.config().connections;
        let (Some(from), Some(to)) = (connections.get(&flow.from), connections.get(&flow.to))
        else {
            return;
        };
        let ConnectionSettings::SmartCrm(settings) = &from.settings else {
            return;
        };
        let left_out: Vec<&str> = (EntityKind::ALL.into_iter())
            .filter(|entity| from.needs_client_token(*entity) && to.writes().contains(entity))
            .filter(|entity| !flow.entities.contains(entity))
            .map(EntityKind::plural)
            .collect();
        if left_out.is_empty() || !settings.lacks_client_token() {
            return;
        }
        let message = format!(
            "{} are left out: SmartCRM gives them only with its second token",
            left_out.join(", ")
        );
        let next = self.command(format!("connection set {} client_token=-", from.name));
        self.found(
            "flow",
            flow.name.as_str(),
            Health::Warning,
            message,
            Some(next),
        );
    }
}
