//! Calls by name, and the settings they go by.

use bytes::Bytes;
use serde_json::json;
use simplycrm_ws::{Client, ErrorKind, Json, Operation, Params, Safety, SendOutcome};
use wiremock::Request;
use wiremock::matchers::{body_string_contains, query_param};

use crate::support::{KEY, SESSION, USER, client, get, no, post, server, sign_in, url_decode, yes};

#[tokio::test]
async fn parameters_go_in_the_query_of_reads_and_in_the_form_of_writes() {
    let server = server().await;
    sign_in(&server).await;
    get("retrieve")
        .and(query_param("sessionName", SESSION))
        .and(query_param("id", "12x3"))
        .respond_with(yes(json!({"id": "12x3"})))
        .expect(1)
        .mount(&server)
        .await;
    post("revise")
        .respond_with(|request: &Request| {
            assert_eq!(request.url.query(), None);
            let form = url_decode(&request.body);
            let form: Vec<(&str, &str)> = form
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(
                form,
                [
                    ("operation", "revise"),
                    ("sessionName", SESSION),
                    ("element", r#"{"id":"12x3","note":"a&b=c é"}"#)
                ]
            );
            yes(json!({"id": "12x3", "note": "x"}))
        })
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let read = client
        .call("retrieve", Params::new().with("id", "12x3"))
        .await
        .unwrap();
    assert_eq!(read.get("id").and_then(Json::as_str), Some("12x3"));
    let element = Json::parse(r#"{"id":"12x3","note":"a&b=c é"}"#).unwrap();
    let params = Params::new().with_json("element", &element);
    client.call("revise", params).await.unwrap();
}

#[tokio::test]
async fn a_file_goes_as_multipart_with_all_parameters() {
    let server = server().await;
    sign_in(&server).await;
    wiremock::Mock::given(body_string_contains("name=\"operation\"\r\n\r\ncreate\r\n"))
        .respond_with(|request: &Request| {
            let kind = request.headers["content-type"].to_str().unwrap();
            let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
            let body = String::from_utf8_lossy(&request.body);
            let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
            assert_eq!(parts.len(), 6, "{body}");
            assert_eq!(parts[0], "");
            assert_eq!(parts[5], "--\r\n");
            assert_eq!(
                parts[4],
                "\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"a %22b%22.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
            );
            assert!(parts[2].ends_with(&format!("name=\"sessionName\"\r\n\r\n{SESSION}\r\n")));
            yes(json!({"id": "15x1"}))
        })
        .expect(1)
        .mount(&server)
        .await;
    let params = Params::new().with("elementType", "Documents").with_file(
        "filename",
        simplycrm_ws::Upload {
            file_name: "a \"b\".txt".to_owned(),
            content_type: "text/plain".to_owned(),
            content: Bytes::from_static(b"hello"),
        },
    );
    client(&server).call("create", params).await.unwrap();
}

#[tokio::test]
async fn an_operation_of_no_known_name_needs_call_as() {
    let server = server().await;
    sign_in(&server).await;
    get("describeobject")
        .respond_with(yes(json!(1)))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let error = client
        .call("describeobject", Params::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(error.help_text().unwrap().contains("call_as"));
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
    let operation = Operation::get("describeobject");
    client.call_as(&operation, Params::new()).await.unwrap();
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let start = || Client::builder("https://crm.test", USER, KEY.into());
    for builder in [
        start().sessions(0),
        start().sessions(17),
        start().time_zone("Mars/Olympus"),
        start().ca_file("/nonexistent/ca.pem"),
        Client::builder("https://crm.test", " ", KEY.into()),
        Client::builder("https://crm.test", USER, " ".into()),
        Client::builder("nonsense", USER, KEY.into()),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    }
    let client = start().time_zone("Europe/Amsterdam").build().unwrap();
    assert_eq!(client.time_zone().iana_name(), Some("Europe/Amsterdam"));
    assert_eq!(client.root_url(), "https://crm.test/");
}

#[tokio::test]
async fn a_write_of_an_unnamed_operation_carries_its_name_in_errors() {
    let server = server().await;
    sign_in(&server).await;
    post("bookslot")
        .respond_with(no("ACCESS_DENIED", "Permission denied"))
        .expect(1)
        .mount(&server)
        .await;
    let operation = Operation::post("bookslot", Safety::Create);
    let error = client(&server)
        .call_as(&operation, Params::new())
        .await
        .unwrap_err();
    assert_eq!(error.operation_name(), Some("simplycrm.bookslot"));
}
