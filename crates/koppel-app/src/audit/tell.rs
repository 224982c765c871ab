//! Entries of what the app itself does: connection tests, settings, webhooks.

use std::time::Duration;

use api_core::redact;
use audit_log::{Entry, EventName, Level};
use serde_json::{Value as Json, json};
use sync_core::{CheckReport, EntityKind};
use syncro_client::webhook::{Event, EventKind};

use super::Audit;
use super::settings::SettingChange;
use crate::app::App;
use crate::config::ConnectionConfig;
use crate::error::AppError;
use crate::trigger::Triggered;

/// More keys than this are counted only.
const MOST_KEYS: usize = 200;

/// A call by hand.
pub(crate) struct Called<'a> {
    /// The method, where the path does not say it all.
    pub(crate) method: Option<&'a str>,
    /// What is called, as far as that may be told.
    pub(crate) path: String,
    /// Whether it changes nothing.
    pub(crate) reads: bool,
}

impl Audit {
    fn about(&self, connection: &ConnectionConfig, entry: Entry) -> Entry {
        entry
            .system(connection.kind.as_str())
            .connection(connection.name.as_str())
    }

    /// Writes down how a connection test went.
    pub(crate) async fn tested(
        &self,
        connection: &ConnectionConfig,
        report: &CheckReport,
        took: Duration,
    ) {
        let ok = report.is_ok();
        let (level, how) = match ok {
            true => (Level::Info, "worked"),
            false => (Level::Error, "failed"),
        };
        let mut message = format!("The test of the connection {} {how}", connection.name);
        if let Some(error) = &report.error {
            message.push_str(": ");
            message.push_str(redact::one_line(error.message()).trim_end_matches('.'));
        }
        message.push('.');
        // What was seen in a step may name people; that it worked says enough.
        let steps: Vec<Json> = (report.steps.iter())
            .map(|step| json!({ "name": step.name, "ok": step.ok, "ms": millis(step.duration) }))
            .collect();
        let mut entry = Entry::new(level, EventName::ConnectionTest, message)
            .actor(self.user())
            .duration(took)
            .detail("steps", Json::Array(steps));
        if let Some(error) = &report.error {
            entry = entry.code(error.code_str().unwrap_or(error.kind().as_str()));
            entry.status = error.status_code();
        }
        self.note(self.about(connection, entry)).await;
    }

    /// Writes down that a connection could not even be tried.
    pub(crate) async fn not_tested(&self, connection: &ConnectionConfig, error: &AppError) {
        let why = redact::one_line(&error.to_string());
        let name = &connection.name;
        let message = format!("The test of the connection {name} failed: {why}");
        let entry = Entry::new(Level::Error, EventName::ConnectionTest, message)
            .actor(self.user())
            .code(error.kind());
        self.note(self.about(connection, entry)).await;
    }

    /// Writes down that a person calls an API by hand, before that is done.
    pub(crate) async fn calls(&self, connection: &ConnectionConfig, called: &Called<'_>) {
        let Called { method, path, .. } = called;
        let what = match method {
            Some(method) => format!("{method} {path}"),
            None => path.clone(),
        };
        let message = format!("A person calls {what} by hand.");
        let level = if called.reads {
            Level::Debug
        } else {
            Level::Info
        };
        let entry = Entry::new(level, EventName::ApiCall, message).actor(self.user());
        let entry = match method {
            Some(method) => entry.method(*method).path(path.as_str()),
            None => entry.operation(path.as_str()),
        };
        self.note(self.about(connection, entry)).await;
    }

    /// Writes down that a person sent a sample of a webhook, and what came of it.
    pub(crate) async fn triggered(
        &self,
        connection: &ConnectionConfig,
        event: &EventKind,
        done: &Result<Triggered, AppError>,
        took: Duration,
    ) {
        let how = match done {
            Ok(done) if done.is_taken() => format!("{} took it", done.to),
            Ok(done) => format!("{} refused it", done.to),
            Err(error) => redact::one_line(&error.to_string()),
        };
        let how = how.trim_end_matches('.');
        let message = format!("A person sent a sample of the webhook {event}: {how}.");
        // Whoever tries it sees how it goes: a refusal is none of the errors to work through.
        let mut entry = Entry::new(Level::Info, EventName::ApiCall, message)
            .actor(self.user())
            .method("POST")
            .path("/hook/…")
            .duration(took);
        match done {
            Ok(done) => entry.status = Some(done.status),
            Err(error) => entry.code = Some(error.kind().to_owned()),
        }
        self.note(self.about(connection, entry)).await;
    }

    /// Hands over that a webhook came in.
    pub(crate) fn heard(&self, connection: &ConnectionConfig, event: &Event, duplicate: bool) {
        let again = if duplicate { " once more" } else { "" };
        let message = format!("A webhook came in{again}: {}.", event.kind);
        let mut entry = Entry::new(Level::Info, EventName::WebhookReceive, message)
            .detail("kind", event.kind.to_string())
            .detail("duplicate", duplicate);
        entry.at = event.received_at;
        if let Some((resource, id)) = event.records().into_iter().next() {
            let kind = crate::listen::kind_of(resource).map(EntityKind::as_str);
            entry.entity = kind.map(str::to_owned);
            entry.record = Some(id.to_string());
        }
        self.offer(self.about(connection, entry));
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl App {
    /// Writes down who made the configuration file. A log that cannot be written is logged and
    /// stops nothing.
    pub async fn tell_made(&self) {
        let file = self.config().path.display().to_string();
        let message = "The configuration was made.";
        let entry = Entry::new(Level::Info, EventName::AdminSetting, message)
            .actor(self.user())
            .detail("file", file);
        self.audit.note(entry).await;
    }

    /// Writes down who changed which settings, as
    /// [`ConfigFile::changes`](crate::edit::ConfigFile::changes) has them. A log that cannot be
    /// written is logged and stops nothing.
    pub async fn tell_settings(&self, changes: &[SettingChange]) {
        if changes.is_empty() {
            return;
        }
        let parts = |table: &str| {
            // Of what it is about as a whole; keys come in their order.
            let mut names: Vec<&str> = (changes.iter())
                .filter_map(|change| {
                    let mut parts = change.key.split('.');
                    parts.next().filter(|part| *part == table)?;
                    parts.next()
                })
                .collect();
            names.dedup();
            match names[..] {
                [one] => Some(one.to_owned()),
                _ => None,
            }
        };
        let keys: Vec<&str> = (changes.iter().take(5))
            .map(|change| change.key.as_str())
            .collect();
        let more = match changes.len() - keys.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!("Settings were changed: {}{more}.", keys.join(", "));
        let listed = changes.iter().take(MOST_KEYS).map(SettingChange::to_json);
        let mut entry = Entry::new(Level::Info, EventName::AdminSetting, message)
            .actor(self.user())
            .detail("file", self.config().path.display().to_string())
            .detail("keys", changes.len())
            .detail("changes", Json::Array(listed.collect()));
        entry.connection = parts("connections");
        entry.flow = parts("flows");
        entry.system = (entry.connection.as_deref())
            .and_then(|name| self.audit.system_of(name))
            .map(str::to_owned);
        self.audit.note(entry).await;
    }
}
