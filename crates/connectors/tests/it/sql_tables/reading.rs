//! Reading configured tables: what changed, views, and rows that are not as they should be.

use api_core::ErrorKind;
use connectors::sql::tables::{FieldMap, TableConfig};
use rust_decimal::Decimal;
use sync_core::testing::conformance::{create, push, read_all, reading};
use sync_core::{Connector, EntityKind, Fields, Outcome, Value};

use super::{CUSTOMERS, open};
use crate::sql_database::{Kind, Sql};

#[tokio::test]
async fn only_rows_that_changed_are_read_where_there_is_a_modified_column() {
    for database in Sql::each().await {
        database
            .execute(
                "CREATE TABLE people (id {ID}, mail VARCHAR(50), changed {TIME}); \
                 INSERT INTO people (mail, changed) VALUES ('a', '2026-01-01 10:00:00'), \
                 ('b', '2026-01-03 10:00:00'), ('c', NULL), ('d', '2026-01-03 10:00:00'), \
                 ('e', '2099-01-01 00:00:00')",
            )
            .await;
        let config = TableConfig {
            table: "people".to_owned(),
            key: "id".to_owned(),
            modified: Some("changed".to_owned()),
            condition: Some("mail <> 'e'".to_owned()),
            fields: FieldMap::new([("email", "mail")]),
            ..TableConfig::default()
        };
        let tables = open(&database, [(EntityKind::Contact, config)]);
        reading(&tables).await;
        let listing = async |start: Option<sync_core::Cursor>, limit: usize| {
            let (mut mails, mut cursor) = (Vec::new(), start);
            loop {
                let page = tables.pull(EntityKind::Contact, cursor.as_ref(), limit);
                let page = page.await.unwrap();
                for record in page.records {
                    mails.push(record.fields.text("email").unwrap().to_owned());
                }
                cursor = page.next;
                if page.complete {
                    return (mails.join(""), cursor);
                }
            }
        };
        for limit in [1, 2, 100] {
            let (all, end) = listing(None, limit).await;
            assert_eq!(all, "abcd");
            let (none, end) = listing(end, limit).await;
            assert_eq!(none, "bd", "the last stamp is read again");
            // Another row with the same stamp, and one before it that was committed late.
            database
                .execute(
                    "INSERT INTO people (mail, changed) VALUES ('f', '2026-01-03 10:00:00'), \
                     ('g', '2026-01-03 08:30:00'), ('h', '2026-01-03 07:30:00')",
                )
                .await;
            let (new, end) = listing(end, limit).await;
            assert_eq!(new, "gbdf");
            // A row that is dated to the future does not hide what comes before.
            database
                .execute("UPDATE people SET mail = 'E' WHERE mail = 'e'")
                .await;
            let (_, end) = listing(end, limit).await;
            let since = end.unwrap().to_string();
            assert!(!since.contains("2099"), "{since}");
            database
                .execute(
                    "UPDATE people SET mail = 'e' WHERE mail = 'E'; \
                     DELETE FROM people WHERE mail IN ('f', 'g', 'h')",
                )
                .await;
        }
        database.remove().await;
    }
}

#[tokio::test]
async fn hostile_rows_are_set_apart_and_the_rest_of_the_page_is_read() {
    for database in Sql::each().await {
        let (blob, bad, huge) = match database.kind {
            Kind::Sqlite => ("BLOB", "CAST(x'ff41' AS TEXT)", "hex(zeroblob(2500000))"),
            Kind::MySql => ("LONGBLOB", "x'ff41'", "REPEAT('00', 2500000)"),
            Kind::Postgres => ("TEXT", "'fine'", "repeat('00', 2500000)"),
        };
        // A server would refuse the dates in columns of dates; many programs use text.
        database
            .execute(&format!(
                "CREATE TABLE odd (id {{ID}}, name {blob}, price VARCHAR(30), born VARCHAR(30), \
                 seen VARCHAR(40), yes VARCHAR(10)); \
                 INSERT INTO odd (name, price, born, seen, yes) VALUES \
                 ('plain', '12.50', '2026-02-28', '2026-02-28 10:00:00', 'Ja'), \
                 (NULL, NULL, NULL, NULL, NULL), \
                 ('zero', '', '0000-00-00', '0000-00-00 00:00:00', '0'), \
                 ({bad}, '1', NULL, NULL, NULL), \
                 ({huge}, '1e3', '2026-02-28 23:59:59', '2026-02-28T10:00:00+05:00', 'f'), \
                 ('money', 'a lot', NULL, NULL, NULL), \
                 ('date', '1', '2026-02-30', NULL, NULL), \
                 ('gap', '-0.005', NULL, '2026-03-29 02:30:00', 'Y'), \
                 ('twice', '1', NULL, '2026-10-25 02:30:00', NULL), \
                 ('perhaps', '1', NULL, NULL, 'perhaps')"
            ))
            .await;
        let config = TableConfig {
            table: "odd".to_owned(),
            key: "id".to_owned(),
            fields: FieldMap::new([
                ("name", "name"),
                ("value", "price"),
                ("last_contact_at", "seen"),
                ("created_at", "born"),
                ("lost", "yes"),
            ]),
            ..TableConfig::default()
        };
        let tables = open(&database, [(EntityKind::Lead, config)]);
        let page = tables.pull(EntityKind::Lead, None, 100).await.unwrap();
        assert!(page.complete);
        let bad: Vec<(&str, &str)> = page
            .unreadable
            .iter()
            .map(|row| (row.id.as_str(), row.error.message()))
            .collect();
        let mut expected = vec!["4", "6", "7", "10"];
        if database.kind == Kind::Postgres {
            expected.remove(0);
        }
        assert_eq!(bad.iter().map(|(id, _)| *id).collect::<Vec<_>>(), expected);
        assert!(
            bad[bad.len() - 3].1.contains("`odd.price` holds `a lot`"),
            "{bad:?}"
        );
        assert!(bad[bad.len() - 1].1.contains("not yes or no"), "{bad:?}");
        let record = |id: &str| {
            let found = page.records.iter().find(|record| record.id.as_str() == id);
            found.unwrap().fields.clone()
        };
        assert_eq!(record("1").get("lost"), &Value::Bool(true));
        assert!(record("2").is_empty());
        assert_eq!(record("3").len(), 2, "{:?}", record("3"));
        let long = record("5");
        assert_eq!(long.text("name").unwrap().len(), 5_000_000);
        assert_eq!(long.get("value"), &Value::Decimal(Decimal::new(1000, 0)));
        let at = |fields: &Fields, name: &str| match fields.get(name) {
            Value::Timestamp(at) => at.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(at(&long, "last_contact_at"), "2026-02-28T05:00:00Z");
        assert_eq!(at(&record("8"), "last_contact_at"), "2026-03-29T01:30:00Z");
        assert_eq!(at(&record("9"), "last_contact_at"), "2026-10-25T00:30:00Z");
        assert_eq!(at(&record("1"), "created_at"), "2026-02-27T23:00:00Z");
        database.remove().await;
    }
}

#[tokio::test]
async fn zero_dates_and_moments_of_mysql_are_understood() {
    let Some(database) = Sql::mysql().await else {
        return;
    };
    database
        .execute(
            "CREATE TABLE t (id {ID}, d DATE NOT NULL DEFAULT '0000-00-00', \
             dt DATETIME(6) NOT NULL DEFAULT '0000-00-00 00:00:00', ts TIMESTAMP NULL, \
             big BIGINT UNSIGNED, name VARCHAR(9)); \
             INSERT INTO t (d, dt, ts, big, name) VALUES \
             ('0000-00-00', '0000-00-00 00:00:00', NULL, 18446744073709551615, 'a'), \
             ('2026-00-00', '2026-01-01 00:00:00', NULL, 1, 'b'), \
             ('2026-02-28', '2026-07-01 12:00:00.000001', '2026-07-01 12:00:00', 2, 'c')",
        )
        .await;
    let config = TableConfig {
        table: "t".to_owned(),
        key: "id".to_owned(),
        fields: FieldMap::new([
            ("start_date", "d"),
            ("finished_at", "dt"),
            ("created_on", "ts"),
            ("cost", "big"),
            ("name", "name"),
        ]),
        ..TableConfig::default()
    };
    let tables = open(&database, [(EntityKind::Project, config)]);
    let page = tables.pull(EntityKind::Project, None, 10).await.unwrap();
    assert_eq!(page.unreadable.len(), 1);
    assert_eq!(page.unreadable[0].id.as_str(), "2");
    let first = &page.records[0].fields;
    assert_eq!(first.get("start_date"), &Value::Null);
    assert_eq!(first.get("finished_at"), &Value::Null);
    assert_eq!(
        first.get("cost"),
        &Value::Decimal("18446744073709551615".parse().unwrap())
    );
    let last = &page.records[1].fields;
    let expected: api_core::Timestamp = "2026-07-01T10:00:00.000001Z".parse().unwrap();
    assert_eq!(last.get("finished_at"), &Value::Timestamp(expected));
    // A TIMESTAMP is a moment in UTC, whatever the zone of the connection.
    assert_eq!(
        last.get("created_on"),
        &Value::Date("2026-07-01".parse().unwrap())
    );
    database.remove().await;
}

#[tokio::test]
async fn a_view_is_read_and_never_written() {
    for database in Sql::each().await {
        database.execute(CUSTOMERS).await;
        database
            .execute(
                "INSERT INTO customers (company, tenant) VALUES ('A', 1), ('B', 2); \
                 CREATE VIEW mine AS SELECT id, company FROM customers WHERE tenant = 1",
            )
            .await;
        let config = |read_only| TableConfig {
            table: "mine".to_owned(),
            key: "id".to_owned(),
            fields: FieldMap::new([("name", "company")]),
            read_only,
            ..TableConfig::default()
        };
        let tables = open(&database, [(EntityKind::Customer, config(false))]);
        assert_eq!(read_all(&tables, EntityKind::Customer, 10).await.len(), 1);
        let report = tables.check().await;
        let step = report.steps.iter().find(|step| step.ok == Some(false));
        assert!(step.unwrap().detail.contains("is a view"), "{report:?}");
        let op = create(EntityKind::Customer, Fields::new().with("name", "C"));
        for tables in [
            tables,
            open(&database, [(EntityKind::Customer, config(true))]),
        ] {
            match &push(&tables, EntityKind::Customer, vec![op.clone()]).await[0] {
                Outcome::Rejected(error) => assert_eq!(error.kind(), ErrorKind::Permission),
                other => panic!("{other:?}"),
            }
        }
        let tables = open(&database, [(EntityKind::Customer, config(true))]);
        assert!(tables.check().await.is_ok());
        assert!(!tables.describe().can_create(EntityKind::Customer));
        database.remove().await;
    }
}
