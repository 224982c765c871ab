//! The one task of a process that writes to the log.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::entry::Entry;
use crate::error::Error;
use crate::event::EventName;
use crate::level::Level;
use crate::prepare::Prepared;
use crate::queue::{Answer, Job, Permit, Shared};
use crate::write::{Appended, append_in};

/// After a failure entries that nobody waits for are tried again after this long, twice as long
/// after each further one.
const FIRST_RETRY: Duration = Duration::from_millis(100);
/// The longest time between two tries.
const LAST_RETRY: Duration = Duration::from_secs(5);
/// The longest that one transaction may take, with its wait for the lock.
const LONGEST: Duration = Duration::from_secs(90);
/// How often it is looked for more entries that nobody waits for, while they are gathered.
const GATHER: Duration = Duration::from_millis(20);
/// How often it is told at most that entries were lost.
const TELL_LOST: Duration = Duration::from_secs(1);

/// Entries that came together and are written together.
struct Item {
    entries: Vec<Prepared>,
    permit: Permit,
    answer: Option<Answer>,
}

/// An entry about entries that could not be kept.
struct Lost {
    entry: Prepared,
    /// How many it tells of.
    count: u64,
}

/// Who waits until everything is written.
type Waiter = oneshot::Sender<Result<(), Error>>;

pub(crate) struct Writer {
    shared: Arc<Shared>,
    jobs: UnboundedReceiver<Job>,
    pending: VecDeque<Item>,
    /// Rows in `pending`.
    rows: usize,
    flushes: Vec<Waiter>,
    closing: Option<Waiter>,
    /// All handles are gone, or one asked to close.
    ended: bool,
    retry: Option<Duration>,
    /// How many of the lost entries an entry tells of.
    told: u64,
    told_at: Option<Instant>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, jobs: UnboundedReceiver<Job>) -> Self {
        Self {
            shared,
            jobs,
            pending: VecDeque::new(),
            rows: 0,
            flushes: Vec::new(),
            closing: None,
            ended: false,
            retry: None,
            told: 0,
            told_at: None,
        }
    }

    /// Writes until the log is closed or nobody has it any more.
    pub(crate) async fn run(mut self) {
        while !self.ended {
            self.collect().await;
            let done = self.write_all().await;
            for flush in self.flushes.drain(..) {
                // Who does not wait any more does not want to know.
                drop(flush.send(done.clone()));
            }
            if done.is_ok() {
                self.export_heads().await;
            }
            if self.ended {
                self.end(done).await;
                return;
            }
        }
    }

    async fn end(mut self, done: Result<(), Error>) {
        self.jobs.close();
        self.shared.room.close();
        self.shared.lose(self.rows);
        self.pending.clear();
        while let Ok(job) = self.jobs.try_recv() {
            match job {
                Job::Entries {
                    entries,
                    answer: None,
                    ..
                } => self.shared.lose(entries.len()),
                // Answers that are dropped say that the log is closed.
                _ => drop(job),
            }
        }
        self.shared.db.close().await;
        if let Some(closing) = self.closing.take() {
            drop(closing.send(done));
        }
    }

    async fn export_heads(&self) {
        let now = self.shared.settings.clock.now().as_micros();
        self.shared.heads.export(&self.shared.db, now).await;
    }

    fn untold(&self) -> bool {
        self.shared.lost.load(Ordering::Relaxed) > self.told
    }

    /// Waits for something to do, then for more of it as long as that delays nobody.
    async fn collect(&mut self) {
        let urgent = match self.first_wait() {
            None => match self.jobs.recv().await {
                Some(job) => self.take(job),
                None => self.no_more(),
            },
            Some(wait) => match tokio::time::timeout(wait, self.jobs.recv()).await {
                Ok(Some(job)) => self.take(job),
                Ok(None) => self.no_more(),
                Err(_) => true,
            },
        };
        let mut urgent = urgent;
        let until = match self.retry {
            // What failed waits for its time, unless somebody waits for an answer.
            Some(wait) => Instant::now() + wait,
            None => Instant::now() + self.shared.settings.batch_wait,
        };
        while !self.ended && (self.rows < self.shared.settings.batch_rows || self.retry.is_some()) {
            match self.jobs.try_recv() {
                Ok(job) => urgent |= self.take(job),
                Err(TryRecvError::Disconnected) => urgent |= self.no_more(),
                Err(TryRecvError::Empty) if urgent => return,
                Err(TryRecvError::Empty) => {
                    let now = Instant::now();
                    if now >= until {
                        return;
                    }
                    // Waking up for each entry would cost more than the entry does.
                    tokio::select! {
                        () = tokio::time::sleep_until(until.min(now + GATHER)) => {}
                        () = self.shared.urgent.notified() => {}
                    }
                }
            }
        }
    }

    /// How long there may be nothing to do; `None` for ever.
    fn first_wait(&self) -> Option<Duration> {
        match self.retry {
            Some(wait) => Some(wait),
            None => self.untold().then_some(TELL_LOST),
        }
    }

    /// Takes a job, and says whether somebody waits for it.
    fn take(&mut self, job: Job) -> bool {
        match job {
            Job::Entries {
                entries,
                permit,
                answer,
            } => {
                let urgent = answer.is_some();
                self.rows += entries.len();
                self.pending.push_back(Item {
                    entries,
                    permit,
                    answer,
                });
                urgent
            }
            Job::Flush(waiter) => {
                self.flushes.push(waiter);
                true
            }
            Job::Close(waiter) => {
                self.closing = Some(waiter);
                self.no_more()
            }
        }
    }

    fn no_more(&mut self) -> bool {
        self.ended = true;
        true
    }

    /// Writes everything that waits, in transactions of bounded size.
    async fn write_all(&mut self) -> Result<(), Error> {
        loop {
            let lost = self.lost_entry();
            if self.pending.is_empty() && lost.is_none() {
                return Ok(());
            }
            let batch = self.next_batch();
            let mut written = self.write(&batch, lost.as_ref()).await;
            if let Err(Error::Refused(why)) = written {
                written = self.write_apart(&batch, lost.as_ref(), why).await;
            }
            match written {
                Ok(results) => self.succeeded(batch, results, lost),
                Err(error) => {
                    self.failed(batch, &error);
                    return Err(error);
                }
            }
        }
    }

    /// The entry that tells how many could not be kept, if there is something to tell.
    fn lost_entry(&self) -> Option<Lost> {
        let total = self.shared.lost.load(Ordering::Relaxed);
        let asked = self.ended || !self.flushes.is_empty();
        let lately = self.told_at.is_some_and(|at| at.elapsed() < TELL_LOST);
        if total <= self.told || (lately && !asked) {
            return None;
        }
        let count = total - self.told;
        let message = match count {
            1 => "One entry could not be kept.".to_owned(),
            _ => format!("{count} entries could not be kept."),
        };
        let entry = Entry::new(Level::Warning, EventName::LogLost, message)
            .at(self.shared.settings.clock.now())
            .detail("count", count);
        Some(Lost {
            entry: self.shared.prepare(entry),
            count,
        })
    }

    fn next_batch(&mut self) -> Vec<Item> {
        let mut rows = 0;
        let mut batch = Vec::new();
        while let Some(item) = self.pending.front() {
            if rows > 0 && rows + item.entries.len() > self.shared.settings.batch_rows {
                break;
            }
            rows += item.entries.len();
            batch.extend(self.pending.pop_front());
        }
        self.rows = self.rows.saturating_sub(rows);
        batch
    }

    async fn write(&self, batch: &[Item], lost: Option<&Lost>) -> Result<Vec<Appended>, Error> {
        let entries: Vec<&Prepared> = batch
            .iter()
            .flat_map(|item| &item.entries)
            .chain(lost.map(|lost| &lost.entry))
            .collect();
        self.commit(&entries).await
    }

    /// Writes entries in one transaction. Whoever does not answer for too long is left alone:
    /// should they be stored nevertheless, they are known when they are tried again.
    async fn commit(&self, entries: &[&Prepared]) -> Result<Vec<Appended>, Error> {
        let write = async {
            let mut tx = self.shared.db.begin().await?;
            let written = append_in(&self.shared, &mut tx, entries).await?;
            tx.commit().await?;
            Ok(written)
        };
        let written = match tokio::time::timeout(LONGEST, write).await {
            Ok(written) => written?,
            Err(_) => {
                return Err(Error::Unavailable(format!(
                    "the audit log {} did not answer within {} seconds",
                    self.shared.db.place(),
                    LONGEST.as_secs()
                )));
            }
        };
        self.shared.committed(&written);
        Ok(written.results)
    }

    fn succeeded(&mut self, batch: Vec<Item>, results: Vec<Appended>, lost: Option<Lost>) {
        self.retry = None;
        self.shared
            .health
            .send_if_modified(|health| health.take().is_some());
        let mut results = results.into_iter();
        for item in batch {
            let own = results.by_ref().take(item.entries.len()).collect();
            drop(item.permit);
            if let Some(answer) = item.answer {
                drop(answer.send(Ok(own)));
            }
        }
        if let Some(lost) = lost {
            self.told += lost.count;
            self.told_at = Some(Instant::now());
        }
    }

    fn failed(&mut self, batch: Vec<Item>, error: &Error) {
        self.shared.health.send_replace(Some(error.clone()));
        self.retry = Some(match self.retry {
            None => FIRST_RETRY,
            Some(wait) => (wait * 2).min(LAST_RETRY),
        });
        let waiting = std::mem::take(&mut self.pending);
        self.rows = 0;
        for item in batch.into_iter().chain(waiting) {
            let Item {
                entries,
                permit,
                answer,
            } = item;
            match answer {
                // There is room again before anybody learns that it failed.
                Some(answer) => {
                    drop((entries, permit));
                    drop(answer.send(Err(error.clone())));
                }
                None => {
                    self.rows += entries.len();
                    self.pending.push_back(Item {
                        entries,
                        permit,
                        answer: None,
                    });
                }
            }
        }
    }
}

mod apart;
#[cfg(test)]
mod tests;
