//! What is particular to Simply CRM: outcomes, searches, lists, custom fields, invoices, changes.

use std::collections::{BTreeMap, BTreeSet};

use api_core::{ErrorKind, SecretString};
use connectors::simplycrm::SimplyCrm;
use koppel_sandbox::simplycrm::{
    CustomField, Fault, FaultKind, Generation, SimplyCrmServer, SimplySize,
};
use serde_json::{Value as Json, json};
use simplycrm_ws::{Client, RecordId as WireId};
use sync_core::testing::conformance::{create, push};
use sync_core::{
    Action, Connector, EntityKind, FieldName, Fields, FindKey, Marker, Op, OpId, Outcome, Record,
    RecordId, Ref, Value,
};

use crate::simplycrm::{client, client_builder, marked, sandbox, written};

pub(crate) async fn simply() -> SimplyCrmServer {
    sandbox(Generation::Simply)
        .marker_fields()
        .start()
        .await
        .unwrap()
}

pub(crate) fn open(server: &SimplyCrmServer) -> SimplyCrm {
    marked(client(server)).build().unwrap()
}

fn customer(name: &str) -> Fields {
    Fields::new().with("name", name)
}

pub(crate) async fn send(target: &SimplyCrm, op: Op) -> Outcome {
    push(target, op.entity, vec![op]).await.remove(0)
}

async fn make(target: &SimplyCrm, kind: EntityKind, fields: Fields) -> RecordId {
    written(&send(target, create(kind, fields)).await)
}

pub(crate) fn update(
    kind: EntityKind,
    id: &RecordId,
    fields: Fields,
    changed: &[&'static str],
) -> Op {
    Op {
        id: OpId::new(),
        action: Action::Update { id: id.clone() },
        changed: Some(changed.iter().map(|name| FieldName::known(name)).collect()),
        ..create(kind, fields)
    }
}

pub(crate) fn refusal(outcome: &Outcome) -> &api_core::Error {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("not refused: {other:?}"),
    }
}

fn deferred(outcome: &Outcome) -> &api_core::Error {
    match outcome {
        Outcome::Deferred(error) => error,
        other => panic!("not put off: {other:?}"),
    }
}

pub(crate) async fn fetched(target: &SimplyCrm, kind: EntityKind, id: &RecordId) -> Record {
    target.fetch(kind, id).await.unwrap().unwrap()
}

pub(crate) fn insert(server: &SimplyCrmServer, module: &str, fields: Json) -> RecordId {
    RecordId::new(server.insert(module, &fields).unwrap())
}

#[tokio::test]
async fn a_duplicate_is_refused_with_the_field_that_is_likely_the_same() {
    let server = simply().await;
    let target = open(&server);
    make(&target, EntityKind::Customer, customer("Acme")).await;
    let outcome = send(&target, create(EntityKind::Customer, customer("Acme"))).await;
    let error = refusal(&outcome);
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(
        error
            .message()
            .contains("Organization Name (`accountname`)"),
        "{error}"
    );
    assert_eq!(server.count("Accounts"), 1);
}

#[tokio::test]
async fn what_is_not_in_a_list_is_refused_and_what_differs_in_capitals_is_not() {
    let server = simply().await;
    let target = open(&server);
    let ticket = |status: &str| {
        Fields::new()
            .with("subject", "Broken")
            .with("status", status)
    };
    let id = make(&target, EntityKind::Ticket, ticket("wait for RESPONSE")).await;
    let stored = server.record(id.as_str()).unwrap();
    assert_eq!(stored["ticketstatus"], "Wait For Response");
    assert_eq!(
        stored["ticketpriorities"], "Normal",
        "the usual one stands in"
    );
    let outcome = send(&target, create(EntityKind::Ticket, ticket("Answered"))).await;
    let error = refusal(&outcome);
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.message().contains("`Answered`"), "{error}");
    assert!(
        error.message().contains("Wait For Response"),
        "the list: {error}"
    );
    assert_eq!(server.count("HelpDesk"), 1);
    // A word of the settings.
    let words = BTreeMap::from([("Answered".to_owned(), "Closed".to_owned())]);
    let target = marked(client(&server))
        .statuses("HelpDesk", &words)
        .build()
        .unwrap();
    let id = make(&target, EntityKind::Ticket, ticket("Answered")).await;
    assert_eq!(
        server.record(id.as_str()).unwrap()["ticketstatus"],
        "Closed"
    );
    let read = fetched(&target, EntityKind::Ticket, &id).await;
    assert_eq!(read.fields.text("status"), Some("Answered"));
}

#[tokio::test]
async fn a_mandatory_field_has_a_default_or_the_record_is_refused_before_it_is_sent() {
    let server = simply().await;
    let target = open(&server);
    let requests = server.write_requests();
    let nobody = Fields::new().with("phone", "");
    let outcome = send(&target, create(EntityKind::Contact, nobody.clone())).await;
    let error = refusal(&outcome);
    assert!(error.field_errors().contains_key("lastname"), "{error}");
    assert!(error.message().contains("mandatory in Contacts"), "{error}");
    assert_eq!(server.write_requests(), requests, "nothing was sent");
    let target = marked(client(&server))
        .default_value("Contacts", "lastname", "?")
        .default_value("Contacts", "leadsource", "trade show")
        .owner(WireId::new(20, 2))
        .build()
        .unwrap();
    let id = make(&target, EntityKind::Contact, nobody).await;
    let stored = server.record(id.as_str()).unwrap();
    assert_eq!(stored["lastname"], "?");
    assert_eq!(stored["leadsource"], "Trade Show");
    assert_eq!(stored["assigned_user_id"], "20x2");
    // One name alone is the last name; and a name may not become empty.
    let id = make(
        &target,
        EntityKind::Contact,
        Fields::new().with("first_name", "Jan"),
    )
    .await;
    assert_eq!(server.record(id.as_str()).unwrap()["lastname"], "Jan");
    let op = update(EntityKind::Contact, &id, Fields::new(), &["last_name"]);
    let outcome = send(&target, op).await;
    assert!(refusal(&outcome).message().contains("may not become empty"));
}

#[tokio::test]
async fn an_update_sends_what_changed_and_clears_what_is_gone() {
    for generation in [Generation::V5_4, Generation::Simply] {
        let server = sandbox(generation).start().await.unwrap();
        let target = SimplyCrm::new(client(&server)).unwrap();
        let address = |city: &str| {
            Value::Map(BTreeMap::from([
                ("street".to_owned(), Value::from("Singel 1")),
                ("city".to_owned(), Value::from(city)),
            ]))
        };
        let first = customer("Acme")
            .with("website", "https://a.example")
            .with("address", address("Delft"));
        let id = make(&target, EntityKind::Customer, first).await;
        server.edit(id.as_str(), &json!({"fax": "123"})).unwrap();
        let only = Value::Map(BTreeMap::from([(
            "city".to_owned(),
            Value::from("Utrecht"),
        )]));
        let second = customer("Acme")
            .with("phone", "+31 6")
            .with("address", only);
        let op = update(
            EntityKind::Customer,
            &id,
            second,
            &["phone", "website", "address"],
        );
        assert_eq!(written(&send(&target, op).await), id);
        let stored = server.record(id.as_str()).unwrap();
        assert_eq!(stored["phone"], "+31 6", "{generation}");
        assert_eq!(stored["website"], "");
        assert_eq!(stored["bill_street"], "", "the street is gone");
        assert_eq!(stored["bill_city"], "Utrecht");
        assert_eq!(stored["fax"], "123", "what is not ours stays");
        assert_eq!(stored["accountname"], "Acme");
    }
}

#[tokio::test]
async fn what_may_be_applied_is_unknown_and_what_is_not_the_records_fault_is_put_off() {
    let server = simply().await;
    let target = open(&server);
    let kind = EntityKind::Contact;
    let contact = || Fields::new().with("last_name", "Jansen");
    // The model is known from here on: the faults hit the writes.
    make(&target, kind, contact()).await;
    for (fault, expected) in [
        (FaultKind::AnswerLost, "unknown"),
        (FaultKind::TruncatedBody, "unknown"),
        (
            FaultKind::EmptyBody {
                status: 200,
                after_commit: true,
            },
            "unknown",
        ),
        (
            FaultKind::EmptyBody {
                status: 500,
                after_commit: false,
            },
            "unknown",
        ),
        (
            FaultKind::TextDeath {
                after_commit: false,
            },
            "unknown",
        ),
        (FaultKind::HtmlFatal { after_commit: true }, "unknown"),
        (
            FaultKind::ApiError {
                code: "DATABASE_QUERY_ERROR".to_owned(),
                message: "Database error while performing requested operation".to_owned(),
            },
            "unknown",
        ),
        (
            FaultKind::RateLimited {
                retry_after_s: None,
                reset_after_s: None,
            },
            "deferred",
        ),
        (
            FaultKind::ApiError {
                code: "INTERNAL_SERVER_ERROR".to_owned(),
                message: "Unknown Error while processing request".to_owned(),
            },
            "rejected",
        ),
        (FaultKind::PhpNotice, "written"),
        (FaultKind::SessionExpired, "written"),
    ] {
        server.fault(Fault::new(fault.clone()).writes().times(1));
        let outcome = send(&target, create(kind, contact())).await;
        let word = match &outcome {
            Outcome::Written(_) => "written",
            Outcome::Rejected(_) => "rejected",
            Outcome::Deferred(_) => "deferred",
            Outcome::Unknown(_) => "unknown",
            _ => "other",
        };
        assert_eq!(word, expected, "{fault:?}: {outcome:?}");
        server.faults().clear();
    }
}

#[tokio::test]
async fn a_refused_key_and_a_server_that_is_away_put_every_write_off() {
    let server = simply().await;
    let wrong = Client::builder(
        &server.url(),
        "admin",
        SecretString::from("wrong".to_owned()),
    )
    .max_retries(0)
    .build()
    .unwrap();
    let target = SimplyCrm::new(wrong).unwrap();
    let outcome = send(&target, create(EntityKind::Customer, customer("A"))).await;
    assert_eq!(deferred(&outcome).kind(), ErrorKind::Auth);
    let away = client_builder(&server).build().unwrap();
    let target = SimplyCrm::new(away).unwrap();
    server.shutdown().await;
    let outcome = send(&target, create(EntityKind::Customer, customer("A"))).await;
    assert_eq!(deferred(&outcome).kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_record_that_is_gone_is_told_from_one_that_may_not_be_touched() {
    let server = sandbox(Generation::Simply)
        .add_user("reader", "readerKey", "x", false)
        .deny_write("reader", "Contacts")
        .private("Leads")
        .start()
        .await
        .unwrap();
    let admin = open_without_marks(&server);
    let kind = EntityKind::Contact;
    let id = make(&admin, kind, Fields::new().with("last_name", "Jansen")).await;
    let reader = Client::builder(
        &server.url(),
        "reader",
        SecretString::from("readerKey".to_owned()),
    )
    .max_retries(0)
    .build()
    .unwrap();
    let reader = SimplyCrm::new(reader).unwrap();
    let op = update(kind, &id, Fields::new().with("phone", "1"), &["phone"]);
    let outcome = send(&reader, op).await;
    let error = deferred(&outcome);
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(
        error
            .message()
            .contains("may not change records of Contacts"),
        "{error}"
    );
    assert!(reader.fetch(kind, &id).await.unwrap().is_some());

    // What is private is not there for others.
    let lead = make(&admin, EntityKind::Lead, Fields::new().with("name", "Piet")).await;
    assert!(
        reader
            .fetch(EntityKind::Lead, &lead)
            .await
            .unwrap()
            .is_none()
    );

    written(
        &send(
            &admin,
            Op {
                action: Action::Delete { id: id.clone() },
                ..create(kind, Fields::new())
            },
        )
        .await,
    );
    assert!(admin.fetch(kind, &id).await.unwrap().is_none());
    let op = update(kind, &id, Fields::new().with("phone", "1"), &["phone"]);
    let outcome = send(&admin, op).await;
    assert_eq!(refusal(&outcome).kind(), ErrorKind::NotFound);
    // A second delete finds it gone, which is what was wanted.
    let again = Op {
        action: Action::Delete { id: id.clone() },
        ..create(kind, Fields::new())
    };
    assert_eq!(written(&send(&admin, again).await), id);
}

fn open_without_marks(server: &SimplyCrmServer) -> SimplyCrm {
    SimplyCrm::new(client(server)).unwrap()
}

async fn found(
    target: &SimplyCrm,
    kind: EntityKind,
    key: &[(&'static str, &str)],
) -> Vec<RecordId> {
    let key = key
        .iter()
        .map(|(name, text)| (FieldName::known(name), Value::from(*text)))
        .collect();
    let hits = target.find(kind, &FindKey::Natural(key)).await.unwrap();
    hits.into_iter().map(|record| record.id).collect()
}

#[tokio::test]
async fn whatever_stands_in_a_name_it_is_found_again() {
    let server = simply().await;
    let target = open(&server);
    let kind = EntityKind::Customer;
    let long = format!("Very long {}", "x".repeat(150));
    for name in [
        r"O'Brien \ Zonen",
        "50% korting_nu",
        "a \"b\" <c> & d",
        "Émile & Söhne",
        "Smile 😀",
        "trailing backslash \\",
        "' or accountname like '%",
        long.as_str(),
    ] {
        let id = make(&target, kind, customer(name)).await;
        assert_eq!(
            found(&target, kind, &[("name", name)]).await,
            [id],
            "{name}"
        );
    }
    assert!(
        found(&target, kind, &[("name", "50x korting_nu")])
            .await
            .is_empty()
    );
    let nothing = FindKey::Natural(vec![(FieldName::known("name"), Value::from(" "))]);
    let error = target.find(kind, &nothing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    let unmarked = open_without_marks(&server);
    let marker = FindKey::Marker(Marker::of("crm", kind, &RecordId::from("1")));
    let error = unmarked.find(kind, &marker).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[tokio::test]
async fn a_lead_is_found_by_its_name_however_a_person_typed_it() {
    let server = simply().await;
    let target = open(&server);
    let kind = EntityKind::Lead;
    let split = insert(
        &server,
        "Leads",
        json!({"firstname": "Piet", "lastname": "de Boer", "company": "Acme"}),
    );
    insert(
        &server,
        "Leads",
        json!({"firstname": "Jan", "lastname": "de Boer", "company": "Acme"}),
    );
    let key = [("name", "Piet de Boer"), ("company", "Acme")];
    assert_eq!(
        found(&target, kind, &key).await,
        std::slice::from_ref(&split)
    );
    let read = fetched(&target, kind, &split).await;
    assert_eq!(read.fields.text("name"), Some("Piet de Boer"));
    // Written anew, the name stands in one field.
    let op = update(
        kind,
        &split,
        Fields::new().with("name", "Piet Bos"),
        &["name"],
    );
    written(&send(&target, op).await);
    let stored = server.record(split.as_str()).unwrap();
    assert_eq!(
        (&stored["firstname"], &stored["lastname"]),
        (&json!(""), &json!("Piet Bos"))
    );
}

#[tokio::test]
async fn more_hits_than_one_answer_has_are_all_looked_at() {
    let server = simply().await;
    for n in 0..130 {
        insert(
            &server,
            "Contacts",
            json!({"lastname": format!("n{n}"), "email": "all@example.test"}),
        );
    }
    let target = open(&server);
    let hits = found(
        &target,
        EntityKind::Contact,
        &[("email", "all@example.test")],
    )
    .await;
    assert_eq!(hits.iter().collect::<BTreeSet<_>>().len(), 130);
}

#[tokio::test]
async fn custom_fields_go_by_label_or_name_and_by_their_type() {
    let choices = || vec!["Golf".to_owned(), "A & B".to_owned(), "Tennis".to_owned()];
    let mut builder = sandbox(Generation::Simply).marker_fields();
    for (name, what) in [
        ("cf_1001", CustomField::Boolean),
        ("cf_1002", CustomField::Integer),
        ("cf_1003", CustomField::Decimal),
        ("cf_1004", CustomField::Date),
        ("cf_1005", CustomField::Picklist(choices())),
        ("cf_1006", CustomField::MultiPicklist(choices())),
        ("cf_1007", CustomField::Text),
        ("cf_1008", CustomField::Text),
    ] {
        builder = builder.custom_field("Accounts", name, what);
    }
    let server = builder.start().await.unwrap();
    let target = marked(client(&server))
        .field("Accounts", "vat_number", "cf_1008")
        .build()
        .unwrap();
    let kind = EntityKind::Customer;
    let custom = |pairs: &[(&str, Value)]| {
        Value::Map(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), v.clone()))
                .collect(),
        )
    };
    let day: sync_core::Date = "2026-03-01".parse().unwrap();
    let labels: BTreeMap<String, String> = {
        let described = target.client().described("Accounts").await.unwrap();
        described
            .fields
            .iter()
            .map(|f| (f.name.clone(), f.label.clone()))
            .collect()
    };
    assert!(!labels["cf_1005"].is_empty());
    let fields = customer("Acme").with("vat_number", "NL1").with(
        "custom_fields",
        custom(&[
            ("cf_1001", Value::from("yes")),
            ("cf_1002", Value::from("7")),
            ("cf_1003", Value::from("12.50")),
            ("cf_1004", Value::Date(day)),
            (labels["cf_1005"].as_str(), Value::from("golf")),
            (
                "cf_1006",
                Value::List(vec![Value::from("Golf"), Value::from("A & B")]),
            ),
            ("cf_1007", Value::Int(5)),
            ("unheard_of", Value::from("x")),
        ]),
    );
    let id = make(&target, kind, fields).await;
    let stored = server.record(id.as_str()).unwrap();
    assert_eq!(stored["cf_1001"], "1");
    assert_eq!(stored["cf_1006"], "Golf |##| A & B");
    assert_eq!(stored["cf_1008"], "NL1");
    let read = fetched(&target, kind, &id).await;
    assert_eq!(read.fields.text("vat_number"), Some("NL1"));
    let Value::Map(map) = read.fields.get("custom_fields") else {
        panic!("{read:?}");
    };
    let values: BTreeSet<String> = map.values().map(|value| format!("{value:?}")).collect();
    for value in [
        Value::Bool(true),
        Value::Int(7),
        Value::Decimal("12.5".parse().unwrap()),
        Value::Date(day),
        Value::from("Golf"),
        Value::List(vec![Value::from("Golf"), Value::from("A & B")]),
        Value::from("5"),
    ] {
        assert!(
            values.contains(&format!("{value:?}")),
            "{value:?} in {values:?}"
        );
    }
    assert_eq!(map.len(), 7, "neither the mark nor the VAT number: {map:?}");
    // By its natural key, which has a place now.
    assert_eq!(
        found(&target, kind, &[("vat_number", "NL1")]).await,
        std::slice::from_ref(&id)
    );
    // What does not fit is refused by name.
    let bad = customer("Bad").with("custom_fields", custom(&[("cf_1002", Value::from("many"))]));
    let outcome = send(&target, create(kind, bad)).await;
    assert!(refusal(&outcome).field_errors().contains_key("cf_1002"));
    let bad = customer("Bad").with(
        "custom_fields",
        custom(&[("cf_1006", Value::List(vec![Value::from("Chess")]))]),
    );
    let outcome = send(&target, create(kind, bad)).await;
    assert!(refusal(&outcome).message().contains("Chess"));
}

#[tokio::test]
async fn the_connection_test_tells_what_works_and_what_does_not() {
    let server = sandbox(Generation::Simply)
        .marker_fields()
        .add_user("reader", "readerKey", "x", false)
        .deny_write("reader", "HelpDesk")
        .start()
        .await
        .unwrap();
    server.fill(&SimplySize::of_contacts(9), 3).unwrap();
    let report = marked(client(&server)).build().unwrap().check().await;
    assert!(report.is_ok(), "{report:#?}");
    let detail = |name: &str| {
        let step = report.steps.iter().find(|step| step.name == name);
        step.unwrap_or_else(|| panic!("no step {name}: {report:#?}"))
            .detail
            .clone()
    };
    assert!(detail("Log in").contains("19x1"));
    assert!(detail("See what the server can do").contains("invoices have lines"));
    assert!(detail("Mark of Contacts").contains("cf_903"));
    assert!(detail("Read one ticket").starts_with("ticket 17x"));

    let reader = || {
        Client::builder(
            &server.url(),
            "reader",
            SecretString::from("readerKey".to_owned()),
        )
        .max_retries(0)
        .build()
        .unwrap()
    };
    let builder =
        || SimplyCrm::builder(reader()).modules([EntityKind::Ticket, EntityKind::Contact]);
    let target = builder()
        .marker_field("Contacts", "cf_404")
        .build()
        .unwrap();
    let report = target.check().await;
    let failed: Vec<&str> = report
        .steps
        .iter()
        .filter(|step| step.ok == Some(false))
        .map(|step| step.detail.as_str())
        .collect();
    assert_eq!(failed.len(), 2, "{report:#?}");
    assert!(
        failed
            .iter()
            .any(|said| said.contains("This user may not write HelpDesk."))
    );
    assert!(failed.iter().any(|said| said.contains("no field `cf_404`")));
    // Who only reads needs no right to write.
    let report = builder().writable(false).build().unwrap().check().await;
    assert!(report.is_ok(), "{report:#?}");

    let wrong = Client::builder(
        &server.url(),
        "admin",
        SecretString::from("wrong".to_owned()),
    );
    let report = SimplyCrm::new(wrong.build().unwrap())
        .unwrap()
        .check()
        .await;
    assert!(!report.is_ok());
    let step = report
        .steps
        .iter()
        .find(|step| step.name == "Log in")
        .unwrap();
    assert_eq!(step.ok, Some(false), "{report:#?}");
    assert!(report.steps.last().unwrap().ok.is_none(), "not tried");
}

#[tokio::test]
async fn settings_that_cannot_be_are_named_before_anything_is_sent() {
    let server = simply().await;
    let build = |change: fn(
        connectors::simplycrm::SimplyCrmBuilder,
    ) -> connectors::simplycrm::SimplyCrmBuilder| {
        change(SimplyCrm::builder(client(&server)))
            .build()
            .unwrap_err()
    };
    for (error, word) in [
        (
            build(|b| b.marker_field("Potentials", "cf_1")),
            "Potentials",
        ),
        (build(|b| b.field("Accounts", "groups", "cf_1")), "groups"),
        (build(|b| b.time_zone("Mars/Olympus")), "Mars/Olympus"),
        (build(|b| b.modules([EntityKind::Stock])), "stock levels"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(word), "{error}");
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn whoever_asked_has_one_field_in_5_4_and_two_in_later_servers() {
    for generation in [Generation::V5_4, Generation::Simply] {
        let server = sandbox(generation).start().await.unwrap();
        let target = open_without_marks(&server);
        let account = insert(&server, "Accounts", json!({"accountname": "Acme"}));
        let person = insert(&server, "Contacts", json!({"lastname": "Jansen"}));
        let contact = Value::Ref(Ref::new(EntityKind::Contact, person.as_str()));
        let customer = Value::Ref(Ref::new(EntityKind::Customer, account.as_str()));
        let kind = EntityKind::Ticket;
        let alone = Fields::new()
            .with("subject", "a")
            .with("contact", contact.clone());
        let id = make(&target, kind, alone).await;
        let read = fetched(&target, kind, &id).await;
        assert_eq!(read.fields.get("contact"), &contact, "{generation}");
        assert!(read.fields.get("customer").is_empty());
        let both = Fields::new()
            .with("subject", "b")
            .with("contact", contact.clone())
            .with("customer", customer.clone());
        let id = make(&target, kind, both).await;
        let read = fetched(&target, kind, &id).await;
        assert_eq!(read.fields.get("customer"), &customer, "{generation}");
        let kept = !read.fields.get("contact").is_empty();
        assert_eq!(kept, generation != Generation::V5_4, "{generation}");
    }
}
