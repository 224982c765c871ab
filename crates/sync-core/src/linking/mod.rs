//! Linking by hand: what a person decides about links, and what is suggested to one.
//!
//! A decision is about one record of the source. It is weighed against what there is
//! ([`weigh`], [`weigh_undo`]: pure functions), stored in one transaction with its event by
//! [`crate::StateStore::decide`], and can be undone. The engine never goes against one.

mod effect;
mod index;
mod score;
mod weigh;
#[cfg(test)]
mod weigh_tests;

use std::collections::BTreeSet;
use std::fmt;

use api_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::LinkOrigin;
use crate::{EntityKind, FlowName, RecordId};

pub use effect::{Effect, Parking, effect, effect_of_undo};
pub use index::Index;
pub use score::{Identity, label};
pub use weigh::{Situation, UndoSituation, weigh, weigh_undo};

/// What holds of a record of the source until a person decides otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule", content = "target_id")]
pub enum LinkRule {
    /// It is not this record of the target, whatever they have in common.
    Never(RecordId),
    /// It is left out: not created, not updated.
    LeaveOut,
    /// It is none of the target's records: it is created without a look at who is like it.
    Create,
    /// It is a duplicate of the record that is linked to this one of the target: what refers to
    /// it refers to that one, and its own content is not written.
    Merged(RecordId),
}

impl LinkRule {
    /// The word for it: `never`, `leave_out`, `create`, `merged`.
    pub fn as_str(&self) -> &'static str {
        match self {
            LinkRule::Never(_) => "never",
            LinkRule::LeaveOut => "leave_out",
            LinkRule::Create => "create",
            LinkRule::Merged(_) => "merged",
        }
    }

    /// The record of the target that it is about.
    pub fn target_id(&self) -> Option<&RecordId> {
        match self {
            LinkRule::Never(id) | LinkRule::Merged(id) => Some(id),
            LinkRule::LeaveOut | LinkRule::Create => None,
        }
    }

    /// Puts a rule together from its word and its target; `None` if they make none.
    pub fn from_parts(word: &str, target_id: Option<RecordId>) -> Option<Self> {
        match (word, target_id) {
            ("never", Some(id)) => Some(LinkRule::Never(id)),
            ("merged", Some(id)) => Some(LinkRule::Merged(id)),
            ("leave_out", None) => Some(LinkRule::LeaveOut),
            ("create", None) => Some(LinkRule::Create),
            _ => None,
        }
    }
}

/// A rule with the record of the source that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleRow {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// The rule.
    #[serde(flatten)]
    pub rule: LinkRule,
    /// Since when.
    pub at: Timestamp,
}

/// What a person wants for a record of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkDecision {
    /// Link it to this record of the target, for ever.
    Link {
        /// The record of the target.
        target_id: RecordId,
        /// Whether it may become one with the record that is linked there already.
        merge: bool,
        /// Whether it may leave the record that it is linked to now.
        replace: bool,
    },
    /// Take its link away, and never link the two again.
    Unlink,
    /// It is not this record of the target.
    Never {
        /// The record of the target.
        target_id: RecordId,
    },
    /// Leave it out.
    LeaveOut,
    /// Create it: it is none of the records of the target.
    Create,
}

impl LinkDecision {
    /// The record of the target that it is about.
    pub fn target_id(&self) -> Option<&RecordId> {
        match self {
            LinkDecision::Link { target_id, .. } | LinkDecision::Never { target_id } => {
                Some(target_id)
            }
            LinkDecision::Unlink | LinkDecision::LeaveOut | LinkDecision::Create => None,
        }
    }
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecisionKind {
    /// Linked.
    Link,
    /// Merged into the record that is linked there.
    Merge,
    /// The link was taken away.
    Unlink,
    /// Never this pair.
    Never,
    /// Left out.
    LeaveOut,
    /// To be created.
    Create,
}

/// Link and rules of a record of the source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecordState {
    /// Its link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkState>,
    /// Its rules.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rules: BTreeSet<LinkRule>,
}

/// A link, seen from the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkState {
    /// The record of the target.
    pub target_id: RecordId,
    /// How it came about.
    pub origin: LinkOrigin,
    /// When.
    pub linked_at: Timestamp,
}

impl RecordState {
    /// The record of the target that it is linked to.
    pub fn linked_to(&self) -> Option<&RecordId> {
        self.link.as_ref().map(|link| &link.target_id)
    }

    /// The record of the target that it was merged into.
    pub fn merged_into(&self) -> Option<&RecordId> {
        self.rules.iter().find_map(|rule| match rule {
            LinkRule::Merged(id) => Some(id),
            _ => None,
        })
    }

    /// Whether its content is not written, by a person's decision.
    pub fn is_kept_out(&self) -> bool {
        self.merged_into().is_some() || self.rules.contains(&LinkRule::LeaveOut)
    }

    /// Whether a person may still say which record of the target it is.
    pub fn is_undecided(&self) -> bool {
        self.link.is_none() && !self.is_kept_out() && !self.rules.contains(&LinkRule::Create)
    }

    /// Whether both say the same of the record, whenever it was said.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.linked_to() == other.linked_to() && self.rules == other.rules
    }
}

/// A decision as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecisionRow {
    /// Its number; later decisions have higher ones.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// The flow it was made for.
    pub flow: FlowName,
    /// What was decided.
    pub kind: DecisionKind,
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// The record of the target, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<RecordId>,
    /// What held before.
    pub before: RecordState,
    /// What holds since.
    pub after: RecordState,
    /// When it was undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_at: Option<Timestamp>,
}

/// The answer to a decision.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Decided {
    /// It is stored.
    Done(Box<DecisionRow>),
    /// It cannot be; nothing was stored.
    Refused(Refusal),
    /// The flow, or another one between the same systems, is at work; nothing was stored.
    Busy {
        /// The flow that is held.
        flow: FlowName,
        /// Who.
        owner: String,
        /// Until when, unless it is renewed.
        until: Timestamp,
    },
}

/// Why a decision cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A write of the record is under way, or its answer got lost.
    InDoubt,
    /// The record of the target is linked to this other record of the source.
    TargetTaken {
        /// The other record of the source.
        source_id: RecordId,
    },
    /// The record is linked to, or merged into, this other record of the target.
    LinkedTo {
        /// The record of the target.
        target_id: RecordId,
    },
    /// It holds already.
    Already,
    /// The record is not linked.
    NotLinked,
    /// There is no decision to undo.
    NothingToUndo,
    /// There is no decision of this number.
    Unknown {
        /// The number.
        id: i64,
    },
    /// The decision was undone before.
    Undone {
        /// Its number.
        id: i64,
    },
    /// A later decision is about the same record.
    Later {
        /// The number of the later one.
        id: i64,
    },
    /// A sync has changed the record's link since.
    Changed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::InDoubt => f.write_str("the answer to its last write is not known yet"),
            Refusal::TargetTaken { source_id } => {
                write!(
                    f,
                    "the record of the target is linked to `{source_id}` of the source"
                )
            }
            Refusal::LinkedTo { target_id } => {
                write!(f, "it is linked to `{target_id}` of the target")
            }
            Refusal::Already => f.write_str("that holds already"),
            Refusal::NotLinked => f.write_str("it is not linked"),
            Refusal::NothingToUndo => f.write_str("there is no decision to undo"),
            Refusal::Unknown { id } => write!(f, "there is no decision {id}"),
            Refusal::Undone { id } => write!(f, "decision {id} was undone already"),
            Refusal::Later { id } => write!(f, "decision {id} about the same record is later"),
            Refusal::Changed => f.write_str("a sync has changed its link since"),
        }
    }
}

/// A record of the target that a record of the source may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The record of the target.
    pub target_id: RecordId,
    /// How alike they are, from 0 to 100.
    pub score: u8,
    /// What they have in common, and what not, in words.
    pub reasons: Vec<String>,
    /// The name of the record in the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
}

/// What is suggested for a record of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggested {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its name in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// The records of the target, the likeliest first.
    pub suggestions: Vec<Suggestion>,
}

/// A suggestion that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestionRow {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its name in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// The record of the target, and why.
    #[serde(flatten)]
    pub suggestion: Suggestion,
    /// The record of the source that the target record is linked to already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<RecordId>,
    /// When it was found.
    pub at: Timestamp,
}
