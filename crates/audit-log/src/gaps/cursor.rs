//! Reading the gaps of a writer in the order of its chain.

use std::collections::VecDeque;

use super::Gap;
use crate::db::{Row, Tx, Value};
use crate::error::Error;

/// How many gaps are read at once.
const PAGE: i64 = 500;

/// Hands out the gaps of one writer, one by one, a bounded number in memory.
#[derive(Debug)]
pub(crate) struct GapCursor {
    writer: i64,
    from: i64,
    read: VecDeque<Gap>,
    done: bool,
}

impl GapCursor {
    pub(crate) fn new(writer: i64) -> Self {
        Self {
            writer,
            from: i64::MIN,
            read: VecDeque::new(),
            done: false,
        }
    }

    /// Goes on with the gaps that begin at `seq` or behind it.
    pub(crate) fn start_at(&mut self, seq: i64) {
        self.from = seq;
        self.read.clear();
        self.done = false;
    }

    /// The next gap, without passing it.
    pub(crate) async fn peek(&mut self, tx: &mut Tx) -> Result<Option<Gap>, Error> {
        if self.read.is_empty() && !self.done {
            let rows = tx
                .fetch(
                    "SELECT first_seq, last_seq, last_hash FROM audit_gap \
                     WHERE writer = ? AND first_seq >= ? ORDER BY first_seq LIMIT ?",
                    &[
                        Value::Int(self.writer),
                        Value::Int(self.from),
                        Value::Int(PAGE),
                    ],
                )
                .await?;
            for row in &rows {
                let gap = tolerant(row)?;
                match gap.first.checked_add(1) {
                    Some(next) => self.from = next,
                    None => self.done = true,
                }
                self.read.push_back(gap);
            }
            self.done |= i64::try_from(rows.len()).unwrap_or(PAGE) < PAGE;
        }
        Ok(self.read.front().copied())
    }

    /// The last of the gaps that follow each other without an entry between them, from the next
    /// one on, as far as they are read.
    pub(crate) async fn last_of_run(&mut self, tx: &mut Tx) -> Result<Option<Gap>, Error> {
        let Some(mut last) = self.peek(tx).await? else {
            return Ok(None);
        };
        for gap in self.read.iter().skip(1) {
            if last.last.checked_add(1) != Some(gap.first) {
                break;
            }
            last = *gap;
        }
        Ok(Some(last))
    }

    /// Passes the gap that [`GapCursor::peek`] returned.
    pub(crate) fn skip(&mut self) {
        self.read.pop_front();
    }
}

/// A gap as it is stored; what is damaged in it shows in the digest of all.
fn tolerant(row: &Row) -> Result<Gap, Error> {
    let first = row.int(0)?;
    Ok(Gap {
        first,
        last: row.int(1)?.max(first),
        hash: row.hash(2).unwrap_or_default(),
    })
}
