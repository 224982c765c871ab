use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::Clock as _;
use api_core::transport::{FakeTransport, Reply};
use http::Method;
use snelstart_client::{Client, Code, CostCentre, Error, ErrorKind, RawAnswer, SendOutcome};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    API_KEY, KEY, TOKEN, bare_server, builder, client, clock, keys, login, on, once, reply,
    scripted, server, token, token_with,
};

async fn countries(client: &Client) -> Result<RawAnswer, Error> {
    client.raw(Method::GET, "/landen", &[], None).await
}

fn with_token(token: &str) -> wiremock::MockBuilder {
    Mock::given(method("GET"))
        .and(path("/v2/landen"))
        .and(header("authorization", format!("Bearer {token}")))
        .and(header("ocp-apim-subscription-key", API_KEY))
}

/// Gives out a token, and expects to be asked for it once.
async fn logs_in(server: &MockServer, given: &str) {
    once(server, login(), token(given, 3_599)).await;
}

/// Gives out a token the first time, and leaves the next to other mocks.
async fn logs_in_once(server: &MockServer, given: &str) {
    let first = login().respond_with(token(given, 3_599));
    first.up_to_n_times(1).expect(1).mount(server).await;
}

#[tokio::test]
async fn many_calls_at_once_log_in_once_and_the_key_is_form_encoded() {
    let server = bare_server().await;
    logs_in(&server, TOKEN).await;
    with_token(TOKEN)
        .respond_with(reply(200, "[]"))
        .expect(20)
        .mount(&server)
        .await;
    let client = client(&server);
    let calls = (0..20).map(|_| countries(&client));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.unwrap().text, "[]");
    }
}

#[tokio::test]
async fn clients_of_one_koppelsleutel_share_its_token() {
    let server = bare_server().await;
    logs_in(&server, TOKEN).await;
    with_token(TOKEN)
        .respond_with(reply(200, "[]"))
        .expect(2)
        .mount(&server)
        .await;
    let (one, other) = (client(&server), client(&server));
    countries(&one).await.unwrap();
    countries(&other).await.unwrap();
    assert_eq!(one.administration(), other.administration());
}

/// A scripted pair of hosts: numbers the tokens, takes only the latest.
fn hosts(life: u64) -> (FakeTransport, Arc<AtomicU32>, Arc<Mutex<Vec<String>>>) {
    let script = FakeTransport::new();
    let logins = Arc::new(AtomicU32::new(0));
    let sent = Arc::new(Mutex::new(Vec::new()));
    let (count, log) = (Arc::clone(&logins), Arc::clone(&sent));
    script.on(move |request| {
        if request.uri().path() == "/b2b/token" {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let body = serde_json::json!({
                "access_token": format!("token-{number}"), "expires_in": life,
            });
            return Some(Reply::json(200, &body));
        }
        let bearer = request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        log.lock().unwrap().push(bearer);
        Some(Reply::json(200, &serde_json::json!([])))
    });
    (script, logins, sent)
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_it_expires() {
    let (script, logins, sent) = hosts(3_599);
    let clock = clock();
    let client = keys()
        .clock(Arc::new(clock.clone()))
        .transport(Arc::new(script))
        .build()
        .unwrap();
    countries(&client).await.unwrap();
    clock.advance(Duration::from_secs(3_599 - 61));
    countries(&client).await.unwrap();
    assert_eq!(logins.load(Ordering::SeqCst), 1);
    clock.advance(Duration::from_secs(1));
    countries(&client).await.unwrap();
    assert_eq!(logins.load(Ordering::SeqCst), 2);
    assert_eq!(
        *sent.lock().unwrap(),
        ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    );
    assert!(clock.now().as_micros() > 0);
}

#[tokio::test]
async fn a_401_in_the_life_of_a_token_costs_one_new_token_and_one_repetition() {
    let server = bare_server().await;
    logs_in_once(&server, "first").await;
    logs_in(&server, "second").await;
    with_token("first")
        .respond_with(reply(200, "[]"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    once(&server, with_token("first"), ResponseTemplate::new(401)).await;
    once(&server, with_token("second"), reply(200, "[]")).await;
    let client = client(&server);
    countries(&client).await.unwrap();
    countries(&client).await.unwrap();
}

#[tokio::test]
async fn a_create_that_a_stale_token_stopped_is_sent_again_with_a_new_one() {
    let server = bare_server().await;
    logs_in_once(&server, "first").await;
    logs_in(&server, "second").await;
    once(&server, with_token("first"), reply(200, "[]")).await;
    let create = |token: &str| {
        Mock::given(method("POST"))
            .and(path("/v2/kostenplaatsen"))
            .and(header("authorization", format!("Bearer {token}")))
    };
    once(&server, create("first"), ResponseTemplate::new(401)).await;
    once(
        &server,
        create("second"),
        reply(201, r#"{"nummer":7,"omschrijving":"Werkplaats"}"#),
    )
    .await;
    let client = client(&server);
    countries(&client).await.unwrap();
    let new = CostCentre {
        number: Some(7),
        description: Some("Werkplaats".to_owned()),
        ..CostCentre::default()
    };
    let made = client.cost_centres().create(&new).await.unwrap();
    assert_eq!(made.number, Some(7));
}

#[tokio::test]
async fn a_401_for_a_token_that_was_just_given_out_is_final() {
    let server = bare_server().await;
    logs_in(&server, TOKEN).await;
    once(&server, with_token(TOKEN), ResponseTemplate::new(401)).await;
    let error = countries(&client(&server)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(Code::of(&error), Some(Code::TokenRejected));
}

#[tokio::test]
async fn a_refused_subscription_key_is_told_as_such_and_costs_no_new_token() {
    let server = bare_server().await;
    logs_in(&server, TOKEN).await;
    let said = r#"{"statusCode":401,"message":"Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."}"#;
    with_token(TOKEN)
        .respond_with(reply(200, "[]"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    once(&server, with_token(TOKEN), reply(401, said)).await;
    let client = client(&server);
    countries(&client).await.unwrap();
    let error = countries(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(Code::of(&error), Some(Code::SubscriptionRejected));
    assert!(error.help_text().unwrap().contains("subscription key"));
}

#[tokio::test]
async fn a_refused_koppelsleutel_is_told_as_such_asked_once_and_never_shown() {
    for (status, body) in [
        (
            400,
            r#"{"error":"GrantType clientkey was found. Parameter clientkey does not contain a valid value"}"#.to_owned(),
        ),
        (401, format!(r#"{{"error":"invalid_grant","error_description":"clientkey={KEY} is unknown"}}"#)),
        (400, format!("bad key {KEY}")),
        (400, String::new()),
    ] {
        let server = bare_server().await;
        login().respond_with(reply(status, &body)).expect(1).mount(&server).await;
        let client = builder(&server).max_retries(3).build().unwrap();
        let error = countries(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{body}");
        assert_eq!(Code::of(&error), Some(Code::ConnectionKeyRejected));
        assert_eq!(error.send_outcome(), SendOutcome::NotSent);
        assert!(error.help_text().unwrap().contains("koppelsleutel"));
        let shown = format!("{error} {error:?} {:?}", error.excerpt_str());
        assert!(!shown.contains(KEY), "{shown}");
        // What is no key is told as it was said.
        let grant = "GrantType clientkey was found.";
        assert_eq!(error.message().contains(grant), body.contains(grant), "{error}");
    }
}

#[tokio::test]
async fn a_right_the_token_lacks_is_refused_before_anything_is_sent() {
    let server = bare_server().await;
    once(
        &server,
        login(),
        token(&token_with("settings:read relaties:read"), 3_599),
    )
    .await;
    Mock::given(method("GET"))
        .and(path("/v2/landen"))
        .respond_with(reply(200, "[]"))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let scopes = client.scopes().await.unwrap();
    assert_eq!(scopes.has("settings:read"), Some(true));
    client.countries().list().await.unwrap();
    let error = client
        .cost_centres()
        .create(&CostCentre::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(Code::of(&error), Some(Code::ScopeMissing));
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(error.message().contains("settings:write"), "{error}");
}

#[tokio::test]
async fn a_403_names_the_right_that_the_operation_takes() {
    let server = server().await;
    once(&server, on("GET", "/landen"), ResponseTemplate::new(403)).await;
    let error = client(&server).countries().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(Code::of(&error), Some(Code::ScopeMissing));
    assert!(error.help_text().unwrap().contains("settings:read"));
}

#[tokio::test]
async fn a_token_host_that_is_down_is_asked_again_and_not_taken_for_a_refusal() {
    let script = FakeTransport::new();
    script.push_all([
        Reply::status(503),
        Reply::json(
            200,
            &serde_json::json!({"access_token": TOKEN, "expires_in": "3599"}),
        ),
        Reply::json(200, &serde_json::json!([])),
    ]);
    let client = scripted(&script).build().unwrap();
    countries(&client).await.unwrap();
    assert_eq!(script.unused(), 0);
}

#[tokio::test]
async fn an_answer_without_a_token_is_no_login_and_is_not_repeated_in_the_error() {
    for body in [
        "<html>welcome</html>",
        r#"{"token":"s3cr3t-elsewhere"}"#,
        "[]",
        "",
    ] {
        let script = FakeTransport::new();
        script.push(Reply::new(200, body.to_owned()));
        let error = countries(&scripted(&script).build().unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAnApi, "{body}");
        assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    }
}
