//! From the shared vocabulary to Syncro's records.

use std::collections::BTreeSet;

use api_core::{Error, Json};
use sync_core::fields::{Address, FieldType as _};
use sync_core::{Fields, Marker, Op, Value};
use syncro_client::{Contact, Customer, Lead, Properties};

use super::decode::{TITLE, joined_name, split_name};
use super::outcome::rejected;

mod documents;
mod things;

pub(super) use documents::{invoice, line_item, payment};
pub(super) use things::{product, ticket};

/// Everything that a customer is written with.
pub(super) const CUSTOMER: [&str; 5] = ["address", "email", "is_person", "name", "phone"];
/// Everything that a contact is written with.
pub(super) const CONTACT: [&str; 6] = [
    "customer",
    "email",
    "first_name",
    "last_name",
    "phone",
    "title",
];
/// Everything that a lead is written with.
pub(super) const LEAD: [&str; 9] = [
    "address",
    "company",
    "customer",
    "description",
    "email",
    "name",
    "phone",
    "status",
    "value",
];

/// What is to be done with a member of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told<T> {
    /// It stays as it is.
    Not,
    /// It becomes empty.
    Empty,
    /// It becomes this.
    Is(T),
}

/// Puts what was told into a member of a record.
macro_rules! put {
    ($record:ident.$member:ident = $wire:literal, $told:expr) => {
        match $told {
            $crate::syncro::encode::Told::Not => {}
            $crate::syncro::encode::Told::Empty => $record = $record.clear($wire),
            $crate::syncro::encode::Told::Is(value) => $record.$member = Some(value),
        }
    };
}
pub(super) use put;

/// A content with what of it is to be written.
pub(super) struct Content<'a> {
    pub(super) fields: &'a Fields,
    /// The names that changed; all of a new record.
    changed: Option<BTreeSet<&'a str>>,
}

impl<'a> Content<'a> {
    pub(super) fn new(op: &'a Op) -> Self {
        let changed = op.changed.as_ref();
        Self {
            fields: &op.fields,
            changed: changed.map(|names| names.iter().map(|name| name.as_str()).collect()),
        }
    }

    /// Whether it is of a record that is made now.
    pub(super) fn is_new(&self) -> bool {
        self.changed.is_none()
    }

    /// Whether a field is to be written.
    pub(super) fn writes(&self, name: &str) -> bool {
        match &self.changed {
            None => !self.fields.get(name).is_empty(),
            Some(names) => names.contains(name),
        }
    }

    fn told<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, Error>,
    ) -> Result<Told<T>, Error> {
        if !self.writes(name) {
            return Ok(Told::Not);
        }
        let value = self.fields.get(name);
        if value.is_empty() {
            return Ok(Told::Empty);
        }
        read(value).map(Told::Is)
    }

    /// A text without blanks around it.
    pub(super) fn text(&self, name: &str) -> Result<Told<String>, Error> {
        self.told(name, |value| match value {
            Value::Text(text) => Ok(text.trim().to_owned()),
            other => Err(typed(name, other, "text")),
        })
    }

    /// An amount.
    pub(super) fn amount(&self, name: &str) -> Result<Told<rust_decimal::Decimal>, Error> {
        self.told(name, |value| match value {
            Value::Decimal(amount) => Ok(*amount),
            Value::Int(amount) => Ok((*amount).into()),
            other => Err(typed(name, other, "a decimal number")),
        })
    }

    /// Yes or no.
    pub(super) fn flag(&self, name: &str) -> Result<Told<bool>, Error> {
        self.told(name, |value| match value {
            Value::Bool(flag) => Ok(*flag),
            other => Err(typed(name, other, "a boolean")),
        })
    }

    /// The id of a record that is referred to.
    pub(super) fn id<I: std::str::FromStr>(&self, name: &str) -> Result<Told<I>, Error> {
        self.told(name, |value| match value {
            Value::Ref(to) => to.id.as_str().parse().map_err(|_| {
                let problem = format!("refers to `{}`, which is no id of Syncro", to.id);
                rejected(name, &problem)
            }),
            other => Err(typed(name, other, "a reference")),
        })
    }

    fn address(&self, name: &str) -> Result<Told<Address>, Error> {
        self.told(name, |value| {
            Address::from_value(value).ok_or_else(|| typed(name, value, "an address"))
        })
    }

    /// As it is, whether it is to be written or not.
    pub(super) fn whole(&self, name: &str) -> Option<&'a str> {
        self.fields
            .text(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }
}

pub(super) fn typed(name: &str, value: &Value, expected: &str) -> Error {
    let problem = format!("should be {expected}, not {}", value.type_name());
    rejected(name, &problem)
}

/// The custom fields of a new record: where it came from.
pub(super) fn marked(label: &str, marker: &Marker) -> Properties {
    Properties::from([(label.to_owned(), Json::from(marker.as_str()))])
}

/// A part of an address; `None` told for a whole that is empty.
fn part(address: &Told<Address>, of: impl Fn(&Address) -> &Option<String>) -> Told<String> {
    match address {
        Told::Not => Told::Not,
        Told::Empty => Told::Empty,
        Told::Is(address) => match of(address).as_deref().map(str::trim) {
            None | Some("") => Told::Empty,
            Some(text) => Told::Is(text.to_owned()),
        },
    }
}

/// Of a new record nothing need be emptied.
fn fresh<T>(is_new: bool, told: Told<T>) -> Told<T> {
    match told {
        Told::Empty if is_new => Told::Not,
        told => told,
    }
}

/// A customer; what is to be changed of one, for an update.
pub(super) fn customer(content: &Content<'_>) -> Result<Customer, Error> {
    let mut customer = Customer::default();
    let new = content.is_new();
    if new || content.writes("name") || content.writes("is_person") {
        let name = content
            .whole("name")
            .ok_or_else(|| rejected("name", "is empty, and every customer has one"))?;
        if content.fields.get("is_person") == &Value::Bool(true) {
            let (first, last) = split_name(name);
            let told = |part: Option<&str>| match part {
                Some(part) => Told::Is(part.to_owned()),
                None => fresh(new, Told::Empty),
            };
            put!(customer.first_name = "firstname", told(first));
            put!(customer.last_name = "lastname", told(last));
            put!(
                customer.business_name = "business_name",
                fresh(new, Told::Empty)
            );
        } else {
            customer.business_name = Some(name.to_owned());
        }
    }
    put!(customer.email = "email", content.text("email")?);
    put!(customer.phone = "phone", content.text("phone")?);
    let address = content.address("address")?;
    put!(
        customer.address = "address",
        fresh(new, part(&address, |a| &a.street))
    );
    put!(
        customer.city = "city",
        fresh(new, part(&address, |a| &a.city))
    );
    put!(
        customer.state = "state",
        fresh(new, part(&address, |a| &a.state))
    );
    put!(
        customer.zip = "zip",
        fresh(new, part(&address, |a| &a.postal_code))
    );
    if !new && !matches!(address, Told::Not) {
        // The street is one line here; what stood in a second one is in it.
        customer = customer.clear("address_2");
    }
    Ok(customer)
}

/// A contact; what is to be changed of one, for an update, with the name that it must have: it is
/// left to the caller where the content tells none.
pub(super) fn contact(content: &Content<'_>) -> Result<Contact, Error> {
    let mut contact = Contact {
        name: joined_name(content.whole("first_name"), content.whole("last_name")),
        ..Contact::default()
    };
    let email = content.whole("email");
    if !content.is_new() {
        // What has no name has its address for one: that is none to write over another.
        contact.name = contact.name.filter(|name| email != Some(name));
    } else {
        contact.name = contact.name.or_else(|| email.map(str::to_owned));
        if contact.name.is_none() {
            return Err(rejected(
                "last_name",
                "is empty, and every contact has a name",
            ));
        }
    }
    match content.id("customer")? {
        Told::Is(customer) => contact.customer_id = Some(customer),
        Told::Not if content.is_new() => {
            return Err(rejected("customer", "is empty, and every contact has one"));
        }
        Told::Empty => return Err(rejected("customer", "is empty, and every contact has one")),
        Told::Not => {}
    }
    put!(contact.email = "email", content.text("email")?);
    put!(contact.phone = "phone", content.text("phone")?);
    put!(contact.title = "title", content.text(TITLE)?);
    Ok(contact)
}

/// A lead; what is to be changed of one, for an update.
pub(super) fn lead(content: &Content<'_>) -> Result<Lead, Error> {
    let mut lead = Lead::default();
    let new = content.is_new();
    let (name, company) = (content.whole("name"), content.whole("company"));
    if new || content.writes("name") || content.writes("company") {
        // A company alone is its own name.
        let person = name.filter(|name| company != Some(*name));
        if person.is_none() && company.is_none() {
            return Err(rejected("name", "is empty, and every lead has one"));
        }
        let (first, last) = person.map(split_name).unwrap_or_default();
        let told = |part: Option<&str>| match part {
            Some(part) => Told::Is(part.to_owned()),
            None => fresh(new, Told::Empty),
        };
        // What the source does not tell stays as it is.
        if content.fields.contains("name") {
            put!(lead.first_name = "first_name", told(first));
            put!(lead.last_name = "last_name", told(last));
        }
        if content.fields.contains("company") {
            put!(lead.business_name = "business_name", told(company));
        }
    }
    put!(lead.email = "email", content.text("email")?);
    put!(lead.phone = "phone", content.text("phone")?);
    let address = content.address("address")?;
    put!(
        lead.address = "address",
        fresh(new, part(&address, |a| &a.street))
    );
    put!(lead.city = "city", fresh(new, part(&address, |a| &a.city)));
    put!(
        lead.state = "state",
        fresh(new, part(&address, |a| &a.state))
    );
    put!(
        lead.zip = "zip",
        fresh(new, part(&address, |a| &a.postal_code))
    );
    put!(lead.status = "status", content.text("status")?);
    put!(
        lead.ticket_description = "ticket_description",
        content.text("description")?
    );
    put!(
        lead.opportunity_amount = "opportunity_amount_dollars",
        content.amount("value")?
    );
    put!(lead.customer_id = "customer_id", content.id("customer")?);
    Ok(lead)
}

#[cfg(test)]
mod tests;
