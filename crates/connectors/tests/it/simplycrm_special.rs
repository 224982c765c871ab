//! What is particular to Simply CRM: what outcomes mean, searches, custom fields, settings.

use api_core::{ErrorKind, SecretString};
use connectors::simplycrm::SimplyCrm;
use koppel_sandbox::simplycrm::{Generation, SimplyCrmServer, SimplySize};
use serde_json::Value as Json;
use simplycrm_ws::Client;
use sync_core::testing::conformance::{create, push};
use sync_core::{
    Connector, EntityKind, FieldName, Fields, FindKey, Op, Outcome, Record, RecordId, Value,
};

use crate::simplycrm::{client, marked, sandbox};
use crate::support::written;

mod outcomes;
mod searches;

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

pub(crate) fn refusal(outcome: &Outcome) -> &api_core::Error {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) async fn fetched(target: &SimplyCrm, kind: EntityKind, id: &RecordId) -> Record {
    target.fetch(kind, id).await.unwrap().unwrap()
}

pub(crate) fn insert(server: &SimplyCrmServer, module: &str, fields: Json) -> RecordId {
    RecordId::new(server.insert(module, &fields).unwrap())
}

fn open_without_marks(server: &SimplyCrmServer) -> SimplyCrm {
    SimplyCrm::new(client(server)).unwrap()
}

pub(crate) async fn found(
    target: &SimplyCrm,
    kind: EntityKind,
    key: &[(&'static str, impl Clone + Into<Value>)],
) -> Vec<RecordId> {
    let key = key
        .iter()
        .map(|(name, value)| (FieldName::known(name), value.clone().into()))
        .collect();
    let hits = target.find(kind, &FindKey::Natural(key)).await.unwrap();
    hits.into_iter().map(|record| record.id).collect()
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
