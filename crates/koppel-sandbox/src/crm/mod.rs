//! A CRMConnect database of any size, the same for the same seed.

mod catalogue;
mod database;
mod documents;
mod edit;
mod fixed;
pub(crate) mod generator;
mod invoices;
pub(crate) mod money;
mod orders;
mod parties;
mod rows;
mod schema;
pub(crate) mod words;

use std::collections::BTreeMap;

pub use database::{GenerateError, generate_mysql, generate_sqlite};
pub use edit::edit_rows;

/// How much a generated database holds.
///
/// ```
/// use koppel_sandbox::crm::CrmSize;
///
/// let small = CrmSize { customers: 200, ..CrmSize::scaled(200) };
/// assert_eq!(small.invoices, 400);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CrmSize {
    /// Customers, persons among them.
    pub customers: u32,
    /// The most contacts of one customer, 1 to 3; with 3 it is 1.6 on average.
    pub contacts_per_customer: u32,
    /// Leads.
    pub leads: u32,
    /// Projects in all statuses, about 60 % of them active.
    pub projects: u32,
    /// Tickets, the merged ones among them.
    pub tickets: u32,
    /// Invoices, drafts among them.
    pub invoices: u32,
    /// The share of records (0 to 1) that share their natural keys with another
    /// one: customers VAT number and name, contacts and leads the e-mail,
    /// projects name and customer, tickets subject and customer.
    pub duplicate_keys: f64,
    /// The share of invoices (0 to 1) that are drafts, all with number 1000000000.
    pub drafts: f64,
    /// Products (`items`), with their groups and their stock in lots.
    pub products: u32,
    /// Sales orders (`estimates`).
    pub orders: u32,
    /// Discounts of groups of customers (`group_discounts`, an inferred table).
    pub discounts: u32,
    /// Whether invoices and orders have the column `formatted_number`, as from Perfex 3.2 on.
    pub formatted_numbers: bool,
    /// Whether lines have a column `product_id` (inferred; orders fill it).
    pub line_products: bool,
}

impl CrmSize {
    /// 5,000 customers, 2,000 leads, 1,000 projects, 3,000 tickets, 10,000 invoices.
    #[must_use]
    pub fn demo() -> CrmSize {
        CrmSize::scaled(5_000)
    }

    /// The proportions of the demo for so many customers.
    #[must_use]
    pub fn scaled(customers: u32) -> CrmSize {
        let share =
            |tenths: u64| u32::try_from(u64::from(customers) * tenths / 10).unwrap_or(u32::MAX);
        CrmSize {
            customers,
            contacts_per_customer: 3,
            leads: share(4),
            projects: share(2),
            tickets: share(6),
            invoices: share(20),
            duplicate_keys: 0.0,
            drafts: 0.03,
            products: share(1),
            orders: share(2),
            discounts: customers.min(20),
            formatted_numbers: false,
            line_products: true,
        }
    }

    /// A CRM that is set up and not used yet: no record, but currencies, countries, statuses,
    /// sources, departments, staff, payment modes, taxes, groups of customers, warehouses, custom
    /// fields and options.
    #[must_use]
    pub fn empty() -> CrmSize {
        CrmSize::scaled(0)
    }
}

impl CrmSize {
    fn extras(&self) -> schema::Extras {
        schema::Extras {
            formatted_numbers: self.formatted_numbers,
            line_products: self.line_products,
        }
    }
}

impl Default for CrmSize {
    fn default() -> CrmSize {
        CrmSize::demo()
    }
}

/// What a generated database came to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Customers.
    pub customers: u64,
    /// Customers without a company name: the primary contact's name counts.
    pub persons: u64,
    /// Contacts.
    pub contacts: u64,
    /// Leads.
    pub leads: u64,
    /// Projects in all statuses.
    pub projects: u64,
    /// Projects that are neither finished nor cancelled.
    pub active_projects: u64,
    /// Tickets, the merged ones among them.
    pub tickets: u64,
    /// Tickets that were merged into another one.
    pub merged_tickets: u64,
    /// Invoices, drafts among them.
    pub invoices: u64,
    /// Draft invoices.
    pub drafts: u64,
    /// Products.
    pub products: u64,
    /// Products in a warehouse: what stock levels there are, each of one or more lots.
    pub stock_levels: u64,
    /// Discounts of groups of customers.
    pub discounts: u64,
    /// Sales orders.
    pub orders: u64,
    /// Rows of each table, by its name without prefix.
    pub rows: BTreeMap<String, u64>,
    /// The zone of the naive times: option `default_timezone`.
    pub timezone: String,
}
