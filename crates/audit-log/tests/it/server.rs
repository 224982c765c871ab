//! What only a server can do to a log.

use audit_log::{AuditLog, Error};
use sha2::{Digest as _, Sha256};

use crate::support::{Place, created, is_whole};

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
