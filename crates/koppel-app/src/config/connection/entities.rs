//! Which kinds of record a connection can be read for and written with, known without asking it.

use smartcrm_client::{Entity, Profile};
use sync_core::EntityKind::{self, *};

/// What can be read from a SmartCRM with this profile.
pub(super) fn smartcrm_reads(profile: &Profile) -> Vec<EntityKind> {
    (EntityKind::ALL.into_iter())
        .filter(|kind| resource(*kind).is_some_and(|resource| profile.offers(resource)))
        .collect()
}

/// What can be written to a SmartCRM with this profile.
pub(super) fn smartcrm_writes(profile: &Profile) -> Vec<EntityKind> {
    (EntityKind::ALL.into_iter())
        .filter(|kind| resource(*kind).is_some_and(|resource| profile.writes(resource)))
        .collect()
}

/// What holds records of a kind in SmartCRM.
pub(super) fn resource(kind: EntityKind) -> Option<Entity> {
    Some(match kind {
        ProductGroup => Entity::ProductGroups,
        Product => Entity::Products,
        Customer => Entity::Clients,
        Contact => Entity::Contacts,
        Lead => Entity::Leads,
        Project => Entity::Projects,
        Ticket => Entity::Tickets,
        Discount => Entity::Discounts,
        Stock => Entity::Stock,
        Order => Entity::Orders,
        Invoice => Entity::Invoices,
        Payment => Entity::Payments,
        _ => return None,
    })
}

/// What can be read from a CRMConnect database, and written to it; some of it only where the CRM
/// has the tables.
pub(super) const CRMCONNECT: &[EntityKind] = &EntityKind::ALL;

/// What can be read from an administration of SnelStart, and written to it.
pub(super) const SNELSTART: &[EntityKind] = &[Customer, Invoice, Payment];

/// What can be read from an account of Syncro, and written to it.
pub(super) const SYNCRO: &[EntityKind] =
    &[Product, Customer, Contact, Lead, Ticket, Invoice, Payment];
