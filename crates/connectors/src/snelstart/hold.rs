//! What SnelStart can keep of a content, before it is written and compared.
//!
//! Everything is brought to the form in which it reads again. An invoice becomes the lines of its
//! booking: quantities, discounts and adjustments are amounts there.

use rust_decimal::Decimal;
use sync_core::fields::{Address, FieldType as _, Invoice, View as _};
use sync_core::{EntityKind, Fields, Value};

use super::encode::{self, MAX_NAME, code_of};
use super::figures::Figures;
use super::rules::{IncompleteAddress, WriteRules};

/// The country of an address that names none: the books are Dutch.
const HOME: &str = "NL";

const INVOICE: [&str; 12] = [
    "adjustment",
    "currency",
    "customer",
    "date",
    "discount",
    "due_date",
    "lines",
    "number",
    "status",
    "subtotal",
    "tax_total",
    "total",
];
const PAYMENT: [&str; 3] = ["amount", "date", "invoice"];

/// Takes out what has no place, and brings the rest to the form in which it reads again.
pub(super) fn hold(rules: &WriteRules, currency: &str, kind: EntityKind, fields: &mut Fields) {
    match kind {
        EntityKind::Customer => {
            keep(fields, &encode::FIELDS);
            customer(rules, fields);
        }
        EntityKind::Invoice => {
            keep(fields, &INVOICE);
            invoice(rules, currency, fields);
        }
        EntityKind::Payment => {
            keep(fields, &PAYMENT);
            amount(fields, "amount");
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

fn customer(rules: &WriteRules, fields: &mut Fields) {
    for name in ["name", "email", "phone", "website"] {
        trim(fields, name);
    }
    // Of several addresses the first is the one that is read again.
    if let Some(email) = fields.text("email")
        && email.contains([';', ','])
    {
        let first = email
            .split([';', ','])
            .map(str::trim)
            .find(|one| !one.is_empty());
        fields.set("email", Value::text(first.unwrap_or_default()));
    }
    if rules.truncate_names
        && let Some(name) = fields.text("name")
        && name.chars().count() > MAX_NAME
    {
        let cut: String = name.chars().take(MAX_NAME).collect();
        fields.set("name", cut.trim_end());
    }
    if let Some(number) = fields.text("number") {
        match code_of(number.trim()) {
            Some(code) => fields.set("number", code.to_string()),
            // Other systems' numbers may have letters, for which there is no place.
            None => {
                fields.remove("number");
            }
        }
    }
    if let Some(number) = fields.text("vat_number") {
        let number = vat_number(number);
        fields.set("vat_number", Value::text(number));
    }
    if let Some(number) = fields.text("registration_number") {
        let number: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
        fields.set("registration_number", Value::text(number));
    }
    for name in ["address", "billing_address"] {
        if let Some(address) = Address::from_value(fields.get(name)) {
            fields.set(name, held_address(address, rules));
        }
    }
}

/// A VAT number in capitals without blanks and dots; a Dutch one has `NL` before it, whether it
/// was told or not: SnelStart gives it back without (measured by client authors).
pub(super) fn vat_number(text: &str) -> String {
    let number: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if is_dutch(&number) {
        format!("NL{number}")
    } else {
        number
    }
}

/// Nine digits, `B` and two digits (documented form of a Dutch VAT number).
fn is_dutch(number: &str) -> bool {
    let bytes = number.as_bytes();
    bytes.len() == 12
        && bytes.iter().enumerate().all(|(at, byte)| {
            if at == 9 {
                *byte == b'B'
            } else {
                byte.is_ascii_digit()
            }
        })
}

fn held_address(address: Address, rules: &WriteRules) -> Value {
    let tidy = |text: Option<String>| {
        let text = text?;
        let words: Vec<&str> = text.split_whitespace().collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    let mut held = Address {
        street: tidy(address.street),
        city: tidy(address.city),
        postal_code: tidy(address.postal_code),
        country: tidy(address.country).map(|code| code.to_uppercase()),
        state: None,
    };
    let parts = [&held.street, &held.city, &held.postal_code];
    let there = parts.iter().filter(|part| part.is_some()).count();
    if there > 0 && there < 3 && rules.incomplete_address == IncompleteAddress::LeaveOut {
        return Value::Null;
    }
    if there == 3 && held.country.is_none() {
        held.country = Some(HOME.to_owned());
    }
    if there == 0 {
        // The server gives every address a country: alone it says nothing.
        return Value::Null;
    }
    held.into_value()
}

fn invoice(rules: &WriteRules, currency: &str, fields: &mut Fields) {
    trim(fields, "number");
    match fields.text("currency").map(str::trim) {
        None | Some("") => fields.set("currency", currency),
        Some(code) => fields.set("currency", code.to_uppercase()),
    }
    // Whether it is paid the books know themselves; a draft is refused when it is written.
    if !matches!(fields.text("status"), Some("draft" | "cancelled")) {
        fields.remove("status");
    }
    let Ok(invoice) = Invoice::from_fields(fields) else {
        return;
    };
    let date = invoice.date;
    // What does not add up stays as it is, and is refused when it is written.
    if let Ok(figures) = Figures::of(&invoice, &rules.vat, rules.rounding) {
        figures.into_fields(date, fields);
    }
}

fn trim(fields: &mut Fields, name: &str) {
    if let Some(text) = fields.text(name) {
        let trimmed = text.trim();
        if trimmed.len() != text.len() {
            fields.set(sync_core::FieldName::new(name), Value::text(trimmed));
        }
    }
}

fn amount(fields: &mut Fields, name: &str) {
    let number = match fields.get(name) {
        Value::Decimal(number) => *number,
        Value::Int(number) => Decimal::from(*number),
        _ => return,
    };
    fields.set(sync_core::FieldName::new(name), number.normalize());
}

#[cfg(test)]
mod tests;
