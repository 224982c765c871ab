//! What the tests of money, stock and devices share.

use std::fmt::Debug;

use serde_json::Value;
use syncro_client::{Client, Error, SendOutcome};
use wiremock::MockBuilder;

use crate::support::{answer, client, once, reply, server};

/// Makes a call whose one request is answered so.
pub(crate) async fn gives<T>(
    request: MockBuilder,
    body: Value,
    call: impl AsyncFnOnce(Client) -> Result<T, Error>,
) -> T {
    let server = server().await;
    answer(&server, request, 200, &body).await;
    call(client(&server)).await.unwrap()
}

/// Makes a call whose one request is refused so; nothing is sent twice.
pub(crate) async fn refused<T: Debug>(
    request: MockBuilder,
    status: u16,
    body: Value,
    call: impl AsyncFnOnce(Client) -> Result<T, Error>,
) -> Error {
    let server = server().await;
    let with = match &body {
        Value::String(text) if text.is_empty() => wiremock::ResponseTemplate::new(status),
        body => reply(status, &body.to_string()),
    };
    once(&server, request, with).await;
    let error = call(client(&server)).await.unwrap_err();
    assert_eq!(error.status_code(), Some(status), "{error}");
    assert!(
        !error.send_outcome().may_be_applied() || error.send_outcome() == SendOutcome::Unknown,
        "{error:?}"
    );
    error
}

/// Makes a call that is refused before anything is sent.
pub(crate) async fn unsent<T: Debug>(call: impl AsyncFnOnce(Client) -> Result<T, Error>) -> Error {
    let server = server().await;
    let error = call(client(&server)).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent, "{error:?}");
    error
}

/// A text as fields hold it.
pub(crate) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}
