//! What went well, and still deserves to be known.

use std::fmt;

/// Something that went well and still deserves to be known; without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The server ignores a list's parameter for what changed since a moment:
    /// all of it was read, and what changed was picked here.
    ChangedFilterIgnored {
        /// The operation.
        operation: &'static str,
    },
    /// A page took the server too long; smaller ones are asked for.
    PagesShrunk {
        /// The operation.
        operation: &'static str,
        /// The rows that a page holds from now on.
        per_page: u32,
    },
    /// Rows were deleted, or moved back, while a list was read; it was read
    /// again from an earlier place.
    Drift {
        /// The operation.
        operation: &'static str,
        /// The place it was read from again, counted from 0.
        offset: u64,
    },
    /// Something else.
    Note {
        /// The operation it came up in.
        operation: &'static str,
        /// A sentence.
        message: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChangedFilterIgnored { operation } => write!(
                f,
                "{operation}: the server ignores the filter by time; all was read and filtered here"
            ),
            Self::PagesShrunk {
                operation,
                per_page,
            } => write!(
                f,
                "{operation}: a page took too long; pages of {per_page} are read now"
            ),
            Self::Drift { operation, offset } => write!(
                f,
                "{operation}: rows moved meanwhile; it is read again from row {offset}"
            ),
            Self::Note { operation, message } => write!(f, "{operation}: {message}"),
        }
    }
}
