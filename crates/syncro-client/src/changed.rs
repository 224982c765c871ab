//! What changed since a moment: where the server tells, and where all has to be
//! read.

use api_core::Timestamp;

/// Whether a list honours its parameter for what changed since a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Probe {
    /// A moment in the future gave nothing: it does.
    Honoured,
    /// A moment in the future gave records: it does not.
    Ignored,
}

/// What a probe found, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) probe: Probe,
    pub(crate) at: Timestamp,
}
