//! A process that dies while it writes loses nothing that was acknowledged.

use std::collections::BTreeSet;

use audit_log::Appended;

use crate::child::{Acknowledged, Writing};
use crate::support::{Place, created, is_whole};

on_both!(
    nothing_acknowledged_is_lost_when_a_process_is_killed,
    a_process_that_dies_in_its_first_transaction_leaves_a_log_that_works,
);

async fn nothing_acknowledged_is_lost_when_a_process_is_killed(place: &Place) {
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    for round in 1..=5 {
        let mut writing = Writing::start(place, "main", u32::MAX);
        for _ in 0..round * 23 {
            acknowledged.push(writing.next().expect("it goes on until it is killed"));
        }
        acknowledged.extend(writing.kill());
    }
    let log = place.open().await;
    // What is open after a crash takes more, and waits for whatever the server still undoes.
    let appended = log.append(created(1)).await.unwrap();
    is_whole(place, &log).await;
    let rows = place.ints("SELECT id FROM audit_event ORDER BY id").await;
    assert!(rows.len() > acknowledged.len());
    assert_eq!(
        appended,
        Appended::Written {
            number: i64::try_from(rows.len()).unwrap()
        }
    );
    let hex = match place.is_file() {
        true => "SELECT lower(hex(uid)) FROM audit_event ORDER BY id",
        false => "SELECT encode(uid, 'hex') FROM audit_event ORDER BY id",
    };
    let stored = place.texts(hex).await;
    let mut numbers = BTreeSet::new();
    for Acknowledged { number, id } in &acknowledged {
        let at = usize::try_from(*number).unwrap() - 1;
        assert_eq!(stored.get(at), Some(&id.replace('-', "")), "entry {number}");
        assert!(numbers.insert(number), "{number} was acknowledged twice");
    }
    log.close().await.unwrap();
}

async fn a_process_that_dies_in_its_first_transaction_leaves_a_log_that_works(place: &Place) {
    place.open().await.close().await.unwrap();
    let held = place.hold().await;
    // It cannot get beyond waiting for the lock.
    let writing = Writing::start(place, "main", u32::MAX);
    assert_eq!(writing.kill(), []);
    held.release().await;
    let log = place.open().await;
    assert_eq!(
        log.append(created(1)).await.unwrap(),
        Appended::Written { number: 1 }
    );
    is_whole(place, &log).await;
    log.close().await.unwrap();
}
