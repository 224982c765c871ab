//! Where an entry belongs in its writer's chain.

use std::cmp::Ordering;

use super::{Bad, Displaced, Item, Lane, Problem, ProblemKind, Problems};
use crate::db::Tx;
use crate::error::Error;

impl Lane {
    /// Takes the next entry of this writer. Returns it when it has no place here.
    pub(crate) async fn place(
        &mut self,
        tx: &mut Tx,
        item: Item,
        problems: &mut Problems,
    ) -> Result<Option<Item>, Error> {
        let Some(seq) = item.seq else {
            self.unreadable(&item, problems);
            return Ok(None);
        };
        let Some(next) = self.next else {
            // A partial check begins here; what stands before it is not looked at.
            self.gaps.start_at(seq.saturating_add(1));
            self.marks.retain(|mark| mark.seq >= seq);
            self.advance(&item, seq, problems);
            self.top = self.top.max(item.number);
            return Ok(None);
        };
        if let Some(held) = self.held.take() {
            let held_seq = held.seq.unwrap_or(i64::MAX);
            if seq < next {
                self.held = Some(held);
            } else if seq <= held_seq {
                self.displace(&held, problems);
            } else {
                self.accept(tx, held, held_seq, problems).await?;
            }
        }
        self.pass_gaps(tx, &item, seq, problems).await?;
        let Some(next) = self.next else {
            return Ok(Some(item));
        };
        match seq.cmp(&next) {
            Ordering::Equal => Ok(self.in_place(item, seq, problems)),
            Ordering::Less => Ok(self.late(item, seq, next, problems)),
            Ordering::Greater => self.ahead(tx, item, seq, next, problems).await,
        }
    }

    /// Goes over the gaps that begin at the next place and end before `seq`.
    async fn pass_gaps(
        &mut self,
        tx: &mut Tx,
        item: &Item,
        seq: i64,
        problems: &mut Problems,
    ) -> Result<(), Error> {
        while let (Some(gap), Some(next)) = (self.gaps.peek(tx).await?, self.next) {
            if gap.first > next {
                break;
            }
            if gap.first < next {
                self.overlapping(gap, problems);
            } else if seq > gap.last {
                self.consume(gap, problems);
            } else if seq == next {
                // Nothing is missing here.
                self.overlapping(gap, problems);
            } else if seq > next && item.fits_as(&gap.hash, &self.name, seq) {
                let cut = crate::gaps::Gap {
                    last: seq - 1,
                    ..gap
                };
                problems.add(
                    Problem::new(
                        ProblemKind::Gap,
                        format!(
                            "the gap of entries {} to {} of `{}` ends at {} by its hash: its end \
                             was changed",
                            gap.first,
                            gap.last,
                            self.name,
                            seq - 1
                        ),
                    )
                    .writer(&self.name)
                    .seqs(gap.first, gap.last),
                );
                self.consume(cut, problems);
            } else {
                break;
            }
            self.gaps.skip();
        }
        Ok(())
    }

    /// An entry that has the place that comes next.
    fn in_place(&mut self, item: Item, seq: i64, problems: &mut Problems) -> Option<Item> {
        let fits = match self.prev {
            Some(prev) => item.fits_as(&prev, &self.name, seq),
            // What it follows is missing: nobody can tell, and the missing one is reported.
            None if self.suspects.is_empty() && self.bad.is_none() => item.is_readable(),
            None => false,
        };
        if fits || self.suspected(&item, seq) {
            self.advance(&item, seq, problems);
            self.top = self.top.max(item.number);
            self.settled();
            return None;
        }
        if !item.tried_elsewhere {
            return Some(item);
        }
        if self.after_gap && !self.attested {
            problems.add(
                Problem::new(
                    ProblemKind::Gap,
                    format!(
                        "entry {} does not follow from the gap before it, number {} of `{}`: the \
                         gap was changed",
                        item.number,
                        seq - 1,
                        self.name
                    ),
                )
                .writer(&self.name)
                .seq(seq - 1)
                .entry(item.number, item.id),
            );
            self.advance(&item, seq, problems);
            self.settled();
            return None;
        }
        self.does_not_fit(&item, seq, problems);
        None
    }

    /// An entry in its place that does not follow from the one before.
    fn does_not_fit(&mut self, item: &Item, seq: i64, problems: &mut Problems) {
        let (kind, text) = if self.bad.is_some() {
            (
                ProblemKind::Unproven,
                format!(
                    "entry {}, number {seq} of `{}`, does not follow from the one before, which \
                     was changed too",
                    item.number, self.name
                ),
            )
        } else {
            (ProblemKind::Changed, item.what_changed(&self.name))
        };
        let listed = problems.add(
            Problem::new(kind, text)
                .writer(&self.name)
                .seq(seq)
                .entry(item.number, item.id),
        );
        let before = self.prev;
        if let Some(prev) = before {
            if let Some(computed) = item.link(&prev, &self.name, seq) {
                self.suspect(computed);
            }
            self.suspect(prev);
        }
        self.bad = Some(Bad {
            seq,
            listed,
            before,
        });
        self.after_gap = false;
        self.advance(item, seq, problems);
    }

    /// An entry whose place in the chain cannot be read.
    fn unreadable(&mut self, item: &Item, problems: &mut Problems) {
        match (self.next, self.held.is_some()) {
            (Some(next), false) => self.does_not_fit(item, next, problems),
            _ => {
                problems.add(
                    Problem::new(ProblemKind::Changed, item.what_changed(&self.name))
                        .writer(&self.name)
                        .entry(item.number, item.id),
                );
            }
        }
    }

    /// Whether the entry is the next one, with another place written into it.
    fn renumbered(&mut self, item: &Item, seq: i64, next: i64, problems: &mut Problems) -> bool {
        let Some(prev) = self.prev else {
            return false;
        };
        if !item.fits_as(&prev, &self.name, next) {
            return false;
        }
        problems.add(
            Problem::new(
                ProblemKind::Changed,
                format!(
                    "entry {} is number {next} of `{}`, and its place was changed to {seq}",
                    item.number, self.name
                ),
            )
            .writer(&self.name)
            .seq(next)
            .entry(item.number, item.id),
        );
        self.advance(item, next, problems);
        self.settled();
        true
    }

    /// An entry whose place lies behind the one that comes next.
    async fn ahead(
        &mut self,
        tx: &mut Tx,
        item: Item,
        seq: i64,
        next: i64,
        problems: &mut Problems,
    ) -> Result<Option<Item>, Error> {
        if let Some(gap) = self.gaps.peek(tx).await?
            && gap.first <= next
        {
            // It stands where pruned entries were.
            if !item.tried_elsewhere {
                return Ok(Some(item));
            }
            self.displace(&item, problems);
            return Ok(None);
        }
        if self.after_gap
            && let Some(prev) = self.prev
            && item.fits_as(&prev, &self.name, seq)
        {
            problems.add(
                Problem::new(
                    ProblemKind::Gap,
                    format!(
                        "the gap that ends at entry {} of `{}` ends at {} by its hash: its end \
                         was changed",
                        next - 1,
                        self.name,
                        seq - 1
                    ),
                )
                .writer(&self.name)
                .seq(next - 1),
            );
            self.advance(&item, seq, problems);
            self.settled();
            return Ok(None);
        }
        if self.renumbered(&item, seq, next, problems) {
            return Ok(None);
        }
        if !item.tried_elsewhere {
            return Ok(Some(item));
        }
        self.held = Some(item);
        Ok(None)
    }

    /// An entry whose place has been passed already.
    fn late(&mut self, item: Item, seq: i64, next: i64, problems: &mut Problems) -> Option<Item> {
        if self.renumbered(&item, seq, next, problems) {
            return None;
        }
        if !item.tried_elsewhere {
            return Some(item);
        }
        let one = Displaced {
            seq,
            hash: item.hash,
            number: item.number,
            id: item.id,
        };
        let hole = self
            .holes
            .iter()
            .position(|(first, last)| (*first..=*last).contains(&seq));
        if let Some((first, last)) = hole.and_then(|at| self.holes.remove(at)) {
            if first < seq {
                self.keep_hole(first, seq - 1, problems);
            }
            if seq < last {
                self.keep_hole(seq + 1, last, problems);
            }
            self.order(one, problems);
            return None;
        }
        let real = self.bad.as_ref().is_some_and(|bad| {
            bad.seq == seq
                && bad
                    .before
                    .is_some_and(|before| item.fits_as(&before, &self.name, seq))
        });
        if real && let Some(bad) = self.bad.take() {
            // The one that did not fit was put in front of this one.
            problems.revise(
                bad.listed,
                ProblemKind::Inserted,
                format!(
                    "an entry that claims to be number {seq} of `{}` stands before the one that \
                     was written: it was inserted",
                    self.name
                ),
            );
            self.prev = item.hash;
            self.settled();
            return None;
        }
        self.stray(one, problems);
        None
    }

    /// Takes an entry as it stands although others before it are not there.
    pub(super) async fn accept(
        &mut self,
        tx: &mut Tx,
        item: Item,
        seq: i64,
        problems: &mut Problems,
    ) -> Result<(), Error> {
        while let (Some(gap), Some(next)) = (self.gaps.peek(tx).await?, self.next) {
            if gap.first >= seq {
                break;
            }
            if gap.first < next || gap.last >= seq {
                self.overlapping(gap, problems);
            } else {
                if gap.first > next {
                    self.hole(next, gap.first - 1, problems);
                }
                self.consume(gap, problems);
            }
            self.gaps.skip();
        }
        if let Some(next) = self.next
            && next < seq
        {
            self.hole(next, seq - 1, problems);
        }
        // It has been looked for in the other chains before it was held.
        self.in_place(item, seq, problems);
        Ok(())
    }
}
