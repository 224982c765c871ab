//! Customers.

use koppel_sandbox::snelstart::{Fault, FaultKind};
use sync_core::testing::conformance::create;

use super::*;
use crate::support::{update, written};

async fn made(target: &SnelStart, n: usize) -> RecordId {
    written(&add(target, CUSTOMER, customer(n).into_fields()).await)
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name() {
    let server = administration().await;
    let target = target(&server);
    let id = made(&target, 1).await;
    let by_hand = json!({
        "memo": "Belt liever", "kredietLimiet": 5000, "krediettermijn": 45,
        "email": "info1@klant.example;boekhouding@klant.example", "iban": "NL91ABNA0417164300",
    });
    server.edit("relaties", id.as_str(), &by_hand).unwrap();
    let fields = Customer {
        phone: text("+31 6 1"),
        email: text("nieuw@klant.example"),
        website: None,
        ..customer(1)
    }
    .into_fields();
    let changed = ["phone", "email", "website"];
    written(&write(&target, update(CUSTOMER, &id, fields, &changed)).await);
    let now = server.record("relaties", id.as_str()).unwrap();
    assert_eq!(now["telefoon"], "+31 6 1");
    assert_eq!(
        now["email"],
        "nieuw@klant.example;boekhouding@klant.example"
    );
    assert!(now["websiteUrl"].is_null(), "{now}");
    assert_eq!(now["memo"], "Belt liever");
    assert_eq!(now["krediettermijn"], 45);
    assert_eq!(now["iban"], "NL91ABNA0417164300");
    assert_eq!(now["kvkNummer"], "10000001");
    assert_eq!(now["vestigingsAdres"]["straat"], "Kade 7");
}

#[tokio::test]
async fn a_change_that_is_there_already_writes_nothing() {
    let server = administration().await;
    let target = target(&server);
    let id = made(&target, 1).await;
    let before = server.applied();
    let op = update(CUSTOMER, &id, customer(1).into_fields(), &["phone"]);
    written(&write(&target, op).await);
    assert_eq!(server.applied(), before);
}

#[tokio::test]
async fn one_bad_field_refuses_the_customer_by_name() {
    let server = administration().await;
    let target = target(&server);
    let with = async |change: &dyn Fn(&mut Customer)| {
        let mut bad = customer(1);
        change(&mut bad);
        add(&target, CUSTOMER, bad.into_fields()).await
    };
    let vat = with(&|customer| customer.vat_number = text("NL12345")).await;
    assert_eq!(field_of(&vat), "vat_number");
    assert!(refused(&vat).help_text().is_some());
    let country = with(&|customer| customer.vat_number = text("BE0123456789")).await;
    assert_eq!(field_of(&country), "vat_number");
    let street = with(&|customer| {
        customer.address = Some(Address {
            postal_code: None,
            ..address()
        });
    })
    .await;
    assert_eq!(field_of(&street), "address");
    let name = with(&|customer| customer.name = text("x".repeat(51))).await;
    assert_eq!(field_of(&name), "name");
    assert_eq!(created(&server, "relaties"), 0);
    made(&target, 1).await;
}

#[tokio::test]
async fn a_number_in_use_is_the_same_customer_or_a_question_for_a_person() {
    let server = administration().await;
    let target = target(&server);
    let first = made(&target, 1).await;
    let again = add(&target, CUSTOMER, customer(1).into_fields()).await;
    assert_eq!(written(&again), first);
    let other = Customer {
        number: customer(1).number,
        ..customer(2)
    };
    let outcome = add(&target, CUSTOMER, other.into_fields()).await;
    let error = refused(&outcome);
    assert_eq!(error.kind(), api_core::ErrorKind::Conflict);
    assert!(error.message().contains("20001"), "{error}");
    assert!(error.message().contains("name"), "{error}");
    assert_eq!(created(&server, "relaties"), 1);
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_by_the_number() {
    let server = administration().await;
    let target = target(&server);
    server.fault(Fault::new(FaultKind::AnswerLost).writes());
    let id = made(&target, 1).await;
    assert!(server.record("relaties", id.as_str()).is_some());
    let nameless = Customer {
        number: None,
        ..customer(2)
    };
    let op = create(CUSTOMER, nameless.into_fields());
    let outcome = write(&target, op.clone()).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    server.faults().clear();
    let key = sync_core::FindKey::Natural(vec![(
        sync_core::FieldName::known("vat_number"),
        op.fields.get("vat_number").clone(),
    )]);
    assert_eq!(target.find(CUSTOMER, &key).await.unwrap().len(), 1);
    assert_eq!(created(&server, "relaties"), 2);
}

#[tokio::test]
async fn suppliers_and_rows_of_the_system_are_no_customers_to_be_found() {
    let server = administration().await;
    let target = target(&server);
    let supplier = json!({"relatiesoort": ["Leverancier"], "naam": "Groothandel"});
    server.insert("relaties", &supplier).unwrap();
    for name in ["Groothandel", "Klant onbekend", "Zandbak Handel B.V."] {
        let key =
            sync_core::FindKey::Natural(vec![(sync_core::FieldName::known("name"), name.into())]);
        assert_eq!(target.find(CUSTOMER, &key).await.unwrap(), [], "{name}");
    }
}

#[tokio::test]
async fn a_connection_that_only_reads_writes_nothing() {
    let server = administration().await;
    let target = settings(&server).writable(false).build().unwrap();
    assert!(!target.describe().can_create(CUSTOMER));
    let outcome = add(&target, CUSTOMER, customer(1).into_fields()).await;
    refused(&outcome);
    assert_eq!(server.write_requests(), 0);
}

#[tokio::test]
async fn a_customer_out_of_use_is_changed_and_brought_back_into_use() {
    let server = administration().await;
    let target = target(&server);
    let id = made(&target, 1).await;
    let changed = |active: bool, phone: &str| {
        Customer {
            active: Some(active),
            phone: text(phone),
            ..customer(1)
        }
        .into_fields()
    };
    let names = ["active", "phone"];
    written(&write(&target, update(CUSTOMER, &id, changed(false, "1"), &names)).await);
    written(&write(&target, update(CUSTOMER, &id, changed(false, "2"), &names)).await);
    written(&write(&target, update(CUSTOMER, &id, changed(true, "3"), &names)).await);
    let now = server.record("relaties", id.as_str()).unwrap();
    assert_eq!(
        (&now["nonactief"], &now["telefoon"]),
        (&json!(false), &json!("3"))
    );
    assert_eq!(now["kvkNummer"], "10000001");
}

#[tokio::test]
async fn an_address_of_several_is_replaced_whatever_separates_them() {
    let server = administration().await;
    let target = target(&server);
    let id = made(&target, 1).await;
    let both = json!({"email": "info1@klant.example, boekhouding@klant.example"});
    server.edit("relaties", id.as_str(), &both).unwrap();
    let fields = Customer {
        email: text("nieuw@klant.example"),
        ..customer(1)
    }
    .into_fields();
    written(&write(&target, update(CUSTOMER, &id, fields, &["email"])).await);
    let now = server.record("relaties", id.as_str()).unwrap();
    assert_eq!(
        now["email"],
        "nieuw@klant.example;boekhouding@klant.example"
    );
}
