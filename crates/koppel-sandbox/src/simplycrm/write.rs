//! `create`, `update`, `revise` and `delete`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::fold::{fold, scalar};
use super::generation::Generation;
use super::inventory::{as_changed, take_header};
use super::params::Upload;
use super::reply::{
    DENIED, Failure, Outcome, denied, denied_for, error, fail, fatal, internal, missing, no_read,
    numbered, wrong_id,
};
use super::schema::{Field, Kind, Module};
use super::store::{By, Row, Store, User};
use crate::common::{Action, BadRecord};

/// How a record that is there is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Everything is written: what is not sent is blanked on vtiger 5.4.0.
    Update,
    /// What is sent is written.
    Revise,
}

/// An id taken apart: the module, and the record's number.
pub(crate) struct Id<'a> {
    pub(crate) module: &'a Module,
    pub(crate) number: u64,
}

/// What a value that may stand once alone is found by.
fn unique_key(module: &Module, field: &Field, value: &str) -> String {
    let value = super::vtql::collated(value.trim_end_matches(' '));
    format!("{} {} {value}", module.name, field.name)
}

/// Fields that clients cannot set.
fn is_server_made(module: &Module, field: &Field) -> bool {
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
    /// Takes an id apart.
    ///
    /// # Errors
    /// No id, no x in it, a prefix of no module.
    pub(crate) fn id<'a>(schema: &'a super::schema::Schema, id: &str) -> Result<Id<'a>, Failure> {
        let bad = || {
            if schema.generation.is_newest() {
                wrong_id()
            } else {
                denied_for("id")
            }
        };
        // Without an x the whole is taken for the prefix, of a record that is not there.
        let (prefix, number) = id.split_once('x').unwrap_or((id, ""));
        let module = prefix
            .parse()
            .ok()
            .and_then(|prefix| schema.by_prefix(prefix))
            .ok_or_else(bad)?;
        Ok(Id {
            module,
            number: number.parse().unwrap_or_default(),
        })
    }

    /// A live record for reading.
    ///
    /// # Errors
    /// Missing, deleted and foreign ones cannot be told apart: all are `ACCESS_DENIED`.
    pub(crate) fn readable<'a>(&'a self, id: &Id<'_>, by: &By) -> Result<&'a Row, Failure> {
        let module = id.module;
        if !by.user.sees(module) {
            return Err(denied());
        }
        if module.entity
            && module.name != "Users"
            && let Some(other) = self.whose(id.number)
            && other != module.name
        {
            return Err(wrong_id());
        }
        let Some(row) = self.row(module.name, id.number).filter(|row| !row.deleted) else {
            return if module.entity {
                Err(denied())
            } else {
                fail(
                    "RECORD_NOT_FOUND",
                    "Record you are trying to access is not found",
                )
            };
        };
        if !self.may_read(&by.user, row) {
            return Err(no_read());
        }
        Ok(row)
    }

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

    /// vtiger 7.1.0 and later refuse every role (recorded); Simply CRM documents the way.
    fn makes_users(&self) -> bool {
        matches!(self.generation, Generation::V5_4 | Generation::Simply)
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

    fn check_references(
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

    fn check_mandatory(
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
    fn owner(&self, text: &str, by: &By) -> Result<String, Failure> {
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
    fn folded(
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
    fn check_unique(
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
    fn hold(&mut self, module: &Module, row: &Row) {
        for field in module.fields.iter().filter(|field| field.unique) {
            let key = unique_key(module, field, row.text(&field.name));
            self.add_holder(key, row.number);
        }
    }

    fn check_faults(values: &BTreeMap<String, String>, bad: &[BadRecord]) -> Result<(), Failure> {
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

    /// `retrieve`.
    pub(crate) fn retrieve(&self, id: &str, by: &By) -> Outcome {
        let id = Store::id(&self.schema, id)?;
        if id.module.name == "LineItem" {
            return self.line(id.number);
        }
        let row = self.readable(&id, by)?;
        Ok(self.whole(row, &by.user).into())
    }

    fn line(&self, number: u64) -> Outcome {
        self.lines()
            .find(|(_, line)| line.number == number)
            .map(|(row, line)| line.alone(&self.id_of(row)))
            .ok_or_else(|| {
                error(
                    "RECORD_NOT_FOUND",
                    "Record you are trying to access is not found",
                )
            })
    }

    /// Every line with its record.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&Row, &super::inventory::Line)> {
        ["Invoice", "Quotes", "SalesOrder", "PurchaseOrder"]
            .into_iter()
            .flat_map(|module| self.all(module))
            .filter(|row| row.is_live())
            .flat_map(|row| row.lines.iter().map(move |line| (row, line)))
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
