use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::redact::value;

const NAMES: &[&str] = &[
    "password", "api_key", "token", "na\\\"me", "name", "key", "field", "value", "content", "val",
    "success", "message", "errors", "params", "record", "id", "é",
];

const TEXTS: &[&str] = &[
    "password",
    "Bearer abc123def",
    "password=x",
    "login with token: abc",
    "https://u:p@h/x",
    "{\"token\":\"x y\"}",
    "{\"name\": \"password\", \"value\": \"hunter22\"}",
    "[{\"a\": 1, \"token\": null}]",
    "{\"success\":false,\"params\":{\"a\":\"b\"}}",
    "plain \"quoted\" \\ \n é😀\u{1}",
    "",
    "eyJhbGciOiJIUzI1NiJ9.x.y",
    "a u003Dsecret",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        proptest::sample::select(TEXTS).prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let name = prop_oneof![
            4 => proptest::sample::select(NAMES).prop_map(str::to_owned),
            1 => "\\PC{0,8}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn a_text_is_redacted_as_its_value_is(mut body in any_json()) {
        for text in [body.to_string(), serde_json::to_string_pretty(&body).unwrap()] {
            let shown = redacted(&text).expect("it is JSON");
            let mut expected = body.clone();
            value(&mut expected);
            prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), expected);
        }
        value(&mut body);
        let clean = body.to_string();
        prop_assert_eq!(redacted(&clean), Some(clean));
    }

    #[test]
    fn what_is_no_json_is_none(any in "[\\[\\]{}\",:0-9eE.+\\-tfn \\\\u\u{1}é]{0,30}") {
        let is_json = serde_json::from_str::<Value>(&any).is_ok();
        let shown = redacted(&any);
        // A number may be too large for a tree, and is read by nobody here.
        prop_assert!(!is_json || shown.is_some(), "{}", any);
        if let Some(shown) = shown {
            prop_assert!(is_json || any.contains(['e', 'E']), "{}", any);
            prop_assert!(redacted(&shown).is_some());
        }
    }

    #[test]
    fn cut_json_is_none(body in any_json(), cut in 0.0_f64..1.0) {
        let text = body.to_string();
        prop_assume!(text.starts_with(['{', '[', '"']));
        let mut end = (text.len() as f64 * cut) as usize;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert_eq!(redacted(&text[..end]), None);
    }
}

#[test]
fn order_and_numbers_stay_as_they_were_sent() {
    let sent =
        r#" {"z": 12345678901234567890.1234567890, "a": [1.0, -0, 1e400], "z": "\u00e9\/"} "#;
    assert_eq!(
        redacted(sent).as_deref(),
        Some(r#"{"z":12345678901234567890.1234567890,"a":[1.0,-0,1e400],"z":"é/"}"#)
    );
}

#[test]
fn names_that_come_twice_hide_nothing() {
    for (sent, expected) in [
        (
            r#"{"value":"a","name":"password","name":"x","value":"b"}"#,
            r#"{"value":"[redacted]","name":"password","name":"x","value":"[redacted]"}"#,
        ),
        (
            r#"{"params":{"a":1},"success":false,"success":true,"record":[1]}"#,
            r#"{"params":"[redacted]","success":false,"success":true,"record":"[redacted]"}"#,
        ),
        (
            r#"{"pass\u0077ord":"a","password":{"b":[1]},"token":null}"#,
            r#"{"password":"[redacted]","password":"[redacted]","token":null}"#,
        ),
    ] {
        assert_eq!(redacted(sent).as_deref(), Some(expected), "{sent}");
    }
}

#[test]
fn json_in_a_text_is_redacted_too_and_else_left_as_it_is() {
    for (sent, expected) in [
        (
            r#"{"payload":"{\"name\": \"password\", \"value\": \"hunter22\"}"}"#,
            r#"{"payload":"{\"name\":\"password\",\"value\":\"[redacted]\"}"}"#,
        ),
        (
            r#"["{\"a\":\"{\\\"name\\\":\\\"token\\\",\\\"value\\\":7}\"}"]"#,
            r#"["{\"a\":\"{\\\"name\\\":\\\"token\\\",\\\"value\\\":\\\"[redacted]\\\"}\"}"]"#,
        ),
        (r#"["{ \"id\": 1 }"]"#, r#"["{ \"id\": 1 }"]"#),
        (r#"["{ \"id\": "]"#, r#"["{ \"id\": "]"#),
    ] {
        assert_eq!(redacted(sent).as_deref(), Some(expected), "{sent}");
    }
}

#[test]
fn any_number_of_values_that_a_name_makes_secret_is_taken_out() {
    let values = "\"value\":\"hunter22\",".repeat(200_000);
    let sent = format!("{{\"a\":1,{values}\"name\":\"password\",\"value\":null,\"z\":[2]}}");
    let shown = redacted(&sent).unwrap();
    assert_eq!(shown.matches("[redacted]").count(), 200_000);
    assert!(!shown.contains("hunter22"));
    assert!(shown.starts_with("{\"a\":1,\"value\":\"[redacted]\","));
    assert!(shown.ends_with(",\"name\":\"password\",\"value\":null,\"z\":[2]}"));
}

#[test]
fn what_is_nested_too_deep_is_none() {
    let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(redacted(&nested(100)).is_some());
    assert!(redacted(&nested(100_000)).is_none());
    assert_eq!(
        redacted(&json!({"a": []}).to_string()).as_deref(),
        Some(r#"{"a":[]}"#)
    );
}
