//! The profiles: the suite that every connector passes, and what is special about each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use api_core::{ErrorKind, SecretString};
use connectors::smartcrm::SmartCrm;
use koppel_sandbox::smartcrm::lookup;
use koppel_sandbox::{CatalogueSize, Dialect, Fault, FaultKind, SmartCrmServer};
use serde_json::{Value as Json, json};
use smartcrm_client::{Client, Profile, Timestamp, webhook};
use sync_core::fields::{
    Contact, Customer, Invoice, Lead, Line, LineTax, Payment, Project, Ticket, View,
};
use sync_core::testing::conformance::{create, push, read_all, reading, writing};
use sync_core::{
    Action, Connector, EntityKind, FieldName, Fields, Op, OpId, Outcome, RecordId, Ref, Value,
};

fn token() -> SecretString {
    SecretString::from("demo".to_owned())
}

async fn server(dialect: Dialect, version: u8) -> SmartCrmServer {
    koppel_sandbox::SmartCrm::builder()
        .dialect(dialect)
        .api_version(version)
        .client_token("second")
        .start()
        .await
        .unwrap()
}

fn open(server: &SmartCrmServer, profile: Profile) -> SmartCrm {
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

fn version_2() -> Profile {
    perfex(&json!({
        "push": {"mode": "single"}, "paging": {"mode": "none"}, "creates_return_id": false, "idempotency_header": "",
    }))
}

fn text(content: impl Into<String>) -> Option<String> {
    Some(content.into())
}

fn name_in(list: &str) -> Option<String> {
    text(lookup(list)[1].1)
}

fn amount(content: &str) -> Option<rust_decimal::Decimal> {
    Some(content.parse().unwrap())
}

/// What records refer to.
struct There {
    customer: Ref,
    contact: Ref,
    invoice: Ref,
}

/// The n-th record of a kind, with everything that each dialect asks for.
fn nth(kind: EntityKind, n: usize, there: &There) -> Fields {
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

async fn written(target: &SmartCrm, kind: EntityKind, fields: Fields) -> RecordId {
    let outcomes = push(target, kind, vec![create(kind, fields)]).await;
    match &outcomes[0] {
        Outcome::Written(id) => id.clone(),
        other => panic!("{kind}: {other:?}"),
    }
}

async fn passes_the_suite(server: &SmartCrmServer, target: &SmartCrm) {
    let mut there = There {
        customer: Ref::new(EntityKind::Customer, "0"),
        contact: Ref::new(EntityKind::Contact, "0"),
        invoice: Ref::new(EntityKind::Invoice, "0"),
    };
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
    // The suite may make the same one twice; an e-mail address is taken once only.
    let made = AtomicUsize::new(0);
    for (kind, _) in can.entities.iter().filter(|(_, what)| what.create) {
        let make = |n| {
            nth(
                *kind,
                n + 10_000 * made.fetch_add(1, Ordering::Relaxed),
                &there,
            )
        };
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

fn with_currencies(server: &SmartCrmServer, pairs: &[(&str, &str)]) -> SmartCrm {
    let client = Client::builder(&server.url(), token()).max_retries(0);
    let mapping: BTreeMap<String, String> = pairs
        .iter()
        .map(|(theirs, code)| ((*theirs).to_owned(), (*code).to_owned()))
        .collect();
    let target = SmartCrm::builder(client.build().unwrap()).currency_mapping(mapping);
    target.build().unwrap()
}

#[tokio::test]
async fn a_currency_that_is_not_mapped_parks_its_record_and_no_other() {
    let server = server(Dialect::SmartCrm, 3).await;
    for (company, currency) in [("A", "EUR"), ("B", "RON"), ("C", "")] {
        let record = json!({"company": company, "currency": currency});
        server.insert("clients", &record).unwrap();
    }
    let target = with_currencies(&server, &[("EUR", "EUR")]);
    let page = target.pull(EntityKind::Customer, None, 50).await.unwrap();
    let names: Vec<_> = page.records.iter().map(|r| r.fields.text("name")).collect();
    assert_eq!(names, [Some("A"), Some("C")]);
    assert_eq!(page.unreadable.len(), 1);
    let error = &page.unreadable[0].error;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("RON"), "{error}");
    assert!(error.message().contains("currency_mapping"), "{error}");

    // Without a mapping a code is a code.
    let target = with_currencies(&server, &[]);
    let page = target.pull(EntityKind::Customer, None, 50).await.unwrap();
    assert_eq!((page.records.len(), page.unreadable.len()), (3, 0));
}

#[tokio::test]
async fn a_currency_that_two_ids_have_or_none_rejects_its_record_and_no_other() {
    let server = server(Dialect::SmartCrm, 3).await;
    let target = with_currencies(&server, &[("EUR", "EUR"), ("USD", "RON"), ("RON", "RON")]);
    let ops = ["EUR", "RON", "GBP"].map(|currency| {
        let fields = Fields::new()
            .with("name", format!("In {currency}"))
            .with("currency", currency);
        create(EntityKind::Customer, fields)
    });
    let outcomes = push(&target, EntityKind::Customer, ops.to_vec()).await;
    assert!(matches!(outcomes[0], Outcome::Written(_)), "{outcomes:?}");
    for (outcome, currency) in outcomes[1..].iter().zip(["RON", "GBP"]) {
        let Outcome::Rejected(error) = outcome else {
            panic!("{outcomes:?}");
        };
        assert!(error.field_errors().contains_key("currency"), "{error}");
        assert!(error.message().contains(currency), "{error}");
        assert!(error.message().contains("currency_mapping"), "{error}");
    }
    assert_eq!(server.count("clients"), 1);
}

#[tokio::test]
async fn a_name_without_an_id_rejects_its_record_and_names_the_setting() {
    let server = server(Dialect::Perfex, 3).await;
    let target = open(&server, perfex(&json!({})));
    let lead = |status: &str, staff: &str| {
        Fields::new()
            .with("name", "Ada")
            .with("status", status)
            .with("source", lookup("lead_sources")[0].1)
            .with("assigned_to", staff)
    };
    let (status, staff) = (lookup("lead_statuses")[0].1, lookup("staff")[0].1);
    let ops = vec![
        create(EntityKind::Lead, lead(status, staff)),
        create(EntityKind::Lead, lead("Nowhere", staff)),
        create(EntityKind::Lead, lead(status, "who@example.com")),
    ];
    let outcomes = push(&target, EntityKind::Lead, ops).await;
    assert!(matches!(outcomes[0], Outcome::Written(_)), "{outcomes:?}");
    for (outcome, list) in outcomes[1..]
        .iter()
        .zip(["lookups.lead_statuses", "lookups.staff"])
    {
        let Outcome::Rejected(error) = outcome else {
            panic!("{outcomes:?}");
        };
        assert!(error.help_text().unwrap().contains(list), "{error:?}");
    }
    assert_eq!(server.count("leads"), 1);
}

#[tokio::test]
async fn one_record_that_cannot_be_read_is_parked_and_the_page_goes_on() {
    let server = server(Dialect::Perfex, 3).await;
    let lists = perfex(&json!({}));
    let target = open(&server, lists.clone());
    let there = There {
        customer: Ref::new(EntityKind::Customer, "0"),
        contact: Ref::new(EntityKind::Contact, "0"),
        invoice: Ref::new(EntityKind::Invoice, "0"),
    };
    let mut last = RecordId::from("0");
    for n in 1..=3 {
        last = written(&target, EntityKind::Lead, nth(EntityKind::Lead, n, &there)).await;
    }
    let fewer = lookup("lead_statuses")[0];
    let mut profile = lists;
    profile.lookups.insert(
        "lead_statuses".to_owned(),
        BTreeMap::from([(fewer.1.to_owned(), fewer.0.to_string())]),
    );
    server
        .edit("leads", last.as_str(), &json!({"status": fewer.0}))
        .unwrap();
    let target = open(&server, profile);
    let page = target.pull(EntityKind::Lead, None, 50).await.unwrap();
    assert_eq!((page.records.len(), page.unreadable.len()), (1, 2));
    let error = &page.unreadable[0].error;
    assert!(error.message().contains("lookups.lead_statuses"), "{error}");
}

#[tokio::test]
async fn times_without_a_zone_are_read_in_the_servers_own() {
    let zone = jiff::tz::TimeZone::get("Europe/Bucharest").unwrap();
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(Dialect::Perfex)
        .time_zone(zone)
        .start()
        .await
        .unwrap();
    server.insert("clients", &json!({"company": "A"})).unwrap();
    let target = open(&server, perfex(&json!({"time_zone": "Europe/Bucharest"})));
    let page = target.pull(EntityKind::Customer, None, 50).await.unwrap();
    let Value::Timestamp(at) = page.records[0].fields.get("created_at") else {
        panic!("{:?}", page.records);
    };
    let now = jiff::Timestamp::now().as_second();
    let seconds = at.as_micros() / 1_000_000;
    assert!((now - seconds).abs() < 600, "{at} is hours away from now");

    let profile = Profile::from_config(json!({"time_zone": "Mars/Olympus"})).unwrap();
    let client = Client::builder(&server.url(), token()).profile(profile);
    let error = SmartCrm::builder(client.build().unwrap())
        .build()
        .unwrap_err();
    assert!(error.message().contains("Mars/Olympus"), "{error}");
}

#[tokio::test]
async fn lines_of_an_invoice_that_is_there_are_not_doubled_by_an_update() {
    let server = server(Dialect::Perfex, 3).await;
    let target = open(&server, perfex(&json!({})));
    let mut there = There {
        customer: Ref::new(EntityKind::Customer, "0"),
        contact: Ref::new(EntityKind::Contact, "0"),
        invoice: Ref::new(EntityKind::Invoice, "0"),
    };
    let customer = nth(EntityKind::Customer, 1, &there);
    let id = written(&target, EntityKind::Customer, customer).await;
    there.customer = Ref::new(EntityKind::Customer, id.as_str());
    let fields = nth(EntityKind::Invoice, 1, &there);
    let id = written(&target, EntityKind::Invoice, fields.clone()).await;
    let made = create(EntityKind::Invoice, fields);
    let update = |changed: &'static str| Op {
        id: OpId::new(),
        action: Action::Update { id: id.clone() },
        changed: Some(BTreeSet::from([FieldName::known(changed)])),
        ..made.clone()
    };
    let outcomes = push(&target, EntityKind::Invoice, vec![update("lines")]).await;
    let Outcome::Rejected(error) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    assert!(error.field_errors().contains_key("lines"), "{error}");
    let outcomes = push(&target, EntityKind::Invoice, vec![update("terms")]).await;
    assert!(matches!(outcomes[0], Outcome::Written(_)), "{outcomes:?}");
    let read = target.fetch(EntityKind::Invoice, &id).await.unwrap();
    let lines = Invoice::from_fields(&read.unwrap().fields).unwrap().lines;
    assert_eq!(lines.unwrap().len(), 1);
}

#[tokio::test]
async fn an_update_of_fields_that_a_profile_has_no_place_for_sends_nothing() {
    let server = server(Dialect::Perfex, 3).await;
    let target = open(&server, perfex(&json!({})));
    assert!(target.dropped(EntityKind::Customer).contains(&"email"));
    let fields = Fields::new()
        .with("name", "A")
        .with("email", "a@example.com");
    let mut op = create(EntityKind::Customer, fields);
    op.action = Action::Update {
        id: RecordId::from("7"),
    };
    op.changed = Some(BTreeSet::from([FieldName::known("email")]));
    let outcomes = push(&target, EntityKind::Customer, vec![op]).await;
    assert!(matches!(&outcomes[0], Outcome::Written(id) if id.as_str() == "7"));
    assert_eq!(server.write_requests(), 0);
}

#[tokio::test]
async fn a_server_that_sends_the_same_page_again_does_not_go_round_in_circles() {
    let server = server(Dialect::Perfex, 2).await;
    server.insert("clients", &json!({"company": "A"})).unwrap();
    // Version 2 knows no pages; this profile believes that it does.
    let target = open(&server, perfex(&json!({"creates_return_id": false})));
    let page = target.pull(EntityKind::Customer, None, 1).await.unwrap();
    let next = page.next.unwrap();
    let again = target.pull(EntityKind::Customer, Some(&next), 1).await;
    let error = again.unwrap_err();
    assert!(error.message().contains("same records"), "{error}");
}

#[tokio::test]
async fn what_can_only_be_read_is_not_written() {
    let server = server(Dialect::SmartCrm, 3).await;
    let target = open(&server, Profile::smartcrm());
    let fields = Fields::new().with("name", "Chairs");
    let ops = vec![create(EntityKind::ProductGroup, fields)];
    let outcomes = push(&target, EntityKind::ProductGroup, ops).await;
    let Outcome::Rejected(error) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_perfex_server_that_fails_leaves_nothing_in_the_dark() {
    let server = server(Dialect::Perfex, 3).await;
    let target = open(&server, perfex(&json!({})));
    let there = There {
        customer: Ref::new(EntityKind::Customer, "0"),
        contact: Ref::new(EntityKind::Contact, "0"),
        invoice: Ref::new(EntityKind::Invoice, "0"),
    };
    // The lists of names are read before anything fails.
    written(
        &target,
        EntityKind::Customer,
        nth(EntityKind::Customer, 1, &there),
    )
    .await;
    let mut number = 10;
    for (fault, expected) in [
        (FaultKind::TokenNotFound, "deferred"),
        (FaultKind::LoginPage { status: 200 }, "unknown"),
        (FaultKind::TruncatedBody, "unknown"),
        (FaultKind::AnswerLost, "unknown"),
        (FaultKind::MissingResults { count: 1 }, "unknown"),
    ] {
        number += 10;
        let id = server.faults().add(Fault::new(fault.clone()).writes());
        let make = |n| create(EntityKind::Customer, nth(EntityKind::Customer, n, &there));
        let ops = vec![make(number), make(number + 1)];
        for outcome in push(&target, EntityKind::Customer, ops).await {
            let word = match outcome {
                Outcome::Deferred(_) => "deferred",
                Outcome::Unknown(_) => "unknown",
                _ => "other",
            };
            assert_eq!(word, expected, "{fault:?}");
        }
        server.faults().remove(id);
    }
}

#[tokio::test]
async fn a_body_too_large_for_the_server_is_sent_in_halves() {
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(Dialect::Perfex)
        .max_body(4_096)
        .start()
        .await
        .unwrap();
    let target = open(&server, perfex(&json!({})));
    let ops: Vec<Op> = (0..40)
        .map(|n| {
            let street = if n == 7 {
                "x".repeat(8_192)
            } else {
                "y".repeat(200)
            };
            let address = BTreeMap::from([("street".to_owned(), Value::from(street))]);
            let fields = Fields::new()
                .with("name", format!("Customer {n}"))
                .with("address", Value::Map(address));
            create(EntityKind::Customer, fields)
        })
        .collect();
    let outcomes = push(&target, EntityKind::Customer, ops).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Written(_) => assert_ne!(n, 7),
            Outcome::Rejected(error) => {
                assert_eq!((n, error.kind()), (7, ErrorKind::TooLarge));
            }
            other => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(server.count("clients"), 39);
}

#[tokio::test]
async fn a_limit_of_the_server_is_waited_for_and_not_run_into() {
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(Dialect::Perfex)
        .rate_limit(3, std::time::Duration::from_secs(1))
        .start()
        .await
        .unwrap();
    let client = Client::builder(&server.url(), token())
        .profile(perfex(&json!({})))
        .build()
        .unwrap();
    for _ in 0..7 {
        client.ping().await.unwrap();
    }
    // The reset is told in whole seconds, so that the first request after it may be early.
    assert!(
        (7..=9).contains(&server.requests()),
        "{}",
        server.requests()
    );
}

#[tokio::test]
async fn a_notice_of_the_server_proves_where_it_comes_from() {
    let server = koppel_sandbox::SmartCrm::builder()
        .dialect(Dialect::Perfex)
        .webhook("http://127.0.0.1:9/hook", "whsec")
        .start()
        .await
        .unwrap();
    let target = open(&server, perfex(&json!({})));
    let fields = Fields::new().with("name", "Acme");
    let id = written(&target, EntityKind::Customer, fields).await;
    let notices = server.webhooks();
    let notice = &notices[0];
    let body = notice.body.as_bytes();
    let secret = SecretString::from("whsec".to_owned());
    let now = Timestamp::now();
    let within = std::time::Duration::from_secs(300);
    webhook::verify(&secret, &notice.signature, body, now, within).unwrap();
    let forged = SecretString::from("other".to_owned());
    let told = webhook::verify(&forged, &notice.signature, body, now, within);
    assert_eq!(told, Err(webhook::WebhookError::Forged));
    let read = webhook::Notice::parse(body).unwrap();
    assert_eq!(read.event.as_deref(), Some(notice.event.as_str()));
    assert_eq!(read.id.as_deref(), Some(id.as_str()));
}
