//! What records look like on the wire: resources, kinds of fields, checks.

use std::fmt;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::dialect::{Dialect, Lookup};

/// One of the resources a server of this family serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Resource {
    /// Groups of products, on the wire `v2/product_groups`.
    ProductGroups,
    /// Products with their prices, on the wire `v2/products`; Perfex's `items`.
    Products,
    /// Customers, on the wire `clients`; Perfex's `customers`.
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
    /// Discounts of groups of customers, on the wire `v2/discounts`.
    Discounts,
    /// Stock of a product in a warehouse, on the wire `v2/stock`.
    Stock,
    /// Sales orders, on the wire `v2/orders`; Perfex's `estimates`.
    Orders,
    /// Payments, on the wire `payments`; written in their invoice, but in Perfex alone.
    Payments,
}

impl Resource {
    /// All resources, in the order in which they refer to each other.
    pub const ALL: [Resource; 12] = [
        Resource::ProductGroups,
        Resource::Products,
        Resource::Clients,
        Resource::Contacts,
        Resource::Leads,
        Resource::Projects,
        Resource::Tickets,
        Resource::Invoices,
        Resource::Discounts,
        Resource::Stock,
        Resource::Orders,
        Resource::Payments,
    ];

    /// SmartCRM's name in the URL, without `v2/`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Resource::ProductGroups => "product_groups",
            Resource::Products => "products",
            Resource::Clients => "clients",
            Resource::Contacts => "contacts",
            Resource::Leads => "leads",
            Resource::Projects => "projects",
            Resource::Tickets => "tickets",
            Resource::Invoices => "invoices",
            Resource::Discounts => "discounts",
            Resource::Stock => "stock",
            Resource::Orders => "orders",
            Resource::Payments => "payments",
        }
    }

    /// The resource of that name of SmartCRM's, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Resource> {
        Resource::ALL.into_iter().find(|r| r.as_str() == name)
    }

    /// The name in the URL of a dialect; none where the dialect lacks it.
    pub(crate) fn path(self, dialect: Dialect) -> Option<&'static str> {
        match (dialect, self) {
            (Dialect::SmartCrm, _) => Some(self.as_str()),
            (Dialect::Perfex, Resource::Clients) => Some("customers"),
            (Dialect::Perfex, Resource::Products) => Some("items"),
            (Dialect::Perfex, Resource::Orders) => Some("estimates"),
            (Dialect::Perfex, Resource::ProductGroups | Resource::Discounts | Resource::Stock) => {
                None
            }
            (Dialect::Perfex, _) => Some(self.as_str()),
            (Dialect::Rise, _) => {
                (!self.is_v2() && self != Resource::Payments).then(|| self.as_str())
            }
        }
    }

    /// Whether SmartCRM serves it on a V2 route alone, to be read only.
    pub(crate) fn is_v2(self) -> bool {
        matches!(
            self,
            Resource::ProductGroups
                | Resource::Products
                | Resource::Discounts
                | Resource::Stock
                | Resource::Orders
        )
    }

    /// Whether the API takes writes of it.
    pub(crate) fn is_writable(self, dialect: Dialect) -> bool {
        dialect == Dialect::Perfex || !(self.is_v2() || self == Resource::Payments)
    }

    pub(crate) fn singular(self) -> &'static str {
        match self {
            Resource::ProductGroups => "Product group",
            Resource::Products => "Product",
            Resource::Clients => "Client",
            Resource::Contacts => "Contact",
            Resource::Leads => "Lead",
            Resource::Projects => "Project",
            Resource::Tickets => "Ticket",
            Resource::Invoices => "Invoice",
            Resource::Discounts => "Discount",
            Resource::Stock => "Stock",
            Resource::Orders => "Order",
            Resource::Payments => "Payment",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }

    pub(crate) fn fields(self, dialect: Dialect) -> &'static [Field] {
        super::fields::of(dialect, self)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Email,
    Bool,
    Int,
    Decimal,
    Date,
    Timestamp,
    /// A naive time, as Perfex writes them.
    DateTime,
    /// The record's creation as a naive time, or as a day.
    Stamp,
    Day,
    Country,
    Currency,
    OneOf(&'static [&'static str]),
    Ref(Resource),
    /// A number from one of Perfex's lists.
    List(Lookup),
    Texts,
    Map,
    Rows,
    /// Rows whose `product_id` names a product.
    Lines,
    /// Perfex's lines of a sale.
    Items,
}

/// One field of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    /// Exact filters on this field are answered from an index.
    pub(crate) indexed: bool,
    /// A search by keyword looks here.
    pub(crate) searched: bool,
    /// Its name in answers; empty where it is not shown.
    pub(crate) shown: &'static str,
    /// Not taken from requests; what an answer shows where nothing set it.
    pub(crate) read_only: Option<&'static str>,
    /// Worked out by the server with each write.
    pub(crate) computed: bool,
}

pub(crate) const fn f(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        required: false,
        indexed: false,
        searched: false,
        shown: name,
        read_only: None,
        computed: false,
    }
}

impl Field {
    pub(crate) const fn required(mut self) -> Field {
        self.required = true;
        self
    }

    pub(crate) const fn indexed(mut self) -> Field {
        self.indexed = true;
        self
    }

    pub(crate) const fn searched(mut self) -> Field {
        self.searched = true;
        self
    }

    pub(crate) const fn shown(mut self, name: &'static str) -> Field {
        self.shown = name;
        self
    }

    pub(crate) const fn read_only(mut self, unset: &'static str) -> Field {
        self.read_only = Some(unset);
        self
    }

    pub(crate) const fn computed(mut self) -> Field {
        self.computed = true;
        self
    }
}

use Kind::{Bool, Country, Currency, Date, Email, Int, OneOf, Ref, Text, Texts, Timestamp};

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
        Kind::Rows | Kind::Lines | Kind::Items => match value {
            Value::Array(rows) if rows.iter().all(Value::is_object) => {
                if field.kind == Kind::Lines {
                    products_exist(rows, exists)?;
                }
                Ok(Some(stringly(value)))
            }
            _ => Err("must be a list of objects".into()),
        },
        _ => {
            let Some(text) = scalar(value) else {
                return Err("must be a single value".into());
            };
            if text.is_empty() {
                return Ok(None);
            }
            // Perfex writes 0 where something is not chosen.
            let unchosen = matches!(field.kind, Kind::List(_)) && text == "0";
            if unchosen && (!field.required || field.name == "assigned") {
                return Ok(Some(Value::String(text)));
            }
            checked(field.kind, text, exists).map(|text| Some(Value::String(text)))
        }
    }
}

/// Lines may name the product they are of; it has to be there.
fn products_exist(rows: &[Value], exists: &dyn Fn(Resource, &str) -> bool) -> Result<(), String> {
    for row in rows {
        let id = row.get("product_id").and_then(scalar).unwrap_or_default();
        if !id.is_empty() && !exists(Resource::Products, &id) {
            return Err(format!("names product {id}, which does not exist"));
        }
    }
    Ok(())
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
            "1" | "true" | "on" => Ok("1".into()),
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
        Kind::DateTime => match text.parse::<jiff::civil::DateTime>() {
            Ok(at) => Ok(at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            Err(_) => Err("must be a time YYYY-MM-DD HH:MM:SS".into()),
        },
        Kind::List(list) if !list.has(&text) => {
            Err(format!("names number {text}, which does not exist"))
        }
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
            .fields(Dialect::SmartCrm)
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
