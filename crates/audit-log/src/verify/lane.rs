//! One writer's chain, checked entry by entry in the order of the numbers.
//!
//! A lane knows which place comes next and which hash it follows. As long as
//! all is well, an entry fits and the lane goes on. What does not fit is looked
//! at more closely, so that the entry is named that somebody touched, and not
//! all those behind it.

mod days;
mod end;
mod gaps;
mod part;
mod place;
mod tell;

use std::collections::VecDeque;

use uuid::Uuid;

use super::Writer;
use super::item::Item;
use super::problem::{Problem, ProblemKind, Problems};
use crate::chain::{self, Hash};
use crate::db::Tx;
use crate::error::Error;
use crate::gaps::{Gap, GapCursor};

/// How many hashes, displaced entries and holes a lane remembers.
const REMEMBERED: usize = 64;

/// A hash that was put aside earlier.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// The place in the chain that it names.
    pub(crate) seq: i64,
    /// The hash there; `None` where what is stored is no hash.
    pub(crate) hash: Option<Hash>,
    /// When the entry there arrived; `None` where what is stored makes no sense.
    pub(crate) ts: Option<i64>,
    /// The day that it is stored for; none for a head from elsewhere.
    pub(crate) day: Option<i64>,
    /// What to call it, such as `the stored head of 2026-11-21`.
    pub(crate) name: String,
    /// Whether pruning keeps the hash at this place.
    pub(crate) kept: bool,
}

/// An entry that is not where it belongs.
#[derive(Clone, Copy, Debug)]
struct Displaced {
    seq: i64,
    hash: Option<Hash>,
    number: i64,
    id: Option<Uuid>,
}

/// The last entry that did not fit.
#[derive(Clone, Debug)]
struct Bad {
    seq: i64,
    /// Where its problem is listed.
    listed: Option<usize>,
    /// The hash that it should have followed.
    before: Option<Hash>,
}

/// One writer's chain.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) name: String,
    /// The end that the writer's row states: place and hash.
    end: Option<(i64, Option<Hash>)>,
    /// When the last entry arrived, by the writer's row.
    end_ts: i64,
    /// When the last entry arrived, by that entry; `None` where it is pruned.
    arrived: Option<i64>,
    days: days::Days,
    /// What is known of the time before a partial check.
    part: Option<part::Part>,
    /// The place that comes next; `None` before the first entry of a partial check.
    next: Option<i64>,
    /// The hash that it follows; `None` when nobody can know.
    prev: Option<Hash>,
    /// Other hashes that it may follow, after entries that did not fit.
    suspects: VecDeque<Hash>,
    bad: Option<Bad>,
    after_gap: bool,
    held: Option<Item>,
    holes: VecDeque<(i64, i64)>,
    displaced: VecDeque<Displaced>,
    marks: VecDeque<Mark>,
    gaps: GapCursor,
    /// Whether the gaps are those that the newest pruning states.
    attested: bool,
    /// The hash at the place where the writer's row says that the chain ends.
    at_end: Option<Hash>,
    /// The first entry behind that place.
    beyond: Option<(i64, Option<Uuid>)>,
    /// The greatest number of an entry in its place.
    pub(crate) top: i64,
    pub(crate) entries: u64,
    pub(crate) pruned: u64,
    pub(crate) marks_checked: u64,
    pub(crate) marks_open: u64,
}

impl Lane {
    /// A lane that begins at the writer's first entry, or anywhere (`from_start` false).
    pub(crate) fn new(
        writer: &Writer,
        mut marks: Vec<Mark>,
        gaps: GapCursor,
        attested: bool,
        from_start: bool,
    ) -> Self {
        marks.sort_by_key(|mark| mark.seq);
        let genesis = chain::first(&writer.name);
        Self {
            name: writer.name.clone(),
            end: Some((writer.seq, writer.hash)),
            end_ts: writer.ts,
            arrived: None,
            days: days::Days::of(&marks),
            part: None,
            next: from_start.then_some(1),
            prev: from_start.then_some(genesis),
            suspects: VecDeque::new(),
            bad: None,
            after_gap: false,
            held: None,
            holes: VecDeque::new(),
            displaced: VecDeque::new(),
            marks: marks.into(),
            gaps,
            attested,
            at_end: None,
            beyond: None,
            top: 0,
            entries: 0,
            pruned: 0,
            marks_checked: 0,
            marks_open: 0,
        }
    }

    /// The place before the next one: how many entries the writer has written so far.
    pub(crate) fn last(&self) -> i64 {
        self.next.map_or(0, |next| next.saturating_sub(1))
    }

    /// Whether an entry that claims another writer is the next one of this.
    ///
    /// When it is, the lane goes on behind it.
    pub(crate) async fn claims(
        &mut self,
        tx: &mut Tx,
        item: &Item,
        problems: &mut Problems,
    ) -> Result<bool, Error> {
        while let (Some(gap), Some(next)) = (self.gaps.peek(tx).await?, self.next) {
            if gap.first != next || !self.is_behind_gaps(tx, item).await? {
                break;
            }
            self.consume(gap, problems);
            self.gaps.skip();
        }
        let (Some(next), Some(prev)) = (self.next, self.prev) else {
            return Ok(false);
        };
        if self.held.is_some() || !item.fits_as(&prev, &self.name, next) {
            return Ok(false);
        }
        problems.add(
            Problem::new(
                ProblemKind::Changed,
                format!(
                    "entry {} was written by `{}`, as number {next} of its chain; the writer of \
                     the stored entry was changed",
                    item.number, self.name
                ),
            )
            .writer(&self.name)
            .seq(next)
            .entry(item.number, item.id),
        );
        self.advance(item, next, problems);
        self.settled();
        Ok(true)
    }

    /// The hashes that the next entry may follow beside `prev`.
    fn suspected(&self, item: &Item, seq: i64) -> bool {
        self.suspects
            .iter()
            .any(|hash| item.fits_as(hash, &self.name, seq))
    }

    fn suspect(&mut self, hash: Hash) {
        if self.suspects.len() >= REMEMBERED {
            self.suspects.pop_front();
        }
        self.suspects.push_back(hash);
    }

    /// Forgets what was wrong before: the chain has been picked up again.
    fn settled(&mut self) {
        self.suspects.clear();
        self.bad = None;
        self.after_gap = false;
    }

    /// Goes on behind an entry that stands at `seq`.
    fn advance(&mut self, item: &Item, seq: i64, problems: &mut Problems) {
        self.advance_with(item, seq, item.observed(), problems);
    }

    /// Goes on behind an entry that arrived at this time, if anybody knows.
    fn advance_with(
        &mut self,
        item: &Item,
        seq: i64,
        arrived: Option<i64>,
        problems: &mut Problems,
    ) {
        self.passed(seq, item.hash, arrived, problems);
        if let Some((end, _)) = self.end {
            if seq == end {
                self.at_end = item.hash;
            } else if seq > end && self.beyond.is_none() {
                self.beyond = Some((item.number, item.id));
            }
        }
        self.begin_day(seq, arrived, problems);
        self.entries = self.entries.saturating_add(1);
        self.arrived = arrived;
        self.next = Some(seq.saturating_add(1));
        self.prev = item.hash;
    }

    /// Compares the marks up to `seq` with what stands there.
    fn passed(
        &mut self,
        seq: i64,
        hash: Option<Hash>,
        arrived: Option<i64>,
        problems: &mut Problems,
    ) {
        while let Some(mark) = self.marks.front() {
            if mark.seq > seq {
                break;
            }
            if mark.seq < seq || hash.is_none() {
                self.marks_open = self.marks_open.saturating_add(1);
                self.marks.pop_front();
                continue;
            }
            self.marks_checked = self.marks_checked.saturating_add(1);
            // Beside a changed hash stands the right one among the suspects.
            let known = |mark: &Hash| Some(*mark) == hash || self.suspects.contains(mark);
            let wrong = if !mark.hash.as_ref().is_some_and(known) {
                Some("another hash")
            } else if mark.ts.is_none() || arrived.is_some_and(|at| mark.ts != Some(at)) {
                Some("another time")
            } else {
                None
            };
            if let Some(wrong) = wrong {
                problems.add(
                    Problem::new(
                        ProblemKind::Head,
                        format!(
                            "{} names {wrong} for entry {seq} of `{}` than the log has: the log \
                             was rewritten, or the head was changed",
                            mark.name, self.name
                        ),
                    )
                    .writer(&self.name)
                    .seq(seq),
                );
            }
            self.marks.pop_front();
        }
    }

    /// Goes on behind a gap that begins at the next place.
    fn consume(&mut self, gap: Gap, problems: &mut Problems) {
        while let Some(mark) = self.marks.front() {
            if mark.seq >= gap.last {
                break;
            }
            if mark.kept && mark.seq >= gap.first {
                problems.add(
                    Problem::new(
                        ProblemKind::Head,
                        format!(
                            "{} names entry {} of `{}`, whose hash pruning would have kept, and \
                             which is not there: the head or the gap was changed",
                            mark.name, mark.seq, self.name
                        ),
                    )
                    .writer(&self.name)
                    .seq(mark.seq),
                );
            } else {
                self.marks_open = self.marks_open.saturating_add(1);
            }
            self.marks.pop_front();
        }
        self.passed(gap.last, Some(gap.hash), None, problems);
        if let Some((end, _)) = self.end
            && gap.last == end
        {
            self.at_end = Some(gap.hash);
        }
        let count = gap.last.saturating_sub(gap.first).saturating_add(1);
        self.pruned = self
            .pruned
            .saturating_add(u64::try_from(count).unwrap_or(0));
        self.arrived = None;
        self.next = Some(gap.last.saturating_add(1));
        self.prev = Some(gap.hash);
        self.settled();
        self.after_gap = true;
    }

    /// Notes that the entries from `first` to `last` are not where they belong.
    fn hole(&mut self, first: i64, last: i64, problems: &mut Problems) {
        let mut open = first;
        let mut found: Vec<Displaced> = Vec::new();
        self.displaced.retain(|one| {
            let inside = (first..=last).contains(&one.seq);
            if inside {
                found.push(*one);
            }
            !inside
        });
        found.sort_by_key(|one| one.seq);
        self.prev = None;
        for one in found {
            if one.seq < open {
                self.stray(one, problems);
                continue;
            }
            self.order(one, problems);
            if one.seq > open {
                self.keep_hole(open, one.seq - 1, problems);
            }
            open = one.seq.saturating_add(1);
            if one.seq == last {
                self.prev = one.hash;
            }
        }
        if open <= last {
            self.keep_hole(open, last, problems);
        }
        self.arrived = None;
        self.next = Some(last.saturating_add(1));
        self.settled();
    }

    fn keep_hole(&mut self, first: i64, last: i64, problems: &mut Problems) {
        if self.holes.len() >= REMEMBERED
            && let Some((first, last)) = self.holes.pop_front()
        {
            self.missing(first, last, problems);
        }
        self.holes.push_back((first, last));
    }

    fn displace(&mut self, item: &Item, problems: &mut Problems) {
        let Some(seq) = item.seq else {
            return;
        };
        if self.displaced.len() >= REMEMBERED
            && let Some(one) = self.displaced.pop_front()
        {
            self.stray(one, problems);
        }
        self.displaced.push_back(Displaced {
            seq,
            hash: item.hash,
            number: item.number,
            id: item.id,
        });
    }
}
