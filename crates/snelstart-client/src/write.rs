//! Writes whose answer may be lost: look up, compare, adopt.

use api_core::money::parse_decimal;
use api_core::{Error, Json, SendOutcome};

use crate::code::Code;
use crate::model::Model;
use crate::wall_time::WallTime;

/// How a record came to be the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// The server confirmed that it made it.
    Created,
    /// It stood there already, or an answer was lost and it was found.
    Found,
}

/// A field that differs from what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its wire name, such as `boekingsregels[0].bedrag`.
    pub field: String,
    /// What was sent.
    pub sent: Json,
    /// What was found; `Null` when nothing.
    pub found: Json,
}

/// A record that was made, or found in its stead.
#[derive(Debug, Clone, PartialEq)]
pub struct Adopted<M> {
    /// The record as the server has it.
    pub record: M,
    /// How it came to be.
    pub how: How,
    /// What differs from what was sent.
    pub differences: Vec<Difference>,
}

/// Makes a record; where its answer is lost, or its natural key is in use, looks
/// it up and compares.
///
/// # Errors
///
/// What the create answered. An unknown outcome stays unknown when nothing is
/// found: a slow create may still appear.
pub(crate) async fn create_or_adopt<M: Model, L>(
    sent: &M,
    exists: &Code,
    created: impl Future<Output = Result<M, Error>>,
    look_up: impl FnOnce() -> L,
) -> Result<Adopted<M>, Error>
where
    L: Future<Output = Result<Option<M>, Error>>,
{
    let error = match created.await {
        Ok(record) => {
            let differences = differences(&sent.to_json(), &record.to_whole_json());
            return Ok(Adopted {
                record,
                how: How::Created,
                differences,
            });
        }
        Err(error) => error,
    };
    let in_use = Code::of(&error).as_ref() == Some(exists);
    // Done: it was made, and only the answer that says so cannot be read.
    let may_exist = matches!(
        error.send_outcome(),
        SendOutcome::Unknown | SendOutcome::Done
    );
    if !in_use && !may_exist {
        return Err(error);
    }
    match look_up().await {
        Ok(Some(record)) => {
            let differences = differences(&sent.to_json(), &record.to_whole_json());
            Ok(Adopted {
                record,
                how: How::Found,
                differences,
            })
        }
        Ok(None) => Err(error),
        Err(second) => Err(error.help(format!(
            "Looking the record up failed as well ({}); look for it in SnelStart before sending it again.",
            second.kind()
        ))),
    }
}

/// What of the fields that were sent stands there otherwise.
pub(crate) fn differences(sent: &Json, found: &Json) -> Vec<Difference> {
    let mut list = Vec::new();
    compare("", sent, found, &mut list);
    list
}

fn compare(path: &str, sent: &Json, found: &Json, list: &mut Vec<Difference>) {
    match (sent, found) {
        (Json::Map(sent), Json::Map(found)) => {
            for (name, value) in sent {
                // The id is the server's; an address says nothing more.
                if name == "uri" || (path.is_empty() && name == "id") {
                    continue;
                }
                let place = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                compare(&place, value, found.get(name).unwrap_or(&Json::Null), list);
            }
        }
        (Json::List(sent), Json::List(found)) if sent.len() == found.len() => {
            for (index, sent, found) in without_equals(sent, found) {
                compare(&format!("{path}[{index}]"), sent, found, list);
            }
        }
        (sent, found) if same(sent, found) => {}
        (sent, found) => list.push(Difference {
            field: path.to_owned(),
            sent: sent.clone(),
            found: found.clone(),
        }),
    }
}

/// Pairs the items of two lists that have no equal in the other one, whatever
/// their order there; with the place of the first.
fn without_equals<'a>(sent: &'a [Json], found: &'a [Json]) -> Vec<(usize, &'a Json, &'a Json)> {
    let mut left: Vec<&Json> = found.iter().collect();
    let mut odd = Vec::new();
    for (index, sent) in sent.iter().enumerate() {
        let equal = |found: &&Json| {
            let mut list = Vec::new();
            compare("[]", sent, found, &mut list);
            list.is_empty()
        };
        match left.iter().position(equal) {
            Some(at) => {
                left.remove(at);
            }
            None => odd.push((index, sent)),
        }
    }
    let pairs = odd.into_iter().zip(left);
    pairs
        .map(|((index, sent), found)| (index, sent, found))
        .collect()
}

/// Reads a date or a time of the server's spelling, not just any text that can
/// be taken for one: invoice numbers look like that.
fn time(text: &str) -> Option<WallTime> {
    let (date, rest) = text.trim().split_at_checked(10)?;
    let dashed = date.match_indices('-').map(|(at, _)| at).eq([4, 7]);
    let clock = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.');
    let timed = rest.is_empty()
        || rest
            .strip_prefix(['T', ' '])
            .is_some_and(|time| time.contains(':') && time.chars().all(clock));
    (dashed && timed).then(|| text.parse().ok()).flatten()
}

/// Whether two values mean the same, however they are written.
fn same(sent: &Json, found: &Json) -> bool {
    let empty = |json: &Json| match json {
        Json::Null => true,
        Json::Text(text) => text.trim().is_empty(),
        Json::List(items) => items.is_empty(),
        _ => false,
    };
    if sent == found || (empty(sent) && empty(found)) {
        return true;
    }
    if let (Json::Text(sent), Json::Text(found)) = (sent, found) {
        return match (time(sent), time(found)) {
            (Some(sent), Some(found)) => sent == found,
            _ => sent.trim() == found.trim(),
        };
    }
    let number = |json: &Json| match json {
        Json::Number(number) => parse_decimal(number.as_str()).ok(),
        _ => None,
    };
    match (number(sent), number(found)) {
        (Some(sent), Some(found)) => sent == found,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(sent: &str, found: &str) -> Vec<String> {
        differences(&Json::parse(sent).unwrap(), &Json::parse(found).unwrap())
            .into_iter()
            .map(|difference| difference.field)
            .collect()
    }

    #[test]
    fn the_same_written_otherwise_is_no_difference() {
        let none: [&str; 0] = [];
        for (sent, found) in [
            (r#"{"a":1.50}"#, r#"{"a":1.5}"#),
            (r#"{"a":"2026-03-01"}"#, r#"{"a":"2026-03-01T00:00:00"}"#),
            (r#"{"a":"x "}"#, r#"{"a":"x"}"#),
            (r#"{"a":"","b":[]}"#, r#"{"b":null}"#),
            (
                r#"{"id":"1","k":{"id":"2"}}"#,
                r#"{"id":"9","k":{"id":"2","uri":"/k/2"}}"#,
            ),
            (r#"{"a":1}"#, r#"{"a":1,"b":"the server's own"}"#),
            (
                r#"{"l":[{"b":1},{"b":2},{"b":2}]}"#,
                r#"{"l":[{"b":2},{"b":1,"x":0},{"b":2.0}]}"#,
            ),
        ] {
            assert_eq!(fields(sent, found), none, "{sent} {found}");
        }
    }

    #[test]
    fn what_differs_is_named_by_its_place() {
        for (sent, found, place) in [
            (r#"{"a":1.50}"#, r#"{"a":1.51}"#, "a"),
            (r#"{"k":{"id":"1"}}"#, r#"{"k":{"id":"2"}}"#, "k.id"),
            (
                r#"{"l":[{"b":1},{"b":2}]}"#,
                r#"{"l":[{"b":1},{"b":3}]}"#,
                "l[1].b",
            ),
            (
                r#"{"l":[{"b":1},{"b":2},{"b":4}]}"#,
                r#"{"l":[{"b":2},{"b":3},{"b":1}]}"#,
                "l[2].b",
            ),
            (r#"{"l":[1,1,2]}"#, r#"{"l":[1,2,2]}"#, "l[1]"),
            (r#"{"l":[{"id":"1"}]}"#, r#"{"l":[{"id":"2"}]}"#, "l[0].id"),
            (r#"{"l":[1]}"#, r#"{"l":[1,2]}"#, "l"),
            (
                r#"{"a":"20260101T1000-1"}"#,
                r#"{"a":"20260101T1000-2"}"#,
                "a",
            ),
            (
                r#"{"a":"2026-01-01 10:00-A"}"#,
                r#"{"a":"2026-01-01 10:00-B"}"#,
                "a",
            ),
            (r#"{"a":"20260301"}"#, r#"{"a":"2026-03-01"}"#, "a"),
            (r#"{"a":"x"}"#, r#"{}"#, "a"),
            (r#"{"a":0}"#, r#"{"a":null}"#, "a"),
        ] {
            assert_eq!(fields(sent, found), [place], "{sent} {found}");
        }
    }
}
