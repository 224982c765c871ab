//! The records with their indexes, and what a write does to them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::check::normalise;
use super::dialect::{Dialect, Face};
use super::record::{Action, Fields, JournalEntry, Stored, View};
use super::schema::{Field, Kind, Resource, scalar};
use super::table::{Table, merge};
use super::webhook::{Change, Outbox};
use crate::common::BadRecord;

mod ask;

pub use ask::ExternalIdMode;
pub(crate) use ask::{Ask, Outcome, Refusal};

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
    pub(super) tables: [Table; Resource::ALL.len()],
    journal: Vec<JournalEntry>,
    pub(crate) external_ids: ExternalIdMode,
    pub(crate) face: Arc<Face>,
    pub(crate) kept: HashMap<String, Kept>,
    /// Whom Perfex wrote a welcome mail.
    pub(crate) mails: Vec<String>,
    /// The last id given to a line of a sale.
    pub(super) last_item: u64,
    pub(crate) outbox: Option<Outbox>,
}

impl Store {
    pub(super) fn schema(&self, resource: Resource) -> &'static [Field] {
        resource.fields(self.face.dialect)
    }

    pub(super) fn table(&self, resource: Resource) -> &Table {
        &self.tables[resource.index()]
    }

    pub(super) fn table_mut(&mut self, resource: Resource) -> &mut Table {
        &mut self.tables[resource.index()]
    }

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

    /// Ids of the records in which a searched field holds the keyword, in whatever case.
    pub(crate) fn search(
        &self,
        resource: Resource,
        keyword: &str,
        created_before: Option<i64>,
    ) -> Vec<u64> {
        let keyword = keyword.to_lowercase();
        self.all(resource)
            .filter(|stored| created_before.is_none_or(|before| stored.created <= before))
            .filter(|stored| {
                self.schema(resource)
                    .iter()
                    .filter(|field| field.searched)
                    .filter_map(|field| stored.fields.text(field.name))
                    .any(|text| text.to_lowercase().contains(&keyword))
            })
            .map(|stored| stored.id)
            .collect()
    }

    /// The shortest index list that covers one of the conditions.
    fn narrow(&self, resource: Resource, conditions: &[Condition]) -> Option<&[u64]> {
        let table = &self.tables[resource.index()];
        conditions
            .iter()
            .filter_map(|(name, value)| {
                if name == "external_id" {
                    return Some(
                        table
                            .by_external
                            .get(value.as_str())
                            .map_or(&[][..], Vec::as_slice),
                    );
                }
                let indexed = self
                    .schema(resource)
                    .iter()
                    .any(|f| f.indexed && f.name == name);
                indexed.then(|| table.with(name, value))
            })
            .min_by_key(|ids| ids.len())
    }

    pub(crate) fn ids(&self, resource: Resource) -> &[u64] {
        &self.tables[resource.index()].order
    }

    pub(crate) fn get_by_id(&self, resource: Resource, id: u64) -> Option<&Stored> {
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
        let input = self.prepared(resource, None, input)?;
        let changes = self.normalised(resource, &input, false, ask)?;
        let fields: Vec<(&'static str, Value)> = changes
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)))
            .collect();
        let fields = Fields(Arc::new(fields));
        refuse_bad(ask.bad, sent, &fields)?;
        let kept: Option<Arc<str>> = match self.external_ids {
            ExternalIdMode::Ignored => None,
            ExternalIdMode::Upsert | ExternalIdMode::Stored => sent.map(Arc::from),
        };
        let schema = self.schema(resource);
        let id = self.table_mut(resource).push(schema, kept, fields.clone());
        self.follow(resource, id, &fields, true, ask);
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
        let input = self.prepared(resource, Some(id), input)?;
        let changes = self.normalised(resource, &input, true, ask)?;
        let sent = external_id.filter(|text| !text.is_empty());
        let schema = self.schema(resource);
        let merged = merge(schema, &before, &changes);
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
        self.table_mut(resource)
            .replace(schema, id, merged.clone(), new_external);
        self.follow(resource, id, &merged, false, ask);
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
        let schema = self.schema(resource);
        let stored = self
            .table_mut(resource)
            .take(schema, id)
            .ok_or(Refusal::Unknown)?;
        self.unfollow(resource, id, &stored.fields);
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
        if let Some(outbox) = &self.outbox {
            let data = self.get_by_id(resource, id).map_or_else(
                || serde_json::json!({"id": id.to_string()}),
                |stored| self.shown(resource, stored),
            );
            outbox.push(&Change {
                entity: self.name(resource),
                action,
                id,
                data,
            });
        }
        if ask.journal {
            self.journal.push(JournalEntry {
                seq: self.journal.len() as u64 + 1,
                entity: self.name(resource),
                action,
                id: id.to_string(),
                external_id: external_id.map(str::to_owned),
                fields,
                request: ask.request,
            });
        }
    }

    /// The dialect's name of a resource.
    pub(crate) fn name(&self, resource: Resource) -> &'static str {
        resource
            .path(self.face.dialect)
            .unwrap_or_else(|| resource.as_str())
    }

    /// A record as an answer shows it.
    pub(crate) fn shown(&self, resource: Resource, stored: &Stored) -> Value {
        serde_json::to_value(self.view(resource, stored)).unwrap_or_default()
    }

    pub(crate) fn view<'a>(&'a self, resource: Resource, stored: &'a Stored) -> View<'a> {
        View {
            face: &self.face,
            resource,
            stored,
        }
    }

    /// The named fields, checked; all faults of a record are told at once.
    fn normalised(
        &self,
        resource: Resource,
        input: &Map<String, Value>,
        partial: bool,
        ask: &Ask<'_>,
    ) -> Result<Vec<(&'static str, Option<Value>)>, Refusal> {
        let mut kept = Vec::new();
        let mut faults = Vec::new();
        for field in self.schema(resource) {
            // Over HTTP nobody sets them; a person at work in the CRM does.
            if field.read_only.is_some() && ask.request > 0 {
                continue;
            }
            let Some(value) = input.get(field.name) else {
                if field.required && !partial {
                    faults.push((field.name.to_owned(), required(field.name)));
                }
                continue;
            };
            let none = self.face.dialect == Dialect::Perfex && !field.required;
            let exists =
                |resource, id: &str| (none && id == "0") || self.get(resource, id).is_some();
            match normalise(field, value, &exists) {
                Ok(None) if field.required => {
                    faults.push((field.name.to_owned(), required(field.name)));
                }
                Ok(Some(Value::Array(rows))) if field.kind == Kind::Items && rows.is_empty() => {
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
