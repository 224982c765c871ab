//! The fields of the RISE plugin: SmartCRM's with the names a public client uses.

use std::sync::LazyLock;

use super::smartcrm;
use crate::smartcrm::schema::Kind::Text;
use crate::smartcrm::schema::{Field, Resource, f};

/// Old name, new name.
type Names = &'static [(&'static str, &'static str)];

fn renamed(resource: Resource, names: Names, more: &[Field]) -> Vec<Field> {
    smartcrm::fields(resource)
        .iter()
        .map(|field| {
            let name = names
                .iter()
                .find(|(old, _)| *old == field.name)
                .map_or(field.name, |(_, new)| *new);
            Field {
                name,
                shown: name,
                ..*field
            }
        })
        .chain(more.iter().copied())
        .collect()
}

const OWNER: &[Field] = &[f("owner_id", Text)];

static CLIENTS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let names = &[("company", "company_name"), ("vat", "vat_number")];
    renamed(Resource::Clients, names, OWNER)
});
static LEADS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let names = &[("company", "company_name")];
    renamed(Resource::Leads, names, OWNER)
});
static PROJECTS: LazyLock<Vec<Field>> =
    LazyLock::new(|| renamed(Resource::Projects, &[("name", "title")], &[]));
static TICKETS: LazyLock<Vec<Field>> =
    LazyLock::new(|| renamed(Resource::Tickets, &[("subject", "title")], &[]));

pub(super) fn fields(resource: Resource) -> &'static [Field] {
    match resource {
        Resource::Clients => &CLIENTS,
        Resource::Leads => &LEADS,
        Resource::Projects => &PROJECTS,
        Resource::Tickets => &TICKETS,
        Resource::Contacts | Resource::Invoices => smartcrm::fields(resource),
        _ => &[],
    }
}
