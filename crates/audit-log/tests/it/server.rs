//! What only a server can do to a log.

use api_core::SecretString;
use audit_log::{AuditLog, Error, Filter, IssueFilter, Page, Verify};
use sha2::{Digest as _, Sha256};

use crate::support::{Place, created, is_whole, refused};

/// The number of the lock that writers of the schema take, as `pg_locks` shows it.
fn lock(place: &Place) -> i64 {
    let hash = Sha256::digest(format!("koppel-audit:{}", place.schema()));
    i64::from_le_bytes(hash[..8].try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_waited_for_its_turn_in_vain_writes_once_it_is_free() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let log = place.open().await;
    log.append(created(0)).await.unwrap();
    let lock = lock(&place);
    let turn = place.hold_turn(lock).await;
    for number in 1..3 {
        let waiting = tokio::spawn({
            let log = log.clone();
            async move { log.append(created(number)).await }
        });
        let waits = format!(
            "SELECT pid::bigint FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
             AND ((classid::bigint << 32) | objid::bigint) = {lock}"
        );
        let pid = loop {
            if let [row] = place.ints(&waits).await.as_slice() {
                break row[0];
            }
            assert!(!waiting.is_finished(), "{:?}", waiting.await);
        };
        // As when it has waited for the longest time that the session allows.
        place.run(&format!("SELECT pg_cancel_backend({pid})")).await;
        let refused = waiting.await.unwrap();
        assert!(matches!(refused, Err(Error::Busy(_))), "{refused:?}");
    }
    turn.release().await;
    log.append(created(3)).await.unwrap();
    assert_eq!(log.writer_health(), None);
    let records = "SELECT record FROM audit_event ORDER BY id";
    assert_eq!(place.texts(records).await, ["0", "3"]);
    is_whole(&place, &log).await;
    log.close().await.unwrap();
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_may_only_select_reads_the_log_and_changes_nothing() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let log = place.open().await;
    log.append_all((0..5).map(created).collect()).await.unwrap();
    log.append(refused(6)).await.unwrap();
    let schema = place.schema();
    let user = format!("reader_of_{schema}");
    place
        .run(&format!("CREATE ROLE {user} LOGIN PASSWORD 'only-reads'"))
        .await;
    let url = place.url();
    let (_, server) = url.rsplit_once('@').unwrap();
    let address = format!("postgres://{user}@{server}");
    let open = async |read_only: bool| {
        let builder = AuditLog::builder(&address).schema(schema);
        let builder = builder.password(SecretString::from("only-reads"));
        builder.read_only(read_only).open().await
    };
    let Err(Error::Unavailable(message)) = open(true).await else {
        panic!("nothing is granted yet");
    };
    assert!(message.contains("grant it `USAGE`"), "{message}");
    place
        .run(&format!(
            "GRANT USAGE ON SCHEMA {schema} TO {user}; \
             GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {user}"
        ))
        .await;
    let reader = open(true).await.unwrap();
    let page = Page::first(10);
    let found = reader.search(&Filter::new(), &page).await.unwrap();
    assert_eq!(found.entries.len(), 6);
    assert_eq!(reader.recent_errors(10).await.unwrap().len(), 1);
    let issues = reader.issues(&IssueFilter::new()).await.unwrap();
    assert_eq!(issues.issues.len(), 1);
    assert!(reader.verify(&Verify::default()).await.unwrap().is_sound());
    assert!(matches!(
        reader.append(created(7)).await,
        Err(Error::ReadOnly { .. })
    ));
    reader.close().await.unwrap();
    // Whoever tries is refused by the server.
    if let Ok(writer) = open(false).await {
        let refused = writer.append(created(7)).await;
        let Err(Error::Unavailable(message)) = refused else {
            panic!("not refused but {refused:?}");
        };
        assert!(message.contains("permission denied"), "{message}");
        assert!(writer.close().await.is_ok());
    }
    is_whole(&place, &log).await;
    log.close().await.unwrap();
    place
        .run(&format!("DROP OWNED BY {user}; DROP ROLE {user}"))
        .await;
    place.remove().await;
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused_and_it_is_said_why() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let url = place.url();
    let (server, _) = url.rsplit_once('/').unwrap();
    for encoding in ["SQL_ASCII", "LATIN1"] {
        let database = format!("{}_{}", place.schema(), encoding.to_lowercase());
        place
            .run(&format!(
                "CREATE DATABASE {database} ENCODING '{encoding}' TEMPLATE template0 \
                 LC_COLLATE 'C' LC_CTYPE 'C'"
            ))
            .await;
        let address = format!("{server}/{database}");
        let open = async |read_only: bool| -> Result<AuditLog, Error> {
            let builder = place.builder_at(&address).read_only(read_only);
            builder.open().await
        };
        for read_only in [false, true] {
            let Err(Error::Unavailable(message)) = open(read_only).await else {
                panic!("{encoding} is not refused");
            };
            assert!(message.contains(encoding), "{message}");
            assert!(message.contains("ENCODING 'UTF8'"), "{message}");
        }
        place.run(&format!("DROP DATABASE {database}")).await;
    }
}
