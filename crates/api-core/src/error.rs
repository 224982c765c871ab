//! Errors that say what the caller can do next.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::redact;

mod kind;

pub use kind::{ErrorKind, SendOutcome, UnknownName};

/// The longest excerpt of a remote body an error keeps, in characters.
pub const EXCERPT_CHARS: usize = 200;

/// The longest message an error keeps, in characters.
const MESSAGE_CHARS: usize = 2_000;

type Source = Arc<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
    excerpt: Option<String>,
    outcome: SendOutcome,
    attempts: u32,
    source: Option<Source>,
    fields: BTreeMap<String, String>,
    help: Option<String>,
}

/// A failed call: what to do, what is known, and where it came from.
///
/// Small (one pointer), cheap enough to clone, and free of secrets: messages
/// and excerpts pass through [`redact::text`] on the way in.
///
/// ```
/// use api_core::{Error, ErrorKind, SendOutcome};
///
/// let error = Error::new(ErrorKind::Validation, "The e-mail address is taken.")
///     .operation("clients.create")
///     .status(422)
///     .help("Mend the address in the CRM, then sync again.");
/// assert_eq!(error.send_outcome(), SendOutcome::Rejected);
/// assert_eq!(
///     error.to_string(),
///     "clients.create: The e-mail address is taken. (validation, HTTP 422)"
/// );
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates an error of a kind, with a sentence for a person.
    ///
    /// The outcome is [`ErrorKind::default_outcome`] until
    /// [`outcome`](Self::outcome) says better.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = redact::cap_chars(&redact::text(&message.into()), MESSAGE_CHARS);
        Self(Box::new(Inner {
            kind,
            message,
            operation: None,
            status: None,
            code: None,
            retry_after: None,
            request_id: None,
            excerpt: None,
            outcome: kind.default_outcome(),
            attempts: 0,
            source: None,
            fields: BTreeMap::new(),
            help: None,
        }))
    }

    /// Names the operation that failed, such as `clients.create`.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    /// Sets the HTTP status of the answer.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the remote's own error code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.0.code = Some(redact::cap_chars(
            &redact::text(&code.into()),
            EXCERPT_CHARS,
        ));
        self
    }

    /// Sets how long the remote asks to wait.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// Sets the remote's identifier of the request, for its support desk.
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(redact::cap_chars(&id.into(), EXCERPT_CHARS));
        self
    }

    /// Keeps the beginning of the answer: redacted, at most 200 characters.
    #[must_use]
    pub fn excerpt(mut self, text: impl AsRef<str>) -> Self {
        self.0.excerpt = Some(redact::excerpt(text.as_ref(), EXCERPT_CHARS));
        self
    }

    /// States what is known about the request that was sent.
    #[must_use]
    pub fn outcome(mut self, outcome: SendOutcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// States how many attempts were made.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Attaches the cause.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Attaches the remote's messages per field.
    #[must_use]
    pub fn fields(mut self, fields: BTreeMap<String, String>) -> Self {
        self.0.fields = fields
            .into_iter()
            .map(|(name, message)| {
                let message = redact::cap_chars(&redact::text(&message), EXCERPT_CHARS);
                (name, message)
            })
            .collect();
        self
    }

    /// States the next step for a person.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Takes known secrets out of everything the remote may have repeated.
    ///
    /// A cause whose own text repeats one is dropped.
    #[must_use]
    pub fn scrubbed(mut self, known: &redact::Known) -> Self {
        if known.is_empty() {
            return self;
        }
        let inner = &mut *self.0;
        inner.message = known.scrub(&inner.message);
        for text in [
            &mut inner.code,
            &mut inner.request_id,
            &mut inner.excerpt,
            &mut inner.help,
        ] {
            *text = text.take().map(|text| known.scrub(&text));
        }
        inner.fields = std::mem::take(&mut inner.fields)
            .into_iter()
            .map(|(name, message)| (known.scrub(&name), known.scrub(&message)))
            .collect();
        let repeats = inner.source.as_deref().is_some_and(|source| {
            let first: &(dyn std::error::Error + 'static) = source;
            std::iter::successors(Some(first), |cause| cause.source()).any(|cause| {
                let text = format!("{cause} {cause:?}");
                known.scrub(&text) != text
            })
        });
        if repeats {
            inner.source = None;
        }
        self
    }

    /// Returns what the caller can do.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the sentence for a person.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the operation that failed.
    #[must_use]
    pub fn operation_name(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// Returns the HTTP status of the answer.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns the remote's own error code.
    #[must_use]
    pub fn code_str(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns how long the remote asks to wait.
    #[must_use]
    pub fn retry_after_hint(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the remote's identifier of the request.
    #[must_use]
    pub fn request_id_str(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the redacted beginning of the answer.
    #[must_use]
    pub fn excerpt_str(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// Returns what is known about the request that was sent.
    #[must_use]
    pub fn send_outcome(&self) -> SendOutcome {
        self.0.outcome
    }

    /// Returns how many attempts were made; 0 when nobody counted.
    #[must_use]
    pub fn attempt_count(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the remote's messages per field.
    #[must_use]
    pub fn field_errors(&self) -> &BTreeMap<String, String> {
        &self.0.fields
    }

    /// Returns the next step for a person.
    #[must_use]
    pub fn help_text(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Tells whether the same request may succeed later, unchanged.
    ///
    /// Says nothing about whether it is *safe* to send it again: that is
    /// [`send_outcome`](Self::send_outcome) together with the call's safety.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.kind.is_transient()
    }

    /// Returns the part that is stored and shown in lists.
    #[must_use]
    pub fn summary(&self) -> ErrorSummary {
        ErrorSummary {
            kind: self.0.kind,
            code: self.0.code.clone(),
            status: self.0.status,
            message: self.0.message.clone(),
            operation: self.0.operation.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = &self.0.operation {
            write!(f, "{}: ", redact::one_line(operation))?;
        }
        write!(f, "{} ({}", redact::one_line(&self.0.message), self.0.kind)?;
        if let Some(status) = self.0.status {
            write!(f, ", HTTP {status}")?;
        }
        if let Some(code) = &self.0.code {
            write!(f, ", code {}", redact::one_line(code))?;
        }
        if self.0.attempts > 1 {
            write!(f, ", {} attempts", self.0.attempts)?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &inner.kind)
            .field("message", &inner.message)
            .field("outcome", &inner.outcome);
        if let Some(operation) = &inner.operation {
            out.field("operation", operation);
        }
        if let Some(status) = inner.status {
            out.field("status", &status);
        }
        if let Some(code) = &inner.code {
            out.field("code", code);
        }
        if let Some(delay) = inner.retry_after {
            out.field("retry_after", &delay);
        }
        if let Some(id) = &inner.request_id {
            out.field("request_id", id);
        }
        if let Some(excerpt) = &inner.excerpt {
            out.field("excerpt", excerpt);
        }
        if inner.attempts > 0 {
            out.field("attempts", &inner.attempts);
        }
        if !inner.fields.is_empty() {
            out.field("fields", &inner.fields);
        }
        if let Some(source) = &inner.source {
            out.field("source", &redact::text(&source.to_string()));
        }
        out.finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

/// The part of an [`Error`] that is stored and shown in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorSummary {
    /// What the caller can do.
    pub kind: ErrorKind,
    /// The remote's own error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The HTTP status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The sentence for a person.
    pub message: String,
    /// The operation that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

impl fmt::Display for ErrorSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = &self.operation {
            write!(f, "{}: ", redact::one_line(operation))?;
        }
        write!(f, "{} ({}", redact::one_line(&self.message), self.kind)?;
        if let Some(status) = self.status {
            write!(f, ", HTTP {status}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer_wide_and_crosses_threads() {
        fn shared<T: Clone + Send + Sync + 'static>() {}
        shared::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn display_stays_on_one_line() {
        let error = Error::new(ErrorKind::Validation, "first\nsecond\r\n\tthird")
            .operation("clients.create")
            .status(422)
            .code("E1")
            .attempts(3);
        assert_eq!(
            error.to_string(),
            "clients.create: first second third (validation, HTTP 422, code E1, 3 attempts)"
        );
    }

    #[test]
    fn secrets_leave_message_excerpt_fields_and_debug() {
        let error = Error::new(ErrorKind::Auth, "Bearer s3cr3t-token-value refused")
            .excerpt("password=s3cr3t-token-value")
            .fields(BTreeMap::from([(
                "x".to_owned(),
                "api_key: s3cr3t-token-value".to_owned(),
            )]))
            .source("token=s3cr3t-token-value".to_owned());
        let shown = format!("{error} {error:?} {:?}", error.field_errors());
        assert!(!shown.contains("s3cr3t"), "{shown}");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn an_excerpt_is_capped_by_characters() {
        let error = Error::new(ErrorKind::NotAnApi, "x").excerpt("é".repeat(500));
        assert_eq!(
            error.excerpt_str().map(|text| text.chars().count()),
            Some(EXCERPT_CHARS)
        );
    }

    #[test]
    fn a_summary_survives_json() {
        let summary = Error::new(ErrorKind::NotFound, "Gone.")
            .status(404)
            .summary();
        let json = serde_json::to_string(&summary).unwrap();
        assert_eq!(
            json,
            r#"{"kind":"not_found","status":404,"message":"Gone."}"#
        );
        assert_eq!(
            serde_json::from_str::<ErrorSummary>(&json).unwrap(),
            summary
        );
    }
}
