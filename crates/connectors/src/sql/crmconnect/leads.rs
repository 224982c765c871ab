//! Leads: `leads`.

use sync_core::EntityKind;
use sync_core::fields::Lead;

use super::entity::{Built, Children, Entity, address, custom_fields, key, named, reference};
use super::lookups::{Lookup, Names};
use super::schema::Table;
use crate::sql::row::{Flaw, Row};

/// Leads.
pub(super) struct Leads;

static TABLE: Table = Table {
    name: "leads",
    key: "id",
    required: &[
        "name",
        "title",
        "company",
        "description",
        "country",
        "zip",
        "city",
        "state",
        "address",
        "assigned",
        "dateadded",
        "status",
        "source",
        "lastcontact",
        "email",
        "website",
        "phonenumber",
        "lost",
        "junk",
    ],
    optional: &["client_id", "lead_value"],
};

impl Entity for Leads {
    fn kind(&self) -> EntityKind {
        EntityKind::Lead
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn needs(&self) -> Vec<&'static Table> {
        vec![
            Lookup::LeadStatuses.table(),
            Lookup::LeadSources.table(),
            Lookup::Countries.table(),
            Lookup::Staff.table(),
        ]
    }

    fn custom(&self) -> &'static str {
        "leads"
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "email" => Some("email"),
            "name" => Some("name"),
            "company" => Some("company"),
            _ => None,
        }
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &TABLE)?;
        let zone = names.snapshot.settings.zone.clone();
        Ok(Built::active(Lead {
            name: row.text("name")?,
            title: row.text("title")?,
            company: row.text("company")?,
            email: row.text("email")?,
            phone: row.text("phonenumber")?,
            website: row.text("website")?,
            address: address(names, row, ["address", "city", "state", "zip", "country"])?,
            status: named(names, row, "status", Lookup::LeadStatuses)?,
            source: named(names, row, "source", Lookup::LeadSources)?,
            assigned_to: named(names, row, "assigned", Lookup::Staff)?,
            value: row.decimal("lead_value")?,
            lost: row.flag("lost")?,
            junk: row.flag("junk")?,
            customer: reference(row, "client_id", EntityKind::Customer)?,
            description: row.text("description")?,
            last_contact_at: row.moment("lastcontact", &zone)?,
            created_at: row.moment("dateadded", &zone)?,
            custom_fields: custom_fields(names, id, children)?,
        }))
    }
}
