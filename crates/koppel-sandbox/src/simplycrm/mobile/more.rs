//! What the newer module has besides: the user, history, taxes, owners, references.

use serde_json::{Map, Value, json};

use super::Phone;
use crate::simplycrm::read::Wishes;
use crate::simplycrm::reply::{Failure, Outcome, denied, error};

/// Entries of one page of history.
const PAGE: usize = 20;

impl Phone<'_, '_> {
    /// `userInfo`.
    pub(super) fn user_info(&self) -> Value {
        let user = &self.by.user;
        json!({
            "userinfo": {
                "username": user.name,
                "id": user.id.to_string(),
                "first_name": "",
                "last_name": user.name,
                "email": "user@example.test",
                "time_zone": "UTC",
                "hour_format": "24",
                "date_format": crate::simplycrm::read::DATE_FORMAT,
                "is_admin": if user.admin { "on" } else { "off" },
                "call_duration": "5",
                "other_event_duration": "5",
            },
            "menus": {
                "SALES": [{"name": "Accounts", "label": "Organizations"}],
            },
            "apps": ["SALES"],
            "defaultApp": "",
        })
    }

    /// `history` of a record or a module; newest first.
    pub(super) fn history(&self) -> Outcome {
        let (record, module) = (self.param("record"), self.param("module"));
        if record.is_empty() && module.is_empty() {
            return Err(error(
                "MANDATORY_FIELDS_MISSING",
                "Missing mandatory input values.",
            ));
        }
        let store = &self.desk.store;
        let all = self.param("mode") == "All" || !record.is_empty();
        let entries: Vec<Value> = store
            .history()
            .iter()
            .rev()
            .filter(|entry| {
                (record.is_empty() || entry.id == record)
                    && (module.is_empty() || module == "Home" || entry.module == module)
                    && (all || entry.user == self.by.user.id)
            })
            .skip(self.page().saturating_mul(PAGE))
            .take(PAGE)
            .map(|entry| {
                let values: Map<String, Value> = entry
                    .changes
                    .iter()
                    .map(|(field, (previous, current))| {
                        let told = json!({"previous": previous, "current": current});
                        (field.clone(), told)
                    })
                    .collect();
                let user = format!("19x{}", entry.user);
                json!({
                    "modifieduser": {"value": user, "label": self.label(&user)},
                    "id": entry.id,
                    "modifiedtime": store.clock.text(entry.at),
                    "status": entry.status.0,
                    "statuslabel": entry.status.1,
                    "values": values,
                    "label": self.label(&entry.id),
                })
            })
            .collect();
        Ok(json!({"history": entries}))
    }

    /// `taxByType`.
    pub(super) fn taxes(&self) -> Outcome {
        match self.param("taxType").as_str() {
            "inventory" => {}
            "charges" => {
                let store = &self.desk.store;
                let row = self.param("record").parse().ok();
                let row = row.and_then(|number| store.entity(number));
                row.ok_or_else(denied)?;
                return Ok(json!({"1": {"value": null, "taxes": {"1": 0, "2": 0, "3": 0}}}));
            }
            _ => return Err(Failure::Null),
        }
        let columns = [
            "taxname",
            "taxlabel",
            "percentage",
            "deleted",
            "method",
            "type",
            "compoundon",
            "regions",
        ];
        let taxes: Vec<Value> = self
            .desk
            .store
            .all("Tax")
            .map(|row| {
                let mut map = Map::new();
                let id = row.number.to_string();
                map.insert("0".into(), id.clone().into());
                map.insert("taxid".into(), id.into());
                for (at, column) in columns.iter().enumerate() {
                    map.insert((at + 1).to_string(), row.text(column).into());
                    map.insert((*column).into(), row.text(column).into());
                }
                map.into()
            })
            .collect();
        Ok(taxes.into())
    }

    /// `fetchModuleOwners`.
    pub(super) fn owners(&self) -> Value {
        let people = |module: &str, prefix: u32, name: &str| -> Vec<Value> {
            self.desk
                .store
                .all(module)
                .map(|row| {
                    let id = format!("{prefix}x{}", row.number);
                    json!({"label": row.text(name), "value": id})
                })
                .collect()
        };
        json!({
            "users": people("Users", 19, "last_name"),
            "groups": people("Groups", 20, "groupname"),
        })
    }

    /// `fetchReferenceRecords`: the text is pasted into a query as it comes.
    pub(super) fn references(&self) -> Outcome {
        let store = &self.desk.store;
        let name = self.param("module");
        let module = store.named(Some(&name), &self.by.user)?;
        let field = module.label_fields().last().unwrap_or_default();
        let text = self.param("searchValue");
        let query = format!("select {field} from {name} where {field} like '%{text}%';");
        let rows = store.query(Some(&query), &self.by, Wishes::default())?;
        let found: Vec<Value> = rows
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| row.get("id").and_then(Value::as_str))
            .map(|id| json!({"label": self.label(id), "value": id}))
            .collect();
        Ok(found.into())
    }
}
