//! The suite that every connector passes, the connection test and the settings.

use std::collections::BTreeSet;

use api_core::ErrorKind;
use connectors::sql::CrmConnect;
use sync_core::fields::{Contact, View};
use sync_core::testing::conformance::{create, push, reading, writing};
use sync_core::{
    Action, Connector, EntityKind, FieldName, Fields, FindKey, Op, OpId, Outcome, RecordId, Value,
};

use super::{World, company, open, refused};
use crate::database::{Database, on_both};
use crate::support::{amount, text, update, written};

async fn passes_the_suite(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    for kind in EntityKind::ALL {
        let (field, value): (_, Value) = match kind {
            EntityKind::ProductGroup => ("name", "changed".into()),
            EntityKind::Product => ("unit", "box".into()),
            EntityKind::Customer | EntityKind::Contact | EntityKind::Lead => {
                ("phone", "changed".into())
            }
            EntityKind::Project => ("description", "changed".into()),
            EntityKind::Ticket => ("message", "changed".into()),
            EntityKind::Discount => ("percent", Value::Decimal(amount("50").unwrap())),
            EntityKind::Stock => ("quantity", Value::Decimal(amount("0.5").unwrap())),
            _ => ("note", "changed".into()),
        };
        let edit = (FieldName::known(field), value);
        // The name of a group is what it is found by; after the edit it is another one.
        if kind == EntityKind::ProductGroup {
            let ops: Vec<Op> = (0..500).map(|n| create(kind, world.nth(kind, n))).collect();
            let ids: BTreeSet<RecordId> =
                push(&target, kind, ops).await.iter().map(written).collect();
            assert_eq!(ids.len(), 500);
            continue;
        }
        writing(&target, kind, &|n| world.nth(kind, n), edit).await;
    }
    reading(&target).await;
    let report = target.check().await;
    assert!(report.is_ok(), "{report:?}");
    assert!(report.steps.iter().any(|step| step.name == "Write"));
}

async fn settings_and_currencies_are_read(database: &Database) {
    database
        .execute(
            "INSERT INTO tbloptions (name, value) VALUES ('smartcrm_api_url', 'https://a.example/'), \
             ('smartcrm_api_url', 'https://b.example/'), ('smartcrm_interval', ''), \
             ('smartcrm_interval', '4'), ('smartcrm_auth_token', 'S3CRET'), ('smartcrmx', 'no'), \
             ('SMARTCRM_cron', 'no')",
        )
        .await;
    let source = CrmConnect::builder(&database.url())
        .connect()
        .await
        .unwrap();
    let options = source.options("smartcrm_").await.unwrap();
    let names: Vec<&str> = options.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["api_url", "auth_token"],
        "an empty text is no setting"
    );
    assert_eq!(options["api_url"].plain(), Some("https://a.example/"));
    assert_eq!(options["auth_token"].plain(), None);
    use api_core::ExposeSecret as _;
    assert_eq!(options["auth_token"].secret().expose_secret(), "S3CRET");
    assert!(!format!("{options:?}").contains("S3CRET"));
    let currencies = source.currencies().await.unwrap();
    assert_eq!(currencies[0], ("1".to_owned(), "EUR".to_owned()));
    assert_eq!(currencies.len(), 4);
}

async fn records_that_are_gone_are_named(database: &Database) {
    let target = open(database).await;
    let world = World::new(&target).await;
    for kind in EntityKind::ALL {
        let id = RecordId::from(if kind == EntityKind::Stock {
            "1-5"
        } else {
            "77777"
        });
        let op = Op {
            id: OpId::new(),
            ..update(kind, &id, world.nth(kind, 4), &["name"])
        };
        match &push(&target, kind, vec![op]).await[0] {
            Outcome::Rejected(error) => assert_eq!(error.kind(), ErrorKind::NotFound),
            other => panic!("{kind}: {other:?}"),
        }
    }
    let ghost = create(
        EntityKind::Contact,
        Contact {
            first_name: text("A"),
            ..Contact::default()
        }
        .into_fields(),
    );
    let message = refused(&push(&target, EntityKind::Contact, vec![ghost]).await[0]);
    assert!(message.contains("`customer`"), "{message}");
    let removal = Op {
        action: Action::Delete {
            id: world.customer.clone(),
        },
        ..create(EntityKind::Customer, company("x"))
    };
    refused(&push(&target, EntityKind::Customer, vec![removal]).await[0]);
    let can = target.describe();
    assert!(
        can.entities
            .values()
            .all(|what| what.create && !what.delete)
    );
}

async fn a_test_and_a_search_leave_nothing_behind(database: &Database) {
    let target = open(database).await;
    let report = target.check().await;
    assert!(report.is_ok(), "{report:?}");
    let step = report.steps.iter().find(|step| step.name == "Write");
    let said = format!("{:?}", step.unwrap());
    assert!(said.contains("`koppel_applied` is not there yet"), "{said}");
    let marker = FindKey::Marker(create(EntityKind::Contact, Fields::new()).marker);
    let found = target.find(EntityKind::Contact, &marker).await.unwrap();
    assert_eq!(found, []);
    database
        .execute(
            "INSERT INTO tblcontacts (userid, is_primary, firstname, lastname, email, \
             phonenumber, datecreated, active, invoice_emails, ticket_emails) \
             VALUES (1, 1, 'A', 'B', 'a@example.com', '', '2026-01-01 00:00:00', 1, 0, 0)",
        )
        .await;
    let email = FindKey::Natural(vec![(
        FieldName::known("email"),
        Value::from("a@example.com"),
    )]);
    let found = target.find(EntityKind::Contact, &email).await.unwrap();
    assert_eq!(found.len(), 1);
    // Fails if a table of this name is there.
    database
        .execute("CREATE TABLE koppel_applied (answer INT)")
        .await;
}

#[tokio::test]
async fn a_table_without_transactions_is_not_written() {
    let Some(database) = Database::writing_mariadb().await else {
        return;
    };
    for (table, unsafe_engine, safe_engine) in [
        (
            "tblclients",
            "ALTER TABLE tblclients ENGINE = MyISAM",
            "ALTER TABLE tblclients ENGINE = InnoDB",
        ),
        (
            "tblcontacts",
            "ALTER TABLE tblcontacts ENGINE = MyISAM",
            "ALTER TABLE tblcontacts ENGINE = InnoDB",
        ),
    ] {
        database.execute(unsafe_engine).await;
        let target = open(&database).await;
        let too_long = company(&"x".repeat(300));
        let ops = [company("Good"), too_long]
            .map(|fields| create(EntityKind::Customer, fields))
            .to_vec();
        for outcome in push(&target, EntityKind::Customer, ops).await {
            match outcome {
                Outcome::Deferred(error) => {
                    assert!(error.message().contains(table), "{error}");
                    assert!(error.message().contains("no transactions"), "{error}");
                }
                other => panic!("{other:?}"),
            }
        }
        let rows = database.texts("SELECT company FROM tblclients").await;
        assert_eq!(rows, Vec::<String>::new());
        let report = target.check().await;
        assert!(!report.is_ok(), "{report:?}");
        database.execute(safe_engine).await;
    }
    database.remove().await;
}

on_both! {
    writing_sqlite writing_mariadb:
    passes_the_suite
    settings_and_currencies_are_read
    records_that_are_gone_are_named
    a_test_and_a_search_leave_nothing_behind
}
