//! Records that are set aside.

use std::fmt;
use std::str::FromStr;

use api_core::{Error, ErrorSummary, Timestamp};
use serde::{Deserialize, Serialize};

use super::LinkOrigin;
use super::words::words;
use crate::linking::LinkRule;
use crate::{ContentHash, EntityKind, FlowName, Lifecycle, RecordId, RunId};

/// Why a record is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ParkReason {
    /// It could not be mapped.
    Mapping,
    /// The source could not read it.
    Unreadable,
    /// The target refused it.
    Rejected,
    /// It refers to a record that is not in the target (yet).
    Waits,
    /// It was sent and the answer got lost.
    Unknown,
    /// Its answer got lost, and it was looked up and not found: it is to be sent again.
    Unsent,
    /// A person decided about it, or wants it tried: the next run takes it.
    Retry,
    /// Only a person can tell what became of it, or which record it is.
    NeedsPerson,
    /// It was deleted in the target; it is never created anew by itself.
    Gone,
    /// It may not be changed (a booked document).
    Refused,
}

impl ParkReason {
    /// What it means, for people.
    pub fn describe(self) -> &'static str {
        match self {
            ParkReason::Mapping => "cannot be mapped",
            ParkReason::Unreadable => "cannot be read in the source",
            ParkReason::Rejected => "was refused by the target",
            ParkReason::Waits => "waits for a record it refers to",
            ParkReason::Unknown => "was sent, but the answer got lost",
            ParkReason::Unsent => "did not arrive and is sent again",
            ParkReason::Retry => "is taken by the next run",
            ParkReason::NeedsPerson => "needs a person to decide",
            ParkReason::Gone => "was deleted in the target",
            ParkReason::Refused => "may not be changed in the target",
        }
    }

    /// Whether it stays set aside until a person acts.
    pub fn waits_for_person(self) -> bool {
        matches!(
            self,
            ParkReason::NeedsPerson | ParkReason::Gone | ParkReason::Refused
        )
    }
}

/// A record to set aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Park {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Why.
    pub reason: ParkReason,
    /// What was said.
    pub error: ErrorSummary,
    /// The run it happened in.
    pub run: RunId,
    /// The hash of the content that was refused.
    pub hash: Option<ContentHash>,
}

impl Park {
    /// Sets a record aside because of an error.
    pub fn new(
        entity: EntityKind,
        source_id: &RecordId,
        reason: ParkReason,
        error: &Error,
        run: RunId,
    ) -> Self {
        Self {
            entity,
            source_id: source_id.clone(),
            reason,
            error: error.summary(),
            run,
            hash: None,
        }
    }
}

/// A record that is set aside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParkedRow {
    /// The flow.
    pub flow: FlowName,
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Why.
    pub reason: ParkReason,
    /// What was said last.
    pub error: ErrorSummary,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was set aside first.
    pub first_at: Timestamp,
    /// When it was tried last.
    pub last_at: Timestamp,
    /// The run that tried it last.
    pub run: RunId,
}

impl ParkedRow {
    /// Whether a person has to say which record of the target it is.
    pub fn asks_for_link(&self) -> bool {
        self.reason == ParkReason::NeedsPerson
            && matches!(
                self.error.code.as_deref(),
                Some("several_matches" | "no_match" | "unlinked")
            )
    }
}

/// What the store knows of a source record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    /// The target record it is linked to.
    pub target_id: Option<RecordId>,
    /// How that link came about.
    pub origin: Option<LinkOrigin>,
    /// The hash of the content last agreed.
    pub base_hash: Option<ContentHash>,
    /// The hash of the part that a listing gave of it then ([`super::Base::part`]).
    pub part: Option<ContentHash>,
    /// Whether it had come to its end by then.
    pub base_lifecycle: Lifecycle,
    /// The run that wrote the base.
    pub base_run: Option<RunId>,
    /// Why it is set aside, and the run that tried it last.
    pub parked: Option<(ParkReason, RunId)>,
    /// What a person decided about it.
    pub rules: Vec<LinkRule>,
}

impl Known {
    /// Whether a person linked it.
    pub fn is_manual(&self) -> bool {
        self.origin == Some(LinkOrigin::Manual)
    }

    /// Why its content is not written, if a person decided so.
    pub fn kept_out(&self) -> Option<&'static str> {
        self.rules.iter().find_map(|rule| match rule {
            LinkRule::LeaveOut => Some("a person left it out"),
            LinkRule::Merged(_) => Some("a person merged it into another record"),
            LinkRule::Never(_) | LinkRule::Create => None,
        })
    }
}

words! {
    ParkReason {
        Mapping = "mapping", Unreadable = "unreadable", Rejected = "rejected", Waits = "waits",
        Unknown = "unknown", Unsent = "unsent", Retry = "retry", NeedsPerson = "needs_person", Gone = "gone", Refused = "refused",
    }
}
