//! The overview of errors: each once, however often it happened.

mod id;
mod list;
mod state;

use api_core::Timestamp;
use serde::Serialize;

pub use id::{IssueId, IssueRef};
#[cfg(test)]
pub(crate) use list::statement;
pub use state::{Changed, IssueState};

use crate::error::Error;
use crate::level::Level;
use crate::log::AuditLog;
use crate::page::Cursor;

/// Errors and warnings that are one and the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Issue {
    /// Its number.
    pub fingerprint: IssueId,
    /// The version of the rules by which its entries were recognised as the same.
    pub algo: i64,
    /// A line for people.
    pub title: String,
    /// How much its newest entry matters.
    pub level: Level,
    /// The kind of system.
    pub system: Option<String>,
    /// What happened.
    pub event: String,
    /// The code.
    pub code: Option<String>,
    /// The HTTP status of the newest entry, while that is kept.
    pub status: Option<u16>,
    /// When it was seen first.
    pub first: Timestamp,
    /// When it was seen last.
    pub last: Timestamp,
    /// How often it was seen.
    pub count: u64,
    /// Whether somebody has to do something.
    pub state: IssueState,
    /// When the state changed.
    pub state_at: Option<Timestamp>,
    /// Who changed the state.
    pub state_by: Option<String>,
    /// What whoever changed it had to say.
    pub note: Option<String>,
    /// How many connections it struck.
    pub connection_count: u64,
    /// The connections it struck and how often, the most first: all of them where an issue is
    /// looked up alone, up to 20 in a list of issues where it struck no more than that.
    pub connections: Vec<(String, u64)>,
    /// How often it was seen on each of the last seven days of UTC, today last.
    pub days: [u64; 7],
    /// The number of its newest entry.
    pub last_entry: i64,
}

/// Which issues to list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssueFilter {
    /// In one of these states; any when empty.
    pub states: Vec<IssueState>,
    /// Of this kind of system.
    pub system: Option<String>,
    /// That struck this connection.
    pub connection: Option<String>,
    /// With this code.
    pub code: Option<String>,
    /// The most issues to return, 1 to 1000.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// What today is.
    pub now: Option<Timestamp>,
}

impl Default for IssueFilter {
    fn default() -> Self {
        Self {
            states: Vec::new(),
            system: None,
            connection: None,
            code: None,
            limit: 50,
            after: None,
            now: None,
        }
    }
}

impl IssueFilter {
    /// All issues.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Those that somebody has to look at: open and regressed ones.
    #[must_use]
    pub fn unsolved() -> Self {
        Self::new()
            .state(IssueState::Open)
            .state(IssueState::Regressed)
    }

    /// Adds a state; with several, any of them will do.
    #[must_use]
    pub fn state(mut self, state: IssueState) -> Self {
        self.states.push(state);
        self
    }

    /// Only those of this kind of system.
    #[must_use]
    pub fn system(mut self, system: impl Into<String>) -> Self {
        self.system = Some(system.into());
        self
    }

    /// Only those that struck this connection.
    #[must_use]
    pub fn connection(mut self, connection: impl Into<String>) -> Self {
        self.connection = Some(connection.into());
        self
    }

    /// Only those with this code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Those after another page.
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }

    /// Takes another time as now, for the last seven days.
    #[must_use]
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }
}

/// A page of issues.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Issues {
    /// The issues, the one seen last first.
    pub issues: Vec<Issue>,
    /// Where the next page begins; `None` when there are no more.
    pub next: Option<Cursor>,
}

impl AuditLog {
    /// Lists issues, the one seen last first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a filter that makes no sense, or the database's failure.
    pub async fn issues(&self, filter: &IssueFilter) -> Result<Issues, Error> {
        list::issues(&self.shared().db, filter).await
    }

    /// Looks one issue up, with all connections that it struck.
    ///
    /// # Errors
    /// [`Error::Invalid`] when more than one begins so, or the database's failure.
    pub async fn issue(&self, which: &IssueRef) -> Result<Option<Issue>, Error> {
        list::issue(&self.shared().db, which, None).await
    }

    /// Says that an issue is resolved; when it is seen again, it is regressed.
    ///
    /// An `issue.resolve` entry goes into the log with it.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is no such issue, or the database's failure.
    pub async fn resolve(
        &self,
        issue: IssueId,
        actor: &str,
        note: Option<&str>,
    ) -> Result<Changed, Error> {
        state::change(self, issue, IssueState::Resolved, actor, note).await
    }

    /// Says that an issue is to be ignored; it is only counted from now on.
    ///
    /// An `issue.ignore` entry goes into the log with it.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub async fn ignore(
        &self,
        issue: IssueId,
        actor: &str,
        note: Option<&str>,
    ) -> Result<Changed, Error> {
        state::change(self, issue, IssueState::Ignored, actor, note).await
    }

    /// Opens an issue again.
    ///
    /// An `issue.reopen` entry goes into the log with it.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub async fn reopen(
        &self,
        issue: IssueId,
        actor: &str,
        note: Option<&str>,
    ) -> Result<Changed, Error> {
        state::change(self, issue, IssueState::Open, actor, note).await
    }
}
