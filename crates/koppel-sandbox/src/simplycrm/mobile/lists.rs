//! Filters, lists and related records.

use serde_json::{Map, Value, json};

use super::alerts::ALERTS;
use super::{PAGE, Phone, unexpected};
use crate::simplycrm::generation::Generation;
use crate::simplycrm::reply::{Failure, Outcome, denied, fail, fatal, numbered};
use crate::simplycrm::schema::{Kind, Module};
use crate::simplycrm::store::Row;
use crate::simplycrm::vtql::collated;

/// Rows of a page of the newer module's lists.
const LIST: usize = 20;

impl Phone<'_, '_> {
    pub(super) fn module(&self) -> Option<&Module> {
        let name = self.param("module");
        let module = self.desk.store.schema.module(&name)?;
        self.by.user.sees(module).then_some(module)
    }

    pub(super) fn rows(&self, module: &str) -> Vec<&Row> {
        let store = &self.desk.store;
        store
            .all(module)
            .filter(|row| row.is_live() && store.may_read(&self.by.user, row))
            .collect()
    }

    /// The module whose filter "All" has that number.
    fn of_filter(&self, id: &str) -> Option<&Module> {
        let number: u32 = id.parse().ok()?;
        let store = &self.desk.store;
        store
            .schema
            .modules
            .iter()
            .find(|module| module.entity && filter_id(module) == number)
    }

    /// `fetchModuleFilters`: one filter a module, "All".
    pub(super) fn filters(&self) -> Value {
        let module = self.module();
        let name = self.param("module");
        if self.is_old() {
            let yours: Vec<Value> = module.iter().map(|m| self.filter(m)).collect();
            return json!({"filters": {"yours": yours, "others": []}});
        }
        let Some(module) = module else {
            return json!({"filters": {"Mine": []}, "moduleLabel": name});
        };
        let all = json!({"id": filter_id(module).to_string(), "name": "All", "default": false});
        json!({
            "filters": {"Mine": [], "Shared": [all], "Others": [all]},
            "moduleLabel": module.label,
        })
    }

    fn filter(&self, module: &Module) -> Value {
        json!({
            "cvid": filter_id(module).to_string(),
            "viewname": "All",
            "setdefault": "1",
            "setmetrics": "0",
            "moduleName": module.name,
            "status": "0",
            "userName": self.by.user.name,
        })
    }

    /// `filterDetailsWithCount`; an unknown filter is null.
    pub(super) fn filter_details(&self) -> Value {
        let Some(module) = self.of_filter(&self.param("filterid")) else {
            return json!({"filter": null});
        };
        let mut filter = self.filter(module);
        if let Some(map) = filter.as_object_mut() {
            let count = self.rows(module.name).len().to_string();
            map.insert("count".into(), count.into());
        }
        json!({"filter": filter})
    }

    /// `listModuleRecords`.
    pub(super) fn list(&self) -> Outcome {
        if self.is_old() {
            return self.list_old();
        }
        self.list_new()
    }

    /// Ids and labels, 99 a page from 0, and no word of more.
    fn list_old(&self) -> Outcome {
        let alert = self.param("alertid");
        let name = self.param("module");
        let mut rows = if alert.is_empty() {
            let module = self.desk.store.named(Some(&name), &self.by.user)?;
            if module.name == "Documents" {
                return Err(denied());
            }
            let mut rows = self.rows(module.name);
            if module.name == "Calendar" {
                rows.extend(self.rows("Events"));
            }
            self.searched(rows, module)?
        } else {
            let Some(at) = self.alert_at(&alert) else {
                return fatal();
            };
            let category = ALERTS.get(at).map_or("", |(_, module, _, _)| *module);
            if !name.is_empty() && name != category {
                return Err(numbered(1001, "Mistached module information."));
            }
            self.alert_rows(at)
        };
        rows.sort_by_key(|row| row.number);
        let store = &self.desk.store;
        let size = if name == "Calendar" { 2 * PAGE } else { PAGE };
        let records: Vec<Value> = rows
            .into_iter()
            .skip(self.page().saturating_mul(PAGE))
            .take(size)
            .map(|row| {
                let mut told = json!({"id": store.id_of(row), "label": store.label_of(row)});
                if matches!(row.module, "Calendar" | "Events")
                    && let Some(map) = told.as_object_mut()
                {
                    map.insert("eventstartdate".into(), row.text("date_start").into());
                    map.insert("eventstarttime".into(), row.text("time_start").into());
                    map.insert("eventtype".into(), row.text("activitytype").into());
                    map.insert("eventlocation".into(), row.text("location").into());
                }
                told
            })
            .collect();
        Ok(json!({"records": records, "module": name}))
    }

    /// `searchText` and `searchField`, which Simply CRM alone knows (vendor documentation).
    fn searched<'a>(&self, rows: Vec<&'a Row>, module: &Module) -> Result<Vec<&'a Row>, Failure> {
        if self.generation != Generation::Simply {
            return Ok(rows);
        }
        let text = collated(&self.param("searchText"));
        let field = self.param("searchField");
        let wish: Option<Vec<String>> = serde_json::from_str(&field).ok();
        let (field, compare, wanted) = match wish.as_deref() {
            Some([field, compare, wanted]) => (field.as_str(), compare.as_str(), collated(wanted)),
            _ => ("", "", String::new()),
        };
        if !field.is_empty() && module.field(field).is_none() {
            return fail(
                "ACCESS_DENIED",
                format!("Permission to access {field} attribute denied."),
            );
        }
        Ok(rows
            .into_iter()
            .filter(|row| {
                let stored = collated(row.text(field));
                let own = field.is_empty()
                    || match compare {
                        "e" => stored == wanted,
                        "n" => stored != wanted,
                        "s" => stored.starts_with(&wanted),
                        "ew" => stored.ends_with(&wanted),
                        "k" => !stored.contains(&wanted),
                        "l" => stored < wanted,
                        "g" => stored > wanted,
                        "m" => stored <= wanted,
                        "h" => stored >= wanted,
                        _ => stored.contains(&wanted),
                    };
                own && (text.is_empty()
                    || row
                        .values
                        .values()
                        .any(|value| collated(value).contains(&text)))
            })
            .collect())
    }

    /// Fields by name, 20 a page from 1, ids without a prefix.
    fn list_new(&self) -> Outcome {
        let store = &self.desk.store;
        let Some(module) = self.module().filter(|_| self.raw("alertid").is_none()) else {
            return fatal();
        };
        let mut rows = self.rows(module.name);
        if matches!(module.name, "Calendar" | "Events") {
            let other = if module.name == "Events" {
                "Calendar"
            } else {
                "Events"
            };
            rows.extend(self.rows(other));
        }
        let order = self.param("orderBy");
        let descending = self.param("sortOrder").eq_ignore_ascii_case("desc");
        match module.field(&order) {
            Some(field) => {
                rows.sort_by_cached_key(|row| collated(&store.stored(row, module, &field.name)));
                if descending {
                    rows.reverse();
                }
            }
            None => rows.sort_by_key(|row| (std::cmp::Reverse(row.modified), row.number)),
        }
        let names: Vec<&str> = module.label_fields().filter(|n| !n.is_empty()).collect();
        let headers: Vec<&str> = names
            .iter()
            .copied()
            .chain(headers(module.name).iter().copied())
            .filter(|name| module.field(name).is_some())
            .collect();
        let page = self.page().max(1);
        let from = (page - 1).saturating_mul(LIST);
        let more = rows.len() > from.saturating_add(LIST);
        let records: Vec<Value> = rows
            .into_iter()
            .skip(from)
            .take(LIST)
            .map(|row| self.listed(row, module, &headers))
            .collect();
        let told: Vec<Value> = headers
            .iter()
            .filter_map(|name| module.field(name))
            .map(|field| {
                let kind = field.type_json("");
                json!({"name": field.name, "label": field.label, "fieldType": kind.get("name")})
            })
            .collect();
        let filter = (module.name != "Users").then(|| filter_id(module).to_string());
        let given = |name: &str| -> Value {
            match self.param(name) {
                none if none.is_empty() => false.into(),
                text => text.into(),
            }
        };
        Ok(json!({
            "records": if records.is_empty() { Value::Null } else { records.into() },
            "headers": told,
            "selectedFilter": filter,
            "nameFields": names,
            "moreRecords": more,
            "orderBy": given("orderBy"),
            "sortOrder": given("sortOrder"),
            "page": page.to_string(),
        }))
    }

    fn listed(&self, row: &Row, module: &Module, headers: &[&str]) -> Value {
        let store = &self.desk.store;
        let mut map = Map::new();
        for field in headers.iter().filter_map(|name| module.field(name)) {
            let shown = store.shown(row, module, field, &self.by.user);
            let value = match (field.kind, shown.as_str()) {
                (Kind::Reference | Kind::Owner, Some(id)) => {
                    id.split_once('x').map_or("", |(_, number)| number).into()
                }
                _ => shown,
            };
            map.insert(field.name.clone(), value);
        }
        if module.name == "Users" {
            map.insert("id".into(), row.number.to_string().into());
            return map.into();
        }
        map.insert("id".into(), row.number.into());
        map.insert(module.id_label(), row.number.to_string().into());
        let star = module
            .field("starred")
            .map(|field| store.shown(row, module, field, &self.by.user));
        map.insert("starred".into(), star.unwrap_or_else(|| "0".into()));
        map.into()
    }

    /// `relatedRecordsWithGrouping`.
    pub(super) fn related(&self) -> Outcome {
        let store = &self.desk.store;
        let id = self.param("record");
        if id.is_empty() {
            return Err(numbered(1001, "Record id is empty"));
        }
        let name = self.param("relatedmodule");
        if name == "ModComments" && !self.is_old() {
            return fatal();
        }
        let parsed = crate::simplycrm::store::Store::id(&store.schema, &id)?;
        let relation = store
            .relations(parsed.module)
            .into_iter()
            .find(|relation| relation.module.name == name);
        let Some(relation) = relation else {
            return Err(Failure::Null);
        };
        let row = store.readable(&parsed, &self.by)?;
        let rows: Vec<&Row> = store.related(row, &relation, &self.by).collect();
        if rows.is_empty() && name != "Calendar" {
            return Err(unexpected());
        }
        let from = self.page().saturating_mul(PAGE);
        let more = rows.len() > from.saturating_add(PAGE);
        let records: Vec<Value> = rows
            .into_iter()
            .skip(from)
            .take(PAGE)
            .map(|row| self.grouped_row(row))
            .collect();
        let next = if more { self.page() + 1 } else { 0 };
        Ok(json!({"records": records, "nextPage": next}))
    }
}

/// What a list shows besides names.
fn headers(module: &str) -> &'static [&'static str] {
    match module {
        "Contacts" | "Leads" => &["phone", "email"],
        "Accounts" => &["website", "phone", "assigned_user_id"],
        "HelpDesk" => &["ticketpriorities", "ticketstatus"],
        "Invoice" => &[
            "contact_id",
            "account_id",
            "invoicestatus",
            "assigned_user_id",
        ],
        "Products" => &["product_no", "discontinued"],
        "Vendors" => &["email", "phone"],
        _ => &[],
    }
}

fn filter_id(module: &Module) -> u32 {
    module.prefix * 10 + 1
}
