//! Telling how a run gets on, while it runs.

use api_core::Timestamp;

use crate::store::{Counts, RunStatus};
use crate::{EntityKind, FlowName, RunId};

/// Something worth showing while a run runs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// A run began, or went on.
    Run {
        /// The flow.
        flow: FlowName,
        /// The run.
        run: RunId,
        /// Whether it was interrupted and goes on now.
        resumed: bool,
    },
    /// A kind of record has its turn.
    Entity {
        /// The kind.
        entity: EntityKind,
        /// How many there are in the source, if that is known.
        total: Option<u64>,
    },
    /// Some records more are done.
    Records {
        /// The kind.
        entity: EntityKind,
        /// What became of them.
        counts: Counts,
    },
    /// The run waits, for a rate limit or for a remote to settle.
    Waiting {
        /// Until when.
        until: Timestamp,
    },
    /// The run ended.
    Ended {
        /// How.
        status: RunStatus,
    },
}
