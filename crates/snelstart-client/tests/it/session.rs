//! Logins that go wrong in ways that must not be taken for something else.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_core::transport::{FakeTransport, Reply};
use api_core::{Exchange, ExchangeObserver};
use http::Method;
use snelstart_client::{Code, Error, ErrorKind, RelationId, SendOutcome};
use uuid::Uuid;

use crate::support::{KEY, clock, keys, login_reply, scripted, token_with};

#[derive(Debug, Default)]
struct Kept(Mutex<Vec<String>>);

impl ExchangeObserver for Kept {
    fn exchange(&self, exchange: &Exchange) {
        let shown = format!("{exchange:?}");
        self.0.lock().unwrap().push(shown);
    }
}

/// What a call tells where the token host answers so, with its exchanges.
async fn refused(reply: Reply) -> (Error, String) {
    let script = FakeTransport::new();
    script.push(reply);
    let kept = Arc::new(Kept::default());
    let client = scripted(&script)
        .max_retries(0)
        .observer(Arc::clone(&kept) as Arc<dyn ExchangeObserver>)
        .build()
        .unwrap();
    let id = RelationId::new(Uuid::from_u128(7));
    let error = client.relations().get(&id).await.unwrap_err();
    let exchanges = kept.0.lock().unwrap().join("\n");
    (error, exchanges)
}

#[tokio::test]
async fn a_koppelsleutel_that_comes_back_escaped_is_not_shown() {
    let escaped = KEY.replace('+', "\\u002B").replace('/', "\\/");
    let long = format!("{}{KEY}", "x".repeat(480));
    for body in [
        format!(r#"{{"error":"Parameter clientkey ({escaped}) is no valid value"}}"#),
        format!(r#"{{"error":"no","modelState":{{"{escaped}":["{escaped}"]}}}}"#),
        format!(r#"[{{"message":"{long}"}},{{"message":"and more"}}]"#),
        format!("<p>{KEY}</p> is no key"),
    ] {
        let (error, exchanges) =
            refused(Reply::new(400, body.clone()).header("content-type", "application/json")).await;
        assert_eq!(
            Code::of(&error),
            Some(Code::ConnectionKeyRejected),
            "{body}"
        );
        let shown = format!("{error} {error:?} {:?} {exchanges}", error.summary());
        for part in ["a29wc", "c2xldX", "pl4nted"] {
            assert!(!shown.contains(part), "{part} of {body} in {shown}");
        }
    }
}

#[tokio::test]
async fn a_token_host_that_is_not_there_is_no_record_that_is_gone() {
    for (status, body) in [
        (404, r#"{"message":"No such page."}"#),
        (404, ""),
        (405, r#"{"message":"No such method."}"#),
        (409, "{}"),
        (410, ""),
        (413, "{}"),
    ] {
        let (error, _) = refused(Reply::new(status, body)).await;
        assert_eq!(error.kind(), ErrorKind::NotAnApi, "{status} {body}");
        assert_eq!(error.send_outcome(), SendOutcome::NotSent);
        assert!(error.help_text().unwrap().contains("token_url"));
    }
    let (error, _) = refused(Reply::new(403, "{}")).await;
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert_eq!(Code::of(&error), None, "no right of the koppelsleutel's");
}

#[tokio::test]
async fn a_token_dropped_before_its_first_use_is_renewed_unless_it_is_new() {
    for (waits, logins) in [(0, 1), (50 * 60, 2)] {
        let script = FakeTransport::new();
        script.push_all([
            login_reply(),
            Reply::status(401),
            login_reply(),
            Reply::json(200, &serde_json::json!([])),
        ]);
        let clock = clock();
        let client = keys()
            .clock(Arc::new(clock.clone()))
            .transport(Arc::new(script.clone()))
            .build()
            .unwrap();
        client.scopes().await.unwrap();
        clock.advance(Duration::from_secs(waits));
        let answer = client.raw(Method::GET, "/landen", &[], None).await;
        assert_eq!(answer.is_ok(), logins == 2, "{answer:?}");
        let asked = script.requests();
        let count = asked
            .iter()
            .filter(|request| request.uri().path() == "/b2b/token")
            .count();
        assert_eq!(count, logins);
    }
}

#[tokio::test]
async fn a_401_with_a_web_page_that_asks_for_a_token_costs_a_new_token() {
    for (challenge, renewed) in [(Some("Bearer realm=\"b2b\""), true), (None, false)] {
        let script = FakeTransport::new();
        let mut page = Reply::html(401, "<html><h1>401 - Unauthorized</h1></html>");
        if let Some(challenge) = challenge {
            page = page.header("www-authenticate", challenge);
        }
        let list = Reply::json(200, &serde_json::json!([]));
        script.push_all([login_reply(), list.clone(), page, login_reply(), list]);
        let client = scripted(&script).build().unwrap();
        client.countries().list().await.unwrap();
        let again = client.countries().list().await;
        assert_eq!(again.is_ok(), renewed, "{again:?}");
        assert_eq!(script.unused() == 0, renewed);
    }
}

/// Whether a client with a token of these rights asks for reports.
async fn asks_for_reports(scopes: &str) -> bool {
    let script = FakeTransport::new();
    script.push_all([
        Reply::json(
            200,
            &serde_json::json!({"access_token": token_with(scopes), "expires_in": 3_599}),
        ),
        Reply::json(200, &serde_json::json!([])),
    ]);
    let client = scripted(&script).build().unwrap();
    let day = "2026-08-16".parse().unwrap();
    let rows = client.reports().column_balance(day, day).await;
    assert_eq!(rows.is_ok(), script.request_count() == 2);
    rows.is_ok()
}

#[tokio::test]
async fn a_token_whose_words_are_no_rights_of_the_api_refuses_nothing() {
    assert!(asks_for_reports("openid profile").await);
    assert!(asks_for_reports("relaties:read rapportage").await);
    assert!(asks_for_reports("relaties:read rapportage:read").await);
    assert!(!asks_for_reports("relaties:read").await);
}
