//! Logging in and out.

use std::sync::Arc;
use std::time::Duration;

use api_core::{Clock, ManualClock};
use serde_json::json;
use simplycrm_ws::{Code, ErrorKind, Params, RecordId, SendOutcome, Timestamp};
use wiremock::matchers::{body_string_contains, query_param};
use wiremock::{Request, ResponseTemplate};

use crate::support::{
    CHALLENGE, KEY, PROOF, SESSION, USER, builder, challenge, client, form_param, get, no, post,
    server, session, sign_in, yes,
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
