//! From Syncro's records to the shared vocabulary: customers, contacts, leads, tickets, products.

use std::collections::BTreeMap;

use api_core::{BadRecord, Error, ErrorKind, Json, SendOutcome, Timestamp};
use rust_decimal::Decimal;
use sync_core::{EntityKind, FieldName, Fields, Record, RecordId, Ref, Unreadable, Value};
use syncro_client::{Contact, Customer, Lead, Product, Properties, Ticket};

use super::Syncro;
use super::statuses::WordList;
use crate::slug::slug;

/// The custom field of contacts that the API keeps their title in (measured by client authors).
pub(super) const TITLE: &str = "title";

/// The id of a record that has one of its own.
pub(super) fn record_id(id: impl std::fmt::Display) -> RecordId {
    RecordId::new(id.to_string())
}

/// A reference to a record; ids that are none are left out.
pub(super) fn reference(kind: EntityKind, id: Option<i64>) -> Option<Value> {
    let id = id.filter(|id| *id > 0)?;
    Some(Value::Ref(Ref::new(kind, record_id(id))))
}

/// What is left of a text without blanks at its ends; nothing if that is nothing.
pub(super) fn text(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Sets a field, empty where there is nothing.
pub(super) fn set<V: Into<Value>>(fields: &mut Fields, name: &'static str, value: Option<V>) {
    let value = value.map_or(Value::Null, Into::into);
    fields.set(FieldName::known(name), value);
}

/// An amount as it is kept, without zeros at its end.
pub(super) fn money(amount: Decimal) -> Value {
    Value::Decimal(amount.normalize())
}

/// What is wrong with one record.
pub(super) fn flaw(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Decode, message.into())
        .operation("syncro.pull")
        .outcome(SendOutcome::Rejected)
}

/// A record of a list that could not be read.
pub(super) fn unreadable(kind: EntityKind, bad: BadRecord) -> Unreadable {
    let error = flaw(format!("Syncro sent a {kind} that cannot be read: {bad}"));
    Unreadable {
        id: RecordId::new(bad.id.unwrap_or_else(|| "unknown".to_owned())),
        error,
    }
}

/// A record that was sent without an id.
pub(super) fn nameless(kind: EntityKind) -> Error {
    flaw(format!("Syncro sent a {kind} without an id."))
}

fn stamped(record: Record, modified: Option<Timestamp>) -> Record {
    match modified {
        Some(at) => record.modified(at),
        None => record,
    }
}

/// First and last name out of one: what stands before the first blank is the first name.
pub(super) fn split_name(name: &str) -> (Option<&str>, Option<&str>) {
    let name = name.trim();
    match name.split_once(char::is_whitespace) {
        Some((first, last)) => (text(Some(first)), text(Some(last))),
        None => (None, text(Some(name))),
    }
}

/// One name out of first and last, as contacts have it.
pub(super) fn joined_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let parts: Vec<&str> = [text(first), text(last)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// An address; nothing where no part of it is filled in. Syncro keeps no country.
fn place(
    street: [Option<&str>; 2],
    city: Option<&str>,
    state: Option<&str>,
    zip: Option<&str>,
) -> Option<Value> {
    let street: Vec<&str> = street.into_iter().filter_map(text).collect();
    let parts = [
        ("street", Some(street.join(", "))),
        ("city", city.map(str::to_owned)),
        ("state", state.map(str::to_owned)),
        ("postal_code", zip.map(str::to_owned)),
    ];
    let map: BTreeMap<String, Value> = parts
        .into_iter()
        .filter_map(|(name, part)| {
            let part = part?;
            let part = part.trim();
            (!part.is_empty()).then(|| (name.to_owned(), Value::text(part)))
        })
        .collect();
    (!map.is_empty()).then_some(Value::Map(map))
}

/// The names that custom fields have here: slugs of their labels, and the label itself where two
/// have the same slug or it has none.
pub(super) fn names_of<'a>(labels: impl Iterator<Item = &'a str>) -> BTreeMap<String, &'a str> {
    let mut by_slug: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for label in labels {
        by_slug.entry(slug(label)).or_default().push(label);
    }
    let mut names = BTreeMap::new();
    for (slug, labels) in by_slug {
        match labels.as_slice() {
            [label] if !slug.is_empty() => {
                names.insert(slug, *label);
            }
            several => names.extend(several.iter().map(|label| ((*label).to_owned(), *label))),
        }
    }
    names
}

/// Fields of the owner's own, without those that have another use.
fn custom(properties: Option<&Properties>, used: &[&str]) -> Option<Value> {
    let properties = properties?;
    let free = properties
        .keys()
        .map(String::as_str)
        .filter(|label| !used.contains(label));
    let map: BTreeMap<String, Value> = names_of(free)
        .into_iter()
        .filter_map(|(name, label)| {
            let value = json_value(properties.get(label)?);
            (!value.is_empty()).then_some((name, value))
        })
        .collect();
    (!map.is_empty()).then_some(Value::Map(map))
}

fn json_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Text(text) => Value::text(text.trim()),
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.to_decimal() {
            Some(number) => Value::Decimal(number.normalize()),
            None => Value::text(number.as_str()),
        },
        Json::List(items) => Value::List(items.iter().map(json_value).collect()),
        Json::Map(members) => Value::Map(
            members
                .iter()
                .map(|(name, value)| (name.clone(), json_value(value)))
                .collect(),
        ),
    }
}

impl Syncro {
    /// A customer.
    pub(super) fn customer(&self, customer: &Customer) -> Result<Record, Error> {
        let kind = EntityKind::Customer;
        let id = customer.id.ok_or_else(|| nameless(kind))?;
        let mut fields = Fields::new();
        let company = text(customer.business_name.as_deref());
        let person = joined_name(
            customer.first_name.as_deref(),
            customer.last_name.as_deref(),
        );
        let person = person.or_else(|| text(customer.full_name.as_deref()).map(str::to_owned));
        let name = company.map(str::to_owned).or(person);
        set(&mut fields, "name", name);
        set(&mut fields, "is_person", Some(company.is_none()));
        set(&mut fields, "email", text(customer.email.as_deref()));
        let phone = text(customer.phone.as_deref()).or(text(customer.mobile.as_deref()));
        set(&mut fields, "phone", phone);
        let address = place(
            [customer.address.as_deref(), customer.address_2.as_deref()],
            customer.city.as_deref(),
            customer.state.as_deref(),
            customer.zip.as_deref(),
        );
        set(&mut fields, "address", address);
        set(&mut fields, "active", Some(customer.disabled != Some(true)));
        set(&mut fields, "created_at", customer.created_at);
        let own = custom(customer.properties.as_ref(), &[&self.inner.marker_field]);
        set(&mut fields, "custom_fields", own);
        let record = Record::new(kind, record_id(id), fields);
        Ok(stamped(record, customer.updated_at))
    }

    /// A contact.
    pub(super) fn contact(&self, contact: &Contact) -> Result<Record, Error> {
        let kind = EntityKind::Contact;
        let id = contact.id.ok_or_else(|| nameless(kind))?;
        let mut fields = Fields::new();
        let customer = contact.customer_id.map(|id| id.get());
        set(
            &mut fields,
            "customer",
            reference(EntityKind::Customer, customer),
        );
        let (first, last) = split_name(contact.name.as_deref().unwrap_or_default());
        set(&mut fields, "first_name", first);
        set(&mut fields, "last_name", last);
        set(&mut fields, "email", text(contact.email.as_deref()));
        let phone = text(contact.phone.as_deref()).or(text(contact.mobile.as_deref()));
        set(&mut fields, "phone", phone);
        let properties = contact.properties.as_ref();
        let title = properties
            .and_then(|properties| properties.get(TITLE))
            .and_then(Json::as_str);
        set(&mut fields, "title", text(title));
        set(&mut fields, "created_at", contact.created_at);
        let own = custom(properties, &[TITLE, &self.inner.marker_field]);
        set(&mut fields, "custom_fields", own);
        let record = Record::new(kind, record_id(id), fields);
        Ok(stamped(record, contact.updated_at))
    }

    /// A lead. Its likelihood and its amount are taken and never told (measured by client
    /// authors).
    pub(super) fn lead(&self, lead: &Lead) -> Result<Record, Error> {
        let kind = EntityKind::Lead;
        let id = lead.id.ok_or_else(|| nameless(kind))?;
        let mut fields = Fields::new();
        let person = joined_name(lead.first_name.as_deref(), lead.last_name.as_deref());
        let shown = text(lead.business_then_name.as_deref());
        // The company is told in one field with the name, in which it goes first.
        let company = shown.filter(|shown| person.as_deref() != Some(*shown));
        let name = person.or_else(|| company.map(str::to_owned));
        set(&mut fields, "name", name);
        set(&mut fields, "company", company);
        set(&mut fields, "email", text(lead.email.as_deref()));
        let phone = text(lead.phone.as_deref()).or(text(lead.mobile.as_deref()));
        set(&mut fields, "phone", phone);
        let address = place(
            [lead.address.as_deref(), None],
            lead.city.as_deref(),
            lead.state.as_deref(),
            lead.zip.as_deref(),
        );
        set(&mut fields, "address", address);
        set(&mut fields, "status", text(lead.status.as_deref()));
        let description = text(lead.ticket_description.as_deref());
        set(&mut fields, "description", description);
        let customer = lead.customer_id.map(|id| id.get());
        set(
            &mut fields,
            "customer",
            reference(EntityKind::Customer, customer),
        );
        set(&mut fields, "created_at", lead.created_at);
        let record = Record::new(kind, record_id(id), fields);
        Ok(stamped(record, lead.updated_at))
    }

    /// A ticket; `assigned_to` is the e-mail address of who has it.
    pub(super) fn ticket(
        &self,
        ticket: &Ticket,
        assigned_to: Option<&str>,
    ) -> Result<Record, Error> {
        let kind = EntityKind::Ticket;
        let id = ticket.id.ok_or_else(|| nameless(kind))?;
        let words = &self.inner.words;
        let word = |list, theirs: Option<&str>| {
            text(theirs).map(|theirs| words.ours(list, theirs).to_owned())
        };
        let mut fields = Fields::new();
        set(&mut fields, "subject", text(ticket.subject.as_deref()));
        let customer = ticket.customer_id.map(|id| id.get());
        set(
            &mut fields,
            "customer",
            reference(EntityKind::Customer, customer),
        );
        let contact = ticket.contact_id.map(|id| id.get());
        set(
            &mut fields,
            "contact",
            reference(EntityKind::Contact, contact),
        );
        let status = word(WordList::Status, ticket.status.as_deref());
        set(&mut fields, "status", status);
        let priority = word(WordList::Priority, ticket.priority.as_deref());
        set(&mut fields, "priority", priority);
        let problem = word(WordList::ProblemType, ticket.problem_type.as_deref());
        set(&mut fields, "service", problem);
        // The oldest comment is the description; lists give no other (vendor documentation).
        let first = ticket
            .comments
            .iter()
            .flatten()
            .filter(|comment| text(comment.body.as_deref()).is_some())
            .min_by_key(|comment| (comment.created_at, comment.id));
        let message = first.and_then(|comment| text(comment.body.as_deref()));
        set(&mut fields, "message", message);
        set(&mut fields, "assigned_to", text(assigned_to));
        set(&mut fields, "created_at", ticket.created_at);
        let own = custom(ticket.properties.as_ref(), &[&self.inner.marker_field]);
        set(&mut fields, "custom_fields", own);
        let record = Record::new(kind, record_id(id), fields);
        Ok(stamped(record, ticket.updated_at))
    }

    /// A product. Syncro tells no time of its last change.
    pub(super) fn product(
        &self,
        product: &Product,
        currency: Option<&str>,
    ) -> Result<Record, Error> {
        let kind = EntityKind::Product;
        let id = product.id.ok_or_else(|| nameless(kind))?;
        let mut fields = Fields::new();
        let sku = product
            .product_skus
            .iter()
            .flatten()
            .find_map(|sku| text(sku.sku.as_deref()));
        let code = text(product.upc_code.as_deref()).or(sku);
        set(&mut fields, "code", code);
        set(&mut fields, "name", text(product.name.as_deref()));
        let description = text(product.description.as_deref());
        set(&mut fields, "description", description);
        set(&mut fields, "price", product.price_retail.map(money));
        set(&mut fields, "currency", currency);
        set(&mut fields, "active", Some(product.disabled != Some(true)));
        Ok(Record::new(kind, record_id(id), fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_once_and_joined_again() {
        for (name, parts) in [
            ("Jan de Vries", (Some("Jan"), Some("de Vries"))),
            ("  Jan   Vries ", (Some("Jan"), Some("Vries"))),
            ("Vries", (None, Some("Vries"))),
            ("", (None, None)),
        ] {
            assert_eq!(split_name(name), parts, "{name:?}");
        }
        let (first, last) = split_name("Jan de Vries");
        assert_eq!(joined_name(first, last).as_deref(), Some("Jan de Vries"));
        assert_eq!(joined_name(None, Some(" ")), None);
    }

    #[test]
    fn custom_fields_are_named_by_slugs_and_by_labels_where_two_are_alike() {
        let names = names_of(["Device Type", "VIP", "vip", "№", "Room No."].into_iter());
        let names: Vec<(&str, &str)> = names
            .iter()
            .map(|(name, label)| (name.as_str(), *label))
            .collect();
        assert_eq!(
            names,
            [
                ("VIP", "VIP"),
                ("device_type", "Device Type"),
                ("room_no", "Room No."),
                ("vip", "vip"),
                ("№", "№"),
            ]
        );
    }

    #[test]
    fn an_address_has_the_parts_that_are_filled_in() {
        let found = place(
            [Some("Kade 7 "), Some("2nd floor")],
            Some("Utrecht"),
            None,
            Some(""),
        );
        let Some(Value::Map(map)) = found else {
            panic!("{found:?}");
        };
        assert_eq!(map.get("street"), Some(&Value::text("Kade 7, 2nd floor")));
        assert_eq!(map.len(), 2);
        assert_eq!(place([None, Some(" ")], None, None, None), None);
    }
}
