//! Broken answers, refusals, and what is sent again.

use std::time::Duration;

use serde_json::json;
use simplycrm_ws::{BodyFault, Code, ErrorKind, Json, Params, SendOutcome, Warning};
use wiremock::ResponseTemplate;

use crate::support::{builder, client, get, no, post, server, sign_in, warnings, yes};

fn body(status: u16, text: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(text.as_bytes().to_vec(), "application/json")
}

#[tokio::test]
async fn every_broken_answer_is_a_typed_error_and_is_not_asked_for_again() {
    use BodyFault as F;
    use ErrorKind as K;
    const FATAL: &str = "<br />\n<b>Fatal error</b>:  Call to undefined method<br />\n";
    const NOTICE: &str = "<br />\n<b>Notice</b>:  x<br />\n";
    for (status, text, fault, kind, outcome) in [
        (200, "", F::EmptyBody, K::NotAnApi, SendOutcome::Unknown),
        (500, "", F::ServerCrash, K::NotAnApi, SendOutcome::Unknown),
        (500, FATAL, F::HtmlFatal, K::NotAnApi, SendOutcome::Unknown),
        (200, FATAL, F::HtmlFatal, K::NotAnApi, SendOutcome::Unknown),
        (
            200,
            "Sorry! Attempt to access restricted file. - modules//.php",
            F::TextDeath,
            K::NotAnApi,
            SendOutcome::Unknown,
        ),
        (
            200,
            "<!DOCTYPE html><html>Sign in</html>",
            F::HtmlPage,
            K::NotAnApi,
            SendOutcome::Unknown,
        ),
        (
            404,
            "<html>Not Found</html>",
            F::HtmlPage,
            K::NotAnApi,
            SendOutcome::Rejected,
        ),
        (
            200,
            &format!("{NOTICE}{{\"success\":true,\"result\":[{{"),
            F::BrokenJson,
            K::Decode,
            SendOutcome::Unknown,
        ),
        (
            200,
            r#"{"success":true,"result":[{"id":"12x"#,
            F::BrokenJson,
            K::Decode,
            SendOutcome::Unknown,
        ),
        (
            200,
            r#"{"error":"x"}"#,
            F::NoEnvelope,
            K::Decode,
            SendOutcome::Unknown,
        ),
        (
            200,
            r#"{"success":false,"error":null}"#,
            F::NullError,
            K::Decode,
            SendOutcome::Unknown,
        ),
        (
            500,
            r#"{"success":true,"result":1}"#,
            F::ServerCrash,
            K::NotAnApi,
            SendOutcome::Unknown,
        ),
        (
            414,
            "<html>Request-URI Too Long</html>",
            F::RequestTooLong,
            K::TooLarge,
            SendOutcome::Rejected,
        ),
    ] {
        let server = server().await;
        sign_in(&server).await;
        get("query")
            .respond_with(body(status, text))
            .expect(1)
            .mount(&server)
            .await;
        post("create")
            .respond_with(body(status, text))
            .expect(1)
            .mount(&server)
            .await;
        let client = client(&server);
        for operation in ["query", "create"] {
            let error = client.call(operation, Params::new()).await.unwrap_err();
            let shown = format!("{status} {text}: {error:?}");
            assert_eq!(BodyFault::of(&error), Some(fault), "{shown}");
            assert_eq!(Code::of(&error), None, "{shown}");
            assert_eq!(error.kind(), kind, "{shown}");
            assert_eq!(error.send_outcome(), outcome, "{shown}");
            assert_eq!(error.status_code(), Some(status), "{shown}");
            assert!(error.help_text().is_some(), "{shown}");
            let operation = format!("simplycrm.{operation}");
            assert_eq!(error.operation_name(), Some(operation.as_str()));
        }
    }
}

#[tokio::test]
async fn an_excerpt_shows_the_beginning_of_the_page_and_no_secret() {
    let server = server().await;
    sign_in(&server).await;
    let page = format!(
        "<html><p>Signed in as admin, password=hunter2-hunter2</p>{}</html>",
        "x".repeat(10_000)
    );
    get("query")
        .respond_with(body(200, &page))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .call("query", Params::new())
        .await
        .unwrap_err();
    let excerpt = error.excerpt_str().unwrap();
    assert!(
        excerpt.starts_with("<html><p>Signed in as admin"),
        "{excerpt}"
    );
    assert!(!excerpt.contains("hunter2"), "{excerpt}");
    assert!(excerpt.chars().count() <= 200);
}

#[tokio::test]
async fn warnings_of_php_before_the_json_are_a_warning_and_not_an_error() {
    let server = server().await;
    sign_in(&server).await;
    let noisy = "<br />\n<b>Warning</b>:  mysql password=hunter2-hunter2<br />\n{\"success\":true,\"result\":[{\"id\":\"12x1\"}]}";
    get("query")
        .respond_with(body(200, noisy))
        .expect(2)
        .mount(&server)
        .await;
    let (seen, take) = warnings();
    let client = builder(&server).on_warning(take.clone()).build().unwrap();
    let rows = client.call("query", Params::new()).await.unwrap();
    assert_eq!(rows.as_list().map(<[Json]>::len), Some(1));
    {
        let seen = seen.lock().unwrap();
        let [Warning::Noise { operation, excerpt }] = seen.as_slice() else {
            panic!("{seen:?}");
        };
        assert_eq!(operation, "simplycrm.query");
        assert!(
            excerpt.starts_with("<br /> <b>Warning</b>: mysql"),
            "{excerpt}"
        );
        assert!(!excerpt.contains("hunter2"), "{excerpt}");
    }
    let strict = builder(&server)
        .lenient(false)
        .on_warning(take)
        .build()
        .unwrap();
    let error = strict.call("query", Params::new()).await.unwrap_err();
    assert_eq!(BodyFault::of(&error), Some(BodyFault::BrokenJson));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn every_code_says_what_to_do() {
    use ErrorKind as K;
    use SendOutcome::{Rejected, Unknown};
    let same = |kind, outcome| ((kind, outcome), (kind, outcome));
    for (code, message, (read, write)) in [
        (
            "ACCESS_DENIED",
            "Permission denied",
            same(K::Permission, Rejected),
        ),
        ("RECORD_NOT_FOUND", "Gone", same(K::NotFound, Rejected)),
        (
            "MANDATORY_FIELDS_MISSING",
            "lastname does not have a value",
            same(K::Validation, Rejected),
        ),
        ("REFERENCE_INVALID", "x", same(K::Validation, Rejected)),
        ("INVALID_ID_ATTRIBUTE", "x", same(K::Validation, Rejected)),
        ("QUERY_SYNTAX_ERROR", "x", same(K::Validation, Rejected)),
        ("INTERNAL_SERVER_ERROR", "x", same(K::Validation, Rejected)),
        ("UNKOWN_ENTITY", "x", same(K::Validation, Rejected)),
        ("LEAD_ALREADY_CONVERTED", "x", same(K::Conflict, Rejected)),
        ("OPERATION_NOT_SUPPORTED", "x", same(K::Config, Rejected)),
        ("UNKNOWN_OPERATION", "x", same(K::Config, Rejected)),
        ("AUTHENTICATION_FAILURE", "x", same(K::Auth, Rejected)),
        ("SOMETHING_NEW", "x", same(K::Validation, Rejected)),
        (
            "DATABASE_QUERY_ERROR",
            "Database error while performing requested operation",
            ((K::Validation, Rejected), (K::Unavailable, Unknown)),
        ),
    ] {
        let server = server().await;
        sign_in(&server).await;
        for mock in [get("query"), post("create")] {
            mock.respond_with(no(code, message))
                .expect(1)
                .mount(&server)
                .await;
        }
        let client = client(&server);
        for (operation, (kind, outcome)) in [("query", read), ("create", write)] {
            let error = client.call(operation, Params::new()).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error:?}");
            assert_eq!(error.send_outcome(), outcome, "{error:?}");
            assert_eq!(error.code_str(), Some(code));
            assert_eq!(error.message(), message);
        }
    }
}

#[tokio::test]
async fn a_refused_record_may_be_missing_and_the_help_says_so() {
    let server = server().await;
    sign_in(&server).await;
    get("retrieve")
        .respond_with(no(
            "ACCESS_DENIED",
            "Permission to perform the operation is denied",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .call("retrieve", Params::new())
        .await
        .unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::AccessDenied));
    assert!(error.help_text().unwrap().contains("missing or deleted"));
}

#[tokio::test]
async fn a_duplicate_has_the_integer_zero_as_its_code() {
    let server = server().await;
    sign_in(&server).await;
    for (operation, message) in [("create", "Duplicate(s) detected!"), ("revise", "Other")] {
        post(operation)
            .respond_with(
                ResponseTemplate::new(200).set_body_json(
                    json!({"success": false, "error": {"code": 0, "message": message}}),
                ),
            )
            .expect(1)
            .mount(&server)
            .await;
    }
    let client = client(&server);
    let error = client.call("create", Params::new()).await.unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::Duplicate));
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    let error = client.call("revise", Params::new()).await.unwrap_err();
    assert_eq!(Code::of(&error), Some(Code::Other("0".to_owned())));
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[tokio::test]
async fn a_server_that_is_down_is_asked_again_for_reads_and_not_for_creates() {
    for status in [408, 502, 503, 504, 520] {
        let server = server().await;
        sign_in(&server).await;
        get("query")
            .respond_with(ResponseTemplate::new(status))
            .up_to_n_times(2)
            .expect(2)
            .mount(&server)
            .await;
        get("query")
            .respond_with(yes(json!([])))
            .expect(1)
            .mount(&server)
            .await;
        post("create")
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        let client = client(&server);
        client.call("query", Params::new()).await.unwrap();
        let error = client.call("create", Params::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{status}");
        assert_eq!(error.send_outcome(), SendOutcome::Unknown, "{status}");
    }
}

#[tokio::test]
async fn too_many_requests_are_waited_for_even_with_a_create() {
    let server = server().await;
    sign_in(&server).await;
    post("create")
        .respond_with(ResponseTemplate::new(429))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    post("create")
        .respond_with(yes(json!({"id": "12x1"})))
        .expect(1)
        .mount(&server)
        .await;
    client(&server).call("create", Params::new()).await.unwrap();
}

#[tokio::test]
async fn a_create_that_timed_out_is_not_sent_again_and_a_read_is() {
    let server = server().await;
    sign_in(&server).await;
    let slow = || yes(json!([])).set_delay(Duration::from_secs(20));
    post("create")
        .respond_with(slow())
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(slow())
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(yes(json!([])))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server)
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    let error = client.call("create", Params::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    client.call("query", Params::new()).await.unwrap();
}
