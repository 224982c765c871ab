use std::sync::{Arc, Mutex};

use api_core::{Exchange, ExchangeObserver};
use http::Method;
use snelstart_client::{Client, ErrorKind, SecretString};
use wiremock::Mock;
use wiremock::matchers::{any, path};

use crate::support::{
    API_KEY, KEY, TOKEN, bare_server, builder, keys, login, on, reply, server, token,
};

#[tokio::test]
async fn both_keys_are_trimmed_at_their_ends_and_their_case_is_kept() {
    let server = server().await;
    on("GET", "/landen")
        .respond_with(reply(200, "[]"))
        .expect(1)
        .mount(&server)
        .await;
    let client = Client::builder(
        SecretString::from(format!("\u{feff} {API_KEY}\r\n")),
        SecretString::from(format!("\t{KEY} \n")),
    )
    .base_url(format!("{}/v2/", server.uri()))
    .token_url(format!(" {}/b2b/token ", server.uri()))
    .build()
    .unwrap();
    client.raw(Method::GET, "/landen", &[], None).await.unwrap();
}

#[test]
fn a_blank_inside_a_key_is_an_error_that_names_the_key() {
    let build = |api: &str, key: &str| {
        Client::builder(
            SecretString::from(api.to_owned()),
            SecretString::from(key.to_owned()),
        )
        .build()
        .unwrap_err()
    };
    for (api, key, named) in [
        ("hid den", "good", "API key"),
        ("", "good", "API key"),
        ("good", "hid\nden", "koppelsleutel"),
        ("good", " \n ", "koppelsleutel"),
        ("good", "hid\u{200b}den", "koppelsleutel"),
        ("good", "hiddén", "koppelsleutel"),
    ] {
        let error = build(api, key);
        assert_eq!(error.kind(), ErrorKind::Config);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(named), "{shown}");
        assert!(!shown.contains("hid"), "{shown}");
    }
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<String>>);

impl ExchangeObserver for Heard {
    fn exchange(&self, exchange: &Exchange) {
        let all = format!("{exchange:?} {}", serde_json::to_string(exchange).unwrap());
        self.0.lock().unwrap().push(all);
    }
}

#[tokio::test]
async fn no_exchange_error_or_debug_output_shows_a_key_or_a_token() {
    let server = bare_server().await;
    let echo = format!(r#"{{"message":"subscription-key={API_KEY} clientkey={KEY} {TOKEN}"}}"#);
    login()
        .respond_with(token(TOKEN, 3_599))
        .mount(&server)
        .await;
    Mock::given(any())
        .and(path("/v2/landen"))
        .respond_with(reply(400, &echo))
        .expect(1)
        .mount(&server)
        .await;
    let heard = Arc::new(Heard::default());
    let settings = builder(&server).observer(heard.clone());
    let shown = format!("{settings:?}");
    let client = settings.build().unwrap();
    let error = client
        .raw(Method::GET, "/landen", &[], None)
        .await
        .unwrap_err();
    let heard = heard.0.lock().unwrap().join("\n");
    assert!(heard.contains("/b2b/token"), "{heard}");
    let shown = format!("{shown} {client:?} {error} {error:?} {heard}");
    for secret in [API_KEY, KEY, TOKEN, "a29wcGVs%2Bc2xldXRlbA%2Fpl4nted%3D%3D"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn an_address_that_cannot_work_is_refused_when_building() {
    for (url, why) in [
        ("http://b2bapi.example.com/v2", "plain http"),
        ("ftp://b2bapi.example.com", "https"),
        ("https://user:pass@b2bapi.example.com", "password"),
        ("https://b2bapi.example.com/v2?subscription-key=x", "`?`"),
        ("b2bapi", "cannot be read"),
    ] {
        let error = keys().base_url(url).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(why), "{error}");
        let error = keys().token_url(url).build().unwrap_err();
        assert!(error.message().contains("token_url"), "{error}");
    }
    assert!(keys().time_zone("Mars/Olympus").build().is_err());
}
