//! Webhooks: what a receiver takes, and what it refuses.

use std::sync::Arc;
use std::time::Duration;

use api_core::{Clock, ManualClock, SecretString, Timestamp};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value as Json, json};
use syncro_client::webhook::{
    Accepted, BadDelivery, Delivery, EventKind, Receiver, Refused, Resource, testing,
};

use crate::webhook::{TOKEN, event, event_of, receiver};

#[test]
fn a_body_is_read_whatever_its_content_type_says() {
    let body = testing::sample_for(&EventKind::TicketCreated, 8);
    let form = |pairs: &[(&str, &str)]| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(pairs);
        form.finish()
    };
    let attributes = body["attributes"].to_string();
    let bodies = [
        body.to_string(),
        format!("\u{feff}{body}"),
        Json::String(body.to_string()).to_string(),
        form(&[
            ("text", body["text"].as_str().unwrap()),
            ("link", body["link"].as_str().unwrap()),
            ("attributes", &attributes),
        ]),
        form(&[("payload", &body.to_string())]),
    ];
    for text in bodies {
        let mut headers = HeaderMap::new();
        let plain = HeaderValue::from_static("text/plain");
        headers.insert(header::CONTENT_TYPE, plain);
        let taken = receiver().accept(TOKEN, &headers, text.as_bytes()).unwrap();
        assert_eq!(taken.event().kind, EventKind::TicketCreated, "{text}");
        assert_eq!(taken.event().id, Some(8), "{text}");
    }
}

#[test]
fn members_of_another_type_are_taken_for_missing() {
    let event = event(&json!({
        "text": 5, "html": [], "link": {"a": 1}, "attributes": {"id": "77", "ticket_id": [], "body": 3,
        "payment_amount": "12.50"}
    }));
    assert_eq!(event.kind, EventKind::TicketCommented);
    let event = event_of(r#"{"attributes": "{\"id\": 4, \"payment_amount\": 1}", "text": null}"#);
    assert_eq!(event.records(), [(Resource::Payment, 4)]);
    assert_eq!(event.kind, EventKind::PaymentReceived);
    for id in [
        "0",
        "-4",
        "\"x\"",
        "1.5",
        "99999999999999999999",
        "null",
        "[1]",
    ] {
        let event = event_of(&format!(
            r#"{{"text": "New Invoice", "attributes": {{"id": {id}}}}}"#
        ));
        assert_eq!(event.id, None, "{id}");
    }
}

#[test]
fn a_request_without_the_token_looks_like_one_for_nothing() {
    let receiver = receiver();
    let body = testing::sample(&EventKind::TicketCreated).to_string();
    for token in [
        "",
        "x",
        &TOKEN[1..],
        &TOKEN.to_uppercase(),
        &format!("{TOKEN}x"),
    ] {
        let refused = receiver.accept(token, &HeaderMap::new(), body.as_bytes());
        assert_eq!(refused, Err(Refused::WrongToken), "{token}");
    }
    // A wrong token is told before anything else is.
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from_static("999999999"),
    );
    let refused = receiver.admit("wrong", &headers).unwrap_err();
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    assert_eq!(refused.to_string(), "not found");
    // It was not remembered as having come in.
    let taken = receiver.accept(TOKEN, &HeaderMap::new(), body.as_bytes());
    assert!(matches!(taken, Ok(Accepted::New(_))));
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let receiver = Receiver::builder(TOKEN.into())
        .max_body(100)
        .build()
        .unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("101"));
    let refused = receiver.admit(TOKEN, &headers).unwrap_err();
    assert_eq!(refused, Refused::TooLarge { limit: 100 });
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    // And one that did not say how large it is.
    let body = format!(r#"{{"text": "{}"}}"#, "x".repeat(100));
    let refused = receiver.accept(TOKEN, &HeaderMap::new(), body.as_bytes());
    assert_eq!(refused, Err(Refused::TooLarge { limit: 100 }));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("100"));
    assert_eq!(receiver.admit(TOKEN, &headers), Ok(()));
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let refused = receiver.admit(TOKEN, &headers).unwrap_err();
    assert_eq!(refused.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[test]
fn what_is_no_delivery_is_refused_without_repeating_it() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let cases: [(&str, BadDelivery); 8] = [
        ("", BadDelivery::NotJson),
        ("hello", BadDelivery::NotJson),
        ("{\"text\":", BadDelivery::NotJson),
        (&deep, BadDelivery::NotJson),
        ("[]", BadDelivery::NotOne),
        ("null", BadDelivery::NotOne),
        ("{\"secret\": \"s3cr3t\"}", BadDelivery::NotOne),
        ("a=s3cr3t&b=2", BadDelivery::NotOne),
    ];
    for (body, why) in cases {
        let refused = receiver()
            .accept(TOKEN, &HeaderMap::new(), body.as_bytes())
            .unwrap_err();
        assert_eq!(refused, Refused::Unreadable(why), "{body}");
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        assert!(!refused.to_string().contains("s3cr3t"));
    }
    assert_eq!(
        Delivery::parse(&[0xff, 0xfe, b'{']),
        Err(BadDelivery::NotJson)
    );
}

#[test]
fn the_same_delivery_is_known_for_ten_minutes_and_another_is_not() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_000_000)));
    let builder = Receiver::builder(TOKEN.into()).clock(clock.clone() as Arc<dyn Clock>);
    let receiver = builder.build().unwrap();
    let shared = receiver.clone();
    let is_new = |body: &Json| {
        let taken = shared.accept(TOKEN, &HeaderMap::new(), body.to_string().as_bytes());
        matches!(taken.unwrap(), Accepted::New(_))
    };
    let first = testing::sample_for(&EventKind::TicketUpdated, 1);
    let mut changed = first.clone();
    changed["attributes"]["updated_at"] = json!("2026-03-14T09:27:00.000Z");
    assert!(is_new(&first));
    assert!(!is_new(&first));
    assert!(is_new(&changed), "the same ticket, changed again");
    assert!(is_new(&testing::sample_for(&EventKind::TicketUpdated, 2)));
    clock.advance(Duration::from_secs(601));
    assert!(is_new(&first));
    // Another order of the members is the same delivery; `html` does not count.
    let mut turned: Vec<(String, Json)> =
        (first.as_object().unwrap().clone()).into_iter().collect();
    turned.reverse();
    let text = turned.iter().map(|(name, value)| match name.as_str() {
        "html" => "\"html\": \"\"".to_owned(),
        _ => format!("{}: {value}", json!(name)),
    });
    let text = format!("{{{}}}", text.collect::<Vec<_>>().join(","));
    let taken = receiver.accept(TOKEN, &HeaderMap::new(), text.as_bytes());
    let Accepted::Duplicate(event) = taken.unwrap() else {
        panic!("it is known");
    };
    assert_eq!(event.received_at, clock.now());
}

#[test]
fn a_token_that_can_be_guessed_or_does_not_fit_a_path_is_refused() {
    for token in [
        "",
        "short",
        "fifteen-letters",
        "has/a/slash/in-its-middle",
        "has a blank in it",
    ] {
        let error = Receiver::builder(SecretString::from(token))
            .build()
            .unwrap_err();
        assert_eq!(error.code_str(), Some("webhook_token"), "{token}");
        assert!(token.is_empty() || !error.to_string().contains(token));
    }
}
