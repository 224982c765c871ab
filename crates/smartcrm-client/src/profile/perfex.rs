//! What the profile `perfex` calls things (public API documents of the module, version 3).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Entity;
use super::builtin::{Pairs, names, owned};

pub(super) fn fields() -> BTreeMap<Entity, BTreeMap<String, String>> {
    BTreeMap::from([
        (
            Entity::Clients,
            names(&[
                ("id", "userid"),
                ("currency", "default_currency"),
                ("groups", "groups_in"),
                ("registered_at", "datecreated"),
            ]),
        ),
        (
            Entity::Contacts,
            names(&[
                ("client_id", "customer_id"),
                ("registered_at", "datecreated"),
            ]),
        ),
        (
            Entity::Leads,
            names(&[
                ("assigned_email", "assigned"),
                ("value", "lead_value"),
                ("registered_at", "dateadded"),
                ("last_contact_at", "lastcontact"),
            ]),
        ),
        (
            Entity::Projects,
            names(&[
                ("client_id", "clientid"),
                ("cost", "project_cost"),
                ("rate", "project_rate_per_hour"),
                ("finished_at", "date_finished"),
                ("created_on", "project_created"),
            ]),
        ),
        (
            Entity::Tickets,
            names(&[
                ("id", "ticketid"),
                ("client_id", "userid"),
                ("contact_id", "contactid"),
                ("assigned_email", "assigned"),
                ("opened_at", "date"),
                ("last_reply_at", "lastreply"),
            ]),
        ),
        (
            Entity::Invoices,
            names(&[
                ("client_id", "clientid"),
                ("note", "clientnote"),
                ("discount", "discount_total"),
                ("lines", "newitems"),
                ("registered_at", "datecreated"),
            ]),
        ),
        (
            Entity::Orders,
            names(&[
                ("client_id", "clientid"),
                ("reference", "reference_no"),
                ("expiry_date", "expirydate"),
                ("note", "clientnote"),
                ("discount", "discount_total"),
                ("lines", "items"),
            ]),
        ),
        (
            Entity::Products,
            names(&[
                ("name", "description"),
                ("description", "long_description"),
                ("price", "rate"),
            ]),
        ),
        (
            Entity::Payments,
            names(&[
                ("invoice_id", "invoiceid"),
                ("mode", "paymentmode"),
                ("transaction_id", "transactionid"),
            ]),
        ),
    ])
}

pub(super) fn read_fields() -> BTreeMap<Entity, BTreeMap<String, String>> {
    BTreeMap::from([
        (Entity::Contacts, names(&[("client_id", "userid")])),
        (Entity::Invoices, names(&[("lines", "items")])),
    ])
}

pub(super) fn takes() -> BTreeMap<Entity, BTreeSet<String>> {
    BTreeMap::from([
        (
            Entity::Clients,
            owned(&[
                "company",
                "vat",
                "phonenumber",
                "website",
                "groups",
                "default_language",
                "currency",
                "address",
                "city",
                "state",
                "zip",
                "country",
                "billing_street",
                "billing_city",
                "billing_state",
                "billing_zip",
                "billing_country",
                "shipping_street",
                "shipping_city",
                "shipping_state",
                "shipping_zip",
                "shipping_country",
            ]),
        ),
        (
            Entity::Contacts,
            owned(&[
                "client_id",
                "firstname",
                "lastname",
                "email",
                "title",
                "phonenumber",
                "is_primary",
            ]),
        ),
        (
            Entity::Leads,
            owned(&[
                "source",
                "status",
                "name",
                "assigned_email",
                "title",
                "email",
                "website",
                "phonenumber",
                "company",
                "address",
                "city",
                "zip",
                "state",
                "country",
                "client_id",
                "description",
            ]),
        ),
        (
            Entity::Projects,
            owned(&[
                "name",
                "client_id",
                "billing_type",
                "start_date",
                "status",
                "deadline",
                "progress",
                "cost",
                "rate",
                "estimated_hours",
                "description",
            ]),
        ),
        (
            Entity::Tickets,
            owned(&[
                "subject",
                "department",
                "contact_id",
                "client_id",
                "priority",
                "project_id",
                "message",
                "service",
                "assigned_email",
            ]),
        ),
        (
            Entity::Invoices,
            owned(&[
                "client_id",
                "number",
                "date",
                "duedate",
                "currency",
                "lines",
                "subtotal",
                "total",
                "note",
                "terms",
            ]),
        ),
        (
            Entity::Payments,
            owned(&[
                "invoice_id",
                "amount",
                "date",
                "mode",
                "transaction_id",
                "note",
            ]),
        ),
    ])
}

pub(super) fn constants() -> BTreeMap<Entity, Map<String, Value>> {
    let one = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
    BTreeMap::from([
        // Without it the person gets a letter.
        (Entity::Contacts, one("donotsendwelcomeemail", json!("on"))),
        (Entity::Projects, one("rel_type", json!("customer"))),
        (
            Entity::Invoices,
            Map::from_iter([
                ("billing_street".to_owned(), json!("-")),
                ("allowed_payment_modes".to_owned(), json!(["1"])),
            ]),
        ),
    ])
}

pub(super) fn named() -> BTreeMap<Entity, BTreeMap<String, String>> {
    BTreeMap::from([
        (
            Entity::Clients,
            names(&[
                ("country", "countries"),
                ("billing_country", "countries"),
                ("shipping_country", "countries"),
                ("currency", "currencies"),
                ("groups", "customer_groups"),
            ]),
        ),
        (
            Entity::Leads,
            names(&[
                ("country", "countries"),
                ("status", "lead_statuses"),
                ("source", "lead_sources"),
                ("assigned_email", "staff"),
            ]),
        ),
        (
            Entity::Projects,
            names(&[
                ("status", "project_statuses"),
                ("billing_type", "billing_types"),
            ]),
        ),
        (
            Entity::Tickets,
            names(&[
                ("department", "departments"),
                ("priority", "ticket_priorities"),
                ("status", "ticket_statuses"),
                ("service", "ticket_services"),
                ("assigned_email", "staff"),
            ]),
        ),
        (
            Entity::Orders,
            names(&[("currency", "currencies"), ("status", "order_statuses")]),
        ),
        (
            Entity::Invoices,
            names(&[("currency", "currencies"), ("status", "invoice_statuses")]),
        ),
        (Entity::Payments, names(&[("mode", "payment_modes")])),
    ])
}

pub(super) fn lookups() -> BTreeMap<String, BTreeMap<String, String>> {
    let lists: [(&str, Pairs); 6] = [
        (
            "project_statuses",
            &[
                ("not_started", "1"),
                ("in_progress", "2"),
                ("on_hold", "3"),
                ("finished", "4"),
                ("cancelled", "5"),
            ],
        ),
        (
            "billing_types",
            &[("fixed", "1"), ("project_hours", "2"), ("task_hours", "3")],
        ),
        (
            "ticket_statuses",
            &[
                ("Open", "1"),
                ("In progress", "2"),
                ("Answered", "3"),
                ("On Hold", "4"),
                ("Closed", "5"),
            ],
        ),
        (
            "ticket_priorities",
            &[
                ("Low", "1"),
                ("Medium", "2"),
                ("High", "3"),
                ("Urgent", "4"),
            ],
        ),
        (
            "invoice_statuses",
            &[
                ("unpaid", "1"),
                ("paid", "2"),
                ("partially_paid", "3"),
                ("overdue", "4"),
                ("cancelled", "5"),
                ("draft", "6"),
            ],
        ),
        (
            "order_statuses",
            &[
                ("draft", "1"),
                ("sent", "2"),
                ("declined", "3"),
                ("accepted", "4"),
                ("expired", "5"),
            ],
        ),
    ];
    lists
        .into_iter()
        .map(|(list, pairs)| (list.to_owned(), names(pairs)))
        .collect()
}
