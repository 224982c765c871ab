//! SnelStart as a target: what is written, what is refused and why, and what was there already.

use std::collections::BTreeSet;

use connectors::snelstart::{JournalChoice, SnelStart};
use koppel_sandbox::snelstart::{Action as Did, SnelStart as Sandbox, SnelStartServer};
use serde_json::{Value as Json, json};
use sync_core::fields::{Address, Customer, Invoice, Line, LineTax, Payment, View};
use sync_core::testing::conformance::{create, push};
use sync_core::{Connector, EntityKind, Fields, Op, Outcome, RecordId, Ref};

use crate::snelstart_read::{CUSTOMER, INVOICE, PAYMENT, settings};
use crate::support::{amount, text};

mod bookings;
mod customers;
mod money;
mod suite;

/// A connector to a sandbox, whose administration has two journals of banks.
pub(crate) fn target(server: &SnelStartServer) -> SnelStart {
    settings(server)
        .bank_journal(JournalChoice::Number(1010))
        .build()
        .unwrap()
}

/// An administration without customers, for bookings of any day.
pub(crate) async fn administration() -> SnelStartServer {
    Sandbox::builder().old_bookings(true).start().await.unwrap()
}

pub(crate) fn address() -> Address {
    Address {
        street: text("Kade 7"),
        postal_code: text("3511 AB"),
        city: text("Utrecht"),
        country: text("NL"),
        ..Address::default()
    }
}

/// The n-th customer, all of it as it reads again.
pub(crate) fn customer(n: usize) -> Customer {
    Customer {
        number: text((20_000 + n).to_string()),
        name: text(format!("O'Brien & Söhne {n}")),
        email: text(format!("info{n}@klant.example")),
        phone: text("+31 30 123 45 67"),
        website: text("https://klant.example"),
        vat_number: text(format!("NL{:09}B01", 100_000_000 + n)),
        registration_number: text(format!("{:08}", 10_000_000 + n)),
        address: Some(address()),
        billing_address: Some(Address {
            street: text("Postbus 1"),
            ..address()
        }),
        active: Some(true),
        ..Customer::default()
    }
}

/// A line at a rate under a name.
pub(crate) fn line(what: &str, quantity: &str, price: &str, (name, rate): (&str, &str)) -> Line {
    Line {
        description: text(what),
        quantity: amount(quantity),
        unit_price: amount(price),
        taxes: Some(vec![LineTax {
            name: text(name),
            rate: amount(rate),
        }]),
        ..Line::default()
    }
}

pub(crate) const HIGH: (&str, &str) = ("BTW hoog", "21");

/// An invoice over 242.00 with a number.
pub(crate) fn invoice(customer: &str, number: &str) -> Invoice {
    Invoice {
        number: text(number),
        customer: Some(Ref::new(CUSTOMER, customer)),
        date: Some("2026-03-02".parse().unwrap()),
        due_date: Some("2026-04-01".parse().unwrap()),
        currency: text("EUR"),
        total: amount("242.00"),
        lines: Some(vec![line("Uren", "2", "100", HIGH)]),
        ..Invoice::default()
    }
}

pub(crate) fn payment(invoice: &str, digits: &str) -> Payment {
    Payment {
        invoice: Some(Ref::new(INVOICE, invoice)),
        amount: amount(digits),
        date: Some("2026-03-20".parse().unwrap()),
        ..Payment::default()
    }
}

pub(crate) async fn write(target: &SnelStart, op: Op) -> Outcome {
    push(target, op.entity, vec![op]).await.remove(0)
}

pub(crate) async fn add(target: &SnelStart, kind: EntityKind, fields: Fields) -> Outcome {
    write(target, create(kind, fields)).await
}

/// The error of a record that was refused for what is in it.
pub(crate) fn refused(outcome: &Outcome) -> &api_core::Error {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("not refused: {other:?}"),
    }
}

/// The one field that a refusal names.
pub(crate) fn field_of(outcome: &Outcome) -> String {
    let fields = refused(outcome).field_errors();
    assert_eq!(fields.len(), 1, "{outcome:?}");
    fields.keys().next().unwrap().clone()
}

/// How many records of a resource were created over the API.
pub(crate) fn created(server: &SnelStartServer, resource: &str) -> usize {
    let journal = server.journal();
    let of = journal.iter().filter(|entry| entry.resource == resource);
    of.filter(|entry| entry.action == Did::Create).count()
}
