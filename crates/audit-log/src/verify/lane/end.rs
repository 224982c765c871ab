//! Where a writer's chain ends.

use super::{Lane, Problem, ProblemKind, Problems};
use crate::chain::Hash;
use crate::db::Tx;
use crate::error::Error;

impl Lane {
    /// Compares the end of the chain with what the writer's row and the marks say.
    pub(crate) async fn finish(
        &mut self,
        tx: &mut Tx,
        problems: &mut Problems,
    ) -> Result<(), Error> {
        if self.next.is_none() && !self.begin_before(i64::MAX) {
            return self.end_without_entries(tx, problems).await;
        }
        if let Some(held) = self.held.take() {
            let seq = held.seq.unwrap_or(i64::MAX);
            if self.end.is_some_and(|(end, _)| seq <= end) {
                self.accept(tx, held, seq, problems).await?;
            } else {
                self.displace(&held, problems);
            }
        }
        self.trailing_gaps(tx, problems).await?;
        self.check_end(problems);
        while let Some(mark) = self.marks.pop_front() {
            problems.add(
                Problem::new(
                    ProblemKind::Head,
                    format!(
                        "{} names entry {} of `{}`, and the log ends before it: its end was cut \
                         off, or the head was changed",
                        mark.name, mark.seq, self.name
                    ),
                )
                .writer(&self.name)
                .seq(mark.seq),
            );
        }
        while let Some((first, last)) = self.holes.pop_front() {
            self.missing(first, last, problems);
        }
        while let Some(one) = self.displaced.pop_front() {
            self.stray(one, problems);
        }
        Ok(())
    }

    async fn trailing_gaps(&mut self, tx: &mut Tx, problems: &mut Problems) -> Result<(), Error> {
        while let (Some(gap), Some(next)) = (self.gaps.peek(tx).await?, self.next) {
            if gap.first < next {
                self.overlapping(gap, problems);
            } else if self.end.is_some_and(|(end, _)| gap.last > end) {
                problems.add(
                    Problem::new(
                        ProblemKind::Gap,
                        format!(
                            "entries {} to {} of `{}` are said to be pruned, and its chain ends \
                             before",
                            gap.first, gap.last, self.name
                        ),
                    )
                    .writer(&self.name)
                    .seqs(gap.first, gap.last),
                );
            } else {
                if gap.first > next {
                    self.hole(next, gap.first - 1, problems);
                }
                self.consume(gap, problems);
            }
            self.gaps.skip();
        }
        Ok(())
    }

    fn check_end(&mut self, problems: &mut Problems) {
        let Some((end, hash)) = self.end else {
            return;
        };
        let last = self.last();
        if last < end && (self.prev.is_none() || hash != self.prev || hash.is_none()) {
            // The marks in the part that is cut off would say the same again.
            self.marks.retain(|mark| mark.seq > end);
            self.hole(last.saturating_add(1), end, problems);
            return;
        }
        let right = hash.is_some() && self.ends_with(hash);
        // An entry that was changed with its hash no longer says what the end has to be.
        let bad = self.bad.as_ref().is_some_and(|bad| bad.seq == last);
        if last == end && (right || bad || self.prev.is_none()) {
            if self.arrived.is_some_and(|at| at != self.end_ts) {
                problems.add(
                    Problem::new(
                        ProblemKind::Writer,
                        format!(
                            "the stored end of `{}` has another time than its last entry: it was \
                             changed",
                            self.name
                        ),
                    )
                    .writer(&self.name)
                    .seq(end),
                );
            }
            return;
        }
        if last > end && hash.is_some() && hash == self.at_end && hash != self.prev {
            let (number, id) = self.beyond.unwrap_or((0, None));
            problems.add(
                Problem::new(
                    ProblemKind::Inserted,
                    format!(
                        "entries {} to {last} of `{}` stand behind the end of its chain, from \
                         entry {number} on: they were inserted, or the end was changed",
                        end.saturating_add(1),
                        self.name
                    ),
                )
                .writer(&self.name)
                .seqs(end.saturating_add(1), last)
                .entry(number, id),
            );
            return;
        }
        problems.add(
            Problem::new(
                ProblemKind::Writer,
                format!(
                    "the stored end of `{}` is entry {end}{}; its chain ends with entry {last}: \
                     the stored end was changed",
                    self.name,
                    if last == end {
                        " with another hash"
                    } else {
                        ""
                    },
                ),
            )
            .writer(&self.name)
            .seq(end),
        );
    }

    /// Whether the chain ends with this hash, also when its last entry did not fit.
    fn ends_with(&self, hash: Option<Hash>) -> bool {
        hash == self.prev || hash.is_some_and(|hash| self.suspects.contains(&hash))
    }
}
