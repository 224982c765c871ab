//! Where a reading is, as a text that is kept between runs.

use std::collections::BTreeSet;

use api_core::{Error, ErrorKind, SendOutcome, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sync_core::Cursor;

/// Where a reading is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "lowercase")]
pub(super) enum Place {
    /// Between two runs.
    Rest(Rest),
    /// In a listing that is under way in a process; another process begins it anew.
    List {
        listing: String,
        page: u32,
        from: Rest,
    },
}

/// What the next run begins with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Rest {
    /// The newest change that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<Timestamp>,
    /// Every record that was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) known: Option<Ids>,
    /// When all ids were read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) swept: Option<Timestamp>,
    /// Whether the account tells what changed since a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) probe: Option<Probed>,
}

/// Whether an account tells what changed since a moment, and when that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Probed {
    pub(super) honoured: bool,
    pub(super) at: Timestamp,
}

impl Place {
    pub(super) fn read(cursor: &Cursor) -> Result<Self, Error> {
        serde_json::from_str(cursor.as_str()).map_err(|error| {
            Error::new(ErrorKind::Internal, "The cursor is none of Syncro's.")
                .operation("syncro.pull")
                .outcome(SendOutcome::NotSent)
                .source(error)
        })
    }

    pub(super) fn cursor(&self) -> Result<Cursor, Error> {
        serde_json::to_string(self)
            .map(Cursor::new)
            .map_err(|error| {
                Error::new(ErrorKind::Internal, "A cursor cannot be written.")
                    .operation("syncro.pull")
                    .source(error)
            })
    }
}

/// Ids, kept as their distances in base 36: a few letters for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ids(pub(super) BTreeSet<i64>);

/// The base that distances are written in.
const BASE: u32 = 36;

impl Ids {
    fn packed(&self) -> String {
        let mut text = String::with_capacity(self.0.len() * 4);
        let mut before = 0_i64;
        for id in &self.0 {
            if !text.is_empty() {
                text.push(' ');
            }
            push(&mut text, id.abs_diff(before));
            before = *id;
        }
        text
    }

    fn unpacked(text: &str) -> Option<Self> {
        let mut ids = BTreeSet::new();
        let mut at = 0_i64;
        for distance in text.split_ascii_whitespace() {
            let distance = i64::from_str_radix(distance, BASE).ok()?;
            at = at.checked_add(distance.max(0))?;
            ids.insert(at);
        }
        Some(Self(ids))
    }
}

fn push(text: &mut String, mut number: u64) {
    let base = u64::from(BASE);
    let mut digits = Vec::with_capacity(13);
    loop {
        let digit = u32::try_from(number % base).unwrap_or_default();
        digits.extend(char::from_digit(digit, BASE));
        number /= base;
        if number == 0 {
            break;
        }
    }
    text.extend(digits.iter().rev());
}

impl FromIterator<i64> for Ids {
    /// Keeps ids above zero, which all of Syncro's are.
    fn from_iter<T: IntoIterator<Item = i64>>(ids: T) -> Self {
        Self(ids.into_iter().filter(|id| *id > 0).collect())
    }
}

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.packed())
    }
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::unpacked(&text).ok_or_else(|| serde::de::Error::custom("no list of ids"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let from = Rest {
            newest: Some(Timestamp::from_seconds(1_767_225_600)),
            known: Some([3, 4, 1_000_000, i64::MAX].into_iter().collect()),
            swept: None,
            probe: Some(Probed {
                honoured: true,
                at: Timestamp::from_seconds(1_767_225_601),
            }),
        };
        let place = Place::List {
            listing: "a".to_owned(),
            page: 7,
            from,
        };
        let cursor = place.cursor().unwrap();
        assert_eq!(Place::read(&cursor).unwrap(), place);
        let rest = Place::Rest(Rest::default());
        assert_eq!(Place::read(&rest.cursor().unwrap()).unwrap(), rest);
        assert_eq!(
            Place::read(&Cursor::new("7")).unwrap_err().kind(),
            ErrorKind::Internal
        );
    }

    proptest! {
        #[test]
        fn ids_are_kept_whatever_they_are(ids in prop::collection::btree_set(1..i64::MAX, 0..200)) {
            let kept: Ids = ids.iter().copied().collect();
            prop_assert_eq!(Ids::unpacked(&kept.packed()), Some(Ids(ids)));
        }

        #[test]
        fn no_text_makes_a_panic(text in "\\PC*") {
            let _: Option<Ids> = Ids::unpacked(&text);
        }
    }

    #[test]
    fn twenty_five_thousand_ids_take_little_room() {
        let ids: Ids = (0..25_000).map(|n| 40_000_000 + n * 37).collect();
        assert!(ids.packed().len() < 80_000, "{}", ids.packed().len());
    }
}
