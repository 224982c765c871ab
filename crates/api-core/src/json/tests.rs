use proptest::prelude::*;
use serde_json::Value;

use super::*;

#[test]
fn a_number_is_written_back_byte_for_byte() {
    let text = r#"{"a":12345678901234567.89,"b":[0.10,-0,1E+2,99999999999999999999999],"c":7}"#;
    let json = Json::parse(text).unwrap();
    assert_eq!(json.to_string(), text);
    assert_eq!(serde_json::to_string(&json).unwrap(), text);
    assert_eq!(serde_json::from_str::<Json>(text).unwrap(), json);
}

#[test]
fn a_decimal_comes_from_the_numbers_own_text() {
    let decimal = |text: &str| {
        let json = Json::parse(text).unwrap();
        json.as_number().and_then(Number::to_decimal)
    };
    assert_eq!(
        decimal("12345678901234567.89").unwrap().to_string(),
        "12345678901234567.89"
    );
    assert_eq!(decimal("1.5e2"), Some(Decimal::from(150)));
    assert_eq!(decimal("1e99"), None);
    assert_eq!(
        decimal("0.12345678901234567890123456789012345"),
        None,
        "rounded"
    );
    assert_eq!(
        Json::from("10.50".parse::<Decimal>().unwrap()).to_string(),
        "10.50"
    );
}

#[test]
fn of_members_of_one_name_the_last_is_kept() {
    let json = Json::parse(r#"{"a":1,"a":2}"#).unwrap();
    assert_eq!(json.get("a").and_then(Json::as_i64), Some(2));
}

#[test]
fn sixty_four_levels_are_read_and_sixty_five_are_not() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(Json::parse(&nested(64)).is_ok());
    let fault = Json::parse(&nested(65)).unwrap_err();
    assert!(fault.to_string().contains("nested too deeply"), "{fault}");
    assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn a_text_that_ends_too_early_says_so() {
    let whole = r#"{"a":["\u00e9\ud83d\ude00",-1.5e+3,true,null]}"#;
    assert!(Json::parse(whole).is_ok());
    for end in 0..whole.len() {
        let fault = Json::parse(&whole[..end]).unwrap_err();
        assert!(fault.is_cut_off(), "{end}: {fault}");
    }
    assert!(!Json::parse("{} x").unwrap_err().is_cut_off());
}

#[test]
fn a_fault_names_the_member_of_the_outermost_object() {
    let fault = Json::parse(r#"{"a":1,"b":{"c":[1,]}}"#).unwrap_err();
    assert_eq!(fault.member(), Some("b"));
    assert_eq!(Json::parse("[1,]").unwrap_err().member(), None);
}

#[test]
fn a_number_that_no_float_holds_becomes_its_text_in_serdes_value() {
    let json = Json::parse("[1e999,1.5,18446744073709551615]").unwrap();
    let value = serde_json::json!(["1e999", 1.5, u64::MAX]);
    assert_eq!(json.to_value(), value);
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[\\x00-\\x1f\"\\\\/é😀]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(".{0,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_serde_writes_is_read_and_written_the_same(value in any_value()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let json = Json::parse(&text).unwrap();
            prop_assert_eq!(&json.to_value(), &value);
            prop_assert_eq!(&serde_json::from_str::<Value>(&json.to_string()).unwrap(), &value);
            prop_assert_eq!(serde_json::to_string(&json).unwrap(), json.to_string());
        }
        prop_assert_eq!(Json::from(value.clone()).to_value(), value);
    }

    #[test]
    fn what_serde_refuses_is_refused_and_what_it_takes_is_taken(
        text in "[\\[\\]{}:,\"\\\\untrefalsd0-9.eE+ -]{0,24}",
    ) {
        let theirs = serde_json::from_str::<&RawValue>(&text);
        prop_assert_eq!(Json::parse(&text).is_ok(), theirs.is_ok(), "{}", text);
    }

    #[test]
    fn a_damaged_text_never_panics(value in any_value(), at: usize, byte: u8) {
        let mut bytes = value.to_string().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let text = String::from_utf8_lossy(&bytes);
        let theirs = serde_json::from_str::<&RawValue>(text.trim_matches([' ', '\t', '\n', '\r']));
        if let Ok(json) = Json::parse(&text) {
            prop_assert!(theirs.is_ok());
            prop_assert_eq!(Json::parse(&json.to_string()).unwrap(), json);
        }
    }
}
