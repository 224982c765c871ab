//! The records of one resource with their indexes.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::record::{Fields, Stored, now_micros};
use super::schema::Field;

/// The first id the server gives out, for each resource.
pub(crate) const FIRST_ID: u64 = 9001;

#[derive(Debug, Default)]
pub(super) struct Table {
    /// Slot `id - FIRST_ID`.
    slots: Vec<Option<Stored>>,
    /// Ids that exist, ascending.
    pub(super) order: Vec<u64>,
    pub(super) by_external: HashMap<Arc<str>, Vec<u64>>,
    by_field: HashMap<&'static str, HashMap<Box<str>, Vec<u64>>>,
}

impl Table {
    pub(super) fn get(&self, id: u64) -> Option<&Stored> {
        let slot = usize::try_from(id.checked_sub(FIRST_ID)?).ok()?;
        self.slots.get(slot)?.as_ref()
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Stored> {
        let slot = usize::try_from(id.checked_sub(FIRST_ID)?).ok()?;
        self.slots.get_mut(slot)?.as_mut()
    }

    /// The ids of the records in which an indexed field has that value.
    pub(super) fn with(&self, field: &str, value: &str) -> &[u64] {
        self.by_field
            .get(field)
            .and_then(|values| values.get(value))
            .map_or(&[], Vec::as_slice)
    }

    /// Puts a new record in and gives its id.
    pub(super) fn push(
        &mut self,
        schema: &[Field],
        external_id: Option<Arc<str>>,
        fields: Fields,
    ) -> u64 {
        let id = FIRST_ID + self.slots.len() as u64;
        if let Some(text) = &external_id {
            self.by_external
                .entry(Arc::clone(text))
                .or_default()
                .push(id);
        }
        self.index(schema, id, &fields);
        let now = now_micros();
        self.slots.push(Some(Stored {
            id,
            external_id,
            fields,
            created: now,
            updated: now,
        }));
        self.order.push(id);
        id
    }

    /// Gives a record other fields, and another `external_id` where one is named.
    pub(super) fn replace(
        &mut self,
        schema: &[Field],
        id: u64,
        fields: Fields,
        external_id: Option<Arc<str>>,
    ) {
        let Some((before, old)) = self
            .get(id)
            .map(|stored| (stored.fields.clone(), stored.external_id.clone()))
        else {
            return;
        };
        self.unindex(schema, id, &before);
        self.index(schema, id, &fields);
        if let Some(text) = &external_id {
            if let Some(old) = &old {
                self.forget_external(old, id);
            }
            self.by_external
                .entry(Arc::clone(text))
                .or_default()
                .push(id);
        }
        if let Some(stored) = self.get_mut(id) {
            stored.fields = fields;
            stored.updated = now_micros();
            if let Some(text) = external_id {
                stored.external_id = Some(text);
            }
        }
    }

    /// Takes a record out.
    pub(super) fn take(&mut self, schema: &[Field], id: u64) -> Option<Stored> {
        let slot = usize::try_from(id.checked_sub(FIRST_ID)?).ok()?;
        let stored = self.slots.get_mut(slot)?.take()?;
        if let Ok(place) = self.order.binary_search(&id) {
            self.order.remove(place);
        }
        self.unindex(schema, id, &stored.fields);
        if let Some(text) = &stored.external_id {
            self.forget_external(text, id);
        }
        Some(stored)
    }

    fn forget_external(&mut self, text: &Arc<str>, id: u64) {
        if let Some(ids) = self.by_external.get_mut(text) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_external.remove(text);
            }
        }
    }

    fn index(&mut self, schema: &[Field], id: u64, fields: &Fields) {
        for field in schema.iter().filter(|f| f.indexed) {
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

    fn unindex(&mut self, schema: &[Field], id: u64, fields: &Fields) {
        for field in schema.iter().filter(|f| f.indexed) {
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

/// The fields with the changes made; `None` takes a field away.
pub(super) fn merge(
    schema: &[Field],
    before: &Fields,
    changes: &[(&'static str, Option<Value>)],
) -> Fields {
    let mut merged = Vec::with_capacity(before.0.len() + changes.len());
    for field in schema {
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
