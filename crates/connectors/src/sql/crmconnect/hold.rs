//! What the CRM has no place for.

use sync_core::{EntityKind, Fields, Value};

use super::Scope;
use super::connector::entity;
use super::documents::{LINES, PRODUCT_COLUMNS};
use super::lookups::Snapshot;
use super::parts::strip;
use super::products::code_column;
use super::time::kept;

/// Takes out of a content what the CRM has no place for, and puts the rest as it will be read back.
///
/// Until the CRM was looked at, nothing is known of its optional columns and of its time zone.
pub(super) fn hold(
    kind: EntityKind,
    fields: &mut Fields,
    scope: &Scope,
    snapshot: Option<&Snapshot>,
) {
    match kind {
        EntityKind::Customer => {
            fields.remove("number");
            fields.remove("registration_number");
            // Of a company, the e-mail stands with its contacts.
            if *fields.get("is_person") != Value::Bool(true) {
                fields.remove("email");
            }
            sort_groups(fields);
        }
        EntityKind::Invoice => {
            // Payments are records of their own.
            fields.remove("payments");
            fields.remove("balance");
            if fields.text("status") == Some("draft") {
                // The CRM numbers an invoice when it is no draft any more.
                fields.remove("number");
            }
        }
        EntityKind::Ticket if !fields.get("contact").is_empty() => {
            fields.remove("requester_name");
            fields.remove("requester_email");
        }
        _ => {}
    }
    if !scope.custom_fields {
        fields.remove("custom_fields");
    }
    fields.values_mut().for_each(no_blanks);
    let Some(snapshot) = snapshot else {
        return;
    };
    let zone = &snapshot.settings.zone;
    for value in fields.values_mut() {
        if let Value::Timestamp(at) = value {
            *at = kept(*at, zone);
        }
    }
    optional_columns(kind, fields, snapshot);
    custom_fields(kind, fields, snapshot);
}

/// Blank text reads as nothing.
fn no_blanks(value: &mut Value) {
    match value {
        Value::Text(text) if text.trim().is_empty() => *value = Value::Null,
        Value::List(items) => items.iter_mut().for_each(no_blanks),
        Value::Map(map) => map.values_mut().for_each(no_blanks),
        _ => {}
    }
}

/// The order in which groups were ticked says nothing.
fn sort_groups(fields: &mut Fields) {
    if let Some(Value::List(groups)) = fields.get_mut("groups") {
        groups.retain(|group| group.as_text().is_none_or(|name| !name.trim().is_empty()));
        groups.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
        groups.dedup();
    }
}

/// Columns that some versions of the CRM lack.
fn optional_columns(kind: EntityKind, fields: &mut Fields, snapshot: &Snapshot) {
    let schema = &snapshot.schema;
    let Ok(entity) = entity(kind) else {
        return;
    };
    let lacks = |column: &str| !schema.has_column(entity.table(), column);
    let pairs: &[(&str, &str)] = match kind {
        EntityKind::Product => &[("active", "active")],
        EntityKind::Lead => &[("customer", "client_id"), ("value", "lead_value")],
        EntityKind::Ticket => &[("service", "service"), ("project", "project_id")],
        EntityKind::Invoice => &[("project", "project_id")],
        EntityKind::Discount => &[
            ("product", "product_id"),
            ("product_group", "item_group_id"),
            ("valid_from", "valid_from"),
            ("valid_until", "valid_until"),
        ],
        _ => &[],
    };
    for (field, column) in pairs {
        if lacks(column) {
            fields.remove(field);
        }
    }
    match kind {
        EntityKind::Product if code_column(|name| !lacks(name)).is_none() => {
            fields.remove("code");
        }
        EntityKind::Invoice | EntityKind::Order
            if PRODUCT_COLUMNS
                .iter()
                .all(|column| !schema.has_column(&LINES, column)) =>
        {
            strip(fields.get_mut("lines"), "product");
        }
        _ => {}
    }
}

/// Fields of the owner's own that this CRM does not have; the values are kept as text.
fn custom_fields(kind: EntityKind, fields: &mut Fields, snapshot: &Snapshot) {
    let defined = entity(kind).ok().and_then(|entity| entity.custom_defined());
    let Some(of) = defined else {
        fields.remove("custom_fields");
        return;
    };
    if let Some(Value::Map(map)) = fields.get_mut("custom_fields") {
        map.retain(|slug, _| snapshot.custom_field_of(of, slug).is_some());
        for value in map.values_mut() {
            *value = match std::mem::take(value) {
                Value::Int(number) => Value::Text(number.to_string()),
                Value::Decimal(number) => Value::Text(number.to_string()),
                Value::Date(date) => Value::Text(date.to_string()),
                Value::Bool(yes) => Value::Text(i64::from(yes).to_string()),
                other => other,
            };
        }
    }
}
