//! Faults, limits, hooks and the sandbox's own routes.

use std::sync::Arc;
use std::time::Duration;

use koppel_sandbox::snelstart::{Fault, FaultKind, HookAction, Phase, SnelStart};
use serde_json::json;

use super::talk::{Talk, code, sale};

#[tokio::test]
async fn a_create_whose_answer_is_lost_did_happen() {
    let talk = Talk::new().await;
    let customer = talk.customer("Bakkerij De Aar");
    let lost = Fault::new(FaultKind::AnswerLost).entity("verkoopboekingen");
    talk.server.fault(lost.operation("create").times(1));
    let body = sale(&customer, "V-1");
    let request = talk.request("POST", "/verkoopboekingen").json(&body);
    assert!(talk.try_send(request).await.is_err());
    assert_eq!(talk.server.applied(), 1);
    let again = talk.post("/verkoopboekingen", &body).await;
    assert_eq!(code(&again), "BOE-0021");
    let entry = talk.server.journal().remove(0);
    assert_eq!(entry.resource, "verkoopboekingen");
    assert_eq!(entry.body["factuurnummer"], "V-1");
}

#[tokio::test]
async fn a_slow_create_did_happen_though_the_client_gave_up() {
    let talk = Talk::new().await;
    let slow = FaultKind::Slow {
        ms: 600_000,
        after_commit: true,
    };
    talk.server.fault(Fault::new(slow).writes());
    let body = json!({"relatiesoort": ["Klant"], "naam": "Traag"});
    let request = talk.request("POST", "/relaties").json(&body);
    let waiting = tokio::spawn(request.send());
    while talk.server.applied() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished(), "nobody heard of it yet");
    waiting.abort();
    assert_eq!(talk.filtered("/relaties", "Naam eq 'Traag'").await.len(), 1);
}

#[tokio::test]
async fn each_error_shape_can_be_had() {
    let talk = Talk::new().await;
    let faults = talk.server.faults();
    let get = || talk.get("/landen");
    let set = |kind| faults.add(Fault::new(kind).times(1));
    set(FaultKind::ApiError {
        code: "BOE-0042".into(),
        message: "Geblokkeerd".into(),
    });
    let reply = get().await;
    assert_eq!((reply.status, code(&reply).as_str()), (400, "BOE-0042"));
    set(FaultKind::RateLimited {
        retry_after_s: Some(60),
        reset_after_s: None,
    });
    let limited = get().await;
    assert_eq!(limited.status, 429);
    assert_eq!(limited.header("retry-after"), Some("60"));
    assert_eq!(limited.json()["statusCode"], 429);
    for (status, kind) in [
        (500, "application/json"),
        (502, "text/html"),
        (503, "text/plain"),
    ] {
        set(FaultKind::Status {
            status,
            after_commit: false,
        });
        let reply = get().await;
        assert_eq!(reply.status, status);
        assert!(reply.header("content-type").unwrap().starts_with(kind));
    }
    set(FaultKind::EmptyBody {
        status: 500,
        after_commit: false,
    });
    assert_eq!(get().await.text, "");
    set(FaultKind::Unauthorized);
    assert_eq!(get().await.status, 401);
    set(FaultKind::GrantMissing);
    assert_eq!(get().await.status, 403);
    set(FaultKind::TruncatedBody);
    let cut = get().await;
    assert!(serde_json::from_str::<serde_json::Value>(&cut.text).is_err());
    assert_eq!(get().await.status, 200);
    let struck: Vec<u64> = faults.list().iter().map(|fault| fault.hits).collect();
    assert_eq!(struck, vec![1; 9]);
}

#[tokio::test]
async fn the_token_host_can_fail_too() {
    let talk = Talk::new().await;
    let down = FaultKind::Status {
        status: 503,
        after_commit: false,
    };
    talk.server.fault(Fault::new(down).entity("token").times(1));
    assert_eq!(talk.get("/landen").await.status, 200);
    assert_eq!(talk.ask_token("demo-koppelsleutel").await.status, 503);
    assert_eq!(talk.ask_token("demo-koppelsleutel").await.status, 200);
    assert_eq!(talk.server.requests_to("token"), 3);
    assert_eq!(talk.server.requests(), 1);
}

#[tokio::test]
async fn a_bad_record_is_refused_and_others_pass() {
    let talk = Talk::new().await;
    talk.server
        .fault(Fault::bad_record("naam", "Stuk", "Kan niet"));
    let body = |name: &str| json!({"relatiesoort": ["Klant"], "naam": name});
    let refused = talk.post("/relaties", &body("Stuk")).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("Kan niet"));
    assert_eq!(talk.post("/relaties", &body("Heel")).await.status, 201);
}

#[tokio::test]
async fn young_records_hide_from_filters_and_pages_can_shift() {
    let talk = Talk::new().await;
    talk.customer("Jong");
    let faults = talk.server.faults();
    let hidden = faults.add(Fault::new(FaultKind::EventualSearch { ms: 60_000 }));
    assert_eq!(talk.filtered("/relaties", "Naam eq 'Jong'").await.len(), 0);
    faults.remove(hidden);
    assert_eq!(talk.filtered("/relaties", "Naam eq 'Jong'").await.len(), 1);
    let page = [("$skip", "1"), ("$top", "1")];
    let plain = talk.list("/landen", &page).await.json();
    assert_eq!(plain.as_array().unwrap().len(), 13, "no pages there");
    let second = talk.list("/relaties", &page).await.json();
    faults.add(Fault::new(FaultKind::PageShift { by: -1 }));
    let shifted = talk.list("/relaties", &page).await.json();
    assert_ne!(second, shifted);
}

#[tokio::test]
async fn more_calls_than_a_minute_allows_are_refused_with_a_time() {
    let talk = Talk::with(SnelStart::builder().limits(3, 1_000, 5)).await;
    for _ in 0..3 {
        assert_eq!(talk.get("/echo/x").await.status, 200);
    }
    let refused = talk.get("/echo/x").await;
    assert_eq!(refused.status, 429);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(refused.text.contains("Rate limit is exceeded"));
    assert_eq!(talk.server.over_limit(), 1);
    assert_eq!(talk.server.most_at_once(), 1);
}

#[tokio::test]
async fn the_hour_can_be_a_quota() {
    let builder = SnelStart::builder().limits(100, 2, 5).hour_as_quota(true);
    let talk = Talk::with(builder).await;
    for _ in 0..2 {
        assert_eq!(talk.get("/echo/x").await.status, 200);
    }
    let refused = talk.get("/echo/x").await;
    assert_eq!(refused.status, 403);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds > 3_000, "{seconds}");
}

#[tokio::test]
async fn too_many_at_a_time_are_refused() {
    let builder = SnelStart::builder().limits(100, 100, 2);
    let talk = Arc::new(Talk::with(builder).await);
    // Two hang until the server ends; the third is one too many.
    let hang = Fault::new(FaultKind::Slow {
        ms: 600_000,
        after_commit: false,
    });
    talk.server.fault(hang.times(2));
    let hanging: Vec<_> = (0..2)
        .map(|_| {
            let talk = Arc::clone(&talk);
            tokio::spawn(async move { talk.get("/echo/x").await })
        })
        .collect();
    while talk.server.faults().list()[0].hits < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(talk.get("/echo/x").await.status, 429);
    assert_eq!(talk.server.most_at_once(), 3);
    for task in hanging {
        task.abort();
    }
}

#[tokio::test]
async fn a_hook_sees_each_request_before_and_after() {
    let talk = Talk::new().await;
    talk.server.set_hook(Some(Arc::new(|event| {
        let write = event.is_write && event.entity == Some("relaties");
        if write && event.phase == Phase::AfterApply {
            HookAction::DropConnection
        } else {
            HookAction::Continue
        }
    })));
    let body = json!({"relatiesoort": ["Klant"], "naam": "A"});
    let request = talk.request("POST", "/relaties").json(&body);
    assert!(talk.try_send(request).await.is_err());
    assert_eq!(talk.server.applied(), 1);
    assert_eq!(talk.get("/relaties").await.status, 200);
}

#[tokio::test]
async fn the_control_routes_pay_and_tell() {
    let talk = Talk::new().await;
    let customer = talk.customer("A");
    talk.server
        .insert("verkoopboekingen", &sale(&customer, "V-1"))
        .unwrap();
    let control = |path: &str| format!("{}{path}", talk.server.control_url());
    let pay = |amount: &str| {
        let body = json!({"invoice": "V-1", "amount": amount, "date": "2026-08-20", "by": "cash"});
        talk.http.post(control("pay")).json(&body)
    };
    let paid = talk.send(pay("21.00")).await;
    assert_eq!(paid.status, 201, "{}", paid.text);
    assert_eq!(talk.send(pay("much")).await.status, 422);
    let invoice = talk.server.invoice("V-1").unwrap();
    assert_eq!(invoice["openstaandSaldo"], json!(100.0));
    let expire = talk.send(talk.http.post(control("expire-tokens"))).await;
    assert_eq!(expire.status, 200);
    assert_eq!(talk.get("/landen").await.status, 401);
    let state = talk.send(talk.http.get(control("state"))).await.json();
    assert_eq!(state["records"]["kasboekingen"], 1);
    assert_eq!(state["tokens"], 1);
    let fault = json!({"kind": "unauthorized", "on": {"entity": "landen"}});
    let set = talk
        .send(talk.http.post(control("faults")).json(&fault))
        .await;
    assert_eq!(set.status, 201);
    assert_eq!(talk.server.faults().list().len(), 1);
    assert_eq!(talk.send(talk.http.get(control("other"))).await.status, 404);
}

#[tokio::test]
async fn the_clock_can_be_stopped_and_put_forward() {
    let talk = Talk::new().await;
    let at = jiff::civil::date(2026, 8, 16).at(10, 15, 30, 123_000_000);
    talk.server.freeze(Some(at));
    let id = talk.customer("A");
    let modified = |id: &str| talk.server.record("relaties", id).unwrap()["modifiedOn"].clone();
    assert_eq!(modified(&id), "2026-08-16T10:15:30.123");
    talk.server.advance(Duration::from_secs(3_600));
    talk.server
        .edit("relaties", &id, &json!({"memo": "x"}))
        .unwrap();
    assert_eq!(modified(&id), "2026-08-16T11:15:30.123");
    let given = json!({"modifiedOn": "2020-01-01"});
    talk.server.edit("relaties", &id, &given).unwrap();
    assert_eq!(modified(&id), "2020-01-01T00:00:00");
    talk.server.delete("relaties", &id).unwrap();
    assert!(talk.server.edit("relaties", &id, &given).is_err());
    assert!(talk.server.insert("nothing", &given).is_err());
}
