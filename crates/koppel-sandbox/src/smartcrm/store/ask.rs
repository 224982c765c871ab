//! How a write is asked, and what becomes of it.

use crate::common::BadRecord;

/// What the server does with the `external_id` a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExternalIdMode {
    /// A create with a known `external_id` updates that record.
    #[default]
    Upsert,
    /// It is kept and can be searched; a second create makes a second record.
    Stored,
    /// It is dropped and cannot be searched.
    Ignored,
}

/// Why a write was not applied.
#[derive(Debug)]
pub(crate) enum Refusal {
    Unknown,
    Invalid(Vec<(String, String)>),
}

/// What a write did, and to which record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created(u64),
    Updated(u64),
    Unchanged(u64),
}

impl Outcome {
    pub(crate) fn id(self) -> u64 {
        match self {
            Outcome::Created(id) | Outcome::Updated(id) | Outcome::Unchanged(id) => id,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Outcome::Created(_) => "created",
            Outcome::Updated(_) => "updated",
            Outcome::Unchanged(_) => "unchanged",
        }
    }
}

/// Who asks for a write, and under which rules.
pub(crate) struct Ask<'a> {
    pub(crate) request: u64,
    pub(crate) journal: bool,
    pub(crate) bad: &'a [BadRecord],
}

impl Ask<'_> {
    /// A write that comes from the test itself, not over HTTP.
    pub(crate) const DIRECT: Ask<'static> = Ask {
        request: 0,
        journal: false,
        bad: &[],
    };
}
