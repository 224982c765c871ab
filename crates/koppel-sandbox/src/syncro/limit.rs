//! Requests per minute of each address.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct State {
    /// When the requests of the last minute came.
    times: HashMap<IpAddr, VecDeque<Instant>>,
    refused: u64,
    most: usize,
}

/// The limit of the server, and what was used of it.
#[derive(Debug)]
pub(crate) struct Limit {
    per_minute: Option<u32>,
    state: Mutex<State>,
}

impl Limit {
    pub(crate) fn new(per_minute: Option<u32>) -> Limit {
        Limit {
            per_minute,
            state: Mutex::new(State::default()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests that were over the limit.
    pub(crate) fn refused(&self) -> u64 {
        self.lock().refused
    }

    /// Most requests of one address within any minute, refused ones not among them.
    pub(crate) fn most(&self) -> usize {
        self.lock().most
    }

    /// Counts a request; the time until the next is free where it is one too many.
    pub(crate) fn count(&self, from: IpAddr) -> Option<Duration> {
        let limit = usize::try_from(self.per_minute?).unwrap_or(usize::MAX);
        let now = Instant::now();
        let mut state = self.lock();
        let times = state.times.entry(from).or_default();
        while times
            .front()
            .is_some_and(|at| now.duration_since(*at) >= WINDOW)
        {
            times.pop_front();
        }
        if times.len() >= limit {
            let first = times.front().copied();
            state.refused += 1;
            return Some(first.map_or(WINDOW, |at| WINDOW.saturating_sub(now.duration_since(at))));
        }
        times.push_back(now);
        let used = times.len();
        state.most = state.most.max(used);
        None
    }
}
