//! SmartCRM's fields (inferred contract).

use crate::smartcrm::schema::Kind::{
    Bool, Country, Currency, Date, Decimal, Email, Int, Lines, Map, OneOf, Ref, Rows, Text, Texts,
    Timestamp,
};
use crate::smartcrm::schema::{Field, Resource, f};

pub(super) fn fields(resource: Resource) -> &'static [Field] {
    match resource {
        Resource::ProductGroups => PRODUCT_GROUPS,
        Resource::Products => PRODUCTS,
        Resource::Clients => CLIENTS,
        Resource::Contacts => CONTACTS,
        Resource::Leads => LEADS,
        Resource::Projects => PROJECTS,
        Resource::Tickets => TICKETS,
        Resource::Invoices => INVOICES,
        Resource::Discounts => DISCOUNTS,
        Resource::Stock => STOCK,
        Resource::Orders => ORDERS,
        Resource::Payments => PAYMENTS,
    }
}

const CLIENTS: &[Field] = &[
    f("number", Text).indexed(),
    f("company", Text).required().indexed().searched(),
    f("is_person", Bool),
    f("email", Email).indexed().searched(),
    f("vat", Text).indexed().searched(),
    f("registration_number", Text).indexed(),
    f("phonenumber", Text).searched(),
    f("website", Text),
    f("address", Text),
    f("city", Text).searched(),
    f("state", Text),
    f("zip", Text),
    f("country", Country),
    f("billing_street", Text),
    f("billing_city", Text),
    f("billing_state", Text),
    f("billing_zip", Text),
    f("billing_country", Country),
    f("shipping_street", Text),
    f("shipping_city", Text),
    f("shipping_state", Text),
    f("shipping_zip", Text),
    f("shipping_country", Country),
    f("currency", Currency),
    f("default_language", Text),
    f("active", Bool),
    f("groups", Texts),
    f("registered_at", Timestamp),
    f("custom_fields", Map),
];

const CONTACTS: &[Field] = &[
    f("client_id", Ref(Resource::Clients)).required().indexed(),
    f("firstname", Text).required().searched(),
    f("lastname", Text).searched(),
    f("email", Email).required().indexed().searched(),
    f("phonenumber", Text).searched(),
    f("title", Text),
    f("is_primary", Bool),
    f("active", Bool),
    f("registered_at", Timestamp),
    f("custom_fields", Map),
];

const LEADS: &[Field] = &[
    f("name", Text).required().indexed().searched(),
    f("title", Text),
    f("company", Text).indexed().searched(),
    f("email", Email).indexed().searched(),
    f("phonenumber", Text).searched(),
    f("website", Text),
    f("address", Text),
    f("city", Text),
    f("state", Text),
    f("zip", Text),
    f("country", Country),
    f("status", Text),
    f("source", Text),
    f("assigned_email", Email),
    f("value", Decimal),
    f("lost", Bool),
    f("junk", Bool),
    f("client_id", Ref(Resource::Clients)),
    f("registered_at", Timestamp),
    f("last_contact_at", Timestamp),
    f("description", Text),
    f("custom_fields", Map),
];

const PROJECTS: &[Field] = &[
    f("name", Text).required().indexed().searched(),
    f("client_id", Ref(Resource::Clients)).required().indexed(),
    f(
        "status",
        OneOf(&[
            "not_started",
            "in_progress",
            "on_hold",
            "finished",
            "cancelled",
        ]),
    ),
    f(
        "billing_type",
        OneOf(&["fixed", "project_hours", "task_hours"]),
    ),
    f("start_date", Date),
    f("deadline", Date),
    f("finished_at", Timestamp),
    f("progress", Int),
    f("cost", Decimal),
    f("rate", Decimal),
    f("estimated_hours", Decimal),
    f("description", Text).searched(),
    f("created_on", Date),
    f("custom_fields", Map),
];

const TICKETS: &[Field] = &[
    f("subject", Text).required().indexed().searched(),
    f("client_id", Ref(Resource::Clients)).indexed(),
    f("contact_id", Ref(Resource::Contacts)),
    f("project_id", Ref(Resource::Projects)),
    f("name", Text),
    f("email", Email).indexed().searched(),
    f("department", Text),
    f("priority", Text),
    f("status", Text),
    f("service", Text),
    f("message", Text).searched(),
    f("assigned_email", Email),
    f("opened_at", Timestamp),
    f("last_reply_at", Timestamp),
    f("custom_fields", Map),
];

const INVOICES: &[Field] = &[
    f("number", Text).required().indexed().searched(),
    f("client_id", Ref(Resource::Clients)).required().indexed(),
    f("project_id", Ref(Resource::Projects)),
    f("date", Date).required(),
    f("duedate", Date),
    f("currency", Currency).required(),
    f("subtotal", Decimal),
    f("discount", Decimal),
    f("adjustment", Decimal),
    f("total_tax", Decimal),
    f("total", Decimal).required(),
    f(
        "status",
        OneOf(&[
            "unpaid",
            "paid",
            "partially_paid",
            "overdue",
            "cancelled",
            "draft",
        ]),
    ),
    f("note", Text),
    f("terms", Text),
    f("registered_at", Timestamp),
    f("lines", Lines),
    f("payments", Rows),
    f("custom_fields", Map),
];

const PRODUCT_GROUPS: &[Field] = &[f("name", Text).required().indexed()];

const PRODUCTS: &[Field] = &[
    f("code", Text).indexed(),
    f("name", Text).required().indexed(),
    f("description", Text),
    f("price", Decimal),
    f("currency", Currency),
    f("unit", Text),
    f("group_id", Ref(Resource::ProductGroups)).indexed(),
    f("active", Bool),
    f("taxes", Rows),
    f("custom_fields", Map),
];

const DISCOUNTS: &[Field] = &[
    f("customer_group", Text).required().indexed(),
    f("product_id", Ref(Resource::Products)),
    f("product_group_id", Ref(Resource::ProductGroups)),
    f("percent", Decimal).required(),
    f("valid_from", Date),
    f("valid_until", Date),
];

const STOCK: &[Field] = &[
    f("product_id", Ref(Resource::Products))
        .required()
        .indexed(),
    f("warehouse", Text).required().indexed(),
    f("quantity", Decimal).required(),
];

const ORDERS: &[Field] = &[
    f("number", Text).required().indexed(),
    f("client_id", Ref(Resource::Clients)).required().indexed(),
    f("reference", Text).indexed(),
    f("date", Date).required(),
    f("expiry_date", Date),
    f("currency", Currency).required(),
    f(
        "status",
        OneOf(&["draft", "sent", "declined", "accepted", "expired"]),
    ),
    f("subtotal", Decimal),
    f("discount", Decimal),
    f("adjustment", Decimal),
    f("total_tax", Decimal),
    f("total", Decimal).required(),
    f("lines", Lines),
    f("note", Text),
    f("custom_fields", Map),
];

const PAYMENTS: &[Field] = &[
    f("invoice_id", Ref(Resource::Invoices))
        .required()
        .indexed(),
    f("amount", Decimal),
    f("date", Date),
    f("mode", Text),
    f("transaction_id", Text),
    f("note", Text),
];
