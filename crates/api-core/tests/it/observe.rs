//! Observers: what they are asked before and after an attempt.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::transport::Reply;
use api_core::{
    Call, Caller, Clock, Error, Exchange, ExchangeObserver, FakeTransport, ManualClock, Ready,
    Safety, SlidingLimiter, Timestamp,
};
use bytes::Bytes;
use tokio::sync::Semaphore;

/// A log with room for as many exchanges as it has permits.
#[derive(Debug)]
struct Narrow {
    room: Semaphore,
    asked: AtomicUsize,
    seen: AtomicUsize,
}

impl Narrow {
    fn with_room(room: usize) -> Arc<Self> {
        Arc::new(Self {
            room: Semaphore::new(room),
            asked: AtomicUsize::new(0),
            seen: AtomicUsize::new(0),
        })
    }
}

impl ExchangeObserver for Narrow {
    fn exchange(&self, _: &Exchange) {
        self.seen.fetch_add(1, Ordering::SeqCst);
    }

    fn ready(&self) -> Option<Ready<'_>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Some(Box::pin(async {
            if let Ok(permit) = self.room.acquire().await {
                permit.forget();
            }
        }))
    }
}

fn call() -> Call {
    let request = http::Request::get("https://crm.test/api/clients")
        .body(Bytes::new())
        .unwrap();
    Call::new("clients.list", "/api/clients", Safety::Idempotent, request)
}

fn clock() -> ManualClock {
    ManualClock::auto_advance(Timestamp::from_seconds(1_800_000_000))
}

#[tokio::test]
async fn a_call_waits_for_an_observer_without_room_and_loses_nothing() {
    let fake = FakeTransport::new();
    fake.on(|_| Some(Reply::status(200)));
    let log = Narrow::with_room(0);
    let caller = Caller::builder(fake.clone())
        .clock(clock())
        .observer(Arc::clone(&log))
        .build()
        .unwrap();
    let waiting = tokio::spawn({
        let caller = caller.clone();
        async move { caller.call(call()).await }
    });
    while log.asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fake.request_count(), 0);
    assert!(!waiting.is_finished());
    log.room.add_permits(1);
    waiting.await.unwrap().unwrap();
    assert_eq!(
        (fake.request_count(), log.seen.load(Ordering::SeqCst)),
        (1, 1)
    );
}

#[tokio::test]
async fn every_attempt_waits_for_room() {
    let fake = FakeTransport::new();
    fake.push(Reply::status(503));
    fake.push(Reply::status(200));
    let log = Narrow::with_room(2);
    let caller = Caller::builder(fake)
        .clock(clock())
        .observer(Arc::clone(&log))
        .build()
        .unwrap();
    caller.call(call()).await.unwrap();
    assert_eq!(log.asked.load(Ordering::SeqCst), 2);
    assert_eq!(log.room.available_permits(), 0);
}

#[tokio::test]
async fn a_call_that_waits_for_room_takes_no_place_in_the_limit() {
    let (fake, clock) = (FakeTransport::new(), clock());
    fake.on(|_| Some(Reply::status(200)));
    let limiter = Arc::new(
        SlidingLimiter::builder(Arc::new(clock.clone()))
            .window(1, Duration::from_secs(20))
            .build(),
    );
    let log = Narrow::with_room(0);
    let builder = Caller::builder(fake).clock(clock.clone()).limiter(limiter);
    let slow = builder.clone().observer(Arc::clone(&log)).build().unwrap();
    let other = builder.build().unwrap();
    let waiting = tokio::spawn(async move { slow.call(call()).await });
    while log.asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    let start = clock.now();
    other.call(call()).await.unwrap();
    assert_eq!(clock.now(), start);
    log.room.add_permits(1);
    waiting.await.unwrap().unwrap();
    assert_eq!(clock.now().duration_since(start), Duration::from_secs(20));
}

/// A log of failures alone.
#[derive(Debug, Default)]
struct Failures {
    texts: Mutex<Vec<String>>,
    asked_of_success: AtomicBool,
}

impl ExchangeObserver for Failures {
    fn exchange(&self, exchange: &Exchange) {
        self.texts.lock().unwrap().push(exchange.url.clone());
    }

    fn wants(&self, error: Option<&Error>) -> bool {
        self.asked_of_success
            .fetch_or(error.is_none(), Ordering::SeqCst);
        error.is_some()
    }
}

#[tokio::test]
async fn an_observer_gets_only_the_exchanges_it_wants() {
    let fake = FakeTransport::new();
    fake.push(Reply::status(503));
    fake.push(Reply::status(200));
    let (failures, all) = (Arc::new(Failures::default()), Narrow::with_room(2));
    let caller = Caller::builder(fake)
        .clock(clock())
        .observer(Arc::clone(&failures))
        .observer(Arc::clone(&all))
        .build()
        .unwrap();
    caller.call(call()).await.unwrap();
    assert_eq!(failures.texts.lock().unwrap().len(), 1);
    assert!(failures.asked_of_success.load(Ordering::SeqCst));
    assert_eq!(all.seen.load(Ordering::SeqCst), 2);
}
