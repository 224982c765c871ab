//! The profile `perfex`, by the quirks its public API documents and sources show.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use api_core::transport::{FakeTransport, Reply};
use api_core::{Clock, ManualClock, Timestamp};
use serde_json::{Value, json};
use smartcrm_client::{
    BatchOutcome, BatchRecord, BatchSupport, Client, ClientBuilder, CreateOptions, Entity,
    ErrorKind, Fields, ListParams, NewClient, Profile, RecordId, SecretString, SendOutcome,
    ToFields,
};
use wiremock::matchers::{body_json, header, header_exists, method, path, query_param};
use wiremock::{Mock, MockBuilder, MockServer, Request, ResponseTemplate};

use crate::support::{TOKEN, server};

fn perfex(server: &MockServer) -> ClientBuilder {
    Client::builder(&server.uri(), SecretString::from(TOKEN.to_owned()))
        .profile(Profile::perfex())
        .max_retries(0)
}

/// A server of the second version: no ids from creates, no batches, no keys.
fn version_2() -> Profile {
    Profile::from_config(json!({
        "base": "perfex", "creates_return_id": false, "idempotency_header": "",
        "push": {"mode": "single"}, "paging": {"mode": "none"},
    }))
    .unwrap()
}

fn on(verb: &str, route: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("/api/{route}")))
        .and(header("authtoken", TOKEN))
}

async fn answers(server: &MockServer, request: MockBuilder, status: u16, body: Value) {
    request
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .expect(1)
        .mount(server)
        .await;
}

fn nothing() -> Value {
    json!({"status": false, "message": "No data were found"})
}

#[tokio::test]
async fn version_3_pages_in_an_envelope_of_at_most_a_hundred() {
    let server = server().await;
    let request = on("GET", "customers")
        .and(query_param("page", "1"))
        .and(query_param("per_page", "100"));
    let body = json!({
        "data": [{"userid": "3", "company": "Acme", "active": "1", "vat": ""}],
        "meta": {"page": 1, "per_page": 100, "total": 1, "total_pages": 1, "has_more": false,
                 "current_page": 1, "last_page": 1},
    });
    answers(&server, request, 200, body).await;
    let client = perfex(&server).build().unwrap();
    let page = client
        .clients()
        .list(&ListParams::new().per_page(500))
        .await
        .unwrap();
    let record = page.items[0].good().unwrap();
    assert_eq!(record.id.as_ref().unwrap().as_str(), "3");
    assert_eq!((record.active, &record.vat), (Some(true), &None));
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn version_2_answers_with_a_bare_array() {
    let server = server().await;
    let body = json!([{"userid": "3", "company": "Acme"}]);
    answers(&server, on("GET", "customers"), 200, body).await;
    let client = perfex(&server).build().unwrap();
    let page = client.clients().list(&ListParams::new()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.next, None);
}

#[tokio::test]
async fn an_empty_list_is_a_404_and_no_error_but_an_unknown_id_is_not_found() {
    let server = server().await;
    answers(&server, on("GET", "invoices"), 404, nothing()).await;
    answers(&server, on("GET", "invoices/7"), 404, nothing()).await;
    let client = perfex(&server).build().unwrap();
    let page = client.invoices().list(&ListParams::new()).await.unwrap();
    assert!(page.items.is_empty());
    let error = client.invoices().get(&"7".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_bad_token_is_a_404_that_is_told_from_an_empty_list() {
    for message in [
        "Token is not found",
        "Token Time Expire.",
        "Token Time Not Define!",
    ] {
        let server = server().await;
        let body = json!({"status": false, "message": message});
        answers(&server, on("GET", "customers"), 404, body).await;
        let client = perfex(&server).build().unwrap();
        let error = client.ping().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{message}");
        assert!(error.message().contains(message), "{error}");
    }
}

#[tokio::test]
async fn a_validation_error_of_version_2_is_a_404_with_a_map_of_fields() {
    let server = server().await;
    let body = json!({
        "status": false,
        "error": {"company": "The Company field is required."},
        "message": "<p>The Company field is required.</p>\n",
    });
    answers(&server, on("POST", "customers"), 404, body).await;
    let client = perfex(&server).build().unwrap();
    let error = client
        .clients()
        .create(&NewClient::new(""), &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    assert!(error.field_errors()["company"].contains("required"));
    assert!(!error.message().contains("<p>"), "{error}");
}

#[tokio::test]
async fn a_validation_error_of_version_3_is_a_422_with_its_own_code() {
    let server = server().await;
    let body = json!({
        "status": false, "error": "validation_failed", "message": "Check the fields",
        "errors": {"vat": "Too long"},
    });
    answers(&server, on("POST", "customers"), 422, body).await;
    let client = perfex(&server).build().unwrap();
    let error = client
        .clients()
        .create(&NewClient::new("Acme"), &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert_eq!(error.field_errors()["vat"], "Too long");
}

#[tokio::test]
async fn a_create_an_update_and_a_delete_may_fail_with_a_404() {
    let server = server().await;
    let fails = |what: &str| json!({"status": false, "message": format!("Client {what} fail.")});
    answers(&server, on("POST", "customers"), 404, fails("add")).await;
    answers(&server, on("PUT", "customers/3"), 404, fails("update")).await;
    answers(&server, on("DELETE", "customers/3"), 404, fails("delete")).await;
    let client = perfex(&server).build().unwrap();
    let clients = client.resource(Entity::Clients);
    let fields = NewClient::new("Acme").to_fields();
    let error = clients
        .create(&fields, &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    for error in [
        clients.update(&"3".into(), &fields).await.unwrap_err(),
        clients.delete(&"3".into()).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.message().contains("fail"), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_is_sorted_by_its_status() {
    for (status, message, kind) in [
        (
            406,
            "Data Not Acceptable OR Not Provided",
            ErrorKind::Validation,
        ),
        (401, "API module is disabled", ErrorKind::Auth),
        (
            403,
            "You have no permission to update customers",
            ErrorKind::Permission,
        ),
        (409, "The record was changed meanwhile", ErrorKind::Conflict),
        (503, "Module is missing", ErrorKind::Unavailable),
    ] {
        let server = server().await;
        let body = json!({"status": false, "message": message});
        answers(&server, on("PUT", "customers/3"), status, body).await;
        let client = perfex(&server).build().unwrap();
        let fields = NewClient::new("Acme").to_fields();
        let clients = client.resource(Entity::Clients);
        let error = clients.update(&"3".into(), &fields).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.message(), message);
    }
}

#[tokio::test]
async fn a_write_without_fields_is_not_sent_at_all() {
    let server = server().await;
    let client = perfex(&server).build().unwrap();
    let clients = client.resource(Entity::Clients);
    clients.update(&"3".into(), &Fields::new()).await.unwrap();
}

#[tokio::test]
async fn nobody_gets_a_letter_of_welcome() {
    let server = server().await;
    let body = json!({
        "customer_id": "3", "firstname": "Jan", "email": "jan@example.com",
        "donotsendwelcomeemail": "on",
    });
    let request = on("POST", "contacts").and(body_json(body));
    let created = json!({"status": true, "message": "Contact added successful.", "record_id": 9});
    answers(&server, request, 200, created).await;
    let client = perfex(&server).build().unwrap();
    let contact = smartcrm_client::NewContact::new("3", "Jan", "jan@example.com");
    let options = CreateOptions::new().external_id("not sent");
    let created = client.contacts().create(&contact, &options).await.unwrap();
    assert_eq!(created.id.unwrap().as_str(), "9");
}

#[tokio::test]
async fn operations_are_answered_in_their_order() {
    let server = server().await;
    let request = on("POST", "batch")
        .and(header("idempotency-key", "key"))
        .and(body_json(json!({"operations": [
            {"tool": "customers_create", "args": {"company": "Acme"}},
            {"tool": "customers_update", "args": {"id": "12", "vat": "NL1"}},
            {"tool": "customers_create", "args": {"company": ""}},
        ]})));
    let body = json!({"status": true, "results": [
        {"status": true, "record_id": "77", "message": "added"},
        {"status": true, "message": "updated"},
        {"status": false, "error": "validation_failed", "message": "Check the fields",
         "errors": {"company": "is required"}},
    ]});
    answers(&server, request, 200, body).await;
    let client = perfex(&server).build().unwrap();
    let clients = client.resource(Entity::Clients);
    let of = |value: Value| value.as_object().unwrap().clone();
    let records = [
        BatchRecord::create("a", of(json!({"company": "Acme"}))),
        BatchRecord::update("b", "12", of(json!({"vat": "NL1"}))),
        BatchRecord::create("c", of(json!({"company": ""}))),
    ];
    let results = clients.push_batch(&records, Some("key")).await.unwrap();
    assert_eq!(results[0].outcome.written(), Some(&RecordId::new("77")));
    assert_eq!(results[1].outcome.written(), Some(&RecordId::new("12")));
    let BatchOutcome::Rejected(error) = &results[2].outcome else {
        panic!("{:?}", results[2]);
    };
    assert_eq!(error.field_errors()["company"], "is required");
    assert_eq!(error.code_str(), Some("validation_failed"));
}

#[tokio::test]
async fn results_that_are_missing_or_odd_are_no_success() {
    for results in [
        json!([]),
        json!([{"status": true, "record_id": "1"}]),
        json!([{"status": true, "record_id": "1"}, {"status": true, "record_id": "2"}, {}]),
        json!(["ok", null]),
        json!([{}, {"message": "done"}]),
        json!([{"status": true, "record_id": "0"}, {"record_id": ""}]),
    ] {
        let server = server().await;
        let body = json!({"status": true, "results": results});
        answers(&server, on("POST", "batch"), 200, body).await;
        let client = perfex(&server).build().unwrap();
        let record = |key: &str| BatchRecord::create(key, NewClient::new("Acme").to_fields());
        let sent = client
            .clients()
            .push_batch(&[record("a"), record("b")], None)
            .await
            .unwrap();
        for result in sent {
            assert!(
                matches!(result.outcome, BatchOutcome::Unknown(_)),
                "{results}: {result:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_key_of_the_record_that_the_server_is_said_to_know_is_in_its_operation() {
    let server = server().await;
    on("POST", "batch")
        .respond_with(|request: &Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let key = &body["operations"][0]["args"]["external_id"];
            let known = json!({"status": true, "results": [{"status": true, "record_id": key}]});
            ResponseTemplate::new(200).set_body_json(known)
        })
        .mount(&server)
        .await;
    let upsert = json!({"base": "perfex", "external_id": "upsert"});
    let client = perfex(&server)
        .profile(Profile::from_config(upsert).unwrap())
        .build()
        .unwrap();
    let record = BatchRecord::create("k7", acme("NL1").to_fields());
    let results = client.clients().push_batch(&[record], None).await.unwrap();
    let id = results[0].outcome.written().map(ToString::to_string);
    assert_eq!(id.as_deref(), Some("k7"), "{results:?}");
}

#[tokio::test]
async fn no_request_carries_more_than_fifty_operations() {
    let server = server().await;
    on("POST", "batch")
        .respond_with(|request: &Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let operations = body["operations"].as_array().unwrap();
            if operations.len() > 50 {
                let body = json!({"status": false, "message": "Too many operations"});
                return ResponseTemplate::new(413).set_body_json(body);
            }
            let results: Vec<Value> = operations
                .iter()
                .map(|op| json!({"status": true, "record_id": op["args"]["vat"]}))
                .collect();
            ResponseTemplate::new(200).set_body_json(json!({"status": true, "results": results}))
        })
        .expect(3)
        .mount(&server)
        .await;
    let client = perfex(&server).batch_size(200).build().unwrap();
    assert_eq!(client.batch_size(), 50);
    let records: Vec<BatchRecord> = (1..=120)
        .map(|n| {
            let new = NewClient {
                vat: Some(n.to_string()),
                ..NewClient::new("Acme")
            };
            BatchRecord::create(format!("k{n}"), new.to_fields())
        })
        .collect();
    let results = client.clients().push_batch(&records, None).await.unwrap();
    let ids: BTreeSet<&str> = results
        .iter()
        .map(|result| result.outcome.written().unwrap().as_str())
        .collect();
    assert_eq!(ids.len(), 120);
}

#[tokio::test]
async fn operations_too_large_for_the_server_are_halved() {
    let server = server().await;
    on("POST", "batch")
        .respond_with(|request: &Request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let count = body["operations"].as_array().unwrap().len();
            match count {
                1 => ResponseTemplate::new(200).set_body_json(
                    json!({"status": true, "results": [{"status": true, "record_id": 5}]}),
                ),
                // A web server in front of the API says it with a page.
                _ => ResponseTemplate::new(413).set_body_raw("<html>413</html>", "text/html"),
            }
        })
        .expect(5)
        .mount(&server)
        .await;
    let client = perfex(&server).build().unwrap();
    let record = |key: &str| BatchRecord::create(key, NewClient::new("Acme").to_fields());
    let records = [record("a"), record("b"), record("c")];
    let results = client.clients().push_batch(&records, None).await.unwrap();
    assert!(results.iter().all(|r| r.outcome.written().is_some()));
}

/// A server of the second version that keeps what it is sent.
async fn keeps_records(server: &MockServer, there: Vec<Value>, adds: bool) {
    let records = Arc::new(Mutex::new(there));
    let found = Arc::clone(&records);
    Mock::given(method("GET"))
        .and(wiremock::matchers::path_regex("^/api/customers/search/"))
        .respond_with(move |request: &Request| {
            let word = request.url.path_segments().unwrap().next_back().unwrap();
            let records = found.lock().unwrap_or_else(PoisonError::into_inner);
            // The search looks for the word anywhere in several fields.
            let hits: Vec<Value> = records
                .iter()
                .filter(|record| record.to_string().contains(word))
                .cloned()
                .collect();
            if hits.is_empty() {
                return ResponseTemplate::new(404).set_body_json(nothing());
            }
            ResponseTemplate::new(200).set_body_json(hits)
        })
        .mount(server)
        .await;
    on("POST", "customers")
        .respond_with(move |request: &Request| {
            let mut record: Value = serde_json::from_slice(&request.body).unwrap();
            let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
            record["userid"] = json!((records.len() + 100).to_string());
            if adds {
                records.push(record);
            }
            ResponseTemplate::new(200)
                .set_body_json(json!({"status": true, "message": "Client add successful."}))
        })
        .expect(1)
        .mount(server)
        .await;
}

fn acme(vat: &str) -> NewClient {
    NewClient {
        vat: Some(vat.to_owned()),
        ..NewClient::new("Acme")
    }
}

#[tokio::test]
async fn a_create_that_returns_no_id_is_found_back_by_its_natural_key() {
    let server = server().await;
    // The first holds the word in another field, the second was there before.
    let there = vec![
        json!({"userid": "1", "company": "NL1 Holding", "vat": "NL123"}),
        json!({"userid": "2", "company": "Acme", "vat": "NL1"}),
    ];
    keeps_records(&server, there, true).await;
    let client = perfex(&server).profile(version_2()).build().unwrap();
    let created = client
        .clients()
        .create(&acme("NL1"), &CreateOptions::new())
        .await
        .unwrap();
    assert_eq!(created.id.unwrap().as_str(), "102");
}

#[tokio::test]
async fn whether_creates_return_an_id_is_learnt_from_the_answers() {
    let script = FakeTransport::new();
    let none = r#"{"status":false,"message":"No data were found"}"#;
    let one = r#"[{"userid":"8","company":"Acme","vat":"NL1"}]"#;
    let (idless, with_id) = (r#"{"status":true}"#, r#"{"status":true,"record_id":"9"}"#);
    // The first answer has no id and nothing to compare with; then searches begin and end.
    for (status, body) in [
        (200, idless),
        (404, none),
        (200, idless),
        (200, one),
        (404, none),
        (200, with_id),
        (200, with_id),
    ] {
        script.push(Reply::new(status, body));
    }
    let client = crate::support::scripted(&script)
        .profile(Profile::perfex())
        .build()
        .unwrap();
    let mut ids = Vec::new();
    for _ in 0..4 {
        let created = client
            .clients()
            .create(&acme("NL1"), &CreateOptions::new())
            .await
            .unwrap();
        ids.push(created.id.map(|id| id.to_string()));
    }
    let id = |text: &str| Some(text.to_owned());
    assert_eq!(ids, [None, id("8"), id("9"), id("9")]);
    assert_eq!(script.requests().len(), 7);
}

#[tokio::test]
async fn an_update_that_adds_something_is_not_sent_again_by_itself() {
    for (profile, once, requests) in [
        (Profile::perfex(), true, 1),
        (Profile::perfex(), false, 2),
        (version_2(), true, 1),
        (version_2(), false, 2),
    ] {
        let script = FakeTransport::new();
        script.push(Reply::new(503, r#"{"status":false,"message":"Busy"}"#));
        script.push(Reply::new(
            200,
            r#"{"status":true,"results":[{"status":true}]}"#,
        ));
        let client = crate::support::scripted(&script)
            .profile(profile)
            .build()
            .unwrap();
        let lines = json!({"lines": [{"description": "Chair"}]});
        let mut record = BatchRecord::update("a", "7", lines.as_object().unwrap().clone());
        record.once = once;
        let sent = client.invoices().push_batch(&[record], None).await;
        assert_eq!(script.requests().len(), requests);
        // A request of its own says it of its record, a batch of all of them.
        let outcome = match sent {
            Ok(results) => results[0].outcome.clone(),
            Err(error) => BatchOutcome::Unknown(error),
        };
        match outcome {
            BatchOutcome::Written { .. } => assert!(!once),
            BatchOutcome::Unknown(error) => {
                assert!(once, "{error}");
                assert_eq!(error.send_outcome(), SendOutcome::Unknown);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_older_record_with_the_same_key_is_not_taken_for_the_new_one() {
    let server = server().await;
    let there = vec![json!({"userid": "2", "company": "Acme", "vat": "NL1"})];
    // The new record does not show in searches yet.
    keeps_records(&server, there, false).await;
    let client = perfex(&server).profile(version_2()).build().unwrap();
    let created = client
        .clients()
        .create(&acme("NL1"), &CreateOptions::new())
        .await
        .unwrap();
    assert_eq!(created.id, None);
    assert_eq!(created.message.as_deref(), Some("Client add successful."));
}

#[tokio::test]
async fn a_create_without_id_in_a_push_is_found_back_or_unknown_but_never_sent_twice() {
    for adds in [true, false] {
        let server = server().await;
        keeps_records(&server, Vec::new(), adds).await;
        let client = perfex(&server).profile(version_2()).build().unwrap();
        let record = BatchRecord::create("a", acme("NL1").to_fields());
        let results = client.clients().push_batch(&[record], None).await.unwrap();
        match (&results[0].outcome, adds) {
            (BatchOutcome::Written { id, .. }, true) => assert_eq!(id.as_str(), "100"),
            (BatchOutcome::Unknown(error), false) => {
                assert_eq!(error.send_outcome(), SendOutcome::Unknown);
            }
            (other, _) => panic!("{adds}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_natural_key_that_no_path_can_carry_is_passed_over() {
    let server = server().await;
    keeps_records(&server, Vec::new(), true).await;
    let client = perfex(&server).profile(version_2()).build().unwrap();
    let record = BatchRecord::create("a", acme("NL\n1").to_fields());
    let results = client.clients().push_batch(&[record], None).await.unwrap();
    let id = results[0].outcome.written().map(ToString::to_string);
    assert_eq!(id.as_deref(), Some("100"), "{results:?}");
}

#[tokio::test]
async fn a_record_that_cannot_be_searched_does_not_keep_others_from_being_sent() {
    let server = server().await;
    keeps_records(&server, Vec::new(), true).await;
    let client = perfex(&server).profile(version_2()).build().unwrap();
    let record = BatchRecord::create("a", NewClient::new("A\nB").to_fields());
    let results = client.clients().push_batch(&[record], None).await.unwrap();
    // It was sent, and nobody knows its id: it is to be looked up.
    let outcome = &results[0].outcome;
    assert!(matches!(outcome, BatchOutcome::Unknown(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_record_whose_search_fails_beforehand_is_not_created() {
    let server = server().await;
    let body = json!({"status": false, "message": "Database error"});
    answers(&server, on("GET", "customers/search/NL1"), 500, body).await;
    let client = perfex(&server).profile(version_2()).build().unwrap();
    let error = client
        .clients()
        .create(&acme("NL1"), &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_key_goes_along_with_posts_so_that_the_server_can_replay_its_answer() {
    let server = server().await;
    let request = on("POST", "customers").and(header("idempotency-key", "key-1"));
    answers(
        &server,
        request,
        200,
        json!({"status": true, "record_id": 5}),
    )
    .await;
    let client = perfex(&server).build().unwrap();
    let options = CreateOptions::new().idempotency_key("key-1");
    let clients = client.clients();
    clients.create(&acme("NL1"), &options).await.unwrap();
}

#[tokio::test]
async fn a_record_of_an_odd_key_has_a_key_that_a_header_can_carry() {
    let server = server().await;
    on("POST", "customers")
        .respond_with(|request: &Request| {
            let key = request.headers["idempotency-key"].as_bytes();
            assert!(key.iter().all(u8::is_ascii_graphic), "{key:?}");
            ResponseTemplate::new(200)
                .set_body_json(json!({"status": true, "record_id": key.len()}))
        })
        .mount(&server)
        .await;
    let single = json!({"base": "perfex", "push": {"mode": "single"}});
    let client = perfex(&server)
        .profile(Profile::from_config(single).unwrap())
        .build()
        .unwrap();
    let odd = [
        "crm:customer:1",
        "a\nb",
        "Müller",
        "😀",
        "a b",
        "a\0",
        "a%0Ab",
    ];
    let records = odd.map(|key| BatchRecord::create(key, acme("NL1").to_fields()));
    let results = client.clients().push_batch(&records, Some("op")).await;
    let results = results.unwrap();
    assert!(
        results.iter().all(|r| r.outcome.written().is_some()),
        "{results:?}"
    );
    let requests = server.received_requests().await.unwrap();
    let keys: BTreeSet<&[u8]> = requests
        .iter()
        .map(|request| request.headers["idempotency-key"].as_bytes())
        .collect();
    assert_eq!(keys.len(), odd.len());
    assert!(keys.contains(b"op:crm:customer:1".as_slice()), "{keys:?}");
}

#[tokio::test]
async fn the_client_waits_before_the_limit_is_passed_not_after() {
    let script = FakeTransport::new();
    let clock = ManualClock::auto_advance(Timestamp::from_seconds(1_800_000_000));
    let list = r#"{"data":[],"meta":{"page":1,"has_more":false}}"#;
    script.push(
        Reply::new(200, list)
            .header("x-ratelimit-limit", "60")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", "1800000042"),
    );
    script.push(Reply::new(200, list));
    let client = Client::builder(
        "https://crm.example.com",
        SecretString::from(TOKEN.to_owned()),
    )
    .profile(Profile::perfex())
    .clock(Arc::new(clock.clone()))
    .transport(Arc::new(script.clone()))
    .build()
    .unwrap();
    for _ in 0..2 {
        client.clients().list(&ListParams::new()).await.unwrap();
    }
    assert_eq!(clock.now(), Timestamp::from_seconds(1_800_000_042));
}

#[tokio::test]
async fn a_429_is_repeated_when_the_limit_starts_anew() {
    let script = FakeTransport::new();
    let clock = ManualClock::auto_advance(Timestamp::from_seconds(1_800_000_000));
    script.push(
        Reply::new(429, r#"{"status":false,"message":"Rate limit exceeded"}"#)
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", "1800000030"),
    );
    script.push(Reply::new(200, r#"{"status":true,"record_id":"8"}"#));
    let client = Client::builder(
        "https://crm.example.com",
        SecretString::from(TOKEN.to_owned()),
    )
    .profile(Profile::perfex())
    .clock(Arc::new(clock.clone()))
    .transport(Arc::new(script.clone()))
    .build()
    .unwrap();
    let created = client
        .clients()
        .create(&acme("NL1"), &CreateOptions::new())
        .await
        .unwrap();
    assert_eq!(created.id.unwrap().as_str(), "8");
    assert!(clock.now() >= Timestamp::from_seconds(1_800_000_030));
}

#[tokio::test]
async fn batch_support_is_told_from_the_answer_to_an_empty_batch() {
    for (status, body, yes) in [
        (200, json!({"status": true, "results": []}), true),
        (
            422,
            json!({"status": false, "message": "operations are required"}),
            true,
        ),
        (
            404,
            json!({"status": false, "error": "Unknown method"}),
            false,
        ),
        (404, json!({"status": false, "message": "Not found"}), false),
    ] {
        let server = server().await;
        let request = on("POST", "batch").and(body_json(json!({"operations": []})));
        answers(&server, request, status, body.clone()).await;
        let support = perfex(&server).build().unwrap().probe_batch().await;
        match support.unwrap() {
            BatchSupport::Yes(_) => assert!(yes, "{body}"),
            BatchSupport::No(_) => assert!(!yes, "{body}"),
            other => panic!("{other:?}"),
        }
    }
    let single = server().await;
    let client = perfex(&single).profile(version_2()).build().unwrap();
    assert_eq!(client.probe_batch().await.unwrap(), BatchSupport::NotUsed);
}

#[tokio::test]
async fn names_are_read_with_their_ids() {
    let server = server().await;
    let request = on("GET", "common/currencies").and(header_exists("user-agent"));
    let body = json!([
        {"id": "1", "name": "EUR", "symbol": "€"}, {"id": 2, "name": " USD "},
        {"id": "3", "name": ""}, {"name": "GBP"},
    ]);
    answers(&server, request, 200, body).await;
    let client = perfex(&server).build().unwrap();
    let list = &client.profile().lists["currencies"];
    let names = client.names(list).await.unwrap();
    let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    assert_eq!(names, [pair("1", "EUR"), pair("2", "USD")]);
}

#[tokio::test]
async fn what_the_server_does_not_have_is_refused_before_anything_is_sent() {
    let server = server().await;
    let client = perfex(&server).build().unwrap();
    for entity in [Entity::Stock, Entity::Discounts, Entity::ProductGroups] {
        let resource = client.resource(entity);
        for error in [
            resource.list(&ListParams::new()).await.unwrap_err(),
            resource.get(&"1".into()).await.unwrap_err(),
            resource.find(&[("name", "x")]).await.unwrap_err(),
            resource
                .create(&Fields::new(), &CreateOptions::new())
                .await
                .unwrap_err(),
            resource
                .update(&"1".into(), &Fields::new())
                .await
                .unwrap_err(),
            resource.delete(&"1".into()).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_eq!(error.send_outcome(), SendOutcome::NotSent);
            assert!(error.message().contains(entity.as_str()), "{error}");
        }
    }
    let error = client.products().delete(&"1".into()).await.unwrap_err();
    assert!(error.message().contains("reading only"), "{error}");
}
