//! What Syncro can keep of a content, before it is written and compared.
//!
//! Everything is brought to the form in which it reads again.

use rust_decimal::Decimal;
use sync_core::fields::{Address, FieldType as _};
use sync_core::{EntityKind, FieldName, Fields, Value};

use super::Syncro;
use super::decode::{joined_name, split_name};
use super::encode;
use super::invoices_out::sheet::{self, amount};
use super::statuses::{TicketWords, WordList};
use super::taxes::TaxRate;

mod plain;

const TICKET: [&str; 7] = [
    "contact", "customer", "message", "priority", "service", "status", "subject",
];
const PRODUCT: [&str; 7] = [
    "active",
    "code",
    "currency",
    "description",
    "name",
    "price",
    "taxes",
];
const INVOICE: [&str; 13] = [
    "adjustment",
    "currency",
    "customer",
    "date",
    "discount",
    "due_date",
    "lines",
    "note",
    "number",
    "status",
    "subtotal",
    "tax_total",
    "total",
];
const PAYMENT: [&str; 5] = ["amount", "date", "invoice", "mode", "transaction_id"];

impl Syncro {
    pub(super) fn held(&self, kind: EntityKind, fields: &mut Fields) {
        hold(&self.inner.words, &self.inner.tax_rates, kind, fields);
    }
}

/// Takes out what has no place, and brings the rest to the form in which it reads again.
fn hold(words: &TicketWords, rates: &[TaxRate], kind: EntityKind, fields: &mut Fields) {
    match kind {
        EntityKind::Customer => {
            if fields.get("address").is_empty() && !fields.get("billing_address").is_empty() {
                let address = fields.remove("billing_address").unwrap_or_default();
                fields.set("address", address);
            }
            keep(fields, &encode::CUSTOMER);
            person(fields);
            tidied(fields, &["name"]);
            if fields.get("is_person").is_empty() {
                fields.set("is_person", false);
            }
        }
        EntityKind::Contact => {
            keep(fields, &encode::CONTACT);
            person(fields);
            tidied(fields, &["title"]);
            contact_name(fields);
        }
        EntityKind::Lead => {
            keep(fields, &encode::LEAD);
            person(fields);
            tidied(fields, &["name", "company", "status"]);
            let unnamed = fields.contains("name") && fields.get("name").is_empty();
            if unnamed && !fields.get("company").is_empty() {
                let company = fields.get("company").clone();
                fields.set("name", company);
            }
            trimmed(fields, &["description"]);
            number(fields, "value");
        }
        EntityKind::Ticket => {
            keep(fields, &TICKET);
            tidied(fields, &["subject"]);
            for list in [WordList::Status, WordList::Priority, WordList::ProblemType] {
                tidied(fields, &[list.field()]);
                if let Some(word) = fields.text(list.field()) {
                    let kept = words.kept(list, word).to_owned();
                    fields.set(list.field(), kept);
                }
            }
            if let Some(message) = fields.text("message") {
                let message = plain::plain(message);
                fields.set("message", Value::text(message));
            }
        }
        EntityKind::Product => {
            keep(fields, &PRODUCT);
            tidied(fields, &["code", "name"]);
            trimmed(fields, &["description"]);
            number(fields, "price");
        }
        EntityKind::Invoice => {
            keep(fields, &INVOICE);
            invoice(rates, fields);
        }
        EntityKind::Payment => {
            keep(fields, &PAYMENT);
            payment(fields);
        }
        _ => {}
    }
}

fn keep(fields: &mut Fields, names: &[&str]) {
    let gone: Vec<String> = fields
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| !names.contains(name))
        .map(str::to_owned)
        .collect();
    for name in gone {
        fields.remove(&name);
    }
}

/// Changes a text, where there is one and it becomes another.
fn change(fields: &mut Fields, name: &'static str, to: impl FnOnce(&str) -> String) {
    if let Some(text) = fields.text(name) {
        let changed = to(text);
        if changed != text {
            fields.set(FieldName::known(name), Value::text(changed));
        }
    }
}

fn trimmed(fields: &mut Fields, names: &[&'static str]) {
    for name in names {
        change(fields, name, |text| text.trim().to_owned());
    }
}

fn tidied(fields: &mut Fields, names: &[&'static str]) {
    for name in names {
        change(fields, name, |text| {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(" ")
        });
    }
}

fn number(fields: &mut Fields, name: &'static str) {
    if let Some(number) = amount(fields.get(name)) {
        fields.set(FieldName::known(name), number.normalize());
    }
}

/// How to reach somebody, and where.
fn person(fields: &mut Fields) {
    // Only one address is taken (OpenAPI document: what follows it is refused).
    change(fields, "email", |text| {
        let mut all = text.split([';', ',']).map(str::trim);
        all.find(|one| !one.is_empty())
            .unwrap_or_default()
            .to_owned()
    });
    change(fields, "phone", kept_phone);
    if let Some(address) = Address::from_value(fields.get("address")) {
        fields.set("address", kept_address(address));
    }
}

/// A telephone number as it comes back: without its formatting (measured by client authors).
pub(super) fn kept_phone(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|c| !matches!(c, '-' | '(' | ')' | '.' | '/') && !c.is_whitespace());
    kept.collect()
}

/// An address with the parts that Syncro has; it has no country.
fn kept_address(address: Address) -> Value {
    let words = |text: Option<String>| {
        let text = text?;
        let words: Vec<&str> = text.split_whitespace().collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    let street = address.street.map(|street| {
        let lines: Vec<&str> = street.lines().map(str::trim).collect();
        let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        lines.join(", ")
    });
    let kept = Address {
        street: words(street),
        city: words(address.city),
        state: words(address.state),
        postal_code: words(address.postal_code),
        country: None,
    };
    let value = kept.into_value();
    if value.is_empty() { Value::Null } else { value }
}

/// A contact has one name, which is split again where its first blank is.
fn contact_name(fields: &mut Fields) {
    // A name that the source does not tell is none to write over the one that is there.
    if !fields.contains("first_name") && !fields.contains("last_name") {
        return;
    }
    let names = (fields.text("first_name"), fields.text("last_name"));
    let whole = joined_name(names.0, names.1).or_else(|| fields.text("email").map(str::to_owned));
    let Some(whole) = whole else { return };
    let words: Vec<&str> = whole.split_whitespace().collect();
    let whole = words.join(" ");
    let (first, last) = split_name(&whole);
    for (name, part) in [("first_name", first), ("last_name", last)] {
        if fields.text(name) != part {
            match part {
                Some(part) => fields.set(name, part),
                None if fields.contains(name) => fields.set(name, Value::Null),
                None => {}
            }
        }
    }
}

fn invoice(rates: &[TaxRate], fields: &mut Fields) {
    tidied(fields, &["number"]);
    trimmed(fields, &["note"]);
    change(fields, "currency", |code| code.trim().to_uppercase());
    // Whether it is paid Syncro knows itself; a draft is refused when it is written.
    if !matches!(fields.text("status"), Some("draft" | "cancelled")) {
        fields.remove("status");
    }
    sheet::hold(rates, fields);
}

fn payment(fields: &mut Fields) {
    tidied(fields, &["mode", "transaction_id"]);
    number(fields, "amount");
    // A payment is of the day it was entered on, and its reference is the one text it has: what
    // has no reference is told from its like by its day.
    let date = fields.remove("date");
    if fields.get("transaction_id").is_empty()
        && let Some(Value::Date(date)) = date
    {
        fields.set("transaction_id", date.to_string());
    }
}

/// The name under which a rate of tax reads again.
pub(super) fn tax_name(rates: &[TaxRate], percent: Decimal) -> Option<&str> {
    let known = rates.iter().find(|rate| rate.percent == percent);
    known.map(|rate| rate.name.as_str())
}

#[cfg(test)]
mod tests;
