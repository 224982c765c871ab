//! Tables by configuration, on every database that there is.

use std::collections::BTreeSet;

use api_core::{ErrorKind, SendOutcome};
use connectors::sql::Tables;
use connectors::sql::tables::{
    ChildConfig, ColumnConfig, FieldMap, NewKey, Scalar, TableConfig, TablesConfig,
};
use rust_decimal::Decimal;
use sync_core::fields::{
    Address, Contact, Customer, Invoice, InvoicePayment, Line, LineTax, Product, View,
};
use sync_core::testing::conformance::{create, push, read_all, reading, writing};
use sync_core::{
    Action, Connector, EntityKind, FieldName, Fields, FindKey, Marker, Op, OpId, Outcome, RecordId,
    Ref, Value,
};

use crate::sql_database::{Kind, Sql};

const CUSTOMERS: &str = "CREATE TABLE customers (id {ID}, code VARCHAR(40), \
    company VARCHAR(60) NOT NULL, mail VARCHAR(100), is_company {BOOL}, street VARCHAR(200), \
    town VARCHAR(100), zip VARCHAR(20), country CHAR(2), vat VARCHAR(30), \
    made {TIME}, note VARCHAR(20) NOT NULL DEFAULT 'none', tenant INT NOT NULL)";

fn customers() -> TableConfig {
    TableConfig {
        table: "customers".to_owned(),
        key: "id".to_owned(),
        fields: FieldMap::new([
            ("number", "code"),
            ("name", "company"),
            ("email", "mail"),
            ("is_person", "is_company"),
            ("address.street", "street"),
            ("address.city", "town"),
            ("address.postal_code", "zip"),
            ("address.country", "country"),
            ("vat_number", "vat"),
            ("created_at", "made"),
            ("custom_fields.note", "note"),
        ]),
        defaults: [("tenant".to_owned(), Scalar::Int(7))].into(),
        delete: true,
        ..TableConfig::default()
    }
}

const INVOICES: [&str; 4] = [
    "CREATE TABLE invoices (id {ID}, number VARCHAR(30), customer_id INT, invoice_date DATE, \
     total {MONEY}, state INT)",
    "CREATE TABLE invoice_lines (id {ID}, invoice_id INT NOT NULL, pos INT, descr VARCHAR(200), \
     qty {MONEY}, price {MONEY})",
    "CREATE TABLE line_taxes (id {ID}, line_id INT NOT NULL, label VARCHAR(20), rate {MONEY})",
    "CREATE TABLE receipts (id {ID}, invoice_id INT NOT NULL, amount {MONEY}, paid DATE)",
];

fn invoices() -> TableConfig {
    let mut fields = FieldMap::new([
        ("number", "number"),
        ("customer", "customer_id"),
        ("date", "invoice_date"),
        ("total", "total"),
    ]);
    let state = ColumnConfig {
        column: "state".to_owned(),
        values: [("1", "unpaid"), ("2", "paid")]
            .map(|(spelled, meaning)| (spelled.to_owned(), meaning.to_owned()))
            .into(),
        ..ColumnConfig::default()
    };
    fields.0.insert("status".to_owned(), state);
    TableConfig {
        table: "invoices".to_owned(),
        key: "id".to_owned(),
        fields,
        lines: Some(ChildConfig {
            table: "invoice_lines".to_owned(),
            parent: "invoice_id".to_owned(),
            key: Some("id".to_owned()),
            order: Some("pos".to_owned()),
            fields: FieldMap::new([
                ("description", "descr"),
                ("quantity", "qty"),
                ("unit_price", "price"),
            ]),
            taxes: Some(Box::new(ChildConfig {
                table: "line_taxes".to_owned(),
                parent: "line_id".to_owned(),
                key: Some("id".to_owned()),
                fields: FieldMap::new([("name", "label"), ("rate", "rate")]),
                ..ChildConfig::default()
            })),
            ..ChildConfig::default()
        }),
        payments: Some(ChildConfig {
            table: "receipts".to_owned(),
            parent: "invoice_id".to_owned(),
            key: Some("id".to_owned()),
            fields: FieldMap::new([("amount", "amount"), ("date", "paid")]),
            ..ChildConfig::default()
        }),
        delete: true,
        ..TableConfig::default()
    }
}

fn open(database: &Sql, tables: impl IntoIterator<Item = (EntityKind, TableConfig)>) -> Tables {
    Tables::builder(&database.url)
        .time_zone("Europe/Amsterdam")
        .tables(TablesConfig {
            tables: tables.into_iter().collect(),
        })
        .build()
        .unwrap()
}

fn customer(n: usize) -> Fields {
    Customer {
        number: Some(format!("C{n}")),
        name: Some(format!("Company {n} ëß中")),
        email: Some(format!("c{n}@example.com")),
        is_person: Some(n.is_multiple_of(2)),
        vat_number: Some(format!("NL{n}B01")),
        address: Some(Address {
            street: Some("Kade 1".to_owned()),
            city: Some("Delft".to_owned()),
            country: Some("NL".to_owned()),
            ..Address::default()
        }),
        created_at: Some("2026-07-01T10:00:00Z".parse().unwrap()),
        custom_fields: Some([("note".to_owned(), Value::from("hello"))].into()),
        ..Customer::default()
    }
    .into_fields()
}

fn line(text: &str, quantity: i64) -> Line {
    Line {
        description: Some(text.to_owned()),
        quantity: Some(Decimal::new(quantity, 0)),
        unit_price: Some(Decimal::new(1250, 2)),
        taxes: Some(vec![LineTax {
            name: Some("VAT".to_owned()),
            rate: Some(Decimal::new(21, 0)),
        }]),
        ..Line::default()
    }
}

fn invoice(n: usize, lines: Vec<Line>) -> Fields {
    Invoice {
        number: Some(format!("INV-{n:05}")),
        customer: Some(Ref::new(EntityKind::Customer, (n + 1).to_string())),
        date: Some("2026-02-28".parse().unwrap()),
        status: Some("unpaid".to_owned()),
        total: Some(Decimal::new(2500, 2)),
        lines: Some(lines),
        payments: Some(vec![InvoicePayment {
            amount: Some(Decimal::new(n as i64 * 100 + 1, 2)),
            date: Some("2026-03-01".parse().unwrap()),
            ..InvoicePayment::default()
        }]),
        ..Invoice::default()
    }
    .into_fields()
}

fn written(outcome: &Outcome) -> RecordId {
    match outcome {
        Outcome::Written(id) => id.clone(),
        other => panic!("not written: {other:?}"),
    }
}

fn update(created: &Op, id: &RecordId, fields: Fields, changed: &[&'static str]) -> Op {
    Op {
        id: OpId::new(),
        action: Action::Update { id: id.clone() },
        fields,
        changed: Some(changed.iter().map(|name| FieldName::known(name)).collect()),
        ..created.clone()
    }
}

#[tokio::test]
async fn customers_pass_the_conformance_suite_on_every_database() {
    for database in Sql::each().await {
        database.execute(CUSTOMERS).await;
        let tables = open(&database, [(EntityKind::Customer, customers())]);
        let edit = (FieldName::known("email"), Value::from("new@example.com"));
        writing(&tables, EntityKind::Customer, &customer, edit).await;
        reading(&tables).await;
        let tenants = database.column("SELECT DISTINCT CAST(tenant AS CHAR(9)) FROM customers");
        assert_eq!(
            tenants.await.iter().map(|t| t.trim()).collect::<Vec<_>>(),
            ["7"]
        );
        let noted = database.column("SELECT CAST(COUNT(*) AS CHAR(9)) FROM koppel_applied");
        assert_eq!(noted.await[0].trim(), "503");
        let report = tables.check().await;
        assert!(report.is_ok(), "{report:?}");
        database.remove().await;
    }
}

#[tokio::test]
async fn invoices_with_lines_taxes_and_payments_pass_the_conformance_suite() {
    for database in Sql::each().await {
        for sql in INVOICES {
            database.execute(sql).await;
        }
        let tables = open(&database, [(EntityKind::Invoice, invoices())]);
        let make = |n: usize| {
            let lines = (0..n % 3 + 1).map(|at| line(&format!("Line {at} of {n}"), at as i64 + 1));
            invoice(n, lines.collect())
        };
        let edit = (FieldName::known("status"), Value::from("paid"));
        writing(&tables, EntityKind::Invoice, &make, edit).await;
        reading(&tables).await;
        database.remove().await;
    }
}

#[tokio::test]
async fn the_same_batch_sent_twice_doubles_nothing() {
    for database in Sql::each().await {
        database.execute(CUSTOMERS).await;
        let config = || [(EntityKind::Customer, customers())];
        let ops: Vec<Op> = (0..20)
            .map(|n| create(EntityKind::Customer, customer(n)))
            .collect();
        let first = push(
            &open(&database, config()),
            EntityKind::Customer,
            ops.clone(),
        )
        .await;
        // Another process, after the answer to the first got lost; some writes are new.
        let mut again = ops.clone();
        again.push(create(EntityKind::Customer, customer(100)));
        let tables = open(&database, config());
        let second = push(&tables, EntityKind::Customer, again).await;
        for (first, second) in first.iter().zip(&second) {
            assert_eq!(written(first), written(second));
        }
        written(&second[20]);
        assert_eq!(tables.count(EntityKind::Customer).await, Some(21));
        let key = FindKey::Marker(ops[3].marker.clone());
        let found = tables.find(EntityKind::Customer, &key).await.unwrap();
        assert_eq!(found[0].id, written(&first[3]));
        database.remove().await;
    }
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_refused_alone_and_by_its_column() {
    for database in Sql::each().await {
        database.execute(CUSTOMERS).await;
        database
            .execute("CREATE UNIQUE INDEX customers_vat ON customers (vat)")
            .await;
        let tables = open(&database, [(EntityKind::Customer, customers())]);
        let mut ops: Vec<Op> = (0..10)
            .map(|n| create(EntityKind::Customer, customer(n)))
            .collect();
        ops[2].fields.remove("name");
        ops[5].fields.set("vat_number", "NL1B01");
        ops[7].fields.set(
            "address",
            Value::Map([("country".to_owned(), Value::from("Netherlands"))].into()),
        );
        let outcomes = push(&tables, EntityKind::Customer, ops).await;
        let mut bad = vec![(2, "company"), (5, "vat")];
        // SQLite keeps texts of any length.
        if database.kind != Kind::Sqlite {
            bad.push((7, "country"));
        }
        for (at, outcome) in outcomes.iter().enumerate() {
            match bad.iter().find(|(bad, _)| *bad == at) {
                None => drop(written(outcome)),
                Some((_, column)) => match outcome {
                    Outcome::Rejected(error) => {
                        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
                        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
                        let said = format!("{} {:?}", error.message(), error.field_errors());
                        assert!(said.contains(column), "{said}");
                    }
                    other => panic!("{at}: {other:?}"),
                },
            }
        }
        let count = 10 - bad.len() as u64;
        assert_eq!(tables.count(EntityKind::Customer).await, Some(count));
        database.remove().await;
    }
}

#[tokio::test]
async fn an_update_writes_the_columns_that_changed_and_no_others() {
    for database in Sql::each().await {
        database.execute(CUSTOMERS).await;
        let tables = open(&database, [(EntityKind::Customer, customers())]);
        let op = create(EntityKind::Customer, customer(1));
        let id = written(&push(&tables, EntityKind::Customer, vec![op.clone()]).await[0]);
        database
            .execute("UPDATE customers SET mail = 'by hand', tenant = 9")
            .await;
        let fields = op
            .fields
            .clone()
            .with("name", "New")
            .with("vat_number", Value::Null);
        let change = update(&op, &id, fields, &["name", "vat_number", "custom_fields"]);
        let mut same = change.clone();
        same.id = OpId::new();
        same.fields.set("custom_fields", Value::Null);
        // The second one changes nothing but the note, which falls back to its default.
        let outcomes = push(&tables, EntityKind::Customer, vec![change.clone(), same]).await;
        assert!(outcomes.iter().all(|outcome| written(outcome) == id));
        let mut shown = Vec::new();
        for column in ["company", "mail", "tenant", "COALESCE(vat, '-')", "note"] {
            let sql = format!("SELECT CAST({column} AS CHAR(20)) FROM customers");
            shown.extend(database.column(&sql).await);
        }
        let shown: Vec<&str> = shown.iter().map(|text| text.trim()).collect();
        assert_eq!(shown, ["New", "by hand", "9", "-", ""]);
        let again = update(&op, &id, change.fields.clone(), &["name"]);
        written(&push(&tables, EntityKind::Customer, vec![again]).await[0]);
        database.remove().await;
    }
}

#[tokio::test]
async fn child_rows_are_replaced_only_where_they_differ_and_keep_their_ids() {
    for database in Sql::each().await {
        for sql in INVOICES {
            database.execute(sql).await;
        }
        let tables = open(&database, [(EntityKind::Invoice, invoices())]);
        let entity = EntityKind::Invoice;
        let lines = || vec![line("a", 1), line("b", 2), line("c", 3)];
        let op = create(entity, invoice(1, lines()));
        let other = create(entity, invoice(2, lines()));
        let ids = push(&tables, entity, vec![op.clone(), other]).await;
        let (id, other) = (written(&ids[0]), written(&ids[1]));
        let rows = async || {
            let mut rows = database
                .column("SELECT descr FROM invoice_lines WHERE invoice_id = 1 ORDER BY pos")
                .await;
            rows.push("|".to_owned());
            let ids = database.column(
                "SELECT CAST(id AS CHAR(4)) FROM invoice_lines WHERE invoice_id = 1 ORDER BY pos",
            );
            rows.extend(ids.await.into_iter().map(|id| id.trim().to_owned()));
            rows.join(" ")
        };
        assert_eq!(rows().await, "a b c | 1 2 3");
        let change = async |lines: Vec<Line>| {
            let fields = invoice(1, lines);
            let op = update(&op, &id, fields.clone(), &["lines"]);
            assert_eq!(written(&push(&tables, entity, vec![op]).await[0]), id);
            let now = tables.fetch(entity, &id).await.unwrap().unwrap();
            assert_eq!(now.content_hash(), fields.content_hash(), "{now:?}");
        };
        change(vec![line("new", 9), line("a", 1), line("c", 3)]).await;
        assert_eq!(rows().await, "new a c | 2 1 3");
        change(vec![line("c", 3)]).await;
        assert_eq!(rows().await, "c | 3");
        change(vec![line("c", 3), line("d", 4)]).await;
        assert!(rows().await.starts_with("c d | 3 "), "{}", rows().await);
        change(Vec::new()).await;
        assert_eq!(rows().await, "|");
        let untouched = tables.fetch(entity, &other).await.unwrap().unwrap();
        assert_eq!(untouched.fields, invoice(2, lines()));
        // Deleting takes everything along, and may be asked for twice.
        for _ in 0..2 {
            let gone = Op {
                id: OpId::new(),
                action: Action::Delete { id: other.clone() },
                ..op.clone()
            };
            written(&push(&tables, entity, vec![gone]).await[0]);
        }
        assert!(tables.fetch(entity, &other).await.unwrap().is_none());
        for table in ["invoice_lines", "line_taxes", "receipts"] {
            let sql = format!("SELECT CAST(COUNT(*) AS CHAR(4)) FROM {table}");
            let left = database.column(&sql).await;
            let expected = if table == "receipts" { "1" } else { "0" };
            assert_eq!(left[0].trim(), expected, "{table}");
        }
        database.remove().await;
    }
}

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

#[tokio::test]
async fn two_writers_at_once_lose_and_double_nothing() {
    for database in Sql::each().await {
        database.execute(CUSTOMERS).await;
        let config = || [(EntityKind::Customer, customers())];
        let (one, two) = (open(&database, config()), open(&database, config()));
        let batch = |from: usize| -> Vec<Op> {
            (from..from + 50)
                .map(|n| create(EntityKind::Customer, customer(n)))
                .collect()
        };
        let run = async |tables: &Tables, from: usize| {
            let mut ids = Vec::new();
            for part in 0..6 {
                let ops = batch(from + part * 50);
                loop {
                    let outcomes = push(tables, EntityKind::Customer, ops.clone()).await;
                    if matches!(outcomes[0], Outcome::Deferred(_)) {
                        continue;
                    }
                    ids.extend(outcomes.iter().map(written));
                    break;
                }
            }
            ids
        };
        let (first, second) = tokio::join!(run(&one, 0), run(&two, 1000));
        let all: BTreeSet<RecordId> = first.into_iter().chain(second).collect();
        assert_eq!(all.len(), 600);
        let read = read_all(&one, EntityKind::Customer, 1000).await;
        assert_eq!(read.len(), 600);
        for record in read {
            assert!(all.contains(&record.id));
        }
        database.remove().await;
    }
}

#[tokio::test]
async fn a_record_of_another_connection_is_not_found_by_its_marker() {
    let database = Sql::sqlite();
    database
        .execute("CREATE TABLE people (id {ID}, mail VARCHAR(50), ext VARCHAR(99))")
        .await;
    let config = TableConfig {
        table: "people".to_owned(),
        key: "id".to_owned(),
        fields: FieldMap::new([("email", "mail")]),
        marker: Some("ext".to_owned()),
        ..TableConfig::default()
    };
    let tables = open(&database, [(EntityKind::Contact, config)]);
    let marker = |id: &str| Marker::of("crm", EntityKind::Contact, &RecordId::from(id));
    let find = async |id: &str| {
        let key = FindKey::Marker(marker(id));
        let found = tables.find(EntityKind::Contact, &key).await;
        found.unwrap().len()
    };
    // Before anything was ever written there is nothing to look in.
    assert_eq!(find("1").await, 0);
    let fields = Contact {
        email: Some("a@example.com".to_owned()),
        ..Contact::default()
    }
    .into_fields();
    let mut op = create(EntityKind::Contact, fields);
    op.marker = marker("1");
    written(&push(&tables, EntityKind::Contact, vec![op]).await[0]);
    assert_eq!((find("1").await, find("2").await), (1, 0));
    database.execute("DELETE FROM koppel_applied").await;
    assert_eq!(find("1").await, 1, "the column keeps it too");
}
