//! A server that speaks the webservice's login, for every test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use simplycrm_ws::{ChangeKind, Client, ClientBuilder, RecordId, RetryPolicy, Warning};
use wiremock::matchers::{any, body_string_contains, method, path, query_param};
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

/// The user of all tests.
pub(crate) const USER: &str = "admin";
/// The access key of all tests.
pub(crate) const KEY: &str = "acc3ss-k3y-0001";
/// The challenge of [`sign_in`].
pub(crate) const CHALLENGE: &str = "ch4llenge-0001";
/// MD5 of [`CHALLENGE`] and [`KEY`], from another program.
pub(crate) const PROOF: &str = "f1910145c8336396ad540ad0d0ed676a";
/// The session of [`sign_in`].
pub(crate) const SESSION: &str = "s3ssion-0001";

/// The id of a record, from its text.
pub(crate) fn id(text: &str) -> RecordId {
    text.parse().unwrap()
}

/// Retries after milliseconds, so that tests take no time.
pub(crate) fn quick() -> RetryPolicy {
    RetryPolicy {
        max_retries: 2,
        base: Duration::from_millis(1),
        cap: Duration::from_millis(2),
        throttled_min: Duration::from_millis(1),
        ..RetryPolicy::default()
    }
}

/// Starts a server that answers 500 to what no mock expects, and says what
/// that was.
pub(crate) async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| {
            let body = String::from_utf8_lossy(&request.body);
            ResponseTemplate::new(500).set_body_string(format!(
                "<b>Fatal error</b>: unexpected {} {} {body}",
                request.method, request.url
            ))
        })
        .with_priority(u8::MAX)
        .mount(&server)
        .await;
    server
}

/// Starts with quick retries and one session.
pub(crate) fn builder(server: &MockServer) -> ClientBuilder {
    Client::builder(&server.uri(), USER, KEY.into())
        .sessions(1)
        .retry(quick())
}

/// A client with one session and quick retries.
pub(crate) fn client(server: &MockServer) -> Client {
    builder(server).build().unwrap()
}

/// A request of a GET operation.
pub(crate) fn get(operation: &str) -> MockBuilder {
    Mock::given(method("GET"))
        .and(path("/webservice.php"))
        .and(query_param("operation", operation))
}

/// A request of a POST operation.
pub(crate) fn post(operation: &str) -> MockBuilder {
    Mock::given(method("POST"))
        .and(path("/webservice.php"))
        .and(body_string_contains(format!("operation={operation}&")))
}

/// An answer of success.
pub(crate) fn yes(result: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"success": true, "result": result}))
}

/// An answer of refusal.
pub(crate) fn no(code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({"success": false, "error": {"code": code, "message": message}}))
}

/// What a challenge answers.
pub(crate) fn challenge(token: &str) -> ResponseTemplate {
    yes(json!({"token": token, "serverTime": 1_795_291_822, "expireTime": 1_795_292_122}))
}

/// What a login answers.
pub(crate) fn session(name: &str) -> ResponseTemplate {
    yes(json!({
        "sessionName": name, "userId": "19x1", "version": "0.22", "vtigerVersion": "7.1.0",
    }))
}

/// Lets logins succeed, however many: challenge [`CHALLENGE`], session
/// [`SESSION`].
pub(crate) async fn sign_in(server: &MockServer) {
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .mount(server)
        .await;
    post("login")
        .respond_with(session(SESSION))
        .mount(server)
        .await;
}

/// A parameter of a request's form.
pub(crate) fn form_param(request: &Request, name: &str) -> Option<String> {
    url_decode(&request.body)
        .into_iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

/// The pairs of a form.
pub(crate) fn url_decode(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// The requests that came, in order.
pub(crate) async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

/// The requests whose form names an operation.
pub(crate) async fn posted(server: &MockServer, operation: &str) -> Vec<Request> {
    requests(server)
        .await
        .into_iter()
        .filter(|request| form_param(request, "operation").as_deref() == Some(operation))
        .collect()
}

/// The elements that were sent with an operation.
pub(crate) async fn elements(server: &MockServer, operation: &str) -> Vec<Value> {
    posted(server, operation)
        .await
        .iter()
        .map(|request| serde_json::from_str(&form_param(request, "element").unwrap()).unwrap())
        .collect()
}

/// How often an operation was asked for, in the query or in the form.
pub(crate) async fn count(server: &MockServer, operation: &str) -> usize {
    requests(server)
        .await
        .iter()
        .filter(|request| {
            let named = ("operation".into(), operation.into());
            request.url.query_pairs().any(|pair| pair == named)
                || form_param(request, "operation").as_deref() == Some(operation)
        })
        .count()
}

/// Where warnings gather, and what takes them.
#[expect(clippy::type_complexity, reason = "a test's own pair")]
pub(crate) fn warnings() -> (
    Arc<Mutex<Vec<Warning>>>,
    Arc<dyn Fn(&Warning) + Send + Sync>,
) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let take = move |warning: &Warning| into.lock().unwrap().push(warning.clone());
    (seen, Arc::new(take))
}

/// The fields that warnings name, and what became of their values.
pub(crate) fn changed(warnings: &[Warning]) -> Vec<(&str, ChangeKind)> {
    warnings
        .iter()
        .map(|warning| match warning {
            Warning::Changed { field, what, .. } => (field.as_str(), *what),
            other => panic!("{other}"),
        })
        .collect()
}
