//! Queries as they are written.

use super::*;

fn built(query: &Query) -> String {
    query.build().unwrap()
}

#[test]
fn a_query_is_written_in_the_order_of_the_grammar() {
    let query = Query::select(["lastname", "email"])
        .from("Contacts")
        .filter(field("lastname").like("O'B%"))
        .order_by("lastname")
        .order_by_desc("id")
        .limit(5)
        .offset(10);
    assert_eq!(
        built(&query),
        "select lastname,email from Contacts where lastname like 'O''B%' \
         order by lastname,id desc limit 10,5;"
    );
    assert_eq!(built(&Query::all().from("Leads")), "select * from Leads;");
    assert_eq!(
        built(&Query::count().from("Leads")),
        "select count(*) from Leads;"
    );
    assert_eq!(
        built(&Query::all().from("Leads").offset(100)),
        "select * from Leads limit 100,100;"
    );
}

#[test]
fn what_the_grammar_cannot_express_is_an_error() {
    use QueryError as E;
    let all = || Query::all().from("Contacts");
    for (query, expected) in [
        (Query::all(), E::NoModule),
        (Query::select(Vec::<String>::new()).from("A"), E::NoColumns),
        (Query::select(["a.b"]).from("A"), E::Name("a.b".into())),
        (
            Query::select(["shipping_&_handling"]).from("Invoice"),
            E::Name("shipping_&_handling".into()),
        ),
        (Query::select(["order"]).from("A"), E::Name("order".into())),
        (Query::select(["12"]).from("A"), E::Name("12".into())),
        (Query::all().from("a b"), E::Name("a b".into())),
        (Query::all().from("Where"), E::Name("Where".into())),
        (all().order_by("x;"), E::Name("x;".into())),
        (all().order_by(""), E::Name(String::new())),
        (all().limit(101), E::Limit(101)),
        (
            all().filter(field("email").eq("")),
            E::EmptyLiteral("email".into()),
        ),
        (
            all().filter(field("email").like("")),
            E::EmptyLiteral("email".into()),
        ),
        (
            all().filter(field("email").contains("")),
            E::EmptyLiteral("email".into()),
        ),
        (
            all().filter(field("email").is_in(["a", ""])),
            E::EmptyLiteral("email".into()),
        ),
        (
            all().filter(field("email").is_in(Vec::<String>::new())),
            E::EmptyList("email".into()),
        ),
        (
            all().filter(
                field("a")
                    .eq("1")
                    .or(field("b").eq("2"))
                    .and(field("c").eq("3")),
            ),
            E::NeedsParentheses,
        ),
        (all().filter(field("id").eq("5")), E::NotAnId("id".into())),
        (
            all().filter(field("account_id").eq("11x3 or 1=1")),
            E::NotAnId("account_id".into()),
        ),
    ] {
        assert_eq!(query.build(), Err(expected));
    }
}

#[test]
fn a_text_that_can_do_no_harm_may_be_compared_with_a_field_called_like_a_reference() {
    for filter in [
        field("customer").eq("Vos"),
        field("customer").like("V%"),
        field("account_id").eq("3"),
        field("account_id").is_in(["11x3", "11x4"]),
    ] {
        built(&Query::all().from("Assets").filter(filter));
    }
    for filter in [
        field("customer").eq("11x3 or 1=1"),
        field("related_to").like("11x3%"),
        field("account_id").is_in(["11x3", "0x1) or (1=1"]),
        field("id").like("12"),
    ] {
        let query = Query::all().from("Assets").filter(filter);
        assert!(
            matches!(query.build(), Err(QueryError::NotAnId(_))),
            "{query}"
        );
    }
}

#[test]
fn a_column_that_ends_in_from_is_not_taken_for_the_keyword() {
    let query = Query::select(["id", "valid_from"]).from("Assets");
    assert_eq!(built(&query), "select valid_from,id from Assets;");
}

#[test]
fn a_query_for_a_relation_has_a_capital_where_and_no_end() {
    let query = Query::select(["lastname"])
        .from("Contacts")
        .filter(field("lastname").contains("1"))
        .order_by("id")
        .limit(3);
    assert_eq!(
        query.build_related().unwrap(),
        "select lastname from Contacts WHERE lastname like '%1%' order by id limit 3"
    );
    let plain = Query::all().from("Contacts");
    assert_eq!(plain.build_related().unwrap(), "select * from Contacts");
    for query in [
        plain.clone().order_by("id"),
        plain.clone().limit(3),
        Query::count().from("Contacts"),
        Query::select(["nowhere"]).from("Contacts"),
        plain.clone().filter(field("a").eq("NOWHERE")),
        plain.filter(field("a").eq("1")).or(field("b").eq("2")),
    ] {
        assert!(
            matches!(query.build_related(), Err(QueryError::NotRelated(_))),
            "{query}"
        );
    }
}
