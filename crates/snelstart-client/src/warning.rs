//! What went well, and still deserves to be known.

use std::fmt;

/// Something that went well and still deserves to be known; without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A list held records that its filter excludes; they were left out here.
    FilterIgnored {
        /// The operation.
        operation: &'static str,
        /// The filter.
        filter: String,
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
            Self::FilterIgnored { operation, filter } => write!(
                f,
                "{operation}: the server ignored the filter {filter}; it was applied here"
            ),
            Self::Note { operation, message } => write!(f, "{operation}: {message}"),
        }
    }
}
