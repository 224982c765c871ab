//! Contacts: `contacts`.

use sync_core::EntityKind;
use sync_core::fields::Contact;

use super::entity::{Built, Children, Entity, custom_fields, key, reference};
use super::lookups::Names;
use super::schema::Table;
use crate::sql::row::{Flaw, Row};

/// Contacts.
pub(super) struct Contacts;

static TABLE: Table = Table {
    name: "contacts",
    key: "id",
    required: &[
        "userid",
        "is_primary",
        "firstname",
        "lastname",
        "email",
        "phonenumber",
        "title",
        "datecreated",
        "active",
    ],
    optional: &[],
};

impl Entity for Contacts {
    fn kind(&self) -> EntityKind {
        EntityKind::Contact
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn custom(&self) -> &'static str {
        "contacts"
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "email" => Some("email"),
            "customer" => Some("userid"),
            _ => None,
        }
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &TABLE)?;
        Ok(Built::active(Contact {
            customer: reference(row, "userid", EntityKind::Customer)?,
            first_name: row.text("firstname")?,
            last_name: row.text("lastname")?,
            email: row.text("email")?,
            phone: row.text("phonenumber")?,
            title: row.text("title")?,
            primary: row.flag("is_primary")?,
            active: row.flag("active")?,
            created_at: row.moment("datecreated", &names.snapshot.settings.zone)?,
            custom_fields: custom_fields(names, id, children)?,
        }))
    }
}
