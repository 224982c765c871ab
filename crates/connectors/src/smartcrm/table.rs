//! Which field of ours is which field of SmartCRM's (inferred contract).

use smartcrm_client::{Dialect, Entity, Profile};
use sync_core::{EntityKind, Fields, Value};

use super::entity_of;

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
    /// Taxes on a product.
    Taxes,
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

use EntityKind::{Contact, Customer, Invoice, Product, ProductGroup, Project};
use Shape::{
    Address, Bool, Custom, Date, Decimal, Int, Lines, Payments, Ref, Taxes, Text, Texts, Timestamp,
};

const PRODUCT_GROUPS: &[Entry] = &[e("name", "name", Text)];

const PRODUCTS: &[Entry] = &[
    e("code", "code", Text),
    e("name", "name", Text),
    e("description", "description", Text),
    e("price", "price", Decimal),
    e("currency", "currency", Text),
    e("unit", "unit", Text),
    e("group", "group_id", Ref(ProductGroup)),
    e("taxes", "taxes", Taxes),
    e("active", "active", Bool),
    e("custom_fields", "custom_fields", Custom),
];

const DISCOUNTS: &[Entry] = &[
    e("customer_group", "customer_group", Text),
    e("product", "product_id", Ref(Product)),
    e("product_group", "product_group_id", Ref(ProductGroup)),
    e("percent", "percent", Decimal),
    e("valid_from", "valid_from", Date),
    e("valid_until", "valid_until", Date),
];

const STOCK: &[Entry] = &[
    e("product", "product_id", Ref(Product)),
    e("warehouse", "warehouse", Text),
    e("quantity", "quantity", Decimal),
];

const ORDERS: &[Entry] = &[
    e("number", "number", Text),
    e("customer", "client_id", Ref(Customer)),
    e("reference", "reference", Text),
    e("date", "date", Date),
    e("expiry_date", "expiry_date", Date),
    e("currency", "currency", Text),
    e("status", "status", Text),
    e("subtotal", "subtotal", Decimal),
    e("discount", "discount", Decimal),
    e("adjustment", "adjustment", Decimal),
    e("tax_total", "total_tax", Decimal),
    e("total", "total", Decimal),
    e("lines", "lines", Lines),
    e("note", "note", Text),
    e("custom_fields", "custom_fields", Custom),
];

const PAYMENTS: &[Entry] = &[
    e("invoice", "invoice_id", Ref(Invoice)),
    e("amount", "amount", Decimal),
    e("date", "date", Date),
    e("mode", "mode", Text),
    e("transaction_id", "transaction_id", Text),
    e("note", "note", Text),
];

const CUSTOMERS: &[Entry] = &[
    e("number", "number", Text),
    e("name", "company", Text),
    e("is_person", "is_person", Bool),
    e("email", "email", Text),
    e("registration_number", "registration_number", Text),
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
    e("created_at", "registered_at", Timestamp),
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
    e("customer", "client_id", Ref(Customer)),
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
    e("created_on", "created_on", Date),
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
    e("created_at", "registered_at", Timestamp),
    e("custom_fields", "custom_fields", Custom),
];

/// Fields of a line, without its taxes and its place.
pub(super) const LINE: &[Entry] = &[
    e("description", "description", Text),
    e("long_description", "long_description", Text),
    e("quantity", "qty", Decimal),
    e("unit_price", "rate", Decimal),
    e("unit", "unit", Text),
    e("product", "product_id", Ref(Product)),
];

/// Fields of a tax on a line.
pub(super) const TAX: &[Entry] = &[e("name", "name", Text), e("rate", "rate", Decimal)];

/// Fields of a payment.
pub(super) const PAYMENT: &[Entry] = &[
    e("id", "external_id", Text),
    e("amount", "amount", Decimal),
    e("date", "date", Date),
    e("mode", "mode", Text),
    e("transaction_id", "transaction_id", Text),
    e("note", "note", Text),
];

/// The fields of a kind of record; none for a kind that SmartCRM does not have.
pub(super) fn entries(kind: EntityKind) -> &'static [Entry] {
    match kind {
        EntityKind::ProductGroup => PRODUCT_GROUPS,
        EntityKind::Product => PRODUCTS,
        EntityKind::Discount => DISCOUNTS,
        EntityKind::Stock => STOCK,
        EntityKind::Order => ORDERS,
        EntityKind::Payment => PAYMENTS,
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
/// The profile of an installation may drop more ([`SmartCrm::dropped`](super::SmartCrm::dropped)).
pub fn dropped_fields(kind: EntityKind) -> Vec<&'static str> {
    let known = entries(kind);
    sync_core::fields::schema(kind)
        .iter()
        .map(|spec| spec.name)
        .filter(|name| known.iter().all(|entry| entry.ours != *name))
        .collect()
}

/// The canonical fields that an installation has no place for, by its profile.
pub(super) fn dropped_by(profile: &Profile, kind: EntityKind) -> Vec<&'static str> {
    let mut dropped = dropped_fields(kind);
    if let Some(entity) = entity_of(kind) {
        let takes = |entry: &&Entry| match entry.shape {
            Address(names) => names.iter().any(|name| profile.takes(entity, name)),
            // What refers to records that are not there has no place either.
            Ref(other) => {
                profile.takes(entity, entry.wire)
                    && entity_of(other).is_none_or(|other| profile.offers(other))
            }
            _ => profile.takes(entity, entry.wire),
        };
        dropped.extend(
            entries(kind)
                .iter()
                .filter(|entry| !takes(entry))
                .map(|entry| entry.ours),
        );
    }
    dropped
}

/// Takes out of a content what an installation has no place for.
pub(super) fn hold(profile: &Profile, kind: EntityKind, fields: &mut Fields) {
    for name in dropped_by(profile, kind) {
        fields.remove(name);
    }
    if profile.offers(Entity::Products) && profile.dialect == Dialect::SmartCrm {
        return;
    }
    if let Some(Value::List(lines)) = fields.get_mut("lines") {
        for line in lines {
            if let Value::Map(line) = line {
                line.remove("product");
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
    fn smartcrm_has_a_place_for_every_canonical_field_but_the_balance_it_counts_itself() {
        for kind in KINDS {
            let expected: &[&str] = match kind {
                EntityKind::Invoice => &["balance"],
                _ => &[],
            };
            assert_eq!(dropped_fields(kind), expected, "{kind}");
            assert_eq!(dropped_by(&Profile::smartcrm(), kind), expected, "{kind}");
        }
    }

    #[test]
    fn what_a_profile_has_no_place_for_is_taken_out() {
        let perfex = Profile::perfex();
        let dropped = dropped_by(&perfex, EntityKind::Customer);
        for name in ["number", "email", "active", "created_at"] {
            assert!(dropped.contains(&name), "{name}");
        }
        assert!(!dropped.contains(&"billing_address"));
        // Perfex has products, but none in lines, and no groups of them.
        assert!(dropped_by(&perfex, EntityKind::Product).contains(&"group"));
        let line = std::collections::BTreeMap::from([
            ("description".to_owned(), Value::from("Chair")),
            ("product".to_owned(), Value::from("5")),
        ]);
        let mut fields = Fields::new()
            .with("number", "1")
            .with("status", "paid")
            .with("payments", Value::List(Vec::new()))
            .with("lines", Value::List(vec![Value::Map(line)]));
        hold(&perfex, EntityKind::Invoice, &mut fields);
        assert!(fields.contains("number"));
        assert!(!fields.contains("status") && !fields.contains("payments"));
        let Value::List(lines) = fields.get("lines") else {
            panic!("{fields:?}");
        };
        assert_eq!(
            lines[0].to_plain_json(),
            serde_json::json!({"description": "Chair"})
        );
    }
}
