//! Between the inferred contract's form of a record and the form of an installation.
//!
//! The tables of fields know one form. What a relative does otherwise is said by its profile:
//! fields that travel as ids of names, fields it does not take, times without a zone. The little
//! that no table can say is in [`super::perfex`].

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::{Error, ErrorKind, SendOutcome};
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};
use smartcrm_client::{Dialect, Entity, Profile};
use sync_core::{EntityKind, FieldName, Op, Record, Value};

use super::currency::Currencies;
use super::decode::{flaw, record_from_wire, text};
use super::encode::{filter, op_to_wire};
use super::names::{Miss, Names};
use super::table::{Shape, entries};
use super::{entity_of, perfex};

/// Reads and writes records of one kind for one installation.
pub(super) struct Codec<'a> {
    pub(super) profile: &'a Profile,
    pub(super) kind: EntityKind,
    pub(super) names: Arc<Names>,
    pub(super) currencies: &'a Currencies,
    pub(super) zone: &'a TimeZone,
}

type Wire = Map<String, Json>;

impl Codec<'_> {
    fn entity(&self) -> Option<Entity> {
        entity_of(self.kind)
    }

    /// Reads a record as the installation sends it.
    pub(super) fn read(&self, mut record: Wire) -> Result<Record, Error> {
        if let Some(entity) = self.entity() {
            self.take_in(entity, &mut record)?;
        }
        record_from_wire(self.kind, &record)
    }

    fn take_in(&self, entity: Entity, record: &mut Wire) -> Result<(), Error> {
        if self.profile.dialect == Dialect::Perfex {
            perfex::take_in(entity, self.profile.numbering.get(&entity), record);
        }
        for (field, list) in self.named(entity) {
            let Some(json) = record.get(field) else {
                continue;
            };
            match self.name_of(field, list, json)? {
                Some(named) => record.insert(field.to_owned(), named),
                None => record.remove(field),
            };
        }
        if let Some(json) = record.get("currency")
            && has_currency(self.kind)
        {
            let list = self.profile.list_of(entity, "currency");
            match text("currency", json)? {
                // Zero is the customer's "as everybody": none of its own.
                Some(value) if value != "0" => {
                    let code = self.currencies.read(&value, list, &self.names);
                    let code = code.map_err(|problem| unreadable("currency", &problem))?;
                    if code != value {
                        record.insert("currency".to_owned(), Json::String(code));
                    }
                }
                _ => {
                    record.insert("currency".to_owned(), Json::Null);
                }
            }
        }
        for entry in entries(self.kind) {
            match entry.shape {
                Shape::Ref(other)
                    if entity_of(other).is_some_and(|other| !self.profile.offers(other)) =>
                {
                    record.remove(entry.wire);
                }
                Shape::Timestamp => self.with_zone(record, entry.wire),
                _ => {}
            }
        }
        self.with_zone(record, "updated_at");
        Ok(())
    }

    /// The fields that travel as ids, without currencies.
    fn named(&self, entity: Entity) -> impl Iterator<Item = (&str, &str)> {
        self.profile
            .named
            .get(&entity)
            .into_iter()
            .flatten()
            .map(|(field, list)| (field.as_str(), list.as_str()))
            .filter(|(field, _)| *field != "currency")
    }

    /// The name of an id, or the names of a list of ids; `None` where nothing is known of the list.
    fn name_of(&self, field: &str, list: &str, json: &Json) -> Result<Option<Json>, Error> {
        if let Json::Array(ids) = json {
            let mut names = Vec::with_capacity(ids.len());
            for id in ids {
                match self.name_of(field, list, id)? {
                    Some(name) => names.push(name),
                    None => return Ok(None),
                }
            }
            return Ok(Some(Json::Array(names)));
        }
        let id = match text(field, json)? {
            Some(id) if !matches!(id.trim(), "" | "0") => id,
            _ => return Ok(Some(Json::Null)),
        };
        match self.names.name(list, &id) {
            Ok(name) => Ok(Some(Json::String(name.to_owned()))),
            Err(Miss::NoList) => Ok(None),
            Err(Miss::Unknown) => Err(unreadable(
                field,
                &format!(
                    "holds the id `{id}`, which `lookups.{list}` of the profile does not have"
                ),
            )),
            Err(Miss::Ambiguous) => Err(unreadable(
                field,
                &format!("holds the id `{id}`, which has two names in `{list}`"),
            )),
        }
    }

    /// Gives a time without a zone the installation's.
    fn with_zone(&self, record: &mut Wire, field: &str) {
        let Some(Json::String(time)) = record.get(field) else {
            return;
        };
        // What has a zone is longer or says so at its end; a zero date is no time.
        if time.trim().len() > 19 || time.ends_with('Z') || time.starts_with("0000") {
            return;
        }
        if let Ok(naive) = time.trim().parse::<jiff::civil::DateTime>()
            && let Ok(at) = self.zone.to_ambiguous_timestamp(naive).compatible()
        {
            record.insert(field.to_owned(), Json::String(at.to_string()));
        }
    }

    /// Whether a write is an update of lines where lines can only be added and taken away.
    pub(super) fn replaces_lines(&self, op: &Op) -> bool {
        self.profile.dialect == Dialect::Perfex
            && self.kind == EntityKind::Invoice
            && op
                .fields_to_write()
                .any(|(name, _)| name.as_str() == "lines")
    }

    /// The content of one write as the installation takes it; `lines` are the ids of those that an
    /// update takes away.
    pub(super) fn write(&self, op: &Op, lines: Option<&[String]>) -> Result<Wire, Error> {
        let mut data = op_to_wire(op)?;
        let Some(entity) = self.entity() else {
            return Ok(data);
        };
        data.retain(|name, _| self.profile.takes(entity, name));
        self.put_out(entity, &mut data)?;
        if self.profile.dialect == Dialect::Perfex {
            let numbering = self.profile.numbering.get(&entity);
            let date = match op.fields.get("date") {
                Value::Date(date) => date.to_string(),
                _ => String::new(),
            };
            let kind = match (&op.action, lines) {
                (sync_core::Action::Create, _) => perfex::Kind::Create,
                (_, lines) => perfex::Kind::Update(lines.unwrap_or_default()),
            };
            perfex::put_out(entity, numbering, &date, &mut data, kind)?;
        }
        Ok(data)
    }

    fn put_out(&self, entity: Entity, data: &mut Wire) -> Result<(), Error> {
        for (field, list) in self.named(entity) {
            let Some(json) = data.get(field) else {
                continue;
            };
            let id = |name: &str| {
                self.names
                    .id(list, name)
                    .map(|id| Json::String(id.to_owned()))
                    .map_err(|miss| unmapped(field, list, name, miss))
            };
            let written = match json {
                Json::String(name) => id(name)?,
                Json::Array(names) => names
                    .iter()
                    .map(|name| match name {
                        Json::String(name) => id(name),
                        other => Ok(other.clone()),
                    })
                    .collect::<Result<Json, Error>>()?,
                // Zero is how this family of systems spells "none".
                Json::Null => Json::String("0".to_owned()),
                other => other.clone(),
            };
            data.insert(field.to_owned(), written);
        }
        if has_currency(self.kind)
            && let Some(Json::String(code)) = data.get("currency")
        {
            let list = self.profile.list_of(entity, "currency");
            let written = self
                .currencies
                .write(code, list, &self.names)
                .map_err(|problem| rejected("currency", &problem))?;
            data.insert("currency".to_owned(), Json::String(written));
        }
        Ok(())
    }

    /// One value as a search sends it.
    pub(super) fn filter(
        &self,
        name: &FieldName,
        value: &Value,
    ) -> Result<(&'static str, String), Error> {
        let (wire, text) = filter(self.kind, name, value)?;
        if self.profile.dialect == Dialect::Perfex && wire == "number" {
            // What is no number of theirs is none of their records.
            let numbering = self.entity().and_then(|e| self.profile.numbering.get(&e));
            let number = perfex::whole(&text, numbering);
            return Ok((wire, number.map_or(text, |number| number.to_string())));
        }
        Ok((wire, text))
    }

    /// Whether a record that a search found has the value it was searched by, where the search
    /// could not say so.
    pub(super) fn confirms(&self, record: &Record, name: &FieldName, value: &Value) -> bool {
        if self.profile.dialect != Dialect::Perfex || name.as_str() != "number" {
            return true;
        }
        // Digits alone were compared as the number that the server keeps.
        let bare = matches!(value, Value::Text(text) if perfex::is_bare(text));
        bare || record.fields.get("number").same_content(value)
    }
}

fn has_currency(kind: EntityKind) -> bool {
    entries(kind).iter().any(|entry| entry.ours == "currency")
}

fn unreadable(field: &str, problem: &str) -> Error {
    flaw(field, problem).help("Complete the connection's settings, then sync again.")
}

pub(super) fn rejected(field: &str, problem: &str) -> Error {
    Error::new(
        ErrorKind::Validation,
        format!("The field `{field}` {problem}."),
    )
    .operation("smartcrm.push")
    .outcome(SendOutcome::NotSent)
    .fields(BTreeMap::from([(field.to_owned(), problem.to_owned())]))
}

fn unmapped(field: &str, list: &str, name: &str, miss: Miss) -> Error {
    let problem = match miss {
        Miss::NoList => format!("holds `{name}`, but the profile has no `lookups.{list}`"),
        Miss::Unknown => format!("holds `{name}`, which is not in `{list}`"),
        Miss::Ambiguous => format!("holds `{name}`, which has two ids in `{list}`"),
    };
    rejected(field, &problem).help(format!(
        "Give the name its id in `lookups.{list}` of the connection's profile."
    ))
}
