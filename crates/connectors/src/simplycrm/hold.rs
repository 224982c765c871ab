//! What Simply can keep of a content, before it is written and compared.

use jiff::tz::TimeZone;
use sync_core::{EntityKind, Fields, Value};

use super::table::{Entry, Shape, Table};

/// Takes out what has no place, and brings the rest to the form in which it reads again.
pub(super) fn hold(table: &Table, zone: &TimeZone, kind: EntityKind, fields: &mut Fields) {
    put_in_place(table, kind, fields);
    let names: Vec<String> = fields
        .iter()
        .map(|(name, _)| name.as_str().to_owned())
        .collect();
    for name in names {
        match table.entry(kind, &name).filter(|entry| !entry.read_only) {
            None => {
                fields.remove(&name);
            }
            Some(entry) => {
                if let Some(kept) = kept(table, zone, kind, entry, fields.get(&name)) {
                    fields.set(sync_core::FieldName::new(name), kept);
                }
            }
        }
    }
}

/// Moves what has no place of its own to where a person would type it.
fn put_in_place(table: &Table, kind: EntityKind, fields: &mut Fields) {
    let mut moves = |from: &'static str, to: &'static str, free: bool| {
        if free && fields.get(to).is_empty() && !fields.get(from).is_empty() {
            let value = fields.remove(from).unwrap_or_default();
            fields.set(to, value);
        }
    };
    match kind {
        // The module has a billing and a shipping address; the first is the one that is printed.
        EntityKind::Customer => {
            let free = table.entry(kind, "billing_address").is_none();
            moves("billing_address", "address", free);
        }
        // A last name is mandatory, and one name alone is it.
        EntityKind::Contact => moves("first_name", "last_name", true),
        // The company stays where it is, and is the name as well.
        EntityKind::Lead if fields.get("name").is_empty() => {
            let company = fields.get("company").clone();
            if !company.is_empty() {
                fields.set("name", company);
            }
        }
        _ => {}
    }
}

/// The value as it reads again; `None` where that is how it is.
fn kept(
    table: &Table,
    zone: &TimeZone,
    kind: EntityKind,
    entry: &Entry,
    value: &Value,
) -> Option<Value> {
    match (entry.shape, value) {
        (Shape::Text, Value::Text(word)) => {
            let words = table.words(kind, &entry.ours)?;
            let kept = words.kept(word);
            (kept != word).then(|| Value::from(kept))
        }
        (Shape::Percent, Value::Int(percent)) => {
            match percent.clamp(&0, &100) / 10 * 10 {
                // The list begins with 10 %.
                0 => Some(Value::Null),
                tens => (tens != *percent).then_some(Value::Int(tens)),
            }
        }
        (Shape::Day, Value::Timestamp(at)) => {
            let midnight = at.date_in(zone).start_in(zone).ok()?;
            (midnight != *at).then_some(Value::Timestamp(midnight))
        }
        (Shape::Amount, Value::Decimal(amount)) => amount.is_zero().then_some(Value::Null),
        (Shape::Amount, Value::Int(0)) => Some(Value::Null),
        (Shape::Lines, Value::List(lines)) => Some(Value::List(
            lines.iter().map(|line| without(line, "unit")).collect(),
        )),
        _ => None,
    }
}

fn without(line: &Value, name: &str) -> Value {
    match line {
        Value::Map(map) => {
            let mut map = map.clone();
            map.remove(name);
            Value::Map(map)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn held(kind: EntityKind, mut fields: Fields) -> Fields {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        hold(&Table::standard(), &zone, kind, &mut fields);
        let once = fields.clone();
        hold(&Table::standard(), &zone, kind, &mut fields);
        assert_eq!(fields, once, "what is held is held");
        fields
    }

    fn city(name: &str) -> Value {
        Value::Map(BTreeMap::from([("city".to_owned(), Value::from(name))]))
    }

    #[test]
    fn what_has_no_place_is_taken_out() {
        let fields = Fields::new()
            .with("name", "Acme")
            .with("vat_number", "NL1")
            .with("number", "7")
            .with("groups", Value::List(vec![Value::from("A")]));
        let held = held(EntityKind::Customer, fields);
        assert_eq!(held, Fields::new().with("name", "Acme"));
    }

    #[test]
    fn a_billing_address_is_the_address_where_there_is_no_other() {
        let fields = Fields::new().with("billing_address", city("Utrecht"));
        let alone = held(EntityKind::Customer, fields.clone());
        assert_eq!(alone, Fields::new().with("address", city("Utrecht")));
        let both = held(EntityKind::Customer, fields.with("address", city("Delft")));
        assert_eq!(both, Fields::new().with("address", city("Delft")));
    }

    #[test]
    fn one_name_alone_is_the_last_name() {
        let one = held(EntityKind::Contact, Fields::new().with("first_name", "Jan"));
        assert_eq!(one, Fields::new().with("last_name", "Jan"));
        let lead = held(EntityKind::Lead, Fields::new().with("company", "Acme"));
        assert_eq!(lead.text("name"), Some("Acme"));
        assert_eq!(lead.text("company"), Some("Acme"));
    }

    #[test]
    fn statuses_progress_and_days_are_kept_as_they_read_again() {
        let at: sync_core::Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let midnight: sync_core::Timestamp = "2026-02-28T23:00:00Z".parse().unwrap();
        let fields = Fields::new()
            .with("progress", 47)
            .with("finished_at", at)
            .with("status", "finished");
        let project = held(EntityKind::Project, fields);
        assert_eq!(project.get("progress"), &Value::Int(40));
        assert_eq!(project.get("finished_at"), &Value::Timestamp(midnight));
        assert_eq!(project.text("status"), Some("finished"));
        let invoice = held(EntityKind::Invoice, Fields::new().with("status", "overdue"));
        assert_eq!(invoice.text("status"), Some("unpaid"));
    }

    #[test]
    fn lines_lose_their_unit_only() {
        let line = |unit: Option<&str>| {
            let mut map = BTreeMap::from([("description".to_owned(), Value::from("Hours"))]);
            if let Some(unit) = unit {
                map.insert("unit".to_owned(), Value::from(unit));
            }
            Value::List(vec![Value::Map(map)])
        };
        let fields = Fields::new().with("lines", line(Some("hour")));
        let held = held(EntityKind::Invoice, fields);
        assert_eq!(held.get("lines"), &line(None));
    }
}
