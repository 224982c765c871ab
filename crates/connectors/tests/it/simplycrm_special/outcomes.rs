//! Outcomes of writes: refused, put off, unknown, gone.

use std::collections::BTreeMap;

use api_core::{ErrorKind, SecretString};
use connectors::simplycrm::SimplyCrm;
use koppel_sandbox::simplycrm::{Fault, FaultKind, Generation};
use serde_json::json;
use simplycrm_ws::{Client, RecordId as WireId};
use sync_core::testing::conformance::create;
use sync_core::{Action, Connector, EntityKind, Fields, Op, Outcome, Value};

use super::{customer, fetched, make, open, open_without_marks, refusal, send, simply};
use crate::simplycrm::{client, client_builder, marked, sandbox};
use crate::support::{update, word, written};

fn deferred(outcome: &Outcome) -> &api_core::Error {
    match outcome {
        Outcome::Deferred(error) => error,
        other => panic!("not put off: {other:?}"),
    }
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
        assert_eq!(word(&outcome), expected, "{fault:?}: {outcome:?}");
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
