//! The query builder against the language as servers read it.

use proptest::prelude::*;
use simplycrm_ws::{Filter, Query, QueryError, field};

use crate::vtql::{self, Parsed, Piece, Refusal};

fn parsed(query: &Query) -> Parsed {
    let text = query.build().expect("can be written");
    vtql::parse(&text).unwrap_or_else(|refusal| panic!("{refusal:?} in {text}"))
}

/// The texts that the database compares with, one for each value.
fn compared(parsed: &Parsed) -> Vec<String> {
    parsed
        .clauses
        .iter()
        .flatten()
        .flat_map(|condition| &condition.values)
        .map(|raw| vtql::database_text(raw).unwrap_or_else(|| panic!("{raw} breaks out")))
        .collect()
}

#[test]
fn the_grammar_judges_recorded_queries_as_the_servers_did() {
    #[derive(serde::Deserialize)]
    struct Case {
        case: String,
        query: String,
        answer: String,
    }
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../fixtures/query/grammar.json")).unwrap();
    assert!(cases.len() > 120, "{}", cases.len());
    for case in cases {
        let verdict = vtql::parse(&case.query);
        match case.answer.as_str() {
            "ok" | "INVALID_ID_ATTRIBUTE" => assert!(verdict.is_ok(), "{}: {verdict:?}", case.case),
            "INTERNAL_SERVER_ERROR" => {
                assert!(
                    matches!(verdict, Err(Refusal::Lexer(_))),
                    "{}: {verdict:?}",
                    case.case
                );
            }
            "QUERY_SYNTAX_ERROR" => {
                assert!(
                    matches!(verdict, Err(Refusal::Syntax(_))),
                    "{}: {verdict:?}",
                    case.case
                );
            }
            // The grammar has nothing against it: fields, rights, the database.
            "ACCESS_DENIED" | "DATABASE_QUERY_ERROR" => {}
            other => panic!("{}: {other}", case.case),
        }
    }
}

#[test]
fn an_undoubled_backslash_at_the_end_breaks_out_of_the_recorded_literal() {
    let broken = r"select lastname from Contacts where lastname = 'abc\';";
    let condition = &vtql::parse(broken).unwrap().clauses[0][0];
    assert_eq!(vtql::database_text(&condition.values[0]), None);
    let query = Query::select(["lastname"])
        .from("Contacts")
        .filter(field("lastname").eq(r"abc\"));
    assert_eq!(compared(&parsed(&query)), [r"abc\"]);
}

#[test]
fn recorded_texts_are_escaped_as_the_server_found_them() {
    for (value, literal) in [
        ("O'Brien 000", "'O''Brien 000'"),
        (r"Back\slash 017", r"'Back\\slash 017'"),
        ("Smith & Sons 005", "'Smith & Sons 005'"),
    ] {
        let query = Query::all()
            .from("Contacts")
            .filter(field("lastname").eq(value));
        assert!(query.build().unwrap().contains(literal), "{query}");
    }
    let like = Query::select(["lastname"])
        .from("Contacts")
        .filter(field("lastname").like(r"Back\slash%"));
    assert_eq!(
        like.build().unwrap(),
        r"select lastname from Contacts where lastname like 'Back\\\\slash%';"
    );
}

/// Texts with more quotes, backslashes and wildcards than chance would bring.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        proptest::collection::vec(
            prop_oneof![
                Just("'".to_owned()),
                Just("\\".to_owned()),
                Just("%".to_owned()),
                Just("_".to_owned()),
                Just(";".to_owned()),
                Just(" or 1=1 -- ".to_owned()),
                Just(" from ".to_owned()),
                Just("\0".to_owned()),
                Just("\n".to_owned()),
                "[a-z\"`()x,]{1,3}",
                any::<char>().prop_map(String::from),
            ],
            0..12
        )
        .prop_map(|parts| parts.concat()),
    ]
}

/// The characters of a text, each standing for itself.
fn chars(text: &str) -> Vec<Piece> {
    text.chars().map(Piece::Char).collect()
}

/// A filter of one shape or another, with the number of values in it.
fn filters() -> impl Strategy<Value = Filter> {
    let leaf = (0..4_u8, "[a-f]", "[a-z'\\\\]{1,4}").prop_map(|(kind, name, value)| {
        let field = field(format!("f{name}"));
        match kind {
            0 => field.eq(value),
            1 => field.is_in([value.clone(), value]),
            2 => field.contains(value),
            _ => field.ge(value),
        }
    });
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.and(b)),
            (inner.clone(), inner).prop_map(|(a, b)| a.or(b)),
        ]
    })
}

/// Whether a filter holds where some conditions do, read from its text.
fn holds(parsed: &Parsed, truth: &dyn Fn(&str) -> bool) -> bool {
    parsed
        .clauses
        .iter()
        .any(|clause| clause.iter().all(|condition| truth(&condition.field)))
}

proptest! {
    #[test]
    fn any_text_survives_an_equals_and_an_in(value in nasty(), more in nasty()) {
        let query = Query::all()
            .from("Contacts")
            .filter(field("lastname").eq(&value))
            .and(field("email").is_in([value.as_str(), more.as_str()]))
            .order_by("id")
            .limit(7);
        if value.is_empty() || more.is_empty() {
            prop_assert!(matches!(query.build(), Err(QueryError::EmptyLiteral(_))));
            return Ok(());
        }
        let parsed = parsed(&query);
        prop_assert_eq!(compared(&parsed), [value.clone(), value, more]);
        prop_assert_eq!(&parsed.columns, &["*"]);
        prop_assert_eq!(&parsed.module, "Contacts");
        prop_assert_eq!(&parsed.order, &["id"]);
        prop_assert_eq!(&parsed.limit, &[7]);
        prop_assert_eq!(parsed.clauses.len(), 1);
    }

    #[test]
    fn any_text_survives_a_like(value in nasty()) {
        prop_assume!(!value.is_empty());
        for (filter, before, after) in [
            (field("a").contains(&value), true, true),
            (field("a").starts_with(&value), false, true),
            (field("a").ends_with(&value), true, false),
        ] {
            let parsed = parsed(&Query::all().from("Leads").filter(filter));
            let [pattern] = &compared(&parsed)[..] else {
                return Err(TestCaseError::fail("one value"));
            };
            let mut expected = Vec::new();
            expected.extend(before.then_some(Piece::Any));
            expected.extend(chars(&value));
            expected.extend(after.then_some(Piece::Any));
            prop_assert_eq!(vtql::like(pattern), expected);
        }
    }

    #[test]
    fn a_pattern_means_what_its_wildcards_say(value in nasty()) {
        prop_assume!(!value.is_empty());
        let parsed = parsed(&Query::all().from("Leads").filter(field("a").like(&value)));
        let mut expected = Vec::new();
        let mut rest = value.chars().peekable();
        while let Some(c) = rest.next() {
            expected.push(match c {
                '%' => Piece::Any,
                '_' => Piece::One,
                '\\' => Piece::Char(
                    rest.next_if(|next| matches!(next, '%' | '_' | '\\')).unwrap_or('\\'),
                ),
                c => Piece::Char(c),
            });
        }
        prop_assert_eq!(vtql::like(&compared(&parsed)[0]), expected);
    }

    #[test]
    fn any_name_is_refused_or_read_as_it_is(name in "[ -~]{1,8}|[a-z_]{2,8}|order|from|IN|id") {
        let query = Query::select([name.clone(), "x".to_owned()])
            .from("Contacts")
            .filter(field(name.clone()).eq("1x1"))
            .order_by(name.clone());
        match query.build() {
            Ok(text) => {
                let parsed = vtql::parse(&text).unwrap();
                prop_assert_eq!(&parsed.columns[0], &name);
                prop_assert_eq!(&parsed.clauses[0][0].field, &name);
                prop_assert_eq!(&parsed.order[0], &name);
            }
            Err(error) => prop_assert!(matches!(error, QueryError::Name(_)), "{error}"),
        }
    }

    #[test]
    fn distributing_a_filter_never_changes_what_it_finds(
        filter in filters(),
        truth in proptest::collection::vec(any::<bool>(), 6),
    ) {
        let truth = |name: &str| {
            let letter = name.as_bytes().get(1).copied().unwrap_or(b'a');
            truth[usize::from(letter - b'a')]
        };
        let query = |filter: Filter| Query::all().from("Leads").filter(filter);
        let plain = query(filter.clone()).build();
        let spread = query(filter.distribute()).build();
        match (plain, spread) {
            (Ok(plain), Ok(spread)) => {
                let plain = vtql::parse(&plain).unwrap();
                let spread = vtql::parse(&spread).unwrap();
                prop_assert_eq!(holds(&plain, &truth), holds(&spread, &truth));
            }
            (Err(QueryError::NeedsParentheses), Ok(spread)) => {
                vtql::parse(&spread).unwrap();
            }
            (_, Err(QueryError::TooManyParts(_))) => {}
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }
}
