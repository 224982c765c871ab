//! Exchanges on their way into a log that is slow, full or broken.

use std::sync::Arc;
use std::time::Duration;

use api_core::{Call, Caller, RetryPolicy, Safety, Transport, TransportError};
use async_trait::async_trait;
use audit_log::{AuditLog, Observer};
use bytes::Bytes;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::Place;

on_both!(
    exchanges_that_the_queue_has_no_room_for_wait_and_none_is_lost,
    exchanges_do_not_wait_for_a_log_that_cannot_be_written,
    large_exchanges_are_on_the_disk_after_a_flush_and_after_the_end,
);

/// Bytes of an answer that is masked at once, and of one that is masked beside its call.
const SIZES: [usize; 2] = [3_000, 30_000];

/// How many calls are under way at once.
const CALLS: usize = 16;
const ROUNDS: usize = 8;

/// Answers once all calls of a round are under way.
#[derive(Debug)]
struct Together(Barrier, usize);

#[async_trait]
impl Transport for Together {
    async fn send(
        &self,
        _: http::Request<Bytes>,
        _: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        self.0.wait().await;
        Ok(http::Response::new(Bytes::from(vec![b'7'; self.1])))
    }
}

/// Makes rounds of calls, each only when all of them are done.
async fn call(log: &AuditLog, bytes: usize) {
    let caller = Caller::builder(Together(Barrier::new(CALLS), bytes))
        .retry(RetryPolicy::never())
        .observer(Observer::new(log.clone(), "smartcrm", "shop"))
        .build()
        .unwrap();
    let caller = Arc::new(caller);
    for _ in 0..ROUNDS {
        let mut calls = JoinSet::new();
        for _ in 0..CALLS {
            let caller = Arc::clone(&caller);
            calls.spawn(async move {
                let request = http::Request::get("https://crm.test/api/clients")
                    .body(Bytes::new())
                    .unwrap();
                let call = Call::new("clients.list", "/api/clients", Safety::Idempotent, request);
                caller.call(call).await.unwrap();
            });
        }
        calls.join_all().await;
    }
}

async fn exchanges_that_the_queue_has_no_room_for_wait_and_none_is_lost(place: &Place) {
    for (round, bytes) in (1..).zip(SIZES) {
        none_is_lost(place, bytes, round * CALLS * ROUNDS).await;
    }
}

/// Makes calls while the log is held, after which so many exchanges are in it.
async fn none_is_lost(place: &Place, bytes: usize, all: usize) {
    let builder = place.builder().queue(3, 2_000);
    let log = builder.batch(2, Duration::ZERO).open().await.unwrap();
    let held = place.hold().await;
    let calls = tokio::spawn({
        let log = log.clone();
        async move { call(&log, bytes).await }
    });
    // The first calls are all under way when there is still room, and end when there is none.
    while log.waiting() < u64::try_from(CALLS).unwrap() {
        assert!(!calls.is_finished());
        tokio::task::yield_now().await;
    }
    assert!(!log.has_room());
    held.release().await;
    calls.await.unwrap();
    log.flush().await.unwrap();
    assert_eq!(log.lost(), 0);
    assert_eq!(log.waiting(), 0);
    assert!(log.has_room());
    let noted = "SELECT COUNT(*) FROM audit_event WHERE event = 'http.exchange'";
    assert_eq!(place.int(noted).await, i64::try_from(all).unwrap());
    log.close().await.unwrap();
}

async fn exchanges_do_not_wait_for_a_log_that_cannot_be_written(place: &Place) {
    for bytes in SIZES {
        nobody_waits(place, bytes).await;
    }
}

async fn nobody_waits(place: &Place, bytes: usize) {
    let noted = "SELECT COUNT(*) FROM audit_event WHERE event = 'http.exchange'";
    let log = place.builder().queue(3, 2_000).open().await.unwrap();
    let before = place.int(noted).await;
    place.refuse_writes().await;
    call(&log, bytes).await;
    assert!(log.writer_health().is_some());
    let waiting = log.waiting();
    place.allow_writes().await;
    log.flush().await.unwrap();
    // What could not be kept is counted, and nothing else is missing.
    let made = u64::try_from(CALLS * ROUNDS).unwrap();
    let noted = u64::try_from(place.int(noted).await - before).unwrap();
    assert_eq!((noted, log.lost()), (waiting, made - waiting));
    log.close().await.unwrap();
}

async fn large_exchanges_are_on_the_disk_after_a_flush_and_after_the_end(place: &Place) {
    let masked = "SELECT COUNT(*) FROM audit_event e JOIN audit_body b ON b.event = e.id";
    let log = place.builder().open().await.unwrap();
    let made = i64::try_from(CALLS * ROUNDS).unwrap();
    call(&log, SIZES[1]).await;
    log.flush().await.unwrap();
    assert_eq!(place.int(masked).await, made);
    call(&log, SIZES[1]).await;
    log.close().await.unwrap();
    assert_eq!(place.int(masked).await, 2 * made);
    assert_eq!((log.lost(), log.waiting()), (0, 0));

    // What was handed over is written also when nobody has the log any more.
    let log = place.builder().open().await.unwrap();
    call(&log, SIZES[1]).await;
    drop(log);
    while place.int(masked).await < 3 * made {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
