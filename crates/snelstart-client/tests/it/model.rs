use proptest::prelude::*;
use rust_decimal::Decimal;
use snelstart_client::filter::example::{Customer, CustomerId, Kind, Place};
use snelstart_client::{Base64, ErrorKind, Json, Model as _, Ref, SendOutcome, WallTime};

const ID: &str = "0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4";

fn read(text: &str) -> Customer {
    Customer::from_json(&Json::parse(text).unwrap()).unwrap()
}

#[test]
fn names_are_matched_exactly_first_and_then_in_any_case() {
    let one = read(r#"{"Naam":"A","RELATIECODE":7}"#);
    assert_eq!((one.name.as_deref(), one.code), (Some("A"), Some(7)));
    let both = read(r#"{"Naam":"other case","naam":"exact"}"#);
    assert_eq!(both.name.as_deref(), Some("exact"));
    assert_eq!(both.other["Naam"], Json::from("other case"));
}

#[test]
fn null_is_nothing_and_what_is_unknown_is_kept_and_sent_back() {
    let one = read(r#"{"naam":null,"relatiesoort":null,"nieuwVeld":{"a":1.50},"leeg":null}"#);
    assert_eq!((one.name.as_ref(), one.kinds.as_ref()), (None, None));
    assert_eq!(
        one.to_json().to_string(),
        r#"{"leeg":null,"nieuwVeld":{"a":1.50}}"#
    );
}

#[test]
fn amounts_keep_every_digit_both_ways() {
    for text in ["12345678901234567.89", "0.10", "-0.005", "1", "100.00"] {
        let amount: Decimal = text.parse().unwrap();
        for wire in [text.to_owned(), format!("\"{text}\"")] {
            let one = read(&format!(r#"{{"openstaandSaldo":{wire}}}"#));
            assert_eq!(one.open, Some(amount));
            let whole = one.to_whole_json().to_string();
            assert_eq!(whole, format!(r#"{{"openstaandSaldo":{text}}}"#));
        }
    }
}

#[test]
fn numbers_and_flags_are_read_from_texts_too() {
    let one = read(r#"{"relatiecode":"12","nonactief":"True"}"#);
    assert_eq!((one.code, one.inactive), (Some(12), Some(true)));
    assert_eq!(read(r#"{"relatiecode":12.0}"#).code, Some(12));
}

#[test]
fn a_value_of_another_type_is_an_error_that_names_its_place() {
    for (text, place) in [
        (r#"{"relatiecode":2147483648}"#, "relatiecode"),
        (r#"{"relatiecode":1.5}"#, "relatiecode"),
        (r#"{"openstaandSaldo":"1,50"}"#, "openstaandSaldo"),
        (r#"{"nonactief":"perhaps"}"#, "nonactief"),
        (r#"{"id":"7"}"#, "id"),
        (r#"{"modifiedOn":"soon"}"#, "modifiedOn"),
        (r#"{"relatiesoort":"Klant"}"#, "relatiesoort"),
        (
            r#"{"vestigingsAdres":{"plaats":[]}}"#,
            "vestigingsAdres.plaats",
        ),
        (
            r#"{"adressen":[{},{"land":{"id":1}}]}"#,
            "adressen[1].land.id",
        ),
    ] {
        let error = Customer::from_json(&Json::parse(text).unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
        assert!(error.message().contains(&format!("`{place}`")), "{error}");
    }
    let error = Customer::from_json(&Json::from("text")).unwrap_err();
    assert!(error.message().contains("expected an object"), "{error}");
}

#[test]
fn a_write_leaves_out_what_only_the_server_sets() {
    let one = read(&format!(
        r#"{{"id":"{ID}","uri":"/relaties/1","naam":"A","openstaandSaldo":5,"modifiedOn":"2026-01-01T00:00:00",
            "vestigingsAdres":{{"land":{{"id":"{ID}","uri":"/landen/1"}}}}}}"#
    ));
    assert_eq!(
        one.to_json().to_string(),
        format!(r#"{{"id":"{ID}","naam":"A","vestigingsAdres":{{"land":{{"id":"{ID}"}}}}}}"#)
    );
    let whole = serde_json::to_string(&one).unwrap();
    assert_eq!(whole, one.to_whole_json().to_string());
    assert!(
        whole.contains("/landen/1") && whole.contains("modifiedOn"),
        "{whole}"
    );
}

#[test]
fn an_empty_member_empties_a_field_where_that_is_said() {
    let mut change = Customer::default();
    change.other.insert("naam".to_owned(), Json::Null);
    assert_eq!(change.to_json().to_string(), r#"{"naam":null}"#);
}

#[test]
fn what_is_too_long_or_missing_is_refused_by_field_before_sending() {
    let long = |count| Some("é".repeat(count));
    let good = Customer {
        name: long(20),
        ..Customer::default()
    };
    good.check().unwrap();
    let bad = Customer {
        places: Some(vec![
            Place::default(),
            Place {
                town: long(11),
                ..Place::default()
            },
        ]),
        ..Customer::default()
    };
    let error = bad.check().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.send_outcome(), SendOutcome::NotSent);
    let fields: Vec<&str> = error.field_errors().keys().map(String::as_str).collect();
    assert_eq!(fields, ["adressen[1].plaats", "naam"]);
    assert_eq!(error.field_errors()["naam"], "is missing");
    assert_eq!(
        error.field_errors()["adressen[1].plaats"],
        "has 11 characters, at most 10 are taken"
    );
}

#[test]
fn words_are_known_in_any_case_and_others_are_kept() {
    assert_eq!(Kind::from("klant"), Kind::Customer);
    let other = Kind::from("Prospect");
    assert_eq!(other, Kind::Other("Prospect".to_owned()));
    assert_eq!(other.to_string(), "Prospect");
    assert_eq!(Kind::WORDS, ["Klant", "Leverancier"]);
    let one = read(r#"{"relatiesoort":["Klant",null,"Prospect"]}"#);
    assert_eq!(one.kinds, Some(vec![Kind::Customer, other]));
}

#[test]
fn ids_are_read_written_and_refused() {
    let id: CustomerId = ID.to_uppercase().parse().unwrap();
    assert_eq!(id.to_string(), ID);
    assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{ID}\""));
    assert_eq!(
        serde_json::from_str::<CustomerId>(&format!("\"{ID}\"")).unwrap(),
        id
    );
    assert!("7".parse::<CustomerId>().is_err());
    assert!(serde_json::from_str::<CustomerId>("7").is_err());
    assert_eq!(Ref::to(id), id.into());
    assert_eq!(CustomerId::PATH, "/examples");
}

#[test]
fn bytes_travel_as_base64_and_never_show() {
    let bytes: Base64 = "a29w\r\ncGVs".parse().unwrap();
    assert_eq!(bytes.0, b"koppel");
    assert_eq!(bytes.to_string(), "a29wcGVs");
    assert_eq!(format!("{bytes:?}"), "Base64(6 bytes)");
    assert!("a29w*".parse::<Base64>().is_err());
}

#[test]
fn the_table_of_operations_is_whole_and_names_nothing_twice() {
    let operations = snelstart_client::testing::operations();
    assert_eq!(operations.len(), 96);
    let mut names: Vec<&str> = operations.iter().map(|operation| operation.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 96);
}

fn customer() -> impl Strategy<Value = Customer> {
    let amount = (any::<i64>(), 0_u32..6).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    let at = (1900_i16..2401, 1_i8..13, 1_i8..29, 0_u32..86_400_000).prop_map(|(y, m, d, ms)| {
        let day = snelstart_client::Date::new(y, m, d).unwrap();
        WallTime::from(day).saturating_add(std::time::Duration::from_millis(ms.into()))
    });
    let kind = prop_oneof![
        Just(Kind::Customer),
        Just(Kind::Supplier),
        "[a-z]{5}".prop_map(Kind::Other),
    ];
    let place = proptest::option::of(any::<String>()).prop_map(|town| Place {
        town,
        ..Place::default()
    });
    (
        proptest::option::of(any::<String>()),
        proptest::option::of(any::<i32>()),
        proptest::option::of(amount),
        proptest::option::of(at),
        proptest::option::of(proptest::collection::vec(kind, 0..3)),
        proptest::option::of(proptest::collection::vec(place, 0..3)),
        any::<u128>(),
    )
        .prop_map(
            |(name, code, open, modified_on, kinds, places, id)| Customer {
                id: Some(snelstart_client::Uuid::from_u128(id).into()),
                name,
                code,
                open,
                modified_on,
                kinds,
                places,
                ..Customer::default()
            },
        )
}

proptest! {
    #[test]
    fn what_is_written_whole_is_read_back_the_same(one in customer()) {
        let text = one.to_whole_json().to_string();
        let back = Customer::from_json(&Json::parse(&text).unwrap()).unwrap();
        prop_assert_eq!(back, one);
    }

    #[test]
    fn no_body_makes_reading_panic(text in ".{0,60}") {
        if let Ok(json) = Json::parse(&text) {
            // Whatever comes of it, it is an answer and not a crash.
            let read = Customer::from_json(&json);
            prop_assert!(read.is_ok() || read.is_err_and(|error| error.kind() == ErrorKind::Decode));
        }
    }
}
