//! Planted secrets never come out, whatever surrounds them.

use api_core::redact;
use api_core::{Error, ErrorKind};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const NAMES: &[&str] = &[
    "password",
    "api_key",
    "X-Api-Key",
    "access_token",
    "clientSecret",
    "Authorization",
    "PHPSESSID",
    "authtoken",
    "user[password]",
];

fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z0-9]{12,40}".prop_map(|core| format!("S3{core}"))
}

fn name() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(NAMES)
}

/// JSON of any shape with the secret under a secret name somewhere inside.
fn planted(secret: String) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~é]{0,20}".prop_map(Value::from),
    ];
    let hidden = (name(), 0..4_u8).prop_map(move |(name, form)| {
        let mut map = Map::new();
        match form {
            0 => map.insert(name.to_owned(), json!(secret)),
            1 => map.insert(name.to_owned(), json!([{"deep": secret}])),
            2 => map.insert(
                "note".to_owned(),
                json!(format!("login with Bearer {secret} failed")),
            ),
            _ => map.insert(
                "inner".to_owned(),
                json!(json!({ name: secret.as_str() }).to_string()),
            ),
        };
        Value::Object(map)
    });
    (leaf, hidden, proptest::collection::vec(0..3_u8, 0..6)).prop_map(|(leaf, hidden, path)| {
        path.into_iter().fold(hidden, |node, step| match step {
            0 => json!([leaf, node]),
            1 => json!({"data": node, "x": leaf}),
            _ => json!([node, node]),
        })
    })
}

fn planted_pair() -> impl Strategy<Value = (String, Value)> {
    secret().prop_flat_map(|secret| (Just(secret.clone()), planted(secret)))
}

proptest! {
    #[test]
    fn json_bodies_lose_it_at_any_depth_and_any_cut((secret, body) in planted_pair(), limit in 20_usize..4_000) {
        let shown = redact::json_text(body.to_string().as_bytes(), limit);
        prop_assert!(!shown.contains(&secret), "{}", shown);
        prop_assert!(serde_json::from_str::<Value>(&shown).is_ok());
        prop_assert!(shown.len() <= limit.max(40));
    }

    #[test]
    fn broken_json_loses_it_too((secret, body) in planted_pair(), cut in 0_usize..400) {
        let text = body.to_string();
        let end = text.len().saturating_sub(1).min(cut.max(text.len() / 2));
        let broken = String::from_utf8_lossy(&text.as_bytes()[..end]).into_owned();
        // A cut through the secret itself leaves a part, still under its name.
        let shown = redact::json_text(broken.as_bytes(), 4_000);
        prop_assert!(!shown.contains(&secret[..8]), "{}", shown);
    }

    #[test]
    fn forms_and_queries_lose_it(
        secret in secret(),
        name in name(),
        before in "[a-z]{1,8}=[a-z0-9+%]{0,10}",
        // Three letters at random may be the name of a secret themselves, which is hidden rightly.
        after in "(page|sort|lang|view)=[a-z0-9]{0,10}",
    ) {
        let encoded = name.replace('[', "%5B").replace(']', "%5D");
        for name in [name, encoded.as_str()] {
            let form = format!("{before}&{name}={secret}&{after}");
            let shown = redact::form(&form);
            prop_assert!(!shown.contains(&secret), "{}", shown);
            prop_assert!(shown.ends_with(&after));
            let address = format!("https://crm.test/x?{form}#{name}={secret}");
            let shown = redact::url(&address);
            prop_assert!(!shown.contains(&secret), "{}", shown);
        }
    }

    #[test]
    fn free_text_loses_it(
        secret in secret(),
        name in name(),
        before in "[a-zA-Zé .:/]{0,20}",
        after in "[a-zA-Zé .:/]{0,20}",
        form in 0..7_usize,
    ) {
        let planted = [
            format!("Bearer {secret}"),
            format!("{name}={secret}"),
            format!("{name}: {secret}"),
            format!("\"{name}\": \"{secret}\""),
            format!("'{name}' => '{secret}'"),
            format!("https://user:{secret}@crm.test/x"),
            format!("eyJ{secret}.eyJ{secret}.{secret}"),
        ];
        let text = format!("{before} {} {after}", planted[form]);
        let shown = redact::text(&text);
        prop_assert!(!shown.contains(&secret), "{} -> {}", text, shown);
        let error = Error::new(ErrorKind::Auth, &text).excerpt(&text).code(&text);
        let shown = format!("{error} {error:?}");
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }

    #[test]
    fn headers_lose_it_unless_they_are_known_to_be_harmless(
        secret in secret(),
        name in "[a-z]{1,10}(-[a-z]{1,10})?",
    ) {
        prop_assume!(!redact::SHOWN_HEADERS.contains(&name.as_str()));
        let mut headers = http::HeaderMap::new();
        headers.insert(http::HeaderName::try_from(name.as_str()).unwrap(), secret.parse().unwrap());
        headers.insert("location", format!("https://h/x?token={secret}").parse().unwrap());
        let shown = format!("{:?}", redact::headers(&headers));
        prop_assert!(!shown.contains(&secret), "{}", shown);
    }

    #[test]
    fn no_text_panics_and_text_without_secrets_is_untouched(any in "\\PC{0,200}", plain in "[a-zA-Zé ,.!?]{0,80}") {
        for shown in [redact::text(&any), redact::form(&any), redact::url(&any)] {
            prop_assert_eq!(shown.is_empty(), any.is_empty());
        }
        let shown = redact::json_text(any.as_bytes(), 50);
        prop_assert!(serde_json::from_str::<Value>(&shown).is_ok());
        prop_assume!(!plain.to_ascii_lowercase().contains("bearer"));
        prop_assume!(!plain.to_ascii_lowercase().contains("basic"));
        prop_assume!(!plain.contains("eyJ"));
        prop_assert_eq!(redact::text(&plain), plain);
    }
}
