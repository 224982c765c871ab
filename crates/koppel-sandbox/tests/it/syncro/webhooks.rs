//! Webhooks as a receiver sees them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use http::StatusCode;
use koppel_sandbox::syncro::{Syncro, WebhookFaults};
use serde_json::{Value, json};

use super::talk::Talk;

type Heard = Arc<Mutex<Vec<Value>>>;

/// A receiver that keeps every body.
async fn receiver() -> (String, Heard) {
    async fn hear(State(heard): State<Heard>, body: String) -> StatusCode {
        heard
            .lock()
            .unwrap()
            .push(serde_json::from_str(&body).unwrap());
        StatusCode::OK
    }
    let heard = Heard::default();
    let router = Router::new().fallback(hear).with_state(Arc::clone(&heard));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook/secret", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, heard)
}

const ALL: [&str; 0] = [];

fn first_lines(heard: &Heard) -> Vec<String> {
    let heard = heard.lock().unwrap();
    let line = |body: &Value| {
        body["text"]
            .as_str()
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    heard.iter().map(line).collect()
}

#[tokio::test]
async fn changes_are_told_in_the_words_of_syncro() {
    let (url, heard) = receiver().await;
    let talk = Talk::with(Syncro::builder().account("acme").webhook(url, ALL)).await;
    let customer = talk
        .made("/customers", json!({"business_name": "Garage Bos"}))
        .await;
    let customer = customer["customer"]["id"].as_i64().unwrap();
    let ticket = talk
        .made(
            "/tickets",
            json!({"customer_id": customer, "subject": "Slow"}),
        )
        .await;
    let ticket = ticket["ticket"]["id"].as_i64().unwrap();
    let path = format!("/tickets/{ticket}");
    talk.put(&path, json!({"status": "Waiting on Customer"}))
        .await;
    talk.put(&path, json!({"status": "Resolved"})).await;
    let comment = json!({"subject": "Update", "body": "Done", "hidden": true});
    talk.made(&format!("{path}/comment"), comment).await;
    let body = json!({"customer_id": customer, "number": "9", "date": "2026-01-01"});
    let invoice = talk.made("/invoices", body).await;
    talk.server
        .pay(invoice["invoice"]["id"].as_i64().unwrap(), 1_000);
    talk.server.insert(
        "rmm_alerts",
        json!({"customer_id": customer, "description": "Disk"}),
    );
    talk.server.webhooks_sent().await;
    assert_eq!(
        first_lines(&heard),
        [
            "New Customer Created!",
            "A Ticket was created",
            "A Ticket status was changed to Waiting on Customer",
            "A Ticket was updated",
            "A Ticket status was changed to Resolved",
            "A Ticket was resolved",
            "A Ticket was updated",
            "A comment was added to a Ticket",
            "New Invoice Created!",
            "New Payment Received!",
            "New RMM Alert!",
        ]
    );
    let heard = heard.lock().unwrap();
    let keys: Vec<&String> = heard[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["attributes", "html", "link", "text"]);
    assert_eq!(
        heard[0]["link"],
        format!("https://acme.syncromsp.com/customers/{customer}")
    );
    assert_eq!(heard[0]["attributes"]["id"], customer);
    assert_eq!(
        heard[1]["link"],
        format!("https://acme.syncromsp.com/tickets/{ticket}")
    );
    assert_eq!(heard[1]["attributes"]["customer"]["id"], customer);
    assert!(heard[1]["attributes"]["comments"].is_array());
    assert_eq!(heard[7]["attributes"]["ticket_id"], ticket);
    assert_eq!(heard[10]["attributes"]["resolved"], "false");
    let deliveries = talk.server.deliveries();
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.status == Some(200))
    );
    assert_eq!(deliveries[1].event, "ticket_created");
}

#[tokio::test]
async fn only_the_events_that_are_named_are_told() {
    let (url, heard) = receiver().await;
    let builder = Syncro::builder().webhook(url, ["ticket_created"]);
    let talk = Talk::with(builder).await;
    let customer = talk.customer();
    let id = talk.ticket(customer);
    talk.server
        .edit("tickets", id, json!({"status": "Resolved"}));
    talk.server.webhooks_sent().await;
    assert_eq!(first_lines(&heard), ["A Ticket was created"]);
    talk.server.set_webhook(None);
    talk.ticket(customer);
    talk.server.webhooks_sent().await;
    assert_eq!(heard.lock().unwrap().len(), 1);
}

/// The ids that came, in the order they came, with these faults; and those that did not.
async fn told_with(faults: WebhookFaults) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
    let (url, heard) = receiver().await;
    let builder = Syncro::builder()
        .random(7)
        .webhook(url, ALL)
        .webhook_faults(faults);
    let talk = Talk::with(builder).await;
    let ids: Vec<i64> = (0..40)
        .map(|n| {
            talk.server
                .insert("customers", json!({"business_name": format!("B{n}")}))
        })
        .collect();
    talk.server.webhooks_sent().await;
    let dropped = talk.server.dropped_deliveries();
    let dropped = dropped.iter().map(|delivery| delivery.id).collect();
    let heard = heard.lock().unwrap();
    let came = heard
        .iter()
        .map(|body| body["attributes"]["id"].as_i64().unwrap())
        .collect();
    (ids, came, dropped)
}

#[tokio::test]
async fn webhooks_are_lost_doubled_and_reordered_as_the_seed_has_it() {
    let (ids, came, dropped) = told_with(WebhookFaults {
        drop: 0.3,
        ..WebhookFaults::default()
    })
    .await;
    let kept: Vec<i64> = ids
        .iter()
        .copied()
        .filter(|id| !dropped.contains(id))
        .collect();
    assert_eq!(came, kept);
    assert!((5..=20).contains(&dropped.len()), "{}", dropped.len());
    let (ids, came, _) = told_with(WebhookFaults {
        duplicate: 1.0,
        ..WebhookFaults::default()
    })
    .await;
    let twice: Vec<i64> = ids.iter().flat_map(|id| [*id, *id]).collect();
    assert_eq!(came, twice);
    for faults in [
        WebhookFaults {
            reorder: 0.4,
            ..WebhookFaults::default()
        },
        WebhookFaults {
            late: 0.4,
            ..WebhookFaults::default()
        },
    ] {
        let (ids, came, _) = told_with(faults.clone()).await;
        assert_ne!(came, ids);
        let mut sorted = came.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ids);
        assert_eq!(
            told_with(faults).await.1,
            came,
            "the same seed means the same order"
        );
    }
}
