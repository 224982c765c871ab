//! A hook's say in each request.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use koppel_sandbox::smartcrm::{ExternalIdMode, HookAction, Phase, RequestEvent, SmartCrm};
use serde_json::json;

use crate::faults::lead;
use crate::support::Talk;

#[tokio::test]
async fn a_hook_sees_each_request_before_and_after_it_is_applied() {
    let events: Arc<Mutex<Vec<RequestEvent>>> = Arc::default();
    let sink = Arc::clone(&events);
    let talk = Talk::with(SmartCrm::builder().on_request(Arc::new(move |event| {
        sink.lock().unwrap().push(event);
        HookAction::Continue
    })))
    .await;
    talk.post("leads/batch", json!({"records": [{"data": {"name": "A"}}]}))
        .await;
    talk.get("leads?name=A").await;
    let events = events.lock().unwrap();
    let seen: Vec<_> = events
        .iter()
        .map(|e| (e.number, e.phase, e.path.as_str(), e.is_write, e.is_search))
        .collect();
    assert_eq!(
        seen,
        [
            (1, Phase::BeforeApply, "leads/batch", true, false),
            (1, Phase::AfterApply, "leads/batch", true, false),
            (2, Phase::BeforeApply, "leads", false, true),
            (2, Phase::AfterApply, "leads", false, true),
        ]
    );
    assert_eq!(events[0].entity, Some("leads"));
    assert_eq!(events[0].method, "POST");
}

#[tokio::test]
async fn a_hook_drops_the_connection_before_or_after_the_commit() {
    for (phase, applied) in [(Phase::BeforeApply, 0), (Phase::AfterApply, 1)] {
        let calls = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&calls);
        let hook = move |event: RequestEvent| {
            counter.fetch_add(1, Ordering::SeqCst);
            if event.phase == phase {
                HookAction::DropConnection
            } else {
                HookAction::Continue
            }
        };
        let builder = SmartCrm::builder()
            .external_id(ExternalIdMode::Ignored)
            .on_request(Arc::new(hook));
        let talk = Talk::with(builder).await;
        let request = talk.request("POST", "leads").json(&lead("A"));
        assert!(talk.try_send(request).await.is_err());
        assert_eq!(talk.server.journal().len(), applied);
        assert_eq!(calls.load(Ordering::SeqCst), 1 + applied as u64);
        talk.server.set_hook(None);
        assert_eq!(talk.post("leads", lead("B")).await.status, 201);
    }
}

#[tokio::test]
async fn a_hanging_request_ends_with_the_server() {
    let talk = Talk::with(SmartCrm::builder().on_request(Arc::new(|_| HookAction::Hang))).await;
    let request = talk.request("POST", "leads").json(&lead("A"));
    let waiting = tokio::spawn(request.send());
    while talk.server.requests() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    let Talk { server, .. } = talk;
    let started = Instant::now();
    server.shutdown().await;
    assert!(waiting.await.unwrap().is_err());
    assert!(started.elapsed() < Duration::from_secs(10));
}
