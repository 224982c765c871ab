//! Stores that an earlier version of the program wrote.

use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use sync_core::linking::{Decided, LinkDecision};
use sync_core::store::{LinkOrigin, ParkReason, ParkedFilter};
use sync_core::{ContentHash, EntityKind::Customer, RecordId, StateStore};

use crate::help::{File, at, ids, name, setup};

/// What the first version had of a linked and of a parked record.
const ROWS: &str = r#"
    INSERT INTO koppel_schema (version, applied_at) VALUES (1, 0);
    INSERT INTO connection (id, name) VALUES (1, 'crm'), (2, 'smart');
    INSERT INTO flow (id, name, source, target) VALUES (1, 'sync', 1, 2);
    INSERT INTO cursor VALUES (1, 'customer', 'page 7');
    INSERT INTO link VALUES (1, 2, 'customer', 'a', 'T1', 'created', 5);
    INSERT INTO base VALUES
        (1, 'customer', 'a', zeroblob(32), 'active', zeroblob(16), 5, '{"name":{"text":"A"}}');
    INSERT INTO parked VALUES
        (1, 'customer', 'b', 'rejected', '{"kind":"validation","message":"no"}', 2, 1, 3,
         zeroblob(16), NULL);
    INSERT INTO event_outbox VALUES (x'01a20377d8ca70bd9398cd26e0016dd1', 5,
        '{"id":"01a20377-d8ca-70bd-9398-cd26e0016dd1","at":"2026-11-20T10:00:00Z",
          "level":"WARNING","event":"record.park","flow":"sync","connection":"smart",
          "entity":"customer","record":"b","code":"validation","message":"It was refused."}');
    INSERT INTO intent (flow, op, run, entity, source_id, action, marker, batch_key, state, at,
        payload) VALUES (1, zeroblob(16), zeroblob(16), 'customer', 'c', '"create"', 'k:1', 'b-1',
        'open', 5, '{"fields":{"name":"C"},"lifecycle":"active"}');
"#;

#[tokio::test]
async fn a_store_of_the_first_version_is_taken_over_with_all_that_is_in_it() {
    let file = File::new();
    let mut conn = SqliteConnectOptions::new()
        .filename(file.path())
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    for script in [
        include_str!("../../migrations/0001_start.sql"),
        "CREATE TABLE koppel_schema (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)",
        ROWS,
    ] {
        sqlx::raw_sql(script).execute(&mut conn).await.unwrap();
    }
    conn.close().await.unwrap();

    for opened in 0..2 {
        let store = file.open().await;
        let known = store
            .known(&name("sync"), Customer, &ids(&["a", "b"]))
            .await;
        let known = known.unwrap();
        let a = &known[&RecordId::from("a")];
        assert_eq!(a.target_id, Some("T1".into()), "{opened}");
        assert_eq!(a.origin, Some(LinkOrigin::Created));
        assert_eq!(a.base_hash, ContentHash::from_bytes(&[0; 32]));
        assert_eq!((a.part, a.rules.len()), (None, 0));
        let b = &known[&RecordId::from("b")];
        assert_eq!(
            b.parked.map(|(reason, _)| reason),
            Some(ParkReason::Rejected)
        );
        let events = store.events(9).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!((&events[0].actor, events[0].details.len()), (&None, 0));
        let intents = store.intents(&name("sync"), None, None, 9).await.unwrap();
        assert_eq!(intents[0].payload.fields.text("name"), Some("C"));
        assert!(intents[0].payload.events.is_empty());
        let cursor = store.cursor(&name("sync"), Customer).await.unwrap();
        assert_eq!(cursor.unwrap().as_str(), "page 7");
    }

    let store = file.open().await;
    store.ensure_flow(&setup("sync"), at(1)).await.unwrap();
    let record = (Customer, &RecordId::from("b"));
    let link = LinkDecision::Link {
        target_id: "T2".into(),
        merge: false,
        replace: false,
    };
    let decided = store.decide(&name("sync"), record, &link, at(2)).await;
    assert!(matches!(decided.unwrap(), Decided::Done(_)));
    let all = ParkedFilter::default();
    let parked = store.parked(all, None, 10).await.unwrap();
    assert_eq!(
        (parked[0].reason, parked[0].attempts),
        (ParkReason::Retry, 2)
    );
}
