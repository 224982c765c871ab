//! Where pruned entries stood: what is left of them in the chain.
//!
//! A gap is one unbroken run of removed entries of one writer, with the hash of
//! its last one, from which the chain goes on. All gaps together have a digest:
//! the sum, modulo 2^256, of the SHA-256 of each. A sum can be kept up to date
//! without reading the other gaps, and does not depend on their order. Each
//! `log.prune` entry states it, and that entry is in the chain itself: so a
//! gap that somebody adds, to hide what they removed, is found.

mod cursor;
mod digest;

use std::collections::BTreeSet;

pub(crate) use cursor::GapCursor;
pub(crate) use digest::{Digest, hex_bytes};

use crate::chain::Hash;

/// One unbroken run of removed entries of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Gap {
    /// Place in the writer's chain of the first removed entry.
    pub(crate) first: i64,
    /// Place of the last one.
    pub(crate) last: i64,
    /// The hash of the last one, which the next entry follows.
    pub(crate) hash: Hash,
}

/// An entry that is being removed: its place in the chain and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Removed {
    pub(crate) seq: i64,
    pub(crate) hash: Hash,
}

/// What a removal changes in the gaps of a writer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// Gaps that go, because they grow together with others.
    pub(crate) gone: Vec<Gap>,
    /// Gaps that come in their place.
    pub(crate) new: Vec<Gap>,
}

/// Joins removed entries into runs; a run ends at each place in `ends`.
///
/// `removed` is in the order of the chain. Places in `ends` are those that a
/// stored head names, whose hash has to stay.
pub(crate) fn runs(removed: &[Removed], ends: &BTreeSet<i64>) -> Vec<Gap> {
    join(
        removed.iter().map(|one| Gap {
            first: one.seq,
            last: one.seq,
            hash: one.hash,
        }),
        ends,
    )
}

/// Joins new runs with the gaps beside them.
pub(crate) fn merge(runs: &[Gap], beside: &[Gap], ends: &BTreeSet<i64>) -> Change {
    let before: BTreeSet<(i64, i64)> = beside.iter().map(|gap| (gap.first, gap.last)).collect();
    let mut all: Vec<Gap> = runs.to_vec();
    all.extend_from_slice(beside);
    all.sort_unstable_by_key(|gap| (gap.first, gap.last));
    all.dedup();
    let after = join(all.into_iter(), ends);
    let stays: BTreeSet<(i64, i64)> = after.iter().map(|gap| (gap.first, gap.last)).collect();
    let mut gone: Vec<Gap> = beside
        .iter()
        .filter(|gap| !stays.contains(&(gap.first, gap.last)))
        .copied()
        .collect();
    gone.sort_unstable_by_key(|gap| gap.first);
    gone.dedup();
    let new = after
        .into_iter()
        .filter(|gap| !before.contains(&(gap.first, gap.last)))
        .collect();
    Change { gone, new }
}

fn join(sorted: impl Iterator<Item = Gap>, ends: &BTreeSet<i64>) -> Vec<Gap> {
    let mut joined: Vec<Gap> = Vec::new();
    for gap in sorted {
        match joined.last_mut() {
            Some(last)
                if last.last.checked_add(1) == Some(gap.first) && !ends.contains(&last.last) =>
            {
                last.last = gap.last;
                last.hash = gap.hash;
            }
            _ => joined.push(gap),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn hash(seq: i64) -> Hash {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&seq.to_le_bytes());
        hash
    }

    fn gap(first: i64, last: i64) -> Gap {
        Gap {
            first,
            last,
            hash: hash(last),
        }
    }

    #[test]
    fn a_run_grows_together_with_the_gaps_on_both_sides() {
        let change = merge(&[gap(5, 6)], &[gap(1, 4), gap(7, 9)], &BTreeSet::new());
        assert_eq!(change.gone, [gap(1, 4), gap(7, 9)]);
        assert_eq!(change.new, [gap(1, 9)]);
    }

    #[test]
    fn a_gap_ends_where_a_head_names_an_entry() {
        let ends = BTreeSet::from([4, 6]);
        let removed: Vec<Removed> = (5..=8)
            .map(|seq| Removed {
                seq,
                hash: hash(seq),
            })
            .collect();
        let runs = runs(&removed, &ends);
        assert_eq!(runs, [gap(5, 6), gap(7, 8)]);
        let change = merge(&runs, &[gap(1, 4)], &ends);
        assert_eq!(change.gone, []);
        assert_eq!(change.new, [gap(5, 6), gap(7, 8)]);
    }

    proptest! {
        #[test]
        fn gaps_cover_exactly_what_was_removed_in_any_order_of_removal(
            rounds in prop::collection::vec(prop::collection::btree_set(1_i64..60, 0..25), 1..6),
            ends in prop::collection::btree_set(1_i64..60, 0..5),
        ) {
            let mut removed: BTreeSet<i64> = BTreeSet::new();
            let mut gaps: Vec<Gap> = Vec::new();
            let mut digest = Digest::default();
            for round in rounds {
                let batch: Vec<Removed> = round
                    .into_iter()
                    .filter(|seq| !removed.contains(seq))
                    .map(|seq| Removed { seq, hash: hash(seq) })
                    .collect();
                removed.extend(batch.iter().map(|one| one.seq));
                let runs = runs(&batch, &ends);
                let beside: Vec<Gap> = gaps
                    .iter()
                    .filter(|gap| runs.iter().any(|run| {
                        gap.last + 1 == run.first || run.last + 1 == gap.first
                    }))
                    .copied()
                    .collect();
                let change = merge(&runs, &beside, &ends);
                for gone in &change.gone {
                    prop_assert!(gaps.contains(gone));
                    digest.remove("main", gone);
                }
                for new in &change.new {
                    prop_assert!(!gaps.contains(new));
                    digest.add("main", new);
                }
                gaps.retain(|gap| !change.gone.contains(gap));
                gaps.extend(change.new);
                gaps.sort_unstable_by_key(|gap| gap.first);
            }
            let covered: Vec<i64> = gaps.iter().flat_map(|gap| gap.first..=gap.last).collect();
            let expected: Vec<i64> = removed.iter().copied().collect();
            prop_assert_eq!(covered, expected);
            for gap in &gaps {
                prop_assert_eq!(gap.hash, hash(gap.last));
                prop_assert!(!ends.range(gap.first..gap.last).any(|_| true), "an end within a gap");
            }
            for pair in gaps.windows(2) {
                if pair[0].last + 1 == pair[1].first {
                    prop_assert!(ends.contains(&pair[0].last), "two gaps that should be one");
                }
            }
            let mut again = Digest::default();
            for gap in gaps.iter().rev() {
                again.add("main", gap);
            }
            prop_assert_eq!(digest, again);
        }
    }
}
