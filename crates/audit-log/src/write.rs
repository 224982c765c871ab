//! Appending within a transaction: numbers, chain, rows, roll-ups.

use std::collections::HashMap;

use crate::chain::{self, ChainRow, Hash};
use crate::counted::{self, Newest};
use crate::db::{Arg, Insert, Kind, Tx, Value};
use crate::error::Error;
use crate::heads::{NewDay, WriterRow};
use crate::names::Learnt;
use crate::prepare::Prepared;
use crate::queue::Shared;
use crate::rollup::{NameIds, Rollups};

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Appended {
    /// It is stored.
    Written {
        /// Its number: the order of arrival, from 1.
        number: i64,
    },
    /// An entry with this id is there already; nothing was changed.
    Known,
    /// The database does not take it and never will: an entry `log.lost` with its id stands in its
    /// place and says why.
    Replaced {
        /// The number of that entry.
        number: i64,
    },
    /// It is under the minimum level and was left out; what it counts is counted, once.
    Below,
}

/// What a transaction appended; to be told to [`Shared::committed`] after the commit.
#[derive(Debug)]
pub(crate) struct Written {
    /// What became of each entry, in their order.
    pub(crate) results: Vec<Appended>,
    learnt: Learnt,
    new_day: Option<NewDay>,
}

static EVENT: Insert = Insert::new(
    "audit_event",
    &[
        ("id", Kind::Int),
        ("uid", Kind::Blob),
        ("writer", Kind::Int),
        ("seq", Kind::Int),
        ("ts", Kind::Int),
        ("observed_ts", Kind::Int),
        ("level", Kind::Int),
        ("event", Kind::Text),
        ("outcome", Kind::Int),
        ("system", Kind::Int),
        ("connection", Kind::Int),
        ("flow", Kind::Int),
        ("run", Kind::Blob),
        ("actor", Kind::Text),
        ("entity", Kind::Int),
        ("record", Kind::Text),
        ("target", Kind::Text),
        ("operation", Kind::Text),
        ("method", Kind::Text),
        ("path", Kind::Text),
        ("status", Kind::Int),
        ("duration_us", Kind::Int),
        ("attempt", Kind::Int),
        ("code", Kind::Text),
        ("request_id", Kind::Text),
        ("fingerprint", Kind::Int),
        ("message", Kind::Text),
        ("details", Kind::Text),
        ("body_hash", Kind::Blob),
        ("hash", Kind::Blob),
    ],
    "",
);

static BODY: Insert = Insert::new(
    "audit_body",
    &[
        ("event", Kind::Int),
        ("ts", Kind::Int),
        ("codec", Kind::Int),
        ("content", Kind::Blob),
    ],
    "",
);

impl Shared {
    /// Takes note of what is committed now.
    pub(crate) fn committed(&self, written: &Written) {
        self.names.learn(&written.learnt);
        if let Some(new) = written.new_day {
            self.heads.committed(new);
        }
    }
}

/// Appends entries in a transaction of [`Db::begin`](crate::db::Db::begin).
///
/// Entries that are there already are left out. After the commit [`Shared::committed`] is told.
pub(crate) async fn append_in(
    shared: &Shared,
    tx: &mut Tx,
    batch: &[&Prepared],
) -> Result<Written, Error> {
    let observed = shared.settings.clock.now().as_micros();
    let (mut writers, newest) = state(tx).await?;
    let writer = own_writer(tx, &shared.settings.writer, &mut writers).await?;
    let fresh = counted::fresh(tx, batch, &newest).await?;
    let new_day = shared.heads.begin_day(tx, observed, &writers).await?;
    let last = last_number(&writers, batch.len())?;

    let all = || fresh.iter().flatten().copied();
    let entries = || all().filter(|entry| !entry.only_counted);
    let (ids, learnt) = shared.names.intern(tx, all().flat_map(names_of)).await?;
    let id_of = |name: &Option<String>| name.as_deref().and_then(|name| ids.get(name).copied());

    let names_in = |entry: &Prepared| NameIds {
        system: id_of(&entry.entry.system).unwrap_or(0),
        connection: id_of(&entry.entry.connection).unwrap_or(0),
        flow: id_of(&entry.entry.flow).unwrap_or(0),
        entity: id_of(&entry.entry.entity).unwrap_or(0),
    };

    let mut rollups = Rollups::default();
    for entry in all() {
        let names = names_in(entry);
        if entry.only_counted
            && let Some(outcome) = entry.outcome()
        {
            rollups.add_tally(entry, names, names.entity, outcome, 1);
        }
        for tally in &entry.entry.tallies {
            let entity = id_of(&tally.entity).unwrap_or(0);
            rollups.add_tally(entry, names, entity, tally.outcome.number(), tally.count);
        }
    }
    let mut hashes: Vec<Hash> = Vec::with_capacity(batch.len());
    let mut buffer = Vec::with_capacity(512);
    let mut previous = writer.last_hash;
    for (entry, step) in entries().zip(1_i64..) {
        let row = chain_row(entry, &writer, step, last + step, observed);
        chain::canonical_into(&row, &mut buffer);
        previous = chain::link(&previous, &buffer);
        hashes.push(previous);
        rollups.add(entry, last + step, names_in(entry));
    }

    let mut cells = Vec::with_capacity(hashes.len() * 30);
    let mut bodies = Vec::new();
    for ((entry, hash), step) in entries().zip(&hashes).zip(1_i64..) {
        let row = chain_row(entry, &writer, step, last + step, observed);
        push_cells(&mut cells, &row, entry, writer.id, &ids, hash);
        if let Some(content) = &entry.content {
            bodies.extend([
                Arg::Int(last + step),
                Arg::Int(entry.ts),
                Arg::Int(content.codec),
                Arg::Blob(&content.bytes),
            ]);
        }
    }
    tx.insert(&EVENT, &cells).await?;
    tx.insert(&BODY, &bodies).await?;
    counted::write(tx, all()).await?;
    rollups.write(tx).await?;
    if !hashes.is_empty() {
        let count = i64::try_from(hashes.len()).unwrap_or(i64::MAX);
        tx.execute(
            "UPDATE audit_writer SET last_seq = ?, last_hash = ?, last_ts = ? WHERE id = ?",
            &[
                Value::Int(writer.last_seq + count),
                Value::from(&previous[..]),
                Value::Int(observed),
                Value::Int(writer.id),
            ],
        )
        .await?;
    }
    let mut number = last;
    let results = batch
        .iter()
        .zip(&fresh)
        .map(|(entry, fresh)| match fresh {
            _ if entry.only_counted => Appended::Below,
            None => Appended::Known,
            Some(_) => {
                number += 1;
                Appended::Written { number }
            }
        })
        .collect();
    Ok(Written {
        results,
        learnt,
        new_day,
    })
}

/// The writers, and the greatest ids of entries.
async fn state(tx: &mut Tx) -> Result<(Vec<WriterRow>, Newest), Error> {
    let rows = tx
        .fetch(
            "SELECT id, name, last_seq, last_hash, last_ts, \
             (SELECT uid FROM audit_event ORDER BY uid DESC LIMIT 1), \
             (SELECT uid FROM audit_counted ORDER BY uid DESC LIMIT 1) \
             FROM audit_writer ORDER BY id",
            &[],
        )
        .await?;
    let mut newest = Newest::default();
    let mut writers = Vec::with_capacity(rows.len() + 1);
    for row in &rows {
        newest = Newest {
            written: row.blob_or_none(5)?.map(<[u8]>::to_vec),
            counted: row.blob_or_none(6)?.map(<[u8]>::to_vec),
        };
        writers.push(WriterRow {
            id: row.int(0)?,
            name: row.text(1)?.to_owned(),
            last_seq: row.int(2)?,
            last_hash: row.hash(3)?,
            last_ts: row.int(4)?,
        });
    }
    Ok((writers, newest))
}

/// The greatest number that was given, if so many more can be given.
fn last_number(writers: &[WriterRow], more: usize) -> Result<i64, Error> {
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    writers
        .iter()
        .try_fold(0_i64, |sum, writer| {
            sum.checked_add(Some(writer.last_seq).filter(|seq| *seq >= 0)?)
        })
        .filter(|last| last.checked_add(more).is_some())
        .ok_or_else(|| {
            Error::Corrupt(
                "the stored ends of the chains of the audit log cannot be right: somebody changed \
                 them; verify the log, and restore it from a backup"
                    .to_owned(),
            )
        })
}

/// The row of a writer, which is made if it has not written yet.
async fn own_writer(
    tx: &mut Tx,
    name: &str,
    writers: &mut Vec<WriterRow>,
) -> Result<WriterRow, Error> {
    if let Some(known) = writers.iter().find(|writer| writer.name == name) {
        return Ok(known.clone());
    }
    let new = WriterRow {
        id: (writers.iter().map(|writer| writer.id).max())
            .unwrap_or(0)
            .saturating_add(1),
        name: name.to_owned(),
        last_seq: 0,
        last_hash: chain::first(name),
        last_ts: 0,
    };
    tx.execute(
        "INSERT INTO audit_writer (id, name, last_seq, last_hash, last_ts) VALUES (?, ?, ?, ?, ?)",
        &[
            Value::Int(new.id),
            Value::from(name),
            Value::Int(0),
            Value::from(&new.last_hash[..]),
            Value::Int(0),
        ],
    )
    .await?;
    writers.push(new.clone());
    Ok(new)
}

fn names_of(entry: &Prepared) -> impl Iterator<Item = &str> {
    let entry = &entry.entry;
    [&entry.system, &entry.connection, &entry.flow, &entry.entity]
        .into_iter()
        .chain(entry.tallies.iter().map(|tally| &tally.entity))
        .filter_map(|name| name.as_deref())
}

fn chain_row<'a>(
    prepared: &'a Prepared,
    writer: &'a WriterRow,
    step: i64,
    id: i64,
    observed_ts: i64,
) -> ChainRow<'a> {
    let entry = &prepared.entry;
    ChainRow {
        writer: &writer.name,
        seq: writer.last_seq + step,
        id,
        uid: prepared.uid(),
        ts: prepared.ts,
        observed_ts,
        level: entry.level.number(),
        event: entry.event.as_str(),
        outcome: prepared.outcome(),
        system: entry.system.as_deref(),
        connection: entry.connection.as_deref(),
        flow: entry.flow.as_deref(),
        run: entry.run.as_ref().map(|run| &run.as_bytes()[..]),
        actor: entry.actor.as_deref(),
        entity: entry.entity.as_deref(),
        record: entry.record.as_deref(),
        target: entry.target.as_deref(),
        operation: entry.operation.as_deref(),
        method: entry.method.as_deref(),
        path: entry.path.as_deref(),
        status: entry.status.map(i64::from),
        duration_us: prepared.duration_us,
        attempt: entry.attempt.map(i64::from),
        code: entry.code.as_deref(),
        request_id: entry.request_id.as_deref(),
        fingerprint: prepared.fingerprint.as_ref().map(|print| print.value),
        message: &entry.message,
        details: prepared.details.as_deref(),
        body_hash: prepared.body_hash().map(|hash| &hash[..]),
    }
}

/// The cells of a row, in the order of [`EVENT`].
fn push_cells<'a>(
    cells: &mut Vec<Arg<'a>>,
    row: &ChainRow<'a>,
    entry: &'a Prepared,
    writer: i64,
    ids: &HashMap<&str, i64>,
    hash: &'a Hash,
) {
    let id_of = |name: Option<&str>| Arg::from(name.and_then(|name| ids.get(name).copied()));
    cells.extend([
        Arg::Int(row.id),
        Arg::Blob(entry.uid()),
        Arg::Int(writer),
        Arg::Int(row.seq),
        Arg::Int(row.ts),
        Arg::Int(row.observed_ts),
        Arg::Int(row.level),
        Arg::Text(row.event),
        Arg::from(row.outcome),
        id_of(row.system),
        id_of(row.connection),
        id_of(row.flow),
        Arg::from(row.run),
        Arg::from(row.actor),
        id_of(row.entity),
        Arg::from(row.record),
        Arg::from(row.target),
        Arg::from(row.operation),
        Arg::from(row.method),
        Arg::from(row.path),
        Arg::from(row.status),
        Arg::from(row.duration_us),
        Arg::from(row.attempt),
        Arg::from(row.code),
        Arg::from(row.request_id),
        Arg::from(row.fingerprint),
        Arg::Text(row.message),
        Arg::from(row.details),
        Arg::from(row.body_hash),
        Arg::Blob(hash),
    ]);
}
