//! Nothing that can log in somewhere shows anywhere.

use std::sync::{Arc, Mutex};

use api_core::{Exchange, ExchangeObserver};
use serde_json::json;
use simplycrm_ws::Params;
use wiremock::ResponseTemplate;

use crate::support::{
    CHALLENGE, KEY, PROOF, SESSION, builder, challenge, get, no, post, server, yes,
};

/// Keeps all exchanges as text.
#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl ExchangeObserver for Log {
    fn exchange(&self, exchange: &Exchange) {
        let json = serde_json::to_string(exchange).unwrap();
        self.0.lock().unwrap().push(format!("{json} {exchange:?}"));
    }
}

#[tokio::test]
async fn no_secret_shows_even_when_the_server_repeats_it() {
    let server = server().await;
    get("getchallenge")
        .respond_with(challenge(CHALLENGE))
        .mount(&server)
        .await;
    let repeats = format!("You sent {PROOF} for {CHALLENGE} with {KEY} and {SESSION}.");
    post("login")
        .respond_with(no(
            "INVALID_AUTH_TOKEN",
            &format!("{PROOF} for {CHALLENGE} with {KEY} is wrong."),
        ))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    post("login")
        .respond_with(ResponseTemplate::new(200).set_body_string(format!(
            "<br />\nWarning: {PROOF} {CHALLENGE} {KEY}<br />\n{}",
            json!({"success": true, "result": {
                "sessionName": SESSION, "userId": "19x1", "accesskey": KEY,
                "user_hash": "h4sh-h4sh-0001",
            }})
        )))
        .expect(1)
        .mount(&server)
        .await;
    get("retrieve")
        .respond_with(yes(json!({
            "id": "19x1", "user_password": "$1$h4sh-h4sh-0001", "confirm_password": "p4ss-p4ss-0001",
            "accesskey": "an0ther-k3y-0001", "user_name": "admin", "imagename": repeats,
        })))
        .expect(1)
        .mount(&server)
        .await;
    post("changePassword")
        .respond_with(no(
            "INVALID_OLD_PASSWORD",
            &format!("{repeats} 0ld-passw0rd-1 is wrong."),
        ))
        .expect(1)
        .mount(&server)
        .await;
    get("query")
        .respond_with(ResponseTemplate::new(200).set_body_string(format!(
            "<br />\n<b>Fatal error</b>: {repeats} sessionName={SESSION}"
        )))
        .expect(1)
        .mount(&server)
        .await;
    post("logout")
        .respond_with(no("INTERNAL_SERVER_ERROR", &repeats))
        .expect(1)
        .mount(&server)
        .await;
    let log = Arc::new(Log::default());
    let (seen, take) = crate::support::warnings();
    let start = builder(&server)
        .observer(Arc::clone(&log) as Arc<dyn ExchangeObserver>)
        .on_warning(take);
    let mut shown = vec![format!("{start:?}")];
    let client = start.build().unwrap();
    let login = client.login().await.unwrap();
    shown.push(format!("{login:?}"));
    let user = Params::new().with("id", "19x1");
    client.call("retrieve", user).await.unwrap();
    let change = Params::new()
        .with("id", "19x1")
        .with_secret("oldPassword", "0ld-passw0rd-1".into());
    shown.push(format!("{change:?}"));
    for error in [
        client.call("changePassword", change).await.unwrap_err(),
        client.call("query", Params::new()).await.unwrap_err(),
    ] {
        shown.push(format!(
            "{error} {error:?} {:?} {:?} {:?}",
            error.summary(),
            error.help_text(),
            error.excerpt_str()
        ));
    }
    client.logout().await;
    shown.push(format!("{client:?}"));
    let warnings = seen.lock().unwrap().clone();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    shown.push(format!("{warnings:?} {}", warnings[0]));
    let log = log.0.lock().unwrap().clone();
    assert_eq!(log.len(), 8);
    shown.extend(log);
    for text in shown {
        for secret in [
            KEY,
            CHALLENGE,
            PROOF,
            SESSION,
            "h4sh-h4sh-0001",
            "p4ss-p4ss-0001",
            "an0ther-k3y-0001",
            "0ld-passw0rd-1",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
