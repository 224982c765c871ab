//! Deliveries that are odd.

use http::HeaderMap;
use serde_json::json;
use syncro_client::webhook::{Accepted, Event, EventKind, Receiver};

const PATH: &str = "a-long-random-path-token";

fn receiver() -> Receiver {
    Receiver::builder(PATH.into()).build().unwrap()
}

fn accept(receiver: &Receiver, body: &serde_json::Value) -> Accepted {
    receiver
        .accept(PATH, &HeaderMap::new(), body.to_string().as_bytes())
        .unwrap()
}

fn event(body: &serde_json::Value) -> Event {
    accept(&receiver(), body).event().clone()
}

#[test]
fn an_unknown_event_shows_no_secret_of_its_first_line() {
    let event = event(&json!({"text": "Log in at https://x.test/p?portal_key=s3cr3t-9 now"}));
    let shown = format!("{event:?} {}", serde_json::to_string(&event).unwrap());
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(matches!(event.kind, EventKind::Other(_)));
}

#[test]
fn two_changes_that_nothing_tells_apart_are_both_new() {
    let receiver = receiver();
    // Nothing in it would differ if the ticket had changed again.
    let bare = json!({"text": "A Ticket was updated", "link": "https://x.syncromsp.com/tickets/5"});
    assert!(matches!(accept(&receiver, &bare), Accepted::New(_)));
    assert!(matches!(accept(&receiver, &bare), Accepted::New(_)));
    let told = |at: &str| json!({"text": "A Ticket was updated", "attributes": {"id": 5, "updated_at": at}});
    assert!(matches!(
        accept(&receiver, &told("2026-01-01T00:00:00.000Z")),
        Accepted::New(_)
    ));
    assert!(matches!(
        accept(&receiver, &told("2026-01-01T00:00:00.001Z")),
        Accepted::New(_)
    ));
    assert!(matches!(
        accept(&receiver, &told("2026-01-01T00:00:00.001Z")),
        Accepted::Duplicate(_)
    ));
}

#[test]
fn an_alert_is_over_when_it_says_so_and_not_when_it_says_the_contrary() {
    for (line, resolved, over) in [
        ("RMM Alert", json!("True"), true),
        ("RMM Alert", json!("true"), true),
        ("RMM Alert", json!(true), true),
        ("RMM Alert", json!(1), true),
        ("RMM Alert", json!("False"), false),
        ("RMM Alert", json!(false), false),
        ("An RMM alert was resolved", json!(null), true),
        ("An unresolved RMM alert", json!(null), false),
        ("An unresolved RMM alert", json!("false"), false),
    ] {
        let event = event(&json!({
            "text": line, "link": "https://x.syncromsp.com/rmm_alerts/5",
            "attributes": {"id": 5, "computer_name": "PC", "resolved": resolved},
        }));
        assert_eq!(
            event.kind,
            EventKind::RmmAlert { resolved: over },
            "{line} {resolved}"
        );
    }
}

#[test]
fn bodies_of_any_shape_are_taken_or_refused_without_a_panic() {
    let receiver = receiver();
    let deep = format!(
        "{{\"attributes\":{}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let bodies: [&[u8]; 12] = [
        b"",
        b"null",
        b"\"\"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"{\"text\":\"\xff\"}",
        b"text=%FF%FE&link=x",
        b"{\"text\":1,\"link\":[],\"attributes\":3}",
        b"{\"text\":\"a\",\"text\":\"b\",\"attributes\":{\"id\":1,\"id\":\"x\"}}",
        b"{\"text\":\"x\",\"attributes\":{\"id\":1e999}}",
        deep.as_bytes(),
    ];
    for body in bodies {
        // Whatever it is, the answer is a decision.
        match receiver.accept(PATH, &HeaderMap::new(), body) {
            Ok(accepted) => assert!(accepted.event().id.is_none_or(|id| id > 0)),
            Err(refused) => assert!(refused.status().is_client_error()),
        }
    }
}
