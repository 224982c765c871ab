//! Records as the mobile API shows them: flat, and grouped in blocks.

use serde_json::{Map, Value, json};

use super::Phone;
use crate::simplycrm::html::escaped;
use crate::simplycrm::read::DATE_FORMAT;
use crate::simplycrm::reply::Outcome;
use crate::simplycrm::schema::{Field, Kind, Module};
use crate::simplycrm::store::Row;

impl Phone<'_, '_> {
    /// The name of whoever or whatever an id means.
    pub(super) fn label(&self, id: &str) -> String {
        let store = &self.desk.store;
        let Some(row) = store.target(id) else {
            return String::new();
        };
        match row.module {
            "Users" => row.text("last_name").to_owned(),
            "Groups" => row.text("groupname").to_owned(),
            _ => store.label_of(row).trim_start().to_owned(),
        }
    }

    fn pair(&self, id: &Value, field: &Field) -> Value {
        let text = id.as_str().unwrap_or_default();
        let label = self.label(text);
        // What may refer to several modules is labelled from a table of escaped texts.
        let label = if self.generation.is_old() && field.refers_to.len() > 1 {
            escaped(&label)
        } else {
            label
        };
        json!({"value": text, "label": label})
    }

    /// A reference that was not asked for.
    fn empty_pair(&self) -> Value {
        let label = if self.generation.is_old() {
            Value::Null
        } else {
            "".into()
        };
        json!({"value": null, "label": label})
    }

    /// A flat record: references and owners become pairs of value and label.
    pub(super) fn flat(&self, mut map: Map<String, Value>, module: &Module) -> Map<String, Value> {
        for field in &module.fields {
            if !matches!(field.kind, Kind::Reference | Kind::Owner) {
                continue;
            }
            let pair = match map.get(&field.name) {
                Some(id) => self.pair(id, field),
                None if self.desk.store.is_column(module, field) => self.empty_pair(),
                None => continue,
            };
            map.insert(field.name.clone(), pair);
        }
        map
    }

    pub(super) fn flat_row(&self, row: &Row) -> Map<String, Value> {
        let store = &self.desk.store;
        let mut map = store.whole(row, &self.by.user);
        map.remove("label");
        match store.schema.module(row.module) {
            Some(module) => self.flat(map, module),
            None => map,
        }
    }

    /// A flat record in blocks.
    pub(super) fn grouped(&self, flat: &Map<String, Value>, module: &Module) -> Map<String, Value> {
        let mut blocks: Vec<(String, Vec<Value>)> = Vec::new();
        for field in &module.fields {
            let Some(at) = self.block(&mut blocks, field) else {
                continue;
            };
            if let Some(value) = flat.get(&field.name)
                && let Some((_, fields)) = blocks.get_mut(at)
            {
                fields.push(self.grouped_field(field, value));
            }
        }
        let mut record = Map::new();
        // What is no entity has no blocks.
        let blocks: Vec<Value> = blocks
            .into_iter()
            .filter(|_| module.entity)
            .map(|(label, fields)| json!({"label": label, "fields": fields}))
            .collect();
        record.insert("blocks".into(), blocks.into());
        record.insert("id".into(), flat.get("id").cloned().unwrap_or_default());
        if let Some(lines) = flat.get("LineItems") {
            record.insert("LineItems".into(), lines.clone());
        }
        record
    }

    fn block(&self, blocks: &mut Vec<(String, Vec<Value>)>, field: &Field) -> Option<usize> {
        if let Some(at) = blocks.iter().position(|(label, _)| *label == field.block) {
            return Some(at);
        }
        blocks.push((field.block.clone(), Vec::new()));
        blocks.len().checked_sub(1)
    }

    fn uitype(field: &Field) -> Value {
        if field.name == "salutationtype" {
            return 16.into();
        }
        field.uitype.to_string().into()
    }

    fn grouped_field(&self, field: &Field, value: &Value) -> Value {
        let mut map = Map::new();
        map.insert("name".into(), field.name.as_str().into());
        map.insert("value".into(), value.clone());
        map.insert("label".into(), field.label.as_str().into());
        map.insert("uitype".into(), Phone::uitype(field));
        if field.kind == Kind::Owner {
            // The prefix of users is written into the old code.
            let me = format!("19x{}", self.by.user.id);
            let default = json!({"value": me, "label": self.by.user.name});
            map.insert("type".into(), json!({"defaultValue": default}));
        } else if !self.is_old() {
            map.insert("type".into(), json!({"defaultValue": null}));
        }
        Value::Object(map)
    }

    /// A record with the number 0: what a form for a new one needs.
    pub(super) fn template(&self, module: &Module) -> Map<String, Value> {
        let mut blocks: Vec<(String, Vec<Value>)> = Vec::new();
        for field in &module.fields {
            let Some(at) = self.block(&mut blocks, field) else {
                continue;
            };
            let mut told = field.describe(module, self.generation, DATE_FORMAT);
            if let Some(map) = told.as_object_mut() {
                let value = match field.kind {
                    Kind::Reference | Kind::Owner => json!({"value": "", "label": ""}),
                    _ => "".into(),
                };
                map.insert("value".into(), value);
                map.insert("uitype".into(), Phone::uitype(field));
            }
            if let Some((_, fields)) = blocks.get_mut(at) {
                fields.push(told);
            }
        }
        let blocks: Vec<Value> = blocks
            .into_iter()
            .map(|(label, fields)| json!({"label": label, "fields": fields}))
            .collect();
        let mut record = Map::new();
        record.insert("blocks".into(), blocks.into());
        record.insert("id".into(), format!("{}x0", module.prefix).into());
        record.insert("labelFields".into(), module.label_list());
        record
    }

    pub(super) fn grouped_row(&self, row: &Row) -> Value {
        let flat = self.flat_row(row);
        match self.desk.store.schema.module(row.module) {
            Some(module) => self.grouped(&flat, module).into(),
            None => flat.into(),
        }
    }

    /// `describe`: as the webservice's, with what a phone needs besides.
    pub(super) fn describe(&self) -> Outcome {
        let name = self.param("module");
        let name = Some(name.as_str()).filter(|name| !name.is_empty());
        let mut told = self.desk.store.describe(name, &self.by.user)?;
        let module = self.desk.store.named(name, &self.by.user)?;
        if let Some(fields) = told.get_mut("fields").and_then(Value::as_array_mut) {
            for field in fields {
                self.dress(field, module);
            }
        }
        Ok(json!({"describe": told}))
    }

    fn dress(&self, told: &mut Value, module: &Module) {
        let name = told.get("name").and_then(Value::as_str).unwrap_or_default();
        let field = module.field(name);
        let is_name = module.label_fields().any(|label| label == name);
        let Some(map) = told.as_object_mut() else {
            return;
        };
        if self.is_old() {
            if matches!(module.name, "Calendar" | "Events") {
                let uitype = field.filter(|field| field.kind == Kind::Time);
                map.insert("uitype".into(), uitype.map_or(Value::Null, |_| 252.into()));
            }
            return;
        }
        let flag = |yes: bool| Value::from(if yes { "1" } else { "0" });
        map.insert("headerfield".into(), flag(is_name));
        map.insert("summaryfield".into(), flag(is_name));
        if field.is_some_and(|field| field.kind == Kind::Owner) {
            let people = |module: &str, prefix: u32, name: &str| -> Map<String, Value> {
                self.desk
                    .store
                    .all(module)
                    .map(|row| {
                        let id = format!("{prefix}x{}", row.number);
                        (id, escaped(row.text(name)).into())
                    })
                    .collect()
            };
            let values = json!({
                "users": people("Users", 19, "last_name"),
                "groups": people("Groups", 20, "groupname"),
            });
            if let Some(kind) = map.get_mut("type").and_then(Value::as_object_mut) {
                kind.insert("picklistValues".into(), values);
            }
            map.insert("default".into(), self.by.user.ws_id().into());
        }
    }
}
