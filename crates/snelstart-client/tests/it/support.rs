//! What the tests share: a server of their own, fixtures, and a last word on
//! the unexpected.

use std::sync::Arc;

use api_core::transport::{FakeTransport, Reply};
use api_core::{ManualClock, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use snelstart_client::{Client, ClientBuilder, SecretString};
use wiremock::matchers::{any, body_json, body_string, header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

/// The subscription key every test sends.
pub(crate) const API_KEY: &str = "subscr1ption-planted-in-tests";

/// The koppelsleutel every test sends; base64, so that encoding it matters.
pub(crate) const KEY: &str = "a29wcGVs+c2xldXRlbA/pl4nted==";

/// The token every test is given.
pub(crate) const TOKEN: &str = "t0ken-planted-in-tests";

/// The body that the login sends.
pub(crate) const LOGIN: &str =
    "grant_type=clientkey&clientkey=a29wcGVs%2Bc2xldXRlbA%2Fpl4nted%3D%3D";

/// Reads a fixture's text.
pub(crate) fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Reads a fixture's text.
pub(crate) fn text(name: &str) -> String {
    fixture(name)
}

/// Reads a fixture as JSON.
pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A token host's answer.
pub(crate) fn token(token: &str, life: u64) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(serde_json::json!({
        "access_token": token, "token_type": "bearer", "expires_in": life,
    }))
}

/// A token that names rights.
pub(crate) fn token_with(scopes: &str) -> String {
    let claims = serde_json::json!({"aud": "b2b", "scopes": scopes}).to_string();
    format!(
        "eyJhbGciOiJub25lIn0.{}.c2ln",
        URL_SAFE_NO_PAD.encode(claims)
    )
}

/// A server without a token host that answers 500 to what no other mock
/// expects, and fails the test then.
pub(crate) async fn bare_server() -> MockServer {
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

/// A login as it must look.
pub(crate) fn login() -> MockBuilder {
    Mock::given(method("POST"))
        .and(path("/b2b/token"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string(LOGIN))
}

/// A server whose token host gives out a token that tells no rights.
pub(crate) async fn server() -> MockServer {
    let server = bare_server().await;
    login()
        .respond_with(token(TOKEN, 3_599))
        .expect(0..=1)
        .named("the login")
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
    keys()
        .base_url(format!("{}/v2", server.uri()))
        .token_url(format!("{}/b2b/token", server.uri()))
        .max_retries(0)
}

/// A builder with both keys and nothing else.
pub(crate) fn keys() -> ClientBuilder {
    Client::builder(
        SecretString::from(API_KEY.to_owned()),
        SecretString::from(KEY.to_owned()),
    )
}

/// A request with token and subscription key, by method and path below `/v2`.
pub(crate) fn on(verb: &str, route: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("/v2{route}")))
        .and(header("authorization", format!("Bearer {TOKEN}")))
        .and(header("ocp-apim-subscription-key", API_KEY))
}

/// An answer of JSON text.
pub(crate) fn reply(status: u16, text: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(text.to_owned(), "application/json; charset=utf-8")
}

/// Answers one expected request.
pub(crate) async fn once(server: &MockServer, request: MockBuilder, with: ResponseTemplate) {
    request.respond_with(with).expect(1).mount(server).await;
}

/// Answers one expected request with a fixture.
pub(crate) async fn answer(server: &MockServer, request: MockBuilder, status: u16, name: &str) {
    let kind = match name.rsplit('.').next() {
        Some("xml") => "application/xml",
        Some("html") => "text/html; charset=utf-8",
        Some("txt") => "text/plain",
        _ => "application/json; charset=utf-8",
    };
    let with = ResponseTemplate::new(status).set_body_raw(fixture(name), kind);
    once(server, request, with).await;
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

/// A request whose body is exactly a fixture.
pub(crate) fn with_body(request: MockBuilder, name: &str) -> MockBuilder {
    request
        .and(header("content-type", "application/json"))
        .and(body_json(json(name)))
}

/// A clock that never really waits.
pub(crate) fn clock() -> ManualClock {
    ManualClock::auto_advance(Timestamp::from_seconds(1_800_000_000))
}

/// A script that begins with a login.
pub(crate) fn script() -> FakeTransport {
    let script = FakeTransport::new();
    script.push(login_reply());
    script
}

/// A scripted login.
pub(crate) fn login_reply() -> Reply {
    let body =
        serde_json::json!({"access_token": TOKEN, "token_type": "bearer", "expires_in": 3_599});
    Reply::json(200, &body)
}

/// A client over a script, on a clock that never really waits.
pub(crate) fn scripted(script: &FakeTransport) -> ClientBuilder {
    keys()
        .clock(Arc::new(clock()))
        .transport(Arc::new(script.clone()))
}
