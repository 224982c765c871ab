//! The way from whoever appends to the one task that writes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api_core::Clock;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot, watch};

use crate::db::Db;
use crate::entry::Entry;
use crate::error::Error;
use crate::event::EventName;
use crate::heads::Heads;
use crate::level::Level;
use crate::mask::MaskOptions;
use crate::names::Names;
use crate::prepare::Prepared;
use crate::write::Appended;

/// How a log is set.
pub(crate) struct Settings {
    /// The name of the writer, whose chain is gone on with.
    pub(crate) writer: String,
    pub(crate) level: Level,
    pub(crate) levels: HashMap<String, Level>,
    pub(crate) mask: MaskOptions,
    pub(crate) queue_entries: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) batch_rows: usize,
    pub(crate) batch_wait: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What the handles of a log and its writer have in common.
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) names: Names,
    pub(crate) settings: Settings,
    pub(crate) heads: Heads,
    pub(crate) room: Room,
    /// The last failure of the writer; `None` while it works.
    pub(crate) health: watch::Sender<Option<Error>>,
    /// How many entries could not be kept since the log was opened.
    pub(crate) lost: AtomicU64,
    /// Tells the writer that somebody waits for it: what nobody waits for does not wake it.
    pub(crate) urgent: Notify,
}

impl Shared {
    /// The minimum level for a connection.
    pub(crate) fn level_of(&self, connection: Option<&str>) -> Level {
        connection
            .and_then(|name| self.settings.levels.get(name).copied())
            .unwrap_or(self.settings.level)
    }

    /// Whether an entry is written.
    fn writes(&self, entry: &Entry) -> bool {
        is_always_kept(entry.event) || entry.level >= self.level_of(entry.connection.as_deref())
    }

    /// Whether anything is kept of an entry: itself, or at least what it counts.
    pub(crate) fn keeps(&self, entry: &Entry) -> bool {
        entry.counts() || self.writes(entry)
    }

    /// Masks an entry and makes it ready: to be counted alone, where it counts and is not written.
    pub(crate) fn prepare(&self, entry: Entry) -> Prepared {
        let mask = &self.settings.mask;
        match entry.counts() && !self.writes(&entry) {
            true => Prepared::counted(entry, mask),
            false => Prepared::new(entry, mask),
        }
    }

    /// Counts entries that could not be kept.
    pub(crate) fn lose(&self, entries: usize) {
        let entries = u64::try_from(entries).unwrap_or(u64::MAX);
        self.lost.fetch_add(entries, Ordering::Relaxed);
    }

    /// The last failure of the writer.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.health.borrow().clone()
    }

    /// Waits for room; fails at once while the writer fails.
    pub(crate) async fn reserve(&self, entries: usize, bytes: usize) -> Result<Permit, Error> {
        if let Some(permit) = self.room.try_take(entries, bytes) {
            return Ok(permit);
        }
        let mut health = self.health.subscribe();
        tokio::select! {
            biased;
            permit = self.room.take(entries, bytes) => permit,
            failed = health.wait_for(Option::is_some) => Err(match failed {
                Ok(failure) => failure.clone().unwrap_or(Error::Closed),
                Err(_) => Error::Closed,
            }),
        }
    }

    /// Waits until something fits into the queue; not at all while the writer fails.
    pub(crate) async fn wait_for_room(&self) {
        // The room is given back at once; whoever was before us had it first.
        drop(self.reserve(1, 1).await);
    }
}

/// The beginning and the end of a run are kept whatever the level is, and what the log says of
/// itself.
fn is_always_kept(event: EventName) -> bool {
    event.is_about_the_log() || matches!(event, EventName::RunStart | EventName::RunEnd)
}

/// The bounds of the queue.
pub(crate) struct Room {
    entries: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    most_entries: usize,
    most_bytes: usize,
    /// How many entries have a place.
    waiting: Arc<AtomicU64>,
}

/// A place in the queue, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    _entries: Option<OwnedSemaphorePermit>,
    bytes: Option<OwnedSemaphorePermit>,
    /// How many entries have it, in the count of all.
    own: u64,
    waiting: Arc<AtomicU64>,
}

impl Permit {
    /// Gives back what is not needed of the bytes.
    pub(crate) fn shrink_to(&mut self, bytes: usize) {
        if let Some(held) = &mut self.bytes
            && let Some(more) = held.num_permits().checked_sub(bytes.max(1))
        {
            drop(held.split(more));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.own, Ordering::Relaxed);
    }
}

impl Room {
    pub(crate) fn new(entries: usize, bytes: usize) -> Self {
        let most_entries = entries.clamp(1, 1 << 24);
        let most_bytes = bytes.clamp(1, 1 << 30);
        Self {
            entries: Arc::new(Semaphore::new(most_entries)),
            bytes: Arc::new(Semaphore::new(most_bytes)),
            most_entries,
            most_bytes,
            waiting: Arc::default(),
        }
    }

    fn permit(
        &self,
        own: usize,
        entries: Option<OwnedSemaphorePermit>,
        bytes: Option<OwnedSemaphorePermit>,
    ) -> Permit {
        let own = u64::try_from(own).unwrap_or(u64::MAX);
        self.waiting.fetch_add(own, Ordering::Relaxed);
        Permit {
            _entries: entries,
            bytes,
            own,
            waiting: Arc::clone(&self.waiting),
        }
    }

    /// How many entries are in the queue.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// What is larger than the whole queue takes the whole queue.
    fn cost(&self, entries: usize, bytes: usize) -> (u32, u32) {
        let entries = entries.clamp(1, self.most_entries);
        let bytes = bytes.clamp(1, self.most_bytes);
        (
            u32::try_from(entries).unwrap_or(u32::MAX),
            u32::try_from(bytes).unwrap_or(u32::MAX),
        )
    }

    pub(crate) fn try_take(&self, own: usize, bytes: usize) -> Option<Permit> {
        let (entries, bytes) = self.cost(own, bytes);
        let entries = Arc::clone(&self.entries)
            .try_acquire_many_owned(entries)
            .ok()?;
        let bytes = Arc::clone(&self.bytes).try_acquire_many_owned(bytes).ok()?;
        Some(self.permit(own, Some(entries), Some(bytes)))
    }

    /// A place for one entry, whether there is room for it or not: it takes what room there is,
    /// so that nobody finds any until it is written. `None` only once the queue is closed.
    pub(crate) fn squeeze(&self, bytes: usize) -> Option<Permit> {
        if let Some(permit) = self.try_take(1, bytes) {
            return Some(permit);
        }
        if self.entries.is_closed() {
            return None;
        }
        let (_, bytes) = self.cost(1, bytes);
        let entries = rest(&self.entries, 1);
        let bytes = rest(&self.bytes, bytes);
        Some(self.permit(1, entries, bytes))
    }

    async fn take(&self, own: usize, bytes: usize) -> Result<Permit, Error> {
        let (entries, bytes) = self.cost(own, bytes);
        let entries = Arc::clone(&self.entries)
            .acquire_many_owned(entries)
            .await
            .map_err(|_| Error::Closed)?;
        let bytes = Arc::clone(&self.bytes)
            .acquire_many_owned(bytes)
            .await
            .map_err(|_| Error::Closed)?;
        Ok(self.permit(own, Some(entries), Some(bytes)))
    }

    /// Whether an entry of ordinary size fits.
    pub(crate) fn is_free(&self) -> bool {
        self.entries.available_permits() > 0 && self.bytes.available_permits() > 0
    }

    /// Lets nothing in any more.
    pub(crate) fn close(&self) {
        self.entries.close();
        self.bytes.close();
    }
}

/// As many of the wanted permits as there are.
fn rest(of: &Arc<Semaphore>, wanted: u32) -> Option<OwnedSemaphorePermit> {
    let mut wanted = wanted;
    loop {
        let there = u32::try_from(of.available_permits()).unwrap_or(u32::MAX);
        wanted = wanted.min(there);
        if wanted == 0 {
            return None;
        }
        if let Ok(permit) = Arc::clone(of).try_acquire_many_owned(wanted) {
            return Some(permit);
        }
        // Somebody else was faster.
        wanted -= 1;
    }
}

/// Who waits for entries to be committed.
pub(crate) type Answer = oneshot::Sender<Result<Vec<Appended>, Error>>;

/// What the writer is asked to do.
pub(crate) enum Job {
    /// To write entries; those without an answer are tried again when that fails.
    Entries {
        entries: Vec<Prepared>,
        permit: Permit,
        answer: Option<Answer>,
    },
    /// To write everything that came before.
    Flush(oneshot::Sender<Result<(), Error>>),
    /// To write everything that came before, and to end.
    Close(oneshot::Sender<Result<(), Error>>),
}
