//! The handle of an open log.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::entry::Entry;
use crate::error::Error;
use crate::heads::{self, Head};
use crate::level::Level;
use crate::open::Builder;
use crate::prepare::{self, Prepared};
use crate::queue::{Job, Shared};
use crate::stage::Stage;
use crate::write::Appended;

/// How many parts of one call may wait to be written.
const PARTS: usize = 2;

/// What an exchange weighs at most that is masked where it happened, in bytes: another thread costs
/// more than that.
const AT_ONCE: usize = 4_096;

/// An open log.
///
/// Cheap to clone; all clones share one task that writes. Several processes may have the same log
/// open. What is only [enqueued](Self::enqueue) or [offered](Self::offer) is lost when the process
/// dies before it is written: call [`close`](Self::close) at the end.
#[derive(Clone)]
pub struct AuditLog {
    shared: Arc<Shared>,
    jobs: Option<UnboundedSender<Job>>,
    path: Option<Arc<Path>>,
    stage: Option<Stage>,
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditLog")
            .field("place", &self.shared.db.place())
            .field("writer", &self.shared.settings.writer)
            .finish_non_exhaustive()
    }
}

impl AuditLog {
    /// Begins to open a log.
    ///
    /// Takes `sqlite:` and a path, a path, or `postgres://USER@HOST:PORT/DATABASE`.
    #[must_use]
    pub fn builder(url: &str) -> Builder {
        Builder::new(url)
    }

    pub(crate) fn new(
        shared: Arc<Shared>,
        jobs: Option<UnboundedSender<Job>>,
        path: Option<PathBuf>,
    ) -> Self {
        let stage = (jobs.as_ref()).map(|jobs| Stage::start(Arc::clone(&shared), jobs.clone()));
        Self {
            shared,
            jobs,
            path: path.map(Into::into),
            stage,
        }
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Appends an entry; when this returns it is on the disk.
    ///
    /// # Errors
    /// When it could not be written. Then it may be appended again: the same id is kept once.
    pub async fn append(&self, entry: Entry) -> Result<Appended, Error> {
        let done = self.append_all(vec![entry]).await?;
        done.into_iter().next().ok_or(Error::Closed)
    }

    /// Appends entries, in their order, and says what became of each.
    ///
    /// They are written in transactions of bounded size.
    ///
    /// # Errors
    /// When some could not be written. Those before them may be written; all may be appended
    /// again, since the same id is kept once.
    pub async fn append_all(&self, entries: Vec<Entry>) -> Result<Vec<Appended>, Error> {
        let mut results = vec![Appended::Below; entries.len()];
        let mut places = results.iter_mut();
        let mut waiting: VecDeque<Part<'_>> = VecDeque::new();
        let mut entries = entries.into_iter();
        loop {
            let part = self.next_part(&mut entries, &mut places);
            if part.is_empty() {
                break;
            }
            let (own, prepared): (Vec<_>, Vec<_>) = part.into_iter().unzip();
            let (answer, answered) = oneshot::channel();
            self.send(prepared, Some(answer)).await?;
            waiting.push_back((own, answered));
            if waiting.len() > PARTS {
                settle(waiting.pop_front()).await?;
            }
        }
        while !waiting.is_empty() {
            settle(waiting.pop_front()).await?;
        }
        Ok(results)
    }

    /// Makes the next entries ready, as many as go into one transaction.
    fn next_part<'a>(
        &self,
        entries: &mut impl Iterator<Item = Entry>,
        places: &mut impl Iterator<Item = &'a mut Appended>,
    ) -> Vec<(&'a mut Appended, Prepared)> {
        let settings = &self.shared.settings;
        let most_rows = settings.batch_rows.min(settings.queue_entries);
        let most_bytes = settings.queue_bytes / 4;
        let (mut part, mut bytes) = (Vec::new(), 0);
        while part.len() < most_rows && bytes < most_bytes {
            let (Some(entry), Some(place)) = (entries.next(), places.next()) else {
                break;
            };
            if self.shared.keeps(&entry) {
                let prepared = self.shared.prepare(entry);
                bytes += prepared.size;
                part.push((place, prepared));
            }
        }
        part
    }

    async fn send(
        &self,
        entries: Vec<Prepared>,
        answer: Option<crate::queue::Answer>,
    ) -> Result<(), Error> {
        let jobs = self.jobs()?;
        let bytes = entries.iter().map(|entry| entry.size).sum();
        let permit = self.shared.reserve(entries.len(), bytes).await?;
        let urgent = answer.is_some();
        jobs.send(Job::Entries {
            entries,
            permit,
            answer,
        })
        .map_err(|_| Error::Closed)?;
        if urgent {
            self.shared.urgent.notify_one();
        }
        Ok(())
    }

    fn jobs(&self) -> Result<&UnboundedSender<Job>, Error> {
        self.jobs.as_ref().ok_or_else(|| Error::ReadOnly {
            place: self.shared.db.place().to_owned(),
        })
    }

    /// Hands an entry over to be written soon; waits for room, not for the commit.
    ///
    /// # Errors
    /// When the log is closed or read only, or when there is no room and the log cannot be written
    /// at the moment: the entry is lost and counted.
    pub async fn enqueue(&self, entry: Entry) -> Result<(), Error> {
        if !self.shared.keeps(&entry) {
            return Ok(());
        }
        let done = self.send(vec![self.shared.prepare(entry)], None).await;
        if done.is_err() {
            self.shared.lose(1);
        }
        done
    }

    /// Hands an entry over if there is room; never waits. An entry that is lost is counted.
    ///
    /// Returns whether it was taken, or is under the minimum level.
    pub fn offer(&self, entry: Entry) -> bool {
        if !self.shared.keeps(&entry) {
            return true;
        }
        let taken = self.try_send(entry);
        if !taken {
            self.shared.lose(1);
        }
        taken
    }

    fn try_send(&self, entry: Entry) -> bool {
        let Some(jobs) = &self.jobs else { return false };
        // Before the work of masking is done for nothing.
        if !self.shared.room.is_free() {
            return false;
        }
        let prepared = self.shared.prepare(entry);
        let Some(permit) = self.shared.room.try_take(1, prepared.size) else {
            return false;
        };
        jobs.send(Job::Entries {
            entries: vec![prepared],
            permit,
            answer: None,
        })
        .is_ok()
    }

    /// Hands an entry over that cannot wait for room, since it has happened. Where there is none
    /// it goes beyond the bounds of the queue: whoever calls this asks for [`room`](Self::room)
    /// before, so that no more of them do so than are under way at once. While the log cannot be
    /// written it is an [`offer`](Self::offer).
    pub(crate) fn squeeze(&self, entry: Entry) -> bool {
        if !self.shared.keeps(&entry) {
            return true;
        }
        if self.shared.failure().is_some() {
            return self.offer(entry);
        }
        let weight = prepare::weight(&entry);
        let taken = if weight > AT_ONCE {
            (self.stage.as_ref()).is_some_and(|stage| {
                let permit = self.shared.room.squeeze(weight);
                permit.is_some_and(|permit| stage.hand(entry, permit))
            })
        } else {
            self.jobs.as_ref().is_some_and(|jobs| {
                let prepared = self.shared.prepare(entry);
                let Some(permit) = self.shared.room.squeeze(prepared.size) else {
                    return false;
                };
                jobs.send(Job::Entries {
                    entries: vec![prepared],
                    permit,
                    answer: None,
                })
                .is_ok()
            })
        };
        if !taken {
            self.shared.lose(1);
        }
        taken
    }

    /// Whether there is room for another entry.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.shared.room.is_free()
    }

    /// Waits until there is room; returns at once while the log cannot be written.
    pub async fn room(&self) {
        self.shared.wait_for_room().await;
    }

    /// How many entries could not be kept since the log was opened.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// How many entries are handed over and not on the disk yet.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.shared.room.waiting()
    }

    /// Waits until everything that was handed over before is on the disk.
    ///
    /// # Errors
    /// When it could not be written; what nobody waited for is tried again later.
    pub async fn flush(&self) -> Result<(), Error> {
        let jobs = self.jobs()?;
        self.staged().await;
        let (waiter, done) = oneshot::channel();
        jobs.send(Job::Flush(waiter)).map_err(|_| Error::Closed)?;
        self.shared.urgent.notify_one();
        done.await.unwrap_or(Err(Error::Closed))
    }

    /// Writes what is handed over, and closes the log for all its clones.
    ///
    /// # Errors
    /// When something could not be written; it is lost then. A log that is closed already is no
    /// error.
    pub async fn close(&self) -> Result<(), Error> {
        let Some(jobs) = &self.jobs else {
            self.shared.db.close().await;
            return Ok(());
        };
        self.staged().await;
        let (waiter, done) = oneshot::channel();
        if jobs.send(Job::Close(waiter)).is_err() {
            return Ok(());
        }
        self.shared.urgent.notify_one();
        done.await.unwrap_or(Ok(()))
    }

    /// Waits until what is masked beside its call is with the writer.
    async fn staged(&self) {
        if let Some(stage) = &self.stage {
            stage.passed().await;
        }
    }

    /// Whether entries of this level and connection are kept.
    #[must_use]
    pub fn wants(&self, level: Level, connection: Option<&str>) -> bool {
        level >= self.shared.level_of(connection)
    }

    /// The minimum level of a connection's entries.
    #[must_use]
    pub fn level_of(&self, connection: Option<&str>) -> Level {
        self.shared.level_of(connection)
    }

    /// Why the last write failed; `None` if it did not.
    #[must_use]
    pub fn writer_health(&self) -> Option<Error> {
        self.shared.failure()
    }

    /// How many daily heads are not in the heads file yet.
    #[must_use]
    pub fn heads_waiting(&self) -> u64 {
        self.shared.heads.waiting()
    }

    /// Why the heads file could not be written the last time.
    #[must_use]
    pub fn heads_problem(&self) -> Option<Error> {
        self.shared.heads.problem()
    }

    /// The current end of each writer's chain.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn head(&self) -> Result<Vec<Head>, Error> {
        heads::current(&self.shared.db).await
    }

    /// The file, where the log is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Where the log is, for people; never with a password.
    #[must_use]
    pub fn describe(&self) -> &str {
        self.shared.db.place()
    }
}

/// Places for results, and where they come from.
type Part<'a> = (
    Vec<&'a mut Appended>,
    oneshot::Receiver<Result<Vec<Appended>, Error>>,
);

/// Waits for an answer, and writes it where it belongs.
async fn settle(part: Option<Part<'_>>) -> Result<(), Error> {
    let Some((places, answered)) = part else {
        return Ok(());
    };
    let results = answered.await.unwrap_or(Err(Error::Closed))?;
    for (place, result) in places.into_iter().zip(results) {
        *place = result;
    }
    Ok(())
}
