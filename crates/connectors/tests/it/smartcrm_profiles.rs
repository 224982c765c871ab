//! The profiles: the suite that every connector passes, and what is special about each.

use std::collections::BTreeSet;

use crate::support::{amount, anew, text};
use api_core::SecretString;
use connectors::smartcrm::SmartCrm;
use koppel_sandbox::smartcrm::lookup;
use koppel_sandbox::{CatalogueSize, Dialect, SmartCrmServer};
use serde_json::{Value as Json, json};
use smartcrm_client::{Client, Profile};
use sync_core::fields::{
    Contact, Customer, Invoice, Lead, Line, LineTax, Payment, Project, Ticket, View,
};
use sync_core::testing::conformance::{create, push, read_all, reading, writing};
use sync_core::{Connector, EntityKind, FieldName, Fields, Outcome, RecordId, Ref, Value};

pub(crate) fn token() -> SecretString {
    SecretString::from("demo".to_owned())
}

pub(crate) async fn server(dialect: Dialect, version: u8) -> SmartCrmServer {
    koppel_sandbox::SmartCrm::builder()
        .dialect(dialect)
        .api_version(version)
        .client_token("second")
        .start()
        .await
        .unwrap()
}

pub(crate) fn open(server: &SmartCrmServer, profile: Profile) -> SmartCrm {
    let client = Client::builder(&server.url(), token())
        .profile(profile)
        .client_token(SecretString::from("second".to_owned()))
        .max_retries(0);
    SmartCrm::new(client.build().unwrap())
}

/// The profile of a Perfex server with the lists of the sandbox.
pub(crate) fn perfex(more: &Json) -> Profile {
    let list = |name: &str| -> Json {
        let pairs = lookup(name).into_iter();
        pairs
            .map(|(id, name)| (name.to_owned(), json!(id.to_string())))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut config = json!({
        "base": "perfex",
        "numbering": {"invoices": {"prefix": "INV-"}},
        "lookups": {
            "customer_groups": list("groups"), "lead_statuses": list("lead_statuses"),
            "lead_sources": list("lead_sources"), "staff": list("staff"),
            "departments": list("departments"), "payment_modes": list("payment_modes"),
        },
    });
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    Profile::from_config(config).unwrap()
}

pub(crate) fn version_2() -> Profile {
    perfex(&json!({
        "push": {"mode": "single"}, "paging": {"mode": "none"}, "creates_return_id": false, "idempotency_header": "",
    }))
}

fn name_in(list: &str) -> Option<String> {
    text(lookup(list)[1].1)
}

/// What records refer to.
pub(crate) struct There {
    pub(crate) customer: Ref,
    pub(crate) contact: Ref,
    pub(crate) invoice: Ref,
}

impl There {
    /// Nothing is there yet.
    pub(crate) fn nothing() -> Self {
        Self {
            customer: Ref::new(EntityKind::Customer, "0"),
            contact: Ref::new(EntityKind::Contact, "0"),
            invoice: Ref::new(EntityKind::Invoice, "0"),
        }
    }
}

/// The n-th record of a kind, with everything that each dialect asks for.
pub(crate) fn nth(kind: EntityKind, n: usize, there: &There) -> Fields {
    let customer = Some(there.customer.clone());
    match kind {
        EntityKind::Customer => Customer {
            name: text(format!("Firma {n} & Söhne")),
            vat_number: text(format!("NL{n:09}B01")),
            groups: Some(vec![lookup("groups")[0].1.to_owned()]),
            currency: text("RON"),
            ..Customer::default()
        }
        .into_fields(),
        EntityKind::Contact => Contact {
            customer,
            first_name: text("Jan"),
            last_name: text(format!("Jansen {n}")),
            email: text(format!("jan{n}@example.com")),
            primary: Some(true),
            ..Contact::default()
        }
        .into_fields(),
        EntityKind::Lead => Lead {
            name: text(format!("Lead {n}")),
            company: text(format!("Company {n}")),
            email: text(format!("lead{n}@example.com")),
            status: name_in("lead_statuses"),
            source: name_in("lead_sources"),
            assigned_to: name_in("staff"),
            ..Lead::default()
        }
        .into_fields(),
        EntityKind::Project => Project {
            name: text(format!("Project {n}")),
            customer,
            status: text("in_progress"),
            billing_type: text("fixed"),
            start_date: Some("2026-01-31".parse().unwrap()),
            cost: amount("1250.50"),
            ..Project::default()
        }
        .into_fields(),
        EntityKind::Ticket => Ticket {
            subject: text(format!("Question {n}")),
            customer,
            contact: Some(there.contact.clone()),
            department: name_in("departments"),
            priority: text("High"),
            message: text("<p>Hello</p>"),
            ..Ticket::default()
        }
        .into_fields(),
        EntityKind::Invoice => Invoice {
            number: text(format!("INV-{n:06}")),
            customer,
            date: Some("2026-03-01".parse().unwrap()),
            due_date: Some("2026-03-31".parse().unwrap()),
            currency: text("EUR"),
            subtotal: amount("100.00"),
            total: amount("121.00"),
            lines: Some(vec![Line {
                description: text("Chair"),
                quantity: amount("2.00"),
                unit_price: amount("50.00"),
                taxes: Some(vec![LineTax {
                    name: text("BTW"),
                    rate: amount("21.00"),
                }]),
                ..Line::default()
            }]),
            ..Invoice::default()
        }
        .into_fields(),
        _ => Payment {
            invoice: Some(there.invoice.clone()),
            amount: amount("10.00"),
            date: Some("2026-03-05".parse().unwrap()),
            mode: name_in("payment_modes"),
            transaction_id: text(format!("TX{n:06}")),
            ..Payment::default()
        }
        .into_fields(),
    }
}

fn edit(kind: EntityKind) -> (FieldName, Value) {
    let name = match kind {
        EntityKind::Customer | EntityKind::Contact | EntityKind::Lead => "phone",
        EntityKind::Project => "description",
        EntityKind::Ticket => "message",
        _ => "note",
    };
    (FieldName::known(name), Value::from("changed"))
}

pub(crate) async fn written(target: &SmartCrm, kind: EntityKind, fields: Fields) -> RecordId {
    let outcomes = push(target, kind, vec![create(kind, fields)]).await;
    match &outcomes[0] {
        Outcome::Written(id) => id.clone(),
        other => panic!("{kind}: {other:?}"),
    }
}

async fn passes_the_suite(server: &SmartCrmServer, target: &SmartCrm) {
    let mut there = There::nothing();
    let customer = nth(EntityKind::Customer, 9, &there);
    let id = written(target, EntityKind::Customer, customer).await;
    there.customer = Ref::new(EntityKind::Customer, id.as_str());
    let id = written(
        target,
        EntityKind::Contact,
        nth(EntityKind::Contact, 9, &there),
    )
    .await;
    there.contact = Ref::new(EntityKind::Contact, id.as_str());
    let id = written(
        target,
        EntityKind::Invoice,
        nth(EntityKind::Invoice, 9, &there),
    )
    .await;
    there.invoice = Ref::new(EntityKind::Invoice, id.as_str());
    let can = target.describe().clone();
    for (kind, _) in can.entities.iter().filter(|(_, what)| what.create) {
        let make = anew(|n| nth(*kind, n, &there));
        writing(target, *kind, &make, edit(*kind)).await;
    }
    reading(target).await;
    assert!(server.welcome_mails().is_empty(), "somebody got a letter");
}

#[tokio::test]
async fn smartcrm_passes_the_suite_of_every_connector() {
    let server = server(Dialect::SmartCrm, 3).await;
    server
        .seed_catalogue(&CatalogueSize::scaled(30), 7)
        .unwrap();
    let target = open(&server, Profile::smartcrm());
    assert_eq!(target.describe().entities.len(), 12);
    passes_the_suite(&server, &target).await;
}

#[tokio::test]
async fn perfex_version_3_passes_the_suite_of_every_connector() {
    let server = server(Dialect::Perfex, 3).await;
    let target = open(&server, perfex(&json!({})));
    assert_eq!(target.describe().batch.max_items, 50);
    passes_the_suite(&server, &target).await;
}

#[tokio::test]
async fn perfex_version_2_passes_the_suite_of_every_connector() {
    let server = server(Dialect::Perfex, 2).await;
    let target = open(&server, version_2());
    assert_eq!(target.describe().batch.max_items, 1);
    passes_the_suite(&server, &target).await;
}

#[tokio::test]
async fn rise_passes_the_suite_of_every_connector() {
    let server = server(Dialect::Rise, 3).await;
    let target = open(&server, Profile::rise());
    passes_the_suite(&server, &target).await;
}

#[tokio::test]
async fn a_catalogue_is_read_whole_and_its_references_lead_somewhere() {
    let server = server(Dialect::SmartCrm, 3).await;
    let size = CatalogueSize::scaled(40);
    server.seed_catalogue(&size, 11).unwrap();
    let target = open(&server, Profile::smartcrm());
    let mut known = BTreeSet::new();
    for kind in EntityKind::ALL {
        if target.describe().of(kind).is_none() {
            continue;
        }
        for record in read_all(&target, kind, 17).await {
            for to in record.fields.refs() {
                assert!(known.contains(to), "{kind} {}: {to:?}", record.id);
            }
            known.insert(Ref::new(kind, record.id.as_str()));
        }
    }
    let count = |kind| known.iter().filter(|to| to.entity == kind).count();
    assert_eq!(count(EntityKind::Product), size.products as usize);
    assert_eq!(count(EntityKind::Order), size.orders as usize);
    assert!(count(EntityKind::Stock) > 0 && count(EntityKind::Discount) > 0);
    assert!(count(EntityKind::Payment) > 0);
}
