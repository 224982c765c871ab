//! Limits, faults, and answers that do not come.

use std::sync::Arc;

use koppel_sandbox::syncro::{Fault, FaultKind, HookAction, Phase, Syncro};
use serde_json::json;

use super::talk::Talk;

#[tokio::test]
async fn more_requests_than_a_minute_allows_are_refused() {
    let builder = Syncro::builder().requests_per_minute(3).retry_after(true);
    let talk = Talk::with(builder).await;
    for _ in 0..3 {
        assert_eq!(talk.get("/me").await.0, 200);
    }
    let refused = talk.request("GET", "/me").send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("high number of requests")
    );
    assert_eq!(
        (talk.server.over_limit(), talk.server.most_per_minute()),
        (1, 3)
    );
}

#[tokio::test]
async fn a_429_says_nothing_of_when_to_come_again_unless_it_is_told_to() {
    let talk = Talk::with(Syncro::builder().requests_per_minute(1)).await;
    talk.got("/me").await;
    let refused = talk.request("GET", "/me").send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    assert_eq!(refused.headers().get("retry-after"), None);
}

#[tokio::test]
async fn throttling_can_come_as_a_text_under_200() {
    let talk = Talk::new().await;
    talk.server
        .fault(Fault::new(FaultKind::Throttled { status: 200 }).writes());
    let (status, body) = talk.post("/customers", json!({"business_name": "A"})).await;
    assert_eq!(status, 200);
    assert!(
        body["error"]
            .as_str()
            .unwrap()
            .contains("high number of requests")
    );
    assert_eq!(talk.server.count("customers"), 0);
}

#[tokio::test]
async fn large_pages_time_out_with_a_page() {
    let talk = Talk::new().await;
    let fault = Fault::new(FaultKind::PageTooBig { over: 25 }).entity("customers");
    talk.server.fault(fault);
    let (status, kind, text) = talk
        .raw(talk.request("GET", "/customers?per_page=50"))
        .await;
    assert_eq!((status, kind.as_str()), (504, "text/html; charset=UTF-8"));
    assert!(text.contains("Gateway Time-out"));
    assert_eq!(talk.get("/customers?per_page=25").await.0, 200);
    assert_eq!(talk.get("/customers").await.0, 200);
    assert_eq!(talk.get("/tickets?per_page=50").await.0, 200);
}

#[tokio::test]
async fn any_documented_body_can_be_answered() {
    let talk = Talk::new().await;
    let body = json!({"success": false, "errors": {"mute_for": ["is wrong"]}});
    talk.server.fault(
        Fault::new(FaultKind::Body {
            status: 422,
            body: body.clone(),
            after_commit: false,
        })
        .times(1),
    );
    assert_eq!(talk.get("/me").await, (422, body));
    talk.server.fault(
        Fault::new(FaultKind::Body {
            status: 200,
            body: json!("Disabled"),
            after_commit: true,
        })
        .method("POST"),
    );
    let request = talk
        .request("POST", "/customers")
        .json(&json!({"business_name": "A"}));
    let (status, kind, text) = talk.raw(request).await;
    assert_eq!(
        (status, kind.as_str(), text.as_str()),
        (200, "text/plain; charset=utf-8", "Disabled")
    );
    assert_eq!(talk.server.count("customers"), 1);
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_what_was_written() {
    let talk = Talk::new().await;
    let fault = Fault::new(FaultKind::AnswerLost)
        .method("POST")
        .entity("customers");
    talk.server.fault(fault.times(1));
    let request = talk
        .request("POST", "/customers")
        .json(&json!({"business_name": "A"}));
    request.send().await.unwrap_err();
    assert_eq!(talk.server.count("customers"), 1);
    assert_eq!(talk.server.journal().len(), 1);
}

#[tokio::test]
async fn faults_and_permissions_have_the_words_of_syncro() {
    let talk = Talk::new().await;
    for (kind, status, text) in [
        (
            FaultKind::GrantMissing,
            401,
            "Not authorized. Please ask account admin",
        ),
        (FaultKind::Unauthorized, 401, "Unauthorized"),
        (
            FaultKind::Status {
                status: 502,
                after_commit: false,
            },
            502,
            "Bad Gateway",
        ),
        (
            FaultKind::RateLimited {
                retry_after_s: Some(7),
                reset_after_s: None,
            },
            429,
            "high number",
        ),
        (
            FaultKind::Refused {
                status: 422,
                message: "No.".into(),
            },
            422,
            "\"No.\"",
        ),
        (FaultKind::LoginPage { status: 200 }, 200, "<form"),
        (
            FaultKind::EmptyBody {
                status: 200,
                after_commit: false,
            },
            200,
            "",
        ),
    ] {
        talk.server.fault(Fault::new(kind.clone()).times(1));
        let (got, _, body) = talk.raw(talk.request("GET", "/me")).await;
        assert_eq!(got, status, "{kind:?}");
        assert!(body.contains(text), "{kind:?}: {body}");
    }
}

#[tokio::test]
async fn a_hook_sees_every_request_twice() {
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = Arc::clone(&seen);
    let builder = Syncro::builder().on_request(Arc::new(move |event| {
        let line = (
            event.number,
            event.phase,
            event.path.clone(),
            event.entity,
            event.is_write,
            event.is_search,
        );
        heard.lock().unwrap().push(line);
        HookAction::Continue
    }));
    let talk = Talk::with(builder).await;
    talk.got("/customers?query=a").await;
    talk.post("/customers", json!({"business_name": "A"})).await;
    let path = || "customers".to_owned();
    let entity = Some("customers");
    let expected = [
        (1, Phase::BeforeApply, path(), entity, false, true),
        (1, Phase::AfterApply, path(), entity, false, true),
        (2, Phase::BeforeApply, path(), entity, true, false),
        (2, Phase::AfterApply, path(), entity, true, false),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!(
        (talk.server.requests(), talk.server.write_requests()),
        (2, 1)
    );
    assert_eq!(talk.server.requests_to("GET /customers"), 1);
}
