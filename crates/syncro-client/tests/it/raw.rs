//! Calls by hand.

use api_core::transport::{FakeTransport, Reply};
use http::Method;
use serde_json::json;
use syncro_client::{ErrorKind, Json, SendOutcome};
use wiremock::matchers::{header, query_param};

use crate::support::{answer, client, on, once, scripted, server, with_body};

#[tokio::test]
async fn a_path_may_stand_as_in_the_documentation() {
    for path in [
        "/customers",
        "customers",
        "/v1/customers",
        "v1/customers",
        "/api/v1/customers",
    ] {
        let server = server().await;
        let request = on("GET", "/customers").and(query_param("query", "a b&c"));
        answer(&server, request, 200, &json!({"customers": []})).await;
        let answer = client(&server)
            .raw(Method::GET, path, &[("query", "a b&c")], &[], None)
            .await
            .unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body.unwrap().to_string(), r#"{"customers":[]}"#);
        assert_eq!(answer.text, r#"{"customers":[]}"#);
        assert!(answer.content_type.unwrap().starts_with("application/json"));
    }
}

#[tokio::test]
async fn headers_and_body_go_along() {
    let server = server().await;
    let body = json!({"name": "Cable & Co", "price": 10.5});
    let request = with_body(on("POST", "/vendors"), &body).and(header("x-trace", "1"));
    once(
        &server,
        request,
        crate::support::reply(200, "{\"vendor\":{\"id\":1}}"),
    )
    .await;
    let body = Json::parse(&body.to_string()).unwrap();
    client(&server)
        .raw(
            Method::POST,
            "/vendors",
            &[],
            &[("X-Trace", "1")],
            Some(&body),
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn what_leads_elsewhere_or_brings_a_login_is_refused_unsent() {
    let script = FakeTransport::new();
    let client = scripted(&script).build().unwrap();
    let none: [(&str, &str); 0] = [];
    let paths = [
        "https://evil.example/customers",
        "//evil.example/customers",
        "/customers/../../x",
        "/..",
        "/customers?api_key=1",
        "/customers#x",
        "/customers/%2e%2e",
        "\\\\evil",
        "user@evil",
        "/",
        "",
        "/api/v1",
        "/a\nb",
    ];
    for path in paths {
        let error = client
            .raw(Method::GET, path, &none, &none, None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{path:?}");
        assert_eq!(error.send_outcome(), SendOutcome::NotSent, "{path:?}");
    }
    for name in ["api_key", "token", "access_token", "password"] {
        let error = client
            .raw(Method::GET, "/me", &[(name, "s3cr3t")], &none, None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
        assert!(!format!("{error:?}").contains("s3cr3t"));
    }
    for name in [
        "Authorization",
        "authorization ",
        "X-Api-Key",
        "api_key",
        "Authorization2FAToken",
        "Cookie",
        "Proxy-Authorization",
        "Host",
        "Content-Length",
        "Content-Type",
        "Transfer-Encoding",
        "X-HTTP-Method-Override",
        "bad name",
        "",
    ] {
        let error = client
            .raw(Method::GET, "/me", &none, &[(name, "s3cr3t")], None)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name:?}");
        assert!(!format!("{error:?}").contains("s3cr3t"));
    }
    let error = client
        .raw(Method::GET, "/me", &none, &[("x-trace", "a\r\nb: c")], None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(script.request_count(), 0);
}

#[tokio::test]
async fn plain_text_is_given_as_text() {
    let server = server().await;
    let with = wiremock::ResponseTemplate::new(200).set_body_raw("Disabled", "text/plain");
    once(&server, on("GET", "/callerid"), with).await;
    let answer = client(&server)
        .raw(Method::GET, "/callerid", &[("did", "5550100")], &[], None)
        .await
        .unwrap();
    assert_eq!((answer.body, answer.text.as_str()), (None, "Disabled"));
}

#[tokio::test]
async fn a_write_by_hand_is_repeated_only_where_that_is_known_to_be_safe() {
    let none: [(&str, &str); 0] = [];
    for (method, path, requests) in [
        (Method::GET, "/customers", 2),
        (Method::PUT, "/customers/5", 2),
        (Method::DELETE, "/tickets/5", 2),
        (Method::POST, "/customers", 1),
        (Method::POST, "/tickets/5/comment", 1),
        (Method::PUT, "/nobody/knows/this", 1),
    ] {
        let script = FakeTransport::new();
        script.push_all([Reply::status(500), Reply::json(200, &json!({}))]);
        let client = scripted(&script).build().unwrap();
        let sent = client.raw(method.clone(), path, &none, &none, None).await;
        assert_eq!(script.request_count(), requests, "{method} {path}");
        if let Err(error) = sent {
            assert_eq!(
                error.send_outcome(),
                SendOutcome::Unknown,
                "{method} {path}"
            );
        }
    }
}
