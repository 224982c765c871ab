//! What happens when a session is refused.

use serde_json::json;
use simplycrm_ws::{Code, ErrorKind, Json, Params, SendOutcome};
use wiremock::ResponseTemplate;
use wiremock::matchers::body_string_contains;

use crate::support::{
    CHALLENGE, SESSION, challenge, client, get, no, post, server, session, sign_in, yes,
};

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
