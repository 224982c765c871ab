//! A stored entry on its way through verification.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::chain::{self, ChainRow, Hash};
use crate::db::Row;
use crate::error::Error;

/// The names behind the numbers in the rows.
pub(crate) type NameMap = HashMap<i64, String>;

/// A stored entry; its columns are those of `EVENT_COLUMNS`.
#[derive(Debug)]
pub(crate) struct Item {
    row: Row,
    names: Arc<NameMap>,
    pub(crate) number: i64,
    pub(crate) id: Option<Uuid>,
    pub(crate) seq: Option<i64>,
    pub(crate) hash: Option<Hash>,
    /// Whether the chains of the other writers were asked already.
    pub(crate) tried_elsewhere: bool,
}

impl Item {
    pub(crate) fn new(row: Row, names: Arc<NameMap>) -> Result<Self, Error> {
        Ok(Self {
            number: row.int(0)?,
            id: row
                .blob(1)
                .ok()
                .and_then(|bytes| Uuid::from_slice(bytes).ok()),
            seq: row.int(3).ok(),
            hash: row.hash(29).ok(),
            tried_elsewhere: false,
            row,
            names,
        })
    }

    /// The number of the writer that the entry claims.
    pub(crate) fn writer(&self) -> Option<i64> {
        self.row.int(2).ok()
    }

    /// When it happened.
    pub(crate) fn ts(&self) -> Option<i64> {
        self.row.int(4).ok()
    }

    /// When it arrived.
    pub(crate) fn observed(&self) -> Option<i64> {
        self.row.int(5).ok()
    }

    /// The hash of its body; `Some(None)` where what is stored is no hash.
    pub(crate) fn body_hash(&self) -> Option<Option<Hash>> {
        match self.row.blob_or_none(28) {
            Ok(None) => None,
            Ok(Some(bytes)) => Some(bytes.try_into().ok()),
            Err(_) => Some(None),
        }
    }

    /// Whether every column can be read.
    pub(crate) fn is_readable(&self) -> bool {
        self.hash.is_some() && self.chain_row("", 0).is_ok()
    }

    /// The hash that this entry has as number `seq` of `writer`, behind `prev`.
    ///
    /// `None` if a column cannot be read.
    pub(crate) fn link(&self, prev: &Hash, writer: &str, seq: i64) -> Option<Hash> {
        let row = self.chain_row(writer, seq).ok()?;
        Some(chain::link(prev, &chain::canonical(&row)))
    }

    /// Whether the stored hash is that of this entry as number `seq` of `writer`, behind `prev`.
    pub(crate) fn fits_as(&self, prev: &Hash, writer: &str, seq: i64) -> bool {
        self.hash.is_some() && self.link(prev, writer, seq) == self.hash
    }

    /// Says that the entry is not what was written, and why if that can be seen.
    pub(crate) fn what_changed(&self, writer: &str) -> String {
        let place = match self.seq {
            Some(seq) => format!("entry {}, number {seq} of `{writer}`,", self.number),
            None => format!("entry {} of `{writer}`", self.number),
        };
        match self.chain_row(writer, 0) {
            Err(why) => format!("{place} was changed: {why}"),
            Ok(_) if self.hash.is_none() => format!("{place} was changed: its hash is none"),
            Ok(_) => format!("{place} was changed: its content does not have the stored hash"),
        }
    }

    fn chain_row<'a>(&'a self, writer: &'a str, seq: i64) -> Result<ChainRow<'a>, String> {
        let row = &self.row;
        Ok(ChainRow {
            writer,
            seq,
            id: self.number,
            uid: read("id", row.blob(1))?,
            ts: read("time", row.int(4))?,
            observed_ts: read("time of arrival", row.int(5))?,
            level: read("level", row.int(6))?,
            event: read("event", row.text(7))?,
            outcome: read("outcome", row.int_or_none(8))?,
            system: self.name("system", 9)?,
            connection: self.name("connection", 10)?,
            flow: self.name("flow", 11)?,
            run: read("run", row.blob_or_none(12))?,
            actor: read("actor", row.text_or_none(13))?,
            entity: self.name("kind of record", 14)?,
            record: read("record", row.text_or_none(15))?,
            target: read("target", row.text_or_none(16))?,
            operation: read("operation", row.text_or_none(17))?,
            method: read("method", row.text_or_none(18))?,
            path: read("path", row.text_or_none(19))?,
            status: read("status", row.int_or_none(20))?,
            duration_us: read("duration", row.int_or_none(21))?,
            attempt: read("attempt", row.int_or_none(22))?,
            code: read("code", row.text_or_none(23))?,
            request_id: read("request id", row.text_or_none(24))?,
            fingerprint: read("fingerprint", row.int_or_none(25))?,
            message: read("message", row.text(26))?,
            details: read("details", row.text_or_none(27))?,
            body_hash: read("hash of the body", row.blob_or_none(28))?,
        })
    }

    fn name(&self, what: &str, at: usize) -> Result<Option<&str>, String> {
        let Some(number) = read(what, self.row.int_or_none(at))? else {
            return Ok(None);
        };
        match self.names.get(&number) {
            Some(name) => Ok(Some(name)),
            None => Err(format!(
                "its {what} is {number}, and no name has this number"
            )),
        }
    }
}

fn read<T>(what: &str, value: Result<T, Error>) -> Result<T, String> {
    value.map_err(|_| format!("its {what} cannot be read"))
}
