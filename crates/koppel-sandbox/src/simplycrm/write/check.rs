//! What a write must keep to, and how its values are stored.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::common::BadRecord;
use crate::simplycrm::fold::{fold, scalar};
use crate::simplycrm::generation::Generation;
use crate::simplycrm::reply::{Failure, fail, missing, numbered};
use crate::simplycrm::schema::{Field, Kind, Module};
use crate::simplycrm::store::{By, Row, Store};

/// What a value that may stand once alone is found by.
fn unique_key(module: &Module, field: &Field, value: &str) -> String {
    let value = crate::simplycrm::vtql::collated(value.trim_end_matches(' '));
    format!("{} {} {value}", module.name, field.name)
}

/// Fields that clients cannot set.
pub(super) fn is_server_made(module: &Module, field: &Field) -> bool {
    matches!(
        field.name.as_str(),
        "id" | "createdtime" | "modifiedtime" | "modifiedby" | "creator" | "balance"
    ) || (field.name.ends_with("_no") && !field.name.starts_with("cf_") && module.entity)
        || (module.has_lines()
            && matches!(
                field.name.as_str(),
                "hdnSubTotal" | "hdnGrandTotal" | "pre_tax_total"
            ))
}

impl Store {
    /// vtiger 7.1.0 and later refuse every role (recorded); Simply CRM documents the way.
    pub(super) fn makes_users(&self) -> bool {
        matches!(self.generation, Generation::V5_4 | Generation::Simply)
    }

    pub(super) fn check_references(
        &self,
        module: &Module,
        element: &Map<String, Value>,
    ) -> Result<(), Failure> {
        for field in module.fields.iter().filter(|f| f.kind == Kind::Reference) {
            let Some(value) = element.get(&field.name) else {
                continue;
            };
            let text = scalar(value, self.generation)?;
            // A role such as H5 passes where users can be made.
            let is_role = field.name == "roleid" && self.makes_users();
            if text.is_empty() || is_server_made(module, field) || is_role {
                continue;
            }
            let id = Store::id(&self.schema, &text)?;
            if !field.refers_to.iter().any(|name| name == id.module.name) {
                let message = format!("Invalid reference specified for {}", field.name);
                return fail("REFERENCE_INVALID", message);
            }
        }
        Ok(())
    }

    pub(super) fn check_mandatory(
        &self,
        module: &Module,
        value: impl Fn(&Field) -> Option<String>,
    ) -> Result<(), Failure> {
        for field in module.fields.iter().filter(|field| field.mandatory) {
            if value(field).is_none_or(|text| text.is_empty()) {
                return Err(missing(&field.name));
            }
        }
        Ok(())
    }

    /// The stored form of an owner.
    pub(super) fn owner(&self, text: &str, by: &By) -> Result<String, Failure> {
        let old = self.generation.is_old();
        let death = |suffix: &str| {
            Failure::Text(format!("Sorry! Attempt to access restricted file.{suffix}"))
        };
        let (prefix, number) = match text.split_once('x') {
            Some((prefix, number)) => (prefix, number),
            None if old => return Err(death("")),
            None => ("19", text),
        };
        let number: u64 = number.parse().unwrap_or_default();
        let known = match prefix {
            "19" => self.user(number).is_some(),
            "20" => self.row("Groups", number).is_some(),
            _ => false,
        };
        match known {
            true => Ok(format!("{prefix}x{number}")),
            false if !by.user.admin => {
                fail("ACCESS_DENIED", "Cannot assign record to the given user")
            }
            false if old => fail("INVALID_ID_ATTRIBUTE", "Invalid owner of the record"),
            false => Err(death(" - user_privileges/user_privileges_.php")),
        }
    }

    /// What an element changes, as it is stored.
    pub(super) fn folded(
        &self,
        module: &Module,
        element: &Map<String, Value>,
        by: &By,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let mut folded = BTreeMap::new();
        for field in &module.fields {
            let Some(value) = element.get(&field.name) else {
                continue;
            };
            if is_server_made(module, field) || !self.is_column(module, field) {
                continue;
            }
            let text = match (field.kind, field.name.as_str()) {
                (_, "tags") if !self.generation.is_old() => {
                    scalar(value, self.generation)?.chars().take(1).collect()
                }
                _ => fold(field, value, self.generation)?,
            };
            let text = if field.kind == Kind::Owner && !text.is_empty() {
                self.owner(&text, by)?
            } else {
                text
            };
            folded.insert(field.name.clone(), text);
        }
        if self.generation.is_old() && module.has_lines() {
            // Without the lines there is nothing to add up, and what is sent is not kept.
            for name in ["hdnSubTotal", "hdnGrandTotal"] {
                folded.remove(name);
            }
        }
        Ok(folded)
    }

    /// # Errors
    /// Another record has the value of a field that is unique.
    pub(super) fn check_unique(
        &self,
        module: &Module,
        values: &BTreeMap<String, String>,
        own: u64,
    ) -> Result<(), Failure> {
        for field in module.fields.iter().filter(|field| field.unique) {
            let Some(value) = values.get(&field.name).filter(|value| !value.is_empty()) else {
                continue;
            };
            let key = unique_key(module, field, value);
            let taken = self.holders(&key).iter().any(|number| {
                *number != own
                    && self.row(module.name, *number).is_some_and(|row| {
                        row.is_live() && unique_key(module, field, row.text(&field.name)) == key
                    })
            });
            if taken {
                return Err(numbered(0, "Duplicate(s) detected!"));
            }
        }
        Ok(())
    }

    /// Notes the values of a row that may stand once alone.
    pub(super) fn hold(&mut self, module: &Module, row: &Row) {
        for field in module.fields.iter().filter(|field| field.unique) {
            let key = unique_key(module, field, row.text(&field.name));
            self.add_holder(key, row.number);
        }
    }

    pub(super) fn check_faults(
        values: &BTreeMap<String, String>,
        bad: &[BadRecord],
    ) -> Result<(), Failure> {
        for rule in bad {
            if values
                .get(&rule.field)
                .is_some_and(|value| rule.hits(value))
            {
                return fail("INTERNAL_SERVER_ERROR", rule.message.clone());
            }
        }
        Ok(())
    }
}
