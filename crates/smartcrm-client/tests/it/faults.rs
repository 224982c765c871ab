use api_core::transport::{FakeTransport, Fault, Reply};
use futures_util::StreamExt;
use smartcrm_client::{
    BatchOutcome, BatchRecord, ClientId, CreateOptions, Entity, ErrorKind, ExternalIdMode, Fields,
    ListParams, NewClient, Profile, PushMode, RecordId, SendOutcome,
};

use crate::support::{json, reply, scripted};

fn acme() -> NewClient {
    NewClient::new("Acme")
}

fn profile(change: impl FnOnce(&mut Profile)) -> Profile {
    let mut profile = Profile::smartcrm();
    change(&mut profile);
    profile
}

#[tokio::test]
async fn a_create_that_timed_out_is_not_sent_again() {
    let script = FakeTransport::new();
    script.push(Reply::lost_answer());
    let client = scripted(&script).build().unwrap();
    let options = CreateOptions::new().external_id("crmconnect:client:42");
    let error = client
        .clients()
        .create(&acme(), &options)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(script.request_count(), 1);
}

#[tokio::test]
async fn a_create_whose_server_fell_over_is_not_sent_again() {
    let script = FakeTransport::new();
    script.push(Reply::status(503));
    let client = scripted(&script).build().unwrap();
    let error = client
        .clients()
        .create(&acme(), &CreateOptions::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(script.request_count(), 1);
}

#[tokio::test]
async fn a_create_with_a_key_is_sent_again_with_the_same_key_and_body() {
    let script = FakeTransport::new();
    script.push(Reply::lost_answer());
    script.push(reply(201, "clients/created.json"));
    let client = scripted(&script)
        .profile(profile(|profile| profile.idempotency_honoured = true))
        .build()
        .unwrap();
    let options = CreateOptions::new().idempotency_key("k-1");
    let created = client.clients().create(&acme(), &options).await.unwrap();
    assert_eq!(created.id, Some(ClientId::new("9001")));
    let requests = script.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body(), requests[1].body());
    for request in &requests {
        assert_eq!(request.headers()["idempotency-key"], "k-1");
    }
}

#[tokio::test]
async fn a_key_makes_nothing_safe_unless_the_server_is_known_to_honour_it() {
    let script = FakeTransport::new();
    script.push(Reply::lost_answer());
    let client = scripted(&script).profile(profile(|_| {})).build().unwrap();
    let options = CreateOptions::new().idempotency_key("k-1");
    let error = client
        .clients()
        .create(&acme(), &options)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(script.request_count(), 1);
}

#[tokio::test]
async fn a_create_is_sent_again_where_the_server_upserts_by_external_id() {
    let script = FakeTransport::new();
    script.push(Reply::lost_answer());
    script.push(reply(201, "clients/created.json"));
    let client = scripted(&script)
        .profile(profile(|profile| {
            profile.external_id = ExternalIdMode::Upsert
        }))
        .build()
        .unwrap();
    let options = CreateOptions::new().external_id("crmconnect:client:42");
    client.clients().create(&acme(), &options).await.unwrap();
    assert_eq!(script.request_count(), 2);
}

#[tokio::test]
async fn a_create_that_never_left_is_sent_again() {
    let script = FakeTransport::new();
    script.push(Reply::fault(Fault::Refused));
    script.push(reply(201, "clients/created.json"));
    let client = scripted(&script).build().unwrap();
    let created = client
        .clients()
        .create(&acme(), &CreateOptions::new())
        .await;
    assert!(created.unwrap().id.is_some());
    assert_eq!(script.request_count(), 2);
}

#[tokio::test]
async fn a_create_the_server_throttled_is_sent_again() {
    let script = FakeTransport::new();
    script.push(reply(429, "common/rate_limit.json").header("retry-after", "3"));
    script.push(reply(201, "clients/created.json"));
    let client = scripted(&script).build().unwrap();
    let created = client
        .clients()
        .create(&acme(), &CreateOptions::new())
        .await;
    assert!(created.unwrap().id.is_some());
    assert_eq!(script.request_count(), 2);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_does_not_undo_the_doubt() {
    let script = FakeTransport::new();
    script.push(Reply::lost_answer());
    script.push(reply(422, "clients/invalid.json"));
    let client = scripted(&script)
        .profile(profile(|profile| profile.idempotency_honoured = true))
        .build()
        .unwrap();
    let options = CreateOptions::new().idempotency_key("k-1");
    let error = client
        .clients()
        .create(&acme(), &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn reads_updates_and_deletes_are_tried_four_times() {
    let script = FakeTransport::new();
    script.on(|_| Some(Reply::status(502)));
    let client = scripted(&script).build().unwrap();
    let id = RecordId::new("9001");
    let resource = client.resource(Entity::Clients);
    let mut fields = Fields::new();
    fields.insert("city".to_owned(), "Utrecht".into());
    let errors = [
        resource.get(&id).await.unwrap_err(),
        resource.update(&id, &fields).await.unwrap_err(),
        resource.delete(&id).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.attempt_count(), 4, "{error}");
    }
    assert_eq!(script.request_count(), 12);
}

#[tokio::test]
async fn a_page_of_html_is_not_asked_for_again() {
    let script = FakeTransport::new();
    script.push(reply(200, "common/captcha.html"));
    let client = scripted(&script).build().unwrap();
    let error = client.clients().list(&ListParams::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert_eq!(script.request_count(), 1);
}

#[tokio::test]
async fn a_batch_of_updates_is_sent_again_and_one_with_a_create_is_not() {
    let update = BatchRecord::update("a", "1", Fields::new());
    let create = BatchRecord::create("b", Fields::new());
    let answer = Reply::json(
        200,
        &serde_json::json!({"status": true, "results": [{"external_id": "a", "id": "1", "action": "updated"}]}),
    );
    let script = FakeTransport::new();
    script.push_all([Reply::lost_answer(), answer]);
    let client = scripted(&script).build().unwrap();
    let results = client
        .clients()
        .push_batch(std::slice::from_ref(&update), None)
        .await
        .unwrap();
    assert!(results[0].outcome.written().is_some());
    assert_eq!(script.request_count(), 2);

    let script = FakeTransport::new();
    script.push(Reply::lost_answer());
    let client = scripted(&script).build().unwrap();
    let error = client
        .clients()
        .push_batch(&[update, create], None)
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(script.request_count(), 1);
}

#[tokio::test]
async fn a_server_that_ignores_the_page_number_is_found_out() {
    let script = FakeTransport::new();
    let mut same = json("clients/list_page_1.json");
    same["meta"].as_object_mut().unwrap().remove("page");
    script.on(move |_| Some(Reply::json(200, &same)));
    let client = scripted(&script).build().unwrap();
    let pages: Vec<_> = client
        .clients()
        .pages(ListParams::new().per_page(2))
        .collect()
        .await;
    assert_eq!(pages.len(), 2);
    assert!(pages[0].is_ok());
    let error = pages[1].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(script.request_count(), 2);
}

#[tokio::test]
async fn another_page_than_the_one_asked_for_is_an_error() {
    let script = FakeTransport::new();
    script.push(reply(200, "clients/list_page_2.json"));
    let client = scripted(&script).build().unwrap();
    let error = client.clients().list(&ListParams::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_list_that_ends_with_an_empty_page_is_whole() {
    let script = FakeTransport::new();
    script.push(Reply::new(200, r#"[{"id":"1"},{"id":"2"}]"#));
    script.push(reply(404, "common/no_data.json"));
    let client = scripted(&script).build().unwrap();
    let records: Vec<_> = client
        .leads()
        .records(ListParams::new().per_page(2))
        .collect()
        .await;
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(Result::is_ok));
    assert_eq!(script.unused(), 0);
}

#[tokio::test]
async fn a_list_that_breaks_off_ends_with_the_error() {
    let script = FakeTransport::new();
    script.push(Reply::new(200, r#"[{"id":"1"},{"id":"2"}]"#));
    script.push(reply(200, "common/login_page.html"));
    let client = scripted(&script).build().unwrap();
    let records: Vec<_> = client
        .leads()
        .records(ListParams::new().per_page(2))
        .collect()
        .await;
    assert_eq!(records.len(), 3);
    assert_eq!(records[2].as_ref().unwrap_err().kind(), ErrorKind::NotAnApi);
}

#[tokio::test]
async fn a_filter_the_server_ignores_is_found_out() {
    let script = FakeTransport::new();
    script.on(|request| {
        let query = request.uri().query()?;
        let page = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("page="))?;
        let records: Vec<_> = (0..50)
            .map(|n| serde_json::json!({"id": format!("{page}-{n}"), "vat": "another"}))
            .collect();
        Some(Reply::json(200, &serde_json::Value::Array(records)))
    });
    let client = scripted(&script).build().unwrap();
    let error = client.clients().find(&[("vat", "NL1")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("ignores"), "{error}");
    assert_eq!(script.request_count(), 5);
}

fn outcomes(results: &[smartcrm_client::BatchResult]) -> Vec<&'static str> {
    results
        .iter()
        .map(|result| match result.outcome {
            BatchOutcome::Written { .. } => "written",
            BatchOutcome::Rejected(_) => "rejected",
            BatchOutcome::Unknown(_) => "unknown",
            BatchOutcome::NotSent(_) => "not sent",
            _ => "?",
        })
        .collect()
}

fn one_by_one(script: &FakeTransport) -> smartcrm_client::Client {
    scripted(script)
        .profile(profile(|profile| profile.push.mode = PushMode::Single))
        .build()
        .unwrap()
}

fn four() -> Vec<BatchRecord> {
    ["a", "b", "c", "d"]
        .into_iter()
        .map(|key| BatchRecord::create(key, Fields::new()))
        .collect()
}

#[tokio::test]
async fn records_sent_one_by_one_have_one_result_each() {
    let script = FakeTransport::new();
    script.push(reply(201, "clients/created.json"));
    script.push(reply(422, "clients/invalid.json"));
    script.push(reply(200, "clients/updated.json"));
    script.push(reply(200, "clients/updated.json"));
    let mut records = four();
    records[2].id = Some(RecordId::new("9003"));
    records[2].data.insert("vat".to_owned(), "x".into());
    let results = one_by_one(&script)
        .clients()
        .push_batch(&records, Some("k"))
        .await
        .unwrap();
    // The last one was confirmed without an id.
    assert_eq!(
        outcomes(&results),
        ["written", "rejected", "written", "unknown"]
    );
    let keys: Vec<_> = script
        .requests()
        .iter()
        .filter_map(|request| request.headers().get("idempotency-key").cloned())
        .collect();
    assert_eq!(keys, ["k:a", "k:b", "k:d"], "a key each");
}

#[tokio::test]
async fn what_concerns_all_records_stops_the_rest() {
    let script = FakeTransport::new();
    script.push(reply(201, "clients/created.json"));
    script.push(Reply::lost_answer());
    let results = one_by_one(&script)
        .clients()
        .push_batch(&four(), None)
        .await
        .unwrap();
    assert_eq!(
        outcomes(&results),
        ["written", "unknown", "not sent", "not sent"]
    );
    assert_eq!(script.request_count(), 2);
}

#[tokio::test]
async fn a_wrong_token_at_the_first_record_fails_the_whole() {
    let script = FakeTransport::new();
    script.push(reply(404, "common/token_not_found.json"));
    let error = one_by_one(&script)
        .clients()
        .push_batch(&four(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(script.request_count(), 1);
}
