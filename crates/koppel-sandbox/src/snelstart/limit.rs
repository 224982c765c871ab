//! The limits of a subscription: calls per minute, per hour, and at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::answer::{Answer, out_of_quota, too_many};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

#[derive(Debug, Default)]
struct State {
    /// When the requests of the last hour came.
    times: VecDeque<Instant>,
    running: u32,
    most_running: u32,
    refused: u64,
}

/// The limits, and what was used of them.
#[derive(Debug)]
pub(crate) struct Limits {
    allowed: Option<(u32, u32, u32)>,
    /// Whether the hour is a quota, which answers 403.
    quota: bool,
    state: Arc<Mutex<State>>,
}

/// A request that runs; it ends when this is dropped.
pub(crate) struct Running(Arc<Mutex<State>>);

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.0).running -= 1;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Limits {
    pub(crate) fn new(allowed: Option<(u32, u32, u32)>, quota: bool) -> Limits {
        Limits {
            allowed,
            quota,
            state: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Requests that were over a limit.
    pub(crate) fn refused(&self) -> u64 {
        self.lock().refused
    }

    /// Most requests that ran at a time.
    pub(crate) fn most_running(&self) -> u32 {
        self.lock().most_running
    }

    /// Begins a request.
    pub(crate) fn enter(&self) -> Running {
        let mut state = self.lock();
        state.running += 1;
        state.most_running = state.most_running.max(state.running);
        Running(Arc::clone(&self.state))
    }

    /// Counts a request that has begun; an answer where it is one too many.
    pub(crate) fn count(&self) -> Option<Answer> {
        let (per_minute, per_hour, at_once) = self.allowed?;
        let now = Instant::now();
        let mut state = self.lock();
        while state
            .times
            .front()
            .is_some_and(|at| now.duration_since(*at) >= HOUR)
        {
            state.times.pop_front();
        }
        let in_minute = state
            .times
            .iter()
            .rev()
            .take_while(|at| now.duration_since(**at) < MINUTE)
            .count();
        let over = |count: usize, most: u32| u32::try_from(count).unwrap_or(u32::MAX) >= most;
        let wait = |oldest: Option<&Instant>, window: Duration| {
            let left = oldest.map_or(window, |at| window.saturating_sub(now.duration_since(*at)));
            left.as_secs() + 1
        };
        let answer = if over(state.times.len(), per_hour) {
            let first = state.times.len() - usize::try_from(per_hour).unwrap_or(0);
            let seconds = wait(state.times.get(first), HOUR);
            Some(if self.quota {
                out_of_quota(seconds)
            } else {
                too_many(seconds)
            })
        } else if over(in_minute, per_minute) {
            let first = state.times.len() - usize::try_from(per_minute).unwrap_or(0);
            Some(too_many(wait(state.times.get(first), MINUTE)))
        } else if state.running > at_once {
            Some(too_many(1))
        } else {
            None
        };
        if answer.is_some() {
            state.refused += 1;
        } else {
            state.times.push_back(now);
        }
        answer
    }
}
