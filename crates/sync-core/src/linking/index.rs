//! Which of many records are the likeliest.

use std::collections::{BTreeSet, HashMap};

use super::Suggestion;
use super::score::{Identity, suggestion};
use crate::{Record, RecordId};

/// How many records with similar names are looked at closely.
const CLOSE: usize = 40;

/// The records of a target, to find the likeliest ones for a record of the source.
#[derive(Debug, Clone, Default)]
pub struct Index {
    all: Vec<(RecordId, Identity)>,
    /// Which records have this exact value, by what it is.
    exact: HashMap<(u8, String), Vec<usize>>,
    /// Which records have these three letters in their name.
    grams: HashMap<[char; 3], Vec<usize>>,
}

impl Index {
    /// An index of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many records it has.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds a record of the target.
    pub fn add(&mut self, record: &Record) {
        let identity = Identity::of(&record.fields);
        let at = self.all.len();
        for key in exact_keys(&identity) {
            self.exact.entry(key).or_default().push(at);
        }
        for gram in grams(&identity.core) {
            self.grams.entry(gram).or_default().push(at);
        }
        self.all.push((record.id.clone(), identity));
    }

    /// The records that are likeliest to be this one, the likeliest first, at most `limit`.
    pub fn best(&self, wanted: &Identity, limit: usize) -> Vec<Suggestion> {
        let mut near: BTreeSet<usize> = exact_keys(wanted)
            .iter()
            .filter_map(|key| self.exact.get(key))
            // What very many share tells nothing.
            .filter(|having| having.len() <= CLOSE)
            .flatten()
            .copied()
            .collect();
        near.extend(self.alike(&wanted.core));
        let mut found: Vec<Suggestion> = near
            .into_iter()
            .filter_map(|at| self.all.get(at))
            .filter_map(|(id, identity)| suggestion(wanted, id, identity))
            .collect();
        found.sort_by(|a, b| (b.score, &a.target_id).cmp(&(a.score, &b.target_id)));
        found.truncate(limit);
        found
    }

    /// The records whose names have the most letters in common with this one.
    fn alike(&self, core: &str) -> Vec<usize> {
        let wanted = grams(core);
        let mut common: HashMap<usize, usize> = HashMap::new();
        for gram in &wanted {
            for at in self.grams.get(gram).into_iter().flatten() {
                *common.entry(*at).or_default() += 1;
            }
        }
        let mut ranked: Vec<(usize, usize)> = common
            .into_iter()
            .filter(|(_, count)| count * 4 >= wanted.len())
            .map(|(at, count)| (count, at))
            .collect();
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        ranked.into_iter().take(CLOSE).map(|(_, at)| at).collect()
    }
}

fn exact_keys(identity: &Identity) -> Vec<(u8, String)> {
    let mut keys = Vec::new();
    let mut add = |what: u8, value: &Option<String>| {
        keys.extend(value.iter().map(|value| (what, value.clone())));
    };
    add(0, &identity.registration_number);
    add(1, &identity.vat_number);
    add(2, &identity.number);
    add(3, &identity.name);
    add(4, &identity.phone);
    keys.extend(identity.emails.iter().map(|email| (5, email.clone())));
    keys
}

fn grams(core: &str) -> BTreeSet<[char; 3]> {
    let mut grams = BTreeSet::new();
    for word in core.split(' ').filter(|word| !word.is_empty()) {
        let letters: Vec<char> = std::iter::once(' ')
            .chain(word.chars())
            .chain(std::iter::once(' '))
            .collect();
        grams.extend(
            letters
                .windows(3)
                .filter_map(|three| <[char; 3]>::try_from(three).ok()),
        );
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EntityKind, Fields};

    fn fields(pairs: &[(&'static str, &str)]) -> Fields {
        pairs.iter().fold(Fields::new(), |fields, (name, value)| {
            fields.with(*name, *value)
        })
    }

    #[test]
    fn the_likeliest_come_first_and_the_unlike_not_at_all() {
        let mut index = Index::new();
        let names = [
            "Bakkerij Jansen",
            "Bakkerij Janssen",
            "Slagerij Janssen",
            "Garage Pietersen",
        ];
        for (n, name) in names.iter().enumerate() {
            let fields = fields(&[("name", name)]);
            index.add(&Record::new(EntityKind::Customer, format!("t{n}"), fields));
        }
        let wanted = Identity::of(&fields(&[("name", "Bakkerij Janssen BV")]));
        let found = index.best(&wanted, 5);
        let ids: Vec<&str> = found.iter().map(|s| s.target_id.as_str()).collect();
        assert_eq!(ids, ["t1", "t0"]);
        assert_eq!(found[0].target_name.as_deref(), Some("Bakkerij Janssen"));
        assert_eq!(index.best(&wanted, 1).len(), 1);
        assert!(index.best(&Identity::default(), 5).is_empty());
        assert_eq!((index.len(), index.is_empty()), (4, false));
    }

    #[test]
    fn a_value_that_very_many_share_suggests_nothing_by_itself() {
        let mut index = Index::new();
        for n in 0..=CLOSE {
            let fields = fields(&[("email", "info@office.nl")]);
            index.add(&Record::new(EntityKind::Customer, format!("t{n}"), fields));
        }
        let wanted = Identity::of(&fields(&[("email", "info@office.nl")]));
        assert!(index.best(&wanted, 5).is_empty());
    }
}
