//! Errors beyond the documented ones.

use std::time::Duration;

use api_core::transport::{FakeTransport, Reply};
use http::Method;
use serde_json::json;
use syncro_client::{Client, ErrorKind, SendOutcome, Vendor, VendorId};

use crate::support::{TOKEN, scripted};

fn client(script: &FakeTransport) -> Client {
    scripted(script).build().unwrap()
}

async fn get(client: &Client) -> Result<(), syncro_client::Error> {
    client.vendors().get(VendorId::new(5)).await.map(|_| ())
}

#[tokio::test]
async fn a_token_that_is_no_good_is_told_from_a_missing_permission() {
    for body in ["", "{\"error\":\"bad token\"}", "<html>Sign in</html>"] {
        let script = FakeTransport::new();
        script.push(Reply::new(401, body));
        let error = get(&client(&script)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{body}");
        assert_eq!(error.code_str(), Some("token_rejected"));
        assert!(error.help_text().unwrap().contains("API Tokens"));
        assert_eq!(script.request_count(), 1, "{body}");
    }
}

#[tokio::test]
async fn statuses_have_their_kinds() {
    for (status, body, kind) in [
        (403, "{\"message\":\"no\"}", ErrorKind::Permission),
        (404, "", ErrorKind::NotFound),
        (404, "<html>Routing error</html>", ErrorKind::NotAnApi),
        (
            400,
            "<!DOCTYPE html><title>400</title>",
            ErrorKind::NotAnApi,
        ),
        (
            400,
            "{\"message\":[\"Vendor is blank\"]}",
            ErrorKind::Validation,
        ),
        (409, "{}", ErrorKind::Conflict),
        (413, "", ErrorKind::TooLarge),
        (422, "not even JSON", ErrorKind::Validation),
        (500, "<html>500</html>", ErrorKind::Unavailable),
        (503, "", ErrorKind::Unavailable),
        (
            504,
            "<html>504 Gateway Time-out</html>",
            ErrorKind::Unavailable,
        ),
        (302, "", ErrorKind::NotAnApi),
    ] {
        let script = FakeTransport::new();
        script.push(Reply::new(status, body));
        let client = scripted(&script).max_retries(0).build().unwrap();
        let error = get(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}");
        assert_eq!(error.status_code(), Some(status));
        assert_eq!(error.operation_name(), Some("vendors.get"));
    }
}

#[tokio::test]
async fn a_page_where_the_api_should_be_was_not_applied() {
    let script = FakeTransport::new();
    script.push(Reply::html(400, "<html>Bad Request</html>"));
    let error = client(&script)
        .vendors()
        .create(&Vendor::default())
        .await
        .unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    assert_eq!(script.request_count(), 1);
}

#[tokio::test]
async fn a_create_goes_out_again_when_it_was_refused_for_pace_and_never_when_it_may_be_done() {
    let script = FakeTransport::new();
    script.push_all([
        Reply::json(429, &json!({"error": "slow down"})).header("retry-after", "3"),
        Reply::json(
            200,
            &json!({"error": "Sorry, a High Number of Requests came in"}),
        ),
        Reply::json(200, &json!({"vendor": {"id": 8}})),
    ]);
    let made = client(&script)
        .vendors()
        .create(&Vendor::default())
        .await
        .unwrap();
    assert_eq!(made.id, Some(VendorId::new(8)));
    assert_eq!(script.request_count(), 3);
    for reply in [
        Reply::status(500),
        Reply::html(504, "<html>504</html>"),
        Reply::lost_answer(),
    ] {
        let script = FakeTransport::new();
        script.push(reply);
        let error = client(&script)
            .vendors()
            .create(&Vendor::default())
            .await
            .unwrap_err();
        assert_eq!(error.send_outcome(), SendOutcome::Unknown);
        assert_eq!(script.request_count(), 1);
    }
}

#[tokio::test]
async fn reads_changes_and_deletes_go_out_again_after_a_failure_of_the_server() {
    let record = json!({"vendor": {"id": 5}});
    let script = FakeTransport::new();
    script.push_all([
        Reply::status(502),
        Reply::lost_answer(),
        Reply::json(200, &record),
        Reply::html(504, "<html>504</html>"),
        Reply::json(200, &record),
    ]);
    let client = client(&script);
    get(&client).await.unwrap();
    client
        .vendors()
        .update(VendorId::new(5), &Vendor::default())
        .await
        .unwrap();
    assert_eq!(script.request_count(), 5);
}

#[tokio::test]
async fn a_200_that_is_a_failure_is_an_error() {
    for (body, kind, text) in [
        (
            json!({"success": false, "message": ["Name can't be blank"]}),
            ErrorKind::Validation,
            "Name can't be blank",
        ),
        (
            json!({"success": "false", "errors": {"mute_for": ["is no span"]}}),
            ErrorKind::Validation,
            "mute_for is no span",
        ),
        (
            json!({"errors": "Name can't be blank,Description can't be blank"}),
            ErrorKind::Validation,
            "Name can't be blank; Description can't be blank",
        ),
        (
            json!({"error": "Not authorized. Please ask account admin to update your group permissions."}),
            ErrorKind::Permission,
            "Not authorized. Please ask account admin to update your group permissions.",
        ),
        (
            json!({"message": "Invoice is already paid"}),
            ErrorKind::Conflict,
            "Invoice is already paid",
        ),
        (
            json!("Invoice is already paid"),
            ErrorKind::Conflict,
            "Invoice is already paid",
        ),
    ] {
        let script = FakeTransport::new();
        script.push(Reply::json(200, &body));
        let error = client(&script)
            .vendors()
            .update(VendorId::new(5), &Vendor::default())
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.message()), (kind, text), "{body}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{body}");
    }
    let script = FakeTransport::new();
    script.push(Reply::new(200, "Invoice is already paid").header("content-type", "text/plain"));
    let error = client(&script)
        .raw(
            Method::PUT,
            "/invoices/5/line_items/6",
            &[],
            &[],
            Some(&syncro_client::Json::Null),
        )
        .await
        .unwrap_err();
    assert_eq!(error.code_str(), Some("already_paid"));
}

#[tokio::test]
async fn a_record_that_speaks_of_errors_is_no_failure() {
    for body in [
        json!({"vendor": {"id": 5, "notes": "\"success\": false, \"errors\": 3"}}),
        json!({"success": true, "vendor": {"id": 5}}),
        json!({"success": "true", "vendor": {"id": 5}}),
        json!({"vendor": {"id": 5}, "error": null, "errors": []}),
        json!({"vendor": {"id": 5}, "error": "shown beside what was asked for"}),
    ] {
        let script = FakeTransport::new();
        script.push(Reply::json(200, &body));
        get(&client(&script)).await.unwrap();
    }
}

#[tokio::test]
async fn throttling_is_known_by_its_words_on_any_status() {
    for status in [200, 400, 401, 403, 422, 500, 503] {
        let script = FakeTransport::new();
        let body = json!({"error": "We have received a high number of requests from you"});
        script.push_all([
            Reply::json(status, &body),
            Reply::json(200, &json!({"vendor": {"id": 5}})),
        ]);
        let client = scripted(&script)
            .throttle_wait(Duration::from_secs(20))
            .build()
            .unwrap();
        get(&client).await.unwrap();
        assert_eq!(script.request_count(), 2, "{status}");
        let script = FakeTransport::new();
        script.push(Reply::json(
            status,
            &json!({"message": "A HIGH number of requests"}),
        ));
        let client = scripted(&script).max_retries(0).build().unwrap();
        let error = get(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{status}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{status}");
        assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(60)));
    }
}

#[tokio::test]
async fn the_token_is_in_no_error_even_where_the_server_repeats_it() {
    let script = FakeTransport::new();
    let echo = format!("token {TOKEN} is unknown");
    script.push(
        Reply::json(
            422,
            &json!({"error": echo, "message": [echo], "errors": {"a": [echo]}}),
        )
        .header("x-request-id", &format!("id-{TOKEN}")),
    );
    let error = get(&client(&script)).await.unwrap_err();
    let shown = format!(
        "{error} {error:?} {:?} {:?} {:?}",
        error.excerpt_str(),
        error.field_errors(),
        error.request_id_str()
    );
    assert!(!shown.contains("planted-in-tests"), "{shown}");
}
