//! What follows from a sync: what is still on its way, old entries, and a process that died.

use api_core::redact;
use audit_log::{Entry, EventName, Level, Outcome};
use sync_core::store::{RunStatus, Trigger};
use sync_core::{FlowName, RunId};

use super::{PumpError, prune};
use crate::app::App;
use crate::error::{AppError, Exit};
use crate::owner;

impl App {
    /// Writes down what is on its way into the audit log, takes out what is old, and says what
    /// somebody should know.
    pub(crate) async fn after_sync(&self, pumped: Result<(), PumpError>) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |error: AppError| {
            let help = error.help().unwrap_or_default();
            warnings.push(format!("{error}; {help}"));
        };
        let mut usable = true;
        if let Err(error) = pumped {
            usable = false;
            warn(self.not_moved(error));
        }
        if usable && let Some(log) = self.audit.if_usable().await {
            match log.flush().await {
                Ok(()) => prune::if_due(&self.audit, log).await,
                Err(error) => warn(error.into()),
            }
        }
        for (count, what) in [
            (self.audit.missed(), "requests"),
            (self.audit.lost(), "entries"),
        ] {
            if count > 0 {
                let text =
                    format!("{count} {what} are not in the audit log, as it could not be used");
                warnings.push(text);
            }
        }
        warnings
    }

    /// Writes down that a run did not even begin. What somebody else is at work on, or somebody
    /// has stopped, is no failure. A sync does that by itself; whoever finds out before, tells it.
    pub async fn tell_not_begun(&self, flow: &str, trigger: Trigger, error: &AppError) {
        let known = self.config().flows.contains_key(flow);
        let no_failure = [Exit::Usage, Exit::Interrupted].contains(&error.exit());
        if !known || no_failure || matches!(error, AppError::Busy { .. }) {
            return;
        }
        let why = redact::one_line(&error.to_string());
        let why = why.trim_end_matches('.');
        let message = format!("The run did not begin: {why}.");
        let entry = Entry::new(Level::Error, EventName::RunEnd, message)
            .outcome(Outcome::RunFailed)
            .actor(self.user())
            .detail("status", RunStatus::Failed.as_str())
            .detail("trigger", trigger.as_str());
        self.tell_failure(flow, entry, error).await;
    }

    /// Writes down that the store failed in the middle of a run, which the next start goes on with
    /// or ends.
    pub(crate) async fn tell_cut_short(&self, flow: &str, run: RunId, error: &AppError) {
        let why = redact::one_line(&error.to_string());
        let why = why.trim_end_matches('.');
        let message = format!("The run broke off, and the next one goes on with it: {why}.");
        let mut entry = Entry::new(Level::Error, EventName::LogMessage, message);
        entry.run = Some(run.uuid());
        self.tell_failure(flow, entry, error).await;
    }

    async fn tell_failure(&self, flow: &str, entry: Entry, error: &AppError) {
        let mut entry = entry.flow(flow).code(error.kind());
        let mut connection = (self.config().flows.get(flow)).map(|flow| flow.to.to_string());
        if let AppError::Remote(remote) = error {
            connection = Some(remote.connection.clone());
            entry.status = remote.error.status_code();
            if let Some(code) = remote.error.code_str() {
                entry = entry.code(code);
            }
        }
        entry.system = (connection.as_deref())
            .and_then(|name| self.audit.system_of(name))
            .map(str::to_owned);
        entry.connection = connection;
        self.audit.note(entry).await;
    }

    /// Writes down that a process died that was at work on a flow.
    pub(crate) async fn tell_crash(&self, flow: &FlowName, held_by: &str) {
        let message = format!(
            "The {} that was at work on the flow {flow} is gone without having let go of it.",
            owner::describe(held_by)
        );
        let mut entry = Entry::new(Level::Warning, EventName::EngineCrash, message)
            .flow(flow.as_str())
            .actor(self.user())
            .detail("owner", held_by);
        if let Ok(store) = self.store().await
            && let Ok(Some(row)) = store.flow(flow).await
        {
            entry.run = row.position.map(|position| RunId::uuid(position.run));
            entry.system = self.audit.system_of(row.target.as_str()).map(str::to_owned);
            entry.connection = Some(row.target.into_string());
        }
        self.audit.note(entry).await;
    }
}
