//! Answers that are not what they should be: never a panic, never a record that
//! is made up, never a write called undone that was done.

use std::panic::AssertUnwindSafe;

use api_core::transport::{FakeTransport, Reply};
use futures_util::FutureExt as _;
use proptest::prelude::*;
use serde_json::json;
use syncro_client::{
    Cents, Customer, CustomerFilter, CustomerId, Decimal, ErrorKind, Invoice, Json, SendOutcome,
    Vendor, VendorId,
};

use crate::support::scripted;

async fn read(reply: Reply) -> Result<Vendor, syncro_client::Error> {
    let script = FakeTransport::new();
    script.push(reply);
    let client = scripted(&script).max_retries(0).build().unwrap();
    client.vendors().get(VendorId::new(5)).await
}

#[tokio::test]
async fn null_for_a_record_says_that_there_is_none() {
    let error = read(Reply::new(200, "null")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_holds_no_record_is_no_empty_record() {
    for body in [
        "",
        "{}",
        "[]",
        "7",
        "\"Walking Customer\"",
        "{\"message\":\"deleted\"}",
    ] {
        let error = read(Reply::new(200, body)).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Decode | ErrorKind::NotAnApi),
            "{body}: {error}"
        );
    }
    for (body, kind) in [
        ("<html>Sign in</html>", "text/html"),
        ("Disabled", "text/plain"),
        ("--- !ruby", "application/yaml"),
    ] {
        let error = read(Reply::new(200, body).header("content-type", kind))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAnApi, "{body}");
        assert_eq!(error.status_code(), Some(200));
        assert!(
            error.excerpt_str().unwrap().contains(&body[..5]),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_record_is_read_wrapped_or_flat() {
    for body in [
        json!({"vendor": {"id": 5, "name": "Reels"}}),
        json!({"id": 5, "name": "Reels"}),
        json!({"success": true, "vendor": {"id": "5", "name": "Reels"}}),
        json!({"message": "Saved", "vendor": {"id": 5, "name": "Reels"}}),
    ] {
        let vendor = read(Reply::json(200, &body)).await.unwrap();
        assert_eq!(vendor.id, Some(VendorId::new(5)), "{body}");
        assert_eq!(vendor.name.as_deref(), Some("Reels"), "{body}");
    }
    let marked = format!("\u{feff}{}", json!({"vendor": {"id": 5}}));
    read(Reply::new(200, marked)).await.unwrap();
}

#[tokio::test]
async fn a_write_that_was_done_is_not_called_undone_because_its_answer_is_broken() {
    for body in ["", "{\"vendor\":", "{\"vendor\":{\"id\":\"x\"}}", "[1]"] {
        let script = FakeTransport::new();
        script.push(Reply::new(200, body));
        let client = scripted(&script).build().unwrap();
        let error = client
            .vendors()
            .create(&Vendor::default())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert_eq!(error.send_outcome(), SendOutcome::Done, "{body}");
        assert_eq!(script.request_count(), 1, "{body}");
    }
}

#[test]
fn money_is_exact_in_all_four_encodings() {
    let invoice = |text: &str| {
        let body = format!("{{\"invoice\":{{\"id\":1,\"total\":{text}}}}}");
        syncro_client::testing::decode_one::<Invoice>(body.as_bytes())
    };
    for (text, amount) in [
        ("\"64.99\"", "64.99"),
        ("64.99", "64.99"),
        ("\"0.0\"", "0.0"),
        ("12345678901234567.89", "12345678901234567.89"),
        ("0.1", "0.1"),
        ("7", "7"),
        ("1e2", "100"),
    ] {
        let amount: Decimal = amount.parse().unwrap();
        assert_eq!(invoice(text).unwrap().total, Some(amount), "{text}");
    }
    for text in ["\"1,50\"", "\"a\"", "true", "[]"] {
        assert_eq!(
            invoice(text).unwrap_err().kind(),
            ErrorKind::Decode,
            "{text}"
        );
    }
    assert_eq!(Cents::new(-1999).to_decimal().to_string(), "-19.99");
    assert_eq!(Cents::of("19.99".parse().unwrap()), Some(Cents::new(1999)));
    assert_eq!(Cents::of("19.999".parse().unwrap()), None);
    assert_eq!(Cents::of(Decimal::MAX), None);
}

#[test]
fn truth_ids_and_times_are_read_in_all_their_spellings() {
    let customer = |member: &str| {
        let body = format!("{{\"id\":1,{member}}}");
        syncro_client::testing::decode_one::<Customer>(body.as_bytes())
    };
    for (text, flag) in [
        ("true", true),
        ("\"true\"", true),
        ("\"True\"", true),
        ("\"1\"", true),
        ("1", true),
        ("false", false),
        ("\"False\"", false),
        ("\"0\"", false),
        ("0", false),
    ] {
        let read = customer(&format!("\"disabled\":{text}")).unwrap();
        assert_eq!(read.disabled, Some(flag), "{text}");
    }
    assert!(customer("\"disabled\":\"maybe\"").is_err());
    for text in [
        "2026-05-01T10:00:00.000Z",
        "2026-05-01T10:00:00Z",
        "2026-05-01T12:00:00+02:00",
        "2026-05-01T06:00:00.0-04:00",
    ] {
        let read = customer(&format!("\"updated_at\":\"{text}\"")).unwrap();
        let at = read.updated_at.unwrap().to_string();
        assert_eq!(at, "2026-05-01T10:00:00Z", "{text}");
    }
    let error = customer("\"updated_at\":\"yesterday\"").unwrap_err();
    assert!(error.message().contains("updated_at"), "{error}");
    let body = br#"{"id":9007199254740993}"#;
    let large = syncro_client::testing::decode_one::<Customer>(body).unwrap();
    assert_eq!(large.id, Some(CustomerId::new(9_007_199_254_740_993)));
}

#[test]
fn unknown_members_are_kept_and_not_sent_and_clearing_sends_null() {
    let json = Json::parse(r#"{"id":1,"notes":"a","tomorrow":{"x":1}}"#).unwrap();
    let customer = Customer::from_json(&json).unwrap();
    assert!(customer.other.contains_key("tomorrow"));
    assert_eq!(customer.to_json().to_string(), r#"{"notes":"a"}"#);
    let cleared = customer.clone().clear("notes").clear("id").clear("nothing");
    assert_eq!(cleared.to_json().to_string(), r#"{"notes":null}"#);
    assert_eq!(customer.to_whole_json(), json);
}

/// Anything that is JSON, with the names that mean something.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|flag| json!(flag)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        "[ -~]{0,12}".prop_map(|text| json!(text)),
        Just(json!("2026-05-01T10:00:00Z")),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name = prop_oneof![
            Just("customer".to_owned()),
            Just("customers".to_owned()),
            Just("meta".to_owned()),
            Just("total_pages".to_owned()),
            Just("per_page".to_owned()),
            Just("success".to_owned()),
            Just("message".to_owned()),
            Just("error".to_owned()),
            Just("errors".to_owned()),
            Just("params".to_owned()),
            Just("id".to_owned()),
            Just("properties".to_owned()),
            "[a-z_]{1,8}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| json!(items)),
            prop::collection::btree_map(name, inner, 0..6).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_makes_the_client_panic_or_run_on(
        status in prop::sample::select(vec![200_u16, 201, 204, 301, 400, 401, 404, 422, 429, 500, 504]),
        body in any_json(),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut text = body.to_string();
        if !whole {
            let mut at = cut.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.truncate(at);
        }
        let script = FakeTransport::new();
        script.on(move |_| Some(Reply::new(status, text.clone())));
        let client = scripted(&script).max_retries(1).build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let done = runtime.block_on(AssertUnwindSafe(async {
            let one = client.customers().get(CustomerId::new(1)).await;
            let made = client.vendors().create(&Vendor::default()).await;
            let list = client.customers().list(&CustomerFilter::new()).limit(500).all().await;
            for error in [one.err(), made.err(), list.err()].into_iter().flatten() {
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.is_empty());
            }
            Ok(())
        }).catch_unwind());
        prop_assert!(done.is_ok());
        done.unwrap()?;
        prop_assert!(script.request_count() < 600, "{}", script.request_count());
    }
}
