use std::time::Duration;

use api_core::transport::Reply;
use http::Method;
use snelstart_client::{Client, Code, CostCentre, Error, ErrorKind, RetryPolicy, SendOutcome};
use wiremock::ResponseTemplate;

use crate::support::{client, on, once, reply, script, scripted, server};

async fn get(client: &Client) -> Result<(), Error> {
    client
        .raw(Method::GET, "/relaties", &[], None)
        .await
        .map(|_| ())
}

async fn failed(status: u16, body: &str) -> Error {
    let server = server().await;
    once(&server, on("GET", "/relaties"), reply(status, body)).await;
    get(&client(&server)).await.unwrap_err()
}

#[tokio::test]
async fn all_shapes_of_errors_are_read() {
    use ErrorKind::{Conflict, NotAnApi, NotFound, Permission, Unavailable, Validation};
    let table: &[(u16, &str, ErrorKind, Option<&str>, &str)] = &[
        (
            400,
            r#"[{"errorCode":"BOE-0039","message":"De boeking is niet in evenwicht.","details":null}]"#,
            Validation,
            Some("BOE-0039"),
            "De boeking is niet in evenwicht.",
        ),
        (
            400,
            r#"[{"errorCode":"REL-0011","message":"IBAN fout.","details":null},{"errorCode":"REL-0088","message":"Btw-nummer fout."}]"#,
            Validation,
            Some("REL-0011"),
            "IBAN fout. Btw-nummer fout.",
        ),
        (
            400,
            r#"{"Message":"Could not find a property named 'naam' on type 'Relatie'."}"#,
            Validation,
            None,
            "Could not find a property named 'naam' on type 'Relatie'.",
        ),
        (
            400,
            r#"{"message":"The request is invalid.","modelState":{"model.naam":["Te lang."],"model.iban":["Fout.","Onbekend."]}}"#,
            Validation,
            None,
            "The request is invalid. model.iban: Fout. Onbekend.; model.naam: Te lang.",
        ),
        (
            400,
            r#"[{"errorCode":null,"message":"The request is invalid.","modelState":{"model.naam":["Te lang."]}}]"#,
            Validation,
            None,
            "The request is invalid. model.naam: Te lang.",
        ),
        (
            404,
            r#"{ "statusCode": 404, "message": "Resource not found" }"#,
            NotAnApi,
            None,
            "Resource not found",
        ),
        (
            403,
            r#"{"error":"access_denied","error_description":"No right."}"#,
            Permission,
            Some("scope_missing"),
            "access_denied No right.",
        ),
        (
            400,
            "Bad <b>Request</b>\r\n",
            Validation,
            None,
            "Bad Request",
        ),
        (
            400,
            r#"[{"errorCode":"BOE-0021","message":"Factuurnummer bestaat al."}]"#,
            Conflict,
            Some("BOE-0021"),
            "Factuurnummer bestaat al.",
        ),
        (
            400,
            r#"[{"errorCode":"REL-0008","message":"Relatiecode in gebruik."}]"#,
            Conflict,
            Some("REL-0008"),
            "Relatiecode in gebruik.",
        ),
        (
            500,
            "",
            Unavailable,
            None,
            "SnelStart cannot answer now (HTTP 500).",
        ),
        (
            404,
            "",
            NotFound,
            None,
            "SnelStart knows no such record (HTTP 404).",
        ),
        (400, "{", Validation, None, "{"),
    ];
    for (status, body, kind, code, message) in table {
        let error = failed(*status, body).await;
        assert_eq!(error.kind(), *kind, "{body}");
        assert_eq!(error.code_str(), *code, "{body}");
        assert_eq!(error.message(), *message, "{body}");
        assert_eq!(error.status_code(), Some(*status), "{body}");
    }
}

#[tokio::test]
async fn faults_of_fields_are_told_by_field() {
    let error = failed(
        400,
        r#"[{"message":"The request is invalid.","modelState":{"model.naam":["Te lang."]}}]"#,
    )
    .await;
    assert_eq!(error.field_errors()["model.naam"], "Te lang.");
}

#[tokio::test]
async fn a_code_that_is_not_known_is_kept() {
    let error = failed(400, r#"[{"errorCode":"BOE-0999","message":"?"}]"#).await;
    assert_eq!(Code::of(&error), Some(Code::Other("BOE-0999".to_owned())));
    let error = failed(400, r#"[{"errorCode":"BOE-0083","message":"?"}]"#).await;
    assert_eq!(Code::of(&error), Some(Code::HasPayments));
}

#[tokio::test]
async fn a_web_page_is_no_api_and_no_empty_list() {
    for status in [200, 404, 403] {
        let server = server().await;
        let page = ResponseTemplate::new(status)
            .set_body_raw("<!DOCTYPE html><html>Sign in</html>", "text/html");
        once(&server, on("GET", "/relaties"), page).await;
        let error = get(&client(&server)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAnApi, "{status}");
    }
}

#[tokio::test]
async fn an_endless_or_deeply_nested_error_is_cut() {
    let deep = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    for body in [
        deep,
        format!("[{{\"message\":\"{}\"}}]", "x".repeat(300_000)),
    ] {
        let error = failed(400, &body).await;
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.message().len() < 2_100, "{}", error.message().len());
    }
}

#[tokio::test]
async fn the_gateway_says_how_long_to_wait_in_a_header_or_in_words() {
    let said = r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 8 seconds."}"#;
    for (answer, wait) in [
        (Reply::new(429, said), 8),
        (Reply::new(429, said).header("retry-after", "3"), 3),
        (Reply::new(403, "").header("retry-after", "21"), 21),
    ] {
        let script = script();
        script.push(answer);
        let client = scripted(&script).max_retries(0).build().unwrap();
        let error = get(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(wait)));
        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    }
}

#[tokio::test]
async fn a_create_goes_out_again_after_a_429_and_never_after_a_500() {
    let made = Reply::json(
        201,
        &serde_json::json!({"nummer": 1, "omschrijving": "Werf"}),
    );
    for (first, sent) in [
        (Reply::new(429, "").header("retry-after", "1"), 2),
        (Reply::new(403, "").header("retry-after", "1"), 2),
        (Reply::status(500), 1),
        (Reply::status(503), 1),
        (Reply::lost_answer(), 1),
    ] {
        let script = script();
        script.push_all([first, made.clone()]);
        let client = scripted(&script).build().unwrap();
        let new = CostCentre {
            number: Some(1),
            description: Some("Werf".to_owned()),
            ..CostCentre::default()
        };
        let result = client.cost_centres().create(&new).await;
        assert_eq!(script.request_count(), sent + 1, "{result:?}");
        match result {
            Ok(_) => assert_eq!(sent, 2),
            Err(error) => assert_eq!(error.send_outcome(), SendOutcome::Unknown),
        }
    }
}

#[tokio::test]
async fn a_read_goes_out_again_after_408_429_5xx_and_a_lost_answer() {
    for first in [
        Reply::status(408),
        Reply::status(429),
        Reply::status(500),
        Reply::status(503),
        Reply::lost_answer(),
    ] {
        let script = script();
        script.push_all([first, Reply::json(200, &serde_json::json!([]))]);
        let client = scripted(&script)
            .retry(RetryPolicy::default())
            .build()
            .unwrap();
        get(&client).await.unwrap();
        assert_eq!(script.request_count(), 3);
    }
}

#[tokio::test]
async fn a_write_that_was_done_is_not_called_undone_because_its_answer_is_broken() {
    for body in ["{", "", "[]", r#"{"nummer":"many"}"#] {
        let server = server().await;
        once(&server, on("POST", "/kostenplaatsen"), reply(201, body)).await;
        let new = CostCentre {
            number: Some(1),
            description: Some("Werf".to_owned()),
            ..CostCentre::default()
        };
        let error = client(&server)
            .cost_centres()
            .create(&new)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert_eq!(error.send_outcome(), SendOutcome::Done, "{body}");
    }
}

#[tokio::test]
async fn a_call_by_hand_stays_below_the_address_and_brings_no_keys() {
    let server = server().await;
    let client = client(&server);
    for path in [
        "https://elsewhere.example/relaties",
        "//elsewhere.example/relaties",
        "/relaties/../../token",
        "/./relaties",
        "/%2e%2e/token",
        "/relaties?subscription-key=x",
        "/relaties#x",
        "\\\\elsewhere",
        "/",
        "",
    ] {
        let error = client.raw(Method::GET, path, &[], None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{path}");
    }
    for name in [
        "subscription-key",
        "Subscription-Key",
        "access_token",
        "clientkey",
    ] {
        let query = [(name, "x")];
        let error = client
            .raw(Method::GET, "/relaties", &query, None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
    }
}

#[tokio::test]
async fn a_call_by_hand_gives_json_and_text() {
    let server = server().await;
    on("GET", "/relaties")
        .and(wiremock::matchers::query_param(
            "$filter",
            "Naam eq 'A & B'",
        ))
        .respond_with(reply(200, "\u{feff}[{\"naam\":\"A & B\"}]"))
        .expect(1)
        .mount(&server)
        .await;
    let query = [("$filter", "Naam eq 'A & B'")];
    let answer = client(&server)
        .raw(Method::GET, "/relaties", &query, None)
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, "[{\"naam\":\"A & B\"}]");
    let list = answer.body.unwrap();
    assert_eq!(list.as_list().unwrap().len(), 1);
}
