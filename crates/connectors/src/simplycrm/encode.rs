//! From the shared vocabulary to the wire.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, SendOutcome};
use simplycrm_ws::{Field, FieldValue, InventoryRecord, RecordId as WireId, Values};
use sync_core::{Action, EntityKind, FieldName, Fields, Op, Value};

use super::SimplyCrm;
use super::decode::ADDRESS_PARTS;
use super::model::{Model, has_list, picked};
use super::table::{Entry, Shape};

/// The most words of a list that a message names.
const SHOWN: usize = 20;

/// One write as it is sent.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// Each field with its text; an empty one clears it.
    pub(super) values: BTreeMap<String, String>,
    /// The same with its lines, where an invoice's are written.
    pub(super) invoice: Option<InventoryRecord>,
}

impl Sheet {
    /// The fields as the client takes them.
    pub(super) fn values(&self) -> Values {
        let value = |text: &String| match text.as_str() {
            "" => FieldValue::Empty,
            text => FieldValue::from(text),
        };
        self.values
            .iter()
            .map(|(name, text)| (name.as_str(), value(text)))
            .collect()
    }
}

impl SimplyCrm {
    /// The content of one write; what the server would drop or spoil without a word is refused.
    pub(super) async fn sheet(&self, model: &Model, op: &Op) -> Result<Sheet, Error> {
        let creates = op.action == Action::Create;
        let mut sheet = Sheet::default();
        let mut clears = Vec::new();
        let changed: Vec<FieldName> = match &op.changed {
            Some(changed) if !creates => changed.iter().cloned().collect(),
            _ => op.fields.iter().map(|(name, _)| name.clone()).collect(),
        };
        for name in &changed {
            let Some(entry) = self.inner.table.entry(model.kind, name.as_str()) else {
                continue;
            };
            let value = op.fields.get(name.as_str());
            if entry.read_only || (creates && value.is_empty()) {
                continue;
            }
            self.put(model, &mut sheet, entry, value, &op.fields, &mut clears)?;
        }
        if !creates {
            for field in &clears {
                if model.field(field).is_some_and(|field| field.mandatory) {
                    return Err(rejected(
                        field,
                        &format!("may not become empty in {}", model.module),
                    ));
                }
            }
        }
        let of_lines = ["lines", "discount", "adjustment", "currency"];
        let touches = || changed.iter().any(|name| of_lines.contains(&name.as_str()));
        let with_lines = model.lines && (creates || touches());
        let touched = (!creates).then_some(changed.as_slice());
        if with_lines {
            // What is wrong with the lines needs no question to the server.
            self.invoice(model, &op.fields, &BTreeMap::new(), touched)?;
        }
        if creates {
            self.complete(model, op, &mut sheet).await?;
        }
        if with_lines {
            let invoice = self.invoice(model, &op.fields, &sheet.values, touched)?;
            sheet.invoice = Some(invoice);
        }
        Ok(sheet)
    }

    /// Puts one canonical field into its place or places.
    fn put(
        &self,
        model: &Model,
        sheet: &mut Sheet,
        entry: &Entry,
        value: &Value,
        fields: &Fields,
        clears: &mut Vec<String>,
    ) -> Result<(), Error> {
        match entry.shape {
            Shape::Lines | Shape::Total | Shape::Subtotal | Shape::TaxTotal => return Ok(()),
            Shape::BaseCurrency => return base_currency(model, value),
            Shape::Address(names) => return self.address(model, sheet, &entry.ours, names, value),
            Shape::Custom => return self.custom(model, sheet, value),
            Shape::Currency if !value.is_empty() => {
                let code = value.as_text().ok_or_else(|| typed(entry, value, "text"))?;
                let (id, rate) = model
                    .currencies
                    .find(code)
                    .map_err(|problem| rejected("currency", &problem))?;
                sheet
                    .values
                    .insert("currency_id".to_owned(), id.to_string());
                sheet
                    .values
                    .insert("conversion_rate".to_owned(), rate.to_owned());
                return Ok(());
            }
            Shape::Name { first } => {
                sheet.values.insert(first.to_owned(), String::new());
            }
            // Where there is one field for whoever asked, the contact stands in it alone.
            Shape::Ref(EntityKind::Customer)
                if model.kind == EntityKind::Ticket
                    && value.is_empty()
                    && model.field("contact_id").is_none() =>
            {
                let contact = fields.get("contact");
                let place = self.inner.table.entry(model.kind, "contact");
                if let Some(entry) = place.filter(|_| !contact.is_empty()) {
                    return self.put(model, sheet, entry, contact, fields, clears);
                }
            }
            _ => {}
        }
        let wire = self.place(model, entry, fields);
        let Some(field) = model.field(wire) else {
            // Fields that it does not know the server drops without a word.
            if !value.is_empty() {
                self.told_once(model, wire, "The module has no such field; it is left out.");
            }
            return Ok(());
        };
        let text = match value {
            value if value.is_empty() => String::new(),
            value => self.text(model, entry, field, value)?,
        };
        if text.is_empty() {
            clears.push(wire.to_owned());
        }
        sheet.values.insert(wire.to_owned(), text);
        Ok(())
    }

    /// Where a field goes: before `contact_id` there was one field for whoever asked (recorded
    /// vtiger 5.4.0 server).
    fn place<'a>(&self, model: &Model, entry: &'a Entry, fields: &Fields) -> &'a str {
        let asks = model.kind == EntityKind::Ticket && entry.wire == "contact_id";
        if asks && model.field("contact_id").is_none() && fields.get("customer").is_empty() {
            return "parent_id";
        }
        &entry.wire
    }

    fn text(
        &self,
        model: &Model,
        entry: &Entry,
        field: &Field,
        value: &Value,
    ) -> Result<String, Error> {
        let number = |expected| match value {
            Value::Int(number) => Ok(number.to_string()),
            Value::Decimal(number) => Ok(number.normalize().to_string()),
            _ => Err(typed(entry, value, expected)),
        };
        Ok(match (entry.shape, value) {
            (Shape::Bool, Value::Bool(flag)) => flag_text(*flag),
            (Shape::Bool, _) => return Err(typed(entry, value, "a boolean")),
            (Shape::Int, Value::Int(number)) => number.to_string(),
            (Shape::Int, _) => return Err(typed(entry, value, "a whole number")),
            (Shape::Decimal | Shape::Amount | Shape::Budget, _) => number("a number")?,
            (Shape::Percent, Value::Int(percent)) => match percent.clamp(&0, &100) / 10 * 10 {
                0 => String::new(),
                tens => self.picked(model, entry, field, &format!("{tens}%"))?,
            },
            (Shape::Percent, _) => return Err(typed(entry, value, "a whole number")),
            (Shape::Date, Value::Date(day)) => day.to_string(),
            (Shape::Date, _) => return Err(typed(entry, value, "a date")),
            (Shape::Day, Value::Timestamp(at)) => at.date_in(&self.inner.zone).to_string(),
            (Shape::Timestamp, Value::Timestamp(at)) => self.civil(*at),
            (Shape::Day | Shape::Timestamp | Shape::DayOf, _) => {
                return Err(typed(entry, value, "a time stamp"));
            }
            (Shape::Ref(kind), Value::Ref(reference)) if reference.entity == kind => {
                self.reference(model, entry, kind, reference.id.as_str())?
            }
            (Shape::Ref(_), _) => return Err(typed(entry, value, "a reference")),
            (_, Value::Text(text)) => self.picked(model, entry, field, text)?,
            _ => return Err(typed(entry, value, "text")),
        })
    }

    /// Text as it is; where the module has a list, the value of the list that is meant.
    fn picked(
        &self,
        model: &Model,
        entry: &Entry,
        field: &Field,
        text: &str,
    ) -> Result<String, Error> {
        let words = self.inner.table.words(model.kind, &entry.ours);
        let word = words.and_then(|words| words.theirs(text)).unwrap_or(text);
        listed(model, field, &entry.ours, word)
    }

    fn reference(
        &self,
        model: &Model,
        entry: &Entry,
        kind: EntityKind,
        id: &str,
    ) -> Result<String, Error> {
        let prefix = model.prefixes.get(&kind).copied();
        let bare: Option<u64> = id.parse().ok();
        let whole: Option<WireId> = match (bare, prefix) {
            (Some(number), Some(prefix)) => Some(WireId::new(prefix, number)),
            _ => id.parse().ok(),
        };
        match whole {
            Some(id) if prefix.is_none_or(|prefix| prefix == id.prefix) => Ok(id.to_string()),
            _ => Err(rejected(
                &entry.ours,
                &format!("refers to `{id}`, which is no {kind} of this server"),
            )),
        }
    }

    /// A moment as the server's clock shows it.
    pub(super) fn civil(&self, at: sync_core::Timestamp) -> String {
        let there = at.jiff().to_zoned(self.inner.zone.clone());
        there.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn address(
        &self,
        model: &Model,
        sheet: &mut Sheet,
        ours: &str,
        names: [&'static str; 5],
        value: &Value,
    ) -> Result<(), Error> {
        let empty = BTreeMap::new();
        let map = match value {
            Value::Map(map) => map,
            Value::Null => &empty,
            other => {
                let problem = format!("is {}, not an address", other.type_name());
                return Err(rejected(ours, &problem));
            }
        };
        for (name, part) in names.into_iter().zip(ADDRESS_PARTS) {
            let text = match map.get(part) {
                None | Some(Value::Null) => String::new(),
                Some(Value::Text(text)) => text.clone(),
                Some(other) => {
                    let problem = format!("has a {part} that is {}, not text", other.type_name());
                    return Err(rejected(ours, &problem));
                }
            };
            if model.field(name).is_some() {
                sheet.values.insert(name.to_owned(), text);
            }
        }
        Ok(())
    }
}

/// A value of the field's list that a word means; text as it is where there is no list.
pub(super) fn listed(
    model: &Model,
    field: &Field,
    shown: &str,
    word: &str,
) -> Result<String, Error> {
    if !has_list(field) {
        return Ok(word.to_owned());
    }
    let values = field.picklist_values();
    if let Some(value) = picked(field, word) {
        return Ok(value.to_owned());
    }
    let mut known: Vec<&str> = values
        .iter()
        .map(|option| option.value.as_str())
        .take(SHOWN)
        .collect();
    if values.len() > SHOWN {
        known.push("…");
    }
    Err(rejected(
        shown,
        &format!(
            "holds `{word}`, which is not in the list of {}.{} ({})",
            model.module,
            field.name,
            known.join(", ")
        ),
    )
    .help("Say in the connection's settings which of these it is, or add it to the list."))
}

fn base_currency(model: &Model, value: &Value) -> Result<(), Error> {
    match (value.as_text(), model.currencies.base()) {
        (Some(code), Some(base)) if !code.eq_ignore_ascii_case(base) => Err(rejected(
            "currency",
            &format!("is {code}, and prices of products are in {base} on this server"),
        )),
        _ => Ok(()),
    }
}

pub(super) fn flag_text(flag: bool) -> String {
    if flag { "1" } else { "0" }.to_owned()
}

fn typed(entry: &Entry, value: &Value, expected: &str) -> Error {
    rejected(
        &entry.ours,
        &format!("should be {expected}, not {}", value.type_name()),
    )
}

pub(super) fn no_marker(module: &str, field: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("{module} has no field `{field}` to keep Koppel's mark in."),
    )
    .operation("simplycrm.push")
    .outcome(SendOutcome::NotSent)
    .help("Add the custom field, let the user's profile see it, or correct `marker_fields`.")
}

pub(super) fn rejected(field: &str, problem: &str) -> Error {
    Error::new(
        ErrorKind::Validation,
        format!("The field `{field}` {problem}."),
    )
    .operation("simplycrm.push")
    .outcome(SendOutcome::NotSent)
    .fields(BTreeMap::from([(field.to_owned(), problem.to_owned())]))
}
