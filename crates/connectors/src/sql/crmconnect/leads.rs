//! Leads: `leads`.

use api_core::Error;
use sync_core::EntityKind;
use sync_core::fields::Lead;

use super::draft::{Cell, Draft};
use super::entity::{
    AddressColumns, Built, Children, Entity, address, custom_fields, key, named, reference,
};
use super::lookups::{Lookup, Names};
use super::schema::Table;
use super::secret::hash32;
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

const ADDRESS: AddressColumns = ["address", "city", "state", "zip", "country"];

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

    fn custom(&self) -> Option<&'static str> {
        Some("leads")
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "email" => Some("email"),
            "name" => Some("name"),
            "company" => Some("company"),
            _ => None,
        }
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        draft.require("name")?;
        for (field, column) in [
            ("name", "name"),
            ("title", "title"),
            ("company", "company"),
            ("email", "email"),
            ("phone", "phonenumber"),
            ("website", "website"),
            ("description", "description"),
        ] {
            draft.text(field, column)?;
        }
        draft.address("address", ADDRESS)?;
        draft.named("status", "status", Lookup::LeadStatuses)?;
        draft.named("source", "source", Lookup::LeadSources)?;
        draft.named("assigned_to", "assigned", Lookup::Staff)?;
        draft.decimal("value", "lead_value")?;
        draft.flag("lost", "lost")?;
        draft.flag("junk", "junk")?;
        draft.reference("customer", "client_id", EntityKind::Customer)?;
        draft.moment("last_contact_at", "lastcontact")?;
        draft.moment("created_at", "dateadded")?;
        draft.custom_fields(self.custom_defined())?;
        if draft.is_new() {
            draft.default("dateadded", draft.now());
            draft.default("hash", Cell::Text(format!("{}-{}", hash32(), hash32())));
        }
        Ok(())
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
            address: address(names, row, ADDRESS)?,
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
