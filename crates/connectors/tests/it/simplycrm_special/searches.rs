//! Searches by names, labels and persons, and the custom fields that they go by.

use std::collections::{BTreeMap, BTreeSet};

use api_core::ErrorKind;
use koppel_sandbox::simplycrm::{CustomField, Generation};
use serde_json::json;
use sync_core::testing::conformance::create;
use sync_core::{Connector, EntityKind, FieldName, Fields, FindKey, Marker, RecordId, Ref, Value};

use super::{
    customer, fetched, found, insert, make, open, open_without_marks, refusal, send, simply,
};
use crate::simplycrm::{client, marked, sandbox};
use crate::support::{update, written};

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
