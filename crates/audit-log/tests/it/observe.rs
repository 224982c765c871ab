//! Exchanges of a connection, as entries.

use std::sync::Arc;
use std::time::Duration;

use api_core::transport::{Fault, Reply};
use api_core::{
    Call, Caller, ExchangeObserver as _, FakeTransport, ManualClock, RetryPolicy, Safety, Timestamp,
};
use audit_log::{AuditLog, Builder, Context, Level, Observer};
use bytes::Bytes;
use serde_json::json;
use uuid::Uuid;

use crate::planted::bodies;
use crate::support::Place;

fn call(method: &str) -> Call {
    let request = http::Request::builder()
        .method(method)
        .uri("https://crm.test/api/clients/9001?page=2")
        .header("content-type", "application/json")
        .body(Bytes::from_static(br#"{"name":"Jan Jansen"}"#))
        .unwrap();
    Call::new(
        "clients.update",
        "/clients/{id}",
        Safety::Idempotent,
        request,
    )
}

async fn open(place: &Place, set: impl FnOnce(Builder) -> Builder) -> AuditLog {
    set(place.builder().batch(100, Duration::from_millis(5)))
        .open()
        .await
        .unwrap()
}

/// Makes one call of each and closes the log.
async fn calls(log: &AuditLog, talks: Vec<(&str, Reply)>) {
    let fake = FakeTransport::new();
    let run = Uuid::from_u128(7);
    let observer =
        Observer::new(log.clone(), "smartcrm", "shop").context(Arc::new(move || Context {
            flow: Some("shop-crm".to_owned()),
            run: Some(run),
        }));
    let caller = Caller::builder(fake.clone())
        .clock(ManualClock::auto_advance(Timestamp::from_seconds(
            1_800_000_000,
        )))
        .retry(RetryPolicy::never())
        .observer(observer)
        .build()
        .unwrap();
    for (method, reply) in talks {
        fake.push(reply);
        drop(caller.call(call(method)).await);
    }
    log.close().await.unwrap();
}

#[tokio::test]
async fn how_an_exchange_ended_decides_its_level() {
    let place = Place::sqlite();
    let log = open(&place, |builder| builder).await;
    let no = |status| Reply::json(status, &json!({"message": "The record is not valid."}));
    let talks = vec![
        ("GET", Reply::json(200, &json!({}))),
        ("GET", no(404)),
        ("DELETE", no(404)),
        ("PUT", no(422)),
        ("PUT", no(401)),
        ("PUT", no(429)),
        ("PUT", Reply::status(503)),
        ("PUT", Reply::fault(Fault::Timeout)),
    ];
    calls(&log, talks).await;
    let levels = place
        .ints("SELECT level, status FROM audit_event ORDER BY id")
        .await;
    assert_eq!(
        levels,
        [
            [5, 200],
            [5, 404],
            [17, 404],
            [17, 422],
            [17, 401],
            [13, 429],
            [13, 503],
            [13, -1]
        ]
    );
    assert_eq!(bodies(&place).await.len(), 8, "each with its bodies");
}

#[tokio::test]
async fn a_refusal_that_means_nothing_is_no_error_but_a_refused_login_is() {
    let place = Place::sqlite();
    let log = open(&place, |builder| builder.level(Level::Debug)).await;
    let fake = FakeTransport::new();
    let caller = Caller::builder(fake.clone())
        .retry(RetryPolicy::never())
        .observer(Observer::new(log.clone(), "smartcrm", "shop").asides(&["clients.update"]))
        .build()
        .unwrap();
    for status in [422, 401] {
        fake.push(Reply::json(status, &json!({"message": "No."})));
        drop(caller.call(call("PUT")).await);
    }
    log.close().await.unwrap();
    assert_eq!(
        place
            .texts("SELECT level || ' ' || status FROM audit_event ORDER BY id")
            .await,
        ["5 422", "17 401"]
    );
    assert_eq!(place.int("SELECT COUNT(*) FROM audit_issue").await, 1);
}

#[tokio::test]
async fn an_entry_says_what_was_called_by_whom_and_how_it_went() {
    let place = Place::sqlite();
    let log = open(&place, |builder| builder).await;
    let reply = Reply::json(
        422,
        &json!({"message": "Client Jan Jansen is not valid.", "id": 9001}),
    )
    .header("x-request-id", "req-17");
    calls(&log, vec![("PUT", reply)]).await;
    let texts = place
        .texts(
            "SELECT e.event || '|' || e.operation || '|' || e.method || '|' || e.path || '|' \
             || e.attempt || '|' || e.request_id || '|' || e.message || '|' \
             || (SELECT name FROM audit_name WHERE id = e.system) || '|' \
             || (SELECT name FROM audit_name WHERE id = e.connection) || '|' \
             || (SELECT name FROM audit_name WHERE id = e.flow) || '|' || hex(e.run) \
             FROM audit_event e",
        )
        .await;
    let [text] = &texts[..] else {
        panic!("{texts:?}")
    };
    let mut parts: Vec<&str> = text.split('|').collect();
    let message = parts.remove(6);
    assert!(!message.contains("Jansen"), "{message}");
    assert_eq!(
        parts,
        [
            "http.exchange",
            "clients.update",
            "PUT",
            "/clients/{id}",
            "1",
            "req-17",
            "smartcrm",
            "shop",
            "shop-crm",
            "00000000000000000000000000000007"
        ]
    );
    let kept = bodies(&place).await.join("");
    assert!(kept.contains("[masked 10] is not valid."), "{kept}");
    assert!(
        kept.contains("https://crm.test/api/clients/9001?page=2"),
        "{kept}"
    );
}

#[tokio::test]
async fn a_log_of_errors_has_them_with_request_and_response() {
    let place = Place::sqlite();
    let log = open(&place, |builder| builder.level(Level::Info)).await;
    let observer = Observer::new(log.clone(), "smartcrm", "shop");
    assert!(!observer.wants(None), "nothing is made of what is not kept");
    let no = Reply::json(422, &json!({"message": "Not valid."}));
    calls(&log, vec![("GET", Reply::status(200)), ("PUT", no)]).await;
    assert_eq!(place.ints("SELECT level FROM audit_event").await, [[17]]);
    assert_eq!(bodies(&place).await.len(), 1);
}

#[tokio::test]
async fn one_connection_can_be_watched_closely() {
    let place = Place::sqlite();
    let log = open(&place, |builder| {
        builder
            .level(Level::Error)
            .connection_level("shop", Level::Debug)
    })
    .await;
    assert!(Observer::new(log.clone(), "smartcrm", "shop").wants(None));
    assert!(!Observer::new(log.clone(), "smartcrm", "other").wants(None));
    log.close().await.unwrap();
}
