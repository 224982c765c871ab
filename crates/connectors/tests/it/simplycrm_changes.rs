//! Finding what changed in Simply CRM: nothing is missed.

use std::time::Duration;

use connectors::simplycrm::{ChangesMode, SimplyCrm};
use koppel_sandbox::simplycrm::{Fault, FaultKind, Generation, SimplySize, SyncMode};
use serde_json::json;
use sync_core::{Connector, Cursor, EntityKind, RecordId};

use crate::simplycrm::{client, sandbox};
use crate::simplycrm_special::insert;

async fn everything(
    source: &SimplyCrm,
    kind: EntityKind,
    cursor: Option<Cursor>,
) -> (Vec<RecordId>, Vec<RecordId>, Cursor) {
    let (mut read, mut deleted) = (Vec::new(), Vec::new());
    let mut at = cursor;
    for _ in 0..1_000 {
        let page = source.pull(kind, at.as_ref(), 100).await.unwrap();
        assert!(page.unreadable.is_empty(), "{:?}", page.unreadable);
        read.extend(page.records.into_iter().map(|record| record.id));
        deleted.extend(page.deleted);
        at = page.next;
        if page.complete {
            return (read, deleted, at.unwrap());
        }
    }
    panic!("no end")
}

async fn sees_every_change(mode: SyncMode, changes: ChangesMode, sees_deletes: bool) {
    let server = sandbox(Generation::V7_1).sync(mode).start().await.unwrap();
    server.freeze("2026-03-01T10:00:00Z".parse().unwrap());
    server.fill(&SimplySize::of_contacts(250), 3).unwrap();
    let source = SimplyCrm::builder(client(&server))
        .changes(changes)
        .overlap(Duration::from_secs(1))
        .build()
        .unwrap();
    let kind = EntityKind::Contact;
    let (read, _, cursor) = everything(&source, kind, None).await;
    assert_eq!(read.len(), 250);
    // Everything was made in one second, in which somebody now changes one more.
    let some = read[100].clone();
    server.edit(some.as_str(), &json!({"phone": "1"})).unwrap();
    let (read, _, cursor) = everything(&source, kind, Some(cursor)).await;
    assert!(read.contains(&some), "changed in the second of the cut");
    server.advance(Duration::from_secs(30));
    let (read, _, cursor) = everything(&source, kind, Some(cursor)).await;
    let _ = read;
    server.advance(Duration::from_secs(30));
    let (read, _, cursor) = everything(&source, kind, Some(cursor)).await;
    assert!(read.len() <= 250, "{}", read.len());
    server.edit(some.as_str(), &json!({"phone": "2"})).unwrap();
    let new = insert(&server, "Contacts", json!({"lastname": "New"}));
    let gone = RecordId::new(server.records("Contacts")[0]["id"].as_str().unwrap());
    server.delete(gone.as_str()).unwrap();
    let (read, deleted, _) = everything(&source, kind, Some(cursor)).await;
    assert!(read.contains(&some) && read.contains(&new), "{read:?}");
    assert!(!read.contains(&gone));
    assert_eq!(deleted.contains(&gone), sees_deletes);
}

#[tokio::test]
async fn sync_sees_every_change_and_deletes() {
    sees_every_change(SyncMode::Typed, ChangesMode::Auto, true).await;
}

#[tokio::test]
async fn a_query_sees_every_change_and_no_deletes() {
    sees_every_change(SyncMode::Typed, ChangesMode::Query, false).await;
}

#[tokio::test]
async fn where_sync_is_dead_a_query_sees_every_change() {
    sees_every_change(SyncMode::Dead, ChangesMode::Auto, false).await;
}

#[tokio::test]
async fn a_wrong_zone_and_a_stamp_in_the_future_hide_no_change() {
    let server = sandbox(Generation::Simply)
        .time_zone(jiff::tz::TimeZone::get("America/Los_Angeles").unwrap())
        .start()
        .await
        .unwrap();
    let odd = insert(&server, "Contacts", json!({"lastname": "Odd"}));
    let plain = insert(&server, "Contacts", json!({"lastname": "Plain"}));
    let far: jiff::Timestamp = "2039-01-01T00:00:00Z".parse().unwrap();
    server.set_modified(odd.as_str(), far).unwrap();
    // The settings say nothing of the server's zone, which is hours behind.
    let source = SimplyCrm::builder(client(&server))
        .changes(ChangesMode::Query)
        .build()
        .unwrap();
    let kind = EntityKind::Contact;
    let (read, _, cursor) = everything(&source, kind, None).await;
    assert_eq!(read.len(), 2);
    server.set_modified(odd.as_str(), server.now()).unwrap();
    let (_, _, cursor) = everything(&source, kind, Some(cursor)).await;
    server.edit(plain.as_str(), &json!({"phone": "1"})).unwrap();
    let (read, _, _) = everything(&source, kind, Some(cursor)).await;
    assert!(read.contains(&plain), "{read:?}");
}

#[tokio::test]
async fn what_is_deleted_while_sync_fails_is_told_once_it_works_again() {
    let server = sandbox(Generation::V7_1)
        .sync(SyncMode::Typed)
        .start()
        .await
        .unwrap();
    server.freeze("2026-03-01T10:00:00Z".parse().unwrap());
    let gone = insert(&server, "Contacts", json!({"lastname": "Gone"}));
    // Each logs in anew, and learns the time of the server.
    let source = || {
        SimplyCrm::builder(client(&server))
            .overlap(Duration::from_secs(1))
            .build()
            .unwrap()
    };
    let kind = EntityKind::Contact;
    let (read, _, cursor) = everything(&source(), kind, None).await;
    assert_eq!(read, std::slice::from_ref(&gone));
    server.advance(Duration::from_secs(60));
    let (_, _, cursor) = everything(&source(), kind, Some(cursor)).await;
    server.advance(Duration::from_secs(60));
    server.delete(gone.as_str()).unwrap();
    server.advance(Duration::from_secs(60));
    let refused = FaultKind::ApiError {
        code: "DATABASE_QUERY_ERROR".to_owned(),
        message: "Database error while performing requested operation".to_owned(),
    };
    server.fault(Fault::new(refused).operation("sync"));
    let (_, deleted, cursor) = everything(&source(), kind, Some(cursor)).await;
    assert!(deleted.is_empty(), "a query does not tell: {deleted:?}");
    server.advance(Duration::from_secs(2 * 60 * 60));
    server.faults().clear();
    let (_, deleted, _) = everything(&source(), kind, Some(cursor)).await;
    assert_eq!(deleted, [gone]);
}
