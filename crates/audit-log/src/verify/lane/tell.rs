//! What a lane says about entries that are not as they were written.

use super::{Displaced, Lane, Problem, ProblemKind, Problems};
use crate::gaps::Gap;

impl Lane {
    pub(super) fn overlapping(&self, gap: Gap, problems: &mut Problems) {
        problems.add(
            Problem::new(
                ProblemKind::Gap,
                format!(
                    "entries {} to {} of `{}` are said to be pruned, and some of them are there",
                    gap.first, gap.last, self.name
                ),
            )
            .writer(&self.name)
            .seqs(gap.first, gap.last),
        );
    }

    pub(super) fn missing(&self, first: i64, last: i64, problems: &mut Problems) {
        let text = if first == last {
            format!(
                "entry {first} of `{}` is not there, and no pruning took it",
                self.name
            )
        } else {
            format!(
                "entries {first} to {last} of `{}` are not there, and no pruning took them",
                self.name
            )
        };
        problems.add(
            Problem::new(ProblemKind::Missing, text)
                .writer(&self.name)
                .seqs(first, last),
        );
    }

    pub(super) fn order(&self, one: Displaced, problems: &mut Problems) {
        problems.add(
            Problem::new(
                ProblemKind::Order,
                format!(
                    "entry {} of `{}` has the number {}, which is not its place: entries were \
                     swapped or renumbered",
                    one.seq, self.name, one.number
                ),
            )
            .writer(&self.name)
            .seq(one.seq)
            .entry(one.number, one.id),
        );
    }

    pub(super) fn stray(&self, one: Displaced, problems: &mut Problems) {
        problems.add(
            Problem::new(
                ProblemKind::Inserted,
                format!(
                    "entry {} claims to be number {} of `{}`, where it was not written: it was \
                     inserted",
                    one.number, one.seq, self.name
                ),
            )
            .writer(&self.name)
            .seq(one.seq)
            .entry(one.number, one.id),
        );
    }
}
