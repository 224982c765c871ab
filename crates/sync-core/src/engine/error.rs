//! Why a run ends early.

use api_core::{Error, ErrorKind, Timestamp};

use crate::{FlowName, StoreError};

/// Why a run could not go on.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The flow is at work elsewhere.
    #[error("flow `{flow}` is being synced by {owner} already")]
    Busy {
        /// The flow.
        flow: FlowName,
        /// Who has it.
        owner: String,
        /// Until when, unless it is renewed.
        until: Timestamp,
    },
    /// The store failed.
    #[error("the state store: {0}")]
    Store(#[from] StoreError),
    /// The source failed.
    #[error("reading from `{connection}`: {error}")]
    Source {
        /// The connection.
        connection: String,
        /// What went wrong.
        error: Error,
    },
    /// The target failed.
    #[error("writing to `{connection}`: {error}")]
    Target {
        /// The connection.
        connection: String,
        /// What went wrong.
        error: Error,
    },
    /// The target needs longer to settle than the run waits.
    #[error("an answer was lost, and the target cannot be asked about it before {until}")]
    Settling {
        /// From when on it can.
        until: Timestamp,
    },
    /// Somebody asked the run to stop.
    #[error("the run was stopped")]
    Cancelled,
}

impl SyncError {
    /// What kind of error it is, for exit codes.
    pub fn kind(&self) -> ErrorKind {
        match self {
            SyncError::Busy { .. } => ErrorKind::Conflict,
            SyncError::Store(_) => ErrorKind::Storage,
            SyncError::Source { error, .. } | SyncError::Target { error, .. } => error.kind(),
            SyncError::Settling { .. } => ErrorKind::Unavailable,
            SyncError::Cancelled => ErrorKind::Cancelled,
        }
    }

    /// The remote's error, if it was one.
    pub fn remote(&self) -> Option<&Error> {
        match self {
            SyncError::Source { error, .. } | SyncError::Target { error, .. } => Some(error),
            _ => None,
        }
    }
}
