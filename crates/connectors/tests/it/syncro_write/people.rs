//! Customers, contacts and leads.

use koppel_sandbox::syncro::{Action as Did, Fault, FaultKind};
use serde_json::json;
use sync_core::{FindKey, Value};

use super::*;
use crate::support::update;
use crate::syncro_read::{empty, id};

#[tokio::test]
async fn a_company_and_a_person_land_in_their_places_with_their_mark() {
    let server = empty().await;
    let target = target(&server);
    let op = create(CUSTOMER, customer(1).into_fields());
    let company = written(&write(&target, op.clone()).await);
    let record = stored(&server, "customers", &company);
    assert_eq!(record["business_name"], "O'Brien & Söhne 1");
    assert_eq!(record["firstname"], Json::Null);
    assert_eq!(record["zip"], "3511 AB");
    assert_eq!(record["properties"]["Koppel ID"], op.marker.as_str());
    let person = Customer {
        name: text("Jan de Vries"),
        is_person: Some(true),
        ..Customer::default()
    };
    let person = written(&add(&target, CUSTOMER, person.into_fields()).await);
    let record = stored(&server, "customers", &person);
    assert_eq!(record["firstname"], "Jan");
    assert_eq!(record["lastname"], "de Vries");
    assert_eq!(record["business_name"], Json::Null);
}

#[tokio::test]
async fn a_change_touches_what_changed_and_leaves_the_rest_alone() {
    let server = empty().await;
    let target = target(&server);
    let id = written(&add(&target, CUSTOMER, customer(1).into_fields()).await);
    let number: i64 = id.as_str().parse().unwrap();
    // What a person keeps there, which no other system has.
    server.edit(
        "customers",
        number,
        json!({"notes": "Rings twice", "get_sms": true, "firstname": "Noor",
               "properties": {"Koppel ID": "crm:customer:1", "Region": "Midden"}}),
    );
    let before = stored(&server, "customers", &id);
    let fields = customer(1).into_fields().with("phone", "0305550999");
    let outcome = write(&target, update(CUSTOMER, &id, fields, &["phone"])).await;
    assert_eq!(written(&outcome), id);
    let after = stored(&server, "customers", &id);
    let journal = server.journal();
    let last = journal.last().unwrap();
    assert_eq!((last.action, last.resource), (Did::Update, "customers"));
    assert_eq!(last.body, json!({"phone": "0305550999"}));
    for name in [
        "notes",
        "get_sms",
        "firstname",
        "properties",
        "email",
        "zip",
    ] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(after["phone"], "0305550999");

    let emptied = customer(1).into_fields().with("address", Value::Null);
    let outcome = write(&target, update(CUSTOMER, &id, emptied, &["address"])).await;
    assert_eq!(written(&outcome), id);
    let after = stored(&server, "customers", &id);
    assert_eq!(
        (&after["address"], &after["zip"]),
        (&Json::Null, &Json::Null)
    );
    assert_eq!(after["notes"], "Rings twice");
}

#[tokio::test]
async fn a_telephone_whose_formatting_is_lost_is_not_written_again_and_again() {
    let server = empty().await;
    let target = target(&server);
    let mut fields = customer(1).into_fields().with("phone", "(030) 555-09 99");
    target.hold(CUSTOMER, &mut fields);
    let id = written(&add(&target, CUSTOMER, fields.clone()).await);
    let now = target.fetch(CUSTOMER, &id).await.unwrap().unwrap();
    assert_eq!(now.fields.get("phone"), fields.get("phone"));
}

#[tokio::test]
async fn contacts_and_leads_land_in_their_places() {
    let server = empty().await;
    let target = target(&server);
    let customer = a_customer(&target).await;
    let fields = Contact {
        title: text("Director"),
        ..contact(1, customer.as_str())
    };
    let id = written(&add(&target, EntityKind::Contact, fields.into_fields()).await);
    let record = stored(&server, "contacts", &id);
    assert_eq!(record["name"], "Jan de Vries 1");
    assert_eq!(record["properties"]["title"], "Director");
    let fields = Lead {
        value: amount("1250.50"),
        ..lead(1)
    };
    let id = written(&add(&target, EntityKind::Lead, fields.into_fields()).await);
    let journal = server.journal();
    let body = &journal.last().unwrap().body;
    assert_eq!(body["opportunity_amount_dollars"], json!(1250.5));
    assert_eq!(body["business_name"], "Prospect 1 B.V.");
    assert_eq!(stored(&server, "leads", &id)["status"], "Opportunity");
}

#[tokio::test]
async fn what_the_server_refuses_is_of_the_record_and_named() {
    let server = empty().await;
    let target = target(&server);
    let bad = customer(1).into_fields().with("email", "no address");
    let outcome = add(&target, CUSTOMER, bad).await;
    let error = refused(&outcome);
    assert!(error.message().contains("not an email"), "{error}");
    let nobody = contact(1, "987654321").into_fields();
    refused(&add(&target, EntityKind::Contact, nobody).await);
    assert_eq!(server.applied(), 0);
}

#[tokio::test]
async fn a_permission_that_is_missing_stops_the_run_and_sets_no_record_aside() {
    let server = empty().await;
    let target = target(&server);
    server.set_missing_permissions(["Customers - Create"]);
    let outcome = add(&target, CUSTOMER, customer(1).into_fields()).await;
    match &outcome {
        Outcome::Deferred(error) => {
            assert_eq!(error.kind(), api_core::ErrorKind::Permission);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_customer_is_found_by_mark_though_the_search_does_not_look_there() {
    let server = empty().await;
    let target = target(&server);
    for n in 0..5 {
        server.insert("customers", json!({"business_name": format!("Other {n}")}));
    }
    let op = create(CUSTOMER, customer(1).into_fields());
    let key = FindKey::Marker(op.marker.clone());
    assert!(target.find(CUSTOMER, &key).await.unwrap().is_empty());
    let written = written(&write(&target, op).await);
    let found = target.find(CUSTOMER, &key).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, written);
    server.delete("customers", written.as_str().parse().unwrap());
    assert!(target.find(CUSTOMER, &key).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_takes_a_mark_for_absent_where_the_list_is_not_in_order() {
    let server = empty().await;
    let target = target(&server);
    for (name, made) in [
        ("A", "2199-01-01"),
        ("B", "2199-01-03"),
        ("C", "2199-01-02"),
    ] {
        let made = format!("{made}T10:00:00.000Z");
        server.insert(
            "customers",
            json!({"business_name": name, "created_at": made}),
        );
    }
    // A server that sorts by nothing gives them as they were made.
    server.fault(
        Fault::new(FaultKind::Body {
            status: 200,
            body: json!({"customers": server.records("customers"),
                         "meta": {"total_pages": 1, "page": 1}}),
            after_commit: false,
        })
        .entity("customers")
        .method("GET"),
    );
    let key = FindKey::Marker("crm:customer:1".to_owned().into());
    let error = target.find(CUSTOMER, &key).await.unwrap_err();
    assert_eq!(error.kind(), api_core::ErrorKind::Config);
}

#[tokio::test]
async fn natural_keys_find_what_is_the_same_and_not_what_is_like_it() {
    let server = empty().await;
    let target = target(&server);
    let acme = server.insert(
        "customers",
        json!({"business_name": "Acme", "email": "Post@acme.example"}),
    );
    server.insert("customers", json!({"business_name": "Acme Two"}));
    let gone = server.insert(
        "customers",
        json!({"business_name": "Gone", "disabled": true}),
    );
    let jan = server.insert(
        "customers",
        json!({"firstname": "Jan", "lastname": "Vries"}),
    );
    let find = async |name: &'static str, value: &str| -> Vec<RecordId> {
        let key = FindKey::Natural(vec![(name.into(), Value::from(value))]);
        let found = target.find(CUSTOMER, &key).await.unwrap();
        found.into_iter().map(|record| record.id).collect()
    };
    assert_eq!(find("name", "acme").await, [id(acme)]);
    assert_eq!(find("email", "post@acme.example").await, [id(acme)]);
    assert_eq!(find("name", "Gone").await, [id(gone)]);
    assert_eq!(find("name", "Jan Vries").await, [id(jan)]);
    assert!(find("name", "Nobody").await.is_empty());
}
