//! Filters as they are written.

use super::*;

fn written(filter: &Filter) -> Result<String, QueryError> {
    let mut out = String::new();
    filter.write(&mut out)?;
    Ok(out)
}

fn f(name: &str) -> Filter {
    field(name).eq("1")
}

#[test]
fn and_binds_tighter_than_or() {
    let filter = f("a").and(f("b")).or(f("c").and(f("d")));
    assert_eq!(
        written(&filter).unwrap(),
        "a = '1' and b = '1' or c = '1' and d = '1'"
    );
}

#[test]
fn distributing_writes_parentheses_out() {
    let filter = f("a").or(f("b")).and(f("c").or(f("d")));
    assert_eq!(written(&filter), Err(QueryError::NeedsParentheses));
    assert_eq!(
        written(&filter.distribute()).unwrap(),
        "a = '1' and c = '1' or a = '1' and d = '1' or b = '1' and c = '1' or b = '1' and d = '1'"
    );
    let mut big = f("a");
    for at in 0..9 {
        big = big.and(f(&format!("x{at}")).or(f(&format!("y{at}"))));
    }
    assert_eq!(
        written(&big.distribute()),
        Err(QueryError::TooManyParts(MOST_PARTS))
    );
}

#[test]
fn every_kind_of_value_is_quoted() {
    let date: api_core::Date = "2026-02-28".parse().unwrap();
    let decimal: rust_decimal::Decimal = "10.50".parse().unwrap();
    let filter = field("a")
        .ge(date)
        .and(field("b").lt(decimal))
        .and(field("c").ne(true))
        .and(field("d").le(7_i64))
        .and(field("account_id").is_in([crate::RecordId::new(11, 3)]))
        .and(field("m").gt(QueryValue::at(
            api_core::Timestamp::from_micros(1_767_225_600_900_000),
            &jiff::tz::TimeZone::fixed(jiff::tz::offset(1)),
        )));
    assert_eq!(
        written(&filter).unwrap(),
        "a >= '2026-02-28' and b < '10.50' and c != '1' and d <= '7' \
         and account_id in ('11x3') and m > '2026-01-01 01:00:00'"
    );
}
