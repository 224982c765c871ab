//! What came already, so that seconds read again bring nothing twice.

use crate::{Record, RecordId};

use super::token::{ChangeToken, Place, seconds_of};

/// The most changes a token remembers; with more, all of them may come twice.
pub(super) const MOST_KEPT: usize = 64;

/// The most that one stream remembers.
const MOST_HELD: usize = 1024;

/// Fingerprints of changes of the latest seconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// A fingerprint, and the second of the change where it is known.
    entries: Vec<(u64, Option<i64>)>,
    overflown: bool,
}

impl Seen {
    /// What the stream before had seen.
    pub(super) fn of(token: &ChangeToken) -> Self {
        let at = match token.place() {
            Place::Sync { text, .. } => text.as_deref().and_then(seconds_of),
            Place::Query { text, .. } => seconds_of(text),
            Place::Start(_) => None,
        };
        Self {
            entries: token.known().iter().map(|known| (*known, at)).collect(),
            overflown: false,
        }
    }

    fn holds(&self, print: u64) -> bool {
        self.entries.iter().any(|(known, _)| *known == print)
    }

    /// Leaves out records that came already just as they are, and remembers
    /// the others.
    pub(super) fn fresh_records(&mut self, mut records: Vec<Record>) -> Vec<Record> {
        let mut new = Vec::with_capacity(records.len());
        records.retain(|record| {
            let print = fingerprint(record);
            let fresh = !self.holds(print);
            if fresh {
                new.push((print, seconds_of(&record.text("modifiedtime"))));
            }
            fresh
        });
        self.entries.extend(new);
        records
    }

    /// Leaves out deletions that came already, and remembers the others.
    pub(super) fn fresh_deletions(&mut self, mut ids: Vec<RecordId>) -> Vec<RecordId> {
        let mut new = Vec::new();
        ids.retain(|id| {
            let print = hash(format!("deleted {id}").as_bytes());
            let fresh = !self.holds(print);
            if fresh {
                new.push((print, None));
            }
            fresh
        });
        self.entries.extend(new);
        ids
    }

    /// Forgets changes that no later stream will read again: those more than
    /// `overlap` seconds before the newest.
    pub(super) fn forget(&mut self, newest: Option<i64>, overlap: i64) {
        if let Some(newest) = newest {
            self.entries
                .retain(|(_, at)| at.is_none_or(|at| at >= newest.saturating_sub(overlap)));
        }
        if self.entries.len() > MOST_HELD {
            self.entries.clear();
            self.overflown = true;
        }
    }

    /// What a token remembers.
    pub(super) fn to_keep(&self) -> Vec<u64> {
        if self.overflown || self.entries.len() > MOST_KEPT {
            return Vec::new();
        }
        self.entries.iter().map(|(print, _)| *print).collect()
    }
}

fn fingerprint(record: &Record) -> u64 {
    let mut bytes = Vec::new();
    for (name, value) in record.fields() {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value.to_string().as_bytes());
        bytes.push(0);
    }
    hash(&bytes)
}

/// FNV-1a, the same on every machine.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
