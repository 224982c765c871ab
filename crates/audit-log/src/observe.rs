//! Every HTTP exchange of a connection, as an entry.

use std::fmt;
use std::sync::Arc;

use api_core::{Error, ErrorKind, Exchange, ExchangeObserver, Ready, SendOutcome};
use uuid::Uuid;

use crate::entry::{Bodies, Entry};
use crate::event::EventName;
use crate::level::Level;
use crate::log::AuditLog;
use crate::mask;

/// How much more of a body is read than is kept: cutting is done once, after
/// masking, where it can say what is missing.
const READ_MORE: usize = 8;

/// What a request belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The flow.
    pub flow: Option<String>,
    /// The run.
    pub run: Option<Uuid>,
}

type Ask = Arc<dyn Fn() -> Context + Send + Sync>;

/// Writes the exchanges of one connection into a log.
///
/// A success is DEBUG, and so is a GET of something that is not there;
/// a failure that may pass is a WARNING, any other an ERROR. All have
/// request and response with them.
///
/// Hand it to the client's `observer` setting. A call waits while the log has
/// no room, so nothing is lost; it does not wait for a log that cannot be
/// written, nor until a large exchange is masked: that is done on another
/// thread before it goes to the writer.
#[derive(Clone)]
pub struct Observer {
    log: AuditLog,
    system: String,
    connection: String,
    context: Ask,
    asides: &'static [&'static str],
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer")
            .field("log", &self.log)
            .field("system", &self.system)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl Observer {
    /// Observes a connection to a kind of system, such as `smartcrm`.
    #[must_use]
    pub fn new(log: AuditLog, system: impl Into<String>, connection: impl Into<String>) -> Self {
        Self {
            log,
            system: system.into(),
            connection: connection.into(),
            context: Arc::new(Context::default),
            asides: &[],
        }
    }

    /// Sets who says to which flow and run a request belongs; asked at the end
    /// of each exchange, on the task that made the call.
    #[must_use]
    pub fn context(mut self, context: Arc<dyn Fn() -> Context + Send + Sync>) -> Self {
        self.context = context;
        self
    }

    /// Names operations of which a refusal is no error, such as the end of a
    /// session or a probe; it is written at DEBUG, as a success is.
    ///
    /// A login that is refused, and a failure that may pass, matter as always.
    #[must_use]
    pub fn asides(mut self, operations: &'static [&'static str]) -> Self {
        self.asides = operations;
        self
    }

    fn wants_level(&self, level: Level) -> bool {
        self.log.wants(level, Some(&self.connection))
    }

    fn entry(&self, exchange: &Exchange) -> Entry {
        let context = (self.context)();
        let called = format!("{} {}", exchange.method, exchange.path_template);
        let (level, message) = match &exchange.error {
            None => (Level::Debug, called + mask::SUCCEEDED),
            Some(error) => {
                let level = match level_of(error.kind, &exchange.method) {
                    Level::Error
                        if error.kind != ErrorKind::Auth
                            && self.asides.contains(&exchange.operation) =>
                    {
                        Level::Debug
                    }
                    level => level,
                };
                let message = match (error.message.trim(), exchange.status) {
                    ("", Some(status)) => format!("{called} was answered with {status}."),
                    ("", None) => format!("{called} was not answered."),
                    (message, _) => message.to_owned(),
                };
                (level, message)
            }
        };
        let mut entry = Entry::new(level, EventName::HttpExchange, message)
            .at(exchange.started)
            .system(&self.system)
            .connection(&self.connection)
            .operation(exchange.operation)
            .method(&exchange.method)
            .path(&exchange.path_template)
            .duration(exchange.duration)
            .attempt(exchange.attempt);
        entry.flow = context.flow;
        entry.run = context.run;
        entry.status = exchange.status;
        entry.request_id = request_id(&exchange.response_headers);
        if let Some(error) = &exchange.error {
            let kind = error.kind.as_str();
            entry = entry
                .code(error.code.as_deref().unwrap_or(kind))
                .detail("kind", kind);
            if exchange.outcome == SendOutcome::Unknown {
                entry = entry.detail("applied", "unknown");
            }
        }
        entry.bodies(Bodies {
            url: exchange.url.clone(),
            request_headers: exchange.request_headers.clone(),
            request: exchange.request_body.clone(),
            response_headers: exchange.response_headers.clone(),
            response: exchange.response_body.clone(),
        })
    }
}

/// How much a failure matters.
fn level_of(kind: ErrorKind, method: &str) -> Level {
    match kind {
        ErrorKind::NotFound if matches!(method, "GET" | "HEAD") => Level::Debug,
        kind if kind.is_transient() => Level::Warning,
        _ => Level::Error,
    }
}

/// The id that a remote gives a request, among the headers that are shown.
fn request_id(headers: &[(String, String)]) -> Option<String> {
    ["x-request-id", "request-id", "x-correlation-id"]
        .iter()
        .find_map(|wanted| headers.iter().find(|(name, _)| name == wanted))
        .map(|(_, id)| id.clone())
}

impl ExchangeObserver for Observer {
    fn exchange(&self, exchange: &Exchange) {
        // It has happened, and its call waited for room before. What is lost while the log cannot
        // be written is counted by the log, and told by it.
        self.log.squeeze(self.entry(exchange));
    }

    fn body_bytes(&self) -> usize {
        let kept = self.log.shared().settings.mask.body_bytes;
        kept.saturating_mul(READ_MORE)
    }

    fn wants(&self, error: Option<&Error>) -> bool {
        let level = match error {
            None => Level::Debug,
            // Of a GET that found nothing it is decided when its method is known.
            Some(error) => level_of(error.kind(), ""),
        };
        self.wants_level(level)
    }

    fn ready(&self) -> Option<Ready<'_>> {
        if self.log.has_room() || self.log.writer_health().is_some() {
            return None;
        }
        Some(Box::pin(self.log.room()))
    }
}
