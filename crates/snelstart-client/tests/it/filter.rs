use api_core::Json;
use proptest::prelude::*;
use rust_decimal::Decimal;
use snelstart_client::filter::example::{Customer, CustomerId, Kind};
use snelstart_client::{Date, Filter, Uuid, WallTime};

const ID: &str = "0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4";

fn wall(text: &str) -> WallTime {
    text.parse().unwrap()
}

fn id() -> CustomerId {
    ID.parse().unwrap()
}

#[test]
fn every_predicate_is_written_as_odata_3_has_it() {
    let f = Customer::fields();
    let day: Date = "2019-05-28".parse().unwrap();
    let table = [
        (f.name().eq("Jansen"), "Naam eq 'Jansen'"),
        (
            f.name().eq("'s-Gravenhage's"),
            "Naam eq '''s-Gravenhage''s'",
        ),
        (
            f.id().eq(id()),
            "Id eq guid'0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4'",
        ),
        (f.code().ne(-1), "Relatiecode ne -1"),
        (f.open().gt(0), "OpenstaandSaldo gt 0"),
        (
            f.open().le(Decimal::new(1250, 2)),
            "OpenstaandSaldo le 12.5M",
        ),
        (f.open().lt(Decimal::new(-100, 2)), "OpenstaandSaldo lt -1"),
        (f.inactive().eq(false), "Nonactief eq false"),
        (
            f.modified_on().ge(wall("2017-07-16T23:59:59.999")),
            "ModifiedOn ge datetime'2017-07-16T23:59:59.999'",
        ),
        (
            f.modified_on().ge(day),
            "ModifiedOn ge datetime'2019-05-28T00:00:00'",
        ),
        (f.modified_on().year(2016), "year(ModifiedOn) eq 2016"),
        (f.name().is_null(), "Naam eq null"),
        (f.name().not_null(), "Naam ne null"),
        (
            f.name().starts_with("Test"),
            "startswith(Naam,'Test') eq true",
        ),
        (
            f.name().contains("Test"),
            "substringof('Test',Naam) eq true",
        ),
        (
            f.kinds().any(|kind| kind.eq("Eigen")),
            "Relatiesoort/any(x:x eq 'Eigen')",
        ),
        (
            f.kinds().any(|kind| kind.eq(Kind::Supplier)),
            "Relatiesoort/any(x:x eq 'Leverancier')",
        ),
        (
            f.place().parent().id().eq(id()),
            "VestigingsAdres/Land/Id eq guid'0b54f7f2-6f3a-4d86-8c19-5a2f60d1c3e4'",
        ),
        (
            f.places().any(|place| {
                place
                    .town()
                    .eq("Goes")
                    .and(place.parent().id().eq(Uuid::nil()))
            }),
            "Adressen/any(x:(x/Plaats eq 'Goes') and (x/Land/Id eq guid'00000000-0000-0000-0000-000000000000'))",
        ),
        (
            f.name().eq("a").or(f.name().eq("b")).and(f.code().ge(0)),
            "((Naam eq 'a') or (Naam eq 'b')) and (Relatiecode ge 0)",
        ),
        (f.name().eq("a").not(), "not (Naam eq 'a')"),
        (!f.name().eq("a"), "not (Naam eq 'a')"),
        (Filter::raw("Email ne null"), "Email ne null"),
    ];
    for (filter, text) in table {
        assert_eq!(filter.to_string(), text);
    }
    assert_eq!(f.place().parent().id().name(), "VestigingsAdres/Land/Id");
}

fn record(text: &str) -> Json {
    Json::parse(text).unwrap()
}

#[test]
fn a_record_is_dropped_only_where_the_filter_certainly_excludes_it() {
    let f = Customer::fields();
    let jansen = record(&format!(
        r#"{{"id":"{ID}","naam":"Jansen","relatiecode":5,"openstaandSaldo":12.50,"nonactief":false,
            "modifiedOn":"2026-03-01T10:00:00","relatiesoort":["Klant"],
            "vestigingsAdres":{{"plaats":"Goes","land":null}},"adressen":[]}}"#
    ));
    let table = [
        (f.name().eq("Jansen"), true),
        (f.name().eq("jansen "), true),
        (f.name().eq("Janssen"), false),
        (f.name().ne("Jansen"), false),
        (f.name().ne("jansen"), true),
        (f.name().starts_with("jan"), true),
        (f.name().contains("piet"), false),
        (f.id().eq(id()), true),
        (f.id().eq(Uuid::nil()), false),
        (f.code().gt(5), false),
        (f.code().ge(5), true),
        (f.open().eq(Decimal::new(125, 1)), true),
        (f.open().lt(12), false),
        (f.inactive().eq(true), false),
        (f.modified_on().ge(wall("2026-03-01T10:00:00")), true),
        (f.modified_on().gt(wall("2026-03-01T10:00:00")), false),
        (f.modified_on().year(2025), false),
        (f.kinds().any(|kind| kind.eq("Klant")), true),
        (f.kinds().any(|kind| kind.eq("Eigen")), false),
        (f.places().any(|place| place.town().eq("Goes")), false),
        (f.place().town().eq("Goes"), true),
        (f.place().parent().id().eq(Uuid::nil()), false),
        (f.place().parent().id().is_null(), true),
        (f.name().is_null(), false),
        (f.name().is_null().not(), true),
        (f.name().eq("x").or(f.code().eq(5)), true),
        (f.name().eq("x").and(f.code().eq(5)), false),
        (Filter::raw("Whatever eq 1"), true),
    ];
    for (filter, expected) in table {
        assert_eq!(filter.matches(&jansen), expected, "{filter}");
    }
}

#[test]
fn what_was_not_asked_for_or_is_of_another_type_decides_nothing() {
    let f = Customer::fields();
    for text in [
        r#"{}"#,
        r#"{"naam":7,"relatiecode":"many","modifiedOn":"soon"}"#,
    ] {
        let row = record(text);
        assert!(f.name().eq("x").matches(&row));
        assert!(f.name().eq("x").not().matches(&row));
        assert!(f.code().gt(7).matches(&row));
        assert!(f.modified_on().year(1900).matches(&row));
        assert!(f.kinds().any(|kind| kind.eq("Klant")).matches(&row));
    }
}

#[test]
fn a_great_many_conditions_are_written_and_judged() {
    let number = Customer::fields().name();
    let many = (0..20_000).map(|n| number.eq(format!("F{n}")));
    let filter = Filter::any_of(many).unwrap();
    for (name, met) in [("F0", true), ("F19999", true), ("F20000", false)] {
        let record = Json::parse(&format!(r#"{{"naam":"{name}"}}"#)).unwrap();
        assert_eq!(filter.matches(&record), met, "{name}");
    }
    assert_eq!(filter.to_string().matches(" or ").count(), 19_999);
    assert_eq!(Filter::<Customer>::any_of([]), None);
}

#[test]
fn names_are_found_in_any_case() {
    let row = record(r#"{"Naam":"Jansen","RelatieCode":5}"#);
    let f = Customer::fields();
    assert!(!f.name().eq("Piet").matches(&row));
    assert!(!f.code().eq(6).matches(&row));
}

/// Reads the text between the quotes of a literal back.
fn unquoted(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut out = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter == '\'' && letters.next() != Some('\'') {
            return None;
        }
        out.push(letter);
    }
    Some(out)
}

proptest! {
    #[test]
    fn the_text_of_a_literal_never_leaves_its_quotes(text in any::<String>()) {
        let filter = Customer::fields().name().eq(text.as_str()).to_string();
        let literal = filter.strip_prefix("Naam eq ").unwrap();
        prop_assert_eq!(unquoted(literal), Some(text));
    }

    #[test]
    fn judging_here_agrees_with_plain_comparison(
        wanted in -3_i32..3,
        found in proptest::option::of(-3_i32..3),
        low in -3_i32..3,
    ) {
        let f = Customer::fields();
        let value = found.map_or("null".to_owned(), |code| code.to_string());
        let row = record(&format!(r#"{{"relatiecode":{value}}}"#));
        let holds = |met: fn(i32, i32) -> bool| found.is_some_and(|code| met(code, wanted));
        prop_assert_eq!(f.code().eq(wanted).matches(&row), holds(|a, b| a == b));
        prop_assert_eq!(f.code().gt(wanted).matches(&row), holds(|a, b| a > b));
        prop_assert_eq!(f.code().ge(wanted).matches(&row), holds(|a, b| a >= b));
        prop_assert_eq!(f.code().lt(wanted).matches(&row), holds(|a, b| a < b));
        prop_assert_eq!(f.code().le(wanted).matches(&row), holds(|a, b| a <= b));
        prop_assert_eq!(f.code().is_null().matches(&row), found.is_none());
        let both = f.code().ge(low).and(f.code().le(wanted));
        prop_assert_eq!(
            both.matches(&row),
            found.is_some_and(|code| code >= low && code <= wanted)
        );
        if let Some(code) = found {
            prop_assert_eq!(f.code().ne(wanted).matches(&row), code != wanted);
            prop_assert_eq!(f.code().eq(wanted).not().matches(&row), code != wanted);
            let either = f.code().lt(low).or(f.code().gt(wanted));
            prop_assert_eq!(either.matches(&row), code < low || code > wanted);
        }
    }

    #[test]
    fn a_text_always_matches_itself_and_its_parts(text in any::<String>(), cut in 0_usize..8) {
        let f = Customer::fields();
        let row = Json::from(serde_json::json!({"naam": text}));
        let start: String = text.chars().take(cut).collect();
        prop_assert!(f.name().eq(text.as_str()).matches(&row));
        prop_assert!(f.name().starts_with(start.as_str()).matches(&row));
        prop_assert!(f.name().contains(start.as_str()).matches(&row));
        prop_assert!(!f.name().eq(text.as_str()).not().matches(&row));
    }
}
