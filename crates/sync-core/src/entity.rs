//! The kinds of business record that Koppel knows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of business record, in the vocabulary shared by all systems.
///
/// The order of the variants is the order in which records are written: what is referred to comes
/// before what refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntityKind {
    /// A group that products belong to.
    ProductGroup,
    /// A product or service with its price.
    Product,
    /// A company or person that is sold to.
    Customer,
    /// A person who works for, or is, a customer.
    Contact,
    /// A prospect that is no customer yet.
    Lead,
    /// A project done for a customer.
    Project,
    /// A support ticket.
    Ticket,
    /// A discount for a group of customers.
    Discount,
    /// The stock of a product in a warehouse.
    Stock,
    /// A sales order.
    Order,
    /// A sales invoice with its lines.
    Invoice,
    /// Money received for an invoice.
    Payment,
}

impl EntityKind {
    /// All kinds, in the order in which they are written.
    pub const ALL: [EntityKind; 12] = [
        EntityKind::ProductGroup,
        EntityKind::Product,
        EntityKind::Customer,
        EntityKind::Contact,
        EntityKind::Lead,
        EntityKind::Project,
        EntityKind::Ticket,
        EntityKind::Discount,
        EntityKind::Stock,
        EntityKind::Order,
        EntityKind::Invoice,
        EntityKind::Payment,
    ];

    /// The name used in configuration, in the store and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            EntityKind::ProductGroup => "product_group",
            EntityKind::Product => "product",
            EntityKind::Customer => "customer",
            EntityKind::Contact => "contact",
            EntityKind::Lead => "lead",
            EntityKind::Project => "project",
            EntityKind::Ticket => "ticket",
            EntityKind::Discount => "discount",
            EntityKind::Stock => "stock",
            EntityKind::Order => "order",
            EntityKind::Invoice => "invoice",
            EntityKind::Payment => "payment",
        }
    }

    /// The name for several of them, for people.
    pub fn plural(self) -> &'static str {
        match self {
            EntityKind::ProductGroup => "product groups",
            EntityKind::Product => "products",
            EntityKind::Customer => "customers",
            EntityKind::Contact => "contacts",
            EntityKind::Lead => "leads",
            EntityKind::Project => "projects",
            EntityKind::Ticket => "tickets",
            EntityKind::Discount => "discounts",
            EntityKind::Stock => "stock levels",
            EntityKind::Order => "orders",
            EntityKind::Invoice => "invoices",
            EntityKind::Payment => "payments",
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is no [`EntityKind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of record")]
pub struct UnknownEntity(pub String);

impl FromStr for EntityKind {
    type Err = UnknownEntity;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        EntityKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == s)
            .ok_or_else(|| UnknownEntity(s.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_from_its_name_and_comes_after_what_it_refers_to() {
        for kind in EntityKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        let mut sorted = EntityKind::ALL;
        sorted.sort();
        assert_eq!(sorted, EntityKind::ALL);
        assert!(EntityKind::Customer < EntityKind::Contact);
        assert!(EntityKind::Invoice < EntityKind::Payment);
    }
}
