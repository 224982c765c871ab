//! Whether requests and responses are those that the entries vouch for.

use std::collections::VecDeque;

use sha2::{Digest as _, Sha256};

use super::attest::Explained;
use super::item::Item;
use super::problem::{Problem, ProblemKind, Problems};
use crate::db::{Row, Tx, Value};
use crate::error::Error;

/// How many bodies are in memory at once; each is at most some ten kilobytes.
const PAGE: i64 = 64;

/// Goes through the bodies in the order of the entries, beside them.
#[derive(Debug)]
pub(crate) struct Bodies {
    after: i64,
    read: VecDeque<Row>,
    done: bool,
    pub(crate) checked: u64,
    pub(crate) removed: u64,
}

impl Bodies {
    /// Begins behind the entry of this number.
    pub(crate) fn after(number: i64) -> Self {
        Self {
            after: number,
            read: VecDeque::new(),
            done: false,
            checked: 0,
            removed: 0,
        }
    }

    async fn fill(&mut self, tx: &mut Tx) -> Result<(), Error> {
        if !self.read.is_empty() || self.done {
            return Ok(());
        }
        let rows = tx
            .fetch(
                "SELECT event, ts, codec, content FROM audit_body \
                 WHERE event > ? ORDER BY event LIMIT ?",
                &[Value::Int(self.after), Value::Int(PAGE)],
            )
            .await?;
        match rows.last() {
            Some(last) => self.after = last.int(0)?,
            None => self.done = true,
        }
        self.read = rows.into();
        Ok(())
    }

    /// Checks the body of the next entry, and that there is none for entries before it.
    pub(crate) async fn check(
        &mut self,
        tx: &mut Tx,
        item: &Item,
        explained: &Explained,
        problems: &mut Problems,
    ) -> Result<(), Error> {
        let body = loop {
            self.fill(tx).await?;
            let Some(row) = self.read.front() else {
                break None;
            };
            let number = row.int(0)?;
            if number > item.number {
                break None;
            }
            let row = self.read.pop_front();
            if number == item.number {
                break row;
            }
            orphan(number, problems);
        };
        match (item.body_hash(), body) {
            (None, None) => {}
            (Some(_), None) if explained.body_may_be_gone(item.number, item.ts()) => {
                self.removed = self.removed.saturating_add(1);
            }
            (Some(_), None) => {
                problems.add(
                    Problem::new(
                        ProblemKind::BodyMissing,
                        format!(
                            "request and response of entry {} are not there, and neither pruning \
                             nor erasing took them",
                            item.number
                        ),
                    )
                    .entry(item.number, item.id),
                );
            }
            (None, Some(_)) => {
                problems.add(
                    Problem::new(
                        ProblemKind::BodyChanged,
                        format!(
                            "entry {} was written without request and response, and now has them",
                            item.number
                        ),
                    )
                    .entry(item.number, item.id),
                );
            }
            (Some(hash), Some(row)) => {
                self.checked = self.checked.saturating_add(1);
                if let Some(why) = wrong(&row, hash, item.ts()) {
                    problems.add(
                        Problem::new(
                            ProblemKind::BodyChanged,
                            format!(
                                "request and response of entry {} were changed: {why}",
                                item.number
                            ),
                        )
                        .entry(item.number, item.id),
                    );
                }
            }
        }
        Ok(())
    }

    /// Reports the bodies behind the last entry.
    pub(crate) async fn finish(
        &mut self,
        tx: &mut Tx,
        problems: &mut Problems,
    ) -> Result<(), Error> {
        loop {
            self.fill(tx).await?;
            let Some(row) = self.read.pop_front() else {
                return Ok(());
            };
            orphan(row.int(0)?, problems);
        }
    }
}

fn orphan(number: i64, problems: &mut Problems) {
    problems.add(
        Problem::new(
            ProblemKind::BodyChanged,
            format!("a request and response are stored for entry {number}, which is not there"),
        )
        .entry(number, None),
    );
}

/// Why a stored body is not the one with this hash, of an entry of this time.
fn wrong(row: &Row, hash: Option<crate::chain::Hash>, ts: Option<i64>) -> Option<&'static str> {
    let Ok(plain) = row
        .int(2)
        .and_then(|codec| crate::content::plain(codec, row.blob(3)?))
    else {
        return Some("they cannot be read");
    };
    if Some(crate::chain::Hash::from(Sha256::digest(&plain))) != hash {
        return Some("they do not have the hash that the entry names");
    }
    if row.int(1).ok() != ts {
        return Some("their time is not that of the entry");
    }
    None
}
