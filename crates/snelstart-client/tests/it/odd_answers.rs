//! Answers that mean something else than they seem to.

use std::time::Duration;

use api_core::transport::Reply;
use http::Method;
use snelstart_client::{
    Code, Error, ErrorKind, Json, Relation, RelationId, SalesInvoice, SendOutcome,
};
use uuid::Uuid;

use crate::support::{script, scripted};

async fn failed(reply: Reply) -> Error {
    let script = script();
    script.push(reply);
    let client = scripted(&script).max_retries(0).build().unwrap();
    let id = RelationId::new(Uuid::from_u128(7));
    client.relations().get(&id).await.unwrap_err()
}

#[tokio::test]
async fn an_address_the_gateway_does_not_know_is_no_record_that_is_gone() {
    for body in [
        r#"{ "statusCode": 404, "message": "Resource not found" }"#,
        r#"{"Message":"No HTTP resource was found that matches the request URI 'https://b2b.example/relaties'."}"#,
    ] {
        let error = failed(Reply::new(404, body)).await;
        assert_eq!(error.kind(), ErrorKind::NotAnApi, "{body}");
        assert_eq!(error.send_outcome(), SendOutcome::Rejected, "{body}");
        assert!(error.help_text().unwrap().contains("/v2"), "{error:?}");
    }
    for body in [
        r#"[{"errorCode":"REL-0005","message":"Relatie niet gevonden."}]"#,
        r#"{"message":"Niet gevonden."}"#,
        "",
    ] {
        let error = failed(Reply::new(404, body)).await;
        assert_eq!(error.kind(), ErrorKind::NotFound, "{body}");
    }
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_no_missing_right() {
    let body = r#"{ "statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 01:02:03." }"#;
    let error = failed(Reply::new(403, body)).await;
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after_hint(), Some(Duration::from_secs(3_723)));
    assert_eq!(error.send_outcome(), SendOutcome::Rejected);
    let error = failed(Reply::new(403, "{}")).await;
    assert_eq!(Code::of(&error), Some(Code::ScopeMissing));
}

#[tokio::test]
async fn a_message_with_a_less_than_sign_is_kept_whole() {
    let body = r#"[{"errorCode":"BOE-0069","message":"Het <b>bedrag</b> is < 0, dat mag niet."}]"#;
    let error = failed(Reply::new(400, body)).await;
    assert_eq!(error.message(), "Het bedrag is < 0, dat mag niet.");
}

#[tokio::test]
async fn noise_beyond_what_money_knows_does_not_lose_a_record() {
    let read = |number: &str| {
        let text = format!(r#"{{"naam":"Bakkerij","factuurkorting":{number}}}"#);
        Relation::from_json(&Json::parse(&text).unwrap()).map(|relation| relation.invoice_discount)
    };
    for (text, expected) in [
        ("5.5511151231257827E-17", "0.0000000000000000555111512312"),
        ("-5.5511151231257827E-17", "-0.0000000000000000555111512312"),
        ("1e-400", "0"),
        ("12.3400000000000000000000000000000001", "12.34"),
        ("0.1", "0.1"),
        ("\"121.00\"", "121.00"),
        ("12345678901234567.89", "12345678901234567.89"),
    ] {
        let amount = read(text).unwrap().unwrap();
        assert_eq!(amount, expected.parse().unwrap(), "{text}");
    }
    for text in ["1e400", "1e30", "\"1,50\"", "\"x\"", "[1]"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn a_reference_of_zeros_names_no_record() {
    let text = r#"{"factuurnummer":"F1","verkoopBoeking":{"id":"00000000-0000-0000-0000-000000000000","uri":null},"relatie":{"id":"00000000-0000-0000-0000-000000000009"}}"#;
    let invoice = SalesInvoice::from_json(&Json::parse(text).unwrap()).unwrap();
    assert_eq!(invoice.sales_booking.and_then(|booking| booking.id), None);
    assert!(
        invoice
            .customer
            .is_some_and(|customer| customer.id.is_some())
    );
}

#[tokio::test]
async fn no_write_is_sent_again_after_a_failure_that_may_have_come_too_late() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        for reply in [
            Reply::status(500),
            Reply::status(503).header("retry-after", "1"),
            Reply::status(408),
            Reply::status(425),
            Reply::status(302),
            Reply::lost_answer(),
        ] {
            let script = script();
            script.push(reply);
            let client = scripted(&script).build().unwrap();
            let answer = client.raw(method.clone(), "/relaties", &[], None).await;
            let error = answer.unwrap_err();
            assert_eq!(
                error.send_outcome(),
                SendOutcome::Unknown,
                "{method} {error}"
            );
            assert_eq!(script.request_count(), 2, "the login and one {method}");
        }
    }
}
