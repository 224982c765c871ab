//! Webhooks as a receiver sees them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use koppel_sandbox::smartcrm::{Dialect, SmartCrm};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::Talk;

type Heard = Arc<Mutex<Vec<(String, String)>>>;

/// A receiver that refuses what mentions "Refuse".
async fn receiver() -> (String, Heard) {
    async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: String) -> StatusCode {
        let signature = headers["x-perfex-signature"].to_str().unwrap().to_owned();
        let refused = body.contains("Refuse");
        heard.lock().unwrap().push((signature, body));
        if refused {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        }
    }
    let heard = Heard::default();
    let router = Router::new().fallback(hear).with_state(Arc::clone(&heard));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, heard)
}

/// HMAC-SHA256 in hexadecimal, by RFC 2104, for keys of up to 64 bytes.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::digest([&block.map(|b| b ^ 0x36)[..], message].concat());
    let outer = Sha256::digest([&block.map(|b| b ^ 0x5c)[..], &inner[..]].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn every_change_is_told_in_order_and_signed() {
    let (url, heard) = receiver().await;
    let builder = SmartCrm::builder().webhook(&url, "s3cret");
    let talk = Talk::speaking(Dialect::Perfex, builder).await;
    talk.post("customers", json!({"company": "A"})).await;
    talk.put("customers/9001", json!({"vat": "NL1"})).await;
    talk.put("customers/9001", json!({"vat": "NL1"})).await;
    let edit = json!({"city": "Refuse"});
    talk.server.edit("customers", "9001", &edit).unwrap();
    talk.server.remove("customers", "9001").unwrap();
    talk.server.webhooks_sent().await;
    let heard = heard.lock().unwrap().clone();
    let events: Vec<Value> = heard
        .iter()
        .map(|(_, body)| serde_json::from_str(body).unwrap())
        .collect();
    let names: Vec<&str> = events
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "customers.created",
            "customers.updated",
            "customers.updated",
            "customers.deleted"
        ],
        "a change that changes nothing is not told"
    );
    assert_eq!(events[1]["data"]["vat"], "NL1");
    assert_eq!(events[1]["data"]["company"], "A", "the whole record");
    assert_eq!(events[3]["data"]["id"], "9001");
    for (signature, body) in &heard {
        let (at, v1) = signature.split_once(",v1=").unwrap();
        let at = at.strip_prefix("t=").unwrap();
        assert!(at.parse::<i64>().unwrap() > 1_700_000_000);
        assert_eq!(v1, hmac(b"s3cret", format!("{at}.{body}").as_bytes()));
    }
    let sent = talk.server.webhooks();
    let statuses: Vec<Option<u16>> = sent.iter().map(|w| w.status).collect();
    assert_eq!(
        statuses,
        [Some(200), Some(200), Some(500), Some(200)],
        "told once each"
    );
    assert_eq!(sent[0].seq, 1);
    assert_eq!(sent[0].id, "9001");
    assert_eq!(sent[3].body, heard[3].1);
}

#[tokio::test]
async fn a_receiver_is_named_over_http_and_one_that_is_gone_does_no_harm() {
    let (url, heard) = receiver().await;
    let talk = Talk::new().await;
    let control = talk.server.control_url();
    talk.post("clients", json!({"company": "Before"})).await;
    let post = |body: Value| {
        let request = talk.http.post(format!("{control}webhook")).json(&body);
        talk.send(request)
    };
    assert_eq!(post(json!({"url": url, "secret": "x"})).await.status, 200);
    assert_eq!(post(json!({"url": url})).await.status, 422);
    talk.post("clients", json!({"company": "A"})).await;
    talk.server.webhooks_sent().await;
    // A port nobody listens on.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    talk.server
        .set_webhook(Some((&format!("http://{address}/"), "x")));
    assert_eq!(
        talk.post("clients", json!({"company": "B"})).await.status,
        201
    );
    talk.server.webhooks_sent().await;
    let request = talk.http.delete(format!("{control}webhook"));
    assert_eq!(talk.send(request).await.status, 200);
    talk.post("clients", json!({"company": "C"})).await;
    talk.server.webhooks_sent().await;
    let request = talk.http.get(format!("{control}webhooks"));
    let sent = talk.send(request).await.json()["webhooks"].clone();
    assert_eq!(sent.as_array().unwrap().len(), 2);
    assert_eq!(sent[0]["event"], "clients.created");
    assert_eq!(sent[0]["status"], 200);
    assert_eq!(sent[1]["status"], Value::Null);
    assert_eq!(heard.lock().unwrap().len(), 1);
}
