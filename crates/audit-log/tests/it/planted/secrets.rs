//! Secrets.

use std::sync::Arc;

use api_core::redact::Known;
use api_core::transport::Reply;
use api_core::{Authorize, Bearer, Call, Caller, FakeTransport, HeaderToken, RetryPolicy, Safety};
use audit_log::{
    AuditLog, Bodies, Entry, EventName, Level, MaskOptions, Observer, PersonalData, mask,
};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;

use super::{assert_none, everything, log};
use crate::support::Place;

/// Names that only secrets have, in the spellings of the systems.
const NAMES: &[&str] = &[
    "password",
    "api_key",
    "X-Api-Key",
    "access_token",
    "clientSecret",
    "authtoken",
    "Ocp-Apim-Subscription-Key",
    "koppelsleutel",
    "sessionName",
    "_session",
    "accesskey",
    "accessKey",
    "portal_key",
    "user[password]",
    "refresh_token",
    "PHPSESSID",
    "client_key",
];

/// Logins in the forms in which our clients send theirs.
fn logins(secret: &str) -> Vec<Arc<dyn Authorize>> {
    vec![
        Arc::new(Bearer::new(secret.into())),
        Arc::new(HeaderToken::new(
            http::HeaderName::from_static("authtoken"),
            secret.into(),
        )),
        Arc::new(HeaderToken::new(
            http::HeaderName::from_static("ocp-apim-subscription-key"),
            secret.into(),
        )),
        Arc::new(HeaderToken::new(
            http::HeaderName::from_static("authorization"),
            format!("Basic {secret}").into(),
        )),
        Arc::new(HeaderToken::new(
            http::HeaderName::from_static("cookie"),
            format!("PHPSESSID={secret}").into(),
        )),
    ]
}

async fn talk(
    log: &AuditLog,
    login: Arc<dyn Authorize>,
    request: http::Request<Bytes>,
    reply: Reply,
) {
    let fake = FakeTransport::new();
    fake.push(reply);
    let caller = Caller::builder(fake)
        .auth(login)
        .retry(RetryPolicy::never())
        .observer(Observer::new(log.clone(), "smartcrm", "shop"))
        .build()
        .unwrap();
    drop(
        caller
            .call(Call::new("x", "/api/x", Safety::Create, request))
            .await,
    );
}

#[tokio::test]
async fn no_secret_of_a_login_is_in_the_file_wherever_the_remote_repeats_it() {
    let secret = "Kq7vTz4XwP9sLm2BnR8d";
    for personal_data in [PersonalData::Mask, PersonalData::Keep] {
        let place = Place::sqlite();
        let log = place
            .builder()
            .personal_data(personal_data)
            .open()
            .await
            .unwrap();
        let mut asked = 0;
        for login in logins(secret) {
            let replies = [
                Reply::json(
                    401,
                    &json!({"message": format!("Token {secret} is not valid.")}),
                ),
                Reply::json(
                    200,
                    &json!({"echo": {"text": secret, "status": secret, "id": secret}}),
                ),
                Reply::html(500, &format!("<p>Bad token: {secret}</p>")),
                Reply::new(400, format!("{{\"error\":\"{secret} is wr")),
                Reply::new(200, format!("x={secret}")),
                Reply::json(200, &json!({}))
                    .header("set-cookie", &format!("sid={secret}"))
                    .header(
                        "location",
                        &format!("https://crm.test/x?token={secret}&next={secret}"),
                    )
                    .header("x-request-id", secret)
                    .header("x-unheard-of", secret),
            ];
            for reply in replies {
                let request =
                    http::Request::post(format!("https://crm.test/api/x?token={secret}&a=b"))
                        .header("content-type", "application/json")
                        .body(Bytes::from(
                            json!({"password": secret, "deep": [{"api_key": {"x": secret}}]})
                                .to_string(),
                        ))
                        .unwrap();
                talk(&log, Arc::clone(&login), request, reply).await;
                asked += 1;
            }
        }
        assert_eq!(log.lost(), 0);
        log.close().await.unwrap();
        assert_eq!(place.int("SELECT COUNT(*) FROM audit_body").await, asked);
        assert_none(
            &everything(&place).await,
            &[secret.to_owned(), secret[..12].to_owned()],
        );
    }
}

#[tokio::test]
async fn a_secret_the_log_knows_is_in_no_entry_however_it_is_written() {
    let secret = "pä/ss+w0rd \"x\" & <y>'";
    let place = Place::sqlite();
    let log = place
        .builder()
        .personal_data(PersonalData::Keep)
        .secrets(Known::new([secret.into()]))
        .open()
        .await
        .unwrap();
    let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let html = secret
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#039;");
    let mut entry = Entry::new(
        Level::Error,
        EventName::LogMessage,
        format!("It was {secret}."),
    )
    .detail("text", format!("again {secret}"))
    .detail("list", json!([{"deep": secret}]))
    .code(secret)
    .request_id(secret)
    .record(secret);
    let slashed = json!(secret).to_string().replace('/', "\\/");
    let bodies = Bodies {
        url: format!(
            "https://crm.test/x?a={percent}&b={}",
            percent.replace('+', "%20")
        ),
        request: json!({"whatever": secret, "nested": json!({"x": secret}).to_string()})
            .to_string(),
        response: format!("<p>{html}</p> {slashed} {percent}"),
        ..Bodies::default()
    };
    entry = entry.bodies(bodies);
    log.append(entry).await.unwrap();
    log.close().await.unwrap();
    let found = everything(&place).await;
    assert!(found.contains("[redacted]"));
    assert_none(
        &found,
        &[
            secret.to_owned(),
            html,
            percent.clone(),
            percent.replace('+', "%20"),
        ],
    );
}

#[tokio::test]
async fn the_file_of_a_log_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::sqlite();
    let log = log(&place).await;
    let mode = std::fs::metadata(place.database())
        .unwrap()
        .permissions()
        .mode();
    log.close().await.unwrap();
    assert_eq!(mode & 0o777, 0o600);
}

fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z0-9]{12,40}".prop_map(|core| format!("S3{core}"))
}

fn masked(request: &str, response: &str, address: &str, personal_data: PersonalData) -> String {
    let bodies = Bodies {
        url: address.to_owned(),
        request: request.to_owned(),
        response: response.to_owned(),
        ..Bodies::default()
    };
    let mut entry = Entry::new(Level::Error, EventName::HttpExchange, "It failed.")
        .status(500)
        .bodies(bodies);
    let options = MaskOptions {
        personal_data,
        ..MaskOptions::default()
    };
    mask::entry(&mut entry, &options);
    let bodies = entry.bodies.unwrap_or_default();
    // Debugging shows no bodies.
    format!(
        "{} {} {} {}",
        entry.message, bodies.url, bodies.request, bodies.response
    )
}

proptest! {
    #[test]
    fn a_secret_under_its_name_goes_from_every_place_and_when_cut_off(
        secret in secret(),
        name in proptest::sample::select(NAMES),
        form in 0..7_usize,
        cut in 0..200_usize,
        keep in any::<bool>(),
    ) {
        let personal_data = if keep { PersonalData::Keep } else { PersonalData::Mask };
        let body = match form {
            0 => json!({"a": 1, name: secret}).to_string(),
            1 => json!({"a": [{name: [{"deep": secret}]}]}).to_string(),
            2 => json!({"inner": json!({name: secret}).to_string()}).to_string(),
            3 => json!({"fields": [{"name": name, "value": secret}, {"value": secret, "name": name}]}).to_string(),
            4 => format!("a=1&{name}={secret}&b=2"),
            5 => format!("<p>{name}: {secret}</p>"),
            _ => json!({"error": {"message": format!("{name}={secret} is not valid")}}).to_string(),
        };
        let end = body.len() - cut.min(body.len() / 3);
        let broken = body.get(..end).unwrap_or(&body);
        let address = format!("https://crm.test/x?a=1&{name}={secret}#{name}={secret}");
        for (request, response) in [(body.as_str(), broken), (broken, body.as_str())] {
            let shown = masked(request, response, &address, personal_data);
            // In a list of fields that is cut off the name may be missing.
            if form != 3 || !keep {
                prop_assert!(!shown.contains(&secret[..8]), "{}", shown);
            }
        }
    }

    #[test]
    fn whatever_is_not_known_to_be_harmless_goes(
        secret in "[A-Z][A-Za-z0-9+/]{11,40}",
        name in proptest::sample::select(&["kenmerk", "custom_7", "cf_617", "oin", "x-thing"][..]),
    ) {
        let body = json!({"x": [{ name: secret, "list": [secret] }]}).to_string();
        let shown = masked(&body, &body, "https://crm.test/", PersonalData::Mask);
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }
}
