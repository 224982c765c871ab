//! The listing: pages are read ahead, and more than one is at work at once.
//!
//! Pages end in the order in which they were read, whatever they take: the place in the listing
//! that is stored never passes a record that is not done.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::time::Duration;

use api_core::{Error, ErrorKind, Timestamp};
use futures_util::future::{BoxFuture, Fuse, FusedFuture, FutureExt};
use futures_util::select_biased;
use futures_util::stream::{FuturesOrdered, StreamExt};

use super::SyncError;
use super::process::Stop;
use super::session::Session;
use crate::store::{Commit, Phase, Position};
use crate::{ChangeSource, Cursor, EntityKind, Page, RecordId};

/// How many pages are at work at once. Two keep the target busy; the third is on its way.
const LANES: usize = 3;

/// How far a slice came.
pub(super) struct Listing {
    /// The place that was stored last.
    pub(super) position: Position,
    /// Why it could not go on, with what is left to be stored of the pages that did not end.
    pub(super) stop: Option<(Stop, Commit)>,
}

/// A page that went through, to its end or as far as it came.
struct Worked {
    done: Commit,
    next: Position,
    result: Result<(), Stop>,
}

/// The records of a page that is at work.
#[derive(Default)]
struct AtWork {
    ids: HashSet<RecordId>,
    /// Whether some refer to records of their own kind, and may drag those along.
    among_themselves: bool,
}

impl AtWork {
    fn of(entity: EntityKind, page: &Page) -> Self {
        let read = page.records.iter().map(|record| record.id.clone());
        let unreadable = page.unreadable.iter().map(|row| row.id.clone());
        Self {
            ids: read.chain(unreadable).collect(),
            among_themselves: page
                .records
                .iter()
                .any(|record| record.fields.refers_to(entity)),
        }
    }

    /// Whether both pages may be at work at once.
    fn goes_with(&self, other: &Self) -> bool {
        !self.among_themselves && !other.among_themselves && self.ids.is_disjoint(&other.ids)
    }
}

impl Session<'_> {
    /// Reads and syncs pages from this place on, until the listing or the time is at its end. At
    /// least one page is read.
    pub(super) async fn read_pages(
        &self,
        entity: EntityKind,
        from: Position,
        until: Timestamp,
    ) -> Listing {
        self.halted.store(false, Ordering::Relaxed);
        let mut listing = Listing {
            position: from.clone(),
            stop: None,
        };
        let mut next = from;
        let mut more = true;
        let mut pulling: Fuse<BoxFuture<'_, Result<Page, Error>>> = Fuse::terminated();
        let mut waiting: Option<(Page, AtWork)> = None;
        let mut lanes: FuturesOrdered<BoxFuture<'_, Worked>> = FuturesOrdered::new();
        let mut at_work: VecDeque<AtWork> = VecDeque::new();
        let mut worked: VecDeque<Worked> = VecDeque::new();
        let mut committing: Fuse<BoxFuture<'_, Result<Position, SyncError>>> = Fuse::terminated();
        loop {
            let goes_on = listing.stop.is_none();
            if goes_on && more && waiting.is_none() && pulling.is_terminated() {
                pulling = self.pull(entity, next.cursor.clone()).boxed().fuse();
            }
            if goes_on
                && at_work.len() < LANES
                && let Some((page, ids)) =
                    waiting.take_if(|(_, ids)| at_work.iter().all(|other| ids.goes_with(other)))
            {
                match self.place_after(entity, &next, &page) {
                    Ok((place, cursor)) => {
                        more = !page.complete
                            && self.now() < until
                            && !self.engine.cancel.is_cancelled();
                        next.clone_from(&place);
                        at_work.push_back(ids);
                        lanes.push_back(self.work(entity, page, place, cursor).boxed());
                    }
                    Err(error) => {
                        more = false;
                        at_work.push_back(AtWork::default());
                        lanes.push_back(self.unread(&next, error));
                    }
                }
                continue;
            }
            if committing.is_terminated()
                && let Some(page) = worked.pop_front()
            {
                match page.result {
                    Ok(()) if listing.stop.is_none() => {
                        committing = self.page_done(page.done, page.next).boxed().fuse();
                    }
                    // A page before it did not end: it is read again, and what is done stays done.
                    Ok(()) => {
                        at_work.pop_front();
                        if let Some((_, left)) = &mut listing.stop {
                            left.absorb(page.done);
                        }
                    }
                    Err(stop) => {
                        at_work.pop_front();
                        self.stop(&mut listing, stop, page.done);
                    }
                }
                continue;
            }
            if pulling.is_terminated() && lanes.is_empty() && committing.is_terminated() {
                return listing;
            }
            let mut unread = None;
            let mut lane = next_of(&mut lanes).boxed().fuse();
            select_biased! {
                stored = committing => {
                    at_work.pop_front();
                    match stored {
                        Ok(position) => listing.position = position,
                        Err(error) => self.stop(&mut listing, error.into(), self.commit()),
                    }
                }
                page = lane => worked.push_back(page),
                page = pulling => match page {
                    Ok(page) => {
                        let ids = AtWork::of(entity, &page);
                        waiting = Some((page, ids));
                    }
                    Err(error) => unread = Some(error),
                },
            }
            drop(lane);
            if let Some(error) = unread {
                more = false;
                lanes.push_back(self.unread(&next, self.source_failed(error)));
                at_work.push_back(AtWork::default());
            }
        }
    }

    /// A page that could not be had: what was read before it comes to its end first.
    fn unread(&self, next: &Position, error: SyncError) -> BoxFuture<'_, Worked> {
        let failed = Worked {
            done: self.commit(),
            next: next.clone(),
            result: Err(error.into()),
        };
        std::future::ready(failed).boxed()
    }

    /// Reads pages of the source until there are about as many records as the flow wants at once:
    /// each piece of work costs the same few transactions, however small the source's pages are.
    async fn pull(&self, entity: EntityKind, cursor: Option<Cursor>) -> Result<Page, Error> {
        let source = &self.flow.source.connector;
        let wanted = self.flow.page_size;
        let mut page = source.pull(entity, cursor.as_ref(), wanted).await?;
        let mut at = cursor;
        for gathered in 1.. {
            let read = page.records.len() + page.unreadable.len();
            // Another page of the same size must fit.
            let full = read == 0 || read + read.div_ceil(gathered) > wanted;
            let full = full || self.engine.cancel.is_cancelled();
            let moves = page.next.is_some() && page.next != at;
            if full || page.complete || !moves {
                return Ok(page);
            }
            at.clone_from(&page.next);
            match source.pull(entity, at.as_ref(), wanted).await {
                Ok(more) => {
                    page.records.extend(more.records);
                    page.unreadable.extend(more.unreadable);
                    page.deleted.extend(more.deleted);
                    page.next = more.next;
                    page.complete = more.complete;
                }
                // What is there is worked on; whoever asks for the next page meets the error again.
                Err(_) => return Ok(page),
            }
        }
        Ok(page)
    }

    /// Where the listing goes on after a page, and where the next run starts if it was the last.
    fn place_after(
        &self,
        entity: EntityKind,
        place: &Position,
        page: &Page,
    ) -> Result<(Position, Option<Option<Cursor>>), SyncError> {
        if !page.complete && (page.next.is_none() || page.next == place.cursor) {
            let error = Error::new(
                ErrorKind::Decode,
                format!("the listing of {} does not move on", entity.plural()),
            );
            return Err(self.source_failed(error));
        }
        let mut next = place.clone();
        if !page.complete {
            next.cursor.clone_from(&page.next);
            return Ok((next, None));
        }
        next.phase = Phase::Settle;
        next.cursor = None;
        let source = self.flow.source.connector.describe();
        let resumes = source
            .of(entity)
            .is_some_and(|can| can.changes != ChangeSource::FullScan);
        Ok((next, Some(page.next.clone().filter(|_| resumes))))
    }

    /// Syncs one page.
    async fn work(
        &self,
        entity: EntityKind,
        page: Page,
        next: Position,
        cursor: Option<Option<Cursor>>,
    ) -> Worked {
        let mut done = self.commit();
        let result = match self
            .park_unreadable(entity, &page.unreadable, &mut done)
            .await
        {
            Ok(()) => self.process(entity, page.records, &mut done, 0).await,
            Err(error) => Err(error.into()),
        };
        match &result {
            Ok(()) => done.cursors.extend(cursor.map(|cursor| (entity, cursor))),
            // The other pages send nothing more either.
            Err(_) => self.halted.store(true, Ordering::Relaxed),
        }
        Worked { done, next, result }
    }

    async fn page_done(
        &self,
        mut done: Commit,
        mut position: Position,
    ) -> Result<Position, SyncError> {
        position.matching = self.matching();
        done.position = Some(position.clone());
        self.tell_counts(&done);
        self.store(done).await?;
        Ok(position)
    }

    /// Notes that a page did not come to its end. The first reason counts, unless it was only that
    /// another page had stopped.
    fn stop(&self, listing: &mut Listing, stop: Stop, done: Commit) {
        self.halted.store(true, Ordering::Relaxed);
        let Some((first, left)) = &mut listing.stop else {
            listing.stop = Some((stop, done));
            return;
        };
        left.absorb(done);
        for (entity, unsent) in stop.unsent {
            *first.unsent.entry(entity).or_default() += unsent;
        }
        let followed = matches!(first.error, SyncError::Cancelled);
        if matches!(stop.error, SyncError::Store(_))
            || (followed && !self.engine.cancel.is_cancelled())
        {
            first.error = stop.error;
        }
    }

    /// How long a slice may go on with further pages.
    pub(super) fn pages_until(&self, budget: Duration) -> Timestamp {
        self.now().saturating_add(budget)
    }
}

/// The next future that is done, in order; never, when there is none.
async fn next_of(lanes: &mut FuturesOrdered<BoxFuture<'_, Worked>>) -> Worked {
    match lanes.next().await {
        Some(worked) => worked,
        None => std::future::pending().await,
    }
}
