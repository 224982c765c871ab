//! Customers: `clients`, with the groups they are in.

use sync_core::EntityKind;
use sync_core::fields::Customer;

use super::entity::{Built, ChildQuery, Children, Entity, address, custom_fields, key};
use super::lookups::{CURRENCIES, Lookup, Names};
use super::schema::{Schema, Table};
use crate::sql::row::{Flaw, Row};

/// Customers.
pub(super) struct Customers;

static TABLE: Table = Table {
    name: "clients",
    key: "userid",
    required: &[
        "company",
        "vat",
        "phonenumber",
        "country",
        "city",
        "zip",
        "state",
        "address",
        "website",
        "datecreated",
        "active",
        "billing_street",
        "billing_city",
        "billing_state",
        "billing_zip",
        "billing_country",
        "shipping_street",
        "shipping_city",
        "shipping_state",
        "shipping_zip",
        "shipping_country",
        "default_language",
        "default_currency",
    ],
    optional: &[],
};

/// Contacts, as far as they name a customer without a company.
static PERSONS: Table = Table {
    name: "contacts",
    key: "id",
    required: &["userid", "is_primary", "firstname", "lastname", "email"],
    optional: &[],
};

/// Which customer is in which group.
static GROUPS: Table = Table {
    name: "customer_groups",
    key: "id",
    required: &["groupid", "customer_id"],
    optional: &[],
};

impl Entity for Customers {
    fn kind(&self) -> EntityKind {
        EntityKind::Customer
    }

    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn needs(&self) -> Vec<&'static Table> {
        vec![&PERSONS, &CURRENCIES, Lookup::Countries.table()]
    }

    fn custom(&self) -> &'static str {
        "customers"
    }

    fn children(&self, rows: &[Row], schema: &Schema) -> Vec<ChildQuery> {
        let mut queries = Vec::new();
        if schema.has(&GROUPS) {
            queries.push(ChildQuery {
                set: "groups",
                table: &GROUPS,
                parent: "customer_id",
                condition: None,
                order: "`id`",
                only: None,
            });
        }
        let nameless: Vec<i64> = rows
            .iter()
            .filter(|row| matches!(row.text("company"), Ok(None)))
            .filter_map(|row| key(row, &TABLE).ok())
            .collect();
        if !nameless.is_empty() {
            queries.push(ChildQuery {
                set: "persons",
                table: &PERSONS,
                parent: "userid",
                condition: None,
                order: "`is_primary` DESC, `id`",
                only: Some(nameless),
            });
        }
        queries
    }

    fn column(&self, field: &str) -> Option<&'static str> {
        match field {
            "name" => Some("company"),
            "vat_number" => Some("vat"),
            _ => None,
        }
    }

    fn fields(&self, names: &mut Names<'_>, row: &Row, children: &Children) -> Result<Built, Flaw> {
        let id = key(row, &TABLE)?;
        let company = row.text("company")?;
        let is_person = company.is_none();
        let (name, email) = match company {
            Some(company) => (Some(company), None),
            None => person(id, children)?,
        };
        let mut groups = Vec::new();
        for membership in children.of("groups", id) {
            let group = membership
                .id("groupid")
                .map_err(|flaw| flaw.within(GROUPS.name))?;
            groups.extend(names.name(Lookup::CustomerGroups, group));
        }
        // The order in which groups were ticked says nothing.
        groups.sort();
        groups.dedup();
        let currency = row.int("default_currency")?;
        let known = names.currency(currency);
        if known.is_none()
            && let Some(id) = currency.filter(|id| *id > 0)
        {
            return Err(unknown_currency("default_currency", id));
        }
        Ok(Built::active(Customer {
            name,
            email,
            is_person: Some(is_person),
            phone: row.text("phonenumber")?,
            website: row.text("website")?,
            vat_number: row.text("vat")?,
            address: address(names, row, ["address", "city", "state", "zip", "country"])?,
            billing_address: address(
                names,
                row,
                [
                    "billing_street",
                    "billing_city",
                    "billing_state",
                    "billing_zip",
                    "billing_country",
                ],
            )?,
            shipping_address: address(
                names,
                row,
                [
                    "shipping_street",
                    "shipping_city",
                    "shipping_state",
                    "shipping_zip",
                    "shipping_country",
                ],
            )?,
            currency: known,
            language: row.text("default_language")?,
            groups: Some(groups).filter(|groups| !groups.is_empty()),
            active: row.flag("active")?,
            created_at: row.moment("datecreated", &names.snapshot.settings.zone)?,
            custom_fields: custom_fields(names, id, children)?,
            ..Customer::default()
        }))
    }
}

/// An amount in a currency that is not known must not become one in another.
pub(super) fn unknown_currency(column: &str, id: i64) -> Flaw {
    Flaw::new(
        column,
        format!("holds {id}, which is no currency of the CRM"),
    )
}

/// Name and e-mail address of the customer's primary contact, or else of its first one.
fn person(id: i64, children: &Children) -> Result<(Option<String>, Option<String>), Flaw> {
    let Some(contact) = children.of("persons", id).first() else {
        return Ok((None, None));
    };
    let place = |flaw: Flaw| flaw.within(PERSONS.name);
    let parts = [
        contact.text("firstname").map_err(place)?,
        contact.text("lastname").map_err(place)?,
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|part| part.trim().to_owned())
        .collect();
    let name = Some(parts.join(" ")).filter(|name| !name.is_empty());
    Ok((name, contact.text("email").map_err(place)?))
}
