use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sync_core::Ref;

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn held(kind: EntityKind, mut fields: Fields) -> Fields {
    let pair = |ours: &str, theirs: &str| (ours.to_owned(), theirs.to_owned());
    let words = TicketWords::new(
        vec![pair("Open", "New"), pair("Reopened", "New")],
        Vec::new(),
    );
    hold(&words, &[], kind, &mut fields);
    let once = fields.clone();
    hold(&words, &[], kind, &mut fields);
    assert_eq!(fields, once, "what is held is held");
    fields
}

fn address(parts: &[(&str, &str)]) -> Value {
    let parts = parts.iter();
    Value::Map(
        parts
            .map(|(name, part)| ((*name).to_owned(), Value::from(*part)))
            .collect(),
    )
}

#[test]
fn what_has_no_place_is_taken_out() {
    let fields = Fields::new()
        .with("name", " Acme  B.V. ")
        .with("vat_number", "NL1")
        .with("website", "https://acme.test")
        .with("active", false)
        .with("custom_fields", Value::Map(BTreeMap::new()));
    let wanted = Fields::new()
        .with("name", "Acme B.V.")
        .with("is_person", false);
    assert_eq!(held(EntityKind::Customer, fields), wanted);
}

#[test]
fn telephones_and_addresses_are_kept_as_they_read_again() {
    let fields = Fields::new()
        .with("name", "Acme")
        .with("is_person", false)
        .with("phone", "(030) 555-09.99")
        .with("email", "a@x.test; b@x.test")
        .with(
            "billing_address",
            address(&[
                ("street", "Kade  7\n 2nd floor"),
                ("country", "NL"),
                ("city", " "),
            ]),
        );
    let held = held(EntityKind::Customer, fields);
    assert_eq!(held.text("phone"), Some("0305550999"));
    assert_eq!(held.text("email"), Some("a@x.test"));
    assert_eq!(
        held.get("address"),
        &address(&[("street", "Kade 7, 2nd floor")])
    );
    assert_eq!(kept_phone("+31 6-1234"), "+3161234");
}

#[test]
fn an_address_of_which_nothing_is_kept_is_none() {
    let fields = Fields::new()
        .with("name", "Acme")
        .with("address", address(&[("country", "NL")]));
    assert_eq!(
        held(EntityKind::Customer, fields).get("address"),
        &Value::Null
    );
}

#[test]
fn the_one_name_of_a_contact_is_split_where_it_reads_again() {
    for ((first, last), wanted) in [
        (
            (Some("Jan"), Some("de Vries")),
            (Some("Jan"), Some("de Vries")),
        ),
        (
            (Some("Anna Maria"), Some("Vries")),
            (Some("Anna"), Some("Maria Vries")),
        ),
        ((Some("Jan"), None), (None, Some("Jan"))),
        ((None, None), (None, Some("jan@x.test"))),
    ] {
        let mut fields = Fields::new().with("email", "jan@x.test");
        fields.set("last_name", Value::Null);
        for (name, part) in [("first_name", first), ("last_name", last)] {
            if let Some(part) = part {
                fields.set(name, part);
            }
        }
        let held = held(EntityKind::Contact, fields);
        assert_eq!((held.text("first_name"), held.text("last_name")), wanted);
    }
}

#[test]
fn a_ticket_has_the_words_of_the_account_and_plain_text() {
    let fields = Fields::new()
        .with("subject", "Printer")
        .with("status", "Reopened")
        .with("priority", "High")
        .with("message", "<p>It <b>smokes</b>.</p>")
        .with("department", "Support");
    let wanted = Fields::new()
        .with("subject", "Printer")
        .with("status", "Open")
        .with("priority", "High")
        .with("message", "It smokes.");
    assert_eq!(held(EntityKind::Ticket, fields), wanted);
}

#[test]
fn whether_an_invoice_is_paid_syncro_knows_itself() {
    for (status, stays) in [("paid", false), ("overdue", false), ("draft", true)] {
        let fields = Fields::new().with("number", " 7").with("status", status);
        let held = held(EntityKind::Invoice, fields);
        assert_eq!(held.contains("status"), stays, "{status}");
        assert_eq!(held.text("number"), Some("7"));
    }
}

#[test]
fn a_payment_without_a_reference_is_told_by_its_day() {
    let date: api_core::Date = "2026-03-01".parse().unwrap();
    let payment = Fields::new()
        .with("invoice", Ref::new(EntityKind::Invoice, "7"))
        .with("amount", d("50.00"))
        .with("date", date)
        .with("note", "thanks");
    let bare = held(EntityKind::Payment, payment.clone());
    assert_eq!(bare.text("transaction_id"), Some("2026-03-01"));
    assert!(!bare.contains("date") && !bare.contains("note"));
    assert_eq!(bare.get("amount"), &Value::Decimal(d("50")));
    let told = held(EntityKind::Payment, payment.with("transaction_id", "TX 9"));
    assert_eq!(told.text("transaction_id"), Some("TX 9"));
}

#[test]
fn names_that_the_source_does_not_tell_are_not_made_up() {
    let contact = Fields::new().with("email", "jan@x.test");
    assert_eq!(held(EntityKind::Contact, contact.clone()), contact);
    let lead = Fields::new().with("company", "Acme");
    assert_eq!(held(EntityKind::Lead, lead.clone()), lead);
}
