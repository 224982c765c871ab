//! Simply CRM as source and target, against the sandbox: the suite that every connector passes.

use std::time::Duration;

use api_core::SecretString;
use connectors::simplycrm::{SimplyCrm, SimplyCrmBuilder};
use koppel_sandbox::simplycrm::{
    Generation, SimplyCrm as Sandbox, SimplyCrmBuilder as SandboxBuilder, SimplyCrmServer,
    SimplySize,
};
use serde_json::json;
use simplycrm_ws::{Client, ClientBuilder, RecordId as WireId};
use sync_core::fields::{
    Address, Contact, Customer, Invoice, Lead, Line, LineTax, Product, Project, Ticket, View,
};
use sync_core::testing::conformance::{create, push, reading, writing};
use sync_core::{
    Connector, EntityKind, FieldName, Fields, MarkerSupport, Outcome, RecordId, Ref, Value,
};

use crate::support::{anew, number, text, written};

mod alike;
mod kept;

/// What the sandbox keeps marks in.
pub(crate) const MARKERS: [(EntityKind, &str, &str); 7] = [
    (EntityKind::Customer, "Accounts", "cf_901"),
    (EntityKind::Contact, "Contacts", "cf_903"),
    (EntityKind::Lead, "Leads", "cf_905"),
    (EntityKind::Project, "Project", "cf_907"),
    (EntityKind::Ticket, "HelpDesk", "cf_909"),
    (EntityKind::Invoice, "Invoice", "cf_911"),
    (EntityKind::Product, "Products", "cf_913"),
];

pub(crate) fn key() -> SecretString {
    SecretString::from("demoAccessKey123".to_owned())
}

pub(crate) fn client_builder(server: &SimplyCrmServer) -> ClientBuilder {
    Client::builder(&server.url(), "admin", key())
        .max_retries(0)
        .timeout(Duration::from_secs(5))
}

pub(crate) fn client(server: &SimplyCrmServer) -> Client {
    client_builder(server).build().unwrap()
}

pub(crate) fn marked(client: Client) -> SimplyCrmBuilder {
    MARKERS.iter().fold(
        SimplyCrm::builder(client).search_delay(Duration::ZERO),
        |builder, (_, module, field)| builder.marker_field(module, *field),
    )
}

pub(crate) fn sandbox(generation: Generation) -> SandboxBuilder {
    Sandbox::builder().generation(generation)
}

/// Whom and what new records refer to.
pub(crate) struct Others {
    pub(crate) customer: RecordId,
    pub(crate) product: RecordId,
}

/// The n-th record of a kind.
pub(crate) fn nth(kind: EntityKind, n: usize, others: &Others) -> Fields {
    let customer = Some(Ref::new(EntityKind::Customer, others.customer.as_str()));
    match kind {
        EntityKind::Customer => Customer {
            name: text(format!("Firma {n} & Söhne \"<b>\" O'Brien \\")),
            email: text(format!("info{n}@example.com")),
            address: Some(Address {
                street: text("Kerkstraat 1\nachter"),
                city: text("Utrecht"),
                postal_code: text("3511 AB"),
                country: text("NL"),
                ..Address::default()
            }),
            ..Customer::default()
        }
        .into_fields(),
        EntityKind::Contact => Contact {
            customer,
            first_name: text("Jan"),
            last_name: text(format!("van 't Hof {n}")),
            email: text(format!("jan{n}@example.com")),
            ..Contact::default()
        }
        .into_fields(),
        EntityKind::Lead => Lead {
            name: text(format!("Piet de Lead {n}")),
            company: text(format!("Company {n}")),
            email: text(format!("lead{n}@example.com")),
            status: text("Contacted"),
            ..Lead::default()
        }
        .into_fields(),
        EntityKind::Project => Project {
            name: text(format!("Project {n}")),
            customer,
            status: text("in_progress"),
            start_date: Some("2026-01-31".parse().unwrap()),
            progress: Some(40),
            ..Project::default()
        }
        .into_fields(),
        EntityKind::Ticket => Ticket {
            subject: text(format!("Question {n}")),
            customer,
            priority: text("High"),
            status: text("In Progress"),
            message: text("<p>Hello &amp; welcome</p>"),
            ..Ticket::default()
        }
        .into_fields(),
        EntityKind::Product => Product {
            code: text(format!("ART-{n}")),
            name: text(format!("Article {n}")),
            price: Some(number("12.5")),
            unit: text("Hours"),
            active: Some(true),
            ..Product::default()
        }
        .into_fields(),
        _ => Invoice {
            number: text(format!("INV-{n:06}")),
            customer,
            date: Some("2026-03-01".parse().unwrap()),
            due_date: Some("2026-03-31".parse().unwrap()),
            currency: text("EUR"),
            status: text("unpaid"),
            subtotal: Some(number("121")),
            discount: Some(number("21")),
            total: Some(number("104.5")),
            tax_total: Some(number("4.5")),
            lines: Some(vec![
                line("Work", "2", "50.5", Some(&others.product)),
                line("Travel", "1", "20", Some(&others.product)),
            ]),
            note: text("Thank you"),
            ..Invoice::default()
        }
        .into_fields(),
    }
}

fn line(description: &str, quantity: &str, price: &str, product: Option<&RecordId>) -> Line {
    Line {
        description: text(description),
        long_description: text("More\nabout it"),
        quantity: Some(number(quantity)),
        unit_price: Some(number(price)),
        product: product.map(|id| Ref::new(EntityKind::Product, id.as_str())),
        taxes: Some(vec![LineTax {
            name: text("VAT"),
            rate: Some(number("4.5")),
        }]),
        ..Line::default()
    }
}

/// The n-th record as this server can hold it.
fn held(kind: EntityKind, n: usize, others: &Others, generation: Generation) -> Fields {
    let mut fields = nth(kind, n, others);
    if generation == Generation::V5_4 && kind == EntityKind::Invoice {
        for name in ["lines", "subtotal", "discount", "total", "tax_total"] {
            fields.remove(name);
        }
    }
    fields
}

async fn takes_every_kind_of_record(generation: Generation) {
    let server = sandbox(generation).marker_fields().start().await.unwrap();
    let target = marked(client(&server)).build().unwrap();
    assert_eq!(target.describe().marker, MarkerSupport::Searchable);
    let mut others = Others {
        customer: RecordId::from("0"),
        product: RecordId::from("0"),
    };
    let made = async |kind, others: &Others| {
        let op = create(kind, nth(kind, 9, others));
        written(&push(&target, kind, vec![op]).await[0])
    };
    others.customer = made(EntityKind::Customer, &others).await;
    others.product = made(EntityKind::Product, &others).await;
    for (kind, _, _) in MARKERS {
        let edit = match kind {
            EntityKind::Customer | EntityKind::Contact | EntityKind::Lead => "phone",
            EntityKind::Project | EntityKind::Product => "description",
            EntityKind::Ticket => "message",
            _ => "note",
        };
        writing(
            &target,
            kind,
            &anew(|n| held(kind, n, &others, generation)),
            (FieldName::known(edit), Value::from("changed")),
        )
        .await;
    }
    reading(&target).await;
    // The journal is the witness: two customers and products less than writes of other kinds.
    assert_eq!(server.count("Contacts"), 3);
    assert_eq!(server.count("Accounts"), 4);
}

#[tokio::test]
async fn simply_crm_takes_every_kind_of_record() {
    takes_every_kind_of_record(Generation::Simply).await;
}

#[tokio::test]
async fn a_server_of_7_1_takes_every_kind_of_record() {
    takes_every_kind_of_record(Generation::V7_1).await;
}

#[tokio::test]
async fn a_server_of_5_4_takes_every_kind_of_record_and_invoices_without_lines() {
    takes_every_kind_of_record(Generation::V5_4).await;
}

#[tokio::test]
async fn without_marker_fields_records_are_found_by_their_natural_keys() {
    let server = sandbox(Generation::Simply).start().await.unwrap();
    let target = SimplyCrm::builder(client(&server))
        .modules([EntityKind::Customer, EntityKind::Contact])
        .marker_field("Accounts", "cf_901")
        .build()
        .unwrap();
    assert_eq!(
        target.describe().marker,
        MarkerSupport::None,
        "one is missing"
    );
    assert!(target.describe().of(EntityKind::Lead).is_none(), "not used");
    let target = SimplyCrm::new(client(&server)).unwrap();
    let others = Others {
        customer: RecordId::from("11x1"),
        product: RecordId::from("14x1"),
    };
    writing(
        &target,
        EntityKind::Customer,
        &anew(|n| nth(EntityKind::Customer, n, &others)),
        (FieldName::known("phone"), Value::from("+31 6")),
    )
    .await;
}

async fn reads_what_is_there(generation: Generation) {
    let server = sandbox(generation).marker_fields().start().await.unwrap();
    server.fill(&SimplySize::of_contacts(120), 7).unwrap();
    let source = marked(client_builder(&server).sessions(4).build().unwrap())
        .build()
        .unwrap();
    reading(&source).await;
}

#[tokio::test]
async fn everything_that_people_entered_in_simply_crm_is_read() {
    reads_what_is_there(Generation::Simply).await;
}

#[tokio::test]
async fn everything_that_people_entered_in_7_1_is_read() {
    reads_what_is_there(Generation::V7_1).await;
}

#[tokio::test]
async fn everything_that_people_entered_in_5_4_is_read() {
    reads_what_is_there(Generation::V5_4).await;
}

#[tokio::test]
async fn a_line_without_a_product_takes_the_one_of_the_settings_and_reads_without_it() {
    let server = sandbox(Generation::Simply).start().await.unwrap();
    let any = server
        .insert(
            "Products",
            &json!({"productname": "Anything", "unit_price": "1"}),
        )
        .unwrap();
    let account = server
        .insert(
            "Accounts",
            &json!({"accountname": "Acme", "bill_street": "Singel 1", "bill_city": "Delft"}),
        )
        .unwrap();
    let fields = Invoice {
        number: text("INV-1"),
        customer: Some(Ref::new(EntityKind::Customer, account.as_str())),
        total: Some(number("7.5")),
        lines: Some(vec![Line {
            description: text("Advice"),
            quantity: Some(number("3")),
            unit_price: Some(number("2.5")),
            unit: text("hour"),
            ..Line::default()
        }]),
        ..Invoice::default()
    }
    .into_fields();
    let without = SimplyCrm::new(client(&server)).unwrap();
    let kind = EntityKind::Invoice;
    let outcome = &push(&without, kind, vec![create(kind, fields.clone())]).await[0];
    let Outcome::Rejected(error) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(error.message().contains("line 1"), "{error}");
    assert!(
        error
            .help_text()
            .unwrap_or_default()
            .contains("default_product")
    );
    assert_eq!(server.applied(), 0, "nothing was sent");

    let with = SimplyCrm::builder(client(&server))
        .default_product(any.parse::<WireId>().unwrap())
        .build()
        .unwrap();
    let id = written(&push(&with, kind, vec![create(kind, fields.clone())]).await[0]);
    let stored = server.record(id.as_str()).unwrap();
    assert_eq!(
        stored["bill_street"], "Singel 1",
        "copied from the organisation"
    );
    assert_eq!(stored["bill_city"], "Delft");
    assert_eq!(stored["ship_street"], "-");
    let read = with.fetch(kind, &id).await.unwrap().unwrap();
    let read = Invoice::from_fields(&read.fields).unwrap();
    let lines = read.lines.unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].product, None);
    assert_eq!(lines[0].description.as_deref(), Some("Advice"));
    assert_eq!(lines[0].unit, None, "there is no place for it");
    assert_eq!(read.total, Some(number("7.5")));
}
