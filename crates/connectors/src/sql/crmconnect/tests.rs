//! What the queries say, and how many there are.

use futures_util::StreamExt as _;
use sqlx::{ConnectOptions, Connection, Executor};
use sync_core::{
    Action, Batch, Connector, EntityKind, Fields, Marker, Op, OpId, Outcome, RecordId,
};

use super::CrmConnect;
use super::connector::KINDS;

/// Columns that hold secrets, or that identify somebody beyond need.
const NEVER: [&str; 16] = [
    "password",
    "new_pass_key",
    "email_verification_key",
    "last_ip",
    "hash",
    "token",
    "ticketkey",
    "two_factor",
    "google_auth",
    "stripe_id",
    "adminnote",
    "email_integration_uid",
    "allowed_payment_modes",
    "last_login",
    "*,",
    "SELECT *",
];

async fn source(directory: &tempfile::TempDir) -> CrmConnect {
    open(directory, false).await
}

async fn open(directory: &tempfile::TempDir, writable: bool) -> CrmConnect {
    let path = directory.path().join("crm.db");
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    connection
        .execute(sqlx::raw_sql(include_str!(
            "../../../tests/fixtures/crmconnect.sql"
        )))
        .await
        .unwrap();
    connection.close().await.unwrap();
    CrmConnect::builder(&format!("sqlite:{}", path.display()))
        .include_drafts(true)
        .custom_fields(true)
        .writable(writable)
        .build()
        .unwrap()
}

fn seen(source: &CrmConnect) -> Vec<String> {
    std::mem::take(&mut *source.reader.db.seen.lock().unwrap())
}

#[tokio::test]
async fn no_query_names_a_column_that_must_never_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let source = source(&directory).await;
    assert!(source.check().await.is_ok());
    for kind in KINDS {
        source.pull(kind, None, 100).await.unwrap();
        source.count(kind).await.unwrap();
    }
    let queries = seen(&source);
    assert!(queries.len() > 40, "{}", queries.len());
    assert!(queries.iter().any(|sql| sql.contains("`tblstaff`")));
    for sql in &queries {
        for word in NEVER {
            assert!(!sql.contains(word), "`{word}` in {sql}");
        }
    }
}

#[tokio::test]
async fn a_page_takes_few_queries_however_many_rows_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let source = source(&directory).await;
    for kind in KINDS {
        let first = source.pull(kind, None, 1).await.unwrap();
        seen(&source);
        source.pull(kind, first.next.as_ref(), 100).await.unwrap();
        let queries = seen(&source);
        // The rows, at most four kinds of child rows, and at most once the lookups anew.
        let reload = queries.iter().any(|sql| sql.contains("sqlite_master"));
        let allowed = 5 + if reload { 20 } else { 0 };
        assert!(queries.len() <= allowed, "{kind}: {queries:#?}");
        // What leads nowhere is not looked up again on every page.
        source.pull(kind, first.next.as_ref(), 100).await.unwrap();
        let queries = seen(&source);
        assert!(queries.len() <= 5, "{kind}: {queries:#?}");
    }
}

#[tokio::test]
async fn the_file_is_opened_read_only() {
    let directory = tempfile::tempdir().unwrap();
    let source = source(&directory).await;
    let mut session = source.reader.db.begin("test").await.unwrap();
    let error = session
        .rows("DELETE FROM tblclients", Vec::new())
        .await
        .unwrap_err();
    assert!(error.message().contains("readonly"), "{error}");
}

#[tokio::test]
async fn a_server_session_is_read_only() {
    let Ok(url) = std::env::var("KOPPEL_TEST_MYSQL_URL") else {
        let required = std::env::var("KOPPEL_TEST_REQUIRE").unwrap_or_default();
        assert!(!required.contains("mariadb"), "no server is given");
        eprintln!("left out: KOPPEL_TEST_MYSQL_URL is not set");
        return;
    };
    // The address names no database; this one is always there.
    let url = format!("{}/information_schema", url.trim_end_matches('/'));
    let source = CrmConnect::builder(&url).build().unwrap();
    let mut session = source.reader.db.begin("test").await.unwrap();
    let error = session
        .rows("CREATE DATABASE koppel_never_made", Vec::new())
        .await
        .unwrap_err();
    assert!(error.message().contains("READ ONLY"), "{error}");
    let modes = session
        .rows("SELECT CAST(@@SESSION.sql_mode AS CHAR)", Vec::new())
        .await
        .unwrap();
    assert_eq!(modes, [[crate::sql::row::Cell::Text(String::new())]]);
}

#[tokio::test]
async fn a_write_reads_no_secret_and_changes_one_row_of_one_table() {
    let directory = tempfile::tempdir().unwrap();
    let target = open(&directory, true).await;
    let ids = target.pull(EntityKind::Customer, None, 100).await.unwrap();
    assert!(!ids.records.is_empty());
    for (kind, field) in [
        (EntityKind::Customer, "phone"),
        (EntityKind::Contact, "phone"),
        (EntityKind::Lead, "title"),
        (EntityKind::Project, "description"),
        (EntityKind::Ticket, "message"),
        (EntityKind::Invoice, "note"),
        (EntityKind::Order, "note"),
        (EntityKind::Payment, "note"),
        (EntityKind::Product, "unit"),
    ] {
        let id = RecordId::from("1");
        let op = Op {
            id: OpId::new(),
            action: Action::Update { id: id.clone() },
            entity: kind,
            fields: Fields::new().with(field, "changed"),
            changed: None,
            marker: Marker::of("test", kind, &id),
        };
        let batch = Batch {
            entity: kind,
            key: "key".to_owned(),
            ops: vec![op],
        };
        // What making the table of notes takes is not looked at.
        crate::sql::applied::ensure(&target.reader.db, "test")
            .await
            .unwrap();
        seen(&target);
        let answers: Vec<_> = target.push(batch).collect().await;
        let outcome = &answers[0].outcomes[0].1;
        assert!(
            matches!(outcome, Outcome::Written(_)),
            "{kind}: {outcome:?}"
        );
        let queries = seen(&target);
        let reads = queries.iter().filter(|sql| sql.starts_with("SELECT"));
        for sql in reads {
            for word in NEVER {
                assert!(!sql.contains(word), "`{word}` in {sql}");
            }
        }
        let writes: Vec<&String> = queries
            .iter()
            .filter(|sql| {
                let kind = sql.split(' ').next().unwrap_or_default();
                matches!(kind, "UPDATE" | "INSERT" | "REPLACE") || sql.starts_with("DELETE FROM `")
            })
            .collect();
        assert_eq!(writes.len(), 2, "the row and the note: {writes:#?}");
        assert!(writes[1].contains("koppel_applied"), "{writes:#?}");
    }
}
