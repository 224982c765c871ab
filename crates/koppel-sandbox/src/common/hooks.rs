//! A test's own say in every request: look on, cut the line, or hang.

use std::fmt;
use std::sync::Arc;

/// When a hook is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The request was read whole; nothing was changed yet.
    BeforeApply,
    /// The change (if any) is made and journalled; no answer was sent yet.
    AfterApply,
}

/// A request as a hook sees it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RequestEvent {
    /// Counted from 1 over all API requests of this server.
    pub number: u64,
    /// Before or after the change.
    pub phase: Phase,
    /// The HTTP method in capitals.
    pub method: String,
    /// The path below the API's base, such as `clients/batch`; with Simply CRM the API and the
    /// operation, such as `webservice/create`.
    pub path: String,
    /// The resource or module the request is about, such as `clients`; none for a ping.
    pub entity: Option<&'static str>,
    /// Whether the request asks for a change.
    pub is_write: bool,
    /// Whether the request is a list with exact filters.
    pub is_search: bool,
}

/// What becomes of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookAction {
    /// It goes on.
    Continue,
    /// The connection is closed; not a byte of an answer is sent.
    DropConnection,
    /// No answer comes and the connection stays open until the server ends.
    Hang,
}

/// The function a test hands in; it runs on the server's thread and may block.
pub(crate) type HookFn = Arc<dyn Fn(RequestEvent) -> HookAction + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Hook(pub(crate) HookFn);

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}
