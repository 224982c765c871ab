//! Writing into configured tables: once, alone, and only what changed.

use std::collections::BTreeSet;

use api_core::{ErrorKind, SendOutcome};
use connectors::sql::Tables;
use connectors::sql::tables::{FieldMap, TableConfig};
use sync_core::fields::{Contact, Line, View};
use sync_core::testing::conformance::{create, push, read_all};
use sync_core::{
    Action, Connector, EntityKind, FindKey, Marker, Op, OpId, Outcome, RecordId, Value,
};

use super::{CUSTOMERS, INVOICES, customer, customers, invoice, invoices, line, open, update};
use crate::sql_database::{Kind, Sql};
use crate::support::written;

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
