//! Keys, tokens, scopes.

use std::time::Duration;

use koppel_sandbox::snelstart::SnelStart;
use serde_json::Value;

use super::talk::Talk;

const KEY: &str = "Ocp-Apim-Subscription-Key";

#[tokio::test]
async fn the_gateway_wants_a_subscription_key_in_a_header_or_in_the_address() {
    let builder = SnelStart::builder().second_subscription_key("spare");
    let talk = Talk::with(builder).await;
    let url = format!("{}/companyInfo", talk.server.url());
    let bare = || talk.http.get(&url).bearer_auth(&talk.token);
    let missing = talk.send(bare()).await;
    assert_eq!(missing.status, 401);
    assert_eq!(missing.json()["statusCode"], 401);
    assert!(missing.text.contains("missing subscription key"));
    let wrong = talk.send(bare().header(KEY, "Demo-Subscription")).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("invalid subscription key"));
    let spare = talk.send(bare().header(KEY, "spare")).await;
    assert_eq!(spare.status, 200);
    let query = [("subscription-key", "demo-subscription")];
    assert_eq!(talk.send(bare().query(&query)).await.status, 200);
}

#[tokio::test]
async fn a_key_that_is_not_encoded_loses_its_plus() {
    let talk = Talk::new().await;
    talk.server.set_connection_key("a+b/c=");
    assert_eq!(talk.ask_token("a+b/c=").await.status, 200);
    let raw = talk
        .http
        .post(talk.server.token_url())
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=clientkey&clientkey=a+b/c=");
    assert_eq!(talk.send(raw).await.status, 400);
    assert_eq!(talk.ask_token("demo-koppelsleutel").await.status, 400);
}

#[tokio::test]
async fn the_halves_of_the_key_are_a_name_and_a_password() {
    let talk = Talk::new().await;
    // "naam:woord" in the alphabet of 64.
    talk.server.set_connection_key("bmFhbTp3b29yZA==");
    let ask = |password: &'static str| {
        let form = [
            ("grant_type", "password"),
            ("username", "naam"),
            ("password", password),
        ];
        talk.http.post(talk.server.token_url()).form(&form)
    };
    assert_eq!(talk.send(ask("woord")).await.status, 200);
    assert_eq!(talk.send(ask("other")).await.status, 400);
    let unknown = [("grant_type", "client_credentials")];
    let reply = talk
        .send(talk.http.post(talk.server.token_url()).form(&unknown))
        .await;
    assert_eq!(reply.status, 400);
    assert!(reply.json()["error_description"].is_string());
}

#[tokio::test]
async fn a_token_that_was_dropped_or_has_ended_is_a_401_of_the_api() {
    let mut talk = Talk::new().await;
    assert_eq!(talk.get("/landen").await.status, 200);
    talk.server.expire_tokens();
    let refused = talk.get("/landen").await;
    assert_eq!(refused.status, 401);
    assert!(refused.json()["Message"].is_string());
    talk.renew().await;
    assert_eq!(talk.get("/landen").await.status, 200);
    let short = Talk::with(SnelStart::builder().token_life(Duration::ZERO)).await;
    assert_eq!(short.get("/landen").await.status, 401);
}

fn claims(token: &str) -> Value {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut value, mut bytes) = (0, 0_usize, Vec::new());
    for c in token.split('.').nth(1).unwrap().chars() {
        value = (value << 6 | ALPHABET.find(c).unwrap()) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(value >> bits & 0xFF).unwrap());
        }
    }
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn a_missing_scope_is_a_403_and_the_token_tells_its_scopes() {
    let builder = SnelStart::builder().scopes(["settings:read", "relaties:read"]);
    let mut talk = Talk::with(builder).await;
    assert_eq!(claims(&talk.token)["scopes"], "settings:read relaties:read");
    assert_eq!(talk.get("/landen").await.status, 200);
    assert_eq!(talk.get("/relaties").await.status, 200);
    assert_eq!(talk.get("/verkoopfacturen").await.status, 403);
    assert_eq!(talk.get("/echo/hello").await.json(), "hello");
    talk.server.set_scopes(["orders:read"]);
    assert_eq!(talk.get("/landen").await.status, 200, "the token knows");
    talk.renew().await;
    assert_eq!(talk.get("/landen").await.status, 403);
    assert_eq!(talk.get("/verkoopfacturen").await.status, 200);
}

#[tokio::test]
async fn the_scopes_can_be_a_list() {
    let builder = SnelStart::builder().scopes(["a:read"]).scopes_as_list(true);
    let talk = Talk::with(builder).await;
    assert_eq!(claims(&talk.token)["scopes"], serde_json::json!(["a:read"]));
}
