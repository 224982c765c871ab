//! Refusals that many calls share, and what was asked.

use std::time::Duration;

use syncro_client::{Client, RetryPolicy};
use wiremock::MockServer;

use crate::support::{builder, on, once, reply};

/// The body of a missing permission.
pub(crate) const PERMISSION: &str =
    r#"{"error":"Not authorized. Please ask account admin to update your group permissions."}"#;

/// The body of a record that is not there.
pub(crate) const NOT_FOUND: &str = r#"{"message":"Not found"}"#;

/// Answers one expected request with a refusal.
pub(crate) async fn refuse(server: &MockServer, verb: &str, route: &str, status: u16, body: &str) {
    once(server, on(verb, route), reply(status, body)).await;
}

/// The values of a parameter of the only request so far.
pub(crate) async fn asked(server: &MockServer, name: &str) -> Vec<String> {
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let query = requests[0].url.query_pairs();
    query
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

/// A client that tries again so often, without waiting long.
pub(crate) fn stubborn(server: &MockServer, retries: u32) -> Client {
    let wait = Duration::from_millis(1);
    let policy = RetryPolicy {
        max_retries: retries,
        base: wait,
        cap: wait,
        ..RetryPolicy::default()
    };
    builder(server).retry(policy).build().unwrap()
}
