//! Putting a change into a record as it was read.
//!
//! A `PUT` replaces the whole record (measured by client authors), so what is
//! sent is the record as the server has it, members we know nothing of
//! included, with the change in it.

use std::collections::BTreeMap;

use api_core::{Error, ErrorKind, Json, SendOutcome};

use crate::client::Client;
use crate::model::{Faults, Model};
use crate::operations::Operation;

type Members = BTreeMap<String, Json>;

impl Client {
    /// Reads a record, puts a change into it and writes it back whole.
    ///
    /// Members nobody knows are sent back as they came; what only the server
    /// sets is left out. Where nothing changes nothing is written.
    pub(crate) async fn revise_whole<M: Model>(
        &self,
        read: &'static Operation,
        write: &'static Operation,
        id: &str,
        change: &M,
    ) -> Result<M, Error> {
        // Only the change is checked: what the record has already was taken.
        let mut faults = Faults::default();
        change.inspect(false, None, &mut faults);
        faults
            .into_result(M::WIRE)
            .map_err(|error| error.operation(write.name))?;

        let unsent = |error: Error| error.outcome(SendOutcome::NotSent);
        let answer = self.send(read, &[id], &[], None).await.map_err(unsent)?;
        let current = answer.json().map_err(unsent)?.and_then(Json::into_map);
        let (Some(current), Some(change)) = (current, change.to_json().into_map()) else {
            return Err(unsent(
                Error::new(ErrorKind::Decode, "The answer holds no record.").operation(read.name),
            ));
        };
        let read_only: Vec<&str> = M::FIELDS
            .iter()
            .filter(|field| field.read_only)
            .map(|field| field.wire)
            .collect();
        let merged = writable(&merge(&current, &change), &read_only);
        if same(
            &Json::Map(writable(&current, &read_only)),
            &Json::Map(merged.clone()),
        ) {
            return answer.model();
        }
        self.put_json(write, &[id], Json::Map(merged)).await
    }
}

/// Whether two values are the same, numbers by what they are worth.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Map(one), Json::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((name, one), (also, other))| name == also && same(one, other))
        }
        (Json::List(one), Json::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Json::Number(one), Json::Number(other)) => {
            one == other
                || one
                    .to_decimal()
                    .is_some_and(|one| other.to_decimal() == Some(one))
        }
        _ => one == other,
    }
}

/// Puts a change into a record.
///
/// A member that the change names is replaced; an object is merged into the
/// one that is there, unless both have an id and the ids differ; a list is
/// replaced as a whole. Names are matched in any case, as the server does, and
/// keep the case they have in the record.
pub(crate) fn merge(current: &Members, change: &Members) -> Members {
    let mut merged = current.clone();
    for (name, value) in change {
        let name = known_name(&merged, name).unwrap_or_else(|| name.clone());
        let value = match (merged.get(&name), value) {
            (Some(Json::Map(old)), Json::Map(new)) if !is_another(old, new) => {
                Json::Map(merge(old, new))
            }
            _ => value.clone(),
        };
        merged.insert(name, value);
    }
    merged
}

/// Leaves out what a write has no place for: the members named, and every
/// address that the server itself sets (`uri`, `…Uri`), at any depth.
pub(crate) fn writable(record: &Members, read_only: &[&str]) -> Members {
    record
        .iter()
        .filter(|(name, _)| {
            !is_address(name)
                && !read_only
                    .iter()
                    .any(|member| member.eq_ignore_ascii_case(name))
        })
        .map(|(name, value)| (name.clone(), without_addresses(value)))
        .collect()
}

/// The name under which a record has this member, in whatever case.
fn known_name(record: &Members, name: &str) -> Option<String> {
    if record.contains_key(name) {
        return Some(name.to_owned());
    }
    record
        .keys()
        .find(|known| known.eq_ignore_ascii_case(name))
        .cloned()
}

/// Whether the new object is about something else than the old one.
fn is_another(old: &Members, new: &Members) -> bool {
    let id = |members: &Members| {
        let name = known_name(members, "id")?;
        let id = members.get(&name)?.as_str()?;
        Some(id.to_ascii_lowercase())
    };
    match (id(old), id(new)) {
        (Some(old), Some(new)) => old != new,
        _ => false,
    }
}

fn is_address(name: &str) -> bool {
    name.eq_ignore_ascii_case("uri") || name.ends_with("Uri")
}

fn without_addresses(value: &Json) -> Json {
    match value {
        Json::Map(members) => Json::Map(writable(members, &[])),
        Json::List(items) => Json::List(items.iter().map(without_addresses).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn members(text: &str) -> Members {
        Json::parse(text).unwrap().into_map().unwrap()
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let current = members(
            r#"{"naam":"Oud","memo":"blijft","vestigingsAdres":{"straat":"Kade 1","plaats":"Goes"},"toekomst":{"a":1.50}}"#,
        );
        let change = members(r#"{"naam":"Nieuw","vestigingsAdres":{"plaats":"Veere"}}"#);
        let expected = members(
            r#"{"naam":"Nieuw","memo":"blijft","vestigingsAdres":{"straat":"Kade 1","plaats":"Veere"},"toekomst":{"a":1.50}}"#,
        );
        assert_eq!(merge(&current, &change), expected);
    }

    #[test]
    fn a_member_in_another_case_is_the_same_member() {
        let current = members(r#"{"KvkNummer":"1"}"#);
        let change = members(r#"{"kvkNummer":"2"}"#);
        assert_eq!(merge(&current, &change), members(r#"{"KvkNummer":"2"}"#));
    }

    #[test]
    fn a_reference_to_another_record_keeps_nothing_of_the_old_one() {
        let current = members(r#"{"land":{"id":"AA","uri":"/landen/AA","code":"NL"}}"#);
        let other = members(r#"{"land":{"id":"bb"}}"#);
        assert_eq!(merge(&current, &other), other);
        let same = members(r#"{"land":{"id":"aa"}}"#);
        let merged = merge(&current, &same);
        assert_eq!(
            merged,
            members(r#"{"land":{"id":"aa","uri":"/landen/AA","code":"NL"}}"#)
        );
    }

    #[test]
    fn an_object_takes_the_place_of_null_and_null_of_an_object() {
        let empty = members(r#"{"vestigingsAdres":null}"#);
        let full = members(r#"{"vestigingsAdres":{"plaats":"Goes"}}"#);
        assert_eq!(merge(&empty, &full), full);
        assert_eq!(merge(&full, &empty), empty);
    }

    #[test]
    fn addresses_of_the_servers_own_are_left_out_at_any_depth() {
        let record = members(
            r#"{"uri":"/a","verkoopBoekingenUri":"/b","fax":"1","ModifiedOn":"x","websiteUrl":"https://a.example","documents":[{"id":"1","uri":"/c"}],"land":{"id":"2","Uri":"/d"}}"#,
        );
        assert_eq!(
            writable(&record, &["fax", "modifiedOn"]),
            members(
                r#"{"websiteUrl":"https://a.example","documents":[{"id":"1"}],"land":{"id":"2"}}"#
            )
        );
    }

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            "[a-z]{0,3}".prop_map(Json::Text),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::List),
                prop::collection::btree_map("[a-e]", inner, 0..4).prop_map(Json::Map),
            ]
        })
    }

    fn record() -> impl Strategy<Value = Members> {
        prop::collection::btree_map("[a-e]", json(), 0..5)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_a_change_made_twice_is_made_once(current in record(), change in record()) {
            let merged = merge(&current, &change);
            for (name, value) in &current {
                if !change.contains_key(name) {
                    prop_assert_eq!(merged.get(name), Some(value));
                }
            }
            for (name, value) in &change {
                if !matches!(value, Json::Map(_)) {
                    prop_assert_eq!(merged.get(name), Some(value));
                }
            }
            prop_assert_eq!(merge(&merged, &change), merged);
        }

        #[test]
        fn an_empty_change_changes_nothing(current in record()) {
            prop_assert_eq!(merge(&current, &Members::new()), current);
        }
    }
}
