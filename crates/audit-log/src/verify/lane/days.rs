//! Whether the end of each day on which a writer wrote is stored.

use std::collections::BTreeSet;

use super::{Lane, Mark, Problem, ProblemKind, Problems};
use crate::heads::day_text;
use crate::schema::DAY;

/// The days of a writer.
#[derive(Debug, Default)]
pub(super) struct Days {
    /// Those whose heads are stored.
    stored: BTreeSet<i64>,
    /// The latest one on which an entry arrived so far.
    latest: Option<i64>,
}

impl Days {
    pub(super) fn of(marks: &[Mark]) -> Self {
        Self {
            stored: marks.iter().filter_map(|mark| mark.day).collect(),
            latest: None,
        }
    }
}

impl Lane {
    /// Misses the head of the day before, where the entry at `seq` is the first of a later day.
    ///
    /// Clocks go back, too: only a day later than all before it counts.
    pub(super) fn begin_day(&mut self, seq: i64, arrived: Option<i64>, problems: &mut Problems) {
        let Some(today) = arrived.map(|at| at.div_euclid(DAY)) else {
            return;
        };
        let is_later = self.days.latest.is_some_and(|latest| today > latest);
        if let Some(day) = self.arrived.map(|at| at.div_euclid(DAY))
            && is_later
            && !self.days.stored.contains(&day)
        {
            let last = seq.saturating_sub(1);
            problems.add(
                Problem::new(
                    ProblemKind::Head,
                    format!(
                        "the stored head of {} is not there: it named entry {last} of `{}`, the \
                         last one of that day",
                        day_text(day),
                        self.name
                    ),
                )
                .writer(&self.name)
                .seq(last),
            );
        }
        self.days.latest = self.days.latest.max(Some(today));
    }
}
