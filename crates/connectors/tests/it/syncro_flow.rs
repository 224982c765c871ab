//! Whole flows with Syncro on one side: from a CRM database, into another program, and both ways.

use std::sync::Arc;

use connectors::sql::CrmConnect;
use koppel_sandbox::CrmSize;
use koppel_sandbox::syncro::Size;
use serde_json::json;
use sync_core::testing::conformance::read_all;
use sync_core::{Connector, EntityKind, Lifecycle, MemorySystem, RecordId, Value};

use crate::leg::Leg;
use crate::syncro_read::{CUSTOMER, INVOICE, PAYMENT, TICKET, empty, filled};
use crate::syncro_steps::patient;
use crate::syncro_write::created;

const PEOPLE: [EntityKind; 3] = [CUSTOMER, EntityKind::Contact, EntityKind::Lead];

#[tokio::test]
async fn the_people_of_a_crm_land_once_and_a_change_of_one_is_one_write() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crm.db");
    let size = CrmSize {
        customers: 25,
        contacts_per_customer: 2,
        leads: 10,
        ..CrmSize::empty()
    };
    koppel_sandbox::generate_sqlite(&path, &size, 7, "tbl")
        .await
        .unwrap();
    let source = CrmConnect::builder(&format!("sqlite:{}", path.display()))
        .connect()
        .await
        .unwrap();
    let server = empty().await;
    let target = patient(&server);
    let people: Arc<dyn Connector> = Arc::new(source.clone());
    let leg = Leg::new(("crm", people), ("syncro", target.clone()), &PEOPLE, 20);
    leg.run_until_done(5).await;
    for (kind, resource) in PEOPLE.into_iter().zip(["customers", "contacts", "leads"]) {
        let mut records = read_all(&source, kind, 50).await;
        records.retain(|record| record.lifecycle == Lifecycle::Active);
        assert_eq!(created(&server, resource), records.len(), "{resource}");
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        let links = leg.links(kind, &ids).await;
        assert_eq!(links.len(), ids.len(), "{kind}");
        for record in &records {
            let there = target
                .fetch(kind, &links[&record.id])
                .await
                .unwrap()
                .unwrap();
            let mut held = record.fields.clone();
            target.hold(kind, &mut held);
            assert_eq!(there.fields.get("email"), held.get("email"), "{record:?}");
            assert_eq!(there.fields.get("name"), held.get("name"), "{record:?}");
        }
    }
    let before = server.write_requests();
    assert_eq!(leg.run_clean().await, (0, 0));
    assert_eq!(
        server.write_requests(),
        before,
        "the second run wrote something"
    );
    assert!(server.mails().is_empty());
}

#[tokio::test]
async fn an_account_lands_in_another_program_and_what_changes_follows() {
    let size = Size {
        tickets: 12,
        invoices: 9,
        payments: 4,
        contacts: 8,
        ..Size::of_customers(6)
    };
    let server = filled(size).await;
    let kinds = [CUSTOMER, EntityKind::Contact, TICKET, INVOICE, PAYMENT];
    let other = Arc::new(MemorySystem::new(kinds));
    let leg = Leg::new(
        ("syncro", patient(&server)),
        ("other", other.clone()),
        &kinds,
        50,
    );
    leg.run_until_done(5).await;
    for (kind, resource) in kinds
        .into_iter()
        .zip(["customers", "contacts", "tickets", "invoices"])
    {
        assert_eq!(other.records(kind).len(), server.count(resource), "{kind}");
    }
    assert_eq!(leg.run_clean().await, (0, 0));
    let customer = server.ids("customers")[0];
    server.edit("customers", customer, json!({"phone": "0305550999"}));
    let ticket = server.ids("tickets")[0];
    server.edit("tickets", ticket, json!({"subject": "Printer is on fire"}));
    assert_eq!(leg.run_clean().await, (0, 2));
    let told = other.records(TICKET).into_iter();
    let subjects =
        told.filter(|record| record.fields.get("subject") == &Value::from("Printer is on fire"));
    assert_eq!(subjects.count(), 1);
    assert_eq!(server.write_requests(), 0, "a source is only read");
}

#[tokio::test]
async fn what_a_person_has_entered_already_is_linked_and_not_made_again() {
    let server = empty().await;
    let there = server.insert(
        "customers",
        json!({"business_name": "Acme", "email": "post@acme.example", "notes": "Ours",
               "properties": {"Region": "Midden"}}),
    );
    let shop = Arc::new(MemorySystem::new([CUSTOMER]));
    let fields = sync_core::Fields::new()
        .with("name", "Acme")
        .with("email", "post@acme.example")
        .with("phone", "0305550999");
    shop.insert(sync_core::Record::new(CUSTOMER, "c1", fields));
    let leg = Leg::new(
        ("shop", shop),
        ("syncro", patient(&server)),
        &[CUSTOMER],
        50,
    );
    assert_eq!(leg.run().await, Some((0, 1)));
    let record = server.record("customers", there).unwrap();
    assert_eq!(record["phone"], "0305550999");
    assert_eq!(
        (&record["notes"], &record["properties"]["Region"]),
        (&json!("Ours"), &json!("Midden"))
    );
    assert_eq!(server.count("customers"), 1);
    assert_eq!(leg.run_clean().await, (0, 0));
}
