use std::sync::{Arc, Mutex, PoisonError};

use api_core::{Exchange, ExchangeObserver};
use smartcrm_client::{Client, Entity, ErrorKind, ListParams, Profile, SecretString, SendOutcome};
use wiremock::matchers::query_param;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{TOKEN, answer, builder, client, on, server, text};

#[tokio::test]
async fn a_ping_tells_the_version() {
    let server = server().await;
    answer(&server, on("GET", "ping"), 200, "common/pong.json").await;
    let pong = client(&server).ping().await.unwrap();
    assert_eq!(pong.message.as_deref(), Some("pong"));
    assert_eq!(pong.version.as_deref(), Some("3.2.1"));
    assert!(!pong.by_list);
}

#[tokio::test]
async fn a_server_without_a_ping_route_is_asked_for_one_client() {
    for (ping, list_status, list) in [
        (
            "common/unknown_method.json",
            200,
            "clients/list_page_1.json",
        ),
        ("common/no_data.json", 404, "common/no_data.json"),
        ("common/login_page.html", 404, "common/no_data.json"),
    ] {
        let server = server().await;
        answer(&server, on("GET", "ping"), 404, ping).await;
        let one = on("GET", "clients")
            .and(query_param("page", "1"))
            .and(query_param("per_page", "1"));
        answer(&server, one, list_status, list).await;
        assert!(client(&server).ping().await.unwrap().by_list, "{ping}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_told_as_such_whatever_the_status() {
    for (status, fixture) in [
        (404, "common/token_not_found.json"),
        (401, "common/token_not_found.json"),
        (401, "common/login_page.html"),
        (403, "common/token_not_found.json"),
        (200, "common/token_not_found.json"),
    ] {
        let server = server().await;
        answer(&server, on("GET", "ping"), status, fixture).await;
        let error = client(&server).ping().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{status} {fixture}");
        assert!(error.help_text().is_some() || status == 200);
    }
}

#[tokio::test]
async fn a_wrong_address_is_not_an_api() {
    let server = server().await;
    answer(&server, on("GET", "ping"), 404, "common/login_page.html").await;
    answer(&server, on("GET", "clients"), 404, "common/login_page.html").await;
    let error = client(&server).ping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert!(error.help_text().unwrap().contains("api_url"));
    assert!(error.excerpt_str().unwrap().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn nothing_but_json_is_read_as_an_answer() {
    for (status, fixture, kind) in [
        (200, "common/login_page.html", ErrorKind::NotAnApi),
        (200, "common/captcha.html", ErrorKind::NotAnApi),
        (403, "common/captcha.html", ErrorKind::NotAnApi),
        (200, "common/php_notice.txt", ErrorKind::NotAnApi),
        (200, "common/truncated.json", ErrorKind::Decode),
        (200, "common/status_false.json", ErrorKind::Validation),
        (503, "common/captcha.html", ErrorKind::Unavailable),
    ] {
        let server = server().await;
        answer(&server, on("GET", "leads"), status, fixture).await;
        let error = client(&server)
            .resource(Entity::Leads)
            .list(&ListParams::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {fixture}");
    }
}

#[tokio::test]
async fn an_empty_body_is_not_an_empty_list() {
    let server = server().await;
    on("GET", "leads")
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .leads()
        .list(&ListParams::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAnApi);
    assert!(error.message().contains("empty"), "{error}");
}

#[tokio::test]
async fn a_redirect_to_another_host_gets_no_token() {
    let elsewhere = MockServer::start().await;
    let server = server().await;
    on("GET", "ping")
        .respond_with(ResponseTemplate::new(302).insert_header(
            "location",
            elsewhere.uri().replace("127.0.0.1", "localhost"),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).ping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_server_that_is_down_was_sent_nothing() {
    // A port that was free a moment ago.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let client = builder(&format!("http://127.0.0.1:{port}"))
        .build()
        .unwrap();
    let error = client.ping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait() {
    let server = server().await;
    on("GET", "leads")
        .respond_with(
            ResponseTemplate::new(429)
                .insert_header("retry-after", "17")
                .set_body_raw(text("common/rate_limit.json"), "application/json"),
        )
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .leads()
        .list(&ListParams::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after_hint().unwrap().as_secs(), 17);
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl ExchangeObserver for Log {
    fn exchange(&self, exchange: &Exchange) {
        let line = serde_json::to_string(exchange).unwrap();
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(line);
    }
}

#[tokio::test]
async fn no_exchange_and_no_debug_text_shows_a_token() {
    let server = server().await;
    answer(&server, on("GET", "ping"), 200, "common/pong.json").await;
    let log = Arc::new(Log::default());
    let builder = builder(&server.uri())
        .client_token(SecretString::from("second-t0ken-planted".to_owned()))
        .observer(log.clone());
    let shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    client.ping().await.unwrap();
    let lines = log
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .join("\n");
    assert!(lines.contains("\"operation\":\"ping\""), "{lines}");
    let shown = format!("{shown} {client:?} {:?} {lines}", client.clients());
    assert!(!shown.contains(TOKEN), "{shown}");
    assert!(!shown.contains("second-t0ken"), "{shown}");
}

#[tokio::test]
async fn no_profile_shows_a_token_in_an_exchange() {
    for name in Profile::NAMES {
        let server = server().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(404).set_body_json(serde_json::json!({
                "status": false, "message": format!("Token is not found: {TOKEN}")
            })))
            .mount(&server)
            .await;
        let log = Arc::new(Log::default());
        let client = builder(&server.uri())
            .profile(Profile::named(name).unwrap())
            .observer(log.clone())
            .build()
            .unwrap();
        let error = client.ping().await.unwrap_err();
        let lines = log
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join("\n");
        assert!(lines.contains("404"), "{lines}");
        let shown = format!("{lines} {error} {error:?} {:?}", client.profile());
        assert!(!shown.contains(TOKEN), "{name}: {shown}");
    }
}

#[test]
fn what_cannot_work_is_told_before_anything_is_sent() {
    let token = || SecretString::from(TOKEN.to_owned());
    let fails = |builder: smartcrm_client::ClientBuilder| {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.send_outcome(), SendOutcome::NotSent);
        error
    };
    fails(Client::builder("crm.example.com", token()));
    fails(Client::builder("http://crm.example.com", token()));
    fails(Client::builder(
        "https://crm.example.com",
        SecretString::from(String::new()),
    ));
    fails(Client::builder("https://crm.example.com", token()).batch_size(0));
    fails(Client::builder("https://crm.example.com", token()).ca_file("/does/not/exist.pem"));
    let v2 = Client::builder("https://crm.example.com", token()).uses([Entity::Products]);
    let error = fails(v2.clone());
    assert!(error.message().contains("products"), "{error}");
    assert!(error.help_text().unwrap().contains("client_token"));
    fails(v2.clone().client_token(SecretString::from(" ".to_owned())));
    v2.client_token(token()).build().unwrap();
    let perfex = Client::builder("https://crm.example.com", token())
        .profile(Profile::perfex())
        .uses([Entity::Stock]);
    let error = fails(perfex);
    assert!(error.message().contains("perfex has no stock"), "{error}");
}

#[tokio::test]
async fn a_failing_server_is_quoted_in_the_error() {
    // Guards the guard: the catch-all names what it did not expect.
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(|request: &wiremock::Request| {
            ResponseTemplate::new(500).set_body_json(serde_json::json!({
                "status": false, "message": format!("unexpected request: {}", request.url.path())
            }))
        })
        .mount(&server)
        .await;
    let error = client(&server).ping().await.unwrap_err();
    assert!(error.message().contains("/index.php/api/ping"), "{error}");
}
