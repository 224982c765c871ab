//! The records with their indexes, and what a write does to them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::faults::BadRecord;
use super::record::{Action, Fields, JournalEntry, Stored, now_micros};
use super::schema::{Resource, normalise, scalar};

/// The first id the server gives out, for each resource.
pub(crate) const FIRST_ID: u64 = 9001;

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

#[derive(Debug, Default)]
struct Table {
    /// Slot `id - FIRST_ID`.
    slots: Vec<Option<Stored>>,
    /// Ids that exist, ascending.
    order: Vec<u64>,
    by_external: HashMap<Arc<str>, Vec<u64>>,
    by_field: HashMap<&'static str, HashMap<Box<str>, Vec<u64>>>,
}

impl Table {
    fn get(&self, id: u64) -> Option<&Stored> {
        let slot = usize::try_from(id.checked_sub(FIRST_ID)?).ok()?;
        self.slots.get(slot)?.as_ref()
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Stored> {
        let slot = usize::try_from(id.checked_sub(FIRST_ID)?).ok()?;
        self.slots.get_mut(slot)?.as_mut()
    }

    fn index(&mut self, resource: Resource, id: u64, fields: &Fields) {
        for field in resource.fields().iter().filter(|f| f.indexed) {
            if let Some(text) = fields.text(field.name) {
                self.by_field
                    .entry(field.name)
                    .or_default()
                    .entry(text.into())
                    .or_default()
                    .push(id);
            }
        }
    }

    fn unindex(&mut self, resource: Resource, id: u64, fields: &Fields) {
        for field in resource.fields().iter().filter(|f| f.indexed) {
            let Some(text) = fields.text(field.name) else {
                continue;
            };
            if let Some(values) = self.by_field.get_mut(field.name)
                && let Some(ids) = values.get_mut(text)
            {
                ids.retain(|other| *other != id);
                if ids.is_empty() {
                    values.remove(text);
                }
            }
        }
    }
}

/// An answer kept for an idempotency key.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) body_hash: u64,
    pub(crate) status: u16,
    pub(crate) body: bytes::Bytes,
}

/// One condition of an exact filter.
pub(crate) type Condition = (String, String);

/// Everything the server knows.
#[derive(Debug, Default)]
pub(crate) struct Store {
    tables: [Table; 6],
    journal: Vec<JournalEntry>,
    pub(crate) external_ids: ExternalIdMode,
    pub(crate) kept: HashMap<String, Kept>,
}

impl Store {
    pub(crate) fn journal(&self) -> &[JournalEntry] {
        &self.journal
    }

    pub(crate) fn count(&self, resource: Resource) -> usize {
        self.tables[resource.index()].order.len()
    }

    pub(crate) fn get(&self, resource: Resource, id: &str) -> Option<&Stored> {
        self.tables[resource.index()].get(parse_id(id)?)
    }

    pub(crate) fn all(&self, resource: Resource) -> impl Iterator<Item = &Stored> {
        let table = &self.tables[resource.index()];
        table.order.iter().filter_map(|id| table.get(*id))
    }

    /// Ids of the records that meet every condition, ascending.
    ///
    /// `created_before` hides younger records, `updated_since` older ones (both
    /// in microseconds since 1970).
    pub(crate) fn select(
        &self,
        resource: Resource,
        conditions: &[Condition],
        updated_since: Option<i64>,
        created_before: Option<i64>,
    ) -> Vec<u64> {
        let table = &self.tables[resource.index()];
        let candidates = self.narrow(resource, conditions);
        let fits = |stored: &Stored| {
            updated_since.is_none_or(|since| stored.updated >= since)
                && created_before.is_none_or(|before| stored.created <= before)
                && conditions
                    .iter()
                    .all(|(name, value)| meets(stored, name, value))
        };
        candidates
            .unwrap_or(&table.order)
            .iter()
            .copied()
            .filter(|id| table.get(*id).is_some_and(fits))
            .collect()
    }

    /// The shortest index list that covers one of the conditions.
    fn narrow(&self, resource: Resource, conditions: &[Condition]) -> Option<&Vec<u64>> {
        static NONE: Vec<u64> = Vec::new();
        let table = &self.tables[resource.index()];
        conditions
            .iter()
            .filter_map(|(name, value)| {
                if name == "external_id" {
                    return Some(table.by_external.get(value.as_str()).unwrap_or(&NONE));
                }
                let indexed = resource
                    .fields()
                    .iter()
                    .any(|f| f.indexed && f.name == name);
                indexed.then(|| {
                    table
                        .by_field
                        .get(name.as_str())
                        .and_then(|values| values.get(value.as_str()))
                        .unwrap_or(&NONE)
                })
            })
            .min_by_key(|ids| ids.len())
    }

    pub(crate) fn ids(&self, resource: Resource) -> &[u64] {
        &self.tables[resource.index()].order
    }

    pub(crate) fn by_id(&self, resource: Resource, id: u64) -> Option<&Stored> {
        self.tables[resource.index()].get(id)
    }

    /// Makes a record, or updates the one with that `external_id` where the
    /// server works so.
    pub(crate) fn create(
        &mut self,
        resource: Resource,
        external_id: Option<&str>,
        input: &Map<String, Value>,
        ask: &Ask<'_>,
    ) -> Result<Outcome, Refusal> {
        let sent = external_id.filter(|text| !text.is_empty());
        if self.external_ids == ExternalIdMode::Upsert
            && let Some(text) = sent
            && let Some(id) = self.tables[resource.index()]
                .by_external
                .get(text)
                .and_then(|ids| ids.first().copied())
        {
            return self.update(resource, id, sent, input, ask);
        }
        let changes = self.normalised(resource, input, false)?;
        let fields: Vec<(&'static str, Value)> = changes
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .collect();
        let fields = Fields(Arc::new(fields));
        refuse_bad(ask.bad, sent, &fields)?;
        let table = &mut self.tables[resource.index()];
        let id = FIRST_ID + table.slots.len() as u64;
        let kept: Option<Arc<str>> = match self.external_ids {
            ExternalIdMode::Ignored => None,
            ExternalIdMode::Upsert | ExternalIdMode::Stored => sent.map(Arc::from),
        };
        if let Some(text) = &kept {
            table
                .by_external
                .entry(Arc::clone(text))
                .or_default()
                .push(id);
        }
        table.index(resource, id, &fields);
        let now = now_micros();
        table.slots.push(Some(Stored {
            id,
            external_id: kept,
            fields: fields.clone(),
            created: now,
            updated: now,
        }));
        table.order.push(id);
        self.note(ask, resource, Action::Create, id, sent, fields);
        Ok(Outcome::Created(id))
    }

    /// Changes the fields that are named and leaves the others.
    pub(crate) fn update(
        &mut self,
        resource: Resource,
        id: u64,
        external_id: Option<&str>,
        input: &Map<String, Value>,
        ask: &Ask<'_>,
    ) -> Result<Outcome, Refusal> {
        let Some(old) = self.tables[resource.index()].get(id) else {
            return Err(Refusal::Unknown);
        };
        let before = old.fields.clone();
        let old_external = old.external_id.clone();
        let changes = self.normalised(resource, input, true)?;
        let sent = external_id.filter(|text| !text.is_empty());
        let merged = merge(resource, &before, &changes);
        refuse_bad(ask.bad, sent.or(old_external.as_deref()), &merged)?;
        let new_external = match (self.external_ids, sent) {
            (ExternalIdMode::Ignored, _) | (_, None) => None,
            (_, Some(text)) if old_external.as_deref() == Some(text) => None,
            (_, Some(text)) => Some(Arc::<str>::from(text)),
        };
        let changed: Vec<(&'static str, Value)> = changes
            .into_iter()
            .filter(|(name, value)| before.get(name) != value.as_ref())
            .map(|(name, value)| (name, value.unwrap_or(Value::Null)))
            .collect();
        if changed.is_empty() && new_external.is_none() {
            return Ok(Outcome::Unchanged(id));
        }
        let table = &mut self.tables[resource.index()];
        table.unindex(resource, id, &before);
        table.index(resource, id, &merged);
        if let Some(text) = &new_external {
            if let Some(old) = &old_external
                && let Some(ids) = table.by_external.get_mut(old)
            {
                ids.retain(|other| *other != id);
                if ids.is_empty() {
                    table.by_external.remove(old);
                }
            }
            table
                .by_external
                .entry(Arc::clone(text))
                .or_default()
                .push(id);
        }
        if let Some(stored) = table.get_mut(id) {
            stored.fields = merged;
            stored.updated = now_micros();
            if let Some(text) = new_external {
                stored.external_id = Some(text);
            }
        }
        let shown = sent.or(old_external.as_deref());
        let fields = Fields(Arc::new(changed));
        self.note(ask, resource, Action::Update, id, shown, fields);
        Ok(Outcome::Updated(id))
    }

    pub(crate) fn delete(
        &mut self,
        resource: Resource,
        id: u64,
        ask: &Ask<'_>,
    ) -> Result<(), Refusal> {
        let table = &mut self.tables[resource.index()];
        let slot = id
            .checked_sub(FIRST_ID)
            .and_then(|slot| usize::try_from(slot).ok())
            .ok_or(Refusal::Unknown)?;
        let stored = table
            .slots
            .get_mut(slot)
            .and_then(Option::take)
            .ok_or(Refusal::Unknown)?;
        if let Ok(place) = table.order.binary_search(&id) {
            table.order.remove(place);
        }
        table.unindex(resource, id, &stored.fields);
        if let Some(text) = &stored.external_id
            && let Some(ids) = table.by_external.get_mut(text)
        {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                table.by_external.remove(text);
            }
        }
        let external = stored.external_id.as_deref().map(str::to_owned);
        self.note(
            ask,
            resource,
            Action::Delete,
            id,
            external.as_deref(),
            stored.fields,
        );
        Ok(())
    }

    fn note(
        &mut self,
        ask: &Ask<'_>,
        resource: Resource,
        action: Action,
        id: u64,
        external_id: Option<&str>,
        fields: Fields,
    ) {
        if ask.journal {
            self.journal.push(JournalEntry {
                seq: self.journal.len() as u64 + 1,
                entity: resource.as_str(),
                action,
                id: id.to_string(),
                external_id: external_id.map(str::to_owned),
                fields,
                request: ask.request,
            });
        }
    }

    /// The named fields, checked; all faults of a record are told at once.
    fn normalised(
        &self,
        resource: Resource,
        input: &Map<String, Value>,
        partial: bool,
    ) -> Result<Vec<(&'static str, Option<Value>)>, Refusal> {
        let exists = |resource, id: &str| self.get(resource, id).is_some();
        let mut kept = Vec::new();
        let mut faults = Vec::new();
        for field in resource.fields() {
            let Some(value) = input.get(field.name) else {
                if field.required && !partial {
                    faults.push((field.name.to_owned(), required(field.name)));
                }
                continue;
            };
            match normalise(field, value, &exists) {
                Ok(None) if field.required => {
                    faults.push((field.name.to_owned(), required(field.name)));
                }
                Ok(value) => kept.push((field.name, value)),
                Err(reason) => faults.push((
                    field.name.to_owned(),
                    format!("The {} field {reason}.", field.name),
                )),
            }
        }
        if faults.is_empty() {
            Ok(kept)
        } else {
            Err(Refusal::Invalid(faults))
        }
    }
}

fn required(name: &str) -> String {
    format!("The {name} field is required.")
}

pub(crate) fn parse_id(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn meets(stored: &Stored, name: &str, value: &str) -> bool {
    match name {
        "id" => stored.id.to_string() == value,
        "external_id" => stored.external_id.as_deref() == Some(value),
        _ => stored.fields.text(name) == Some(value),
    }
}

fn merge(resource: Resource, before: &Fields, changes: &[(&'static str, Option<Value>)]) -> Fields {
    let mut merged = Vec::with_capacity(before.0.len() + changes.len());
    for field in resource.fields() {
        let change = changes.iter().find(|(name, _)| *name == field.name);
        let value = match change {
            Some((_, value)) => value.clone(),
            None => before.get(field.name).cloned(),
        };
        if let Some(value) = value {
            merged.push((field.name, value));
        }
    }
    Fields(Arc::new(merged))
}

fn refuse_bad(
    rules: &[BadRecord],
    external_id: Option<&str>,
    fields: &Fields,
) -> Result<(), Refusal> {
    for rule in rules {
        let value = match rule.field.as_str() {
            "external_id" => external_id.map(str::to_owned),
            name => fields.get(name).and_then(scalar),
        };
        if value.is_some_and(|value| rule.hits(&value)) {
            return Err(Refusal::Invalid(vec![(
                rule.field.clone(),
                rule.message.clone(),
            )]));
        }
    }
    Ok(())
}
