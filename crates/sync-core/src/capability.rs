//! What a connector can do, as data.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{EntityKind, FieldName};

/// How a system tells what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeSource {
    /// A feed of changes, deletes included.
    Feed,
    /// A listing of what changed since a moment.
    ModifiedSince,
    /// Nothing: every record is read on every run, and content hashes tell what changed.
    FullScan,
}

/// How a system lets one see that a record is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeleteVisibility {
    /// The change feed names deleted records.
    Feed,
    /// Only a complete listing shows what is missing.
    CompleteListing,
    /// Not at all.
    None,
}

/// What a system does with the marker (the external id) that Koppel sends along with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MarkerSupport {
    /// Drops it.
    None,
    /// Keeps it and can be searched by it.
    Searchable,
    /// Keeps it, and a second create with the same marker updates the first record.
    Upsert,
}

/// How a system treats idempotency keys on creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencySupport {
    /// How long it remembers a key. A create older than this is looked up instead of sent again.
    pub ttl: Duration,
}

/// How much goes into one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// The most records in one request; 1 where the API has no batches.
    pub max_items: usize,
    /// The most bytes of content in one request, as estimated from the records.
    pub max_bytes: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self {
            max_items: 1,
            max_bytes: 4 << 20,
        }
    }
}

/// What a connector can do with one kind of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityCapabilities {
    /// Can be listed.
    pub read: bool,
    /// One record can be read by its id.
    pub fetch: bool,
    /// Can be created.
    pub create: bool,
    /// Can be updated.
    pub update: bool,
    /// Can be deleted.
    pub delete: bool,
    /// How changes are found.
    pub changes: ChangeSource,
    /// How deletes are found.
    pub deletes: DeleteVisibility,
    /// Sets of fields that identify a record and can be searched by, best first.
    pub natural_keys: Vec<Vec<FieldName>>,
    /// Once written, never changed or removed (booked documents).
    pub append_only: bool,
    /// Keeps the marker, where the system keeps markers at all ([`Capabilities::marker`]).
    pub marked: bool,
}

impl EntityCapabilities {
    /// Listed and read by id, not written.
    pub fn read_only(changes: ChangeSource) -> Self {
        Self {
            read: true,
            fetch: true,
            create: false,
            update: false,
            delete: false,
            changes,
            deletes: DeleteVisibility::CompleteListing,
            natural_keys: Vec::new(),
            append_only: false,
            marked: true,
        }
    }

    /// Listed, read by id, created, updated and deleted.
    pub fn read_write(changes: ChangeSource) -> Self {
        Self {
            create: true,
            update: true,
            delete: true,
            ..Self::read_only(changes)
        }
    }

    /// Adds a set of fields that identify a record.
    pub fn natural_key<const N: usize>(mut self, fields: [&'static str; N]) -> Self {
        self.natural_keys
            .push(fields.into_iter().map(FieldName::known).collect());
        self
    }
}

/// What a connector can do. The engine asks for nothing beyond it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The kind of system, as in the configuration (`smartcrm`, `crmconnect`).
    pub system: String,
    /// What it can do with each kind of record; a kind that is not here is unknown to it.
    pub entities: BTreeMap<EntityKind, EntityCapabilities>,
    /// How much goes into one request.
    pub batch: BatchLimits,
    /// How many requests may be under way at once.
    pub max_in_flight: usize,
    /// Idempotency keys on creates.
    pub idempotency: Option<IdempotencySupport>,
    /// The marker.
    pub marker: MarkerSupport,
    /// A search by a natural key finds a value in any spelling that [`crate::normal::same`] takes
    /// for it. Without this each spelling is searched for.
    pub finds_normalised: bool,
    /// How long after a write was sent it may still be under way, or done and invisible to a
    /// search. Only a search later than this proves that a record is not there.
    pub search_delay: Duration,
    /// The grain of its modified stamps.
    pub stamp_precision: Duration,
    /// The zone that its stamps are given in, an IANA name.
    pub zone: String,
}

impl Capabilities {
    /// A system of this kind that can do nothing yet.
    pub fn new(system: impl Into<String>) -> Self {
        Self {
            system: system.into(),
            entities: BTreeMap::new(),
            batch: BatchLimits::default(),
            max_in_flight: 1,
            idempotency: None,
            marker: MarkerSupport::None,
            finds_normalised: false,
            search_delay: Duration::ZERO,
            stamp_precision: Duration::from_secs(1),
            zone: "UTC".to_owned(),
        }
    }

    /// Adds a kind of record.
    pub fn entity(mut self, kind: EntityKind, can: EntityCapabilities) -> Self {
        self.entities.insert(kind, can);
        self
    }

    /// What can be done with this kind of record.
    pub fn of(&self, kind: EntityKind) -> Option<&EntityCapabilities> {
        self.entities.get(&kind)
    }

    /// What happens to the marker of records of this kind.
    pub fn marker_of(&self, kind: EntityKind) -> MarkerSupport {
        match self.of(kind) {
            Some(can) if !can.marked => MarkerSupport::None,
            _ => self.marker,
        }
    }

    /// Whether records of this kind can be created.
    pub fn can_create(&self, kind: EntityKind) -> bool {
        self.of(kind).is_some_and(|can| can.create)
    }
}
