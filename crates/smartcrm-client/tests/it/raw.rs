//! Calls by hand.

use smartcrm_client::{ErrorKind, SendOutcome};
use wiremock::ResponseTemplate;
use wiremock::matchers::{body_string, query_param};

use crate::support::{TOKEN, answer, builder, client, on, server, text};

fn method(word: &str) -> http::Method {
    word.parse().unwrap()
}

#[tokio::test]
async fn a_route_is_called_with_the_login_and_answered_as_it_is() {
    let server = server().await;
    let page = on("GET", "clients").and(query_param("vat", "NL 1&2"));
    answer(&server, page, 200, "clients/list_page_1.json").await;
    let query = [("vat".to_owned(), "NL 1&2".to_owned())];
    let got = client(&server)
        .raw(method("GET"), "/clients", &query, None)
        .await
        .unwrap();
    assert_eq!((got.status, got.refused.is_none()), (200, true));
    assert_eq!(got.body, text("clients/list_page_1.json"));
    assert!(!format!("{got:?}").contains("company"), "{got:?}");
}

#[tokio::test]
async fn a_body_goes_out_with_every_digit_and_once() {
    let server = server().await;
    let sent = r#"{"total":12345678901234567.890}"#;
    on("POST", "invoices")
        .and(body_string(sent))
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    let patient = builder(&server.uri()).max_retries(3).build().unwrap();
    let got = (patient.raw(method("POST"), "invoices", &[], Some(sent)))
        .await
        .unwrap();
    assert_eq!(got.status, 503);
    let refused = got.refused.unwrap();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert_eq!(refused.send_outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_refusal_is_an_answer_with_its_reason() {
    let server = server().await;
    let fixture = "common/token_not_found.json";
    answer(&server, on("GET", "leads"), 404, fixture).await;
    let got = (client(&server).raw(method("GET"), "leads", &[], None))
        .await
        .unwrap();
    assert_eq!(got.body, text(fixture));
    assert_eq!(got.refused.unwrap().kind(), ErrorKind::Auth);
}

#[tokio::test]
async fn the_login_goes_nowhere_but_to_the_api() {
    let server = server().await;
    let client = client(&server);
    for path in [
        "https://elsewhere.example/x",
        "",
        "/",
        "a/../../b",
        "a?b=c",
        "a#b",
    ] {
        let error = (client.raw(method("GET"), path, &[], None))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{path}");
        assert_eq!(error.send_outcome(), SendOutcome::NotSent, "{path}");
        assert!(!error.to_string().contains(TOKEN));
    }
    let error = client
        .raw(method("POST"), "a", &[], Some("{"))
        .await
        .unwrap_err();
    assert!(error.message().contains("not JSON"), "{error}");
}
