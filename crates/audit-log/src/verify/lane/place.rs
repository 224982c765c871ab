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
        if self.next.is_none() && !self.begin_before(seq) {
            // A partial check begins here; what stands before it is not looked at.
            self.gaps.start_at(seq.saturating_add(1));
            self.marks.retain(|mark| mark.seq >= seq);
            self.advance(&item, seq, problems);
            self.top = self.top.max(item.number);
            return Ok(None);
        }
        let Some(next) = self.next else {
            return Ok(Some(item));
        };
        if let Some(held) = self.held.take() {
            let held_seq = held.seq.unwrap_or(i64::MAX);
            if seq < next {
                self.held = Some(held);
            } else if seq <= held_seq {
                let leads = item
                    .hash
                    .is_some_and(|hash| held.fits_as(&hash, &self.name, seq.saturating_add(1)));
                if seq == next
                    && held_seq == seq.saturating_add(1)
                    && leads
                    && !self.fits(&item, seq)
                {
                    // The held one is where it was written; this one was put behind it.
                    self.order(displaced(&item, seq), problems);
                    self.advance(&item, seq, problems);
                    self.advance(&held, held_seq, problems);
                    self.top = self.top.max(held.number);
                    self.settled();
                    return Ok(None);
                }
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
            Ordering::Equal => {
                if self
                    .gaps
                    .peek(tx)
                    .await?
                    .is_some_and(|gap| gap.first == seq)
                {
                    return self.ahead(tx, item, seq, next, problems).await;
                }
                Ok(self.in_place(item, seq, problems))
            }
            Ordering::Less => Ok(self.late(item, seq, next, problems)),
            Ordering::Greater => self.ahead(tx, item, seq, next, problems).await,
        }
    }

    /// Whether the entry follows from what is before it.
    pub(super) fn fits(&self, item: &Item, seq: i64) -> bool {
        self.prev
            .is_some_and(|prev| item.fits_as(&prev, &self.name, seq))
            || self.suspected(item, seq)
    }

    /// An entry that has the place that comes next.
    pub(super) fn in_place(
        &mut self,
        item: Item,
        seq: i64,
        problems: &mut Problems,
    ) -> Option<Item> {
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
        if let Some((end, hash)) = self.end
            && seq > end
            && hash.is_some()
            && hash == self.prev
        {
            self.stray(displaced(&item, seq), problems);
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
        self.advance_with(item, seq, None, problems);
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
        let one = displaced(&item, seq);
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
}

fn displaced(item: &Item, seq: i64) -> Displaced {
    Displaced {
        seq,
        hash: item.hash,
        number: item.number,
        id: item.id,
    }
}
