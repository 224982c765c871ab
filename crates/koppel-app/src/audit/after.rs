//! What follows from a sync: what is still on its way, old entries, and a process that died.

use audit_log::{Entry, EventName, Level};
use sync_core::{FlowName, RunId};

use super::{PumpError, prune};
use crate::app::App;
use crate::owner;

impl App {
    /// Writes down what is on its way into the audit log, takes out what is old, and says what
    /// somebody should know.
    pub(crate) async fn after_sync(&self, pumped: Result<(), PumpError>) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |error: crate::AppError| {
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
            && let Some(position) = row.position
        {
            entry.run = Some(RunId::uuid(position.run));
        }
        if let Some(flow) = self.config().flows.get(flow) {
            entry.system = self.audit.system_of(flow.to.as_str()).map(str::to_owned);
            entry.connection = Some(flow.to.to_string());
        }
        self.audit.note(entry).await;
    }
}
