//! Commits whose answer got lost: on the way there, or on the way back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use connectors::sql::Tables;
use connectors::sql::tables::{FieldMap, TableConfig, TablesConfig};
use sync_core::testing::conformance::{create, push};
use sync_core::{Connector, EntityKind, Fields, FindKey, Op, Outcome, RecordId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::sql_database::{Kind, Sql};

/// Everything passes.
const PASS: u8 = 0;
/// The connection breaks before the next `COMMIT` reaches the server.
const BEFORE: u8 = 1;
/// The connection breaks once the server has answered the next `COMMIT`.
const AFTER: u8 = 2;

/// Stands between the client and the server.
struct Wire {
    port: u16,
    mode: Arc<AtomicU8>,
}

impl Wire {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mode = Arc::new(AtomicU8::new(PASS));
        let shared = mode.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                tokio::spawn(carry(client, server, shared.clone()));
            }
        });
        Self { port, mode }
    }
}

async fn carry(client: TcpStream, server: TcpStream, mode: Arc<AtomicU8>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    let mut mute = false;
    loop {
        tokio::select! {
            read = from_client.read(&mut asked) => {
                let Ok(read @ 1..) = read else { return };
                let bytes = &asked[..read];
                // Not the `COMMITTED` of an isolation level.
                let commits = bytes
                    .split(|byte| !byte.is_ascii_alphabetic())
                    .any(|word| word.ends_with(b"COMMIT"));
                let now = if commits { mode.swap(PASS, Ordering::SeqCst) } else { PASS };
                if now == BEFORE {
                    return;
                }
                mute |= now == AFTER;
                if to_server.write_all(bytes).await.is_err() {
                    return;
                }
            }
            read = from_server.read(&mut answered) => {
                let Ok(read @ 1..) = read else { return };
                if mute || to_client.write_all(&answered[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn behind_a_wire(database: &Sql) -> (Wire, Tables) {
    let mut url = url::Url::parse(&database.url).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let wire = Wire::to(server).await;
    url.set_port(Some(wire.port)).unwrap();
    // In the clear, so that the wire can read along.
    url.set_query(Some(match database.kind {
        Kind::MySql => "ssl-mode=DISABLED",
        _ => "sslmode=disable",
    }));
    let config = TableConfig {
        table: "people".to_owned(),
        key: "id".to_owned(),
        fields: FieldMap::new([("email", "mail")]),
        ..TableConfig::default()
    };
    let tables = Tables::builder(url.as_str())
        .tables(TablesConfig {
            tables: [(EntityKind::Contact, config)].into(),
        })
        .build()
        .unwrap();
    (wire, tables)
}

fn ops(from: usize) -> Vec<Op> {
    (from..from + 5)
        .map(|n| {
            let fields = Fields::new().with("email", format!("p{n}@example.com"));
            create(EntityKind::Contact, fields)
        })
        .collect()
}

fn ids(outcomes: &[Outcome]) -> Vec<RecordId> {
    outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Written(id) => id.clone(),
            other => panic!("not written: {other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn a_commit_whose_answer_got_lost_is_unknown_and_never_done_twice() {
    for database in [Sql::mysql().await, Sql::postgres().await] {
        let Some(database) = database else { continue };
        database
            .execute("CREATE TABLE people (id {ID}, mail VARCHAR(50))")
            .await;
        let (wire, tables) = behind_a_wire(&database).await;
        ids(&push(&tables, EntityKind::Contact, ops(0)).await);
        for (round, mode) in [BEFORE, AFTER, BEFORE, AFTER].into_iter().enumerate() {
            let batch = ops((round + 1) * 100);
            let before = tables.count(EntityKind::Contact).await.unwrap();
            wire.mode.store(mode, Ordering::SeqCst);
            let outcomes = push(&tables, EntityKind::Contact, batch.clone()).await;
            for outcome in &outcomes {
                assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
            }
            // What a search says is what happened.
            let key = FindKey::Marker(batch[2].marker.clone());
            let found = tables.find(EntityKind::Contact, &key).await.unwrap();
            assert_eq!(found.len(), usize::from(mode == AFTER));
            let again = ids(&push(&tables, EntityKind::Contact, batch.clone()).await);
            if let Some(found) = found.first() {
                assert_eq!(found.id, again[2]);
            }
            let once_more = ids(&push(&tables, EntityKind::Contact, batch).await);
            assert_eq!(again, once_more);
            let after = tables.count(EntityKind::Contact).await.unwrap();
            assert_eq!(after, before + 5);
        }
        database.remove().await;
    }
}

#[tokio::test]
async fn a_batch_is_put_off_while_another_program_holds_what_it_needs() {
    let database = Sql::sqlite();
    database
        .execute("CREATE TABLE people (id {ID}, mail VARCHAR(50))")
        .await;
    let config = TableConfig {
        table: "people".to_owned(),
        key: "id".to_owned(),
        fields: FieldMap::new([("email", "mail")]),
        ..TableConfig::default()
    };
    let tables = Tables::builder(&database.url)
        .tables(TablesConfig {
            tables: [(EntityKind::Contact, config)].into(),
        })
        .build()
        .unwrap();
    ids(&push(&tables, EntityKind::Contact, ops(0)).await);
    let path = database.url.trim_start_matches("sqlite:");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::Executor::execute(&mut other, "BEGIN IMMEDIATE")
        .await
        .unwrap();
    let batch = ops(100);
    let outcomes = push(&tables, EntityKind::Contact, batch.clone()).await;
    for outcome in &outcomes {
        match outcome {
            Outcome::Deferred(error) => assert!(error.is_transient(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
    sqlx::Executor::execute(&mut other, "ROLLBACK")
        .await
        .unwrap();
    ids(&push(&tables, EntityKind::Contact, batch).await);
    assert_eq!(tables.count(EntityKind::Contact).await, Some(10));
}

#[tokio::test]
async fn what_a_process_that_died_left_in_a_file_is_taken_back() {
    let database = Sql::sqlite();
    database
        .execute("CREATE TABLE people (id {ID}, mail VARCHAR(50))")
        .await;
    database
        .execute("INSERT INTO people (mail) VALUES ('before@example.com')")
        .await;
    // A write that is not finished, so long that a part of it is in the file already.
    let path = std::path::PathBuf::from(database.url.trim_start_matches("sqlite:"));
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .pragma("cache_size", "5");
    let mut dying = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::Executor::execute(
        &mut dying,
        sqlx::raw_sql(
            "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) \
             INSERT INTO people (mail) SELECT 'half@example.com' || i FROM n",
        ),
    )
    .await
    .unwrap();
    // Copies are what the file and its journal look like after the process is gone.
    for read_only in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("it.db");
        let journal = |path: &std::path::Path| path.with_extension("db-journal");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::copy(journal(&path), journal(&copy)).unwrap();
        let config = TableConfig {
            table: "people".to_owned(),
            key: "id".to_owned(),
            fields: FieldMap::new([("email", "mail")]),
            ..TableConfig::default()
        };
        let tables = Tables::builder(&format!("sqlite:{}", copy.display()))
            .read_only(read_only)
            .tables(TablesConfig {
                tables: [(EntityKind::Contact, config)].into(),
            })
            .build()
            .unwrap();
        let page = tables.pull(EntityKind::Contact, None, 100).await;
        if read_only {
            let error = page.unwrap_err();
            assert_eq!(error.kind(), api_core::ErrorKind::Unavailable, "{error}");
            assert!(error.message().contains("cut off"), "{error}");
        } else {
            let page = page.unwrap();
            assert_eq!(page.records.len(), 1, "only what was committed");
            ids(&push(&tables, EntityKind::Contact, ops(0)).await);
        }
    }
}

fn people<const N: usize>(database: &Sql, fields: [(&str, &str); N]) -> Tables {
    let config = TableConfig {
        table: "people".to_owned(),
        key: "id".to_owned(),
        fields: FieldMap::new(fields),
        ..TableConfig::default()
    };
    Tables::builder(&database.url)
        .tables(TablesConfig {
            tables: [(EntityKind::Contact, config)].into(),
        })
        .build()
        .unwrap()
}

fn refused(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_row_that_only_the_commit_refuses_is_refused_alone() {
    for database in [Some(Sql::sqlite()), Sql::postgres().await] {
        let Some(database) = database else { continue };
        database
            .execute("CREATE TABLE firms (mail VARCHAR(50) PRIMARY KEY)")
            .await;
        database
            .execute("INSERT INTO firms VALUES ('p0@example.com'), ('p2@example.com')")
            .await;
        database
            .execute(
                "CREATE TABLE people (id {ID}, mail VARCHAR(50) \
                 REFERENCES firms (mail) DEFERRABLE INITIALLY DEFERRED)",
            )
            .await;
        let tables = people(&database, [("email", "mail")]);
        let three = ops(0)[..3].to_vec();
        let outcomes = push(&tables, EntityKind::Contact, three).await;
        ids(&[outcomes[0].clone(), outcomes[2].clone()]);
        refused(&outcomes[1]);
        // Batches that are written together do not share their fate either.
        let [a, b, c] =
            [0, 1, 2].map(|n| push(&tables, EntityKind::Contact, vec![ops(0).remove(n)]));
        let (a, b, c) = tokio::join!(a, b, c);
        ids(&a);
        refused(&b[0]);
        ids(&c);
        assert_eq!(tables.count(EntityKind::Contact).await, Some(4));
        database.remove().await;
    }
}

#[tokio::test]
async fn a_row_that_fits_no_index_and_no_partition_is_refused_alone() {
    let mut state = 1_u32;
    let noise: String = (0..12_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'a' + u8::try_from((state >> 16) % 26).unwrap())
        })
        .collect();
    let make = "CREATE TABLE people (id {ID}, mail TEXT)";
    let partitions = "CREATE TABLE people (id INT AUTO_INCREMENT, mail VARCHAR(20), \
                      PRIMARY KEY (id, mail)) PARTITION BY LIST COLUMNS (mail) \
                      (PARTITION p VALUES IN ('p0@example.com', 'p2@example.com'))";
    for (database, statements, bad) in [
        (
            Sql::postgres().await,
            vec![make, "CREATE INDEX people_mail ON people (mail)"],
            noise.as_str(),
        ),
        (Sql::mysql().await, vec![partitions], "nowhere"),
    ] {
        let Some(database) = database else { continue };
        for statement in statements {
            database.execute(statement).await;
        }
        let tables = people(&database, [("email", "mail")]);
        let mut three = ops(0)[..3].to_vec();
        three[1].fields = Fields::new().with("email", bad);
        let outcomes = push(&tables, EntityKind::Contact, three).await;
        refused(&outcomes[1]);
        ids(&[outcomes[0].clone(), outcomes[2].clone()]);
        assert_eq!(tables.count(EntityKind::Contact).await, Some(2));
        database.remove().await;
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_noted_is_refused_alone() {
    for database in Sql::each().await {
        database
            .execute("CREATE TABLE people (id VARCHAR(400) PRIMARY KEY, mail VARCHAR(50))")
            .await;
        let tables = people(&database, [("email", "mail"), ("title", "id")]);
        let key = |n: usize| {
            if n == 1 {
                "x".repeat(300)
            } else {
                n.to_string()
            }
        };
        let three: Vec<Op> = (ops(0)[..3].iter().enumerate())
            .map(|(n, op)| Op {
                fields: op.fields.clone().with("title", key(n)),
                ..op.clone()
            })
            .collect();
        let outcomes = push(&tables, EntityKind::Contact, three).await;
        ids(&[outcomes[0].clone(), outcomes[2].clone()]);
        refused(&outcomes[1]);
        assert_eq!(tables.count(EntityKind::Contact).await, Some(2));
        database.remove().await;
    }
}

#[tokio::test]
async fn triggers_that_number_rows_of_their_own_mix_up_no_ids() {
    for database in Sql::each().await {
        database
            .execute("CREATE TABLE people (id {ID}, mail VARCHAR(50))")
            .await;
        database
            .execute("CREATE TABLE notes (id {ID}, who INT, mail VARCHAR(50))")
            .await;
        database
            .execute("INSERT INTO notes (who, mail) VALUES (0, 'a'), (0, 'b'), (0, 'c')")
            .await;
        let note = "INSERT INTO notes (who, mail) VALUES (NEW.id, NEW.mail)";
        let trigger = match database.kind {
            Kind::Postgres => format!(
                "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN {note}; RETURN NEW; END $$; \
                 CREATE TRIGGER noted AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION note()"
            ),
            Kind::MySql => {
                format!("CREATE TRIGGER noted AFTER INSERT ON people FOR EACH ROW {note}")
            }
            Kind::Sqlite => {
                format!("CREATE TRIGGER noted AFTER INSERT ON people BEGIN {note}; END")
            }
        };
        database.execute(&trigger).await;
        let tables = people(&database, [("email", "mail")]);
        for batch in [ops(0), ops(10)[..1].to_vec(), ops(20)] {
            let ids = ids(&push(&tables, EntityKind::Contact, batch.clone()).await);
            for (op, id) in batch.iter().zip(&ids) {
                let record = tables.fetch(EntityKind::Contact, id).await.unwrap();
                assert_eq!(record.unwrap().fields.get("email"), op.fields.get("email"));
            }
        }
        assert_eq!(tables.count(EntityKind::Contact).await, Some(11));
        database.remove().await;
    }
}

#[tokio::test]
async fn rows_that_a_trigger_numbers_otherwise_are_told_apart() {
    let Some(database) = Sql::mysql().await else {
        return;
    };
    database
        .execute("CREATE TABLE people (id {ID}, mail VARCHAR(50))")
        .await;
    database
        .execute(
            "CREATE TRIGGER numbered BEFORE INSERT ON people FOR EACH ROW \
             SET NEW.id = 1000 + CRC32(NEW.mail) % 100000",
        )
        .await;
    let tables = people(&database, [("email", "mail")]);
    let batch = ops(0);
    let ids = ids(&push(&tables, EntityKind::Contact, batch.clone()).await);
    for (op, id) in batch.iter().zip(&ids) {
        let record = tables.fetch(EntityKind::Contact, id).await.unwrap();
        assert_eq!(record.unwrap().fields.get("email"), op.fields.get("email"));
    }
    assert_eq!(tables.count(EntityKind::Contact).await, Some(5));
    database.remove().await;
}
