//! Single records: fetched, saved, deleted, commented on.

use serde_json::{Map, Value, json};

use super::{Phone, mandatory};
use crate::simplycrm::reply::{Failure, Outcome, denied, denied_for, fatal, numbered};
use crate::simplycrm::schema::Kind;
use crate::simplycrm::store::{Row, Store};
use crate::simplycrm::write::Change;

/// Records of one answer.
const MOST: usize = 100;

impl Phone<'_, '_> {
    fn row(&self, id: &str) -> Result<&Row, Failure> {
        let store = &self.desk.store;
        let id = Store::id(&store.schema, id)?;
        if id.module.name == "Users" && self.generation.is_old() {
            // The label of one of the fields cannot be found out.
            return Err(denied());
        }
        store.readable(&id, &self.by)
    }

    /// The id as the webservice knows it; the newer module takes a bare number with some words.
    fn full(&self, id: String) -> String {
        let bare = !self.is_old() && self.param("view_mode") == "web" && !id.contains('x');
        let store = &self.desk.store;
        let row = id
            .parse()
            .ok()
            .filter(|_| bare)
            .and_then(|n| store.entity(n));
        match row {
            Some(row) => store.id_of(row),
            None => id,
        }
    }

    /// `fetchRecord`.
    pub(super) fn fetch(&self) -> Outcome {
        let id = self.param("record");
        if !self.is_old() && self.param("mode") == "getRelatedRecordCount" {
            return self.related_counts(&id);
        }
        let row = self.row(&self.full(id))?;
        Ok(json!({"record": self.flat_row(row)}))
    }

    fn related_counts(&self, id: &str) -> Outcome {
        let store = &self.desk.store;
        let row = id.parse().ok().and_then(|number| store.entity(number));
        let row = row.ok_or_else(denied)?;
        let module = store.schema.module(row.module).ok_or_else(denied)?;
        let counts: Map<String, Value> = store
            .relations(module)
            .iter()
            .map(|relation| {
                let count = store.related(row, relation, &self.by).count();
                let told = json!({
                    "count": count.to_string(),
                    "relatedModule": relation.module.name,
                });
                (relation.module.label.clone(), told)
            })
            .collect();
        Ok(counts.into())
    }

    /// `fetchRecordWithGrouping`; the number 0 gives a template.
    pub(super) fn fetch_grouped(&self) -> Outcome {
        let id = self.param("record");
        let store = &self.desk.store;
        if let Some(prefix) = id.strip_suffix("x0")
            && let Some(module) = prefix.parse().ok().and_then(|p| store.schema.by_prefix(p))
        {
            return Ok(json!({"record": self.template(module)}));
        }
        Ok(json!({"record": self.grouped_row(self.row(&self.full(id))?)}))
    }

    /// `fetchRecordsWithGrouping`: unknown ids are left out, also all of them.
    pub(super) fn fetch_many(&self) -> Outcome {
        let name = self.param("module");
        if name.is_empty() {
            return Err(numbered(1501, "Module not specified."));
        }
        let store = &self.desk.store;
        let alert = self.param("alertid");
        let rows: Vec<&Row> = if alert.is_empty() {
            let module = store.named(Some(&name), &self.by.user)?;
            let Some(ids) = self.list_of("ids") else {
                return Ok(json!({"records": []}));
            };
            ids.iter()
                .take(MOST)
                .filter_map(|id| {
                    let (_, number) = id.split_once('x')?;
                    store.row(module.name, number.parse().ok()?)
                })
                .filter(|row| row.is_live() && store.may_read(&self.by.user, row))
                .collect()
        } else {
            match self.alert_at(&alert) {
                Some(at) => self.alert_rows(at),
                None => return fatal(),
            }
        };
        let records: Vec<Value> = rows.into_iter().map(|row| self.grouped_row(row)).collect();
        if records.is_empty() {
            return Ok(json!({"records": null}));
        }
        Ok(json!({"records": records}))
    }

    /// `saveRecord`.
    pub(super) fn save(&mut self) -> Outcome {
        let Some(mut values) = self.values(true) else {
            return Err(numbered(1501, "Values cannot be empty!"));
        };
        let id = self.param("record");
        let id = if id.ends_with("x0") {
            String::new()
        } else {
            id
        };
        let bad = self.desk.plan.bad.clone();
        let schema = self.desk.store.schema.clone();
        let changed = if !id.is_empty() {
            let parsed = Store::id(&schema, &id)?;
            let row = self.desk.store.readable(&parsed, &self.by)?;
            let mut whole = self.desk.store.whole(row, &self.by.user);
            for field in parsed
                .module
                .fields
                .iter()
                .filter(|f| f.kind == Kind::Reference)
            {
                if values.get(&field.name).is_some_and(Value::is_object) {
                    // Pairs of value and label blank the field, or are not read.
                    if self.is_old() {
                        values.insert(field.name.clone(), "".into());
                    } else {
                        values.remove(&field.name);
                    }
                }
            }
            // Rounding again what was rounded changes nothing.
            whole.remove("LineItems_FinalDetails");
            whole.extend(values);
            whole.insert("id".into(), id.into());
            self.desk
                .store
                .change(Change::Update, &whole, &self.by, &bad)?
        } else if values.contains_key("id") {
            self.desk
                .store
                .change(Change::Update, &values, &self.by, &bad)?
        } else {
            let mut name = self.param("module");
            let is_event = values
                .get("eventstatus")
                .and_then(Value::as_str)
                .is_some_and(|status| !status.is_empty())
                && values.get("activitytype").and_then(Value::as_str) != Some("Task");
            if name == "Calendar" && is_event {
                name = "Events".into();
            }
            if !self.is_old() {
                values.entry("source").or_insert_with(|| "MOBILE".into());
            }
            self.desk
                .store
                .create(&name, &values, &[], &self.by, &bad)?
        };
        let id = changed
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let store = &self.desk.store;
        let row = store.target(id).ok_or_else(denied)?;
        Ok(json!({"record": self.grouped_row(row)}))
    }

    /// `addRecordComment`: the old module answers nothing for a ticket, although it is done.
    pub(super) fn comment(&mut self) -> Outcome {
        let old = self.is_old();
        let nested = self.desk.call.params.nested.contains("values");
        let values = if nested { None } else { self.values(old) };
        let mut values = values.unwrap_or_default();
        let text = |values: &Map<String, Value>, name: &str| {
            values
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        for field in ["commentcontent", "related_to"] {
            if text(&values, field).is_empty() {
                return Err(mandatory(field));
            }
        }
        values
            .entry("assigned_user_id")
            .or_insert_with(|| self.by.user.ws_id().into());
        if !old {
            values.insert("source".into(), "MOBILE".into());
        }
        let target = text(&values, "related_to");
        let store = &mut self.desk.store;
        let on_ticket = store
            .target(&target)
            .is_some_and(|row| row.module == "HelpDesk");
        let bad = self.desk.plan.bad.clone();
        let made = store.create("ModComments", &values, &[], &self.by, &bad)?;
        if old && on_ticket {
            return Err(Failure::Empty(200));
        }
        let id = made.get("id").and_then(Value::as_str).unwrap_or_default();
        let row = self.desk.store.target(id).ok_or_else(denied)?;
        Ok(json!({"record": self.grouped_row(row)}))
    }

    /// `deleteRecords`: the old module wants ids with a prefix, the newer one bare numbers.
    pub(super) fn delete(&mut self) -> Outcome {
        let given = self.raw("records").is_some();
        let ids = if given {
            match self.list_of("records") {
                Some(ids) => ids,
                None => return Ok(json!({"deleted": []})),
            }
        } else {
            vec![self.param("record")]
        };
        let mut deleted = Map::new();
        for id in ids {
            let full = if self.is_old() {
                id.clone()
            } else {
                let store = &self.desk.store;
                let row = id.parse().ok().and_then(|number| store.entity(number));
                match row {
                    Some(row) => store.id_of(row),
                    None => {
                        return Err(Failure::Text(
                            "Sorry! Attempt to access restricted file. - modules//.php".into(),
                        ));
                    }
                }
            };
            let done = self.desk.store.remove(&full, &self.by).is_ok();
            deleted.insert(id, done.into());
        }
        if deleted.is_empty() {
            return Err(denied_for("id"));
        }
        Ok(json!({"deleted": deleted}))
    }
}
