use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use smartcrm_client::{
    Action, BatchOutcome, BatchRecord, Entity, ErrorKind, Fields, Profile, RecordId, SendOutcome,
};
use wiremock::matchers::header;
use wiremock::{MockServer, Request, ResponseTemplate};

use crate::support::{TOKEN, answer, builder, client, json, on, server, with_body};

fn fields(value: serde_json::Value) -> Fields {
    value.as_object().unwrap().clone()
}

fn three() -> Vec<BatchRecord> {
    let mut records = vec![
        BatchRecord::create(
            "crmconnect:client:42",
            fields(serde_json::json!({"company": "Acme"})),
        ),
        BatchRecord::update(
            "crmconnect:client:43",
            "9002",
            fields(serde_json::json!({"vat": null})),
        ),
        BatchRecord::create(
            "crmconnect:client:44",
            fields(serde_json::json!({"vat": "x"})),
        ),
    ];
    records[0].hash = Some("h42".to_owned());
    records
}

#[tokio::test]
async fn a_batch_gives_each_record_its_own_result() {
    let server = server().await;
    let request = with_body(on("POST", "clients/batch"), "clients/batch_request.json")
        .and(header("idempotency-key", "k-1"));
    answer(&server, request, 207, "clients/batch_207.json").await;
    let results = client(&server)
        .resource(Entity::Clients)
        .push_batch(&three(), Some("k-1"))
        .await
        .unwrap();
    assert_eq!(results.len(), 3);
    assert!(matches!(
        &results[0].outcome,
        BatchOutcome::Written { id, action: Action::Created } if id.as_str() == "9001"
    ));
    assert!(matches!(
        &results[1].outcome,
        BatchOutcome::Written { id, action: Action::Unchanged } if id.as_str() == "9002"
    ));
    assert_eq!(
        results[2].external_id.as_deref(),
        Some("crmconnect:client:44")
    );
    let BatchOutcome::Rejected(error) = &results[2].outcome else {
        panic!("{:?}", results[2]);
    };
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.code_str(), Some("validation_failed"));
    assert_eq!(
        error.field_errors()["company"],
        "The company field is required."
    );
    assert_eq!(results[0].outcome.written(), Some(&RecordId::new("9001")));
    assert!(results[0].outcome.error().is_none());
}

#[tokio::test]
async fn a_result_that_repeats_the_token_is_told_without_it() {
    let server = server().await;
    let required = "The company field is required.";
    let repeated = format!("{required} Your token is {TOKEN}.");
    let answer = json("clients/batch_207.json").to_string();
    on("POST", "clients/batch")
        .respond_with(
            ResponseTemplate::new(207)
                .set_body_raw(answer.replace(required, &repeated), "application/json"),
        )
        .mount(&server)
        .await;
    let results = client(&server)
        .resource(Entity::Clients)
        .push_batch(&three(), None)
        .await
        .unwrap();
    let error = results[2].outcome.error().unwrap();
    let said = &error.field_errors()["company"];
    assert!(
        said.starts_with(required) && said.contains("[redacted]"),
        "{said}"
    );
    assert!(!format!("{error} {error:?}").contains(TOKEN));
}

#[tokio::test]
async fn a_record_the_server_forgets_is_unknown_and_never_a_success() {
    let server = server().await;
    let mut short = json("clients/batch_207.json");
    short["results"].as_array_mut().unwrap().remove(0);
    on("POST", "clients/batch")
        .respond_with(ResponseTemplate::new(200).set_body_json(short))
        .expect(1)
        .mount(&server)
        .await;
    let results = client(&server)
        .clients()
        .push_batch(&three(), None)
        .await
        .unwrap();
    assert_eq!(results.len(), 3);
    assert!(matches!(results[0].outcome, BatchOutcome::Unknown(_)));
    assert!(matches!(results[1].outcome, BatchOutcome::Written { .. }));
    assert!(matches!(results[2].outcome, BatchOutcome::Rejected(_)));
}

/// Answers batches as a server does that takes so many records at once and no company `Huge`.
async fn takes_at_most(server: &MockServer, most: usize) {
    on("POST", "clients/batch")
        .respond_with(move |request: &Request| {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let records = body["records"].as_array().unwrap();
            if records.len() > most || records.iter().any(|r| r["data"]["company"] == "Huge") {
                let body = json("common/batch_too_large.json");
                return ResponseTemplate::new(413).set_body_json(body);
            }
            let results: Vec<_> = records
                .iter()
                .map(|record| {
                    let key = &record["external_id"];
                    serde_json::json!({"external_id": key, "id": key, "action": "created"})
                })
                .collect();
            ResponseTemplate::new(200)
                .set_body_json(serde_json::json!({"status": true, "results": results}))
        })
        .mount(server)
        .await;
}

fn records(count: usize) -> Vec<BatchRecord> {
    (0..count)
        .map(|n| {
            BatchRecord::create(
                format!("k{n}"),
                fields(serde_json::json!({"company": "Acme"})),
            )
        })
        .collect()
}

async fn sizes_and_keys(server: &MockServer) -> Vec<(usize, String)> {
    let requests = server.received_requests().await.unwrap();
    let sent = requests.iter().map(|request| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let key = request.headers["idempotency-key"].to_str().unwrap();
        (body["records"].as_array().unwrap().len(), key.to_owned())
    });
    sent.collect()
}

#[tokio::test]
async fn a_batch_the_server_finds_too_large_is_halved_until_it_fits() {
    let server = server().await;
    takes_at_most(&server, 3).await;
    let results = client(&server)
        .clients()
        .push_batch(&records(10), Some("key"))
        .await
        .unwrap();
    for (n, result) in results.iter().enumerate() {
        let key = format!("k{n}");
        assert_eq!(result.external_id.as_deref(), Some(key.as_str()));
        assert_eq!(result.outcome.written(), Some(&RecordId::new(key)));
    }
    assert_eq!(results.len(), 10);
    let sent = sizes_and_keys(&server).await;
    let sizes: Vec<usize> = sent.iter().map(|(size, _)| *size).collect();
    assert_eq!(sizes, [10, 5, 2, 3, 5, 2, 3]);
    let keys: BTreeSet<&str> = sent.iter().map(|(_, key)| key.as_str()).collect();
    assert_eq!(keys.len(), 7, "each request has a key of its own: {keys:?}");
    assert!(keys.contains("key"), "{keys:?}");
}

#[tokio::test]
async fn one_record_that_is_too_large_is_refused_and_the_others_are_written() {
    let server = server().await;
    takes_at_most(&server, 50).await;
    let mut records = records(8);
    records[5].data = fields(serde_json::json!({"company": "Huge"}));
    let results = client(&server)
        .clients()
        .push_batch(&records, Some("key"))
        .await
        .unwrap();
    for (n, result) in results.iter().enumerate() {
        match &result.outcome {
            BatchOutcome::Written { .. } => assert_ne!(n, 5),
            BatchOutcome::Rejected(error) => {
                assert_eq!((n, error.kind()), (5, ErrorKind::TooLarge));
            }
            other => panic!("{n}: {other:?}"),
        }
    }
    let alone = client(&server)
        .clients()
        .push_batch(&records[5..6], None)
        .await
        .unwrap();
    assert!(matches!(alone[0].outcome, BatchOutcome::Rejected(_)));
}

#[tokio::test]
async fn more_records_than_the_batch_size_go_in_several_requests() {
    let server = server().await;
    takes_at_most(&server, 50).await;
    let client = builder(&server.uri()).batch_size(4).build().unwrap();
    let results = client
        .clients()
        .push_batch(&records(10), Some("key"))
        .await
        .unwrap();
    assert!(results.iter().all(|r| r.outcome.written().is_some()));
    let sizes: Vec<usize> = sizes_and_keys(&server)
        .await
        .iter()
        .map(|(n, _)| *n)
        .collect();
    assert_eq!(sizes, [4, 4, 2]);
}

#[tokio::test]
async fn a_token_that_is_refused_half_way_is_no_fault_of_the_records() {
    let server = server().await;
    let answers = AtomicUsize::new(0);
    on("POST", "clients/batch")
        .respond_with(
            move |_: &Request| match answers.fetch_add(1, Ordering::SeqCst) {
                0 => ResponseTemplate::new(200).set_body_json(serde_json::json!({
                    "results": [{"external_id": "k0", "id": "1", "action": "created"}]
                })),
                _ => ResponseTemplate::new(404).set_body_json(json("common/token_not_found.json")),
            },
        )
        .expect(2)
        .mount(&server)
        .await;
    let client = builder(&server.uri()).batch_size(1).build().unwrap();
    let results = client
        .clients()
        .push_batch(&records(3), None)
        .await
        .unwrap();
    assert!(matches!(results[0].outcome, BatchOutcome::Written { .. }));
    for result in &results[1..] {
        let BatchOutcome::NotSent(error) = &result.outcome else {
            panic!("{result:?}");
        };
        assert_eq!(error.kind(), ErrorKind::Auth);
    }
}

#[tokio::test]
async fn what_follows_a_request_that_failed_for_all_is_not_sent() {
    let server = server().await;
    let answers = AtomicUsize::new(0);
    on("POST", "clients/batch")
        .respond_with(
            move |request: &Request| match answers.fetch_add(1, Ordering::SeqCst) {
                0 => {
                    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
                    let key = &body["records"][0]["external_id"];
                    ResponseTemplate::new(200).set_body_json(serde_json::json!({
                        "results": [{"external_id": key, "id": "1", "action": "created"}]
                    }))
                }
                _ => ResponseTemplate::new(503),
            },
        )
        .expect(2)
        .mount(&server)
        .await;
    let client = builder(&server.uri()).batch_size(1).build().unwrap();
    let results = client
        .clients()
        .push_batch(&records(4), None)
        .await
        .unwrap();
    assert!(matches!(results[0].outcome, BatchOutcome::Written { .. }));
    assert!(matches!(results[1].outcome, BatchOutcome::Unknown(_)));
    assert!(matches!(results[2].outcome, BatchOutcome::NotSent(_)));
    assert!(matches!(results[3].outcome, BatchOutcome::NotSent(_)));
}

#[tokio::test]
async fn a_batch_with_one_key_twice_is_not_sent() {
    let server = server().await;
    let mut records = three();
    records[2].external_id = Some("crmconnect:client:42".to_owned());
    let error = client(&server)
        .clients()
        .push_batch(&records, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn no_records_need_no_request() {
    let server = server().await;
    let results = client(&server).clients().push_batch(&[], None).await;
    assert!(results.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_used_with_another_body_is_a_conflict() {
    let server = server().await;
    answer(
        &server,
        on("POST", "clients/batch"),
        409,
        "common/key_reused.json",
    )
    .await;
    let error = client(&server)
        .clients()
        .push_batch(&three(), Some("k-1"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn an_answer_without_results_leaves_the_whole_batch_unknown() {
    for (status, fixture, kind) in [
        (200, "clients/updated.json", ErrorKind::Decode),
        (200, "common/truncated.json", ErrorKind::Decode),
        (200, "common/php_notice.txt", ErrorKind::NotAnApi),
        (200, "common/login_page.html", ErrorKind::NotAnApi),
        (502, "common/captcha.html", ErrorKind::Unavailable),
    ] {
        let server = server().await;
        answer(&server, on("POST", "clients/batch"), status, fixture).await;
        let error = client(&server)
            .clients()
            .push_batch(&three(), None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{fixture}");
        assert_eq!(error.send_outcome(), SendOutcome::Unknown, "{fixture}");
        assert_eq!(error.operation_name(), Some("clients.push_batch"));
    }
}

#[tokio::test]
async fn a_batch_refused_as_a_whole_was_not_applied() {
    for (status, fixture, kind) in [
        (200, "common/status_false.json", ErrorKind::Validation),
        (404, "common/token_not_found.json", ErrorKind::Auth),
        (422, "clients/invalid.json", ErrorKind::Validation),
    ] {
        let server = server().await;
        answer(&server, on("POST", "clients/batch"), status, fixture).await;
        let error = client(&server)
            .clients()
            .push_batch(&three(), None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{fixture}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{fixture}");
    }
}

#[tokio::test]
async fn every_entity_has_its_own_batch_route() {
    let profile = Profile::smartcrm();
    for entity in Entity::ALL.into_iter().filter(|e| profile.writes(*e)) {
        let server = server().await;
        on("POST", &format!("{entity}/batch"))
            .respond_with(ResponseTemplate::new(200).set_body_json(serde_json::json!({
                "status": true,
                "results": [{"external_id": "a", "id": "7", "action": "created"}],
            })))
            .expect(1)
            .mount(&server)
            .await;
        let results = client(&server)
            .resource(entity)
            .push_batch(&[BatchRecord::create("a", Fields::new())], None)
            .await
            .unwrap();
        assert_eq!(results[0].outcome.written(), Some(&RecordId::new("7")));
    }
}
