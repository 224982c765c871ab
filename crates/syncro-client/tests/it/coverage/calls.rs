//! Calls every method once, and says which requests were made.

use std::collections::BTreeSet;

use syncro_client::{Client, Error, ErrorKind, SecretString};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{calls_money, calls_work};
use crate::support::builder;

/// What was asked for, and how it ended.
#[derive(Default)]
pub(super) struct Called {
    /// Methods and paths, with placeholders.
    pub(super) operations: BTreeSet<(String, String)>,
    /// Paths with the names of query parameters.
    pub(super) parameters: BTreeSet<(String, String)>,
    /// Paths with the members of bodies.
    pub(super) members: BTreeSet<(String, String)>,
    /// How the calls failed that did.
    pub(super) kinds: Vec<ErrorKind>,
}

impl Called {
    /// Takes note of how a call ended; it must have left.
    pub(super) fn left<T>(&mut self, answer: Result<T, Error>) {
        if let Err(error) = answer {
            assert!(
                error.status_code().is_some() || error.send_outcome().may_be_applied(),
                "{error}"
            );
            self.kinds.push(error.kind());
        }
    }
}

/// Calls everything on a server that answers all of it alike.
pub(super) async fn all(with: ResponseTemplate) -> Called {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(with).mount(&server).await;
    let client = builder(&server)
        .requests_per_minute(100_000)
        .build()
        .unwrap();
    let mut called = Called::default();
    account(&client, &mut called).await;
    calls_money::all(&client, &mut called).await;
    calls_work::all(&client, &mut called).await;
    for request in server.received_requests().await.unwrap() {
        note(&mut called, &request);
    }
    called
}

fn note(called: &mut Called, request: &Request) {
    let path = request.url.path().strip_prefix("/api/v1").unwrap();
    let path = template(request.method.as_str(), path);
    for (name, _) in request.url.query_pairs() {
        let name = name.trim_end_matches("[]").to_owned();
        called.parameters.insert((path.clone(), name));
    }
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
    for name in body.as_object().into_iter().flat_map(|body| body.keys()) {
        called.members.insert((path.clone(), name.clone()));
    }
    called.operations.insert((request.method.to_string(), path));
}

/// The path of the operation that a request is one of.
fn template(method: &str, path: &str) -> String {
    let given: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &str| {
        let parts: Vec<&str> = pattern.split('/').collect();
        parts.len() == given.len()
            && parts
                .iter()
                .zip(&given)
                .all(|(part, given)| part.starts_with('{') || part == given)
    };
    syncro_client::testing::operations()
        .into_iter()
        .filter(|operation| operation.method == method && fits(operation.path))
        .min_by_key(|operation| operation.path.matches('{').count())
        .map_or_else(|| path.to_owned(), |operation| operation.path.to_owned())
}

async fn account(client: &Client, called: &mut Called) {
    let code = SecretString::from("123456".to_owned());
    called.left(client.me().await);
    called.left(client.otp_login(&code).await);
    called.left(client.users().list().page(1).await);
    called.left(client.users().get(1.into()).await);
    called.left(client.settings().get().await);
    called.left(client.settings().tabs().await);
    called.left(client.settings().printing().await);
    called.left(client.ticket_settings().await);
    let devices = client.user_devices();
    called.left(devices.create(&Default::default()).await);
    called.left(devices.get("u1").await);
    called.left(devices.update("u1", &code).await);
    let wiki = client.wiki_pages();
    called.left(wiki.list().page(1).await);
    called.left(wiki.create(&Default::default()).await);
    called.left(wiki.get(1.into()).await);
    called.left(wiki.update(1.into(), &Default::default()).await);
    called.left(wiki.delete(1.into()).await);
}
