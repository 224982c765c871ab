//! The pool: who may use which session when.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::Session;

/// A place for one session; empty until its first login.
type Slot<I> = Option<Session<I>>;

/// Slots that one call at a time uses each: the server answers the requests of
/// one session one after the other anyway (recorded vtiger 5.4.0 server).
pub(super) struct Pool<I> {
    permits: Semaphore,
    /// The most recently used slot comes last.
    idle: Mutex<Vec<Slot<I>>>,
    slots: usize,
}

impl<I> Pool<I> {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            permits: Semaphore::new(slots),
            idle: Mutex::new((0..slots).map(|_| None).collect()),
            slots,
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Slot<I>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a slot: the most recently used one, so that one caller stays
    /// with one session.
    pub(super) async fn lease(&self) -> Lease<'_, I> {
        // The semaphore is never closed, so there always is a permit.
        let permit = self.permits.acquire().await.ok();
        let slot = self.idle().pop().unwrap_or_default();
        Lease {
            pool: self,
            slot: Some(slot),
            whole: false,
            _permit: permit,
        }
    }

    /// How many sessions there may be.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// Takes the sessions out of all slots that are not in use.
    pub(super) fn take_idle(&self) -> Vec<Session<I>> {
        self.idle().iter_mut().filter_map(Option::take).collect()
    }
}

/// The use of one slot.
pub(super) struct Lease<'p, I> {
    pool: &'p Pool<I>,
    /// `None` once it is given back.
    slot: Option<Slot<I>>,
    /// Whether the call came to its end.
    whole: bool,
    _permit: Option<SemaphorePermit<'p>>,
}

impl<I> Lease<'_, I> {
    pub(super) fn session(&self) -> Option<&Session<I>> {
        self.slot.as_ref()?.as_ref()
    }

    pub(super) fn keep(&mut self, session: Session<I>) {
        self.slot = Some(Some(session));
    }

    pub(super) fn drop_session(&mut self) {
        self.slot = Some(None);
    }

    /// Ends the use after a call that came to its end.
    pub(super) fn give_back(mut self) {
        self.whole = true;
    }
}

impl<I> Drop for Lease<'_, I> {
    fn drop(&mut self) {
        let slot = self.slot.take().flatten();
        let mut idle = self.pool.idle();
        if slot.is_some() && self.whole {
            idle.push(slot);
        } else {
            // Empty, or of a call that was given up: the server may still be
            // busy with it, and would let the next one wait.
            idle.insert(0, None);
        }
    }
}
