//! Which canonical fields a column can hold, and what is in them.

use sync_core::fields::schema;
use sync_core::{EntityKind, FieldName};

use super::model::{Kind, Place};

const ADDRESS: [&str; 5] = ["street", "city", "state", "postal_code", "country"];

/// The fields that a row of a set has.
pub(super) fn parts(set: &str) -> &'static [(&'static str, Kind)] {
    match set {
        "lines" => &[
            ("description", Kind::Text),
            ("long_description", Kind::Text),
            ("quantity", Kind::Decimal),
            ("unit_price", Kind::Decimal),
            ("unit", Kind::Text),
            ("product", Kind::Ref(EntityKind::Product)),
        ],
        "payments" => &[
            ("id", Kind::Text),
            ("amount", Kind::Decimal),
            ("date", Kind::Date),
            ("mode", Kind::Text),
            ("transaction_id", Kind::Text),
            ("note", Kind::Text),
        ],
        "taxes" => &[("name", Kind::Text), ("rate", Kind::Decimal)],
        _ => &[("name", Kind::Text)],
    }
}

/// The kind of record that a field refers to.
fn target(field: &str) -> Option<EntityKind> {
    Some(match field {
        "customer" => EntityKind::Customer,
        "contact" => EntityKind::Contact,
        "project" => EntityKind::Project,
        "product" => EntityKind::Product,
        "group" | "product_group" => EntityKind::ProductGroup,
        "invoice" => EntityKind::Invoice,
        "order" => EntityKind::Order,
        _ => return None,
    })
}

fn tax_part(part: &str) -> Option<(Place, Kind)> {
    match part {
        "name" => Some((Place::Tax("name"), Kind::Text)),
        "rate" => Some((Place::Tax("rate"), Kind::Decimal)),
        _ => None,
    }
}

/// Where a field of a record stands and what it holds.
pub(super) fn record_place(entity: EntityKind, name: &str) -> Option<(Place, Kind)> {
    let (top, part) = match name.split_once('.') {
        None => (name, None),
        Some((top, part)) => (top, Some(part)),
    };
    let spec = schema(entity).iter().find(|spec| spec.name == top)?;
    let field = FieldName::known(spec.name);
    match part {
        None => {
            let kind = match spec.expected {
                "text" => Kind::Text,
                "a boolean" => Kind::Bool,
                "a whole number" => Kind::Int,
                "a decimal number" => Kind::Decimal,
                "a date" => Kind::Date,
                "a time stamp" => Kind::Timestamp,
                "a reference" => Kind::Ref(target(top)?),
                _ => return None,
            };
            Some((Place::Top(field), kind))
        }
        Some(part) => match spec.name {
            "custom_fields" if !part.is_empty() => {
                Some((Place::Part(field, part.to_owned()), Kind::Text))
            }
            "taxes" => tax_part(part),
            _ if spec.expected == "a map" => ADDRESS
                .contains(&part)
                .then(|| (Place::Part(field, part.to_owned()), Kind::Text)),
            _ => None,
        },
    }
}

/// Where a field of a child row stands and what it holds.
pub(super) fn child_place(set: &str, name: &str) -> Option<(Place, Kind)> {
    if set == "lines"
        && let Some(part) = name.strip_prefix("taxes.")
    {
        return tax_part(part);
    }
    parts(set)
        .iter()
        .find(|(part, _)| *part == name)
        .map(|(part, kind)| (Place::Top(FieldName::known(part)), *kind))
}

/// The names that can stand in `fields`, for messages.
pub(super) fn record_names(entity: EntityKind) -> Vec<String> {
    schema(entity)
        .iter()
        .flat_map(|spec| match (spec.name, spec.expected) {
            ("custom_fields", _) => vec!["custom_fields.…".to_owned()],
            ("taxes", _) => vec!["taxes.name".to_owned(), "taxes.rate".to_owned()],
            (_, "a list") => Vec::new(),
            (name, "a map") => ADDRESS
                .iter()
                .map(|part| format!("{name}.{part}"))
                .collect(),
            (name, _) => vec![name.to_owned()],
        })
        .collect()
}

/// What usually identifies a record.
pub(super) fn usual_keys(entity: EntityKind) -> &'static [&'static [&'static str]] {
    match entity {
        EntityKind::Customer => &[&["vat_number"], &["number"], &["name"]],
        EntityKind::Contact => &[&["email"]],
        EntityKind::Lead => &[&["email"], &["name", "company"]],
        EntityKind::Project => &[&["name", "customer"]],
        EntityKind::Ticket => &[&["subject", "customer"]],
        EntityKind::Product => &[&["code"], &["name"]],
        EntityKind::ProductGroup => &[&["name"]],
        EntityKind::Order | EntityKind::Invoice => &[&["number"]],
        EntityKind::Stock => &[&["product", "warehouse"]],
        EntityKind::Payment => &[&["invoice", "transaction_id"]],
        _ => &[],
    }
}
