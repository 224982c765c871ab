//! Faults, hooks, and sessions that end at the wrong moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use koppel_sandbox::simplycrm::{Fault, FaultKind, Generation, HookAction, Phase, SimplyCrm};
use serde_json::json;

use super::talk::{Talk, digest};

fn element() -> String {
    json!({"lastname": "L", "assigned_user_id": "19x1"}).to_string()
}

#[tokio::test]
async fn a_lost_answer_leaves_a_record_and_a_dropped_connection_does_not() {
    let talk = Talk::new(Generation::Simply).await;
    for (kind, applied) in [
        (FaultKind::ConnectionDropped, 0),
        (FaultKind::AnswerLost, 1),
    ] {
        let fault = Fault::new(kind)
            .operation("create")
            .entity("Contacts")
            .times(1);
        talk.server.fault(fault);
        let (module, element) = (("elementType", "Contacts"), element());
        let sent = talk.posting("create", &[module, ("element", &element)]);
        assert!(talk.try_send(sent).await.is_err());
        assert_eq!(talk.server.applied(), applied);
    }
    assert_eq!(talk.contact("M").await, "12x3");
}

#[tokio::test]
async fn every_way_of_dying_can_come_before_or_after_the_commit() {
    let talk = Talk::new(Generation::Simply).await;
    for after_commit in [false, true] {
        for (kind, status, start) in [
            (
                FaultKind::EmptyBody {
                    status: 500,
                    after_commit,
                },
                500,
                "",
            ),
            (
                FaultKind::EmptyBody {
                    status: 200,
                    after_commit,
                },
                200,
                "",
            ),
            (
                FaultKind::TextDeath { after_commit },
                200,
                "Sorry! Attempt to access",
            ),
            (
                FaultKind::HtmlFatal { after_commit },
                200,
                "<br />\n<b>Fatal error</b>",
            ),
            (
                FaultKind::NullError { after_commit },
                200,
                "{\"success\":false,\"error\":null}",
            ),
            (
                FaultKind::Status {
                    status: 503,
                    after_commit,
                },
                503,
                "<html>",
            ),
        ] {
            let before = talk.server.applied();
            talk.server
                .fault(Fault::new(kind.clone()).writes().times(1));
            let reply = talk
                .create("Contacts", serde_json::from_str(&element()).unwrap())
                .await;
            assert_eq!(reply.status, status, "{kind:?}");
            assert!(reply.text.starts_with(start), "{kind:?} {}", reply.text);
            assert_eq!(start.is_empty(), reply.text.is_empty());
            assert_eq!(
                talk.server.applied() - before,
                u64::from(after_commit),
                "{kind:?}"
            );
        }
    }
}

#[tokio::test]
async fn warnings_stand_in_front_of_the_json_and_its_type_stays() {
    let talk = Talk::new(Generation::Simply).await;
    talk.server
        .fault(Fault::new(FaultKind::PhpNotice).operation("listtypes"));
    let reply = talk.get("listtypes", &[]).await;
    assert_eq!(reply.kind(), "application/json");
    assert!(reply.text.starts_with("<br />\n<b>Warning</b>"));
    let json = &reply.text[reply.text.rfind("{\"success\":").unwrap()..];
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(json).unwrap()["success"],
        true
    );
}

#[tokio::test]
async fn other_spoilt_answers_apply_nothing() {
    let talk = Talk::new(Generation::Simply).await;
    let api = FaultKind::ApiError {
        code: "DATABASE_QUERY_ERROR".into(),
        message: "stuck".into(),
    };
    for (kind, status, part) in [
        (FaultKind::UriTooLong, 414, "Request-URI Too Long"),
        (
            FaultKind::LoginPage { status: 200 },
            200,
            "<title>Login</title>",
        ),
        (
            FaultKind::RateLimited {
                retry_after_s: Some(1),
                reset_after_s: None,
            },
            429,
            "Too Many",
        ),
        (api, 200, "DATABASE_QUERY_ERROR"),
    ] {
        talk.server.fault(Fault::new(kind.clone()).times(1));
        let reply = talk
            .create("Contacts", serde_json::from_str(&element()).unwrap())
            .await;
        assert_eq!(reply.status, status, "{kind:?}");
        assert!(reply.text.contains(part), "{kind:?} {}", reply.text);
    }
    talk.server
        .fault(Fault::new(FaultKind::TruncatedBody).times(1));
    let reply = talk.get("listtypes", &[]).await;
    assert!(serde_json::from_str::<serde_json::Value>(&reply.text).is_err());
    assert_eq!(talk.server.applied(), 0);
}

#[tokio::test]
async fn a_session_can_end_under_a_request_and_a_challenge_be_overtaken() {
    let talk = Talk::new(Generation::Simply).await;
    talk.server.fault(
        Fault::new(FaultKind::SessionExpired)
            .operation("create")
            .times(1),
    );
    let refused = talk
        .create("Contacts", serde_json::from_str(&element()).unwrap())
        .await;
    assert!(refused.error().starts_with("INVALID_SESSIONID"));
    assert_eq!(talk.server.applied(), 0);
    talk.server
        .fault(Fault::new(FaultKind::ChallengeOvertaken).times(1));
    let told = talk
        .get("getchallenge", &[("username", "admin")])
        .await
        .result();
    let key = digest(told["token"].as_str().unwrap(), "demoAccessKey123");
    let login = [("username", "admin"), ("accessKey", key.as_str())];
    assert!(
        talk.post("login", &login)
            .await
            .error()
            .starts_with("INVALID_USER_CREDENTIALS")
    );
    talk.login("admin", "demoAccessKey123").await;
}

#[tokio::test]
async fn a_fault_of_the_other_system_hits_nothing() {
    let talk = Talk::new(Generation::Simply).await;
    talk.server.fault(Fault::new(FaultKind::TokenNotFound));
    talk.get("listtypes", &[]).await.result();
    let reports = talk.server.faults().list();
    assert_eq!((reports.len(), reports[0].hits), (1, 0));
}

#[tokio::test]
async fn a_hook_sees_requests_and_cuts_them_before_or_after_the_commit() {
    let seen = Arc::new(AtomicU32::new(0));
    let talk = Talk::new(Generation::Simply).await;
    let count = Arc::clone(&seen);
    talk.server.set_hook(Some(Arc::new(move |event| {
        if event.path != "webservice/create" {
            return HookAction::Continue;
        }
        assert_eq!(event.entity, Some("Contacts"));
        assert!(event.is_write);
        count.fetch_add(1, Ordering::SeqCst);
        match (event.phase, count.load(Ordering::SeqCst)) {
            (Phase::BeforeApply, 1) | (Phase::AfterApply, 3) => HookAction::DropConnection,
            _ => HookAction::Continue,
        }
    })));
    for applied in [0, 1] {
        let element = element();
        let params = [("elementType", "Contacts"), ("element", element.as_str())];
        assert!(
            talk.try_send(talk.posting("create", &params))
                .await
                .is_err()
        );
        assert_eq!(talk.server.applied(), applied);
    }
    assert_eq!(seen.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_whitelist_refuses_logins_of_both_apis() {
    let talk = Talk::outside(SimplyCrm::builder().whitelist(true)).await;
    let told = talk
        .get("getchallenge", &[("username", "admin")])
        .await
        .result();
    let key = digest(told["token"].as_str().unwrap(), "demoAccessKey123");
    let login = [("username", "admin"), ("accessKey", key.as_str())];
    assert!(
        talk.post("login", &login)
            .await
            .error()
            .starts_with("ACCESS_DENIED")
    );
    let phone = talk
        .mobile("login", &[("username", "admin"), ("password", "demo")])
        .await;
    assert_eq!(phone.error(), "1210: Authentication Failed");
    talk.server.set_whitelist(false);
    talk.login("admin", "demoAccessKey123").await;
}

#[tokio::test]
async fn records_are_found_late_where_a_fault_says_so() {
    let talk = Talk::new(Generation::Simply).await;
    let id = talk.contact("L").await;
    let late = talk
        .server
        .fault(Fault::new(FaultKind::EventualSearch { ms: 600_000 }));
    assert_eq!(
        talk.query("select id from Contacts;").await.result(),
        json!([])
    );
    talk.server.faults().remove(late);
    assert_eq!(
        talk.query("select id from Contacts;").await.result(),
        json!([{"id": id}])
    );
}

#[tokio::test]
async fn faults_journal_and_state_are_told_over_http() {
    let talk = Talk::new(Generation::Simply).await;
    talk.contact("L").await;
    let url = |rest: &str| format!("{}{rest}", talk.server.control_url());
    let fault = json!({"kind": {"empty_body": {"status": 500}}, "on": {"operation": "query"}});
    let set = talk.send(talk.http.post(url("faults")).json(&fault)).await;
    assert_eq!(set.status, 201);
    assert_eq!(talk.query("select id from Contacts;").await.status, 500);
    talk.send(talk.http.delete(url("faults"))).await;
    talk.query("select id from Contacts;").await.result();
    let journal = talk.send(talk.http.get(url("journal"))).await.json();
    assert_eq!(journal["journal"][0]["id"], "12x2");
    assert_eq!(journal["journal"][0]["fields"]["lastname"], "L");
    let state = talk.send(talk.http.get(url("state"))).await.json();
    assert_eq!(
        (&state["generation"], &state["records"]["Contacts"]),
        (&json!("simply"), &json!(1))
    );
    talk.send(talk.http.post(url("expire-sessions"))).await;
    assert!(
        talk.get("listtypes", &[])
            .await
            .error()
            .starts_with("INVALID_SESSIONID")
    );
}
