//! What records look like on the wire: resources and kinds of fields.

use std::fmt;

use serde_json::Value;

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
