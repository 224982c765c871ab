//! Bodies of any bytes.

use audit_log::{Bodies, Entry, EventName, Level, MaskOptions, PersonalData, mask};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{exchange, masked};

fn json_like() -> impl Strategy<Value = String> {
    "[\\{\\}\\[\\]\":,\\\\u0-9a-z \\.\\-é@='&%]{0,300}"
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_json_stays_json(
        request in prop_oneof![json_like(), "\\PC{0,300}", ".{0,200}"],
        response in prop_oneof![json_like(), "\\PC{0,300}"],
        url in "\\PC{0,100}",
        path in proptest::option::of("[/a-z{}é?]{0,30}"),
        header in "\\PC{0,40}",
        limit in 0..2_000_usize,
        keep in any::<bool>(),
        failed in any::<bool>(),
    ) {
        let bodies = Bodies {
            url: url.clone(),
            request: request.clone(),
            response,
            request_headers: vec![("link".to_owned(), header.clone()), ("content-type".to_owned(), header)],
            ..Bodies::default()
        };
        let level = if failed { Level::Error } else { Level::Debug };
        let mut entry = Entry::new(level, EventName::HttpExchange, request.clone())
            .detail(url, request.as_str())
            .bodies(bodies);
        entry.path = path;
        let options = MaskOptions {
            personal_data: if keep { PersonalData::Keep } else { PersonalData::Mask },
            body_bytes: limit,
            ..MaskOptions::default()
        };
        mask::entry(&mut entry, &options);
        let shown = entry.bodies.unwrap().request;
        if serde_json::from_str::<Value>(&request).is_ok_and(|json| json.is_object() || json.is_array()) {
            prop_assert!(serde_json::from_str::<Value>(&shown).is_ok(), "{} -> {}", request, shown);
        }
        prop_assert!(shown.len() <= limit.max(48), "{}: {}", limit, shown.len());
    }

    #[test]
    fn any_json_stays_json_at_any_cut(
        leaves in proptest::collection::vec("\\PC{0,60}", 1..20),
        depth in 0..90_usize,
        limit in 60..3_000_usize,
    ) {
        let mut node = json!({"id": 1, "rows": leaves});
        for at in 0..depth {
            node = if at % 2 == 0 { json!([1, node]) } else { json!({"x": node, "name": "Jan"}) };
        }
        let text = node.to_string();
        let shown = masked(exchange(Level::Error, &text, &text), limit).bodies.unwrap().request;
        prop_assert!(serde_json::from_str::<Value>(&shown).is_ok(), "{}", shown);
        prop_assert!(shown.len() <= limit.max(48), "{}: {}", limit, shown.len());
    }

    #[test]
    fn names_and_values_in_any_order_and_number_stay_json(
        sent in pairs(),
        limit in 60..3_000_usize,
        keep in any::<bool>(),
    ) {
        let options = MaskOptions {
            personal_data: if keep { PersonalData::Keep } else { PersonalData::Mask },
            body_bytes: limit,
            ..MaskOptions::default()
        };
        let mut entry = exchange(Level::Error, &sent, &json!({"data": sent}).to_string());
        mask::entry(&mut entry, &options);
        let bodies = entry.bodies.unwrap();
        for shown in [bodies.request, bodies.response] {
            prop_assert!(serde_json::from_str::<Value>(&shown).is_ok(), "{} -> {}", sent, shown);
            prop_assert!(shown.len() <= limit.max(48), "{}: {}", limit, shown.len());
        }
    }
}

/// Objects whose members say of each other that they are secret, also some that come twice.
fn pairs() -> impl Strategy<Value = String> {
    let name = proptest::sample::select(vec![
        "name", "key", "field", "header", "value", "val", "content", "message", "id",
    ]);
    let leaf = proptest::sample::select(vec![
        "1",
        "true",
        "null",
        "\"password\"",
        "\"api_token\"",
        "\"open\"",
        "\"It went wrong.\"",
        "\"pass\\u0077ord\"",
        "\"Zonnebloem B.V.\"",
        "[]",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(4, 120, 12, move |inner| {
            let pair = (name.clone(), inner);
            proptest::collection::vec(pair, 0..12).prop_map(|pairs| {
                let pairs = pairs
                    .iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
            })
        })
        .prop_filter("an object", |text| text.starts_with('{'))
}
