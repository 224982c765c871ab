//! What of a record has a place in the tables.

use std::collections::BTreeSet;

use sync_core::Value;

use super::model::{Child, Model, Place};

impl Model {
    /// The parts of a field that have a column; `None` where the field is no map.
    pub(super) fn holds(&self, field: &str) -> Holds<'_> {
        if let Some(child) = self.children.iter().find(|child| child.set == field) {
            return Holds::Rows(child);
        }
        let mut parts = BTreeSet::new();
        for column in self.fields.iter().filter(|c| c.place.field() == field) {
            match &column.place {
                Place::Top(_) => return Holds::Whole,
                Place::Part(_, part) => {
                    parts.insert(part.as_str());
                }
                Place::Tax(part) => {
                    parts.insert(part);
                }
            }
        }
        match (parts.is_empty(), field) {
            (true, _) => Holds::Nothing,
            (false, "taxes") => Holds::Taxes(parts),
            (false, _) => Holds::Parts(parts),
        }
    }
}

/// What of a field has a place in the tables.
pub(super) enum Holds<'a> {
    Nothing,
    Whole,
    /// These parts of a map.
    Parts(BTreeSet<&'a str>),
    /// These parts of the taxes in the list.
    Taxes(BTreeSet<&'a str>),
    /// Rows of a table.
    Rows(&'a Child),
}

fn keep(value: &mut Value, parts: &BTreeSet<&str>) {
    if let Value::Map(map) = value {
        map.retain(|name, _| parts.contains(name.as_str()));
    }
}

impl Holds<'_> {
    /// Takes out of a value what has no place; `false` where nothing of it has.
    pub(super) fn trim(&self, value: &mut Value) -> bool {
        match self {
            Holds::Nothing => return false,
            Holds::Whole => {}
            Holds::Parts(parts) => keep(value, parts),
            Holds::Taxes(parts) => {
                if let Value::List(items) = value {
                    items.iter_mut().for_each(|item| keep(item, parts));
                }
            }
            Holds::Rows(child) => {
                if let Value::List(items) = value {
                    items.iter_mut().for_each(|item| child.trim(item));
                }
            }
        }
        true
    }
}

impl Child {
    /// Takes out of a row what has no column.
    pub(super) fn trim(&self, row: &mut Value) {
        let Value::Map(map) = row else { return };
        let tops: BTreeSet<&str> = self
            .fields
            .iter()
            .map(|field| field.place.field())
            .collect();
        map.retain(|name, _| {
            tops.contains(name.as_str()) || (name == "taxes" && self.taxes.is_some())
        });
        let Some(Value::List(taxes)) = map.get_mut("taxes") else {
            return;
        };
        let parts: BTreeSet<&str> = match &self.taxes {
            Some(child) => child.fields.iter().map(|f| f.place.field()).collect(),
            None => self
                .fields
                .iter()
                .filter_map(|field| match &field.place {
                    Place::Tax(part) => Some(*part),
                    _ => None,
                })
                .collect(),
        };
        taxes.iter_mut().for_each(|tax| keep(tax, &parts));
    }
}
