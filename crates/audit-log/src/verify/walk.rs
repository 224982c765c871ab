//! The way through the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use api_core::Timestamp;

use super::attest::{self, Explained};
use super::bodies::Bodies;
use super::item::{Item, NameMap};
use super::lane::{Lane, Mark};
use super::problem::{Problem, ProblemKind, Problems};
use super::start::{self, Start};
use super::{Verified, Verify, Writer, Writers};
use crate::db::{Tx, Value};
use crate::error::Error;
use crate::gaps::{Digest, GapCursor, hex_bytes};
use crate::heads;
use crate::heads::{Head, day_text};
use crate::schema::{DAY, EVENT_COLUMNS};

/// How many entries are read at once.
const PAGE: i64 = 500;

/// Entries of a writer that the log does not know.
#[derive(Clone, Copy, Debug)]
struct Unknown {
    first: i64,
    id: Option<uuid::Uuid>,
    count: u64,
}

struct Walk {
    lanes: BTreeMap<i64, Lane>,
    unknown: BTreeMap<i64, Unknown>,
    problems: Problems,
}

/// Verifies what the transaction sees.
pub(super) async fn run(tx: &mut Tx, what: &Verify) -> Result<Verified, Error> {
    let writers = writers(tx).await?;
    let names = Arc::new(names(tx).await?);
    let explained = attest::read(tx).await?;
    let (digest, sound) = attest::stored(tx, &writers).await?;
    let stated = explained.newest.as_ref().and_then(|prune| prune.gaps);
    let attested = sound && digest == stated.unwrap_or_default();
    let start = match what.since {
        None => Start::default(),
        Some(since) => start::since(tx, since.as_micros(), &writers).await?,
    };
    let whole = start.after == 0;
    let mut walk = Walk {
        lanes: BTreeMap::new(),
        unknown: BTreeMap::new(),
        problems: Problems::new(what.problems),
    };
    let mut marks = stored_marks(tx, &writers, &mut walk.problems).await?;
    given_marks(&what.heads, &writers, &mut marks, &mut walk.problems);
    for (number, writer) in &writers {
        let mut lane = Lane::new(
            writer,
            marks.remove(number).unwrap_or_default(),
            GapCursor::new(*number),
            attested,
            whole,
        );
        if let Some(since) = what.since.filter(|_| !whole) {
            let expected = writer.ts >= since.as_micros();
            lane.part(*number, start.places.get(number).copied(), expected);
        }
        walk.lanes.insert(*number, lane);
    }
    let mut bodies = Bodies::after(start.after);
    walk.entries(tx, start.after, &names, &explained, &mut bodies)
        .await?;
    bodies.finish(tx, &mut walk.problems).await?;
    for lane in walk.lanes.values_mut() {
        lane.finish(tx, &mut walk.problems).await?;
    }
    walk.unknown_writers();
    if whole {
        walk.whole_writers();
    }
    gaps(tx, digest, sound, &explained, &mut walk.problems).await?;
    let sum = |of: fn(&Lane) -> u64| walk.lanes.values().map(of).fold(0, u64::saturating_add);
    let (entries, pruned) = (sum(|lane| lane.entries), sum(|lane| lane.pruned));
    let (heads, heads_open) = (sum(|lane| lane.marks_checked), sum(|lane| lane.marks_open));
    let ends = ends(&writers);
    let (problems, more) = walk.problems.finish();
    Ok(Verified {
        entries,
        pruned,
        bodies: bodies.checked,
        bodies_removed: bodies.removed,
        heads,
        heads_open,
        ends,
        problems,
        more,
    })
}

impl Walk {
    async fn entries(
        &mut self,
        tx: &mut Tx,
        start: i64,
        names: &Arc<NameMap>,
        explained: &Explained,
        bodies: &mut Bodies,
    ) -> Result<(), Error> {
        let sql =
            format!("SELECT {EVENT_COLUMNS} FROM audit_event WHERE id > ? ORDER BY id LIMIT ?");
        // Without a lower bound at the start: a number below 1 is an inserted entry's.
        let mut after = if start == 0 { i64::MIN } else { start };
        loop {
            let rows = tx
                .fetch(&sql, &[Value::Int(after), Value::Int(PAGE)])
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let item = Item::new(row, Arc::clone(names))?;
                after = item.number;
                bodies
                    .check(tx, &item, explained, &mut self.problems)
                    .await?;
                self.entry(tx, item).await?;
            }
        }
    }

    /// Puts an entry into the chain of its writer, or finds the chain that it was taken from.
    async fn entry(&mut self, tx: &mut Tx, item: Item) -> Result<(), Error> {
        let claimed = item.writer();
        let left = match claimed.and_then(|writer| self.lanes.get_mut(&writer)) {
            Some(lane) => lane.place(tx, item, &mut self.problems).await?,
            None => Some(item),
        };
        let Some(mut item) = left else {
            return Ok(());
        };
        for (number, lane) in &mut self.lanes {
            if Some(*number) != claimed && lane.claims(tx, &item, &mut self.problems).await? {
                return Ok(());
            }
        }
        item.tried_elsewhere = true;
        if let Some(lane) = claimed.and_then(|writer| self.lanes.get_mut(&writer)) {
            lane.place(tx, item, &mut self.problems).await?;
            return Ok(());
        }
        let unknown = self
            .unknown
            .entry(claimed.unwrap_or(i64::MIN))
            .or_insert(Unknown {
                first: item.number,
                id: item.id,
                count: 0,
            });
        unknown.count = unknown.count.saturating_add(1);
        Ok(())
    }

    fn unknown_writers(&mut self) {
        for (writer, unknown) in &self.unknown {
            let Unknown { first, id, count } = *unknown;
            let whose = if *writer == i64::MIN {
                "no writer".to_owned()
            } else {
                format!("writer number {writer}, which the log does not know")
            };
            self.problems.add(
                Problem::new(
                    ProblemKind::Writer,
                    format!(
                        "{count} entries from entry {first} on are of {whose}: the writer was \
                         removed, or the entries were inserted"
                    ),
                )
                .entry(first, id),
            );
        }
    }

    /// Numbers are given to all writers together: whoever is gone leaves holes in them.
    fn whole_writers(&mut self) {
        let sum = self
            .lanes
            .values()
            .map(Lane::last)
            .fold(0_i64, i64::saturating_add);
        let top = self.lanes.values().map(|lane| lane.top).max().unwrap_or(0);
        if top > sum && self.unknown.is_empty() {
            self.problems.add(Problem::new(
                ProblemKind::Writer,
                format!(
                    "the numbers go up to {top}, and all writers together wrote {sum} entries: a \
                     writer was removed with its {} entries",
                    top.saturating_sub(sum)
                ),
            ));
        }
    }
}

/// Compares the gaps with what the newest pruning says about them.
async fn gaps(
    tx: &mut Tx,
    stored: Digest,
    sound: bool,
    explained: &Explained,
    problems: &mut Problems,
) -> Result<(), Error> {
    let stated = explained.newest.as_ref().and_then(|prune| prune.gaps);
    let trusted = explained
        .newest
        .as_ref()
        .is_none_or(|prune| !problems.is_changed(prune.number));
    if (!sound || stored != stated.unwrap_or_default()) && trusted {
        let problem = match &explained.newest {
            Some(prune) => Problem::new(
                ProblemKind::Gap,
                format!(
                    "the gaps are not those that pruning left: entry {} states another digest of \
                     them",
                    prune.number
                ),
            )
            .entry(prune.number, prune.id),
            None => Problem::new(
                ProblemKind::Gap,
                "there are gaps, and no pruning that left them",
            ),
        };
        problems.add(problem);
    }
    let wrong = match attest::in_meta(tx).await? {
        Some(Ok(meta)) => meta != stored && Some(meta) != stated,
        Some(Err(_)) => true,
        None => stored != Digest::default(),
    };
    if wrong {
        problems.add(Problem::new(
            ProblemKind::Meta,
            "the stored digest of the gaps was changed: it is not that of the gaps",
        ));
    }
    Ok(())
}

async fn writers(tx: &mut Tx) -> Result<Writers, Error> {
    let rows = tx
        .fetch(
            "SELECT id, name, last_seq, last_hash, last_ts FROM audit_writer",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let writer = Writer {
                name: row.text(1)?.to_owned(),
                seq: row.int(2)?,
                hash: row.hash(3).ok(),
                ts: row.int(4)?,
            };
            Ok((row.int(0)?, writer))
        })
        .collect()
}

async fn names(tx: &mut Tx) -> Result<NameMap, Error> {
    let rows = tx.fetch("SELECT id, name FROM audit_name", &[]).await?;
    rows.iter()
        .map(|row| Ok((row.int(0)?, row.text(1)?.to_owned())))
        .collect()
}

/// The stored heads, which pruning keeps checkable.
async fn stored_marks(
    tx: &mut Tx,
    writers: &Writers,
    problems: &mut Problems,
) -> Result<BTreeMap<i64, Vec<Mark>>, Error> {
    let rows = tx
        .fetch(
            "SELECT day, writer, seq, hash, ts FROM audit_head ORDER BY writer, seq, day",
            &[],
        )
        .await?;
    let mut marks: BTreeMap<i64, Vec<Mark>> = BTreeMap::new();
    for row in &rows {
        let (writer, seq) = (row.int(1)?, row.int(2)?);
        let (day, ts) = (row.int(0)?, row.int(4)?);
        let name = format!("the stored head of {}", day_text(day));
        if !writers.contains_key(&writer) {
            problems.add(
                Problem::new(
                    ProblemKind::Head,
                    format!("{name} is of writer number {writer}, which the log does not know"),
                )
                .seq(seq),
            );
            continue;
        }
        marks.entry(writer).or_default().push(Mark {
            seq,
            hash: row.hash(3).ok(),
            // A head is of the day that its last entry arrived on.
            ts: (ts.div_euclid(DAY) == day).then_some(ts),
            day: Some(day),
            name,
            kept: true,
        });
    }
    Ok(marks)
}

/// Heads from elsewhere.
fn given_marks(
    heads: &[Head],
    writers: &Writers,
    marks: &mut BTreeMap<i64, Vec<Mark>>,
    problems: &mut Problems,
) {
    for head in heads {
        let name = match &head.day {
            Some(day) => format!("the exported head of {day}"),
            None => format!("the head of {}", head.at),
        };
        let writer = writers
            .iter()
            .find(|(_, writer)| writer.name == head.writer);
        let Some((number, _)) = writer else {
            problems.add(
                Problem::new(
                    ProblemKind::Head,
                    format!(
                        "{name} is of the writer `{}`, which the log does not know: all its \
                         entries were removed",
                        head.writer
                    ),
                )
                .writer(&head.writer)
                .seq(head.seq),
            );
            continue;
        };
        marks.entry(*number).or_default().push(Mark {
            seq: head.seq,
            hash: hex_bytes(&head.hash),
            ts: Some(head.at.as_micros()),
            day: None,
            name,
            kept: false,
        });
    }
}

/// The ends of the chains, as they are stored.
fn ends(writers: &Writers) -> Vec<Head> {
    let mut ends: Vec<Head> = writers
        .values()
        .map(|writer| Head {
            day: None,
            writer: writer.name.clone(),
            seq: writer.seq,
            hash: writer.hash.as_ref().map(heads::hex).unwrap_or_default(),
            at: Timestamp::from_micros(writer.ts),
        })
        .collect();
    ends.sort_by(|a, b| a.writer.cmp(&b.writer));
    ends
}
