//! The sandbox's own routes, and a person at work in the account.

use koppel_sandbox::syncro::{Size, Syncro};
use serde_json::{Value, json};

use super::talk::Talk;

async fn control(talk: &Talk, method: &str, path: &str, body: Value) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{path}", talk.server.control_url());
    let answer = http
        .request(method.parse().unwrap(), url)
        .json(&body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_person_works_in_the_account_over_the_control_routes() {
    let talk = Talk::with(Syncro::builder().seed(Size::of_customers(2))).await;
    let (status, made) = control(
        &talk,
        "POST",
        "records/customers",
        json!({"business_name": "Z"}),
    )
    .await;
    assert_eq!(status, 201);
    let path = format!("records/customers/{}", made["id"]);
    assert_eq!(
        control(&talk, "PUT", &path, json!({"city": "Breda"}))
            .await
            .0,
        200
    );
    let (_, read) = control(&talk, "GET", &path, Value::Null).await;
    assert_eq!(
        (&read["business_name"], &read["city"]),
        (&json!("Z"), &json!("Breda"))
    );
    assert_eq!(control(&talk, "DELETE", &path, Value::Null).await.0, 200);
    assert_eq!(control(&talk, "GET", &path, Value::Null).await.0, 404);
    let invoice = talk.server.ids("invoices")[1];
    let payment = json!({"invoice": invoice, "cents": 100});
    assert_eq!(control(&talk, "POST", "pay", payment).await.0, 201);
    let (_, state) = control(&talk, "GET", "state", Value::Null).await;
    assert_eq!(state["records"]["customers"], 2);
    assert_eq!(state["records"]["payments"], 2);
    assert_eq!(
        (&state["account"], &state["applied"]),
        (&json!("demo"), &json!(0))
    );
    let (status, refused) = control(&talk, "POST", "nothing", Value::Null).await;
    assert_eq!(status, 404);
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("records/RESOURCE/ID")
    );
}

#[tokio::test]
async fn faults_drift_and_webhooks_are_set_over_the_control_routes() {
    let talk = Talk::new().await;
    let fault = json!({"kind": {"page_too_big": {"over": 10}}, "on": {"entity": "customers"}});
    assert_eq!(control(&talk, "POST", "faults", fault).await.0, 201);
    assert_eq!(
        talk.raw(talk.request("GET", "/customers?per_page=11"))
            .await
            .0,
        504
    );
    assert_eq!(
        control(&talk, "POST", "drift", json!({"every": 1})).await.0,
        200
    );
    talk.customer();
    talk.got("/customers").await;
    assert_eq!(talk.server.drifted().deleted.len(), 1);
    assert_eq!(control(&talk, "DELETE", "drift", Value::Null).await.0, 200);
    let webhook =
        json!({"url": "http://127.0.0.1:9/x", "events": ["lead_created"], "faults": {"drop": 1.0}});
    assert_eq!(control(&talk, "POST", "webhook", webhook).await.0, 200);
    talk.server.insert("leads", json!({"first_name": "A"}));
    let (_, told) = control(&talk, "GET", "webhooks", Value::Null).await;
    assert_eq!(told["dropped"][0]["event"], "lead_created");
    assert_eq!(told["webhooks"], json!([]));
    assert_eq!(
        control(&talk, "DELETE", "webhook", Value::Null).await.0,
        200
    );
}

#[tokio::test]
async fn what_a_person_does_is_not_journalled_and_ids_are_not_given_twice() {
    let talk = Talk::with(Syncro::builder().first_id(5_560_138_523)).await;
    let server = &talk.server;
    let set = server.insert(
        "customers",
        json!({"id": 5_560_138_600_i64, "business_name": "A"}),
    );
    assert_eq!(set, 5_560_138_600);
    let next = talk.made("/customers", json!({"business_name": "B"})).await;
    assert_eq!(next["customer"]["id"], 5_560_138_601_i64);
    server.edit(
        "customers",
        set,
        json!({"updated_at": "2026-01-02T03:04:05Z"}),
    );
    let record = server.record("customers", set).unwrap();
    assert_eq!(record["updated_at"], "2026-01-02T03:04:05.000Z");
    server.delete("customers", set);
    assert_eq!(server.record("customers", set), None);
    assert_eq!(server.journal().len(), 1);
    assert!(
        server
            .try_insert("phones", json!({"customer_id": 1, "number": "1"}))
            .is_err()
    );
    assert!(server.try_insert("nothing", json!({})).is_err());
}

#[tokio::test]
async fn the_same_seed_makes_the_same_account() {
    let records = async || {
        let builder = Syncro::builder().seed(Size::of_customers(6)).random(3);
        let talk = Talk::with(builder).await;
        ["customers", "tickets", "invoices", "payments", "rmm_alerts"]
            .map(|name| talk.server.records(name))
    };
    let (mut one, mut two) = (records().await, records().await);
    // Phones and lines get the server's own times.
    for customer in one[0].iter_mut().chain(&mut two[0]) {
        customer["phones"] = Value::Null;
    }
    for invoice in one[2].iter_mut().chain(&mut two[2]) {
        invoice["line_items"] = Value::Null;
        invoice["payments"] = Value::Null;
    }
    assert_eq!(one[..3], two[..3]);
    assert_eq!(one[4], two[4]);
}
