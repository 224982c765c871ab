//! Each fault on demand: what the client sees, and what was applied.

use std::time::Duration;

use koppel_sandbox::smartcrm::{Fault, FaultKind, SmartCrm};
use serde_json::{Value, json};

use crate::support::Talk;

pub(crate) fn lead(name: &str) -> Value {
    json!({"name": name, "external_id": format!("l:{name}")})
}

#[tokio::test]
async fn a_lost_answer_leaves_the_write_applied_and_the_client_without_a_byte() {
    let talk = Talk::new().await;
    talk.server
        .faults()
        .add(Fault::new(FaultKind::AnswerLost).entity("leads").nth(2));
    assert_eq!(talk.post("leads", lead("A")).await.status, 201);
    let request = talk.request("POST", "leads").json(&lead("B"));
    let error = talk.try_send(request).await.unwrap_err();
    assert!(error.status().is_none() && !error.is_connect(), "{error:?}");
    assert_eq!(talk.server.journal().len(), 2);
    assert_eq!(talk.post("leads", lead("C")).await.status, 201);
    assert_eq!(talk.server.requests(), 3);
}

#[tokio::test]
async fn a_dropped_connection_leaves_nothing_applied() {
    let talk = Talk::new().await;
    talk.server
        .faults()
        .add(Fault::new(FaultKind::ConnectionDropped).writes().times(1));
    let request = talk.request("POST", "leads").json(&lead("A"));
    assert!(talk.try_send(request).await.is_err());
    assert!(talk.server.journal().is_empty());
    assert_eq!(talk.post("leads", lead("A")).await.status, 201);
}

#[tokio::test]
async fn a_429_names_its_time_in_either_header() {
    let talk = Talk::new().await;
    let faults = talk.server.faults();
    faults.add(
        Fault::new(FaultKind::RateLimited {
            retry_after_s: Some(7),
            reset_after_s: None,
        })
        .times(1),
    );
    faults.add(
        Fault::new(FaultKind::RateLimited {
            retry_after_s: None,
            reset_after_s: Some(9),
        })
        .nth(2),
    );
    let reply = talk.post("leads", lead("A")).await;
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (429, Some("7"))
    );
    let before = jiff::Timestamp::now().as_second();
    let reply = talk.post("leads", lead("A")).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, None));
    let reset: i64 = reply.header("x-ratelimit-reset").unwrap().parse().unwrap();
    assert!((before + 9..=before + 11).contains(&reset));
    assert!(talk.server.journal().is_empty());
}

#[tokio::test]
async fn an_error_status_comes_before_or_after_the_commit() {
    for after_commit in [false, true] {
        let talk = Talk::new().await;
        talk.server.faults().add(Fault::new(FaultKind::Status {
            status: 503,
            after_commit,
        }));
        let reply = talk.post("leads", lead("A")).await;
        assert_eq!(
            (reply.status, reply.json()["status"].clone()),
            (503, json!(false))
        );
        assert_eq!(talk.server.journal().len(), usize::from(after_commit));
    }
}

#[tokio::test]
async fn a_slow_answer_takes_its_time_before_or_after_the_commit() {
    for after_commit in [false, true] {
        let talk = Talk::new().await;
        talk.server.faults().add(Fault::new(FaultKind::Slow {
            ms: 30_000,
            after_commit,
        }));
        let request = talk
            .request("POST", "leads")
            .json(&lead("A"))
            .timeout(Duration::from_millis(300));
        let error = talk.try_send(request).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(talk.server.journal().len(), usize::from(after_commit));
    }
}

#[tokio::test]
async fn spoilt_bodies_follow_an_applied_write() {
    let talk = Talk::new().await;
    let faults = talk.server.faults();
    faults.add(Fault::new(FaultKind::TruncatedBody).nth(1));
    faults.add(Fault::new(FaultKind::PhpNotice).nth(2));
    let cut = talk.post("leads", lead("A")).await;
    assert_eq!(cut.status, 201);
    assert!(cut.text.starts_with('{') && serde_json::from_str::<Value>(&cut.text).is_err());
    let notice = talk.post("leads", lead("B")).await;
    assert!(notice.text.contains("A PHP Error was encountered"));
    assert!(notice.text.trim_end().ends_with('}'));
    assert_eq!(talk.server.journal().len(), 2);
}

#[tokio::test]
async fn pages_for_people_and_refusals_apply_nothing() {
    let talk = Talk::new().await;
    let faults = talk.server.faults();
    let kinds = [
        (FaultKind::LoginPage { status: 200 }, 200, "<h1>Login</h1>"),
        (FaultKind::CaptchaPage { status: 403 }, 403, "captcha"),
        (
            FaultKind::StatusFalse {
                message: "Quota used".into(),
            },
            200,
            "Quota used",
        ),
        (FaultKind::TokenNotFound, 404, "Token is not found"),
        (FaultKind::Unauthorized, 401, "Unauthorized"),
    ];
    for (kind, status, text) in kinds {
        faults.clear();
        faults.add(Fault::new(kind.clone()));
        let reply = talk.post("leads", lead("A")).await;
        assert_eq!(reply.status, status, "{kind:?}");
        assert!(reply.text.contains(text), "{kind:?}: {}", reply.text);
        let html = reply
            .header("content-type")
            .unwrap()
            .starts_with("text/html");
        assert_eq!(html, reply.text.starts_with('<'), "{kind:?}");
        if !html {
            assert_eq!(reply.json()["status"], false, "{kind:?}");
        }
    }
    assert!(talk.server.journal().is_empty());
}

#[tokio::test]
async fn a_shifted_page_skips_or_repeats_records() {
    let talk = Talk::new().await;
    for n in 0..6 {
        talk.client(&format!("{n}"));
    }
    let second = async || -> Vec<String> {
        talk.get("clients?page=1&per_page=2").await;
        let body = talk.get("clients?page=2&per_page=2").await.json();
        let data = body["data"].as_array().unwrap();
        data.iter()
            .map(|r| r["company"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(second().await, ["2", "3"]);
    talk.server
        .faults()
        .add(Fault::new(FaultKind::PageShift { by: -1 }));
    assert_eq!(second().await, ["1", "2"]);
    talk.server.faults().clear();
    talk.server
        .faults()
        .add(Fault::new(FaultKind::PageShift { by: 1 }));
    assert_eq!(second().await, ["3", "4"]);
}

#[tokio::test]
async fn an_eventual_search_misses_young_records_but_a_get_finds_them() {
    let talk = Talk::new().await;
    let id = talk.post("leads", lead("A")).await.json()["id"].clone();
    let fault = talk
        .server
        .faults()
        .add(Fault::new(FaultKind::EventualSearch { ms: 60_000 }));
    assert_eq!(talk.get("leads?external_id=l:A").await.status, 404);
    assert_eq!(talk.get("leads?name=A").await.status, 404);
    assert_eq!(talk.get("leads").await.status, 200);
    assert_eq!(
        talk.get(&format!("leads/{}", id.as_str().unwrap()))
            .await
            .status,
        200
    );
    assert!(talk.server.faults().remove(fault));
    assert_eq!(talk.get("leads?external_id=l:A").await.status, 200);
}

#[tokio::test]
async fn a_bad_record_is_refused_alone() {
    let talk = Talk::new().await;
    talk.server.faults().add(
        Fault::bad_record("external_id", "c:7", "VAT number is on the black list")
            .entity("clients"),
    );
    let records: Vec<Value> = (0..50)
        .map(|n| json!({"external_id": format!("c:{n}"), "data": {"company": "Firma"}}))
        .collect();
    let reply = talk
        .post("clients/batch", json!({"records": records}))
        .await;
    assert_eq!(reply.status, 207);
    let body = reply.json();
    let failed: Vec<&Value> = body["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|result| result["error"].is_object())
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["external_id"], "c:7");
    assert_eq!(
        failed[0]["error"]["message"],
        "VAT number is on the black list"
    );
    assert_eq!(talk.server.count("clients"), 49);
    let reply = talk
        .post("clients", json!({"company": "X", "external_id": "c:7"}))
        .await;
    assert_eq!(reply.status, 422);
    talk.server.faults().clear();
    let reply = talk
        .post("clients", json!({"company": "X", "external_id": "c:7"}))
        .await;
    assert_eq!(reply.status, 201);
}

#[tokio::test]
async fn missing_results_are_of_applied_records() {
    let talk = Talk::new().await;
    talk.server
        .faults()
        .add(Fault::new(FaultKind::MissingResults { count: 1 }));
    let records = json!([{"external_id": "1", "data": {"name": "A"}},
                         {"external_id": "2", "data": {"name": "B"}}]);
    let reply = talk.post("leads/batch", json!({"records": records})).await;
    assert_eq!(reply.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(talk.server.count("leads"), 2);
}

#[tokio::test]
async fn a_rate_limit_lets_so_many_through_and_says_how_many_are_left() {
    let talk = Talk::new().await;
    talk.server
        .faults()
        .add(Fault::new(FaultKind::RateLimit { per_minute: 2 }));
    let first = talk.get("ping").await;
    assert_eq!(
        (first.status, first.header("x-ratelimit-remaining")),
        (200, Some("1"))
    );
    assert_eq!(
        talk.get("ping").await.header("x-ratelimit-remaining"),
        Some("0")
    );
    let third = talk.get("ping").await;
    assert_eq!(third.status, 429);
    let wait: u64 = third.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(third.header("x-ratelimit-limit"), Some("2"));
}

#[tokio::test]
async fn a_share_of_faults_is_drawn_from_the_seed() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let talk = Talk::with(SmartCrm::builder().seed(seed)).await;
        talk.server
            .faults()
            .add(Fault::new(FaultKind::Unauthorized).probability(0.5));
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(talk.get("ping").await.status);
        }
        assert!(statuses.contains(&200) && statuses.contains(&401));
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn every_nth_request_is_hit_and_hits_are_counted() {
    let talk = Talk::new().await;
    talk.server
        .faults()
        .add(Fault::new(FaultKind::Unauthorized).method("GET").every(3));
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(talk.get("ping").await.status);
    }
    assert_eq!(statuses, [200, 200, 401, 200, 200, 401, 200]);
    let report = &talk.server.faults().list()[0];
    assert_eq!((report.seen, report.hits), (7, 2));
}

#[tokio::test]
async fn faults_are_set_and_cleared_over_http() {
    let talk = Talk::new().await;
    let url = |path: &str| format!("{}{path}", talk.server.control_url());
    let fault = json!({"kind": {"slow": {"ms": 1}}, "on": {"entity": "leads", "times": 3}});
    let reply = talk.send(talk.http.post(url("faults")).json(&fault)).await;
    assert_eq!((reply.status, reply.json()["id"].clone()), (201, json!(1)));
    let fault = json!({"kind": "answer_lost", "on": {"probability": 0.5, "write": true}});
    talk.send(talk.http.post(url("faults")).json(&fault)).await;
    let listed = talk.send(talk.http.get(url("faults"))).await.json();
    assert_eq!(listed["faults"].as_array().unwrap().len(), 2);
    assert_eq!(listed["faults"][1]["kind"], "answer_lost");
    for wrong in [
        json!({"kind": "answer_lots"}),
        json!({"kind": "answer_lost", "on": {"probabilty": 0.5}}),
        json!({"kind": {"slow": {}}}),
    ] {
        let reply = talk.send(talk.http.post(url("faults")).json(&wrong)).await;
        assert_eq!(reply.status, 422, "{wrong}");
        assert!(
            reply.json()["message"]
                .as_str()
                .unwrap()
                .starts_with("This is no fault")
        );
    }
    assert_eq!(
        talk.send(talk.http.delete(url("faults/1"))).await.status,
        200
    );
    assert_eq!(
        talk.send(talk.http.delete(url("faults/1"))).await.status,
        404
    );
    assert_eq!(talk.send(talk.http.delete(url("faults"))).await.status, 200);
    assert!(talk.server.faults().list().is_empty());
    assert_eq!(talk.server.requests(), 0);
}

#[tokio::test]
async fn journal_and_state_are_read_over_http() {
    let talk = Talk::new().await;
    talk.post("leads", lead("A")).await;
    talk.post("leads", lead("B")).await;
    let url = |path: &str| format!("{}{path}", talk.server.control_url());
    let journal = talk.send(talk.http.get(url("journal"))).await.json();
    assert_eq!(journal["journal"][0]["action"], "create");
    assert_eq!(journal["journal"][0]["external_id"], "l:A");
    assert_eq!(journal["journal"][1]["fields"]["name"], "B");
    let rest = talk
        .send(talk.http.get(url("journal?since=1")))
        .await
        .json();
    assert_eq!(rest["journal"].as_array().unwrap().len(), 1);
    let state = talk.send(talk.http.get(url("state"))).await.json();
    assert_eq!(state["requests"], 2);
    assert_eq!(state["write_requests"], 2);
    assert_eq!(state["applied"], 2);
    assert_eq!(state["records"]["leads"], 2);
    assert_eq!(talk.send(talk.http.get(url("nothing"))).await.status, 404);
}
