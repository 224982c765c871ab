use proptest::prelude::*;

use super::*;

const BODY: &[u8] = br#"{"event":"customers.created","data":{"userid":"7","total":12.50}}"#;
const MINUTES: Duration = Duration::from_secs(300);

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn check(header: &str, body: &[u8]) -> Result<Verified, WebhookError> {
    verify(&secret("s3cret"), header, body, now(), MINUTES)
}

#[test]
fn a_signature_made_elsewhere_is_accepted() {
    // printf '%s' '1800000000.{}' | openssl dgst -sha256 -hmac s3cret
    let header = concat!(
        "t=1800000000,",
        "v1=1cd77f07c7f231a8a17cd9bc413e578ccb209c24eb17a0577ce1eb9218a4f3ed"
    );
    assert_eq!(check(header, b"{}"), Ok(Verified { timestamp: now() }));
}

#[test]
fn another_body_time_or_secret_is_forged() {
    let header = sign(&secret("s3cret"), now(), BODY).unwrap();
    assert!(check(&header, BODY).is_ok());
    assert_eq!(check(&header, b"{}"), Err(WebhookError::Forged));
    let later = header.replace("t=1800000000", "t=1800000001");
    assert_eq!(check(&later, BODY), Err(WebhookError::Forged));
    let other = verify(&secret("other"), &header, BODY, now(), MINUTES);
    assert_eq!(other, Err(WebhookError::Forged));
}

#[test]
fn one_of_several_signatures_is_enough_while_a_secret_is_replaced() {
    let old = sign(&secret("old"), now(), BODY).unwrap();
    let new = sign(&secret("s3cret"), now(), BODY).unwrap();
    let (_, new) = new.split_once(',').unwrap();
    assert!(check(&format!("{old}, {new}"), BODY).is_ok());
    assert!(check(&format!("{old},v1=zz,v0=x,{new}"), BODY).is_ok());
    assert_eq!(check(&old, BODY), Err(WebhookError::Forged));
}

#[test]
fn a_notice_from_long_ago_or_from_the_future_is_stale() {
    for seconds in [1_799_999_699, 1_800_000_301] {
        let timestamp = Timestamp::from_seconds(seconds);
        let header = sign(&secret("s3cret"), timestamp, BODY).unwrap();
        assert_eq!(check(&header, BODY), Err(WebhookError::Stale { timestamp }));
    }
    for seconds in [1_799_999_700, 1_800_000_300] {
        let timestamp = Timestamp::from_seconds(seconds);
        let header = sign(&secret("s3cret"), timestamp, BODY).unwrap();
        assert!(check(&header, BODY).is_ok());
    }
}

#[test]
fn a_header_that_is_none_is_told_apart_from_a_forged_one() {
    let digits = "a".repeat(64);
    for header in [
        String::new(),
        "nonsense".to_owned(),
        "t=1800000000".to_owned(),
        "t=1800000000,v1=".to_owned(),
        "t=1800000000,v1=abcd".to_owned(),
        format!("v1={digits}"),
        format!("t=,v1={digits}"),
        format!("t=-1,v1={digits}"),
        format!("t=soon,v1={digits}"),
        format!("t=9999999999999,v1={digits}"),
        format!("t=1,t=2,v1={digits}"),
        format!("t=1800000000,v1={}", "é".repeat(32)),
        format!("t=1800000000,v1={digits},{}", "x=1,".repeat(2_000)),
    ] {
        let told = check(&header, BODY);
        assert!(
            matches!(told, Err(WebhookError::Malformed(_))),
            "{header}: {told:?}"
        );
    }
}

#[test]
fn an_empty_secret_signs_nothing() {
    assert_eq!(sign(&secret(""), now(), BODY), Err(WebhookError::NoSecret));
    let header = sign(&secret("x"), now(), BODY).unwrap();
    let told = verify(&secret(""), &header, BODY, now(), MINUTES);
    assert_eq!(told, Err(WebhookError::NoSecret));
}

#[test]
fn a_notice_is_read_whatever_its_members_are_called() {
    let notice = Notice::parse(BODY).unwrap();
    assert_eq!(notice.event.as_deref(), Some("customers.created"));
    assert_eq!(notice.id.as_deref(), Some("7"));
    assert_eq!(notice.data["total"], "12.50");
    let bare = Notice::parse(br#"{"type":"ticket.closed","id":12,"data":null}"#).unwrap();
    assert_eq!(bare.event.as_deref(), Some("ticket.closed"));
    assert_eq!(bare.id.as_deref(), Some("12"));
    let nothing = Notice::parse(b"{}").unwrap();
    assert_eq!(nothing, Notice::default());
    for body in [&b""[..], b"[]", b"<html>", b"{\"a\":", b"\xff"] {
        assert!(matches!(Notice::parse(body), Err(WebhookError::Body(_))));
    }
}

proptest! {
    #[test]
    fn no_header_and_no_body_makes_it_panic(header: String, body: Vec<u8>) {
        prop_assert!(check(&header, &body).is_err());
        let _read = Notice::parse(&body);
    }
}
