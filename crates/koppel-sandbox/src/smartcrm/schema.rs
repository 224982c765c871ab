//! What SmartCRM's records look like on the wire (inferred contract).

use std::fmt;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// One of the six resources SmartCRM serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Resource {
    /// Customers, on the wire `clients`.
    Clients,
    /// People at a customer, on the wire `contacts`.
    Contacts,
    /// Leads, on the wire `leads`.
    Leads,
    /// Projects, on the wire `projects`.
    Projects,
    /// Support tickets, on the wire `tickets`.
    Tickets,
    /// Invoices, on the wire `invoices`.
    Invoices,
}

impl Resource {
    /// All resources, in the order in which they refer to each other.
    pub const ALL: [Resource; 6] = [
        Resource::Clients,
        Resource::Contacts,
        Resource::Leads,
        Resource::Projects,
        Resource::Tickets,
        Resource::Invoices,
    ];

    /// The name in the URL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Resource::Clients => "clients",
            Resource::Contacts => "contacts",
            Resource::Leads => "leads",
            Resource::Projects => "projects",
            Resource::Tickets => "tickets",
            Resource::Invoices => "invoices",
        }
    }

    /// The resource of that URL name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Resource> {
        Resource::ALL.into_iter().find(|r| r.as_str() == name)
    }

    pub(crate) fn singular(self) -> &'static str {
        match self {
            Resource::Clients => "Client",
            Resource::Contacts => "Contact",
            Resource::Leads => "Lead",
            Resource::Projects => "Project",
            Resource::Tickets => "Ticket",
            Resource::Invoices => "Invoice",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }

    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Resource::Clients => CLIENTS,
            Resource::Contacts => CONTACTS,
            Resource::Leads => LEADS,
            Resource::Projects => PROJECTS,
            Resource::Tickets => TICKETS,
            Resource::Invoices => INVOICES,
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Email,
    Bool,
    Int,
    Decimal,
    Date,
    Timestamp,
    Country,
    Currency,
    OneOf(&'static [&'static str]),
    Ref(Resource),
    Texts,
    Map,
    Rows,
}

/// One field of a resource.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// Exact filters on this field are answered from an index.
    pub(crate) indexed: bool,
}

const fn f(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
        indexed: false,
    }
}

impl Field {
    const fn required(mut self) -> Field {
        self.required = true;
        self
    }

    const fn indexed(mut self) -> Field {
        self.indexed = true;
        self
    }
}

use Kind::{Bool, Country, Currency, Date, Email, Int, OneOf, Ref, Rows, Text, Texts, Timestamp};

const CLIENTS: &[Field] = &[
    f("company", Text).required().indexed(),
    f("vat", Text).indexed(),
    f("phonenumber", Text),
    f("website", Text),
    f("address", Text),
    f("city", Text),
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
    f("custom_fields", Kind::Map),
];

const CONTACTS: &[Field] = &[
    f("client_id", Ref(Resource::Clients)).required().indexed(),
    f("firstname", Text).required(),
    f("lastname", Text),
    f("email", Email).required().indexed(),
    f("phonenumber", Text),
    f("title", Text),
    f("is_primary", Bool),
    f("active", Bool),
    f("custom_fields", Kind::Map),
];

const LEADS: &[Field] = &[
    f("name", Text).required().indexed(),
    f("title", Text),
    f("company", Text).indexed(),
    f("email", Email).indexed(),
    f("phonenumber", Text),
    f("website", Text),
    f("address", Text),
    f("city", Text),
    f("state", Text),
    f("zip", Text),
    f("country", Country),
    f("status", Text),
    f("source", Text),
    f("assigned_email", Email),
    f("value", Kind::Decimal),
    f("lost", Bool),
    f("junk", Bool),
    f("registered_at", Timestamp),
    f("last_contact_at", Timestamp),
    f("description", Text),
    f("custom_fields", Kind::Map),
];

const PROJECTS: &[Field] = &[
    f("name", Text).required().indexed(),
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
    f("cost", Kind::Decimal),
    f("rate", Kind::Decimal),
    f("estimated_hours", Kind::Decimal),
    f("description", Text),
    f("custom_fields", Kind::Map),
];

const TICKETS: &[Field] = &[
    f("subject", Text).required().indexed(),
    f("client_id", Ref(Resource::Clients)).indexed(),
    f("contact_id", Ref(Resource::Contacts)),
    f("project_id", Ref(Resource::Projects)),
    f("name", Text),
    f("email", Email).indexed(),
    f("department", Text),
    f("priority", Text),
    f("status", Text),
    f("service", Text),
    f("message", Text),
    f("assigned_email", Email),
    f("opened_at", Timestamp),
    f("last_reply_at", Timestamp),
    f("custom_fields", Kind::Map),
];

const INVOICES: &[Field] = &[
    f("number", Text).required().indexed(),
    f("client_id", Ref(Resource::Clients)).required().indexed(),
    f("project_id", Ref(Resource::Projects)),
    f("date", Date).required(),
    f("duedate", Date),
    f("currency", Currency).required(),
    f("subtotal", Kind::Decimal),
    f("discount", Kind::Decimal),
    f("adjustment", Kind::Decimal),
    f("total_tax", Kind::Decimal),
    f("total", Kind::Decimal).required(),
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
    f("lines", Rows),
    f("payments", Rows),
    f("custom_fields", Kind::Map),
];

/// Most characters a text field takes; longer text is refused, not cut.
const MAX_TEXT: usize = 65_535;

/// Turns what a client sent into what the server keeps: scalars as strings.
///
/// `Ok(None)` means the field is empty. The error is the remote's message.
pub(crate) fn normalise(
    field: &Field,
    value: &Value,
    exists: &dyn Fn(Resource, &str) -> bool,
) -> Result<Option<Value>, String> {
    if matches!(value, Value::Null) {
        return Ok(None);
    }
    match field.kind {
        Texts => list_of_texts(value),
        Kind::Map => match value {
            Value::Object(map) if map.is_empty() => Ok(None),
            Value::Object(_) => Ok(Some(stringly(value))),
            _ => Err("must be an object".into()),
        },
        Rows => match value {
            Value::Array(rows) if rows.iter().all(Value::is_object) => Ok(Some(stringly(value))),
            _ => Err("must be a list of objects".into()),
        },
        _ => {
            let Some(text) = scalar(value) else {
                return Err("must be a single value".into());
            };
            if text.is_empty() {
                return Ok(None);
            }
            checked(field.kind, text, exists).map(|text| Some(Value::String(text)))
        }
    }
}

fn checked(
    kind: Kind,
    text: String,
    exists: &dyn Fn(Resource, &str) -> bool,
) -> Result<String, String> {
    match kind {
        Text if text.chars().count() > MAX_TEXT => {
            Err(format!("may not be longer than {MAX_TEXT} characters"))
        }
        Email if !text.contains('@') => Err("must contain a valid email address".into()),
        Bool => match text.as_str() {
            "1" | "true" => Ok("1".into()),
            "0" | "false" => Ok("0".into()),
            _ => Err("must be true or false".into()),
        },
        Int => match text.parse::<i64>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => Err("must be an integer".into()),
        },
        Kind::Decimal => match text.parse::<Decimal>() {
            Ok(mut amount) => {
                if amount.scale() < 2 {
                    amount.rescale(2);
                }
                Ok(amount.to_string())
            }
            Err(_) => Err("must be a decimal number".into()),
        },
        Date => match text.parse::<jiff::civil::Date>() {
            Ok(date) if text.len() == 10 => Ok(date.to_string()),
            _ => Err("must be a date YYYY-MM-DD".into()),
        },
        Timestamp => match text.parse::<jiff::Timestamp>() {
            Ok(at) => Ok(at.to_string()),
            Err(_) => Err("must be an RFC 3339 time".into()),
        },
        Country if !is_code(&text, 2) => Err("must be a two-letter country code".into()),
        Currency if !is_code(&text, 3) => Err("must be a three-letter currency code".into()),
        OneOf(words) if !words.contains(&text.as_str()) => {
            Err(format!("must be one of: {}", words.join(", ")))
        }
        Ref(resource) if !exists(resource, &text) => {
            let what = resource.singular().to_lowercase();
            Err(format!("names {what} {text}, which does not exist"))
        }
        _ => Ok(text),
    }
}

fn is_code(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn list_of_texts(value: &Value) -> Result<Option<Value>, String> {
    let Value::Array(items) = value else {
        return Err("must be a list of texts".into());
    };
    if items.is_empty() {
        return Ok(None);
    }
    items
        .iter()
        .map(|item| scalar(item).map(Value::String))
        .collect::<Option<Vec<_>>>()
        .map(|items| Some(Value::Array(items)))
        .ok_or_else(|| "must be a list of texts".into())
}

/// A scalar as the text the server keeps; `None` for lists and objects.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("1".into()),
        Value::Bool(false) => Some("0".into()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The same value with every scalar in it as a string; null stays null.
fn stringly(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(stringly).collect()),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), stringly(value)))
                .collect::<Map<_, _>>(),
        ),
        Value::Null => Value::Null,
        other => scalar(other).map_or(Value::Null, Value::String),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn field(resource: Resource, name: &str) -> &'static Field {
        resource
            .fields()
            .iter()
            .find(|f| f.name == name)
            .expect("a field of the contract")
    }

    fn kept(resource: Resource, name: &str, value: Value) -> Result<Option<Value>, String> {
        normalise(field(resource, name), &value, &|_, id| id == "9001")
    }

    #[test]
    fn scalars_are_kept_as_strings() {
        assert_eq!(
            kept(Resource::Clients, "active", json!(true)),
            Ok(Some(json!("1")))
        );
        assert_eq!(
            kept(Resource::Invoices, "total", json!("12.5")),
            Ok(Some(json!("12.50")))
        );
        assert_eq!(
            kept(Resource::Projects, "progress", json!(40)),
            Ok(Some(json!("40")))
        );
        assert_eq!(
            kept(
                Resource::Invoices,
                "lines",
                json!([{"qty": 2, "taxes": [{"rate": 19}]}])
            ),
            Ok(Some(json!([{"qty": "2", "taxes": [{"rate": "19"}]}])))
        );
    }

    #[test]
    fn empty_values_are_absent() {
        for empty in [json!(null), json!("")] {
            assert_eq!(kept(Resource::Clients, "vat", empty), Ok(None));
        }
        assert_eq!(kept(Resource::Clients, "groups", json!([])), Ok(None));
    }

    #[test]
    fn wrong_values_are_refused_with_a_reason() {
        for (resource, name, value) in [
            (Resource::Clients, "country", json!("Netherlands")),
            (Resource::Clients, "registered_at", json!("yesterday")),
            (Resource::Clients, "company", json!(["a"])),
            (Resource::Contacts, "client_id", json!("77")),
            (Resource::Contacts, "email", json!("nobody")),
            (Resource::Projects, "status", json!("2")),
            (Resource::Invoices, "date", json!("2026-02-30")),
            (Resource::Invoices, "total", json!("a lot")),
        ] {
            assert!(kept(resource, name, value).is_err(), "{resource}.{name}");
        }
    }
}
