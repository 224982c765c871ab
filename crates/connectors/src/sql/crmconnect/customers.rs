//! Customers: `clients`, with the groups they are in.

use api_core::Error;
use sync_core::fields::Customer;
use sync_core::{EntityKind, FieldName, Value};

use super::draft::{Cell, Draft, Person, refuse, shown};
use super::entity::{
    AddressColumns, Built, ChildQuery, Children, Entity, Search, address, custom_fields, key,
};
use super::lookups::{CURRENCIES, Hit, Lookup, Names, Snapshot};
use super::schema::{Schema, Table};
use crate::sql::db::Arg;
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

const ADDRESS: AddressColumns = ["address", "city", "state", "zip", "country"];
pub(super) const BILLING: AddressColumns = [
    "billing_street",
    "billing_city",
    "billing_state",
    "billing_zip",
    "billing_country",
];
const SHIPPING: AddressColumns = [
    "shipping_street",
    "shipping_city",
    "shipping_state",
    "shipping_zip",
    "shipping_country",
];

/// Contacts, as far as they name a customer without a company.
pub(super) static PERSONS: Table = Table {
    name: "contacts",
    key: "id",
    required: &["userid", "is_primary", "firstname", "lastname", "email"],
    optional: &[],
};

/// Which customer is in which group.
pub(super) static GROUPS: Table = Table {
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

    fn custom(&self) -> Option<&'static str> {
        Some("customers")
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

    fn search(&self, snapshot: &Snapshot, key: &[(FieldName, Value)]) -> Option<Vec<Search>> {
        let [(field, Value::Text(wanted))] = key else {
            return None;
        };
        let persons = snapshot.schema.quoted(&PERSONS);
        let no_company = "(`company` IS NULL OR `company` = '')";
        match field.as_str() {
            "name" => {
                let mut args = Vec::new();
                let mut names = Vec::new();
                for (first, last) in splits(wanted) {
                    names.push("(`firstname` = ? AND `lastname` = ?)");
                    args.extend([first, last].map(|part| Arg::Text(part.to_owned())));
                }
                let company = Search {
                    condition: "`company` = ?".to_owned(),
                    args: vec![Arg::Text(wanted.clone())],
                };
                let person = Search {
                    condition: format!(
                        "{no_company} AND `userid` IN (SELECT `userid` FROM {persons} WHERE {})",
                        names.join(" OR ")
                    ),
                    args,
                };
                Some(vec![company, person])
            }
            "email" => Some(vec![Search {
                condition: format!(
                    "{no_company} AND `userid` IN (SELECT `userid` FROM {persons} WHERE `email` = ?)"
                ),
                args: vec![Arg::Text(wanted.clone())],
            }]),
            _ => None,
        }
    }

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        who(draft)?;
        draft.text("phone", "phonenumber")?;
        draft.text("website", "website")?;
        draft.text("vat_number", "vat")?;
        draft.address("address", ADDRESS)?;
        draft.address("billing_address", BILLING)?;
        draft.address("shipping_address", SHIPPING)?;
        draft.currency("currency", "default_currency")?;
        draft.text("language", "default_language")?;
        groups(draft)?;
        draft.flag("active", "active")?;
        draft.moment("created_at", "datecreated")?;
        draft.custom_fields(self.custom_defined())?;
        draft.default("active", Cell::Int(1));
        draft.default("registration_confirmed", Cell::Int(1));
        draft.default("datecreated", draft.now());
        Ok(())
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
            address: address(names, row, ADDRESS)?,
            billing_address: address(names, row, BILLING)?,
            shipping_address: address(names, row, SHIPPING)?,
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

/// Ways to take a person's name apart into first and last name, the usual one first.
fn splits(name: &str) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = name
        .match_indices(' ')
        .map(|(at, _)| {
            let (first, last) = name.split_at(at);
            (first, last.strip_prefix(' ').unwrap_or(last))
        })
        .collect();
    found.reverse();
    found.push((name, ""));
    found.truncate(8);
    found
}

/// First and last name of a person, so that both together are read as the name again.
fn split(name: &str) -> (&str, &str) {
    splits(name)
        .into_iter()
        .find(|(first, last)| {
            let whole = [first.trim(), last.trim()];
            let whole = whole.into_iter().filter(|part| !part.is_empty());
            whole.collect::<Vec<_>>().join(" ") == name
        })
        .unwrap_or((name, ""))
}

/// Name, and who a customer without a company is. The CRM takes a customer for a person whose
/// `company` is empty, by the name of the primary contact.
fn who(draft: &mut Draft<'_>) -> Result<(), Error> {
    let current = draft.current;
    let was_person = current.map(|row| matches!(row.text("company"), Ok(None)));
    let is_person = draft
        .value::<bool>("is_person")?
        .or(was_person)
        .unwrap_or(false);
    draft.require("name")?;
    let turned = was_person.is_some_and(|was| was != is_person) && draft.writes("is_person");
    if !turned && !draft.writes("name") && !draft.writes("email") {
        return Ok(());
    }
    let name = draft.value::<String>("name")?;
    if !is_person {
        if draft.writes("name") || turned {
            draft.set("company", name.map_or(Cell::Empty, Cell::Text));
        }
        return Ok(());
    }
    if draft.is_new() || turned {
        draft.set("company", Cell::text(""));
    }
    let (first, last) = match &name {
        Some(name) if draft.writes("name") || turned => {
            let (first, last) = split(name);
            (Some(first.to_owned()), Some(last.to_owned()))
        }
        _ => (None, None),
    };
    let email = draft.wanted::<String>("email")?;
    draft.parts.person = Some(Person { first, last, email });
    Ok(())
}

/// The groups by their names.
fn groups(draft: &mut Draft<'_>) -> Result<(), Error> {
    const FIELD: &str = "groups";
    let Some(names) = draft.wanted::<Vec<String>>(FIELD)? else {
        return Ok(());
    };
    let names = names.unwrap_or_default();
    if names.is_empty() && draft.is_new() {
        return Ok(());
    }
    let schema = &draft.snapshot.schema;
    if !schema.has(&GROUPS) {
        if names.is_empty() {
            return Ok(());
        }
        let table = schema.quoted(&GROUPS);
        return Err(refuse(
            FIELD,
            format!("cannot be kept: there is no table {table}"),
        ));
    }
    let mut ids = Vec::new();
    for name in names {
        match draft.snapshot.id_of(Lookup::CustomerGroups, &name) {
            Hit::None if draft.create_groups => draft.parts.new_groups.push(name),
            Hit::None => {
                let table = schema.quoted(Lookup::CustomerGroups.table());
                return Err(refuse(
                    FIELD,
                    format!(
                        "holds `{}`, which is not in the table {table}",
                        shown(&name)
                    ),
                )
                .code(super::draft::UNKNOWN)
                .help("Add the group to the CRM, or let the connection make groups."));
            }
            Hit::One(_) | Hit::Several => {
                ids.push(draft.id_by_name(FIELD, Lookup::CustomerGroups, &name)?);
            }
        }
    }
    draft.parts.groups = Some(ids);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_so_that_it_reads_as_it_was() {
        assert_eq!(split("Jan Jansen"), ("Jan", "Jansen"));
        assert_eq!(split("Jan de Vries"), ("Jan de", "Vries"));
        assert_eq!(split("Cher"), ("Cher", ""));
        assert_eq!(split("Jan  Vries"), ("Jan  Vries", ""));
    }
}
