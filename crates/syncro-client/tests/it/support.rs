//! What the tests share: a server of their own, fixtures, and a last word on
//! the unexpected.

use std::sync::Arc;

use api_core::transport::FakeTransport;
use api_core::{ManualClock, Timestamp};
use serde_json::Value;
use syncro_client::{Client, ClientBuilder, SecretString};
use wiremock::matchers::{any, body_json, header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

/// The API token every test sends.
pub(crate) const TOKEN: &str = "T0c4a91be55d7f32a8-planted-in-tests";

/// Reads a fixture's text.
pub(crate) fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads a fixture as JSON.
pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A server that answers 500 to what no other mock expects, and fails the test
/// then.
pub(crate) async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            let said = format!("unexpected request: {} {}", request.method, request.url);
            ResponseTemplate::new(500).set_body_json(serde_json::json!({"message": said}))
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
    builder(server).build().unwrap()
}

/// The builder behind [`client`].
pub(crate) fn builder(server: &MockServer) -> ClientBuilder {
    account()
        .base_url(format!("{}/api/v1", server.uri()))
        .max_retries(0)
}

/// A builder with account and token and nothing else.
pub(crate) fn account() -> ClientBuilder {
    Client::builder("acme", SecretString::from(TOKEN.to_owned()))
}

/// A request with the token, by method and path below `/api/v1`.
pub(crate) fn on(verb: &str, route: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("/api/v1{route}")))
        .and(header("authorization", format!("Bearer {TOKEN}")))
}

/// An answer of JSON text.
pub(crate) fn reply(status: u16, text: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(text.to_owned(), "application/json; charset=utf-8")
}

/// Answers one expected request.
pub(crate) async fn once(server: &MockServer, request: MockBuilder, with: ResponseTemplate) {
    request.respond_with(with).expect(1).mount(server).await;
}

/// Answers one expected request with JSON text.
pub(crate) async fn answer_text(
    server: &MockServer,
    request: MockBuilder,
    status: u16,
    text: &str,
) {
    once(server, request, reply(status, text)).await;
}

/// Answers one expected request with JSON.
pub(crate) async fn answer(server: &MockServer, request: MockBuilder, status: u16, body: &Value) {
    once(server, request, reply(status, &body.to_string())).await;
}

/// A request whose body is exactly this JSON.
pub(crate) fn with_body(request: MockBuilder, body: &Value) -> MockBuilder {
    request
        .and(header("content-type", "application/json"))
        .and(body_json(body))
}

/// A clock that never really waits.
pub(crate) fn clock() -> ManualClock {
    ManualClock::auto_advance(Timestamp::from_seconds(1_800_000_000))
}

/// A client over a script, on a clock that never really waits.
pub(crate) fn scripted(script: &FakeTransport) -> ClientBuilder {
    account()
        .clock(Arc::new(clock()))
        .transport(Arc::new(script.clone()))
}
