//! What a faked system tells of itself to what all of them share.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::desk::Desk;

/// Everything a running server of one system shares.
pub(crate) trait System: Send + Sync + 'static {
    /// One write that was applied.
    type Entry: Clone + Serialize;

    /// The system's own routes, as the end of "The sandbox knows …, GET journal?since=SEQ, ".
    const ROUTES: &'static str;

    fn desk(&self) -> &Desk;

    /// Reads the journal, oldest first.
    fn with_journal<T>(&self, read: impl FnOnce(&[Self::Entry]) -> T) -> T;

    /// What `GET state` tells besides the counters that all systems have.
    fn facts(&self) -> Map<String, Value>;

    /// How the system's control routes refuse something.
    fn refused(status: u16, message: &str) -> Answer {
        Answer::refused(status, message)
    }

    /// Answers one of the system's own routes.
    fn control(&self, method: &str, route: &str, body: &Bytes) -> Option<Answer>;

    /// The writes that were applied after the one with that number.
    fn journal_since(&self, seq: u64) -> Vec<Self::Entry> {
        let from = usize::try_from(seq).unwrap_or(usize::MAX);
        self.with_journal(|journal| journal.get(from..).unwrap_or_default().to_vec())
    }

    /// How many writes were applied.
    fn applied(&self) -> u64 {
        self.with_journal(|journal| journal.len() as u64)
    }
}
