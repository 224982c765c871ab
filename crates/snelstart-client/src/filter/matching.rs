//! Filters, judged on a record here.

use std::cmp::Ordering;

use api_core::Json;
use api_core::money::parse_decimal;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Compare, Node, Path, Value};
use crate::wall_time::WallTime;

/// What is known of a condition; the server's answer may differ only where it
/// is `Perhaps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Perhaps,
    Yes,
}

impl Truth {
    fn of(met: bool) -> Self {
        if met { Self::Yes } else { Self::No }
    }
}

/// Judges a condition on a record.
pub(crate) fn judge(node: &Node, record: &Json) -> Truth {
    look(node, record, &mut Vec::new())
}

fn look<'a>(node: &Node, record: &'a Json, items: &mut Vec<&'a Json>) -> Truth {
    match node {
        Node::Compare(path, how, value) => match find(path, record, items) {
            // Not among the members that were asked for, or hidden.
            None => Truth::Perhaps,
            // A database says neither yes nor no to "other than" here.
            Some(Json::Null) if *how == Compare::Ne => Truth::Perhaps,
            Some(Json::Null) => Truth::No,
            Some(found) => compare(found, *how, value),
        },
        Node::Null(path, wanted) => match find(path, record, items) {
            None => Truth::Perhaps,
            Some(found) => Truth::of(found.is_null() == *wanted),
        },
        Node::StartsWith(path, start) => text(find(path, record, items), start, |text, start| {
            text.starts_with(start)
        }),
        Node::Contains(path, part) => text(find(path, record, items), part, |text, part| {
            text.contains(part)
        }),
        Node::Year(path, how, year) => match find(path, record, items) {
            None => Truth::Perhaps,
            Some(Json::Null) => Truth::No,
            Some(found) => match time(found) {
                Some(at) => order(*how, i32::from(at.date().year()).cmp(year)),
                None => Truth::Perhaps,
            },
        },
        Node::Any(path, depth, inner) => match find(path, record, items) {
            None => Truth::Perhaps,
            Some(Json::List(list)) => {
                let mut best = Truth::No;
                for item in list {
                    items.truncate(usize::from(*depth));
                    items.push(item);
                    best = best.max(look(inner, record, items));
                }
                items.truncate(usize::from(*depth));
                best
            }
            Some(_) => Truth::No,
        },
        Node::And(left, right) => look(left, record, items).min(look(right, record, items)),
        Node::Or(left, right) => look(left, record, items).max(look(right, record, items)),
        Node::Not(inner) => match look(inner, record, items) {
            Truth::Yes => Truth::No,
            Truth::Perhaps => Truth::Perhaps,
            Truth::No => Truth::Yes,
        },
        Node::Raw(_) => Truth::Perhaps,
    }
}

/// Finds a property; a `null` on the way is the property's `null`.
fn find<'a>(path: &Path, record: &'a Json, items: &[&'a Json]) -> Option<&'a Json> {
    let mut here = match path.item() {
        Some(depth) => *items.get(usize::from(depth))?,
        None => record,
    };
    for member in path.members() {
        if here.is_null() {
            return Some(here);
        }
        let members = here.as_map()?;
        here = members.get(*member).or_else(|| {
            members
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(member))
                .map(|(_, value)| value)
        })?;
    }
    Some(here)
}

fn compare(found: &Json, how: Compare, value: &Value) -> Truth {
    match value {
        Value::Text(wanted) => match (found, how) {
            (Json::Text(found), Compare::Eq) => same(found, wanted),
            (Json::Text(found), Compare::Ne) => match same(found, wanted) {
                Truth::Yes => Truth::No,
                Truth::Perhaps => Truth::Perhaps,
                Truth::No => Truth::Yes,
            },
            // The order of texts is the server's own.
            _ => Truth::Perhaps,
        },
        Value::Guid(wanted) => match found.as_str().and_then(|id| Uuid::try_parse(id).ok()) {
            Some(found) => order(how, found.cmp(wanted)),
            None => Truth::Perhaps,
        },
        Value::Time(wanted) => match time(found) {
            Some(found) => order(how, found.cmp(wanted)),
            None => Truth::Perhaps,
        },
        Value::Number(wanted) => match number(found) {
            Some(found) => order(how, found.cmp(wanted)),
            None => Truth::Perhaps,
        },
        Value::Bool(wanted) => match found.as_bool() {
            Some(found) => order(how, found.cmp(wanted)),
            None => Truth::Perhaps,
        },
    }
}

fn order(how: Compare, found: Ordering) -> Truth {
    Truth::of(match how {
        Compare::Eq => found.is_eq(),
        Compare::Ne => found.is_ne(),
        Compare::Gt => found.is_gt(),
        Compare::Ge => found.is_ge(),
        Compare::Lt => found.is_lt(),
        Compare::Le => found.is_le(),
    })
}

/// Case, and blanks at the end, may or may not matter to the server.
fn fold(text: &str) -> String {
    text.trim_end().to_lowercase()
}

fn same(found: &str, wanted: &str) -> Truth {
    if found == wanted {
        Truth::Yes
    } else if fold(found) == fold(wanted) {
        Truth::Perhaps
    } else {
        Truth::No
    }
}

fn text(found: Option<&Json>, part: &str, holds: impl Fn(&str, &str) -> bool) -> Truth {
    match found {
        Some(Json::Text(found)) if holds(found, part) => Truth::Yes,
        Some(Json::Text(found)) if holds(&fold(found), &fold(part)) => Truth::Perhaps,
        Some(Json::Text(_) | Json::Null) => Truth::No,
        _ => Truth::Perhaps,
    }
}

fn time(found: &Json) -> Option<WallTime> {
    found.as_str()?.parse().ok()
}

fn number(found: &Json) -> Option<Decimal> {
    match found {
        Json::Number(number) => number.to_decimal(),
        Json::Text(text) => parse_decimal(text).ok(),
        _ => None,
    }
}
