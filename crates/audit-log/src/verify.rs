//! Whether the log is still what was written.
//!
//! Verification reads the log once from front to back, in the order of the
//! numbers, with a little state for each writer. It sees one moment of the log:
//! what others append or prune meanwhile does not disturb it.

mod attest;
mod bodies;
mod item;
mod lane;
mod problem;
mod start;
mod walk;

use std::collections::BTreeMap;

use api_core::Timestamp;
use serde::Serialize;

pub(crate) use attest::{Attestation, META_GAPS, at, detail, newest};
pub use problem::{Problem, ProblemKind};

use crate::chain::Hash;
use crate::error::Error;
use crate::heads::Head;
use crate::log::AuditLog;

/// The writers of the log by their numbers.
pub(crate) type Writers = BTreeMap<i64, Writer>;

/// A writer and the stored end of its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writer {
    pub(crate) name: String,
    pub(crate) seq: i64,
    pub(crate) hash: Option<Hash>,
    /// When its last entry arrived.
    pub(crate) ts: i64,
}

/// What to verify.
///
/// ```
/// use audit_log::Verify;
///
/// // The whole log, and at most ten problems written out.
/// let verify = Verify::default().problems(10);
/// # let _ = verify;
/// ```
#[derive(Clone, Debug)]
pub struct Verify {
    heads: Vec<Head>,
    since: Option<Timestamp>,
    problems: usize,
}

impl Default for Verify {
    /// The whole log without heads from elsewhere, and up to 1,000 problems.
    fn default() -> Self {
        Self {
            heads: Vec::new(),
            since: None,
            problems: 1000,
        }
    }
}

impl Verify {
    /// Compares the log with heads that were kept elsewhere too.
    ///
    /// Only these find that somebody with all rights on the database rewrote
    /// the log as a whole, or cut its end off.
    #[must_use]
    pub fn heads(mut self, heads: Vec<Head>) -> Self {
        self.heads = heads;
        self
    }

    /// Verifies only what arrived about this moment or later.
    ///
    /// Entries before it, and what pruning removed of them, are not looked at.
    #[must_use]
    pub fn since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }

    /// Writes out at most this many problems; the others are counted.
    #[must_use]
    pub fn problems(mut self, limit: usize) -> Self {
        self.problems = limit;
        self
    }
}

/// What verification looked at and found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verified {
    /// How many entries were checked.
    pub entries: u64,
    /// How many entries pruning has removed, by the gaps that it left.
    pub pruned: u64,
    /// How many requests and responses were checked.
    pub bodies: u64,
    /// How many of them pruning and erasing have removed.
    pub bodies_removed: u64,
    /// How many heads were compared with the log.
    pub heads: u64,
    /// How many heads name entries whose hash pruning did not keep.
    pub heads_open: u64,
    /// The end of each writer's chain, to be written down elsewhere.
    pub ends: Vec<Head>,
    /// What is wrong, by writer and place.
    pub problems: Vec<Problem>,
    /// How many problems there are beside these.
    pub more: u64,
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty() && self.more == 0
    }
}

impl AuditLog {
    /// Verifies that the log is what was written, entry by entry.
    ///
    /// Finds and names changed, removed, inserted, swapped and renumbered
    /// entries, changed or removed requests and responses, and changes of what
    /// pruning, the ends of the chains and the stored heads say. It cannot find
    /// that somebody with all rights on the database wrote everything anew with
    /// right hashes, or cut the end off and adjusted the rest: for that, give
    /// heads that were kept elsewhere ([`Verify::heads`]).
    ///
    /// Memory does not grow with the number of entries.
    ///
    /// # Errors
    ///
    /// If the log cannot be read. What is wrong with its content is no error
    /// but a [`Problem`].
    pub async fn verify(&self, what: &Verify) -> Result<Verified, Error> {
        let mut tx = self.shared().db.snapshot().await?;
        walk::run(&mut tx, what).await
    }
}
