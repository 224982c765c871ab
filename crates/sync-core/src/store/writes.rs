//! Intents, links, bases and changes.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use api_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::words::words;
use crate::{
    Action, ContentHash, EntityKind, Event, FieldName, Fields, Lifecycle, Marker, OpId, RecordId,
    RunId,
};

/// The content of a write, kept with its intent so that it can be sent again as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// The content, with the target's ids.
    pub fields: Fields,
    /// The fields to write, for an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<BTreeSet<FieldName>>,
    /// The target's content before an update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Fields>,
    /// Whether the record has come to its end.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// The hash of the part that the listing gave of it ([`Base::part`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<ContentHash>,
    /// What is to be told once it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

/// What is known of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// Stored; it may have been sent or not.
    Open,
    /// Sent, and the answer got lost.
    Unknown,
}

/// A write that was planned and whose end is not known yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Its id.
    pub op: OpId,
    /// The run that planned it.
    pub run: RunId,
    /// The kind of record.
    pub entity: EntityKind,
    /// The record in the source.
    pub source_id: RecordId,
    /// What is to be done.
    pub action: Action,
    /// The marker of the source record.
    pub marker: Marker,
    /// The key of the batch that it was sent in; intents of one batch share it.
    pub batch_key: String,
    /// Its content.
    pub payload: Payload,
    /// Whether the answer got lost.
    pub state: IntentState,
    /// When it was stored first; for [`IntentState::Unknown`], when the loss was noticed.
    pub at: Timestamp,
}

/// What was last agreed between source and target.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// The hash of the content.
    pub hash: ContentHash,
    /// The content, with the target's ids.
    pub fields: Fields,
    /// Whether the record had come to its end by then.
    pub lifecycle: Lifecycle,
    /// For a source that lists partial records: the hash of the part that the listing gave, mapped
    /// like the whole. While it stays the same, the rest is not read.
    pub part: Option<ContentHash>,
    /// The run that wrote it.
    pub run: RunId,
}

/// How a link came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkOrigin {
    /// The engine created the target record.
    Created,
    /// The engine found the target record that it had created before an answer was lost.
    Recovered,
    /// The target record was there and had the same key.
    Matched,
    /// A person linked them.
    Manual,
}

/// A link to store.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkUpdate {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its id in the target.
    pub target_id: RecordId,
    /// How the link came about; kept as it was where the link is there already.
    pub origin: LinkOrigin,
    /// What is agreed now; `None` leaves it as it is (a write of several steps is under way).
    pub base: Option<Base>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkRow {
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its id in the target.
    pub target_id: RecordId,
    /// How the link came about.
    pub origin: LinkOrigin,
    /// When.
    pub linked_at: Timestamp,
    /// When the content was last written or found equal.
    pub synced_at: Option<Timestamp>,
}

/// An update, with what was there before.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeRow {
    /// The write.
    pub op: OpId,
    /// The run.
    pub run: RunId,
    /// The kind of record.
    pub entity: EntityKind,
    /// Its id in the source.
    pub source_id: RecordId,
    /// Its id in the target.
    pub target_id: RecordId,
    /// The target's values of the fields that changed, before.
    pub before: Fields,
    /// The same fields after.
    pub after: Fields,
}

words! {
    IntentState { Open = "open", Unknown = "unknown" }
    LinkOrigin { Created = "created", Recovered = "recovered", Matched = "matched", Manual = "manual" }
}
