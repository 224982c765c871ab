//! Rough treatment: nonsense, crowds, many records.

use std::time::{Duration, Instant};

use koppel_sandbox::smartcrm::{Dialect, ExternalIdMode, SmartCrm};
use serde_json::{Value, json};

use crate::support::Talk;

#[tokio::test]
async fn nonsense_is_always_answered_and_never_applied() {
    let talk = Talk::new().await;
    let mut rng = fastrand::Rng::with_seed(20_260_301);
    let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
    let paths = [
        "clients",
        "clients/",
        "clients/batch",
        "clients/-1",
        "clients/99999999999999999999",
        "clients/9001/x",
        "v2/",
        "v2/clients",
        "",
        "/",
        "batch",
        "%00",
        "clients?page=-1",
        "clients?page=18446744073709551615&per_page=18446744073709551615",
        "clients?page=0&per_page=0",
        "clients?%FF=%FF",
        "clients?updated_since=soon&=&a=b=c",
        "ping/ping",
        "../../etc",
        "clients/%2e%2e",
    ];
    let bodies = [
        "",
        "{",
        "null",
        "1",
        "\"x\"",
        "[[]]",
        "{\"records\":7}",
        "{\"records\":[7,null,{}]}",
        "{\"records\":[{\"id\":{},\"data\":{}}]}",
        "{\"records\":[{\"id\":\"x\",\"data\":{\"vat\":1}}]}",
        "{\"company\":{\"a\":[1]}}",
        "{\"company\":\"\",\"vat\":[]}",
        "{\"external_id\":{},\"vat\":1}",
    ];
    for round in 0..600 {
        let method = methods[rng.usize(0..methods.len())];
        let path = paths[rng.usize(0..paths.len())];
        let body = bodies[rng.usize(0..bodies.len())];
        let reply = talk.send(talk.request(method, path).body(body)).await;
        let fine = (200..=207).contains(&reply.status) || (400..=422).contains(&reply.status);
        assert!(
            fine,
            "round {round}: {method} {path} {body}: {}",
            reply.status
        );
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let reply = talk.send(talk.request("POST", "clients").body(deep)).await;
    assert_eq!(reply.status, 400);
    assert!(talk.server.journal().is_empty());
    assert_eq!(talk.get("ping").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_with_one_key_makes_one_record() {
    for (mode, key) in [
        (ExternalIdMode::Upsert, None),
        (ExternalIdMode::Ignored, Some("k1")),
    ] {
        let talk = Talk::with(SmartCrm::builder().external_id(mode)).await;
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let body = json!({"records": [{"external_id": "c:1", "data": {"company": "A"}}]});
            let mut request = talk.request("POST", "clients/batch").json(&body);
            if let Some(key) = key {
                request = request.header("Idempotency-Key", key);
            }
            crowd
                .spawn(async move { request.send().await.unwrap().json::<Value>().await.unwrap() });
        }
        for answer in crowd.join_all().await {
            assert_eq!(answer["results"][0]["id"], "9001");
        }
        assert_eq!(talk.server.count("clients"), 1, "{mode:?}");
        assert_eq!(talk.server.journal().len(), 1, "{mode:?}");
    }
}

#[tokio::test]
async fn twenty_thousand_records_arrive_in_batches() {
    let talk = Talk::new().await;
    let started = Instant::now();
    for batch in 0..400 {
        let records: Vec<Value> = (0..50)
            .map(|n| {
                let n = batch * 50 + n;
                json!({"external_id": format!("c:{n}"), "id": null, "data": {
                    "company": format!("Firma {n}"), "vat": format!("NL{n:09}B01"), "active": true,
                    "address": "Dorpsstraat 1", "city": "Delft", "zip": "2611 AB", "country": "NL",
                    "currency": "EUR", "registered_at": "2026-03-01T10:00:00Z",
                }})
            })
            .collect();
        let reply = talk
            .post("clients/batch", json!({"records": records}))
            .await;
        assert_eq!(reply.status, 200);
    }
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_secs(60), "{elapsed:?}");
    assert_eq!(talk.server.count("clients"), 20_000);
    let snapshot = Instant::now();
    let journal = talk.server.journal();
    assert_eq!(journal.len(), 20_000);
    assert!(
        snapshot.elapsed() < Duration::from_secs(1),
        "{:?}",
        snapshot.elapsed()
    );
    assert!(journal.iter().zip(1..).all(|(entry, seq)| entry.seq == seq));
    assert_eq!(talk.server.journal_since(19_990).len(), 10);
    let last = talk.get("clients?page=200&per_page=100").await.json();
    assert_eq!(last["data"][99]["external_id"], "c:19999");
    assert_eq!(last["meta"]["has_more"], false);
}

#[tokio::test]
async fn nonsense_is_answered_in_the_other_dialects_too() {
    let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"];
    let paths = [
        "customers",
        "customers/9001",
        "customers/search/%FF%00",
        "customers/search/",
        "customers/search?q=",
        "delete/customers/x",
        "delete//",
        "batch",
        "common/",
        "common/%2e%2e",
        "invoices",
        "invoices/9001",
        "payments",
        "clients",
        "clients/9001",
        "getClientsSearch/search/%F0%9F",
        "get%C3%89Search/search/x",
        "getSearch/search/x",
        "///",
        "",
    ];
    let bodies = [
        "",
        "{",
        "[]",
        "{\"operations\":[null,7,{},{\"tool\":7},{\"tool\":\"_\"},{\"tool\":\"customers_\"}]}",
        "{\"operations\":[{\"tool\":\"customers_update\",\"args\":{\"id\":[]}}]}",
        "{\"operations\":[{\"tool\":\"invoices_create\",\"args\":{\"newitems\":7}}]}",
        "{\"newitems\":{\"a\":{\"qty\":\"1e999\",\"rate\":\"x\"}},\"items\":[[]],\"removed_items\":{}}",
        "{\"newitems\":[{\"qty\":\"79228162514264337593543950335\",\"rate\":\"9\",\"taxname\":\"a|9\"}]}",
        "{\"company\":\"A\",\"company_name\":\"A\",\"groups_in\":[\"7\"]}",
        "a[b=1&[c]=2&a[[]]]=3&%5B%5D=4&a[b][c][d][e][f][g][h][i][j]=5",
        "company=A&company[]=B&company_name=A",
        "newitems[99999999999999999999][qty]=1&newitems[-1]=2",
    ];
    for dialect in [Dialect::Perfex, Dialect::Rise] {
        let talk = Talk::speaking(dialect, SmartCrm::builder()).await;
        let mut rng = fastrand::Rng::with_seed(20_260_302);
        for round in 0..1_500 {
            let method = methods[rng.usize(0..methods.len())];
            let path = paths[rng.usize(0..paths.len())];
            let body = bodies[rng.usize(0..bodies.len())];
            let mut request = talk.request(method, path).body(body);
            if rng.bool() {
                request = request.header("content-type", "application/x-www-form-urlencoded");
            }
            let reply = talk.send(request).await;
            let fine = reply.status == 200 || (400..=422).contains(&reply.status);
            assert!(
                fine,
                "round {round}: {method} {path} {body}: {}",
                reply.status
            );
        }
        let path = if dialect == Dialect::Perfex {
            "customers"
        } else {
            "clients"
        };
        let sense = json!({"company": "A", "company_name": "A"});
        assert_eq!(talk.post(path, sense).await.status, 200, "{dialect}");
    }
}
