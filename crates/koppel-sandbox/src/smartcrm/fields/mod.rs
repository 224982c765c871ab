//! The fields of each resource in each dialect.

mod perfex;
mod rise;
mod smartcrm;

use super::dialect::Dialect;
use super::schema::{Field, Resource};

/// The fields of a resource; none where the dialect does not have it.
pub(crate) fn of(dialect: Dialect, resource: Resource) -> &'static [Field] {
    match dialect {
        Dialect::SmartCrm => smartcrm::fields(resource),
        Dialect::Perfex => perfex::fields(resource),
        Dialect::Rise => rise::fields(resource),
    }
}
