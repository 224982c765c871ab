//! Syncro as a target: what is written, what is refused and why, and what was there already.

use connectors::syncro::{Syncro, SyncroBuilder};
use koppel_sandbox::syncro::{Action as Did, SyncroServer};
use serde_json::Value as Json;
use std::time::Duration;

use sync_core::fields::{
    Address, Contact, Customer, Invoice, Lead, Line, LineTax, Payment, Product, Ticket, View as _,
};
use sync_core::testing::conformance::{create, push};
use sync_core::{Connector, EntityKind, Fields, Op, Outcome, RecordId, Ref};

use crate::support::{amount, number, text, written};
use crate::syncro_read::{CUSTOMER, INVOICE, settings};

mod invoices;
mod people;
mod things;

/// A connector whose account has the Dutch rates, and settles soon.
pub(crate) fn rated(server: &SyncroServer) -> SyncroBuilder {
    settings(server)
        .tax_rate("BTW hoog", number("21"))
        .tax_rate("BTW laag", number("9"))
        .search_delay(Duration::from_millis(1))
}

pub(crate) fn target(server: &SyncroServer) -> Syncro {
    rated(server).build().unwrap()
}

/// The n-th customer, all of it as it reads again.
pub(crate) fn customer(n: usize) -> Customer {
    Customer {
        name: text(format!("O'Brien & Söhne {n}")),
        is_person: Some(false),
        email: text(format!("info{n}@klant.example")),
        phone: text(format!("030{n:07}")),
        address: Some(Address {
            street: text("Kade 7"),
            city: text("Utrecht"),
            state: text("UT"),
            postal_code: text("3511 AB"),
            ..Address::default()
        }),
        ..Customer::default()
    }
}

pub(crate) fn contact(n: usize, customer: &str) -> Contact {
    Contact {
        customer: Some(Ref::new(CUSTOMER, customer)),
        first_name: text("Jan"),
        last_name: text(format!("de Vries {n}")),
        email: text(format!("jan{n}@klant.example")),
        phone: text(format!("06{n:08}")),
        ..Contact::default()
    }
}

pub(crate) fn lead(n: usize) -> Lead {
    Lead {
        name: text(format!("Ann Prospect {n}")),
        company: text(format!("Prospect {n} B.V.")),
        email: text(format!("ann{n}@prospect.example")),
        phone: text("0301112233"),
        status: text("Opportunity"),
        description: text("Wants a quote."),
        ..Lead::default()
    }
}

pub(crate) fn ticket(n: usize, customer: &str) -> Ticket {
    Ticket {
        subject: text(format!("Printer {n} smokes")),
        customer: Some(Ref::new(CUSTOMER, customer)),
        status: text("In Progress"),
        priority: text("1 High"),
        service: text("Hardware"),
        message: text("It smokes\nsince noon."),
        ..Ticket::default()
    }
}

pub(crate) fn product(n: usize) -> Product {
    Product {
        code: text(format!("87100{n:08}")),
        name: text(format!("Cable {n}")),
        description: text("A cable of two metres"),
        price: amount("12.95"),
        currency: text("EUR"),
        active: Some(true),
        ..Product::default()
    }
}

/// A line, taxed at 21 % or not.
pub(crate) fn line(what: &str, quantity: &str, price: &str, taxed: bool) -> Line {
    let tax = LineTax {
        name: text("BTW hoog"),
        rate: amount("21"),
    };
    Line {
        description: text(what),
        quantity: amount(quantity),
        unit_price: amount(price),
        taxes: taxed.then(|| vec![tax]),
        ..Line::default()
    }
}

/// Five lines, of which two are alike: 350.50 and 63.53 of tax make 414.03.
pub(crate) fn five_lines() -> Vec<Line> {
    vec![
        line("Hours", "2", "80", true),
        line("Cable", "1", "12.50", true),
        line("Hours", "1.5", "78.3333", true),
        line("Cable", "1", "12.50", true),
        line("Travel", "1", "48", false),
    ]
}

/// An invoice of these lines.
pub(crate) fn invoice(customer: &str, number: &str, lines: Vec<Line>) -> Invoice {
    Invoice {
        number: text(number),
        customer: Some(Ref::new(CUSTOMER, customer)),
        date: Some("2026-03-02".parse().unwrap()),
        due_date: Some("2199-04-01".parse().unwrap()),
        currency: text("EUR"),
        lines: (!lines.is_empty()).then_some(lines),
        ..Invoice::default()
    }
}

pub(crate) fn payment(invoice: &str, digits: &str, reference: &str) -> Payment {
    Payment {
        invoice: Some(Ref::new(INVOICE, invoice)),
        amount: amount(digits),
        mode: text("Bank"),
        transaction_id: text(reference),
        ..Payment::default()
    }
}

pub(crate) async fn write(target: &Syncro, op: Op) -> Outcome {
    push(target, op.entity, vec![op]).await.remove(0)
}

pub(crate) async fn add(target: &Syncro, kind: EntityKind, fields: Fields) -> Outcome {
    write(target, create(kind, fields)).await
}

/// The id of a new customer.
pub(crate) async fn a_customer(target: &Syncro) -> RecordId {
    written(&add(target, CUSTOMER, customer(900).into_fields()).await)
}

/// Writes an invoice with all of its steps, as the engine does.
pub(crate) async fn book(target: &Syncro, mut op: Op) -> RecordId {
    target.hold(op.entity, &mut op.fields);
    let id = written(&write(target, op.clone()).await);
    for index in 1..target.steps(&op) {
        let step = Op {
            id: sync_core::OpId::new(),
            action: sync_core::Action::Step {
                id: id.clone(),
                index,
            },
            ..op.clone()
        };
        assert_eq!(written(&write(target, step).await), id);
    }
    id
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
pub(crate) fn created(server: &SyncroServer, resource: &str) -> usize {
    let journal = server.journal();
    let of = journal.iter().filter(|entry| entry.resource == resource);
    of.filter(|entry| entry.action == Did::Create).count()
}

/// What the server has under an id.
pub(crate) fn stored(server: &SyncroServer, resource: &str, id: &RecordId) -> Json {
    let number = id.as_str().parse().unwrap();
    server.record(resource, number).unwrap()
}

/// The lines of an invoice in the server, each in words.
pub(crate) fn lines_of(server: &SyncroServer, id: &RecordId) -> Vec<String> {
    let mut lines: Vec<String> = server
        .records("line_items")
        .iter()
        .filter(|line| line["invoice_id"].as_i64() == id.as_str().parse().ok())
        .map(|line| {
            let part = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} x {}", part("item"), part("quantity"), part("price"))
        })
        .collect();
    lines.sort();
    lines
}
