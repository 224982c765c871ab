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
    BodyFault, Client, Error, ErrorKind, Operation, Params, Safety, SendOutcome, Verb, Warning,
    mobile,
};

use crate::support;

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

/// What a body that is not plain JSON means.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// A broken answer.
    Broken(BodyFault, ErrorKind, SendOutcome),
    /// PHP's warnings, and on the last line the answer.
    Noisy,
    /// PHP's warnings, and on the last line this broken answer.
    NoisyBroken(BodyFault, ErrorKind),
}

use BodyFault::{
    EmptyBody, HtmlFatal, HtmlPage, NullError, RequestTooLong, ServerCrash, TextDeath,
};
use ErrorKind::{Decode, NotAnApi, TooLarge};
use Meaning::{Broken, Noisy, NoisyBroken};
use SendOutcome::{Rejected, Unknown};

const EMPTY: Meaning = Broken(EmptyBody, NotAnApi, Unknown);
const CRASH: Meaning = Broken(ServerCrash, NotAnApi, Unknown);
const DEATH: Meaning = Broken(TextDeath, NotAnApi, Unknown);
const FATAL: Meaning = Broken(HtmlFatal, NotAnApi, Unknown);
const NO_REASON: Meaning = Broken(NullError, Decode, Unknown);

/// Written by hand from the bodies.
const NOT_PLAIN: &[(&str, Meaning)] = &[
    (
        "v5/028-webservice-unknownop-unknown_operation_with_session",
        CRASH,
    ),
    ("v5/029-webservice-unknownop-no_operation", CRASH),
    ("v5/031-webservice-listtypes-format_xml", EMPTY),
    ("v5/032-webservice-listtypes-HEAD", EMPTY),
    ("v5/109-webservice-create-owner_without_x_prefix", DEATH),
    ("v5/310-webservice-sync-all_modules_from_zero", CRASH),
    ("v5/328-webservice-sync-elementType_Documents", CRASH),
    ("v5/329-webservice-sync-elementType_ModComments", CRASH),
    ("v5/331-webservice-sync-elementType_Faq", CRASH),
    ("v5/332-webservice-sync-by_POST", CRASH),
    (
        "v5/335-webservice-sync-zero_on_module_without_rows_is_fatal",
        CRASH,
    ),
    ("v5/337-webservice-sync-Quotes_is_always_fatal", CRASH),
    (
        "v5/467-mobile-fetchRecordsWithGrouping-unknown_alertid",
        CRASH,
    ),
    (
        "v5/538-mobile-relatedRecordsWithGrouping-missing_relatedmodule",
        NO_REASON,
    ),
    (
        "v5/611-webservice-getchallenge-noisy_unbuffered",
        NoisyBroken(NullError, Decode),
    ),
    ("v5/613-webservice-login-noisy", Noisy),
    ("v5/614-webservice-retrieve-noisy", Noisy),
    ("v5/616-webservice-listtypes-noisy", Noisy),
    ("v5/617-webservice-unknownop-noisy_fatal_error_html", FATAL),
    ("v5/619-webservice-sync-noisy_fatal_Quotes", FATAL),
    ("v5/620-webservice-query-noisy_syntax_error", Noisy),
    ("v5/622-mobile-fetchRecord-noisy", Noisy),
    ("v5/623-mobile-fetchRecordsWithGrouping-noisy_fatal", FATAL),
    (
        "v5/629-webservice-http-very_long_GET_query_414",
        Broken(RequestTooLong, TooLarge, Rejected),
    ),
    ("v5/634-webservice-create-post_over_post_max_size_8M", CRASH),
    (
        "v5/637-webservice-create-nested_array_as_value",
        Broken(HtmlPage, NotAnApi, Unknown),
    ),
    ("v7/019-webservice-unknownop-no_session", CRASH),
    ("v7/020-webservice-unknownop-no_operation", CRASH),
    (
        "v7/022-webservice-unknownop-delete_related_not_registered",
        CRASH,
    ),
    ("v7/023-webservice-listtypes-format_xml", EMPTY),
    ("v7/031-webservice-changePassword-wrong_old", DEATH),
    ("v7/110-webservice-revise-Invoice_LineItems_only", CRASH),
    ("v7/115-webservice-revise-Quote_stage_only", CRASH),
    (
        "v7/131-webservice-sync-syncType_not_registered_php74_fatal",
        CRASH,
    ),
    ("v7/154-webservice-sync-Emails_first_page", CRASH),
    ("v7/160-webservice-sync-PBXManager_first_page", CRASH),
    ("v7/166-webservice-sync-modifiedTime_0_no_rows", CRASH),
    ("v7/169-webservice-sync-modifiedTime_text", CRASH),
    ("v7/173-webservice-sync-all_modules_user_page1", CRASH),
    ("v7/197-webservice-create-Contact_element_string", CRASH),
    ("v7/335-webservice-unknownop-history", CRASH),
    ("v7/382-mobile-listModuleRecords-alertid", CRASH),
    ("v7/392-mobile-listModuleRecords-missing_module", CRASH),
    (
        "v7/464-mobile-relatedRecordsWithGrouping-ModComments",
        CRASH,
    ),
    ("v7/473-mobile-taxByType-none", NO_REASON),
    ("v7/479-mobile-deleteRecords-prefixed_id", DEATH),
    ("v7/481-mobile-deleteRecords-json_list_prefixed", DEATH),
    ("v7/482-mobile-deleteRecords-unknown_plain", DEATH),
    ("v7/484-mobile-deleteRecords-none", DEATH),
    (
        "v7/490-webservice-unknownop-display_errors_on_fatal_is_200_empty",
        EMPTY,
    ),
    (
        "v7/491-webservice-sync-display_errors_on_fatal_zero_no_rows",
        EMPTY,
    ),
    ("v7/493-webservice-getchallenge-noisy", Noisy),
    ("v7/494-webservice-login-noisy", Noisy),
    ("v7/496-webservice-describe-noisy_Contacts", Noisy),
    ("v7/497-webservice-retrieve-noisy_Contact", Noisy),
    ("v7/499-webservice-query-noisy", Noisy),
    ("v7/500-webservice-create-noisy", Noisy),
    ("v7/502-webservice-unknownop-noisy", FATAL),
    ("v7/503-webservice-retrieve-noisy_error", Noisy),
    ("v7/505-mobile-fetchRecord-noisy", Noisy),
    ("v7/506-mobile-listModuleRecords-noisy", Noisy),
    ("v7/541-webservice-http-json_body_webservice", CRASH),
    (
        "v7/542-webservice-http-mobile_lowercase_path",
        Broken(HtmlPage, NotAnApi, Rejected),
    ),
];

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

fn meaning(name: &str) -> Option<Meaning> {
    NOT_PLAIN
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, meaning)| *meaning)
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
