//! What the tests share: a server of their own, fixtures, and a last word on the unexpected.

use std::sync::Arc;

use api_core::transport::{FakeTransport, Reply};
use api_core::{ManualClock, Timestamp};
use serde_json::Value;
use smartcrm_client::{Client, ClientBuilder, SecretString};
use wiremock::matchers::{any, body_json, header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

/// The token every test sends.
pub(crate) const TOKEN: &str = "t0ken-planted-in-tests";

/// The path every route stands under.
pub(crate) const API: &str = "/index.php/api/";

/// Reads a fixture's text.
pub(crate) fn text(name: &str) -> String {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads a fixture as JSON.
pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A server that answers 500 to what no other mock expects, and fails the test then.
pub(crate) async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            let said = format!("unexpected request: {} {}", request.method, request.url);
            ResponseTemplate::new(500)
                .set_body_json(serde_json::json!({"status": false, "message": said}))
        })
        .with_priority(255)
        .expect(0)
        .named("nothing unexpected")
        .mount(&server)
        .await;
    server
}

/// A client of that server that never tries twice.
pub(crate) fn client(server: &MockServer) -> Client {
    builder(&server.uri()).build().unwrap()
}

/// The builder behind [`client`].
pub(crate) fn builder(uri: &str) -> ClientBuilder {
    Client::builder(uri, SecretString::from(TOKEN.to_owned())).max_retries(0)
}

/// A request with the token, by method and route.
pub(crate) fn on(verb: &str, route: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("{API}{route}")))
        .and(header("authorization", format!("Bearer {TOKEN}")))
}

/// Answers one expected request with a fixture.
pub(crate) async fn answer(server: &MockServer, request: MockBuilder, status: u16, fixture: &str) {
    let kind = if fixture.ends_with(".json") {
        "application/json"
    } else {
        "text/html; charset=utf-8"
    };
    request
        .respond_with(ResponseTemplate::new(status).set_body_raw(text(fixture), kind))
        .expect(1)
        .mount(server)
        .await;
}

/// A request whose body is exactly a fixture.
pub(crate) fn with_body(request: MockBuilder, fixture: &str) -> MockBuilder {
    request
        .and(header("content-type", "application/json"))
        .and(body_json(json(fixture)))
}

/// A client over a script, on a clock that never really waits.
pub(crate) fn scripted(script: &FakeTransport) -> ClientBuilder {
    let clock = ManualClock::auto_advance(Timestamp::from_seconds(1_800_000_000));
    Client::builder(
        "https://crm.example.com",
        SecretString::from(TOKEN.to_owned()),
    )
    .clock(Arc::new(clock))
    .transport(Arc::new(script.clone()))
}

/// A scripted answer out of a fixture.
pub(crate) fn reply(status: u16, fixture: &str) -> Reply {
    Reply::new(status, text(fixture))
}
