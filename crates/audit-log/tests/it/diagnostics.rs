//! Diagnostics of our own crates.

use std::time::Duration;

use audit_log::Level;
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::Place;

#[tokio::test]
async fn diagnostics_of_our_crates_are_kept_masked_and_others_are_not() {
    let place = Place::sqlite();
    let (layer, diagnostics) = audit_log::diagnostics();
    let subscriber = tracing_subscriber::registry().with(layer);
    let log = place
        .builder()
        .level(Level::Info)
        .batch(100, Duration::from_millis(5))
        .open()
        .await
        .unwrap();
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(target: "sync_core::run", records = 3, token = "s3cr3t-1", "Before there was a log, for jan@voorbeeld.nl.");
        assert_eq!(diagnostics.waiting(), 1);
        diagnostics.attach(&log);
        tracing::info!(target: "api_core", ok = true, share = 0.5, "After.");
        tracing::debug!(target: "api_core", "Finer than the log.");
        tracing::trace!(target: "api_core", "Far finer.");
        for other in [1, 2, 3] {
            tracing::error!(target: "sqlx::query", other, "Not ours.");
            tracing::error!(target: "audit_log::queue", other, "The log's own.");
            tracing::error!(target: "koppelaar", other, "Only a similar name.");
        }
    });
    assert_eq!((diagnostics.waiting(), diagnostics.lost()), (0, 0));
    log.close().await.unwrap();
    let messages = place
        .texts(
            "SELECT event || ' ' || level || ' ' || message FROM audit_event ORDER BY level DESC",
        )
        .await;
    assert_eq!(
        messages,
        [
            "log.message 13 Before there was a log, for j***@v***.nl.",
            "log.message 9 After."
        ]
    );
    let details = place
        .texts("SELECT details FROM audit_event ORDER BY level DESC")
        .await;
    let details: Vec<Value> = details
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    assert_eq!(
        details,
        [
            json!({"records": 3, "token": "[redacted]", "target": "sync_core::run"}),
            json!({"ok": true, "share": 0.5, "target": "api_core"})
        ]
    );
}

#[tokio::test]
async fn what_is_dropped_for_want_of_a_log_is_counted() {
    let (layer, diagnostics) = audit_log::diagnostics();
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        for number in 0..300 {
            tracing::info!(target: "koppel", number, "Much.");
        }
    });
    assert_eq!(diagnostics.waiting() as u64 + diagnostics.lost(), 300);
    assert_eq!(diagnostics.lost(), 44);
    // A log that is closed keeps nothing more either.
    let place = Place::sqlite();
    let log = place.open().await;
    log.close().await.unwrap();
    diagnostics.attach(&log);
    assert_eq!(diagnostics.lost(), 300);
}
