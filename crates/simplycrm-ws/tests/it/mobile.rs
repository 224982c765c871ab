//! The mobile API, and what its tests share.

use std::sync::Mutex;

use api_core::{Exchange, ExchangeObserver};
use serde_json::{Value, json};
use simplycrm_ws::RecordId;
use simplycrm_ws::mobile::{Client, ClientBuilder, Generation};
use wiremock::matchers::{method, path};
use wiremock::{Match, Mock, MockBuilder, MockServer, Request, ResponseTemplate};

use crate::support::{self, quick, server, url_decode, yes};

mod comments;
mod faults;
mod filters;
mod lists;
mod queries;
mod records;
mod save;
mod session;
mod streams;
mod sync;
mod users;

/// The password of all tests.
pub(crate) const PASSWORD: &str = "passw0rd-planted";
/// The session of [`sign_in`].
pub(crate) const SESSION: &str = "m0bile-s3ssion";

/// The contact of most recorded answers.
pub(crate) const CONTACT: RecordId = RecordId::new(12, 124);
/// The first user.
pub(crate) const ADMIN: RecordId = RecordId::new(19, 1);

/// A form that holds these pairs, whatever else it holds.
pub(crate) struct Form(pub(crate) Vec<(String, String)>);

impl Match for Form {
    fn matches(&self, request: &Request) -> bool {
        let pairs = url_decode(&request.body);
        self.0.iter().all(|pair| pairs.contains(pair))
    }
}

/// A form without a parameter of this name.
pub(crate) struct Without(pub(crate) &'static str);

impl Match for Without {
    fn matches(&self, request: &Request) -> bool {
        support::form_param(request, self.0).is_none()
    }
}

/// A request of an operation with these parameters among others.
pub(crate) fn on(operation: &str, pairs: &[(&str, &str)]) -> MockBuilder {
    let pairs = [("_operation", operation)]
        .iter()
        .chain(pairs)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Mock::given(method("POST"))
        .and(path("/modules/Mobile/api.php"))
        .and(Form(pairs))
}

/// The same, in the session of [`sign_in`].
pub(crate) fn in_session(operation: &str, pairs: &[(&str, &str)]) -> MockBuilder {
    let all: Vec<(&str, &str)> = [("_session", SESSION)]
        .into_iter()
        .chain(pairs.iter().copied())
        .collect();
    on(operation, &all)
}

/// A recorded answer, by generation and number: `v5/388`.
pub(crate) fn recorded(name: &str) -> ResponseTemplate {
    let exchange = exchange(name);
    let answer = &exchange["response"];
    let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
    let kind = answer["content_type"].as_str().unwrap_or("text/html");
    ResponseTemplate::new(status).set_body_raw(answer["body"].as_str().unwrap(), kind)
}

/// The `result` of a recorded answer, read by `serde_json`.
pub(crate) fn result(name: &str) -> Value {
    let exchange = exchange(name);
    let body = exchange["response"]["body"].as_str().unwrap();
    let answer: Value = serde_json::from_str(body).unwrap();
    answer["result"].clone()
}

fn exchange(name: &str) -> Value {
    let (folder, number) = name.split_once('/').unwrap();
    let root = format!(
        "{}/tests/fixtures/recorded/{folder}",
        env!("CARGO_MANIFEST_DIR")
    );
    let file = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|file| {
            let name = file.file_name().unwrap().to_string_lossy();
            name.starts_with(&format!("{number}-mobile-"))
        })
        .unwrap_or_else(|| panic!("no recorded exchange {name}"));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// A fixture written after the vendor documentation.
pub(crate) fn documented(name: &str) -> Value {
    let file = format!(
        "{}/tests/fixtures/mobile/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// A refusal of the mobile API itself.
pub(crate) fn refusal(code: i64, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({"success": false, "error": {"code": code, "message": message}}))
}

/// Lets logins succeed, as the generation answers them.
pub(crate) async fn sign_in(server: &MockServer, generation: Generation) {
    let mut login = match generation {
        Generation::Old => documented("login.json"),
        Generation::New => json!({"login": result("v7/338")["login"]}),
    };
    login["login"]["session"] = json!(SESSION);
    on("login", &[("username", "admin"), ("password", PASSWORD)])
        .respond_with(yes(login))
        .mount(server)
        .await;
}

/// Starts with quick retries and one session.
pub(crate) fn builder(server: &MockServer) -> ClientBuilder {
    Client::builder(&server.uri(), "admin", PASSWORD.into())
        .sessions(1)
        .retry(quick())
}

/// A signed-in client of a server of that generation.
pub(crate) async fn start(generation: Generation) -> (MockServer, Client) {
    let server = server().await;
    sign_in(&server, generation).await;
    let client = builder(&server).build().unwrap();
    (server, client)
}

/// How often an operation was asked for.
pub(crate) async fn asked(server: &MockServer, operation: &str) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| support::form_param(request, "_operation").as_deref() == Some(operation))
        .count()
}

/// Takes note of exchanges as text.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub(crate) Mutex<String>);

impl ExchangeObserver for Notes {
    fn exchange(&self, exchange: &Exchange) {
        let mut notes = self.0.lock().unwrap();
        notes.push_str(&format!("{exchange:?}\n"));
    }
}
