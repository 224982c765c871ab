//! From the wire to the shared vocabulary.

use std::collections::BTreeMap;

use api_core::{Date, Error, ErrorKind, Json, SendOutcome, Timestamp};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use simplycrm_ws::{FieldType, Record as Wire, RecordId as WireId};
use sync_core::{EntityKind, Fields, Record, RecordId, Ref, Value};

use super::model::{Model, has_list};
use super::table::{Entry, Shape};
use super::words::ENDS;
use super::{Inner, countries, sums};

/// The parts of an address, in the order in which a shape names their fields.
pub(super) const ADDRESS_PARTS: [&str; 5] = ["street", "city", "state", "postal_code", "country"];

impl Inner {
    /// Reads a record as the server sent it.
    ///
    /// A field that is sent but empty is [`Value::Null`]; one that is not sent is left out.
    pub(super) fn read(&self, model: &Model, wire: &Wire) -> Result<Record, Error> {
        let id = wire.id().ok_or_else(|| flaw("id", "is missing"))?;
        let mut fields = Fields::new();
        for entry in self.table.entries(model.kind) {
            if let Some(value) = self.value(model, entry, wire)? {
                let nothing = value.is_empty();
                let value = if nothing { Value::Null } else { value };
                fields.set(sync_core::FieldName::new(entry.ours.as_ref()), value);
            }
        }
        let mut record = Record::new(model.kind, id.to_string(), fields);
        // A stamp that cannot be read is no reason to lose the record.
        if let Some(at) = stamp(&wire.text("modifiedtime"), &self.zone) {
            record = record.modified(at);
        }
        let ended = model.kind == EntityKind::Project
            && ENDS.contains(&wire.text("projectstatus").as_ref());
        Ok(if ended { record.ended() } else { record })
    }

    fn value(&self, model: &Model, entry: &Entry, wire: &Wire) -> Result<Option<Value>, Error> {
        match entry.shape {
            Shape::Address(names) => return address(wire, names),
            Shape::Custom => return self.custom(model, wire),
            Shape::Lines => return sums::read_lines(self, model, wire),
            Shape::Total | Shape::Subtotal | Shape::TaxTotal => {
                let sums = sums::Sums::of(model, wire)?;
                let sum = match entry.shape {
                    Shape::Total => sums.total,
                    Shape::Subtotal => sums.subtotal,
                    _ => sums.taxes,
                };
                let sent = wire.get(&entry.wire).is_some();
                return Ok(sent.then(|| sum.map_or(Value::Null, Value::Decimal)));
            }
            Shape::Amount if entry.ours == "discount" => return sums::discount(wire),
            Shape::Name { first } => return name(wire, first, &entry.wire),
            Shape::BaseCurrency => {
                let named = reference(wire, &entry.wire)?;
                let code = match named {
                    Some(id) => model.currencies.code(id),
                    None => model.currencies.base(),
                };
                return Ok(code.map(Value::from));
            }
            _ => {}
        }
        let wire_name = Self::place_read(model, entry);
        let Some(json) = wire.get(wire_name) else {
            return Ok(None);
        };
        let Some(text) = text(wire_name, json)? else {
            return Ok(Some(Value::Null));
        };
        self.scalar(model, entry, text).map(Some)
    }

    /// Where a field is read: before `contact_id` there was one field for whoever asked (recorded
    /// vtiger 5.4.0 server).
    fn place_read<'a>(model: &Model, entry: &'a Entry) -> &'a str {
        let asks = model.kind == EntityKind::Ticket && entry.wire == "contact_id";
        if asks && model.field("contact_id").is_none() {
            return "parent_id";
        }
        &entry.wire
    }

    fn scalar(&self, model: &Model, entry: &Entry, text: String) -> Result<Value, Error> {
        let name = entry.wire.as_ref();
        let wrong = |expected: &str| wrong(name, &text, expected);
        Ok(match entry.shape {
            Shape::Bool => Value::Bool(boolean(&text).ok_or_else(|| wrong("a boolean"))?),
            Shape::Int => Value::Int(text.trim().parse().map_err(|_| wrong("a whole number"))?),
            Shape::Decimal => Value::Decimal(decimal(&text).ok_or_else(|| wrong("a number"))?),
            Shape::Amount => match decimal(&text).ok_or_else(|| wrong("a number"))? {
                none if none.is_zero() => Value::Null,
                amount => Value::Decimal(amount),
            },
            Shape::Budget => decimal(&text).map_or(Value::Null, Value::Decimal),
            Shape::Percent => {
                let number = text.trim().trim_end_matches('%').trim_end();
                number.parse().map_or(Value::Null, Value::Int)
            }
            Shape::Date => day(&text, &self.zone).ok_or_else(|| wrong("a date"))?,
            Shape::Day => match day(&text, &self.zone).ok_or_else(|| wrong("a date"))? {
                Value::Date(day) => day
                    .start_in(&self.zone)
                    .map(Value::Timestamp)
                    .map_err(|_| wrong("a day of this zone"))?,
                other => other,
            },
            Shape::Timestamp | Shape::DayOf if text.starts_with("0000-00-00") => Value::Null,
            Shape::Timestamp => {
                Value::Timestamp(stamp(&text, &self.zone).ok_or_else(|| wrong("a time"))?)
            }
            Shape::DayOf => {
                let at = stamp(&text, &self.zone).ok_or_else(|| wrong("a time"))?;
                Value::Date(at.date_in(&self.zone))
            }
            Shape::Ref(other) => {
                let id: WireId = text.parse().map_err(|_| wrong("a record id"))?;
                // What is of another module, such as a contact as the customer, is none of these.
                if model.prefixes.get(&other) == Some(&id.prefix) {
                    Value::Ref(Ref::new(other, id.to_string()))
                } else {
                    Value::Null
                }
            }
            Shape::Currency => {
                let id: WireId = text.parse().map_err(|_| wrong("a record id"))?;
                let code = model.currencies.code(id).ok_or_else(|| {
                    wrong("a currency that the server names")
                        .help("Activate the currency, or correct the record.")
                })?;
                Value::from(code)
            }
            _ => {
                if model.field(name).is_some_and(has_list) && text == "--None--" {
                    return Ok(Value::Null);
                }
                match self.table.words(model.kind, &entry.ours) {
                    Some(words) => Value::from(words.ours(&text)),
                    None => Value::Text(text),
                }
            }
        })
    }

    fn custom(&self, model: &Model, wire: &Wire) -> Result<Option<Value>, Error> {
        let mut sent = false;
        let mut map = BTreeMap::new();
        for (key, field) in model.custom.iter() {
            let Some(json) = wire.get(&field.name) else {
                continue;
            };
            sent = true;
            let Some(text) = text(&field.name, json)? else {
                continue;
            };
            let value = self.custom_value(&field.name, &field.field_type, text)?;
            if !value.is_empty() {
                map.insert(key.to_owned(), value);
            }
        }
        Ok(sent.then_some(Value::Map(map)))
    }

    fn custom_value(&self, name: &str, kind: &FieldType, text: String) -> Result<Value, Error> {
        let wrong = |expected: &str| wrong(name, &text, expected);
        Ok(match kind {
            FieldType::Boolean => Value::Bool(boolean(&text).ok_or_else(|| wrong("a boolean"))?),
            FieldType::Integer => {
                Value::Int(text.trim().parse().map_err(|_| wrong("a whole number"))?)
            }
            FieldType::Double | FieldType::Currency | FieldType::Decimal => {
                Value::Decimal(decimal(&text).ok_or_else(|| wrong("a number"))?)
            }
            FieldType::Date { .. } => day(&text, &self.zone).ok_or_else(|| wrong("a date"))?,
            FieldType::DateTime if text.starts_with("0000-00-00") => Value::Null,
            FieldType::DateTime => {
                Value::Timestamp(stamp(&text, &self.zone).ok_or_else(|| wrong("a time"))?)
            }
            FieldType::MultiPicklist { .. } => {
                Value::List(text.split(" |##| ").map(Value::from).collect())
            }
            _ => Value::Text(text),
        })
    }
}

/// A scalar as text; `None` when there is nothing in it.
pub(super) fn text(name: &str, json: &Json) -> Result<Option<String>, Error> {
    Ok(match json {
        Json::Null => None,
        Json::Text(text) if text.is_empty() => None,
        Json::Text(text) => Some(text.clone()),
        Json::Bool(flag) => Some(if *flag { "1" } else { "0" }.to_owned()),
        Json::Number(number) => Some(number.as_str().to_owned()),
        Json::List(_) | Json::Map(_) => return Err(flaw(name, "is not a single value")),
    })
}

/// A number with a point; blanks around it do not matter.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    api_core::money::parse_decimal(text)
        .ok()
        .map(|number| number.normalize())
}

fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "on" | "yes" | "true" => Some(true),
        "0" | "off" | "no" | "false" => Some(false),
        _ => None,
    }
}

/// A day; MySQL's spelling of "no date" is nothing.
fn day(text: &str, zone: &TimeZone) -> Option<Value> {
    let text = text.trim();
    if text.starts_with("0000-00-00") {
        return Some(Value::Null);
    }
    let day: Option<Date> = text.parse().ok();
    let of_time = || stamp(text, zone).map(|at| at.date_in(zone));
    day.or_else(of_time).map(Value::Date)
}

/// A time of the server, in its zone.
pub(super) fn stamp(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    Timestamp::from_civil(text.trim(), zone).ok()
}

fn reference(wire: &Wire, name: &str) -> Result<Option<WireId>, Error> {
    let Some(json) = wire.get(name) else {
        return Ok(None);
    };
    let Some(text) = text(name, json)? else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| wrong(name, &text, "a record id"))
}

/// The name of a person or company from the two fields that hold it.
fn name(wire: &Wire, first: &str, last: &str) -> Result<Option<Value>, Error> {
    let mut sent = false;
    let mut parts = Vec::new();
    for field in [first, last] {
        let Some(json) = wire.get(field) else {
            continue;
        };
        sent = true;
        parts.extend(text(field, json)?);
    }
    Ok(sent.then(|| Value::text(parts.join(" "))))
}

fn address(wire: &Wire, names: [&'static str; 5]) -> Result<Option<Value>, Error> {
    let mut sent = false;
    let mut parts = BTreeMap::new();
    for (name, part) in names.into_iter().zip(ADDRESS_PARTS) {
        let Some(json) = wire.get(name) else {
            continue;
        };
        sent = true;
        if let Some(text) = text(name, json)? {
            let text = if part == "country" {
                countries::code(&text)
            } else {
                text
            };
            parts.insert(part.to_owned(), Value::Text(text));
        }
    }
    Ok(sent.then_some(Value::Map(parts)))
}

fn wrong(name: &str, text: &str, expected: &str) -> Error {
    let shown: String = text.chars().take(32).collect();
    flaw(name, &format!("holds `{shown}`, which is not {expected}"))
}

pub(super) fn flaw(field: &str, problem: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("The field `{field}` {problem}."))
        .operation("simplycrm.read")
        .outcome(SendOutcome::NotSent)
        .fields(BTreeMap::from([(field.to_owned(), problem.to_owned())]))
}

/// The id of a record as far as it can be told.
pub(super) fn id_of(wire: &Wire) -> RecordId {
    wire.id()
        .map_or_else(|| RecordId::from("?"), |id| RecordId::new(id.to_string()))
}
