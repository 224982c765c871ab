//! The configuration: keys, columns that are missing, and what cannot be.

use api_core::ErrorKind;
use connectors::sql::Tables;
use connectors::sql::tables::{ChildConfig, FieldMap, NewKey, TableConfig, TablesConfig};
use rust_decimal::Decimal;
use sync_core::fields::{Line, LineTax, Product, View};
use sync_core::testing::conformance::{create, push, read_all, reading, writing};
use sync_core::{Connector, EntityKind, FieldName, Fields, Outcome, RecordId, Ref, Value};

use super::{CUSTOMERS, customers, invoice, invoices, line, open, update};
use crate::sql_database::{Kind, Sql};

#[tokio::test]
async fn keys_come_from_the_database_a_uuid_or_a_field() {
    for database in Sql::each().await {
        let uuid = if database.kind == Kind::Postgres {
            "UUID"
        } else {
            "CHAR(36)"
        };
        database
            .execute(&format!(
                "CREATE TABLE by_uuid (id {uuid} PRIMARY KEY, name VARCHAR(50)); \
                 CREATE TABLE by_code (code VARCHAR(20) PRIMARY KEY, name VARCHAR(50), \
                 price {{MONEY}}, rate INT, grp {uuid})"
            ))
            .await;
        let groups = TableConfig {
            table: "by_uuid".to_owned(),
            key: "id".to_owned(),
            new_key: NewKey::Uuid,
            fields: FieldMap::new([("name", "name")]),
            ..TableConfig::default()
        };
        let products = TableConfig {
            table: "by_code".to_owned(),
            key: "code".to_owned(),
            new_key: NewKey::Field("code".to_owned()),
            fields: FieldMap::new([
                ("code", "code"),
                ("name", "name"),
                ("price", "price"),
                ("taxes.rate", "rate"),
                ("group", "grp"),
            ]),
            ..TableConfig::default()
        };
        let tables = open(
            &database,
            [
                (EntityKind::ProductGroup, groups),
                (EntityKind::Product, products),
            ],
        );
        let group = |n: usize| Fields::new().with("name", format!("Group {n}"));
        // The same name: what identifies a record has to stay for it to be found.
        let edit = (FieldName::known("name"), Value::from("Group 1"));
        writing(&tables, EntityKind::ProductGroup, &group, edit.clone()).await;
        let all = read_all(&tables, EntityKind::ProductGroup, 100).await;
        let owner = all[0].id.clone();
        let product = |n: usize| {
            Product {
                code: Some(format!("P-{n}")),
                name: Some(format!("Product {n}")),
                price: Some(Decimal::new(n as i64, 2)),
                group: Some(Ref::new(EntityKind::ProductGroup, owner.clone())),
                taxes: Some(vec![LineTax {
                    name: None,
                    rate: Some(Decimal::new(21, 0)),
                }]),
                ..Product::default()
            }
            .into_fields()
        };
        let edit = (FieldName::known("price"), Value::from(Decimal::new(999, 2)));
        writing(&tables, EntityKind::Product, &product, edit).await;
        reading(&tables).await;
        let found = tables
            .fetch(EntityKind::Product, &RecordId::from("P-500001"))
            .await;
        assert_eq!(found.unwrap().unwrap().fields, product(500_001));
        // The key of a row stays, and money is not rounded.
        let op = create(EntityKind::Product, product(1));
        let moved = update(&op, &RecordId::from("P-500001"), product(7), &["code"]);
        let mut cents = create(EntityKind::Product, product(2));
        cents.fields.set("price", Decimal::new(12345, 3));
        let outcomes = push(&tables, EntityKind::Product, vec![moved, cents]).await;
        for (outcome, word) in outcomes.iter().zip(["cannot be changed", "2 digits"]) {
            match outcome {
                Outcome::Rejected(error) if database.kind == Kind::Sqlite && word == "2 digits" => {
                    panic!("SQLite keeps any number: {error}")
                }
                Outcome::Rejected(error) => {
                    assert!(error.message().contains(word), "{error}");
                }
                Outcome::Written(_) if database.kind == Kind::Sqlite => {}
                other => panic!("{other:?}"),
            }
        }
        database.remove().await;
    }
}

#[tokio::test]
async fn what_has_no_column_is_held_back() {
    let database = Sql::sqlite();
    let tables = open(&database, [(EntityKind::Invoice, invoices())]);
    let mut fields = invoice(1, vec![line("a", 1)]).with("terms", "30 days");
    let full = Line {
        long_description: Some("more".to_owned()),
        ..line("a", 1)
    };
    let lines = invoice(1, vec![full]);
    fields.set("lines", lines.get("lines").clone());
    tables.hold(EntityKind::Invoice, &mut fields);
    assert_eq!(fields, invoice(1, vec![line("a", 1)]));
}

#[tokio::test]
async fn a_wrong_table_or_column_is_named_with_what_there_is() {
    for database in Sql::each().await {
        database.execute(CUSTOMERS).await;
        let open_with = |change: &dyn Fn(&mut TableConfig)| {
            let mut config = customers();
            change(&mut config);
            open(&database, [(EntityKind::Customer, config)])
        };
        for (tables, message, help) in [
            (
                open_with(&|config| config.table = "clients".to_owned()),
                "no table or view `clients`",
                "rights",
            ),
            (
                open_with(&|config| config.key = "nr".to_owned()),
                "tables.customer.key: the table `customers` has no column `nr`",
                "company",
            ),
            (
                open_with(&|config| {
                    config.fields.0.insert("phone".to_owned(), "tel".into());
                }),
                "tables.customer.fields.phone",
                "mail",
            ),
        ] {
            let error = tables
                .pull(EntityKind::Customer, None, 1)
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains(message), "{error}");
            assert!(error.help_text().unwrap().contains(help), "{error:?}");
            let report = tables.check().await;
            assert!(!report.is_ok());
        }
        database.remove().await;
    }
}

#[test]
fn a_configuration_that_cannot_be_is_refused_before_anything_is_opened() {
    let refused = |change: &dyn Fn(&mut TableConfig)| {
        let mut config = customers();
        change(&mut config);
        let error = Tables::builder("sqlite:x.db")
            .tables(TablesConfig {
                tables: [(EntityKind::Customer, config)].into(),
            })
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.message().to_owned()
    };
    let field = |config: &mut TableConfig, name: &str, column: &str| {
        config.fields.0.insert(name.to_owned(), column.into());
    };
    for (said, expected) in [
        (
            refused(&|config| field(config, "nmae", "x")),
            "`nmae` is no field",
        ),
        (
            refused(&|config| field(config, "address", "x")),
            "`address` is no field",
        ),
        (
            refused(&|config| field(config, "phone", "mail")),
            "written from another field",
        ),
        (
            refused(&|config| config.table = "a`; DROP TABLE b".to_owned()),
            "cannot be the name",
        ),
        (
            refused(&|config| config.condition = Some("1 = 1; DROP TABLE b".to_owned())),
            "has a `;`",
        ),
        (
            refused(&|config| config.condition = Some("1 = 1) OR (1 = 1".to_owned())),
            "closes a parenthesis",
        ),
        (
            refused(&|config| config.condition = Some("a = 'b -- c".to_owned())),
            "leaves a parenthesis or a quote open",
        ),
        (
            refused(&|config| config.condition = Some("a = 1 -- c".to_owned())),
            "has a comment",
        ),
        (
            refused(&|config| config.lines = Some(ChildConfig::default())),
            "has no lines",
        ),
        (
            refused(&|config| config.new_key = NewKey::Field("colour".to_owned())),
            "neither `auto` nor `uuid`",
        ),
    ] {
        assert!(said.contains(expected), "{said}");
    }
}
