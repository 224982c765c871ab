//! Which field of ours is which field of SmartCRM's (inferred contract).

use sync_core::{EntityKind, Fields, Value};

/// How a field is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text.
    Text,
    /// A boolean.
    Bool,
    /// A whole number.
    Int,
    /// A decimal number, as text.
    Decimal,
    /// `YYYY-MM-DD`.
    Date,
    /// RFC 3339.
    Timestamp,
    /// The id of another record.
    Ref(EntityKind),
    /// A list of texts.
    Texts,
    /// Several fields: street, city, state, postal code, country.
    Address([&'static str; 5]),
    /// Lines of an invoice.
    Lines,
    /// Payments of an invoice.
    Payments,
    /// An object of fields by their slug.
    Custom,
}

/// One field: our name, the name on the wire, its shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) ours: &'static str,
    pub(super) wire: &'static str,
    pub(super) shape: Shape,
}

const fn e(ours: &'static str, wire: &'static str, shape: Shape) -> Entry {
    Entry { ours, wire, shape }
}

/// The parts of an address in our vocabulary, in the order of [`Shape::Address`].
pub(super) const ADDRESS_PARTS: [&str; 5] = ["street", "city", "state", "postal_code", "country"];

use EntityKind::{Contact, Customer, Project};
use Shape::{
    Address, Bool, Custom, Date, Decimal, Int, Lines, Payments, Ref, Text, Texts, Timestamp,
};

const CUSTOMERS: &[Entry] = &[
    e("name", "company", Text),
    e("vat_number", "vat", Text),
    e("phone", "phonenumber", Text),
    e("website", "website", Text),
    e(
        "address",
        "address",
        Address(["address", "city", "state", "zip", "country"]),
    ),
    e(
        "billing_address",
        "billing_street",
        Address([
            "billing_street",
            "billing_city",
            "billing_state",
            "billing_zip",
            "billing_country",
        ]),
    ),
    e(
        "shipping_address",
        "shipping_street",
        Address([
            "shipping_street",
            "shipping_city",
            "shipping_state",
            "shipping_zip",
            "shipping_country",
        ]),
    ),
    e("currency", "currency", Text),
    e("language", "default_language", Text),
    e("active", "active", Bool),
    e("groups", "groups", Texts),
    e("created_at", "registered_at", Timestamp),
    e("custom_fields", "custom_fields", Custom),
];

const CONTACTS: &[Entry] = &[
    e("customer", "client_id", Ref(Customer)),
    e("first_name", "firstname", Text),
    e("last_name", "lastname", Text),
    e("email", "email", Text),
    e("phone", "phonenumber", Text),
    e("title", "title", Text),
    e("primary", "is_primary", Bool),
    e("active", "active", Bool),
    e("custom_fields", "custom_fields", Custom),
];

const LEADS: &[Entry] = &[
    e("name", "name", Text),
    e("title", "title", Text),
    e("company", "company", Text),
    e("email", "email", Text),
    e("phone", "phonenumber", Text),
    e("website", "website", Text),
    e(
        "address",
        "address",
        Address(["address", "city", "state", "zip", "country"]),
    ),
    e("status", "status", Text),
    e("source", "source", Text),
    e("assigned_to", "assigned_email", Text),
    e("value", "value", Decimal),
    e("lost", "lost", Bool),
    e("junk", "junk", Bool),
    e("description", "description", Text),
    e("last_contact_at", "last_contact_at", Timestamp),
    e("created_at", "registered_at", Timestamp),
    e("custom_fields", "custom_fields", Custom),
];

const PROJECTS: &[Entry] = &[
    e("name", "name", Text),
    e("customer", "client_id", Ref(Customer)),
    e("status", "status", Text),
    e("billing_type", "billing_type", Text),
    e("start_date", "start_date", Date),
    e("deadline", "deadline", Date),
    e("finished_at", "finished_at", Timestamp),
    e("progress", "progress", Int),
    e("cost", "cost", Decimal),
    e("hourly_rate", "rate", Decimal),
    e("estimated_hours", "estimated_hours", Decimal),
    e("description", "description", Text),
    e("custom_fields", "custom_fields", Custom),
];

const TICKETS: &[Entry] = &[
    e("subject", "subject", Text),
    e("customer", "client_id", Ref(Customer)),
    e("contact", "contact_id", Ref(Contact)),
    e("project", "project_id", Ref(Project)),
    e("requester_name", "name", Text),
    e("requester_email", "email", Text),
    e("department", "department", Text),
    e("priority", "priority", Text),
    e("status", "status", Text),
    e("service", "service", Text),
    e("message", "message", Text),
    e("assigned_to", "assigned_email", Text),
    e("created_at", "opened_at", Timestamp),
    e("last_reply_at", "last_reply_at", Timestamp),
    e("custom_fields", "custom_fields", Custom),
];

const INVOICES: &[Entry] = &[
    e("number", "number", Text),
    e("customer", "client_id", Ref(Customer)),
    e("project", "project_id", Ref(Project)),
    e("date", "date", Date),
    e("due_date", "duedate", Date),
    e("currency", "currency", Text),
    e("status", "status", Text),
    e("subtotal", "subtotal", Decimal),
    e("discount", "discount", Decimal),
    e("adjustment", "adjustment", Decimal),
    e("tax_total", "total_tax", Decimal),
    e("total", "total", Decimal),
    e("lines", "lines", Lines),
    e("payments", "payments", Payments),
    e("note", "note", Text),
    e("terms", "terms", Text),
    e("custom_fields", "custom_fields", Custom),
];

/// Fields of a line, without its taxes and its place.
pub(super) const LINE: &[Entry] = &[
    e("description", "description", Text),
    e("long_description", "long_description", Text),
    e("quantity", "qty", Decimal),
    e("unit_price", "rate", Decimal),
    e("unit", "unit", Text),
];

/// Fields of a tax on a line.
pub(super) const TAX: &[Entry] = &[e("name", "name", Text), e("rate", "rate", Decimal)];

/// Fields of a payment.
pub(super) const PAYMENT: &[Entry] = &[
    e("amount", "amount", Decimal),
    e("date", "date", Date),
    e("mode", "mode", Text),
    e("transaction_id", "transaction_id", Text),
    e("note", "note", Text),
];

/// The fields of a kind of record; none for a kind that SmartCRM does not have.
pub(super) fn entries(kind: EntityKind) -> &'static [Entry] {
    match kind {
        EntityKind::Customer => CUSTOMERS,
        EntityKind::Contact => CONTACTS,
        EntityKind::Lead => LEADS,
        EntityKind::Project => PROJECTS,
        EntityKind::Ticket => TICKETS,
        EntityKind::Invoice => INVOICES,
        _ => &[],
    }
}

/// The canonical fields of a kind of record that SmartCRM has no place for; they are not sent.
///
/// Inside invoices, a line's `product` and a payment's `id` are not sent either.
pub fn dropped_fields(kind: EntityKind) -> Vec<&'static str> {
    let known = entries(kind);
    sync_core::fields::schema(kind)
        .iter()
        .map(|spec| spec.name)
        .filter(|name| known.iter().all(|entry| entry.ours != *name))
        .collect()
}

/// Takes out of a content what SmartCRM has no place for.
pub(super) fn hold(kind: EntityKind, fields: &mut Fields) {
    for name in dropped_fields(kind) {
        fields.remove(name);
    }
    for (list, part) in [("lines", "product"), ("payments", "id")] {
        if let Some(Value::List(items)) = fields.get_mut(list) {
            for item in items {
                if let Value::Map(map) = item {
                    map.remove(part);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::smartcrm::KINDS;

    #[test]
    fn every_entry_is_a_canonical_field_and_no_name_occurs_twice() {
        for kind in KINDS {
            let known: BTreeSet<&str> = sync_core::fields::schema(kind)
                .iter()
                .map(|spec| spec.name)
                .collect();
            let mut wire = BTreeSet::new();
            for entry in entries(kind) {
                assert!(known.contains(entry.ours), "{kind}.{}", entry.ours);
                let names = match entry.shape {
                    Shape::Address(names) => names.to_vec(),
                    _ => vec![entry.wire],
                };
                for name in names {
                    assert!(wire.insert(name), "{kind}: {name} twice");
                }
            }
        }
    }

    #[test]
    fn what_is_not_sent_is_known() {
        assert_eq!(
            dropped_fields(EntityKind::Customer),
            ["number", "is_person", "email", "registration_number"]
        );
        assert_eq!(dropped_fields(EntityKind::Contact), ["created_at"]);
        assert_eq!(dropped_fields(EntityKind::Lead), ["customer"]);
        assert_eq!(dropped_fields(EntityKind::Project), ["created_on"]);
        assert!(dropped_fields(EntityKind::Ticket).is_empty());
        assert_eq!(dropped_fields(EntityKind::Invoice), ["created_at"]);
    }
}
