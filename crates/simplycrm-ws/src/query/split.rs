//! Cutting a query whose lists are too long for a request line.

use super::condition::{Condition, Test};
use super::{Filter, Query, QueryError};

/// How many bytes a query takes in an address.
///
/// Spaces are counted like any other escaped byte, so this is the most it can
/// take.
pub(crate) fn encoded_len(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => 1,
            _ => 3,
        })
        .sum()
}

/// Cuts a query into ones that each fit; together they find the same rows.
///
/// Alternatives are dealt out in turn and lists (`in`) halved, so a row may be
/// found by more than one of them. `spare` bytes are left for each alternative.
pub(crate) fn split(query: &Query, most: usize, spare: usize) -> Result<Vec<Query>, QueryError> {
    let clauses = match &query.filter {
        Some(filter) => filter.clauses()?,
        None => Vec::new(),
    };
    let length = encoded_len(&query.build()?) + spare * clauses.len().max(1);
    if length <= most {
        return Ok(vec![query.clone()]);
    }
    if clauses.is_empty() {
        return Err(QueryError::TooLong(length));
    }
    let fits = |clauses: &[Vec<Condition>]| -> Result<bool, QueryError> {
        let length = encoded_len(&with(query, clauses.to_vec()).build()?);
        Ok(length + spare * clauses.len() <= most)
    };
    let mut small = Vec::new();
    let mut pack: Vec<Vec<Condition>> = Vec::new();
    for clause in clauses {
        pack.push(clause);
        if fits(&pack)? {
            continue;
        }
        let last = pack.pop();
        if !pack.is_empty() {
            small.push(with(query, std::mem::take(&mut pack)));
        }
        if let Some(clause) = last {
            if fits(std::slice::from_ref(&clause))? {
                pack.push(clause);
            } else {
                halve(query, clause, most.saturating_sub(spare), &mut small)?;
            }
        }
    }
    if !pack.is_empty() {
        small.push(with(query, pack));
    }
    Ok(small)
}

fn with(query: &Query, clauses: Vec<Vec<Condition>>) -> Query {
    let mut query = query.clone();
    query.filter = Some(Filter::of_clauses(clauses));
    query
}

/// Halves the longest list of a clause until the query fits.
fn halve(
    query: &Query,
    clause: Vec<Condition>,
    most: usize,
    out: &mut Vec<Query>,
) -> Result<(), QueryError> {
    let one = with(query, vec![clause.clone()]);
    let length = encoded_len(&one.build()?);
    if length <= most {
        out.push(one);
        return Ok(());
    }
    let list = |condition: &Condition| match &condition.test {
        Test::In(values) => values.len(),
        _ => 0,
    };
    let longest = clause
        .iter()
        .enumerate()
        .max_by_key(|(_, condition)| list(condition))
        .filter(|(_, condition)| list(condition) > 1)
        .map(|(at, _)| at);
    let Some(longest) = longest else {
        return Err(QueryError::TooLong(length));
    };
    for half in [0, 1] {
        let mut part = clause.clone();
        if let Some(Condition {
            test: Test::In(values),
            ..
        }) = part.get_mut(longest)
        {
            let tail = values.split_off(values.len() / 2);
            if half == 1 {
                *values = tail;
            }
        }
        halve(query, part, most, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::field;
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_nothing_is_left_out() {
        let ids: Vec<String> = (0..1000).map(|n| format!("12x{n}")).collect();
        let query = Query::select(["lastname"])
            .from("Contacts")
            .filter(field("id").is_in(ids.clone()))
            .and(field("email").ne("x"));
        let parts = split(&query, 2000, 0).unwrap();
        assert!(parts.len() > 5, "{}", parts.len());
        let mut seen = Vec::new();
        for part in &parts {
            assert!(encoded_len(&part.build().unwrap()) <= 2000);
            for condition in part.filter.as_ref().unwrap().conditions() {
                if let Test::In(values) = &condition.test {
                    seen.extend(values.iter().map(|value| value.as_str().to_owned()));
                }
            }
        }
        assert_eq!(seen, ids);
    }

    #[test]
    fn what_cannot_be_cut_says_how_long_it_is() {
        let long = Query::all()
            .from("Contacts")
            .filter(field("a").eq("x".repeat(9000)));
        assert!(matches!(split(&long, 8000, 0), Err(QueryError::TooLong(n)) if n > 9000));
        let short = Query::all().from("Contacts");
        assert_eq!(split(&short, 8000, 0).unwrap(), [short]);
    }

    #[test]
    fn many_alternatives_are_packed_together() {
        let mut query = Query::all().from("Contacts");
        for n in 0..200 {
            query = query.or(field(format!("f{n}")).eq("some value"));
        }
        let parts = split(&query, 2000, 80).unwrap();
        assert!((10..20).contains(&parts.len()), "{}", parts.len());
        let found: usize = parts
            .iter()
            .map(|part| part.filter.as_ref().unwrap().clauses().unwrap().len())
            .sum();
        assert_eq!(found, 200);
        for part in parts {
            let clauses = part.filter.as_ref().unwrap().clauses().unwrap().len();
            assert!(encoded_len(&part.build().unwrap()) + 80 * clauses <= 2000);
        }
    }

    #[test]
    fn alternatives_are_dealt_out() {
        let query = Query::all()
            .from("Contacts")
            .filter(field("a").eq("x".repeat(500)))
            .or(field("b").eq("y".repeat(500)));
        assert_eq!(split(&query, 700, 100).unwrap().len(), 2);
    }
}
