//! `create`, `update`, `revise` and `delete`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::fold::scalar;
use super::inventory::{as_changed, take_header};
use super::params::Upload;
use super::reply::{
    DENIED, Failure, Outcome, denied, denied_for, fail, fatal, internal, no_read, wrong_id,
};
use super::schema::Field;
use super::store::{By, Row, Store, User};
use crate::common::{Action, BadRecord};

mod check;
mod find;

use check::is_server_made;

/// How a record that is there is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Everything is written: what is not sent is blanked on vtiger 5.4.0.
    Update,
    /// What is sent is written.
    Revise,
}

impl Store {
    /// The element of a write.
    ///
    /// # Errors
    /// What is no JSON is an empty record, but a JSON string kills the server.
    pub(crate) fn element(&self, text: Option<&str>) -> Result<Map<String, Value>, Failure> {
        let newest = self.generation.is_newest();
        let Some(text) = text else {
            return if newest { fatal() } else { Ok(Map::new()) };
        };
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(Value::String(_)) => fatal(),
            Err(_) if newest => Err(internal()),
            _ => Ok(Map::new()),
        }
    }

    /// A new user who can log in with the password, and with an access key that only a
    /// `retrieve` tells.
    fn add_user(&mut self, mut values: BTreeMap<String, String>) -> u64 {
        let number = self.users.iter().map(|user| user.id).max();
        let number = number.unwrap_or_default() + 1;
        let password = values.remove("user_password").unwrap_or_default();
        values.remove("confirm_password");
        let key = format!("{:016x}", fastrand::u64(..));
        values.insert("user_password".into(), "$1$sandbox$new".into());
        values.insert("accesskey".into(), key.clone());
        let admin = values.get("is_admin").is_some_and(|admin| admin == "1");
        if admin {
            values.insert("is_admin".into(), "on".into());
        }
        self.users.push(User {
            id: number,
            name: values.get("user_name").cloned().unwrap_or_default(),
            key,
            password,
            admin,
            groups: BTreeSet::new(),
            read_only: BTreeSet::new(),
            hidden: BTreeSet::new(),
        });
        self.put("Users", number, values, 0);
        number
    }

    /// `create`.
    pub(crate) fn create(
        &mut self,
        module: &str,
        element: &Map<String, Value>,
        files: &[Upload],
        by: &By,
        bad: &[BadRecord],
    ) -> Outcome {
        let schema = self.schema.clone();
        let Some(module) = schema.module(module).filter(|m| by.user.sees(m)) else {
            return Err(denied());
        };
        if !by.user.writes(module) {
            return fail("ACCESS_DENIED", "Permission to write is denied");
        }
        if module.name == "LineItem" {
            return self.append_line(element);
        }
        if (!module.entity || module.name == "Users") && !by.user.admin {
            return fail("ACCESS_DENIED", "Permission to write is denied");
        }
        self.check_references(module, element)?;
        let generation = self.generation;
        self.check_mandatory(module, |field| {
            // What is no scalar is not empty; it is found out later.
            Some(scalar(element.get(&field.name)?, generation).unwrap_or_else(|_| "list".into()))
        })?;
        let mut values = self.folded(module, element, by)?;
        Store::check_faults(&values, bad)?;
        self.check_unique(module, &values, 0)?;
        let with_lines = module.has_lines() && !generation.is_old();
        let mut lines = Vec::new();
        if with_lines {
            if generation.is_newest() {
                return Err(wrong_id());
            }
            lines = self.read_lines(element.get("LineItems"))?;
            if element
                .get("hdnTaxType")
                .and_then(Value::as_str)
                .unwrap_or_default()
                == ""
            {
                return fatal();
            }
        }
        if !generation.is_old() && module.field("source").is_some() {
            let source = values.entry("source".into()).or_default();
            if source.is_empty() {
                *source = "WEBSERVICE".into();
            }
        }
        let starred = values.remove("starred").is_some_and(|star| star == "1");
        values.retain(|_, value| !value.is_empty());
        let number = if module.name == "Users" {
            self.add_user(values)
        } else if module.entity {
            self.add(module, values, by.user.id)
        } else {
            let number = self.all(module.name).map(|row| row.number).max();
            let number = number.unwrap_or_default() + 1;
            let now = 0;
            if module.name == "Groups" {
                values.insert("groupid".into(), number.to_string());
            }
            self.put(module.name, number, values, now);
            number
        };
        let Some(row) = self.row_mut(module.name, number) else {
            return Err(internal());
        };
        if starred {
            row.stars.insert(by.user.id);
        }
        if with_lines {
            row.lines = lines;
            take_header(row, element)?;
            row.values
                .entry("conversion_rate".into())
                .or_insert_with(|| "1.000".into());
            row.settle(module.field("balance").is_some());
        }
        if let Some(file) = files.iter().find(|file| file.field == "filename") {
            attach(row, file);
        }
        let row = row.clone();
        self.hold(module, &row);
        let id = self.id_of(&row);
        self.remember(None, &row, ("2", "created"), by);
        self.note(Action::Create, module.name, id, row.values.clone(), by);
        let mut map = self.whole(&row, &by.user);
        if with_lines {
            Store::as_created(&row, module, &mut map);
        }
        Ok(map.into())
    }

    /// `update` and `revise`.
    pub(crate) fn change(
        &mut self,
        how: Change,
        element: &Map<String, Value>,
        by: &By,
        bad: &[BadRecord],
    ) -> Outcome {
        let schema = self.schema.clone();
        let id = match element.get("id") {
            Some(id) => scalar(id, self.generation)?,
            None => return Err(denied_for("id")),
        };
        let id = Store::id(&schema, &id)?;
        let module = id.module;
        let old = self.generation.is_old();
        let row = self.readable(&id, by)?.clone();
        if !by.user.writes(module) || (!module.entity && !by.user.admin) {
            return Err(no_read());
        }
        self.check_references(module, element)?;
        let generation = self.generation;
        let sent = |field: &Field| match element.get(&field.name) {
            Some(value) => scalar(value, generation).ok(),
            None => None,
        };
        match how {
            Change::Update => self.check_mandatory(module, |field| {
                let kept = super::inventory::is_line_field(&field.name) && !row.lines.is_empty();
                sent(field).or_else(|| kept.then(|| "kept".to_owned()))
            })?,
            Change::Revise => self.check_mandatory(module, |field| match sent(field) {
                Some(text) => Some(text),
                // What stands there already may be anything.
                None => Some("kept".into()),
            })?,
        }
        let mut values = self.folded(module, element, by)?;
        values.remove("source");
        Store::check_faults(&values, bad)?;
        self.check_unique(module, &values, id.number)?;
        let starred = values.remove("starred");
        let with_lines = module.has_lines() && !old;
        let lines = match element.get("LineItems") {
            Some(sent) if with_lines => Some(self.read_lines(Some(sent))?),
            _ => None,
        };
        if with_lines
            && element
                .get("hdnTaxType")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .is_empty()
        {
            return fatal();
        }
        if how == Change::Update && old {
            for field in &module.fields {
                if !is_server_made(module, field) {
                    values.entry(field.name.clone()).or_default();
                }
            }
        }
        let now = self.clock.now();
        let Some(stored) = self.row_mut(module.name, id.number) else {
            return Err(denied());
        };
        for (name, value) in &values {
            stored.set(name, value.clone());
        }
        match starred.as_deref() {
            Some("1") => {
                stored.stars.insert(by.user.id);
            }
            Some(_) => {
                stored.stars.remove(&by.user.id);
            }
            None => {}
        }
        let new_lines = lines.is_some();
        if with_lines {
            take_header(stored, element)?;
            if let Some(lines) = lines {
                stored.lines = lines;
            }
            stored.settle(false);
        }
        if module.entity {
            stored.modified = now;
            stored.modified_by = by.user.id;
        }
        let before = row;
        let row = stored.clone();
        self.hold(module, &row);
        let id = self.id_of(&row);
        self.remember(Some(&before), &row, ("0", "updated"), by);
        self.note(Action::Update, module.name, id, values, by);
        let mut map = self.whole(&row, &by.user);
        if with_lines {
            as_changed(&row, new_lines, how, &mut map);
        }
        Ok(map.into())
    }

    /// `delete`: into the bin, from where nothing comes back.
    pub(crate) fn remove(&mut self, id: &str, by: &By) -> Outcome {
        let schema = self.schema.clone();
        let id = Store::id(&schema, id)?;
        let row = self.readable(&id, by)?.clone();
        if !by.user.writes(id.module) {
            return Err(no_read());
        }
        if id.module.name == "Users" {
            return fail("ACCESS_DENIED", DENIED);
        }
        let now = self.clock.now();
        if let Some(stored) = self.row_mut(id.module.name, id.number) {
            stored.deleted = true;
            stored.modified = now;
        }
        let shown = self.id_of(&row);
        self.remember(Some(&row), &row, ("1", "deleted"), by);
        self.note(Action::Delete, id.module.name, shown, row.values, by);
        Ok(json!({"status": "successful"}))
    }
}

/// What an upload leaves in the record of a document.
fn attach(row: &mut Row, file: &Upload) {
    row.set("filename", file.name.clone());
    row.set("filetype", file.kind.clone());
    row.set("filesize", file.bytes.len().to_string());
    row.set("filelocationtype", "I".into());
    row.set("filestatus", "1".into());
    row.file = Some(file.clone());
}
