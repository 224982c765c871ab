//! Secrets stay out of everything that is shown.

use std::sync::{Arc, Mutex};

use api_core::transport::{FakeTransport, Reply};
use api_core::{Exchange, ExchangeObserver};
use serde_json::json;
use syncro_client::{Customer, CustomerId, Json, Vendor};

use crate::support::scripted;

/// Keeps everything that is offered for a log.
#[derive(Debug, Default)]
struct Log(Mutex<String>);

impl ExchangeObserver for Log {
    fn exchange(&self, exchange: &Exchange) {
        let line = format!("{exchange:?}{}", serde_json::to_string(exchange).unwrap());
        self.0.lock().unwrap().push_str(&line);
    }
}

const LINK: &str = "https://acme.syncromsp.com//my_profile/v2/index?portal_key=p1antedkey77";

#[tokio::test]
async fn neither_login_links_nor_tokens_nor_passwords_nor_echoes_are_shown() {
    let log = Arc::new(Log::default());
    let script = FakeTransport::new();
    script.push_all([
        Reply::json(
            200,
            &json!({"customer": {
                "id": 5, "email": "jo@cable.example", "online_profile_url": LINK,
                "contacts": [{"id": 6, "link": LINK}], "future": {"portal_key": "p1antedkey78"}
            }}),
        ),
        Reply::json(
            200,
            &json!({
                "user_token": "p1antedkey79", "user_name": "Ada", "subdomain": "acme"
            }),
        ),
        Reply::json(
            422,
            &json!({
                "success": false, "message": ["Email can't be blank"],
                "params": {"password": "p1antedkey80", "note": "p1antedkey81"}
            }),
        ),
        Reply::json(
            422,
            &json!({
                "errors": "Name can't be blank", "record": {"note": "p1antedkey82"},
                "params": {"note": "p1antedkey83"}
            }),
        ),
    ]);
    let client = scripted(&script).observer(log.clone()).build().unwrap();
    let customer = client.customers().get(CustomerId::new(5)).await.unwrap();
    assert_eq!(customer.online_profile_url.as_deref(), Some(LINK));
    let me = client.me().await.unwrap();
    let mut shown = format!("{customer:?} {customer:#?} {me:?}");
    for _ in 0..2 {
        let error = client
            .vendors()
            .create(&Vendor::default())
            .await
            .unwrap_err();
        shown.push_str(&format!(
            "{error} {error:?} {error:#?} {:?} {}",
            error.excerpt_str(),
            serde_json::to_string(&error.summary()).unwrap()
        ));
    }
    shown.push_str(&log.0.lock().unwrap());
    for number in 77..=83 {
        let secret = format!("p1antedkey{number}");
        assert!(!shown.contains(&secret), "{secret} in {shown}");
    }
    // What is shown is of use all the same.
    assert!(shown.contains("jo@cable.example") && shown.contains("portal_key=[redacted]"));
    assert!(shown.contains("Email can't be blank"));
}

#[test]
fn a_record_that_cannot_be_read_shows_no_link_in_its_excerpt() {
    let body = json!({"customers": [
        {"id": 1, "created_at": 7, "online_profile_url": LINK}
    ]});
    let page = syncro_client::testing::decode::<Customer>(body.to_string().as_bytes()).unwrap();
    let bad = page[0].bad().unwrap();
    let shown = format!("{bad} {bad:?}");
    assert!(!shown.contains("p1antedkey"), "{shown}");
    let record = Json::parse(&body["customers"][0].to_string()).unwrap();
    let error = Customer::from_json(&record).unwrap_err();
    assert!(!format!("{error:?}").contains("p1antedkey"));
}
