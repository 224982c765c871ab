//! Over the gaps in a writer's chain.

use super::{Item, Lane, Problem, ProblemKind, Problems};
use crate::db::Tx;
use crate::error::Error;
use crate::gaps::Gap;

impl Lane {
    /// Goes over the gaps that begin at the next place and end before `seq`.
    pub(super) async fn pass_gaps(
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
            } else if seq > gap.last || self.is_behind_gaps(tx, item).await? {
                self.consume(gap, problems);
            } else if seq == next && (!self.attested || self.fits(item, seq)) {
                // Nothing is missing here.
                self.overlapping(gap, problems);
            } else if seq > next && item.fits_as(&gap.hash, &self.name, seq) {
                let cut = Gap {
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

    /// Whether the entry is the one behind the gaps that begin at the next place, whatever place
    /// it claims.
    pub(super) async fn is_behind_gaps(&mut self, tx: &mut Tx, item: &Item) -> Result<bool, Error> {
        let last = self.gaps.last_of_run(tx).await?;
        Ok(last.is_some_and(|gap| {
            let seq = gap.last.saturating_add(1);
            item.fits_as(&gap.hash, &self.name, seq)
        }))
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
