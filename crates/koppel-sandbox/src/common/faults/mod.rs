//! Faults on demand: which requests they hit and what they do.

mod fault;
mod kind;
mod target;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

pub use fault::{Fault, Matcher};
pub use kind::{BadRecord, FaultKind};
pub(crate) use target::{Kin, Target};

/// Most faults that can be set at a time.
const MAX_FAULTS: usize = 1_000;

/// The number of a fault that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct FaultId(pub(crate) u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A fault that is set, and how often it was hit.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FaultReport {
    /// Its number.
    pub id: FaultId,
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
    /// Requests that met the conditions except nth, every and probability.
    pub seen: u64,
    /// Requests it hit.
    pub hits: u64,
}

#[derive(Debug)]
struct Set {
    id: FaultId,
    fault: Fault,
    seen: u64,
    hits: u64,
    /// Its turn came with `every`, and an earlier fault took the request.
    due: bool,
    window: VecDeque<Instant>,
}

/// What became of a fault whose turn it was.
enum Turn {
    Struck,
    /// There was nothing to do, as a limit that is not reached.
    Quiet,
    /// An earlier fault decides the answer.
    Displaced,
}

#[derive(Debug)]
struct Inner {
    next: u64,
    set: Vec<Set>,
    rng: fastrand::Rng,
}

/// The faults of a server; clones share them.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Mutex<Inner>>);

/// What the faults do to one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Before the request is applied.
    pub(crate) delay: Duration,
    /// After it was applied, before the answer.
    pub(crate) answer_delay: Duration,
    pub(crate) page_shift: i64,
    pub(crate) search_delay: Duration,
    pub(crate) bad: Vec<BadRecord>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The one fault that decides the answer.
    pub(crate) verdict: Option<FaultKind>,
}

/// What faults do to a list.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shift {
    pub(crate) page: i64,
    pub(crate) search: Duration,
}

impl Plan {
    pub(crate) fn shift(&self) -> Shift {
        Shift {
            page: self.page_shift,
            search: self.search_delay,
        }
    }
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Faults {
        Faults(Arc::new(Mutex::new(Inner {
            next: 1,
            set: Vec::new(),
            rng: fastrand::Rng::with_seed(seed),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a fault from the next request on.
    ///
    /// The first fault set decides where several would answer the same request. One with `every`
    /// that was displaced so strikes at the next request that fits and is free; others (`nth`,
    /// `probability`) miss that turn.
    /// Beyond 1,000 the oldest is dropped.
    pub fn add(&self, fault: Fault) -> FaultId {
        let mut inner = self.lock();
        let id = FaultId(inner.next);
        inner.next += 1;
        if inner.set.len() >= MAX_FAULTS {
            inner.set.remove(0);
        }
        inner.set.push(Set {
            id,
            fault,
            seen: 0,
            hits: 0,
            due: false,
            window: VecDeque::new(),
        });
        id
    }

    /// Removes one fault; false if there is none with that number.
    pub fn remove(&self, id: FaultId) -> bool {
        let mut inner = self.lock();
        let before = inner.set.len();
        inner.set.retain(|set| set.id != id);
        inner.set.len() < before
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.lock().set.clear();
    }

    /// The faults that are set, also those that have ended, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<FaultReport> {
        self.lock()
            .set
            .iter()
            .map(|set| FaultReport {
                id: set.id,
                fault: set.fault.clone(),
                seen: set.seen,
                hits: set.hits,
            })
            .collect()
    }

    pub(crate) fn plan<T: Target>(&self, call: &T) -> Plan {
        let mut plan = Plan::default();
        let mut inner = self.lock();
        let Inner { set, rng, .. } = &mut *inner;
        for entry in set.iter_mut() {
            entry.weigh(call, rng, &mut plan);
        }
        plan
    }
}

impl Set {
    fn weigh<T: Target>(&mut self, call: &T, rng: &mut fastrand::Rng, plan: &mut Plan) {
        let on = &self.fault.on;
        let fits = on.entity.as_deref().is_none_or(|e| call.is_about(e))
            && on
                .method
                .as_deref()
                .is_none_or(|m| call.method().eq_ignore_ascii_case(m))
            && on
                .operation
                .as_deref()
                .is_none_or(|o| call.operation().eq_ignore_ascii_case(o))
            && on.write.is_none_or(|write| call.is_write() == write)
            && on.search.is_none_or(|search| call.is_search() == search);
        if !fits || !self.fault.kind.is_for(T::KIN) {
            return;
        }
        if let FaultKind::PageTooBig { over } = self.fault.kind
            && call.page_size().is_none_or(|size| size <= over)
        {
            return;
        }
        self.seen += 1;
        let drawn = on.nth.is_none_or(|nth| self.seen == nth)
            && on
                .every
                .is_none_or(|every| every > 0 && self.seen.is_multiple_of(every))
            && on.times.is_none_or(|times| self.hits < times)
            && on.probability.is_none_or(|share| rng.f64() < share);
        if !drawn && !self.due {
            return;
        }
        let periodic = on.every.is_some();
        match self.act(plan) {
            Turn::Struck => {
                self.hits += 1;
                self.due = false;
            }
            Turn::Quiet => self.due = false,
            Turn::Displaced => self.due = periodic,
        }
    }

    /// Does what the fault does.
    fn act(&mut self, plan: &mut Plan) -> Turn {
        match &self.fault.kind {
            FaultKind::Slow { ms, after_commit } => {
                let delay = Duration::from_millis(*ms);
                if *after_commit {
                    plan.answer_delay = plan.answer_delay.saturating_add(delay);
                } else {
                    plan.delay = plan.delay.saturating_add(delay);
                }
            }
            FaultKind::PageShift { by } => plan.page_shift = plan.page_shift.saturating_add(*by),
            FaultKind::EventualSearch { ms } => {
                plan.search_delay = plan.search_delay.max(Duration::from_millis(*ms));
            }
            FaultKind::BadRecord(rule) => plan.bad.push(rule.clone()),
            FaultKind::RateLimit { per_minute } => {
                let limit = *per_minute;
                return self.count(limit, plan);
            }
            kind if plan.verdict.is_none() => plan.verdict = Some(kind.clone()),
            _ => return Turn::Displaced,
        }
        Turn::Struck
    }

    fn count(&mut self, limit: u32, plan: &mut Plan) -> Turn {
        const WINDOW: Duration = Duration::from_secs(60);
        let now = Instant::now();
        while self
            .window
            .front()
            .is_some_and(|at| now.duration_since(*at) >= WINDOW)
        {
            self.window.pop_front();
        }
        let used = u32::try_from(self.window.len()).unwrap_or(u32::MAX);
        plan.headers.push(("x-ratelimit-limit", limit.to_string()));
        if used < limit {
            self.window.push_back(now);
            let left = limit - used - 1;
            plan.headers
                .push(("x-ratelimit-remaining", left.to_string()));
            return Turn::Quiet;
        }
        plan.headers.push(("x-ratelimit-remaining", "0".to_owned()));
        if plan.verdict.is_some() {
            return Turn::Displaced;
        }
        let free = self
            .window
            .front()
            .map_or(WINDOW, |at| WINDOW.saturating_sub(now.duration_since(*at)));
        let seconds = free.as_secs() + 1;
        plan.verdict = Some(FaultKind::RateLimited {
            retry_after_s: Some(seconds),
            reset_after_s: Some(seconds),
        });
        Turn::Struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request of any kind.
    struct Any;

    impl Target for Any {
        const KIN: Kin = Kin::SimplyCrm;

        fn entity(&self) -> Option<&'static str> {
            None
        }

        fn path(&self) -> String {
            String::new()
        }

        fn method(&self) -> &str {
            "GET"
        }

        fn operation(&self) -> &str {
            "query"
        }

        fn is_write(&self) -> bool {
            false
        }

        fn is_search(&self) -> bool {
            false
        }
    }

    fn verdicts(faults: &Faults, requests: usize) -> Vec<Option<FaultKind>> {
        (0..requests).map(|_| faults.plan(&Any).verdict).collect()
    }

    #[test]
    fn a_displaced_turn_of_every_is_made_up_for_at_the_next_free_request() {
        let faults = Faults::new(0);
        faults.add(Fault::new(FaultKind::AnswerLost).every(2));
        faults.add(Fault::new(FaultKind::TruncatedBody).every(4));
        let (lost, cut) = (Some(FaultKind::AnswerLost), Some(FaultKind::TruncatedBody));
        let expected = [None, lost.clone(), None, lost.clone(), cut, lost];
        assert_eq!(verdicts(&faults, 6), expected);
        let hits: Vec<u64> = faults.list().iter().map(|fault| fault.hits).collect();
        assert_eq!(hits, [3, 1]);
    }

    #[test]
    fn a_displaced_turn_is_kept_while_no_request_is_free() {
        let faults = Faults::new(0);
        let first = faults.add(Fault::new(FaultKind::AnswerLost));
        faults.add(Fault::new(FaultKind::TruncatedBody).every(2).times(1));
        assert_eq!(verdicts(&faults, 5), vec![Some(FaultKind::AnswerLost); 5]);
        faults.remove(first);
        let after = [Some(FaultKind::TruncatedBody), None, None];
        assert_eq!(verdicts(&faults, 3), after);
    }

    #[test]
    fn a_displaced_nth_misses_its_only_turn() {
        let faults = Faults::new(0);
        faults.add(Fault::new(FaultKind::AnswerLost).nth(2));
        faults.add(Fault::new(FaultKind::TruncatedBody).nth(2));
        let expected = [None, Some(FaultKind::AnswerLost), None, None];
        assert_eq!(verdicts(&faults, 4), expected);
    }
}
