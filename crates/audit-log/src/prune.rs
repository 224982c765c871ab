//! Removing what has been kept for long enough.
//!
//! Entries go by level and age, a few thousand in a transaction, so that
//! writers never wait for long. Each transaction leaves gaps from which the
//! chain goes on, and appends a `log.prune` entry that says what was removed
//! and vouches for the gaps.

mod find;
mod last;
mod leave;
pub(crate) mod own;
mod state;
mod tidy;

use api_core::Timestamp;
use serde::Serialize;

use self::find::{aged, aged_bodies, greatest, late_ones};
use self::state::{Class, State};
pub(crate) use self::tidy::tidy;
use crate::counted;
use crate::db::{Tx, Value};
use crate::entry::Entry;
use crate::error::Error;
use crate::event::EventName;
use crate::gaps::Removed;
use crate::level::Level;
use crate::log::AuditLog;
use crate::retention::Retention;

/// How many entries one transaction removes.
const ROWS: u64 = 5_000;
/// How many bodies one transaction removes.
const BODIES: u64 = 1_000;
/// How many values one statement lists.
const LIST: usize = 500;

/// What pruning removed, or would remove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pruned {
    /// Entries of level DEBUG.
    pub debug: u64,
    /// Entries of level INFO.
    pub info: u64,
    /// Entries of level WARNING.
    pub warning: u64,
    /// Entries of level ERROR.
    pub error: u64,
    /// Requests and responses of entries that stay.
    pub bodies: u64,
    /// Whether nothing is left to remove.
    pub complete: bool,
}

impl Pruned {
    /// How many entries of all levels.
    pub fn entries(&self) -> u64 {
        self.debug + self.info + self.warning + self.error
    }

    fn count(&mut self, level: i64, n: u64) {
        let counter = match level {
            ..9 => &mut self.debug,
            9..13 => &mut self.info,
            13..17 => &mut self.warning,
            _ => &mut self.error,
        };
        *counter = counter.saturating_add(n);
    }

    fn add(&mut self, other: &Self) {
        self.debug = self.debug.saturating_add(other.debug);
        self.info = self.info.saturating_add(other.info);
        self.warning = self.warning.saturating_add(other.warning);
        self.error = self.error.saturating_add(other.error);
        self.bodies = self.bodies.saturating_add(other.bodies);
    }
}

/// An entry that is to be removed.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    writer: i64,
    level: i64,
    removed: Removed,
}

impl AuditLog {
    /// Removes entries and bodies that are older than `keep` says.
    ///
    /// Works in transactions of at most 5,000 entries, each with a `log.prune`
    /// entry, and stops after `limit_rows` entries. What remains still
    /// verifies. The counts of the roll-ups and the issues stay. Entries that
    /// tell why bodies are not there stay as long as they are needed for that.
    ///
    /// # Errors
    ///
    /// If the log cannot be read or written; what is committed stays removed.
    pub async fn prune(&self, keep: &Retention, limit_rows: Option<u64>) -> Result<Pruned, Error> {
        self.prune_for(None, keep, limit_rows).await
    }

    /// As [`AuditLog::prune`], for a person, whom the `log.prune` entries name.
    ///
    /// # Errors
    ///
    /// As [`AuditLog::prune`].
    pub async fn prune_by(
        &self,
        actor: &str,
        keep: &Retention,
        limit_rows: Option<u64>,
    ) -> Result<Pruned, Error> {
        self.prune_for(Some(actor), keep, limit_rows).await
    }

    async fn prune_for(
        &self,
        actor: Option<&str>,
        keep: &Retention,
        limit_rows: Option<u64>,
    ) -> Result<Pruned, Error> {
        let now = self.shared().settings.clock.now();
        let db = &self.shared().db;
        let top = greatest(db).await?;
        let began = State::read(db).await?;
        let mut state = began.clone();
        let mut left = limit_rows.unwrap_or(u64::MAX);
        let mut pruned = Pruned::default();
        let mut classes: Vec<(Class, bool)> = Vec::new();
        // What came late, with times that an earlier pruning has dealt with.
        classes.extend(Class::ALL.map(|class| (class, true)));
        classes.extend(Class::ALL.map(|class| (class, false)));
        let mut next = classes.into_iter().peekable();
        let bodies_before = keep.bodies_cut_off(now);
        loop {
            let want = left.min(ROWS);
            let mut ids = Vec::new();
            while let Some((class, late)) = next.peek().copied() {
                let limit = want.saturating_sub(length(&ids));
                if limit == 0 {
                    break;
                }
                let cut_off = class.cut_off(keep, now);
                let from = state.from(class);
                let found = if late {
                    late_ones(db, class, &state, top, cut_off.min(from), limit).await?
                } else {
                    aged(db, class, from, cut_off, state.newest, limit).await?
                };
                let all = length(&found) < limit;
                if late {
                    if all && class == Class::LAST {
                        state.seen = top;
                    }
                } else if all {
                    state.reached(class, cut_off);
                } else if let Some((_, ts)) = found.last() {
                    state.reached(class, (*ts).min(cut_off));
                }
                ids.extend(found.into_iter().map(|(id, _)| id));
                if !all {
                    break;
                }
                next.next();
            }
            // Bodies come last: most of the old ones go with their entries.
            let bodies = if want > 0 && length(&ids) == want {
                Vec::new()
            } else {
                aged_bodies(db, bodies_before).await?
            };
            if ids.is_empty() && bodies.is_empty() {
                break;
            }
            let step = self
                .prune_step((&mut state, actor), keep, now, &ids, &bodies)
                .await?;
            left = left.saturating_sub(step.entries());
            pruned.add(&step);
        }
        pruned.complete = next.peek().is_none();
        counted::prune(db, now).await?;
        if state != began {
            state.write(db).await?;
        }
        if pruned.entries() > 0 || pruned.bodies > 0 {
            tidy::optimize(db).await?;
            tidy(db).await?;
        }
        Ok(pruned)
    }

    /// Says what [`AuditLog::prune`] would remove now, and removes nothing.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub async fn prune_plan(&self, keep: &Retention) -> Result<Pruned, Error> {
        let now = self.shared().settings.clock.now();
        let db = &self.shared().db;
        let newest = State::read(db).await?.newest;
        let mut plan = Pruned {
            complete: true,
            ..Pruned::default()
        };
        for class in Class::ALL {
            let sql = format!(
                "SELECT e.level, COUNT(*) FROM audit_event e WHERE e.ts < ? AND e.id <> ? AND {} \
                 GROUP BY e.level",
                class.condition()
            );
            let values = [Value::Int(class.cut_off(keep, now)), Value::Int(newest)];
            for row in db.read(&sql, &values).await? {
                plan.count(row.int(0)?, u64::try_from(row.int(1)?).unwrap_or(0));
            }
        }
        let gone = Class::ALL
            .map(|class| format!("(e.ts < ? AND e.id <> ? AND {})", class.condition()))
            .join(" OR ");
        let sql = format!(
            "SELECT COUNT(*) FROM audit_body b JOIN audit_event e ON e.id = b.event \
             WHERE b.ts < ? AND NOT ({gone})"
        );
        let mut values = vec![Value::Int(keep.bodies_cut_off(now))];
        for class in Class::ALL {
            values.push(Value::Int(class.cut_off(keep, now)));
            values.push(Value::Int(newest));
        }
        for row in db.read(&sql, &values).await? {
            plan.bodies = u64::try_from(row.int(0)?).unwrap_or(0);
        }
        Ok(plan)
    }

    /// One transaction: removes, leaves gaps and says so.
    async fn prune_step(
        &self,
        (state, actor): (&mut State, Option<&str>),
        keep: &Retention,
        now: Timestamp,
        ids: &[i64],
        bodies: &[i64],
    ) -> Result<Pruned, Error> {
        let mut tx = self.shared().db.begin().await?;
        // Another process may have pruned since.
        let newest = state::newest(&mut tx).await?;
        let mut ids = ids.to_vec();
        if let Some(newest) = &newest {
            state.newest = newest.number;
            ids.retain(|id| *id != newest.number);
        }
        let mut candidates = take(&mut tx, &ids).await?;
        let bodies = delete(&mut tx, "DELETE FROM audit_body WHERE event IN", bodies).await?;
        if candidates.is_empty() && bodies == 0 {
            return Ok(Pruned::default());
        }
        // The entry that comes now takes the place of the newest `log.prune`.
        if let Some(newest) = &newest
            && newest.ts < Class::Info.cut_off(keep, now)
        {
            candidates.extend(take(&mut tx, &[newest.number]).await?);
        }
        let mut step = Pruned {
            bodies,
            ..Pruned::default()
        };
        for one in &candidates {
            step.count(one.level, 1);
        }
        let mut digest = newest
            .as_ref()
            .and_then(|newest| newest.gaps)
            .unwrap_or_default();
        leave::gaps(&mut tx, &candidates, &mut digest).await?;
        // Also when no body went: what explained why older ones are gone may go now.
        let bodies_before = newest
            .map_or(i64::MIN, |newest| newest.bodies_before)
            .max(keep.bodies_cut_off(now));
        let details = leave::details(keep, now, &step, digest, bodies_before);
        let mut entry = Entry::new(Level::Info, EventName::LogPrune, leave::message(&step)).at(now);
        entry.actor = actor.map(str::to_owned);
        let (number, written) = own::append(self.shared(), &mut tx, entry, details).await?;
        state.newest = number;
        state.write_in(&mut tx, digest).await?;
        tx.commit().await?;
        self.shared().committed(&written);
        Ok(step)
    }
}

fn length<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

/// Takes those of the entries out that are still there, with their bodies.
async fn take(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Candidate>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(LIST) {
        let sql = format!(
            "SELECT writer, level, seq, hash FROM audit_event WHERE id IN {}",
            list(chunk.len())
        );
        let values: Vec<Value> = chunk.iter().copied().map(Value::Int).collect();
        for row in tx.fetch(&sql, &values).await? {
            found.push(Candidate {
                writer: row.int(0)?,
                level: row.int(1)?,
                removed: Removed {
                    seq: row.int(2)?,
                    // A hash that somebody changed leaves a gap that says so.
                    hash: row.hash(3).unwrap_or_default(),
                },
            });
        }
    }
    delete(tx, "DELETE FROM audit_event WHERE id IN", ids).await?;
    delete(tx, "DELETE FROM audit_body WHERE event IN", ids).await?;
    Ok(found)
}

/// Runs a statement that ends with a list of numbers.
pub(crate) async fn delete(tx: &mut Tx, statement: &str, ids: &[i64]) -> Result<u64, Error> {
    let mut gone = 0_u64;
    for chunk in ids.chunks(LIST) {
        let sql = format!("{statement} {}", list(chunk.len()));
        let values: Vec<Value> = chunk.iter().copied().map(Value::Int).collect();
        gone = gone.saturating_add(tx.execute(&sql, &values).await?);
    }
    Ok(gone)
}

/// `(?, ?, ?)` for so many values.
pub(crate) fn list(values: usize) -> String {
    format!("({})", vec!["?"; values].join(", "))
}
