//! Logging in, and what happens when a session is over.

use std::sync::Arc;
use std::time::Duration;

use api_core::{Clock, ManualClock};
use bytes::Bytes;
use serde_json::json;
use simplycrm_ws::{
    Client, Code, ErrorKind, Json, Operation, Params, RecordId, Safety, SendOutcome, Timestamp,
};
use wiremock::matchers::{body_string_contains, query_param};
use wiremock::{Request, ResponseTemplate};

use crate::support::{
    CHALLENGE, KEY, PROOF, SESSION, USER, builder, challenge, client, form_param, get, no, post,
    server, session, sign_in, url_decode, yes,
};

#[tokio::test]
async fn a_login_proves_the_key_and_never_sends_it() {
    let server = server().await;
    get("getchallenge")
        .and(query_param("username", USER))
        .respond_with(challenge(CHALLENGE))
        .expect(1)
        .mount(&server)
        .await;
    post("login")
        .and(body_string_contains(format!(
            "username={USER}&accessKey={PROOF}"
        )))
        .respond_with(session(SESSION))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    assert!(client.last_login().is_none());
    let login = client.login().await.unwrap();
    assert_eq!(login.user_id, RecordId::new(19, 1));
    assert_eq!(login.version.as_deref(), Some("0.22"));
    assert_eq!(login.server_version.as_deref(), Some("7.1.0"));
    assert!(login.extra.is_empty());
    assert_eq!(client.login().await.unwrap(), login, "no second login");
    assert_eq!(client.last_login(), Some(login));
    for request in server.received_requests().await.unwrap() {
        let all = format!("{} {:?} {:?}", request.url, request.headers, request.body);
        assert!(!all.contains(KEY), "{all}");
    }
}

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
async fn a_refused_session_is_replaced_once_and_the_call_repeated_even_a_create() {
    for code in [
        "INVALID_SESSIONID",
        "SESSION_EXPIRED",
        "SESSION_LEFT_IDLE",
        "AUTHENTICATION_REQUIRED",
    ] {
        let server = server().await;
        get("getchallenge")
            .respond_with(challenge(CHALLENGE))
            .expect(2)
            .mount(&server)
            .await;
        post("login")
            .respond_with(session("s3ssion-old"))
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
        post("login")
            .respond_with(session("s3ssion-new"))
            .expect(1)
            .mount(&server)
            .await;
        post("create")
            .and(body_string_contains("sessionName=s3ssion-old"))
            .respond_with(no(code, "Over."))
            .expect(1)
            .mount(&server)
            .await;
        post("create")
            .and(body_string_contains("sessionName=s3ssion-new"))
            .respond_with(yes(json!({"id": "12x9"})))
            .expect(2)
            .mount(&server)
            .await;
        let client = client(&server);
        for _ in 0..2 {
            let made = client.call("create", Params::new()).await.unwrap();
            assert_eq!(
                made.get("id").and_then(Json::as_str),
                Some("12x9"),
                "{code}"
            );
        }
    }
}

#[tokio::test]
async fn a_session_that_is_refused_twice_is_an_error_and_forgotten() {
    let server = server().await;
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .expect(3)
        .mount(&server)
        .await;
    post("login")
        .respond_with(session(SESSION))
        .expect(3)
        .mount(&server)
        .await;
    get("listtypes")
        .respond_with(no("INVALID_SESSIONID", "Over."))
        .up_to_n_times(2)
        .expect(2)
        .mount(&server)
        .await;
    get("listtypes")
        .respond_with(yes(json!({"types": []})))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let error = client.call("listtypes", Params::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(Code::of(&error), Some(Code::InvalidSessionId));
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    client.call("listtypes", Params::new()).await.unwrap();
}

#[tokio::test]
async fn when_the_second_login_fails_the_call_is_known_not_to_be_sent() {
    let server = server().await;
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    get("getchallenge")
        .respond_with(no("ACCESS_DENIED", "username does not exists"))
        .expect(1)
        .mount(&server)
        .await;
    post("login")
        .respond_with(session(SESSION))
        .expect(1)
        .mount(&server)
        .await;
    post("create")
        .respond_with(no("INVALID_SESSIONID", "Over."))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .call("create", Params::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.message(), "username does not exists");
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(error.help_text().unwrap().contains("access key"));
}

#[tokio::test]
async fn a_write_that_may_have_been_applied_stays_in_doubt_over_a_new_session() {
    let server = server().await;
    sign_in(&server).await;
    for answer in [
        ResponseTemplate::new(503),
        no("INVALID_SESSIONID", "Over."),
        no("ACCESS_DENIED", "Permission denied"),
    ] {
        post("add_related")
            .respond_with(answer)
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
    }
    let error = client(&server)
        .call("add_related", Params::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert_eq!(error.send_outcome(), SendOutcome::Unknown);
    assert_eq!(error.operation_name(), Some("simplycrm.add_related"));
}

#[tokio::test]
async fn a_server_that_is_down_at_login_leaves_a_create_unsent() {
    let server = server().await;
    get("getchallenge")
        .respond_with(ResponseTemplate::new(503))
        .expect(3)
        .mount(&server)
        .await;
    let error = client(&server)
        .call("create", Params::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn calls_that_find_no_session_wait_for_one_login() {
    let server = server().await;
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .expect(1)
        .mount(&server)
        .await;
    post("login")
        .respond_with(session(SESSION))
        .expect(1)
        .mount(&server)
        .await;
    get("listtypes")
        .respond_with(yes(json!({"types": []})))
        .expect(8)
        .mount(&server)
        .await;
    let client = client(&server);
    let calls = (0..8).map(|_| client.call("listtypes", Params::new()));
    for result in futures_util::future::join_all(calls).await {
        result.unwrap();
    }
}

#[tokio::test]
async fn a_wrong_key_is_tried_four_times_for_all_waiting_calls_together() {
    let server = server().await;
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .expect(4)
        .mount(&server)
        .await;
    post("login")
        .respond_with(no(
            "INVALID_USER_CREDENTIALS",
            "Invalid username or password",
        ))
        .expect(4)
        .mount(&server)
        .await;
    let client = builder(&server).sessions(6).build().unwrap();
    let calls = (0..6).map(|_| client.call("listtypes", Params::new()));
    for result in futures_util::future::join_all(calls).await {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth);
        assert_eq!(Code::of(&error), Some(Code::InvalidUserCredentials));
        assert_eq!(error.send_outcome(), SendOutcome::NotSent);
        let help = error.help_text().unwrap();
        for cause in [
            "access key",
            "not the password",
            "user name",
            "active",
            "IP whitelist",
        ] {
            assert!(help.contains(cause), "{help}");
        }
    }
}

#[tokio::test]
async fn a_challenge_that_another_client_overtook_is_taken_anew() {
    let server = server().await;
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .expect(4)
        .mount(&server)
        .await;
    for (code, times) in [("INVALID_USER_CREDENTIALS", 2), ("INVALID_AUTH_TOKEN", 1)] {
        post("login")
            .respond_with(no(code, "Refused."))
            .up_to_n_times(times)
            .expect(times)
            .mount(&server)
            .await;
    }
    post("login")
        .respond_with(session(SESSION))
        .expect(1)
        .mount(&server)
        .await;
    client(&server).login().await.unwrap();
}

#[tokio::test]
async fn what_a_new_challenge_cannot_mend_is_believed_at_once() {
    for code in ["ACCESSKEY_UNDEFINED", "AUTHENTICATION_REQUIRED"] {
        let server = server().await;
        get("getchallenge")
            .respond_with(challenge(CHALLENGE))
            .expect(1)
            .mount(&server)
            .await;
        post("login")
            .respond_with(no(code, "Given user is inactive"))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).login().await.unwrap_err();
        assert_eq!(error.code_str(), Some(code));
        assert!(error.help_text().unwrap().contains("active"));
    }
}

#[tokio::test]
async fn a_web_server_that_forbids_the_login_names_the_whitelist_too() {
    let server = server().await;
    get("getchallenge")
        .respond_with(ResponseTemplate::new(403).set_body_string("<html>Forbidden</html>"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).login().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(error.status_code(), Some(403));
    assert!(error.help_text().unwrap().contains("IP whitelist"));
}

#[tokio::test]
async fn a_login_without_a_session_or_a_user_is_no_login() {
    for result in [
        json!({}),
        json!({"sessionName": "", "userId": "19x1"}),
        json!({"sessionName": "s", "userId": "admin"}),
    ] {
        let server = server().await;
        get("getchallenge")
            .respond_with(challenge(CHALLENGE))
            .mount(&server)
            .await;
        post("login")
            .respond_with(yes(result))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).login().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.operation_name(), Some("simplycrm.login"));
    }
}

#[tokio::test]
async fn logout_ends_all_sessions_and_its_failure_does_not_matter() {
    let server = server().await;
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .expect(2)
        .mount(&server)
        .await;
    post("login")
        .respond_with(session(SESSION))
        .expect(2)
        .mount(&server)
        .await;
    post("logout")
        .and(body_string_contains(format!("sessionName={SESSION}")))
        .respond_with(no(
            "INTERNAL_SERVER_ERROR",
            "Unknown Error while processing request",
        ))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    client.logout().await;
    client.login().await.unwrap();
    client.logout().await;
    client.login().await.unwrap();
}

#[tokio::test]
async fn extendsession_sends_the_browsers_session_in_the_form() {
    let server = server().await;
    post("extendsession")
        .respond_with(|request: &Request| {
            assert_eq!(form_param(request, "sessionName"), None);
            match form_param(request, "PHPSESSID").as_deref() {
                Some("br0wser-session") => session("br0wser-session"),
                _ => no("AUTHENTICATION_FAILURE", "Authencation Failed"),
            }
        })
        .expect(2)
        .mount(&server)
        .await;
    let client = client(&server);
    let login = client
        .extend_session("br0wser-session".into())
        .await
        .unwrap();
    assert_eq!(login.user_id, RecordId::new(19, 1));
    assert!(!format!("{login:?}").contains("br0wser"), "{login:?}");
    let error = client
        .extend_session("another-one".into())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(Code::of(&error), Some(Code::AuthenticationFailure));
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

#[tokio::test]
async fn the_servers_time_is_known_after_a_login() {
    let server = server().await;
    sign_in(&server).await;
    let clock = ManualClock::new(Timestamp::from_seconds(1_795_291_722));
    let client = builder(&server)
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    assert_eq!(client.server_clock(), None);
    assert_eq!(client.server_now(), clock.now());
    client.login().await.unwrap();
    assert_eq!(client.server_clock(), Some(100_500_000));
    let expected = clock.now().saturating_add(Duration::from_millis(100_500));
    assert_eq!(client.server_now(), expected);
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
