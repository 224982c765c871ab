//! Every recorded exchange, read as the client reads it.
//!
//! The oracle is not the decoder: a body that is JSON is read by `serde_json`,
//! and what every other body means stands in a table written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::{Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use simplycrm_ws::testing::decode;
use simplycrm_ws::{
    BodyFault, Client, Error, ErrorKind, Operation, Params, Safety, Verb, Warning, mobile,
};

use crate::support;
use ErrorKind::Decode;
use not_plain::Meaning::{Broken, Noisy, NoisyBroken};
use not_plain::{NOT_PLAIN, meaning};

mod not_plain;

/// An exchange as it is kept.
#[derive(Deserialize)]
struct Recorded {
    api: String,
    operation: String,
    request: RecordedRequest,
    response: RecordedResponse,
}

#[derive(Deserialize)]
struct RecordedRequest {
    method: String,
}

#[derive(Deserialize, Debug)]
struct RecordedResponse {
    status: u16,
    content_type: Option<String>,
    body: String,
}

/// Where the exchanges are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recorded")
}

/// All exchanges by generation and name.
fn all() -> BTreeMap<String, Recorded> {
    let mut all = BTreeMap::new();
    for generation in ["v5", "v7"] {
        for entry in std::fs::read_dir(folder().join(generation)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let recorded: Recorded = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{generation}/{name}: {error}"));
            all.insert(format!("{generation}/{name}"), recorded);
        }
    }
    all
}

/// How the client would call the operation of an exchange.
fn operation(recorded: &Recorded) -> Operation {
    let name = recorded.operation.clone();
    match Operation::known(&name) {
        Some(known) if recorded.api == "webservice" => known.clone(),
        _ if recorded.request.method == "POST" => {
            Operation::named(name, Verb::Post, Safety::Create)
        }
        _ => Operation::named(name, Verb::Get, Safety::Idempotent),
    }
}

/// Compares what was read with what `serde_json` reads in a text.
fn compare(name: &str, text: &str, read: &Result<simplycrm_ws::Json, Error>) {
    let body: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    match (&body["success"], read) {
        (Value::Bool(true), Ok(result)) => {
            let again: Value = serde_json::from_str(&result.to_string()).unwrap();
            assert_eq!(again, body["result"], "{name}");
            assert_eq!(result.to_value(), body["result"], "{name}");
        }
        (Value::Bool(false), Err(error)) => {
            let code = match &body["error"]["code"] {
                Value::String(word) => Some(word.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            };
            assert_eq!(error.code_str(), code.as_deref(), "{name}: {error:?}");
            let message = body["error"]["message"].as_str().unwrap();
            assert_eq!(error.message(), message, "{name}");
            assert_eq!(BodyFault::of(error), None, "{name}");
        }
        (said, read) => panic!("{name}: says {said}, read as {read:?}"),
    }
}

fn compare_broken(name: &str, fault: BodyFault, kind: ErrorKind, error: &Error) {
    assert_eq!(BodyFault::of(error), Some(fault), "{name}: {error:?}");
    assert_eq!(error.kind(), kind, "{name}: {error:?}");
    assert!(error.help_text().is_some(), "{name}");
}

#[test]
fn every_recorded_answer_is_read_as_it_was_meant() {
    let all = all();
    let (v5, v7): (Vec<_>, Vec<_>) = all.keys().partition(|name| name.starts_with("v5/"));
    assert!(
        v5.len() >= 400 && v7.len() >= 350,
        "{} {}",
        v5.len(),
        v7.len()
    );
    let mut used = BTreeSet::new();
    for (name, recorded) in &all {
        let RecordedResponse {
            status,
            content_type,
            body,
        } = &recorded.response;
        let verb = operation(recorded).verb();
        let read = |lenient| {
            decode(
                verb,
                *status,
                content_type.as_deref(),
                body.as_bytes(),
                lenient,
            )
        };
        let result = || read(true).map(|(json, _)| json);
        let Some(meaning) = meaning(name) else {
            // Plain JSON: leniency changes nothing, and there is no warning.
            for lenient in [true, false] {
                compare(name, body, &read(lenient).map(|(json, _)| json));
            }
            if let Ok((_, noise)) = read(true) {
                assert_eq!(noise, None, "{name}");
            }
            continue;
        };
        used.insert(name.as_str());
        match meaning {
            Broken(fault, kind, outcome) => {
                for lenient in [true, false] {
                    let error = read(lenient).unwrap_err();
                    compare_broken(name, fault, kind, &error);
                    assert_eq!(error.send_outcome(), outcome, "{name}");
                }
            }
            Noisy => {
                let line = body.lines().last().unwrap();
                compare(name, line, &result());
                if let Ok((_, noise)) = read(true) {
                    let noise = noise.unwrap();
                    assert!(noise.starts_with("<br /> <b>"), "{name}: {noise}");
                }
                let strict = read(false).unwrap_err();
                compare_broken(name, BodyFault::BrokenJson, Decode, &strict);
            }
            NoisyBroken(fault, kind) => {
                compare_broken(name, fault, kind, &result().unwrap_err());
                let strict = read(false).unwrap_err();
                compare_broken(name, BodyFault::BrokenJson, Decode, &strict);
            }
        }
    }
    let listed: BTreeSet<&str> = NOT_PLAIN.iter().map(|(name, _)| *name).collect();
    assert_eq!(used, listed, "the table names what is not there");
}

/// Answers logins, and everything else as recorded.
#[derive(Debug)]
struct Replay(RecordedResponse);

#[async_trait]
impl Transport for Replay {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        _timeout: Duration,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let form = String::from_utf8_lossy(request.body()).into_owned();
        let (status, kind, body) = if query.starts_with("operation=getchallenge&username=") {
            let body = r#"{"success":true,"result":{"token":"t0","serverTime":1795291822}}"#;
            (200, "application/json", body.to_owned())
        } else if form.starts_with("_operation=login&username=") {
            let body = r#"{"success":true,"result":{"login":{"userid":"1","session":"s0"}}}"#;
            (200, "text/json", body.to_owned())
        } else if form.starts_with("operation=login&username=") {
            let body = r#"{"success":true,"result":{"sessionName":"s0","userId":"19x1"}}"#;
            (200, "application/json", body.to_owned())
        } else {
            let kind = self.0.content_type.as_deref().unwrap_or_default();
            (self.0.status, kind, self.0.body.clone())
        };
        let response = http::Response::builder()
            .status(status)
            .header("content-type", kind)
            .body(Bytes::from(body));
        Ok(response.unwrap())
    }
}

/// Calls the operation of an exchange as a caller of the crate does.
async fn call(
    recorded: Recorded,
    on_warning: Arc<dyn Fn(&Warning) + Send + Sync>,
) -> Result<simplycrm_ws::Json, Error> {
    let operation = operation(&recorded);
    let address = "https://crm.test";
    let replay = Arc::new(Replay(recorded.response));
    if recorded.api == "mobile" {
        return mobile::Client::builder(address, support::USER, support::KEY.into())
            .retry(support::quick())
            .transport(replay)
            .on_warning(on_warning)
            .build()?
            .call_as(&operation, Params::new())
            .await;
    }
    Client::builder(address, support::USER, support::KEY.into())
        .retry(support::quick())
        .transport(replay)
        .on_warning(on_warning)
        .build()?
        .call_as(&operation, Params::new())
        .await
}

#[tokio::test]
async fn every_recorded_answer_reaches_the_caller_of_a_client() {
    let mut count = BTreeMap::new();
    for (name, recorded) in all() {
        // A client asks these itself.
        if ["getchallenge", "login"].contains(&recorded.operation.as_str()) {
            continue;
        }
        *count.entry(recorded.api.clone()).or_insert(0) += 1;
        let body = recorded.response.body.clone();
        let seen: Arc<Mutex<Vec<Warning>>> = Arc::default();
        let into = Arc::clone(&seen);
        let take = move |warning: &Warning| into.lock().unwrap().push(warning.clone());
        let read = call(recorded, Arc::new(take)).await;
        let mut noisy = false;
        match meaning(&name) {
            None => compare(&name, &body, &read),
            Some(Noisy) => {
                noisy = true;
                compare(&name, body.lines().last().unwrap(), &read);
            }
            Some(Broken(fault, kind, _) | NoisyBroken(fault, kind)) => {
                compare_broken(&name, fault, kind, &read.unwrap_err());
            }
        }
        let seen = seen.lock().unwrap();
        assert_eq!(seen.len(), usize::from(noisy), "{name}: {seen:?}");
        assert!(
            seen.iter().all(|one| matches!(one, Warning::Noise { .. })),
            "{name}: {seen:?}"
        );
    }
    assert!(
        count["webservice"] >= 400 && count["mobile"] >= 200,
        "{count:?}"
    );
}
