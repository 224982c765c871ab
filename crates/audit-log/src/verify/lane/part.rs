//! A check that does not begin at the first entry.

use super::{Lane, Problem, ProblemKind, Problems};
use crate::db::Tx;
use crate::error::Error;
use crate::verify::start;

/// What is known of a writer before a partial check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// The number of the writer.
    writer: i64,
    /// Its place in the chain before the check begins, if that is known.
    before: Option<i64>,
    /// Whether it wrote something in the time that is checked, by its own row.
    expected: bool,
}

impl Lane {
    /// Begins somewhere, behind the place `before` where that is known.
    pub(crate) fn part(&mut self, writer: i64, before: Option<i64>, expected: bool) {
        self.part = Some(Part {
            writer,
            before,
            expected,
        });
    }

    /// Begins behind the entry before the check, if the one at `seq` is not the next one.
    ///
    /// Nobody knows the hash of that entry here: what it says is not looked at.
    pub(super) fn begin_before(&mut self, seq: i64) -> bool {
        let Some(next) = self
            .part
            .and_then(|part| part.before?.checked_add(1))
            .filter(|next| *next < seq)
        else {
            return false;
        };
        self.gaps.start_at(next);
        self.marks.retain(|mark| mark.seq >= next);
        self.next = Some(next);
        true
    }

    /// The end of a check that met no entry of the writer, and knows of none before it.
    pub(super) async fn end_without_entries(
        &mut self,
        tx: &mut Tx,
        problems: &mut Problems,
    ) -> Result<(), Error> {
        if let (Some(part), Some((end, _))) = (self.part, self.end)
            && part.expected
            && !start::is_accounted_for(tx, part.writer, end).await?
        {
            problems.add(
                Problem::new(
                    ProblemKind::Missing,
                    format!(
                        "entry {end} of `{}`, its last one, is not there, and no pruning took it",
                        self.name
                    ),
                )
                .writer(&self.name)
                .seq(end),
            );
        }
        Ok(())
    }
}
