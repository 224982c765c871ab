//! SmartCRM as source and target, against the sandbox.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{word, written};
use api_core::retry::RetryPolicy;
use api_core::{ErrorKind, SecretString};
use connectors::smartcrm::SmartCrm;
use futures_util::StreamExt as _;
use koppel_sandbox::{ExternalIdMode as Served, Fault, FaultKind, SmartCrmServer};
use serde_json::json;
use smartcrm_client::{Client, ClientBuilder, ExternalIdMode, Profile, PushMode};
use sync_core::fields::{Customer, Invoice, View};
use sync_core::{
    Action, Batch, Connector, Cursor, EntityKind, FieldName, Fields, FindKey, Marker,
    MarkerSupport, Op, OpId, Outcome, RecordId, Ref, Value,
};

async fn server() -> SmartCrmServer {
    koppel_sandbox::SmartCrm::builder().start().await.unwrap()
}

fn builder(server: &SmartCrmServer) -> ClientBuilder {
    Client::builder(&server.url(), SecretString::from("demo".to_owned())).max_retries(0)
}

fn profile(external_id: ExternalIdMode) -> Profile {
    let mut profile = Profile::smartcrm();
    profile.external_id = external_id;
    profile.idempotency_honoured = true;
    profile
}

fn open(server: &SmartCrmServer) -> SmartCrm {
    let client = builder(server).profile(profile(ExternalIdMode::Upsert));
    SmartCrm::new(client.build().unwrap())
}

fn marker(id: u32) -> Marker {
    Marker::of(
        "crmconnect",
        EntityKind::Customer,
        &RecordId::new(id.to_string()),
    )
}

fn customer(id: u32) -> Fields {
    Fields::new()
        .with("name", format!("Customer {id}"))
        .with("vat_number", format!("NL{id:09}"))
        .with("active", true)
}

fn create(id: u32, fields: Fields) -> Op {
    Op {
        id: OpId::new(),
        action: Action::Create,
        entity: EntityKind::Customer,
        fields,
        changed: None,
        marker: marker(id),
    }
}

fn update(id: u32, remote: &str, fields: Fields, changed: &[&'static str]) -> Op {
    Op {
        action: Action::Update {
            id: RecordId::from(remote),
        },
        changed: Some(changed.iter().map(|name| FieldName::known(name)).collect()),
        ..create(id, fields)
    }
}

fn batch(key: &str, ops: Vec<Op>) -> Batch {
    Batch {
        entity: ops[0].entity,
        key: key.to_owned(),
        ops,
    }
}

/// Sends a batch; each op must be answered exactly once. Outcomes come in the order of the ops.
async fn push(target: &SmartCrm, batch: Batch) -> Vec<Outcome> {
    let ids: Vec<OpId> = batch.ops.iter().map(|op| op.id).collect();
    let answers: Vec<_> = target.push(batch).collect().await;
    let mut outcomes: Vec<(OpId, Outcome)> = answers
        .into_iter()
        .flat_map(|answer| answer.outcomes)
        .collect();
    let answered: BTreeSet<OpId> = outcomes.iter().map(|(id, _)| *id).collect();
    assert_eq!(answered, ids.iter().copied().collect());
    assert_eq!(outcomes.len(), ids.len(), "an op was answered twice");
    outcomes.sort_by_key(|(id, _)| ids.iter().position(|other| other == id));
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

#[tokio::test]
async fn a_batch_is_one_request_and_gives_every_record_its_id() {
    let server = server().await;
    let target = open(&server);
    let ops = (1..=50).map(|id| create(id, customer(id))).collect();
    let outcomes = push(&target, batch("k1", ops)).await;
    let ids: BTreeSet<RecordId> = outcomes.iter().map(written).collect();
    assert_eq!(ids.len(), 50);
    assert_eq!(server.write_requests(), 1);
    assert_eq!(server.count("clients"), 50);
    let stored = server
        .record("clients", written(&outcomes[6]).as_str())
        .unwrap();
    assert_eq!(stored["company"], "Customer 7");
    assert_eq!(stored["external_id"], "crmconnect:customer:7");
}

#[tokio::test]
async fn an_update_changes_what_changed_and_clears_what_is_gone() {
    let server = server().await;
    let target = open(&server);
    let first = customer(1).with("website", "https://one.example");
    let id = written(&push(&target, batch("k1", vec![create(1, first)])).await[0]);
    let second = customer(1).with("phone", "+31 6");
    let op = update(1, id.as_str(), second, &["phone", "website"]);
    assert_eq!(written(&push(&target, batch("k2", vec![op])).await[0]), id);
    let record = target
        .fetch(EntityKind::Customer, &id)
        .await
        .unwrap()
        .unwrap();
    let read = Customer::from_fields(&record.fields).unwrap();
    assert_eq!(read.phone.as_deref(), Some("+31 6"));
    assert_eq!(read.website, None);
    assert_eq!(read.vat_number.as_deref(), Some("NL000000001"));
    assert_eq!(read.active, Some(true));
    assert!(record.modified.is_some());
}

#[tokio::test]
async fn one_bad_record_is_refused_with_the_servers_words_and_the_others_land() {
    let server = server().await;
    let target = open(&server);
    server.faults().add(Fault::bad_record(
        "company",
        "Customer 2",
        "Company is on the black list.",
    ));
    let mut ops: Vec<Op> = (1..=3).map(|id| create(id, customer(id))).collect();
    ops.push(update(4, "777777", customer(4), &["name"]));
    ops.push(create(5, customer(5).with("active", "perhaps")));
    let outcomes = push(&target, batch("k", ops)).await;
    written(&outcomes[0]);
    written(&outcomes[2]);
    let refusal = |at: usize| match &outcomes[at] {
        Outcome::Rejected(error) => error.clone(),
        other => panic!("{other:?}"),
    };
    assert!(
        refusal(1).to_string().contains("black list"),
        "{}",
        refusal(1)
    );
    assert_eq!(refusal(1).kind(), ErrorKind::Validation);
    assert_eq!(
        refusal(3).kind(),
        ErrorKind::NotFound,
        "an update of nothing"
    );
    assert!(refusal(4).field_errors().contains_key("active"));
    assert_eq!(server.count("clients"), 2);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_record_can_be_found_by_its_marker() {
    let server = server().await;
    let target = open(&server);
    server
        .faults()
        .add(Fault::new(FaultKind::AnswerLost).writes().times(1));
    let op = create(1, customer(1));
    let outcomes = push(&target, batch("k", vec![op.clone()])).await;
    assert!(matches!(outcomes[0], Outcome::Unknown(_)), "{outcomes:?}");
    let key = FindKey::Marker(marker(1));
    let found = target.find(EntityKind::Customer, &key).await.unwrap();
    assert_eq!(found.len(), 1);
    let key = FindKey::Marker(marker(2));
    let found = target.find(EntityKind::Customer, &key).await.unwrap();
    assert!(found.is_empty());
    // The same batch under the same key is not applied again.
    let outcomes = push(&target, batch("k", vec![op])).await;
    written(&outcomes[0]);
    assert_eq!(server.count("clients"), 1);
    assert_eq!(server.applied(), 1);
}

#[tokio::test]
async fn a_record_that_the_answer_leaves_out_is_unknown() {
    let server = server().await;
    let target = open(&server);
    server
        .faults()
        .add(Fault::new(FaultKind::MissingResults { count: 1 }).times(1));
    let ops = (1..=3).map(|id| create(id, customer(id))).collect();
    let outcomes = push(&target, batch("k", ops)).await;
    written(&outcomes[0]);
    written(&outcomes[1]);
    assert!(matches!(outcomes[2], Outcome::Unknown(_)), "{outcomes:?}");
}

#[tokio::test]
async fn what_is_nobodys_fault_is_deferred_and_what_may_be_applied_is_unknown() {
    let server = server().await;
    let target = open(&server);
    let mut number = 0;
    for (fault, expected) in [
        (FaultKind::TokenNotFound, "deferred"),
        (FaultKind::Unauthorized, "deferred"),
        (
            FaultKind::RateLimited {
                retry_after_s: Some(0),
                reset_after_s: None,
            },
            "deferred",
        ),
        (FaultKind::LoginPage { status: 200 }, "unknown"),
        (FaultKind::PhpNotice, "unknown"),
        (FaultKind::TruncatedBody, "unknown"),
        (
            FaultKind::Status {
                status: 500,
                after_commit: true,
            },
            "unknown",
        ),
    ] {
        number += 10;
        let id = server.faults().add(Fault::new(fault.clone()).writes());
        let ops = vec![
            create(number, customer(number)),
            create(number + 1, customer(number + 1)),
        ];
        for outcome in push(&target, batch(&format!("k{number}"), ops)).await {
            assert_eq!(word(&outcome), expected, "{fault:?}");
        }
        server.faults().remove(id);
    }
}

#[tokio::test]
async fn a_server_that_refuses_connections_has_applied_nothing() {
    let server = server().await;
    let target = open(&server);
    server.shutdown().await;
    let outcomes = push(&target, batch("k", vec![create(1, customer(1))])).await;
    assert!(matches!(outcomes[0], Outcome::Deferred(_)), "{outcomes:?}");
    let report = target.check().await;
    let error = report.error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let words: Vec<(&str, Option<bool>)> = report
        .steps
        .iter()
        .map(|step| (step.name.as_str(), step.ok))
        .take(3)
        .collect();
    assert_eq!(
        words,
        [
            ("Resolve the host name", Some(true)),
            ("Connect", Some(false)),
            ("Log in", None)
        ]
    );
}

#[tokio::test]
async fn a_batch_larger_than_the_server_takes_is_halved() {
    let server = koppel_sandbox::SmartCrm::builder()
        .max_batch(2)
        .start()
        .await
        .unwrap();
    let target = open(&server);
    let ops = (1..=5).map(|id| create(id, customer(id))).collect();
    let outcomes = push(&target, batch("k", ops)).await;
    let ids: BTreeSet<RecordId> = outcomes.iter().map(written).collect();
    assert_eq!((ids.len(), server.count("clients")), (5, 5));
}

#[tokio::test]
async fn without_batches_every_record_is_a_request_of_its_own() {
    let server = server().await;
    let mut single = profile(ExternalIdMode::Upsert);
    single.push.mode = PushMode::Single;
    let target = SmartCrm::new(builder(&server).profile(single).build().unwrap());
    assert_eq!(target.describe().batch.max_items, 1);
    server
        .faults()
        .add(Fault::bad_record("company", "Customer 2", "No."));
    let ops = (1..=3).map(|id| create(id, customer(id))).collect();
    let outcomes = push(&target, batch("k", ops)).await;
    written(&outcomes[0]);
    assert!(matches!(outcomes[1], Outcome::Rejected(_)), "{outcomes:?}");
    let third = written(&outcomes[2]);
    assert_eq!(server.write_requests(), 3);

    let delete = Op {
        action: Action::Delete { id: third.clone() },
        ..create(3, customer(3))
    };
    let gone = push(&target, batch("d", vec![delete.clone()])).await;
    assert_eq!(written(&gone[0]), third);
    assert_eq!(server.count("clients"), 1);
    // What is gone already is as good as deleted.
    written(&push(&target, batch("d2", vec![delete])).await[0]);
    let fetched = target.fetch(EntityKind::Customer, &third).await.unwrap();
    assert_eq!(fetched, None);
}

#[tokio::test]
async fn capabilities_follow_the_profile() {
    let server = server().await;
    let of = |profile: Profile| {
        let client = builder(&server).profile(profile).batch_size(20).build();
        SmartCrm::new(client.unwrap()).describe().clone()
    };
    let upsert = of(profile(ExternalIdMode::Upsert));
    assert_eq!(upsert.marker, MarkerSupport::Upsert);
    assert_eq!(upsert.batch.max_items, 20);
    assert_eq!(
        upsert.idempotency.unwrap().ttl,
        Duration::from_secs(24 * 60 * 60)
    );
    let mut bare = profile(ExternalIdMode::Ignored);
    bare.idempotency_honoured = false;
    let bare = of(bare);
    assert_eq!(bare.marker, MarkerSupport::None);
    assert_eq!(bare.idempotency, None);
    let stored = of(profile(ExternalIdMode::Stored));
    assert_eq!(stored.marker, MarkerSupport::Searchable);
}

#[tokio::test]
async fn records_are_found_by_their_natural_keys() {
    let server = koppel_sandbox::SmartCrm::builder()
        .external_id(Served::Ignored)
        .idempotency(false)
        .start()
        .await
        .unwrap();
    let client = builder(&server).profile(profile(ExternalIdMode::Ignored));
    let target = SmartCrm::new(client.build().unwrap());
    let ops = (1..=3).map(|id| create(id, customer(id))).collect();
    let outcomes = push(&target, batch("k", ops)).await;
    let ids: Vec<RecordId> = outcomes.iter().map(written).collect();

    let find = async |kind, pairs: Vec<(&'static str, Value)>| {
        let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value));
        let key = FindKey::Natural(pairs.collect());
        let found = target.find(kind, &key).await?;
        Ok::<_, api_core::Error>(
            found
                .into_iter()
                .map(|record| record.id)
                .collect::<Vec<_>>(),
        )
    };
    let by_vat = vec![("vat_number", Value::from("NL000000002"))];
    let found = find(EntityKind::Customer, by_vat).await.unwrap();
    assert_eq!(found, [ids[1].clone()]);

    let customer = Value::Ref(Ref::new(EntityKind::Customer, ids[0].as_str()));
    let project = |name: &str| Op {
        entity: EntityKind::Project,
        fields: Fields::new()
            .with("name", name)
            .with("customer", customer.clone()),
        ..create(1, Fields::new())
    };
    let outcomes = push(&target, batch("p", vec![project("Oven")])).await;
    let id = written(&outcomes[0]);
    let both = |name: &str| vec![("name", Value::from(name)), ("customer", customer.clone())];
    assert_eq!(find(EntityKind::Project, both("Oven")).await.unwrap(), [id]);
    assert!(
        find(EntityKind::Project, both("Door"))
            .await
            .unwrap()
            .is_empty()
    );

    for pairs in [
        vec![("address", Value::from("x"))],
        vec![("nickname", Value::from("x"))],
        vec![("name", Value::Null)],
    ] {
        let error = find(EntityKind::Customer, pairs).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
    let by_marker = target
        .find(EntityKind::Customer, &FindKey::Marker(marker(1)))
        .await;
    assert_eq!(by_marker.unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_listing_reads_every_page_once_and_an_empty_one_is_complete() {
    let server = server().await;
    let target = open(&server);
    let page = target.pull(EntityKind::Lead, None, 10).await.unwrap();
    assert!(page.complete && page.records.is_empty());
    assert_eq!(target.count(EntityKind::Lead).await, Some(0));
    for id in 1..=25 {
        server
            .insert("clients", &json!({"company": format!("Customer {id}")}))
            .unwrap();
    }
    let mut names = BTreeSet::new();
    let mut cursor: Option<Cursor> = None;
    let mut pages = 0;
    loop {
        let page = target
            .pull(EntityKind::Customer, cursor.as_ref(), 10)
            .await
            .unwrap();
        pages += 1;
        for record in &page.records {
            assert!(names.insert(record.fields.text("name").unwrap().to_owned()));
        }
        if page.complete {
            break;
        }
        cursor = page.next;
    }
    assert_eq!((names.len(), pages), (25, 3));
    assert_eq!(target.count(EntityKind::Customer).await, Some(25));
}

#[tokio::test]
async fn an_invoice_comes_back_as_it_was_sent() {
    let server = server().await;
    let target = open(&server);
    let id = written(&push(&target, batch("c", vec![create(1, customer(1))])).await[0]);
    let line = |text: &str, price: &str, taxes| sync_core::fields::Line {
        description: Some(text.to_owned()),
        quantity: Some("2".parse().unwrap()),
        unit_price: Some(price.parse().unwrap()),
        taxes,
        ..Default::default()
    };
    let tax = sync_core::fields::LineTax {
        name: Some("TVA".to_owned()),
        rate: Some("19".parse().unwrap()),
    };
    let invoice = Invoice {
        number: Some("INV-000012".to_owned()),
        customer: Some(Ref::new(EntityKind::Customer, id.as_str())),
        date: Some("2026-03-01".parse().unwrap()),
        currency: Some("RON".to_owned()),
        status: Some("partially_paid".to_owned()),
        total: Some("119.00".parse().unwrap()),
        lines: Some(vec![
            line("First", "50.00", Some(vec![tax])),
            line("Second", "0.10", None),
        ]),
        payments: Some(vec![sync_core::fields::InvoicePayment {
            amount: Some("10.00".parse().unwrap()),
            date: Some("2026-03-05".parse().unwrap()),
            mode: Some("Bank".to_owned()),
            ..Default::default()
        }]),
        ..Invoice::default()
    };
    let op = Op {
        entity: EntityKind::Invoice,
        fields: invoice.clone().into_fields(),
        ..create(1, Fields::new())
    };
    let id = written(&push(&target, batch("i", vec![op])).await[0]);
    let record = target
        .fetch(EntityKind::Invoice, &id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(Invoice::from_fields(&record.fields).unwrap(), invoice);
}

#[tokio::test]
async fn a_server_without_tls_fails_the_step_that_sets_it_up() {
    let server = server().await;
    let url = format!("https://{}", server.address());
    let client = Client::builder(&url, SecretString::from("demo".to_owned())).max_retries(0);
    let report = SmartCrm::new(client.build().unwrap()).check().await;
    let step = report.steps.iter().find(|step| step.ok == Some(false));
    assert_eq!(step.unwrap().name, "Set up TLS", "{report:?}");
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_retry_policy_of_the_client_is_the_only_one() {
    let server = server().await;
    let client = builder(&server)
        .profile(profile(ExternalIdMode::Upsert))
        .retry(RetryPolicy {
            max_retries: 2,
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        });
    let target = SmartCrm::new(client.build().unwrap());
    server
        .faults()
        .add(Fault::new(FaultKind::AnswerLost).writes().times(2));
    let outcomes = push(&target, batch("k", vec![create(1, customer(1))])).await;
    written(&outcomes[0]);
    assert_eq!(server.write_requests(), 3);
    assert_eq!(server.count("clients"), 1, "the key makes it one create");
}
