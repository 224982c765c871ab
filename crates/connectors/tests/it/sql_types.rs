//! Types that only one database has.

use connectors::sql::Tables;
use connectors::sql::tables::{FieldMap, NewKey, TableConfig, TablesConfig};
use sync_core::testing::conformance::{create, push, read_all, reading};
use sync_core::{Connector, EntityKind, Fields, FindKey, Outcome, RecordId, Value};

use crate::sql_database::Sql;

fn open(database: &Sql, entity: EntityKind, config: TableConfig) -> Tables {
    Tables::builder(&database.url)
        .time_zone("Europe/Amsterdam")
        .tables(TablesConfig {
            tables: [(entity, config)].into(),
        })
        .build()
        .unwrap()
}

fn table(key: &str, fields: FieldMap) -> TableConfig {
    TableConfig {
        table: "t".to_owned(),
        key: key.to_owned(),
        fields,
        ..TableConfig::default()
    }
}

async fn put(tables: &Tables, entity: EntityKind, fields: &Fields) -> Result<RecordId, String> {
    let op = create(entity, fields.clone());
    match push(tables, entity, vec![op]).await.remove(0) {
        Outcome::Written(id) => Ok(id),
        Outcome::Rejected(error) => Err(error.message().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn types_of_postgres_are_read_and_written_by_name() {
    let Some(database) = Sql::postgres().await else {
        return;
    };
    database
        .execute(
            "CREATE TYPE mood AS ENUM ('open', 'closed'); \
             CREATE DOMAIN mail AS VARCHAR(20) CHECK (VALUE LIKE '%@%'); \
             CREATE TABLE t (code CHAR(8) PRIMARY KEY, state mood, address mail, \
             extra JSONB, seen TIMESTAMPTZ, born TIMESTAMP(3), rate DOUBLE PRECISION, \
             small SMALLINT, n NUMERIC(6,3), net INET, flag BOOLEAN, \
             whole TEXT GENERATED ALWAYS AS (code || '!') STORED)",
        )
        .await;
    let entity = EntityKind::Lead;
    let mut config = table(
        "code",
        FieldMap::new([
            ("title", "code"),
            ("status", "state"),
            ("email", "address"),
            ("custom_fields.extra", "extra"),
            ("custom_fields.net", "net"),
            ("custom_fields.rate", "rate"),
            ("custom_fields.small", "small"),
            ("last_contact_at", "seen"),
            ("created_at", "born"),
            ("value", "n"),
            ("lost", "flag"),
            ("description", "whole"),
        ]),
    );
    config.new_key = NewKey::Field("title".to_owned());
    config.modified = Some("seen".to_owned());
    config.natural_keys = vec![
        vec!["title".to_owned()],
        vec!["status".to_owned(), "email".to_owned()],
    ];
    let tables = open(&database, entity, config);
    let text = |parts: &[(&str, &str)]| {
        Value::Map(
            parts
                .iter()
                .map(|(name, text)| ((*name).to_owned(), Value::from(*text)))
                .collect(),
        )
    };
    let moment = |text: &str| Value::Timestamp(text.parse().unwrap());
    let number = |text: &str| Value::Decimal(text.parse().unwrap());
    let fields = Fields::new()
        .with("title", "ab 1")
        .with("status", "open")
        .with("email", "a@b")
        .with(
            "custom_fields",
            text(&[
                ("extra", "{\"a\": 1}"),
                ("net", "10.0.0.1/32"),
                ("rate", "0.3"),
                ("small", "7"),
            ]),
        )
        .with("last_contact_at", moment("2026-10-25T01:30:00.5Z"))
        .with("created_at", moment("2026-07-01T10:00:00.25Z"))
        .with("value", number("123.456"))
        .with("lost", true);
    assert_eq!(
        put(&tables, entity, &fields).await.unwrap().as_str(),
        "ab 1"
    );
    let expected = fields.clone().with("description", "ab 1!");
    let read = read_all(&tables, entity, 10).await;
    assert_eq!(read[0].fields, expected);
    assert_eq!(
        read[0].modified,
        Some("2026-10-25T01:30:00.5Z".parse().unwrap())
    );
    // A batch of several goes by another way: each column is one array.
    let many: Vec<_> = (0..9)
        .map(|n| {
            let mut fields = fields.clone().with("title", format!("b{n}"));
            if n % 2 == 0 {
                for name in ["status", "value", "custom_fields", "lost"] {
                    fields.remove(name);
                }
            }
            create(entity, fields)
        })
        .collect();
    for outcome in push(&tables, entity, many).await {
        assert!(matches!(outcome, Outcome::Written(_)), "{outcome:?}");
    }
    reading(&tables).await;
    let key = FindKey::Natural(vec![("title".into(), Value::from("b3"))]);
    assert_eq!(tables.find(entity, &key).await.unwrap().len(), 1);
    for (field, value, said) in [
        ("status", Value::from("angry"), "mood"),
        ("email", Value::from("no address"), "check"),
        (
            "email",
            Value::from("far.too.long@for.this.column"),
            "20 fit",
        ),
        ("title", Value::from("123456789"), "8 fit"),
        ("value", number("1.2345"), "3 digits"),
        ("value", number("1000"), "overflow"),
        ("custom_fields", text(&[("small", "99999")]), "99999"),
        ("custom_fields", text(&[("extra", "{")]), "json"),
    ] {
        let bad = fields.clone().with("title", "bad").with(field, value);
        let error = put(&tables, entity, &bad).await.unwrap_err();
        assert!(error.contains(said), "{field}: {error}");
    }
    assert_eq!(tables.count(entity).await, Some(10));
    database.remove().await;
}

#[tokio::test]
async fn types_of_mysql_are_read_and_written() {
    let Some(database) = Sql::mysql().await else {
        return;
    };
    database
        .execute(
            "CREATE TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, \
             state ENUM('open', 'closed'), tags SET('a', 'b'), extra JSON, y YEAR, b BIT(1), \
             t1 TIMESTAMP(6) NULL, d DATETIME, f FLOAT, clock TIME, \
             txt TINYTEXT, small TINYINT UNSIGNED, money DECIMAL(8,2), \
             changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)",
        )
        .await;
    let entity = EntityKind::Lead;
    let mut config = table(
        "id",
        FieldMap::new([
            ("status", "state"),
            ("custom_fields.tags", "tags"),
            ("custom_fields.extra", "extra"),
            ("custom_fields.year", "y"),
            ("custom_fields.clock", "clock"),
            ("custom_fields.small", "small"),
            ("lost", "b"),
            ("created_at", "t1"),
            ("last_contact_at", "d"),
            ("value", "money"),
            ("title", "f"),
            ("description", "txt"),
        ]),
    );
    config.modified = Some("changed".to_owned());
    let tables = open(&database, entity, config);
    let text = |parts: &[(&str, &str)]| {
        Value::Map(
            parts
                .iter()
                .map(|(name, text)| ((*name).to_owned(), Value::from(*text)))
                .collect(),
        )
    };
    let moment = |text: &str| Value::Timestamp(text.parse().unwrap());
    let fields = Fields::new()
        .with("status", "open")
        .with(
            "custom_fields",
            text(&[
                ("tags", "a,b"),
                ("extra", "{\"a\": 1}"),
                ("year", "2026"),
                ("clock", "12:30:00"),
                ("small", "200"),
            ]),
        )
        .with("lost", true)
        .with("created_at", moment("2026-10-25T01:30:00.123456Z"))
        .with("last_contact_at", moment("2026-07-01T10:00:00Z"))
        .with("value", Value::Decimal("999999.99".parse().unwrap()))
        .with("title", "0.1")
        .with("description", "é".repeat(100));
    put(&tables, entity, &fields).await.unwrap();
    let read = read_all(&tables, entity, 10).await;
    assert_eq!(read[0].fields, fields);
    assert!(read[0].modified.is_some());
    reading(&tables).await;
    for (field, value, said) in [
        ("status", Value::from("angry"), "state"),
        ("description", Value::from("é".repeat(200)), "255 fit"),
        ("value", Value::Decimal("1000000".parse().unwrap()), "money"),
        ("custom_fields", text(&[("small", "300")]), "small"),
        ("custom_fields", text(&[("extra", "{")]), "extra"),
        ("custom_fields", text(&[("year", "soon")]), "y"),
        // 2026-03-29 02:30 is in the gap of spring for a server in that zone; here it is a moment.
        ("last_contact_at", moment("-000001-01-01T00:00:00Z"), "d"),
    ] {
        let error = put(&tables, entity, &fields.clone().with(field, value))
            .await
            .unwrap_err();
        assert!(error.contains(said), "{field}: {error}");
    }
    assert_eq!(tables.count(entity).await, Some(1));
    database.remove().await;
}

#[tokio::test]
async fn a_number_that_sqlite_has_given_once_is_not_given_again() {
    let database = Sql::sqlite();
    database
        .execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT); \
             INSERT INTO t VALUES (41, 'a'), (42, 'b'); DELETE FROM t WHERE id = 42",
        )
        .await;
    let entity = EntityKind::ProductGroup;
    let tables = open(
        &database,
        entity,
        table("id", FieldMap::new([("name", "name")])),
    );
    let fields = Fields::new().with("name", "c");
    assert_eq!(put(&tables, entity, &fields).await.unwrap().as_str(), "43");
    assert_eq!(put(&tables, entity, &fields).await.unwrap().as_str(), "44");
    let given = database
        .column("SELECT CAST(seq AS TEXT) FROM sqlite_sequence")
        .await;
    assert_eq!(given, ["44"]);
}
