//! Being told to wait, in odd ways.

use std::sync::Arc;
use std::time::Duration;

use api_core::transport::{FakeTransport, Reply};
use api_core::{Clock, ManualClock};
use serde_json::json;
use syncro_client::{Client, ErrorKind};

use crate::support::{TOKEN, clock};

fn client(
    account: &str,
    clock: &Arc<ManualClock>,
    script: &FakeTransport,
) -> syncro_client::ClientBuilder {
    Client::builder(account, TOKEN.into())
        .clock(clock.clone())
        .transport(Arc::new(script.clone()))
        .max_retries(0)
}

#[tokio::test]
async fn a_wait_that_cannot_be_read_is_that_of_the_window_and_holds_for_all() {
    for header in ["-5", "soon", "", "1e3"] {
        let (clock, script) = (Arc::new(clock()), FakeTransport::new());
        script.push_all([
            Reply::json(429, &json!({})).header("retry-after", header),
            Reply::json(200, &json!({"user_id": 1})),
        ]);
        let one = client("acme", &clock, &script).build().unwrap();
        let other = client("reels", &clock, &script).build().unwrap();
        let error = one.me().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        let before = clock.now();
        other.me().await.unwrap();
        let waited = clock.now().duration_since(before);
        assert!(waited >= Duration::from_secs(60), "{header:?}: {waited:?}");
    }
}

#[tokio::test]
async fn a_wait_of_ages_does_not_stop_the_process_for_good() {
    let (clock, script) = (Arc::new(clock()), FakeTransport::new());
    script.push_all([
        Reply::json(429, &json!({})).header("retry-after", "99999999999999999999"),
        Reply::json(200, &json!({"user_id": 1})),
    ]);
    let client = client("acme", &clock, &script).build().unwrap();
    let error = client.me().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    client.me().await.unwrap_err();
    assert_eq!(script.request_count(), 1, "it is heeded for a while");
    clock.advance(Duration::from_secs(24 * 3_600));
    client.me().await.unwrap();
}

#[tokio::test]
async fn accounts_of_the_same_service_share_a_limit_however_their_address_is_written() {
    for (first, second, shared) in [
        (
            "https://acme.syncromsp.com/api/v1",
            "https://reels.syncromsp.com:443/api/v1",
            true,
        ),
        (
            "https://acme.syncromsp.com/api/v1",
            "https://ACME.syncromsp.com./api/v1",
            true,
        ),
        (
            "https://acme.repairshopr.com/api/v1",
            "https://reels.repairshopr.com/api/v1",
            true,
        ),
        (
            "https://acme.example/api/v1",
            "https://reels.example/api/v1",
            false,
        ),
    ] {
        let (clock, script) = (Arc::new(clock()), FakeTransport::new());
        script.push_all([
            Reply::json(429, &json!({})),
            Reply::json(200, &json!({"user_id": 1})),
        ]);
        let one = client("acme", &clock, &script)
            .base_url(first)
            .build()
            .unwrap();
        let other = client("reels", &clock, &script)
            .base_url(second)
            .build()
            .unwrap();
        one.me().await.unwrap_err();
        let before = clock.now();
        other.me().await.unwrap();
        let waited = clock.now().duration_since(before) >= Duration::from_secs(60);
        assert_eq!(waited, shared, "{first} {second}");
    }
}
