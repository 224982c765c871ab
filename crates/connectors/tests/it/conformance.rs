//! The suite that every connector passes, and both connectors together.

use std::collections::HashMap;

use api_core::{ErrorKind, SecretString};
use connectors::smartcrm::{SmartCrm, dropped_fields};
use connectors::sql::CrmConnect;
use koppel_sandbox::{CrmSize, ExternalIdMode as Served, SmartCrmServer, Summary};
use smartcrm_client::{Client, ExternalIdMode, Profile, PushMode};
use sync_core::fields::{Contact, Customer, Invoice, Lead, Line, Order, Project, Ticket, View};
use sync_core::testing::conformance::{create, push, read_all, reading, writing};
use sync_core::{
    Connector, EntityKind, FieldName, Fields, Lifecycle, Outcome, Record, RecordId, Ref, Value,
};

use crate::database::Database;
use crate::support::{KINDS, text};

const SEED: u64 = 20_260_301;

fn size() -> CrmSize {
    CrmSize::scaled(120)
}

async fn holds_what_was_generated(source: &CrmConnect, summary: &Summary) {
    let report = source.check().await;
    assert!(report.is_ok(), "{report:?}");
    let read = async |kind| read_all(source, kind, 50).await;
    let count = |records: &[Record]| records.len() as u64;
    let customers = read(EntityKind::Customer).await;
    assert_eq!(count(&customers), summary.customers);
    let persons = customers
        .iter()
        .filter(|record| *record.fields.get("is_person") == Value::Bool(true));
    assert_eq!(persons.clone().count() as u64, summary.persons);
    for record in &customers {
        assert!(record.fields.text("name").is_some(), "{record:?}");
        assert!(record.fields.text("currency").is_some(), "{record:?}");
    }
    assert_eq!(count(&read(EntityKind::Contact).await), summary.contacts);
    assert_eq!(count(&read(EntityKind::Lead).await), summary.leads);
    let projects = read(EntityKind::Project).await;
    assert_eq!(count(&projects), summary.projects);
    let active = projects
        .iter()
        .filter(|record| record.lifecycle == Lifecycle::Active);
    assert_eq!(active.count() as u64, summary.active_projects);
    assert_eq!(
        count(&read(EntityKind::Ticket).await),
        summary.tickets - summary.merged_tickets
    );
    let invoices = read(EntityKind::Invoice).await;
    assert_eq!(count(&invoices), summary.invoices - summary.drafts);
    let mut embedded = 0;
    for record in &invoices {
        let invoice = Invoice::from_fields(&record.fields).unwrap();
        adds_up(record, invoice.lines, invoice.subtotal);
        embedded += invoice.payments.map_or(0, |payments| payments.len());
    }
    let payments = read(EntityKind::Payment).await;
    assert_eq!(payments.len(), embedded, "each payment both ways");
    assert_eq!(count(&read(EntityKind::Product).await), summary.products);
    assert_eq!(count(&read(EntityKind::Stock).await), summary.stock_levels);
    assert_eq!(count(&read(EntityKind::Discount).await), summary.discounts);
    let orders = read(EntityKind::Order).await;
    assert_eq!(count(&orders), summary.orders);
    let mut products = 0;
    for record in &orders {
        let order = Order::from_fields(&record.fields).unwrap();
        let lines = order.lines.clone().unwrap_or_default();
        products += lines.iter().filter(|line| line.product.is_some()).count();
        adds_up(record, order.lines, order.subtotal);
    }
    assert!(products > 0, "no line of an order has a product");
}

fn adds_up(record: &Record, lines: Option<Vec<Line>>, subtotal: Option<rust_decimal::Decimal>) {
    let lines = lines.unwrap_or_default();
    assert!(!lines.is_empty(), "{}", record.id);
    let sum: rust_decimal::Decimal = lines
        .iter()
        .map(|line| line.quantity.unwrap() * line.unit_price.unwrap())
        .sum();
    assert_eq!(sum.round_dp(2), subtotal.unwrap(), "{}", record.id);
}

#[tokio::test]
async fn a_generated_sqlite_file_is_read_whole_and_alike() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crm.db");
    let summary = koppel_sandbox::generate_sqlite(&path, &size(), SEED, "crm_")
        .await
        .unwrap();
    let source = CrmConnect::builder(&format!("sqlite:{}", path.display()))
        .prefix("crm_")
        .custom_fields(true)
        .connect()
        .await
        .unwrap();
    holds_what_was_generated(&source, &summary).await;
    reading(&source).await;
}

#[tokio::test]
async fn mariadb_and_sqlite_give_the_same_records() {
    let Some(database) = Database::empty_mariadb().await else {
        return;
    };
    let summary = koppel_sandbox::generate_mysql(&database.url(), &size(), SEED, "tbl")
        .await
        .unwrap();
    let source = CrmConnect::builder(&database.url())
        .custom_fields(true)
        .connect()
        .await
        .unwrap();
    holds_what_was_generated(&source, &summary).await;
    reading(&source).await;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crm.db");
    koppel_sandbox::generate_sqlite(&path, &size(), SEED, "tbl")
        .await
        .unwrap();
    let file = CrmConnect::builder(&format!("sqlite:{}", path.display()))
        .custom_fields(true)
        .connect()
        .await
        .unwrap();
    for kind in EntityKind::ALL {
        let here = read_all(&source, kind, 100).await;
        let there = read_all(&file, kind, 100).await;
        assert_eq!(here.len(), there.len(), "{kind}");
        for (here, there) in here.iter().zip(&there) {
            assert_eq!(
                here.content_hash(),
                there.content_hash(),
                "{here:#?}\n{there:#?}"
            );
        }
    }
    database.remove().await;
}

struct Case {
    idempotency: bool,
    external_id: (Served, ExternalIdMode),
    mode: PushMode,
}

async fn open(case: &Case) -> (SmartCrmServer, SmartCrm) {
    let server = koppel_sandbox::SmartCrm::builder()
        .idempotency(case.idempotency)
        .external_id(case.external_id.0)
        .client_token("second")
        .start()
        .await
        .unwrap();
    let mut profile = Profile::smartcrm();
    profile.idempotency_honoured = case.idempotency;
    profile.external_id = case.external_id.1;
    profile.push.mode = case.mode;
    let token = SecretString::from("demo".to_owned());
    let client = Client::builder(&server.url(), token)
        .profile(profile)
        .client_token(SecretString::from("second".to_owned()))
        .max_retries(0)
        .build()
        .unwrap();
    (server, SmartCrm::new(client))
}

/// The n-th record of a kind, for a customer that is there.
fn nth(kind: EntityKind, n: usize, customer: &RecordId) -> Fields {
    let customer = Some(Ref::new(EntityKind::Customer, customer.as_str()));
    match kind {
        EntityKind::Customer => Customer {
            name: text(format!("Firma {n} & Söhne")),
            vat_number: text(format!("NL{n:09}B01")),
            groups: Some(vec!["Wholesale".to_owned()]),
            active: Some(n.is_multiple_of(2)),
            ..Customer::default()
        }
        .into_fields(),
        EntityKind::Contact => Contact {
            customer,
            first_name: text("Jan".to_owned()),
            email: text(format!("jan{n}@example.com")),
            primary: Some(true),
            ..Contact::default()
        }
        .into_fields(),
        EntityKind::Lead => Lead {
            name: text(format!("Lead {n}")),
            company: text(format!("Company {n}")),
            email: text(format!("lead{n}@example.com")),
            value: Some(rust_decimal::Decimal::new(123_450, 2)),
            ..Lead::default()
        }
        .into_fields(),
        EntityKind::Project => Project {
            name: text(format!("Project {n}")),
            customer,
            status: text("in_progress".to_owned()),
            start_date: Some("2026-01-31".parse().unwrap()),
            ..Project::default()
        }
        .into_fields(),
        EntityKind::Ticket => Ticket {
            subject: text(format!("Question {n}")),
            customer,
            requester_email: text(format!("asker{n}@example.com")),
            created_at: Some("2026-03-01T10:00:00Z".parse().unwrap()),
            ..Ticket::default()
        }
        .into_fields(),
        _ => Invoice {
            number: text(format!("INV-{n:06}")),
            customer,
            date: Some("2026-03-01".parse().unwrap()),
            currency: text("EUR".to_owned()),
            total: Some(rust_decimal::Decimal::new(12_100, 2)),
            ..Invoice::default()
        }
        .into_fields(),
    }
}

async fn takes_every_kind_of_record(case: Case) {
    let (_server, target) = open(&case).await;
    let first = create(
        EntityKind::Customer,
        nth(EntityKind::Customer, 9, &RecordId::from("0")),
    );
    let outcomes = push(&target, EntityKind::Customer, vec![first]).await;
    let Outcome::Written(customer) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    for kind in KINDS {
        let edit = match kind {
            EntityKind::Customer | EntityKind::Contact | EntityKind::Lead => "phone",
            EntityKind::Project => "description",
            EntityKind::Ticket => "message",
            _ => "note",
        };
        writing(
            &target,
            kind,
            &|n| nth(kind, n, customer),
            (FieldName::known(edit), Value::from("changed")),
        )
        .await;
    }
    reading(&target).await;
}

#[tokio::test]
async fn smartcrm_with_idempotency_keys_takes_every_kind_of_record() {
    takes_every_kind_of_record(Case {
        idempotency: true,
        external_id: (Served::Stored, ExternalIdMode::Stored),
        mode: PushMode::Batch,
    })
    .await;
}

#[tokio::test]
async fn smartcrm_with_upsert_takes_every_kind_of_record() {
    takes_every_kind_of_record(Case {
        idempotency: false,
        external_id: (Served::Upsert, ExternalIdMode::Upsert),
        mode: PushMode::Batch,
    })
    .await;
}

#[tokio::test]
async fn smartcrm_with_neither_takes_every_kind_of_record() {
    takes_every_kind_of_record(Case {
        idempotency: false,
        external_id: (Served::Ignored, ExternalIdMode::Ignored),
        mode: PushMode::Batch,
    })
    .await;
}

#[tokio::test]
async fn smartcrm_without_batches_takes_every_kind_of_record() {
    takes_every_kind_of_record(Case {
        idempotency: true,
        external_id: (Served::Upsert, ExternalIdMode::Upsert),
        mode: PushMode::Single,
    })
    .await;
}

/// What a record of the CRM is in SmartCRM, which knows fewer fields and other ids.
fn translated(record: &Record, ids: &HashMap<Ref, Ref>) -> Fields {
    let mut fields = record.fields.clone();
    for name in dropped_fields(record.entity) {
        fields.remove(name);
    }
    for value in fields.values_mut() {
        value.replace_refs(&mut |reference| Value::from(ids.get(reference).cloned()));
        if let Value::List(items) = value {
            for item in items {
                if let Value::Map(map) = item {
                    map.remove("id");
                }
            }
        }
    }
    fields
}

#[tokio::test]
async fn everything_the_crm_holds_lands_in_smartcrm_and_reads_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crm.db");
    koppel_sandbox::generate_sqlite(&path, &size(), SEED, "tbl")
        .await
        .unwrap();
    let source = CrmConnect::builder(&format!("sqlite:{}", path.display()))
        .custom_fields(true)
        .connect()
        .await
        .unwrap();
    let (server, target) = open(&Case {
        idempotency: true,
        external_id: (Served::Upsert, ExternalIdMode::Upsert),
        mode: PushMode::Batch,
    })
    .await;
    let mut ids: HashMap<Ref, Ref> = HashMap::new();
    for kind in KINDS {
        let mut expected: HashMap<RecordId, Fields> = HashMap::new();
        let mut records = read_all(&source, kind, 200).await;
        records.retain(|record| record.lifecycle == Lifecycle::Active);
        for page in records.chunks(50) {
            let contents: Vec<Fields> = page.iter().map(|r| translated(r, &ids)).collect();
            let ops = contents.iter().map(|f| create(kind, f.clone())).collect();
            let outcomes = push(&target, kind, ops).await;
            for ((record, fields), outcome) in page.iter().zip(contents).zip(outcomes) {
                let Outcome::Written(id) = outcome else {
                    panic!("{record:#?}: {outcome:?}");
                };
                ids.insert(
                    Ref::new(kind, record.id.as_str()),
                    Ref::new(kind, id.as_str()),
                );
                expected.insert(id, fields);
            }
        }
        let landed = read_all(&target, kind, 100).await;
        assert_eq!(landed.len(), expected.len(), "{kind}");
        for record in landed {
            assert_eq!(
                record.content_hash(),
                expected[&record.id].content_hash(),
                "{:#?}\n{:#?}",
                record.fields,
                expected[&record.id]
            );
        }
    }
    assert_eq!(server.applied() as usize, ids.len());
}

#[tokio::test]
async fn a_kind_of_record_that_a_system_does_not_have_is_named() {
    let client = Client::builder("https://localhost", SecretString::from("x".to_owned()));
    let perfex = client.profile(Profile::perfex()).build().unwrap();
    let target = SmartCrm::new(perfex);
    let error = target.pull(EntityKind::Stock, None, 10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("stock levels"), "{error}");
    assert_eq!(target.count(EntityKind::Stock).await, None);
}
