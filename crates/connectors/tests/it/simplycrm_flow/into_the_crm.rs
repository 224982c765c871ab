//! From Simply CRM into a CRM database, then what people change afterwards.

use std::sync::Arc;

use connectors::simplycrm::{ChangesMode, SimplyCrm};
use koppel_sandbox::CrmSize;
use koppel_sandbox::simplycrm::{Fault, FaultKind, Generation, SimplySize, SyncMode};
use serde_json::json;
use sync_core::testing::conformance::read_all;
use sync_core::{Connector, EntityKind, RecordId, Value};

use super::{KINDS, Leg, crm, module, patient, with_words};
use crate::simplycrm::sandbox;

/// From Simply CRM into a CRM database, then what people change afterwards.
async fn reaches_the_crm(generation: Generation, sync: SyncMode, changes: ChangesMode) {
    let directory = tempfile::tempdir().unwrap();
    let target = Arc::new(crm(&CrmSize::empty(), &directory, "empty.db", true).await);
    let server = sandbox(generation)
        .marker_fields()
        .sync(sync)
        .start()
        .await
        .unwrap();
    server.fill(&SimplySize::of_contacts(60), 5).unwrap();
    let source = with_words(SimplyCrm::builder(patient(&server)))
        .modules(KINDS)
        .changes(changes)
        .build()
        .unwrap();
    let leg = Leg::new(
        ("simply", Arc::new(source)),
        ("crm", target.clone()),
        &KINDS,
        50,
    );
    for fault in [
        Fault::new(FaultKind::SessionExpired).every(9),
        Fault::new(FaultKind::ChallengeOvertaken).every(4),
        Fault::new(FaultKind::PhpNotice).every(3),
        Fault::new(FaultKind::ConnectionDropped).every(7),
        // Ends a run, which needs more than a few requests between two of them.
        Fault::new(FaultKind::TruncatedBody).every(61),
    ] {
        server.fault(fault);
    }
    leg.run_until_done(30).await;
    server.faults().clear();
    for kind in KINDS {
        let (module, _) = module(kind);
        let there = read_all(target.as_ref(), kind, 100).await;
        let here = server.records(module);
        // A finished project is never made in the other system.
        let ended = here
            .iter()
            .filter(|record| {
                let status = record["projectstatus"].as_str().unwrap_or_default();
                ["completed", "delivered", "archived"].contains(&status)
            })
            .count();
        assert_eq!(there.len(), here.len() - ended, "{module}");
    }
    assert_eq!(
        leg.run().await,
        Some((0, 0)),
        "the second run wrote something"
    );

    let account = server.records("Accounts")[3]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    server.edit(&account, &json!({"phone": "+31 6 1"})).unwrap();
    server
        .insert(
            "Contacts",
            &json!({"lastname": "Nieuw", "account_id": account, "email": "n@example.test"}),
        )
        .unwrap();
    let requests = server.requests();
    assert_eq!(leg.run().await, Some((1, 1)));
    assert!(server.requests() > requests);
    let id = RecordId::new(account.as_str());
    let links = leg
        .links(EntityKind::Customer, std::slice::from_ref(&id))
        .await;
    let there = target
        .fetch(EntityKind::Customer, &links[&id])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(there.fields.get("phone"), &Value::from("+31 6 1"));
    assert_eq!(server.applied(), 0, "nothing was written into the source");
}

#[tokio::test]
async fn what_simply_crm_has_reaches_the_crm_by_query_where_sync_shows_own_records_only() {
    reaches_the_crm(Generation::Simply, SyncMode::Own, ChangesMode::Auto).await;
}

#[tokio::test]
async fn what_7_1_has_reaches_the_crm_by_sync() {
    reaches_the_crm(Generation::V7_1, SyncMode::Typed, ChangesMode::Sync).await;
}

#[tokio::test]
async fn what_a_server_has_whose_sync_is_dead_reaches_the_crm() {
    reaches_the_crm(Generation::V7_1, SyncMode::Dead, ChangesMode::Auto).await;
}

#[tokio::test]
async fn what_5_4_has_reaches_the_crm() {
    reaches_the_crm(Generation::V5_4, SyncMode::Own, ChangesMode::Auto).await;
}
