//! The kinds of record, by the words of the inferred contract.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of record the API serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entity {
    /// Groups that products belong to.
    ProductGroups,
    /// Products and services with their prices.
    Products,
    /// Companies one does business with.
    Clients,
    /// People at a client.
    Contacts,
    /// People or companies that are not yet a client.
    Leads,
    /// Work done for a client.
    Projects,
    /// Questions and complaints.
    Tickets,
    /// Discounts for groups of clients.
    Discounts,
    /// How much of a product is in a warehouse.
    Stock,
    /// Sales orders with their lines.
    Orders,
    /// Sales invoices with their lines and payments.
    Invoices,
    /// Money received for invoices.
    Payments,
}

impl Entity {
    /// Every entity, in the order references need.
    pub const ALL: [Self; 12] = [
        Self::ProductGroups,
        Self::Products,
        Self::Clients,
        Self::Contacts,
        Self::Leads,
        Self::Projects,
        Self::Tickets,
        Self::Discounts,
        Self::Stock,
        Self::Orders,
        Self::Invoices,
        Self::Payments,
    ];

    /// The word the inferred contract uses, such as `clients`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProductGroups => "product_groups",
            Self::Products => "products",
            Self::Clients => "clients",
            Self::Contacts => "contacts",
            Self::Leads => "leads",
            Self::Projects => "projects",
            Self::Tickets => "tickets",
            Self::Discounts => "discounts",
            Self::Stock => "stock",
            Self::Orders => "orders",
            Self::Invoices => "invoices",
            Self::Payments => "payments",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
