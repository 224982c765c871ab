//! Incoming webhooks: what is sent, how the answer is judged.

use std::sync::Arc;

use serde_json::json;
use simplycrm_ws::incoming::{
    Auth, Definition, Encoding, Parameter, Payload, PostedId, Sender, SuccessTest, ValueKind,
};
use simplycrm_ws::{Code, Date, ErrorKind, Json, RecordId, SendOutcome};
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

use crate::mobile::{Form, Notes, Without};
use crate::support::{quick, server};

const SECRET: &str = "h00k-s3cret";

fn hook(server: &MockServer) -> Definition {
    Definition::new(format!("{}/webhook.php?id=7", server.uri()), "Leads")
        .parameter(Parameter::mandatory("lastname"))
        .parameter(Parameter::mandatory("company").named("firm"))
        .parameter(Parameter::optional("email"))
        .parameter(Parameter::optional("leadsource").fixed("Web form"))
        .parameter(Parameter::mandatory("description").computed("concat(a, b)"))
        .parameter(Parameter::optional("campaign_id").reference())
}

fn payload() -> Payload {
    Payload::new()
        .set("lastname", "Smith & Søn")
        .set("company", "Ltd")
}

fn sender(definition: Definition) -> Sender {
    Sender::builder(definition).retry(quick()).build().unwrap()
}

fn posted() -> MockBuilder {
    Mock::given(method("POST"))
        .and(path("/webhook.php"))
        .and(query_param("id", "7"))
}

fn form(pairs: &[(&str, &str)]) -> Form {
    Form(
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

fn good() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"success": true, "result": {"id": "10x345"}}))
}

#[tokio::test]
async fn a_form_holds_what_is_the_senders_to_set() {
    let server = server().await;
    posted()
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(form(&[
            ("lastname", "Smith & Søn"),
            ("firm", "Ltd"),
            ("campaign_id", "17x4"),
            ("source", "koppel"),
        ]))
        .and(Without("company"))
        .and(Without("leadsource"))
        .and(Without("description"))
        .and(Without("email"))
        .respond_with(good())
        .expect(1)
        .mount(&server)
        .await;
    let sender = sender(hook(&server).constant("source", "koppel"));
    let payload = payload().reference("campaign_id", RecordId::new(17, 4));
    let receipt = sender.send(&payload).await.unwrap();
    assert_eq!(receipt.status, 200);
    assert_eq!(
        receipt.record,
        Some(PostedId::Record(RecordId::new(10, 345)))
    );
    assert!(receipt.answer.is_some());
}

#[tokio::test]
async fn a_json_body_is_one_object_of_texts() {
    let server = server().await;
    posted()
        .and(header("content-type", "application/json"))
        .and(body_json(json!({
            "lastname": "Smith & Søn", "firm": "Ltd", "campaign_id": "4",
            "n": "1.50", "on": "1", "day": "2026-12-01",
        })))
        .respond_with(good())
        .expect(1)
        .mount(&server)
        .await;
    let definition = hook(&server)
        .encoding(Encoding::Json)
        .bare_references(true)
        .open(true);
    let payload = payload()
        .set("campaign_id", "17x4")
        .number("n", rust_decimal::Decimal::new(150, 2))
        .flag("on", true)
        .date("day", "2026-12-01".parse::<Date>().unwrap());
    sender(definition).send(&payload).await.unwrap();
}

#[tokio::test]
async fn every_wrong_field_is_named_before_anything_is_sent() {
    let server = server().await;
    let sender = sender(hook(&server));
    let payload = Payload::new()
        .set("lastname", " ")
        .set("leadsource", "mine")
        .set("description", "mine")
        .set("campaign_id", "Summer")
        .set("phone", "1");
    let error = sender.send(&payload).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let fields: Vec<&str> = error.field_errors().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "campaign_id",
            "company",
            "description",
            "lastname",
            "leadsource",
            "phone"
        ]
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_webhook_that_is_switched_off_is_not_called() {
    let server = server().await;
    let error = sender(hook(&server).active(false))
        .send(&payload())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_login_goes_where_the_definition_says() {
    let server = server().await;
    let header_auth = Auth::Header {
        name: "X-Hook-Key".to_owned(),
        secret: SECRET.into(),
    };
    let parameter = Auth::Parameter {
        name: "key".to_owned(),
        secret: SECRET.into(),
    };
    let bearer = format!("Bearer {SECRET}");
    for (auth, mock) in [
        (
            header_auth,
            posted()
                .and(header("x-hook-key", SECRET))
                .and(Without("key")),
        ),
        (
            Auth::Bearer(SECRET.into()),
            posted().and(header("authorization", bearer.as_str())),
        ),
        (parameter, posted().and(form(&[("key", SECRET)]))),
    ] {
        let mock = mock
            .respond_with(good())
            .expect(1)
            .mount_as_scoped(&server)
            .await;
        sender(hook(&server).auth(auth))
            .send(&payload())
            .await
            .unwrap();
        drop(mock);
    }
}

#[tokio::test]
async fn no_secret_of_a_webhook_shows() {
    let server = server().await;
    let long = "address-part-that-is-secret";
    Mock::given(method("POST"))
        .and(path(format!("/hook/{long}")))
        .respond_with(ResponseTemplate::new(400).set_body_string(format!("no {SECRET} at {long}")))
        .expect(1)
        .mount(&server)
        .await;
    let definition = Definition::new(format!("{}/hook/{long}", server.uri()), "Leads")
        .parameter(Parameter::mandatory("lastname"))
        .auth(Auth::Parameter {
            name: "hook".to_owned(),
            secret: SECRET.into(),
        });
    let notes = Arc::new(Notes::default());
    let sender = Sender::builder(definition)
        .observer(notes.clone())
        .build()
        .unwrap();
    let error = sender
        .send(&Payload::new().set("lastname", "S"))
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?} {sender:?} {}", notes.0.lock().unwrap());
    assert!(shown.contains("incoming.send"), "{shown}");
    for secret in [SECRET, long] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

async fn answered(
    test: SuccessTest,
    answer: ResponseTemplate,
) -> Result<(), (ErrorKind, SendOutcome)> {
    let server = server().await;
    posted().respond_with(answer).expect(1).mount(&server).await;
    let sent = sender(hook(&server).success(test)).send(&payload()).await;
    sent.map(|_| ())
        .map_err(|error| (error.kind(), error.send_outcome()))
}

fn body(text: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(text.to_owned(), "text/html")
}

#[tokio::test]
async fn an_answer_that_does_not_say_yes_leaves_the_outcome_unknown_and_is_not_sent_again() {
    let member = || SuccessTest::Member {
        path: "result.status".to_owned(),
        equals: Json::from("ok"),
    };
    let php = "Sorry! Attempt to access restricted file. - modules//.php";
    for (test, text) in [
        (SuccessTest::Envelope, ""),
        (SuccessTest::Envelope, "ok"),
        (SuccessTest::Envelope, "{}"),
        (SuccessTest::Envelope, r#"{"success":"#),
        (SuccessTest::Envelope, "<html><body>Log in</body></html>"),
        (SuccessTest::Envelope, php),
        (SuccessTest::Status, php),
        (SuccessTest::Status, "<html><body>Log in</body></html>"),
        (
            SuccessTest::Status,
            "<br />\n<b>Fatal error</b>:  x in <b>y</b>",
        ),
        (member(), "{}"),
        (member(), r#"{"result":{"status":"queued"}}"#),
        (SuccessTest::Contains("created".to_owned()), "nothing"),
    ] {
        let (_, outcome) = answered(test.clone(), body(text)).await.unwrap_err();
        assert_eq!(outcome, SendOutcome::Unknown, "{test:?} {text}");
    }
    for status in [500, 502, 503] {
        let (kind, outcome) = answered(SuccessTest::Envelope, ResponseTemplate::new(status))
            .await
            .unwrap_err();
        assert_eq!(kind, ErrorKind::Unavailable, "{status}");
        assert_eq!(outcome, SendOutcome::Unknown, "{status}");
    }
}

#[tokio::test]
async fn the_sign_of_success_is_a_setting() {
    for (test, text) in [
        (SuccessTest::Envelope, r#"{"success":true}"#),
        (SuccessTest::Status, ""),
        (SuccessTest::Status, "thanks"),
        (SuccessTest::Status, "7"),
        (
            SuccessTest::Member {
                path: "result.status".to_owned(),
                equals: Json::from("ok"),
            },
            r#"{"result":{"status":"ok"}}"#,
        ),
        (SuccessTest::Contains("created".to_owned()), "created 10x3"),
    ] {
        assert_eq!(
            answered(test.clone(), body(text)).await,
            Ok(()),
            "{test:?} {text}"
        );
    }
}

#[tokio::test]
async fn a_clear_no_is_a_refusal_whatever_the_test() {
    let no = json!({"success": false, "error": {
        "code": "MANDATORY_FIELDS_MISSING", "message": "company does not have a value",
    }});
    for (status, test) in [
        (200, SuccessTest::Envelope),
        (200, SuccessTest::Status),
        (400, SuccessTest::Envelope),
    ] {
        let server = server().await;
        posted()
            .respond_with(ResponseTemplate::new(status).set_body_json(&no))
            .expect(1)
            .mount(&server)
            .await;
        let error = sender(hook(&server).success(test))
            .send(&payload())
            .await
            .unwrap_err();
        assert_eq!(Code::of(&error), Some(Code::MandatoryFieldsMissing));
        assert_eq!(error.send_outcome(), SendOutcome::Rejected);
        assert_eq!(error.message(), "company does not have a value");
    }
    for (status, kind) in [
        (401, ErrorKind::Auth),
        (404, ErrorKind::NotFound),
        (422, ErrorKind::Validation),
    ] {
        let (found, outcome) = answered(SuccessTest::Status, ResponseTemplate::new(status))
            .await
            .unwrap_err();
        assert_eq!(found, kind);
        assert_eq!(outcome, SendOutcome::Rejected);
    }
}

#[tokio::test]
async fn what_was_never_taken_is_sent_again() {
    let server = server().await;
    posted()
        .respond_with(ResponseTemplate::new(429))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    posted().respond_with(good()).expect(1).mount(&server).await;
    sender(hook(&server)).send(&payload()).await.unwrap();
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let hook = |url: &str| Definition::new(url, "Leads").parameter(Parameter::mandatory("a"));
    let url = "https://crm.example.com/webhook.php?id=7";
    for definition in [
        hook("crm.example.com"),
        hook("http://crm.example.com/x"),
        hook("https://user:pw@crm.example.com/x"),
        Definition::new(url, ""),
        hook(url).parameter(Parameter::optional("a")),
        hook(url).constant("a", "1"),
        hook(url).constant("key", "1").auth(Auth::Parameter {
            name: "key".to_owned(),
            secret: SECRET.into(),
        }),
        hook(url).parameter(Parameter::optional("")),
        hook(url).parameter(Parameter::optional("b").named("a")),
        hook(url).auth(Auth::Bearer("".into())),
        hook(url).auth(Auth::Header {
            name: "no header".to_owned(),
            secret: SECRET.into(),
        }),
        hook(url).auth(Auth::Parameter {
            name: String::new(),
            secret: SECRET.into(),
        }),
    ] {
        let error = Sender::builder(definition).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
    let sender = Sender::builder(hook(url)).build().unwrap();
    assert_eq!(sender.definition().module(), "Leads");
    assert_eq!(Parameter::optional("a").kind(), &ValueKind::Field);
}

#[tokio::test]
async fn nothing_to_send_is_refused() {
    let server = server().await;
    let definition = Definition::new(format!("{}/webhook.php?id=7", server.uri()), "Leads")
        .parameter(Parameter::optional("a"));
    let error = sender(definition).send(&Payload::new()).await.unwrap_err();
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    assert!(server.received_requests().await.unwrap().is_empty());
}
