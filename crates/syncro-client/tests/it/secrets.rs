//! What must not be shown, wherever it turns up.

use std::sync::{Arc, Mutex};

use api_core::observe::{Exchange, ExchangeObserver};
use api_core::transport::{FakeTransport, Reply};
use http::Method;
use serde_json::json;
use syncro_client::{Client, CustomerId, ErrorKind, PortalUser, SecretString};

use crate::support::{TOKEN, scripted};

const KEY: &str = "5f0c1a-planted";

#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl ExchangeObserver for Log {
    fn exchange(&self, exchange: &Exchange) {
        let text = format!("{exchange:?} {}", serde_json::to_string(exchange).unwrap());
        self.0.lock().unwrap().push(text);
    }
}

fn client(script: &FakeTransport) -> (Client, Arc<Log>) {
    let log = Arc::new(Log::default());
    let builder = scripted(script).max_retries(0).observer(log.clone());
    (builder.build().unwrap(), log)
}

fn shown(log: &Log) -> String {
    log.0.lock().unwrap().concat()
}

#[tokio::test]
async fn an_answer_by_hand_shows_no_secret_when_it_is_printed() {
    let script = FakeTransport::new();
    script.push(Reply::json(
        200,
        &json!({"user_token": KEY, "user_name": "Jo", "online_profile_url": format!("https://x.test/p?portal_key={KEY}")}),
    ));
    script.push(Reply::new(
        200,
        format!("see https://x.test/p?portal_key={KEY}"),
    ));
    let (client, log) = client(&script);
    for path in ["/me", "/callerid"] {
        let none: [(&str, &str); 0] = [];
        let answer = client
            .raw(Method::GET, path, &none, &none, None)
            .await
            .unwrap();
        // The caller has all of it.
        assert!(answer.text.contains(KEY));
        let printed = format!("{answer:?}");
        assert!(!printed.contains(KEY), "{printed}");
        assert!(printed.contains("200"), "{printed}");
    }
    assert!(!shown(&log).contains(KEY));
}

#[tokio::test]
async fn a_code_of_a_second_factor_is_in_no_exchange() {
    let script = FakeTransport::new();
    script.push(Reply::json(
        200,
        &json!({"login": true, "session_token": KEY}),
    ));
    script.push(Reply::json(
        401,
        &json!({"login": false, "instructions": "The code 482913 is wrong"}),
    ));
    let (client, log) = client(&script);
    let code = SecretString::from("482913".to_owned());
    let session = client.otp_login(&code).await.unwrap();
    assert!(!format!("{session:?}").contains(KEY));
    let error = client.otp_login(&code).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("482913"));
    let log = shown(&log);
    assert!(!log.contains("482913") && !log.contains(KEY), "{log}");
}

#[tokio::test]
async fn what_a_refusal_repeats_is_not_shown_however_large_or_broken_it_is() {
    let large = "x".repeat(300_000);
    let whole = json!({"params": {"email": "anna@jansen.example", "password": KEY, "signature_data": large},
        "success": false, "message": ["E-mail is taken"]});
    let nested = json!({"success": false, "message": ["E-mail is taken"],
        "details": {"params": {"email": "anna@jansen.example"}}});
    let cut = format!(
        "{{\"success\":false,\"params\":{{\"email\":\"anna@jansen.example\",\"password\":\"{KEY}\""
    );
    for body in [whole.to_string(), nested.to_string(), cut] {
        let script = FakeTransport::new();
        script.push(Reply::new(422, body.clone()).header("content-type", "application/json"));
        let (client, _) = client(&script);
        let user = PortalUser::default();
        let error = client.portal_users().create(&user).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        let printed = format!("{error} {error:?}");
        assert!(
            !printed.contains("anna@jansen") && !printed.contains(KEY),
            "{printed}"
        );
    }
}

#[tokio::test]
async fn a_large_refusal_still_says_why() {
    let body = json!({"params": {"signature_data": "x".repeat(300_000)}, "success": false,
        "message": ["E-mail is taken"]});
    let script = FakeTransport::new();
    script.push(Reply::json(422, &body));
    let (client, _) = client(&script);
    let error = client
        .portal_users()
        .create(&PortalUser::default())
        .await
        .unwrap_err();
    assert!(error.message().contains("E-mail is taken"), "{error}");
}

#[tokio::test]
async fn a_page_that_repeats_a_key_in_an_encoded_address_does_not_show_it() {
    for part in [
        "portal_key%3d",
        "portal_key%3D",
        "portal_key=",
        "portal_key\\u003d",
        "portal_key&#61;",
        "api_key%3d",
    ] {
        let script = FakeTransport::new();
        let page = format!("<html><a href=\"/login?to=%2Fmy_profile%3F{part}{KEY}\">Sign in</a>");
        script.push(Reply::html(200, &page));
        let (client, log) = client(&script);
        let error = client
            .customers()
            .get(CustomerId::new(5))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAnApi);
        let printed = format!("{error} {error:?} {}", shown(&log));
        assert!(!printed.contains(KEY), "{part}: {printed}");
        assert!(!printed.contains(TOKEN));
    }
}
